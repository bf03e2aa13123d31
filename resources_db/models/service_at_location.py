"""A service offered at a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.location import Location
    from resources_db.models.service import Service


class ServiceAtLocation(Base):
    __tablename__ = "service_at_location"

    id: Mapped[Id]
    service_id: Mapped[str] = reference("service")
    location_id: Mapped[str] = reference("location")
    description: Mapped[str | None]

    service: Mapped[Service] = relationship()
    location: Mapped[Location] = relationship()
