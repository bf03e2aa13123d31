"""What a family can use near where it is: the most useful first, widening until there is something.

Never shown: services that ended, that are not for these ages, or that do not serve where the family is.
Never told: the address, point or distance of a confidential place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from resources_db.eligibility import fits
from resources_db.geo.places import Place
from resources_db.match import Match, as_json
from resources_db.search import layout
from resources_db.search.areas import Areas
from resources_db.search.candidates import Candidate, Hours, candidates, spots_by_id
from resources_db.search.cards import make_matches
from resources_db.search.cells import miles_of_chord, xyz
from resources_db.search.listings import Ranked
from resources_db.search.nearby import Filters
from resources_db.search.ranking import SOON, Judge, state_at
from resources_db.search.reader import Reader
from resources_db.search.reasons import Asked, Shown
from resources_db.search.stream import RADII, Stream, Wanted
from resources_db.search.upkeep import settle
from resources_db.search.week import slots_of
from resources_db.search.words import MOST_WORDS, corrected, fold, needs_meant

# More services than this are not counted: it would cost more than finding the best of them.
MOST_COUNTED = 100
_ROUND_MILES = 50


@dataclass(frozen=True)
class SearchRequest:
    """`now` is aware; `needs` are need codes, the most important first; `ages` are in years.

    `origin` None means that the place is not known: everything is looked through and nothing is measured;
    a whole state as origin means everything in it. `text` is for what no need names: only listings with all its
    words are found, with or without needs. `open_at` is an aware moment, or a date for "any time
    that day". `max_miles` keeps the search from widening beyond it. `exclude` holds service_at_location or
    service ids whose services were shown already.
    """

    needs: tuple[str, ...]
    origin: Place | None
    now: datetime
    language: str = "en"
    open_at: datetime | date | None = None
    ages: tuple[float, ...] = ()
    limit: int = 5
    offset: int = 0
    max_miles: float | None = None
    exclude: frozenset[str] = frozenset()
    text: str | None = None


@dataclass(frozen=True)
class SearchResult:
    """`total` counts distinct services, all pages together, up to MOST_COUNTED; `unmet` are the needs with nothing nearby.

    `widened_to_miles` is set when matches on this page lie beyond the first 25 miles: how far was looked.
    """

    origin: Place | None
    total: int = 0
    widened_to_miles: float | None = None
    matches: tuple[Match, ...] = ()
    unmet: tuple[str, ...] = ()


def find_matches(session: Session, request: SearchRequest) -> SearchResult:
    """The page of services the request asks for. Reads only; the session is the caller's.

    Spelling in `text` is forgiven where no listing has the word as it is written. Where no listing has the words at
    all and no needs were given, the needs that families call by these words are searched for.
    """
    settle(session)
    reader = Reader(session)
    needs = tuple(dict.fromkeys(request.needs))
    words = tuple(corrected(reader, fold(request.text)[:MOST_WORDS])) if request.text else ()
    result = _answer(reader, request, needs, words)
    if words and not needs and not result.total:
        meant = needs_meant(request.text or "") or needs_meant(" ".join(words))
        result = _answer(reader, request, tuple(meant), ())
    return result


def _answer(reader: Reader, request: SearchRequest, needs: tuple[str, ...], words: tuple[str, ...]) -> SearchResult:
    if not needs and not words:
        return SearchResult(request.origin)
    wanted = _wanted(reader, request, needs, words)
    streams = {need: Stream(wanted, layout.NEED_NUMBER[need]) for need in needs} or {"": Stream(wanted, layout.ANY_NEED)}
    last = request.offset + request.limit
    page = _taking_turns({need: stream.top(last) for need, stream in streams.items()}, streams)[request.offset : last]
    nearby = max(request.max_miles or 0.0, RADII[-1])
    return SearchResult(
        origin=request.origin,
        total=_count(streams.values()),
        widened_to_miles=_widened_to(page, request),
        matches=_matches(reader, page, needs, request),
        unmet=tuple(need for need in needs if not streams[need].is_met(nearby)),
    )


def matches_by_id(
    session: Session,
    ids: Sequence[str],
    *,
    origin: Place | None = None,
    language: str = "en",
    ages: tuple[float, ...] = (),
    now: datetime,
    needs: tuple[str, ...] = (),
) -> tuple[Match, ...]:
    """Listings shown before, by service_at_location (or service) id, in that order and with today's facts.

    Ids that are not shown any more are left out.
    """
    if not ids:
        return ()
    reader = Reader(session)
    asked = Asked(origin, language, now)
    shown = []
    for candidate in candidates(reader, spots_by_id(reader, ids)):
        hours = Hours(candidate.rules, candidate.closures)
        state = state_at(hours, now, candidate.tz, not candidate.is_active)
        shown.append(Shown(candidate, needs, _miles(candidate, origin), state, fits(candidate.limits, ages, language)))
    order = {one: position for position, one in enumerate(ids)}
    shown.sort(key=lambda one: order[one.candidate.spot.service_at_location_id or one.candidate.service_id])
    return make_matches(reader, shown, asked)


def result_as_json(result: SearchResult) -> dict[str, Any]:
    """The answer of `homeward search --json` (DESIGN section 5)."""
    origin = result.origin
    return {
        "origin": origin
        and {
            "label": origin.label,
            "kind": origin.kind,
            "latitude": origin.latitude,
            "longitude": origin.longitude,
        },
        "total": result.total,
        "widened_to_miles": result.widened_to_miles,
        "matches": [as_json(match) for match in result.matches],
    }


def _wanted(reader: Reader, request: SearchRequest, needs: Sequence[str], words: tuple[str, ...]) -> Wanted:
    judge = Judge(request.origin, request.ages, request.language, request.now, request.open_at, needs, Areas(reader))
    soon = {} if request.open_at is not None else slots_of(request.now, SOON)
    when = request.now if request.open_at is None else request.open_at
    return Wanted(
        reader=reader,
        judge=judge,
        filters=Filters(may=slots_of(when), soon=soon, ages=request.ages, words=words, language=request.language),
        origin=request.origin,
        max_miles=request.max_miles,
        exclude=_services_of(reader, request.exclude),
        only_open=request.open_at is not None,
    )


def _services_of(reader: Reader, ids: Iterable[str]) -> frozenset[int]:
    """The numbers of the services with these ids, or with these service_at_location ids."""
    ids = list(ids)
    if not ids:
        return frozenset()
    at_places = reader.rows("SELECT service_id FROM service_at_location WHERE id IN ?1", ids)
    return frozenset(map(layout.number_of, [*ids, *(service for (service,) in at_places)]))


def _matches(reader: Reader, page: Sequence[Ranked], needs: Sequence[str], request: SearchRequest) -> tuple[Match, ...]:
    asked = Asked(request.origin, request.language, request.now, request.open_at)
    ids = {one.service_at_location_id or one.service_id for one in page}
    spots = spots_by_id(reader, ids) if ids else []
    by_id = {one.spot.service_at_location_id or one.service_id: one for one in candidates(reader, spots)} if spots else {}
    shown = []
    for one in page:
        # Deleted behind our back, and not yet taken out of the search.
        if (candidate := by_id.get(one.service_at_location_id or one.service_id)) is None:
            continue
        met = tuple(need for need in needs if one.row.needs >> layout.NEED_NUMBER[need] & 1)
        eligibility = fits(candidate.limits, request.ages, request.language)
        shown.append(Shown(candidate, met, one.row.miles, one.state, eligibility))
    return make_matches(reader, shown, asked)


def _miles(candidate: Candidate, origin: Place | None) -> float | None:
    """None where there is nothing to measure, or from: distances from the middle of a state mean nothing."""
    if origin is None or origin.kind == "state" or candidate.spot.point is None:
        return None
    here, there = xyz(origin.latitude, origin.longitude), xyz(*candidate.spot.point)
    return miles_of_chord(sum((a - b) ** 2 for a, b in zip(here, there, strict=True)))


def _count(streams: Iterable[Stream]) -> int:
    services: set[int] = set()
    for stream in streams:
        services |= stream.services(MOST_COUNTED)
        if len(services) >= MOST_COUNTED:
            return MOST_COUNTED
    return len(services)


def _widened_to(page: Iterable[Ranked], request: SearchRequest) -> float | None:
    farthest = max((one.row.miles or 0.0 for one in page), default=0.0)
    if request.max_miles is not None or farthest <= RADII[0]:
        return None
    beyond = -(-farthest // _ROUND_MILES) * _ROUND_MILES
    return next((radius for radius in RADII if farthest <= radius), beyond)


def _taking_turns(best: dict[str, list[Ranked]], streams: dict[str, Stream]) -> list[Ranked]:
    """One list from several: whichever need has been served least gets its best next; nothing comes twice."""
    served = dict.fromkeys(best, 0)
    waiting = {need: list(reversed(ranked)) for need, ranked in best.items()}
    order: list[Ranked] = []
    taken: set[int] = set()
    while left := [need for need in best if waiting[need]]:
        need = min(left, key=lambda code: served[code])
        one = waiting[need].pop()
        if one.row.service in taken:
            continue
        taken.add(one.row.service)
        order.append(one)
        for code, stream in streams.items():
            served[code] += stream.would_show(one)
    return order
