"""A code with which a center or a worker invites families to check-ins. It says who invited, and tells them nothing back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class Invite(Base):
    __tablename__ = "invite"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    # Which of our keys made the digest.
    key_id: Mapped[str] = mapped_column(String(8))
    site: Mapped[str | None] = mapped_column(String(64))
    # What staff call it: "front desk poster".
    label: Mapped[str] = mapped_column(String(80))
    made_by: Mapped[str | None] = reference("staff_member", on_delete="SET NULL")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    uses: Mapped[int] = mapped_column(default=0)
    most_uses: Mapped[int]
