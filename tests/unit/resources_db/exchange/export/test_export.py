from __future__ import annotations

import csv
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, RefResolver
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from resources_db.errors import ExportRefused
from resources_db.exchange import import_directory
from resources_db.exchange.export import FORMS, Form, export_directory, tabular
from resources_db.exchange.unknown import NOT_STATED
from resources_db.hsds import TABLES
from resources_db.models import (
    Address,
    Base,
    Contact,
    Location,
    MetadataEntry,
    Organization,
    Phone,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from tests.databases import SAMPLE, SqliteDatabases
from tests.unit.resources_db.exchange.export.directories import fill, id_of, rows_in_csv, rows_in_json
from tests.unit.resources_db.profile.schemas import CORE, merged_schemas, needs_schemas

DIRECTORIES = Path(__file__).parents[6] / "shared" / "data" / "directories"
MAPPINGS = Path(__file__).parents[4] / "data" / "mappings"


@pytest.fixture
def full(directory_engine: Engine) -> Engine:
    """A directory with something in every column of every table."""
    fill(directory_engine)
    return directory_engine


@pytest.fixture
def small(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """The same, where it does not matter which database it is in."""
    with sqlite_databases.new() as engine:
        fill(engine)
        yield engine


def content(path: Path) -> dict[str, bytes]:
    """What an export holds, by file name, whatever it is."""
    if path.is_dir():
        return {file.name: file.read_bytes() for file in sorted(path.iterdir())}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in sorted(archive.namelist())}
    return {"": path.read_bytes()}


# --- everything is in it --------------------------------------------------------------------------------------------


def test_every_column_of_every_table_leaves_in_both_forms_with_the_same_content(full: Engine, tmp_path: Path) -> None:
    export_directory(full, tmp_path / "csv", "hsds-csv")
    export_directory(full, tmp_path / "json", "hsds-json")
    rows = rows_in_csv(tmp_path / "csv")
    with full.connect() as connection:
        for name, found in rows.items():
            table = Base.metadata.tables[name]
            columns = [table.c[column] for column in TABLES[name].columns if column in table.c]
            for row in connection.execute(select(*columns)).mappings():
                said = {"extension" if column == "extension_text" else column for column in found[row["id"]]}
                assert said == {column for column, value in row.items() if value is not None}, name
    assert rows_in_json(tmp_path / "json") == rows


def test_the_sample_leaves_with_the_same_content_in_both_forms(sample_engine: Engine, tmp_path: Path) -> None:
    export_directory(sample_engine, tmp_path / "csv", "hsds-csv")
    export_directory(sample_engine, tmp_path / "json", "hsds-json")
    rows = rows_in_csv(tmp_path / "csv")
    assert len(rows["service"]) == 144
    assert rows_in_json(tmp_path / "json") == rows


def test_places_and_terms_that_no_service_leads_to_are_in_the_json_too(directory_engine: Engine, tmp_path: Path) -> None:
    with Session(directory_engine) as session:
        session.add(Location(id=id_of("location"), location_type="physical", name="Empty hall"))
        session.add(Organization(id=id_of("organization"), name="No services yet"))
        session.commit()
    export_directory(directory_engine, tmp_path / "json", "hsds-json")
    rows = rows_in_json(tmp_path / "json")
    assert (list(rows["location"]), list(rows["organization"])) == ([id_of("location")], [id_of("organization")])


def test_a_report_tells_what_was_written_and_what_stays(sample_engine: Engine, tmp_path: Path) -> None:
    report = export_directory(sample_engine, tmp_path / "out.zip", "hsds-csv")
    assert report.as_json()["written"]["service"] == 144
    assert report.confidential_places == 4
    assert "confidential places: 4" in report.as_text()


# --- as the standard wants it ---------------------------------------------------------------------------------------


@needs_schemas
@pytest.mark.parametrize("kind", ["service", "organization"])
def test_documents_satisfy_the_schemas_of_hsds(sample_engine: Engine, small: Engine, tmp_path: Path, kind: str) -> None:
    validator = Draft202012Validator(json.loads((CORE / "compiled" / f"{kind}.json").read_text()))
    for name, engine in (("sample", sample_engine), ("full", small)):
        export_directory(engine, tmp_path / name, "hsds-json")
        documents = json.loads((tmp_path / name / f"{kind}s.json").read_text(encoding="utf-8"))
        assert documents
        assert [error.message for document in documents for error in validator.iter_errors(document)] == []


@needs_schemas
@pytest.mark.parametrize(
    "name", ["organizations", "services", "taxonomies", "taxonomy_terms", "units", "meta_table_descriptions"]
)
def test_documents_satisfy_the_schemas_with_our_profile(small: Engine, tmp_path: Path, name: str) -> None:
    kind = {"taxonomies": "taxonomy"}.get(name, name.removesuffix("s"))
    schemas = {f"{table}.json": schema for table, schema in merged_schemas().items()}
    schema = schemas[f"{kind}.json"]
    validator = Draft202012Validator(schema, resolver=RefResolver("", schema, store=schemas))
    export_directory(small, tmp_path / "json", "hsds-json")
    documents = json.loads((tmp_path / "json" / f"{name}.json").read_text(encoding="utf-8"))
    assert documents
    assert [error.message for document in documents for error in validator.iter_errors(document)] == []


def test_a_data_package_is_what_its_descriptor_says(sample_engine: Engine, small: Engine, tmp_path: Path) -> None:
    for name, engine in (("sample", sample_engine), ("full", small)):
        export_directory(engine, tmp_path / name, "hsds-csv")
        assert faults(tmp_path / name) == []


@needs_schemas
def test_a_data_package_has_the_files_columns_and_required_cells_of_hsds(small: Engine, tmp_path: Path) -> None:
    with small.begin() as connection:
        connection.execute(update(Organization).values(description=None))
        connection.execute(update(Address).values(country=None))
    export_directory(small, tmp_path / "csv", "hsds-csv")
    rows = rows_in_csv(tmp_path / "csv")
    for name, schema in merged_schemas().items():
        for row in rows[name].values():
            for column in (*schema.get("required", ()), *schema.get("tabular_required", ())):
                assert row.get(column) or schema["properties"][column].get("$ref"), (name, column)
    assert [row["description"] for row in rows["organization"].values()] == [NOT_STATED]


def test_cells_are_plain_utf_8_in_rows_that_end_as_rfc_4180_says(small: Engine, tmp_path: Path) -> None:
    export_directory(small, tmp_path / "csv", "hsds-csv")
    data = (tmp_path / "csv" / "services.csv").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert "mañana" in data.decode("utf-8")


def test_text_that_a_spreadsheet_would_run_leaves_as_it_is(directory_engine: Engine, tmp_path: Path) -> None:
    with Session(directory_engine) as session:
        session.add(Organization(id=id_of("organization"), name="=1+1", description="@home, since 1999"))
        session.commit()
    export_directory(directory_engine, tmp_path / "csv", "hsds-csv")
    assert rows_in_csv(tmp_path / "csv")["organization"][id_of("organization")]["name"] == "=1+1"


# --- what stays -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_nothing_tells_where_a_confidential_place_is(directory_engine: Engine, tmp_path: Path, form: Form) -> None:
    fill(directory_engine)
    hidden = "Mockingbird Row"
    with directory_engine.begin() as connection:
        place = {"name": hidden, "description": hidden, "transportation": hidden, "latitude": 21.987654, "longitude": -157.987654}
        connection.execute(update(Location).values(confidential=True, public_note="Call first.", **place))
        connection.execute(update(Address).values(address_1=hidden))
        connection.execute(update(ServiceAtLocation).values(description=hidden))
        for kind in ("geojson", None):
            area = {"extent": '{"type":"Point","coordinates":[-157.987654,21.987654]}', "extent_type": kind, "uri": hidden}
            owner = {"id": id_of("service_area", f"{kind} there"), "service_at_location_id": id_of("service_at_location")}
            connection.execute(insert(ServiceArea), {**owner, **area})
        history = {"last_action_date": date(2026, 11, 1), "last_action_type": "edit", "updated_by": "staff:1"}
        for number, (table, field) in enumerate(
            [("address", "address_1"), ("location", "name"), ("service_at_location", "description"), ("service", "description")]
        ):
            change = {"field_name": field, "previous_value": hidden, "replacement_value": "21.987654"}
            owner = {"id": id_of("metadata", str(number)), "resource_type": table, "resource_id": id_of(table)}
            connection.execute(insert(MetadataEntry), {**owner, **change, **history})
        gone = {"id": id_of("metadata", "gone"), "resource_type": "address", "resource_id": id_of("address", "gone")}
        connection.execute(
            insert(MetadataEntry), {**gone, "field_name": "city", "previous_value": hidden, "replacement_value": "", **history}
        )
    report = export_directory(directory_engine, tmp_path / "out", form)
    data = b"".join(content(tmp_path / "out").values()).decode()
    assert "Call first." in data
    for secret in (hidden, "21.98", "157.98"):
        assert secret not in data
    assert report.withheld["address"] == 1
    assert report.confidential_places == 1


def test_both_forms_keep_the_same_back_of_a_confidential_place(directory_engine: Engine, tmp_path: Path) -> None:
    fill(directory_engine)
    with directory_engine.begin() as connection:
        connection.execute(update(Location).values(confidential=True))
        connection.execute(
            insert(Contact), {"id": id_of("contact", "there"), "location_id": id_of("location"), "name": "Night staff"}
        )
        night = {"id": id_of("contact", "night"), "service_at_location_id": id_of("service_at_location"), "name": "Night staff"}
        connection.execute(insert(Contact), night)
        connection.execute(
            insert(Phone), {"id": id_of("phone", "there"), "contact_id": id_of("contact", "there"), "number": "211"}
        )
    export_directory(directory_engine, tmp_path / "csv", "hsds-csv")
    export_directory(directory_engine, tmp_path / "json", "hsds-json")
    rows = rows_in_csv(tmp_path / "csv")
    assert rows_in_json(tmp_path / "json") == rows
    assert {id_of("contact", "there"), id_of("contact", "night")}.isdisjoint(rows["contact"])
    assert id_of("phone", "there") not in rows["phone"]
    assert id_of("phone") in rows["phone"]


# --- the same again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_the_same_directory_makes_the_same_bytes(sample_engine: Engine, tmp_path: Path, form: Form) -> None:
    first, again = tmp_path / "first.zip", tmp_path / "again.zip"
    export_directory(sample_engine, first, form)
    export_directory(sample_engine, again, form)
    assert first.read_bytes() == again.read_bytes()
    export_directory(sample_engine, tmp_path / "folder", form)
    assert content(tmp_path / "folder") == content(first)


def test_one_json_file_holds_the_same_lists(small: Engine, tmp_path: Path) -> None:
    export_directory(small, tmp_path / "all.json", "hsds-json")
    export_directory(small, tmp_path / "lists", "hsds-json")
    lists = {name.removesuffix(".json"): json.loads(data) for name, data in content(tmp_path / "lists").items()}
    assert json.loads((tmp_path / "all.json").read_bytes()) == lists


SHAPES: tuple[tuple[Form, str], ...] = (
    ("hsds-csv", "out.zip"),
    ("hsds-csv", "out"),
    ("hsds-json", "out.json"),
    ("hsds-json", "out"),
)


@pytest.mark.parametrize(("form", "name"), SHAPES)
def test_every_column_of_every_table_goes_round_in_every_shape(
    sqlite_databases: SqliteDatabases, small: Engine, tmp_path: Path, form: Form, name: str
) -> None:
    assert_goes_round(sqlite_databases, small, tmp_path, form, name)


@pytest.mark.parametrize(
    ("source", "shapes"),
    [
        (SAMPLE, SHAPES[::3]),
        (DIRECTORIES / "san_mateo_ohana_sample", SHAPES[::3]),
        (DIRECTORIES / "openreferral_sample_datapackage", SHAPES[::3]),
        # These are large. As JSON they were compared by hand.
        (DIRECTORIES / "dc_orservices", SHAPES[:1]),
        (DIRECTORIES / "haarrrvest_food", SHAPES[:1]),
    ],
    ids=lambda given: given.name if isinstance(given, Path) else "",
)
def test_imported_exported_imported_and_exported_is_equal_byte_for_byte(
    sqlite_databases: SqliteDatabases, tmp_path: Path, source: Path, shapes: tuple[tuple[Form, str], ...]
) -> None:
    if not source.exists():
        pytest.skip(f"{source} is not on this machine")
    with sqlite_databases.new() as engine:
        mapping = MAPPINGS / "haarrrvest.yml" if source.name == "haarrrvest_food" else None
        assert import_directory(engine, source, source="theirs", mapping=mapping).loaded
        for form, name in shapes:
            assert_goes_round(sqlite_databases, engine, tmp_path, form, name)


def assert_goes_round(databases: SqliteDatabases, engine: Engine, folder: Path, form: Form, name: str) -> None:
    out, again = folder / name, folder / f"again-{name}"
    export_directory(engine, out, form)
    with databases.new() as other:
        assert import_directory(other, out, source="ours").held_back == []
        export_directory(other, again, form)
    assert content(again) == content(out)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_known_is_not_known_after_reading_it_back(
    sqlite_databases: SqliteDatabases, small: Engine, tmp_path: Path, form: Form
) -> None:
    with small.begin() as connection:
        connection.execute(update(Organization).values(description=None))
        connection.execute(update(Address).values(city=None, country=None))
    export_directory(small, tmp_path / "out", form)
    with sqlite_databases.new() as other:
        assert import_directory(other, tmp_path / "out", source="ours").held_back == []
        with other.connect() as connection:
            assert connection.scalar(select(Organization.description)) is None
            assert connection.execute(select(Address.city, Address.country)).one() == (None, None)


def test_the_sample_goes_round_on_every_database(sample_engine: Engine, directory_engine: Engine, tmp_path: Path) -> None:
    export_directory(sample_engine, tmp_path / "out.zip", "hsds-csv")
    assert import_directory(directory_engine, tmp_path / "out.zip", source="ours").exit_code == 0
    export_directory(directory_engine, tmp_path / "again.zip", "hsds-csv")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "out.zip").read_bytes()


# --- where it goes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out", "out.zip", "out.json"])
def test_an_earlier_export_is_replaced_and_nothing_else_is_left_behind(small: Engine, tmp_path: Path, name: str) -> None:
    for _ in range(2):
        export_directory(small, tmp_path / name, "hsds-json")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["out", "out.zip", "out.json"])
def test_what_is_no_export_is_never_replaced(small: Engine, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "out":
        path.mkdir()
        (path / "thesis.txt").write_text("years of work")
    else:
        path.write_text("years of work")
    with pytest.raises(ExportRefused):
        export_directory(small, path, "hsds-json")
    assert (path / "thesis.txt" if name == "out" else path).read_text() == "years of work"


@pytest.mark.parametrize(("form", "file"), [("hsds-json", "services.json"), ("hsds-csv", "services.csv")])
def test_a_directory_of_somebody_else_is_never_replaced(small: Engine, tmp_path: Path, form: Form, file: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / file).write_text("years of work")
    with zipfile.ZipFile(tmp_path / "theirs.zip", "w") as archive:
        archive.write(theirs / file, file)
    before = content(tmp_path / "theirs.zip")
    for path in (theirs, tmp_path / "theirs.zip"):
        with pytest.raises(ExportRefused):
            export_directory(small, path, form)
    assert content(theirs) == content(tmp_path / "theirs.zip") == before


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_that_breaks_off_leaves_the_earlier_one(
    small: Engine, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_directory(small, tmp_path / name, "hsds-csv")
    before = content(tmp_path / name)

    def full_disk(*_: object) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tabular, "_rows", full_disk)
    with pytest.raises(ExportRefused, match="No space left"):
        export_directory(small, tmp_path / name, "hsds-csv")
    assert content(tmp_path / name) == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_path_in_no_folder_is_refused_with_what_to_do(small: Engine, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="make it first"):
        export_directory(small, tmp_path / "nowhere" / "out", "hsds-csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(small: Engine, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ExportRefused, match="permissions"):
        export_directory(small, tmp_path / "out", "hsds-csv")


def test_an_export_is_the_directory_at_one_moment(
    directory_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(directory_engine)
    write = tabular._rows

    def meanwhile(connection: Any, table: str, withheld: Any) -> Any:
        if table == "service":
            with directory_engine.begin() as other:
                other.execute(Service.__table__.delete())
                other.execute(Organization.__table__.insert(), {"id": id_of("organization", "late"), "name": "Late"})
        return write(connection, table, withheld)

    monkeypatch.setattr(tabular, "_rows", meanwhile)
    export_directory(directory_engine, tmp_path / "csv", "hsds-csv")
    rows = rows_in_csv(tmp_path / "csv")
    assert (len(rows["service"]), len(rows["organization"]), len(rows["schedule"])) == (1, 1, 1)


# --- what a reader of data packages checks --------------------------------------------------------------------------

_READ: dict[str, Any] = {
    "string": str,
    "number": float,
    "integer": int,
    "date": date.fromisoformat,
    "time": lambda cell: time.fromisoformat(cell) if len(cell) == 8 else time.fromisoformat("not HH:MM:SS"),
    "datetime": lambda cell: datetime.strptime(cell.replace(".250", ""), "%Y-%m-%dT%H:%M:%SZ"),
    "boolean": {"true": True, "false": False}.__getitem__,
}


def faults(folder: Path) -> list[str]:
    """What is wrong with a tabular data package, by its own descriptor."""
    found = []
    package = json.loads((folder / "datapackage.json").read_text())
    tables = {}
    for resource in package["resources"]:
        with (folder / resource["path"]).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            tables[resource["name"]] = list(reader)
            if list(reader.fieldnames or ()) != [field["name"] for field in resource["schema"]["fields"]]:
                found.append(f"{resource['path']}: other columns")
    ids = {name: [row["id"] for row in rows] for name, rows in tables.items()}
    found += [f"{name}: ids not in order" for name, given in ids.items() if given != sorted(set(given))]
    for resource in package["resources"]:
        name, schema = resource["name"], resource["schema"]
        for field in schema["fields"]:
            for row in tables[name]:
                cell = row[field["name"]]
                if not cell and field.get("constraints", {}).get("required"):
                    found.append(f"{name}.{field['name']}: is missing")
                try:
                    _READ[field["type"]](cell) if cell else None
                    UUID(cell) if cell and field.get("format") == "uuid" else None
                except (ValueError, KeyError):
                    found.append(f"{name}.{field['name']}: {cell}")
        for key in schema.get("foreignKeys", ()):
            there = set(ids[key["reference"]["resource"] or name])
            given = {row[key["fields"]] for row in tables[name]} - {""}
            found += [f"{name}.{key['fields']}: refers to {id_}" for id_ in given - there]
    return found
