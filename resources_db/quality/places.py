"""Addresses that contradict their own ZIP, point or service area, and places that should not be told."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.coverage import Area, serves
from resources_db.geo.distance import miles
from resources_db.geo.gazetteer import Gazetteer
from resources_db.geo.places import as_place
from resources_db.models import Address, Location, Service, ServiceArea, ServiceAtLocation
from resources_db.quality.confidential import says_confidential
from resources_db.quality.findings import Finding
from resources_db.quality.rows import is_shown, stream

# The largest ZIPs are deserts and Alaska; anywhere else a point this far from its ZIP is another town's.
_FAR_FROM_ZIP_MILES = 60.0
_WIDE_STATES = ("AK", "NV", "MT", "WY", "NM", "AZ", "UT", "OR", "ID", "TX")


def check_places(session: Session, gazetteer: Gazetteer) -> Iterator[Finding]:
    """Locations whose address, point and service areas do not agree, and hidden ones with a public address."""
    rows = (
        select(
            Location.id,
            Location.name,
            Location.description,
            Location.latitude,
            Location.longitude,
            Location.confidential,
            Address.id,
            Address.address_1,
            Address.state_province,
            Address.postal_code,
        )
        .join(Address, Address.location_id == Location.id)
        .where(Address.address_type == "physical")
        .order_by(Location.id, Address.id)
    )
    for row in stream(session, rows):
        id_, name, description, latitude, longitude, confidential, address_id, street, state, postal_code = row
        listing = name or street or "(no name)"
        if not confidential and (word := says_confidential(name, description)):
            what = f'it says "{word}" and yet has a public address'
            yield Finding("hidden_place", "error", "location", id_, listing, what, "mark it confidential, or correct the words")
        zips = gazetteer.find((postal_code or "")[:5]) if postal_code else ()
        if postal_code and not zips:
            what = f"there is no ZIP code {postal_code}"
            yield Finding("unknown_zip", "warning", "address", address_id, listing, what, "look the address up")
            continue
        if zips and state and zips[0].state.casefold() != state.strip().casefold() and len(state.strip()) == 2:
            what = f"ZIP code {postal_code} is in {zips[0].state}, the address says {state}"
            yield Finding("zip_in_other_state", "error", "address", address_id, listing, what, "look the address up")
        elif zips and latitude is not None and longitude is not None and state not in _WIDE_STATES:
            away = miles(latitude, longitude, zips[0].latitude, zips[0].longitude)
            if away > _FAR_FROM_ZIP_MILES:
                what = f"its point is {away:.0f} miles from its ZIP code {postal_code}"
                yield Finding(
                    "point_far_from_address", "error", "location", id_, listing, what, "correct the point or the address"
                )
    yield from _outside_their_area(session, gazetteer)


def _outside_their_area(session: Session, gazetteer: Gazetteer) -> Iterator[Finding]:
    rows = (
        select(
            ServiceAtLocation.id,
            Service.name,
            Address.postal_code,
            ServiceArea.extent_type,
            ServiceArea.extent,
            ServiceArea.name,
        )
        .join(Service, Service.id == ServiceAtLocation.service_id)
        .join(Address, Address.location_id == ServiceAtLocation.location_id)
        .join(
            ServiceArea,
            (ServiceArea.service_at_location_id == ServiceAtLocation.id)
            | ((ServiceArea.service_id == Service.id) & ServiceArea.service_at_location_id.is_(None)),
        )
        .where(is_shown(), Address.address_type == "physical", Address.postal_code.is_not(None))
        .order_by(ServiceAtLocation.id, Address.id, ServiceArea.id)
    )
    site: tuple[str, str, str] | None = None
    areas: list[Area] = []
    for id_, name, postal_code, *area in stream(session, rows):
        if site and site[:2] != (id_, postal_code):
            yield from _judge(site, areas, gazetteer)
            areas = []
        site = (id_, postal_code, name)
        areas.append(Area(*area))
    if site:
        yield from _judge(site, areas, gazetteer)


def _judge(site: tuple[str, str, str], areas: list[Area], gazetteer: Gazetteer) -> Iterator[Finding]:
    id_, postal_code, name = site
    zips = gazetteer.find(postal_code[:5])
    if zips and serves(areas, as_place(zips[0], postal_code)) == "no":
        told = ", ".join(area.name or area.extent or "?" for area in areas)
        what = f"its own address, {postal_code}, is outside the area it says it serves ({told})"
        yield Finding("outside_its_area", "warning", "service_at_location", id_, name, what, "ask whom it serves")
