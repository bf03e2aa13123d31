"""How much may be asked for, and under which name. Requests "from an address" come as a reverse proxy would pass them on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Engine
from yarl import URL

from bot.gateway.chat import LIMITS
from bot.gateway.limits import TOO_MANY, Limits, Rates
from resources_db.logs import DiscreetFormatter
from resources_db.web.api.limits import Rate
from resources_db.words import Words, load_words
from tests.databases import SqliteDatabases
from tests.web.rasa_stand_in import CRISIS, WORDS, Family, Gateway, Gateways, screen

TINY = Rate(3, 0.01)
PROXY = {"HOMEWARD_TRUSTED_PROXIES": "1"}


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


async def _start(gateway: Gateway, address: str, **more: Any) -> aiohttp.ClientResponse:
    headers = {"X-Forwarded-For": address, **more.pop("headers", {})}
    return await gateway.client.post("/chat/v1/sessions", headers=headers, **more)


async def _send(family: Family, text: str, number: int, **headers: str) -> aiohttp.ClientResponse:
    body = {"id": str(number), "text": text}
    return await family.client.post("/chat/v1/messages", json=body, headers={**family.headers, **headers})


async def test_a_family_that_sends_too_much_is_told_who_helps_now_in_its_language(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(token=TINY), words=Words({**WORDS.texts, TOO_MANY: load_words().texts[TOO_MANY]}))
    family = await gateway.family()
    statuses = [(await _send(family, "hi", number)).status for number in range(6)]
    assert statuses == [200, 200, 200, 429, 429, 429]
    for language, word in (("en", "Please"), ("es", "Vuelve")):
        response = await _send(family, "hi", 9, **{"Accept-Language": language})
        error = (await response.json())["error"]
        assert error["code"] == "too_many"
        assert word in error["message"]
        assert all(number in error["message"] for number in ("911", "988", "211"))
        assert int(response.headers["Retry-After"]) > 0


async def test_a_crisis_is_taken_whatever_the_limits_say(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(token=TINY, requests=TINY), **PROXY)
    family = await gateway.family()
    here = {"X-Forwarded-For": "203.0.113.7"}
    for number in range(8):
        last = await _send(family, "hi", number, **here)
    assert last.status == 429
    assert (await _send(family, CRISIS, 10, **here)).status == 200
    assert (await _send(family, "quiero morirme", 11, **here)).status == 200
    assert (await _send(family, "hi", 12, **here)).status == 429
    assert (await _send(family, "{", 13, **here)).status == 429


async def test_one_family_over_its_limit_takes_nothing_from_another(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(token=TINY))
    loud, quiet = await gateway.family(), await gateway.family()
    for number in range(8):
        last = await _send(loud, "hi", number)
    assert last.status == 429
    assert (await _send(quiet, "hi", 1)).status == 200


async def test_waiting_as_long_as_it_says_is_enough() -> None:
    now = [0.0]
    limits = Limits(screen(), rates=Rates(token=TINY))
    limits._tokens._clock = lambda: now[0]
    assert [limits._tokens.take("a") for _ in range(3)] == [0, 0, 0]
    wait = limits._tokens.take("a")
    now[0] += wait - 1
    assert limits._tokens.wait("a") == limits._tokens.take("a") > 0
    now[0] += 1
    assert limits._tokens.wait("a") == limits._tokens.take("a") == 0


async def test_a_full_shelter_behind_one_address_may_start_at_once(gateways: Gateways) -> None:
    gateway = await gateways(**PROXY)
    started = await asyncio.gather(*(_start(gateway, "203.0.113.7") for _ in range(100)))
    assert {response.status for response in started} == {201}


async def test_chats_started_are_counted_by_neighbourhood(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(sessions=TINY), **PROXY)
    for address, status in (
        ("203.0.113.1", 201), ("203.0.113.2", 201), ("203.0.113.200", 201), ("203.0.113.4", 429), ("203.0.114.1", 201),
        ("2001:db8:1::1", 201), ("2001:db8:1:ff::1", 201), ("2001:db8:1::2", 201), ("2001:db8:1::3", 429), ("2001:db8:2::1", 201),
        ("::ffff:203.0.113.9", 429), ("not an address", 201),
    ):  # fmt: skip
        response = await _start(gateway, address)
        assert response.status == status, address


async def test_codes_for_phones_are_counted_by_neighbourhood_whichever_chat_asks(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(codes=TINY), **PROXY)
    for address, status in (*[(f"203.0.113.{n}", 404) for n in range(3)], ("203.0.113.9", 429), ("203.0.114.1", 404)):
        family = await gateway.family()
        headers = {**family.headers, "X-Forwarded-For": address}
        async with gateway.client.post("/chat/v1/phone", json={"phone": "916-555-0142"}, headers=headers) as response:
            assert response.status == status, address  # 404: no texts here
        async with gateway.client.get("/chat/v1/phone", headers=headers) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("proxies", "forged", "refused"),
    [
        # one proxy: what stands before its entry was written by the client
        ("1", ["10.0.0.{n}, 203.0.113.7"], True),
        ("1", ["198.51.{n}.1"], False),
        ("2", ["10.9.{n}.1, 203.0.113.7, 10.0.0.1"], True),
        ("2", ["10.9.{n}.1, 203.0.113.7", "10.0.0.1"], True),
    ],
)  # fmt: skip
async def test_an_address_that_a_client_made_up_does_not_help_it(
    gateways: Gateways, proxies: str, forged: list[str], refused: bool
) -> None:
    gateway = await gateways(rates=Rates(sessions=TINY), HOMEWARD_TRUSTED_PROXIES=proxies)
    for number in range(4):
        headers = [("X-Forwarded-For", one.format(n=number)) for one in forged]
        async with gateway.client.post("/chat/v1/sessions", headers=headers) as response:
            last = response.status
    assert last == (429 if refused else 201)


async def test_this_machine_itself_is_not_limited_by_address_and_hears_of_a_forgotten_setting(
    gateways: Gateways, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = await gateways(rates=Rates(sessions=TINY))
    assert {(await gateway.client.post("/chat/v1/sessions")).status for _ in range(9)} == {201}
    assert not caplog.records
    for number in range(3):
        assert (await _start(gateway, f"203.0.113.{number}")).status == 201
    assert len([record for record in caplog.records if "HOMEWARD_TRUSTED_PROXIES" in record.message]) == 1


async def test_chats_started_at_one_site_leave_room_for_those_at_others(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(site=TINY))
    for number, (site, status) in enumerate([*[("oak", 201)] * 3, ("oak", 429), ("elm", 201), (None, 201)]):
        response = await _start(gateway, f"203.0.{number}.1", json={"site": site})
        assert response.status == status


async def test_guessing_at_tokens_is_limited_sooner_than_anything_else(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(guesses=TINY), **PROXY)
    family = await gateway.family()
    here = {"X-Forwarded-For": "203.0.113.7"}
    assert (await _send(family, "hi", 1, **here)).status == 200

    async def guess(token: str, address: str = "203.0.113.8") -> int:
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": address}
        return (await gateway.client.get("/chat/v1/messages", headers=headers)).status

    assert [await guess(f"wrong{number}") for number in range(5)] == [401, 401, 401, 429, 429]
    assert (await _send(family, "hi", 2, **here)).status == 200, "who was let in before is not shut out by a neighbour"
    assert (await _start(gateway, "203.0.113.9")).status == 201
    assert await guess("wrong", "198.51.100.1") == 401
    stranger = Family(gateway.client, "wrong")
    assert (await _send(stranger, CRISIS, 1, **here)).status == 401, "a crisis is looked at"


async def test_guessing_at_short_links_is_limited_too(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(guesses=TINY), **PROXY)
    here = {"X-Forwarded-For": "203.0.113.7"}
    answers = [(await gateway.client.get(f"/c/wrong{number}", headers=here)).status for number in range(5)]
    assert answers == [404, 404, 404, 429, 429]


async def test_a_token_that_opened_nothing_is_not_remembered(gateways: Gateways) -> None:
    gateway = await gateways()
    for path in ("/", "/readyz", "/chat/v1/nothing", "/chat/v1/sessions"):
        method = "POST" if path.endswith("sessions") else "GET"
        await gateway.client.request(method, path, headers={"Authorization": f"Bearer {path}"})
    assert len(gateway.app[LIMITS]._tokens._buckets) == 0


async def test_what_is_remembered_does_not_grow_without_end() -> None:
    limits = Limits(screen())
    for number in range(12_000):
        limits._tokens.take(str(number))
        limits._requests.take(str(number))
    assert len(limits._tokens._buckets) == len(limits._requests._buckets) == 10_000


async def test_the_page_with_the_hotlines_is_never_refused(gateways: Gateways) -> None:
    gateway = await gateways(rates=Rates(requests=TINY), **PROXY)
    here = {"X-Forwarded-For": "203.0.113.7"}
    assert [(await gateway.client.get("/readyz", headers=here)).status for _ in range(4)][-1] == 429
    for path in ("/", "/healthz"):
        async with gateway.client.get(path, headers=here) as response:
            assert response.status == 200


async def test_polls_and_streams_of_one_family_have_an_end(gateways: Gateways, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.chat._MOST_WAITING", 3)
    gateway = await gateways()
    family = await gateway.family()
    streams = [await gateway.client.get("/chat/v1/stream", headers=family.headers) for _ in range(5)]
    assert [stream.status for stream in streams] == [200, 200, 200, 429, 429]
    async with gateway.client.get("/chat/v1/messages?wait=20", headers=family.headers) as response:
        assert response.status == 429
    assert await family.read() == [], "who does not wait is answered"
    for stream in streams:
        stream.close()


@pytest.mark.parametrize(
    ("public_url", "proxies", "host", "status"),
    [
        ("http://localhost:8080", "0", "localhost:8080", 200),
        ("http://localhost:8080", "0", "LOCALHOST", 200),
        ("http://localhost:8080", "0", "127.0.0.1:9", 200),
        ("http://localhost:8080", "0", "192.168.1.20:8080", 200),
        ("http://localhost:8080", "0", "[::1]:8080", 200),
        ("http://localhost:8080", "0", "homeward:8080", 200),
        ("http://localhost:8080", "0", "attacker.example", 421),
        ("http://localhost:8080", "0", "127.0.0.1.attacker.example", 421),
        ("http://localhost:8080", "0", "localhost.attacker.example", 421),
        ("http://localhost:8080", "0", "a@attacker.example", 421),
        ("http://localhost:8080", "0", "[::1].attacker.example", 421),
        ("https://help.example.org", "0", "help.example.org", 200),
        ("https://help.example.org", "0", "Help.Example.org.:443", 200),
        ("https://help.example.org", "0", "127.0.0.1:8080", 200),
        ("https://help.example.org", "0", "evil.example.org", 421),
        ("https://help.example.org", "1", "homeward.cluster.example", 200),
    ],
)  # fmt: skip
async def test_a_name_that_is_not_ours_is_not_answered_to(
    gateways: Gateways, public_url: str, proxies: str, host: str, status: int
) -> None:
    """Or else a page anywhere could have its own name resolve to this machine, and ask it as if it were our page."""
    gateway = await gateways(HOMEWARD_PUBLIC_URL=public_url, HOMEWARD_TRUSTED_PROXIES=proxies)
    async with gateway.client.get("/healthz", headers={"Host": host}) as response:
        assert response.status == status
        if status == 421:
            assert "HOMEWARD_PUBLIC_URL" in await response.text()


async def test_no_page_of_others_may_read_what_a_family_says(gateway: Gateway) -> None:
    family = await gateway.family()
    origin = {"Origin": "https://attacker.example", "Access-Control-Request-Method": "POST"}
    for method, path in (
        ("GET", "/chat/v1/messages"),
        ("OPTIONS", "/chat/v1/messages"),
        ("GET", "/"),
        ("POST", "/chat/v1/sessions"),
    ):
        async with gateway.client.request(method, path, headers={**family.headers, **origin}) as response:
            assert not [name for name in response.headers if name.lower().startswith("access-control-")]


async def test_nothing_of_a_request_reaches_a_log_as_it_was_sent(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    caplog.handler.setFormatter(DiscreetFormatter())

    async def broken(*_: Any) -> None:
        raise KeyError("wobblefrond")

    monkeypatch.setattr("bot.gateway.chat._read", broken)
    headers = {"Authorization": "Bearer abc", "User-Agent": "wobblefrond", "X-Forwarded-For": "wobblefrond"}
    for path in (
        "/chat/v1/messages?after=1&wobblefrond",
        "/%0a2026-01-01%20ERROR%20wobblefrond%1b[31m",
        "/assets/wobblefrond/%0d%0ax",
    ):
        await gateway.client.get(URL(path, encoded=True), headers=headers)
    assert "KeyError" in caplog.text
    assert "GET /chat/v1/messages failed" in caplog.text
    assert "wobblefrond" not in caplog.text


def test_a_log_line_cannot_be_forged_and_cannot_speak_to_a_terminal() -> None:
    record = logging.LogRecord("a", logging.ERROR, "f", 1, "%s came", ("x\r\n2026 ERROR forged\x1b[31m\u2028",), None)
    written = DiscreetFormatter().format(record)
    assert len(written.splitlines()) == 1
    assert "\x1b" not in written
