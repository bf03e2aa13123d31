"""The rows of what is to be said: planned, withdrawn, and due again when a text came too late to leave."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Table, exists, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from resources_db.models.check_in import ScheduledContact
from resources_db.models.outgoing_text import OutgoingText

_contact = cast(Table, ScheduledContact.__table__)
#: Said so besides, SQLite finds them by the index of what is due, and does not read all contacts every second.
IS_DUE = text("scheduled_contact.state = 'due'")


def add(session: Session, **row: Any) -> bool:
    """Plan a contact; False when it was planned before: that dedupe key is there."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = dialect.insert(_contact).values(id=str(uuid.uuid4()), state="due", **row)
    added = session.execute(new.on_conflict_do_nothing(index_elements=["dedupe_key"]))
    return bool(added.rowcount)  # type: ignore[attr-defined]


def plan_again(session: Session, dedupe_key: str, **when: datetime) -> bool:
    """A contact that was withdrawn is to be said after all; False when there is none, or it was said."""
    this = update(ScheduledContact).where(ScheduledContact.dedupe_key == dedupe_key, ScheduledContact.state == "cancelled")
    result = session.execute(this.values(state="due", **when).execution_options(synchronize_session="fetch"))
    return bool(cast("CursorResult[Any]", result).rowcount)


def withdraw(session: Session, which: ColumnElement[bool], state: str = "cancelled") -> int:
    """Those of `which` that are not said yet will not be; returns how many. From this transaction on."""
    due = update(ScheduledContact).where(ScheduledContact.state == "due", which)
    result = session.execute(due.values(state=state).execution_options(synchronize_session="fetch"))
    return cast("CursorResult[Any]", result).rowcount


def take_back(session: Session, which: ColumnElement[bool], now: datetime) -> list[ScheduledContact]:
    """Those of `which` whose text still waits for the carrier: it will not leave, and they are cancelled; from this transaction
    on. What the carrier is being asked to send this moment is past recall."""
    waiting = exists().where(OutgoingText.id == ScheduledContact.outgoing_text_id, OutgoingText.state == "due")
    said = select(ScheduledContact).where(ScheduledContact.state == "said", which, waiting)
    taken = []
    for contact in session.scalars(said).all():
        its = update(OutgoingText).where(OutgoingText.id == contact.outgoing_text_id, OutgoingText.state == "due")
        gone = session.execute(its.values(state="suppressed", error="withdrawn", body="", settled_at=now))
        if cast("CursorResult[Any]", gone).rowcount:
            contact.state, contact.said_at = "cancelled", None
            taken.append(contact)
    session.flush()
    return taken


def due_again(session: Session, text_id: str, now: datetime) -> None:
    """The text with this id never left, and never will: what it should have said is to be said in the family's next window,
    unless the family knows it already and has answered. The text stays named, for it was counted."""
    unsaid = ScheduledContact.outgoing_text_id == text_id, ScheduledContact.state == "said"
    again = update(ScheduledContact).where(*unsaid, ScheduledContact.answered_at.is_(None))
    session.execute(again.values(state="due", due_at=now, said_at=None).execution_options(synchronize_session="fetch"))


def carried_by(session: Session, text_id: str, other_id: str) -> None:
    """Another text says what the first could not."""
    session.execute(
        update(ScheduledContact)
        .where(ScheduledContact.outgoing_text_id == text_id)
        .values(outgoing_text_id=other_id)
        .execution_options(synchronize_session="fetch")
    )


def next_of(session: Session, which: ColumnElement[bool]) -> ScheduledContact | None:
    """The one that is due first."""
    due = select(ScheduledContact).where(ScheduledContact.state == "due", which).order_by(ScheduledContact.due_at)
    return session.scalars(due.limit(1).execution_options(populate_existing=True)).first()
