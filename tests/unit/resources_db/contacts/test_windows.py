from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies

from resources_db.consent import next_allowed
from resources_db.contacts import NoSafeHours, SafeHours, next_moment
from resources_db.contacts.windows import SHORTEST, window_at, windows
from resources_db.sms.numbers import state_of, zones_of

NEW_YORK, CHICAGO, PHOENIX, LOS_ANGELES = (
    "America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles",
)  # fmt: skip
#: California, Texas, Arizona, New York, Rhode Island, Oregon (two zones), and one of which no place is known.
NUMBERS = ("+19165550123", "+12145550123", "+16025550123", "+12125550123", "+14015550123", "+15415550123", "+18005550123")
MOMENTS = strategies.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=strategies.just(timezone.utc))
#: Around both changes of the clock in 2026, where a moment on the hour is likelier to be wrong.
CHANGES = strategies.builds(
    lambda day, minutes: datetime.combine(day, datetime.min.time(), timezone.utc) + timedelta(minutes=minutes),
    strategies.sampled_from([date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1)]),
    strategies.integers(0, 2 * 24 * 60),
)


def minutes_on(clock: datetime) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60


@strategies.composite
def some_hours(draw: strategies.DrawFn) -> SafeHours:
    start = draw(strategies.integers(0, 23 * 60))
    end = draw(strategies.integers(start + 60, 24 * 60))
    days = draw(strategies.sets(strategies.sampled_from("0123456"), min_size=1))
    zone = draw(strategies.sampled_from([NEW_YORK, CHICAGO, PHOENIX, LOS_ANGELES]))
    return SafeHours(zone, start, end, "".join(sorted(days)), draw(strategies.text(max_size=8)))


@settings(deadline=None)
@given(some_hours(), MOMENTS | CHANGES, strategies.sampled_from([*NUMBERS, None]))
def test_whatever_is_planned_is_in_safe_hours_and_where_the_phone_allows_texts(
    hours: SafeHours, not_before: datetime, number: str | None
) -> None:
    try:
        due_at, end = next_moment(hours, not_before, number)
    except NoSafeHours:
        return
    assert not_before <= due_at < end
    for moment in (due_at, end - timedelta(seconds=1)):
        clock = moment.astimezone(hours.zone)
        assert hours.start <= minutes_on(clock) < hours.end
        assert str(clock.weekday()) in hours.weekdays
        if number:
            assert next_allowed(moment, zones_of(number), state_of(number)) == moment
    assert window_at(hours, due_at, number) is not None


@settings(deadline=None)
@given(some_hours(), CHANGES)
def test_on_the_days_the_clock_is_changed_a_window_never_holds_a_minute_that_is_outside(
    hours: SafeHours, since: datetime
) -> None:
    for window in list(windows(hours, since, None))[:3]:
        assert window.end - window.start >= SHORTEST
        moment = window.start
        while moment < window.end:
            assert hours.start <= minutes_on(moment.astimezone(hours.zone)) < hours.end
            moment += timedelta(minutes=5)


def test_an_hour_that_is_skipped_is_not_waited_for_and_one_that_comes_twice_is_taken_once() -> None:
    early = SafeHours(NEW_YORK, 2 * 60, 4 * 60)
    [spring] = list(windows(early, datetime(2026, 3, 8, 5, tzinfo=timezone.utc), None))[:1]
    assert spring == (datetime(2026, 3, 8, 7, tzinfo=timezone.utc), datetime(2026, 3, 8, 8, tzinfo=timezone.utc))
    night = SafeHours(NEW_YORK, 60, 2 * 60)
    [autumn] = list(windows(night, datetime(2026, 11, 1, 4, tzinfo=timezone.utc), None))[:1]
    assert autumn == (datetime(2026, 11, 1, 6, tzinfo=timezone.utc), datetime(2026, 11, 1, 7, tzinfo=timezone.utc))


def test_ten_in_the_morning_stays_ten_in_the_morning_all_year() -> None:
    for zone in (NEW_YORK, PHOENIX):
        hours = SafeHours(zone, 600, 1140)
        starts = {
            next(windows(hours, datetime(2026, month, 15, tzinfo=timezone.utc), None)).start.astimezone(ZoneInfo(zone)).hour
            for month in range(1, 13)
        }
        assert starts == {10}


def test_families_are_spread_over_a_window_and_each_has_its_own_place_in_it() -> None:
    monday = datetime(2026, 11, 23, 6, tzinfo=timezone.utc)
    due = [next_moment(SafeHours(CHICAGO, 600, 1140, family=str(family)), monday, None)[0] for family in range(5000)]
    per_minute: dict[datetime, int] = {}
    for moment in due:
        minute = moment.replace(second=0)
        per_minute[minute] = per_minute.get(minute, 0) + 1
    assert max(per_minute.values()) < 30
    again = next_moment(SafeHours(CHICAGO, 600, 1140, family="7"), monday + timedelta(days=1), None)[0]
    assert again - due[7] == timedelta(days=1)


def test_hours_in_which_no_text_may_arrive_are_refused_with_those_in_which_one_may() -> None:
    with pytest.raises(NoSafeHours) as refused:
        next_moment(SafeHours(LOS_ANGELES, 18 * 60, 21 * 60), datetime(2026, 11, 23, tzinfo=timezone.utc), "+12125550123")
    assert (refused.value.texts_from, refused.value.texts_until) == (5 * 60, 18 * 60)
    assert "from 5:00 to 18:00" in str(refused.value)
