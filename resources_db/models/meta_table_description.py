"""In which language and characters a source wrote its tables."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id


class MetaTableDescription(Base):
    __tablename__ = "meta_table_description"

    id: Mapped[Id]
    name: Mapped[str | None]
    language: Mapped[str | None]
    character_set: Mapped[str | None]
