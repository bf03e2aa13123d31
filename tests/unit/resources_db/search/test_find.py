"""What comes first, what never comes, and how far one looks; on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.geo.distance import miles as geodesic_miles
from resources_db.match import Match, as_json
from resources_db.models import HolidaySchedule, Service, ServiceCapacity, Unit
from resources_db.search import SearchRequest, SearchResult, find_matches, matches_by_id, result_as_json
from resources_db.search.cells import miles_of_chord, xyz
from resources_db.search.reader import Reader
from tests.factories import NOW, SANTA_ANA, DirectoryBuilder, north_of, somewhere

SAN_MATEO = Path(__file__).parents[5] / "shared" / "data" / "directories" / "san_mateo_ohana_sample"
EVERY_DAY = "MO,TU,WE,TH,FR,SA,SU"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with request.getfixturevalue(f"{request.param}_databases").new() as engine:
        yield engine


@pytest.fixture
def session(empty_engine: Engine) -> Iterator[Session]:
    """Nothing a test adds is kept: a transaction undone is much faster than a new database."""
    with Session(empty_engine) as session:
        yield session
        session.rollback()


@pytest.fixture
def directory(session: Session) -> DirectoryBuilder:
    return DirectoryBuilder(session)


def search(directory: DirectoryBuilder, *needs: str, **more: Any) -> SearchResult:
    request = SearchRequest(needs=needs or ("food",), origin=SANTA_ANA, now=NOW)
    return find_matches(directory.session, replace(request, **more))


def names(result: SearchResult) -> list[str]:
    return [match.service for match in result.matches]


def only(result: SearchResult) -> Match:
    (match,) = result.matches
    return match


# What comes first


def test_the_nearest_comes_first_when_all_else_is_equal(directory: DirectoryBuilder) -> None:
    for miles in (3, 1, 2):
        directory.add(f"{miles} miles", miles)
    assert names(search(directory)) == ["1 miles", "2 miles", "3 miles"]


@pytest.mark.parametrize(
    ("flaw", "request_more"),
    [
        ({"hours": [("TU", "09:00", "17:00")]}, {}),
        ({"hours": []}, {}),
        ({"hours_text": "Most mornings", "hours": []}, {}),
        ({"access": ["referral"]}, {}),
        ({"access": ["phone", "waiting_list"]}, {}),
        ({"access": ["application"]}, {}),
        ({"access": ["appointment"]}, {}),
        ({"access": []}, {}),
        ({"languages": ["en"]}, {"language": "es"}),
        ({"languages": ["es"]}, {"language": "en"}),
        ({"languages": []}, {"language": "es"}),
        ({"assured": date(2026, 8, 1)}, {}),
        ({"assured": date(2026, 3, 1)}, {}),
        ({"assured": None}, {}),
        ({"eligibility": ["low_income"]}, {}),
        ({"eligibility": ["women"]}, {}),
        ({"ages": (0, 5)}, {}),
        ({"areas": []}, {}),
        ({"areas": [("text", "The west side")]}, {}),
        ({"phone": None}, {}),
    ],
)
def test_a_little_farther_beats_what_is_harder_to_use(
    directory: DirectoryBuilder, flaw: dict[str, Any], request_more: dict[str, Any]
) -> None:
    directory.add("harder to use", 1.0, **flaw)
    directory.add("a little farther", 1.5)
    assert names(search(directory, **request_more)) == ["a little farther", "harder to use"]


def test_a_flaw_does_not_push_a_place_behind_one_in_the_next_town(directory: DirectoryBuilder) -> None:
    directory.add("hours unknown", 1.0, hours=[])
    directory.add("next town", 20.0)
    assert names(search(directory)) == ["hours unknown", "next town"]


def test_a_place_that_opens_within_hours_comes_before_one_that_is_done_for_today(directory: DirectoryBuilder) -> None:
    directory.add("done", 1.0, hours=[("MO", "08:00", "10:00")])
    directory.add("opens at noon", 1.5, hours=[("MO", "12:00", "16:00")])
    assert names(search(directory)) == ["opens at noon", "done"]


def test_a_phone_line_is_as_good_as_a_door_one_can_walk_through(directory: DirectoryBuilder) -> None:
    directory.add("call", 1.0, access=["phone", "appointment"])
    directory.add("walk in", 1.5)
    assert names(search(directory)) == ["call", "walk in"]


def test_checked_four_months_ago_comes_before_checked_seven_months_ago(directory: DirectoryBuilder) -> None:
    directory.add("seven months", 1.0, assured=NOW.date() - timedelta(days=210))
    directory.add("four months", 1.5, assured=NOW.date() - timedelta(days=120))
    assert names(search(directory)) == ["four months", "seven months"]


def test_a_service_that_is_closed_for_now_comes_last_and_says_so(directory: DirectoryBuilder) -> None:
    directory.add("closed for now", 0.5, status="temporarily closed", alert="Flooded until spring.")
    directory.add("far", 24.0, access=["referral"], hours=[], phone=None)
    result = search(directory)
    assert names(result) == ["far", "closed for now"]
    assert result.matches[1].open_state == "closed"
    assert result.matches[1].next_open is None
    assert result.matches[1].why[:2] == ("Closed for now", "Flooded until spring.")


def test_equal_services_come_in_the_order_of_their_ids(directory: DirectoryBuilder) -> None:
    ids = sorted(directory.add(f"twin {number}", 1.0) for number in range(4))
    assert [match.service_id for match in search(directory).matches] == ids


# What never comes


@pytest.mark.parametrize("status", ["inactive", "defunct"])
def test_services_that_ended_are_never_shown(directory: DirectoryBuilder, status: str) -> None:
    directory.add("ended", status=status)
    assert search(directory) == SearchResult(SANTA_ANA, unmet=("food",))


def test_services_for_other_ages_are_never_shown(directory: DirectoryBuilder) -> None:
    directory.add("for big kids", 1.0, needs=["childcare"], ages=(6, 12))
    directory.add("for small kids", 2.0, needs=["childcare"], ages=(0, 5))
    result = search(directory, "childcare", ages=(3.0,))
    assert names(result) == ["for small kids"]
    assert result.matches[0].eligibility.fits == "yes"


def test_one_child_that_fits_is_enough(directory: DirectoryBuilder) -> None:
    directory.add("for big kids", needs=["childcare"], ages=(6, 12))
    assert names(search(directory, "childcare", ages=(3.0, 8.0))) == ["for big kids"]


def test_services_for_elsewhere_are_never_shown(directory: DirectoryBuilder) -> None:
    directory.add("another county", areas=[("county", "CA/Los Angeles County")])
    directory.add("another ZIP", areas=[("postal_code", "92703,92704")])
    directory.add("another state's line", virtual=True, areas=[("state", "HI")])
    directory.add("here", 2.0, areas=[("postal_code", "92703,92701")])
    assert names(search(directory)) == ["here"]


def test_a_phone_line_nobody_said_whom_it_serves_is_not_shown_in_another_state(directory: DirectoryBuilder) -> None:
    service = directory.add("by mail", None, areas=[])
    directory.at(service, (0.0, 0.0), state="HI")
    assert search(directory).total == 0


def test_other_needs_are_not_shown(directory: DirectoryBuilder) -> None:
    directory.add("a lawyer", needs=["legal"])
    assert search(directory).unmet == ("food",)


# Confidential places


def test_a_confidential_place_is_found_by_its_county_and_tells_nothing_of_where_it_is(
    directory: DirectoryBuilder,
) -> None:
    directory.add("safe house", 3.0, needs=["shelter"], confidential=True, application_process="Call any time.")
    match = only(search(directory, "shelter"))
    assert match.how_to_access == "Call for location. Call any time."
    told = json.dumps(as_json(match))
    for secret in ("Hidden Street", "Ramp", str(north_of(SANTA_ANA, 3.0)[0])[:6], "miles away"):
        assert secret not in told
    assert (match.address, match.latitude, match.longitude, match.distance_miles) == (None, None, None, None)
    assert match.accessibility == ()


def test_the_order_does_not_betray_how_far_a_confidential_place_is(directory: DirectoryBuilder) -> None:
    directory.add("pantry", 5.0)
    orders = set()
    for miles in (0.1, 20.0, 900.0):
        directory.add(f"safe house {miles}", miles, confidential=True)
        found = search(directory)
        orders.add(tuple(name.split()[0] for name in names(found))[:2])
        assert found.widened_to_miles is None
    assert orders == {("pantry", "safe")}


def test_a_confidential_place_is_not_shown_to_a_county_it_does_not_serve(directory: DirectoryBuilder) -> None:
    directory.add("safe house", 1.0, confidential=True, areas=[("county", "CA/Los Angeles County")])
    assert search(directory).total == 0


# Open at a time


def test_closed_places_are_left_out_when_something_open_is_asked_for(directory: DirectoryBuilder) -> None:
    directory.add("closed", 1.0, hours=[("TU", "09:00", "17:00")])
    directory.add("unknown", 2.0, hours=[])
    directory.add("open", 3.0)
    result = search(directory, open_at=NOW)
    assert names(result) == ["open", "unknown"]
    assert result.total == 2


def test_closed_places_stay_when_nothing_else_is_left(directory: DirectoryBuilder) -> None:
    directory.add("closed", 1.0, hours=[("TU", "09:00", "17:00")])
    match = only(search(directory, open_at=NOW))
    assert match.open_state == "closed"
    assert match.next_open == datetime.fromisoformat("2026-11-24T09:00:00-08:00")
    assert "Opens tomorrow at 9 am" in match.why


def test_closed_places_stay_for_the_need_that_has_nothing_else(directory: DirectoryBuilder) -> None:
    directory.add("closed lawyer", needs=["legal"], hours=[("TU", "09:00", "17:00")])
    directory.add("open pantry")
    directory.add("closed pantry", hours=[("TU", "09:00", "17:00")])
    assert names(search(directory, "food", "legal", open_at=NOW)) == ["open pantry", "closed lawyer"]


def test_open_on_saturday_at_ten_asks_about_saturday(directory: DirectoryBuilder) -> None:
    directory.add("weekdays", 1.0)
    directory.add("second and fourth Saturday", 2.0, hours=[("2SA,4SA", "09:00", "12:00")])
    match = only(search(directory, open_at=datetime.fromisoformat("2026-11-28T10:00-08:00")))
    assert match.service == "second and fourth Saturday"
    assert match.open_state == "open"
    assert match.why[0] == "Open Saturday at 10 am"


def test_open_on_a_day_means_at_any_time_of_that_day(directory: DirectoryBuilder) -> None:
    directory.add("weekdays", 1.0)
    directory.add("Saturday at dawn", 2.0, hours=[("SA", "05:00", "06:30")])
    match = only(search(directory, open_at=date(2026, 11, 28)))
    assert match.service == "Saturday at dawn"
    assert match.why[0] == "Open Saturday"


def test_hours_are_those_of_the_place_and_not_of_the_server(directory: DirectoryBuilder) -> None:
    directory.add("Honolulu", point=(21.3069, -157.8583), areas=[("state", "HI")], timezone=None, state="HI")
    honolulu = somewhere("Honolulu, HI", 21.3069, -157.8583, "HI")
    assert only(search(directory, origin=honolulu)).open_state == "closed"
    assert only(search(directory, origin=honolulu, now=NOW + timedelta(hours=2))).open_state == "open"


# Several needs


def test_every_need_gets_its_best_before_any_gets_a_second(directory: DirectoryBuilder) -> None:
    for miles in (1, 2, 3):
        directory.add(f"pantry {miles}", miles)
    directory.add("lawyer", 20.0, needs=["legal"])
    directory.add("crib", 15.0, needs=["goods"])
    result = search(directory, "food", "legal", "goods", limit=4)
    assert names(result) == ["pantry 1", "lawyer", "crib", "pantry 2"]


def test_a_service_for_two_of_the_needs_comes_first_and_once(directory: DirectoryBuilder) -> None:
    directory.add("pantry", 1.0)
    directory.add("diapers", 1.0, needs=["goods"])
    directory.add("both", 3.0, needs=["food", "goods"])
    result = search(directory, "food", "goods")
    assert names(result) == ["both", "pantry", "diapers"]
    assert result.matches[0].needs == ("food", "goods")


def test_a_service_with_two_places_is_shown_once_at_the_nearer(directory: DirectoryBuilder) -> None:
    service = directory.add("pantry", 9.0)
    nearer = directory.at(service, north_of(SANTA_ANA, 2.0))
    assert only(search(directory)).service_at_location_id == nearer


def test_two_services_at_one_address_are_both_shown(directory: DirectoryBuilder) -> None:
    directory.add("pantry", 1.0)
    directory.add("lunch", 1.0)
    assert sorted(names(search(directory))) == ["lunch", "pantry"]


# How far one looks


def test_enough_nearby_keeps_the_search_nearby(directory: DirectoryBuilder) -> None:
    for miles in (1, 2, 3, 30):
        directory.add(f"pantry {miles}", miles)
    result = search(directory)
    assert names(result) == ["pantry 1", "pantry 2", "pantry 3"]
    assert result.widened_to_miles is None


@pytest.mark.parametrize(("farther", "widened_to"), [((30, 40), 50.0), ((40, 80), 100.0)])
def test_with_fewer_than_three_nearby_it_looks_farther_and_says_how_far(
    directory: DirectoryBuilder, farther: tuple[float, float], widened_to: float
) -> None:
    for miles in (1, *farther):
        directory.add(f"{miles} miles", miles)
    result = search(directory)
    assert names(result) == ["1 miles", *(f"{miles} miles" for miles in farther)]
    assert result.widened_to_miles == widened_to


def test_closed_for_now_does_not_count_as_something_nearby(directory: DirectoryBuilder) -> None:
    for number in range(3):
        directory.add(f"closed {number}", 1.0, status="temporarily closed")
    directory.add("open", 40.0)
    assert names(search(directory))[0] == "open"


def test_a_rare_need_does_not_widen_the_search_for_a_common_one(directory: DirectoryBuilder) -> None:
    for miles in (1, 2, 3, 30):
        directory.add(f"pantry {miles}", miles)
    directory.add("family time", 40.0, needs=["visitation"])
    result = search(directory, "food", "visitation", limit=10)
    assert names(result) == ["pantry 1", "family time", "pantry 2", "pantry 3"]
    assert result.widened_to_miles == 50.0


def test_a_limit_on_the_miles_is_kept(directory: DirectoryBuilder) -> None:
    directory.add("near", 4.0)
    directory.add("farther", 6.0)
    result = search(directory, max_miles=5.0)
    assert names(result) == ["near"]
    assert result.widened_to_miles is None


def test_beyond_a_hundred_miles_the_next_nearest_in_the_state_is_shown_and_said_to_be_far(
    directory: DirectoryBuilder,
) -> None:
    directory.add("far", 160.0, areas=[("state", "CA")])
    directory.add("farther", 260.0, areas=[("state", "CA")])
    directory.add("another state", 120.0, areas=[("nation", "US")], state="NV")
    result = search(directory)
    assert names(result) == ["far", "farther"]
    assert result.widened_to_miles == 300.0
    assert result.unmet == ("food",)
    assert result.matches[0].why[0] == "160 miles away, the closest we found"


def test_help_by_phone_for_the_whole_state_comes_after_what_is_near(directory: DirectoryBuilder) -> None:
    directory.add("line", virtual=True, areas=[("state", "CA")])
    directory.add("near", 20.0)
    directory.add("far", 60.0)
    result = search(directory)
    assert names(result) == ["near", "line", "far"]
    line = result.matches[1]
    assert (line.address, line.latitude, line.distance_miles) == (None, None, None)
    assert line.why[:2] == ("Serves all of CA", "By phone or online")


def test_help_by_phone_is_enough_for_a_need_to_be_met(directory: DirectoryBuilder) -> None:
    directory.add("line", virtual=True, areas=[("nation", "US")])
    result = search(directory, "food", "legal")
    assert names(result) == ["line"]
    assert result.unmet == ("legal",)


def test_a_service_without_any_place_is_found_by_whom_it_serves(directory: DirectoryBuilder) -> None:
    service = directory.add("home visits", None)
    match = only(search(directory))
    assert match.service_at_location_id is None
    assert match.service_id == service


def test_without_a_place_to_start_from_nothing_is_measured_and_nothing_left_out(directory: DirectoryBuilder) -> None:
    directory.add("here", 1.0)
    directory.add("there", 900.0, areas=[("county", "OR/Lane County")])
    directory.add("line", virtual=True, areas=[("state", "HI")])
    result = search(directory, origin=None)
    assert sorted(names(result)) == ["here", "line", "there"]
    assert {match.distance_miles for match in result.matches} == {None}


def test_a_whole_state_as_the_place_looks_everywhere_in_it(directory: DirectoryBuilder) -> None:
    directory.add("here", 1.0)
    directory.add("there", 400.0, areas=[("county", "CA/Shasta County")])
    directory.add("elsewhere", 20.0, areas=[], state="NV")
    california = replace(SANTA_ANA, kind="state", county=None, postal_code=None, label="California")
    result = search(directory, origin=california)
    assert sorted(names(result)) == ["here", "there"]
    assert {match.distance_miles for match in result.matches} == {None}


def test_neighbors_across_the_180th_meridian_are_near(directory: DirectoryBuilder) -> None:
    directory.add("across", point=(51.88, -179.95), areas=[("state", "AK")], state="AK", timezone="America/Adak")
    semisopochnoi = somewhere("Semisopochnoi, AK", 51.88, 179.95, "AK")
    match = only(search(directory, origin=semisopochnoi))
    assert match.distance_miles is not None
    assert match.distance_miles < 5


def test_a_blank_written_as_zero_zero_is_no_place(directory: DirectoryBuilder) -> None:
    directory.add("somewhere in town", point=(0.0, 0.0))
    match = only(search(directory))
    assert match.distance_miles is None
    assert match.address is not None


def test_the_distance_shown_is_the_one_over_the_ground(directory: DirectoryBuilder) -> None:
    latitude, longitude = north_of(SANTA_ANA, 12.0)
    directory.add("pantry", 12.0)
    expected = geodesic_miles(SANTA_ANA.latitude, SANTA_ANA.longitude, latitude, longitude)
    assert only(search(directory)).distance_miles == round(expected, 2)


def test_places_are_ordered_by_a_distance_that_agrees_with_geopy() -> None:
    for latitude, longitude in ((33.80, -117.9), (34.4, -119.2), (21.3, -157.86), (13.45, 144.78), (61.2, -149.9)):
        exact = geodesic_miles(SANTA_ANA.latitude, SANTA_ANA.longitude, latitude, longitude)
        squared = math.dist(xyz(SANTA_ANA.latitude, SANTA_ANA.longitude), xyz(latitude, longitude)) ** 2
        assert miles_of_chord(squared) == pytest.approx(exact, rel=2e-3 if exact > 1000 else 1e-6)


# Pages


def test_pages_follow_each_other_without_gaps_or_repeats(directory: DirectoryBuilder) -> None:
    for number in range(7):
        directory.add(f"pantry {number}", 1.0 + number)
    pages = [search(directory, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [name for page in pages for name in names(page)] == [f"pantry {number}" for number in range(7)]
    assert {page.total for page in pages} == {7}


def test_what_was_shown_already_is_not_shown_at_another_of_its_places(directory: DirectoryBuilder) -> None:
    first = directory.add("first", 1.0)
    directory.at(first, north_of(SANTA_ANA, 2.0))
    directory.add("second", 3.0)
    shown = search(directory, limit=1).matches[0]
    assert shown.service_at_location_id is not None
    assert names(search(directory, exclude=frozenset({shown.service_at_location_id}))) == ["second"]
    assert names(search(directory, exclude=frozenset({first}))) == ["second"]


def test_asking_for_nothing_finds_nothing(directory: DirectoryBuilder) -> None:
    directory.add("pantry")
    assert find_matches(directory.session, SearchRequest((), SANTA_ANA, NOW)) == SearchResult(SANTA_ANA)


def test_a_page_costs_a_few_statements_however_many_services_there_are(
    directory: DirectoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    rows, rows_once = Reader.rows, Reader.rows_once
    monkeypatch.setattr(Reader, "rows", lambda self, text, *values: (run.append(text), rows(self, text, *values))[1])
    monkeypatch.setattr(Reader, "rows_once", lambda self, text, *values: (run.append(text), rows_once(self, text, *values))[1])

    def statements() -> int:
        search(directory)  # the listings added since are taken in
        run.clear()
        search(directory)
        return len(run)

    for number in range(6):
        directory.add(f"pantry {number}", 1.0 + number / 10)
    assert statements() <= 26
    for number in range(6, 40):
        directory.add(f"pantry {number}", 1.0 + number / 10)
    assert statements() <= 26


def test_listings_with_all_the_words_are_found_in_either_language_and_despite_a_slip(directory: DirectoryBuilder) -> None:
    formula = directory.add("Baby formula bank", 3.0, needs=["goods"])
    directory.translate("service", formula, "name", "Banco de fórmula para bebés")
    directory.add("Baby clothes", 1.0, needs=["goods"])
    directory.add("Meals", 1.0)
    for words in ("baby formula", "Fórmula", "FORMULAS", "formla baby", "banco"):
        result = search(directory, needs=(), text=words)
        assert (names(result), result.total) == (["Baby formula bank"], 1), words
    assert names(search(directory, needs=(), text="comida")) == ["Meals"]  # by the Spanish name of its need
    assert names(search(directory, "goods", text="baby")) == ["Baby clothes", "Baby formula bank"]
    assert names(search(directory, "food", text="baby")) == []


def test_words_that_no_listing_has_are_taken_for_the_needs_they_mean(directory: DirectoryBuilder) -> None:
    directory.add("Community table")
    assert names(search(directory, needs=(), text="I am hungry")) == ["Community table"]
    assert names(search(directory, needs=(), text="zzyzx")) == []
    directory.add("Hungry caterpillars", 9.0, needs=("education",))  # the word as families mean it, one letter wrong
    assert names(search(directory, needs=(), text="I am hungri")) == ["Community table"]


def test_help_without_a_place_is_found_by_its_words_where_it_serves(directory: DirectoryBuilder) -> None:
    directory.add("Formula hotline", virtual=True, areas=[("state", "CA")])
    directory.add("Formula hotline of Hawaii", virtual=True, areas=[("state", "HI")])
    assert names(search(directory, needs=(), text="formula")) == ["Formula hotline"]


def test_an_alert_is_told_until_its_last_day_is_over_at_the_place(directory: DirectoryBuilder) -> None:
    for name, day in (("today", NOW.date()), ("yesterday", NOW.date() - timedelta(days=1))):
        service = directory.add(name, alert="Water damage.")
        directory.session.get_one(Service, service).alert_expires_on = day
    told = {match.service: "Water damage." in match.why for match in search(directory).matches}
    assert told == {"today": True, "yesterday": False}


def test_how_much_is_left_is_told_as_long_as_it_holds(directory: DirectoryBuilder) -> None:
    service = directory.add("shelter", needs=["shelter"])
    directory.session.add(Unit(id="beds", name="beds"))
    directory.session.flush()
    row = ServiceCapacity(id="c", service_id=service, unit_id="beds", available=3.0, updated=NOW - timedelta(hours=2))
    directory.session.add(row)
    directory.session.flush()
    assert "beds open: 3 (told today)" in only(search(directory, "shelter")).why
    assert any(reason.startswith("beds disponibles: 3") for reason in only(search(directory, "shelter", language="es")).why)
    row.expires_at = NOW - timedelta(minutes=1)
    assert not any("beds" in reason for reason in only(search(directory, "shelter")).why)


def test_a_holiday_closes_a_place_that_would_be_open(directory: DirectoryBuilder) -> None:
    service = directory.add("closed today", 1.0)
    holiday = HolidaySchedule(id="h", service_id=service, start_date=NOW.date(), end_date=NOW.date(), closed=True)
    directory.session.add(holiday)
    directory.add("open", 3.0)
    result = search(directory, open_at=NOW)
    assert names(result) == ["open"]


def test_why_a_place_is_closed_is_told_in_the_language_of_the_family(directory: DirectoryBuilder) -> None:
    day = NOW.date() + timedelta(days=3)
    service = directory.add("center", 1.0)
    holiday = HolidaySchedule(id="h", service_id=service, start_date=day, end_date=day, closed=True, description="Thanksgiving")
    directory.session.add(holiday)
    directory.translate("holiday_schedule", "h", "description", "Día de Acción de Gracias")
    assert "(Thanksgiving)" in only(search(directory)).hours
    assert "(Día de Acción de Gracias)" in only(search(directory, language="es")).hours


# What a match says


def test_reasons_are_short_and_in_the_language_of_the_family(directory: DirectoryBuilder) -> None:
    directory.add("pantry", 1.2, ages=(0, 5))
    assert only(search(directory)).why == (
        "Serves Orange County",
        "Walk in, no appointment",
        "For children 0–5",
        "Open now until 5 pm",
        "Checked by phone on Nov 3, 2026",
        "1.2 miles away",
    )
    assert only(search(directory, language="es")).why == (
        "Atienden en el condado de Orange",
        "Puedes ir sin cita",
        "Para niños de 0 a 5 años",
        "Hablan español",
        "Abierto ahora, hasta las 5 pm",
        "Revisado por teléfono el 3 nov 2026",
        "A 1.2 millas",
    )


def test_what_is_not_known_is_said(directory: DirectoryBuilder) -> None:
    directory.add("pantry", 1.0, hours=[], areas=[("text", "West side")], languages=[], assured=date(2026, 1, 5))
    match = only(search(directory, language="es"))
    assert match.hours == "Horario no indicado: llama antes"
    assert "Pregunta si atienden en tu zona" in match.why
    assert "Pregunta si hablan español" in match.why
    assert "Horario no indicado" in match.why
    assert "Sin revisar en más de 6 meses: llama antes" in match.why


def test_listing_texts_are_shown_in_spanish_where_they_were_translated(directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry", application_process="Just walk in.", hours=[], hours_text="Most mornings.")
    directory.document(service, "A bag.", "Una bolsa.")
    directory.document(service, "A smile.")
    directory.cost(service, "Free.", "Gratis.")
    directory.translate("service", service, "name", "Despensa")
    directory.translate("service", service, "application_process", "Solo ven.")
    match = only(search(directory, language="es"))
    assert match.service == "Despensa"
    assert match.how_to_access == "Solo ven."
    assert sorted(match.documents) == ["A smile.", "Una bolsa."]
    assert match.cost == "Gratis."
    assert match.hours == "Most mornings: llama antes"
    assert only(search(directory)).service == "Pantry"


def test_a_match_has_exactly_the_fields_of_the_public_contract(directory: DirectoryBuilder) -> None:
    directory.add("pantry", 1.0, website="https://pantry.example.org", sample=True)
    data = json.loads(json.dumps(result_as_json(search(directory))))
    assert data["origin"] == {
        "label": "Santa Ana, CA 92701",
        "kind": "zip",
        "latitude": 33.7523,
        "longitude": -117.8541,
    }
    assert (data["total"], data["widened_to_miles"]) == (1, None)
    (match,) = data["matches"]
    assert match.pop("why")
    assert match.pop("service_at_location_id")
    assert match.pop("service_id")
    assert match == {
        "service": "pantry",
        "organization": "pantry Org",
        "needs": ["food"],
        "distance_miles": pytest.approx(1.0, abs=0.02),
        "address": "1 Main Street, Santa Ana, CA 92701",
        "latitude": pytest.approx(33.7668, abs=0.0001),
        "longitude": -117.8541,
        "phones": [{"number": "+17145550100", "extension": None, "type": "voice", "languages": []}],
        "website": "https://pantry.example.org",
        "open_state": "open",
        "hours": "Mon–Fri 9 am–5 pm",
        "next_open": None,
        "eligibility": {"fits": "yes", "reasons": []},
        "languages": ["en", "es"],
        "cost": None,
        "documents": [],
        "accessibility": ["Ramp on Hidden Street."],
        "how_to_access": "Walk in, no appointment.",
        "verified": {"on": "2026-11-03", "by": "call"},
        "sample": True,
    }


def test_listings_shown_before_are_found_again_by_their_ids_in_that_order(directory: DirectoryBuilder) -> None:
    directory.add("pantry", 1.0)
    gone = directory.add("gone", None, status="defunct")
    visits = directory.add("home visits", None)
    shown = search(directory).matches
    ids = [match.service_at_location_id or match.service_id for match in shown]
    assert visits in ids
    again = matches_by_id(directory.session, [gone, *reversed(ids)], origin=SANTA_ANA, needs=("food",), now=NOW)
    assert list(again) == list(reversed(shown))
    assert matches_by_id(directory.session, [], now=NOW) == ()


# On real-sized directories


def test_the_sample_directory_answers_every_need_in_its_three_places(sample_engine: Engine) -> None:
    from resources_db.taxonomy.needs import load_needs

    places = [
        replace(SANTA_ANA),
        replace(SANTA_ANA, latitude=38.5804, longitude=-121.4922, county="Sacramento County", postal_code="95814"),
        somewhere("Honolulu, HI", 21.3069, -157.8583, "HI", county="Honolulu County", postal_code="96813"),
    ]
    with session_scope(sample_engine, writes=False) as session:
        for place in places:
            for need in load_needs():
                result = find_matches(session, SearchRequest((need,), place, NOW, language="es"))
                assert result.matches, (place.label, need)
                assert all(need in match.needs and match.sample for match in result.matches)


def test_the_san_mateo_directory_can_be_searched(directory_engine: Engine) -> None:
    if not SAN_MATEO.is_dir():
        pytest.skip("../shared/data is not here")
    from resources_db.exchange import import_directory

    import_directory(directory_engine, SAN_MATEO, source="san-mateo")
    redwood_city = somewhere("Redwood City, CA", 37.4852, -122.2364, "CA", county="San Mateo County")
    with session_scope(directory_engine, writes=False) as session:
        result = find_matches(session, SearchRequest(("food",), redwood_city, NOW))
    assert result.matches
    assert all(not match.sample for match in result.matches)
