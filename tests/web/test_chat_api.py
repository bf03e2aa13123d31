"""The Chat API on a whole running Homeward."""

from __future__ import annotations

import json
import threading
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.running import Homeward, call


def test_a_session_gives_a_token_that_cannot_be_guessed(running: Homeward) -> None:
    status, session = call("POST", f"{running.url}/chat/v1/sessions", {})
    assert status == 201
    assert len(session["token"]) >= 22  # 128 bits in base64
    assert session["expires_at"]
    assert session["messages"] == []


def test_a_message_is_answered_with_every_field_of_the_contract(running: Homeward) -> None:
    answer = running.chat().say("food 95814")[0]
    assert set(answer) == {"seq", "from", "text", "language", "choices", "matches", "crisis", "at"}
    assert answer["from"] == "homeward"
    assert set(answer["matches"][0]) == {
        "service_at_location_id", "service_id", "service", "organization", "needs", "distance_miles", "address", "latitude",
        "longitude", "phones", "website", "open_state", "hours", "next_open", "eligibility", "languages", "cost", "documents",
        "accessibility", "how_to_access", "verified", "why", "sample",
    }  # fmt: skip
    assert all(set(choice) == {"label", "choice"} for choice in answer["choices"])


def test_the_same_client_id_is_one_turn(running: Homeward) -> None:
    chat = running.chat()
    body = {"id": str(uuid.uuid4()), "text": "hello"}
    first = call("POST", f"{running.url}/chat/v1/messages?wait=25", body, chat.token)
    second = call("POST", f"{running.url}/chat/v1/messages?wait=25", body, chat.token)
    assert first == second
    assert [m["from"] for m in chat.all()] == ["family", "homeward"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        ({"text": "hi"}, 400, "bad_id"),
        ({"id": "x y", "text": "hi"}, 400, "bad_id"),
        ({"id": "1"}, 400, "bad_message"),
        ({"id": "1", "text": "hi", "choice": "1.a"}, 400, "bad_message"),
        ({"id": "1", "text": 5}, 400, "bad_message"),
        ({"id": "1", "text": "  "}, 400, "empty"),
        ({"id": "1", "text": "a" * 4001}, 413, "too_long"),
        ({"id": "1", "text": "a" * 5_000_000}, 413, "too_long"),
        ({"id": "1", "choice": "1.forged"}, 400, "unknown_choice"),
        ({"id": "1", "choice": "/restart"}, 400, "unknown_choice"),
    ],
)
def test_what_cannot_be_taken_gets_a_clear_error(running: Homeward, body: Any, status: int, code: str) -> None:
    chat = running.chat()
    got, answer = call("POST", f"{running.url}/chat/v1/messages", body, chat.token)
    assert (got, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"]
    assert chat.all() == []


@pytest.mark.parametrize("token", [None, "", "wrong"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "messages"), ("GET", "messages"), ("GET", "stream"), ("DELETE", "session")]
)
def test_nothing_is_told_without_the_token(running: Homeward, method: str, path: str, token: str | None) -> None:
    status, answer = call(method, f"{running.url}/chat/v1/{path}", {"id": "1", "text": "hi"} if method == "POST" else None, token)
    assert status == 401
    assert answer["error"]["code"] in ("no_token", "unknown_token")


def test_an_address_that_does_not_exist_answers_in_json(running: Homeward) -> None:
    assert call("GET", f"{running.url}/chat/v1/nothing")[1]["error"]["code"] == "not_found"
    assert call("GET", f"{running.url}/chat/v1/sessions")[1]["error"]["code"] == "method_not_allowed"


def test_one_family_cannot_tap_what_another_was_offered(running: Homeward) -> None:
    theirs = running.chat()
    choice = theirs.say("springfield")[0]["choices"][0]["choice"]
    mine = running.chat()
    mine.say("hello")
    status, answer = call("POST", f"{running.url}/chat/v1/messages", {"id": "1", "choice": choice}, mine.token)
    assert (status, answer["error"]["code"]) == (400, "unknown_choice")


def test_emoji_and_other_scripts_are_kept_and_answered(running: Homeward) -> None:
    chat = running.chat()
    for text in ("🍞🍞🍞", "مرحبا", "食物", "\u202eolleh\u202c", "' OR 1=1; --", "<b>food</b> 95814", "\u0000null"):
        assert chat.say(text), text
    said = [m["text"] for m in chat.all() if m["from"] == "family"]
    assert "<b>food</b> 95814" in said
    assert "🍞🍞🍞" in said


def test_reading_by_cursor_gives_each_message_once(running: Homeward) -> None:
    chat = running.chat()
    chat.say("hello")
    chat.say("food 95814")
    everything = chat.all()
    assert [m["seq"] for m in everything] == list(range(1, len(everything) + 1))
    assert chat.all(after=everything[1]["seq"]) == everything[2:]


def test_a_long_poll_returns_as_soon_as_there_is_news(running: Homeward) -> None:
    chat = running.chat()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(chat.all, 0, 25)
        chat.say("hello")
        assert waiting.result(timeout=20)


def test_the_stream_sends_what_the_cursor_would(running: Homeward) -> None:
    chat = running.chat()
    request = urllib.request.Request(f"{running.url}/chat/v1/stream", headers={"Authorization": f"Bearer {chat.token}"})
    with urllib.request.urlopen(request, timeout=20) as stream:
        sender = threading.Thread(target=chat.say, args=("hello",))
        sender.start()
        events = []
        while len(events) < 2:
            line = stream.readline().decode().strip()
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
        sender.join()
    assert events == chat.all()


def test_a_burst_is_answered_whole_and_in_order(running: Homeward) -> None:
    chat = running.chat()
    ids = [str(uuid.uuid4()) for _ in range(60)]
    with ThreadPoolExecutor(12) as pool:
        results = list(
            pool.map(lambda i: call("POST", f"{running.url}/chat/v1/messages", {"id": i, "text": "thank you"}, chat.token), ids)
        )
    assert {status for status, _ in results} == {200}
    seqs = sorted(answer["accepted"] for _, answer in results)
    assert len(set(seqs)) == 60
    while True:
        said = chat.all()
        if sum(m["from"] == "homeward" for m in said) == 60:
            break
        chat.all(after=said[-1]["seq"], wait=5)
    assert [m["seq"] for m in said] == list(range(1, 121))


def test_deleting_forgets_everything_at_once(running: Homeward) -> None:
    chat = running.chat()
    chat.say("my secret word is zanzibarquux and i need food 95814")
    status, answer = call("DELETE", f"{running.url}/chat/v1/session", token=chat.token)
    assert (status, answer["deleted"]) == (200, True)
    assert call("GET", f"{running.url}/chat/v1/messages", token=chat.token)[0] == 401
    from sqlalchemy import text

    from resources_db.database import make_engine

    with make_engine(f"sqlite:///{running.var / 'homeward.db'}").connect() as connection:
        for table in ("message", "tracker"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert "zanzibarquux" not in repr(rows)


def test_no_message_text_reaches_a_log(running: Homeward) -> None:
    chat = running.chat()
    for text in ("wobblefrond needs food 95814", "springfield wobblefrond", "/wobblefrond", "i want to die wobblefrond"):
        chat.say(text)
    for log in (running.var / "log").glob("*.log"):
        assert "wobblefrond" not in log.read_text(encoding="utf-8", errors="replace"), log


def test_rasa_and_the_actions_hear_only_us(running: Homeward) -> None:
    from pathlib import Path

    environment = dict(
        item.split("=", 1)
        for item in Path(f"/proc/{running.children()['rasa']}/environ").read_bytes().decode().split("\0")
        if "=" in item
    )
    for url in (environment["RASA_URL"] + "/webhooks/homeward/ready", environment["ACTIONS_URL"] + "/ready"):
        assert url.startswith("http://127.0.0.1:")
        assert call("GET", url)[0] == 401
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"


def test_the_page_shows_hotlines_without_javascript_in_both_languages(running: Homeward) -> None:
    for language, words in (("en", "Homeward"), ("es", "código postal")):
        request = urllib.request.Request(f"{running.url}/", headers={"Accept-Language": language})
        with urllib.request.urlopen(request, timeout=10) as response:
            page = response.read().decode()
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert f'<html lang="{language}"' in page
        assert words in page
        for number in ("tel:911", "tel:988", "tel:211"):
            assert number in page
