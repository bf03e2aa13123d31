"""A whole Homeward, as `homeward up` runs it: real gateway, Rasa, action server and worker, on its own state folder."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.supervisor import free_port

_READY_WITHIN = 240.0


@dataclass
class Homeward:
    """A running installation."""

    url: str
    var: Path
    process: subprocess.Popen[bytes]

    def chat(self, language: str = "en") -> Chat:
        status, session = call("POST", f"{self.url}/chat/v1/sessions", {"language": language})
        assert status == 201, session
        return Chat(self.url, session["token"])

    def wait_until_ready(self) -> None:
        end = time.monotonic() + _READY_WITHIN
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"homeward up ended with {self.process.returncode}:\n{self.output()}")
            with contextlib.suppress(OSError):
                if call("GET", f"{self.url}/readyz")[0] == 200:
                    return
            time.sleep(0.3)
        raise AssertionError(f"not ready after {_READY_WITHIN:.0f} s:\n{self.output()}")

    def output(self) -> str:
        return (self.var / "up.out").read_text(encoding="utf-8", errors="replace")

    def children(self) -> dict[str, int]:
        """Module → process id of each part."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                stat = entry.read_text().rpartition(")")[2].split()
                if int(stat[1]) == self.process.pid:
                    command = (entry.parent / "cmdline").read_bytes().decode().split("\0")
                    found[command[command.index("-m") + 1]] = int(entry.parent.name)
        return found

    def kill(self, part: str) -> None:
        os.kill(self.children()[part], signal.SIGKILL)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@dataclass
class Chat:
    """One family's conversation over the Chat API."""

    url: str
    token: str
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str, wait: float = 25) -> list[dict[str, Any]]:
        return self._send({"id": str(uuid.uuid4()), "text": text}, wait)

    def tap(self, label: str) -> list[dict[str, Any]]:
        """Tap the choice with that label under the last answer that has it."""
        offered = [c for m in reversed(self.heard) for c in m["choices"] if c["label"] == label]
        assert offered, f"{label!r} was not offered"
        return self._send({"id": str(uuid.uuid4()), "choice": offered[0]["choice"]}, 25)

    def all(self, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        status, body = call("GET", f"{self.url}/chat/v1/messages?after={after}&wait={wait}", token=self.token)
        assert status == 200, body
        messages: list[dict[str, Any]] = body["messages"]
        return messages

    def _send(self, body: dict[str, Any], wait: float) -> list[dict[str, Any]]:
        status, answer = call("POST", f"{self.url}/chat/v1/messages?wait={wait}", body, self.token)
        assert status == 200, answer
        self.heard += answer["messages"]
        messages: list[dict[str, Any]] = answer["messages"]
        return messages


def call(method: str, url: str, body: Any = None, token: str | None = None, timeout: float = 60) -> tuple[int, Any]:
    """(status, JSON body) of a request."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@contextlib.contextmanager
def homeward(var: Path, *, ready: bool = True, port: int | None = None, **environment: str) -> Iterator[Homeward]:
    """`homeward up` for the length of the block, stopped as Ctrl-C does; on a free port if none is given."""
    port = port or free_port()
    env = {**os.environ, "HOMEWARD_VAR": str(var), "HOMEWARD_PORT": str(port), **environment}
    var.mkdir(parents=True, exist_ok=True)
    with (var / "up.out").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main(['up']))"],
            env=env,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    running = Homeward(f"http://127.0.0.1:{port}", var, process)
    try:
        if ready:
            running.wait_until_ready()
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
