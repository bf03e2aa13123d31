from __future__ import annotations

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from resources_db.geo.distance import box_around, miles

latitudes = st.floats(-89, 89)
longitudes = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((38.5804, -121.4922), (38.5804, -121.4922), 0.0),
        ((33.9425, -118.4081), (40.6398, -73.7789), 2475.0),  # the airports of Los Angeles and New York
        ((0.0, 0.0), (1.0, 0.0), 68.7),  # a degree of latitude
        ((52.0, 179.9), (52.0, -179.9), 8.5),  # over the 180th meridian, not around the world
    ],
)
def test_miles_are_measured_over_the_ground(start: tuple[float, float], end: tuple[float, float], expected: float) -> None:
    assert miles(*start, *end) == pytest.approx(expected, abs=1.0)


@given(latitudes, longitudes, st.floats(0, 359.99), st.floats(0.01, 300))
def test_a_box_holds_everything_within_reach(latitude: float, longitude: float, bearing: float, reach: float) -> None:
    box = box_around(latitude, longitude, reach)
    there = geodesic(miles=reach * 0.999).destination((latitude, longitude), bearing)
    assert box.holds(there.latitude, there.longitude)


@given(latitudes, longitudes, st.floats(0.1, 300))
def test_a_box_is_not_much_larger_than_the_reach(latitude: float, longitude: float, reach: float) -> None:
    box = box_around(latitude, longitude, reach)
    assert box.north - box.south <= 2 * reach / 68
    assert all(-180 <= west <= east <= 180 for west, east in box.longitudes)


def test_a_box_around_the_western_aleutians_has_a_part_on_each_side_of_the_180th_meridian() -> None:
    (west_part, east_part) = box_around(51.9, 179.5, 60).longitudes
    assert west_part[1] == 180.0
    assert east_part[0] == -180.0
    assert box_around(51.9, 179.5, 60).holds(51.9, -179.8)
    assert not box_around(51.9, 179.5, 60).holds(51.9, -170.0)


def test_a_box_that_reaches_a_pole_goes_all_around_it() -> None:
    assert box_around(89.0, 10.0, 200).holds(89.5, -170.0)
