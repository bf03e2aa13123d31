"""How much of a service is left, as somebody said at some moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id, reference

#: For so long after `updated` a capacity is told that does not say when it expires.
CAPACITY_HOLDS = timedelta(days=7)


class ServiceCapacity(Base):
    __tablename__ = "service_capacity"

    id: Mapped[Id]
    service_id: Mapped[str] = reference("service")
    unit_id: Mapped[str] = reference("unit")
    available: Mapped[float]
    maximum: Mapped[float | None]
    description: Mapped[str | None]
    updated: Mapped[datetime]
    # Profile: not told to families from this moment on; CAPACITY_HOLDS where it is not said.
    expires_at: Mapped[datetime | None]
