"""Counts for the program view: numbers of a week, never of a family. They outlive what they counted."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class ProgramCount(Base):
    __tablename__ = "program_count"

    # The Monday of the week.
    week: Mapped[date] = mapped_column(primary_key=True)
    # "" where there is none.
    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    # A measure of resources_db/program/counting.py.
    measure: Mapped[str] = mapped_column(String(24), primary_key=True)
    need: Mapped[str] = mapped_column(String(32), primary_key=True)
    zip: Mapped[str] = mapped_column(String(5), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    # Of a duration: a class of resources_db/program/counting.py, such as "1-3d"; "" elsewhere.
    span: Mapped[str] = mapped_column(String(8), primary_key=True)
    count: Mapped[int]
