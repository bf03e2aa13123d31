"""Parts are killed and the carrier has a bad day; the full size is `python -m benchmarks faults`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.faults.harness import BAD_DAY, Plan, run


async def test_through_kills_and_a_bad_carrier_nothing_is_lost_or_said_twice_or_out_of_order(tmp_path: Path) -> None:
    # without what the worker needs a minute to be sure of: webhooks that never come, silence after accepting
    bad_day = replace(BAD_DAY, dropped=0.0, duplicated=0.1, silent=0.0)
    outcome = await run(Plan(messages=40, kills=3, rate=3.0, families=8, faults=bad_day, patience=90), tmp_path)
    assert outcome.well, outcome
    assert (outcome.web, outcome.texts) == (20, 20)
    assert sum(outcome.kills.values()) == 3
    assert outcome.dead_letters == 0
