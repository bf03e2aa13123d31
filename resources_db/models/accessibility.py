"""What makes a place usable for people with disabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.location import Location


class Accessibility(Base):
    __tablename__ = "accessibility"

    id: Mapped[Id]
    location_id: Mapped[str | None] = reference("location")
    description: Mapped[str | None]
    details: Mapped[str | None]
    url: Mapped[str | None]

    location: Mapped[Location | None] = relationship()
