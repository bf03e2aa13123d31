"""Are the five nearest services truly the five nearest? Asked 2,000 times, against distances over the ellipsoid.

geopy's geodesic takes 0.3 ms a pair, so it is not asked about rows that cannot matter. A geodesic is never shorter than its
chord c, and, by Schur's theorem, never longer than the arc over c of a circle as curved as the ellipsoid is anywhere, whose
radius is a(1 - e²). So with c5 the chord to the fifth nearest service by chord, all five lie within that arc over c5, and
whatever has a longer chord than that arc is no nearer. Every row's chord is measured.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from geopy.distance import geodesic
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.directory.peers import points_of
from benchmarks.directory.questions import PAGE
from benchmarks.directory.workload import anywhere
from resources_db.geo.places import Place
from resources_db.search import nearest
from resources_db.taxonomy.needs import load_needs

QUERIES = 2_000
_EQUATOR, _ECCENTRICITY = 6378137.0, 0.0066943799901413165
_MOST_CURVED = _EQUATOR * (1 - _ECCENTRICITY)
_REACH_MILES = 100.0
_METERS_PER_MILE = 1609.344


class EveryRow:
    """All listings for a need that are on the map."""

    def __init__(self, rows: Sequence[tuple[float, float, str, str]]) -> None:
        self._rows = rows
        self._xyz = _xyz(np.array([row[:2] for row in rows], dtype=float).reshape(-1, 2))

    def nearest(self, place: Place) -> list[tuple[str, str]]:
        """The five nearest services within reach, each at its nearest place, as (service, service_at_location) ids."""
        here = place.latitude, place.longitude
        chords = np.linalg.norm(self._xyz - _xyz(np.array([here])), axis=1)
        order = np.argsort(chords, kind="stable")
        bound, services = np.inf, set()
        for row in order:
            services.add(self._rows[row][3])
            if len(services) == PAGE:
                bound = 2 * _MOST_CURVED * np.arcsin(min(1.0, chords[row] / (2 * _MOST_CURVED)))
                break
        bound = min(bound, _REACH_MILES * _METERS_PER_MILE)
        found: dict[str, tuple[float, str]] = {}
        for row in order[: np.searchsorted(chords[order], bound, side="right")]:
            latitude, longitude, site, service = self._rows[row]
            away = geodesic(here, (latitude, longitude)).meters
            if away <= _REACH_MILES * _METERS_PER_MILE:
                found[service] = min(found.get(service, (np.inf, "")), (away, site))
        ranked = sorted((away, service, site) for service, (away, site) in found.items())
        return [(service, site) for _, service, site in ranked[:PAGE]]


def check(name: str, engine: Engine, queries: int = QUERIES) -> bool:
    """Prints how many answers differ, in ids or in order; the first few in full."""
    needs = list(load_needs())
    every = {need: EveryRow(points_of(engine, need)) for need in needs}
    rnd = random.Random(7)
    differ = empty = full = 0
    with Session(engine) as session:
        for place in anywhere(queries, seed=99):
            need = rnd.choice(needs)
            said = nearest(session, (place.latitude, place.longitude), need=need, services_only=True, limit=PAGE)
            ours = [(near.service_id, near.service_at_location_id) for near in said]
            true = every[need].nearest(place)
            empty += not true
            full += len(true) == PAGE
            if ours != true:
                differ += 1
                if differ <= 3:
                    print(f"   {name}: {need} near {place.label} ({place.latitude:.5f}, {place.longitude:.5f})")
                    print(f"      said {ours}\n      true {true}")
    print(
        f"   {name}: {queries:,} questions, {full:,} with five services and {empty:,} with none in reach: {differ} differ",
        flush=True,
    )
    return differ == 0


def _xyz(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points on the ellipsoid, in meters from the earth's center."""
    phi, lam = np.radians(degrees).T
    radius = _EQUATOR / np.sqrt(1 - _ECCENTRICITY * np.sin(phi) ** 2)
    flat = radius * np.cos(phi)
    return np.column_stack((flat * np.cos(lam), flat * np.sin(lam), radius * (1 - _ECCENTRICITY) * np.sin(phi)))
