"""Waiting for news: woken at once, cheaply, and let go when there is nothing more to wait for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from sqlalchemy import event, text

from bot.gateway import news
from bot.gateway.chat import NEWS, STORAGE
from tests.web.rasa_stand_in import Family, Gateway, Gateways, Json, RasaStandIn, echo, held, said

#: Longer than any test may take: whoever waits so long was not woken.
FOR_EVER = 30


@pytest.fixture
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is told at once is heard in time."""
    monkeypatch.setattr(news, "_LOOK_EVERY", 3600)


@pytest.mark.usefixtures("nobody_looks")
async def test_a_long_poll_returns_with_what_was_said(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    polling = asyncio.create_task(family.read(wait=FOR_EVER))
    await _watched(gateway, 1)
    with held() as (_, go_on, rasa.behave):
        await family.say("hi", wait=0)
        assert [m["text"] for m in await polling] == ["hi"], "another tab sees what this one says"
        polling = asyncio.create_task(family.read(after=1, wait=FOR_EVER))
        go_on.set()
        assert [m["text"] for m in await polling] == ["you said hi"]


async def test_a_long_poll_without_news_returns_empty_when_its_time_is_over(gateway: Gateway) -> None:
    family = await gateway.family()
    assert await family.read(wait=0.2) == []
    assert len(gateway.app[NEWS]) == 0, "nothing is kept for those who left"


async def test_what_is_already_there_is_not_waited_for(gateway: Gateway) -> None:
    family = await gateway.family()
    await family.say("hi")
    assert len(await family.read(wait=FOR_EVER)) == 2
    assert len(await family.read(after=1, wait=FOR_EVER)) == 1


async def test_every_tab_hears_everything(gateway: Gateway) -> None:
    family = await gateway.family()

    async def tab() -> list[str]:
        heard: list[str] = []
        while len(heard) < 20:
            heard += [m["text"] for m in await family.read(after=len(heard), wait=FOR_EVER)]
        return heard

    tabs = [asyncio.create_task(tab()) for _ in range(3)]
    for number in range(10):
        await family.say(f"m{number}")
    first, *others = await asyncio.gather(*tabs)
    assert all(other == first for other in others)
    assert len(set(first)) == 20


async def test_news_from_another_gateway_wakes_too(gateways: Gateways, rasa: RasaStandIn) -> None:
    here, there = await gateways(), await gateways()
    family = await here.family()
    polling = asyncio.create_task(family.read(wait=FOR_EVER))
    await _watched(here, 1)
    await Family(there.client, family.token).say("hi")
    assert await polling
    assert [m["text"] for m in await family.read(after=1, wait=FOR_EVER)] == ["you said hi"]


async def test_an_answer_given_by_another_gateway_reaches_who_waits_here(gateways: Gateways, rasa: RasaStandIn) -> None:
    here, there = await gateways(), await gateways()
    family = await here.family()
    elsewhere = Family(there.client, family.token)
    with held() as (reached, go_on, rasa.behave):
        await family.say("one", wait=0)
        await reached.wait()
        asking = asyncio.create_task(elsewhere.say("two", wait=FOR_EVER))
        await _watched(there, 1)
        rasa.behave = echo
        go_on.set()
        assert (await asking)[-1]["text"] == "you said two"


async def test_two_hundred_who_wait_do_not_ask_the_database_each(gateway: Gateway) -> None:
    families = [await gateway.family() for _ in range(200)]
    polls = [asyncio.create_task(family.read(wait=FOR_EVER)) for family in families]
    await _watched(gateway, 200)
    await asyncio.sleep(0.2)  # whoever looked before listening has looked
    with _statements(gateway) as statements:
        await asyncio.sleep(2)
    assert len(statements) < 100, f"{len(statements)} statements for 200 who wait two seconds"
    await asyncio.gather(*(family.say("hi", wait=0) for family in families))
    assert all(await asyncio.gather(*polls))
    assert len(gateway.app[NEWS]) == 0


async def test_who_waits_in_a_burst_is_woken_by_the_own_answer_only(gateway: Gateway) -> None:
    family = await gateway.family()
    with _statements(gateway) as statements:
        await asyncio.gather(*(family.say(f"m{n}", wait=FOR_EVER) for n in range(60)))
    assert len(statements) < 60 * 40, "it grows with the messages, not with their square"


@pytest.mark.usefixtures("nobody_looks")
async def test_deleting_ends_the_polls_and_streams_of_other_tabs(gateway: Gateway) -> None:
    family = await gateway.family()
    url, headers = gateway.client.make_url("/chat/v1/messages?wait=30"), family.headers
    polling = asyncio.create_task(gateway.client.session.get(url, headers=headers))
    async with _stream(family) as events:
        streaming = asyncio.create_task(_all(events))
        await _watched(gateway, 1)
        await family.say("hi")
        assert (await polling).status == 200
        polling = asyncio.create_task(gateway.client.session.get(f"{url}&after=2", headers=headers))
        await asyncio.sleep(0.1)
        assert await family.leave() == 200
        assert (await polling).status == 401
        assert [m["text"] for m in await streaming] == ["hi", "you said hi"]
    assert len(gateway.app[NEWS]) == 0


async def test_deleting_at_another_gateway_ends_them_too(gateways: Gateways, rasa: RasaStandIn) -> None:
    here, there = await gateways(), await gateways()
    family = await here.family()
    async with _stream(family) as events:
        await _watched(here, 1)
        assert await Family(there.client, family.token).leave() == 200
        assert await _all(events) == []


async def test_a_stream_sends_what_the_cursor_would_and_goes_on_where_it_broke(gateway: Gateway) -> None:
    family = await gateway.family()
    async with _stream(family) as events:
        await family.say("one")
        first = [await anext(events), await anext(events)]
    async with _stream(family, {"Last-Event-ID": "1"}) as events:
        await family.say("two")
        second = [await anext(events) for _ in range(3)]
    everything = await family.read()
    assert first + second[1:] == everything
    assert second[0] == first[1]


async def test_a_stream_ends_with_the_session(gateway: Gateway) -> None:
    family = await gateway.family()
    with gateway.engine.begin() as connection:
        soon = "datetime('now', '+1 seconds')" if gateway.engine.dialect.name == "sqlite" else "now() + interval '1 second'"
        connection.execute(text(f"UPDATE conversation SET expires_at = {soon}"))
    async with _stream(family) as events:
        assert await _all(events) == []
    async with gateway.client.get("/chat/v1/messages", headers=family.headers) as response:
        assert response.status == 401


async def test_a_stream_whose_reader_left_is_forgotten(gateway: Gateway) -> None:
    family = await gateway.family()
    async with _stream(family):
        await _watched(gateway, 1)
    await family.say("hi")  # the first thing that cannot be delivered
    await _watched(gateway, 0)


async def test_a_gateway_that_stops_does_not_wait_for_those_who_wait(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    with held() as (reached, _, rasa.behave):
        asking = asyncio.create_task(family.send({"id": "1", "text": "hi"}, wait=FOR_EVER))
        await reached.wait()
        polling = asyncio.create_task(family.read(after=1, wait=FOR_EVER))
        async with _stream(family) as events:
            assert (await anext(events))["text"] == "hi"
            await asyncio.sleep(0.1)
            await gateway.client.server.close()
            assert await asking == {"accepted": 1, "messages": []}
            assert await polling == []
            assert await _all(events) == []


async def test_many_messages_at_once_reach_a_stream_in_order(gateway: Gateway, rasa: RasaStandIn) -> None:
    async def behave(_: Json) -> Json:
        return said(*(f"part {n}" for n in range(30)))

    rasa.behave = behave
    family = await gateway.family()
    async with _stream(family) as events:
        await family.say("hi", wait=0)
        assert [(await anext(events))["seq"] for _ in range(31)] == list(range(1, 32))


@asynccontextmanager
async def _stream(family: Family, headers: dict[str, str] | None = None) -> AsyncIterator[AsyncIterator[Json]]:
    """The messages of a stream, as they come; it ends when the server ends it."""
    timeout = aiohttp.ClientTimeout(total=FOR_EVER)
    async with family.client.get("/chat/v1/stream", headers={**family.headers, **(headers or {})}, timeout=timeout) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"

        async def events() -> AsyncIterator[Json]:
            async for line in response.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

        yield events()
        response.close()


async def _all(events: AsyncIterator[Json]) -> list[Json]:
    return [message async for message in events]


async def _watched(gateway: Gateway, count: int) -> None:
    while len(gateway.app[NEWS]) != count:
        await asyncio.sleep(0.01)


class _statements:
    """What the gateway asks its database inside the block."""

    def __init__(self, gateway: Gateway) -> None:
        self._engine: Any = gateway.app[STORAGE]._engine
        self._seen: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self._seen

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._seen.append(statement)
