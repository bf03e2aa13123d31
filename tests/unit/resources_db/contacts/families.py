"""Families with plans, a clock that is moved by hand, and words of our own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db import consent, messages, outbox
from resources_db.check_ins import plans
from resources_db.check_ins.plans import Choice, Plan
from resources_db.claims import Claim
from resources_db.contacts import Said
from resources_db.contacts.saying import Speakers, say_what_is_due
from resources_db.conversations import lock_conversation, start_conversation, start_texting
from resources_db.database import session_scope
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.program_count import ProgramCount
from resources_db.outbox import Sending
from resources_db.phones import find_phone, remember_phone
from tests.unit.resources_db.sms.world import FAMILY, OURS, World, words

LOS_ANGELES = "America/Los_Angeles"
#: Half past ten on a Monday morning in California.
MONDAY = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
MONTH = timedelta(days=30)


def opening(session: Session, contact: ScheduledContact, *_: Any) -> Said | None:
    plan = session.get(CheckInPlan, contact.plan_id)
    sorry = "Sorry we missed you. " if plan is not None and plan.missed else ""
    return Said(f"{sorry}How is food?", [("Fine", "/answer fine"), ("Hard", "/answer hard")], f"check_in {contact.id} food")


def ending(*_: Any) -> Said | None:
    return Said("This was the last one.", [], "")


def follow_up(session: Session, contact: ScheduledContact, *_: Any) -> Said | None:
    return Said("Did you get through?", [("Yes", "/yes"), ("No", "/no")], f"follow_up {contact.id} {contact.referral_id}")


SPEAKERS: Speakers = {"check_in": opening, "ending": ending, "follow_up": follow_up}


class Families(World):
    def __init__(self, engine: Engine, now: datetime = MONDAY) -> None:
        super().__init__(engine, now)
        self.speakers = dict(SPEAKERS)

    def thread(self, number: str | None = FAMILY, language: str = "en") -> str:
        """A new conversation, by text or, without a number, on the web."""
        with session_scope(self.engine) as session:
            if number is None:
                return start_conversation(session, language=language, now=self.now, lifetime=timedelta(days=1))[0].id
            phone = remember_phone(session, self.sealer, number, our_number=OURS, language=language, site=None, now=self.now)
            return start_texting(session, phone.id, language=language, now=self.now, lifetime=MONTH).id

    def enrolled(self, number: str | None = FAMILY, **choice: Any) -> str:
        conversation_id = self.thread(number)
        self.enrol(conversation_id, **choice)
        return conversation_id

    def enrol(self, conversation_id: str, **choice: Any) -> Plan:
        today = self.now.astimezone(ZoneInfo(choice.get("time_zone", LOS_ANGELES))).date()
        given = {"rhythm": "own", "every_days": 1, "home_on": today, "time_zone": LOS_ANGELES, **choice}
        with session_scope(self.engine) as session:
            return plans.enrol(
                session, self.sealer, conversation_id, Choice(**given), wording="Yes, check on me", language="en", now=self.now
            )

    def work(self) -> dict[str, int]:
        """One look of a worker at what is due."""
        return say_what_is_due(self.engine, self.sealer, words(), self.speakers, self.now)

    def until(self, moment: datetime) -> None:
        """To a moment that was read from a row."""
        self.now = moment

    def contacts(self, state: str | None = None) -> list[ScheduledContact]:
        with session_scope(self.engine, writes=False) as session:
            rows = list(session.scalars(select(ScheduledContact).order_by(ScheduledContact.due_at, ScheduledContact.id)))
            session.expunge_all()
        return [row for row in rows if state in (None, row.state)]

    def due(self) -> ScheduledContact:
        """The only contact that is to be said."""
        [contact] = self.contacts("due")
        return contact

    def plan(self, conversation_id: str) -> Plan:
        with session_scope(self.engine, writes=False) as session:
            plan = plans.plan_of(session, conversation_id)
        assert plan is not None
        return plan

    def said(self, conversation_id: str) -> list[str]:
        with session_scope(self.engine, writes=False) as session:
            ours = Message.conversation_id == conversation_id, Message.sender == "homeward"
            return list(session.scalars(select(Message.text).where(*ours).order_by(Message.seq)))

    def writes(self, conversation_id: str, text: str = "hi", *, waiting: bool = False) -> None:
        with session_scope(self.engine) as session:
            conversation = lock_conversation(session, conversation_id)
            assert conversation is not None
            claim = Claim("gateway", self.now, timedelta(seconds=60))
            messages.accept(session, conversation, client_id=str(self.now), claim=claim, text=text, to_be_answered=waiting)

    def says_stop(self, number: str = FAMILY) -> None:
        self.do(consent.opt_out, self.sealer, number, "keyword", "en", self.now)

    def handed_over(self) -> list[Sending]:
        """What the carrier is given now, and takes."""
        texts = self.claim()
        for text in texts:
            self.do(outbox.sent, text.id, "one", f"SM{text.id}", self.now)
        return texts

    def text_of(self, contact: ScheduledContact) -> OutgoingText:
        assert contact.outgoing_text_id is not None
        return self.row(contact.outgoing_text_id)

    def counted(self, measure: str) -> int:
        with session_scope(self.engine, writes=False) as session:
            return sum(session.scalars(select(ProgramCount.count).where(ProgramCount.measure == measure)))

    def phone_id(self, number: str = FAMILY) -> str:
        with session_scope(self.engine, writes=False) as session:
            phone = find_phone(session, self.sealer, number)
            assert phone is not None
            return phone.id


def local(moment: datetime, zone: str = LOS_ANGELES) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def day(iso: str) -> date:
    return date.fromisoformat(iso)


Work = Callable[[], dict[str, int]]
