"""Who runs services."""

from __future__ import annotations

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class Organization(Base):
    __tablename__ = "organization"

    id: Mapped[Id]
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    tax_status: Mapped[str | None]
    tax_id: Mapped[str | None]
    year_incorporated: Mapped[int | None]
    legal_status: Mapped[str | None]
    logo: Mapped[str | None]
    uri: Mapped[str | None]
    parent_organization_id: Mapped[str | None] = reference("organization", on_delete="SET NULL")

    # Profile: the listing is made up, and says so wherever it is shown.
    is_sample: Mapped[bool] = mapped_column(default=False, server_default=false())
