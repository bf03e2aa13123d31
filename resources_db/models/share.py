"""What a family lets somebody see: one thing, to one person or organization, until it takes that back; and who looked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class Share(Base):
    __tablename__ = "share"

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    # The person who may look; None: an organization outside, named in `with_whom`.
    staff_id: Mapped[str | None] = reference("staff_member")
    # As the family reads it: "Ana, parent partner".
    with_whom: Mapped[str]
    # call, request or record
    what: Mapped[str] = mapped_column(String(10))
    # Exactly what the family was shown and agreed to, sealed; emptied when it is taken back.
    sealed: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ShareLook(Base):
    """A line for each time somebody looked; lines are added, never changed."""

    __tablename__ = "share_look"

    id: Mapped[Id]
    share_id: Mapped[str] = reference("share")
    staff_id: Mapped[str | None] = reference("staff_member", on_delete="SET NULL")
    at: Mapped[datetime]
