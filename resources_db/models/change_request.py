"""A change to a listing that a person has to decide on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id


class ChangeRequest(Base):
    __tablename__ = "change_request"
    __table_args__ = (
        # One open request for a field from one proposer: proposing again replaces what was proposed.
        Index(
            "uq_change_request_open",
            "resource_id",
            "field_name",
            "proposed_by",
            unique=True,
            postgresql_where=text("status = 'open'"),
            sqlite_where=text("status = 'open'"),
        ),
        CheckConstraint("status IN ('open', 'accepted', 'rejected')", name="status"),
    )

    id: Mapped[Id]
    # The table, the row and the field that would change.
    resource_type: Mapped[str]
    resource_id: Mapped[str] = mapped_column(String(36))
    field_name: Mapped[str]
    current_value: Mapped[str | None]
    proposed_value: Mapped[str | None]
    # "import:" and the source, or who asked.
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    # conflict, gone, confidential_words, duplicate
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
