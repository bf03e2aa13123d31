"""The stand-in carrier is what Twilio is: the official client works with it, and accepts what it signs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bot.sms_sandbox.carrier import Carrier, Post
from bot.sms_sandbox.faults import Faults
from bot.sms_sandbox.message import encoding_of, segments_of
from bot.sms_sandbox.signature import HEADER, sign, with_body_hash

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "a token of forty signs or so, it matters not"
OURS, SERVICE, FAMILY = "+19165550100", "MG" + "5" * 32, "+19165550199"


class _Nearby(TwilioHttpClient):
    """The official client, sent to the stand-in."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *args, **kwargs)


@dataclass
class Heard:
    """A site of ours that keeps what is posted to it."""

    url: str = ""
    requests: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    answers: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=list)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((str(request.url), await request.read(), request.headers))
        return await self.answers.pop(0)(request) if self.answers else web.Response(text="<Response/>", content_type="text/xml")

    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(body.decode(), keep_blank_values=True)) for _, body, _ in self.requests]


@asynccontextmanager
async def site() -> AsyncIterator[Heard]:
    heard, app = Heard(), web.Application()
    app.router.add_post("/{path:.*}", heard)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield heard
    await runner.cleanup()


@asynccontextmanager
async def carrying(*, faults: Faults | None = None, webhook: str = "", **more: Any) -> AsyncIterator[tuple[Carrier, Client]]:
    carrier = Carrier(ACCOUNT, TOKEN, {OURS: webhook}, services={SERVICE: OURS}, faults=faults, pace=0.0, **more)
    async with carrier.serving() as base:
        yield carrier, Client(ACCOUNT, TOKEN, http_client=_Nearby(base))


async def refused(client: Client, **asked: Any) -> tuple[int, int]:
    """HTTP status and code with which a text is refused."""
    with pytest.raises(TwilioRestException) as raised:
        await asyncio.to_thread(client.messages.create, **asked)
    return raised.value.status, raised.value.code


async def test_the_official_client_sends_fetches_and_lists() -> None:
    async with carrying() as (carrier, client):
        made = await asyncio.to_thread(client.messages.create, to=FAMILY, from_=OURS, body="¡Hola!")
        assert (made.status, made.num_segments, made.direction, made.error_code) == ("queued", "1", "outbound-api", None)
        assert made.sid.startswith("SM")
        assert len(made.sid) == 34
        assert abs(made.date_created - datetime.now(timezone.utc)) < timedelta(minutes=1)
        await carrier.settled()
        fetched = await asyncio.to_thread(client.messages(made.sid).fetch)
        assert (fetched.status, fetched.body, fetched.to, fetched.from_) == ("delivered", "¡Hola!", FAMILY, OURS)
        through = await asyncio.to_thread(client.messages.create, to=FAMILY, messaging_service_sid=SERVICE, body="hi")
        assert (through.status, through.from_, through.num_segments) == ("accepted", None, "0")
        assert [m.sid for m in await asyncio.to_thread(client.messages.list)] == [through.sid, made.sid]


async def test_a_long_list_comes_in_pages_that_new_texts_do_not_shift() -> None:
    async with carrying() as (carrier, client):
        sids = [carrier.text(FAMILY, f"text {number}").sid for number in range(7)]
        page = await asyncio.to_thread(client.messages.page, page_size=3)
        seen = [m.sid for m in page]
        carrier.text(FAMILY, "later")
        while page := await asyncio.to_thread(page.next_page):
            seen += [m.sid for m in page]
        assert seen == sids[::-1]


async def test_a_list_is_narrowed_by_numbers_and_by_the_time_of_sending() -> None:
    async with carrying() as (carrier, client):
        mine, other = carrier.text(FAMILY, "mine"), carrier.text("+19165550188", "other")
        now = datetime.now(timezone.utc)
        other.sent = now - timedelta(days=3)

        async def found(**asked: Any) -> list[str]:
            return [m.sid for m in await asyncio.to_thread(client.messages.list, **asked)]

        assert await found(to=OURS, from_=FAMILY) == [mine.sid]
        assert await found(to=FAMILY) == []
        assert await found(date_sent_after=now - timedelta(minutes=1)) == [mine.sid]
        assert await found(date_sent_before=now - timedelta(minutes=1)) == [other.sid]
        assert await found(date_sent=(now - timedelta(days=3)).date()) == [other.sid]


async def test_what_cannot_be_sent_is_refused_with_the_codes_of_the_real_one() -> None:
    async with carrying() as (carrier, client):
        good = {"to": FAMILY, "from_": OURS, "body": "hi"}
        assert await refused(client, **{**good, "to": "12"}) == (400, 21211)
        assert await refused(client, **{**good, "from_": "+19165550111"}) == (400, 21606)
        assert await refused(client, **{**good, "body": "x" * 1601}) == (400, 21617)
        assert await refused(client, **{**good, "body": ""}) == (400, 21602)
        assert await refused(client, to=FAMILY, body="hi") == (400, 21603)
        assert await refused(client, to=FAMILY, body="hi", messaging_service_sid="MG" + "6" * 32) == (400, 21705)
        stranger = Client(ACCOUNT, "not the token", http_client=client.http_client)
        assert await refused(stranger, **good) == (401, 20003)
        with pytest.raises(TwilioRestException, match="not found"):
            await asyncio.to_thread(client.messages("SM" + "0" * 32).fetch)
        assert carrier.messages == []


@pytest.mark.parametrize("word", ["STOP", "stop ", "Unsubscribe", "CANCEL", "End", "quit", "StopAll", "revoke", "OPTOUT"])
async def test_after_a_stop_word_the_carrier_itself_sends_nothing_until_start(word: str) -> None:
    async with site() as heard, carrying(webhook=f"{heard.url}/in") as (carrier, client):
        carrier.text(FAMILY, word)
        await carrier.settled()
        assert [form["Body"] for form in heard.forms()] == [word], "it is passed on all the same"
        good = {"to": FAMILY, "from_": OURS, "body": "hi"}
        assert await refused(client, **good) == (400, 21610)
        carrier.text(FAMILY, "hello")
        assert await refused(client, to=FAMILY, messaging_service_sid=SERVICE, body="hi") == (400, 21610)
        carrier.text(FAMILY, "YES")
        assert (await asyncio.to_thread(client.messages.create, **good)).status == "queued"


async def test_a_text_is_followed_to_its_end_in_signed_callbacks() -> None:
    async with site() as heard, carrying(faults=Faults(undelivered={30007: 1.0})) as (carrier, client):
        callback = f"{heard.url}/status?text=17"
        await asyncio.to_thread(client.messages.create, to=FAMILY, from_=OURS, body="hi", status_callback=callback)
        await carrier.settled()
        assert [form["MessageStatus"] for form in heard.forms()] == ["queued", "sent", "undelivered"]
        assert heard.forms()[-1]["ErrorCode"] == "30007"
        for (url, _, headers), form in zip(heard.requests, heard.forms(), strict=True):
            assert url == callback
            assert RequestValidator(TOKEN).validate(url, form, headers[HEADER])


@pytest.mark.parametrize("media", [0, 2])
async def test_what_a_phone_sends_is_posted_signed_as_the_official_validator_wants_it(media: int) -> None:
    async with site() as heard, carrying(webhook=f"{heard.url}/in?a=1&b=¿") as (carrier, _):
        carrier.text(FAMILY, "¡Hola! ¿Hay comida? & = + %", media=media)
        await carrier.settled()
        (_, _, headers), (form,) = heard.requests[0], heard.forms()
        assert form["Body"] == "¡Hola! ¿Hay comida? & = + %"
        assert form["NumMedia"] == str(media)
        assert RequestValidator(TOKEN).validate(carrier.webhooks[OURS], form, headers[HEADER])
        assert not RequestValidator("another").validate(carrier.webhooks[OURS], form, headers[HEADER])


async def test_a_body_in_json_is_signed_by_its_hash() -> None:
    async with site() as heard, carrying(webhook=f"{heard.url}/in") as (carrier, _):
        carrier.text(FAMILY, "hello", as_json=True)
        await carrier.settled()
        ((url, body, headers),) = heard.requests
        assert json.loads(body)["Body"] == "hello"
        assert RequestValidator(TOKEN).validate(url, body.decode(), headers[HEADER])
        assert not RequestValidator(TOKEN).validate(url, body.decode() + " ", headers[HEADER])


@pytest.mark.parametrize("url", ["https://a.example/in", "https://a.example:8443/in?x=1&y=%C2%BF", "http://a.example/?text=1"])
def test_our_signature_is_the_official_one(url: str) -> None:
    forms = ({}, {"Body": "hi", "AccountSid": "AC1", "body": "z"}, {"Body": "¿Sí? 👋", "Empty": "", "To": "+1"})
    for form in forms:
        assert sign(TOKEN, url, form.items()) == RequestValidator(TOKEN).compute_signature(url, form)
    hashed = with_body_hash(url, b'{"a": 1}')
    assert RequestValidator(TOKEN).validate(hashed, '{"a": 1}', sign(TOKEN, hashed))


async def test_unheard_it_posts_once_more_and_refused_it_does_not() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.abort()
        return web.Response()

    async def fail(_: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    async with site() as heard, carrying(webhook=f"{heard.url}/in") as (carrier, _):
        heard.answers = [cut]
        carrier.text(FAMILY, "one")
        await carrier.settled()
        assert [post.outcome for post in carrier.posts] == [0, 200]
        heard.answers = [fail]
        carrier.text(FAMILY, "two")
        await carrier.settled()
        assert [post.outcome for post in carrier.posts] == [0, 200, 500]
        tokens = [headers["I-Twilio-Idempotency-Token"] for _, _, headers in heard.requests]
        assert tokens[0] == tokens[1] != tokens[2]


async def test_what_it_posts_can_be_dropped_doubled_and_overtaken() -> None:
    async def posted(faults: Faults) -> list[str]:
        async with site() as heard, carrying(webhook=f"{heard.url}/in", faults=faults, seed=7) as (carrier, _):
            for number in range(40):
                carrier.text(FAMILY, str(number))
            await carrier.settled()
            assert sum(isinstance(post, Post) and post.outcome is None for post in carrier.posts) == 40 - len(
                {form["MessageSid"] for form in heard.forms()}
            )
            return [form["Body"] for form in heard.forms()]

    usual = [str(number) for number in range(40)]
    assert await posted(Faults()) == usual
    dropped = await posted(Faults(dropped=0.2))
    assert dropped == [text for text in usual if text in dropped] != usual
    doubled = await posted(Faults(duplicated=0.2))
    assert list(dict.fromkeys(doubled)) == usual
    assert len(doubled) > 40
    for late in (Faults(delayed=0.2, longest_delay=0.2), Faults(reordered=0.2)):
        assert sorted(overtaken := await posted(late)) == sorted(usual)
        assert overtaken != usual


async def test_its_api_can_be_busy_broken_or_fall_silent_after_accepting() -> None:
    async def asked(faults: Faults) -> tuple[int | str, Mapping[str, str], int]:
        async with carrying(faults=faults) as (carrier, client), aiohttp.ClientSession() as http:
            url = client.http_client._base + f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
            wait, auth = aiohttp.ClientTimeout(total=0.3), {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
            form = {"To": FAMILY, "From": OURS, "Body": "hi"}
            try:
                async with http.post(url, data=form, headers=auth, timeout=wait) as response:
                    return response.status, response.headers, len(carrier.messages)
            except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                return type(error).__name__, {}, len(carrier.messages)

    status, headers, accepted = await asked(Faults(storms=1.0, storm=3.0))
    assert (status, headers["Retry-After"], accepted) == (429, "3", 0)
    assert (await asked(Faults(refused=1.0)))[::2] == (503, 0)
    assert (await asked(Faults(broken=1.0)))[::2] == (502, 1)
    assert (await asked(Faults(cut=1.0)))[::2] == ("ServerDisconnectedError", 1)
    assert (await asked(Faults(silent=1.0)))[2] == 1


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("a" * 160, "GSM-7", 1), ("a" * 161, "GSM-7", 2), ("a" * 306, "GSM-7", 2), ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1), ("€" * 81, "GSM-7", 2), ("a" * 152 + "€" + "a" * 153, "GSM-7", 3),
        ("¿Año, é, ü?", "GSM-7", 1), ("sí", "UCS-2", 1),
        ("í" * 70, "UCS-2", 1), ("í" * 71, "UCS-2", 2), ("👋" * 35, "UCS-2", 1), ("👋" * 36, "UCS-2", 2), ("í" * 134, "UCS-2", 2),
        ("👋" * 67, "UCS-2", 3),
    ],
)  # fmt: skip
def test_segments_are_counted_as_the_networks_do(text: str, encoding: str, segments: int) -> None:
    assert (encoding_of(text), segments_of(text)) == (encoding, segments)
