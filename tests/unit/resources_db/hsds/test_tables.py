from __future__ import annotations

import json

import pytest

from resources_db.hsds import TABLES, Nested
from resources_db.models import Base
from tests.hsds_schemas import SCHEMAS, hsds_schema

HSDS = [table for table in TABLES.values() if not table.is_profile]
OURS = {"translations", "verifications", "holiday_schedules"}
#: In the schema of a table HSDS leaves out what it adds where whole documents are put together.
ONLY_IN_DOCUMENTS = {"organization": "services", "service_at_location": "service"}


def test_hsds_has_24_tables() -> None:
    assert len(HSDS) == 24


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_has_the_columns_that_the_database_has(table) -> None:  # type: ignore[no-untyped-def]
    assert sorted(table.columns) == sorted(Base.metadata.tables[table.name].columns.keys())


@pytest.mark.parametrize("table", HSDS, ids=lambda table: table.name)
def test_fields_are_those_of_the_schema_in_its_order_and_then_ours(table) -> None:  # type: ignore[no-untyped-def]
    schema = hsds_schema(table.name)
    names = [field.name if isinstance(field, Nested) else field for field in table.fields]
    known = [name for name in names if name not in (*table.profile, *OURS, ONLY_IN_DOCUMENTS.get(table.name))]
    assert known == list(schema["properties"])
    nested = {field.name for field in table.nested}
    assert table.required == set(schema["required"]) - nested


def test_files_are_named_as_in_the_data_package() -> None:
    path = SCHEMAS.parent / "datapackage.json"
    if not path.is_file():
        pytest.skip(f"the data package of HSDS 3.1 is not here: {path}")
    resources = json.loads(path.read_text())["resources"]
    assert [(one["name"], one["path"]) for one in resources] == [(table.name, table.file) for table in HSDS]
