"""What a family agreed to and took back, in which words; and the numbers that want no texts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class Consent(Base):
    """A line of the record; lines are added, never changed, and go when the family's data goes."""

    __tablename__ = "consent"

    id: Mapped[Id]
    family_phone_id: Mapped[str] = reference("family_phone")
    # opt_in or opt_out
    given: Mapped[str] = mapped_column(String(8))
    # What was shown to the family when they agreed; for an opt-out, the kind of words (keyword, phrase, carrier).
    wording: Mapped[str]
    # text (they wrote first), web (the page and a code), carrier
    source: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    site: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


class OptOut(Base):
    """A number that gets no texts, at no site. It outlives the family's data: forgetting it would mean texting again."""

    __tablename__ = "opt_out"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
