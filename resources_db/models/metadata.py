"""Who changed which record, when and how."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id


class MetadataEntry(Base):
    __tablename__ = "metadata"

    id: Mapped[Id]
    resource_id: Mapped[str] = mapped_column(String(36), index=True)
    resource_type: Mapped[str]
    last_action_date: Mapped[date]
    last_action_type: Mapped[str]
    field_name: Mapped[str]
    previous_value: Mapped[str]
    replacement_value: Mapped[str]
    updated_by: Mapped[str]
