"""The pieces a search is made of: squares, weeks, words."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from resources_db.schedules import Closure, OpeningRule, open_state, state_on
from resources_db.search import layout
from resources_db.search.cells import cell_of, first_spot, ranges_around
from resources_db.search.week import slots_of, week_of
from resources_db.search.words import fold, needs_meant
from resources_db.taxonomy.needs import load_needs

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 7, 15, 30, 59)))
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
rules = st.builds(
    OpeningRule,
    freq=st.sampled_from(("WEEKLY", "MONTHLY", "YEARLY", None)),
    byday=st.sampled_from(("MO", "TU,TH", "2SA,-1SU", "MO,TU,WE,TH,FR,SA,SU", "XX", None)),
    opens_at=st.one_of(clocks, st.none()),
    closes_at=st.one_of(clocks, st.none()),
    dtstart=st.one_of(st.none(), days),
    valid_to=st.one_of(st.none(), st.none(), days),
)
closures = st.builds(
    lambda start, length, closed, opens, closes: Closure(start, start + timedelta(days=length), closed, opens, closes),
    days,
    st.integers(0, 3),
    st.booleans(),
    st.one_of(clocks, st.none()),
    st.one_of(clocks, st.none()),
)
zones = st.sampled_from(("America/New_York", "Pacific/Guam", "Pacific/Pago_Pago", "America/Adak", "America/Phoenix", None))


@given(latitudes, longitudes, st.floats(0, 20_000_000), st.floats(0, 1), st.floats(0, 6.3))
@settings(max_examples=300, deadline=None)
def test_the_squares_around_a_point_hold_everything_within_reach(
    latitude: float, longitude: float, meters: float, part: float, course: float
) -> None:
    from geopy.distance import geodesic

    other = geodesic(meters=meters * part).destination((latitude, longitude), course * 57.3)
    spot = first_spot(cell_of(other.latitude, other.longitude))
    ranges = ranges_around(latitude, longitude, meters + 0.01)
    assert len(ranges) <= 16
    assert any(first <= spot <= last for first, last in ranges)


@given(
    st.lists(rules, max_size=3).map(tuple),
    st.lists(closures, max_size=2).map(tuple),
    zones,
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(timezone.utc)),
)
@settings(max_examples=400, deadline=None)
def test_the_week_never_leaves_out_a_time_at_which_a_place_is_not_known_to_be_closed(
    its_rules: tuple[OpeningRule, ...], its_closures: tuple[Closure, ...], zone: str | None, at: datetime
) -> None:
    week = week_of(its_rules, its_closures, zone)
    if open_state(its_rules, at, zone, False, its_closures) != "closed":
        assert any(week[day] & mask for day, mask in slots_of(at).items())
    if state_on(its_rules, at.date(), its_closures) != "closed":
        assert any(week[day] & mask for day, mask in slots_of(at.date()).items())


def test_a_week_does_leave_out_the_nights() -> None:
    rule = OpeningRule(freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="17:00")
    week = week_of((rule,), (), "America/Los_Angeles")
    assert [bin(day).count("1") for day in week] == [16, 2, 0, 0, 0, 0, 0]  # 16:00 to 01:00 UTC, winter and summer


def test_words_are_compared_without_accents_capitals_and_plurals() -> None:
    assert fold("Fórmulas para BEBÉS, pañales & boxes; 24-hr clínicas") == [
        "formula", "para", "bebe", "panale", "box", "24", "hr", "clinica",
    ]  # fmt: skip
    assert fold("bus gas class classes cities") == ["bus", "gas", "class", "class", "city"]


def test_the_needs_that_words_mean_are_found_within_a_sentence() -> None:
    assert needs_meant("where can I find baby formula") == ["goods"]
    assert needs_meant("xyzzy") == []


def test_every_need_has_a_number() -> None:
    assert set(layout.NEEDS) == set(load_needs())
    assert len(set(layout.NEEDS)) == len(layout.NEEDS)
