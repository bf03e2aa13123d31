"""One family's thread, on the web, by text or both. Whoever holds the token may speak in it; only its hash is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class Conversation(Base):
    __tablename__ = "conversation"

    id: Mapped[Id]
    # None in a thread that was never on the web.
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    # The phone that belongs to it, since `joined_at`; a phone's newest thread is the one its texts go to.
    family_phone_id: Mapped[str | None] = reference("family_phone")
    joined_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(2))
    site: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # The token opens nothing from then on, though the thread goes on by text; None: as long as the thread.
    token_until: Mapped[datetime | None]
    # The number of the newest message; the next one takes the number after it.
    last_seq: Mapped[int] = mapped_column(default=0)
    # A question of ours that was said outside a turn (a check-in); what is written next may answer it: actions/question.py.
    open_question: Mapped[str | None] = mapped_column(String(120))
    # Who is answering right now, and until when that claim holds if the answerer dies.
    turn_owner: Mapped[str | None] = mapped_column(String(36))
    turn_until: Mapped[datetime | None]
