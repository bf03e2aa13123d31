"""Records as HSDS documents: nested JSON in the field order of the schema, one statement for each table.

What is not known is left out, and so is a list without entries; a text that HSDS requires and we do not have is "".
A document never says where a confidential place is, whoever asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, bindparam, or_, select, true

from resources_db.hsds.tables import TABLES, Nested
from resources_db.models import Base, Location, ServiceAtLocation
from resources_db.models.service import SHOWN
from resources_db.models.service_capacity import CAPACITY_HOLDS

Kind = Literal[
    "organization", "service", "service_at_location", "location", "taxonomy", "taxonomy_term", "unit", "meta_table_description"
]
Audience = Literal["public", "owner"]
Document = dict[str, Any]
Values = dict[str, Any]


# All that is told of a confidential place. Not even its name: many a name is a street address.
TOLD_OF_CONFIDENTIAL = frozenset(
    "id location_type organization_id confidential public_note timezone languages phones schedules holiday_schedules"
    " translations".split()
)
# The kinds of service_area whose extent is codes or words. Any other, such as GeoJSON, can be the point of the place.
WORDED_EXTENTS = ("nation", "state", "county", "postal_code", "text")
# Never for the public: who works there, and which member of staff or provider said what.
_OFFICE_ONLY = frozenset(("contacts", "verification.verified_by", "verification.note"))

# An order in which what others hang on comes first: by what is asked for, then the same for all.
_FIRST: Mapping[Kind, tuple[str, ...]] = {
    "organization": ("organization", "service", "service_at_location"),
    "service": ("service", "service_at_location", "organization"),
    "service_at_location": ("service_at_location", "service", "organization"),
    "location": ("location",),
    "taxonomy": ("taxonomy",),
    "taxonomy_term": ("taxonomy_term",),
    "unit": ("unit",),
    "meta_table_description": ("meta_table_description",),
}
_THEN = tuple(
    "program location contact phone schedule holiday_schedule service_area language address accessibility funding url"
    " cost_option required_document organization_identifier service_capacity unit attribute taxonomy_term taxonomy"
    " translation verification metadata".split()
)
# What would go in circles, or repeat all of an organization under each of its services.
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "organization": frozenset(("service.organization", "service_at_location.service")),
    "service": frozenset(
        ("service_at_location.service", "organization.services", "organization.locations", "organization.programs")
    ),
    "service_at_location": frozenset(
        ("service.service_at_locations", "organization.services", "organization.locations", "organization.programs")
    ),
}

# Ids in one statement; SQLite takes 32,766 values.
_CHUNK = 5_000


def documents(
    connection: Connection,
    kind: Kind,
    ids: Sequence[str],
    *,
    full: bool = True,
    full_services: bool = False,
    audience: Audience = "public",
    now: datetime | None = None,
) -> list[Document]:
    """The documents with these ids, in this order; ids that are not there are left out. Reads only.

    ``full=False`` leaves out everything that can be many, as the lists of HSDS do. An organization's services are told
    by id, name and status unless `full_services`. The public gets no contacts, nothing that expired before `now`
    (aware; by default the present), and of an organization only the services in `SHOWN`; the owner's export has all.
    """
    rows = _Rows(connection, _view(kind, full, full_services, audience), audience, now or datetime.now(timezone.utc))
    rows.load(kind, ids)
    return [document for one in dict.fromkeys(ids) if (document := rows.document(kind, one)) is not None]


def shape(kind: Kind, *, full: bool = True, full_services: bool = False) -> dict[str, tuple[str | Nested, ...]]:
    """What documents for the public hold: the fields of each table that can be in them."""
    view = _view(kind, full, full_services, "public")
    tables: list[str] = [kind]
    for table in tables:
        nested = (field.table for field in view.fields[table] if isinstance(field, Nested))
        tables.extend(one for one in nested if one not in tables)
    return {table: view.fields[table] for table in tables}


class _Edge(NamedTuple):
    """`field` of the table `owner` holds rows of `field.table`."""

    owner: str
    field: Nested


@dataclass(frozen=True)
class _View:
    """The tables, owners before what they own; the fields that are shown of each; where the rows of each come from."""

    order: tuple[str, ...]
    fields: Mapping[str, tuple[str | Nested, ...]]
    edges: Mapping[str, tuple[_Edge, ...]]


@lru_cache(maxsize=64)
def _view(kind: Kind, full: bool, full_services: bool, audience: Audience) -> _View:
    order = (*_FIRST[kind], *(table for table in _THEN if table not in _FIRST[kind]))
    left_out = _LEFT_OUT.get(kind, frozenset()) | (_OFFICE_ONLY if audience == "public" else frozenset())
    fields = {table: tuple(_fields(table, full, left_out)) for table in order}
    if kind == "organization" and full and not full_services:
        fields["service"] = ("id", "name", "status")
    edges: dict[str, list[_Edge]] = defaultdict(list)
    for table in order:
        for field in fields[table]:
            if isinstance(field, Nested):
                edges[field.table].append(_Edge(table, field))
    return _View(order, fields, {table: tuple(found) for table, found in edges.items()})


def _fields(table: str, full: bool, left_out: Collection[str]) -> Iterator[str | Nested]:
    for field in TABLES[table].fields:
        name = field if isinstance(field, str) else field.name
        if name in left_out or f"{table}.{name}" in left_out:
            continue
        if full or isinstance(field, str) or field.nesting == "one":
            yield field


@lru_cache(maxsize=512)
def _statement(table: str, keys: tuple[str, ...]) -> Select[Any]:
    """The rows of a table in which any of these columns has one of the values given under its name."""
    columns = Base.metadata.tables[table].c
    found = or_(*(columns[key].in_(bindparam(key, expanding=True)) for key in keys))
    return select(*(columns[name] for name in TABLES[table].columns)).where(found)


_OFFERED_IN_CONFIDENCE = (
    select(ServiceAtLocation.service_id)
    .join(Location, Location.id == ServiceAtLocation.location_id)
    .where(Location.confidential == true(), ServiceAtLocation.service_id.in_(bindparam("services", expanding=True)))
)


class _Rows:
    """The rows of some documents, by id and by what they hang on. What may not be told is not kept."""

    def __init__(self, connection: Connection, view: _View, audience: Audience, now: datetime) -> None:
        self._connection = connection
        self._view = view
        self._public = audience == "public"
        self._now = now
        # A day is not over before it is over everywhere.
        self._today: date = (now.astimezone(timezone.utc) - timedelta(hours=12)).date()
        self._by_id: dict[str, dict[str, Values]] = defaultdict(dict)
        self._hanging: dict[tuple[str, str], dict[str, list[Values]]] = {}
        self._made: dict[tuple[str, str], Document] = {}
        self._confidential: set[str] = set()
        self._sites_there: set[str] = set()
        self._without_history: set[str] = set()
        self._of_organizations = False

    def load(self, kind: Kind, ids: Iterable[str]) -> None:
        self._of_organizations = kind == "organization"
        for table in self._view.order:
            wanted = self._wanted(table)
            if table == kind:
                wanted["id"].update(ids)
            self._read(table, wanted, asked_for=table == kind)
            if table == "location":
                self._keep_confidence()

    def document(self, kind: Kind, row_id: str) -> Document | None:
        row = self._by_id[kind].get(row_id)
        return self._alone(kind, row) if row else None

    def _wanted(self, table: str) -> dict[str, set[str]]:
        """Which values of which columns rows of the table are looked for by."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for owner, field in self._view.edges.get(table, ()):
            owners = self._by_id[owner]
            if field.nesting == "one":
                wanted["id"].update(row[field.key] for row in owners.values() if row[field.key])
            elif owner == "location" and field.name not in TOLD_OF_CONFIDENTIAL:
                wanted[field.key].update(owners.keys() - self._confidential)
            elif owner == "service_at_location" and field.name == "contacts":
                wanted[field.key].update(owners.keys() - self._sites_there)
            else:
                wanted[field.key].update(owners)
        return wanted

    def _read(self, table: str, wanted: Mapping[str, set[str]], *, asked_for: bool) -> None:
        names = TABLES[table].columns
        found = self._by_id[table]
        for values in _chunks(wanted):
            for row in self._connection.execute(_statement(table, tuple(values)), values):
                record = dict(zip(names, row, strict=True))
                if asked_for or self._may_be_told(table, record):
                    found[record["id"]] = self._redacted(table, record)
        for key in {field.key for _, field in self._view.edges.get(table, ()) if field.nesting != "one"}:
            hanging = self._hanging[table, key] = defaultdict(list)
            for row_id in sorted(found):
                hanging[found[row_id][key]].append(found[row_id])

    def _may_be_told(self, table: str, row: Values) -> bool:
        if table == "metadata":
            return row["resource_id"] not in self._without_history
        if table == "translation":
            return self._translation_may_be_told(row)
        if not self._public:
            return True
        if table == "service":
            return row["status"] in SHOWN or not self._of_organizations
        if table == "phone":
            return row["contact_id"] is None  # a contact's own number is for the office
        if table == "service_capacity":
            expires: datetime = row["expires_at"] or row["updated"] + CAPACITY_HOLDS
            return expires > self._now
        return True

    def _translation_may_be_told(self, row: Values) -> bool:
        owner, field = row["resource_id"], row["field_name"]
        if owner in self._confidential:
            return field in TOLD_OF_CONFIDENTIAL
        service = self._by_id["service"].get(owner)
        expired = self._public and field == "alert" and service and service["alert"] is None
        return owner not in self._sites_there and not expired

    def _redacted(self, table: str, row: Values) -> Values:
        if table == "location" and row["confidential"]:
            return {name: value if name in TOLD_OF_CONFIDENTIAL else None for name, value in row.items()}
        if table == "service_area" and row["service_at_location_id"] in self._sites_there:
            return row if row["extent_type"] in WORDED_EXTENTS else {**row, "extent": None, "uri": None}
        if table == "service" and self._public and row["alert_expires_on"] and row["alert_expires_on"] < self._today:
            return {**row, "alert": None, "alert_expires_on": None}
        return row

    def _keep_confidence(self) -> None:
        """Once the places are known: of what is offered at a confidential one, neither its words there nor its history.

        What hangs on it is read after this: without contacts, and without areas that are drawn on a map.
        A history tells what a listing said before somebody thought better of it.
        """
        self._confidential = {row_id for row_id, row in self._by_id["location"].items() if row["confidential"]}
        for row_id, row in self._by_id["service_at_location"].items():
            if row["location_id"] in self._confidential:
                self._sites_there.add(row_id)
                row["description"] = None
        # Also where that place is not in these documents.
        for values in _chunks({"services": self._by_id["service"].keys()}):
            self._without_history.update(self._connection.execute(_OFFERED_IN_CONFIDENCE, values).scalars())
        self._without_history |= self._confidential | self._sites_there

    def _alone(self, table: str, row: Values) -> Document:
        """The row as a document of its own; made once, however many others hold it."""
        if (table, row["id"]) not in self._made:
            self._made[table, row["id"]] = dict(self._contents(table, row, None))
        return self._made[table, row["id"]]

    def _contents(self, table: str, row: Values, owner_key: str | None) -> Iterator[tuple[str, Any]]:
        """Field by field, without the columns that the nesting says already."""
        said = {owner_key}
        said.update(
            f.key for f in self._view.fields[table] if isinstance(f, Nested) and f.nesting == "one" and self._held(row, f)
        )
        required = TABLES[table].required
        for field in self._view.fields[table]:
            if isinstance(field, Nested):
                if nested := self._nested(table, row, field):
                    yield field.name, nested
            elif (value := row[field]) is not None and value != "":
                if field not in said:
                    yield as_json(field, value)
            elif field in required:
                yield field, ""

    def _nested(self, table: str, row: Values, field: Nested) -> Document | list[Document] | None:
        if field.nesting == "one":
            held = self._held(row, field)
            return self._alone(field.table, held) if held else None
        hanging = self._hanging[field.table, field.key].get(row["id"], ())
        return [
            dict(self._contents(field.table, one, field.key))
            for one in hanging
            if field.nesting == "many" or one[field.entity] == table
        ]

    def _held(self, row: Values, field: Nested) -> Values | None:
        return self._by_id[field.table].get(row[field.key])


def _chunks(wanted: Mapping[str, Collection[str]]) -> Iterator[dict[str, list[str]]]:
    """The values in portions that a statement can take."""
    left = {key: sorted(values) for key, values in wanted.items() if values}
    while left:
        yield {key: values[:_CHUNK] for key, values in left.items()}
        left = {key: values[_CHUNK:] for key, values in left.items() if len(values) > _CHUNK}


def as_json(field: str, value: Any) -> tuple[str, Any]:
    """The field and its value as the schema wants them."""
    if field == "extension":
        # A number in HSDS; one that starts with 0, or holds letters, has a field of its own in our profile.
        whole = value.isascii() and value.isdecimal() and str(int(value)) == value
        return ("extension", int(value)) if whole else ("extension_text", value)
    if isinstance(value, datetime):
        return field, moment_as_json(value)
    if isinstance(value, date):
        return field, value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return field, int(value)
    return field, value


def moment_as_json(moment: datetime) -> str:
    """ "2026-11-22T08:30:00Z"; with milliseconds, or microseconds, only where there are any."""
    utc = moment.astimezone(timezone.utc)
    timespec = "auto" if utc.microsecond % 1000 else "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=timespec).removesuffix("+00:00") + "Z"
