"""Makes the gazetteer's file from the `zipcodes` and `us` packages and local_places.csv.

Run by `gazetteer.open_gazetteer` in a process of its own: `python -m resources_db.geo.gazetteer_build FILE`.
"""

from __future__ import annotations

import csv
import functools
import os
import re
import sqlite3
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resources_db.geo import names
from resources_db.geo.gazetteer import LOCAL_PLACES, Row, current_version

#: Most names come up many times.
fold = functools.lru_cache(maxsize=None)(names.fold)

#: What one ZIP adds to the weight of its city. Offices and companies with ZIPs of their own add nothing.
_ZIP_WEIGHT = {"STANDARD": 1.0, "PO BOX": 0.25}
_OTHER_NAME_WEIGHT = 0.3
_SMALLEST_WEIGHT = 0.1
#: People who say "Virginia" or "Nevada" mean the state, whatever towns bear the name.
_STATE_WEIGHT = 150.0
_LOCAL_WEIGHT = 2.0

_SMALL_WORDS = re.compile(r"(?<= )(De|Del|Du|Of|The|And|By|On)(?= )")
_MC = re.compile(r"\bMc([a-z])")

_SCHEMA = """
    PRAGMA page_size = 4096;
    CREATE TABLE place (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL,
        county TEXT NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL, weight REAL NOT NULL
    );
    CREATE TABLE name (key TEXT NOT NULL, place_id INTEGER NOT NULL, PRIMARY KEY (key, place_id)) WITHOUT ROWID;
    CREATE TABLE state (key TEXT PRIMARY KEY, code TEXT NOT NULL) WITHOUT ROWID;
"""

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
        if not self.point:
            return None
        county = {"city": self.counties.most_common(1)[0][0], "county": self.name}.get(kind, "")
        return Row(kind, self.name, "", state, county, *self.point, round(max(self.weight, _SMALLEST_WEIGHT), 2))


def middle(points: Sequence[Point]) -> Point:
    """The median of latitudes and longitudes: unlike the mean it stays put when one ZIP lies far out at sea."""
    east_of = points[0][1] - 180  # longitudes are compared on the side of the globe that the first one is on
    longitude = statistics.median((longitude - east_of) % 360 for _, longitude in points) + east_of
    return (round(statistics.median(latitude for latitude, _ in points), 4), round((longitude + 180) % 360 - 180, 4))


def tidy(name: str) -> str:
    """Title case as people write it: "Mcallen" is McAllen and "Coto De Caza" Coto de Caza."""
    name = _SMALL_WORDS.sub(lambda match: match.group().lower(), name)
    return _MC.sub(lambda match: "Mc" + match.group(1).upper(), name)


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
            city = cities[fold(entry["city"]), state]
            city.name = tidy(entry["city"])
            city.add(point, weight, county)
        if county:
            counties[fold(county), state].name = county
            counties[fold(county), state].add(point, weight)
        whole_states[state].add(point, weight)
    towns = set(cities)
    for entry in entries:
        state = entry["state"]
        known_as = {fold(name): name for name in (entry["city"], *entry["acceptable_cities"])}
        for key, name in known_as.items():
            if (key, state) in towns:
                continue
            written_out = [full for full in known_as if full != key and (full, state) in cities and is_short_for(key, full)]
            if written_out:
                cities[written_out[0], state].keys.add(key)
            elif entry["zip_code_type"] != "UNIQUE":
                cities[key, state].name = tidy(name)
                cities[key, state].add(_point(entry), _OTHER_NAME_WEIGHT, entry["county"])

    for kind, sums in (("city", cities), ("county", counties)):
        for (key, state), total in sums.items():
            if row := total.row(kind, state):
                yield row, {key, *total.keys}
    for state, total in whole_states.items():
        total.name, total.weight = states.get(state, ""), _STATE_WEIGHT
        if state != "DC" and state in states and (row := total.row("state", state)):
            # "LA" alone is Los Angeles; behind the name of a town it is still Louisiana.
            yield row, {fold(total.name)} | ({state.lower()} - {"la"})
    for entry in entries:
        state = entry["state"]
        home = cities.get((fold(entry["city"]), state))
        point = _point(entry) or (home.point if home else None)
        if point:
            code, city_name = entry["zip_code"], tidy(entry["city"])
            yield Row("zip", code, city_name, state, entry["county"], *point, _ZIP_WEIGHT["STANDARD"]), {code}


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
                of_city = [row for row in zips[state] if row.city == line["city"]]
                county = min(of_city or zips[state], key=functools.partial(_apart, point)).county
                row = Row(kind, name, line["city"], state, county, *point, _LOCAL_WEIGHT)
            else:
                raise ValueError(f"{file.name} names {name}, {state}, which has no ZIP, without coordinates")
            if point:
                row = row._replace(latitude=point[0], longitude=point[1])
            places[identity] = (row._replace(weight=weight or row.weight), keys)


def _apart(point: Point, row: Row) -> float:
    # Good enough to pick the nearest of a state's ZIPs, where a degree of longitude is everywhere about as short.
    return (point[0] - row.latitude) ** 2 + 0.7 * (point[1] - row.longitude) ** 2


def build(path: Path) -> None:
    """Write the file beside its place and move it there in one step."""
    import us
    import zipcodes

    every_state = [*us.states.STATES, us.states.DC, *us.states.TERRITORIES]
    codes = {fold(name): state.abbr for state in every_state for name in (state.ap_abbr or "", state.name, state.abbr)}
    codes.pop("", None)
    # Military post offices are abroad and have no point: better not found, and the family asked, than in the wrong town.
    entries = [entry for entry in zipcodes.list_all() if entry["zip_code_type"] != "MILITARY"]
    entries = [entry for entry in entries if entry["city"] not in ("Apo", "Dpo", "Fpo")]

    places: dict[tuple[str, str, str], Named] = {}
    for row, keys in _from_zips(entries, {state.abbr: state.name for state in every_state}):
        places[row.kind, fold(row.name), row.state] = (row, keys)
    add_local_places(places, LOCAL_PLACES)
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
        connection.execute(f"PRAGMA user_version = {current_version()}")
        connection.execute("VACUUM")
        connection.close()
        os.chmod(unfinished, 0o644)
        os.replace(unfinished, path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
