"""Keeping the search tables true: rows made from the directory's own, in the transaction that changes those."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from resources_db.coverage import Area, county_key
from resources_db.eligibility import TO_ASK, end_of
from resources_db.search import layout
from resources_db.search.candidates import Candidate, by_owner, candidates, spots_of
from resources_db.search.cells import SERIAL_BITS, cell_of, first_spot, xyz
from resources_db.search.ranking import SOME, base_cost
from resources_db.search.reader import Reader
from resources_db.search.week import hours_are_unknown, week_of
from resources_db.search.words import GEO_DEPTHS, area_mark, fold_all, need_mark, square_mark
from resources_db.taxonomy.needs import load_needs

_AT_ONCE = 500
_SERIALS = 1 << SERIAL_BITS

#: Keys of search_unplaced.area beside "US", "CA", "CA/orange" and "92701": whom it serves is not known, or only
#: a county or a ZIP would tell. Each is followed by the state, if that is known.
UNSAID, COUNTIES_OF, ZIPS_OF = "?", "@", "#"

_FACTS = (
    "state",
    "service",
    "flags",
    "languages",
    "needs",
    "first_age",
    "end_age",
    "checked",
    "areas",
    "doubted_until",
    "helped_until",
    *layout.DAYS,
)
_ADD_PLACES = f"INSERT INTO search_place (need, spot, base, x, y, z, {', '.join(_FACTS)}) VALUES %s"
_ADD_UNPLACED = f"INSERT INTO search_unplaced (need, area, base, spot, {', '.join(_FACTS)}) VALUES %s"
_ADD_LISTINGS = "INSERT INTO search_listing (spot, service_id, service_at_location_id, location_id, timezone) VALUES %s"
_ADD_AREAS = "INSERT INTO search_area (id, areas) VALUES %s ON CONFLICT DO NOTHING"
_ADD_TEXTS = "INSERT INTO search_text (spot, words) VALUES %s"
_ADD_WORDS = "INSERT INTO search_word (word) VALUES %s ON CONFLICT DO NOTHING"

_OLD_SPOTS = "SELECT spot FROM search_listing WHERE service_id IN ?1"
_REMOVE = (
    "DELETE FROM search_place WHERE need IN ?2 AND spot IN ?1",
    "DELETE FROM search_unplaced WHERE spot IN ?1",
    "DELETE FROM search_listing WHERE spot IN ?1",
    "DELETE FROM search_text WHERE spot IN ?1",
)
_TABLES = ("search_place", "search_unplaced", "search_listing", "search_area", "search_text", "search_word")
_NEXT_SERVICES = f"SELECT id FROM service WHERE id > ?1 ORDER BY id LIMIT {_AT_ONCE}"
# Any number will do, so long as nothing else on the same PostgreSQL database takes it.
_ADVISORY_LOCK = 0x484F4D53
_TAKEN = "SELECT spot FROM search_listing WHERE spot IN ?1"
_NEEDS = "SELECT service_id, code FROM service_need WHERE service_id IN ?1"
_TEXTS = """
SELECT s.id, s.name, s.alternate_name, s.description, o.name, o.alternate_name, p.name, p.alternate_name
FROM service s JOIN organization o ON o.id = s.organization_id LEFT JOIN program p ON p.id = s.program_id
WHERE s.id IN ?1"""
_TRANSLATED = """
SELECT resource_id, value FROM translation
WHERE resource_type = 'service' AND resource_id IN ?1 AND field_name IN ('name', 'alternate_name', 'description')"""
_TERMS = """
SELECT a.link_id, t.name FROM attribute a JOIN taxonomy_term t ON t.id = a.taxonomy_term_id
WHERE a.link_id IN ?1 AND a.link_entity = 'service'"""
_ALL_NEEDS = range(len(layout.NEEDS) + 1)


def refresh_search(session: Session, service_ids: Iterable[str]) -> None:
    """Make the search tables say what the directory's tables now say of these services, in the caller's transaction.

    Call it after the rows are written, `service_need` among them. Services that are gone are removed.
    """
    reader = Reader(session)
    for some in _chunks(sorted(set(service_ids))):
        old = [spot for (spot,) in reader.rows(_OLD_SPOTS, some)]
        if old:
            reader.run(_REMOVE[0], old, list(_ALL_NEEDS))
            for statement in _REMOVE[1:]:
                reader.run(statement, old)
        _add(reader, some)


def rebuild_search(engine: Engine) -> int:
    """Make the search tables anew from the directory; returns how many listings there are.

    One transaction: others search the old tables until it ends. Memory does not grow with the directory.
    """
    with _alone(engine) as reader:
        return _rebuild(reader)


def bring_up_to_date(engine: Engine) -> None:
    """Rebuild when the tables were made in another layout, or never."""
    with Session(engine) as session:
        if _is_current(Reader(session)):
            return
    with _alone(engine) as reader:
        if not _is_current(reader):  # nobody did it while we waited
            _rebuild(reader)


@contextmanager
def _alone(engine: Engine) -> Iterator[Reader]:
    with Session(engine.execution_options(sqlite_begin="IMMEDIATE")) as session, session.begin():
        reader = Reader(session)
        if not reader.on_sqlite:
            reader.rows(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        yield reader


def _is_current(reader: Reader) -> bool:
    return reader.rows("SELECT layout FROM search_state") == [(layout.LAYOUT,)]


def _rebuild(reader: Reader) -> int:
    _empty(reader)
    count, last = 0, ""
    while ids := [id_ for (id_,) in reader.rows(_NEXT_SERVICES, last)]:
        count += _add(reader, ids)
        last = ids[-1]
    reader.run("DELETE FROM search_state")
    reader.write("INSERT INTO search_state (layout) VALUES %s", [(layout.LAYOUT,)])
    if not reader.on_sqlite:
        for table in _TABLES:
            reader.run_once(f"ANALYZE {table}")
    return count


def _empty(reader: Reader) -> None:
    if reader.on_sqlite:
        # Taking each row's words out of the index takes longer than putting them in: all at once takes no time.
        (again,) = reader.rows("SELECT sql FROM sqlite_master WHERE name = 'search_text_removed'")
        reader.run_once("DROP TRIGGER search_text_removed")
        reader.run_once("INSERT INTO search_words (search_words) VALUES ('delete-all')")
    for table in _TABLES:
        reader.run_once(f"DELETE FROM {table}")
    if reader.on_sqlite:
        reader.run_once(again[0])


class _Placed(NamedTuple):
    candidate: Candidate
    spot: int


def _add(reader: Reader, service_ids: Sequence[str]) -> int:
    """Put rows for services that have none."""
    listed = candidates(reader, spots_of(reader, service_ids))
    if not listed:
        return 0
    needs = {owner: [code for (code,) in rows] for owner, rows in by_owner(reader.rows(_NEEDS, service_ids)).items()}
    places: list[tuple[Any, ...]] = []
    unplaced: list[tuple[Any, ...]] = []
    areas: dict[int, str] = {}
    placed = _with_spots(reader, listed)
    for candidate, spot in placed:
        codes = needs.get(candidate.service_id, [])
        numbers = (layout.ANY_NEED, *sorted(layout.NEED_NUMBER[code] for code in codes if code in layout.NEED_NUMBER))
        area_id, area_text = _area_row(candidate.areas)
        if area_id:
            areas[area_id] = area_text
        base = base_cost(candidate, hours_are_unknown(candidate.rules, candidate.closures))
        facts = _facts(candidate, numbers, area_id)
        if point := candidate.spot.point:
            measured = xyz(*point)
            places += [(need, spot, base, *measured, *facts) for need in numbers]
        else:
            keys = area_keys(candidate)
            unplaced += [(need, key, base, spot, *facts) for need in numbers for key in keys]
    reader.write(_ADD_LISTINGS, [_listing(*one) for one in placed])
    reader.write(_ADD_PLACES, sorted(places))
    reader.write(_ADD_UNPLACED, sorted(unplaced))
    reader.write(_ADD_AREAS, sorted(areas.items()))
    _add_texts(reader, placed, needs)
    return len(placed)


def _add_texts(reader: Reader, placed: Sequence[_Placed], needs: dict[str, list[str]]) -> None:
    ids = sorted({one.candidate.service_id for one in placed})
    texts: dict[str, list[str | None]] = defaultdict(list)
    for statement in (_TEXTS, _TRANSLATED, _TERMS):
        for service_id, *said in reader.rows(statement, ids):
            texts[service_id] += said
    words = {id_: fold_all(texts[id_] + [name for code in needs.get(id_, ()) for name in _names(code)]) for id_ in ids}
    filed = (
        (one.spot, " ".join([words[one.candidate.service_id], *_marks(reader, one, needs.get(one.candidate.service_id, ()))]))
        for one in placed
    )
    reader.write(_ADD_TEXTS, sorted(filed))
    different = {word for text in words.values() for word in text.split()}
    reader.write(_ADD_WORDS, [(word,) for word in sorted(different)])


def _marks(reader: Reader, one: _Placed, needs: Iterable[str]) -> list[str]:
    marks = [need_mark(layout.NEED_NUMBER[need]) for need in needs if need in layout.NEED_NUMBER]
    if one.spot < 0:
        marks += map(area_mark, area_keys(one.candidate))
    elif not reader.on_sqlite:
        marks += (square_mark(one.spot, depth) for depth in GEO_DEPTHS)
    return marks


@cache
def _names(need: str) -> tuple[str, ...]:
    known = load_needs().get(need)
    return tuple(known.name.values()) if known else ()


def _with_spots(reader: Reader, listed: Sequence[Candidate]) -> list[_Placed]:
    """Each with a spot number that nobody has: made from its id, the next free one where two would share it."""
    wanted = [(_first_choice(candidate), candidate) for candidate in listed]
    taken = {spot for (spot,) in reader.rows(_TAKEN, [spot for spot, _ in wanted])}
    placed = []
    for spot, candidate in wanted:
        while spot in taken or (spot != _first_choice(candidate) and reader.rows(_TAKEN, [spot])):
            start = spot & ~(_SERIALS - 1)
            spot = start + (spot - start + 1) % _SERIALS
        taken.add(spot)
        placed.append(_Placed(candidate, spot))
    return placed


def _first_choice(candidate: Candidate) -> int:
    spot = candidate.spot
    number = layout.number_of(f"{spot.service_id} {spot.service_at_location_id or ''}")
    if spot.point is None:
        return -number
    return first_spot(cell_of(*spot.point)) + number % _SERIALS


def _listing(candidate: Candidate, spot: int) -> tuple[Any, ...]:
    where = candidate.spot
    return spot, where.service_id, where.service_at_location_id, where.location_id, candidate.tz


def _facts(candidate: Candidate, needs: Sequence[int], areas: int) -> tuple[Any, ...]:
    limits, spot = candidate.limits, candidate.spot
    languages = 0
    for code in candidate.languages:
        languages |= layout.language_bit(code)
    return (
        _state(candidate),
        layout.number_of(spot.service_id),
        _flags(candidate),
        languages,
        sum(1 << number for number in needs if number),
        limits.minimum_age or 0.0,
        layout.NO_END if limits.maximum_age is None else end_of(limits.maximum_age),
        candidate.verified.on.toordinal() if candidate.verified else 0,
        areas,
        candidate.told.doubted_until,
        candidate.told.helped_until,
        *week_of(candidate.rules, candidate.closures, candidate.tz),
    )


def _flags(candidate: Candidate) -> int:
    codes = candidate.limits.codes
    said = (
        (layout.ACTIVE, candidate.is_active),
        (layout.REMOTE, candidate.is_remote),
        (layout.CONFIDENTIAL, candidate.is_confidential),
        (layout.HOURS_UNKNOWN, hours_are_unknown(candidate.rules, candidate.closures)),
        (layout.ONLY_FOR_SOME, not SOME.isdisjoint(codes)),
        (layout.ASK, candidate.limits.needs_referral or not codes.isdisjoint(TO_ASK)),
        (layout.ZIPS_ONLY, {area.extent_type for area in candidate.areas} == {"postal_code"}),
    )
    return sum(flag for flag, is_so in said if is_so)


def _state(candidate: Candidate) -> str:
    state = candidate.state or ""
    return state if len(state) == 2 else ""


def _area_row(areas: Iterable[Area]) -> tuple[int, str]:
    said = sorted({(area.extent_type or "", area.extent or "") for area in areas})
    text = json.dumps(said) if said else ""
    return (layout.number_of(text), text) if said else (0, "")


def area_keys(candidate: Candidate) -> list[str]:
    """Under which keys somebody it may serve finds it; see `keys_for` in unplaced.py."""
    state = _state(candidate)
    keys: set[str] = set()
    for area in candidate.areas:
        codes = area.codes()
        if area.extent_type == "nation" and codes:
            keys |= {"US"} & set(codes)
        elif area.extent_type == "state" and codes:
            keys |= set(codes)
        elif area.extent_type == "county" and codes:
            parts = [code.partition("/") for code in codes]
            keys |= {f"{in_state}/{county_key(county)}" for in_state, _, county in parts}
            keys |= {COUNTIES_OF + in_state for in_state, _, _ in parts}
        elif area.extent_type == "postal_code" and codes:
            keys |= {*codes, ZIPS_OF + state}
        else:
            keys.add(UNSAID + state)
    return sorted(keys) or [UNSAID + state]


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
