"""Profile: dates on which the usual hours do not hold. The name and the columns are those of HSDS 1 and 2."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id, reference


class HolidaySchedule(Base):
    __tablename__ = "holiday_schedule"

    id: Mapped[Id]
    service_id: Mapped[str | None] = reference("service")
    location_id: Mapped[str | None] = reference("location")
    service_at_location_id: Mapped[str | None] = reference("service_at_location")
    # Closed on all these days, or else open from opens_at to closes_at instead of the usual hours.
    closed: Mapped[bool]
    opens_at: Mapped[str | None]
    closes_at: Mapped[str | None]
    # In the place's own calendar; the end is one of the days.
    start_date: Mapped[date]
    end_date: Mapped[date]
    description: Mapped[str | None]
