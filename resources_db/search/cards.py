"""Turning the ranked services of one page into matches: the rest of their facts, in the family's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from resources_db.geo.distance import miles
from resources_db.hours import describe_hours
from resources_db.match import Match
from resources_db.models.service_capacity import CAPACITY_HOLDS
from resources_db.schedules import Closure, OpeningRule, next_open
from resources_db.search.candidates import Candidate, as_day, as_moment, by_owner, local_day
from resources_db.search.reader import Reader
from resources_db.search.reasons import Asked, Capacity, Shown, access_words, why
from resources_db.wording import phrase

# Up to here the chord tells the distance to the inch; beyond, geopy does, which takes longer than all the rest.
_BY_CHORD = 100.0

_LISTINGS = """
SELECT s.id, s.name, s.application_process, s.fees_description, s.alert, s.alert_expires_on, o.name, o.is_sample
FROM service s JOIN organization o ON o.id = s.organization_id WHERE s.id IN ?1"""
_NEEDS = "SELECT service_id, code FROM service_need WHERE service_id IN ?1 ORDER BY code"
_DOCUMENTS = "SELECT service_id, id, document FROM required_document WHERE service_id IN ?1 ORDER BY id"
_COSTS = """
SELECT service_id, id, amount_description, "option", amount, currency, valid_from, valid_to
FROM cost_option WHERE service_id IN ?1 ORDER BY id"""
_ACCESSIBILITY = "SELECT location_id, id, description, details FROM accessibility WHERE location_id IN ?1 ORDER BY id"
_ADDRESSES = """
SELECT location_id, address_1, address_2, city, state_province, postal_code
FROM address WHERE location_id IN ?1 AND address_type = 'physical' ORDER BY id"""
_NOTES = "SELECT id, public_note FROM location WHERE id IN ?1 AND public_note IS NOT NULL"
_CAPACITIES = """
SELECT c.service_id, c.available, u.id, u.name, c.updated, c.expires_at
FROM service_capacity c JOIN unit u ON u.id = c.unit_id WHERE c.service_id IN ?1 ORDER BY c.updated DESC, c.id"""
_TRANSLATIONS = """
SELECT resource_type, resource_id, field_name, value FROM translation
WHERE resource_type IN ?1 AND resource_id IN ?2 AND language = ?3"""
_TRANSLATED = ("service", "location", "required_document", "cost_option", "accessibility", "unit")
_HOURS_IN_WORDS = """
SELECT coalesce(s.description, h.description), t.value FROM translation t
LEFT JOIN schedule s ON s.id = t.resource_id LEFT JOIN holiday_schedule h ON h.id = t.resource_id
WHERE t.resource_type IN ('schedule', 'holiday_schedule') AND t.field_name = 'description' AND t.language = ?1
AND t.resource_id IN ?2"""
_DESCRIBED_HOURS = " UNION ".join(
    f"SELECT id FROM {table} WHERE {owner} IN ?{at} AND description IS NOT NULL"
    for table in ("schedule", "holiday_schedule")
    for at, owner in enumerate(("service_id", "location_id", "service_at_location_id"), 1)
)


_Hours = TypeVar("_Hours", OpeningRule, Closure)

# Many places share a pattern of hours.
_hours_in_words = lru_cache(maxsize=4096)(describe_hours)


def make_matches(reader: Reader, page: Sequence[Shown], asked: Asked) -> tuple[Match, ...]:
    """The page in its order; one statement for each kind of fact, however long the page."""
    if not page:
        return ()
    details = _Details(reader, [shown.candidate for shown in page], asked)
    return tuple(_match(shown, details, asked) for shown in page if details.knows(shown.candidate))


def _match(shown: Shown, details: _Details, asked: Asked) -> Match:
    candidate, language = shown.candidate, asked.language
    spot, service = candidate.spot, candidate.service_id
    name, *_, organization, sample = details.listing(candidate)
    latitude, longitude = spot.point or (None, None)
    away = _miles(shown, asked)
    today = local_day(asked.now, candidate.tz)
    may_open = candidate.is_active and shown.state != "open"
    shown = replace(shown, opens=_opens(candidate, asked) if may_open else None, capacity=details.capacity(candidate))
    return Match(
        service_at_location_id=spot.service_at_location_id,
        service_id=service,
        service=details.say("service", service, "name", name) or name,
        organization=organization,
        needs=tuple(dict.fromkeys([*shown.needs, *details.needs(candidate)])),
        distance_miles=None if away is None else round(away, 2),
        address=details.address(candidate),
        latitude=latitude,
        longitude=longitude,
        phones=_phones(candidate, language),
        website=candidate.website,
        open_state=shown.state,
        hours=_hours_in_words(details.rules(candidate), language, today, details.closures(candidate)),
        next_open=shown.opens,
        eligibility=shown.eligibility,
        languages=tuple(sorted(candidate.languages, key=lambda code: (code != language, code))),
        cost=details.cost(candidate),
        documents=details.documents(candidate),
        accessibility=details.accessibility(candidate),
        how_to_access=details.how_to_access(candidate),
        verified=candidate.verified,
        why=why(shown, away, candidate.verified, details.alert(candidate), asked),
        sample=bool(sample),
    )


def _miles(shown: Shown, asked: Asked) -> float | None:
    point = shown.candidate.spot.point
    if shown.miles is None or point is None or asked.origin is None:
        return None
    return shown.miles if shown.miles <= _BY_CHORD else miles(asked.origin.latitude, asked.origin.longitude, *point)


def _opens(candidate: Candidate, asked: Asked) -> datetime | None:
    told = [one.minutes for one in candidate.rules] + [one.minutes for one in candidate.closures]
    if not any(told):  # saves looking through a year
        return None
    return next_open(candidate.rules, asked.now, candidate.tz, closures=candidate.closures)


def _phones(candidate: Candidate, language: str) -> tuple[dict[str, Any], ...]:
    """Lines in the family's language first."""
    lines = sorted(candidate.phones, key=lambda line: bool(line.languages) and language not in line.languages)
    return tuple({**line._asdict(), "languages": list(line.languages)} for line in lines)


def _sentences(parts: Iterable[str]) -> str:
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts)


class _Details:
    """What is known of the page's services and places, in the family's language where there is a translation."""

    def __init__(self, reader: Reader, shown: Sequence[Candidate], asked: Asked) -> None:
        self._asked, self._language = asked, asked.language
        services = {candidate.service_id for candidate in shown}
        places = {candidate.location_id for candidate in shown if candidate.location_id}
        # A confidential place tells nothing of itself but its note: even a ramp may give away the street.
        told = {candidate.location_id for candidate in shown if candidate.location_id and not candidate.is_confidential}
        self._listings = by_owner(reader.rows(_LISTINGS, services))
        self._needs = by_owner(reader.rows(_NEEDS, services))
        self._documents = by_owner(reader.rows(_DOCUMENTS, services))
        self._costs = by_owner(reader.rows(_COSTS, services))
        self._capacities = by_owner(reader.rows(_CAPACITIES, services))
        self._accessibility = by_owner(reader.rows(_ACCESSIBILITY, told))
        self._addresses = by_owner(reader.rows(_ADDRESSES, told))
        self._notes = by_owner(reader.rows(_NOTES, places - told)) if places - told else {}
        described = (self._documents, self._costs, self._accessibility)
        ids = services | places | {row[0] for owned in described for rows in owned.values() for row in rows}
        ids |= {row[1] for rows in self._capacities.values() for row in rows}
        self._translations = {
            (table, row_id, field): value
            for table, row_id, field, value in reader.rows(_TRANSLATIONS, _TRANSLATED, ids, self._language)
        }
        self._hours_in_words: dict[str, str] = {}
        if any(hours.description for one in shown for kind in (one.rules, one.closures) for hours in kind):
            sites = {candidate.spot.service_at_location_id for candidate in shown if candidate.spot.service_at_location_id}
            hours = [row[0] for row in reader.rows(_DESCRIBED_HOURS, services, places, sites)]
            self._hours_in_words = {text: value for text, value in reader.rows(_HOURS_IN_WORDS, self._language, hours)}

    def knows(self, candidate: Candidate) -> bool:
        return candidate.service_id in self._listings

    def say(self, table: str, row_id: str, field: str, text: str | None) -> str | None:
        """The text in the family's language if it was translated, else as it is."""
        return self._translations.get((table, row_id, field), text) if text else None

    def listing(self, candidate: Candidate) -> Sequence[Any]:
        """name, application_process, fees_description, alert, alert_expires_on, organization, is_sample"""
        return self._listings[candidate.service_id][0]

    def alert(self, candidate: Candidate) -> str | None:
        """The provider's own warning, until its last day is over at the place."""
        _, _, _, alert, expires_on, *_ = self.listing(candidate)
        last = as_day(expires_on)
        if last and last < local_day(self._asked.now, candidate.tz):
            return None
        return self.say("service", candidate.service_id, "alert", alert)

    def capacity(self, candidate: Candidate) -> Capacity | None:
        """What was said last, unless that is too long ago."""
        for available, unit_id, unit, updated, expires_at in self._capacities.get(candidate.service_id, ())[:1]:
            at = as_moment(updated)
            if self._asked.now < (as_moment(expires_at) if expires_at else at + CAPACITY_HOLDS):
                return Capacity(available, self.say("unit", unit_id, "name", unit) or unit, at)
        return None

    def needs(self, candidate: Candidate) -> list[str]:
        return [code for (code,) in self._needs.get(candidate.service_id, ())]

    def rules(self, candidate: Candidate) -> tuple[OpeningRule, ...]:
        return tuple(map(self._in_words, candidate.rules))

    def closures(self, candidate: Candidate) -> tuple[Closure, ...]:
        return tuple(map(self._in_words, candidate.closures))

    def _in_words(self, hours: _Hours) -> _Hours:
        translated = self._hours_in_words.get(hours.description or "")
        return replace(hours, description=translated) if translated else hours

    def address(self, candidate: Candidate) -> str | None:
        rows = self._addresses.get(candidate.location_id)
        if not rows or candidate.is_remote:
            return None
        address_1, address_2, city, state, postal_code = rows[0]
        last = " ".join(part for part in (state, postal_code) if part)
        return ", ".join(part for part in (address_1, address_2, city, last) if part) or None

    def documents(self, candidate: Candidate) -> tuple[str, ...]:
        rows = self._documents.get(candidate.service_id, ())
        said = (self.say("required_document", row_id, "document", text) for row_id, text in rows)
        return tuple(text for text in said if text)

    def accessibility(self, candidate: Candidate) -> tuple[str, ...]:
        rows = self._accessibility.get(candidate.location_id, ())
        said = (self.say("accessibility", row_id, "description", text) or details for row_id, text, details in rows)
        return tuple(text for text in said if text)

    def cost(self, candidate: Candidate) -> str | None:
        rows = self._costs.get(candidate.service_id, ())
        today = local_day(self._asked.now, candidate.tz)
        valid = (row[:-2] for row in rows if (as_day(row[-2]) or today) <= today <= (as_day(row[-1]) or today))
        parts = list(dict.fromkeys(text for row in valid if (text := self._cost(*row))))
        if parts:
            return parts[0] if len(parts) == 1 else _sentences(parts)
        _, _, fees, *_ = self.listing(candidate)
        return self.say("service", candidate.service_id, "fees_description", fees)

    def _cost(self, row_id: str, text: str | None, option: str | None, amount: float | None, currency: str | None) -> str | None:
        if said := self.say("cost_option", row_id, "amount_description", text):
            return said
        option = self.say("cost_option", row_id, "option", option)
        if amount is None:
            return option
        if amount == 0:
            return phrase(self._language, "cost.free")
        money = f"${amount:g}" if currency in (None, "USD") else f"{amount:g} {currency}"
        return f"{option}: {money}" if option else money

    def how_to_access(self, candidate: Candidate) -> str | None:
        parts = []
        if candidate.is_confidential:
            place = candidate.location_id
            note = next((note for (note,) in self._notes.get(place, ())), None)
            said = self.say("location", place, "public_note", note)
            parts.append(said or phrase(self._language, "area.call_for_location"))
        _, process, *_ = self.listing(candidate)
        said = self.say("service", candidate.service_id, "application_process", process)
        parts += [said] if said else access_words(candidate, self._language)
        return _sentences(parts) or None
