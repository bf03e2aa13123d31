"""The nearest are the nearest: against distances over the ellipsoid, wherever on earth one asks from."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from geopy.distance import geodesic
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from resources_db.search import near_count, nearest
from resources_db.search.cells import xyz
from tests.unit.resources_db.search.country import TOWNS

_EVERYWHERE = 13_000.0
Place = tuple[float, float, str, str]


@pytest.fixture(scope="module")
def session(country_engine: Engine) -> Iterator[Session]:
    with Session(country_engine) as session:
        yield session


@pytest.fixture(scope="module")
def places(session: Session) -> dict[str | None, list[Place]]:
    """All there is, by need: latitude, longitude, service and place."""
    rows = session.execute(
        text(
            "SELECT n.code, l.latitude, l.longitude, s.id, sl.id FROM service s JOIN service_need n ON n.service_id = s.id "
            "JOIN service_at_location sl ON sl.service_id = s.id JOIN location l ON l.id = sl.location_id "
            "WHERE s.status IN ('active', 'temporarily closed') AND l.location_type = 'physical' "
            "AND NOT l.confidential AND l.latitude IS NOT NULL"
        )
    ).all()
    by_need: dict[str | None, list[Place]] = {}
    for need, *place in rows:
        by_need.setdefault(need, []).append(tuple(place))  # type: ignore[arg-type]
        by_need.setdefault(None, [])
    by_need[None] = sorted({place for some in by_need.values() for place in some})
    return by_need


def points(count: int, seed: int) -> list[tuple[float, float]]:
    rnd = random.Random(seed)
    found = []
    for number in range(count):
        _, latitude, longitude, *_, spread = rnd.choice(TOWNS)
        if number % 10 == 0:
            found.append((rnd.uniform(-90, 90), rnd.uniform(-180, 180)))
        elif number % 10 == 1:
            found.append((latitude, longitude))  # where some services are, to the last digit
        else:
            found.append((latitude + rnd.gauss(0, spread), (longitude + rnd.gauss(0, spread) + 180) % 360 - 180))
    return [*found, (90.0, 0.0), (-90.0, 0.0), (52.0, 180.0), (52.0, -180.0), (0.0, 0.0)]


def truly_nearest(places: Sequence[Place], point: tuple[float, float], count: int) -> list[tuple[str, str]]:
    """By geopy, each service once; the chord only leaves out what is farther by more than it can be wrong."""
    chords = sorted((math.dist(xyz(*point), xyz(*place[:2])), place) for place in places)
    services: set[str] = set()
    bound = math.inf
    for chord, (_, _, service, _) in chords:
        services.add(service)
        if len(services) == count:
            # No arc between two points is longer than a half circle over their chord.
            bound = min(math.pi / 2, 1 + chord**2 / 1e14) * chord + 1
            break
    near = [place for chord, place in chords if chord <= bound]
    ranked = sorted((geodesic(point, place[:2]).meters, place[2], place[3]) for place in near)
    first: dict[str, tuple[str, str]] = {}
    for _, service, site in ranked:
        first.setdefault(service, (service, site))
    return list(first.values())[:count]


def test_the_five_nearest_services_are_those_geopy_finds_in_its_order(
    session: Session, places: dict[str | None, list[Place]]
) -> None:
    for number, point in enumerate(points(300, seed=5)):
        need = (None, "food", "shelter", "legal")[number % 4]
        found = nearest(session, point, need=need, services_only=True, limit=5, radius_miles=_EVERYWHERE)
        assert len({near.service_id for near in found}) == 5
        assert [near[:2] for near in found] == truly_nearest(places[need], point, 5), point


def test_pages_of_places_follow_each_other_by_distance_and_then_by_id(session: Session) -> None:
    point = (33.75, -117.85)
    whole = nearest(session, point, limit=60)
    assert whole == sorted(whole, key=lambda near: (near.miles, near.service_id, near.service_at_location_id))
    pages = [near for offset in range(0, 60, 7) for near in nearest(session, point, limit=7, offset=offset)]
    assert pages[:60] == whole


def test_nothing_beyond_the_radius_is_found_and_nothing_within_is_left_out(
    session: Session, places: dict[str | None, list[Place]]
) -> None:
    for point in points(6, seed=6):
        for radius in (3.0, 40.0, 400.0):
            found = {near.service_at_location_id for near in nearest(session, point, limit=5000, radius_miles=radius)}
            true = {site for latitude, longitude, _, site in places[None] if _is_within(point, (latitude, longitude), radius)}
            assert found == true, (point, radius)
            assert near_count(session, point, radius_miles=radius, most=5000) == len(true)
            assert near_count(session, point, radius_miles=radius, most=20) == min(20, len(true))


def _is_within(point: tuple[float, float], other: tuple[float, float], miles: float) -> bool:
    """By geopy where the chord leaves any doubt."""
    chord = math.dist(xyz(*point), xyz(*other)) / 1609.344
    return chord <= miles and (chord < 0.98 * miles or float(geodesic(point, other).miles) <= miles)


@pytest.mark.parametrize(
    "filters",
    [
        {"language": "es"},
        {"language": "xx"},
        {"ages": (4.0,)},
        {"ages": (15.0, 40.0)},
        {"text": "diapers"},
        {"text": "pañal"},
        {"text": "formula baby"},
        {"text": "loan", "language": "vi", "ages": (3.0,)},
    ],
)
def test_a_filter_keeps_what_meets_it_in_the_same_order(session: Session, filters: dict[str, Any]) -> None:
    meets = _meeting(session, filters)
    for point in points(5, seed=7)[:7]:
        everything = nearest(session, point, limit=10_000, radius_miles=_EVERYWHERE)
        expected = [near for near in everything if near.service_id in meets][:8]
        assert nearest(session, point, limit=8, radius_miles=_EVERYWHERE, **filters) == expected


def _meeting(session: Session, filters: dict[str, Any]) -> set[str]:
    """The services that meet the filters, read from the directory's own tables."""
    found = set()
    rows = session.execute(text("SELECT id, name, minimum_age, maximum_age FROM service")).all()
    spoken: dict[str, set[str]] = {}
    for service, code in session.execute(text("SELECT service_id, code FROM language")):
        spoken.setdefault(service, set()).add(code)
    names = {"diapers": ("Diapers",), "pañal": ("Pañales",), "formula baby": ("Baby formula",), "loan": ("Wheelchair loan",)}
    for service, name, low, high in rows:
        ages = filters.get("ages", ())
        fits = not ages or any(
            (low or 0) <= age and (high is None or age < high + (1 if high >= 2 and high % 1 == 0 else 1e-6)) for age in ages
        )
        fits = fits or (low is not None and low >= 18 and max(ages) < 18)
        speaks = filters.get("language") in (None, *spoken.get(service, ()))
        says = "text" not in filters or any(words in name for words in names[filters["text"]])
        if fits and speaks and says:
            found.add(service)
    return found


def test_places_open_at_a_time_are_open_or_of_unknown_hours_then(session: Session) -> None:
    from resources_db.schedules import open_state
    from resources_db.search.candidates import candidates, spots_of
    from resources_db.search.reader import Reader

    reader = Reader(session)
    for hours in (3, 15, 40, 70, 130):
        at = datetime(2026, 11, 22, tzinfo=timezone.utc) + timedelta(hours=hours)
        for point in points(2, seed=hours)[:2]:
            everything = nearest(session, point, limit=10_000, radius_miles=_EVERYWHERE)
            facts = {
                one.spot.service_at_location_id: open_state(one.rules, at, one.tz, not one.is_active, one.closures)
                for one in candidates(reader, spots_of(reader, {near.service_id for near in everything}))
            }
            expected = [near for near in everything if facts[near.service_at_location_id] != "closed"][:10]
            assert nearest(session, point, limit=10, radius_miles=_EVERYWHERE, open_at=at) == expected


def test_text_without_a_word_finds_nothing(session: Session) -> None:
    assert nearest(session, (33.75, -117.85), text=" -- ") == []
    assert near_count(session, (33.75, -117.85), text="") == 0


def test_a_slip_of_the_finger_is_forgiven(session: Session) -> None:
    right = nearest(session, (33.75, -117.85), text="wheelchair", limit=5)
    assert right
    for wrong in ("wheelchiar", "wheelchar", "wheellchair", "WHEELCHAIRS"):
        assert nearest(session, (33.75, -117.85), text=wrong, limit=5) == right
