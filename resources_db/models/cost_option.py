"""What it costs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.service import Service


class CostOption(Base):
    __tablename__ = "cost_option"

    id: Mapped[Id]
    service_id: Mapped[str] = reference("service")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    option: Mapped[str | None]
    currency: Mapped[str | None]
    amount: Mapped[float | None]
    amount_description: Mapped[str | None]

    service: Mapped[Service] = relationship()
