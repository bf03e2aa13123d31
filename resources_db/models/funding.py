"""Who pays for an organization or a service."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id, reference


class Funding(Base):
    __tablename__ = "funding"

    id: Mapped[Id]
    organization_id: Mapped[str | None] = reference("organization")
    service_id: Mapped[str | None] = reference("service")
    source: Mapped[str | None]
