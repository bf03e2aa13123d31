"""The staff inbox: what somebody at a center has to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference

_OPEN = "done_at IS NULL"


class StaffTask(Base):
    __tablename__ = "staff_task"
    __table_args__ = (
        CheckConstraint("kind IN ('request', 'call', 'listing')", name="kind"),
        Index(
            "ix_staff_task_open", "site", "due_at", postgresql_where=text("done_at IS NULL"), sqlite_where=text("done_at IS NULL")
        ),
    )

    id: Mapped[Id]
    # request: a family's request to hand on; call: a promise to a family that needs somebody; listing: check a listing.
    kind: Mapped[str] = mapped_column(String(8))
    site: Mapped[str | None] = mapped_column(String(64))
    # Asking for the same thing twice makes one task.
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    referral_id: Mapped[str | None] = reference("referral")
    call_request_id: Mapped[str | None] = reference("call_request")
    share_id: Mapped[str | None] = reference("share")
    # Of a listing.
    service_id: Mapped[str | None] = mapped_column(String(36))
    # Codes and counts only, never words of a family: {"barrier": "wrong_phone", "reports": 2}.
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = reference("staff_member", on_delete="SET NULL")
    outcome: Mapped[str | None] = mapped_column(String(24))
