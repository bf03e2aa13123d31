"""Where a point is in a quadtree over the earth, and which of its squares a disc lies in.

A square of any size is one contiguous range of numbers, so one B-tree index serves every radius. Distances are
compared as chords between points on the WGS 84 ellipsoid: three multiplications, and the order of the true
geodesics for everything on one side of the globe.
"""

from __future__ import annotations

import math

METERS_PER_MILE = 1609.344
_EARTH_RADIUS = 6371008.8
# The ellipsoid: its radius at the equator and the square of its eccentricity.
_EQUATOR, _ECCENTRICITY = 6378137.0, 0.00669437999014

# A spot's number: 22 bits each of latitude and longitude, interleaved, then a serial number of what is there.
DEPTH = 22
SERIAL_BITS = 19
_SIDE = 1 << DEPTH
# No degree of latitude is shorter than this, so that a box measured with it leaves nothing out.
_METERS_PER_DEGREE = 110_540.0
_MOST_SQUARES = 16

Range = tuple[int, int]


def cell_of(latitude: float, longitude: float) -> int:
    """The number of the smallest square that holds the point, in 44 bits."""
    row = min(int((latitude + 90.0) / 180.0 * _SIDE), _SIDE - 1)
    column = int((longitude + 180.0) / 360.0 * _SIDE) % _SIDE
    return _interleave(column, row)


def first_spot(cell: int) -> int:
    """The lowest spot number in a cell; the next cell's is `1 << SERIAL_BITS` more."""
    return cell << SERIAL_BITS


def xyz(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point on the ellipsoid, in meters from the earth's center."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    radius = _EQUATOR / math.sqrt(1 - _ECCENTRICITY * math.sin(phi) ** 2)
    across = radius * math.cos(phi)
    return across * math.cos(lam), across * math.sin(lam), radius * (1 - _ECCENTRICITY) * math.sin(phi)


def meters_within(miles: float) -> float:
    """Meters that leave nothing out that is so many miles away, whatever the rounding."""
    return miles * METERS_PER_MILE * (1 + 1e-6) + 0.01


def miles_of_chord(squared: float) -> float:
    """Miles over the ground from the squared chord in meters: 1 m off at 300 miles, less when nearer."""
    return 2 * _EARTH_RADIUS * math.asin(min(1.0, math.sqrt(squared) / (2 * _EARTH_RADIUS))) / METERS_PER_MILE


def ranges_around(latitude: float, longitude: float, meters: float) -> list[Range]:
    """Ranges of spot numbers, first and last, that hold every point at most that far away; 16 at most."""
    reach = meters / _METERS_PER_DEGREE * 1.0001 + 1e-9
    south, north = latitude - reach, latitude + reach
    if south <= -89.9 or north >= 89.9:
        half_width = 180.0
    else:
        # The disc is widest, in degrees, a little poleward of its center.
        wide = math.sin(math.radians(min(reach, 90.0))) / math.cos(math.radians(latitude))
        half_width = math.degrees(math.asin(wide)) * 1.0035 + 1e-9 if wide < 1 else 180.0
    bottom = max(0, int((south + 90.0) / 180.0 * _SIDE))
    top = min(_SIDE - 1, int((north + 90.0) / 180.0 * _SIDE))
    left = math.floor((longitude - half_width + 180.0) / 360.0 * _SIDE)
    right = math.floor((longitude + half_width + 180.0) / 360.0 * _SIDE)
    if right - left >= _SIDE:
        left, right = 0, _SIDE - 1
    shift = max(0, max(right - left, top - bottom).bit_length() - 2)
    while (((right >> shift) - (left >> shift)) + 1) * ((top >> shift) - (bottom >> shift) + 1) > _MOST_SQUARES:
        shift += 1
    around = _SIDE >> shift
    squares = sorted(
        {
            _interleave(column % around, row)
            for column in range(left >> shift, (right >> shift) + 1)
            for row in range(bottom >> shift, (top >> shift) + 1)
        }
    )
    bits = 2 * shift + SERIAL_BITS
    ranges: list[Range] = []
    for square in squares:
        if ranges and ranges[-1][1] + 1 == square << bits:
            ranges[-1] = ranges[-1][0], ((square + 1) << bits) - 1
        else:
            ranges.append((square << bits, ((square + 1) << bits) - 1))
    return ranges


def _interleave(column: int, row: int) -> int:
    return _spread(column) | _spread(row) << 1


def _spread(number: int) -> int:
    """The bits of a number of at most 32 bits, a zero after each."""
    number = (number | number << 16) & 0x0000FFFF0000FFFF
    number = (number | number << 8) & 0x00FF00FF00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F0F0F0F0F
    number = (number | number << 2) & 0x3333333333333333
    return (number | number << 1) & 0x5555555555555555
