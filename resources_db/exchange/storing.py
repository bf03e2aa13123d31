"""Into the tables: new rows, changed rows, who said so, and nothing of where a confidential place is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import islice
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from resources_db.exchange.cleaning import complete
from resources_db.exchange.record import LINKS, TABLES, Record, Ref
from resources_db.models import Base, Location
from resources_db.taxonomy.service_needs import rebuild_service_needs, services_concerned

_AT_ONCE = 500
_POINT = ("latitude", "longitude")


@dataclass
class Outcome:
    """What became of a group of rows, counted by table. ``concealed`` are locations that lost their point."""

    loaded: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    concealed: list[Record] = field(default_factory=list)
    touched: set[Ref] = field(default_factory=set)
    history: list[dict[str, Any]] = field(default_factory=list)


class Store:
    """The directory as one import sees it: what is in it, and how to put rows there."""

    def __init__(self, session: Session, source: str, records: Iterable[Record]) -> None:
        self._session = session
        self._source = source
        records = list(records)
        self._present = self._look_up(records)
        self._confidential = self._confidential_places(records)

    def holds(self, ref: Ref) -> bool:
        """Whether a row, given to the constructor or referred to by one of those, was there at the start."""
        return ref.id in self._present[ref.table]

    def gives_away(self, record: Record) -> bool:
        """Whether the row says where a confidential location is."""
        if record.ref.table == "address" and "location_id" in record.parents:
            return record.parents["location_id"].id in self._confidential
        if record.ref.table == "metadata" and record.values.get("field_name") in _POINT:
            return record.values["resource_id"] in self._confidential
        return False

    def save(self, group: list[Record]) -> Outcome:
        """Put the rows, parents first, into the directory, all of them or none."""
        outcome = Outcome()
        by_table: dict[str, list[Record]] = defaultdict(list)
        for record in group:
            by_table[record.ref.table].append(record)
        with self._session.begin_nested():
            for name in TABLES:
                if rows := by_table.get(name):
                    self._save_rows(_table(name), rows, outcome)
            if outcome.history:
                self._session.execute(insert(_table("metadata")), outcome.history)
            rebuild_service_needs(self._session, services_concerned(self._session, outcome.touched))
        return outcome

    def _look_up(self, records: list[Record]) -> dict[str, set[str]]:
        wanted: dict[str, set[str]] = {table: set() for table in TABLES}
        for record in records:
            for table, id_ in (record.ref, *record.parents.values()):
                wanted[table].add(id_)
        there: dict[str, set[str]] = {}
        for name, ids in wanted.items():
            column = _table(name).c.id
            found = (self._session.scalars(select(column).where(column.in_(some))) for some in _chunks(ids))
            there[name] = {id_ for some in found for id_ in some}
        return there

    def _confidential_places(self, records: list[Record]) -> set[str]:
        """The locations flagged confidential: as the source says, or where it does not say, as the database does."""
        said = {row.ref.id: row.values.get("confidential") for row in records if row.ref.table == "location"}
        unsaid = [id_ for id_ in self._present["location"] if said.get(id_) is None]
        flagged = select(Location.id).where(Location.confidential.is_(True))
        found = (self._session.scalars(flagged.where(Location.id.in_(some))) for some in _chunks(unsaid))
        return {id_ for some in found for id_ in some} | {id_ for id_, flag in said.items() if flag}

    def _save_rows(self, table: Table, rows: list[Record], outcome: Outcome) -> None:
        known = [row.ref.id for row in rows if self.holds(row.ref)]
        before = {
            row["id"]: dict(row)
            for some in _chunks(known)
            for row in self._session.execute(select(table).where(table.c.id.in_(some))).mappings()
        }
        new = []
        for record in rows:
            values = self._concealed(record, outcome)
            old = before.get(record.ref.id)
            if old is None:
                new.append({**complete(table.name, values), "id": record.ref.id})
                outcome.loaded[table.name] += 1
                self._note(outcome, record, {"id": (None, record.draft.cells["id"])})
                continue
            changes = {name: (old[name], value) for name, value in values.items() if old[name] != value}
            if not changes:
                outcome.unchanged[table.name] += 1
                continue
            now = {name: value for name, (_, value) in changes.items()}
            self._session.execute(update(table).where(table.c.id == record.ref.id).values(now))
            outcome.changed[table.name] += 1
            outcome.touched.update(_about(table.name, old))
            self._note(outcome, record, changes)
        if new:
            self._session.execute(insert(table), new)

    def _concealed(self, record: Record, outcome: Outcome) -> Mapping[str, Any]:
        """The row's values; a confidential location's without its point, and what we had of its place goes too."""
        if record.ref.table != "location" or record.ref.id not in self._confidential:
            return record.values
        if any(record.values.get(name) is not None for name in _POINT):
            outcome.concealed.append(record)
        if self.holds(record.ref):
            self._forget_whereabouts(record.ref.id)
        return {**record.values, **dict.fromkeys(_POINT)}

    def _forget_whereabouts(self, location_id: str) -> None:
        address, history = _table("address"), _table("metadata")
        at_location = select(address.c.id).where(address.c.location_id == location_id)
        said_where = (history.c.resource_id == location_id) & history.c.field_name.in_(_POINT)
        self._session.execute(delete(history).where(said_where | history.c.resource_id.in_(at_location)))
        self._session.execute(delete(address).where(address.c.location_id == location_id))

    def _note(self, outcome: Outcome, record: Record, changes: Mapping[str, tuple[Any, Any]]) -> None:
        """Who says so: an entry for each field that changed, and for a new row the id it has in its source."""
        outcome.touched.update({record.ref, *_about(record.ref.table, record.values)})
        if record.ref.table == "metadata":
            return
        for name, (was, now) in changes.items():
            if name in _POINT and record.ref.id in self._confidential:
                continue
            outcome.history.append(
                {
                    "id": str(uuid4()),
                    "resource_id": record.ref.id,
                    "resource_type": record.ref.table,
                    "last_action_date": datetime.now(timezone.utc).date(),
                    "last_action_type": "import",
                    "field_name": name,
                    "previous_value": "" if was is None else str(was),
                    "replacement_value": "" if now is None else str(now),
                    "updated_by": self._source,
                }
            )


def _about(table: str, values: Mapping[str, Any]) -> set[Ref]:
    """The row that a row says something about."""
    if table == "service_at_location" and values.get("service_id"):
        return {Ref("service", values["service_id"])}
    if table in LINKS:
        kind, link = LINKS[table]
        return {Ref(values[kind], values[link])}
    return set()


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
