"""One family's thread. Whoever holds the token may speak in it; only the token's hash is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id


class Conversation(Base):
    __tablename__ = "conversation"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    site: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # The number of the newest message; the next one takes the number after it.
    last_seq: Mapped[int] = mapped_column(default=0)
    # Who is answering right now, and until when that claim holds if the answerer dies.
    turn_owner: Mapped[str | None] = mapped_column(String(36))
    turn_until: Mapped[datetime | None]
