"""A small directory strewn over everywhere families live, with what a search may stumble over: written in bulk."""

from __future__ import annotations

import random
from datetime import date, datetime, timezone
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from resources_db.models import (
    Address,
    Base,
    HolidaySchedule,
    Language,
    ListingReport,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    Verification,
)
from resources_db.search import rebuild_search
from tests.factories import make_id

NEEDS = ("food", "shelter", "legal")
#: Name, point, state, county, zone, and how many degrees its services are strewn over.
TOWNS = (
    ("Santa Ana", 33.75, -117.85, "CA", "Orange County", "America/Los_Angeles", 0.3),
    ("New York", 40.71, -74.0, "NY", "New York County", "America/New_York", 0.2),
    ("Newark", 40.73, -74.17, "NJ", "Essex County", "America/New_York", 0.2),
    ("Denver", 39.74, -104.99, "CO", "Denver County", "America/Denver", 0.5),
    ("Honolulu", 21.31, -157.86, "HI", "Honolulu County", "Pacific/Honolulu", 0.2),
    ("Anchorage", 61.2, -149.9, "AK", "Anchorage Municipality", "America/Anchorage", 1.0),
    ("Adak", 51.9, -179.9, "AK", "Aleutians West Census Area", "America/Adak", 0.6),
    ("Shemya", 52.7, 174.1, "AK", "Aleutians West Census Area", "America/Adak", 0.6),
    ("Hagåtña", 13.47, 144.75, "GU", "Guam", "Pacific/Guam", 0.1),
    ("Pago Pago", -14.28, -170.7, "AS", "Eastern District", "Pacific/Pago_Pago", 0.1),
    ("San Juan", 18.47, -66.11, "PR", "San Juan Municipio", "America/Puerto_Rico", 0.2),
    ("Utqiagvik", 71.29, -156.79, "AK", "North Slope Borough", "America/Anchorage", 0.5),
)
_WEEKS = ("MO,TU,WE,TH,FR", "MO,TU,WE,TH,FR,SA,SU", "SA", "2SA,4SA", "SU")
_HOURS = (("09:00", "17:00"), ("00:00", "23:59"), ("18:00", "02:00"), ("08:15", "11:45"))


def fill(engine: Engine, services: int, seed: int = 1) -> None:
    """Services at one to three places each, one in twelve without any, in and around TOWNS."""
    with Session(engine) as session, session.begin():
        for rows in _Country(random.Random(seed)).rows(services):
            for table, some in rows.items():
                session.execute(insert(table), some)
    rebuild_search(engine)


class _Country:
    def __init__(self, rnd: random.Random) -> None:
        self._rnd = rnd
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}

    def rows(self, services: int) -> list[dict[type[Base], list[dict[str, Any]]]]:
        for number in range(services):
            self._service(number)
        # Rows of a table must all have the same columns to go in together.
        return [
            {table: [row for row in some if row.keys() == keys]} for table, some in self._rows.items() for keys in _kinds(some)
        ]

    def _add(self, table: type[Base], **values: Any) -> str:
        some = self._rows.setdefault(table, [])
        values = {"id": make_id(table.__tablename__, len(some)), **values}
        some.append(values)
        return str(values["id"])

    def _service(self, number: int) -> None:
        rnd = self._rnd
        town = rnd.choice(TOWNS)
        organization = self._add(Organization, name=f"Org {number}", website=rnd.choice((None, "https://x.example.org")))
        ages = rnd.choice(((None, None),) * 4 + ((0.0, 5.0), (18.0, None), (12.0, 17.0), (0.5, 3.5)))
        service = self._add(
            Service,
            organization_id=organization,
            name=f"Service {number} {rnd.choice(('Diapers', 'Wheelchair loan', 'Baby formula', 'Meals', 'Pañales'))}",
            status=rnd.choice(("active",) * 8 + ("temporarily closed", "inactive")),
            minimum_age=ages[0],
            maximum_age=ages[1],
            assured_date=rnd.choice((None, date(2026, 11, 1), date(2026, 7, 1), date(2026, 1, 1))),
        )
        for need in rnd.sample(NEEDS, rnd.choice((1, 1, 2))):
            self._rows.setdefault(ServiceNeed, []).append({"service_id": service, "code": need})
        for code in rnd.choice(((), ("en",), ("en", "es"), ("vi",))):
            self._add(Language, service_id=service, code=code)
        if rnd.random() < 0.8:
            self._add(Phone, service_id=service, number=f"+1555{number:07}", type="voice")
        if rnd.random() < 0.7:
            self._area(service, town)
        if rnd.random() < 0.7:
            self._hours(service)
        if rnd.random() < 0.3:
            checked = datetime(2026, rnd.randint(3, 11), 3, 20, tzinfo=timezone.utc)
            self._add(
                Verification,
                resource_type="service",
                resource_id=service,
                verified_at=checked,
                verified_by="x",
                method="call",
                result=rnd.choice(("confirmed", "unreachable")),
            )
        self._reports(service, number)
        for _ in range(rnd.choice((0,) + (1,) * 8 + (2, 2, 3))):
            self._place(service, town)

    def _reports(self, service: str, number: int) -> None:
        """Of every fourth service, by some families: what still counts when it is searched, and what does not."""
        rnd = random.Random(number)
        for family in range(rnd.randrange(6) if number % 4 == 0 else 0):
            kind = rnd.choice(("wrong_phone", "unreached", "unreached", "helped", "helped", "helped"))
            on = date(2026, rnd.randint(6, 11), rnd.randint(1, 19))
            self._add(ListingReport, service_id=service, kind=kind, family=f"family {family}", reported_on=on)

    def _area(self, service: str, town: tuple[Any, ...]) -> None:
        _, _, _, state, county, _, _ = town
        kind, extent = self._rnd.choice(
            (
                ("state", state),
                ("county", f"{state}/{county}"),
                ("nation", "US"),
                ("county", "CA/Los Angeles County"),
                ("postal_code", "92701,10001"),
                ("text", "the west side"),
            )
        )
        self._add(ServiceArea, service_id=service, extent_type=kind, extent=extent)

    def _hours(self, service: str) -> None:
        rnd = self._rnd
        byday = rnd.choice(_WEEKS)
        opens_at, closes_at = rnd.choice(_HOURS)
        freq = "MONTHLY" if byday[0].isdigit() else "WEEKLY"
        if rnd.random() < 0.1:
            freq, byday = "YEARLY", "MO"  # which nobody here can read
        self._add(Schedule, service_id=service, freq=freq, byday=byday, opens_at=opens_at, closes_at=closes_at)
        if rnd.random() < 0.2:
            closed = rnd.random() < 0.5
            self._add(
                HolidaySchedule,
                service_id=service,
                start_date=date(2026, 11, 22),
                end_date=date(2026, 11, 27),
                closed=closed,
                opens_at=None if closed else "10:00",
                closes_at=None if closed else "12:00",
            )

    def _place(self, service: str, town: tuple[Any, ...]) -> None:
        rnd = self._rnd
        _, latitude, longitude, state, _, zone, spread = town
        # A coarse grid puts many services at the very same point, at equal distances.
        grain = rnd.choice((1, 2, 6))
        point = round(latitude + rnd.gauss(0, spread), grain), round(longitude + rnd.gauss(0, spread), grain)
        kind = rnd.choice(("physical",) * 9 + ("virtual",))
        location = self._add(
            Location,
            location_type=kind,
            latitude=None if kind == "virtual" or rnd.random() < 0.03 else point[0],
            longitude=None if kind == "virtual" else (point[1] + 180) % 360 - 180,
            confidential=rnd.random() < 0.04,
            timezone=rnd.choice((zone, zone, None)),
        )
        if kind == "physical":
            self._add(Address, location_id=location, address_1="1 Main St", state_province=state, address_type="physical")
        self._add(ServiceAtLocation, service_id=service, location_id=location)


def _kinds(rows: list[dict[str, Any]]) -> list[Any]:
    kinds: list[Any] = []
    for row in rows:
        if row.keys() not in kinds:
            kinds.append(row.keys())
    return kinds
