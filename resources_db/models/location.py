"""A place, or a virtual one, where an organization can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Index, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.organization import Organization


class Location(Base):
    __tablename__ = "location"
    __table_args__ = (
        CheckConstraint("location_type IN ('physical', 'postal', 'virtual')", name="location_type"),
        Index(None, "latitude", "longitude"),
    )

    id: Mapped[Id]
    # physical, postal or virtual
    location_type: Mapped[str]
    url: Mapped[str | None]
    organization_id: Mapped[str | None] = reference("organization", on_delete="SET NULL")
    name: Mapped[str | None]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    transportation: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    external_identifier: Mapped[str | None]
    external_identifier_type: Mapped[str | None]

    # Profile: a confidential place has no address and no point; public_note says what to do instead.
    confidential: Mapped[bool] = mapped_column(default=False, server_default=false())
    public_note: Mapped[str | None]
    # Profile: an IANA name, such as Pacific/Honolulu.
    timezone: Mapped[str | None]

    organization: Mapped[Organization | None] = relationship()
