"""The time zone of a place, offline."""

from __future__ import annotations

from resources_db.geo.places import Place

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"

_BY_STATE = {
    **dict.fromkeys("CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV".split(), _EASTERN),
    **dict.fromkeys("AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI".split(), _CENTRAL),
    **dict.fromkeys("CO ID MT NM UT WY".split(), _MOUNTAIN),
    **dict.fromkeys("CA NV OR WA".split(), _PACIFIC),
    "AZ": "America/Phoenix", "AK": "America/Anchorage", "HI": "Pacific/Honolulu", "PR": "America/Puerto_Rico",
    "VI": "America/Puerto_Rico", "GU": "Pacific/Guam", "MP": "Pacific/Guam", "AS": "Pacific/Pago_Pago",
}  # fmt: skip

#: States with two zones: (longitude, zone west of it). The true lines follow counties; between the line and them a
#: place may be told the neighboring zone, which is an hour off.
_WEST_OF = {
    "FL": (-85.1, _CENTRAL), "KY": (-86.3, _CENTRAL), "IN": (-87.2, _CENTRAL), "MI": (-87.9, _CENTRAL),
    "KS": (-101.4, _MOUNTAIN), "NE": (-101.0, _MOUNTAIN), "ND": (-101.6, _MOUNTAIN), "SD": (-100.7, _MOUNTAIN),
    "TX": (-104.9, _MOUNTAIN),
}  # fmt: skip


def zone_of(place: Place) -> str | None:
    """IANA name of the zone, or None where the state is unknown."""
    return zone_at(place.state, place.latitude, place.longitude)


def zone_at(state: str | None, latitude: float | None, longitude: float | None) -> str | None:
    """As `zone_of`, from a state's code and a point, which decides in states that have two zones."""
    zone = _BY_STATE.get((state or "").upper())
    if longitude is None or latitude is None:
        return zone
    if state == "TN":
        return _CENTRAL if longitude < -85.2 else _EASTERN
    if state == "ID":
        return _PACIFIC if latitude > 45.5 else _MOUNTAIN
    if state == "OR":
        return _MOUNTAIN if longitude > -118.2 and latitude < 44.5 else _PACIFIC
    line, west = _WEST_OF.get(state or "", (-360.0, ""))
    return west if longitude < line else zone
