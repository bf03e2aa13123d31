"""What the directory calls a spot, and exactly when it is open: read for the few that may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from resources_db.schedules import OpenState
from resources_db.search import layout
from resources_db.search.candidates import Hours, hours_of
from resources_db.search.ranking import Judge, Judged, Row
from resources_db.search.reader import Reader

NO_HOURS = Hours((), ())
LISTINGS = "SELECT spot, service_id, service_at_location_id, location_id, timezone FROM search_listing WHERE spot IN ?1"


class Ranked(NamedTuple):
    """A listing with its exact cost in miles, least first, and the ids it has in the directory."""

    cost: float
    service_id: str
    service_at_location_id: str
    row: Row
    state: OpenState


class Listings:
    """Remembers what it has looked up; without `hours` every state stays unknown."""

    def __init__(self, reader: Reader, judge: Judge, *, hours: bool = True) -> None:
        self._reader, self._judge, self._with_hours = reader, judge, hours
        self._ranked: dict[int, Ranked | None] = {}

    def knows(self, judged: Judged) -> bool:
        return judged.row.spot in self._ranked

    def ranked(self, judged: Judged) -> Ranked | None:
        """None when the listing went away in the meantime."""
        return self._ranked[judged.row.spot]

    def look_up(self, some: Sequence[Judged]) -> None:
        listings = {row[0]: row[1:] for row in self._reader.rows(LISTINGS, [judged.row.spot for judged in some])}
        owners = {
            (site, service, location)
            for judged in some
            if self._with_hours and has_hours(judged) and (listing := listings.get(judged.row.spot))
            for service, site, location, _ in (listing,)
        }
        hours = hours_of(self._reader, owners) if owners else {}
        for judged in some:
            listing = listings.get(judged.row.spot)
            if listing is None:
                self._ranked[judged.row.spot] = None
                continue
            service, site, location, tz = listing
            its = hours.get((site, service, location), NO_HOURS)
            state = self._judge.state(judged.row.flags, its, tz) if self._with_hours else "unknown"
            self._ranked[judged.row.spot] = Ranked(
                self._judge.cost(judged, state, its, tz), service, site or "", judged.row, state
            )


def has_hours(judged: Judged) -> bool:
    """Whether looking its hours up may tell anything."""
    return bool(judged.row.flags & layout.ACTIVE) and not judged.row.flags & layout.HOURS_UNKNOWN
