"""Makes the gazetteer's file from the `zipcodes` and `us` packages, local_places.csv and county_names.csv.

Run by `gazetteer.open_gazetteer` in a process of its own: `python -m resources_db.geo.gazetteer_build FILE`.
"""

from __future__ import annotations

import csv
import functools
import math
import os
import re
import sqlite3
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from resources_db.geo import names
from resources_db.geo.distance import miles
from resources_db.geo.gazetteer import COUNTY_NAMES, LOCAL_PLACES, Row, current_version

#: Most names come up many times.
fold = functools.lru_cache(maxsize=None)(names.fold)

#: What one ZIP adds to the weight of its city. Offices and companies with ZIPs of their own add nothing.
_ZIP_WEIGHT = {"STANDARD": 1.0, "PO BOX": 0.25}
_OTHER_NAME_WEIGHT = 0.3
_SMALLEST_WEIGHT = 0.1
#: Of names that the postal service knows but does not want on mail: hamlets, townships, urbanizations. They are found
#: together with their state only, and never put a place in doubt that was found without them.
_MINOR_WEIGHT = 0.05
#: People who say "Virginia" or "Nevada" mean the state, whatever towns bear the name.
_STATE_WEIGHT = 150.0
_LOCAL_WEIGHT = 2.0

_SMALL_WORDS = re.compile(r"(?<= )(De|Del|Du|Of|The|And|By|On)(?= )")
_MC = re.compile(r"\bMc ?([A-Za-z])")
#: The data has no apostrophes: "O Fallon", "Coeur D Alene".
_ELIDED = re.compile(r"^([OD]) (?=[A-Z])|(?<= )D (?=[A-Z])")
#: Words that some write together with the next: "De Kalb" and "DeKalb", "La Porte" and "LaPorte".
_JOINED_WORDS = "de|del|des|du|el|la|le|mac|mc|van"
_JOINED = re.compile(rf"\b({_JOINED_WORDS}) (?=[a-z]{{3}})")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: What "La Crosse" must not be found by: it is played.
_OTHER_WORDS = {"lacrosse", "laverne", "leroy", "delight"}

#: Military mail by the first digits of its ZIPs; in the data a few rows have another state.
_MILITARY_STATES = {"09": "AE", "34": "AA", "96": "AP"}
_MILITARY_CITIES = ("Apo", "Dpo", "Fpo")
#: A ZIP of a business or of boxes whose county the data lacks is in that of the nearest ordinary one, this near.
_SAME_COUNTY_MILES = 6.0

_SCHEMA = """
    PRAGMA page_size = 4096;
    CREATE TABLE place (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL,
        county TEXT NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL, weight REAL NOT NULL
    );
    CREATE TABLE name (key TEXT NOT NULL, place_id INTEGER NOT NULL, PRIMARY KEY (key, place_id)) WITHOUT ROWID;
    CREATE TABLE state (key TEXT PRIMARY KEY, code TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE military (zip TEXT PRIMARY KEY, label TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE source (name TEXT PRIMARY KEY, version TEXT NOT NULL, licence TEXT NOT NULL, gives TEXT NOT NULL) WITHOUT ROWID;
"""
#: Where each thing in the file comes from; README.md has the same in words.
_SOURCES = (
    ("zipcodes", version("zipcodes"), "MIT", "ZIPs, cities, other names of cities, counties, points"),
    ("us", version("us"), "BSD-3-Clause", "names, codes and abbreviations of states and territories"),
    (LOCAL_PLACES.name, "", "Apache-2.0", "boroughs, neighborhoods, landmarks, local and Spanish names"),
    (COUNTY_NAMES.name, "", "Apache-2.0", "counties whose name the other sources misspell or mistake"),
)

Point = tuple[float, float]
Named = tuple[Row, set[str]]


@dataclass
class _Sum:
    """What the ZIPs of one city, county or state add up to."""

    name: str = ""
    weight: float = 0.0
    #: Points of ordinary ZIPs, and of the others, which count only where there are no ordinary ones.
    points: list[Point] = field(default_factory=list)
    other_points: list[Point] = field(default_factory=list)
    counties: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)

    def add(self, point: Point | None, weight: float, county: str = "") -> None:
        self.weight += weight
        self.counties[county] += 1
        if point:
            (self.points if weight >= 1 else self.other_points).append(point)

    @property
    def point(self) -> Point | None:
        points = self.points or self.other_points
        return middle(points) if points else None

    def row(self, kind: str, state: str) -> Row | None:
        """None when nothing is known about where it is."""
        point = self.point
        if not point:
            return None
        county = {"city": self.counties.most_common(1)[0][0], "county": self.name}.get(kind, "")
        return Row(kind, self.name, "", state, county, *point, round(max(self.weight, _SMALLEST_WEIGHT), 2))


def middle(points: Sequence[Point]) -> Point:
    """The median of latitudes and longitudes: unlike the mean it stays put when one ZIP lies far out at sea."""
    east_of = points[0][1] - 180  # longitudes are compared on the side of the globe that the first one is on
    longitude = statistics.median((longitude - east_of) % 360 for _, longitude in points) + east_of
    return (round(statistics.median(latitude for latitude, _ in points), 4), round((longitude + 180) % 360 - 180, 4))


@functools.cache
def tidy(name: str) -> str:
    """Title case as people write it: "Mcallen" is McAllen and "Coto De Caza" Coto de Caza."""
    if name.endswith(" Cty"):
        name = name.removesuffix("Cty") + "City"
    name = _ELIDED.sub(lambda match: f"{match[1]}'" if match[1] else "d'", name)
    name = _SMALL_WORDS.sub(lambda match: match.group().lower(), name)
    return _MC.sub(lambda match: "Mc" + match.group(1).upper(), name)


def spellings(name: str) -> set[str]:
    """Keys of the other ways to space a name: "dekalb" for "De Kalb", "de kalb" for "DeKalb", "d hanis" for "D'Hanis"."""
    key = fold(name)
    ways = {_JOINED.sub(r"\1", key), fold(_INNER_CAPITAL.sub(" ", name)), fold(name.replace("'", " "))}
    return ways - {key} - _OTHER_WORDS


def is_short_for(short: str, name: str) -> bool:
    """Whether a key abbreviates another: "huntingtn beach" for "huntington beach", "slc" for "salt lake city"."""
    words, full = short.split(), name.split()
    if len(full) > 2 and short == "".join(word[0] for word in full):
        return True
    return len(words) == len(full) and all(
        word[0] == whole[0] and all(letter in rest for letter in word)
        for word, whole in zip(words, full, strict=True)
        for rest in (iter(whole),)
    )


def _point(entry: dict[str, Any]) -> Point | None:
    point = (float(entry["lat"] or 0), float(entry["long"] or 0))
    return None if point == (0.0, 0.0) else point


def _from_zips(entries: list[dict[str, Any]], states: dict[str, str]) -> Iterator[Named]:
    cities: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    counties: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    whole_states: defaultdict[str, _Sum] = defaultdict(_Sum)
    for entry in entries:
        state, county, point = entry["state"], entry["county"], _point(entry)
        weight = _ZIP_WEIGHT.get(entry["zip_code_type"], 0.0) if entry["active"] else 0.0
        if entry["zip_code_type"] != "UNIQUE":
            name = tidy(entry["city"])
            city = cities[fold(name), state]
            city.name = name
            city.add(point, weight, county)
        if county:
            counties[fold(county), state].name = county
            counties[fold(county), state].add(point, weight)
        whole_states[state].add(point, weight)
    towns = set(cities)
    for entry in entries:
        state = entry["state"]
        known_as = {fold(name): name for name in map(tidy, (entry["city"], *entry["acceptable_cities"]))}
        for key, name in known_as.items():
            if (key, state) in towns:
                continue
            written_out = [full for full in known_as if full != key and (full, state) in cities and is_short_for(key, full)]
            if written_out:
                cities[written_out[0], state].keys.add(key)
            elif entry["zip_code_type"] != "UNIQUE":
                cities[key, state].name = name
                cities[key, state].add(_point(entry), _OTHER_NAME_WEIGHT, entry["county"])
    minor = _minor_names(entries, set(cities))

    for kind, sums in (("city", cities), ("county", counties)):
        for (key, state), total in sums.items():
            if row := total.row(kind, state):
                yield row, {key, *total.keys}
    for (key, state), total in minor.items():
        if row := total.row("city", state):
            yield row._replace(weight=_MINOR_WEIGHT), {f"{key}, {state.lower()}"}
    for state, total in whole_states.items():
        total.name, total.weight = states.get(state, ""), _STATE_WEIGHT
        if state != "DC" and state in states and (row := total.row("state", state)):
            # "LA" alone is Los Angeles; behind the name of a town it is still Louisiana.
            yield row, {fold(total.name)} | ({state.lower()} - {"la"})
    for entry in entries:
        state = entry["state"]
        city_name = tidy(entry["city"])
        home = cities.get((fold(city_name), state))
        point = _point(entry) or (home.point if home else None)
        if point:
            code = entry["zip_code"]
            yield Row("zip", code, city_name, state, entry["county"], *point, _ZIP_WEIGHT["STANDARD"]), {code}


def _minor_names(entries: list[dict[str, Any]], known: set[tuple[str, str]]) -> dict[tuple[str, str], _Sum]:
    """Names that the postal service refuses on mail and people use: "Hamilton Township", "Urb Las Américas"."""
    minor: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for entry in entries:
        for name in map(tidy, entry["unacceptable_cities"] if entry["zip_code_type"] != "UNIQUE" else ()):
            if (fold(name), entry["state"]) not in known:
                minor[fold(name), entry["state"]].name = name
                minor[fold(name), entry["state"]].add(_point(entry), 1.0, entry["county"])
    return minor


def right_counties(entries: list[dict[str, Any]]) -> None:
    """Give each county one spelling, put right what county_names.csv says, and tell the counties of ZIPs that lack one."""
    with COUNTY_NAMES.open(encoding="utf-8", newline="") as lines:
        right = {(line["state"], line["county"]): line["right"] for line in csv.DictReader(lines)}
    used: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for entry in entries:
        state, county = entry["state"], entry["county"]
        if state == "PR" and county and not county.endswith(" Municipio"):
            county += " Municipio"
        entry["county"] = right.get((state, county), county)
        used[state, fold(entry["county"])][entry["county"]] += 1
    known: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in entries:
        entry["county"] = max(used[entry["state"], fold(entry["county"])].items(), key=_as_officially_written)[0]
        if entry["county"]:
            known[entry["state"]].append(entry)
    islands = _island_counties(set(known))
    for entry in entries:
        if not entry["county"]:
            of_city = [one for one in known[entry["state"]] if one["city"] == entry["city"]]
            if entry["state"] in islands:
                entry["county"] = _nearest_county(_point(entry), islands[entry["state"]])
            elif of_city:
                entry["county"] = _nearest_county(_point(entry), of_city)
            else:
                entry["county"] = _nearest_county(_point(entry), known[entry["state"]], within=_SAME_COUNTY_MILES)


def _island_counties(known: set[str]) -> dict[str, list[dict[str, Any]]]:
    """What local_places.csv says of territories whose ZIPs tell no county, by territory."""
    islands = defaultdict(list)
    with LOCAL_PLACES.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            if line["kind"] == "county" and line["state"] not in known:
                islands[line["state"]].append({"county": line["name"], "lat": line["latitude"], "long": line["longitude"]})
    return islands


def _as_officially_written(used: tuple[str, int]) -> tuple[bool, bool, int]:
    """ "St. Tammany Parish" before "St Tammany Parish", "Suffolk city" before "Suffolk City", then the commoner one."""
    name, times = used
    return "." in name, not name.endswith(" City"), times


def _nearest_county(point: Point | None, entries: list[dict[str, Any]], within: float = math.inf) -> str:
    """The county of the entry nearest to the point, or without a point the one that most of them are in."""
    if point is None or not entries:
        return Counter(one["county"] for one in entries).most_common(1)[0][0] if entries and within == math.inf else ""
    placed = [(at, one["county"]) for one in entries if (at := _point(one))]
    at, county = min(placed, key=lambda one: _apart(point, one[0]))
    return str(county) if miles(*point, *at) <= within else ""


def is_military(entry: dict[str, Any]) -> bool:
    return entry["zip_code_type"] == "MILITARY" or entry["city"] in _MILITARY_CITIES


def military_label(entry: dict[str, Any]) -> tuple[str, str]:
    """A military ZIP and what to call it: "09012", "APO, AE 09012"."""
    code = entry["zip_code"]
    return code, f"{entry['city'].upper()}, {_MILITARY_STATES[code[:2]]} {code}"


def add_local_places(places: dict[tuple[str, str, str], Named], file: Path) -> None:
    """Add the rows of local_places.csv, or what they say about places that are known from their ZIPs.

    Raises ValueError for a row that neither names a known place nor says where it is.
    """
    zips = defaultdict(list)
    for row, _ in places.values():
        if row.kind == "zip":
            zips[row.state].append(row)
    with file.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            kind, name, state = line["kind"], line["name"], line["state"]
            keys = {fold(name), *(fold(alias) for alias in line["aliases"].split("|") if alias)}
            identity = (kind, fold(f"{line['city']} {name}"), state)
            weight = float(line["weight"]) if line["weight"] else None
            point = (float(line["latitude"]), float(line["longitude"])) if line["latitude"] else None
            if identity in places:
                row, known_keys = places[identity]
                keys |= known_keys
            elif point:
                row = Row(kind, name, line["city"], state, _county_of_local(line, point, zips[state]), *point, _LOCAL_WEIGHT)
            else:
                raise ValueError(f"{file.name} names {name}, {state}, which has no ZIP, without coordinates")
            if point:
                row = row._replace(latitude=point[0], longitude=point[1])
            places[identity] = (row._replace(weight=weight or row.weight), keys)


def _county_of_local(line: dict[str, str], point: Point, zips: list[Row]) -> str:
    """In which county a place of local_places.csv is."""
    if line["kind"] == "county":
        return line["name"]
    if not line["city"]:
        return ""  # a region lies in several
    of_city = [row for row in zips if row.city == line["city"]]
    # The five boroughs are counties of one city.
    among = of_city if of_city and line["city"] != "New York" else zips
    return min(among, key=lambda row: _apart(point, (row.latitude, row.longitude))).county


def _apart(one: Point, other: Point) -> float:
    # Good enough to pick the nearest of a state's ZIPs, where a degree of longitude is everywhere about as short.
    return (one[0] - other[0]) ** 2 + 0.7 * (one[1] - other[1]) ** 2


def add_spellings(places: dict[tuple[str, str, str], Named]) -> None:
    """The other spacings of names: always together with the state, alone where no other place is called that."""
    taken = {key for _, keys in places.values() for key in keys}
    for row, keys in places.values():
        if row.kind in ("city", "county", "neighborhood"):
            ways = spellings(row.name)
            keys |= ways - taken | {f"{way}, {row.state.lower()}" for way in ways & taken}


def build(path: Path) -> None:
    """Write the file beside its place and move it there in one step."""
    import us
    import zipcodes

    every_state = [*us.states.STATES, us.states.DC, *us.states.TERRITORIES]
    codes = {fold(name): state.abbr for state in every_state for name in (state.ap_abbr or "", state.name, state.abbr)}
    codes.pop("", None)
    listed = zipcodes.list_all()
    entries = [dict(entry) for entry in listed if not is_military(entry)]
    right_counties(entries)

    places: dict[tuple[str, str, str], Named] = {}
    for row, keys in _from_zips(entries, {state.abbr: state.name for state in every_state}):
        places[row.kind, fold(row.name), row.state] = (row, keys)
    add_local_places(places, LOCAL_PLACES)
    add_spellings(places)
    codes |= {key: row.state for row, keys in places.values() if row.kind == "state" for key in keys}

    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        connection = sqlite3.connect(unfinished)
        connection.executescript(_SCHEMA)
        with connection:
            for number, (row, keys) in enumerate(places.values()):
                connection.execute("INSERT INTO place VALUES (?,?,?,?,?,?,?,?,?)", (number, *row))
                connection.executemany("INSERT INTO name VALUES (?,?)", [(key, number) for key in keys])
            connection.executemany("INSERT INTO state VALUES (?,?)", codes.items())
            connection.executemany(
                "INSERT INTO military VALUES (?,?)", [military_label(one) for one in listed if is_military(one)]
            )
            connection.executemany("INSERT INTO source VALUES (?,?,?,?)", _SOURCES)
        connection.execute(f"PRAGMA user_version = {current_version()}")
        connection.execute("VACUUM")
        connection.close()
        os.chmod(unfinished, 0o644)
        os.replace(unfinished, path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
