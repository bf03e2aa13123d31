"""Replies by cursor, long poll and stream, from several gateways over one database: none missing, none twice."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import update

from bot.gateway.chat import NEWS
from resources_db import claims, conversations, messages
from resources_db.database import session_scope
from resources_db.models.conversation import Conversation
from tests.web.rasa_stand_in import Family, Gateway, Gateways, Json, RasaStandIn, echo, held

LONG = 30.0


@asynccontextmanager
async def _stream(family: Family, last: int = 0, query: str = "") -> AsyncIterator[AsyncGenerator[Json, None]]:
    """The messages of a stream, as they come, after the one that was seen last."""
    headers = {**family.headers, **({"Last-Event-ID": str(last)} if last else {})}
    async with family.client.get(f"/chat/v1/stream{query}", headers=headers) as response:
        assert response.status == 200

        async def events() -> AsyncGenerator[Json, None]:
            number = None
            async for line in response.content:
                if line.startswith(b"id: "):
                    number = int(line.removeprefix(b"id: "))
                if line.startswith(b"data: "):
                    message: Json = json.loads(line.removeprefix(b"data: "))
                    assert message["seq"] == number
                    yield message

        async with aclosing(events()) as all_events:
            yield all_events
        response.close()


def _elsewhere(family: Family, gateway: Gateway) -> Family:
    return Family(gateway.client, family.token)


async def test_what_is_sent_to_one_gateway_is_read_from_another_in_every_way(gateways: Gateways) -> None:
    here, there = await gateways(), await gateways()
    family = await here.family()
    away = _elsewhere(family, there)
    many = 12

    async def by_cursor() -> list[Json]:
        got: list[Json] = []
        while len(got) < 2 * many:
            got += await away.read(after=got[-1]["seq"] if got else 0)
            await asyncio.sleep(0.05)
        return got

    async def by_long_poll() -> list[Json]:
        got: list[Json] = []
        while len(got) < 2 * many:
            got += await away.read(after=got[-1]["seq"] if got else 0, wait=LONG)
        return got

    async def by_stream() -> list[Json]:
        async with _stream(away) as events:
            return [await anext(events) for _ in range(2 * many)]

    readers = [asyncio.create_task(read()) for read in (by_cursor, by_long_poll, by_stream, by_stream)]
    for number in range(many):
        await family.say(f"m{number}", wait=LONG if number % 2 else 0)
    everything = await asyncio.gather(*readers)
    for got in everything:
        assert [message["seq"] for message in got] == list(range(1, 2 * many + 1))
    assert sorted(m["text"] for m in everything[0] if m["from"] == "homeward") == sorted(f"you said m{n}" for n in range(many))


async def test_a_stream_that_is_cut_again_and_again_misses_nothing_and_repeats_nothing(gateways: Gateways) -> None:
    """It is opened anew at one gateway or the other, as a balancer would, while messages go to both."""
    both = [await gateways(), await gateways()]
    family = await both[0].family()
    chance = random.Random(7)
    many = 25
    got: list[Json] = []

    async def read() -> None:
        while len(got) < 2 * many:
            reader = _elsewhere(family, chance.choice(both))
            async with _stream(reader, last=got[-1]["seq"] if got else 0) as events:
                for _ in range(chance.randrange(1, 5)):
                    if len(got) == 2 * many:
                        return
                    got.append(await anext(events))

    reading = asyncio.create_task(read())
    for number in range(many):
        await _elsewhere(family, chance.choice(both)).say(f"m{number}", wait=0)
    await asyncio.wait_for(reading, 60)
    assert [message["seq"] for message in got] == list(range(1, 2 * many + 1))
    assert got == await family.read()
    assert len({message["text"] for message in got}) == 2 * many


async def test_a_stream_goes_on_at_another_gateway_when_its_own_is_gone(gateways: Gateways) -> None:
    here, there = await gateways(), await gateways()
    family = await here.family()
    async with _stream(family) as events:
        await family.say("one")
        first = [await anext(events) for _ in range(2)]
        await here.client.server.close()
        assert [message async for message in events] == []
    away = _elsewhere(family, there)
    async with _stream(away, last=first[-1]["seq"]) as events:
        await away.say("two")
        assert [(await anext(events))["text"] for _ in range(2)] == ["two", "you said two"]


async def test_who_waits_at_one_gateway_hears_the_answer_to_a_message_that_another_could_not_finish(
    gateways: Gateways, rasa: RasaStandIn
) -> None:
    dying, here = await gateways(), await gateways()
    family = await dying.family()
    away = _elsewhere(family, here)
    with held() as (reached, _, rasa.behave):
        await family.say("hi", wait=0)
        await reached.wait()
        async with _stream(away) as events:
            assert (await anext(events))["text"] == "hi"
            rasa.behave = echo
            await dying.stop()
            assert (await anext(events))["text"] == "you said hi"


async def test_an_answer_that_another_gateway_wrote_just_before_our_next_message_is_not_overlooked(gateway: Gateway) -> None:
    """The one who waits for it is woken, though all that this gateway heard of itself is newer."""
    family = await gateway.family()
    another = claims.Claim("another", datetime.now(timezone.utc), timedelta(minutes=5))
    with session_scope(gateway.engine) as session:
        conversation = conversations.conversation_of(session, family.token, another.now, lock=True)
        one = messages.accept(session, conversation, client_id="1", text="one", claim=another)
    waiting = asyncio.create_task(family.send({"id": "1", "text": "one"}, wait=LONG))
    while len(gateway.app[NEWS]) != 1:
        await asyncio.sleep(0.01)
    with session_scope(gateway.engine) as session:
        assert one.turn is not None
        messages.finish_turn(session, one.turn, [messages.Answer("you said one")], language="en", claim=another)
        conversation = conversations.conversation_of(session, family.token, another.now, lock=True)
        two = messages.accept(session, conversation, client_id="2", text="two", claim=another)
    gateway.app[NEWS].tell(two.conversation_id, two.seq)
    said = (await asyncio.wait_for(waiting, LONG / 2))["messages"]
    assert [message["text"] for message in said] == ["you said one"]


async def test_a_cursor_beyond_the_end_waits_and_keeps_no_one_else_from_waiting(gateways: Gateways) -> None:
    gateway = await gateways()
    family = await gateway.family()
    async with _stream(family, query="?after=999999999"):
        polling = asyncio.create_task(family.read(after=0, wait=LONG))
        async with _stream(family) as events:
            while not gateway.app[NEWS]._watches or next(iter(gateway.app[NEWS]._watches.values())).watchers < 3:
                await asyncio.sleep(0.01)
            watch = next(iter(gateway.app[NEWS]._watches.values()))
            assert watch.last_seq == 0
            await family.say("hi")
            assert (await polling)[0]["text"] == "hi"
            assert [(await anext(events))["seq"] for _ in range(2)] == [1, 2]


async def test_a_browser_that_opens_a_stream_again_at_the_same_address_hears_nothing_twice(gateways: Gateways) -> None:
    gateway = await gateways()
    family = await gateway.family()
    await family.say("one")
    await family.say("two")
    async with _stream(family, last=3, query="?after=1") as events:
        assert (await anext(events))["seq"] == 4
    async with _stream(family, last=1, query="?after=3") as events:
        assert (await anext(events))["seq"] == 4


async def test_texts_appear_in_the_thread_on_the_web(gateways: Gateways) -> None:
    """As when the worker, or a webhook at another gateway, takes in what the family texts."""
    here, there = await gateways(), await gateways()
    family = await here.family()
    async with _stream(family) as events:
        while len(here.app[NEWS]) != 1:
            await asyncio.sleep(0.01)
        polling = asyncio.create_task(_elsewhere(family, there).read(wait=LONG))
        now = datetime.now(timezone.utc)
        with session_scope(here.engine) as session:
            conversation = conversations.conversation_of(session, family.token, now, lock=True)
            nobody = claims.Claim("nobody", now - timedelta(minutes=1), timedelta(seconds=1))
            messages.accept(session, conversation, client_id="SM1", text="by text", claim=nobody, channel=messages.SMS)
        heard = [await anext(events) for _ in range(2)]
        assert [(m["from"], m["text"]) for m in heard] == [("family", "by text"), ("homeward", "you said by text")]
        assert (await polling)[0] == heard[0]
        assert set(heard[0]) == {"seq", "from", "text", "language", "choices", "matches", "crisis", "channel", "at"}


@pytest.mark.parametrize("end", ["deleted", "token changed", "token ended"])
async def test_streams_and_polls_end_when_the_token_opens_nothing_any_more(gateways: Gateways, end: str) -> None:
    here, there = await gateways(), await gateways()
    family = await here.family()
    await family.say("hi")
    async with _stream(family, last=2) as events:
        while len(here.app[NEWS]) != 1:
            await asyncio.sleep(0.01)
        if end == "deleted":
            assert await _elsewhere(family, there).leave() == 200
        else:
            now = datetime.now(timezone.utc)
            with session_scope(here.engine) as session:
                conversation = conversations.conversation_of(session, family.token, now, lock=True)
                if end == "token changed":
                    conversations.give_token(session, conversation, now + timedelta(hours=1))
                else:
                    session.execute(update(Conversation).values(token_until=now))
                messages.tell(session, conversation, "not for this one any more", now=now)
        assert [message async for message in events] == []
    async with family.client.get("/chat/v1/messages?wait=20", headers=family.headers) as response:
        assert response.status == 401
    assert len(here.app[NEWS]) == 0
