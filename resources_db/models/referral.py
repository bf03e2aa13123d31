"""Referrals: what a family chose from the listings, and what came of it, with who said so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class Referral(Base):
    """One listing that one family wants to try; the newest event's status is repeated here."""

    __tablename__ = "referral"
    __table_args__ = (CheckConstraint("way IN ('call', 'request', 'partner')", name="way"),)

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    # No foreign keys: a listing may be deleted, and what the family did stays.
    service_at_location_id: Mapped[str | None] = mapped_column(String(36))
    service_id: Mapped[str] = mapped_column(String(36), index=True)
    need: Mapped[str] = mapped_column(String(32))
    # The ZIP the family was looking near, if it gave one.
    zip: Mapped[str | None] = mapped_column(String(5))
    # How it wants to go about it; None while that is not said.
    way: Mapped[str | None] = mapped_column(String(8))
    # A code of resources_db/referrals/statuses.yml.
    status: Mapped[str] = mapped_column(String(24))
    # Why not, a code of resources_db/referrals/barriers.yml.
    barrier: Mapped[str | None] = mapped_column(String(24))
    created_at: Mapped[datetime]
    status_at: Mapped[datetime]
    # The words with which the family agreed to be asked later; None: it is not asked.
    follow_up_wording: Mapped[str | None]
    # A request that the family is being shown and has not said "send" to yet (resources_db/referrals/requests.py), sealed.
    draft: Mapped[str | None]
    draft_at: Mapped[datetime | None]


class ReferralEvent(Base):
    """A line of a referral's history; lines are added, never changed."""

    __tablename__ = "referral_event"
    __table_args__ = (CheckConstraint("said_by IN ('family', 'provider', 'staff', 'homeward')", name="said_by"),)

    id: Mapped[Id]
    referral_id: Mapped[str] = reference("referral")
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(24))
    said_by: Mapped[str] = mapped_column(String(10))
    barrier: Mapped[str | None] = mapped_column(String(24))
    staff_id: Mapped[str | None] = mapped_column(String(36))
