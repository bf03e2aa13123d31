"""Opening hours that cannot be, or that are over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resources_db.models import Location, Organization, Schedule, Service, ServiceAtLocation
from resources_db.quality.findings import Finding
from resources_db.quality.rows import is_shown, listing_name, stream
from resources_db.schedules import DAY_MINUTES, OpeningRule

# Longer is either around the clock, which is written so, or a "9 to 5" whose evening half was lost.
_LONGEST_DAY = 18 * 60
_RULE = tuple(getattr(Schedule, field.name) for field in fields(OpeningRule))


def check_hours(session: Session, today: date) -> Iterator[Finding]:
    """Rules that cannot be read, days that never end, and listings all of whose hours are in the past."""
    owner = func.coalesce(Schedule.service_at_location_id, Schedule.service_id, Schedule.location_id)
    rows = (
        select(owner, Schedule.id, listing_name(), *_RULE)
        .outerjoin(ServiceAtLocation, ServiceAtLocation.id == Schedule.service_at_location_id)
        .outerjoin(Service, Service.id == func.coalesce(Schedule.service_id, ServiceAtLocation.service_id))
        .outerjoin(Location, Location.id == func.coalesce(Schedule.location_id, ServiceAtLocation.location_id))
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .where(Service.id.is_(None) | is_shown())
        .order_by(owner, Schedule.id)
    )
    last: tuple[str, str, str] | None = None
    all_over = False
    for owner_id, id_, listing, *values in stream(session, rows):
        rule = OpeningRule(*values)
        if last and last[0] != owner_id:
            if all_over:
                yield _over(*last[1:])
            last = None
        all_over = _is_over(rule, today) and (all_over or last is None)
        last = (owner_id, id_, listing)
        if what := _what_is_wrong(rule):
            yield Finding("impossible_hours", "error", "schedule", id_, listing, what, "ask when it is open")
    if last and all_over:
        yield _over(*last[1:])


def _what_is_wrong(rule: OpeningRule) -> str | None:
    if rule.is_note:
        return None
    if not rule.readable:
        return "the days of this rule cannot be worked out"
    if rule.until and rule.dtstart and rule.until < rule.dtstart:
        return f"it ends on {rule.until}, before it begins on {rule.dtstart}"
    if not (rule.opens_at or rule.closes_at):
        return None
    if rule.minutes is None:
        return f"it opens at {rule.opens_at} and closes at {rule.closes_at}"
    opens, closes = rule.minutes
    if _LONGEST_DAY < closes - opens < DAY_MINUTES - 1:
        return f"it is open {(closes - opens) / 60:g} hours at a stretch, {rule.opens_at} to {rule.closes_at}"
    return None


def _is_over(rule: OpeningRule, today: date) -> bool:
    ends = [day for day in (rule.valid_to, rule.last_day if rule.readable else rule.until) if day]
    return bool(ends) and min(ends) < today


def _over(id_: str, listing: str) -> Finding:
    what, fix = "all the hours given for it are in the past", "ask for the hours it has now"
    return Finding("hours_are_over", "warning", "schedule", id_, listing, what, fix)
