"""Street addresses, through a service that the agency chose. Off by default: a family's address goes to nobody else.

The setting HOMEWARD_GEOCODER is `offline`, or a service's name, with its address behind a colon when the agency runs
one of its own: `nominatim`, `nominatim:https://geo.example.org`, `arcgis`, `pelias:https://geo.example.org`.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from geopy.adapters import URLLibAdapter
from geopy.exc import GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import ArcGIS, Nominatim, Pelias

from resources_db.errors import SettingsError
from resources_db.geo.distance import miles
from resources_db.geo.places import Place

OFFLINE = "offline"
_TIMEOUT_SECONDS = 3
#: Nominatim's public servers allow one request a second; the others are not asked for more either.
_SECONDS_BETWEEN_REQUESTS = 1.0
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


#: What every service answers with: the parts of the address found, under the names used here.
Parts = Mapping[str, str]


class Geocoder:
    """Looks addresses up one a second. Blocks for up to a few seconds: call it from a thread of its own."""

    def __init__(self, ask: Callable[[str], Any], parts_of: Callable[[Mapping[str, Any]], Parts]) -> None:
        # Neither retries nor swallowed errors: geopy would log both together with the address.
        self._ask = RateLimiter(ask, min_delay_seconds=_SECONDS_BETWEEN_REQUESTS, max_retries=0, swallow_exceptions=False)
        self._parts_of = parts_of
        self._queue = threading.BoundedSemaphore(_LONGEST_QUEUE)

    def locate(self, address: str, town: Place) -> Place | None:
        """The place of a street address in or near a town, to about 100 meters; None when there is no such.

        Only the house number and street out of `address` and the town's name are sent; not a word more of what a
        family wrote. None as well when the service fails, is slow or has too many waiting: the town has to do then.
        """
        street = find_street_address(address)
        if street is None or not self._queue.acquire(blocking=False):
            return None
        try:
            asked = f"{street}, {town.label}"
            found = self._ask(asked)
            place = _as_place(street, found.latitude, found.longitude, self._parts_of(found.raw)) if found else None
        except (GeopyError, KeyError, TypeError, ValueError, AttributeError):
            return None
        finally:
            self._queue.release()
        if place and miles(place.latitude, place.longitude, town.latitude, town.longitude) <= _FARTHEST_MILES:
            return place
        return None


def find_street_address(text: str) -> str | None:
    """ "1234 K Street" out of "we live at 1234 K Street, Sacramento CA. need food"; None if there is none."""
    found = _STREET_ADDRESS.search(text)
    return found.group() if found else None


def make_geocoder(settings: GeocoderSettings) -> Geocoder | None:
    """The geocoder of the setting; None when it is `offline`. Raises SettingsError for one that cannot be used."""
    name, _, address = settings.geocoder.strip().partition(":")
    name = name.lower()
    if name == OFFLINE:
        return None
    # geopy writes whole requests to its log, and so does what its other adapter is built on.
    logging.getLogger("geopy").setLevel(logging.WARNING)
    server = urlsplit(address)
    own: dict[str, str] = {"scheme": server.scheme, "domain": server.netloc + server.path} if address else {}
    if address and (server.scheme not in ("http", "https") or not server.netloc):
        raise SettingsError([f'HOMEWARD_GEOCODER is "{settings.geocoder}": give the address as {name}:https://…'])
    # Nominatim's terms of use ask who is asking.
    user_agent = f"homeward community-resource assistant ({settings.public_url})"
    common: dict[str, Any] = {"user_agent": user_agent, "timeout": _TIMEOUT_SECONDS, "adapter_factory": URLLibAdapter, **own}
    if name == "nominatim":
        nominatim = Nominatim(**common)
        return Geocoder(lambda text: nominatim.geocode(text, addressdetails=True, country_codes="us"), _nominatim_parts)
    if name == "arcgis":
        arcgis = ArcGIS(**common)
        return Geocoder(lambda text: arcgis.geocode(text, out_fields="City,Subregion,RegionAbbr,Postal,Country"), _arcgis_parts)
    if name == "pelias" and address:
        pelias = Pelias(**common)
        return Geocoder(lambda text: pelias.geocode(text, countries=["USA"]), _pelias_parts)
    if name == "pelias":
        raise SettingsError(['HOMEWARD_GEOCODER is "pelias": say where it runs, as in pelias:https://geo.example.org'])
    raise SettingsError([f'HOMEWARD_GEOCODER is "{settings.geocoder}": give offline, nominatim, arcgis or pelias:https://…'])


def _nominatim_parts(raw: Mapping[str, Any]) -> Parts:
    address = raw["address"]
    city = next((address[part] for part in ("city", "town", "village", "hamlet", "suburb") if part in address), "")
    state = str(address.get("ISO3166-2-lvl4", "")).removeprefix("US-")
    return {"city": city, "county": address.get("county", ""), "state": state, "postal_code": address.get("postcode", "")}


def _arcgis_parts(raw: Mapping[str, Any]) -> Parts:
    found = raw["attributes"]
    state = found["RegionAbbr"] if found["Country"] == "USA" else ""
    return {"city": found["City"], "county": found["Subregion"], "state": state, "postal_code": found["Postal"]}


def _pelias_parts(raw: Mapping[str, Any]) -> Parts:
    found = raw["properties"]
    state = found.get("region_a", "") if found.get("country_a") == "USA" else ""
    city, county = found.get("locality", ""), found.get("county", "")
    return {"city": city, "county": county, "state": state, "postal_code": found.get("postalcode", "")}


def _as_place(text: str, latitude: float, longitude: float, parts: Parts) -> Place | None:
    """None for an address that is not in a state of the United States, or lies at no real point."""
    state = parts["state"]
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
