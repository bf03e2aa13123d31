"""Families with phones and partners with hours, and a clock that is moved by hand."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from sqlalchemy import Engine, select, update

from resources_db.conversations import start_conversation
from resources_db.database import session_scope
from resources_db.models.call_request import CallRequest
from resources_db.models.conversation import Conversation
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.program_count import ProgramCount
from resources_db.models.share import Share
from resources_db.models.staff_member import StaffMember
from resources_db.models.staff_task import StaffTask
from resources_db.people import calls, shares
from resources_db.people.calls import Asked
from resources_db.people.hours import hours_of_family
from resources_db.people.matching import Partner, best_partner
from resources_db.phones import remember_phone
from resources_db.sealing import Sealer
from resources_db.words import Words, load_words

#: Half past ten on a Monday morning in California.
MORNING = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
OURS, FAMILY, OTHER = "+19165550100", "+19165550123", "+19165550145"
SECRET = "k" * 40
WEEKDAYS = [{"days": "01234", "from": "09:00", "until": "17:00"}]
SHARED = "Phone ending in 23\nLanguage: English\nAbout: Food"


@cache
def words() -> Words:
    return load_words()


class World:
    def __init__(self, engine: Engine, now: datetime = MORNING) -> None:
        self.engine, self.now, self.sealer = engine, now, Sealer([SECRET])

    def later(self, **how_much: float) -> None:
        self.now += timedelta(**how_much)

    def do(self, work: Any, *args: Any, **more: Any) -> Any:
        with session_scope(self.engine) as session:
            return work(session, *args, **more)

    def staff(self, name: str, **more: Any) -> str:
        """A partner who speaks both languages, has weekdays from 9 to 5 in California and room for ten families."""
        row: dict[str, Any] = {
            "id": str(uuid.uuid4()), "email": f"{uuid.uuid4().hex}@example.org", "name": name, "roles": ["partner"], "site": None,
            "active": True, "languages": ["en", "es"], "hours": WEEKDAYS, "time_zone": "America/Los_Angeles", "tags": [],
            "caseload_cap": 10, "introduction": {}, "created_at": self.now,
        }  # fmt: skip
        with session_scope(self.engine) as session:
            session.add(StaffMember(**row | more))
        return str((row | more)["id"])

    def change(self, staff_id: str, **columns: Any) -> None:
        with session_scope(self.engine) as session:
            session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(**columns))

    def family(self, number: str | None = FAMILY, *, language: str = "en", site: str | None = None) -> str:
        """The id of its conversation."""
        with session_scope(self.engine) as session:
            thread, _ = start_conversation(session, language=language, now=self.now, lifetime=timedelta(days=30), site=site)
            if number is not None:
                phone = remember_phone(session, self.sealer, number, our_number=OURS, language=language, site=site, now=self.now)
                tied = {"family_phone_id": phone.id, "joined_at": self.now}
                session.execute(update(Conversation).where(Conversation.id == thread.id).values(tied))
        return thread.id

    def best(self, conversation_id: str | None = None, language: str = "en", **more: Any) -> Partner | None:
        with session_scope(self.engine, writes=False) as session:
            family = hours_of_family(session, self.sealer, conversation_id) if conversation_id else None
            return best_partner(
                session, language=language, now=self.now, family=family, conversation_id=conversation_id,
                **{"site": None, **more},
            )  # fmt: skip

    def ask(self, conversation_id: str, partner: Partner | None, text: str = SHARED) -> Asked:
        whom = f"{partner.name} (parent partner)" if partner else "our team"
        asked: Asked = self.do(
            calls.ask_call, self.sealer, conversation_id, partner=partner, shared_text=text, with_whom=whom, now=self.now
        )
        return asked

    def escalate(self) -> int:
        """All that is late, as the worker does it: how many rounds found something."""
        rounds = 0
        while self.do(calls.escalate, self.sealer, words(), self.now):
            rounds += 1
        return rounds

    def look(self, share_id: str | None, staff_id: str) -> shares.Looked | None:
        found: shares.Looked | None = self.do(shares.look, self.sealer, share_id, staff_id, self.now)
        return found

    def shares(self, conversation_id: str) -> list[shares.Shared]:
        found: list[shares.Shared] = self.do(shares.shares_of, self.sealer, conversation_id)
        return found

    def call(self, call_id: str) -> CallRequest:
        rows: list[CallRequest] = self._all(select(CallRequest).where(CallRequest.id == call_id))
        return rows[0]

    def tasks(self) -> list[StaffTask]:
        return self._all(select(StaffTask).order_by(StaffTask.created_at))

    def texts(self) -> list[OutgoingText]:
        return self._all(select(OutgoingText).order_by(OutgoingText.position))

    def said(self, conversation_id: str) -> list[Message]:
        return self._all(select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq))

    def conversation(self, conversation_id: str) -> Conversation:
        rows: list[Conversation] = self._all(select(Conversation).where(Conversation.id == conversation_id))
        return rows[0]

    def sealed(self, share_id: str) -> str:
        return str(self._all(select(Share).where(Share.id == share_id))[0].sealed)

    def counted(self, measure: str) -> int:
        return sum(row.count for row in self._all(select(ProgramCount).where(ProgramCount.measure == measure)))

    def _all(self, query: Any) -> list[Any]:
        with session_scope(self.engine, writes=False) as session:
            rows = list(session.scalars(query))
            session.expunge_all()
            return rows
