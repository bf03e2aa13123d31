"""What a parent says it kept: classes, visits, meetings and appointments, each with its day. Never inferred."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from resources_db.models.family_record import RecordEntry
from resources_db.record.threads import threads_of
from resources_db.sealing import Sealer

#: What an entry may be, in the order in which it is offered.
KINDS = ("class", "visit", "meeting", "appointment")


@dataclass(frozen=True)
class Entry:
    """`note` is what the parent called it ("parenting class"); None where only the kind is known."""

    id: str
    kind: str
    on_date: date
    note: str | None = None


def add(
    session: Session, sealer: Sealer, conversation_id: str, kind: str, on_date: date, note: str | None, now: datetime
) -> Entry:
    """Write one down; what is there already, the same on the same day, is not written twice."""
    for entry in entries_of(session, sealer, conversation_id):
        if (entry.kind, entry.on_date, entry.note) == (kind, on_date, note):
            return entry
    row = RecordEntry(
        id=str(uuid.uuid4()), conversation_id=conversation_id, kind=kind, on_date=on_date,
        note_sealed=sealer.seal(note) if note else None, created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return Entry(row.id, kind, on_date, note)


def entries_of(session: Session, sealer: Sealer, conversation_id: str) -> list[Entry]:
    """All of a family's, by day. Raises WrongKey."""
    order = RecordEntry.on_date, RecordEntry.created_at
    rows = session.scalars(
        select(RecordEntry).where(RecordEntry.conversation_id.in_(threads_of(conversation_id))).order_by(*order)
    )
    return [_entry(row, sealer) for row in rows]


def entry_of(session: Session, sealer: Sealer, conversation_id: str, entry_id: str) -> Entry | None:
    """One of a family's own; None when it has been taken off."""
    this = RecordEntry.conversation_id.in_(threads_of(conversation_id)), RecordEntry.id == entry_id
    row = session.scalar(select(RecordEntry).where(*this))
    return _entry(row, sealer) if row else None


def newest_of(session: Session, sealer: Sealer, conversation_id: str, kind: str | None = None) -> Entry | None:
    """The one that was written down last, of this kind."""
    query = (
        select(RecordEntry)
        .where(RecordEntry.conversation_id.in_(threads_of(conversation_id)))
        .order_by(RecordEntry.created_at.desc())
    )
    row = session.scalar((query if kind is None else query.where(RecordEntry.kind == kind)).limit(1))
    return _entry(row, sealer) if row else None


def take_off(session: Session, conversation_id: str, entry_id: str) -> None:
    session.execute(
        delete(RecordEntry).where(RecordEntry.conversation_id.in_(threads_of(conversation_id)), RecordEntry.id == entry_id)
    )


def _entry(row: RecordEntry, sealer: Sealer) -> Entry:
    return Entry(row.id, row.kind, row.on_date, sealer.open(row.note_sealed) if row.note_sealed else None)
