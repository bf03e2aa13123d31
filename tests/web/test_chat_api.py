"""The Chat API on a whole running Homeward. What the gateway alone decides is in the tests beside this one."""

from __future__ import annotations

import socket
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from resources_db.database import make_engine
from tests.running import Homeward, call


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


def test_emoji_and_other_scripts_are_kept_and_answered(running: Homeward) -> None:
    chat = running.chat()
    for typed in ("🍞🍞🍞", "مرحبا", "食物", "\u202eolleh\u202c", "' OR 1=1; --", "<b>food</b> 95814", "\u0000null", "/restart"):
        assert chat.say(typed), typed
    said = [m["text"] for m in chat.all() if m["from"] == "family"]
    assert "<b>food</b> 95814" in said
    assert "🍞🍞🍞" in said


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
    with make_engine(f"sqlite:///{running.var / 'homeward.db'}").connect() as connection:
        for table in ("message", "tracker"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert "zanzibarquux" not in repr(rows)


def test_no_message_text_reaches_a_log(running: Homeward) -> None:
    chat = running.chat()
    for typed in ("wobblefrond needs food 95814", "springfield wobblefrond", "/wobblefrond", "i want to die wobblefrond"):
        chat.say(typed)
    for log in (running.var / "log").glob("*.log"):
        assert "wobblefrond" not in log.read_text(encoding="utf-8", errors="replace"), log


def test_rasa_and_the_actions_hear_only_us(running: Homeward) -> None:
    environment = dict(
        item.split("=", 1)
        for item in Path(f"/proc/{running.children()['rasa']}/environ").read_bytes().decode().split("\0")
        if "=" in item
    )
    for url in (environment["RASA_URL"] + "/webhooks/homeward/ready", environment["ACTIONS_URL"] + "/ready"):
        assert url.startswith("http://127.0.0.1:")
        assert call("GET", url)[0] == 401
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"


def test_what_is_not_even_http_is_turned_away_without_a_word_on_what_serves_here(running: Homeward) -> None:
    address = urlsplit(running.url)
    for garbage in (b"\x16\x03\x01 wobblefrond\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: wobblefrond\r\n\r\n"):
        with socket.create_connection((address.hostname, address.port or 80), timeout=10) as connection:
            connection.sendall(garbage)
            answer = connection.recv(65536).decode(errors="replace")
        assert " 400 " in answer
        assert "aiohttp" not in answer
        assert "Python" not in answer
    assert "wobblefrond" not in (running.var / "log" / "gateway.log").read_text(encoding="utf-8")


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
