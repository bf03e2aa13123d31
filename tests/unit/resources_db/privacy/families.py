"""Families with everything that can be kept of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from resources_db import conversations, messages, outbox
from resources_db.claims import Claim
from resources_db.models import (
    Consent,
    Conversation,
    FamilyPhone,
    IncomingText,
    Message,
    OptOut,
    OutgoingText,
    Ticket,
    Tracker,
)
from resources_db.models.base import Base
from resources_db.sealing import Sealer
from resources_db.trackers import save_tracker

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
SEALER = Sealer(["a key of these tests, long enough to be one"])
OURS = "+19165550100"
KEPT: tuple[type[Base], ...] = (Conversation, Message, Tracker, OutgoingText, Ticket, Consent, FamilyPhone)


@dataclass(frozen=True)
class Family:
    web: str
    texting: str
    phone_id: str
    number: str


def claim(now: datetime = NOW) -> Claim:
    return Claim("us", now, timedelta(seconds=20))


def add_phone(
    session: Session, number: str, now: datetime = NOW, sealer: Sealer = SEALER, site: str | None = None
) -> FamilyPhone:
    phone = FamilyPhone(
        id=f"phone {number}", digest=sealer.digest(number), sealed=sealer.seal(number), key_id=sealer.key_id, language="en",
        our_number=OURS, site=site, created_at=now, seen_at=now, welcomed_at=now, last_position=0,
    )  # fmt: skip
    session.add(phone)
    session.flush()
    return phone


def add_family(session: Session, number: str, now: datetime = NOW) -> Family:
    """Chatted on the web, then by text: a message and Rasa's memory in each thread, a text on its way, a ticket, a consent."""
    phone = add_phone(session, number, now)
    ids = []
    for web in (True, False):
        if web:
            thread, _ = conversations.start_conversation(session, language="en", now=now, lifetime=timedelta(hours=24))
        else:
            thread = conversations.start_texting(session, phone.id, language="en", now=now, lifetime=timedelta(days=30))
        messages.accept(session, thread, client_id="1", text=f"food for {number}", claim=claim(now))
        save_tracker(session, thread.id, f'[{{"event": "user", "text": "{number}"}}]')
        ids.append(thread.id)
    session.get_one(Conversation, ids[0]).family_phone_id = phone.id
    outbox.put(session, phone, f"for {number}", kind="reply", dedupe_key=f"r {number}", now=now, conversation_id=ids[1])
    session.add(
        Ticket(digest=f"t {number}", kind="card", conversation_id=ids[0], content={"ids": [number]}, attempts=0,
               created_at=now, expires_at=now + timedelta(days=1))
    )  # fmt: skip
    session.add(
        Consent(id=f"c {number}", family_phone_id=phone.id, given="opt_in", wording="yes", source="text", language="en", at=now)
    )
    session.add(IncomingText(digest=f"i {number}", at=now))
    session.add(OptOut(digest=SEALER.digest(number), key_id=SEALER.key_id, at=now))
    session.flush()
    return Family(*ids, phone.id, number)


def count(session: Session, table: type[Base]) -> int:
    return session.scalars(select(func.count()).select_from(table)).one()


def counts(engine: Engine) -> dict[str, int]:
    """How many rows there are of what belongs to families."""
    with Session(engine) as session:
        return {table.__tablename__: count(session, table) for table in KEPT if count(session, table)}
