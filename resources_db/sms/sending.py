"""The worker's part in texts: hands what is due to the carrier, finds out what became of texts of which nobody knows, and
takes in what families sent while no webhook reached us."""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resources_db import outbox
from resources_db.claims import Claim
from resources_db.models.incoming_text import IncomingText
from resources_db.outbox import Sending, Terms, Unknown
from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.sites import list_sites
from resources_db.sms.gsm import fold
from resources_db.sms.inbound import Incoming, known_of, take_in
from resources_db.sms.twilio import Listed, Refused, Twilio, Unlisted, Unsure
from resources_db.storage import Storage, Unavailable
from resources_db.words import Words

logger = logging.getLogger(__name__)

#: Before any look at what the carrier received: for how long, at most, we may have been away.
_LONGEST_ABSENCE = timedelta(days=3)
_WELL_BEFORE = timedelta(hours=1)
_LOOK_BACK = timedelta(minutes=15)
#: How far apart our clock and the carrier's may be, jumps of ours included, for a text to be looked for where it is.
_CLOCKS = timedelta(hours=3)
#: Seconds for which nothing is sent when the carrier wants us to slow down.
_LONGEST_HOLD = 60.0
#: By so many seconds a clock is not corrected but set back.
_SET_BACK = 60.0
#: After so long without an answer to where a text is, staff have to look.
_GIVEN_UP = timedelta(minutes=15)


@dataclass(frozen=True)
class Pace:
    """Seconds. What is measured with them is measured with a clock that nobody sets; only `lease` is written down."""

    #: Between two looks at what is due, when nothing happens.
    idle: float = 0.4
    #: How long a sender that says nothing may still be at it. More than `stale` and the longest request together.
    lease: float = 60.0
    #: A text that was claimed so long ago is not handed over any more: this process was asleep.
    stale: float = 10.0
    #: Between two looks for texts of which nobody knows, and between two questions to the carrier about one.
    look: float = 5.0
    ask_again: float = 15.0
    #: A text that the carrier does not list so long after its sender said that it gave up was not sent; and one whose
    #: sender was never heard of, so long after it was missed.
    sure: float = 30.0
    sure_of_silent: float = 60.0
    #: Between two looks at what the carrier received. What was missed in two of them, no webhook will bring.
    receive: float = 30.0
    #: Between two rounds of putting the outbox in order.
    tidy: float = 60.0
    #: How long what is under way is waited for at the end.
    farewell: float = 3.0


class Texting:
    """Several of these may run at once, in one process or in many. `now` may jump; `monotonic` may not."""

    def __init__(
        self, storage: Storage, settings: Settings, sealer: Sealer, words: Words, twilio: Twilio, *,
        owner: str | None = None, at_once: int = 8, pace: Pace | None = None,
        now: Callable[[], datetime] | None = None, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._storage = storage
        self._settings = settings
        self._sealer = sealer
        self._words = words
        self._twilio = twilio
        self._owner = owner or str(uuid.uuid4())
        self._at_once = at_once
        self._pace = pace or Pace()
        self._lease = timedelta(seconds=self._pace.lease)
        self._now = now or (lambda: datetime.now(timezone.utc))
        self._monotonic = monotonic
        self._terms = Terms(sealer, words, settings.public_url, settings.sms_segments_a_day)
        self._under_way: set[asyncio.Task[None]] = set()
        self._hold_until = 0.0
        #: Attempts of which nobody knows: when they were first seen, and when the carrier may be asked about them again.
        self._seen: dict[tuple[str, datetime], float] = {}
        self._ask_at: dict[tuple[str, datetime], float] = {}
        #: By how many seconds, at most, the clock that may be set was ahead of the one that may not. What it was before our
        #: time nobody knows.
        self._furthest_ahead = math.inf
        #: The newest text that the carrier listed, by its own clock; and those of the last look that nobody brought.
        self._received_until: datetime | None = None
        self._missing: set[str] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then what is under way is finished, or left as `unknown` when that takes long."""
        loops = [
            asyncio.create_task(self._again_and_again(self.send, self._pace.idle, stop)),
            asyncio.create_task(self._again_and_again(self.find_out, self._pace.look, stop)),
            asyncio.create_task(self._again_and_again(self.receive, self._pace.receive, stop)),
            asyncio.create_task(self._again_and_again(self.tidy, self._pace.tidy, stop)),
        ]
        await stop.wait()
        await asyncio.wait(loops[:1], timeout=self._pace.farewell)  # what it is claiming just now is still handed over
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._pace.farewell)
        for task in (*self._under_way, *loops):
            task.cancel()
        await asyncio.gather(*self._under_way, *loops, return_exceptions=True)

    # --- sending

    async def send(self) -> None:
        """Begin to send what is due, as much as may be under way at once; waits a moment for some of it to end."""
        room = self._at_once - len(self._under_way)
        if room > 0 and self._monotonic() >= self._hold_until:
            now = self._moment()
            if await self._storage.read(lambda session: outbox.any_due(session, now)):
                began = self._monotonic()
                claim = partial(outbox.claim, terms=self._terms, owner=self._owner, now=now, lease=self._lease, limit=room)
                for text in await self._storage.write(claim):
                    task = asyncio.create_task(self._hand_over(text, began))
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._pace.idle, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self) -> None:
        """Wait for what is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _hand_over(self, text: Sending, began: float) -> None:
        # written down at once where we are asked to stop and cannot know any more
        outcome: Callable[[Session], None] = partial(outbox.unsure, text_id=text.id, owner=self._owner)
        try:
            if self._monotonic() - began > self._pace.stale:
                raise Refused("stale", permanent=False)
            answer = await self._twilio.send(text.id, text.to, text.from_number, text.body)
            outcome = partial(outbox.sent, text_id=text.id, owner=self._owner, provider_id=answer.provider_id, now=self._moment())
        except Refused as refusal:
            outcome = partial(
                outbox.refused, sealer=self._sealer, text_id=text.id, owner=self._owner, code=refusal.code,
                permanent=refusal.permanent, retry_after=refusal.retry_after, now=self._moment(),
            )  # fmt: skip
            if refusal.code == "20429" or refusal.retry_after:
                self._hold_until = self._monotonic() + min(refusal.retry_after or 1.0, _LONGEST_HOLD)
        except Unsure:
            logger.warning("the carrier's answer to a text is not known; it will be looked for")
        finally:
            await asyncio.shield(self._write_down(outcome))

    async def _write_down(self, outcome: Callable[[Session], None]) -> None:
        """As soon as the database lets us; until then the text stays `sending`, and is looked for when that takes long."""
        last = self._monotonic() + self._pace.lease
        while True:
            try:
                return await self._storage.write(outcome)
            except Unavailable:
                if self._monotonic() > last:
                    raise
                await asyncio.sleep(self._pace.idle)

    # --- what became of those of which nobody knows

    async def find_out(self) -> None:
        """Ask the carrier about each `unknown` text."""
        now = self._moment()
        await self._storage.write(lambda session: outbox.expire(session, now, self._lease))
        unknowns = await self._storage.read(lambda session: outbox.unknowns(session, self._sealer))
        attempts = {(text.id, text.attempt) for text in unknowns}
        self._seen = {attempt: self._seen.get(attempt, self._monotonic()) for attempt in attempts}
        self._ask_at = {attempt: at for attempt, at in self._ask_at.items() if attempt in attempts}
        for text in unknowns:
            attempt = text.id, text.attempt
            if self._monotonic() >= self._ask_at.get(attempt, 0.0):
                self._ask_at[attempt] = self._monotonic() + self._pace.ask_again
                await self._find_out_about(text, self._monotonic() - self._seen[attempt])

    async def _find_out_about(self, text: Unknown, missed_for: float) -> None:
        """`missed_for`: the seconds since this process saw that nobody knows, before the carrier is asked."""
        try:
            listed = await self._twilio.sent_since(text.to, text.attempt - _CLOCKS)
        except Unlisted as problem:
            logger.warning("the carrier does not say which texts it sent: %s", problem)
            now = self._moment()
            unknown_for = max(now - text.attempt, timedelta(seconds=missed_for))  # whatever the clock did meanwhile
            if missed_for >= self._pace.sure_of_silent and unknown_for > _GIVEN_UP:
                await self._storage.write(lambda session: outbox.give_up(session, text, now))
            return
        alike = [one.provider_id for one in reversed(listed) if _is(one, text)]
        now = self._moment()
        if await self._storage.write(lambda session: outbox.found_at_carrier(session, text, alike, now)):
            return
        if missed_for >= (self._pace.sure if text.over else self._pace.sure_of_silent):
            await self._storage.write(lambda session: outbox.not_at_carrier(session, text, now))

    # --- what families sent

    async def receive(self) -> None:
        """Take in what the carrier received and no webhook brought. The gateway then finds that it waits to be answered."""
        now = self._moment()
        if self._received_until is None:
            self._received_until = await self._storage.read(lambda session: _last_seen(session, now))
        try:
            listed = await self._twilio.received_since(min(self._received_until, now) - _LOOK_BACK)
        except Unlisted as problem:
            logger.warning("the carrier does not say which texts it received: %s", problem)
            return
        if listed:
            self._received_until = listed[-1].at
        ours = await self._storage.read(self._our_numbers)
        texts = [text for text in listed if ours & {text.to, text.service}]
        known = await self._storage.read(lambda session: known_of(session, self._sealer, [text.provider_id for text in texts]))
        missing = [text for text in texts if text.provider_id not in known]
        for text in missing:
            if self._missing is None or text.provider_id in self._missing:
                await self._take_in(text)
        self._missing = {text.provider_id for text in missing}

    async def _take_in(self, text: Listed) -> None:
        incoming = Incoming(
            text.provider_id, text.from_number or "", text.to or "", text.body, text.media, text.at, service=text.service
        )
        # claimed by nobody, and for no time: the turn is free at once
        claim = Claim(str(uuid.uuid4()), self._moment(), timedelta())

        def take(session: Session) -> None:
            take_in(session, self._sealer, self._words, incoming, settings=self._settings, claim=claim, now=claim.now)

        try:
            await self._storage.write(take)
        except Unavailable:
            raise
        except Exception:  # the others are taken in all the same, and this one is tried again
            logger.exception("a text could not be taken in")

    def _our_numbers(self, session: Session) -> set[str | None]:
        """Numbers and messaging services: an account may have others, which are not ours to answer for."""
        carrier = self._settings.carrier
        return {carrier.sms_from if carrier else None, *(site.sms_from for site in list_sites(session))} - {None}

    # --- upkeep

    async def tidy(self) -> None:
        """Put the outbox in order: times that a clock set back left behind, words that nobody needs any more."""
        now = self._moment()
        ahead = now.timestamp() - self._monotonic()
        if ahead < self._furthest_ahead - _SET_BACK:
            await self._storage.write(lambda session: outbox.mend_times(session, now))
            self._furthest_ahead = ahead
        await self._storage.write(lambda session: outbox.forget_bodies(session, now))

    def _moment(self) -> datetime:
        now = self._now()
        self._furthest_ahead = max(self._furthest_ahead, now.timestamp() - self._monotonic())
        return now

    async def _again_and_again(self, step: Callable[[], Awaitable[Any]], pause: float, stop: asyncio.Event) -> None:
        while not stop.is_set():
            rest = pause
            try:
                await step()
                if step == self.send and self._under_way:
                    rest = 0.0  # it has waited itself
            except Unavailable as error:
                logger.warning("the database cannot be used now: %s", error)
            except Exception:
                logger.exception("%s failed", getattr(step, "__name__", "a step"))
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), rest)


def _is(listed: Listed, text: Sending) -> bool:
    """A trial account puts words of its own before ours; spaces and accents may be changed on the way."""
    return _plain(listed.body).endswith(_plain(text.body)) and text.from_number in (listed.from_number, listed.service)


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _last_seen(session: Session, now: datetime) -> datetime:
    """Since when texts may have been missed: not at all where none ever came, for this may be the first day."""
    newest = session.scalar(select(func.max(IncomingText.at)))
    return max(newest - _WELL_BEFORE, now - _LONGEST_ABSENCE) if newest else now
