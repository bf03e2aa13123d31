"""A term put on any record: its need, way of access or eligibility."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.taxonomy_term import TaxonomyTerm


class Attribute(Base):
    __tablename__ = "attribute"

    id: Mapped[Id]
    # The record it is put on; link_entity names its table.
    link_id: Mapped[str] = mapped_column(String(36), index=True)
    taxonomy_term_id: Mapped[str] = reference("taxonomy_term")
    # Profile: need, access, eligibility.
    link_type: Mapped[str | None]
    link_entity: Mapped[str]
    value: Mapped[str | None]
    label: Mapped[str | None]

    taxonomy_term: Mapped[TaxonomyTerm] = relationship()
