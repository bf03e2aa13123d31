"""Whom a service serves, by where they live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.service import Service
    from resources_db.models.service_at_location import ServiceAtLocation


class ServiceArea(Base):
    __tablename__ = "service_area"

    id: Mapped[Id]
    service_id: Mapped[str | None] = reference("service")
    service_at_location_id: Mapped[str | None] = reference("service_at_location")
    name: Mapped[str | None]
    description: Mapped[str | None]
    # Profile: codes joined by commas: "US", "CA", "CA/Sacramento County,CA/Yolo County", "92701,92703".
    extent: Mapped[str | None]
    # Profile: nation, state, county, postal_code, or text (unknown coverage, excludes nobody).
    extent_type: Mapped[str | None]
    uri: Mapped[str | None]

    service: Mapped[Service | None] = relationship()
    service_at_location: Mapped[ServiceAtLocation | None] = relationship()
