"""The directory as the API reads it: in a few threads of its own, so that a harvest never keeps a family waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from resources_db.database import make_engine
from resources_db.errors import ResourcesError
from resources_db.geo.gazetteer import Gazetteer, open_gazetteer
from resources_db.geo.places import Place, find_place
from resources_db.settings import Settings
from resources_db.web.api.problems import Problem

logger = logging.getLogger(__name__)

T = TypeVar("T")

_THREADS = 2


class Directory:
    """Nothing is opened before it is first asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine = make_engine(settings.database_url)
        if self._engine.dialect.name == "postgresql":
            # All statements of a request see the directory at one moment, as they do on SQLite anyway.
            self._engine = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="hsds")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What the work returns, of one transaction. Raises what it raises, and Problem when the database is away."""

        def run() -> T:
            try:
                with self._engine.connect() as connection:
                    return work(connection)
            except (DBAPIError, NoConnection, ResourcesError) as error:
                logger.error("The directory cannot be read: %s", type(error).__name__)
                message = "The directory cannot be read at the moment. Please try again in a few seconds."
                raise Problem(503, "unavailable", message, **{"Retry-After": "5"}) from error

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    def place(self, name: str) -> Place:
        """The one place of this name; for a thread that reads. Raises Problem."""
        reading = find_place(self._gazetteer, name)
        if reading.place:
            return reading.place
        if reading.candidates:
            labels = "; ".join(place.label for place in reading.candidates)
            raise Problem(404, "place_ambiguous", f"There are several places of this name: {labels}. Say which one.")
        if reading.military:
            advice = "is a military mail address, which is nowhere on the map. Give the ZIP code or town around."
            raise Problem(404, "place_unknown", f"{reading.military} {advice}")
        raise Problem(404, "place_unknown", "This place is not known. Give a ZIP code, or a town with its state: Santa Ana, CA.")

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._engine.dispose()
        if "_gazetteer" in vars(self):
            self._gazetteer.close()

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return open_gazetteer(self._settings.gazetteer_path)
