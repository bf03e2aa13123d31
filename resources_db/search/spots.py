"""Where services for a need are offered: the first statement of a search.

The statements are built once, with named parameters, and run on the session's connection: building one and
going through the ORM costs several times what SQLite needs to answer it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from resources_db.geo.distance import Box
from resources_db.geo.places import Place
from resources_db.models import Address, Location, Organization, Service, ServiceAtLocation, ServiceNeed

# Of the places for one need so many of the nearest are weighed against each other: enough for any page.
NEAREST_KEPT = 150

_METERS_PER_MILE = 1609.344
_EARTH_RADIUS = 6371008.8
# The WGS 84 ellipsoid: its radius at the equator and the square of its eccentricity.
_EQUATOR, _ECCENTRICITY = 6378137.0, 0.00669437999014


class Spot(NamedTuple):
    """A service at a place (or at none) for one need; `code` is None when no need was asked for."""

    code: str | None
    service_id: str
    organization_id: str
    status: str
    minimum_age: float | None
    maximum_age: float | None
    assured_date: date | None
    url: str | None
    organization_website: str | None
    service_at_location_id: str | None
    location_id: str | None
    location_type: str | None
    latitude: float | None
    longitude: float | None
    confidential: bool | None
    timezone: str | None
    state: str | None

    @property
    def key(self) -> tuple[str, str]:
        return self.service_id, self.service_at_location_id or ""

    @property
    def point(self) -> tuple[float, float] | None:
        """Where it is, if that is known and may be used."""
        told = self.location_type == "physical" and not self.confidential and (self.latitude or self.longitude)
        if not told or self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


_STATE = func.upper(Address.state_province)
_SHOWN = (
    select(
        ServiceNeed.code,
        Service.id,
        Service.organization_id,
        Service.status,
        Service.minimum_age,
        Service.maximum_age,
        Service.assured_date,
        Service.url,
        Organization.website,
        ServiceAtLocation.id,
        Location.id,
        Location.location_type,
        Location.latitude,
        Location.longitude,
        Location.confidential,
        Location.timezone,
        _STATE,
    )
    .select_from(Service)
    .join(Organization, Organization.id == Service.organization_id)
    .outerjoin(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
    .outerjoin(Location, Location.id == ServiceAtLocation.location_id)
    .outerjoin(Address, and_(Address.location_id == Location.id, Address.address_type == "physical"))
    .where(Service.status.in_(("active", "temporarily closed")))
)
_FOR_NEEDS = _SHOWN.join(ServiceNeed, ServiceNeed.service_id == Service.id).where(
    ServiceNeed.code.in_(bindparam("needs", expanding=True))
)
_HAS_POINT = and_(
    Location.location_type == "physical",
    Location.confidential == false(),
    Location.latitude.is_not(None),
    Location.longitude.is_not(None),
    # Nobody helps families in the Gulf of Guinea: (0, 0) is a blank that some program filled in.
    or_(Location.latitude != 0, Location.longitude != 0),
)
_IN_BOX = _FOR_NEEDS.where(
    _HAS_POINT,
    Location.latitude.between(bindparam("south"), bindparam("north")),
    or_(
        Location.longitude.between(bindparam("west"), bindparam("east")),
        Location.longitude.between(bindparam("other_west"), bindparam("other_east")),
    ),
)
_WITHOUT_POINT = _FOR_NEEDS.where(or_(Location.id.is_(None), ~_HAS_POINT))
_IN_STATE = _FOR_NEEDS.where(_HAS_POINT, bindparam("state") == _STATE)
_ANYWHERE = _FOR_NEEDS.where(_HAS_POINT).order_by(Service.id).limit(bindparam("most"))
_BY_ID = _SHOWN.outerjoin(ServiceNeed, ServiceNeed.service_id == Service.id).where(
    or_(
        ServiceAtLocation.id.in_(bindparam("ids", expanding=True)),
        and_(ServiceAtLocation.id.is_(None), Service.id.in_(bindparam("ids", expanding=True))),
    )
)


def spots_in(session: Session, needs: Sequence[str], box: Box) -> list[Spot]:
    """Services for any of these needs at places with a point in the box."""
    (west, east), (other_west, other_east) = box.longitudes[0], box.longitudes[-1]
    sides = {"west": west, "east": east, "other_west": other_west, "other_east": other_east}
    return _spots(session, _IN_BOX, needs=needs, south=box.south, north=box.north, **sides)


def spots_without_point(session: Session, needs: Sequence[str]) -> list[Spot]:
    """Services for any of these needs that have no place, or one to which no distance can be told."""
    return _spots(session, _WITHOUT_POINT, needs=needs)


def spots_in_state(session: Session, needs: Sequence[str], state: str) -> list[Spot]:
    """Services for any of these needs at places with a point anywhere in the state."""
    return _spots(session, _IN_STATE, needs=needs, state=state)


def spots_anywhere(session: Session, needs: Sequence[str], most: int) -> list[Spot]:
    """Services for any of these needs wherever they are, the first `most` by id."""
    return _spots(session, _ANYWHERE, needs=needs, most=most)


def spots_by_id(session: Session, ids: Collection[str]) -> list[Spot]:
    """The listings with these service_at_location or (for services without a place) service ids."""
    return _spots(session, _BY_ID, ids=ids)


def nearest(spots: Iterable[Spot], origin: Place, radius: float) -> list[Spot]:
    """The spots at most `radius` miles away; of those for one need, the NEAREST_KEPT nearest."""
    by_need: dict[str | None, list[tuple[float, tuple[str, str], Spot]]] = defaultdict(list)
    for spot in spots:
        if spot.point and (away := miles_to(origin, *spot.point)) <= radius:
            by_need[spot.code].append((away, spot.key, spot))
    return [spot for group in by_need.values() for _, _, spot in sorted(group)[:NEAREST_KEPT]]


def miles_to(origin: Place, latitude: float, longitude: float) -> float:
    """The distance for ranking: along the earth's chord, which orders places exactly as geopy's does."""
    chord = math.dist(_xyz(origin.latitude, origin.longitude), _xyz(latitude, longitude))
    return 2 * _EARTH_RADIUS * math.asin(min(1.0, chord / (2 * _EARTH_RADIUS))) / _METERS_PER_MILE


def read(session: Session, statement: Select[Any], **values: object) -> Sequence[Row[Any]]:
    """The rows, through the session's connection: in its transaction, without the ORM's bookkeeping."""
    return session.connection().execute(statement, values).fetchall()


def _spots(session: Session, statement: Select[Any], **values: object) -> list[Spot]:
    return [Spot(*row) for row in read(session, statement, **values)]


@lru_cache(maxsize=4096)
def _xyz(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point on the ellipsoid, in meters from the earth's center."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    radius = _EQUATOR / math.sqrt(1 - _ECCENTRICITY * math.sin(phi) ** 2)
    across = radius * math.cos(phi)
    return across * math.cos(lam), across * math.sin(lam), radius * (1 - _ECCENTRICITY) * math.sin(phi)
