"""Families with everything that can be kept of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from resources_db import conversations, messages, outbox
from resources_db.claims import Claim
from resources_db.models import (
    CallRequest,
    CheckInAnswer,
    CheckInPlan,
    Consent,
    Conversation,
    FamilyPhone,
    IncomingText,
    Message,
    OptOut,
    OutgoingEmail,
    OutgoingText,
    RecordEntry,
    Referral,
    ReferralEvent,
    ScheduledContact,
    Share,
    ShareLook,
    StaffMember,
    StaffTask,
    Ticket,
    Tracker,
    WhatIfPart,
)
from resources_db.models.base import Base
from resources_db.sealing import Sealer
from resources_db.trackers import save_tracker

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
SEALER = Sealer(["a key of these tests, long enough to be one"])
OURS = "+19165550100"
KEPT: tuple[type[Base], ...] = (
    Conversation, Message, Tracker, OutgoingText, Ticket, Consent, FamilyPhone, CheckInPlan, ScheduledContact, CheckInAnswer,
    Referral, ReferralEvent, OutgoingEmail, CallRequest, Share, ShareLook, StaffTask, RecordEntry, WhatIfPart,
)  # fmt: skip


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
    """Chatted on the web, then by text: a message and Rasa's memory in each thread, a text on its way, a ticket, a consent; and
    by text all that comes after the kids come home."""
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
    add_a_year(session, ids[1], number, now)
    session.add(IncomingText(digest=f"i {number}", at=now))
    session.add(OptOut(digest=SEALER.digest(number), key_id=SEALER.key_id, at=now))
    session.flush()
    return Family(*ids, phone.id, number)


def add_plan(session: Session, thread: str, now: datetime = NOW, sealer: Sealer = SEALER, **more: object) -> CheckInPlan:
    plan = CheckInPlan(
        id=f"plan {thread[:8]}", conversation_id=thread, rhythm="steady", home_on=now.date(), time_zone="America/Los_Angeles",
        channel="sms", window_start=600, window_end=1140, discreet=True, safe_word_sealed=sealer.seal("marigold"), wording="yes",
        language="en", agreed_at=now, **more,
    )  # fmt: skip
    session.add(plan)
    session.flush()
    return plan


def add_a_year(session: Session, thread: str, number: str, now: datetime = NOW, sealer: Sealer = SEALER) -> None:
    """A plan, a check-in with an answer, a referral with a request by e-mail, a call, what was shared for both and who looked,
    a task, and the family's own record; each about `number`."""
    plan = add_plan(session, thread, now, sealer)
    partner = f"staff {sealer.digest(number)[:8]}"  # who stays when the family goes
    staff = StaffMember(id=partner, email=f"{partner}@example.org", name="Ana", roles=["partner"], created_at=now)
    referral = Referral(
        id=f"r {number}", conversation_id=thread, service_id="s", need="food", status="requested", created_at=now, status_at=now
    )
    session.add_all([staff, referral])
    session.flush()
    share = Share(
        id=f"sh {number}", conversation_id=thread, staff_id=staff.id, with_whom="Ana", what="call", sealed=sealer.seal(number),
        created_at=now,
    )  # fmt: skip
    contact = ScheduledContact(
        id=f"sc {number}", conversation_id=thread, kind="check_in", plan_id=plan.id, plan_version=1, step="2026-12-01",
        dedupe_key=f"sc {number}", wanted_at=now, due_at=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    session.add_all([share, contact])
    session.flush()
    call = CallRequest(
        id=f"cr {number}", conversation_id=thread, staff_id=staff.id, share_id=share.id, state="promised", asked_at=now
    )
    session.add(call)
    session.flush()
    session.add_all(
        [
            CheckInAnswer(
                id=f"a {number}", conversation_id=thread, contact_id=contact.id, item="food", answer="hard", severity=2, at=now
            ),
            ReferralEvent(id=f"e {number}", referral_id=referral.id, at=now, status="requested", said_by="family"),
            OutgoingEmail(id=f"m {number}", referral_id=referral.id, sealed=sealer.seal(number), due_at=now, created_at=now),
            ShareLook(id=f"l {number}", share_id=share.id, staff_id=staff.id, at=now),
            StaffTask(
                id=f"t {number}", kind="call", dedupe_key=f"t {number}", call_request_id=call.id, created_at=now, due_at=now
            ),
            RecordEntry(
                id=f"re {number}", conversation_id=thread, kind="class", on_date=now.date(), note_sealed=sealer.seal(number),
                created_at=now,
            ),
            WhatIfPart(
                id=f"w {number}", conversation_id=thread, part="crisis", text_sealed=sealer.seal(number), updated_at=now
            ),
        ]
    )  # fmt: skip
    session.flush()


def count(session: Session, table: type[Base]) -> int:
    return session.scalars(select(func.count()).select_from(table)).one()


def counts(engine: Engine) -> dict[str, int]:
    """How many rows there are of what belongs to families."""
    with Session(engine) as session:
        return {table.__tablename__: count(session, table) for table in KEPT if count(session, table)}
