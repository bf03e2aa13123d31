"""People who work with families: center staff, navigators and parent partners, and their signing in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class StaffMember(Base):
    __tablename__ = "staff_member"

    id: Mapped[Id]
    # In small letters; what they sign in with.
    email: Mapped[str] = mapped_column(String(254), unique=True)
    # As families read it: "Ana".
    name: Mapped[str] = mapped_column(String(80))
    # None: cannot sign in yet.
    password_hash: Mapped[str | None]
    # Some of admin (people, invites, program), staff (the inbox), partner (talks with families).
    roles: Mapped[list[str]] = mapped_column(JSON)
    # The agency's site they work for; None: all.
    site: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    # The rest is of a partner: language codes; [{"days": "01234", "from": "09:00", "until": "17:00"}], 0 is Monday, on the
    # clock of `time_zone`; what they have lived through (codes of resources_db/people/tags.yml); how many families at once.
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    hours: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    time_zone: Mapped[str] = mapped_column(String(40), default="America/Los_Angeles")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    caseload_cap: Mapped[int] = mapped_column(default=0)
    # How they introduce themselves, by language: {"en": …, "es": …}.
    introduction: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]


class StaffSession(Base):
    """A browser that is signed in; only a digest of its cookie is kept."""

    __tablename__ = "staff_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = reference("staff_member")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
