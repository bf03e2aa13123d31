"""Waking those who wait for something to be said, without each of them asking the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from resources_db import conversations
from resources_db.storage import Storage, Unavailable

Json = dict[str, Any]

#: How soon news that another process wrote is found.
_LOOK_EVERY = 1.0


@dataclass
class Watch:
    """What is known of a conversation while somebody waits for news of it: the newest number, the newest message of the
    family's that has a reply, and what was said last, if we know. Others may have written what is after `whole` and before
    what we heard of ourselves. `over`: it is gone, or we are stopping."""

    last_seq: int
    whole: int
    answered: int = 0
    said: Sequence[Json] = ()
    over: bool = False
    _waiting: list[tuple[Callable[[Watch], bool], asyncio.Future[None]]] = field(default_factory=list)
    watchers: int = 0

    async def until(self, done: Callable[[Watch], bool], seconds: float) -> None:
        """Wait until `done(watch)` or it is over, at most `seconds`."""
        if seconds <= 0 or self.over or done(self):
            return
        waiter = asyncio.get_running_loop().create_future()
        entry = (done, waiter)
        self._waiting.append(entry)
        try:
            await asyncio.wait([waiter], timeout=seconds)
        finally:
            self._waiting.remove(entry)

    def since(self, seq: int) -> Sequence[Json] | None:
        """Everything after `seq`, if that is just what was said last; else the database knows."""
        whole = self.said and self.said[0]["seq"] == seq + 1 and self.said[-1]["seq"] == self.last_seq
        return self.said if whole else None

    def learn(self, last_seq: int, answered: int, said: Sequence[Json] = (), *, over: bool = False) -> None:
        first = said[0]["seq"] if said else last_seq
        if first <= self.whole + 1:
            self.whole = max(self.whole, last_seq)
        self.last_seq, self.answered = max(self.last_seq, last_seq), max(self.answered, answered)
        self.said, self.over = said, self.over or over
        for done, waiter in self._waiting:
            if not waiter.done() and (self.over or done(self)):
                waiter.set_result(None)


class News:
    """One for the gateway. What this process writes is told at once; what others write is looked up, once a second for all."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._watches: dict[str, Watch] = {}
        self._some = asyncio.Event()
        self._closed = False

    @contextmanager
    def watch(self, conversation_id: str, last_seq: int) -> Iterator[Watch]:
        """Hear of everything said after `last_seq`, a number that is there, while the block lasts."""
        watch = self._watches.setdefault(conversation_id, Watch(last_seq, last_seq, over=self._closed))
        watch.watchers += 1
        self._some.set()
        try:
            yield watch
        finally:
            watch.watchers -= 1
            if not watch.watchers:
                self._watches.pop(conversation_id, None)

    def tell(self, conversation_id: str, last_seq: int, answered: int = 0, said: Sequence[Json] = ()) -> None:
        """Something was said; `answered` is the family's message it answers, `said` all of it up to `last_seq`."""
        if watch := self._watches.get(conversation_id):
            watch.learn(last_seq, answered, said)

    def tell_gone(self, conversation_id: str) -> None:
        if watch := self._watches.get(conversation_id):
            watch.learn(0, 0, over=True)

    def close(self) -> None:
        """Let everybody who waits go home."""
        self._closed = True
        for watch in self._watches.values():
            watch.learn(0, 0, over=True)

    def __len__(self) -> int:
        """How many conversations are watched."""
        return len(self._watches)

    async def look_around(self) -> None:
        """For ever: find what others wrote, while anybody waits."""
        while True:
            await self._some.wait()
            if not self._watches:
                self._some.clear()
                continue
            await asyncio.sleep(_LOOK_EVERY)
            known = {conversation_id: watch.whole for conversation_id, watch in self._watches.items()}
            try:
                changed = await self._storage.read(lambda s: conversations.progress_since(s, known))  # noqa: B023 - awaited here
            except Unavailable:
                continue
            for conversation_id, progress in changed.items():
                if progress is None:
                    self.tell_gone(conversation_id)
                elif watch := self._watches.get(conversation_id):
                    watch.whole = max(watch.whole, progress.last_seq)
                    watch.learn(progress.last_seq, progress.answered)
