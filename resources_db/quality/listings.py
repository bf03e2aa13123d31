"""What a family needs of a listing: what it is, how to reach it, where it is, and that somebody checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from resources_db.models import (
    Location,
    Organization,
    Phone,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    Verification,
)
from resources_db.quality.findings import Finding
from resources_db.quality.rows import is_shown, stream

STALE_AFTER = timedelta(days=365)
_SHORTEST_DESCRIPTION = 15
# "Test 2" and "tester org" are trials; "HIV test" and "Test preparation" are not.
_TRIAL_NAME = re.compile(
    r"(?:tes+t+|tester|dummy|foo|bar)(?:[\s_-]*(?:\d+|service|org\w*|program|location|agency|record))*", re.I
)
_TRIAL_WORDS = re.compile(r"\b(asdf\w*|lorem ipsum|delete me|do not use)\b", re.I)
# "Until May 2021": a year that is over, after a word that says something ends then.
_UNTIL_YEAR = re.compile(r"\b(?:until|through|thru|till|ending|ends|expires|hasta)\b[^.;\n]{0,25}\b(20\d\d)\b", re.I)
_PANDEMIC = re.compile(r"\b(covid(?:-?19)?|coronavirus|pandemic)\b", re.I)


def check_listings(session: Session, today: date) -> Iterator[Finding]:
    """Listings without a category, contact, place or words, trial rows, and what nobody has checked for a year."""
    checked = (
        select(Verification.resource_id, func.max(Verification.verified_at).label("at"))
        .where(
            Verification.resource_type == "service",
            Verification.result.in_(("confirmed", "corrected")),
            # A family's word is worth a call, and is no check by itself.
            Verification.method != "family_report",
        )
        .group_by(Verification.resource_id)
        .subquery()
    )
    has_need = exists().where(ServiceNeed.service_id == Service.id)
    has_phone = exists().where(
        Phone.contact_id.is_(None),
        or_(
            Phone.service_id == Service.id,
            Phone.organization_id == Service.organization_id,
            Phone.service_at_location_id.in_(_sites()),
            Phone.location_id.in_(_places()),
        ),
    )
    has_area = exists().where(or_(ServiceArea.service_id == Service.id, ServiceArea.service_at_location_id.in_(_sites())))
    has_point = exists().where(
        ServiceAtLocation.service_id == Service.id,
        Location.id == ServiceAtLocation.location_id,
        or_(Location.latitude.is_not(None), Location.confidential.is_(True), Location.location_type == "virtual"),
    )
    rows = (
        select(
            Service.id,
            Service.name,
            Service.description,
            Service.url,
            Organization.name,
            Organization.website,
            Organization.is_sample,
            Service.assured_date,
            checked.c.at,
            has_need,
            has_phone,
            has_area,
            has_point,
        )
        .join(Organization, Organization.id == Service.organization_id)
        .outerjoin(checked, checked.c.resource_id == Service.id)
        .where(is_shown())
        .order_by(Service.id)
    )
    for row in stream(session, rows):
        id_, name, description, url, organization, website, is_sample, assured, at, need, phone, area, point = row

        def finding(rule: str, severity: str, problem: str, fix: str, id_: str = id_, name: str = name) -> Finding:
            return Finding(rule, severity, "service", id_, name, problem, fix)  # type: ignore[arg-type]

        if not need:
            fix = "put a term on it that says what it gives (docs/for-centers.md says how)"
            yield finding("no_category", "error", "no need is known that it meets, so no family will find it", fix)
        if not phone and not (url or website):
            yield finding("no_contact", "error", "it has neither a phone nor a website", "give one of them")
        if not point and not area:
            yield finding("no_place", "warning", "it has no point on the map and no service area", "give one of them")
        if not description or len(description) < _SHORTEST_DESCRIPTION or description.casefold() == name.casefold():
            yield finding("no_description", "note", "nothing says in a sentence what it is", "write one plain sentence")
        for text in (name, organization):
            if not is_sample and (tried := _TRIAL_NAME.fullmatch(text.strip()) or _TRIAL_WORDS.search(text)):
                yield finding(
                    "trial_row", "warning", f'it reads like a trial ("{tried[0]}")', "remove it, or give it its real name"
                )
                break
        if old := _is_over(description or "", today):
            yield finding("old_words", "warning", old, "read the description again; take out what is over")
        seen = max((day for day in (assured, at.date() if at else None) if day), default=None)
        if seen is None or seen < today - STALE_AFTER:
            what = f"last checked on {seen}" if seen else "nobody is known to have checked it"
            yield finding("stale", "note", what, "call, and mark it as checked")


def check_alerts(session: Session, today: date) -> Iterator[Finding]:
    """Alerts whose day is past: they are not shown any more and can go."""
    over = select(Service.id, Service.name, Service.alert_expires_on).where(
        and_(is_shown(), Service.alert.is_not(None), Service.alert_expires_on < today)
    )
    for id_, name, day in stream(session, over.order_by(Service.id)):
        what = f"its alert ended on {day}"
        yield Finding("alert_is_over", "note", "service", id_, name, what, "remove the alert, or give it a new end")


def _sites() -> Select[tuple[str]]:
    return select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == Service.id).correlate(Service)


def _places() -> Select[tuple[str]]:
    return select(ServiceAtLocation.location_id).where(ServiceAtLocation.service_id == Service.id).correlate(Service)


def _is_over(text: str, today: date) -> str | None:
    if (found := _UNTIL_YEAR.search(text)) and int(found[1]) < today.year:
        return f'the description speaks of the past ("{" ".join(found[0].split())}")'
    if found := _PANDEMIC.search(text):
        return f'the description may speak of rules of the pandemic ("{found[0]}")'
    return None
