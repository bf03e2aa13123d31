"""Where a location is or gets its mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.location import Location


class Address(Base):
    __tablename__ = "address"

    id: Mapped[Id]
    location_id: Mapped[str | None] = reference("location")
    attention: Mapped[str | None]
    address_1: Mapped[str | None]
    address_2: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    state_province: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    # physical, postal or virtual
    address_type: Mapped[str]

    location: Mapped[Location | None] = relationship()
