"""Services of one organization that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.organization import Organization


class Program(Base):
    __tablename__ = "program"

    id: Mapped[Id]
    organization_id: Mapped[str] = reference("organization")
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]

    organization: Mapped[Organization] = relationship()
