"""What a search reads instead of the directory's own tables: rows worked out from them by `resources_db.search`.

Nobody else writes here. Rows go in and out with the listings they are made from, in the same transaction.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base


class _Facts:
    """What decides a listing's rank, in numbers; `resources_db.search.layout` says what they mean."""

    # Two letters, or none where it is not known.
    state: Mapped[str] = mapped_column(String(2))
    # The same for all places of a service, and for no other service.
    service: Mapped[int] = mapped_column(BigInteger)
    flags: Mapped[int]
    languages: Mapped[int] = mapped_column(BigInteger)
    # Bits of all needs the service meets.
    needs: Mapped[int]
    # Decimal years: from the first age that may come up to the first that is too old.
    first_age: Mapped[float]
    end_age: Mapped[float]
    # The ordinal of the day on which it was last made sure of; 0 for never.
    checked: Mapped[int]
    # Which row of search_area; 0 for none.
    areas: Mapped[int] = mapped_column(BigInteger)
    # The ordinals of the last days on which it is doubtful, and known to have helped; 0 where it is neither.
    doubted_until: Mapped[int]
    helped_until: Mapped[int]
    # Each half hour of the week, in UTC, in which it may be open: one bit, the day's first the lowest.
    monday: Mapped[int] = mapped_column(BigInteger)
    tuesday: Mapped[int] = mapped_column(BigInteger)
    wednesday: Mapped[int] = mapped_column(BigInteger)
    thursday: Mapped[int] = mapped_column(BigInteger)
    friday: Mapped[int] = mapped_column(BigInteger)
    saturday: Mapped[int] = mapped_column(BigInteger)
    sunday: Mapped[int] = mapped_column(BigInteger)


class SearchPlace(_Facts, Base):
    """A service at a place with a point, once for each need and once for need 0, which is any."""

    __tablename__ = "search_place"
    __table_args__ = (Index(None, "need", "state", "spot"), {"sqlite_with_rowid": False})

    need: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    # Its square of the earth's surface, then a serial number.
    spot: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # Miles that its rank cannot do without, whoever asks.
    base: Mapped[float]
    # Meters from the earth's center.
    x: Mapped[float]
    y: Mapped[float]
    z: Mapped[float]


class SearchUnplaced(_Facts, Base):
    """A service without a place, or at one to which no distance may be told: once for each area it serves."""

    __tablename__ = "search_unplaced"
    __table_args__ = (Index(None, "spot"), {"sqlite_with_rowid": False})

    need: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(primary_key=True)
    base: Mapped[float] = mapped_column(primary_key=True)
    # Negative, so that it is no place's.
    spot: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class SearchListing(Base):
    """Whose spot it is, and what its exact hours depend on."""

    __tablename__ = "search_listing"
    __table_args__ = ({"sqlite_with_rowid": False},)

    spot: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    service_id: Mapped[str] = mapped_column(String(36), index=True)
    service_at_location_id: Mapped[str | None] = mapped_column(String(36))
    location_id: Mapped[str | None] = mapped_column(String(36))
    # IANA name
    timezone: Mapped[str | None]


class SearchArea(Base):
    """A set of service areas that listings share; the id is made from it, so a row never changes."""

    __tablename__ = "search_area"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # JSON: [[extent_type, extent], ...]
    areas: Mapped[str]


class SearchText(Base):
    """A listing's words, folded, with one space between; on SQLite the index over them is the table search_words."""

    __tablename__ = "search_text"
    __table_args__ = ({"sqlite_with_rowid": False},)

    spot: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    words: Mapped[str]


class SearchWord(Base):
    """Every word of search_text, to correct the spelling of those that are not among them."""

    __tablename__ = "search_word"
    __table_args__ = ({"sqlite_with_rowid": False},)

    word: Mapped[str] = mapped_column(primary_key=True)


class SearchState(Base):
    """One row: the layout the search tables were made in. Another one's, or none, means that they must be made anew."""

    __tablename__ = "search_state"

    layout: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
