"""A family asked that a person calls: who, by when, and whether it happened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference

_OPEN = "state IN ('waiting', 'promised', 'missed')"


class CallRequest(Base):
    __tablename__ = "call_request"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'promised', 'missed', 'called', 'closed')", name="state"),
        Index("ix_call_request_open", "promised_by", postgresql_where=text(_OPEN), sqlite_where=text(_OPEN)),
    )

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    # None: nobody is free; staff find somebody.
    staff_id: Mapped[str | None] = reference("staff_member", on_delete="SET NULL")
    referral_id: Mapped[str | None] = reference("referral")
    # What the family shared for it.
    share_id: Mapped[str | None] = reference("share")
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    # What the family was told: they call before this moment.
    promised_by: Mapped[datetime | None]
    # The promise was not kept: when it was handed on, and how often.
    escalated_at: Mapped[datetime | None]
    escalations: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    # reached, no_answer, left_message; or why it was closed.
    outcome: Mapped[str | None] = mapped_column(String(24))
