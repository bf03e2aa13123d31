"""The state of a conversation as Rasa keeps it between two messages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class Tracker(Base):
    __tablename__ = "tracker"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    events: Mapped[str]
    saved_at: Mapped[datetime]
