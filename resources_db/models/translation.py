"""Profile: a field of a listing in another language."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id


class Translation(Base):
    __tablename__ = "translation"
    __table_args__ = (
        UniqueConstraint("resource_type", "resource_id", "field_name", "language"),
        CheckConstraint("method IN ('person', 'machine')", name="method"),
    )

    id: Mapped[Id]
    # The table, the row and the field that are translated.
    resource_type: Mapped[str]
    resource_id: Mapped[str] = mapped_column(String(36))
    field_name: Mapped[str]
    # ISO 639-1
    language: Mapped[str]
    value: Mapped[str]
    # person or machine
    method: Mapped[str]
    # The person or the program that translated it.
    translated_by: Mapped[str | None]
