"""Reading rows for a check: a few columns at a time, as they come, and only of listings that families see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal
from sqlalchemy.orm import Session

from resources_db.models import Location, Organization, Service
from resources_db.models.service import SHOWN

_AT_ONCE = 2_000


def stream(session: Session, statement: Select[Any]) -> Iterator[Row[Any]]:
    """The rows of a statement without holding all of them."""
    yield from session.execute(statement.execution_options(yield_per=_AT_ONCE))


def is_shown() -> ColumnElement[bool]:
    return Service.status.in_(SHOWN)


def listing_name() -> ColumnElement[str]:
    """What people call the listing, where a statement joins any of these tables (from outside in)."""
    return func.coalesce(Service.name, Location.name, Organization.name, literal("(no name)"))
