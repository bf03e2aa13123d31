"""Which rows go in and which are held back, with the reason; organization by organization."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from resources_db.exchange.cleaning import to_record
from resources_db.exchange.grouping import in_groups
from resources_db.exchange.record import Draft, Record, Ref
from resources_db.exchange.report import HeldBack, ImportReport, Problem
from resources_db.exchange.rules import Fault
from resources_db.exchange.storing import Store


class Loader:
    """One import. Everything that is held back or wrong goes into the report."""

    def __init__(self, session: Session, source: str, report: ImportReport) -> None:
        self._session = session
        self._source = source
        self._report = report
        self._held: set[Ref] = set()

    def load(self, drafts: Iterable[Draft], keep: Callable[[], None]) -> None:
        """Load the rows; ``keep`` is called after each organization, to commit it or not."""
        records = self._records(drafts)
        store = Store(self._session, self._source, records.values())
        for group in in_groups(records):
            self._save(store, [record for record in group if self._may_load(record, records, store)])
            keep()

    def _records(self, drafts: Iterable[Draft]) -> dict[Ref, Record]:
        """The rows that are right in themselves; the others are held back."""
        records: dict[Ref, Record] = {}
        first: dict[Ref, Draft] = {}
        for draft in drafts:
            if not draft.cells.get("id"):
                self._refuse(draft, Fault("id", "is missing", "give every row an id of its own"))
                continue
            record, faults = to_record(self._source, draft)
            for fault in faults:
                self._remark(draft, fault)
            if twin := first.get(record.ref):
                what = f"is the same row as line {twin.line} of {twin.file}"
                self._refuse(draft, Fault("id", what, "keep one of them, or give each an id of its own"))
                continue
            first[record.ref] = draft
            if fatal := [fault for fault in faults if fault.fatal]:
                named = (f"{draft.names.get(fault.field, fault.field)} {fault.problem}" for fault in fatal)
                self._hold(record, "; ".join(named))
            else:
                records[record.ref] = record
        return records

    def _may_load(self, record: Record, records: Mapping[Ref, Record], store: Store) -> bool:
        """Whether all that the row refers to is there and it gives no place away; held back if not."""
        for column, parent in record.parents.items():
            named = f"{parent.table} {record.draft.cells.get(column, '')}".strip()
            if parent in self._held:
                self._hold(record, f"its {named} was held back")
                return False
            if parent not in records and not store.holds(parent):
                what = f"refers to {named}, which is neither in the source nor in the directory"
                self._remark(record.draft, Fault(column, what, f"add it, or correct the {column}"))
                self._hold(record, f"{column} {what}")
                return False
        if store.gives_away(record):
            self._hold(record, "its location is confidential")
            return False
        return True

    def _save(self, store: Store, group: list[Record]) -> None:
        try:
            outcome = store.save(group)
        except (IntegrityError, DataError) as error:
            said = str(error.orig).splitlines()[0]
            for record in group:
                self._hold(record, f"the database refused it or a row that it loads with: {said}")
            return
        self._report.loaded += outcome.loaded
        self._report.changed += outcome.changed
        self._report.unchanged += outcome.unchanged
        for record in outcome.concealed:
            what, fix = "its point was left out, because it is confidential", "remove the point from the source"
            self._remark(record.draft, Fault("latitude", what, fix))

    def _remark(self, draft: Draft, fault: Fault) -> None:
        name = draft.names.get(fault.field, fault.field)
        self._report.errors.append(Problem(draft.file, draft.line, name, fault.problem, fault.fix))

    def _refuse(self, draft: Draft, fault: Fault) -> None:
        """Hold back a row that nothing can refer to."""
        self._remark(draft, fault)
        reason = f"line {draft.line}: {fault.field} {fault.problem}"
        self._report.held_back.append(HeldBack(draft.table, draft.cells.get("id", ""), reason))

    def _hold(self, record: Record, reason: str) -> None:
        self._held.add(record.ref)
        self._report.held_back.append(HeldBack(record.ref.table, record.draft.cells["id"], reason))
