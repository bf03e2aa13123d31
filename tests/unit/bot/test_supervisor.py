from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import processes, supervisor
from bot.supervisor import Part, Supervisor, free_port
from resources_db.settings import Settings, load_settings


@dataclass
class Up:
    """A supervisor at work on parts of ours; `lines` is what it says."""

    settings: Settings
    parts: list[Part]
    lines: list[str] = field(default_factory=list)

    async def run(self) -> int:
        return await asyncio.wait_for(Supervisor(self.settings, self.parts, self.lines.append).run(), 60)

    def pids(self, what: str) -> list[int]:
        with contextlib.suppress(FileNotFoundError):
            return [int(line) for line in (self.settings.var_dir / f"{what}.pids").read_text().split()]
        return []

    async def started(self, what: str, times: int = 1) -> int:
        """The process id of the part once it was started so many times."""
        while len(self.pids(what)) < times:
            await asyncio.sleep(0.02)
        return self.pids(what)[times - 1]

    async def said(self, words: str, times: int = 1) -> None:
        while sum(words in line for line in self.lines) < times:
            await asyncio.sleep(0.02)

    def answer(self, **parts: bool) -> None:
        """What the stand-in for the gateway answers from now on."""
        draft = self.settings.var_dir / "draft"
        draft.write_text(json.dumps({"parts": parts}))
        draft.rename(self.settings.var_dir / "parts.json")


def part(what: str, *more: str, name: str | None = None, **given: object) -> Part:
    return Part(name or what, ["tests.unit.bot.standing_part", what, *more], **given)  # type: ignore[arg-type]


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Up]:
    monkeypatch.setattr(supervisor, "PREPARE", ("tests.unit.bot.standing_part", "succeed"))
    monkeypatch.setattr(supervisor, "_LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "_LOOK_OFTEN", 0.02)
    monkeypatch.setattr(supervisor, "_LOOK_RARELY", 0.02)
    settings = load_settings({"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_PORT": str(free_port())})
    return lambda *parts: Up(settings, list(parts))


async def test_asked_to_stop_it_ends_every_part_and_what_they_started(up: Callable[..., Up]) -> None:
    running = up(part("parent", well_after=0), part("sleep", well_after=0))
    ending = asyncio.create_task(running.run())
    pids = [await running.started(what) for what in ("parent", "child", "sleep")]
    os.kill(os.getpid(), signal.SIGTERM)
    assert await ending == 0
    await _gone(*pids)
    assert running.lines[-1] == "Stopping."


async def test_a_part_that_does_not_listen_is_ended_too(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STOP_PATIENCE", 0.2)
    running = up(part("deaf", well_after=0))
    ending = asyncio.create_task(running.run())
    pid = await running.started("deaf")
    await asyncio.sleep(0.5)  # until it has shut its ears
    os.kill(os.getpid(), signal.SIGINT)
    assert await ending == 0
    await _gone(pid)


async def test_asked_twice_it_does_not_wait(up: Callable[..., Up]) -> None:
    running = up(part("deaf", well_after=0))
    ending = asyncio.create_task(running.run())
    pid = await running.started("deaf")
    await asyncio.sleep(0.5)
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.1)
    assert not _lives(pid), "8 seconds before its time"
    assert await ending == 0


async def test_it_can_be_stopped_while_it_prepares(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PREPARE", ("tests.unit.bot.standing_part", "sleep"))
    running = up(part("fail"))
    ending = asyncio.create_task(running.run())
    pid = await running.started("sleep")
    os.kill(os.getpid(), signal.SIGINT)
    assert await ending == 0
    await _gone(pid)
    assert running.pids("fail") == []


async def test_it_can_be_stopped_while_the_model_is_trained(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "is_current", lambda: False)
    monkeypatch.setattr(supervisor, "TRAIN", ("tests.unit.bot.standing_part", "parent"))
    running = up(part("fail", needs_model=True))
    ending = asyncio.create_task(running.run())
    pids = [await running.started(what) for what in ("parent", "child")]
    os.kill(os.getpid(), signal.SIGINT)
    assert await ending == 0
    await _gone(*pids)
    assert running.pids("fail") == []


async def test_a_model_that_fits_is_not_trained_again(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "is_current", lambda: True)
    monkeypatch.setattr(supervisor, "TRAIN", ("tests.unit.bot.standing_part", "parent"))
    running = up(part("fail", needs_model=True))
    assert await running.run() == 1
    assert running.pids("parent") == []


async def test_a_model_that_cannot_be_trained_is_said_and_ends_it(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "is_current", lambda: False)
    monkeypatch.setattr(supervisor, "TRAIN", ("tests.unit.bot.standing_part", "fail"))
    running = up(part("sleep", needs_model=True))
    assert await running.run() == 1
    assert "training.log" in running.lines[-1]
    assert running.pids("sleep") == []


async def test_when_nothing_can_be_prepared_nothing_is_started(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PREPARE", ("tests.unit.bot.standing_part", "fail"))
    running = up(part("sleep", well_after=0))
    assert await running.run() == 2
    assert running.pids("sleep") == []


async def test_a_part_that_dies_is_started_again_and_the_others_go_on(up: Callable[..., Up]) -> None:
    running = up(part("sleep", well_after=0), part("parent", well_after=0))
    ending = asyncio.create_task(running.run())
    other = await running.started("parent")
    for times in range(1, 2 * supervisor._MOST_DEATHS):
        os.kill(await running.started("sleep", times), signal.SIGKILL)
    await running.started("sleep", 2 * supervisor._MOST_DEATHS)
    assert _lives(other)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await ending == 0


async def test_a_part_that_never_gets_well_is_given_up_and_everything_stops(up: Callable[..., Up]) -> None:
    running = up(part("fail"), part("sleep", well_after=0))
    assert await running.run() == 1
    assert len(running.pids("fail")) == supervisor._MOST_DEATHS
    assert "fail: cannot be kept alive" in running.lines[-1]
    assert "fail.log" in running.lines[-1]
    await _gone(*running.pids("sleep"))


async def test_it_tells_which_part_is_ready_and_when_all_are(up: Callable[..., Up]) -> None:
    running = up(part("gateway"), part("sleep", name="rasa"))
    running.answer(rasa=False)
    ending = asyncio.create_task(running.run())
    await running.said("gateway: ready")
    assert not [line for line in running.lines if "rasa: ready" in line or "Ready" in line]
    running.answer(rasa=True)
    await running.said("rasa: ready")
    await running.said("Ready after")
    os.kill(await running.started("sleep"), signal.SIGKILL)
    await running.said("rasa: ready", times=2)
    assert sum("Ready after" in line for line in running.lines) == 1
    os.kill(os.getpid(), signal.SIGTERM)
    assert await ending == 0


async def test_a_part_that_was_well_and_is_stuck_is_started_again(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_MOST_SILENCE", 0.3)
    running = up(part("gateway"), part("sleep", name="rasa"), part("deaf", name="actions"))
    running.answer(rasa=True, actions=True)
    ending = asyncio.create_task(running.run())
    await running.said("Ready after")
    running.answer(rasa=False, actions=True)
    await running.started("sleep", times=2)
    assert len(running.pids("deaf")) == 1
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(running.pids("deaf")[0], signal.SIGKILL)
    assert await ending == 0


async def test_a_part_that_loads_has_more_time(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_MOST_SILENCE", 0.1)
    running = up(part("gateway"), part("sleep", name="rasa"))
    running.answer(rasa=False)
    ending = asyncio.create_task(running.run())
    await running.said("gateway: ready")
    await asyncio.sleep(0.5)
    assert len(running.pids("sleep")) == 1
    os.kill(os.getpid(), signal.SIGTERM)
    assert await ending == 0


async def test_a_log_that_grows_too_large_is_cut(up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_LARGEST_LOG", 1000)
    running = up(part("chatter", "5000", well_after=0), part("gateway"))
    running.answer()
    ending = asyncio.create_task(running.run())
    log = running.settings.var_dir / "log" / "chatter.log"
    while not log.with_suffix(".log.1").exists() or log.stat().st_size:
        await asyncio.sleep(0.02)
    assert log.with_suffix(".log.1").stat().st_size == 5001
    os.kill(os.getpid(), signal.SIGTERM)
    assert await ending == 0


async def _gone(*pids: int) -> None:
    """A killed process takes a moment to go; one that was forgotten would not."""
    for _ in range(100):
        if not any(_lives(pid) for pid in pids):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"left behind: {[pid for pid in pids if _lives(pid)]}")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # an orphan that has ended may wait for whoever adopted it
        return not Path("/proc").exists() or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
