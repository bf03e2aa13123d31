"""Open, closed or unknown: named cases, and agreement with dateutil on any rule it can express."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from dateutil.tz import gettz, resolve_imaginary
from hypothesis import given, settings
from hypothesis import strategies as st

from resources_db.schedules import (
    WEEKDAYS,
    OpeningRule,
    never_closes,
    next_open,
    open_state,
    open_until,
    state_on,
)

LA = "America/Los_Angeles"
EVERY_DAY = ",".join(WEEKDAYS)


def weekly(byday: str, opens_at: str | None, closes_at: str | None, **more: object) -> OpeningRule:
    return OpeningRule("WEEKLY", byday, opens_at, closes_at, **more)  # type: ignore[arg-type]


def monthly(byday: str, opens_at: str = "10:00", closes_at: str = "12:00", **more: object) -> OpeningRule:
    return OpeningRule("MONTHLY", byday, opens_at, closes_at, **more)  # type: ignore[arg-type]


def at(text: str, tz: str = LA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz))


WEEKDAY_HOURS = (weekly("MO,TU,WE,TH,FR", "09:00", "17:00"),)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-11-23 08:59:59", "closed"),
        ("2026-11-23 09:00", "open"),
        ("2026-11-23 16:59:59", "open"),
        ("2026-11-23 17:00", "closed"),
        ("2026-11-22 12:00", "closed"),
    ],
)
def test_a_place_is_open_from_its_first_minute_to_just_before_its_last(moment: str, state: str) -> None:
    assert open_state(WEEKDAY_HOURS, at(moment), LA) == state


def test_the_moment_may_be_given_in_any_zone() -> None:
    assert open_state(WEEKDAY_HOURS, datetime(2026, 11, 23, 17, 30, tzinfo=timezone.utc), LA) == "open"
    assert open_state(WEEKDAY_HOURS, datetime(2026, 11, 23, 17, 30, tzinfo=timezone.utc), "Pacific/Honolulu") == ("closed")


def test_it_is_closed_over_lunch_when_the_day_has_two_spans() -> None:
    rules = (weekly("MO", "09:00", "12:00"), weekly("MO", "13:00", "17:00"))
    assert open_state(rules, at("2026-11-23 12:30"), LA) == "closed"
    assert next_open(rules, at("2026-11-23 12:30"), LA) == at("2026-11-23 13:00")
    assert open_until(rules, at("2026-11-23 10:00"), LA) == at("2026-11-23 12:00")


def test_friday_night_runs_into_saturday_morning() -> None:
    rules = (weekly("FR", "18:00", "02:00"),)
    assert open_state(rules, at("2026-11-28 01:59"), LA) == "open"
    assert open_state(rules, at("2026-11-28 02:00"), LA) == "closed"
    assert open_state(rules, at("2026-11-27 01:00"), LA) == "closed"
    assert open_until(rules, at("2026-11-27 23:00"), LA) == at("2026-11-28 02:00")


def test_a_whole_day_has_no_closed_minute_at_its_end() -> None:
    rules = (weekly("SA,SU", "00:00", "23:59"),)
    assert open_state(rules, at("2026-11-28 23:59:30"), LA) == "open"
    assert open_until(rules, at("2026-11-28 12:00"), LA) == at("2026-11-30 00:00")


def test_a_place_that_never_closes_is_open_even_where_its_time_zone_is_not_known() -> None:
    rules = (weekly(EVERY_DAY, "00:00", "23:59"),)
    assert never_closes(rules, date(2026, 11, 23))
    assert open_state(rules, at("2026-11-23 03:00"), None) == "open"
    assert open_until(rules, at("2026-11-23 03:00"), LA) is None


@pytest.mark.parametrize(
    ("day", "state"),
    [("2026-11-07", "closed"), ("2026-11-14", "open"), ("2026-11-21", "closed"), ("2026-11-28", "open")],
)
def test_second_and_fourth_saturday(day: str, state: str) -> None:
    assert open_state((monthly("2SA,4SA"),), at(f"{day} 11:00"), LA) == state


def test_every_thursday_and_the_first_monday_is_either_of_them() -> None:
    rules = (monthly("TH,1MO"),)
    assert [state_on(rules, date(2026, 11, day)) for day in (2, 5, 9, 12)] == ["open", "open", "closed", "open"]


def test_last_friday_is_found_in_months_of_four_and_of_five_fridays() -> None:
    rules = (monthly("-1FR"),)
    assert next_open(rules, at("2026-11-01 00:00"), LA) == at("2026-11-27 10:00")
    assert next_open(rules, at("2026-10-01 00:00"), LA) == at("2026-10-30 10:00")


def test_every_other_week_counts_from_its_first_date() -> None:
    rules = (weekly("TU", "09:00", "12:00", interval=2, dtstart=date(2026, 11, 3)),)
    assert [state_on(rules, date(2026, 11, day)) for day in (3, 10, 17, 24)] == ["open", "closed", "open", "closed"]


def test_every_other_week_without_a_first_date_is_unknown() -> None:
    rules = (weekly("TU", "09:00", "12:00", interval=2),)
    assert open_state(rules, at("2026-11-10 10:00"), LA) == "unknown"
    assert next_open(rules, at("2026-11-10 10:00"), LA) is None


def test_hours_that_are_no_longer_or_not_yet_vouched_for_are_unknown() -> None:
    rules = (weekly("MO", "09:00", "17:00", valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 31)),)
    assert open_state(rules, at("2026-08-31 10:00"), LA) == "open"
    assert open_state(rules, at("2026-09-07 10:00"), LA) == "unknown"
    assert open_state(rules, at("2026-05-25 10:00"), LA) == "unknown"


def test_new_hours_take_over_on_the_day_they_become_valid() -> None:
    rules = (
        weekly("MO", "09:00", "12:00", valid_to=date(2026, 11, 29)),
        weekly("MO", "14:00", "16:00", valid_from=date(2026, 11, 30)),
    )
    assert open_state(rules, at("2026-11-23 10:00"), LA) == "open"
    assert open_state(rules, at("2026-11-30 10:00"), LA) == "closed"
    assert next_open(rules, at("2026-11-29 10:00"), LA) == at("2026-11-30 14:00")


def test_a_series_that_has_ended_is_closed_and_never_opens_again() -> None:
    rules = (weekly("MO", "09:00", "12:00", dtstart=date(2026, 11, 2), count=2),)
    assert open_state(rules, at("2026-11-09 10:00"), LA) == "open"
    assert open_state(rules, at("2026-11-16 10:00"), LA) == "closed"
    assert next_open(rules, at("2026-11-16 10:00"), LA) is None


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (OpeningRule(description="By appointment"),),
        (weekly("MO", "nine", "17:00"),),
        (weekly("2MO", "09:00", "17:00"),),
        (weekly("MONDAY", "09:00", "17:00"),),
        (OpeningRule(opens_at="09:00", closes_at="17:00"),),
        (weekly("MO", "09:00", "17:00", byweekno="48"),),
        (monthly("", bymonthday="32"),),
    ],
)
def test_what_cannot_be_read_for_certain_is_unknown(rules: tuple[OpeningRule, ...]) -> None:
    assert open_state(rules, at("2026-11-23 10:00"), LA) == "unknown"


def test_without_a_time_zone_hours_are_unknown_and_nothing_is_promised() -> None:
    for tz in (None, "", "Mars/Olympus", "../etc"):
        assert open_state(WEEKDAY_HOURS, at("2026-11-23 10:00"), tz) == "unknown"
        assert next_open(WEEKDAY_HOURS, at("2026-11-23 10:00"), tz) is None


def test_a_note_beside_real_hours_does_not_make_them_unknown() -> None:
    rules = (*WEEKDAY_HOURS, OpeningRule(description="Closed on holidays"))
    assert open_state(rules, at("2026-11-23 20:00"), LA) == "closed"


def test_an_unreadable_rule_beside_real_hours_leaves_only_their_open_hours_certain() -> None:
    rules = (*WEEKDAY_HOURS, weekly("1SA", "09:00", "12:00"))
    assert open_state(rules, at("2026-11-23 10:00"), LA) == "open"
    assert open_state(rules, at("2026-11-28 10:00"), LA) == "unknown"


def test_a_day_without_times_is_unknown_that_day_only() -> None:
    rules = (weekly("MO", None, None),)
    assert open_state(rules, at("2026-11-23 10:00"), LA) == "unknown"
    assert open_state(rules, at("2026-11-24 10:00"), LA) == "closed"


def test_a_place_closed_for_now_is_closed_whatever_its_hours_say() -> None:
    assert open_state(WEEKDAY_HOURS, at("2026-11-23 10:00"), LA, closed=True) == "closed"


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    sunday = (weekly("SU", "09:00", "10:00"),)
    for change in ("2026-03-08", "2026-11-01"):
        opening = next_open(sunday, at(f"{change} 00:00"), LA)
        assert opening is not None
        assert opening.isoformat()[11:16] == "09:00"
        assert opening.utcoffset() == timedelta(hours=-7 if change == "2026-03-08" else -8)


def test_the_next_opening_of_an_open_place_is_this_moment() -> None:
    moment = at("2026-11-23 10:00")
    assert next_open(WEEKDAY_HOURS, moment, LA) == moment


def test_the_next_opening_is_not_looked_for_beyond_the_time_asked() -> None:
    friday_night = at("2026-11-27 20:00")
    assert next_open(WEEKDAY_HOURS, friday_night, LA, within=timedelta(hours=12)) is None
    assert next_open(WEEKDAY_HOURS, friday_night, LA) == at("2026-11-30 09:00")


# Against dateutil

minutes_of_day = st.integers(0, 1439)
weekday = st.sampled_from(WEEKDAYS)
nth_weekday = st.tuples(st.sampled_from(["1", "2", "3", "4", "5", "-1", "-2"]), weekday).map("".join)
near = st.dates(date(2026, 2, 1), date(2026, 12, 31))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def rules(draw: st.DrawFn) -> OpeningRule:
    freq = draw(st.sampled_from(["WEEKLY", "MONTHLY"]))
    month_days = draw(st.lists(st.sampled_from([1, 8, 15, 29, 31, -1, -7]), max_size=3, unique=True))
    # What dateutil does not answer: "every Thursday and the first Monday" (it wants both at once, RFC 5545
    # either), and a first Monday on the 8th (it looks until the year 9999).
    plain = freq == "WEEKLY" or bool(month_days) or draw(st.booleans())
    byday = draw(st.lists(weekday if plain else nth_weekday, max_size=4, unique=True))
    opens = draw(minutes_of_day)
    closes = draw(minutes_of_day.filter(lambda minute: minute not in (opens, 1439)))
    start = draw(near)
    ends = draw(st.sampled_from(["until", "count", "never"]))
    return OpeningRule(
        freq=freq,
        byday=",".join(byday),
        bymonthday=",".join(map(str, month_days)) if freq == "MONTHLY" else None,
        opens_at=_clock(opens),
        closes_at=_clock(closes),
        interval=draw(st.integers(1, 3)),
        dtstart=start,
        until=draw(st.dates(start, date(2027, 6, 30))) if ends == "until" else None,
        count=draw(st.integers(1, 30)) if ends == "count" else None,
        wkst=draw(weekday),
    )


def _oracle_days(rule: OpeningRule) -> list[date]:
    text = f"FREQ={rule.freq};INTERVAL={rule.interval};WKST={rule.wkst}"
    text += f";BYDAY={rule.byday}" if rule.byday else ""
    text += f";BYMONTHDAY={rule.bymonthday}" if rule.bymonthday else ""
    assert rule.dtstart is not None
    last = min(rule.until or date.max, date(2027, 12, 31))
    start = datetime.combine(rule.dtstart, time())
    occurrences = list(rrule.rrulestr(f"{text};UNTIL={last:%Y%m%d}", dtstart=start))
    return [occurrence.date() for occurrence in occurrences[: rule.count]]


def _oracle_spans(rule: OpeningRule, tz: str) -> list[tuple[datetime, datetime]]:
    assert rule.opens_at is not None
    assert rule.closes_at is not None
    opens, closes = time.fromisoformat(rule.opens_at), time.fromisoformat(rule.closes_at)

    def instant(day: date, clock: time) -> datetime:
        return resolve_imaginary(datetime.combine(day, clock, gettz(tz))).astimezone(timezone.utc)

    return [(instant(day, opens), instant(day + timedelta(days=closes < opens), closes)) for day in _oracle_days(rule)]


zones = st.sampled_from([LA, "Pacific/Honolulu", "America/St_Johns", "Pacific/Guam", "America/New_York"])
moments = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(timezone.utc)),
    # Around the two nights when the clocks change.
    st.datetimes(datetime(2026, 3, 8), datetime(2026, 3, 9), timezones=st.just(timezone.utc)),
    st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 2), timezones=st.just(timezone.utc)),
)


@settings(deadline=None)
@given(st.lists(rules(), min_size=1, max_size=3), moments, zones)
def test_open_now_agrees_with_dateutil(schedule: list[OpeningRule], moment: datetime, tz: str) -> None:
    expected = any(start <= moment < end for rule in schedule for start, end in _oracle_spans(rule, tz))
    assert open_state(schedule, moment, tz) == ("open" if expected else "closed")


@settings(deadline=None)
@given(st.lists(rules(), min_size=1, max_size=3), moments, zones)
def test_the_next_opening_agrees_with_dateutil(schedule: list[OpeningRule], moment: datetime, tz: str) -> None:
    horizon = timedelta(days=120)
    starts = [
        max(start, moment)
        for rule in schedule
        for start, end in _oracle_spans(rule, tz)
        if end > moment and end > start and start <= moment + horizon
    ]
    assert next_open(schedule, moment, tz, within=horizon) == min(starts, default=None)


@settings(deadline=None)
@given(st.lists(rules(), min_size=1, max_size=3), moments, zones)
def test_a_place_is_open_until_just_before_it_closes(schedule: list[OpeningRule], moment: datetime, tz: str) -> None:
    closing = open_until(schedule, moment, tz)
    if closing is not None:
        assert open_state(schedule, closing - timedelta(seconds=1), tz) == "open"
        assert open_state(schedule, closing, tz) == "closed"
