from __future__ import annotations

import csv
import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from resources_db.exchange.export.descriptor import descriptor, tabular_columns
from resources_db.hsds import TABLES
from resources_db.profile import PROFILE_VERSION
from resources_db.wording import phrases
from tests.databases import SAMPLE
from tests.unit.resources_db.profile.schemas import PATCHES, core_schemas, fields, merged, merged_schemas, needs_schemas, patches

OURS = ("holiday_schedule", "translation", "verification")


def own(patch: dict[str, Any]) -> dict[str, Any]:
    """What a patch adds, not only describes anew."""
    return {name: of for name, of in patch["properties"].items() if "type" in of}


def test_merging_is_what_rfc_7386_says() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None, "e": {"f": None}}, "d": [2]}) == {
        "a": {"c": 2, "e": {}},
        "d": [2],
    }


@pytest.mark.parametrize("table", sorted(patches()))
def test_every_field_of_the_profile_tells_an_outsider_what_it_is(table: str) -> None:
    for name, of in own(patches()[table]).items():
        assert of["name"] == name
        assert of["title"]
        assert of["description"].endswith(".")
        if of["type"] != "array" and table not in OURS:
            assert of["constraints"] == {"unique": False}  # without constraints the tools leave a field out of the data package


def test_only_the_tables_of_hsds_and_ours_are_patched() -> None:
    assert set(patches()) <= set(TABLES)


@needs_schemas
@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_profile_has_every_column_that_homeward_adds_to_hsds_and_no_other(table: str) -> None:
    core = fields(core_schemas()[table]) if table not in OURS else set()
    columns = set(tabular_columns(table))
    assert core <= columns
    added = {name for name, of in own(patches().get(table, {"properties": {}})).items() if of["type"] != "array"}
    assert added == columns - core


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_profile_has_every_list_that_homeward_nests_beyond_hsds(table: str) -> None:
    nested = {field.name for field in TABLES[table].nested if field.table in OURS or table in OURS}
    lists = {name for name, of in own(patches().get(table, {"properties": {}})).items() if of["type"] == "array"}
    assert lists == nested


@pytest.mark.parametrize("table", ["translation", "verification"])
def test_rows_put_on_any_record_are_the_same_in_every_schema(table: str) -> None:
    schemas = patches()
    told = {name: of for name, of in own(schemas[table]).items() if of["type"] != "array"}
    for patch in schemas.values():
        if of := patch["properties"].get(f"{table}s"):
            assert set(of["items"]["properties"]) == set(told)
            assert set(of["items"]["required"]) == set(schemas[table]["required"])
            for name, short in of["items"]["properties"].items():
                assert short == {key: told[name][key] for key in ("type", "format", "enum") if key in told[name]}


@needs_schemas
def test_merged_with_hsds_every_schema_is_a_schema() -> None:
    schemas = merged_schemas()
    assert set(schemas) == set(TABLES)
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert (schema["name"], schema["path"]) == (name, TABLES[name].file)


@needs_schemas
def test_the_data_package_types_each_column_as_the_merged_schemas_do() -> None:
    schemas = merged_schemas()
    for resource in json.loads(descriptor())["resources"]:
        for field in resource["schema"]["fields"]:
            of = schemas[resource["name"]]["properties"][field["name"]]
            wanted = of.get("datapackage_type", of["type"])
            assert field["type"] == wanted or (field["type"], wanted) == ("integer", "number"), (resource["name"], field)


def test_the_profile_says_its_version_once_and_the_api_patch_agrees() -> None:
    assert json.loads((PATCHES / "openapi.json").read_text())["info"]["version"] == PROFILE_VERSION


def test_the_codes_in_the_readme_are_those_that_homeward_has_words_for() -> None:
    readme = (PATCHES.parent / "README.md").read_text(encoding="utf-8")
    for vocabulary, wording in (("homeward-access", "access"), ("homeward-eligibility", "eligibility")):
        section = readme.split(f"taxonomy `{vocabulary}`")[1].split("`link_type` =")[0]
        rows = [line for line in section.splitlines() if line.startswith("|")]
        told = {code for row in rows for code in re.findall(r"`(\w+)`", row)} - {"minimum_age", "maximum_age"}
        with (SAMPLE / "taxonomy_terms.csv").open(encoding="utf-8", newline="") as file:
            terms = {row["code"] for row in csv.DictReader(file) if row["taxonomy"] == vocabulary}
        words = {key.partition(".")[2] for key in phrases("en") if key.startswith(f"{wording}.")}
        assert told == terms
        assert told == words - ({"referral"} if wording == "eligibility" else set())
