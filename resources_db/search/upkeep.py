"""No edit forgets the search: what the ORM writes is noted, and the search tables follow before anybody looks.

Statements that go around the ORM (the importer's) call `refresh_search` themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from resources_db.search.projection import refresh_search
from resources_db.search.reader import Reader

_TOUCHED = "homeward_search_touched"

# By table: the columns that lead to what its rows say something about.
_OWNERS = {
    "service": ("id",),
    "service_at_location": ("service_id", "location_id"),
    "service_need": ("service_id",),
    "service_area": ("service_id", "service_at_location_id"),
    "schedule": ("service_id", "service_at_location_id", "location_id"),
    "holiday_schedule": ("service_id", "service_at_location_id", "location_id"),
    "language": ("service_id", "location_id", "phone_id"),
    "phone": ("service_id", "service_at_location_id", "location_id", "organization_id"),
    "address": ("location_id",),
    "location": ("id",),
    "organization": ("id",),
    "program": ("id",),
    "attribute": ("link_id",),
    "verification": ("resource_id",),
    "listing_report": ("service_id",),
    "translation": ("resource_id",),
    "taxonomy_term": ("id",),
}
# By column, or table for its own id: the services that hang on these ids.
_SERVICES = {
    "service_id": ("SELECT id FROM service WHERE id IN ?1", "SELECT service_id FROM search_listing WHERE service_id IN ?1"),
    "service_at_location_id": ("SELECT service_id FROM service_at_location WHERE id IN ?1",),
    "location_id": ("SELECT service_id FROM service_at_location WHERE location_id IN ?1",),
    "organization_id": ("SELECT id FROM service WHERE organization_id IN ?1",),
    "program_id": ("SELECT id FROM service WHERE program_id IN ?1",),
    "phone_id": (
        "SELECT service_id FROM phone WHERE id IN ?1 AND service_id IS NOT NULL",
        "SELECT s.service_id FROM phone p JOIN service_at_location s ON s.id = p.service_at_location_id WHERE p.id IN ?1",
        "SELECT s.service_id FROM phone p JOIN service_at_location s ON s.location_id = p.location_id WHERE p.id IN ?1",
        "SELECT s.id FROM phone p JOIN service s ON s.organization_id = p.organization_id WHERE p.id IN ?1",
    ),
    "taxonomy_term_id": (
        "SELECT link_id FROM attribute WHERE taxonomy_term_id IN ?1 AND link_entity = 'service'",
        "SELECT s.service_id FROM attribute a JOIN service_at_location s ON s.id = a.link_id WHERE a.taxonomy_term_id IN ?1",
    ),
}
# An id that says no table may be either's.
_SERVICES["link_id"] = _SERVICES["resource_id"] = _SERVICES["service_id"] + _SERVICES["service_at_location_id"]


def settle(session: Session) -> None:
    """Bring the search tables up to what this session has written so far."""
    if session.new or session.dirty or session.deleted:
        session.flush()
    touched: dict[str, set[str]] = session.info.pop(_TOUCHED, {})
    if touched:
        refresh_search(session, services_of(session, touched))


def services_of(session: Session, ids: dict[str, set[str]]) -> set[str]:
    """The services that say something else when rows with these ids, by the column that refers to them, change."""
    reader = Reader(session)
    found = set(ids.get("service_id", ()))
    for column, some in ids.items():
        for statement in _SERVICES[column]:
            found.update(service for (service,) in reader.rows(statement, some))
    return found


def _note(session: Session, rows: Iterable[Any]) -> None:
    touched: dict[str, set[str]] = session.info.setdefault(_TOUCHED, defaultdict(set))
    for row in rows:
        table = row.__tablename__
        for column in _OWNERS.get(table, ()):
            history = inspect(row).attrs[column].history
            name = column if column != "id" else f"{table}_id"
            touched[name].update(value for value in (*history.sum(),) if value)


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    """What a deleted row leads to, as long as it is there."""
    deleted = [row for row in session.deleted if row.__tablename__ in _OWNERS]
    if deleted:
        _note(session, deleted)
        touched = session.info[_TOUCHED]
        with session.no_autoflush:
            touched["service_id"] |= services_of(session, {name: ids for name, ids in touched.items() if ids})


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    _note(session, _of_interest(session.new, session.dirty))


def _of_interest(*groups: Collection[Any]) -> list[Any]:
    return [row for group in groups for row in group if row.__tablename__ in _OWNERS]


event.listen(Session, "before_flush", _before_flush)
event.listen(Session, "after_flush", _after_flush)
event.listen(Session, "before_commit", settle)
