"""The facts that decide a service's rank and what is said of it: one statement for each kind, however many services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from resources_db.coverage import Area
from resources_db.eligibility import Limits
from resources_db.geo.timezones import zone_at
from resources_db.match import Verified
from resources_db.models.service import SHOWN
from resources_db.schedules import Closure, OpeningRule
from resources_db.search.reader import Reader
from resources_db.search.told import Told, told_of


class Spot(NamedTuple):
    """A service at a place, or at none."""

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
    confidential: bool
    timezone: str | None
    state: str | None

    @property
    def point(self) -> tuple[float, float] | None:
        """Where it is, if that is known and may be used.

        Nobody helps families in the Gulf of Guinea: (0, 0) is a blank that some program filled in.
        """
        if self.location_type != "physical" or self.confidential or self.latitude is None or self.longitude is None:
            return None
        on_earth = abs(self.latitude) <= 90 and abs(self.longitude) <= 180
        return (self.latitude, self.longitude) if on_earth and (self.latitude or self.longitude) else None


class PhoneLine(NamedTuple):
    number: str
    extension: str | None
    type: str | None
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A service at a place (or at none) with its facts; `state` is a two-letter code."""

    spot: Spot
    state: str | None
    tz: str | None
    verified: Verified | None
    limits: Limits
    access: frozenset[str]
    rules: tuple[OpeningRule, ...]
    closures: tuple[Closure, ...]
    areas: tuple[Area, ...]
    languages: frozenset[str]
    phones: tuple[PhoneLine, ...]
    told: Told

    @property
    def service_id(self) -> str:
        return self.spot.service_id

    @property
    def location_id(self) -> str:
        return self.spot.location_id or ""

    @property
    def is_confidential(self) -> bool:
        return self.spot.confidential

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


_SPOT = """
SELECT s.id, s.organization_id, s.status, s.minimum_age, s.maximum_age, s.assured_date, s.url, o.website,
  sl.id, l.id, l.location_type, l.latitude, l.longitude, l.confidential, l.timezone,
  (SELECT upper(a.state_province) FROM address a
   WHERE a.location_id = l.id AND a.address_type = 'physical' ORDER BY a.id LIMIT 1)
FROM {source}
JOIN organization o ON o.id = s.organization_id
LEFT JOIN location l ON l.id = sl.location_id
WHERE s.status IN {shown} AND {condition}"""
_OF_SERVICES = _SPOT.format(
    shown=SHOWN,
    source="service s LEFT JOIN service_at_location sl ON sl.service_id = s.id",
    condition="s.id IN ?1",
)
_AT_PLACES = _SPOT.format(
    shown=SHOWN,
    source="service_at_location sl JOIN service s ON s.id = sl.service_id",
    condition="sl.id IN ?1",
)
_AT_NO_PLACE = _SPOT.format(
    shown=SHOWN,
    source="service s LEFT JOIN service_at_location sl ON sl.service_id = s.id",
    condition="s.id IN ?1 AND sl.id IS NULL",
)

# In the order of OpeningRule's fields.
_RULE = """freq, byday, opens_at, closes_at, "interval", dtstart, until, "count", wkst, bymonthday, byweekno, byyearday,
  valid_from, valid_to, description, notes, attending_type, schedule_link"""
_RULE_DATES = (5, 6, 12, 13)


def _of_owners(columns: str, table: str, owners: Mapping[str, str], more: str = "") -> str:
    """Rows with their nearest owner first, which is the first of the columns in `owners` that is not empty."""
    nearest = f"coalesce({', '.join(owners)})" if len(owners) > 1 else next(iter(owners))
    found = (f"SELECT {nearest}, id, {columns} FROM {table} WHERE {column} IN {ids}{more}" for column, ids in owners.items())
    return " UNION ".join(found) + " ORDER BY 2"


_SITE, _SERVICE, _LOCATION = "service_at_location_id", "service_id", "location_id"
_ALL = {_SITE: "?1", _SERVICE: "?2", _LOCATION: "?3"}
_SCHEDULES = _of_owners(_RULE, "schedule", _ALL)
_CLOSURES = _of_owners("start_date, end_date, closed, opens_at, closes_at, description", "holiday_schedule", _ALL)
_AREAS = _of_owners("extent_type, extent, name", "service_area", {_SITE: "?1", _SERVICE: "?2"})
_PHONES = _of_owners(
    "number, extension, type",
    "phone",
    {**_ALL, "organization_id": "?4"},
    # A contact's own number is for the office.
    # (Not IS NULL: SQLite would walk through all phones of no contact to find those of one service.)
    " AND coalesce(contact_id, '') = '' AND lower(coalesce(type, '')) NOT IN ('fax', 'pager')",
)
_LANGUAGES = _of_owners("code", "language", {_SERVICE: "?1", _LOCATION: "?2", "phone_id": "?3"}, " AND code IS NOT NULL")
_TERMS = """
SELECT a.link_id, a.link_type, t.code FROM attribute a JOIN taxonomy_term t ON t.id = a.taxonomy_term_id
WHERE a.link_id IN ?1 AND a.link_type IN ('access', 'eligibility')"""
# Whoever looked at one field only did not make sure of the listing.
_CHECKS = """
SELECT resource_id, verified_at, method FROM verification
WHERE resource_id IN ?1 AND resource_type IN ('service', 'service_at_location')
AND result IN ('confirmed', 'corrected') AND method <> 'family_report' AND fields IS NULL ORDER BY verified_at"""
_REPORTS = "SELECT service_id, kind, family, reported_on FROM listing_report WHERE service_id IN ?1"

Rows = Mapping[str, Sequence[Sequence[Any]]]


def spots_of(reader: Reader, service_ids: Collection[str]) -> list[Spot]:
    """The services that are not over, each at each of its places."""
    return [_spot(row) for row in reader.rows(_OF_SERVICES, service_ids)]


def spots_by_id(reader: Reader, ids: Collection[str]) -> list[Spot]:
    """The listings with these service_at_location or (for services without a place) service ids."""
    ids = set(ids)
    found = reader.rows(_AT_PLACES, ids)
    # Most often there is nothing left to look for.
    others = ids.difference(row[8] for row in found)
    return [_spot(row) for row in (found + reader.rows(_AT_NO_PLACE, others) if others else found)]


def candidates(reader: Reader, spots: Sequence[Spot]) -> list[Candidate]:
    """The spots with their facts, in their order."""
    facts = _Facts(reader, spots)
    return [facts.candidate(spot) for spot in spots]


class Hours(NamedTuple):
    rules: tuple[OpeningRule, ...]
    closures: tuple[Closure, ...]


def hours_of(
    reader: Reader, owners: Collection[tuple[str | None, str, str | None]]
) -> dict[tuple[str | None, str, str | None], Hours]:
    """The hours of each (service_at_location, service, location): what is said of the nearest of them holds."""
    sites, services, locations = ([id_ for id_ in ids if id_] for ids in zip(*owners, strict=True))
    schedules = by_owner(reader.rows(_SCHEDULES, sites, services, locations))
    closures = by_owner(reader.rows(_CLOSURES, sites, services, locations))
    return {
        owner: Hours(tuple(map(_as_rule, _first(schedules, *owner))), tuple(map(_as_closure, _first(closures, *owner))))
        for owner in owners
    }


class _Facts:
    def __init__(self, reader: Reader, spots: Sequence[Spot]) -> None:
        services = {spot.service_id for spot in spots}
        sites = {spot.service_at_location_id for spot in spots if spot.service_at_location_id}
        locations = {spot.location_id for spot in spots if spot.location_id}
        organizations = {spot.organization_id for spot in spots}
        self._schedules = by_owner(reader.rows(_SCHEDULES, sites, services, locations))
        self._closures = by_owner(reader.rows(_CLOSURES, sites, services, locations))
        self._areas = by_owner(reader.rows(_AREAS, sites, services))
        self._terms = by_owner(reader.rows(_TERMS, services | sites))
        self._phones = by_owner(reader.rows(_PHONES, sites, services, locations, organizations))
        phones = [phone[0] for rows in self._phones.values() for phone in rows]
        self._languages = by_owner(reader.rows(_LANGUAGES, services, locations, phones))
        self._checks = by_owner(reader.rows(_CHECKS, services | sites))
        self._reports = by_owner(reader.rows(_REPORTS, services))

    def candidate(self, spot: Spot) -> Candidate:
        site, service, location = spot.service_at_location_id, spot.service_id, spot.location_id
        terms: dict[str, set[str]] = defaultdict(set)
        for kind, code in self._terms.get(service, ()):
            terms[kind].add(code)
        # How to get in at this place replaces how to get in elsewhere.
        if here := {code for kind, code in self._terms.get(site or "", ()) if kind == "access"}:
            terms["access"] = here
        areas = tuple(Area(*row[1:]) for row in _first(self._areas, site, service))
        phones = self._lines(site, service, location) or self._lines(spot.organization_id)
        spoken = {code for owner in (service, location) for _, code in self._languages.get(owner or "", ())}
        state = spot.state or _only_state(areas)
        tz = spot.timezone or zone_at(state, *(spot.point or (None, None)))
        return Candidate(
            spot=spot,
            state=state,
            tz=tz,
            verified=self._verified(spot, tz),
            limits=Limits(
                spot.minimum_age,
                spot.maximum_age,
                frozenset(terms["eligibility"]),
                "referral" in terms["access"],
            ),
            access=frozenset(terms["access"]),
            rules=tuple(map(_as_rule, _first(self._schedules, site, service, location))),
            closures=tuple(map(_as_closure, _first(self._closures, site, service, location))),
            areas=areas,
            languages=frozenset(spoken.union(*(phone.languages for phone in phones))),
            phones=phones,
            told=self._told(spot),
        )

    def _lines(self, *owners: str | None) -> tuple[PhoneLine, ...]:
        lines: dict[tuple[str, str | None], PhoneLine] = {}
        for owner in owners:
            for phone_id, number, extension, kind in self._phones.get(owner or "", ()):
                languages = tuple(sorted(code for _, code in self._languages.get(phone_id, ())))
                lines.setdefault((number, extension), PhoneLine(number, extension, kind, languages))
        return tuple(lines.values())

    def _told(self, spot: Spot) -> Told:
        reports = self._reports.get(spot.service_id)
        if not reports:
            return Told()
        owners = (spot.service_id, spot.service_at_location_id or "")
        looked = [as_moment(at).date() for owner in owners for at, method in self._checks.get(owner, ()) if method != "import"]
        return told_of([(kind, family, as_day(on) or date.min) for kind, family, on in reports], max(looked, default=None))

    def _verified(self, spot: Spot, tz: str | None) -> Verified | None:
        """The newest of the service and of it at this place; the date that the source gives where nobody looked."""
        owners = (spot.service_id, spot.service_at_location_id or "")
        checks = [(as_moment(at), method) for owner in owners for at, method in self._checks.get(owner, ())]
        if not checks:
            return Verified(spot.assured_date, "import") if spot.assured_date else None
        at, method = max(checks)
        return Verified(local_day(at, tz), method)


def local_day(moment: datetime, tz: str | None) -> date:
    """The day of a moment in a zone; in the moment's own where the zone is not known."""
    try:
        return (moment.astimezone(ZoneInfo(tz)) if tz else moment).date()
    except (OSError, ValueError, KeyError):
        return moment.date()


def by_owner(rows: Iterable[Sequence[Any]]) -> dict[str, list[Sequence[Any]]]:
    """Rows without their first column, by it."""
    owned: dict[str, list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        owned[row[0]].append(row[1:])
    return owned


def as_day(value: date | str | None) -> date | None:
    """A date as either driver returns it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def as_moment(value: datetime | str) -> datetime:
    """A moment as either driver returns it, aware."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _spot(row: Sequence[Any]) -> Spot:
    return Spot(*row)._replace(assured_date=as_day(row[5]), confidential=bool(row[13]))


def _first(rows: Rows, *owners: str | None) -> Sequence[Sequence[Any]]:
    """The rows of the first owner that has any: what is said of a place stands for what is said in general."""
    return next((rows[owner] for owner in owners if owner and owner in rows), ())


# Many places share a pattern of hours, and a rule keeps what it has worked out.
@lru_cache(maxsize=8192)
def _rule(*values: Any) -> OpeningRule:
    read: list[Any] = [as_day(value) if at in _RULE_DATES else value for at, value in enumerate(values)]
    return OpeningRule(*read)


def _as_rule(row: Sequence[Any]) -> OpeningRule:
    return _rule(*row[1:])


def _as_closure(row: Sequence[Any]) -> Closure:
    _, start, end, closed, *rest = row
    return Closure(as_day(start) or date.min, as_day(end) or date.max, bool(closed), *rest)


def _only_state(areas: Iterable[Area]) -> str | None:
    """The state all areas lie in, if that is said and it is one."""
    states = {code[:2] for area in areas if area.extent_type in ("state", "county") for code in area.codes()}
    return states.pop() if len(states) == 1 else None
