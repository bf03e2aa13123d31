"""What never leaves the directory, worked out before the first row does: where confidential places are, and loose ends.

The rule for confidential places is the one of `resources_db.hsds.documents`, here as ids, so that whole tables can be
written without building documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from resources_db.hsds import TABLES, Nested
from resources_db.hsds.documents import TOLD_OF_CONFIDENTIAL, WORDED_EXTENTS
from resources_db.models import Base

_AT_ONCE = 500
# Tables whose rows are put on any record: the column that names its table and the one with its id.
_LINKED = {field.table: (field.entity, field.key) for table in TABLES.values() for field in table.nested if field.entity}


@dataclass(frozen=True)
class Withheld:
    """``rows`` are the ids that stay, by table. ``blank`` are columns that stay, by table and id of a row that goes."""

    rows: Mapping[str, Set[str]]
    blank: Mapping[str, Mapping[str, Set[str]]]


def find_withheld(connection: Connection) -> Withheld:
    """Look at the directory as this connection's transaction sees it. Takes memory for what is withheld only."""
    return _Finder(connection).find()


class _Finder:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[str, set[str]] = defaultdict(set)

    def find(self) -> Withheld:
        places = self._ids("location", _column("location", "confidential").is_(True))
        sites = self._having("service_at_location", "location_id", places)
        offered = self._having("service_at_location", "location_id", places, "service_id")
        self._hold_loose_ends()
        for field in TABLES["location"].nested:
            if field.name not in TOLD_OF_CONFIDENTIAL and field.nesting == "many":
                self._hold_what_hangs(field, places)
        (contacts,) = (field for field in TABLES["service_at_location"].nested if field.name == "contacts")
        self._hold_what_hangs(contacts, sites)
        for table, ids in (("location", places), ("service_at_location", sites), ("service", offered)):
            self._hold_linked("metadata", table, ids)
        for linked in ("attribute", "verification"):
            self._hold_linked(linked, "location", places)
        told = TOLD_OF_CONFIDENTIAL & set(TABLES["location"].columns)
        self._hold_linked("translation", "location", places, _column("translation", "field_name").not_in(told))
        self._hold_linked("translation", "service_at_location", sites)
        kind = _column("service_area", "extent_type")
        drawn = self._having("service_area", "service_at_location_id", sites, where=kind.is_(None) | kind.not_in(WORDED_EXTENTS))
        blank = {
            "location": dict.fromkeys(places, frozenset(TABLES["location"].columns) - told),
            "service_at_location": dict.fromkeys(sites, frozenset({"description"})),
            "service_area": dict.fromkeys(drawn, frozenset({"extent", "uri"})),
        }
        return Withheld(self._rows, blank)

    def _hold_loose_ends(self) -> None:
        """Rows put on a record that is gone: nobody could read them, and they may tell of a place that was hidden."""
        for linked, (entity, key) in _LINKED.items():
            kind, id_ = _column(linked, entity), _column(linked, key)
            loose = self._ids(linked, kind.not_in(TABLES))
            for table in self._connection.scalars(select(kind).where(kind.in_(TABLES)).distinct()).all():
                loose |= self._ids(linked, and_(kind == table, ~exists().where(_column(table, "id") == id_)))
            self._hold(linked, loose)

    def _hold_what_hangs(self, field: Nested, owners: Iterable[str]) -> None:
        """The rows below these owners, except those that stand below somebody else too."""
        others = [
            nested.key
            for table in TABLES.values()
            for nested in table.nested
            if nested.table == field.table and nested.nesting == "many" and nested.key != field.key
        ]
        alone = and_(True, *(_column(field.table, name).is_(None) for name in others))
        self._hold(field.table, self._having(field.table, field.key, owners, where=alone))

    def _hold_linked(self, linked: str, table: str, ids: Iterable[str], where: ColumnElement[bool] | None = None) -> None:
        entity, key = _LINKED[linked]
        on_table = _column(linked, entity) == table
        self._hold(linked, self._having(linked, key, ids, where=on_table if where is None else on_table & where))

    def _hold(self, table: str, ids: Set[str]) -> None:
        """Withhold the rows, all that hangs on them, and all that is put on them."""
        new = ids - self._rows[table]
        if not new:
            return
        self._rows[table] |= new
        for field in TABLES[table].nested:
            if field.nesting == "many":
                self._hold_what_hangs(field, new)
        for linked in _LINKED:
            self._hold_linked(linked, table, new)

    def _ids(self, table: str, where: ColumnElement[bool]) -> set[str]:
        return set(self._connection.scalars(select(_column(table, "id")).where(where)))

    def _having(
        self, table: str, column: str, values: Iterable[str], wanted: str = "id", where: ColumnElement[bool] | None = None
    ) -> set[str]:
        found: set[str] = set()
        for some in _portions(values):
            statement = select(_column(table, wanted)).where(_column(table, column).in_(some))
            found.update(self._connection.scalars(statement if where is None else statement.where(where)))
        return found


def _column(table: str, name: str) -> ColumnElement[str]:
    return Base.metadata.tables[table].c[name]


def _portions(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
