"""What others do with the same listings: geopy row by row, raw PostGIS, the shape of Ohana API's search, and the ORM way.

All of it is written here in our own words; of Ohana API (codeforamerica/ohana-api, read at e3ab280) only the shape of the
tables and of its three statements is taken over. They run without Rails, so its real cost is higher.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from geopy.distance import geodesic
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from resources_db.geo.places import Place
from resources_db.models import (
    Accessibility,
    Address,
    CostOption,
    Language,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
)

#: Services that can be shown on a map: need, service_at_location, service and point.
_POINTS = """
    FROM service_need n
    JOIN service s ON s.id = n.service_id AND s.status IN ('active', 'temporarily closed')
    JOIN service_at_location sl ON sl.service_id = s.id
    JOIN location l ON l.id = sl.location_id
    WHERE l.location_type = 'physical' AND NOT l.confidential AND l.latitude IS NOT NULL
"""
Ask = Callable[[Place], object]


def points_of(engine: Engine, need: str) -> list[tuple[float, float, str, str]]:
    """Latitude, longitude, service_at_location and service id of every listing for a need that is on the map."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(f"SELECT l.latitude, l.longitude, sl.id, s.id {_POINTS} AND n.code = :need"), {"need": need}
        )
        return [tuple(row) for row in rows]


def row_by_row(points: Sequence[tuple[float, float, str, str]]) -> Ask:
    """geopy's geodesic to every listing for the need, then the five nearest."""

    def ask(place: Place) -> object:
        here = place.latitude, place.longitude
        return sorted((geodesic(here, (row[0], row[1])).meters, row[2]) for row in points)[:5]

    return ask


# --- PostGIS ----------------------------------------------------------------------------------------------------------


def prepare_postgis(engine: Engine) -> None:
    with engine.begin() as connection:
        if connection.exec_driver_sql("SELECT to_regclass('knn.listing')").scalar_one():
            return
        for statement in (
            "CREATE SCHEMA knn",
            "CREATE EXTENSION IF NOT EXISTS postgis",
            "CREATE EXTENSION IF NOT EXISTS btree_gist",
            f"""CREATE TABLE knn.listing AS SELECT n.code AS need, sl.id AS site, s.id AS service,
                ST_SetSRID(ST_MakePoint(l.longitude, l.latitude), 4326)::geography AS geog {_POINTS}""",
            "CREATE INDEX ON knn.listing USING gist (geog)",
            "CREATE INDEX ON knn.listing USING gist (need, geog)",
        ):
            connection.exec_driver_sql(statement)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE knn.listing")


def postgis_knn(cursor: Any, need: str, *, prepared: bool) -> Ask:
    """The five nearest by PostGIS's index (need, geog), on the driver's own cursor."""
    statement = (
        "SELECT site FROM knn.listing WHERE need = {} ORDER BY geog <-> ST_SetSRID(ST_MakePoint({}, {}), 4326)::geography LIMIT 5"
    )
    if prepared:
        name = f"knn_{need}"
        cursor.execute(f"PREPARE {name} (text, float8, float8) AS {statement.format('$1', '$2', '$3')}")
        statement = f"EXECUTE {name} (%s, %s, %s)"
    else:
        statement = statement.format("%s", "%s", "%s")

    def ask(place: Place) -> object:
        cursor.execute(statement, (need, place.longitude, place.latitude))
        return cursor.fetchall()

    return ask


# --- the shape of Ohana API's search ----------------------------------------------------------------------------------


def prepare_ohana(engine: Engine) -> None:
    """Our listings in its table shape: a service belongs to one location, categories are joined by name."""
    with engine.begin() as connection:
        if connection.exec_driver_sql("SELECT to_regclass('ohana.locations')").scalar_one():
            return
        for statement in (
            "CREATE SCHEMA ohana",
            """CREATE TABLE ohana.locations AS SELECT row_number() OVER (ORDER BY id)::int AS id, id AS site, name, latitude,
               longitude, timestamp '2026-11-01' + random() * interval '20 days' AS updated_at, true AS active
               FROM location WHERE location_type = 'physical' AND NOT confidential AND latitude IS NOT NULL""",
            """CREATE TABLE ohana.services AS SELECT row_number() OVER (ORDER BY sl.id)::int AS id, l.id AS location_id,
               s.id AS listing, s.name, s.description
               FROM service_at_location sl JOIN ohana.locations l ON l.site = sl.location_id
               JOIN service s ON s.id = sl.service_id
               WHERE s.status = 'active'""",
            "CREATE TABLE ohana.categories AS SELECT row_number() OVER (ORDER BY code)::int AS id, code AS name FROM"
            " (SELECT DISTINCT code FROM service_need) c",
            """CREATE TABLE ohana.categories_services AS SELECT c.id AS category_id, s.id AS service_id FROM ohana.services s
               JOIN service_need n ON n.service_id = s.listing JOIN ohana.categories c ON c.name = n.code""",
            "ALTER TABLE ohana.locations ADD PRIMARY KEY (id)",
            "ALTER TABLE ohana.services ADD PRIMARY KEY (id)",
            "ALTER TABLE ohana.categories ADD PRIMARY KEY (id)",
            "CREATE INDEX ON ohana.locations (latitude, longitude)",
            "CREATE INDEX ON ohana.services (location_id)",
            "CREATE UNIQUE INDEX ON ohana.categories_services (category_id, service_id)",
            "CREATE UNIQUE INDEX ON ohana.categories_services (service_id, category_id)",
        ):
            connection.exec_driver_sql(statement)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("locations", "services", "categories", "categories_services"):
            connection.exec_driver_sql(f"VACUUM ANALYZE ohana.{table}")


_MILES_AROUND = 3958.755866  # the radius of its sphere
_AWAY = f"""(2 * {_MILES_AROUND} * asin(sqrt(power(sin(radians(l.latitude - %(lat)s) / 2), 2)
    + cos(radians(%(lat)s)) * cos(radians(l.latitude)) * power(sin(radians(l.longitude - %(lon)s) / 2), 2))))"""
_WITHIN = f"""FROM ohana.locations l
    JOIN ohana.services s ON s.location_id = l.id
    JOIN ohana.categories_services cs ON cs.service_id = s.id
    JOIN ohana.categories c ON c.id = cs.category_id
    WHERE c.name = %(need)s AND l.latitude BETWEEN %(south)s AND %(north)s AND l.longitude BETWEEN %(west)s AND %(east)s
    AND {_AWAY} BETWEEN 0.0 AND %(radius)s"""
_OHANA_STATEMENTS = (
    f"SELECT max(l.updated_at) {_WITHIN}",
    f"SELECT count(*) {_WITHIN}",
    f"SELECT l.*, {_AWAY} AS distance {_WITHIN} ORDER BY distance LIMIT 30",
)


def ohana_search(cursor: Any, need: str, radius: float) -> Ask:
    """Newest change, count and first page, as it asks for each; `radius` in miles, 50 being its widest."""

    def ask(place: Place) -> object:
        tall = radius / 69.1
        wide = tall / max(0.01, math.cos(math.radians(place.latitude)))
        values = {
            "need": need, "radius": radius, "lat": place.latitude, "lon": place.longitude,
            "south": place.latitude - tall, "north": place.latitude + tall,
            "west": place.longitude - wide, "east": place.longitude + wide,
        }  # fmt: skip
        answers = []
        for statement in _OHANA_STATEMENTS:
            cursor.execute(statement, values)
            answers.append(cursor.fetchall())
        return answers[-1]

    return ask


# --- the ORM way ------------------------------------------------------------------------------------------------------


def cards_one_by_one(session: Session, sites: Sequence[str]) -> None:
    """The facts of these listings, each loaded when it is looked at."""
    session.expire_all()
    for site in session.scalars(select(ServiceAtLocation).where(ServiceAtLocation.id.in_(sites))):
        _ = site.service.organization.name, site.location.location_type
        for table in (Phone, Schedule):
            list(session.scalars(select(table).where(table.service_id == site.service_id)))
            list(session.scalars(select(table).where(table.location_id == site.location_id)))
        for by_service in (Language, ServiceArea, ServiceNeed, RequiredDocument, CostOption):
            list(session.scalars(select(by_service).where(by_service.service_id == site.service_id)))
        for by_location in (Address, Accessibility):
            list(session.scalars(select(by_location).where(by_location.location_id == site.location_id)))
    session.expunge_all()


def cards_at_once(session: Session, sites: Sequence[str]) -> None:
    """The same with joined loading and one statement for each kind of fact, all through the ORM."""
    session.expire_all()
    found = session.scalars(
        select(ServiceAtLocation)
        .where(ServiceAtLocation.id.in_(sites))
        .options(
            joinedload(ServiceAtLocation.service, innerjoin=True).joinedload(Service.organization, innerjoin=True),
            selectinload(ServiceAtLocation.location),
        )
    ).all()
    services, locations = [site.service_id for site in found], [site.location_id for site in found]
    for table in (Phone, Schedule):
        list(session.scalars(select(table).where(table.service_id.in_(services) | table.location_id.in_(locations))))
    for by_service in (Language, ServiceArea, ServiceNeed, RequiredDocument, CostOption):
        list(session.scalars(select(by_service).where(by_service.service_id.in_(services))))
    for by_location in (Address, Accessibility):
        list(session.scalars(select(by_location).where(by_location.location_id.in_(locations))))
    session.expunge_all()
