"""Into the tables: new rows, changed rows, who said so, and nothing of where a confidential place is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from resources_db.exchange.cleaning import complete
from resources_db.exchange.hidden import forget_street, telling
from resources_db.exchange.record import LINKS, REFERENCES, Ref
from resources_db.exchange.report import Change, Conflict, Notes
from resources_db.exchange.reviews import Review, as_text, ask, withdraw
from resources_db.exchange.rows import add_rows, rows_by_id
from resources_db.exchange.rules import POINT
from resources_db.exchange.staging import Staged
from resources_db.models import Base, ChangeRequest, MetadataEntry, Provenance
from resources_db.search.reader import Reader

AT_ONCE = 500
# How long an alert is shown that says no end itself.
_ALERT_DAYS = 30
_WHERE_FROM = "SELECT resource_id, source, source_id FROM provenance WHERE resource_type = ?1 AND resource_id IN ?2"


@dataclass
class Outcome:
    """What became of rows, counted by table; ``touched`` are the rows whose search entries may have to change."""

    loaded: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    touched: set[Ref] = field(default_factory=set)


class Store:
    """Saves rows in the session's transaction. With ``writes=False`` it only finds out what would change."""

    def __init__(self, session: Session, source: str, notes: Notes, now: datetime, *, writes: bool) -> None:
        self._session = session
        self._source = source
        self._notes = notes
        self._now = now
        self._writes = writes
        self.outcome = Outcome()

    def save(self, rows: Sequence[Staged]) -> None:
        """Rows of one table, at most AT_ONCE, whose parents are there already."""
        name = rows[0].ref.table
        table = Base.metadata.tables[name]
        ids = [row.ref.id for row in rows]
        before = rows_by_id(self._session, name, ids)
        new: list[dict[str, Any]] = []
        differing: list[tuple[Staged, dict[str, Any], dict[str, Any]]] = []
        for row in rows:
            old = before.get(row.ref.id)
            if old is None:
                values = {**row.values, **self._alert_end(row, None)} if name == "service" else row.values
                new.append({**complete(name, values), "id": row.ref.id})
                self.outcome.loaded[name] += 1
                self.outcome.touched |= listings_of(row.ref, row.values)
                continue
            now = {**row.values, **self._alert_end(row, old)} if name == "service" else row.values
            changes = {column: value for column, value in now.items() if old[column] != value}
            if changes:
                differing.append((row, old, changes))
            else:
                self.outcome.unchanged[name] += 1
        updates = self._changes(name, differing)
        if not self._writes:
            return
        if before:
            withdraw(self._session, self._source, name, {row.ref.id: row.values for row in rows}, self._now)
        add_rows(self._session, name, new)
        for columns, alike in _by_columns(updates).items():
            put: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns}
            self._session.execute(update(table).where(table.c.id == bindparam("which")).values(put), alike)
        self._say_where_from(rows, {row.ref.id for row in rows if row.ref.id not in before} | updates.keys())
        if name == "location":
            self._forget_hidden(rows, before, updates)

    def _changes(self, name: str, differing: list[tuple[Staged, dict[str, Any], dict[str, Any]]]) -> dict[str, dict[str, Any]]:
        """What to change in which row; where staff have edited, what they wrote stays."""
        edits = self._edits(name, [row.ref.id for row, _, _ in differing])
        updates: dict[str, dict[str, Any]] = {}
        history: list[dict[str, Any]] = []
        reviews: list[Review] = []
        for row, old, changes in differing:
            for column, value in list(changes.items()):
                replaced = edits.get((row.ref.id, column))
                if replaced is None:
                    continue
                del changes[column]
                if as_text(value) not in replaced:
                    self._notes.conflict(Conflict(name, row.source_id, column, as_text(old[column]), as_text(value)))
                    reviews.append(Review(row.ref, row.source_id, column, as_text(old[column]), as_text(value), "conflict"))
            if "alert" not in changes and old.get("alert") and "alert" in row.values and row.values["alert"] != old["alert"]:
                changes.pop("alert_expires_on", None)  # of the source's alert, which staff have replaced
            if name == "location" and changes.get("confidential", old["confidential"]):
                changes.update({column: None for column in POINT if old[column] is not None or changes.get(column) is not None})
                changes = {column: value for column, value in changes.items() if old[column] != value}
            if not changes:
                self.outcome.unchanged[name] += 1
                continue
            updates[row.ref.id] = changes
            self.outcome.changed[name] += 1
            self.outcome.touched |= {row.ref} | listings_of(row.ref, row.values) | listings_of(row.ref, old)
            hidden = name == "location" and changes.get("confidential", old["confidential"])
            for column, value in changes.items():
                if not (hidden and column in POINT):
                    self._notes.change(Change(name, row.source_id, column, as_text(old[column]), as_text(value)))
                    history.append(self._entry(row.ref, column, old[column], value))
        if self._writes:
            if history and name != "metadata":
                self._session.execute(insert(MetadataEntry), history)
            ask(self._session, self._source, reviews, self._now)
        return updates

    def _edits(self, name: str, ids: list[str]) -> dict[tuple[str, str], set[str]]:
        """The fields whose newest change was an edit by staff, with the values that edits have replaced."""
        entries: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for entry in self._session.execute(
            select(MetadataEntry.__table__)
            .where(MetadataEntry.resource_type == name, MetadataEntry.resource_id.in_(ids))
            .where(MetadataEntry.last_action_type.in_(("edit", "import")))
        ):
            entries[entry.resource_id, entry.field_name].append(entry)
        edited = {}
        for key, told in entries.items():
            newest = max(entry.last_action_date for entry in told)
            # Days tell no more: of an edit and an import on one day, the edit is taken to be the later.
            if any(entry.last_action_type == "edit" and entry.last_action_date == newest for entry in told):
                edited[key] = {entry.previous_value for entry in told if entry.last_action_type == "edit"}
        return edited

    def _alert_end(self, row: Staged, old: Mapping[str, Any] | None) -> dict[str, Any]:
        """The end of a service's alert: as the source says, else thirty days after the listing last changed."""
        values = row.values
        if "alert" not in values:
            return {} if values.get("alert_expires_on") or "alert_expires_on" not in values else {"alert_expires_on": None}
        if not values["alert"] or values.get("alert_expires_on"):
            return {"alert_expires_on": values.get("alert_expires_on") if values["alert"] else None}
        if old and old["alert"] == values["alert"]:
            return {"alert_expires_on": old["alert_expires_on"]}
        changed: datetime = values.get("last_modified") or self._now
        return {"alert_expires_on": changed.date() + timedelta(days=_ALERT_DAYS)}

    def _say_where_from(self, rows: Sequence[Staged], changed: set[str]) -> None:
        """Keep the source of each row, and the file and line where it was when it last changed."""
        name = rows[0].ref.table
        if name == "metadata":
            return
        ids = [row.ref.id for row in rows]
        known = {id_: tuple(said) for id_, *said in Reader(self._session).rows(_WHERE_FROM, name, ids)}
        now = [
            {"resource_type": name, "resource_id": row.ref.id, "source": self._source, "source_id": row.source_id}
            | {"file": row.file, "line": row.line}
            for row in rows
            if row.ref.id in changed or known.get(row.ref.id) != (self._source, row.source_id)
        ]
        if stale := [entry["resource_id"] for entry in now if entry["resource_id"] in known]:
            self._session.execute(
                delete(Provenance).where(Provenance.resource_type == name, Provenance.resource_id.in_(stale)),
                execution_options={"synchronize_session": False},
            )
        add_rows(self._session, "provenance", now)

    def _forget_hidden(
        self, rows: Iterable[Staged], before: Mapping[str, Mapping[str, Any]], updates: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """What we had of the whereabouts of places that are confidential now."""
        known = [row.ref.id for row in rows if row.ref.id in before]
        hidden = [id_ for id_ in known if updates.get(id_, {}).get("confidential", before[id_]["confidential"])]
        if not hidden:
            return
        address = Base.metadata.tables["address"]
        theirs = self._session.execute(select(address.c.id, address.c.address_1).where(address.c.location_id.in_(hidden))).all()
        if tells := telling(street for _, street in theirs):
            self.outcome.touched |= forget_street(self._session, hidden, tells)
        forget_rows(self._session, "address", [id_ for id_, _ in theirs])
        for told in (MetadataEntry, ChangeRequest):
            self._session.execute(
                delete(told).where(told.resource_id.in_(hidden), told.field_name.in_(POINT)),
                execution_options={"synchronize_session": False},
            )

    def _entry(self, ref: Ref, column: str, was: Any, now: Any) -> dict[str, Any]:
        return {
            "id": str(uuid4()),
            "resource_id": ref.id,
            "resource_type": ref.table,
            "last_action_date": self._now.date(),
            "last_action_type": "import",
            "field_name": column,
            "previous_value": as_text(was),
            "replacement_value": as_text(now),
            "updated_by": self._source,
        }


def forget_rows(session: Session, name: str, ids: Sequence[str]) -> None:
    """Remove rows with their history, translations, provenance and open requests; the database removes what hangs on them."""
    table = Base.metadata.tables[name]
    linked = [(Base.metadata.tables[other], *columns) for other, columns in LINKS.items()]
    linked += [(Base.metadata.tables[other], "resource_type", "resource_id") for other in ("provenance", "change_request")]
    for some in chunks(ids):
        for other, kind, link in linked:
            session.execute(delete(other).where(other.c[kind] == name, other.c[link].in_(some)))
        session.execute(delete(table).where(table.c.id.in_(some)))


def owners(table: str, values: Mapping[str, Any]) -> set[Ref]:
    """The rows that a row says something about."""
    found = {Ref(target, values[column]) for column, target in REFERENCES[table].items() if values.get(column)}
    if table in LINKS:
        kind, link = LINKS[table]
        if values.get(link):
            found.add(Ref(values[kind], values[link]))
    return found


def listings_of(ref: Ref, values: Mapping[str, Any]) -> set[Ref]:
    """What a search may find otherwise because of a row: services, places, services at places, and a language's phone."""
    listings = ("service", "location", "service_at_location")
    # A service is none of its organization's news, nor is a place; those that a changed organization has are found by it.
    about = {owner for owner in owners(ref.table, values) if owner.table in (*listings, "phone")}
    return about | {ref} if ref.table in listings else about


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _by_columns(updates: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Updates that set the same columns, together, as parameters of one statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for id_, changes in updates.items():
        parameters = {f"new_{column}": value for column, value in changes.items()}
        alike[tuple(sorted(changes))].append({"which": id_, **parameters})
    return alike
