"""Phone numbers of families: read, and where they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from resources_db.sms.numbers import BadNumber, e164, is_american, state_of, zones_of

STATE_NAMES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH",
    "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC",
    "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA",
    "Washington": "WA", "Washington State": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
    "Washington D.C.": "DC",
}  # fmt: skip


@pytest.mark.parametrize(
    "raw", ["(405) 555-0143", "405-555-0143", "405.555.0143", "4055550143", "1 405 555 0143", "+14055550143", " +1 405 5550143 "]
)
def test_a_number_is_read_however_it_is_written(raw: str) -> None:
    assert e164(raw) == "+14055550143"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "unreadable"),
        ("anonymous", "unreadable"),
        ("Restricted", "unreadable"),
        ("+266696687", "impossible"),
        ("72345", "short_code"),
        ("911", "short_code"),
        ("405-555", "impossible"),
        ("555-0143", "impossible"),
        ("4055550", "impossible"),
        ("(000) 000-0000", "impossible"),
        ("123-456-7890", "impossible"),
        ("40555501434", "impossible"),
        ("＋1", "unreadable"),
    ],
)
def test_what_nobody_can_be_texted_at_is_refused_with_a_reason(raw: str, reason: str) -> None:
    with pytest.raises(BadNumber) as caught:
        e164(raw)
    assert caught.value.reason == reason
    assert not raw or raw not in str(caught.value), "the message goes to logs"


def test_a_foreign_number_is_read_and_has_no_place_here() -> None:
    phone = e164("+52 55 1234 5678")
    assert not is_american(phone)
    assert (zones_of(phone), state_of(phone)) == ((), None)
    canadian = e164("416 555 0143")
    assert not is_american(canadian)
    assert zones_of(canadian) == ()


def test_a_toll_free_number_is_american_and_has_no_place() -> None:
    phone = e164("800 555 1234")
    assert is_american(phone)
    assert (zones_of(phone), state_of(phone)) == ((), None)


@pytest.mark.parametrize(
    ("phone", "zones", "state"),
    [
        ("+14055550143", ("America/Chicago",), "OK"),
        ("+12125550143", ("America/New_York",), "NY"),
        ("+12025550143", ("America/New_York",), "DC"),
        ("+12065550143", ("America/Los_Angeles",), "WA"),
        ("+17875550143", ("America/Puerto_Rico",), "PR"),
        ("+18085550143", ("Pacific/Honolulu",), "HI"),
        ("+18505550143", ("America/Chicago", "America/New_York"), "FL"),
        ("+16055550143", ("America/Chicago", "America/Denver"), "SD"),
    ],
)
def test_an_area_code_says_the_state_and_its_zones(phone: str, zones: tuple[str, ...], state: str) -> None:
    assert (zones_of(phone), state_of(phone)) == (zones, state)


def test_the_table_of_area_codes_says_what_the_library_says() -> None:
    from phonenumbers import geocoder  # 200 MB, which is why there is a table
    from phonenumbers import timezone as library

    placed = 0
    for area in range(200, 1000):
        phone = f"+1{area}5550143"
        parsed = phonenumbers.parse(phone)
        region = phonenumbers.region_code_for_number(parsed)
        is_place = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
        if not is_place or region not in {"US", "PR", "GU", "VI", "AS", "MP"}:
            assert (zones_of(phone), state_of(phone)) == ((), None), phone
            continue
        placed += 1
        assert clocks(library.time_zones_for_geographical_number(parsed)) <= clocks(zones_of(phone)), phone
        described = geocoder.description_for_number(parsed, "en")
        state = state_of(phone)
        assert state is not None
        if described.endswith(f", {state}") or region == state:
            continue
        assert described in STATE_NAMES, described
        assert STATE_NAMES[described] == state, phone
    assert placed > 350


def clocks(zones: Iterable[str]) -> set[tuple[timedelta | None, ...]]:
    """What clocks show there, winter and summer: zones of different names may agree."""
    moments = datetime(2026, 1, 15, tzinfo=timezone.utc), datetime(2026, 7, 15, tzinfo=timezone.utc)
    return {tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments) for zone in zones}
