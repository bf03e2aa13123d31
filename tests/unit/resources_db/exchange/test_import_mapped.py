from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resources_db.errors import ImportUnreadable
from resources_db.exchange import import_directory
from tests.unit.resources_db.exchange.packages import cells_of, drafts_of, snapshot, stored

SITES = """\
Site ID,Agency,Program,Street,City,ZIP,Phones,Hours,Kinds,Shoe Size
7,Open Hands,Pantry,1 Elm St,Sacramento,95814,916 555 0100,Mon-Fri 9am-5pm,"Pantry, Produce",42
8,Open Hands,Closet,,,,,by the moon,Clothing,
,,,1 Oak St,,,,,,
"""
MAPPING = """\
records:
  - file: sites.csv
    id: [site_id]
    tables:
      organization: {id: agency, name: agency}
      service: {name: program, status: {value: active}}
      location: {name: program}
      address: {address_1: street, city: city, postal_code: zip, country: {value: US}}
      phone: {number: phones}
      schedule: {hours: hours}
      attribute:
        - {need: {column: kinds, values: {Pantry: food, Produce: food, Clothing: goods}, split: ","}}
        - {term: {column: kinds, split: ","}, taxonomy: {value: Kinds of site}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sites.csv").write_text(SITES)
    (tmp_path / "homeward-mapping.yml").write_text(MAPPING)
    return tmp_path


def test_a_table_loads_by_the_mapping_beside_it(directory_engine: Engine, folder: Path) -> None:
    report = import_directory(directory_engine, folder)
    (organization,) = stored(directory_engine, "organization")
    services = {row["name"]: row for row in stored(directory_engine, "service")}
    assert set(services) == {"Pantry", "Closet"}
    assert {row["organization_id"] for row in services.values()} == {organization["id"]}
    assert len(stored(directory_engine, "service_at_location")) == 2
    (address,) = stored(directory_engine, "address")
    assert (address["postal_code"], address["country"]) == ("95814", "US")
    needs = {(row["service_id"], row["code"]) for row in stored(directory_engine, "service_need")}
    assert needs == {(services["Pantry"]["id"], "food"), (services["Closet"]["id"], "goods")}
    assert {(row.table, row.id) for row in report.held_back} >= {("service", ""), ("location", "")}
    assert ("sites.csv", "shoe_size") in {(problem.file, problem.field) for problem in report.errors}
    before = snapshot(directory_engine)
    assert not import_directory(directory_engine, folder).changed
    assert snapshot(directory_engine) == before


def test_hours_in_words_are_read_or_kept_as_words(folder: Path) -> None:
    found, _ = drafts_of(folder)
    plain, words = cells_of(found, "schedule")
    assert (plain["byday"], plain["opens_at"], plain["service_id"]) == ("MO,TU,WE,TH,FR", "09:00", "7")
    assert words == {"id": "service/8/hours", "service_id": "8", "description": "by the moon"}


def test_a_mapping_may_lie_elsewhere(folder: Path, tmp_path: Path) -> None:
    mapping = (folder / "homeward-mapping.yml").rename(tmp_path.parent / "sites.yml")
    found, _ = drafts_of(folder, mapping)
    assert {"7", "8"} <= {cells.get("id") for cells in cells_of(found, "service")}


def test_json_is_mapped_with_objects_in_objects_and_lists(tmp_path: Path) -> None:
    record = {
        "Id": 5,
        "Title": "Hall",
        "Address": {"Street": "1 Elm St", "ZIP": 95814},
        "Open": False,
        "Contacts": [{"Phone": "916 555 0100", "Kind": "voice"}, {"Phone": "916 555 0101", "Kind": "fax"}],
        "Counties": ["Yolo", "Placer"],
        "First": "",
        "Second": "found",
        "Notes": "one",
        "More": "two",
    }
    (tmp_path / "records.jsonl").write_text(json.dumps(record) + "\n")
    (tmp_path / "homeward-mapping.yml").write_text("""
records:
  - id: [id]
    tables:
      organization: {name: title}
      service: {name: [first, second], description: {join: [notes, more], with: ". "}}
      location: {name: title}
      address: {address_1: address.street, postal_code: address.zip}
      phone: {each: contacts, number: phone, type: kind, of: location}
      service_area: {name: {column: counties, split: ","}}
      accessibility: {description: missing}
""")
    found, notes = drafts_of(tmp_path)
    (service,), (address,) = cells_of(found, "service"), cells_of(found, "address")
    assert (service["name"], service["description"], service["organization_id"]) == ("found", "one. two", "5")
    assert (address["address_1"], address["postal_code"], address["location_id"]) == ("1 Elm St", "95814", "5")
    assert {(cells["number"], cells["type"], cells["location_id"]) for cells in cells_of(found, "phone")} == {
        ("916 555 0100", "voice", "5"),
        ("916 555 0101", "fax", "5"),
    }
    assert len({cells["id"] for cells in cells_of(found, "phone")}) == 2
    assert [cells["name"] for cells in cells_of(found, "service_area")] == ["Yolo", "Placer"]
    assert cells_of(found, "accessibility") == []
    assert [problem.field for problem in notes.problems] == ["Open"]


def test_a_record_that_no_rule_is_for_is_held_back_with_its_line(folder: Path) -> None:
    text = MAPPING.replace("    id:", "    only: {agency: [Somebody Else]}\n    id:")
    (folder / "homeward-mapping.yml").write_text(text)
    found, notes = drafts_of(folder)
    assert found == []
    assert [problem.line for problem in notes.problems] == [2, 3, 4]
    assert len(notes.held_back) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("records: [", "is not YAML"),
        ("[" * 2_000, "is not YAML"),
        ("records: 2026-99-99", "is not YAML"),
        ("nothing: here", 'no list of "records"'),
        (MAPPING.replace("name: program, status", "nme: program, status"), "records[0].tables.service has nme"),
        (MAPPING.replace("organization:", "organisation:"), "records[0].tables has organisation"),
        (MAPPING.replace("id: [site_id]", "id: []"), "records[0].id: give the name of a column"),
        (MAPPING.replace("Pantry: food", "Pantry: fod"), "'fod' is none of food, shelter"),
        (MAPPING.replace("number: phones", "number: phones, of: moon"), "a phone cannot be of 'moon'"),
        (MAPPING.replace(", taxonomy: {value: Kinds of site}", ""), "not the name of its taxonomy"),
        (MAPPING.replace("hours: hours", "hours: {colum: hours}"), "has colum, which is none of column"),
        (MAPPING.replace("file: sites.csv", "file: other.csv"), "none of the files"),
        ("records: [{id: [a], tables: {service: {name: b}}}]", "has a service and no organization"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(folder: Path, text: str, said: str) -> None:
    (folder / "homeward-mapping.yml").write_text(text)
    with pytest.raises(ImportUnreadable) as caught:
        drafts_of(folder)
    assert said in caught.value.problem


def test_everything_that_is_wrong_with_a_mapping_is_said_at_once(folder: Path) -> None:
    wrong = MAPPING.replace("name: program, status", "nme: program, status").replace("Pantry: food", "Pantry: fod")
    (folder / "homeward-mapping.yml").write_text(wrong)
    with pytest.raises(ImportUnreadable) as caught:
        drafts_of(folder)
    assert "nme" in caught.value.problem
    assert "fod" in caught.value.problem
