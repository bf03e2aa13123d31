"""Small directories for tests: each listing is good in every way but those that the test names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from resources_db.geo.places import Place
from resources_db.models import (
    Accessibility,
    Address,
    Attribute,
    Base,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    Taxonomy,
    TaxonomyTerm,
    Translation,
    Verification,
)

SANTA_ANA = Place("92701", "zip", 33.7523, -117.8541, "Santa Ana, CA 92701", "CA", "Orange County", "92701")
# A Monday morning.
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("America/Los_Angeles"))
CHECKED_LATELY = date(2026, 11, 3)
WORK_WEEK = ("MO,TU,WE,TH,FR", "09:00", "17:00")
ORANGE_COUNTY = ("county", "CA/Orange County")
_MILES_PER_DEGREE = 68.94


def north_of(place: Place, miles: float) -> tuple[float, float]:
    """The point that far due north."""
    return place.latitude + miles / _MILES_PER_DEGREE, place.longitude


def somewhere(label: str, latitude: float, longitude: float, state: str, **more: str) -> Place:
    return replace(Place(label, "city", latitude, longitude, label, state), **more)  # type: ignore[arg-type]


def make_id(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))


class DirectoryBuilder:
    """Adds listings to a session's directory. Names are unique: ids are made from them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._terms: dict[tuple[str, str], str] = {}
        self._count = self._places = 0

    def add(
        self,
        name: str,
        miles: float | None = 1.0,
        *,
        needs: Sequence[str] = ("food",),
        point: tuple[float, float] | None = None,
        status: str = "active",
        alert: str | None = None,
        ages: tuple[float | None, float | None] = (None, None),
        hours: Sequence[tuple[str, str, str]] = (WORK_WEEK,),
        hours_text: str | None = None,
        access: Sequence[str] = ("walk_in",),
        eligibility: Sequence[str] = (),
        areas: Sequence[tuple[str, str]] = (ORANGE_COUNTY,),
        languages: Sequence[str] = ("en", "es"),
        phone: str | None = "+17145550100",
        website: str | None = None,
        assured: date | None = CHECKED_LATELY,
        verified_by: str | None = "call",
        confidential: bool = False,
        virtual: bool = False,
        state: str = "CA",
        timezone: str | None = "America/Los_Angeles",
        sample: bool = False,
        application_process: str | None = None,
    ) -> str:
        """A service at one place, `miles` north of Santa Ana or at `point`; without both it has no place.

        Returns the service's id; `site_id` gives that of the service at its place.
        """
        service = make_id("service", name)
        organization = self._row(Organization, name=f"{name} Org", is_sample=sample)
        self.session.add(
            Service(
                id=service,
                organization_id=organization,
                name=name,
                status=status,
                alert=alert,
                alert_expires_on=date(2099, 12, 31) if alert else None,
                url=website,
                minimum_age=ages[0],
                maximum_age=ages[1],
                assured_date=assured,
                application_process=application_process,
            )
        )
        self.session.flush()
        for code in needs:
            self.session.add(ServiceNeed(service_id=service, code=code))
        for extent_type, extent in areas:
            self._row(ServiceArea, service_id=service, extent_type=extent_type, extent=extent)
        for byday, opens_at, closes_at in hours:
            self._row(
                Schedule,
                service_id=service,
                freq="MONTHLY" if byday[0] in "12345-" else "WEEKLY",
                byday=byday,
                opens_at=opens_at,
                closes_at=closes_at,
            )
        if hours_text:
            self._row(Schedule, service_id=service, description=hours_text)
        for code in languages:
            self._row(Language, service_id=service, code=code)
        if phone:
            self._row(Phone, service_id=service, number=phone, type="voice")
        for kind, codes in (("access", access), ("eligibility", eligibility)):
            for code in codes:
                self.tag(service, kind, code)
        if assured and verified_by:
            self._row(
                Verification,
                resource_type="service",
                resource_id=service,
                verified_at=datetime.combine(assured, time(12), ZoneInfo("UTC")),
                verified_by="a test",
                method=verified_by,
                result="confirmed",
            )
        if virtual or point or miles is not None:
            self.at(
                service,
                point or north_of(SANTA_ANA, miles or 0.0),
                confidential=confidential,
                virtual=virtual,
                state=state,
                timezone=timezone,
            )
        self.session.flush()
        return service

    def at(
        self,
        service: str,
        point: tuple[float, float],
        *,
        confidential: bool = False,
        virtual: bool = False,
        state: str = "CA",
        timezone: str | None = "America/Los_Angeles",
    ) -> str:
        """Offer a service at one more place; returns the service_at_location id."""
        self._places += 1
        location = self._row(
            Location,
            location_type="virtual" if virtual else "physical",
            latitude=None if virtual else point[0],
            longitude=None if virtual else point[1],
            confidential=confidential,
            public_note="Call for location." if confidential else None,
            timezone=timezone,
        )
        if not virtual:
            self._row(
                Address,
                location_id=location,
                address_1=f"{self._places} Hidden Street" if confidential else f"{self._places} Main Street",
                city="Santa Ana",
                state_province=state,
                postal_code="92701",
                country="US",
                address_type="physical",
            )
            self._row(Accessibility, location_id=location, description="Ramp on Hidden Street.")
        site = make_id("site", service, self._places)
        self.session.add(ServiceAtLocation(id=site, service_id=service, location_id=location))
        self.session.flush()
        return site

    def document(self, service: str, text: str, spanish: str | None = None) -> None:
        row = self._row(RequiredDocument, service_id=service, document=text)
        self.translate("required_document", row, "document", spanish)

    def cost(self, service: str, text: str, spanish: str | None = None) -> None:
        row = self._row(CostOption, service_id=service, amount_description=text)
        self.translate("cost_option", row, "amount_description", spanish)

    def translate(self, table: str, row_id: str, field: str, spanish: str | None) -> None:
        if spanish:
            self._row(
                Translation,
                resource_type=table,
                resource_id=row_id,
                field_name=field,
                language="es",
                value=spanish,
                method="person",
            )

    def tag(self, link_id: str, kind: str, code: str, entity: str = "service") -> None:
        self._row(
            Attribute,
            link_id=link_id,
            link_entity=entity,
            link_type=kind,
            taxonomy_term_id=self._term(kind, code),
            value=code,
        )

    def _term(self, kind: str, code: str) -> str:
        if (kind, code) not in self._terms:
            taxonomy = self._row(Taxonomy, name=f"homeward-{kind}")
            self._terms[kind, code] = self._row(TaxonomyTerm, code=code, name=code, taxonomy_id=taxonomy)
        return self._terms[kind, code]

    def _row(self, table: type[Base], **values: object) -> str:
        self._count += 1
        row_id = make_id(table.__tablename__, self._count)
        self.session.add(table(id=row_id, **values))
        self.session.flush()
        return row_id
