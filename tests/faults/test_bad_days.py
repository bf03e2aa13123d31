"""Bad days, on whole installations: parts that die, ports that are taken, settings and files that are broken."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.supervisor import free_port
from tests.running import Chat, Homeward, call, homeward

HOMEWARD = str(Path(sys.executable).with_name("homeward"))


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeward]:
    """An installation of its own, whose parts may be killed."""
    with homeward(tmp_path_factory.mktemp("fragile")) as started:
        yield started


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HOMEWARD, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def _until_answered(chat: Chat, count: int) -> list[dict[str, Any]]:
    """Everything that was said, once Homeward has said so much that is not "I have your message"."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        said = chat.all()
        answers = [m for m in said if m["from"] == "homeward" and "I have your message" not in m["text"]]
        if len(answers) >= count:
            break
        time.sleep(0.3)
    return said


def test_with_rasa_dead_a_message_is_kept_told_so_kindly_and_answered_later(fragile: Homeward) -> None:
    chat = fragile.chat("es")
    fragile.kill("rasa")
    first = chat.say("necesito comida 92701", wait=10)
    assert [m["matches"] for m in first] == [[]]
    for words in ("Recibí tu mensaje", "911", "988", "211"):
        assert words in first[0]["text"]
    chat.say("gracias", wait=0)
    fragile.wait_until_ready()
    said = _until_answered(chat, 3)
    assert sum("Recibí tu mensaje" in m["text"] for m in said) == 1, "it is said once"
    answers = [m for m in said if m["from"] == "homeward"][1:]
    assert answers[0]["matches"], "the first message got its listings"
    assert "De nada" in answers[-1]["text"], "the second its own answer, after it"


def test_a_crisis_is_answered_even_with_rasa_dead_and_only_once(fragile: Homeward) -> None:
    chat = fragile.chat()
    fragile.kill("rasa")
    answers = chat.say("i want to kill myself", wait=10)
    assert answers[0]["crisis"] == "self_harm"
    assert "988" in answers[0]["text"]
    fragile.wait_until_ready()
    chat.say("thanks")
    assert sum(m["crisis"] is not None for m in chat.all()) == 1


def test_a_crisis_is_answered_with_the_action_server_dead(fragile: Homeward) -> None:
    chat = fragile.chat()
    fragile.kill("actions.server")
    answers = chat.say("i took all my pills, and we have no food 95814", wait=20)
    assert answers[0]["crisis"]
    fragile.wait_until_ready()


def test_with_the_action_server_dead_a_search_is_answered_once_it_is_back(fragile: Homeward) -> None:
    chat = fragile.chat()
    fragile.kill("actions.server")
    chat.say("food 95814", wait=25)
    assert sum(bool(m["matches"]) for m in _until_answered(chat, 1)) == 1


def test_a_killed_gateway_comes_back_and_answers_what_it_had_accepted(fragile: Homeward) -> None:
    chat = fragile.chat()
    chat.say("food 95814", wait=0)
    fragile.kill("bot.gateway.app")
    fragile.wait_until_ready()
    assert sum(bool(m["matches"]) for m in _until_answered(chat, 1)) == 1


def test_while_the_gateway_starts_again_nobody_is_turned_away(fragile: Homeward) -> None:
    fragile.kill("bot.gateway.app")
    assert fragile.chat().say("hello"), "the port stays open, so this waits a moment"
    fragile.wait_until_ready()


def test_whatever_is_killed_every_accepted_message_is_answered_once_and_in_order(fragile: Homeward) -> None:
    chats = [fragile.chat() for _ in range(4)]
    stop = threading.Event()

    def talk(chat: Chat) -> int:
        number = 0
        while not stop.is_set() or number < 10:
            body = {"id": f"m{number}", "text": f"food 95814 {number}"}
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):  # then it is sent again, as the page does
                if call("POST", f"{fragile.url}/chat/v1/messages", body, chat.token)[0] == 200:
                    number += 1
            time.sleep(0.3)
        return number

    with ThreadPoolExecutor(len(chats)) as pool:
        talking = [pool.submit(talk, chat) for chat in chats]
        for part in ("bot.gateway.app", "rasa", "actions.server", "bot.gateway.app"):
            time.sleep(2)
            fragile.kill(part)
        fragile.wait_until_ready()
        stop.set()
        sent = [one.result() for one in talking]
    for chat, count in zip(chats, sent, strict=True):
        said = _until_answered(chat, count)
        asked = [m["text"] for m in said if m["from"] == "family"]
        assert asked == [f"food 95814 {number}" for number in range(count)]
        answers = [m for m in said if m["from"] == "homeward" and "I have your message" not in m["text"]]
        assert len(answers) == count
        assert [m["seq"] for m in said] == list(range(1, len(said) + 1))


def _stops_every_part(started: Homeward, number: signal.Signals) -> None:
    parts = started.children()
    assert {"rasa", "actions.server", "bot.gateway.app", "resources_db.worker"} <= set(parts)
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(started.chat().all, 0, 30)
        time.sleep(1)
        started.process.send_signal(number)
        assert polling.result(timeout=20) == [], "who waits for news is let go"
    assert started.process.wait(timeout=20) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in parts.values())


def test_asked_to_stop_at_the_keyboard_it_stops_every_part(tmp_path: Path) -> None:
    with homeward(tmp_path) as started:
        _stops_every_part(started, signal.SIGINT)


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux ends the parts of a parent that was killed")
def test_killed_itself_it_leaves_no_part_behind_starts_again_and_stops_when_told(tmp_path: Path) -> None:
    with homeward(tmp_path) as started:
        chat = started.chat()
        chat.say("food 95814", wait=0)
        parts = started.children()
        started.process.kill()
        started.process.wait()
        end = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in parts.values()) and time.monotonic() < end:
            time.sleep(0.1)
        assert not [name for name, pid in parts.items() if Path(f"/proc/{pid}").exists()]
    with homeward(tmp_path) as again:
        chat.url = again.url
        assert sum(bool(m["matches"]) for m in _until_answered(chat, 1)) == 1
        _stops_every_part(again, signal.SIGTERM)


def test_a_second_one_on_the_same_state_folder_is_told_so(fragile: Homeward) -> None:
    done = run("up", "--port", str(free_port()), HOMEWARD_VAR=str(fragile.var))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(fragile.var) in done.stderr
    assert str(fragile.process.pid) in done.stderr


def test_a_port_that_is_no_port_is_said_in_one_line(tmp_path: Path) -> None:
    for port in ("0", "70000", "abc"):
        done = run("up", "--port", port, HOMEWARD_VAR=str(tmp_path))
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert port in done.stderr


def test_a_state_folder_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("up", "--port", str(free_port()), HOMEWARD_VAR=str(tmp_path / "file" / "var"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "HOMEWARD_VAR" in done.stderr


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("up", "--port", str(port), HOMEWARD_VAR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(port) in done.stderr


def test_broken_settings_are_all_said_at_once(tmp_path: Path) -> None:
    done = run("up", HOMEWARD_VAR=str(tmp_path), HOMEWARD_PORT="abc", HOMEWARD_GEOCODER="maps")
    assert done.returncode == 2
    assert "HOMEWARD_PORT" in done.stderr
    assert "HOMEWARD_GEOCODER" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["up"], ["search", "--need", "food", "--near", "95814"]])
def test_a_corrupt_database_is_said_clearly(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "homeward.db").write_bytes(b"this is not a database" * 500)
    done = run(*command, HOMEWARD_VAR=str(tmp_path))
    assert done.returncode == 2
    assert "homeward.db" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_words_without_a_model_say_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.understanding.pipeline import ModelUnusable, Understanding
    from resources_db.geo.gazetteer import open_gazetteer

    broken = tmp_path / "homeward.tar.gz"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelUnusable, match="make train"):
        Understanding.from_model(broken, open_gazetteer(tmp_path / "gazetteer.sqlite"))
