"""A phone that texts with us. The number itself is sealed (resources_db/sealing.py) and found by a keyed digest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id


class FamilyPhone(Base):
    __tablename__ = "family_phone"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[str]
    # Which of our keys sealed it and made the digest, so that a retired key can be seen to be unused.
    key_id: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    # Our number, or messaging service, that this family last wrote to: what we send comes from it.
    our_number: Mapped[str] = mapped_column(String(40))
    site: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    # When it was told who we are and how to stop; None until the first answer.
    welcomed_at: Mapped[datetime | None]
    # The position of the newest text to this phone; the next one takes the number after it.
    last_position: Mapped[int] = mapped_column(default=0)
