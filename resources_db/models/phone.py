"""A number to call, of an organization, a service, a place, a service there, or a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.contact import Contact
    from resources_db.models.location import Location
    from resources_db.models.organization import Organization
    from resources_db.models.service import Service
    from resources_db.models.service_at_location import ServiceAtLocation


class Phone(Base):
    __tablename__ = "phone"

    id: Mapped[Id]
    location_id: Mapped[str | None] = reference("location")
    service_id: Mapped[str | None] = reference("service")
    organization_id: Mapped[str | None] = reference("organization")
    contact_id: Mapped[str | None] = reference("contact")
    service_at_location_id: Mapped[str | None] = reference("service_at_location")
    # E.164 where the number could be read, else as it was given.
    number: Mapped[str]
    # Text: an extension may start with 0.
    extension: Mapped[str | None]
    # voice, text, fax, cell, tty, hotline, sms, ...
    type: Mapped[str | None]
    description: Mapped[str | None]

    location: Mapped[Location | None] = relationship()
    service: Mapped[Service | None] = relationship()
    organization: Mapped[Organization | None] = relationship()
    contact: Mapped[Contact | None] = relationship()
    service_at_location: Mapped[ServiceAtLocation | None] = relationship()
