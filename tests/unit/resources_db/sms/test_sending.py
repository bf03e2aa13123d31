from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.sms_sandbox.carrier import Carrier
from bot.sms_sandbox.faults import Faults
from resources_db import outbox
from resources_db.claims import Claim, conversations_waiting
from resources_db.database import make_engine, session_scope
from resources_db.models.incoming_text import IncomingText
from resources_db.models.message import Message
from resources_db.sites import add_site
from resources_db.sms import sending, twilio
from resources_db.sms.sending import Pace, Texting
from resources_db.sms.twilio import Twilio
from resources_db.storage import Storage, Unavailable
from tests.databases import SqliteDatabases
from tests.unit.resources_db.sms.world import ACCOUNT, FAMILY, OTHER, OURS, TOKEN, World, settings, words

#: A number of the same account that is not ours, and one of a site of ours.
THEIRS, SITES = "+19165550199", "+19165550198"


class Desk:
    """An outbox, the carrier, and workers between the two, each with a storage of its own as in a process of its own."""

    def __init__(self, world: World, carrier: Carrier, url: str, stack: AsyncExitStack) -> None:
        self.world = world
        self.carrier = carrier
        self.url = url
        self._stack = stack

    async def worker(self, owner: str = "one", *, at_once: int = 8, pace: Pace | None = None) -> Texting:
        ours = settings(SMS_API_BASE=self.url)
        assert ours.carrier
        client = await self._stack.enter_async_context(Twilio(ours.carrier, "https://help.example.org"))
        storage = Storage(make_engine(self.world.engine.url.render_as_string(hide_password=False)))
        self._stack.callback(storage.close)
        return Texting(
            storage, ours, self.world.sealer, words(), client, owner=owner, at_once=at_once, pace=pace,
            now=lambda: self.world.now, monotonic=lambda: self.world.seconds,
        )  # fmt: skip

    async def send(self, texting: Texting) -> None:
        await texting.send()
        await texting.finish()

    def has(self, phone: str = FAMILY) -> list[str]:
        """What the carrier took for a phone, in order."""
        return [message.body for message in self.carrier.texts_to(phone)]

    def may(self, **faults: Any) -> None:
        """What the carrier may do; what it would report of a text never comes (test_outbox.py tells what that does)."""
        self.carrier.faults = Faults(dropped=1.0, **faults)


@asynccontextmanager
async def open_desk(engine: Engine) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        carrier = Carrier(ACCOUNT, TOKEN, {OURS: "", THEIRS: "", SITES: ""}, pace=0.0)
        desk = Desk(World(engine, datetime.now(timezone.utc)), carrier, await stack.enter_async_context(carrier.serving()), stack)
        desk.may()
        yield desk


@pytest.fixture
async def desk(directory_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(twilio, "LONGEST", 0.5)
    async with open_desk(directory_engine) as it:
        yield it


@pytest.fixture
async def small_desk(sqlite_databases: SqliteDatabases) -> AsyncIterator[Desk]:
    """Where the database plays no part."""
    with sqlite_databases.new() as engine:
        async with open_desk(engine) as it:
            yield it


def waiting(world: World) -> list[tuple[str, str]]:
    """The families' messages that wait to be answered, and can be by whoever asks, with the channel they came by."""
    with session_scope(world.engine, writes=False) as session:
        claim = Claim("gateway", datetime.now(timezone.utc) + timedelta(seconds=1), timedelta(seconds=20))
        ids = conversations_waiting(session, claim)
        rows = (
            select(Message.text, Message.channel).where(Message.conversation_id.in_(ids), Message.waiting).order_by(Message.seq)
        )
        return [(text, channel) for text, channel in session.execute(rows)]


# --- sending


async def test_what_is_due_goes_to_the_carrier_once_and_to_each_phone_in_order(desk: Desk) -> None:
    for n in range(3):
        desk.world.put(f"one {n}")
        desk.world.put(f"two {n}", OTHER)
    texting = await desk.worker()
    for _ in range(4):
        await desk.send(texting)
    assert desk.has() == ["one 0", "one 1", "one 2"]
    assert desk.has(OTHER) == ["two 0", "two 1", "two 2"]
    assert {row.state for row in desk.world.rows()} == {"sent"}
    assert {row.provider_id for row in desk.world.rows()} == {message.sid for message in desk.carrier.messages}


async def test_two_workers_at_the_same_time_send_every_text_once(desk: Desk) -> None:
    phones = [f"+1916555{number:04}" for number in range(150, 160)]
    for phone in phones:
        for n in range(2):
            desk.world.put(str(n), phone)
    workers = [await desk.worker(owner, at_once=3) for owner in ("one", "two")]
    for _ in range(12):
        await asyncio.gather(*(desk.send(texting) for texting in workers))
    assert [desk.has(phone) for phone in phones] == [["0", "1"]] * 10


@pytest.mark.parametrize("fault", ["cut", "silent", "broken"])
async def test_a_text_that_was_taken_without_a_word_is_found_and_not_sent_again(desk: Desk, fault: str) -> None:
    text_id = desk.world.put("Hello")
    desk.may(**{fault: 1.0, "silence": 2.0} if fault == "silent" else {fault: 1.0})
    texting = await desk.worker()
    await desk.send(texting)
    assert desk.world.state(text_id) == "unknown"
    await texting.find_out()
    assert (desk.world.state(text_id), desk.has()) == ("sent", ["Hello"])
    await desk.send(texting)
    assert desk.has() == ["Hello"]


async def test_a_text_taken_without_a_word_by_a_messaging_service_is_found(small_desk: Desk) -> None:
    desk, service = small_desk, "MG" + "1" * 32
    desk.carrier.services[service] = OURS
    text_id = desk.world.put("Hello", from_number=service)
    desk.may(broken=1.0)
    texting = await desk.worker()
    await desk.send(texting)
    await texting.find_out()
    assert (desk.world.state(text_id), desk.has()) == ("sent", ["Hello"])


async def test_a_text_is_found_even_if_the_carrier_changed_its_spaces_or_put_words_of_its_own_before_it(small_desk: Desk) -> None:
    desk = small_desk
    text_id = desk.world.put("Food:\n1. Mesa “Sí”  (5 mi) \n")
    desk.may(broken=1.0)
    texting = await desk.worker()
    await desk.send(texting)
    desk.carrier.messages[0].body = 'Sent from your Twilio trial account - Food:\r\n1. Mesa "Si" (5 mi)'
    await texting.find_out()
    assert desk.world.state(text_id) == "sent"


async def test_a_text_that_resembles_it_but_was_sent_before_is_not_taken_for_it(desk: Desk) -> None:
    texting = await desk.worker()
    desk.world.put("OK", key="1")
    await desk.send(texting)
    second = desk.world.put("OK", key="2")
    desk.world.claim("killed")
    desk.world.later(seconds=61)
    await texting.find_out()
    assert (desk.world.state(second), desk.has()) == ("unknown", ["OK"])
    desk.world.later(seconds=61)
    await texting.find_out()
    await desk.send(texting)
    assert desk.has() == ["OK", "OK"]


async def test_a_worker_killed_before_it_asked_the_carrier_loses_nothing(desk: Desk) -> None:
    text_id = desk.world.put("Hello")
    desk.world.claim("killed")
    texting = await desk.worker()
    desk.world.later(seconds=61)
    for seconds in (0, 30, 29):
        desk.world.later(seconds=seconds)
        await texting.find_out()
        await desk.send(texting)
        assert (desk.world.state(text_id), desk.has()) == ("unknown", [])
    desk.world.later(seconds=16)
    await texting.find_out()
    await desk.send(texting)
    assert (desk.world.state(text_id), desk.has()) == ("sent", ["Hello"])


async def test_a_worker_killed_after_it_asked_the_carrier_sends_nothing_twice(desk: Desk) -> None:
    text_id = desk.world.put("Hello")
    [text] = desk.world.claim("killed")
    async with Twilio(replace(settings().carrier, api_base=desk.url), "https://help.example.org") as client:  # type: ignore[type-var]
        await client.send(text.id, text.to, text.from_number, text.body)
    texting = await desk.worker()
    desk.world.later(seconds=61)
    await texting.find_out()
    await desk.send(texting)
    assert (desk.world.state(text_id), desk.has()) == ("sent", ["Hello"])


async def test_a_clock_that_jumps_while_a_text_is_on_its_way_sends_nothing_twice(desk: Desk) -> None:
    text_id = desk.world.put("Hello")
    [text] = desk.world.claim("slow")
    other = await desk.worker("other")
    for jump in (timedelta(hours=1), timedelta(hours=-2)):
        desk.world.now += jump
        await other.find_out()
        await desk.send(other)
    assert (desk.world.state(text_id), desk.has()) == ("unknown", [])
    async with Twilio(replace(settings().carrier, api_base=desk.url), "https://help.example.org") as client:  # type: ignore[type-var]
        answer = await client.send(text.id, text.to, text.from_number, text.body)
    desk.world.do(outbox.sent, text_id, "slow", answer.provider_id, desk.world.now)
    desk.world.later(minutes=2)
    await other.find_out()
    await desk.send(other)
    assert (desk.world.state(text_id), desk.has()) == ("sent", ["Hello"])


async def test_a_process_that_slept_between_claiming_and_sending_does_not_send(desk: Desk) -> None:
    text_id = desk.world.put("Hello")
    await desk.send(await desk.worker(pace=Pace(stale=-1.0)))
    assert (desk.world.state(text_id), desk.world.row(text_id).error, desk.has()) == ("due", "stale", [])
    desk.world.later(seconds=10)
    await desk.send(await desk.worker("two"))
    assert desk.has() == ["Hello"]


async def test_when_the_clock_is_set_back_what_waited_for_a_later_hour_is_looked_at_again(desk: Desk) -> None:
    texting = await desk.worker()
    await texting.tidy()
    text_id = desk.world.put("Hello")
    desk.may(refused=1.0)
    desk.world.now += timedelta(hours=5)
    await desk.send(texting)
    desk.world.now -= timedelta(hours=5)
    desk.may()
    desk.world.later(minutes=1)
    await desk.send(texting)
    assert (desk.world.state(text_id), desk.has()) == ("due", [])
    await texting.tidy()
    await desk.send(texting)
    assert (desk.world.state(text_id), desk.has()) == ("sent", ["Hello"])


async def test_a_storm_at_the_carrier_is_waited_out(desk: Desk) -> None:
    first, second = desk.world.put("1"), desk.world.put("2", OTHER)
    desk.may(storms=1.0, storm=30.0)
    texting = await desk.worker(at_once=1)
    await desk.send(texting)
    await desk.send(texting)
    # one was enough to know; the other is not even tried
    assert sorted(desk.world.row(id).attempts for id in (first, second)) == [0, 1]
    assert max(desk.world.row(id).due_at for id in (first, second)) >= desk.world.now + timedelta(seconds=29)
    desk.carrier._storm_until = 0.0
    desk.may()
    desk.world.later(seconds=31)
    for _ in range(2):
        await desk.send(texting)
    assert (desk.has(), desk.has(OTHER)) == (["1"], ["2"])


async def test_a_carrier_that_is_out_of_order_gets_the_text_when_it_works_again(desk: Desk) -> None:
    text_id = desk.world.put("Hello")
    desk.may(refused=1.0)
    texting = await desk.worker()
    for _ in range(3):
        await desk.send(texting)
        desk.world.later(seconds=60)
    assert (desk.world.state(text_id), desk.world.row(text_id).attempts, desk.world.row(text_id).error) == ("due", 3, "20503")
    desk.may()
    await desk.send(texting)
    assert (desk.world.state(text_id), desk.has()) == ("sent", ["Hello"])


async def test_where_the_carrier_cannot_say_where_a_text_is_staff_have_to_look(desk: Desk) -> None:
    text_id = desk.world.put("Hello")
    desk.may(broken=1.0)
    texting = await desk.worker()
    await desk.send(texting)
    desk.may(refused=1.0)
    for _ in range(14):
        await texting.find_out()
        desk.world.later(minutes=1)
    assert desk.world.state(text_id) == "unknown"
    for _ in range(3):
        await texting.find_out()
        desk.world.later(minutes=1)
    assert (desk.world.state(text_id), desk.world.row(text_id).error, desk.has()) == ("failed", "unresolved", ["Hello"])


async def test_a_phone_that_told_only_the_carrier_to_stop_gets_nothing_more(desk: Desk) -> None:
    desk.carrier.text(FAMILY, "STOP")
    first, second = desk.world.put("1"), desk.world.put("2")
    texting = await desk.worker()
    for _ in range(3):
        await desk.send(texting)
    assert [desk.world.state(id) for id in (first, second)] == ["suppressed", "suppressed"]
    assert desk.carrier.refusals == [(FAMILY, 21610)]


async def test_what_became_of_a_text_is_written_down_as_soon_as_the_database_allows(
    small_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, real, fails = small_desk, Storage.write, [1, 1]

    async def write(self: Storage, work: Any) -> Any:
        if getattr(work, "func", None) is outbox.sent and fails:
            fails.pop()
            raise Unavailable("locked")
        return await real(self, work)

    monkeypatch.setattr(Storage, "write", write)
    text_id = desk.world.put("Hello")
    await desk.send(await desk.worker(pace=Pace(idle=0.01)))
    assert (desk.world.state(text_id), fails) == ("sent", [])


async def test_whoever_is_asked_to_stop_finishes_what_is_under_way_and_begins_nothing(small_desk: Desk) -> None:
    desk, stop = small_desk, asyncio.Event()
    desk.world.put("Hello")
    texting = await desk.worker(pace=Pace(idle=0.01))
    running = asyncio.create_task(texting.run(stop))
    while not desk.has():
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, 10)
    later = desk.world.put("2")
    assert [row.state for row in desk.world.rows()] == ["sent", "due"]
    assert desk.world.state(later) == "due"


async def test_whoever_cannot_wait_for_an_answer_any_more_leaves_a_text_to_be_looked_for(small_desk: Desk) -> None:
    desk, stop = small_desk, asyncio.Event()
    text_id = desk.world.put("Hello")
    desk.may(silent=1.0, silence=30.0)
    running = asyncio.create_task((await desk.worker(pace=Pace(idle=0.01, farewell=0.05))).run(stop))
    while not desk.has():
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, 10)
    assert (desk.world.state(text_id), desk.world.row(text_id).owner) == ("unknown", None)
    await (await desk.worker("two")).find_out()
    assert desk.world.state(text_id) == "sent"


async def test_neither_numbers_nor_words_are_logged(small_desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk = small_desk
    desk.world.put("Shelter on 5th Street")
    desk.may(broken=1.0)
    texting = await desk.worker()
    await desk.send(texting)
    desk.may(refused=1.0)
    await texting.find_out()
    await texting.receive()
    assert "the carrier" in caplog.text
    assert not [secret for secret in (FAMILY, FAMILY[2:], "5th", TOKEN, ACCOUNT) if secret in caplog.text]


# --- what no webhook brought


async def test_what_families_sent_while_we_were_away_is_taken_in_once(desk: Desk) -> None:
    with session_scope(desk.world.engine) as session:
        session.add(IncomingText(digest="of long ago", at=desk.world.now - timedelta(days=2)))
    desk.carrier.text(FAMILY, "I need food")
    desk.carrier.text(FAMILY, "in Yolo")
    texting = await desk.worker()
    await texting.receive()
    await texting.receive()
    assert waiting(desk.world) == [("I need food", "sms"), ("in Yolo", "sms")]


async def test_a_text_whose_webhook_is_on_its_way_is_left_to_it_for_one_round(desk: Desk) -> None:
    texting = await desk.worker()
    await texting.receive()
    desk.carrier.text(FAMILY, "I need food")
    await texting.receive()
    assert waiting(desk.world) == []
    await texting.receive()
    assert waiting(desk.world) == [("I need food", "sms")]


async def test_texts_that_are_not_for_us_are_left_alone_and_those_for_a_site_are_ours(desk: Desk) -> None:
    with session_scope(desk.world.engine) as session:
        add_site(session, "yolo", {"sms_from": SITES}, desk.world.now)
    desk.carrier.text(FAMILY, "not for us", to=THEIRS)
    desk.carrier.text(OTHER, "for the site", to=SITES)
    desk.world.put("ours")
    texting = await desk.worker()
    await desk.send(texting)
    await texting.receive()
    assert waiting(desk.world) == [("for the site", "sms")]


async def test_a_stop_that_no_webhook_brought_is_obeyed(desk: Desk) -> None:
    texting = await desk.worker()
    desk.carrier.text(FAMILY, "no more messages please")
    await texting.receive()
    desk.world.put("Here is a list")
    assert [text.body for text in desk.world.claim() if "list" in text.body] == []


async def test_a_text_that_cannot_be_taken_in_does_not_keep_the_others_out(
    small_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, real = small_desk, sending.take_in

    def take_in(session: Any, sealer: Any, words: Any, incoming: Any, **more: Any) -> Any:
        if incoming.text == "bad":
            raise ValueError
        return real(session, sealer, words, incoming, **more)

    monkeypatch.setattr(sending, "take_in", take_in)
    desk.carrier.text(FAMILY, "bad")
    desk.carrier.text(OTHER, "good")
    await (await desk.worker()).receive()
    assert waiting(desk.world) == [("good", "sms")]
