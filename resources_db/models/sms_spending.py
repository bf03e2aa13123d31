"""How many segments were sent on a day, which is what texts cost. It stays when a family's texts are deleted."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class SmsSpending(Base):
    __tablename__ = "sms_spending"

    # In UTC.
    day: Mapped[date] = mapped_column(primary_key=True)
    # "" for texts of no site
    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    segments: Mapped[int] = mapped_column(default=0)
