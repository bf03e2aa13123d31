"""A language spoken at a service, a place or a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.location import Location
    from resources_db.models.phone import Phone
    from resources_db.models.service import Service


class Language(Base):
    __tablename__ = "language"

    id: Mapped[Id]
    service_id: Mapped[str | None] = reference("service")
    location_id: Mapped[str | None] = reference("location")
    phone_id: Mapped[str | None] = reference("phone")
    name: Mapped[str | None]
    # ISO 639-1, or 639-3 where there is no shorter one.
    code: Mapped[str | None]
    note: Mapped[str | None]

    service: Mapped[Service | None] = relationship()
    location: Mapped[Location | None] = relationship()
    phone: Mapped[Phone | None] = relationship()
