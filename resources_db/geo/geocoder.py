"""Street addresses, through a service that the agency chose. Off by default: a family's address goes to nobody else.

The setting HOMEWARD_GEOCODER is `offline`, or a service's name, with its address behind a colon when the agency runs
one of its own: `nominatim`, `nominatim:https://geo.example.org`, `census`, `arcgis`, `pelias:https://geo.example.org`.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from geopy.exc import GeocoderQuotaExceeded, GeocoderRateLimited, GeopyError
from geopy.location import Location

from resources_db.geo.distance import miles
from resources_db.geo.geocoder_file import GeocoderFile
from resources_db.geo.places import Place
from resources_db.geo.services import Parts, Service, make_service

#: A turn waits no longer than this, whatever the service does and however many others wait.
_LONGEST_WAIT_SECONDS = 4.0
#: Nominatim's public servers allow one request a second; the others are not asked for more either.
_SECONDS_BETWEEN_REQUESTS = 1.0
#: After "too many requests", unless the service says how long.
_PAUSE_SECONDS = 60.0
#: A family behind so many others is answered from the gazetteer at once instead.
_LONGEST_QUEUE = 3
#: About 100 meters: enough to rank by, and no front door.
_DECIMALS = 3
#: An answer farther from the town that the family named is another street of the name.
_FARTHEST_MILES = 60.0

_NOT_IN_A_STREET = (
    "the|a|an|and|or|of|in|at|on|to|for|with|my|our|your|his|her|is|are|was|need|needs|want|old|year|years|yr|yrs|kids?|"
    "child(?:ren)?|people|beds?|rooms?|blocks?|miles?|minutes?|hours?|days?|weeks?|months?|down|from|no|meals?|un|una|el|los|las|de|"
    "en|mis?|hijos?|ninos?|niños?|cuadras?"
)
_STREET_ADDRESS = re.compile(
    rf"(?<![\w$#-])\d{{1,6}}\s+(?:(?!(?:{_NOT_IN_A_STREET})\s)(?:[^\W\d_][\w.'’-]*|\d+(?:st|nd|rd|th))\s+){{1,4}}?"
    r"(?:st|street|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|way|hwy|highway|ct|court|pl|place|pkwy|parkway"
    r"|cir|circle|ter|terrace)\b",
    re.IGNORECASE,
)


class GeocoderSettings(Protocol):
    @property
    def geocoder(self) -> str: ...

    @property
    def public_url(self) -> str: ...

    @property
    def var_dir(self) -> Path: ...

    def secret_key(self) -> str: ...


class Geocoder:
    """Looks addresses up, at most one a second over all processes of the machine. Blocks for up to four seconds: call it
    from a thread of its own. `attribution` is to be shown where its answers are."""

    def __init__(self, service: Service, file: GeocoderFile) -> None:
        self.attribution = service.attribution
        self._service = service
        self._file = file
        self._queue = threading.BoundedSemaphore(_LONGEST_QUEUE)
        self._threads = ThreadPoolExecutor(_LONGEST_QUEUE, thread_name_prefix="geocoder")

    def locate(self, address: str, town: Place) -> Place | None:
        """The place of a street address in or near a town, to about 100 meters; None when there is no such.

        Only the house number and street out of `address` and the town's name are sent; not a word more of what a
        family wrote. None as well when the service fails, is slow or has too many waiting: the town has to do then.
        """
        street = find_street_address(address)
        if street is None:
            return None
        digest = self._file.digest(self._service.name, street, town.label)
        try:
            if kept := self._file.kept(digest, street):
                return kept.place
        except sqlite3.Error:
            return None  # asking without remembering would be asking twice
        if not self._queue.acquire(blocking=False):
            return None
        # A thread of its own, because a server that sends a byte now and then is never late for geopy.
        asked: Future[Place | None] = self._threads.submit(self._ask, street, town, digest)
        asked.add_done_callback(lambda _: self._queue.release())
        try:
            return asked.result(_LONGEST_WAIT_SECONDS)
        except TimeoutError:
            return None

    def _ask(self, street: str, town: Place, digest: bytes) -> Place | None:
        name = self._service.name
        try:
            wait = self._file.take_turn(name, _SECONDS_BETWEEN_REQUESTS, _SECONDS_BETWEEN_REQUESTS)
            if wait is None:
                return None
            time.sleep(wait)
            try:
                found = self._service.ask(f"{street}, {town.label}")
            except (GeocoderRateLimited, GeocoderQuotaExceeded) as error:
                self._file.pause(name, getattr(error, "retry_after", None) or _PAUSE_SECONDS)
                return None
            place = _near(town, _as_place(street, found, self._service.parts_of(found.raw))) if found else None
            if self._service.may_keep:
                self._file.keep(digest, place)
            return place
        except (GeopyError, sqlite3.Error, KeyError, TypeError, ValueError, AttributeError):
            return None


def find_street_address(text: str) -> str | None:
    """ "1234 K Street" out of "we live at 1234 K Street, Sacramento CA. need food"; None if there is none."""
    found = _STREET_ADDRESS.search(text)
    return found.group() if found else None


def make_geocoder(settings: GeocoderSettings) -> Geocoder | None:
    """The geocoder of the setting; None when it is `offline`. Raises SettingsError for one that cannot be used."""
    service = make_service(settings.geocoder, contact=settings.public_url)
    if service is None:
        return None
    return Geocoder(service, GeocoderFile(settings.var_dir / "geocoder.sqlite", settings.secret_key()))


def _near(town: Place, place: Place | None) -> Place | None:
    """The place, if it is about where the family said, with the county of the town where it is in the same town."""
    if place is None or miles(place.latitude, place.longitude, town.latitude, town.longitude) > _FARTHEST_MILES:
        return None
    is_in_town = place.state == town.state and place.label.partition(",")[0] == town.label.partition(",")[0]
    return place if place.county or not is_in_town else replace(place, county=town.county)


def _as_place(text: str, found: Location, parts: Parts) -> Place | None:
    """None for an address that is not in a state of the United States, or lies at no real point."""
    state, latitude, longitude = parts["state"], found.latitude, found.longitude
    if not re.fullmatch(r"[A-Z]{2}", state) or not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        return None
    postal_code = parts["postal_code"][:5]
    town = ", ".join(part for part in (parts["city"], f"{state} {postal_code}".strip()) if part)
    return Place(
        text=text,
        kind="address",
        latitude=round(latitude, _DECIMALS),
        longitude=round(longitude, _DECIMALS),
        label=town,
        state=state,
        county=parts["county"] or None,
        postal_code=postal_code or None,
    )
