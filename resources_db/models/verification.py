"""Profile: who made sure of a listing, when, how, and what came of it. An edit is no verification."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id


class Verification(Base):
    __tablename__ = "verification"
    __table_args__ = (
        Index(None, "resource_id", "verified_at"),
        CheckConstraint("method IN ('call', 'visit', 'email', 'site', 'provider', 'import', 'family_report')", name="method"),
        CheckConstraint("result IN ('confirmed', 'corrected', 'unreachable', 'closed')", name="result"),
    )

    id: Mapped[Id]
    # The table and the row that was looked at.
    resource_type: Mapped[str]
    resource_id: Mapped[str] = mapped_column(String(36))
    verified_at: Mapped[datetime]
    verified_by: Mapped[str]
    method: Mapped[str]
    # Names of the fields that were looked at, joined by commas; the whole listing where there are none.
    fields: Mapped[str | None]
    result: Mapped[str]
    note: Mapped[str | None]
