"""Deleting everything of a family at once, because they asked, with a receipt that says nothing of them.

What stays: digests of the texts that were taken in (a carrier that delivers one again must not get it answered twice),
and the digest of a number that wants no texts (forgetting it would mean texting again). Neither holds words or a number.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select
from sqlalchemy.orm import Session

from resources_db import outbox
from resources_db.models.base import Base
from resources_db.models.consent import Consent
from resources_db.models.conversation import Conversation
from resources_db.models.erasure import Erasure
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.ticket import Ticket
from resources_db.models.tracker import Tracker
from resources_db.words import Words

#: The words of the receipt; `{receipt}` in them is its number.
DELETED = "utter_deleted"
#: The outbox keys of receipts begin with it: the phone of a settled one goes (retention.py).
RECEIPT_KEY = "erased "

# No vowels, so that no words come of it, and nothing that looks like another sign.
_SIGNS = "BCDFGHJKMNPQRTVWXYZ2346789"


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
        rows["family_phone"] = _count(session, FamilyPhone, FamilyPhone.id == phone_id)
    return _receipt(session, rows, now)


def erase_by_text(
    session: Session, phone: FamilyPhone, words: Words, *, language: str, now: datetime, kind: str | None = "notice"
) -> Receipt:
    """Delete everything of this phone and put the receipt into the outbox, as a text of this `kind`; None is no text.

    The phone's row and that one text live until it is sent or given up; then retention removes them.
    """
    rows = _delete(session, None, phone.id)
    if kind is None:
        rows["family_phone"] = _count(session, FamilyPhone, FamilyPhone.id == phone.id)
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
    texts: ColumnElement[bool] = OutgoingText.conversation_id.in_(ids)
    rows = {"consent": 0}
    if phone_id is not None:
        texts = or_(texts, OutgoingText.family_phone_id == phone_id)
        rows["consent"] = _count(session, Consent, Consent.family_phone_id == phone_id)
    rows["outgoing_text"] = _count(session, OutgoingText, texts)
    rows["ticket"] = _count(session, Ticket, Ticket.conversation_id.in_(ids))
    rows["message"] = _count(session, Message, Message.conversation_id.in_(ids))
    rows["tracker"] = _count(session, Tracker, Tracker.conversation_id.in_(ids))
    rows["conversation"] = _count(session, Conversation, Conversation.id.in_(ids))
    return rows


def _count(session: Session, table: type[Base], which: ColumnElement[bool]) -> int:
    """Delete these rows; returns how many."""
    return cast("CursorResult[Any]", session.execute(delete(table).where(which))).rowcount


def _receipt(session: Session, rows: Mapping[str, int], now: datetime) -> Receipt:
    signs = [secrets.choice(_SIGNS) for _ in range(8)]
    receipt = Receipt("".join(signs[:4]) + "-" + "".join(signs[4:]), {table: count for table, count in rows.items() if count})
    session.add(Erasure(receipt=receipt.number, at=now, rows=dict(receipt.rows)))
    return receipt
