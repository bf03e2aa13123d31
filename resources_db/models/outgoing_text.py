"""The outbox: every text to a phone, from the moment it is decided until its end is known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference

#: The states of a text whose end is not known yet.
OPEN = ("due", "sending", "unknown")
_OPEN = f"state IN {OPEN}"


class OutgoingText(Base):
    __tablename__ = "outgoing_text"
    __table_args__ = (
        # one after the other to each phone
        UniqueConstraint("family_phone_id", "position"),
        Index("ix_outgoing_text_open", "due_at", postgresql_where=text(_OPEN), sqlite_where=text(_OPEN)),
    )

    id: Mapped[Id]
    family_phone_id: Mapped[str] = reference("family_phone")
    conversation_id: Mapped[str | None] = reference("conversation")
    position: Mapped[int]
    # Deciding the same thing twice makes one text.
    dedupe_key: Mapped[str] = mapped_column(String(100), unique=True)
    # reply, notice (what the law wants said: HELP, START, a deletion), code, list, check_in; and what goes even to a number that
    # said stop: stop (the confirmation), crisis
    kind: Mapped[str] = mapped_column(String(16))
    # Emptied as soon as nobody needs it any more.
    body: Mapped[str]
    segments: Mapped[int]
    from_number: Mapped[str] = mapped_column(String(40))
    # The family's own message that this answers came at this moment; None for a text they did not ask for just now.
    asked_at: Mapped[datetime | None]
    # due → sending → sent → delivered | failed; unknown: the carrier was asked and nobody knows its answer;
    # suppressed: not sent because the family said stop, or a limit was reached
    state: Mapped[str] = mapped_column(String(12), default="due")
    due_at: Mapped[datetime]
    # Not handed over from then on: a check-in that is late waits for the family's next safe hours.
    not_after: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    sending_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    # The carrier's, such as 21610 or 30007; or a word of ours.
    error: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
