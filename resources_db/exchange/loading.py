"""One import: rows are staged and checked against each other, then loaded organization by organization."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from resources_db.exchange.cells import plain_text, printable
from resources_db.exchange.cleaning import to_record
from resources_db.exchange.gone import came_before, pages_of_gone, settle_gone, welcome_back
from resources_db.exchange.grouping import hold, hold_what_depends, in_groups, members, settle
from resources_db.exchange.record import Draft, Ref
from resources_db.exchange.report import ImportReport
from resources_db.exchange.reviews import ask
from resources_db.exchange.rules import Fault
from resources_db.exchange.second_look import look_again
from resources_db.exchange.staging import Staged, Staging
from resources_db.exchange.storing import AT_ONCE, Outcome, Store, chunks
from resources_db.hours_text import parse_hours
from resources_db.models import Base, Phone, Service, ServiceAtLocation
from resources_db.search.projection import refresh_search
from resources_db.taxonomy.service_needs import rebuild_service_needs, services_concerned

Progress = Callable[[str, int, int | None], None]
"""Told now and then what is being done, how many rows are done, and how many there are, where that is known."""

# Small organizations share a transaction up to about this many rows.
_TOGETHER = 8_000
_MOST_TOUCHED = 5_000
_TELL_EVERY = 1_000
_SQLITE = {"cache_size": -32_000, "mmap_size": 0}
# With any of these, a schedule says its hours otherwise than in words.
_RULE = ("freq", "byday", "bymonthday", "byweekno", "byyearday", "opens_at", "closes_at", "interval", "count", "until", "dtstart")


class Loader:
    """One import. Everything that is held back or wrong goes into the report's notes."""

    def __init__(
        self, engine: Engine, source: str, report: ImportReport, *, dry_run: bool = False, progress: Progress | None = None
    ) -> None:
        self._engine = engine
        self._source = source
        self._report = report
        self._notes = report.notes
        self._writes = not dry_run
        self._progress = progress or (lambda _what, _done, _all: None)
        self._now = datetime.now(timezone.utc)

    def load(self, drafts: Iterable[Draft]) -> int:
        """Load the rows; returns how many there were. Raises what the drafts raise, with nothing loaded."""
        with closing(Staging()) as staging:
            self._stage(staging, drafts)
            with self._connected(writes=self._writes) as connection, self._connected(writes=False) as reading:
                again = self._check(staging, connection, reading)
                done = 0
                self._progress("loading", done, staging.rows)
                for roots, rows in in_groups(staging, self._notes, _TOGETHER):
                    self._load_together(staging, connection, roots)
                    done += rows
                    self._progress("loading", done, staging.rows)
                if again:
                    self._settle_gone(staging, connection, reading)
            return staging.rows

    def _stage(self, staging: Staging, drafts: Iterable[Draft]) -> None:
        for number, draft in enumerate(_with_hours(drafts), start=1):
            if not printable(draft.cells.get("id") or ""):
                self._refuse(draft, Fault("id", "is missing", "give every row an id of its own"))
                continue
            record, faults = to_record(self._source, draft)
            fatal = [fault for fault in faults if fault.fatal]
            for fault in faults:
                self._tell(draft, fault, held_back=bool(fatal) and fault.fatal)
            if fatal:
                reason = "; ".join(f"{draft.names.get(fault.field, fault.field)} {fault.problem}" for fault in fatal)
                self._notes.hold(draft.table, draft.cells["id"], reason, draft.file, draft.line)
            staging.add(record, held=bool(fatal))
            if number % _TELL_EVERY == 0:
                self._progress("reading", number, None)

    def _check(self, staging: Staging, connection: Connection, reading: Connection) -> bool:
        """Hold back what the rows around a row speak against. It takes a while, in which others may write.

        Returns whether the source has been imported before.
        """
        with Session(reading) as session:
            again = came_before(session, self._source)

            def in_directory(table: str, ids: list[str]) -> set[str]:
                column = Base.metadata.tables[table].c.id
                return set(session.scalars(select(column).where(column.in_(ids))))

            settle(staging, self._notes, in_directory)
            reviews = look_again(staging, self._notes, session, self._source)
        if self._writes and reviews:
            with Session(connection) as session, session.begin():
                ask(session, self._source, reviews, self._now)
        return again

    def _load_together(self, staging: Staging, connection: Connection, roots: list[int]) -> None:
        """Load the groups in one transaction; when the database refuses one of them, each in its own."""
        try:
            self._load(staging, connection, roots)
        except DBAPIError as error:
            if not _is_about_the_rows(error):
                raise
            if len(roots) > 1:
                for root in roots:
                    self._load_together(staging, connection, [root])
                return
            said = str(error.orig).splitlines()[0]
            for row in members(staging, roots):
                hold(staging, self._notes, row, f"the database refused it or a row that it loads with: {said}")
            hold_what_depends(staging, self._notes)

    def _load(self, staging: Staging, connection: Connection, roots: list[int]) -> None:
        self._notes.begin()
        try:
            with Session(connection) as session, session.begin():
                store = Store(session, self._source, self._notes, self._now, writes=self._writes)
                for some in _of_one_table(members(staging, roots)):
                    store.save(some)
                    if len(store.outcome.touched) > _MOST_TOUCHED:
                        self._refresh(session, store.outcome.touched)
                        store.outcome.touched.clear()
                self._refresh(session, store.outcome.touched)
        except BaseException:
            self._notes.forget()
            raise
        self._notes.keep()
        self._count(store.outcome)

    def _settle_gone(self, staging: Staging, connection: Connection, reading: Connection) -> None:
        with Session(reading) as looking:
            for page in pages_of_gone(looking, staging, self._notes, self._source):
                with Session(connection) as session, session.begin():
                    touched = settle_gone(session, staging, self._notes, self._source, page, self._now, writes=self._writes)
                    self._refresh(session, touched)
                self._report.gone[page[0][0].table] += len(page)
        if self._writes:
            with Session(connection) as session, session.begin():
                welcome_back(session, staging, self._source, self._now)

    @contextmanager
    def _connected(self, *, writes: bool) -> Iterator[Connection]:
        engine = self._engine.execution_options(sqlite_begin="IMMEDIATE") if writes else self._engine
        with engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                yield connection
                return
            # Rows come in no order of their ids: every index is touched everywhere, again and again. That is quick
            # with pages at hand, and it would bring the whole file into memory where it is mapped.
            known = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in _SQLITE}
            _tune(connection, _SQLITE)
            try:
                yield connection
            finally:
                connection.rollback()
                _tune(connection, known)

    def _refresh(self, session: Session, touched: set[Ref]) -> None:
        """Keep what a search looks at true, in the same transaction."""
        if self._writes and touched:
            services = _services_of(session, touched)
            rebuild_service_needs(session, services)
            refresh_search(session, services)

    def _count(self, outcome: Outcome) -> None:
        self._report.loaded += outcome.loaded
        self._report.changed += outcome.changed
        self._report.unchanged += outcome.unchanged

    def _tell(self, draft: Draft, fault: Fault, *, held_back: bool) -> None:
        name = draft.names.get(fault.field, fault.field)
        self._notes.problem(
            draft.file,
            draft.line,
            f"{draft.where}/{name}" if draft.where else name,
            fault.problem,
            fault.fix,
            table=draft.table,
            id=draft.cells.get("id") or "",
            held_back=held_back,
            remark=fault.remark,
        )

    def _refuse(self, draft: Draft, fault: Fault) -> None:
        """Hold back a row that nothing can refer to."""
        self._tell(draft, fault, held_back=True)
        self._notes.hold(draft.table, "", f"line {draft.line}: {fault.field} {fault.problem}", draft.file, draft.line)


def _with_hours(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """The drafts, but hours that are only words become rules where the words can mean but one thing.

    The words stay with the first rule; each further rule is a row of its own, with what its own part of them says.
    """
    for draft in drafts:
        words = draft.cells.get("description") if draft.table == "schedule" else None
        if not words or any(draft.cells.get(column) for column in _RULE):
            yield draft
            continue
        for number, rule in enumerate(parse_hours(plain_text(words)) or ({},)):
            more = {} if number == 0 else {"id": f"{draft.cells.get('id')}/{number}", "description": rule.get("description", "")}
            yield replace(draft, cells={**draft.cells, **rule, **more})


def _services_of(session: Session, rows: Iterable[Ref]) -> set[str]:
    """The services that a search may find otherwise after these rows have changed."""
    ids: dict[str, set[str]] = defaultdict(set)
    for table, id_ in rows:
        ids[table].add(id_)
    # What was said of a phone, such as its language, is said of whom it belongs to.
    owners = (Phone.service_id, Phone.service_at_location_id, Phone.location_id, Phone.organization_id)
    for some in chunks(ids["phone"]):
        for column in owners:
            found = session.scalars(select(column).where(Phone.id.in_(some)))
            ids[column.key.removesuffix("_id")].update(owner for owner in found if owner)
    services = services_concerned(session, [(table, id_) for table, some in ids.items() for id_ in some])
    for table, service, column in (
        ("location", ServiceAtLocation.service_id, ServiceAtLocation.location_id),
        ("organization", Service.id, Service.organization_id),
        ("program", Service.id, Service.program_id),
    ):
        for some in chunks(ids[table]):
            services.update(session.scalars(select(service).where(column.in_(some))))
    return services


def _tune(connection: Connection, settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        connection.exec_driver_sql(f"PRAGMA {name} = {value}")
    connection.commit()


def _is_about_the_rows(error: DBAPIError) -> bool:
    """Whether the database refuses what is in the rows; PostgreSQL calls a text too long for an index a limit (54)."""
    return isinstance(error, (IntegrityError, DataError)) or str(getattr(error.orig, "pgcode", "")).startswith("54")


def _of_one_table(rows: Iterator[Staged]) -> Iterator[list[Staged]]:
    for _, alike in groupby(rows, key=lambda row: row.ref.table):
        while some := list(islice(alike, AT_ONCE)):
            yield some
