"""One term of a taxonomy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, mapped_column, relationship

from resources_db.models.base import Base, Id, reference

if TYPE_CHECKING:
    from resources_db.models.taxonomy import Taxonomy


class TaxonomyTerm(Base):
    __tablename__ = "taxonomy_term"

    id: Mapped[Id]
    code: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str]
    description: Mapped[str | None]
    parent_id: Mapped[str | None] = reference("taxonomy_term", on_delete="SET NULL")
    taxonomy: Mapped[str | None]
    language: Mapped[str | None]
    taxonomy_id: Mapped[str | None] = reference("taxonomy")
    term_uri: Mapped[str | None]

    taxonomy_detail: Mapped[Taxonomy | None] = relationship()
