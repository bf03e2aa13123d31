"""The pages of a list: by number, or by what they come after."""

from __future__ import annotations

import base64
import bisect
import json
from typing import Any

from sqlalchemy import Connection, func, select

from resources_db.web.api.conditions import IDS, matching_ids
from resources_db.web.api.nearby import Rank, find_items
from resources_db.web.api.problems import Problem
from resources_db.web.api.wanted import Page, Wanted


def page_of(connection: Connection, wanted: Wanted, size: int, number: int = 1, after: str | None = None) -> Page:
    """The page with this number or, where `after` is given, the items that follow that cursor. Reads only. Raises Problem."""
    if wanted.is_about_places:
        return _page_by_rank(connection, wanted, size, number, after)
    return _page_by_id(connection, wanted, size, number, after)


def ids_after(connection: Connection, wanted: Wanted, after: str | None, size: int) -> list[str]:
    """So many of the items by id that follow this one, for streams. Not for what `find_items` has to work out."""
    column = IDS[wanted.kind]
    following = matching_ids(wanted) if after is None else matching_ids(wanted).where(column > after)
    return list(connection.execute(following.order_by(column).limit(size)).scalars())


def ids_from(connection: Connection, wanted: Wanted, cursor: str | None) -> list[str]:
    """All items that `find_items` finds, or those after a cursor."""
    ranks = find_items(connection, wanted).ranks
    start = bisect.bisect_right(ranks, _rank(cursor)) if cursor is not None else 0
    return [item for _, item in ranks[start:]]


def _page_by_id(connection: Connection, wanted: Wanted, size: int, number: int, after: str | None) -> Page:
    column, matching = IDS[wanted.kind], matching_ids(wanted)

    def count(rows: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one())

    total = count(matching)
    if after is None:
        before = min((number - 1) * size, total)
        page = matching.offset(before)
    else:
        last = id_in(after)
        page = matching.where(column > last)
        before = total - count(page)
    found = list(connection.execute(page.order_by(column).limit(size + 1)).scalars())
    ids = tuple(found[:size])
    return Page(ids, before, total, _cursor(ids[-1]) if len(found) > size else None)


def _page_by_rank(connection: Connection, wanted: Wanted, size: int, number: int, after: str | None) -> Page:
    found = find_items(connection, wanted)
    total = len(found.ranks)
    before = min((number - 1) * size, total) if after is None else bisect.bisect_right(found.ranks, _rank(after))
    shown = found.ranks[before : before + size]
    ids = tuple(item for _, item in shown)
    meters = tuple(found.meters(item, wanted.origins[0]) for item in ids) if wanted.origins else None
    return Page(ids, before, total, _cursor(*shown[-1]) if before + size < total else None, meters)


def _cursor(*last: float | str) -> str:
    """Where an item comes in the order, as text for a URL. Floats survive it to the last bit."""
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode().rstrip("=")


def id_in(cursor: str) -> str:
    """The id after which a list by id goes on. Raises Problem."""
    match _read(cursor):
        case [str(last)]:
            return last
    raise _not_a_cursor()


def _rank(cursor: str) -> Rank:
    match _read(cursor):
        case [float(distance), str(last)]:
            return distance, last
    raise _not_a_cursor()


def _read(cursor: str) -> Any:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        return None if "\\" in text else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _not_a_cursor() -> Problem:
    return Problem(404, "no_such_cursor", 'This list has no such place to go on from: give `next` of the page before as "after".')


__all__ = ["id_in", "ids_after", "ids_from", "page_of"]
