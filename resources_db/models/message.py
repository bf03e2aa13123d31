"""Everything said in a conversation, in order, from the first day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class Message(Base):
    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        # each client id once: a retry finds the first one
        UniqueConstraint("conversation_id", "client_id"),
        CheckConstraint("sender IN ('family', 'homeward', 'staff')", name="sender"),
        # the few that wait among all that was ever said; SQLite uses it only for the very words SQLAlchemy writes
        Index("ix_message_waiting", "conversation_id", "seq", postgresql_where=text("waiting"), sqlite_where=text("waiting = 1")),
    )

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    seq: Mapped[int]
    sender: Mapped[str] = mapped_column(String(8))
    # Where it was said: web or sms.
    channel: Mapped[str] = mapped_column(String(4), default="web")
    client_id: Mapped[str | None] = mapped_column(String(64))
    # The family's message that this one answers.
    reply_to: Mapped[int | None]
    text: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    # What a tapped choice stands for; Rasa gets it in place of the text.
    payload: Mapped[str | None]
    # [{"label", "choice", "payload"}] under an answer; [] elsewhere.
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    matches: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    crisis: Mapped[str | None] = mapped_column(String(16))
    # True from acceptance until the answers are written, in one transaction with them.
    waiting: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
