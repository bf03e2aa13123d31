"""The services that look up street addresses, each as geopy speaks to it, and what becomes of their answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from geopy.adapters import URLLibAdapter
from geopy.geocoders import ArcGIS, Nominatim, Pelias
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location

from resources_db.errors import SettingsError

OFFLINE = "offline"
TIMEOUT_SECONDS = 3.0

#: The parts of the address found: city, county, state (two letters), postal_code; empty where not told.
Parts = Mapping[str, str]


@dataclass(frozen=True)
class Service:
    """`ask` raises GeopyError, or finds nothing; `parts_of` reads the raw answer and raises KeyError, TypeError or
    AttributeError for nonsense. `attribution` must be shown where its answers are. `may_keep`: whether its terms allow
    that answers are kept for a while."""

    name: str
    ask: Callable[[str], Location | None]
    parts_of: Callable[[Mapping[str, Any]], Parts]
    attribution: str
    may_keep: bool = True


class Census(Geocoder):  # type: ignore[misc]  # geopy has no types
    """The United States Census Bureau's geocoder, which geopy lacks. Free, needs no key, knows no town without a street.

    https://geocoding.geo.census.gov/geocoder/Geocoding_Services_API.html
    """

    path = "/geocoder/locations/onelineaddress"

    def __init__(self, *, domain: str = "geocoding.geo.census.gov", **common: Any) -> None:
        super().__init__(**common)
        self.api = f"{self.scheme}://{domain.strip('/')}{self.path}"

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: Any = DEFAULT_SENTINEL) -> Any:
        """A Location, or a list of them unless `exactly_one`; None when there is no such address. Raises GeopyError."""
        url = f"{self.api}?{urlencode({'address': query, 'benchmark': 'Public_AR_Current', 'format': 'json'})}"
        return self._call_geocoder(url, partial(self._parse_json, exactly_one=exactly_one), timeout=timeout)

    def _parse_json(self, response: Mapping[str, Any], exactly_one: bool) -> Any:
        found = [
            Location(match["matchedAddress"], (match["coordinates"]["y"], match["coordinates"]["x"]), match)
            for match in response["result"]["addressMatches"]
        ]
        if not found:
            return None
        return found[0] if exactly_one else found


def make_service(setting: str, contact: str) -> Service | None:
    """The service that HOMEWARD_GEOCODER names; None for `offline`. `contact` tells the service who is asking.

    Raises SettingsError for one that cannot be used.
    """
    name, _, address = setting.strip().partition(":")
    name = name.lower()
    if name == OFFLINE:
        return None
    # geopy writes whole requests to its log, and so does what its other adapter is built on.
    logging.getLogger("geopy").setLevel(logging.WARNING)
    server = urlsplit(address)
    if address and (server.scheme not in ("http", "https") or not server.netloc):
        raise SettingsError([f'HOMEWARD_GEOCODER is "{setting}": give the address as {name}:https://…'])
    own: dict[str, str] = {"scheme": server.scheme, "domain": server.netloc + server.path} if address else {}
    user_agent = f"homeward community-resource assistant ({contact})"
    common: dict[str, Any] = {"user_agent": user_agent, "timeout": TIMEOUT_SECONDS, "adapter_factory": URLLibAdapter, **own}
    if name == "nominatim":
        ask = partial(Nominatim(**common).geocode, addressdetails=True, country_codes="us")
        return Service(name, ask, _nominatim_parts, "© OpenStreetMap contributors, openstreetmap.org/copyright")
    if name == "census":
        return Service(name, Census(**common).geocode, _census_parts, "United States Census Bureau geocoder")
    if name == "arcgis":
        ask = partial(ArcGIS(**common).geocode, out_fields="City,Subregion,RegionAbbr,Postal,Country")
        # Esri's terms allow nothing to be stored without an agreement that says so.
        return Service(name, ask, _arcgis_parts, "Powered by Esri", may_keep=False)
    if name == "pelias" and address:
        ask = partial(Pelias(**common).geocode, countries=["USA"])
        return Service(name, ask, _pelias_parts, "© OpenStreetMap contributors, OpenAddresses and Who's On First")
    if name == "pelias":
        raise SettingsError(['HOMEWARD_GEOCODER is "pelias": say where it runs, as in pelias:https://geo.example.org'])
    raise SettingsError([f'HOMEWARD_GEOCODER is "{setting}": give offline, nominatim, census, arcgis or pelias:https://…'])


def _nominatim_parts(raw: Mapping[str, Any]) -> Parts:
    address = raw["address"]
    city = next((address[part] for part in ("city", "town", "village", "hamlet", "suburb") if part in address), "")
    state = str(address.get("ISO3166-2-lvl4", "")).removeprefix("US-")
    return {"city": city, "county": address.get("county", ""), "state": state, "postal_code": address.get("postcode", "")}


def _census_parts(raw: Mapping[str, Any]) -> Parts:
    found = raw["addressComponents"]
    return {"city": found["city"].title(), "county": "", "state": found["state"], "postal_code": found.get("zip", "")}


def _arcgis_parts(raw: Mapping[str, Any]) -> Parts:
    found = raw["attributes"]
    state = found["RegionAbbr"] if found["Country"] == "USA" else ""
    return {"city": found["City"], "county": found["Subregion"], "state": state, "postal_code": found["Postal"]}


def _pelias_parts(raw: Mapping[str, Any]) -> Parts:
    found = raw["properties"]
    state = found.get("region_a", "") if found.get("country_a") == "USA" else ""
    city, county = found.get("locality", ""), found.get("county", "")
    return {"city": city, "county": county, "state": state, "postal_code": found.get("postalcode", "")}
