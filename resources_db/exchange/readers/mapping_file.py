"""The small file that says what the columns of somebody's table or JSON mean: read, checked, and explained.

    records:
      - file: pantries.csv          # which file; any where it is left out
        only: {kind: [pantry]}      # only records with one of these values in a column; all where it is left out
        id: [site_id]               # the columns that make a record this record
        tables:
          organization: {name: agency}
          service: {name: program, description: notes, status: {value: active}}
          location: {name: program, latitude: lat, longitude: lon}
          address: {address_1: street, city: city, state_province: state, postal_code: zip, country: {value: US}}
          phone: {number: phone}
          schedule: {hours: hours}                              # hours in words
          attribute: {term: category, taxonomy: {value: Categories}}  # or {need: {column: category, values: {Pantry: food}}}

A value is the name of a column ("address.city" inside an object of JSON), a list of names (the first that has
something), {value: a constant}, or {column: name, values: {theirs: ours}, split: ","} where "split" makes a row of
each item, or {join: [names], with: ". "}. A table may be a list of several. "each: phones" makes a row of each object
in a list; names are then looked up in it first. "of: location" says what a phone, contact, hours, language or term is of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from resources_db.errors import ImportUnreadable
from resources_db.exchange.record import LINKS, REFERENCES, TABLES
from resources_db.models import Base
from resources_db.taxonomy.needs import load_needs

# What a row is of, where the mapping does not say: the first of these that the table can be of and the record has.
OWNERS = ("service", "location", "organization")
# Listings; every other table is of one of them.
WHOLE = ("organization", "service", "location", "service_at_location")
# Beside the columns of the directory's tables.
_EXTRA = {"schedule": ("hours",), "attribute": ("term", "need", "taxonomy")}
_KEYS = {"column", "value", "values", "split", "join", "with"}


@dataclass(frozen=True)
class Value:
    """Where the text of a column is from: a constant, else the first of ``columns`` with something, or all ``joined``."""

    columns: tuple[str, ...] = ()
    constant: str = ""
    joined_with: str | None = None
    translations: Mapping[str, str] | None = None
    split: str | None = None


@dataclass(frozen=True)
class TableRule:
    """A row to be made of a record. ``each`` is the list it is made for each item of; ``owner`` the table it is of."""

    table: str
    values: Mapping[str, Value]
    each: str | None
    owner: str | None


@dataclass(frozen=True)
class RecordRule:
    """What the records of some files, or those with some values, are."""

    file: str | None
    only: Mapping[str, tuple[str, ...]]
    id: tuple[str, ...]
    tables: tuple[TableRule, ...]


def read_mapping(text: str, name: str) -> tuple[RecordRule, ...]:
    """The rules in a mapping file. Raises ImportUnreadable, with everything that is wrong with it."""
    fix = "docs/mapping.md tells what a mapping holds"
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # the last: a date that is none, say
        raise ImportUnreadable(f"{name} is not YAML ({' '.join(str(error).split())})", fix) from error
    checked = _Checked()
    rules = tuple(checked.records(data))
    if checked.problems:
        raise ImportUnreadable(f"{name}: " + "; ".join(checked.problems), fix)
    return rules


class _Checked:
    """The parts of the file, made one by one; what is wrong is collected."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def records(self, data: Any) -> Iterator[RecordRule]:
        records = data.get("records") if isinstance(data, dict) else None
        if not isinstance(records, list) or not records:
            self.problems.append('it has no list of "records"')
            return
        for number, record in enumerate(records):
            where = f"records[{number}]"
            if self._is_mapping(where, record, {"file", "only", "id", "tables"}):
                yield RecordRule(
                    record.get("file"),
                    {
                        column: self._texts(f"{where}.only.{column}", given)
                        for column, given in (record.get("only") or {}).items()
                    },
                    self._texts(f"{where}.id", record.get("id")),
                    tuple(self._tables(f"{where}.tables", record.get("tables"))),
                )

    def _tables(self, where: str, tables: Any) -> Iterator[TableRule]:
        if not self._is_mapping(where, tables, set(TABLES)):
            return
        for table, rows in tables.items():
            if table in TABLES:
                for row in rows if isinstance(rows, list) else [rows]:
                    yield from self._table(f"{where}.{table}", table, row)
        for table, needed in (("service", "organization"), ("service_at_location", "service")):
            if table in tables and needed not in tables:
                self.problems.append(f"{where} has a {table} and no {needed} that it is of")

    def _table(self, where: str, table: str, row: Any) -> Iterator[TableRule]:
        columns = {*Base.metadata.tables[table].columns.keys(), *_EXTRA.get(table, ())} - set(REFERENCES[table])
        if not self._is_mapping(where, row, {*columns, "each", "of"}):
            return
        owner = row.get("of")
        if owner is not None and not can_be_of(table, owner):
            self.problems.append(f"{where}.of: a {table} cannot be of {owner!r}")
        values = {name: self._value(f"{where}.{name}", given) for name, given in row.items() if name not in ("each", "of")}
        for constant in (values["need"].constant, *(values["need"].translations or {}).values()) if "need" in values else ():
            if constant and constant not in load_needs():
                self.problems.append(f"{where}.need: {constant!r} is none of {', '.join(load_needs())}")
        if "term" in values and "taxonomy" not in values:
            self.problems.append(f"{where} has a term and not the name of its taxonomy")
        yield TableRule(table, values, row.get("each"), owner)

    def _value(self, where: str, given: Any) -> Value:
        if isinstance(given, str):
            return Value((given,))
        if isinstance(given, list):
            return Value(self._texts(where, given))
        if not self._is_mapping(where, given, _KEYS):
            return Value()
        if "value" in given:
            return Value(constant=_plain(given["value"]))
        if "join" in given:
            return Value(self._texts(where, given["join"]), joined_with=str(given.get("with", " ")))
        translations = given.get("values")
        if translations is not None and not isinstance(translations, dict):
            self.problems.append(f"{where}.values: give pairs of theirs: ours")
            translations = None
        known = {str(theirs).casefold(): _plain(ours) for theirs, ours in translations.items()} if translations else None
        return Value(self._texts(where, given.get("column")), translations=known, split=given.get("split"))

    def _texts(self, where: str, given: Any) -> tuple[str, ...]:
        texts = given if isinstance(given, list) else [given]
        if not texts or not all(isinstance(text, (str, int)) and not isinstance(text, bool) for text in texts):
            self.problems.append(f"{where}: give the name of a column, or a list of them")
            return ()
        return tuple(map(str, texts))

    def _is_mapping(self, where: str, given: Any, allowed: set[str]) -> bool:
        if not isinstance(given, dict):
            self.problems.append(f"{where}: give names and values")
            return False
        unknown = [str(key) for key in given if key not in allowed]
        if unknown:
            self.problems.append(f"{where} has {', '.join(unknown)}, which is none of {', '.join(sorted(allowed))}")
        return True


def can_be_of(table: str, owner: str) -> bool:
    """Whether a row of ``table`` can belong to one of ``owner``."""
    return owner in WHOLE and (table in LINKS or owner in REFERENCES[table].values())


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


# Common names of columns, for a first mapping of an unknown file.
_USUAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "organization": {
        "name": ("organization", "organization_name", "agency", "agency_name", "org_name", "provider", "provider_name")
    },
    "service": {
        "name": ("service_name", "program_name", "program", "service", "name", "site_name", "title"),
        "description": ("description", "notes", "details", "service_description"),
        "url": ("website", "url", "web"),
        "email": ("email", "e_mail"),
        "eligibility_description": ("eligibility", "requirements"),
        "application_process": ("application", "intake", "how_to_apply"),
        "fees_description": ("fees", "cost", "fee"),
    },
    "location": {
        "name": ("site_name", "location_name", "location", "name"),
        "latitude": ("latitude", "lat", "y"),
        "longitude": ("longitude", "lon", "lng", "long", "x"),
    },
    "address": {
        "address_1": ("address", "address_1", "street", "street_address", "address1"),
        "address_2": ("address_2", "address2", "suite"),
        "city": ("city", "town"),
        "state_province": ("state", "state_province", "province"),
        "postal_code": ("zip", "zip_code", "zipcode", "postal_code"),
    },
    "phone": {"number": ("phone", "phone_number", "telephone", "tel")},
    "schedule": {"hours": ("hours", "hours_of_operation", "schedule", "opening_hours")},
    "attribute": {"term": ("category", "categories", "service_type", "type")},
}
_IDS = ("id", "site_id", "record_id", "service_id")


def suggested_mapping(file: str, columns: tuple[str, ...]) -> str:
    """A mapping to start from for a file with these columns, by what such columns are often called."""
    tables: dict[str, dict[str, Any]] = {}
    for table, wanted in _USUAL.items():
        for column, names in wanted.items():
            found = next((name for name in names if name in columns), None)
            if found:
                tables.setdefault(table, {})[column] = found
    if "service" in tables and "organization" not in tables:
        tables = {"organization": {"name": tables["service"].get("name", columns[0])}, **tables}
    if "attribute" in tables:
        tables["attribute"]["taxonomy"] = {"value": "Categories"}
    ids = [name for name in _IDS if name in columns][:1] or list(columns[:2])
    return yaml.safe_dump({"records": [{"file": file, "id": ids, "tables": tables}]}, sort_keys=False, allow_unicode=True)
