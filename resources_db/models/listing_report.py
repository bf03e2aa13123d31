"""What families told of a listing when they tried it: one row a family, a listing and a kind, with nothing that leads to them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id


class ListingReport(Base):
    """Not among the verifications, which everybody may read: that one family got help on one day is nobody's business."""

    __tablename__ = "listing_report"
    __table_args__ = (
        # Telling it again only changes the day.
        Index(None, "service_id", "kind", "family", unique=True),
        CheckConstraint("kind IN ('wrong_phone', 'unreached', 'helped')", name="kind"),
    )

    id: Mapped[Id]
    # No foreign key: a listing may be deleted.
    service_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(12))
    # Stands for a family at this listing and nowhere else; once the family's rows are deleted nothing leads back.
    family: Mapped[str] = mapped_column(String(32))
    # The day, in UTC, and no time.
    reported_on: Mapped[date] = mapped_column(index=True)
