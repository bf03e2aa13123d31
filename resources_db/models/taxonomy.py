"""A list of terms that listings are sorted by."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id


class Taxonomy(Base):
    __tablename__ = "taxonomy"

    id: Mapped[Id]
    name: Mapped[str]
    description: Mapped[str | None]
    uri: Mapped[str | None]
    version: Mapped[str | None]
