"""From what somebody calls a place to the place: "92701", "sacremento ca", "Oak Park, Sacramento", "condado de Orange"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from resources_db.geo.distance import miles
from resources_db.geo.gazetteer import Gazetteer, Row
from resources_db.geo.names import fold, plain

PlaceKind = Literal["zip", "city", "county", "neighborhood", "landmark", "state", "address"]

MAX_CANDIDATES = 5
#: A place is simply chosen when it is this many times as weighty as the next of its name.
DOMINANCE = 4.0
#: Places of the name that are this many times lighter than the likeliest are not worth offering.
NEGLIGIBLE = 10.0
#: "Chinatown, Honolulu": how far a neighborhood may lie from the middle of the place it is said to be in.
_WITHIN_MILES = 30.0
#: Two entries of one name in one state this close are one place known from two sources.
_SAME_DEGREES = 0.15
_LARGE_COUNTY_WEIGHT = 30.0
_STATES_LIKE_CITIES = {"Washington", "New York"}
_LONGEST_STATE_NAME = 4
_MAX_CHARACTERS = 200
#: Shorter misspellings are too often some other word: "matter" is not Mather, "regarding" not Reading.
_SHORTEST_GUESSED = 6
_LONG_ENOUGH_FOR_TWO_ERRORS = 10

_ZIP = re.compile(r"(?<![\w$#.-])(?P<zip>\d{5})(?:-?\d{4})?(?![\w-])")
_STREET = re.compile(r"\b(st|street|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|way|hwy|highway|ct|court|calle)\b")
_UNIT = re.compile(r"(apt|unit|suite|ste|#|no)\b", re.IGNORECASE)

_LEADING = {"in", "near", "at", "around", "by", "the", "city", "town", "village", "county", "state", "island", "of", "greater",
            "en", "cerca", "de", "del", "por", "a", "el", "la", "los", "las", "ciudad", "pueblo", "estado", "isla"}  # fmt: skip
_TRAILING = {"area", "city", "usa", "us", "eeuu", "please", "town"}
#: Parts of a town that need no entry of their own: "downtown Fresno" is in Fresno.
_PART_OF_TOWN = {"downtown", "uptown", "midtown", "central", "north", "south", "east", "west", "northern", "southern",
                 "eastern", "western", "northeast", "northwest", "southeast", "southwest", "centro", "norte", "sur", "este",
                 "oeste", "barrio", "side", "end", "lado", "part", "parte", "inner"}  # fmt: skip
_LINKS = {"in", "en", "of", "de", "del", "the", "el", "la"}
_COUNTY_OF = {
    ("condado", "de"): "county", ("county", "of"): "county", ("condado", "del"): "county", ("municipio", "de"): "municipio",
    ("parroquia", "de"): "parish", ("parish", "of"): "parish",
}  # fmt: skip
_COUNTIES = ("county", "parish", "municipio", "borough", "census area", "municipality", "city and borough")
#: What a town may be called behind its name: "Irvington Township" is Irvington.
_KINDS_OF_TOWN = {"township", "town", "village", "borough", "municipality", "municipio"}
#: "APO AE", with the ZIP or without.
_MILITARY = re.compile(r"\b(?P<office>[afd]po)[\s,]+(?P<state>ae|ap|aa)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A point that distances are measured from, and what to call it. `state` is the two-letter code."""

    text: str
    kind: PlaceKind
    latitude: float
    longitude: float
    label: str
    state: str
    county: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True)
class PlaceReading:
    """`place` when sure; two to five `candidates`, likeliest first, when not; neither when nothing was found.

    `military` is what to call a military mail address ("APO, AE 09012"), which says nothing about where on the map
    somebody is: there is no place then, and whoever asked has to ask for a town or a ZIP.
    """

    text: str
    place: Place | None = None
    candidates: tuple[Place, ...] = ()
    military: str | None = None

    @property
    def found(self) -> bool:
        return self.place is not None or bool(self.candidates)


def find_place(gazetteer: Gazetteer, text: str) -> PlaceReading:
    """Read the name of a place. Anything may be passed in; what is no place comes back as nothing found."""
    text = text.strip()[:_MAX_CHARACTERS]
    if row := _by_zip(gazetteer, text):
        return PlaceReading(text, as_place(row, text))
    if label := military_address(gazetteer, text):
        return PlaceReading(text, military=label)
    words = fold(_ZIP.sub(" ", _town_of_address(text))).split()
    for look in (gazetteer.find, lambda key: (*gazetteer.find(key), *_guess(gazetteer, key))):
        for form in _forms(words):
            if rows := _Reader(gazetteer, look).rows(form):
                return _decide(text, rows)
    return PlaceReading(text)


def military_address(gazetteer: Gazetteer, text: str) -> str | None:
    """The name of the military mail address in the text, if there is one and no other ZIP."""
    for match in _ZIP.finditer(text):
        if label := gazetteer.military(match["zip"]):
            return label
    found = _MILITARY.search(text)
    return f"{found['office']}, {found['state']}".upper() if found else None


def as_place(row: Row, text: str) -> Place:
    """The stored place as others see it, together with the words it was found by."""
    labels = {
        "zip": f"{row.city}, {row.state} {row.name}",
        "neighborhood": f"{row.name}, {row.city}, {row.state}",
        "landmark": ", ".join(filter(None, (row.name, row.city, row.state))),
        "state": f"{row.name} State" if row.name in _STATES_LIKE_CITIES else row.name,
    }
    return Place(
        text=text,
        kind=row.kind,  # type: ignore[arg-type]  # the builder writes no other kinds
        latitude=row.latitude,
        longitude=row.longitude,
        label=labels.get(row.kind, f"{row.name}, {row.state}"),
        state=row.state,
        county=row.county or None,
        postal_code=row.name if row.kind == "zip" else None,
    )


def _by_zip(gazetteer: Gazetteer, text: str) -> Row | None:
    """The ZIP in the text, unless it is a house number: that one comes first, and in front of a street."""
    for match in reversed(list(_ZIP.finditer(text))):
        rows = gazetteer.find(match["zip"])
        is_house_number = _STREET.search(plain(text[match.end() :])) is not None
        if rows and not is_house_number:
            return rows[0]
    return None


def _town_of_address(text: str) -> str:
    """ "Sacramento, CA" of "12 K St Apt 4, Sacramento, CA"; any other text as it is."""
    if not text[:1].isdigit() or not (street := _STREET.search(plain(text))):
        return text
    behind = text[street.end() :].strip(" .,")
    return behind.partition(",")[2] if _UNIT.match(behind) else behind


def _forms(words: list[str]) -> Iterator[list[str]]:
    """The words as they are, then without "in the city of" before them and "area" behind."""
    while words:
        yield words
        if len(words) > 1 and words[-1] in _TRAILING:
            yield words[:-1]
        if words[0] not in _LEADING:
            return
        words = words[1:]


def _guess(gazetteer: Gazetteer, key: str) -> tuple[Row, ...]:
    """Places whose name a misspelled key must mean: long, close to exactly one well-known name, same first letter."""
    if len(key) < _SHORTEST_GUESSED or any(c.isdigit() for c in key):
        return ()
    allowed = 2 if len(key) >= _LONG_ENOUGH_FOR_TWO_ERRORS else 1
    found = process.extract(key, gazetteer.guessable_names, scorer=OSA.distance, score_cutoff=allowed, limit=12)
    close = [(name, distance) for name, distance, _ in found if name[0] == key[0]]
    nearest = [name for name, distance in close if distance == min(distance for _, distance in close)]
    rows = sorted(itertools.chain(*gazetteer.find_all(nearest).values()), key=lambda row: -row.weight)
    if len(nearest) > 1 and len(_rivals(rows)) > 1:
        return ()
    return tuple(rows)


class _Reader:
    """Reads folded words, looking each name up with `look`."""

    def __init__(self, gazetteer: Gazetteer, look: Callable[[str], tuple[Row, ...]]) -> None:
        self.states = gazetteer.states
        self.look = look
        self.look_exactly = gazetteer.find

    def rows(self, words: list[str]) -> tuple[Row, ...]:
        """All places the words may mean, the likeliest first."""
        kind = _COUNTY_OF.get((words[0], words[1])) if len(words) > 2 else None
        if kind:
            return self._in_state(words) or self._county([*words[2:], kind])
        if not words:
            return ()
        rows = self._with_own_county(words) or self._in_state(words) or self._inside(words) or self._county(words)
        return rows or (self.rows(words[:-1]) if len(words) > 1 and words[-1] in _KINDS_OF_TOWN else ())

    def _with_own_county(self, words: list[str]) -> tuple[Row, ...]:
        """Places of just that name. Where that leaves doubt, "Orange" may also be the large county around Orange."""
        key = " ".join(words)
        rows = self.look(key)
        if len(_rivals(rows)) > 1 and rows[0].kind == "city":
            same_name = [row for row in self.look(f"{key} county") if row.weight >= _LARGE_COUNTY_WEIGHT]
            around = [row for row in same_name if (row.name, row.state) == (rows[0].county, rows[0].state)]
            return (rows[0], *around, *rows[1:])
        return rows

    def _in_state(self, words: list[str]) -> tuple[Row, ...]:
        for length in range(min(_LONGEST_STATE_NAME, len(words) - 1), 0, -1):
            if code := self.states.get(" ".join(words[-length:])):
                head = words[:-length]
                name = " ".join(head)
                there = [row for row in self.look(name) or self.rows(head) if row.state == code]
                return tuple(row for row in there if row.kind != "state") or self.look_exactly(f"{name}, {code.lower()}")
        return ()

    def _county(self, words: list[str]) -> tuple[Row, ...]:
        said = words[-1] if words[-1] in _COUNTIES else ""
        names = [" ".join(words[:-1]), " ".join(words)] if said else [" ".join(words)]
        # Guessing is for those who said that they mean a county: "food" is not Ford County.
        rows = self.look(f"{names[0]} {said}") if said else ()
        return rows or next((found for name in names for kind in _COUNTIES if (found := self.look_exactly(f"{name} {kind}"))), ())

    def _inside(self, words: list[str]) -> tuple[Row, ...]:
        """ "oak park sacramento", "Chinatown in Honolulu", "downtown santa ana", "Santa Ana, Orange County"."""
        for cut in range(len(words) - 1, 0, -1):
            before = words[:cut]
            behind = list(itertools.dropwhile(_LINKS.__contains__, words[cut:])) or words[cut:]  # "koreatown la"
            around = self.look(" ".join(behind))
            if around and set(before) <= _PART_OF_TOWN | _LINKS:
                return around
            named = self.look(" ".join(before)) if around else ()
            if rows := _those_in(around, named) or _those_in(named, around):
                return rows
        return ()


def _those_in(around: Iterable[Row], rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows that lie in one of the likelier places of `around`: in its county, or near the middle of its town."""
    outer_places = _rivals(around)
    return tuple(row for row in rows if any(_lies_in(row, outer) for outer in outer_places))


def _lies_in(inner: Row, outer: Row) -> bool:
    if inner.state != outer.state or inner == outer:
        return False
    if outer.kind == "county":
        return inner.kind != "county" and inner.county == outer.county
    is_town = outer.kind == "city" or fold(inner.city) == fold(outer.name)
    return is_town and miles(inner.latitude, inner.longitude, outer.latitude, outer.longitude) <= _WITHIN_MILES


def _decide(text: str, rows: tuple[Row, ...]) -> PlaceReading:
    rivals = _rivals(rows)
    places = tuple(as_place(row, text) for row in rivals[:MAX_CANDIDATES])
    return PlaceReading(text, place=places[0]) if len(places) == 1 else PlaceReading(text, candidates=places)


def _rivals(rows: Iterable[Row]) -> list[Row]:
    """The places worth asking about: one when one dominates, else those that are not negligible."""
    distinct: list[Row] = []
    for row in rows:
        if not any(_are_one_place(row, other) for other in distinct):
            distinct.append(row)
    if len(distinct) > 1 and distinct[0].weight >= DOMINANCE * max(row.weight for row in distinct[1:]):
        return distinct[:1]
    return [row for row in distinct if row.weight * NEGLIGIBLE >= distinct[0].weight]


def _are_one_place(one: Row, other: Row) -> bool:
    return (
        one.state == other.state
        and ((one.kind == "county") == (other.kind == "county") or one.name == other.name)
        and abs(one.latitude - other.latitude) < _SAME_DEGREES
        and abs(one.longitude - other.longitude) < _SAME_DEGREES
    )
