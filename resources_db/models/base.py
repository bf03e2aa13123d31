"""What all tables share: constraint names, column kinds and the reference from one table to another."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Any, Literal

from sqlalchemy import DateTime, Dialect, Float, ForeignKey, MetaData, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

# Named constraints, so that a later migration can alter or drop them on both databases.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment. SQLite forgets the offset, so moments are stored in UTC and come back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


Id = Annotated[str, mapped_column(String(36), primary_key=True)]
"""A UUID as text, the primary key."""


class Base(DeclarativeBase):
    """The one declarative base: every table of the project, the directory's and later ones', hangs on it."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as declared
        str: Text(),
        float: Float(),
        datetime: UtcDateTime(),
    }


def reference(table: str, on_delete: Literal["CASCADE", "SET NULL"] = "CASCADE") -> MappedColumn[Any]:
    """An indexed foreign key to ``table.id``; required or not as the annotation says.

    By default the row goes when what it belongs to goes; "SET NULL" is for a row that stands without it.
    """
    return mapped_column(String(36), ForeignKey(f"{table}.id", ondelete=on_delete), index=True)


__all__ = ["NAMING_CONVENTION", "Base", "Id", "UtcDateTime", "reference"]
