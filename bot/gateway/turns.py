"""Answering accepted messages: in order, one at a time per conversation, again and again until it works."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from sqlalchemy.orm import Session

from bot.gateway.news import News
from bot.gateway.rasa_link import RasaAway, RasaLink, Reply, TurnFailed
from bot.gateway.texting import TROUBLE, Texting
from bot.safety.screen import Screen
from resources_db import claims, conversations, messages
from resources_db.claims import Claim
from resources_db.messages import Answer, Finished, Turn
from resources_db.storage import Storage, Unavailable
from resources_db.words import Words

logger = logging.getLogger(__name__)

T = TypeVar("T")

STILL_STARTING, CRISIS = "utter_still_starting", "utter_crisis_"


@dataclass(frozen=True)
class Pace:
    """In seconds, where nothing else is said. `lease` holds a conversation for a gateway that died; it is renewed at
    every `round`, in which also what waits from before a restart is found. `patience` is how long a family waits before
    it gets a kind word. A message that failed `most_failures` times, for `last_failure` at least, while all parts were
    well is one that Rasa cannot answer. `at_once` turns are with Rasa: it works on one; a few in the queue keep it busy."""

    lease: float = 15.0
    round: float = 4.0
    patience: float = 2.5
    patience_sms: float = 20.0
    first_pause: float = 0.5
    longest_pause: float = 4.0
    most_failures: int = 4
    last_failure: float = 6.0
    at_once: int = 6
    farewell: float = 2.0


@dataclass
class _Conversation:
    """A conversation that is being answered. `again`: more came in. `troubled`: its turn does not go as it should."""

    task: asyncio.Task[None] | None = None
    again: bool = False
    troubled: bool = False
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def stir(self) -> None:
        if self.troubled:
            self.stirred.set()

    def trouble(self) -> None:
        self.troubled = True
        self.stirred.set()


class Turns:
    """Runs in the gateway. `owner` stays the same when the gateway is started again, so that it goes on at once."""

    def __init__(
        self, storage: Storage, link: RasaLink, words: Words, screen: Screen, news: News, texting: Texting, *,
        owner: str | None = None, pace: Pace | None = None,
    ) -> None:  # fmt: skip
        self._storage = storage
        self._link = link
        self._words = words
        self._screen = screen
        self._news = news
        self._texting = texting
        self._owner = owner or str(uuid.uuid4())
        self._pace = pace or Pace()
        self._running: dict[str, _Conversation] = {}
        self._slots = asyncio.Semaphore(self._pace.at_once)
        self._rounds: asyncio.Task[None] | None = None
        self._stopping = False

    def __len__(self) -> int:
        """How many conversations are being answered."""
        return len(self._running)

    @property
    def claim(self) -> Claim:
        """Ours, from now on."""
        return Claim(self._owner, datetime.now(timezone.utc), timedelta(seconds=self._pace.lease))

    async def start(self) -> None:
        self._rounds = asyncio.create_task(self._go_round())

    async def stop(self) -> None:
        """Let turns under way end, for a moment; whatever then is not answered others may take at once."""
        self._stopping = True
        if self._rounds:
            self._rounds.cancel()
            await asyncio.gather(self._rounds, return_exceptions=True)
        tasks = [running.task for running in self._running.values() if running.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._pace.farewell)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._storage.write(lambda s: claims.release_claims(s, self._owner))
        except Unavailable:
            logger.error("claims could not be released; they run out by themselves")

    def begin(self, conversation_id: str, turn: Turn | None = None) -> None:
        """There is something to answer: `turn`, already ours, or whatever waits."""
        if self._stopping:
            return
        if running := self._running.get(conversation_id):
            running.again = True
            running.stir()
            return
        running = self._running[conversation_id] = _Conversation()
        running.task = asyncio.create_task(self._converse(conversation_id, turn, running))
        running.task.add_done_callback(lambda _: self._ended(conversation_id))

    def _ended(self, conversation_id: str) -> None:
        if self._running.pop(conversation_id).again:
            self.begin(conversation_id)

    async def _go_round(self) -> None:
        while True:
            try:
                ids, claim = list(self._running), self.claim
                if ids:
                    await self._storage.write(lambda s: claims.renew_claims(s, ids, claim))  # noqa: B023 - awaited here
                for conversation_id in await self._storage.read(lambda s: claims.conversations_waiting(s, claim)):  # noqa: B023
                    if conversation_id not in self._running:
                        self.begin(conversation_id)
            except Unavailable as error:
                logger.error("waiting messages cannot be looked for: %s", error)
            except Exception:
                logger.exception("looking for waiting messages failed")
            await asyncio.sleep(self._pace.round)

    async def _converse(self, conversation_id: str, turn: Turn | None, running: _Conversation) -> None:
        """Answer until nothing waits any more. What goes wrong here is tried again in the next round."""
        try:
            while not self._stopping:
                running.again = False
                turn = turn or await self._storage.write(lambda s: messages.claim_turn(s, conversation_id, self.claim))
                if turn is None:
                    return
                finished = await self._answer(turn, running)
                turn = finished.next if finished else None
                if turn is None and not running.again:
                    return
        except Unavailable as error:
            logger.error("a conversation waits for the database: %s", error)
        except Exception:
            logger.exception("a turn failed in the gateway")
            running.again = False

    async def _answer(self, turn: Turn, running: _Conversation) -> Finished | None:
        standing_by = asyncio.create_task(self._stand_by(turn.conversation_id, running))
        try:
            reply = await self._ask(turn, running)
        finally:
            standing_by.cancel()
            running.troubled = False
            running.stirred.clear()
        if reply is None:
            return None

        def finish(session: Session) -> Finished | None:
            claim, more = self.claim, not self._stopping
            finished = messages.finish_turn(session, turn, reply.answers, language=reply.language, claim=claim, more=more)
            if finished and turn.channel == messages.SMS:
                self._texting.put(
                    session, turn.conversation_id, finished.answers, language=reply.language, key=f"reply:{turn.message_id}",
                    asked_at=turn.at, now=claim.now,
                )  # fmt: skip
            return finished

        finished = await self._persist(finish)
        if finished:
            self._news.tell(turn.conversation_id, finished.last_seq, turn.seq, finished.said)
        return finished

    async def _ask(self, turn: Turn, running: _Conversation) -> Reply | None:
        """Rasa's reply, however long it takes. None when the message is no longer there to be answered."""
        now = asyncio.get_running_loop().time
        pace, began, failures = self._pace, now(), 0
        pause = pace.first_pause
        while True:
            try:
                async with self._slots:
                    return await self._link.ask(turn)
            except RasaAway as away:
                logger.warning("a message waits for Rasa: %s", away)
                running.trouble()
                await self._link.back()
            except TurnFailed as failed:
                failures += 1
                logger.warning("a message was not answered, try %d: %s", failures, failed)
                running.trouble()
                if not all((await self._link.ready()).values()):
                    await self._link.back()
                elif failures >= pace.most_failures and now() - began >= pace.last_failure:
                    return Reply((Answer(self._words.say(TROUBLE, turn.language, turn.channel)),), turn.language)
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, pace.longest_pause)
            if not await self._storage.read(lambda s: messages.is_waiting(s, turn)):
                return None

    async def _stand_by(self, conversation_id: str, running: _Conversation) -> None:
        """While a turn is under way: in trouble, answer a crisis at once, whichever waiting message it is in; and when
        patience is over, say kindly that the messages are here."""
        late: set[str] = set()

        def patience_ends(channel: str) -> None:
            late.add(channel)
            running.trouble()

        later = asyncio.get_running_loop().call_later
        patience = {messages.WEB: self._pace.patience, messages.SMS: self._pace.patience_sms}
        timers = [later(seconds, patience_ends, channel) for channel, seconds in patience.items()]
        try:
            while True:
                await running.stirred.wait()
                running.stirred.clear()
                try:
                    await self._comfort(conversation_id, late)
                except Unavailable as error:
                    logger.error("a kind word could not be written: %s", error)
                except Exception:
                    logger.exception("standing by failed")
        finally:
            for timer in timers:
                timer.cancel()

    async def _comfort(self, conversation_id: str, late: Collection[str]) -> None:
        """`late` are the channels on which patience is over."""

        def write(session: Session) -> tuple[int, int] | None:
            conversation = conversations.lock_conversation(session, conversation_id)
            if conversation is None:
                return None
            answered = 0
            unheard, told_to_wait = messages.unheard(session, conversation)
            for message in unheard:
                signal = None if message.payload else self._screen.check(message.text)
                if signal:
                    language = signal.language
                    words = self._words.say(CRISIS + signal.category, language, message.channel)
                    answer = Answer(words, crisis=signal.category)
                elif message.channel in late and not told_to_wait:
                    language, told_to_wait = message.language, True
                    answer = Answer(self._words.say(STILL_STARTING, language, message.channel))
                else:
                    continue
                answered, now = message.seq, self.claim.now
                messages.say(
                    session, conversation, answer, channel=message.channel, language=language, now=now, reply_to=answered
                )
                if message.channel == messages.SMS:
                    self._texting.put(
                        session, conversation_id, [answer], language=language, key=f"meanwhile:{message.id}", asked_at=message.at,
                        now=now,
                    )  # fmt: skip
            return conversation.last_seq, answered

        if said := await self._storage.write(write):
            self._news.tell(conversation_id, *said)

    async def _persist(self, work: Callable[[Session], T]) -> T:
        """Rasa has answered and will not be asked again: keep trying to write it down."""
        pause = self._pace.first_pause
        while True:
            try:
                return await self._storage.write(work)
            except Unavailable as error:
                logger.error("answers wait for the database: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, self._pace.longest_pause)
