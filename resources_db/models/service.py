"""What a family can get."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.organization import Organization
    from resources_db.models.program import Program


STATUSES = ("active", "inactive", "defunct", "temporarily closed")
#: Of these, families and the public are told of their own accord; the others are not offered now, or ended.
SHOWN = ("active", "temporarily closed")


class Service(Base):
    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("alert IS NULL OR alert_expires_on IS NOT NULL", name="alert_expires"),
    )

    id: Mapped[Id]
    organization_id: Mapped[str] = reference("organization")
    program_id: Mapped[str | None] = reference("program", on_delete="SET NULL")
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    url: Mapped[str | None]
    email: Mapped[str | None]
    # One of STATUSES.
    status: Mapped[str] = mapped_column(default="active")
    interpretation_services: Mapped[str | None]
    application_process: Mapped[str | None]
    fees_description: Mapped[str | None]
    wait_time: Mapped[str | None]
    fees: Mapped[str | None]
    accreditations: Mapped[str | None]
    eligibility_description: Mapped[str | None]
    # Profile: decimal years of the person served; 0.5 is six months.
    minimum_age: Mapped[float | None]
    maximum_age: Mapped[float | None]
    assured_date: Mapped[date | None]
    assurer_email: Mapped[str | None]
    licenses: Mapped[str | None]
    alert: Mapped[str | None]
    last_modified: Mapped[datetime | None]
    # Profile: the last day on which the alert is shown. There is no alert without one.
    alert_expires_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship()
    program: Mapped[Program | None] = relationship()
