from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies

from resources_db.check_ins.rhythm import Step, months_after, next_step, steps

DAYS = strategies.dates(date(2020, 1, 1), date(2040, 12, 31))
RHYTHMS = strategies.one_of(
    strategies.sampled_from([("steady", None), ("light", None)]),
    strategies.tuples(strategies.just("own"), strategies.integers(1, 180)),
)


def test_a_steady_rhythm_is_weekly_then_every_two_weeks_then_monthly_then_twice_more_and_ends_after_a_year() -> None:
    home = date(2026, 1, 31)
    on = [step.on for step in steps("steady", None, home)]
    assert [(day - home).days for day in on[:8]] == [7, 14, 21, 28, 42, 56, 70, 84]
    assert on[8:] == [
        date(2026, 5, 31),
        date(2026, 6, 30),
        date(2026, 7, 31),
        date(2026, 10, 31),
        date(2027, 1, 31),
        date(2027, 2, 7),
    ]
    assert list(steps("steady", None, home))[-1].kind == "ending"


def test_a_light_rhythm_is_a_week_and_then_one_three_six_and_twelve_months() -> None:
    on = [step.on.isoformat() for step in steps("light", None, date(2026, 11, 20))]
    assert on == ["2026-11-27", "2026-12-20", "2027-02-20", "2027-05-20", "2027-11-20", "2027-11-27"]


@pytest.mark.parametrize("days", [None, 0, -3])
def test_a_rhythm_of_ones_own_needs_a_number_of_days(days: int | None) -> None:
    with pytest.raises(ValueError, match="number of days"):
        list(steps("own", days, date(2026, 1, 1)))


@settings(deadline=None)
@given(DAYS, strategies.integers(0, 24))
def test_months_do_not_drift(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@settings(deadline=None)
@given(RHYTHMS, DAYS)
def test_every_rhythm_goes_forward_day_by_day_and_ends_once_quietly(rhythm: tuple[str, int | None], home: date) -> None:
    all_of_it = list(steps(*rhythm, home))
    on = [step.on for step in all_of_it]
    assert on == sorted(set(on))
    assert home < on[0]
    assert [step.kind for step in all_of_it] == ["check_in"] * (len(on) - 1) + ["ending"]
    assert on[-2] <= months_after(home, 12) < on[-1]


@settings(deadline=None)
@given(RHYTHMS, DAYS, strategies.integers(-30, 420))
def test_whoever_joins_midway_joins_where_the_others_are(rhythm: tuple[str, int | None], home: date, days: int) -> None:
    today = home + timedelta(days=days)
    coming = next_step(*rhythm, home, today)
    assert coming == next((step for step in steps(*rhythm, home) if step.on > today), None)
    assert coming is None or isinstance(coming, Step)
    if coming is None:
        assert today >= months_after(home, 12)
