"""The database, off the event loop: every piece of work is a transaction of its own, in one of a few threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.errors import DatabaseUnusable

T = TypeVar("T")

# Together not more than SQLAlchemy keeps connections open (5).
_READERS = 3
_WRITERS = 2


class Unavailable(Exception):
    """The database cannot be used now: locked for long, gone, full or damaged. Nothing was written."""


class Storage:
    """Work is a function of a Session. Raises what it raises, and Unavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="read")
        # SQLite has one writer at a time and lets others poll for the lock; a queue of our own is faster and fair
        writers = 1 if engine.dialect.name == "sqlite" else _WRITERS
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="write")

    async def read(self, work: Callable[[Session], T]) -> T:
        return await self._in_thread(self._readers, work, writes=False)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Committed when this returns. A caller that is cancelled may leave it done all the same."""
        return await self._in_thread(self._writers, work, writes=True)

    def close(self) -> None:
        """Wait for the work under way and close the connections."""
        for threads in (self._readers, self._writers):
            threads.shutdown(cancel_futures=True)
        self._engine.dispose()

    async def _in_thread(self, threads: ThreadPoolExecutor, work: Callable[[Session], T], *, writes: bool) -> T:
        def run() -> T:
            try:
                with session_scope(self._engine, writes=writes) as session:
                    return work(session)
            except (DBAPIError, NoConnection, DatabaseUnusable) as error:
                raise Unavailable(type(error).__name__) from error

        return await asyncio.get_running_loop().run_in_executor(threads, run)
