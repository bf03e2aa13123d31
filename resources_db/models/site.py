"""An agency's own Homeward within an installation: its number for texts, and how long it keeps what families say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class Site(Base):
    __tablename__ = "site"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    # +1… or the id of a messaging service (MG…); None: texts come from the installation's own number.
    sms_from: Mapped[str | None] = mapped_column(String(40), unique=True)
    # None: as the settings say.
    web_hours: Mapped[int | None]
    sms_days: Mapped[int | None]
    segments_a_day: Mapped[int | None]
    created_at: Mapped[datetime]
