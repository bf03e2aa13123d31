"""What an earlier import of the same source brought and this one no longer has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from resources_db.exchange.record import TABLES, Ref
from resources_db.exchange.report import Gone, Notes
from resources_db.exchange.reviews import Review, ask, decision, proposer
from resources_db.exchange.staging import NUMBER, Staging
from resources_db.exchange.storing import AT_ONCE, forget_rows, listings_of, owners
from resources_db.models import Base, ChangeRequest, MetadataEntry, Provenance, Service
from resources_db.search.reader import Reader

# What others may lean on stays until a person takes it away; and a log of what happened is never unwritten.
_KEPT = (
    "meta_table_description",
    "taxonomy",
    "taxonomy_term",
    "unit",
    "organization",
    "program",
    "service",
    "location",
    "service_at_location",
    "verification",
    "metadata",
)


_PAGE = f"""
SELECT resource_id, source_id FROM provenance WHERE source = ?1 AND resource_type = ?2 AND resource_id > ?3
ORDER BY resource_id LIMIT {AT_ONCE}"""


def came_before(session: Session, source: str) -> bool:
    """Whether the directory has anything of this source."""
    return session.scalar(select(Provenance.resource_id).where(Provenance.source == source).limit(1)) is not None


def pages_of_gone(session: Session, staging: Staging, notes: Notes, source: str) -> Iterator[list[tuple[Ref, str]]]:
    """The rows, as (row, its id in the source), a page of one table at a time.

    A table that the source does not have at all says nothing, and neither does one with rows whose id could
    not be read: of those, nothing is gone.
    """
    given = {number for (number,) in staging.db.execute("SELECT DISTINCT tbl FROM draft")}
    unsure = notes.unidentified()
    reader = Reader(session)
    for table in TABLES:
        if NUMBER[table] not in given or table in unsure or table in ("verification", "metadata"):
            continue
        last = ""
        while some := dict(reader.rows(_PAGE, source, table, last)):
            last = max(some)
            missing = some.keys() - staging.among(table, some)
            there = sorted(id_ for (id_,) in reader.rows(f'SELECT id FROM "{table}" WHERE id IN ?1', missing)) if missing else []
            if gone := [(Ref(table, id_), some[id_]) for id_ in there]:
                yield gone


def settle_gone(
    session: Session, staging: Staging, notes: Notes, source: str, page: list[tuple[Ref, str]], now: datetime, *, writes: bool
) -> set[Ref]:
    """Remove what belonged to a row that is still in the source; ask a person about services. Returns what was touched."""
    table = page[0][0].table
    columns = Base.metadata.tables[table]
    ids = [ref.id for ref, _ in page]
    rows = {row["id"]: dict(row) for row in session.execute(select(columns).where(columns.c.id.in_(ids))).mappings()}
    removed = set() if table in _KEPT else _removable(session, staging, table, rows)
    touched: set[Ref] = set()
    reviews = []
    for ref, said in page:
        row = rows[ref.id]
        notes.is_gone(Gone(table, said, str(row.get("name") or row.get("number") or ""), kept=ref.id not in removed))
        if ref.id in removed:
            touched |= listings_of(ref, row)
        elif table == "service" and row["status"] not in ("inactive", "defunct"):
            reviews.append(Review(ref, said, "status", row["status"], "inactive", "gone"))
    if writes:
        forget_rows(session, table, sorted(removed))
        ask(session, source, reviews, now)
    return touched


def welcome_back(session: Session, staging: Staging, source: str, now: datetime) -> None:
    """Settle the requests about services that were gone and are in the source again."""
    asked = select(ChangeRequest.__table__).where(
        ChangeRequest.proposed_by == proposer(source), ChangeRequest.reason == "gone", ChangeRequest.resource_type == "service"
    )
    last = ""
    while some := session.execute(asked.where(ChangeRequest.id > last).order_by(ChangeRequest.id).limit(AT_ONCE)).all():
        last = some[-1].id
        for request in some:
            if request.resource_id in staging.among("service", [request.resource_id]):
                _settle_return(session, source, request, now)


def _settle_return(session: Session, source: str, request: Any, now: datetime) -> None:
    if request.status == "open":
        settled = {"status": "rejected", "decided_by": proposer(source), "decided_at": now}
        session.execute(update(ChangeRequest).where(ChangeRequest.id == request.id).values(settled))
        return
    status = session.scalar(select(Service.status).where(Service.id == request.resource_id))
    if request.status == "accepted" and status == "inactive":
        # It was taken down because it was gone: whether it goes up again is for a person to say.
        back = Review(Ref("service", request.resource_id), "", "status", status, request.current_value or "active", "conflict")
        if decision(session, source, back) is None:
            ask(session, source, [back], now)


def _removable(session: Session, staging: Staging, table: str, rows: dict[str, dict[str, Any]]) -> set[str]:
    """Those whose owner is still in the source and that staff have not edited."""
    edited = set(
        session.scalars(
            select(MetadataEntry.resource_id).where(
                MetadataEntry.resource_type == table,
                MetadataEntry.resource_id.in_(rows),
                MetadataEntry.last_action_type == "edit",
            )
        )
    )
    return {
        id_
        for id_, row in rows.items()
        if id_ not in edited and any(owner.id in staging.among(owner.table, [owner.id]) for owner in owners(table, row))
    }
