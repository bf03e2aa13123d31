"""What a turn costs through the whole system, against the same Rasa answering a bare rule, and the memory of each part.

`python -m benchmarks.turns` starts a Homeward of its own. All turns are timed over the same loopback connection style,
interleaved, so that their ratio holds on a busy machine.
"""

from __future__ import annotations

import http.client
import itertools
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.running import Chat, Homeward, homeward

ROUNDS = 60
CHECKPOINTS = (1, 50, 500)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, homeward(Path(folder)) as running:
        _warm_up(running)
        _side_by_side(running)
        _long_conversation(running)
        _memory(running)


def _warm_up(running: Homeward) -> None:
    chat = running.chat()
    for text in ("hello", "food 95814", "more", "thanks") * 3:
        chat.say(text)


ASKED = ("food 95814", "rent help santa ana", "necesito pañales 92701")


def _side_by_side(running: Homeward) -> None:
    """A bare rule asked of Rasa directly, the same through the gateway, and a whole search through the gateway."""
    direct = _Rasa(running)
    rule, through, search = [], [], []
    for number in range(ROUNDS):
        rule.append(_timed(direct.ask, "thank you"))
        through.append(_timed(_Gateway(running.chat()).say, "thank you"))
        search.append(_timed(_Gateway(running.chat()).say, ASKED[number % len(ASKED)]))
    base = statistics.median(rule)
    print(f"{'turn, one at a time':44}{'p50 ms':>9}{'p95 ms':>9}{'ratio':>8}")
    for name, times in (
        ("bare rule, Rasa directly", rule), ("bare rule, through the gateway", through), ("search, through the gateway", search),
    ):  # fmt: skip
        print(f"{name:44}{statistics.median(times):9.1f}{_p95(times):9.1f}{statistics.median(times) / base:8.2f}")


def _long_conversation(running: Homeward) -> None:
    chat = _Gateway(running.chat())
    said = itertools.islice(itertools.cycle(("food 95814", "rent help", "open now?", "thanks")), CHECKPOINTS[-1] + 20)
    times = [_timed(chat.say, text) for text in said]
    print(f"\n{'one conversation, mean of 20 turns from turn':44}{'ms':>9}")
    for turn in CHECKPOINTS:
        print(f"{turn:44}{statistics.mean(times[turn - 1 : turn + 19]):9.1f}")


def _memory(running: Homeward) -> None:
    parts = {"supervisor": running.process.pid, **running.children()}
    sizes = {name: _resident_megabytes(pid) for name, pid in parts.items()}
    print(f"\n{'memory, proportional set size':44}{'MB':>9}")
    for name, size in sizes.items():
        print(f"{name:44}{size:9.0f}")
    print(f"{'everything but Rasa':44}{sum(size for name, size in sizes.items() if name != 'rasa'):9.0f}")


class _Kept:
    """A kept HTTP connection, so that both sides pay the same for it."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
        self._headers = {"Content-Type": "application/json", **headers}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self._connection.request("POST", path, json.dumps(body), self._headers)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return answer


class _Rasa(_Kept):
    def __init__(self, running: Homeward) -> None:
        entries = Path(f"/proc/{running.children()['rasa']}/environ").read_bytes().decode().split("\0")
        environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)
        super().__init__(environment["RASA_URL"], {"X-Homeward-Secret": environment["LOOPBACK_SECRET"]})

    def ask(self, text: str) -> None:
        body = {"conversation": str(uuid.uuid4()), "text": text, "language": "en"}
        assert self.post("/webhooks/homeward/message", body)["messages"]


class _Gateway(_Kept):
    def __init__(self, chat: Chat) -> None:
        super().__init__(chat.url, {"Authorization": f"Bearer {chat.token}"})

    def say(self, text: str) -> None:
        assert self.post("/chat/v1/messages?wait=25", {"id": str(uuid.uuid4()), "text": text})["messages"]


def _timed(work: Callable[[str], None], text: str) -> float:
    began = time.perf_counter()
    work(text)
    return (time.perf_counter() - began) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _resident_megabytes(pid: int) -> float:
    """Proportional set size: shared pages are counted once over all processes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no Pss in smaps_rollup")


if __name__ == "__main__":
    main()
