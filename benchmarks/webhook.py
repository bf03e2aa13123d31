"""How soon the carrier's webhook is acknowledged while Rasa is down, on both databases. Target: p95 300 ms, p99 1 s.

Gateway and worker run as always; where Rasa and the action server should be, nobody listens. Texts come at random moments,
each from another phone, by the stand-in carrier, which signs them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from sqlalchemy import func, select

from bot.project import ROOT
from bot.sms_sandbox.carrier import Carrier
from bot.supervisor import free_port
from resources_db.database import make_engine, session_scope
from resources_db.models.message import Message
from tests.databases import postgresql_server

DATABASES = ("sqlite", "postgresql")
ACCOUNT, TOKEN, OUR_NUMBER = "AC" + "5" * 32, "the token of a stand-in carrier", "+19165550100"


def main(options: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks webhook", description=__doc__)
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--rate", type=float, default=5.0, help="texts a second")
    parser.add_argument("--database", choices=DATABASES, help="only one")
    chosen = parser.parse_args(options)
    print(f"{'webhook with Rasa down, ms':36}{'p50':>8}{'p95':>8}{'p99':>8}{'worst':>8}{'kept':>12}")
    for database in [chosen.database] if chosen.database else DATABASES:
        with tempfile.TemporaryDirectory() as folder, nullcontext() if database == "sqlite" else postgresql_server() as url:
            times, kept = asyncio.run(_measure(chosen.texts, chosen.rate, Path(folder), url))
        cuts = [1000 * cut for cut in statistics.quantiles(times, n=100)]
        shown = (statistics.median(times) * 1000, cuts[94], cuts[98], max(times) * 1000)
        print(f"{database:36}{''.join(f'{ms:8.1f}' for ms in shown)}{f'{kept}/{chosen.texts}':>12}", flush=True)


async def _measure(texts: int, rate: float, folder: Path, database_url: str | None) -> tuple[list[float], int]:
    """Seconds until each text was acknowledged, and how many stand in threads."""
    port, dice = free_port(), random.Random(1)
    carrier = Carrier(ACCOUNT, TOKEN, {OUR_NUMBER: f"http://127.0.0.1:{port}/sms/twilio/inbound"})
    async with carrier.serving() as api_base:
        database_url = database_url or f"sqlite:///{folder / 'homeward.db'}"
        environment = {
            "HOMEWARD_VAR": str(folder), "HOMEWARD_PORT": str(port), "HOMEWARD_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HOMEWARD_DATABASE_URL": database_url, "HOMEWARD_SMS_ACCOUNT_SID": ACCOUNT, "HOMEWARD_SMS_AUTH_TOKEN": TOKEN,
            "HOMEWARD_SMS_FROM": OUR_NUMBER, "HOMEWARD_SMS_API_BASE": api_base, "LOOPBACK_SECRET": "0" * 64,
            "RASA_URL": f"http://127.0.0.1:{free_port()}", "ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
        }  # fmt: skip
        await asyncio.to_thread(_run, "bot.prepare", environment)
        with _started("bot.gateway.app", environment), _started("resources_db.worker", environment):
            await asyncio.to_thread(_wait_for, f"http://127.0.0.1:{port}/healthz")
            for number in range(texts):
                carrier.text(f"+1916{5000000 + number}", "necesito comida 95814")
                await asyncio.sleep(dice.expovariate(rate))
            await carrier.settled()
        engine = make_engine(database_url)
        with session_scope(engine, writes=False) as session:
            kept = session.scalars(select(func.count()).select_from(Message).where(Message.sender == "family")).one()
        engine.dispose()
    inward = {message.sid for message in carrier.messages if message.direction == "inbound"}
    return [post.seconds for post in carrier.posts if post.sid in inward and post.outcome == 200], kept


def _command(module: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", module]


def _run(module: str, environment: dict[str, str]) -> None:
    subprocess.run(_command(module), cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _started(module: str, environment: dict[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        _command(module), cwd=ROOT, env={**os.environ, **environment}, stdin=quiet, stdout=quiet, stderr=quiet
    ) as process:
        yield
        process.terminate()


def _wait_for(url: str) -> None:
    while True:
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.2)
