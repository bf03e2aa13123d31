"""What an import leaves to a person: requests to change a listing, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.orm import Session

from resources_db.exchange.record import Ref
from resources_db.models import ChangeRequest


@dataclass(frozen=True)
class Review:
    """A field of a row that a person has to decide on; ``source_id`` is what the source calls the row."""

    ref: Ref
    source_id: str
    field: str
    current: str | None
    proposed: str | None
    reason: str


def as_text(value: Any) -> str:
    """A value as the history tells it."""
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def proposer(source: str) -> str:
    """How change requests name an import as the one who asked."""
    return f"import:{source}"


def decision(session: Session, source: str, review: Review) -> str | None:
    """What a person last decided on this very proposal: "accepted", "rejected", or None when nobody has."""
    return session.scalar(
        _same_field(source, review)
        .where(ChangeRequest.status != "open", ChangeRequest.proposed_value == review.proposed)
        .where(or_(ChangeRequest.decided_by.is_(None), ChangeRequest.decided_by != proposer(source)))
        .order_by(ChangeRequest.decided_at.desc())
        .limit(1)
        .with_only_columns(ChangeRequest.status)
    )


def ask(session: Session, source: str, reviews: Sequence[Review], now: datetime) -> None:
    """Open a request for each; one that is open gets what is proposed now, one that was decided is not asked again."""
    for review in reviews:
        open_one = session.execute(_same_field(source, review).where(ChangeRequest.status == "open")).first()
        if open_one:
            if (open_one.current_value, open_one.proposed_value, open_one.reason) != (
                review.current,
                review.proposed,
                review.reason,
            ):
                session.execute(
                    update(ChangeRequest)
                    .where(ChangeRequest.id == open_one.id)
                    .values(current_value=review.current, proposed_value=review.proposed, reason=review.reason, proposed_at=now)
                )
        elif decision(session, source, review) is None:
            session.execute(
                insert(ChangeRequest).values(
                    id=str(uuid4()),
                    resource_type=review.ref.table,
                    resource_id=review.ref.id,
                    field_name=review.field,
                    current_value=review.current,
                    proposed_value=review.proposed,
                    proposed_by=proposer(source),
                    proposed_at=now,
                    reason=review.reason,
                    status="open",
                )
            )


def withdraw(session: Session, source: str, table: str, said: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Close the conflicts about rows of a table that the source, by what it says of them now, no longer proposes."""
    asked = select(ChangeRequest.__table__).where(
        ChangeRequest.status == "open",
        ChangeRequest.reason == "conflict",
        ChangeRequest.proposed_by == proposer(source),
        ChangeRequest.resource_type == table,
        ChangeRequest.resource_id.in_(said),
    )
    for request in session.execute(asked).all():
        values = said[request.resource_id]
        if request.field_name in values and as_text(values[request.field_name]) != request.proposed_value:
            settled = {"status": "rejected", "decided_by": proposer(source), "decided_at": now}
            session.execute(update(ChangeRequest).where(ChangeRequest.id == request.id).values(settled))


def _same_field(source: str, review: Review) -> Select[Any]:
    return select(ChangeRequest.__table__).where(
        ChangeRequest.resource_type == review.ref.table,
        ChangeRequest.resource_id == review.ref.id,
        ChangeRequest.field_name == review.field,
        ChangeRequest.proposed_by == proposer(source),
    )
