"""The sample directory as an HSDS 3.1 tabular data package: it is whole, and nothing in it is real."""

from __future__ import annotations

import csv
import json
import re
import uuid

import pytest

from tests.unit.resources_db.sample_package import BY_ID, PACKAGE, ROOT, SAMPLE, T, counties, phones

SPEC = ROOT.parent / "shared" / "data" / "hsds-schema" / "3.1-dev" / "datapackage.json"
AREA_CODES = {"Sacramento County": {"916"}, "Orange County": {"714", "949"}, "Honolulu County": {"808"}}


# --- the package ---


def test_every_csv_is_in_the_package_with_exactly_its_columns() -> None:
    assert PACKAGE["profile"] == "tabular-data-package"
    assert {r["path"] for r in PACKAGE["resources"]} == {p.name for p in SAMPLE.glob("*.csv")}
    for resource in PACKAGE["resources"]:
        with (SAMPLE / resource["path"]).open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert header == [f["name"] for f in resource["schema"]["fields"]], resource["path"]


def test_every_field_is_known_to_hsds_or_to_our_profile() -> None:
    if not SPEC.exists():
        pytest.skip(f"the HSDS 3.1 specification is not at {SPEC}")
    spec = {r["name"]: r for r in json.loads(SPEC.read_text(encoding="utf-8"))["resources"]}
    profile = PACKAGE["homeward_profile"]
    for resource in PACKAGE["resources"]:
        name, fields = resource["name"], {f["name"]: f for f in resource["schema"]["fields"]}
        if name in profile["tables"]:
            continue
        listed = spec[name]["schema"]["fields"]
        hsds = {f["name"]: f for f in listed} if "id" in {f["name"] for f in listed} else _fields_of_schema(name)
        assert resource["path"] == spec[name]["path"]
        assert set(fields) - set(hsds) == set(profile["columns"].get(name, [])), name
        for field, known in hsds.items():
            if known.get("constraints", {}).get("required"):
                assert fields[field]["constraints"]["required"], f"{name}.{field}"


def _fields_of_schema(name: str) -> dict[str, dict[str, object]]:
    """For what the generated data package of 3.1-dev lists without its fields."""
    schema = json.loads((SPEC.parent / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    plain = {field for field, about in schema["properties"].items() if about.get("type") not in (None, "array")}
    return {field: {"constraints": {"required": field in schema["required"]}} for field in plain}


def test_required_fields_are_filled_and_choices_are_allowed_ones() -> None:
    for resource in PACKAGE["resources"]:
        for field in resource["schema"]["fields"]:
            rules = field.get("constraints", {})
            for row in T[resource["name"]]:
                value = row[field["name"]]
                assert value or not rules.get("required"), f"{resource['path']} {row['id']} {field['name']}"
                assert not value or value in rules.get("enum", [value]), f"{resource['path']} {row['id']}"


def test_ids_are_uuids_used_once() -> None:
    ids = [row["id"] for rows in T.values() for row in rows]
    assert len(ids) == len(set(ids))
    assert all(str(uuid.UUID(i)) == i for i in ids)


def test_every_reference_resolves() -> None:
    for resource in PACKAGE["resources"]:
        for key in resource["schema"].get("foreignKeys", []):
            (field,) = [key["fields"]] if isinstance(key["fields"], str) else key["fields"]
            for row in T[resource["name"]]:
                targets = BY_ID[key["reference"]["resource"]]
                assert not row[field] or row[field] in targets, f"{resource['path']} {row['id']}"
    assert all(a["link_id"] in BY_ID[a["link_entity"]] for a in T["attribute"])
    assert all(m["resource_id"] in BY_ID[m["resource_type"]] for m in T["metadata"])


def test_every_phone_schedule_and_language_belongs_to_exactly_one_thing() -> None:
    for table in ("phone", "schedule", "language"):
        for row in T[table]:
            owners = [name for name, value in row.items() if name.endswith("_id") and value]
            assert len(owners) == 1, f"{table} {row['id']}: {owners}"


def test_attributes_use_the_taxonomy_of_their_kind_and_repeat_its_code() -> None:
    taxonomies = PACKAGE["homeward_profile"]["attribute"]
    for attribute in T["attribute"]:
        term = BY_ID["taxonomy_term"][attribute["taxonomy_term_id"]]
        taxonomy = BY_ID["taxonomy"][term["taxonomy_id"]]
        assert taxonomy["name"] == taxonomies[attribute["link_type"]]
        assert attribute["value"] == term["code"]


# --- nothing in it is real ---


def test_every_organization_says_it_is_a_sample() -> None:
    for organization in T["organization"]:
        assert organization["is_sample"] == "true"
        assert "ictional" in organization["description"]


def test_phones_are_fictional_and_have_the_area_code_of_their_county() -> None:
    for phone in T["phone"]:
        assert re.fullmatch(r"\+1[2-9]\d\d55501\d\d", phone["number"]), phone["number"]
    assert len({p["number"] for p in T["phone"]}) == len(T["phone"])
    for service in T["service"]:
        for county in counties(service["id"]):
            assert {p["number"][2:5] for p in phones(service["id"])} <= AREA_CODES[county], service["name"]


def test_websites_and_emails_are_under_example_org() -> None:
    for table in ("organization", "service", "contact"):
        for row in T[table]:
            for name in ("website", "url"):
                assert re.fullmatch(r"(https://[a-z-]+\.example\.org/[a-z-]*)?", row.get(name, "")), row["id"]
            assert re.fullmatch(r"([a-z]+@[a-z-]+\.example\.org)?", row.get("email", "")), row["id"]
