"""The list of places, kept on disk: every ZIP, city, county and state of the United States and places locals name.

Military ZIPs are known as such and have no place: wherever their mail goes, the family is not there on our map.

`open_gazetteer` builds the file when it is missing, damaged or older than what it is made from. The data it is
made from needs 160 MB of memory while being read, so building is left to another process; the one that answers
families holds an open file and a few hundred kilobytes.
"""

from __future__ import annotations

import functools
import json
import logging
import sqlite3
import subprocess
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from resources_db.errors import ResourcesError

LOCAL_PLACES = Path(__file__).with_name("local_places.csv")
COUNTY_NAMES = Path(__file__).with_name("county_names.csv")

#: Raise it when `gazetteer_build` writes something else from the same data.
LAYOUT = 3

#: From this weight on a place is known beyond its surroundings: its name may be guessed from a misspelling.
NOTABLE_WEIGHT = 3.0
_SHORTEST_GUESSABLE_NAME = 5
_SECONDS_TO_BUILD = 120

logger = logging.getLogger(__name__)


class GazetteerUnusable(ResourcesError):
    """The file of places can neither be read nor made. The text says which one and why."""


class Row(NamedTuple):
    """A place as stored. `city` is the city of a ZIP, neighborhood or landmark, and empty otherwise.

    `weight` is about how many ordinary ZIPs the place has: enough to tell Sacramento, CA from Sacramento, KY.
    """

    kind: str
    name: str
    city: str
    state: str
    county: str
    latitude: float
    longitude: float
    weight: float


class Gazetteer:
    """Reads the file; safe to share between threads. Keys are names folded by `names.fold`; names that are known only
    together with their state have it behind a comma ("hillandale, md")."""

    def __init__(self, path: Path) -> None:
        # The file is only ever replaced as a whole, so nothing needs to be locked or checked for changes.
        self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True, check_same_thread=False)
        #: State names, codes and common abbreviations, folded, each with its two-letter code.
        self.states: dict[str, str] = dict(self._connection.execute("SELECT key, code FROM state"))

    def find(self, key: str) -> tuple[Row, ...]:
        """The places of that name, the likeliest first. A ZIP is a name too."""
        return self.find_all((key,)).get(key, ())

    def find_all(self, keys: Iterable[str]) -> dict[str, tuple[Row, ...]]:
        """What `find` returns for each key that has places; one statement however many keys."""
        found = defaultdict(list)
        for key, *row in self._connection.execute(_FIND_ALL, (json.dumps(list(keys)),)):
            found[key].append(Row(*row))
        return {key: tuple(rows) for key, rows in found.items()}

    def military(self, zip_code: str) -> str | None:
        """What a military ZIP is called, such as "APO, AE 09012"; None for any other."""
        found = self._connection.execute("SELECT label FROM military WHERE zip = ?", (zip_code,)).fetchone()
        return found[0] if found else None

    @functools.cached_property
    def guessable_names(self) -> tuple[str, ...]:
        """Names of notable and local places: those that a misspelling may be taken for."""
        found = self._connection.execute(_GUESSABLE, (NOTABLE_WEIGHT, _SHORTEST_GUESSABLE_NAME))
        return tuple(key for (key,) in found)

    def close(self) -> None:
        self._connection.close()


_FIND_ALL = """
    SELECT name.key, kind, place.name, city, state, county, latitude, longitude, weight
    FROM json_each(?) AS asked JOIN name ON name.key = asked.value JOIN place ON place.id = name.place_id
    ORDER BY weight DESC, state, place.name
"""
_GUESSABLE = """
    SELECT DISTINCT key FROM name JOIN place ON place.id = place_id
    WHERE kind <> 'zip' AND weight >= ? AND length(key) >= ? AND instr(key, ',') = 0 ORDER BY key
"""


def open_gazetteer(path: Path | str) -> Gazetteer:
    """Open the file of places, making it first when needed (a few seconds, once).

    Any number of processes may call this at once: each sees no file, or a whole one.
    Raises GazetteerUnusable when it cannot be made.
    """
    path = Path(path)
    if not is_current(path):
        _build(path)
    try:
        return Gazetteer(path)
    except sqlite3.Error as error:
        raise GazetteerUnusable(f"The file of places {path} cannot be read: {error}.") from error


def current_version() -> int:
    """A number that changes with anything the file is made from."""
    versions = f"{LAYOUT} {version('zipcodes')} {version('us')}".encode()
    made_from = versions + LOCAL_PLACES.read_bytes() + COUNTY_NAMES.read_bytes()
    return zlib.crc32(made_from) & 0x7FFFFFFF


def is_current(path: Path) -> bool:
    """Whether the file is there, whole, and made from the data installed now."""
    if not path.is_file():
        return False
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)
    try:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        return bool(found == current_version())
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()


def _build(path: Path) -> None:
    logger.info("Preparing the list of places (once, a few seconds)")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        built = subprocess.run(
            [sys.executable, "-m", "resources_db.geo.gazetteer_build", str(path.resolve())],
            cwd=LOCAL_PLACES.parents[2],
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_BUILD,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GazetteerUnusable(f"The list of places cannot be written to {path}: {error}.") from error
    if built.returncode != 0:
        last_words = (built.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise GazetteerUnusable(f"The list of places cannot be written to {path}: {last_words}.")
