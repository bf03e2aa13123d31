"""What a capacity is counted in: beds, rooms, places for children."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id


class Unit(Base):
    __tablename__ = "unit"

    id: Mapped[Id]
    name: Mapped[str]
    scheme: Mapped[str | None]
    identifier: Mapped[str | None]
    uri: Mapped[str | None]
