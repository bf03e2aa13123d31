"""Something handed out that opens one thing for a while: a link to a card, a link to the web page, a code for a phone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, reference


class Ticket(Base):
    __tablename__ = "ticket"

    # A keyed digest of what was handed out.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    # card, web or phone
    kind: Mapped[str] = mapped_column(String(8))
    conversation_id: Mapped[str] = reference("conversation")
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
