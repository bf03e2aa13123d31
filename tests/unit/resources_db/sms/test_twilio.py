from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from aiohttp import encode_basic_auth, web

from bot.sms_sandbox.carrier import Carrier as StandIn
from resources_db.settings import Carrier
from resources_db.sms import twilio
from resources_db.sms.twilio import Listed, Refused, Sent, Twilio, Unlisted, Unsure
from tests.unit.resources_db.sms.world import ACCOUNT, FAMILY, OTHER, OURS, TOKEN

PUBLIC = "https://help.example.org"
SERVICE = "MG" + "1" * 32


@dataclass
class Server:
    """Answers whatever it is told to, and remembers what it was asked."""

    url: str = ""
    status: int = 201
    answer: str = '{"sid": "SM1", "status": "queued"}'
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    cut: bool = False
    asked: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(await request.post()), request.headers.get("Authorization", "")))
        if self.silent:
            await asyncio.sleep(5)
        if self.cut and request.transport:
            request.transport.abort()
        return web.Response(status=self.status, text=self.answer, headers=self.headers, content_type="application/json")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    it = Server()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", it.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield it
    await runner.cleanup()


def client(url: str) -> Twilio:
    return Twilio(Carrier(ACCOUNT, TOKEN, None, OURS, url), PUBLIC)


async def send(url: str, from_: str = OURS) -> Sent:
    async with client(url) as carrier:
        return await carrier.send("text-1", FAMILY, from_, "¿Qué tal? 5 & 6")


async def test_a_text_is_asked_for_as_the_carrier_wants_it(server: Server) -> None:
    assert await send(server.url) == Sent("SM1")
    assert await send(server.url, SERVICE) == Sent("SM1")
    callback = f"{PUBLIC}/sms/twilio/status?text=text-1"
    common = {"To": FAMILY, "Body": "¿Qué tal? 5 & 6", "StatusCallback": callback}
    path, auth = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", encode_basic_auth(ACCOUNT, TOKEN)
    assert server.asked == [(path, {**common, "From": OURS}, auth), (path, {**common, "MessagingServiceSid": SERVICE}, auth)]


@pytest.mark.parametrize(
    ("status", "answer", "code", "permanent"),
    [
        (400, '{"code": 21211, "message": "…", "status": 400}', "21211", True),
        (400, '{"code": 21610}', "21610", True),
        (400, '{"code": 21614}', "21614", True),
        (400, '{"code": 21611}', "21611", False),
        (400, "<html>", "http_400", True),
        (401, '{"code": 20003}', "20003", False),
        (403, '{"code": 20005}', "20005", False),
        (404, '{"code": 20404}', "20404", False),
        (429, '{"code": 20429}', "20429", False),
        (429, "", "http_429", False),
        (503, '{"code": 20503}', "20503", False),
        (302, "", "http_302", False),
    ],
)
async def test_what_was_surely_not_sent_is_refused_for_now_or_for_good(
    server: Server, status: int, answer: str, code: str, permanent: bool
) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(Refused) as refused:
        await send(server.url)
    assert (refused.value.code, refused.value.permanent) == (code, permanent)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("inf", None), ("-1", None)]
)
async def test_the_carrier_may_say_how_many_seconds_to_wait(server: Server, header: str, seconds: float | None) -> None:
    server.status, server.headers = 429, {"Retry-After": header}
    with pytest.raises(Refused) as refused:
        await send(server.url)
    assert refused.value.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, '{"code": 20500}'), (502, "<html>"), (503, "<html>"), (504, ""), (201, "{}"), (201, "[]"), (200, "<")],
)
async def test_where_the_carriers_trouble_may_have_come_after_sending_nobody_knows(
    server: Server, status: int, answer: str
) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(Unsure):
        await send(server.url)


async def test_an_answer_that_does_not_come_leaves_us_unsure(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.cut = True
    with pytest.raises(Unsure):
        await send(server.url)
    server.cut, server.silent = False, True
    monkeypatch.setattr(twilio, "LONGEST", 0.2)
    with pytest.raises(Unsure):
        await send(server.url)
    assert len(server.asked) == 2


async def test_a_carrier_that_cannot_be_reached_was_not_asked() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens there
        for url in (f"http://127.0.0.1:{taken.getsockname()[1]}", "http://nowhere.invalid"):
            with pytest.raises(Refused) as refused:
                await send(url)
            assert (refused.value.code, refused.value.permanent) == ("unreachable", False)


async def test_a_carrier_that_cannot_prove_who_it_is_was_not_asked(server: Server) -> None:
    with pytest.raises(Refused) as refused:
        await send(server.url.replace("http:", "https:"))
    assert not refused.value.permanent
    assert server.asked == []


async def test_neither_words_nor_numbers_nor_keys_get_into_a_log_or_an_error(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors = []
    for server.status in (400, 429, 500):
        with pytest.raises((Refused, Unsure)) as error:
            await send(server.url)
        errors.append(str(error.value))
    said = (
        caplog.text + " ".join(errors) + repr(Listed("SM1", True, FAMILY, OURS, "Qué tal", None, 0, datetime.now(timezone.utc)))
    )
    for secret in (FAMILY, "Qué tal", TOKEN, ACCOUNT, "SM1"):
        assert secret not in said


async def test_what_was_sent_to_a_phone_and_what_families_sent_is_listed_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio, "_PAGE", 2)
    stand_in = StandIn(ACCOUNT, TOKEN, {OURS: ""}, services={SERVICE: OURS}, pace=0.0)
    began = datetime.now(timezone.utc) - timedelta(minutes=1)
    async with stand_in.serving() as url, client(url) as carrier:
        for n in range(5):
            await carrier.send(f"text-{n}", FAMILY, SERVICE if n == 4 else OURS, f"to {n}")
            await carrier.send(f"other-{n}", OTHER, OURS, f"to {n}")
            stand_in.text(FAMILY, f"from {n}", media=n)
        sent = await carrier.sent_since(FAMILY, began)
        received = await carrier.received_since(began)
        assert [text.body for text in sent] == ["to 4", "to 3", "to 2", "to 1", "to 0"]
        assert (sent[0].service, sent[1].service, sent[1].from_number) == (SERVICE, None, OURS)
        assert [(text.body, text.media, text.from_number, text.to) for text in received] == [
            (f"from {n}", n, FAMILY, OURS) for n in range(5)
        ]
        assert all(text.at >= began for text in sent + received)
        tomorrow = began + timedelta(days=1)
        assert await carrier.sent_since(FAMILY, tomorrow) == await carrier.received_since(tomorrow) == []


@pytest.mark.parametrize(
    ("status", "answer"), [(500, ""), (429, "{}"), (200, "<"), (200, "{}"), (200, '{"messages": [{"sid": "SM1"}]}')]
)
async def test_a_carrier_that_does_not_list_is_not_one_that_has_nothing(server: Server, status: int, answer: str) -> None:
    server.status, server.answer = status, answer
    async with client(server.url) as carrier:
        with pytest.raises(Unlisted):
            await carrier.sent_since(FAMILY, datetime.now(timezone.utc))
        with pytest.raises(Unlisted):
            await carrier.received_since(datetime.now(timezone.utc))
