"""One more web address of an organization or a service, beside its main one."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id, reference


class Url(Base):
    __tablename__ = "url"

    id: Mapped[Id]
    label: Mapped[str | None]
    url: Mapped[str]
    organization_id: Mapped[str | None] = reference("organization")
    service_id: Mapped[str | None] = reference("service")
