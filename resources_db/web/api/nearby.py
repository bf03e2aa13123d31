"""What has to be worked out place by place: how far away it is, whether it is open, whom it serves."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, false, func, or_, select

from resources_db.coverage import Area, serves
from resources_db.geo.distance import box_around, miles
from resources_db.geo.places import Place
from resources_db.geo.timezones import zone_at
from resources_db.models import Address, Base, HolidaySchedule, Location, Schedule, Service, ServiceArea, ServiceAtLocation
from resources_db.schedules import Closure, OpeningRule, open_state
from resources_db.search.cells import METERS_PER_MILE, miles_of_chord, xyz
from resources_db.web.api.conditions import IDS, conditions
from resources_db.web.api.problems import Problem
from resources_db.web.api.wanted import Point, Wanted

#: At so many places distance, hours and areas are worked out for one request; more is too much to ask.
MOST_PLACES = 50_000
_CHUNK = 5_000
# Closer to the edge than this, the chord is not exact enough to tell inside from outside.
_EDGE = 0.01

#: Where an item comes in the order: how far it is along the chord (0.0 where nothing is measured), then its id.
Rank = tuple[float, str]


class Spot(NamedTuple):
    """A service at one of its places, or at none."""

    item_id: str
    service_id: str
    status: str
    site_id: str | None
    location_id: str | None
    timezone: str | None
    state: str | None
    latitude: float | None
    longitude: float | None

    @property
    def point(self) -> Point | None:
        return None if self.latitude is None or self.longitude is None else Point(self.latitude, self.longitude)


# A place whose point may be measured from. (0, 0) is a blank that some program filled in.
_HAS_POINT = and_(
    Location.location_type == "physical",
    Location.confidential == false(),
    Location.latitude.is_not(None),
    Location.longitude.is_not(None),
    or_(Location.latitude != 0, Location.longitude != 0),
)


@dataclass(frozen=True)
class Found:
    """All items of a list in order, and where the place is that each of them counts with."""

    ranks: list[Rank]
    points: dict[str, Point]

    def meters(self, item: str, origin: Point) -> float:
        """How far the item is over the ground, to the meter."""
        return round(miles(*origin, *self.points[item]) * METERS_PER_MILE)


def find_items(connection: Connection, wanted: Wanted) -> Found:
    """An item counts with the nearest of its places that is all that was asked for. Raises Problem."""
    distances = {spot: _distance(spot, wanted) for spot in _spots(connection, wanted)}
    left = [spot for spot, distance in distances.items() if distance is not None]
    if wanted.served:
        left = _serving(connection, left, wanted.served)
    if wanted.open_at is not None:
        left = _open(connection, left, wanted.open_at, wanted.hours_unknown)
    best: dict[str, Spot] = {}
    for spot in sorted(left, key=lambda spot: (distances[spot], spot.site_id or "")):
        best.setdefault(spot.item_id, spot)
    ranks = sorted((distances[spot] or 0.0, item) for item, spot in best.items())
    return Found(ranks, {item: spot.point for item, spot in best.items() if spot.point})


def _spots(connection: Connection, wanted: Wanted) -> Iterator[Spot]:
    if not wanted.origins:
        rows = connection.execute(_listed(wanted).limit(MOST_PLACES + 1)).fetchall()
        _refuse_too_many(rows)
        yield from (Spot(*row) for row in rows)
        return
    # The places first, by the index on their points: left to itself, a database looks through all services instead.
    around = select(Location.id).where(_HAS_POINT, *(_near(origin, wanted.radius) for origin in wanted.origins))
    places = list(connection.execute(around.limit(MOST_PLACES + 1)).scalars())
    _refuse_too_many(places)
    query = _listed(wanted).where(Location.id.in_(bindparam("places", expanding=True)))
    for start in range(0, len(places), _CHUNK):
        for row in connection.execute(query, {"places": places[start : start + _CHUNK]}):
            yield Spot(*row)


def _listed(wanted: Wanted) -> Select[Any]:
    """What the tables let pass: each service at each of its places or, where only services are meant, at none."""
    item = IDS[wanted.kind]
    at_none = wanted.kind == "service" and not wanted.origins
    told = and_(Address.location_id == Location.id, Address.address_type == "physical", Location.confidential == false())
    return (
        select(
            item, Service.id, Service.status, ServiceAtLocation.id, Location.id, Location.timezone,
            func.max(func.upper(Address.state_province)), Location.latitude, Location.longitude,
        )
        .select_from(Service)
        .join(ServiceAtLocation, ServiceAtLocation.service_id == Service.id, isouter=at_none)
        .join(Location, Location.id == ServiceAtLocation.location_id, isouter=at_none)
        .outerjoin(Address, told)
        .where(*conditions(wanted))
        .group_by(Service.id, ServiceAtLocation.id, Location.id)
    )  # fmt: skip


def _refuse_too_many(places: Sequence[Any]) -> None:
    if len(places) > MOST_PLACES:
        raise Problem(
            400, "too_broad",
            f"More than {MOST_PLACES:,} places would have to be looked at one by one. Ask for less: a smaller proximity, "
            "or near or place beside the others.",
        )  # fmt: skip


def _near(origin: Point, radius: float) -> Any:
    box = box_around(*origin, radius * (1 + _EDGE) / METERS_PER_MILE)
    sides = (Location.longitude.between(west, east) for west, east in box.longitudes)
    return and_(Location.latitude.between(box.south, box.north), or_(*sides))


def _distance(spot: Spot, wanted: Wanted) -> float | None:
    """The chord to the first origin in meters, which orders places as the way over the ground does.

    None when the spot is not within the radius of all origins.
    """
    if not wanted.origins:
        return 0.0
    if spot.point is None or not all(_is_within(origin, spot.point, wanted.radius) for origin in wanted.origins):
        return None
    return math.dist(_xyz(*wanted.origins[0]), _xyz(*spot.point))


def _is_within(origin: Point, point: Point, radius: float) -> bool:
    chord = math.dist(_xyz(*origin), _xyz(*point))
    meters = miles_of_chord(chord * chord) * METERS_PER_MILE
    if abs(meters - radius) <= _EDGE * radius:
        meters = miles(*origin, *point) * METERS_PER_MILE
    return meters <= radius


# Every place is measured from the same few origins.
_xyz = lru_cache(maxsize=4096)(xyz)


# --- whom it serves, and when ----------------------------------------------------------------------------------------

_AREA_COLUMNS = (ServiceArea.extent_type, ServiceArea.extent, ServiceArea.name)
_RULE_COLUMNS = tuple(getattr(Schedule, column.name) for column in fields(OpeningRule))
_CLOSURE_COLUMNS = tuple(getattr(HolidaySchedule, column.name) for column in fields(Closure))


def _serving(connection: Connection, spots: list[Spot], places: Sequence[Place]) -> list[Spot]:
    """Those that do not say that they serve people elsewhere only."""
    areas = _owned(connection, ServiceArea, _AREA_COLUMNS, spots, ("service_at_location_id", "service_id"))

    def serves_all(spot: Spot) -> bool:
        here = [Area(*row) for row in _first(areas, spot.site_id, spot.service_id)]
        return all(serves(here, place) != "no" for place in places)

    return [spot for spot in spots if serves_all(spot)]


def _open(connection: Connection, spots: list[Spot], at: datetime, unknown_too: bool) -> list[Spot]:
    """Those that are known to be open then; with `unknown_too` also those of which it is not known."""
    owners = ("service_at_location_id", "service_id", "location_id")
    rules = _owned(connection, Schedule, _RULE_COLUMNS, spots, owners)
    closures = _owned(connection, HolidaySchedule, _CLOSURE_COLUMNS, spots, owners)
    as_asked = ("open", "unknown") if unknown_too else ("open",)

    def is_open(spot: Spot) -> bool:
        of_spot = (spot.site_id, spot.service_id, spot.location_id)
        hours = [_rule(*row) for row in _first(rules, *of_spot)]
        shut = [Closure(*row) for owner in of_spot for row in closures.get(owner or "", ())]
        zone = spot.timezone or zone_at(spot.state, spot.latitude, spot.longitude)
        return open_state(hours, at, zone, spot.status != "active", shut) in as_asked

    return [spot for spot in spots if is_open(spot)]


# Many places share a pattern of hours, and a rule keeps what it has worked out.
_rule = lru_cache(maxsize=4096)(OpeningRule)


def _owned(
    connection: Connection, table: type[Base], columns: Sequence[Any], spots: Iterable[Spot], owners: Sequence[str]
) -> dict[str, list[Sequence[Any]]]:
    """The rows of the table that hang on the spots, by the first of the `owners` that a row names."""
    ids = {"service_at_location_id": set(), "service_id": set(), "location_id": set()}  # type: dict[str, set[str]]
    for spot in spots:
        ids["service_id"].add(spot.service_id)
        if spot.site_id and spot.location_id:
            ids["service_at_location_id"].add(spot.site_id)
            ids["location_id"].add(spot.location_id)
    keys = [getattr(table, owner) for owner in owners]
    rows: dict[str, tuple[str, Sequence[Any]]] = {}
    for owner, key in zip(owners, keys, strict=True):
        statement = select(table.id, func.coalesce(*keys), *columns).where(key.in_(bindparam("ids", expanding=True)))  # type: ignore[attr-defined]
        wanted = sorted(ids[owner])
        for start in range(0, len(wanted), _CHUNK):
            for row in connection.execute(statement, {"ids": wanted[start : start + _CHUNK]}):
                rows[row[0]] = row[1], row[2:]
    owned: dict[str, list[Sequence[Any]]] = defaultdict(list)
    for _, (first, values) in sorted(rows.items()):
        owned[first].append(values)
    return owned


def _first(rows: Mapping[str, list[Sequence[Any]]], *owners: str | None) -> list[Sequence[Any]]:
    """What is said of a place stands for what is said in general."""
    return next((rows[owner] for owner in owners if owner and owner in rows), [])
