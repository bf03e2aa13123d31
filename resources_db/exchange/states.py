"""Roughly where each state is, to tell whether a point can be right for an address."""

from __future__ import annotations

# (south, west, north, east) in whole degrees, a little generous. Alaska's islands beyond the 180th meridian are not in it.
_BOXES: dict[str, tuple[float, float, float, float]] = {
    "AL": (30, -89, 36, -84), "AK": (51, -180, 72, -129), "AZ": (31, -115, 38, -109), "AR": (32, -95, 37, -89),
    "CA": (32, -125, 43, -114), "CO": (36, -110, 42, -102), "CT": (40, -74, 43, -71), "DE": (38, -76, 40, -75),
    "DC": (38.7, -77.2, 39.1, -76.8), "FL": (24, -88, 32, -79), "GA": (30, -86, 36, -80), "HI": (18, -161, 23, -154),
    "ID": (41, -118, 50, -111), "IL": (36, -92, 43, -87), "IN": (37, -89, 42, -84), "IA": (40, -97, 44, -90),
    "KS": (36, -103, 41, -94), "KY": (36, -90, 40, -81), "LA": (28, -95, 34, -88), "ME": (42, -72, 48, -66),
    "MD": (37, -80, 40, -75), "MA": (41, -74, 43, -69), "MI": (41, -91, 49, -82), "MN": (43, -98, 50, -89),
    "MS": (30, -92, 36, -88), "MO": (35, -96, 41, -89), "MT": (44, -117, 50, -104), "NE": (39, -105, 44, -95),
    "NV": (35, -121, 43, -114), "NH": (42, -73, 46, -70), "NJ": (38, -76, 42, -73), "NM": (31, -110, 38, -103),
    "NY": (40, -80, 46, -71), "NC": (33, -85, 37, -75), "ND": (45, -105, 50, -96), "OH": (38, -85, 43, -80),
    "OK": (33, -104, 38, -94), "OR": (41, -125, 47, -116), "PA": (39, -81, 43, -74), "RI": (41, -72, 43, -71),
    "SC": (32, -84, 36, -78), "SD": (42, -105, 46, -96), "TN": (34, -91, 37, -81), "TX": (25, -107, 37, -93),
    "UT": (36, -115, 43, -109), "VT": (42, -74, 46, -71), "VA": (36, -84, 40, -75), "WA": (45, -125, 50, -116),
    "WV": (37, -83, 41, -77), "WI": (42, -93, 48, -86), "WY": (40, -112, 46, -104), "PR": (17, -68, 19, -65),
    "VI": (17, -66, 19, -64), "GU": (13, 144, 14, 145), "MP": (14, 144, 21, 147), "AS": (-15, -172, -11, -168),
}  # fmt: skip


def is_in_state(code: str, latitude: float, longitude: float) -> bool:
    """Whether the point lies in the box around the state or territory; False for a code that is none."""
    south, west, north, east = _BOXES.get(code.strip().upper(), (1, 1, 0, 0))
    return south <= latitude <= north and west <= longitude <= east
