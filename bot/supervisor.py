"""Runs all parts as processes: shows what starts and how far, starts again what dies, stops everything together."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
import uuid
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakSet

from bot.processes import run_module, send_signal
from bot.project import MODEL
from bot.training import is_current
from resources_db.settings import Settings

#: A part that dies this often, one time after the other, without ever having answered cannot be kept alive.
_MOST_DEATHS = 6
PREPARE, TRAIN = ("bot.prepare",), ("bot.training", "--if-needed")
_LONGEST_PAUSE = 15.0
#: How often to look at the parts: while one is not well yet, and when all are.
_LOOK_OFTEN, _LOOK_RARELY = 0.5, 5.0
#: A part that is silent for so long is stuck, and started again: while it loads, and once it was well.
_SLOWEST_START, _MOST_SILENCE = 180.0, 60.0
_LARGEST_LOG = 5_000_000


@dataclass
class Part:
    """One process of ours, `python -m module…`. It is well when /readyz says so; one that is not asked there, when it
    lived for `well_after` seconds."""

    name: str
    module: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    sockets: Sequence[socket.socket] = ()
    needs_model: bool = False
    well_after: float | None = None
    process: Process | None = None
    began: float = 0.0
    heard: float = 0.0
    well: bool = False

    def started(self, process: Process) -> None:
        self.process, self.well = process, False
        self.began = self.heard = time.monotonic()

    def answered(self) -> None:
        self.well, self.heard = True, time.monotonic()

    @property
    def stuck(self) -> bool:
        return time.monotonic() - self.heard > (_MOST_SILENCE if self.well else _SLOWEST_START)


class Supervisor:
    """`run` returns the exit code of `homeward up`: 0 after Ctrl-C, 1 when a part could not be kept alive, 2 when there is
    nothing to start with."""

    def __init__(self, settings: Settings, parts: Sequence[Part], say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._logs = settings.var_dir / "log"
        self._parts = parts
        self._processes: WeakSet[Process] = WeakSet()
        self._stop = asyncio.Event()
        self._began = time.monotonic()

    async def run(self) -> int:
        self._logs.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_stop)
        everything = asyncio.create_task(self._run_everything())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({everything, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if everything.done():
                return everything.result()
            self._say("Stopping.")
            return 0
        finally:
            await _cancel([everything, stopping])

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():  # asked a second time: no more patience
            for process in self._processes:
                send_signal(process, signal.SIGKILL)
        self._stop.set()

    async def _run_everything(self) -> int:
        """Returns when it cannot go on; when cancelled, everything it started has ended."""
        if await self._run("prepare", PREPARE, show=True) != 0:
            return 2
        tasks = [asyncio.create_task(self._keep(part)) for part in self._parts]
        looking = asyncio.create_task(self._look_after())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel([looking, *tasks])
        for part, task in zip(self._parts, tasks, strict=True):
            if not task.cancelled() and (error := task.exception()):
                self._say(f"{part.name}: cannot be run: {error}")
        return 1

    async def _keep(self, part: Part) -> None:
        """Start a part, and again whenever it ends; returns when that is no use."""
        deaths = 0
        while True:
            if part.needs_model and not await self._train_if_needed():
                return
            self._say(f"{part.name}: starting")
            code = await self._run(part.name, part.module, part=part)
            part.process = None
            well = part.well if part.well_after is None else time.monotonic() - part.began > part.well_after
            deaths = 0 if well else deaths + 1
            if deaths >= _MOST_DEATHS:
                self._say(f"{part.name}: cannot be kept alive; the last lines of {self._log(part.name)} tell why")
                return
            self._say(f"{part.name}: stopped unexpectedly (exit {code}), starting it again")
            await asyncio.sleep(min(0.25 * 2**deaths, _LONGEST_PAUSE))

    async def _train_if_needed(self) -> bool:
        if await asyncio.to_thread(is_current):
            return True
        self._say("rasa: training the model (a minute or two, the first time only)")
        began = time.monotonic()
        saying = asyncio.create_task(self._say_still_training(began))
        try:
            code = await self._run("training", TRAIN)
        finally:
            saying.cancel()
        if code == 0:
            self._say(f"rasa: model trained in {time.monotonic() - began:.0f} s")
        else:
            self._say(f"rasa: the model could not be trained; the last lines of {self._log('training')} tell why")
        return code == 0

    async def _say_still_training(self, began: float) -> None:
        while True:
            await asyncio.sleep(15)
            self._say(f"rasa: still training, {time.monotonic() - began:.0f} s")

    async def _run(self, name: str, module: Sequence[str], *, show: bool = False, part: Part | None = None) -> int:
        """Run `python -m module…` to its end and return its exit code; its output goes to our terminal or to its log."""

        def started(process: Process) -> None:
            self._processes.add(process)
            if part:
                part.started(process)

        env, sockets = (self._environment(part.env), part.sockets) if part else (self._environment({}), ())
        with self._log(name).open("ab") as log:
            return await run_module(module, env=env, output=None if show else log, sockets=sockets, started=started)

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        settings = self._settings
        return {
            **os.environ, **extra, "RASA_TELEMETRY_ENABLED": "false", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "",
            "HOMEWARD_VAR": str(settings.var_dir), "HOMEWARD_PORT": str(settings.port),
            "HOMEWARD_DATABASE_URL": settings.database_url,
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
        }  # fmt: skip

    async def _look_after(self) -> None:
        """See which parts answer: say it, tell once when all do, and end those that are stuck. Keep the logs small."""
        url, told = f"http://127.0.0.1:{self._settings.port}/readyz", False
        asked = {part.name: part for part in self._parts if part.well_after is None}
        while True:
            answers = await asyncio.to_thread(_ready_parts, url)
            for name, part in asked.items():
                if answers is None and name != "gateway":
                    part.heard = time.monotonic()  # without the gateway nothing is known of the others
                elif answers and answers.get(name, True):
                    if not part.well:
                        self._say(f"{name}: ready")
                    part.answered()
                elif part.process and part.stuck:
                    self._say(f"{name}: does not answer")
                    send_signal(part.process, signal.SIGKILL)
            if not told and answers and all(answers.values()):
                told = True
                self._say(
                    f"Ready after {time.monotonic() - self._began:.0f} s: {self._settings.public_url}  (Ctrl-C stops everything)"
                )
            await asyncio.to_thread(self._cut_logs)
            await asyncio.sleep(_LOOK_RARELY if all(part.well for part in asked.values()) else _LOOK_OFTEN)

    def _cut_logs(self) -> None:
        """Move what is in a large log to one older log. Its process goes on writing at the new end."""
        with contextlib.suppress(OSError):  # a full disk: nothing that could be done about it here
            for log in self._logs.glob("*.log"):
                if log.stat().st_size > _LARGEST_LOG:
                    shutil.copy(log, log.with_suffix(".log.1"))
                    os.truncate(log, 0)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def free_port() -> int:
    """A loopback port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def parts_of(settings: Settings, sockets: Sequence[socket.socket]) -> list[Part]:
    """All of Homeward. `sockets` are those that families reach; they stay open while the gateway is started again."""
    rasa, actions = settings.rasa_port or free_port(), settings.actions_port or free_port()
    shared = {
        "LOOPBACK_SECRET": secrets.token_hex(32),
        "RASA_URL": f"http://127.0.0.1:{rasa}",
        "ACTIONS_URL": f"http://127.0.0.1:{actions}",
        "ACTIONS_PORT": str(actions),
    }
    # the same owner for as long as we run, because there is one gateway at a time: it goes on where its forerunner was
    public = {"GATEWAY_OWNER": str(uuid.uuid4()), "GATEWAY_SOCKETS": " ".join(str(s.fileno()) for s in sockets)}
    serve_rasa = [
        "rasa", "run", "--model", str(MODEL), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
        "--interface", "127.0.0.1", "--port", str(rasa),
    ]  # fmt: skip
    return [
        Part("gateway", ["bot.gateway.app"], {**shared, **public}, sockets),
        Part("actions", ["actions.server"], shared),
        Part("worker", ["resources_db.worker"], shared, well_after=10.0),
        Part("rasa", serve_rasa, shared, needs_model=True),
    ]


async def _cancel(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _ready_parts(url: str) -> dict[str, bool] | None:
    """Which parts behind the gateway answer; None when it does not answer itself."""
    try:
        with urllib.request.urlopen(url, timeout=3) as response:
            content = response.read()
    except urllib.error.HTTPError as error:  # 503: not all of them
        content = error.read()
    except OSError:
        return None
    try:
        parts: dict[str, bool] = json.loads(content)["parts"]
        return parts
    except (ValueError, KeyError, TypeError):
        return None
