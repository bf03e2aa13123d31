"""Each hard case that Homeward must handle is in the sample directory, where possible in every area."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.unit.resources_db.sample_package import (
    BY_ID,
    COUNTIES,
    SAMPLE,
    SITES,
    Row,
    T,
    codes,
    counties,
    locations,
    of,
    phones,
    schedules,
)

Holds = Callable[[Row], bool]


def _ages(service: Row) -> tuple[float | None, float | None]:
    low, high = service["minimum_age"], service["maximum_age"]
    return (float(low) if low else None, float(high) if high else None)


def _hours(test: Holds) -> Holds:
    return lambda service: any(test(row) for row in schedules(service["id"]))


def _has(link_type: str, code: str) -> Holds:
    return lambda service: code in codes(service["id"], link_type)


def _says(table: str, field: str, pattern: str) -> Holds:
    return lambda service: any(re.search(pattern, row[field], re.I) for row in of(table, service["id"]))


def _speaks(code: str) -> Holds:
    return lambda service: code in {row["code"] for row in of("language", service["id"])}


def _spanish_only_line(service: Row) -> bool:
    lines = of("phone", service["id"])
    spoken = [{row["code"] for row in T["language"] if row["phone_id"] == line["id"]} for line in lines]
    return bool(spoken) and all(languages == {"es"} for languages in spoken)


def _lunch_break(service: Row) -> bool:
    rows = [r for r in schedules(service["id"]) if r["freq"]]
    return any(a["byday"] == b["byday"] and a["closes_at"] < b["opens_at"] for a in rows for b in rows)


def _offers(words: str) -> Holds:
    return lambda service: re.search(words, f"{service['name']} {service['description']}", re.I) is not None


EVERYWHERE: dict[str, Holds] = {
    "confidential shelter from abuse": lambda s: (
        "domestic_violence" in codes(s["id"], "need") and any(loc["confidential"] == "true" for loc in locations(s["id"]))
    ),
    "second and fourth Saturday": _hours(lambda r: "2SA" in r["byday"]),
    "lunch break": _lunch_break,
    "past midnight": _hours(lambda r: bool(r["opens_at"]) and r["closes_at"] < r["opens_at"]),
    "24 hours": _hours(lambda r: (r["opens_at"], r["closes_at"]) == ("00:00", "23:59")),
    "unknown hours": lambda s: not schedules(s["id"]),
    "hours in words only": lambda s: bool(schedules(s["id"])) and not any(r["freq"] for r in schedules(s["id"])),
    "closed for good": lambda s: s["status"] == "defunct",
    "temporarily closed and says so": lambda s: s["status"] == "temporarily closed" and bool(s["alert"]),
    "ages in months": lambda s: (_ages(s)[0] or 0) % 1 > 0 or (_ages(s)[1] or 0) % 1 > 0,
    "youth only": _has("eligibility", "youth"),
    "women only": _has("eligibility", "women"),
    "men only": _has("eligibility", "men"),
    "only with a child welfare case": _has("eligibility", "child_welfare"),
    "waiting list": _has("access", "waiting_list"),
    "referral needed": _has("access", "referral"),
    "walk in": _has("access", "walk_in"),
    "by appointment": _has("access", "appointment"),
    "application": _has("access", "application"),
    "no phone": lambda s: not phones(s["id"]) and bool(s["url"]),
    "free": _says("cost_option", "option", "^Free$"),
    "sliding fee": _says("cost_option", "option", "^Sliding"),
    "nothing to bring": _says("required_document", "document", "^Nothing"),
    "papers to bring": _says("required_document", "document", "photo ID"),
    "never checked": lambda s: not s["assured_date"],
    "supervised family time": _has("need", "visitation"),
    "parent partners": _offers("parent partner"),
    "support to come home": lambda s: _has("eligibility", "child_welfare")(s) and _has("need", "housing")(s),
    "relatives raising children": lambda s: "relative" in s["eligibility_description"],
    "car seats, cribs and beds": lambda s: _offers("cribs?")(s) and _offers("beds?")(s),
    "diapers": _offers("diaper"),
    "rent": _offers("back rent"),
    "power and water bills": _offers("water bill"),
    "detox": _offers("detox"),
    "sober home with children": lambda s: _offers("sober home")(s) and _has("need", "housing")(s),
    "clearing a record": _offers("clear.* (record|old charges)"),
    "a lawyer for parents": _offers("lawyer for parents|who stands up for you"),
    "benefits sign-up": _offers("WIC"),
    "GED": _offers("GED"),
    "IEP": _offers("IEP"),
    "birth certificates": _offers("birth certificates?"),
    "bus passes": _offers("bus passes"),
}
SOMEWHERE: dict[str, Holds] = {
    "area by ZIP": _says("service_area", "extent_type", "^postal_code$"),
    "area in words": _says("service_area", "extent_type", "^text$"),
    "area unknown": lambda s: not of("service_area", s["id"]),
    "virtual for California": lambda s: (
        [a["extent"] for a in of("service_area", s["id"])] == ["CA"]
        and [loc["location_type"] for loc in locations(s["id"])] == ["virtual"]
    ),
    "virtual for Hawaii": lambda s: (
        [a["extent"] for a in of("service_area", s["id"])] == ["HI"]
        and [loc["location_type"] for loc in locations(s["id"])] == ["virtual"]
    ),
    "car seats": _offers("car seats"),
    "from six weeks to eighteen months": lambda s: _ages(s) == (0.125, 1.5),
    "pregnant only": _has("eligibility", "pregnant"),
    "Spanish-only line": _spanish_only_line,
    "Vietnamese": _speaks("vi"),
    "Tagalog": _speaks("tl"),
    "Ilocano": _speaks("ilo"),
    "Medi-Cal": _says("cost_option", "option", "^Medi-Cal$"),
    "cost unknown": lambda s: not of("cost_option", s["id"]),
    "papers unknown": lambda s: not of("required_document", s["id"]),
    "season": _hours(lambda r: bool(r["valid_from"]) and bool(r["valid_to"])),
    "fax beside the phone": lambda s: {"voice", "fax"} <= {p["type"] for p in phones(s["id"])},
    "extension": lambda s: any(p["extension"] for p in phones(s["id"])),
}


@pytest.mark.parametrize("county", COUNTIES)
@pytest.mark.parametrize("case", EVERYWHERE)
def test_hard_case_is_in_every_area(case: str, county: str) -> None:
    assert any(EVERYWHERE[case](s) for s in T["service"] if county in counties(s["id"]))


@pytest.mark.parametrize("case", SOMEWHERE)
def test_hard_case_is_somewhere(case: str) -> None:
    assert any(SOMEWHERE[case](s) for s in T["service"])


def test_two_services_share_a_place_and_two_organizations_a_street_address() -> None:
    per_place = [site["location_id"] for site in SITES]
    assert any(per_place.count(i) >= 2 for i in set(per_place))
    streets = [(a["address_1"], a["postal_code"]) for a in T["address"]]
    assert any(streets.count(s) >= 2 for s in set(streets))


def test_the_readme_points_only_at_services_that_exist() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([0-9a-f-]{36})`", readme))
    assert len(named) >= 60
    assert named <= set(BY_ID["service"])
