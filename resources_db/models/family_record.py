"""What a family keeps for itself: what it did, and what it will do if something goes wrong. Only the family opens it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class RecordEntry(Base):
    """A class, a visit or such that was kept, in the family's own record."""

    __tablename__ = "record_entry"
    __table_args__ = (CheckConstraint("kind IN ('class', 'visit', 'meeting', 'appointment')", name="kind"),)

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    kind: Mapped[str] = mapped_column(String(12))
    on_date: Mapped[date]
    # In the family's own words, sealed.
    note_sealed: Mapped[str | None]
    created_at: Mapped[datetime]


class WhatIfPart(Base):
    """One part of a family's plan for bad days, in its own words, sealed."""

    __tablename__ = "what_if_part"
    __table_args__ = (
        UniqueConstraint("conversation_id", "part"),
        CheckConstraint("part IN ('relapse', 'childcare', 'crisis')", name="part"),
    )

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    part: Mapped[str] = mapped_column(String(10))
    text_sealed: Mapped[str]
    updated_at: Mapped[datetime]
