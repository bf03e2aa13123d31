"""A number that others know an organization by: its EIN, its id at 211 or in another directory."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from resources_db.models.base import Base, Id, reference


class OrganizationIdentifier(Base):
    __tablename__ = "organization_identifier"

    id: Mapped[Id]
    organization_id: Mapped[str] = reference("organization")
    identifier_scheme: Mapped[str | None]
    identifier_type: Mapped[str]
    identifier: Mapped[str]
