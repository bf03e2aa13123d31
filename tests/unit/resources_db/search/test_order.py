"""The whole order a family sees equals that of judging every service in the country one by one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.coverage import serves
from resources_db.eligibility import Eligibility, fits
from resources_db.geo.distance import miles
from resources_db.geo.places import Place
from resources_db.models import ServiceNeed
from resources_db.schedules import next_open, open_state, state_on
from resources_db.search import SearchRequest, find_matches
from resources_db.search import ranking as r
from resources_db.search.candidates import Candidate, candidates, spots_of
from resources_db.search.cells import miles_of_chord, xyz
from resources_db.search.reader import Reader
from tests.unit.resources_db.search.country import TOWNS

_ZONE = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True)
class Listed:
    candidate: Candidate
    needs: frozenset[str]


@pytest.fixture(scope="module")
def session(country_engine: Engine) -> Iterator[Session]:
    with Session(country_engine) as session:
        yield session


@pytest.fixture(scope="module")
def everything(session: Session) -> list[Listed]:
    needs: dict[str, set[str]] = {}
    for service, code in session.execute(select(ServiceNeed.service_id, ServiceNeed.code)):
        needs.setdefault(service, set()).add(code)
    reader = Reader(session)
    return [Listed(one, frozenset(needs[one.service_id])) for one in candidates(reader, spots_of(reader, needs.keys()))]


def requests(count: int) -> list[SearchRequest]:
    rnd = random.Random(3)
    found = []
    for number in range(count):
        name, latitude, longitude, state, county, _, spread = TOWNS[number % len(TOWNS)]
        place = Place(
            name,
            "zip",
            latitude + rnd.gauss(0, spread),
            (longitude + rnd.gauss(0, spread) + 180) % 360 - 180,
            name,
            state,
            rnd.choice((county, county, None)),
            rnd.choice(("92701", "10001", None)),
        )
        now = datetime(2026, 11, 20, 12, tzinfo=_ZONE) + timedelta(minutes=rnd.randrange(0, 10_000))
        found.append(
            SearchRequest(
                needs=tuple(rnd.sample(("food", "shelter", "legal"), rnd.choice((1, 1, 2)))),
                origin=place,
                now=now,
                language=rnd.choice(("en", "es")),
                open_at=rnd.choice((None, None, now, now + timedelta(hours=rnd.randrange(90)), date(2026, 11, 26))),
                ages=rnd.choice(((), (), (4.0,), (15.0, 40.0), (1.0, 3.0, 8.0, 33.0))),
                limit=rnd.choice((3, 5, 12)),
                offset=rnd.choice((0, 0, 5)),
                max_miles=rnd.choice((None, None, None, 10.0)),
            )
        )
    return found


def test_the_order_is_that_of_judging_everything(session: Session, everything: list[Listed]) -> None:
    for request in requests(100):
        result = find_matches(session, request)
        shown = [(match.service_id, match.service_at_location_id) for match in result.matches]
        order, unmet = _judge_everything(everything, request)
        assert shown == order[request.offset : request.offset + request.limit], request
        assert result.unmet == unmet, request
        assert len(shown) <= result.total <= 100


def _judge_everything(everything: list[Listed], request: SearchRequest) -> tuple[list[tuple[str, str | None]], tuple[str, ...]]:
    judged = [one for listed in everything if listed.needs & set(request.needs) and (one := _judge(listed, request))]
    lists: dict[str, list[dict[str, Any]]] = {}
    reaches: dict[str, float] = {}
    for need in request.needs:
        mine = [one for one in judged if need in one["needs"]]
        reaches[need], mine = _within_reach(mine, request)
        if request.open_at is not None:
            mine = [one for one in mine if one["state"] != "closed"] or mine
        best: dict[str, dict[str, Any]] = {}
        for one in sorted(mine, key=lambda one: one["order"]):
            best.setdefault(one["service"], one)
        lists[need] = list(best.values())
    nearby = max(request.max_miles or 0.0, 100.0)
    unmet = tuple(need for need in request.needs if not any((one["miles"] or 0.0) <= nearby for one in lists[need]))
    return _turns(lists, reaches, request), unmet


def _within_reach(mine: list[dict[str, Any]], request: SearchRequest) -> tuple[float, list[dict[str, Any]]]:
    def distances(some: list[dict[str, Any]]) -> list[float]:
        nearest: dict[str, float] = {}
        for one in some:
            if one["usable"]:
                nearest[one["service"]] = min(one["miles"] or 0.0, nearest.get(one["service"], 1e9))
        return sorted(nearest.values())

    if request.max_miles is not None:
        reach = request.max_miles
    else:
        near = [far for far in distances(mine) if far <= 100]
        reach = next((radius for radius in (25.0, 50.0, 100.0) if sum(far <= radius for far in near) >= 3), 100.0)
        if not near:
            assert request.origin
            mine = [one for one in mine if (one["miles"] or 0.0) <= 100 or one["state_code"] == request.origin.state]
            reach = (distances([one for one in mine if one["miles"] is not None])[:3] or [100.0])[-1]
    return reach, [one for one in mine if (one["miles"] or 0.0) <= reach + 1e-9]


def _turns(
    lists: dict[str, list[dict[str, Any]]], reaches: dict[str, float], request: SearchRequest
) -> list[tuple[str, str | None]]:
    served = dict.fromkeys(lists, 0)
    all_closed = {need: all(one["state"] == "closed" for one in some) for need, some in lists.items()}
    waiting = {need: list(some) for need, some in lists.items()}
    order, taken = [], set()
    while left := [need for need in lists if waiting[need]]:
        one = waiting[min(left, key=lambda need: served[need])].pop(0)
        if one["service"] in taken:
            continue
        taken.add(one["service"])
        order.append((one["service"], one["site"]))
        for need in lists:
            kept = request.open_at is None or all_closed[need] or one["state"] != "closed"
            served[need] += need in one["needs"] and (one["miles"] or 0.0) <= reaches[need] and kept
    return order


def _judge(listed: Listed, request: SearchRequest) -> dict[str, Any] | None:
    one, origin, now = listed.candidate, request.origin, request.now
    assert origin
    point = one.spot.point
    away = _miles(origin, point) if point else None
    fit = fits(one.limits, request.ages)
    coverage = serves(one.areas, origin)
    if fit.fits == "no" or coverage == "no":
        return None
    if (away or 0.0) > 50 and {area.extent_type for area in one.areas} == {"postal_code"} and coverage != "yes":
        return None
    if point is None and coverage == "unknown" and one.state and one.state != origin.state:
        return None
    when = request.open_at or now
    if isinstance(when, datetime):
        state = open_state(one.rules, when, one.tz, not one.is_active, one.closures)
    else:
        state = "closed" if not one.is_active else state_on(one.rules, when, one.closures)
    if one.is_confidential:
        cost = r.CONFIDENTIAL
    elif one.is_remote:
        cost = r.REMOTE
    else:
        cost = r.NO_POINT if away is None else away
    cost += _hours(one, state, request) + _access(one) + _language(one, request.language) + _freshness(one, now.date())
    cost += _fit(one, fit) + _told(one, now.date())
    cost += r.ASK_IF_IT_SERVES if coverage == "unknown" else 0.0
    cost += 0.0 if one.phones or one.website else r.NO_CONTACT
    cost += r.ANOTHER_NEED_TOO * (len(listed.needs & set(request.needs)) - 1)
    site = one.spot.service_at_location_id
    return {
        "order": (round(cost, 5), one.service_id, site or ""), "miles": away, "state": state, "service": one.service_id,
        "site": site, "needs": listed.needs, "usable": one.is_active and not one.is_remote, "state_code": one.state,
    }  # fmt: skip


def _miles(origin: Place, point: tuple[float, float]) -> float:
    """By geopy, except where it is too far to matter to the sixth digit and would take minutes in all."""
    chord = math.dist(xyz(origin.latitude, origin.longitude), xyz(*point))
    return miles(origin.latitude, origin.longitude, *point) if chord < 50_000 else miles_of_chord(chord**2)


def _hours(one: Candidate, state: str, request: SearchRequest) -> float:
    if not one.is_active:
        return r.CLOSED_FOR_NOW
    if state == "open":
        return 0.0
    if state == "unknown":
        return r.HOURS_UNKNOWN_WHEN_ASKED if request.open_at else r.HOURS_UNKNOWN
    soon = request.open_at is None and next_open(one.rules, request.now, one.tz, within=r.SOON, closures=one.closures)
    return r.OPENS_SOON if soon else r.CLOSED


def _access(one: Candidate) -> float:
    return r.ACCESS_UNKNOWN if not one.access else 0.0


def _language(one: Candidate, language: str) -> float:
    if language in one.languages or (language == "en" and not one.languages):
        return 0.0
    return r.OTHER_LANGUAGE if one.languages and language != "en" else r.LANGUAGE_UNSAID


def _freshness(one: Candidate, today: date) -> float:
    if one.verified is None or one.verified.on < today - timedelta(days=180):
        return r.CHECKED_OVER_180_DAYS_AGO
    return r.CHECKED_OVER_90_DAYS_AGO if one.verified.on < today - timedelta(days=90) else 0.0


def _told(one: Candidate, today: date) -> float:
    doubted = one.told.doubted_until >= today.toordinal()
    return doubted * r.DOUBTED + (one.told.helped_until < today.toordinal()) * r.NO_WORD_OF_HELP


def test_some_are_doubtful_and_some_are_known_to_help(everything: list[Listed]) -> None:
    today = date(2026, 11, 20).toordinal()
    assert sum(listed.candidate.told.doubted_until >= today for listed in everything) > 20
    assert sum(listed.candidate.told.helped_until >= today for listed in everything) > 5


def _fit(one: Candidate, fit: Eligibility) -> float:
    if fit.fits != "ask":
        return 0.0
    return r.ONLY_FOR_SOME if one.limits.codes & r.SOME else r.ASK_IF_IT_FITS
