"""A person at an organization; never shown to families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.location import Location
    from resources_db.models.organization import Organization
    from resources_db.models.service import Service
    from resources_db.models.service_at_location import ServiceAtLocation


class Contact(Base):
    __tablename__ = "contact"

    id: Mapped[Id]
    organization_id: Mapped[str | None] = reference("organization")
    service_id: Mapped[str | None] = reference("service")
    service_at_location_id: Mapped[str | None] = reference("service_at_location")
    location_id: Mapped[str | None] = reference("location")
    name: Mapped[str | None]
    title: Mapped[str | None]
    department: Mapped[str | None]
    email: Mapped[str | None]

    organization: Mapped[Organization | None] = relationship()
    service: Mapped[Service | None] = relationship()
    service_at_location: Mapped[ServiceAtLocation | None] = relationship()
    location: Mapped[Location | None] = relationship()
