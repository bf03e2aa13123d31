"""Where families ask from, and what they ask for. The same points for every size and database."""

from __future__ import annotations

import random

from benchmarks.directory.country import Spot, edges, spots
from resources_db.geo.places import Place


def in_town(count: int, seed: int = 11) -> list[Place]:
    """Points where people live, most of them in cities."""
    rnd = random.Random(seed)
    found, totals = spots()
    return [_near(rnd, spot) for spot in rnd.choices(found, cum_weights=totals, k=count)]


def far_away(count: int, seed: int = 12) -> list[Place]:
    """Points in the country, on islands, in the far north and on both sides of the 180th meridian."""
    rnd = random.Random(seed)
    rural = [spot for spot in spots()[0] if spot.spread > 0.02]
    remote = [spot for spot in rural if spot.state in ("AK", "HI", "GU", "MP", "AS", "PR", "VI")] + edges() * 8
    return [_near(rnd, rnd.choice(remote if number % 2 else rural)) for number in range(count)]


def anywhere(count: int, seed: int = 13) -> list[Place]:
    """Seven in ten in town, the others far away."""
    town, far = in_town(count, seed), far_away(count, seed + 1)
    return [far[number] if number % 10 in (2, 5, 8) else town[number] for number in range(count)]


def _near(rnd: random.Random, spot: Spot) -> Place:
    latitude = max(-89.9, min(89.9, spot.latitude + rnd.gauss(0, spot.spread)))
    longitude = (spot.longitude + rnd.gauss(0, spot.spread) + 180) % 360 - 180
    label = f"{spot.city}, {spot.state}"
    return Place(label, "address", latitude, longitude, label, spot.state, spot.county or None, spot.zip or None)
