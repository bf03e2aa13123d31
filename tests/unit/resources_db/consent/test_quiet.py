"""Hours at which a text that nobody waits for may arrive."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources_db.consent import next_allowed
from resources_db.sms.numbers import state_of, zones_of

UTC = timezone.utc
CHICAGO, NEW_YORK, HONOLULU = ZoneInfo("America/Chicago"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Honolulu")


def at(zone: ZoneInfo, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_text_in_the_afternoon_goes_at_once() -> None:
    now = at(CHICAGO, "2026-11-23T15:20:30")
    assert next_allowed(now, ["America/Chicago"], "IL") == now


def test_a_text_at_night_waits_for_eight_in_the_morning_and_the_moment_is_in_utc() -> None:
    allowed = next_allowed(at(CHICAGO, "2026-11-23T21:00:00"), ["America/Chicago"], "IL")
    assert allowed == at(CHICAGO, "2026-11-24T08:00:00")
    assert allowed.tzinfo is UTC


@pytest.mark.parametrize(
    ("state", "zone", "now", "expected"),
    [
        ("FL", "America/New_York", "2026-11-23T20:00", "2026-11-24T08:00"),
        ("OK", "America/Chicago", "2026-11-23T19:59", "2026-11-23T19:59"),
        ("CT", "America/New_York", "2026-11-23T08:30", "2026-11-23T09:00"),
        ("TX", "America/Chicago", "2026-11-21T21:00", "2026-11-22T12:00"),
        ("TX", "America/Chicago", "2026-11-23T08:10", "2026-11-23T09:00"),
        ("RI", "America/New_York", "2026-11-20T18:00", "2026-11-21T10:00"),
        ("RI", "America/New_York", "2026-11-22T17:00", "2026-11-23T09:00"),
        ("WA", "America/Los_Angeles", "2026-11-23T20:30", "2026-11-24T08:00"),
        (None, "America/Chicago", "2026-11-23T20:30", "2026-11-23T20:30"),
    ],
)
def test_states_with_stricter_hours_have_theirs(state: str | None, zone: str, now: str, expected: str) -> None:
    place = ZoneInfo(zone)
    assert next_allowed(at(place, now), [zone], state) == at(place, expected)


def test_a_number_in_two_zones_waits_for_the_later_one_and_stops_with_the_earlier_one() -> None:
    zones = ["America/New_York", "America/Chicago"]
    assert next_allowed(at(NEW_YORK, "2026-11-23T08:00"), zones, "KS") == at(CHICAGO, "2026-11-23T08:00")
    assert next_allowed(at(CHICAGO, "2026-11-23T20:30"), zones, "KS") == at(CHICAGO, "2026-11-24T08:00")


def test_a_phone_that_may_be_anywhere_is_texted_only_when_all_of_the_country_may_be() -> None:
    assert next_allowed(at(NEW_YORK, "2026-11-23T09:00"), [], None) == at(HONOLULU, "2026-11-23T08:00")
    evening = next_allowed(at(HONOLULU, "2026-11-23T16:00"), [], None)
    assert evening == at(HONOLULU, "2026-11-24T08:00")


def test_a_naive_moment_and_zones_that_never_agree_are_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        next_allowed(datetime(2026, 11, 23, 12), ["America/Chicago"], None)
    with pytest.raises(ValueError, match="no hour"):
        next_allowed(datetime(2026, 11, 23, 12, tzinfo=UTC), ["America/New_York", "Asia/Karachi", "Pacific/Honolulu"], "RI")


# Minutes around both changes of the clocks in 2026 and 2027, and any others.
AROUND_CHANGES = [datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 14, tzinfo=UTC)]
MOMENTS = st.one_of(
    st.builds(lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(AROUND_CHANGES), st.integers(-2880, 2880)),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
PLACES = st.sampled_from(
    [
        (("America/New_York",), "FL"),
        (("America/Chicago",), "TX"),
        (("America/New_York",), "RI"),
        (("America/Boise", "America/Los_Angeles"), "ID"),
        (("America/Adak", "America/Anchorage"), "AK"),
        (("America/Phoenix",), "AZ"),
        (("Pacific/Guam",), "GU"),
        ((), None),
    ]
)


@given(MOMENTS, PLACES)
@settings(max_examples=50, deadline=None)
def test_the_answer_is_allowed_not_past_within_two_days_and_stays_when_asked_again(
    now: datetime, place: tuple[tuple[str, ...], str | None]
) -> None:
    allowed = next_allowed(now, *place)
    assert now <= allowed <= now + timedelta(days=2)
    assert next_allowed(allowed, *place) == allowed


@given(MOMENTS, PLACES)
@settings(max_examples=15, deadline=None)
def test_no_minute_before_the_answer_is_allowed(now: datetime, place: tuple[tuple[str, ...], str | None]) -> None:
    allowed = next_allowed(now, *place)
    minute = now + timedelta(minutes=1)
    while minute < allowed:
        assert next_allowed(minute, *place) == allowed
        minute += timedelta(minutes=17)


@given(MOMENTS, PLACES)
@settings(max_examples=30, deadline=None)
def test_nobody_is_woken(now: datetime, place: tuple[tuple[str, ...], str | None]) -> None:
    allowed = next_allowed(now, *place)
    for zone in place[0] or ("America/Puerto_Rico", "America/New_York", "America/Anchorage", "America/Adak", "Pacific/Honolulu"):
        local = allowed.astimezone(ZoneInfo(zone))
        assert 8 <= local.hour < 21, (zone, local)


def test_every_area_code_has_an_hour_in_each_day() -> None:
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)  # a Saturday evening
    phones = [f"+1{area}5550143" for area in range(200, 1000)]
    places = {(zones_of(phone), state_of(phone)) for phone in phones}
    assert len(places) > 50
    for zones, state in places:
        assert next_allowed(now, zones, state) <= now + timedelta(days=1), (zones, state)
