"""One listing as it is shown to a family, the same in the chat, on the command line and in the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from resources_db.eligibility import Eligibility
from resources_db.schedules import OpenState


@dataclass(frozen=True)
class Verified:
    """When somebody last made sure of a listing, and how: call, visit, email, site, provider or import."""

    on: date
    by: str


@dataclass(frozen=True)
class Match:
    """A service at a place (or at none). All words are in the family's language where there is a translation.

    `service_at_location_id` is None for a service without any location. Address, point and distance are
    None for confidential and virtual places. `phones` are dicts of number, extension, type and languages;
    languages are ISO 639-1 codes. `next_open` is None while the place is open.
    """

    service_at_location_id: str | None
    service_id: str
    service: str
    organization: str
    needs: tuple[str, ...]
    distance_miles: float | None
    address: str | None
    latitude: float | None
    longitude: float | None
    phones: tuple[Mapping[str, Any], ...]
    website: str | None
    open_state: OpenState
    hours: str
    next_open: datetime | None
    eligibility: Eligibility
    languages: tuple[str, ...]
    cost: str | None
    documents: tuple[str, ...]
    accessibility: tuple[str, ...]
    how_to_access: str | None
    verified: Verified | None
    why: tuple[str, ...]
    sample: bool


def as_json(match: Match) -> dict[str, Any]:
    """The match as the public contracts have it (DESIGN section 5), ready for `json.dumps`."""
    verified = match.verified
    return {
        "service_at_location_id": match.service_at_location_id,
        "service_id": match.service_id,
        "service": match.service,
        "organization": match.organization,
        "needs": list(match.needs),
        "distance_miles": match.distance_miles,
        "address": match.address,
        "latitude": match.latitude,
        "longitude": match.longitude,
        "phones": [dict(phone) for phone in match.phones],
        "website": match.website,
        "open_state": match.open_state,
        "hours": match.hours,
        "next_open": match.next_open.isoformat() if match.next_open else None,
        "eligibility": {"fits": match.eligibility.fits, "reasons": list(match.eligibility.reasons)},
        "languages": list(match.languages),
        "cost": match.cost,
        "documents": list(match.documents),
        "accessibility": list(match.accessibility),
        "how_to_access": match.how_to_access,
        "verified": {"on": verified.on.isoformat(), "by": verified.by} if verified else None,
        "why": list(match.why),
        "sample": match.sample,
    }
