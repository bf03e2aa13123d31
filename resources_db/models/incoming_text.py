"""Which texts were taken in, so that each is taken in once. Nothing of what they say, nor who wrote them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class IncomingText(Base):
    __tablename__ = "incoming_text"

    # A keyed digest of the carrier's id: the carrier's own would lead back to a phone.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
