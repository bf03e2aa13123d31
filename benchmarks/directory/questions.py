"""The kinds of question that are timed: the nearest usable services, with and without filters, and whole answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.directory.country import COMMON, NOW, RARE, RAREST
from benchmarks.directory.workload import anywhere, far_away, in_town
from resources_db.database import session_scope
from resources_db.geo.places import Place
from resources_db.search import SearchRequest, find_matches, near_count, nearest

PAGE = 5
POINTS = 100


@dataclass(frozen=True)
class Kind:
    """A kind of question; `ask` gets an open session and a place."""

    name: str
    places: Sequence[Place]
    ask: Callable[[Session, Place], object]


def kinds(points: int = POINTS) -> list[Kind]:
    town, far, both = in_town(points), far_away(points), anywhere(points)
    filters: dict[str, Any] = {"language": "es", "ages": (0.5, 7.0), "open_at": NOW}
    return [
        Kind("common need in town", town, _nearest(need=COMMON)),
        Kind("common need far away", far, _nearest(need=COMMON)),
        Kind("rare need (0.05 %) far away", far, _nearest(need=RARE)),
        Kind("12 in the country, far away", far, _nearest(need=RAREST)),
        Kind("open now + Spanish + ages + area", both, _nearest(need="mental_health", by_area=True, **filters)),
        Kind("words: baby formula", both, _nearest(text="baby formula")),
        Kind("words: fórmula", both, _nearest(text="fórmula")),
        Kind("words: diapers", both, _nearest(text="diapers")),
        Kind("words: wheelchair", both, _nearest(text="wheelchair")),
        Kind("words: diapers, one letter wrong", both, _nearest(text="diapres")),
        Kind("count, at most 100", town, lambda session, place: near_count(session, _point(place), need=COMMON)),
    ]


def answers(points: int = POINTS) -> list[Kind]:
    """Whole answers as a family gets them: ranked, counted, five matches with all their facts."""
    town, far, both = in_town(points), far_away(points), anywhere(points)
    return [
        Kind("answer: common need in town", town, _answer(needs=(COMMON,))),
        Kind("answer: rare need far away", far, _answer(needs=(RARE,))),
        Kind(
            "answer: open now, in Spanish, ages",
            both,
            _answer(needs=("mental_health",), language="es", ages=(0.5, 7.0), open_at=NOW),
        ),
        Kind("answer: two needs", both, _answer(needs=("housing", "legal"))),
        Kind("answer: words", both, _answer(needs=(), text="baby formula")),
    ]


def sites_near(engine: Engine, place: Place, need: str = COMMON) -> list[str]:
    """The service_at_location ids of the first page."""
    with session_scope(engine, writes=False) as session:
        return [
            near.service_at_location_id for near in nearest(session, _point(place), need=need, services_only=True, limit=PAGE)
        ]


def _nearest(*, by_area: bool = False, **asked: Any) -> Callable[[Session, Place], object]:
    def ask(session: Session, place: Place) -> object:
        return nearest(session, _point(place), services_only=True, limit=PAGE, place=place if by_area else None, **asked)

    return ask


def _answer(**asked: Any) -> Callable[[Session, Place], object]:
    def ask(session: Session, place: Place) -> object:
        return find_matches(session, SearchRequest(origin=place, now=NOW, limit=PAGE, **asked))

    return ask


def _point(place: Place) -> tuple[float, float]:
    return place.latitude, place.longitude
