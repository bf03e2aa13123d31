"""Deleting everything of a family at once, because they asked, with a receipt that says nothing of them.

A text or an e-mail that waits goes too, so it never leaves; what is being handed over this very moment is past recall.
What stays: digests of the texts that were taken in (a carrier that delivers one again must not get it answered twice),
and the digest of a number that wants no texts (forgetting it would mean texting again). Neither holds words or a number.
Counts of the program view and what was learnt of a listing stay as well: nothing of a family is in them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Table, delete, or_, select
from sqlalchemy.orm import Session

from resources_db import outbox
from resources_db.models.base import Base
from resources_db.models.conversation import Conversation
from resources_db.models.erasure import Erasure
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.tracker import Tracker
from resources_db.words import Words

#: The words of the receipt; `{receipt}` in them is its number.
DELETED = "utter_deleted"
#: The outbox keys of receipts begin with it: the phone of a settled one goes (retention.py).
RECEIPT_KEY = "erased "

# No vowels, so that no words come of it, and nothing that looks like another sign.
_SIGNS = "BCDFGHJKMNPQRTVWXYZ2346789"

_conversation, _phone = cast(Table, Conversation.__table__), cast(Table, FamilyPhone.__table__)
# It has no key to its conversation, because Rasa may save it after that is gone.
_tracker = cast(Table, Tracker.__table__)


@dataclass(frozen=True)
class Receipt:
    """`number` as in "K7Q2-8MTX"; `rows` is how many were deleted of each table."""

    number: str
    rows: Mapping[str, int]


def erase(session: Session, conversation_id: str, *, now: datetime) -> Receipt:
    """Delete this family: the conversation, and where a phone belongs to it the phone and all that is kept of it."""
    # as everybody does it: the conversation's row is locked first, the phone's after it
    this = select(Conversation.family_phone_id).where(Conversation.id == conversation_id)
    phone_id = session.scalar(this.with_for_update())
    rows = _delete(session, conversation_id, phone_id)
    if phone_id is not None:
        rows["family_phone"] = _count(session, _phone, _phone.c.id == phone_id)
    return _receipt(session, rows, now)


def erase_by_text(
    session: Session, phone: FamilyPhone, words: Words, *, language: str, now: datetime, kind: str | None = "notice"
) -> Receipt:
    """Delete everything of this phone and put the receipt into the outbox, as a text of this `kind`; None is no text.

    The phone's row and that one text live until it is sent or given up; then retention removes them.
    """
    rows = _delete(session, None, phone.id)
    if kind is None:
        rows["family_phone"] = _count(session, _phone, _phone.c.id == phone.id)
        return _receipt(session, rows, now)
    phone.welcomed_at = None
    receipt = _receipt(session, {**rows, "family_phone": 1}, now)
    body = receipt_text(words, receipt, language, channel="sms")
    outbox.put(session, phone, body, kind=kind, dedupe_key=RECEIPT_KEY + receipt.number, now=now, asked_at=now)
    return receipt


def receipt_text(words: Words, receipt: Receipt, language: str, channel: str = "") -> str:
    return words.say(DELETED, language, channel, receipt=receipt.number)


def _theirs(conversation_id: str | None, phone_id: str | None) -> ColumnElement[bool]:
    of_phone = Conversation.family_phone_id == phone_id
    this = Conversation.id == conversation_id
    return this if phone_id is None else of_phone if conversation_id is None else or_(this, of_phone)


def _delete(session: Session, conversation_id: str | None, phone_id: str | None) -> dict[str, int]:
    """Everything but the phone's own row; returns the counts."""
    theirs = select(Conversation.id).where(_theirs(conversation_id, phone_id)).order_by(Conversation.id)
    ids = list(session.scalars(theirs.with_for_update()))
    if phone_id is not None:
        session.execute(select(FamilyPhone.id).where(FamilyPhone.id == phone_id).with_for_update())
        ids = list(session.scalars(theirs))  # one may have been joined to the phone while we waited
    rows = {"tracker": _count(session, _tracker, _tracker.c.conversation_id.in_(ids))}
    for table, which in reversed(belonging(ids, phone_id).items()):
        if table is not _phone:
            rows[table.name] = _count(session, table, which)
    return rows


def belonging(ids: Sequence[str], phone_id: str | None) -> dict[Table, ColumnElement[bool]]:
    """Of each table that has rows of this family, which; what hangs on a row comes after it. Read from the tables themselves,
    so that a new one is never forgotten: a row belongs to what it would go with."""
    found: dict[Table, ColumnElement[bool]] = {_phone: _phone.c.id == phone_id, _conversation: _conversation.c.id.in_(ids)}
    for table in Base.metadata.sorted_tables:
        ways = [
            column.in_(select(key.column).where(found[key.column.table]))
            for column in table.columns
            for key in column.foreign_keys
            if key.ondelete == "CASCADE" and key.column.table in found
        ]
        if ways and table not in found:
            found[table] = or_(*ways)
    return found


def tables_of_families() -> frozenset[str]:
    """The names of all tables that hold anything of a family."""
    return frozenset({_tracker.name, *(table.name for table in belonging([], None))})


def _count(session: Session, table: Table, which: ColumnElement[bool]) -> int:
    """Delete these rows; returns how many."""
    return cast("CursorResult[Any]", session.execute(delete(table).where(which))).rowcount


def _receipt(session: Session, rows: Mapping[str, int], now: datetime) -> Receipt:
    signs = [secrets.choice(_SIGNS) for _ in range(8)]
    receipt = Receipt("".join(signs[:4]) + "-" + "".join(signs[4:]), {table: count for table, count in rows.items() if count})
    session.add(Erasure(receipt=receipt.number, at=now, rows=dict(receipt.rows)))
    return receipt
