"""Half an hour of families on web and by text: memory of every process, time of a turn in short and long conversations, and
what the database is filled with.

`python -m benchmarks soak --minutes 30 --rate 5 --output soak.json`; the file is written anew every half minute, so that a run
in the background can be looked at. Families say ten things each and go; one conversation goes on all the time, and beside
each of its turns stands the first turn of a new one, so that their ratio holds on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Engine, inspect, text

from bot.sms_sandbox.carrier import Carrier
from resources_db.database import session_scope
from resources_db.models.message import Message
from tests.databases import postgresql_server
from tests.faults.harness import ACCOUNT, OUR_NUMBER, TOKEN, Installation, installed

SAID = ("food 95814", "rent help santa ana", "open now?", "necesito pañales 92701", "more", "thanks", "diapers 95814", "gracias")
TURNS_EACH = 10
CHECKPOINTS = (1, 50, 500)
EVERY = 30.0
#: What a row of /proc/…/smaps_rollup means to us, in megabytes: all, what is shared counted in part, and what is no file.
MEMORY = {"Rss": "rss", "Pss": "pss", "Anonymous": "own"}


@dataclass
class Soak:
    """Everything measured; times in seconds since the start, sizes in megabytes, turns in milliseconds."""

    minutes: float
    rate: float
    database: str
    sent: dict[str, int] = field(default_factory=lambda: {"web": 0, "sms": 0})
    failed: int = 0
    memory: list[dict[str, Any]] = field(default_factory=list)
    #: (turn in the long conversation, its time, the time of a first turn just before)
    probes: list[tuple[int, float, float]] = field(default_factory=list)
    tables: dict[str, dict[str, float]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)


def main(options: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=5.0, help="messages a second, 4 of 10 by text")
    parser.add_argument("--probe", type=float, default=3.0, help="seconds between turns of the long conversation")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--output", type=Path, help="a JSON file for all figures")
    chosen = parser.parse_args(options)
    soak = Soak(chosen.minutes, chosen.rate, chosen.database)
    with tempfile.TemporaryDirectory() as folder, nullcontext() if soak.database == "sqlite" else postgresql_server() as url:
        asyncio.run(_run(soak, chosen.probe, Path(folder), url, chosen.output))
    _print(soak)


async def _run(soak: Soak, pause: float, folder: Path, database_url: str | None, output: Path | None) -> None:
    carrier = Carrier(ACCOUNT, TOKEN, {OUR_NUMBER: ""})
    async with installed(folder, carrier, pairs=False, database_url=database_url) as there:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            began = time.monotonic()
            end = began + soak.minutes * 60
            tasks = [
                asyncio.create_task(work)
                for work in (
                    _families(soak, there, carrier, http, end),
                    _probe(soak, there, http, pause, end),
                    _watch(soak, there, output, began, end),
                )
            ]
            await asyncio.gather(*tasks)
            await _answered(there.engine)
            await carrier.settled()
        soak.tables = await asyncio.to_thread(_tables, there.engine)
        soak.summary = _summary(soak, carrier)
        _write(soak, output)


# --- families


class _Chat:
    """A web family at an address of its own."""

    numbers = itertools.count()

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._url = url
        number = next(self.numbers)
        self._headers = {"X-Forwarded-For": f"10.{number // 62500}.{number // 250 % 250}.{number % 250}"}

    async def start(self) -> _Chat:
        session = await self._post("sessions", {"language": "en"})
        self._headers["Authorization"] = f"Bearer {session['token']}"
        return self

    async def say(self, words: str, wait: int = 0) -> Any:
        return await self._post(f"messages?wait={wait}", {"id": str(uuid.uuid4()), "text": words})

    async def timed(self, words: str) -> float:
        """Milliseconds until the answer."""
        began = time.perf_counter()
        answer = await self.say(words, wait=25)
        assert answer["messages"], "no answer in 25 seconds"
        return (time.perf_counter() - began) * 1000

    async def _post(self, path: str, body: object) -> Any:
        async with self._http.post(f"{self._url}/chat/v1/{path}", json=body, headers=self._headers) as response:
            response.raise_for_status()
            return await response.json()


async def _families(soak: Soak, there: Installation, carrier: Carrier, http: aiohttp.ClientSession, end: float) -> None:
    """Messages at random moments, from whichever family is next; after its last one a new family takes its place."""
    dice, phones = random.Random(1), itertools.count(2_000_000)
    web: list[tuple[_Chat, Iterator[str]]] = []
    texting: list[tuple[str, Iterator[str]]] = []

    def things_to_say() -> Iterator[str]:
        return itertools.islice(itertools.cycle(SAID), start := dice.randrange(len(SAID)), start + TURNS_EACH)

    async def on_web() -> None:
        slot = dice.randrange(20)
        while len(web) <= slot:
            web.append((await _Chat(there.url, http).start(), things_to_say()))
        chat, left = web[slot]
        if (words := next(left, None)) is None:
            web[slot] = chat, left = await _Chat(there.url, http).start(), things_to_say()
            words = next(left)
        await chat.say(words)
        soak.sent["web"] += 1

    def by_text() -> None:
        slot = dice.randrange(14)
        while len(texting) <= slot:
            texting.append((f"+1916{next(phones)}", things_to_say()))
        phone, left = texting[slot]
        if (words := next(left, None)) is None:
            texting[slot] = phone, left = f"+1916{next(phones)}", things_to_say()
            words = next(left)
        carrier.text(phone, words)
        soak.sent["sms"] += 1

    async def once() -> None:
        try:
            await on_web()
        except (aiohttp.ClientError, asyncio.TimeoutError):
            soak.failed += 1

    under_way: set[asyncio.Task[None]] = set()
    while time.monotonic() < end:
        if dice.random() < 0.4:
            by_text()
        else:
            task = asyncio.create_task(once())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.sleep(dice.expovariate(soak.rate))
    await asyncio.gather(*under_way)


async def _probe(soak: Soak, there: Installation, http: aiohttp.ClientSession, pause: float, end: float) -> None:
    """The same question in a new conversation and in one that grows; what lies between in the latter varies."""
    long, between = await _Chat(there.url, http).start(), itertools.cycle(("rent help", "open now?", "thanks"))
    turn = 0
    while time.monotonic() < end:
        with contextlib.suppress(aiohttp.ClientError, asyncio.TimeoutError, AssertionError):
            first = await (await _Chat(there.url, http).start()).timed("food 95814")
            turn += 1
            soak.probes.append((turn, await long.timed("food 95814"), first))
            await asyncio.sleep(pause / 2)
            turn += 1
            await long.say(next(between), wait=25)
        await asyncio.sleep(pause / 2)


async def _answered(engine: Engine) -> None:
    def waiting() -> bool:
        with session_scope(engine, writes=False) as session:
            return session.query(Message.id).where(Message.waiting).first() is not None

    for _ in range(120):
        if not await asyncio.to_thread(waiting):
            return
        await asyncio.sleep(1)


# --- measuring


async def _watch(soak: Soak, there: Installation, output: Path | None, began: float, end: float) -> None:
    """Memory of every process, and how large the database is, all along."""
    while True:
        running = there.homewards[0]
        sizes = {"supervisor": _memory(running.process.pid)}
        for name, pid in (await asyncio.to_thread(running.children)).items():
            with contextlib.suppress(OSError):
                sizes[name] = _memory(pid)
        soak.memory.append({"at": round(time.monotonic() - began), "parts": sizes, "database": _database_size(there.engine)})
        _write(soak, output)
        if time.monotonic() >= end:
            return
        await asyncio.sleep(max(0.1, min(EVERY, end - time.monotonic())))


def _memory(pid: int) -> dict[str, float]:
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, size = line.partition(":")
        if name in MEMORY:
            found[MEMORY[name]] = round(int(size.split()[0]) / 1024, 1)
    return found


def _database_size(engine: Engine) -> float:
    if engine.dialect.name == "sqlite":
        path = str(engine.url.database)
        files = (Path(path + end) for end in ("", "-wal"))
        return round(sum(file.stat().st_size for file in files if file.exists()) / 1e6, 2)
    with engine.connect() as connection:
        return round(int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0) / 1e6, 2)


def _tables(engine: Engine) -> dict[str, dict[str, float]]:
    """Table → megabytes with its indexes, and rows; the largest first."""
    found = {}
    names = inspect(engine).get_table_names()
    with engine.connect() as connection:
        for name in names:
            if engine.dialect.name == "sqlite":
                of_table = "SELECT name FROM sqlite_schema WHERE tbl_name = :name"
                size = connection.scalar(text(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({of_table})"), {"name": name})
            else:
                size = connection.scalar(text("SELECT pg_total_relation_size(CAST(:name AS regclass))"), {"name": name})
            rows = connection.scalar(text(f"SELECT count(*) FROM {name}"))
            found[name] = {"mb": round((size or 0) / 1e6, 2), "rows": rows}
    return dict(sorted(found.items(), key=lambda item: -item[1]["mb"]))


def _summary(soak: Soak, carrier: Carrier) -> dict[str, Any]:
    """Growth of memory over the second half, in megabytes an hour; turns at each length beside first turns at that time."""
    half = [entry for entry in soak.memory if entry["at"] >= soak.minutes * 30]
    growth = {}
    for name in half[0]["parts"] if half else ():
        points = [(entry["at"] / 3600, entry["parts"][name]["own"]) for entry in half if name in entry["parts"]]
        if len({hour for hour, _ in points}) > 1:
            growth[name] = round(statistics.linear_regression(*zip(*points, strict=True)).slope, 1)
    turns = {}
    for length in CHECKPOINTS:
        near = [(ms, first) for turn, ms, first in soak.probes if abs(turn - length) <= 10]
        if near:
            long, new = statistics.median(ms for ms, _ in near), statistics.median(first for _, first in near)
            turns[str(length)] = {"ms": round(long, 1), "first_ms": round(new, 1), "ratio": round(long / new, 2)}
    messages = sum(soak.sent.values()) + 3 * len(soak.probes)
    heard = sorted(post.seconds * 1000 for post in carrier.posts if post.outcome == 200)
    return {
        "growth_mb_an_hour": growth, "turns": turns, "messages": messages,
        "database_bytes_a_message": round((soak.memory[-1]["database"] - soak.memory[0]["database"]) * 1e6 / max(messages, 1)),
        "texts_out": sum(m.direction == "outbound-api" for m in carrier.messages),
        "webhook_p95_ms": round(statistics.quantiles(heard, n=20)[-1], 1) if len(heard) > 1 else None,
    }  # fmt: skip


def _write(soak: Soak, output: Path | None) -> None:
    if output:
        draft = output.with_suffix(".new")
        draft.write_text(json.dumps(vars(soak), indent=1))
        draft.replace(output)


def _print(soak: Soak) -> None:
    print(f"{soak.database}: {soak.sent['web']} on the web, {soak.sent['sms']} texts, {soak.failed} failed requests")
    first, last = soak.memory[min(2, len(soak.memory) - 1)], soak.memory[-1]
    print(f"\n{'memory that is no file, MB':32}{'after ' + str(first['at']) + ' s':>14}{'at the end':>14}{'growth an hour':>16}")
    for name, size in last["parts"].items():
        slope = soak.summary["growth_mb_an_hour"].get(name, float("nan"))
        print(f"{name:32}{first['parts'].get(name, size)['own']:14.1f}{size['own']:14.1f}{slope:16.1f}")
    print(f"\n{'turn in a conversation of':32}{'ms':>14}{'a first turn':>14}{'ratio':>16}")
    for length, turn in soak.summary["turns"].items():
        print(f"{length:32}{turn['ms']:14.1f}{turn['first_ms']:14.1f}{turn['ratio']:16.2f}")
    print(f"\n{'database':32}{'MB':>14}{'rows':>14}{'bytes a row':>16}")
    for name, table in itertools.islice(soak.tables.items(), 14):
        print(f"{name:32}{table['mb']:14.2f}{table['rows']:14.0f}{table['mb'] * 1e6 / max(table['rows'], 1):16.0f}")
    print(f"{'bytes a message of a family':32}{soak.summary['database_bytes_a_message']:14}")
