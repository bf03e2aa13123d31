"""Profile: which needs a service meets, worked out from its attributes so that a search need not."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class ServiceNeed(Base):
    """A projection: the importer rebuilds it in the transaction that changes the attributes."""

    __tablename__ = "service_need"
    __table_args__ = (Index(None, "code", "service_id"),)

    service_id: Mapped[str] = mapped_column(String(36), ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
