"""The facts that decide a service's rank, for all candidates of a search: one statement for each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from resources_db.coverage import Area
from resources_db.eligibility import Limits
from resources_db.geo.places import Place
from resources_db.geo.timezones import zone_at
from resources_db.models import Attribute, Language, Phone, Schedule, ServiceArea, TaxonomyTerm
from resources_db.schedules import OpeningRule
from resources_db.search.spots import Spot, miles_to, read


class PhoneLine(NamedTuple):
    number: str
    extension: str | None
    type: str | None
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A service at a place (or at none) with what its rank depends on.

    `needs` are those asked for, in their order. `miles` is None when there is nothing to measure: no
    starting point, or a `point` that is not known or must not be used because the place is confidential.
    """

    spot: Spot
    needs: tuple[str, ...]
    miles: float | None
    state: str | None
    tz: str | None
    verified_by: str | None
    limits: Limits
    access: frozenset[str]
    rules: tuple[OpeningRule, ...]
    areas: tuple[Area, ...]
    languages: frozenset[str]
    phones: tuple[PhoneLine, ...]

    @property
    def service_id(self) -> str:
        return self.spot.service_id

    @property
    def location_id(self) -> str:
        return self.spot.location_id or ""

    @property
    def is_confidential(self) -> bool:
        return bool(self.spot.confidential)

    @property
    def is_remote(self) -> bool:
        """By phone, online, or wherever the family is."""
        return self.spot.location_type in (None, "virtual")

    @property
    def is_active(self) -> bool:
        """Not closed for now."""
        return self.spot.status == "active"

    @property
    def website(self) -> str | None:
        return self.spot.url or self.spot.organization_website


# In the order of OpeningRule's fields.
_RULE_COLUMNS = (
    Schedule.freq,
    Schedule.byday,
    Schedule.opens_at,
    Schedule.closes_at,
    Schedule.interval,
    Schedule.dtstart,
    Schedule.until,
    Schedule.count,
    Schedule.wkst,
    Schedule.bymonthday,
    Schedule.byweekno,
    Schedule.byyearday,
    Schedule.valid_from,
    Schedule.valid_to,
    Schedule.description,
)
# Many places share a pattern of hours, and a rule keeps what it has worked out.
_rule = lru_cache(maxsize=4096)(OpeningRule)


def _any_of(name: str) -> Any:
    return bindparam(name, expanding=True)


# Each row is told by its nearest owner, the first column.
_SCHEDULES = (
    select(
        func.coalesce(Schedule.service_at_location_id, Schedule.service_id, Schedule.location_id),
        *_RULE_COLUMNS,
    )
    .where(
        or_(
            Schedule.service_id.in_(_any_of("services")),
            Schedule.service_at_location_id.in_(_any_of("sites")),
            Schedule.location_id.in_(_any_of("locations")),
        )
    )
    .order_by(Schedule.id)
)
_AREAS = (
    select(
        func.coalesce(ServiceArea.service_at_location_id, ServiceArea.service_id),
        ServiceArea.extent_type,
        ServiceArea.extent,
        ServiceArea.name,
    )
    .where(
        or_(
            ServiceArea.service_id.in_(_any_of("services")),
            ServiceArea.service_at_location_id.in_(_any_of("sites")),
        )
    )
    .order_by(ServiceArea.id)
)
_TERMS = (
    select(Attribute.link_id, Attribute.link_type, TaxonomyTerm.code)
    .join(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
    .where(
        Attribute.link_id.in_(_any_of("owners")),
        Attribute.link_type.in_(("access", "eligibility", "verified_by")),
    )
)
_PHONES = (
    select(
        func.coalesce(Phone.service_at_location_id, Phone.service_id, Phone.location_id, Phone.organization_id),
        Phone.id,
        Phone.number,
        Phone.extension,
        Phone.type,
    )
    .where(
        or_(
            Phone.service_id.in_(_any_of("services")),
            Phone.service_at_location_id.in_(_any_of("sites")),
            Phone.location_id.in_(_any_of("locations")),
            Phone.organization_id.in_(_any_of("organizations")),
        ),
        # A contact's own number is for the office.
        Phone.contact_id.is_(None),
        func.lower(func.coalesce(Phone.type, "")).not_in(("fax", "pager")),
    )
    .order_by(Phone.id)
)
_LANGUAGES = (
    select(func.coalesce(Language.service_id, Language.location_id, Language.phone_id), Language.code)
    .where(
        Language.code.is_not(None),
        or_(
            Language.service_id.in_(_any_of("services")),
            Language.location_id.in_(_any_of("locations")),
            Language.phone_id.in_(_any_of("phones")),
        ),
    )
    .order_by(Language.code)
)

Rows = Mapping[str, Sequence[Sequence[Any]]]


def candidates(session: Session, spots: Iterable[Spot], needs: Sequence[str], origin: Place | None) -> list[Candidate]:
    """The spots, one for each service at a place, with their facts; `origin` is what miles are told from."""
    codes: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    rows: dict[tuple[str, str], Spot] = {}
    for spot in spots:
        codes[spot.key].add(spot.code)
        rows.setdefault(spot.key, spot)
    facts = _Facts(session, list(rows.values()))
    return [facts.candidate(spot, tuple(need for need in needs if need in codes[key]), origin) for key, spot in rows.items()]


class _Facts:
    def __init__(self, session: Session, spots: Sequence[Spot]) -> None:
        services = {spot.service_id for spot in spots}
        sites = {spot.service_at_location_id for spot in spots if spot.service_at_location_id}
        locations = {spot.location_id for spot in spots if spot.location_id}
        organizations = {spot.organization_id for spot in spots}
        of_all = {"services": services, "sites": sites, "locations": locations}
        self._rules = by_owner(read(session, _SCHEDULES, **of_all))
        self._areas = by_owner(read(session, _AREAS, services=services, sites=sites))
        self._terms = by_owner(read(session, _TERMS, owners=services | sites))
        self._phones = by_owner(read(session, _PHONES, **of_all, organizations=organizations))
        phones = [phone[0] for rows in self._phones.values() for phone in rows]
        self._languages = by_owner(read(session, _LANGUAGES, services=services, locations=locations, phones=phones))

    def candidate(self, spot: Spot, needs: tuple[str, ...], origin: Place | None) -> Candidate:
        site, service, location = spot.service_at_location_id or "", spot.service_id, spot.location_id or ""
        terms: dict[str, set[str]] = defaultdict(set)
        for kind, code in self._terms.get(service, ()):
            terms[kind].add(code)
        # How to get in at this place replaces how to get in elsewhere.
        if here := {code for kind, code in self._terms.get(site, ()) if kind == "access"}:
            terms["access"] = here
        areas = tuple(Area(*row) for row in _first(self._areas, site, service))
        phones = self._lines(site, service, location) or self._lines(spot.organization_id)
        spoken = {code for owner in (service, location) for (code,) in self._languages.get(owner, ())}
        state = spot.state or _only_state(areas)
        return Candidate(
            spot=spot,
            needs=needs,
            miles=miles_to(origin, *spot.point) if origin and spot.point else None,
            state=state,
            tz=spot.timezone or zone_at(state, *(spot.point or (None, None))),
            verified_by=min(terms["verified_by"], default=None),
            limits=Limits(
                spot.minimum_age,
                spot.maximum_age,
                frozenset(terms["eligibility"]),
                "referral" in terms["access"],
            ),
            access=frozenset(terms["access"]),
            rules=tuple(_rule(*row) for row in _first(self._rules, site, service, location)),
            areas=areas,
            languages=frozenset(spoken.union(*(phone.languages for phone in phones))),
            phones=phones,
        )

    def _lines(self, *owners: str) -> tuple[PhoneLine, ...]:
        lines: dict[tuple[str, str | None], PhoneLine] = {}
        for owner in owners:
            for phone_id, number, extension, kind in self._phones.get(owner, ()):
                languages = tuple(code for (code,) in self._languages.get(phone_id, ()))
                lines.setdefault((number, extension), PhoneLine(number, extension, kind, languages))
        return tuple(lines.values())


def by_owner(rows: Iterable[Any]) -> dict[str, list[Sequence[Any]]]:
    """Rows without their first column, by it."""
    owned: dict[str, list[Sequence[Any]]] = defaultdict(list)
    for owner, *values in rows:
        owned[owner].append(values)
    return owned


def _first(rows: Rows, *owners: str) -> Sequence[Sequence[Any]]:
    """The rows of the first owner that has any: what is said of a place stands for what is said in general."""
    return next((rows[owner] for owner in owners if owner in rows), ())


def _only_state(areas: Iterable[Area]) -> str | None:
    """The state all areas lie in, if that is said and it is one."""
    states = {code[:2] for area in areas if area.extent_type in ("state", "county") for code in area.codes()}
    return states.pop() if len(states) == 1 else None
