"""By when a partner can promise to call, on two clocks, and how that reads."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from resources_db.contacts import SafeHours
from resources_db.people.hours import FamilyHours, first_chance, joined, overlap, promise, say_promise

WEST, EAST, PHOENIX = "America/Los_Angeles", "America/New_York", "America/Phoenix"
NINE_TO_FIVE = [{"days": "01234", "from": "09:00", "until": "17:00"}]


def at(when: str, zone: str = WEST) -> datetime:
    return datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(zone))


def family(start: int = 8, end: int = 20, zone: str = WEST, days: str = "0123456", number: str | None = None) -> FamilyHours:
    return FamilyHours(SafeHours(zone, start * 60, end * 60, days), number, (zone,))


@pytest.mark.parametrize(
    ("now", "by"),
    [
        ("2026-11-23T09:00", "2026-11-23T11:00"),  # two hours
        ("2026-11-23T09:10", "2026-11-23T12:00"),  # to the full hour
        ("2026-11-23T06:00", "2026-11-23T11:00"),  # not counted before they begin
        ("2026-11-23T14:40", "2026-11-23T17:00"),
        ("2026-11-23T16:00", "2026-11-24T10:00"),  # an hour today, another tomorrow
        ("2026-11-23T22:00", "2026-11-24T11:00"),
        ("2026-11-20T16:30", "2026-11-23T11:00"),  # over the weekend
    ],
)
def test_a_promise_leaves_the_partner_two_hours_of_their_time(now: str, by: str) -> None:
    assert promise(NINE_TO_FIVE, WEST, family(), at(now)) == at(by)


def test_nobody_is_called_outside_the_familys_own_hours() -> None:
    evenings = family(17, 20, EAST)  # 2 to 5 pm in California
    assert promise(NINE_TO_FIVE, WEST, evenings, at("2026-11-23T09:00")) == at("2026-11-23T16:00")
    saturdays = family(days="5")
    assert promise(NINE_TO_FIVE, WEST, saturdays, at("2026-11-23T09:00")) is None


def test_a_phones_quiet_hours_hold_besides() -> None:
    night = FamilyHours(SafeHours(WEST, 0, 24 * 60), "+19165550123", (WEST,))
    round_the_clock = [{"days": "0123456", "from": "00:00", "until": "24:00"}]
    assert promise(round_the_clock, WEST, night, at("2026-11-23T22:00")) == at("2026-11-24T10:00")


@pytest.mark.parametrize(
    ("now", "by"),
    [
        # Arizona keeps its clock: on both days the same hours there are others in California
        ("2026-10-31T10:00", "2026-11-02T10:00"),
        ("2026-10-30T07:00", "2026-10-30T11:00"),
        ("2027-03-13T12:00", "2027-03-15T11:00"),
    ],
)
def test_hours_are_on_the_partners_own_clock_whatever_it_does(now: str, by: str) -> None:
    weekdays = [{"days": "01234", "from": "09:00", "until": "12:00"}]
    got = promise(weekdays, PHOENIX, family(7, 20), at(now))
    assert got is not None
    assert got.astimezone(ZoneInfo(PHOENIX)).hour == 11
    assert got == at(by)


def test_hours_in_pieces_add_up_and_pieces_that_overlap_count_once() -> None:
    pieces = [{"days": "0", "from": "09:00", "until": "10:00"}, {"days": "0", "from": "13:00", "until": "15:00"}]
    assert promise(pieces, WEST, family(), at("2026-11-23T08:00")) == at("2026-11-23T14:00")
    twice = [{"days": "0", "from": "09:00", "until": "10:00"}, {"days": "0", "from": "09:00", "until": "10:00"}]
    assert promise(twice, WEST, family(), at("2026-11-23T08:00")) is None


def test_where_the_family_is_not_known_the_partners_clock_counts() -> None:
    evenings = [{"days": "0", "from": "18:00", "until": "23:00"}]
    assert promise(evenings, WEST, FamilyHours(), at("2026-11-23T12:00")) == at("2026-11-23T20:00")
    assert FamilyHours().local(at("2026-11-23T12:00"), EAST).hour == 15


def test_a_phone_that_may_be_on_two_clocks_is_told_the_time_that_holds_on_both() -> None:
    both = FamilyHours(SafeHours("America/Chicago", 480, 1200), None, ("America/Chicago", EAST))
    assert both.local(at("2026-11-23T12:00"), WEST).hour == 15


def test_news_wait_for_the_familys_hours() -> None:
    assert first_chance(family(), at("2026-11-23T09:00"), WEST) == (at("2026-11-23T09:00"), at("2026-11-23T20:00"))
    assert first_chance(family(), at("2026-11-23T21:00"), WEST) == (at("2026-11-24T08:00"), at("2026-11-24T20:00"))


@pytest.mark.parametrize(
    ("by", "english", "spanish"),
    [
        ("2026-11-23T17:00", "today before 5 pm", "hoy antes de las 5 pm"),
        ("2026-11-23T12:00", "today before noon", "hoy antes del mediodía"),
        ("2026-11-24T13:00", "tomorrow before 1 pm", "mañana antes de la 1 pm"),
        ("2026-11-27T10:30", "Friday before 10:30 am", "el viernes antes de las 10:30 am"),
    ],
)
def test_a_promise_reads_as_people_say_it(by: str, english: str, spanish: str) -> None:
    now = at("2026-11-23T09:00")
    assert [say_promise(at(by), now, language) for language in ("en", "es")] == [english, spanish]


def test_spans() -> None:
    nine, ten, eleven, noon = (at(f"2026-11-23T{hour:02}:00") for hour in (9, 10, 11, 12))
    assert overlap([(nine, eleven)], [(ten, noon)]) == [(ten, eleven)]
    assert overlap([(nine, ten)], [(ten, noon)]) == []
    assert joined([(nine, ten), (ten, eleven), (eleven, eleven)]) == [(nine, eleven)]
