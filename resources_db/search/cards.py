"""Turning the ranked services of one page into matches: the rest of their facts, in the family's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.orm import Session

from resources_db.geo.distance import miles
from resources_db.hours import describe_hours
from resources_db.match import Match, Verified
from resources_db.models import (
    Accessibility,
    Address,
    CostOption,
    Location,
    Organization,
    RequiredDocument,
    Schedule,
    Service,
    ServiceNeed,
    Translation,
)
from resources_db.schedules import OpeningRule, next_open
from resources_db.search.candidates import Candidate, by_owner
from resources_db.search.ranking import Ranked
from resources_db.search.reasons import Asked, access_words, local_day, why
from resources_db.search.spots import read
from resources_db.wording import phrase

_SERVICES: BindParameter[str] = bindparam("services", expanding=True)
_PLACES: BindParameter[str] = bindparam("places", expanding=True)
_LISTINGS = (
    select(
        Service.id,
        Service.name,
        Service.application_process,
        Service.fees_description,
        Service.alert,
        Organization.name,
        Organization.is_sample,
    )
    .join(Organization, Organization.id == Service.organization_id)
    .where(Service.id.in_(_SERVICES))
)
_NEEDS = select(ServiceNeed.service_id, ServiceNeed.code).where(ServiceNeed.service_id.in_(_SERVICES)).order_by(ServiceNeed.code)
_DOCUMENTS = (
    select(RequiredDocument.service_id, RequiredDocument.id, RequiredDocument.document)
    .where(RequiredDocument.service_id.in_(_SERVICES))
    .order_by(RequiredDocument.id)
)
_COSTS = (
    select(
        CostOption.service_id,
        CostOption.id,
        CostOption.amount_description,
        CostOption.option,
        CostOption.amount,
        CostOption.currency,
    )
    .where(
        CostOption.service_id.in_(_SERVICES),
        or_(CostOption.valid_from.is_(None), CostOption.valid_from <= bindparam("today")),
        or_(CostOption.valid_to.is_(None), CostOption.valid_to >= bindparam("today")),
    )
    .order_by(CostOption.id)
)
_ACCESSIBILITY = (
    select(Accessibility.location_id, Accessibility.id, Accessibility.description, Accessibility.details)
    .where(Accessibility.location_id.in_(_PLACES))
    .order_by(Accessibility.id)
)
_ADDRESSES = (
    select(
        Address.location_id,
        Address.address_1,
        Address.address_2,
        Address.city,
        Address.state_province,
        Address.postal_code,
    )
    .where(Address.location_id.in_(_PLACES), Address.address_type == "physical")
    .order_by(Address.id)
)
_NOTES = select(Location.id, Location.public_note).where(Location.id.in_(_PLACES), Location.public_note.is_not(None))
_TRANSLATIONS = select(Translation.resource_type, Translation.resource_id, Translation.field_name, Translation.value).where(
    Translation.resource_type.in_(("service", "location", "required_document", "cost_option", "accessibility")),
    Translation.resource_id.in_(bindparam("ids", expanding=True)),
    Translation.language == bindparam("language"),
)
_HOURS_IN_WORDS = (
    select(Schedule.description, Translation.value)
    .join(Schedule, Schedule.id == Translation.resource_id)
    .where(
        Translation.resource_type == "schedule",
        Translation.field_name == "description",
        Translation.language == bindparam("language"),
        or_(
            Schedule.service_id.in_(_SERVICES),
            Schedule.location_id.in_(_PLACES),
            Schedule.service_at_location_id.in_(bindparam("sites", expanding=True)),
        ),
    )
)


def make_matches(session: Session, page: Sequence[Ranked], asked: Asked) -> tuple[Match, ...]:
    """The page in its order; one statement for each kind of fact, however long the page."""
    if not page:
        return ()
    details = _Details(session, [ranked.candidate for ranked in page], asked)
    return tuple(_match(ranked, details, asked) for ranked in page)


def _match(ranked: Ranked, details: _Details, asked: Asked) -> Match:
    candidate, language = ranked.candidate, asked.language
    spot, service = candidate.spot, candidate.service_id
    name, _, _, alert, organization, sample = details.listing(candidate)
    latitude, longitude = spot.point or (None, None)
    away = _miles(candidate, asked)
    verified = Verified(spot.assured_date, candidate.verified_by or "import") if spot.assured_date else None
    may_open = candidate.is_active and ranked.state != "open"
    return Match(
        service_at_location_id=spot.service_at_location_id,
        service_id=service,
        service=details.say("service", service, "name", name) or name,
        organization=organization,
        needs=tuple(dict.fromkeys([*candidate.needs, *details.needs(candidate)])),
        distance_miles=None if away is None else round(away, 2),
        address=details.address(candidate),
        latitude=latitude,
        longitude=longitude,
        phones=_phones(candidate, language),
        website=candidate.website,
        open_state=ranked.state,
        hours=describe_hours(details.rules(candidate), language, local_day(candidate, asked.now)),
        next_open=next_open(candidate.rules, asked.now, candidate.tz) if may_open else None,
        eligibility=ranked.eligibility,
        languages=tuple(sorted(candidate.languages, key=lambda code: (code != language, code))),
        cost=details.cost(candidate),
        documents=details.documents(candidate),
        accessibility=details.accessibility(candidate),
        how_to_access=details.how_to_access(candidate),
        verified=verified,
        why=why(ranked, away, verified, details.say("service", service, "alert", alert), asked),
        sample=sample,
    )


def _miles(candidate: Candidate, asked: Asked) -> float | None:
    if candidate.miles is None or candidate.spot.point is None or asked.origin is None:
        return None
    return miles(asked.origin.latitude, asked.origin.longitude, *candidate.spot.point)


def _phones(candidate: Candidate, language: str) -> tuple[dict[str, Any], ...]:
    """Lines in the family's language first."""
    lines = sorted(candidate.phones, key=lambda line: bool(line.languages) and language not in line.languages)
    return tuple({**line._asdict(), "languages": list(line.languages)} for line in lines)


def _sentences(parts: Iterable[str]) -> str:
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts)


class _Details:
    """What is known of the page's services and places, in the family's language where there is a translation."""

    def __init__(self, session: Session, shown: Sequence[Candidate], asked: Asked) -> None:
        self._language = asked.language
        services = {candidate.service_id for candidate in shown}
        places = {candidate.location_id for candidate in shown}
        # A confidential place tells nothing of itself but its note: even a ramp may give away the street.
        told = {candidate.location_id for candidate in shown if not candidate.is_confidential}
        self._listings = by_owner(read(session, _LISTINGS, services=services))
        self._needs = by_owner(read(session, _NEEDS, services=services))
        self._documents = by_owner(read(session, _DOCUMENTS, services=services))
        self._costs = by_owner(read(session, _COSTS, services=services, today=asked.now.date()))
        self._accessibility = by_owner(read(session, _ACCESSIBILITY, places=told))
        self._addresses = by_owner(read(session, _ADDRESSES, places=told))
        self._notes = by_owner(read(session, _NOTES, places=places - told)) if places - told else {}
        described = (self._documents, self._costs, self._accessibility)
        ids = services | places | {row[0] for owned in described for rows in owned.values() for row in rows}
        self._translations = {
            (table, row_id, field): value
            for table, row_id, field, value in read(session, _TRANSLATIONS, ids=ids, language=asked.language)
        }
        self._hours_in_words: dict[str, str] = {}
        if any(rule.description for candidate in shown for rule in candidate.rules):
            sites = {candidate.spot.service_at_location_id for candidate in shown}
            owners = {"services": services, "places": places, "sites": sites}
            self._hours_in_words = dict(
                (text, value) for text, value in read(session, _HOURS_IN_WORDS, **owners, language=asked.language)
            )

    def say(self, table: str, row_id: str, field: str, text: str | None) -> str | None:
        """The text in the family's language if it was translated, else as it is."""
        return self._translations.get((table, row_id, field), text) if text else None

    def listing(self, candidate: Candidate) -> Sequence[Any]:
        """name, application_process, fees_description, alert, organization, is_sample"""
        return self._listings[candidate.service_id][0]

    def needs(self, candidate: Candidate) -> list[str]:
        return [code for (code,) in self._needs.get(candidate.service_id, ())]

    def rules(self, candidate: Candidate) -> list[OpeningRule]:
        return [
            replace(rule, description=translated)
            if rule.description and (translated := self._hours_in_words.get(rule.description))
            else rule
            for rule in candidate.rules
        ]

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
        parts = list(dict.fromkeys(text for row in rows if (text := self._cost(*row))))
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
