"""What to bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.service import Service


class RequiredDocument(Base):
    __tablename__ = "required_document"

    id: Mapped[Id]
    service_id: Mapped[str | None] = reference("service")
    document: Mapped[str | None]
    uri: Mapped[str | None]

    service: Mapped[Service | None] = relationship()
