"""When a service or a place is open: one row for each span of hours, in the local time of the place."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.location import Location
    from resources_db.models.service import Service
    from resources_db.models.service_at_location import ServiceAtLocation


class Schedule(Base):
    __tablename__ = "schedule"

    id: Mapped[Id]
    service_id: Mapped[str | None] = reference("service")
    location_id: Mapped[str | None] = reference("location")
    service_at_location_id: Mapped[str | None] = reference("service_at_location")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    dtstart: Mapped[date | None]
    # HSDS has an offset here; the IANA name is location.timezone.
    timezone: Mapped[float | None]
    until: Mapped[date | None]
    count: Mapped[int | None]
    wkst: Mapped[str | None]
    # WEEKLY or MONTHLY. Without freq, opens_at and closes_at the hours are unknown: description says all.
    freq: Mapped[str | None]
    interval: Mapped[int | None]
    byday: Mapped[str | None]
    byweekno: Mapped[str | None]
    bymonthday: Mapped[str | None]
    byyearday: Mapped[str | None]
    description: Mapped[str | None]
    # "HH:MM"; closing before opening means past midnight.
    opens_at: Mapped[str | None]
    closes_at: Mapped[str | None]
    schedule_link: Mapped[str | None]
    attending_type: Mapped[str | None]
    notes: Mapped[str | None]

    service: Mapped[Service | None] = relationship()
    location: Mapped[Location | None] = relationship()
    service_at_location: Mapped[ServiceAtLocation | None] = relationship()
