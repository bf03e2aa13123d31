"""What the geocoder remembers on disk, for all processes of an installation: answers, and when to ask next.

No address is in the file: an answer is kept under a digest that needs the installation's key to make, and says where
the block is, to about 100 meters, not the door. Losing the file loses nothing but time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from resources_db.geo.places import Place

_DAY = 24 * 60 * 60.0
KEPT_SECONDS = 30 * _DAY
#: That there is no such address may be an error that gets mended.
NOTHING_KEPT_SECONDS = _DAY
#: Longer waits come from a clock that was set back.
_LONGEST_PAUSE = 60 * 60.0
_LOCKED_SECONDS = 1.0

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS answer (digest BLOB PRIMARY KEY, place TEXT, expires_at REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS pace (service TEXT PRIMARY KEY, free_at REAL NOT NULL) WITHOUT ROWID;
"""


class Kept(NamedTuple):
    """An answer from before; None when the service had found nothing."""

    place: Place | None


class GeocoderFile:
    """Safe to share between threads and processes. Every method may raise sqlite3.Error."""

    def __init__(self, path: Path, key: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._key = hashlib.sha256(key.encode()).digest()
        self._lock = threading.Lock()
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)  # damaged; what was in it can be asked again
            self._connection = _open(path)

    def digest(self, service: str, street: str, town: str) -> bytes:
        """The same for "1234 K Street, Sacramento" and "1234  k street , SACRAMENTO"."""
        words = json.dumps([service, *(" ".join(part.casefold().split()) for part in (street, town))])
        return hashlib.blake2b(words.encode(), key=self._key, digest_size=16).digest()

    def kept(self, digest: bytes, text: str) -> Kept | None:
        """The answer kept under a digest, `text` being the words it was asked in; None when there is none."""
        with self._lock, closing(self._connection.cursor()) as cursor:
            found = cursor.execute(
                "SELECT place FROM answer WHERE digest = ? AND expires_at > ?", (digest, time.time())
            ).fetchone()
        if found is None:
            return None
        return Kept(Place(text=text, **json.loads(found[0])) if found[0] else None)

    def keep(self, digest: bytes, place: Place | None) -> None:
        """Keep an answer without its words, and drop those whose time is over."""
        facts = {name: value for name, value in asdict(place).items() if name != "text"} if place else None
        now = time.time()
        expires_at = now + (KEPT_SECONDS if place else NOTHING_KEPT_SECONDS)
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM answer WHERE expires_at <= ?", (now,))
            row = (digest, json.dumps(facts) if facts else None, expires_at)
            self._connection.execute("INSERT OR REPLACE INTO answer VALUES (?,?,?)", row)

    def take_turn(self, service: str, apart: float, longest_wait: float) -> float | None:
        """Seconds to wait before asking the service, so that all processes together ask once in `apart` seconds.

        None, and nothing is reserved, when that would be more than `longest_wait`.
        """
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            now = time.time()
            found = self._connection.execute("SELECT free_at FROM pace WHERE service = ?", (service,)).fetchone()
            free_at = found[0] if found and found[0] <= now + _LONGEST_PAUSE else now
            wait = max(0.0, free_at - now)
            if wait > longest_wait:
                return None
            self._connection.execute("INSERT OR REPLACE INTO pace VALUES (?,?)", (service, now + wait + apart))
            return float(wait)

    def pause(self, service: str, seconds: float) -> None:
        """Ask the service nothing for so long, in any process: it said that it is asked too much."""
        until = time.time() + min(seconds, _LONGEST_PAUSE)
        with self._lock, self._connection:
            self._connection.execute("INSERT OR REPLACE INTO pace VALUES (?,?)", (service, until))


def _open(path: Path) -> sqlite3.Connection:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(path, timeout=_LOCKED_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.executescript(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
