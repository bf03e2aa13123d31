"""E-mail to providers: what a family approved word for word, until its end is known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference

_OPEN = "state IN ('due', 'sending')"


class OutgoingEmail(Base):
    __tablename__ = "outgoing_email"
    __table_args__ = (
        CheckConstraint("state IN ('due', 'sending', 'sent', 'failed', 'withdrawn')", name="state"),
        Index("ix_outgoing_email_open", "due_at", postgresql_where=text(_OPEN), sqlite_where=text(_OPEN)),
    )

    # Also its Message-ID: a mail server that gets it twice can tell.
    id: Mapped[Id]
    referral_id: Mapped[str] = reference("referral")
    # {"to", "subject", "body"} as JSON, sealed; emptied once it is sent.
    sealed: Mapped[str]
    state: Mapped[str] = mapped_column(String(10), default="due")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
