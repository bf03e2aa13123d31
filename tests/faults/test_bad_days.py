"""Bad days, on whole installations: parts that die, ports that are taken, settings and files that are broken."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Homeward, homeward

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


def test_with_rasa_dead_a_message_is_kept_told_so_kindly_and_answered_later(fragile: Homeward) -> None:
    chat = fragile.chat("es")
    fragile.kill("rasa")
    first = chat.say("necesito comida 92701", wait=10)
    assert [m["matches"] for m in first] == [[]]
    for words in ("Recibí tu mensaje", "911", "988", "211"):
        assert words in first[0]["text"]
    chat.say("gracias", wait=0)
    fragile.wait_until_ready()
    end = time.monotonic() + 60
    while sum(m["from"] == "homeward" for m in chat.all()) < 3 and time.monotonic() < end:
        time.sleep(0.5)
    said = chat.all()
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
    end = time.monotonic() + 30
    while not any(m["matches"] for m in chat.all()) and time.monotonic() < end:
        time.sleep(0.5)
    assert sum(bool(m["matches"]) for m in chat.all()) == 1


def test_a_killed_gateway_comes_back_and_answers_what_it_had_accepted(fragile: Homeward) -> None:
    chat = fragile.chat()
    chat.say("food 95814", wait=0)
    fragile.kill("bot.gateway.app")
    fragile.wait_until_ready()
    end = time.monotonic() + 60
    while not any(m["matches"] for m in chat.all()) and time.monotonic() < end:
        time.sleep(0.5)
    assert sum(bool(m["matches"]) for m in chat.all()) == 1


def test_ctrl_c_stops_every_part(tmp_path: Path) -> None:
    with homeward(tmp_path) as started:
        parts = started.children()
        assert {"rasa", "actions.server", "bot.gateway.app", "resources_db.worker"} <= set(parts)
        assert started.stop() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in parts.values())


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
