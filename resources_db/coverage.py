"""Does a service serve where the family is, by its service areas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from resources_db.geo.names import fold
from resources_db.geo.places import Place

Coverage = Literal["yes", "no", "unknown"]

_COUNTY_WORDS = (" county", " parish", " city and borough", " borough", " census area", " municipality", " municipio")


@dataclass(frozen=True)
class Area:
    """One service_area row: `extent` holds codes separated by commas, of the kind `extent_type` says."""

    extent_type: str | None
    extent: str | None
    name: str | None = None

    def codes(self) -> list[str]:
        return [code.strip() for code in (self.extent or "").split(",") if code.strip()]


def serves(areas: Iterable[Area], place: Place | None) -> Coverage:
    """Yes when any area holds the place, no when none can; unknown where the rows or the place do not say."""
    verdicts = {_covers(area, place) for area in areas} if place else set()
    if "yes" in verdicts:
        return "yes"
    return "no" if verdicts == {"no"} else "unknown"


def covering_area(areas: Iterable[Area], place: Place) -> Area | None:
    """The area that holds the place, the smallest kind first."""
    kinds = ("postal_code", "county", "state", "nation")
    covering = [area for area in areas if _covers(area, place) == "yes"]
    return min(covering, key=lambda area: kinds.index(area.extent_type or ""), default=None)


def _covers(area: Area, place: Place) -> Coverage:
    codes = area.codes()
    if not codes:
        return "unknown"
    if area.extent_type == "nation":
        # Every place we know is in the United States or its territories.
        return "yes" if "US" in codes else "no"
    if area.extent_type == "state":
        return "yes" if place.state in codes else "no"
    if area.extent_type == "county":
        return _covers_county(codes, place)
    if area.extent_type == "postal_code":
        if place.postal_code is None:
            return "unknown"
        return "yes" if place.postal_code in codes else "no"
    return "unknown"


def _covers_county(codes: list[str], place: Place) -> Coverage:
    counties = {county_key(county) for state, _, county in (code.partition("/") for code in codes) if state == place.state}
    if not counties:
        return "no"
    if place.county is None:
        return "unknown"
    return "yes" if county_key(place.county) in counties else "no"


def county_key(name: str) -> str:
    """The name as it is compared: "Orange County" and "ORANGE" are orange, "Doña Ana County" and "Dona Ana" dona ana.

    St. Louis city and St. Louis County stay two.
    """
    key = fold(name)
    return next((key.removesuffix(word) for word in _COUNTY_WORDS if key.endswith(word)), key)
