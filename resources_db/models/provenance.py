"""Where a row came from: the source, and what the row is called there."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class Provenance(Base):
    __tablename__ = "provenance"
    # To find what is gone from a source, without sorting.
    __table_args__ = (Index(None, "source", "resource_type", "resource_id"),)

    resource_type: Mapped[str] = mapped_column(primary_key=True)
    resource_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    file: Mapped[str | None]
    line: Mapped[int | None]
