"""What a client may send, which is anything, and what it gets for it. In Rasa's place stands rasa_stand_in.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from yarl import URL

from bot.gateway import reading
from bot.gateway.page import ASSETS
from resources_db import messages
from resources_db.logs import DiscreetFormatter
from resources_db.words import WordsMissing
from tests.databases import SqliteDatabases
from tests.web import rasa_stand_in
from tests.web.rasa_stand_in import Gateway, Gateways, RasaStandIn, said

LIMIT = reading.MAX_TEXT


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


async def test_a_session_gives_a_token_that_cannot_be_guessed_and_that_we_do_not_keep(gateway: Gateway) -> None:
    async with gateway.client.post("/chat/v1/sessions", json={"site": "center-1", "language": "es"}) as response:
        assert response.status == 201
        session = await response.json()
    assert set(session) == {"token", "expires_at", "messages"}
    assert len(session["token"]) >= 22  # 128 bits in base64
    with gateway.engine.connect() as connection:
        [row] = connection.execute(text("SELECT * FROM conversation")).all()
    assert session["token"] not in str(row)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"language": null, "site": null}', b'{"unknown": 1}'])
async def test_everything_about_a_session_may_be_left_out(gateway: Gateway, body: bytes) -> None:
    async with gateway.client.post("/chat/v1/sessions", data=body) as response:
        assert response.status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"language": "fr"}, "bad_language"),
        ({"language": ["en"]}, "bad_language"),
        ({"site": 5}, "bad_site"),
        ({"site": "a" * 65}, "bad_site"),
        ({"site": "a\x00b"}, "bad_site"),
        ({"site": "\ud800"}, "bad_site"),
        ([], "bad_json"),
    ],
)
async def test_a_session_that_cannot_be_started_says_why(gateway: Gateway, body: Any, code: str) -> None:
    async with gateway.client.post("/chat/v1/sessions", data=json.dumps(body)) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        (b"null", 400, "bad_json"),
        (b'{"id": "1", "text": "\xff"}', 400, "bad_json"),
        (b"[" * 20_000, 400, "bad_json"),
        ({"text": "hi"}, 400, "bad_id"),
        ({"id": "", "text": "hi"}, 400, "bad_id"),
        ({"id": "x y", "text": "hi"}, 400, "bad_id"),
        ({"id": "a" * 65, "text": "hi"}, 400, "bad_id"),
        ({"id": 7, "text": "hi"}, 400, "bad_id"),
        ({"id": "1"}, 400, "bad_message"),
        ({"id": "1", "text": "hi", "choice": "1.a"}, 400, "bad_message"),
        ({"id": "1", "text": 5}, 400, "bad_message"),
        ({"id": "1", "choice": {}}, 400, "bad_message"),
        ({"id": "1", "text": " \n"}, 400, "empty"),
        ({"id": "1", "text": "\x00\ud800"}, 400, "empty"),
        ({"id": "1", "text": "a" * (LIMIT + 1)}, 413, "too_long"),
        ({"id": "1", "text": "a" * 5_000_000}, 413, "too_long"),
        ({"id": "1", "choice": "a" * (LIMIT + 1)}, 413, "too_long"),
        ({"id": "1", "choice": "1.forged"}, 400, "unknown_choice"),
        ({"id": "1", "choice": "/restart"}, 400, "unknown_choice"),
        ({"id": "1", "choice": "1.\ud800"}, 400, "unknown_choice"),
        ({"id": "1", "choice": "99999999999.a"}, 400, "unknown_choice"),
    ],
)
async def test_a_message_that_cannot_be_taken_says_why_and_leaves_no_trace(
    gateway: Gateway, body: Any, status: int, code: str
) -> None:
    family = await gateway.family()
    data = body if isinstance(body, bytes) else json.dumps(body)
    async with gateway.client.post("/chat/v1/messages", data=data, headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (status, code)
    assert await family.read() == []


async def test_a_body_without_a_length_is_limited_too(gateway: Gateway) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"id": "1", "text": "'
        for _ in range(200):
            yield b"a" * 1024

    family = await gateway.family()
    async with gateway.client.post("/chat/v1/messages", data=endless(), headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (413, "too_long")


async def test_a_body_that_does_not_end_is_not_waited_for(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BODY_TIMEOUT", 0.1)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    family = await gateway.family()
    async with gateway.client.post("/chat/v1/messages", data=stuck(), headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (408, "too_slow")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
async def test_json_is_taken_whatever_it_is_called(gateway: Gateway, kind: str) -> None:
    family = await gateway.family()
    headers = {**family.headers, "Content-Type": kind}
    async with gateway.client.post("/chat/v1/messages", data=b'{"id": "1", "text": "hi"}', headers=headers) as response:
        assert response.status == 200


async def test_one_family_cannot_tap_what_another_was_offered(gateway: Gateway, rasa: RasaStandIn) -> None:
    async def behave(_: Any) -> Any:
        return said("which?", buttons=[{"title": "Food", "payload": "/food"}])

    rasa.behave = behave
    theirs, mine = await gateway.family(), await gateway.family()
    [question] = await theirs.say("hi")
    await mine.say("hi")
    body = {"id": "2", "choice": question["choices"][0]["choice"]}
    async with gateway.client.post("/chat/v1/messages", json=body, headers=mine.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, "unknown_choice")


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "Bearer a b", "Bearer \xff\xfe"]
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "messages"), ("GET", "messages"), ("GET", "stream"), ("DELETE", "session")]
)
async def test_nothing_is_told_without_the_token(gateway: Gateway, method: str, path: str, authorization: str | None) -> None:
    family = await gateway.family()
    headers = {} if authorization is None else {"Authorization": authorization}
    body = {"id": "1", "text": "hi"} if method == "POST" else None
    async with gateway.client.request(method, f"/chat/v1/{path}", json=body, headers=headers) as response:
        assert response.status == 401
        assert (await response.json())["error"]["code"] in ("no_token", "unknown_token")
    assert await family.read() == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("wait=soon", "bad_wait"), ("wait=-1", "bad_wait"), ("wait=nan", "bad_wait"), ("wait=inf", "bad_wait"),
        ("after=-1", "bad_after"), ("after=x", "bad_after"), ("after=9999999999", "bad_after"), ("after=²", "bad_after"),
    ],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_says_why(gateway: Gateway, query: str, code: str) -> None:
    family = await gateway.family()
    async with gateway.client.get(f"/chat/v1/messages?{query}", headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, code)


async def test_too_many_waiting_messages_are_refused_until_some_are_answered(
    gateway: Gateway, rasa: RasaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_WAITING", 3)
    family = await gateway.family()
    await rasa.stop()
    for number in range(3):
        await family.send({"id": str(number), "text": "hi"})
    body = {"id": "3", "text": "hi"}
    async with gateway.client.post("/chat/v1/messages", json=body, headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (429, "too_many")
        assert int(response.headers["Retry-After"]) > 0
    assert (await family.send({"id": "1", "text": "hi"}))["accepted"] == 2, "a retry is not one more"
    await rasa.start()
    await family.heard(3)
    assert await family.send(body)


async def test_the_page_is_served_without_a_database(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE organization RENAME TO hidden"))
    async with gateway.client.get("/") as response:
        assert response.status == 200
        assert "tel:911" in await response.text()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/nothing", 404),
        ("GET", "/chat/v1/nothing", 404),
        ("GET", "/chat/v1/sessions", 405),
        ("HEAD", "/chat/v1/stream", 405),
        ("OPTIONS", "/chat/v1/messages", 405),
        ("POST", "/chat/v1/messages", 401),
        ("POST", "/", 405),
    ],
)
async def test_every_answer_is_guarded_and_tells_nothing_of_what_serves_it(
    gateway: Gateway, method: str, path: str, status: int
) -> None:
    async with gateway.client.request(method, path) as response:
        assert response.status == status
        _check_headers(response.headers)
        if path.startswith("/chat/"):
            assert response.headers["Cache-Control"] == "no-store"
            assert response.content_type == "application/json"
        if status == 405:
            assert response.headers["Allow"]


async def test_a_stream_is_guarded_too(gateway: Gateway) -> None:
    family = await gateway.family()
    async with gateway.client.get("/chat/v1/stream", headers=family.headers) as response:
        _check_headers(response.headers)
        assert response.headers["Cache-Control"] == "no-store"
        response.close()


async def test_a_mistake_of_ours_tells_nothing_and_writes_down_nothing_of_the_family(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **given: Any) -> None:
        raise KeyError(given["text"])

    caplog.handler.setFormatter(DiscreetFormatter())
    family = await gateway.family()
    monkeypatch.setattr(messages, "accept", broken)
    body = {"id": "1", "text": "wobblefrond"}
    async with gateway.client.post("/chat/v1/messages", json=body, headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (500, "internal")
        assert "wobblefrond" not in await response.text()
        _check_headers(response.headers)
    assert "KeyError" in caplog.text
    assert "wobblefrond" not in caplog.text


@pytest.mark.parametrize("name", ["..%2f..%2fpyproject.toml", "..%5capp.py", "index.html", "README.md", "%00", "chat.js%00", "."])
async def test_only_the_pages_own_files_are_served(gateway: Gateway, name: str) -> None:
    assert "chat.js" in gateway.app[ASSETS]
    async with gateway.client.get("/") as response:
        version = (await response.text()).partition("assets/")[2].partition("/")[0]
    async with gateway.client.get(f"/assets/{version}/chat.js") as response:
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
    async with gateway.client.get(URL(f"/assets/{version}/{name}", encoded=True)) as response:
        assert response.status == 404


async def test_ready_tells_which_part_is_not(gateway: Gateway, rasa: RasaStandIn) -> None:
    async def parts() -> tuple[int, Any]:
        async with gateway.client.get("/readyz") as response:
            return response.status, (await response.json())["parts"]

    assert await parts() == (200, {"rasa": True, "actions": True, "database": True})
    rasa.actions_ready = False
    assert await parts() == (503, {"rasa": True, "actions": False, "database": True})
    await rasa.stop()
    assert await parts() == (503, {"rasa": False, "actions": False, "database": True})


async def test_a_long_answer_travels_packed(gateway: Gateway, rasa: RasaStandIn) -> None:
    async def behave(_: Any) -> Any:
        return said("here", custom={"matches": [{"service": "Pantry"}] * 200})

    rasa.behave = behave
    family = await gateway.family()
    url = "/chat/v1/messages?wait=20"
    async with gateway.client.post(url, json={"id": "1", "text": "hi"}, headers=family.headers) as response:
        assert response.headers["Content-Encoding"] in ("gzip", "deflate")
        assert len((await response.json())["messages"][0]["matches"]) == 200


async def test_a_gateway_without_words_for_a_bad_day_does_not_start(gateways: Gateways, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(rasa_stand_in.WORDS.texts["utter_crisis_self_harm"], ("es", ""))
    with pytest.raises(WordsMissing, match=r"utter_crisis_self_harm \(es\)"):
        await gateways()


def _check_headers(headers: Any) -> None:
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Server"] == "Homeward"
