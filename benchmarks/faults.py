"""Messages over web and by text while parts are killed and the carrier misbehaves: what is lost, doubled, out of order, open.

`python -m benchmarks faults --messages 1000 --kills 20 --database sqlite|postgresql` (by default both). On PostgreSQL there
are two of each process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.databases import postgresql_server
from tests.faults.harness import Outcome, Plan, run

DATABASES = ("sqlite", "postgresql")


def main(options: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks faults", description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=4.0, help="messages a second over all families")
    parser.add_argument("--families", type=int, default=40, help="half of them on the web, half by text")
    parser.add_argument("--database", choices=DATABASES, help="only one")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--output", type=Path, help="a JSON file for all figures")
    chosen = parser.parse_args(options)
    outcomes = {}
    for database in [chosen.database] if chosen.database else DATABASES:
        plan = Plan(
            chosen.messages, chosen.kills, rate=chosen.rate, families=chosen.families, pairs=database == "postgresql",
            seed=chosen.seed,
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder, nullcontext() if database == "sqlite" else postgresql_server() as url:
            outcomes[database] = asyncio.run(run(plan, Path(folder), url))
        _print(database, plan, outcomes[database])
        if chosen.output:
            chosen.output.write_text(json.dumps({name: outcome.as_json() for name, outcome in outcomes.items()}, indent=1))


def _print(database: str, plan: Plan, outcome: Outcome) -> None:
    killed = ", ".join(f"{part} {count}" for part, count in sorted(outcome.kills.items()))
    print(f"\n{database}, {'two of each process' if plan.pairs else 'one of each process'}")
    print(f"  {outcome.web} messages on the web, {outcome.texts} texts in {outcome.talking:.0f} s; kill -9: {killed}")
    print(f"  all ended after {outcome.settling:.0f} s more; texts out: {outcome.states}; dead letters: {outcome.dead_letters}")
    print(
        f"  the carrier posted, by answer: {outcome.posts} (0 nothing heard, None dropped); refused: {outcome.refused_by_carrier}"
    )
    print(f"  posts acknowledged: p50 {outcome.acknowledged_p50 * 1000:.0f} ms, p95 {outcome.acknowledged_p95 * 1000:.0f} ms")
    for name, found in (
        ("lost", outcome.lost), ("duplicated", outcome.duplicated), ("out of order", outcome.disordered), ("open", outcome.open),
    ):  # fmt: skip
        print(f"  {name}: {len(found)} (target 0){'' if not found else ' MISSED'}")
        for what in found[:10]:
            print(f"    {what}")
