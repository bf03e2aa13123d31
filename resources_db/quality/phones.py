"""Numbers that nobody will answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resources_db.models import Location, Organization, Phone, Service, ServiceAtLocation
from resources_db.quality.findings import Finding
from resources_db.quality.rows import is_shown, listing_name, stream

_SHORT_CODE = re.compile(r"\d{3,6}")
# North America keeps 555-0100 to 555-0199 for made-up people.
_MADE_UP = re.compile(r"\+1\d{3}55501\d\d")
_ONE_DIGIT = re.compile(r"\+1(\d)\1{9}")
_COUNTED_UP = ("1234567890", "0123456789", "9876543210")
# A number that so many organizations give as theirs is a placeholder or a referral line.
_TOO_MANY_OWNERS = 6


def check_phones(session: Session) -> Iterator[Finding]:
    """Numbers that cannot be called, that are made up, or that too many unlike organizations share."""
    owned = (
        select(Phone.id, Phone.number, listing_name(), Organization.is_sample)
        .outerjoin(ServiceAtLocation, ServiceAtLocation.id == Phone.service_at_location_id)
        .outerjoin(Service, Service.id == func.coalesce(Phone.service_id, ServiceAtLocation.service_id))
        .outerjoin(Location, Location.id == Phone.location_id)
        .outerjoin(
            Organization,
            Organization.id == func.coalesce(Phone.organization_id, Service.organization_id, Location.organization_id),
        )
        .where(Phone.contact_id.is_(None), Service.id.is_(None) | is_shown())
        .order_by(Phone.id)
    )
    for id_, number, listing, is_sample in stream(session, owned):
        if what := _what_is_wrong(number, is_sample):
            yield Finding("dead_phone", "error", "phone", id_, listing, what, "call it, and correct or remove it")
    yield from _shared(session)


def _what_is_wrong(number: str, is_sample: bool | None) -> str | None:
    if _SHORT_CODE.fullmatch(number):
        return None
    if _MADE_UP.fullmatch(number):
        return None if is_sample else f"{number} is one of the numbers kept for films"
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return f'"{number}" is not a phone number'
    if _ONE_DIGIT.fullmatch(number) or number.removeprefix("+1") in _COUNTED_UP:
        return f"{number} was typed to fill the field"
    if not phonenumbers.is_valid_number(parsed):
        return f"{number} is in no area code or exchange that exists"
    return None


def _shared(session: Session) -> Iterator[Finding]:
    owner = func.coalesce(Phone.organization_id, Service.organization_id, Location.organization_id)
    shared = (
        select(func.min(Phone.id), Phone.number, func.count(owner.distinct()))
        .outerjoin(ServiceAtLocation, ServiceAtLocation.id == Phone.service_at_location_id)
        .outerjoin(Service, Service.id == func.coalesce(Phone.service_id, ServiceAtLocation.service_id))
        .outerjoin(Location, Location.id == Phone.location_id)
        .where(Phone.contact_id.is_(None), func.length(Phone.number) > 6)
        .group_by(Phone.number)
        .having(func.count(owner.distinct()) >= _TOO_MANY_OWNERS)
        .order_by(Phone.number)
    )
    for id_, number, owners in stream(session, shared):
        what = f"{owners} organizations give {number} as theirs"
        yield Finding("shared_phone", "warning", "phone", id_, number, what, "find out whose it is; each needs its own")
