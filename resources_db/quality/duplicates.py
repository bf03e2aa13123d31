"""Organizations, locations and services that are likely in the directory twice, with the reasons.

Only rows that share something (a number, a site, an address, nearly a name) are compared, so the work grows
with the directory and not with its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from rapidfuzz import fuzz
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resources_db.geo.distance import miles
from resources_db.models import Address, Location, Organization, OrganizationIdentifier, Phone, Service
from resources_db.quality.rows import is_shown, stream
from resources_db.quality.sameness import name_key, site_key, street_key

Kind = Literal["organization", "location", "service"]

# What more rows than this share (the number of a city hall) says nothing about any two of them.
_LARGEST_BLOCK = 12
# A misspelt name lies so close to the right one when names are sorted.
_NEIGHBORS = 4
_ALIKE = 88.0  # name similarity out of 100, beside another sign
_NEARLY_EQUAL = 96.0  # name similarity that is a sign by itself
_SAME_SPOT_MILES = 0.05


@dataclass(frozen=True)
class Pair:
    """Two rows that are likely one. `score` is 0 to 100; `reasons` are in plain English, the strongest first."""

    kind: Kind
    first_id: str
    second_id: str
    first_name: str
    second_name: str
    score: int
    reasons: tuple[str, ...]


def likely_duplicates(session: Session) -> list[Pair]:
    """All likely pairs: organizations, locations, services; the likeliest first within each kind."""
    organizations = sorted(_organizations(session), key=_order)
    twins = [(pair.first_id, pair.second_id) for pair in organizations]
    return [*organizations, *sorted(_locations(session), key=_order), *sorted(_services(session, twins), key=_order)]


def _order(pair: Pair) -> tuple[int, str, str]:
    return -pair.score, pair.first_id, pair.second_id


def _organizations(session: Session) -> Iterator[Pair]:
    names: dict[str, str] = {}
    signs: dict[str, dict[str, str]] = defaultdict(dict)
    for id_, name, website in stream(session, select(Organization.id, Organization.name, Organization.website)):
        names[id_] = name
        if website and (host := site_key(website)):
            signs[id_][f"site {host}"] = f"both have the site {host}"
    owner = func.coalesce(Phone.organization_id, Service.organization_id, Location.organization_id)
    numbers = (
        select(owner, Phone.number)
        .outerjoin(Service, Service.id == Phone.service_id)
        .outerjoin(Location, Location.id == Phone.location_id)
        .where(Phone.contact_id.is_(None), owner.is_not(None), func.length(Phone.number) > 6)
    )
    for id_, number in stream(session, numbers):
        signs[id_][f"phone {number}"] = f"both have the number {number}"
    known_as = select(
        OrganizationIdentifier.organization_id,
        OrganizationIdentifier.identifier_type,
        OrganizationIdentifier.identifier,
    )
    sure = set()
    for id_, kind, identifier in stream(session, known_as):
        sign = f"identifier {kind} {identifier}"
        sure.add(sign)
        signs[id_][sign] = f"both have the {kind} {identifier}"
    keys = {id_: name_key(name) for id_, name in names.items()}
    for one, other in sorted(_sharing(signs) | _neighbors(keys)):
        alike = fuzz.token_sort_ratio(keys[one], keys[other])
        shared = signs[one].keys() & signs[other].keys()
        certain = bool(shared & sure)
        if not (certain or alike >= _NEARLY_EQUAL or (shared and alike >= _ALIKE)):
            continue
        reasons = [signs[one][sign] for sign in sorted(shared, key=lambda sign: (sign not in sure, sign))]
        score = 100 if certain else min(99, round(alike) - (0 if shared else 6))
        yield Pair("organization", one, other, names[one], names[other], score, (*reasons, _named(alike)))


def _locations(session: Session) -> Iterator[Pair]:
    names: dict[str, str] = {}
    owners: dict[str, str | None] = {}
    points: dict[str, tuple[float, float]] = {}
    units: dict[str, str] = {}
    signs: dict[str, dict[str, str]] = defaultdict(dict)
    rows = (
        select(
            Location.id,
            Location.name,
            Location.organization_id,
            Location.latitude,
            Location.longitude,
            Address.address_1,
            Address.address_2,
            Address.postal_code,
        )
        .join(Address, Address.location_id == Location.id)
        .where(Address.address_type == "physical", Location.confidential.is_(False))
    )
    for id_, name, owner, latitude, longitude, line, second_line, postal_code in stream(session, rows):
        names[id_], owners[id_] = name or line or "", owner
        street, unit = street_key(" ".join(part for part in (line, second_line) if part))
        if street and postal_code:
            units[id_] = unit
            signs[id_][f"{street} {postal_code[:5]}"] = f"both are at {line}, {postal_code[:5]}"
        if latitude is not None and longitude is not None:
            points[id_] = (latitude, longitude)
    for one, other in sorted(_sharing(signs)):
        if units[one] and units[other] and units[one] != units[other]:
            continue
        alike = fuzz.token_sort_ratio(name_key(names[one]), name_key(names[other]))
        same_owner = owners[one] is not None and owners[one] == owners[other]
        if not same_owner and alike < _ALIKE:
            continue
        if one in points and other in points and miles(*points[one], *points[other]) > _SAME_SPOT_MILES * 10:
            continue
        shared = sorted(signs[one].keys() & signs[other].keys())
        reasons = [signs[one][sign] for sign in shared] + (["both belong to one organization"] if same_owner else [])
        score = min(99, 70 + round(0.2 * alike) + 9 * same_owner)
        yield Pair("location", one, other, names[one], names[other], score, (*reasons, _named(alike)))


def _services(session: Session, twins: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    """Services of one organization, or of two that are likely one, with (nearly) one name."""
    together = _groups(twins)
    names: dict[str, str] = {}
    by_owner: dict[str, dict[str, str]] = defaultdict(dict)
    for id_, name, owner in stream(session, select(Service.id, Service.name, Service.organization_id).where(is_shown())):
        names[id_] = name
        by_owner[together.get(owner, owner)][id_] = name_key(name)
    for owner in sorted(by_owner):
        keys = by_owner[owner]
        for one, other in sorted(_neighbors(keys)):
            alike = fuzz.token_sort_ratio(keys[one], keys[other])
            if alike >= _NEARLY_EQUAL and _numbers(keys[one]) == _numbers(keys[other]):
                reasons = ("both belong to one organization, or to two that are likely one", _named(alike))
                yield Pair("service", one, other, names[one], names[other], min(99, round(alike)), reasons)


def _named(alike: float) -> str:
    return "the names are the same" if alike == 100 else f"the names are {alike:.0f} % alike"


def _numbers(text: str) -> list[str]:
    """ "Grade 1" and "Grade 2" are nearly one name and never one service."""
    return [word for word in text.split() if any(char.isdigit() for char in word) or len(word) == 1]


def _sharing(signs: Mapping[str, Mapping[str, str]]) -> set[tuple[str, str]]:
    """The pairs that share a sign which few others have."""
    blocks: dict[Hashable, list[str]] = defaultdict(list)
    for id_, own in signs.items():
        for sign in own:
            blocks[sign].append(id_)
    few = (sorted(members) for members in blocks.values() if 1 < len(members) <= _LARGEST_BLOCK)
    return {pair for members in few for pair in combinations(members, 2)}


def _neighbors(keys: Mapping[str, str]) -> set[tuple[str, str]]:
    """The pairs whose names lie next to each other when sorted, from the front and by their words."""
    pairs: set[tuple[str, str]] = set()
    for spelled in (lambda key: key, lambda key: " ".join(sorted(key.split()))):
        order = sorted(keys, key=lambda id_: (spelled(keys[id_]), id_))
        for at, one in enumerate(order):
            pairs.update((min(one, other), max(one, other)) for other in order[at + 1 : at + 1 + _NEIGHBORS])
    return pairs


def _groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each member of a pair the one that stands for all it is tied to."""
    stands: dict[str, str] = {}

    def root(one: str) -> str:
        while stands.get(one, one) != one:
            one = stands[one]
        return one

    for one, other in pairs:
        stands[root(other)] = root(one)
    return {one: root(one) for one in {*stands, *stands.values()}}
