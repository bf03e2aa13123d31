"""That something was deleted when a family asked: when and how many rows of each table, nothing of whom or what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class Erasure(Base):
    __tablename__ = "erasure"

    # The receipt's number, as the family gets it.
    receipt: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]
    # {table: rows}
    rows: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
