"""What a family finds in the sample directory: real ZIPs, every need everywhere, both languages."""

from __future__ import annotations

import re
from datetime import date

import pytest
import us
import zipcodes
from geopy.distance import great_circle

from tests.unit.resources_db.sample_package import (
    ACTIVE,
    BY_ID,
    COUNTIES,
    SITES,
    Row,
    T,
    addresses,
    codes,
    counties,
    of,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ASKED_FOR = _words(
    "95814 95820 95823 95828 95838 95670 95624 92701 92703 92704 92801 92805 92840 92843 92626 92627 92677 "
    "96813 96817 96819 96826 96797 96792 96744"
)
NEEDS = _words(
    "food shelter housing financial goods health mental_health treatment childcare respite parenting "
    "family_resource_center peer_support legal visitation transport jobs education benefits "
    "domestic_violence id_documents other"
)
TWICE = _words("food shelter housing financial goods childcare family_resource_center peer_support legal treatment mental_health")
CHECKED_FROM = date(2026, 11, 15)


# --- where things are ---


def test_every_address_is_a_real_city_and_zip_and_the_point_lies_there() -> None:
    for address in T["address"]:
        (known,) = zipcodes.matching(address["postal_code"])
        location = BY_ID["location"][address["location_id"]]
        point = float(location["latitude"]), float(location["longitude"])
        assert (address["city"], address["state_province"]) == (known["city"], known["state"])
        assert address["region"] == known["county"]
        assert COUNTIES[address["region"]] == address["state_province"]
        assert us.states.lookup(address["state_province"]) is not None
        assert great_circle(point, (float(known["lat"]), float(known["long"]))).miles < 15, location["name"]


def test_places_are_spread_over_many_zips() -> None:
    assert {a["postal_code"] for a in T["address"]} >= ASKED_FOR


def test_confidential_places_give_away_nothing() -> None:
    hidden = [loc for loc in T["location"] if loc["confidential"] == "true"]
    assert len(hidden) >= 3
    streets = {a["address_1"].lower() for a in T["address"]}
    for location in hidden:
        assert not addresses(location["id"])
        assert location["latitude"] == location["longitude"] == location["transportation"] == ""
        assert location["public_note"]
        assert not any(re.search(r"\d", value) for name, value in location.items() if not name.endswith("id"))
        assert not [a for a in T["accessibility"] if a["location_id"] == location["id"]]
        for site in SITES:
            if site["location_id"] == location["id"]:
                service = BY_ID["service"][site["service_id"]]
                told = ("name", "description", "application_process", "eligibility_description", "alert")
                words = " ".join([site["description"], *(service[name] for name in told)]).lower()
                assert not any(street in words for street in streets)
                assert not re.search(r"\b9\d{4}\b", words)
                assert {a["extent_type"] for a in of("service_area", service["id"])} == {"county"}


def test_every_place_that_families_see_has_an_address_or_says_what_to_do_instead() -> None:
    for location in T["location"]:
        hidden = location["confidential"] == "true" or location["location_type"] == "virtual"
        physical = [a for a in addresses(location["id"]) if a["address_type"] == "physical"]
        assert len(physical) == (0 if hidden else 1)
        assert bool(location["public_note"]) == hidden
        assert bool(location["latitude"]) == bool(location["longitude"]) == (not hidden)


# --- what is covered ---


def test_there_are_enough_services_and_each_can_be_found_at_a_site() -> None:
    assert len(T["service"]) >= 90
    assert {s["service_id"] for s in SITES} == set(BY_ID["service"])
    for service in T["service"]:
        assert codes(service["id"], "need"), service["name"]
        assert codes(service["id"], "access"), service["name"]


@pytest.mark.parametrize("county", COUNTIES)
def test_every_need_is_met_in_every_area(county: str) -> None:
    def covers(service: Row) -> bool:
        areas = of("service_area", service["id"])
        return county in counties(service["id"]) or any(a["extent"] == COUNTIES[county] for a in areas)

    local = [s for s in ACTIVE if county in counties(s["id"])]
    offered = [codes(s["id"], "need") for s in local]
    assert len(local) >= 25
    assert {code for code in TWICE if sum(code in codes for codes in offered) < 2} == set()
    assert set().union(*(codes(s["id"], "need") for s in ACTIVE if covers(s))) == NEEDS


def test_service_area_codes_are_well_formed() -> None:
    shapes = {
        "nation": r"US",
        "state": r"[A-Z]{2}(,[A-Z]{2})*",
        "county": r"[A-Z]{2}/[A-Za-z ]+ County(,[A-Z]{2}/[A-Za-z ]+ County)*",
        "postal_code": r"\d{5}(,\d{5})*",
        "text": r"",
    }
    for area in T["service_area"]:
        assert re.fullmatch(shapes[area["extent_type"]], area["extent"]), area
        if area["extent_type"] == "postal_code":
            assert all(zipcodes.matching(code) for code in area["extent"].split(","))
    assert {a["extent_type"] for a in T["service_area"]} == set(shapes)


def test_schedules_are_whole_rows_or_words_only() -> None:
    day = "(MO|TU|WE|TH|FR|SA|SU)"
    for row in T["schedule"]:
        if not row["freq"]:
            assert row["description"]
            assert row["opens_at"] == row["closes_at"] == row["byday"] == ""
            continue
        for time in (row["opens_at"], row["closes_at"]):
            assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", time)
        ordinal = "[1-5]" if row["freq"] == "MONTHLY" else ""
        assert re.fullmatch(f"{ordinal}{day}(,{ordinal}{day})*", row["byday"])


def test_a_place_with_hours_has_a_time_zone_or_a_state_to_tell_it_from() -> None:
    for location in T["location"]:
        assert location["timezone"] or addresses(location["id"])
    assert any(not location["timezone"] for location in T["location"])


def test_checks_are_of_many_ages_and_name_who_checked() -> None:
    ages = []
    for service in T["service"]:
        checked = [entry["verified_at"][:10] for entry in T["verification"] if entry["resource_id"] == service["id"]]
        assert checked == [service["assured_date"]] * bool(service["assured_date"]), service["name"]
        if service["assured_date"]:
            ages.append((CHECKED_FROM - date.fromisoformat(service["assured_date"])).days)
    assert min(ages) >= 0
    assert sum(age <= 30 for age in ages) >= 10
    assert sum(age > 200 for age in ages) >= 5
    assert len(T["service"]) - len(ages) >= 3


# --- words for families ---

TRANSLATED = {
    "service": ("name", "description", "application_process", "eligibility_description", "alert"),
    "required_document": ("document",),
    "cost_option": ("amount_description",),
    "location": ("public_note", "transportation", "description"),
    "accessibility": ("description",),
    "service_at_location": ("description",),
}


def test_everything_a_family_reads_is_also_in_spanish() -> None:
    have = {(t["resource_type"], t["resource_id"], t["field_name"]) for t in T["translation"]}
    assert len(have) == len(T["translation"])
    for table, names in TRANSLATED.items():
        for row in T[table]:
            for name in names:
                assert not row[name] or (table, row["id"], name) in have, f"{table} {row['id']} {name}"
    free_text = {row["id"] for row in T["schedule"] if row["description"]}
    assert free_text == {i for table, i, _ in have if table == "schedule"}


def test_every_translation_is_of_a_filled_field_and_made_by_a_person() -> None:
    for t in T["translation"]:
        original = BY_ID[t["resource_type"]][t["resource_id"]][t["field_name"]]
        assert original, t
        assert (t["language"], t["method"]) == ("es", "person")


def test_words_are_short_and_kind_enough_to_read_aloud() -> None:
    for service in T["service"]:
        assert service["description"].endswith(".")
        assert len(service["description"].split()) <= 30, service["description"]
        assert service["eligibility_description"].endswith(".")
        assert service["application_process"].endswith(".")
    formal = r"\b(usted|ustedes)\b|\b(Llame|Venga|Traiga|Pida|Llene|Mande|Escriba|Deje)\b"
    assert not [t["value"] for t in T["translation"] if re.search(formal, t["value"])]
