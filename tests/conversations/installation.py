"""A whole Homeward with everything around it that a family's year needs: a carrier for texts, a mail server, two parent partners,
an invitation; and time, which passes by moving a family's rows into the past.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import Engine, func, select, update

from bot.sms_sandbox.carrier import Carrier
from bot.supervisor import free_port
from resources_db.check_ins import invites, plans
from resources_db.consent import next_allowed
from resources_db.conversations import conversation_of
from resources_db.database import make_engine, session_scope
from resources_db.models import (
    CheckInPlan,
    Conversation,
    FamilyPhone,
    Message,
    Organization,
    OutgoingText,
    ScheduledContact,
    StaffMember,
)
from resources_db.models.base import Base, UtcDateTime
from resources_db.privacy.erasure import belonging
from resources_db.sealing import Sealer
from resources_db.sms.gsm import fold
from resources_db.sms.numbers import state_of, zones_of
from tests.running import Chat, Homeward, homeward

ACCOUNT, TOKEN, OURS, KEY = "AC" + "7" * 32, "the token of a stand-in carrier", "+19165550100", "k" * 40
SEALER = Sealer([KEY])
#: Area codes of which one at least may be texted at (nearly) any hour: California, Guam, Puerto Rico.
_AREAS = ("916", "671", "787")
_PATIENCE = 60.0
_A_WHILE = timedelta(minutes=10)
_OPTION = re.compile(r"^(\d+)[.)]? (.+)$", re.MULTILINE)


class NobodyAwake(Exception):
    """It is night wherever there is a phone, from Guam to Puerto Rico."""


class Family:
    """A family that talks, on one channel."""

    channel = ""

    def __init__(self, place: Installation) -> None:
        self.place = place

    def say(self, text: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def tap(self, label: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def hear(self) -> list[dict[str, Any]]:
        """What Homeward says next without being asked."""
        raise NotImplementedError

    @property
    def ids(self) -> tuple[list[str], str | None]:
        """Its conversations, and its phone."""
        raise NotImplementedError

    def until(self, what: Callable[[], Any], name: str) -> Any:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if found := what():
                return found
            time.sleep(0.1)
        raise AssertionError(f"{name} did not come within {_PATIENCE:.0f} s")

    def enrol(self) -> None:
        """Check-ins as if they were chosen before, at any hour."""
        with session_scope(self.place.engine) as session:
            now = datetime.now(timezone.utc)
            choice = plans.Choice("steady", now.date() - timedelta(days=10), "America/Los_Angeles")
            plans.enrol(session, SEALER, self.ids[0][0], choice, wording="as before", language="en", now=now)

    # --- time

    def pass_time(self, span: timedelta) -> None:
        """Everything of this family happened so much earlier, and what is planned comes so much sooner."""
        with session_scope(self.place.engine) as session:
            ids, phone = self.ids
            for table, theirs in belonging(ids, phone).items():
                moments = [column for column in table.columns if isinstance(column.type, UtcDateTime)]
                keys = list(table.primary_key.columns)
                for row in session.execute(select(*keys, *moments).where(theirs)).all() if moments else ():
                    earlier = {c.name: at - span for c, at in zip(moments, row[len(keys) :], strict=True) if at is not None}
                    this = [key == value for key, value in zip(keys, row, strict=False)]
                    session.execute(update(table).where(*this).values(earlier))

    def pass_until(self, kind: str, hours: tuple[int, int] = (0, 24 * 60)) -> timedelta:
        """Time passes until something of this kind (check_in, follow_up, call) is due. hours: safe ones, in minutes after
        midnight; by default all, because it may be any time of the day here."""
        with session_scope(self.place.engine) as session:
            ids, _ = self.ids
            session.execute(
                update(CheckInPlan).where(CheckInPlan.conversation_id.in_(ids)).values(window_start=hours[0], window_end=hours[1])
            )
            if kind == "call":
                table = Base.metadata.tables["call_request"]
                due = session.scalar(
                    select(table.c.promised_by).where(table.c.conversation_id.in_(ids), table.c.ended_at.is_(None))
                )
            else:
                contacts = select(ScheduledContact).where(
                    ScheduledContact.conversation_id.in_(ids), ScheduledContact.state == "due", ScheduledContact.kind == kind
                )
                first = session.scalars(contacts.order_by(ScheduledContact.due_at).limit(1)).first()
                due = first and first.due_at
        assert due, f"no {kind} is planned"
        span: timedelta = max(due - datetime.now(timezone.utc) + timedelta(seconds=2), timedelta(hours=1))
        self.pass_time(span)
        return span


class OnTheWeb(Family):
    channel = "web"

    def __init__(self, place: Installation, language: str) -> None:
        super().__init__(place)
        self._chat: Chat = place.homeward.chat(language)
        self._seen = 0

    def say(self, text: str) -> list[dict[str, Any]]:
        return self._heard(self._chat.say(text)) or self.hear()

    def tap(self, label: str) -> list[dict[str, Any]]:
        return self._heard(self._chat.tap(label)) or self.hear()

    def hear(self) -> list[dict[str, Any]]:
        def news() -> list[dict[str, Any]]:
            return [m for m in self._chat.all(self._seen) if m["from"] == "homeward"]

        new: list[dict[str, Any]] = self.until(news, "a message")
        self._chat.heard += new
        return self._heard(new)

    def _heard(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self._seen = max([self._seen, *(m["seq"] for m in messages)])
        return messages

    @property
    def ids(self) -> tuple[list[str], str | None]:
        with session_scope(self.place.engine, writes=False) as session:
            return [conversation_of(session, self._chat.token, datetime.now(timezone.utc)).id], None


class ByText(Family):
    channel = "sms"

    def __init__(self, place: Installation, number: str) -> None:
        super().__init__(place)
        self.number = number
        self.texts: list[str] = []
        self._seen = 0

    def say(self, text: str) -> list[dict[str, Any]]:
        self.place.text(self.number, text)
        return self._new(self._settled)

    def tap(self, label: str) -> list[dict[str, Any]]:
        """By text a choice is its number."""
        return self.say(self.number_of(label))

    def number_of(self, label: str) -> str:
        offered: dict[str, str] = {name.strip(): number for number, name in _OPTION.findall("\n".join(self.texts))}
        assert fold(label) in offered, f"{label!r} was not offered: {self.texts}"
        return offered[fold(label)]

    def hear(self) -> list[dict[str, Any]]:
        return self._new(lambda: len(self._arrived()) > self._seen and self._settled())

    def silence(self) -> bool:
        """Whether no text has come since the last one that was read."""
        return len(self._arrived()) == self._seen

    def _arrived(self) -> list[str]:
        """All texts on the phone, also what the carrier says by itself."""
        return [message.body for message in self.place.carrier.messages if message.to == self.number]

    def _settled(self) -> bool:
        """Everything that was texted is answered, and the answers are on the phone."""
        self.place.carrier_settled()
        with session_scope(self.place.engine, writes=False) as session:
            ids, phone = self.ids
            waiting = session.scalar(select(Message.id).where(Message.conversation_id.in_(ids), Message.waiting).limit(1))
            now = datetime.now(timezone.utc)
            open_texts = OutgoingText.state.in_(("sending", "unknown")) | (
                (OutgoingText.state == "due") & (OutgoingText.due_at <= now)
            )
            unsent = session.scalar(select(OutgoingText.id).where(OutgoingText.family_phone_id == phone, open_texts).limit(1))
        return waiting is None and unsent is None

    def _new(self, ready: Callable[[], Any]) -> list[dict[str, Any]]:
        self.until(ready, f"an answer on {self.number}")
        self.texts = self._arrived()[self._seen :]
        self._seen += len(self.texts)
        with session_scope(self.place.engine, writes=False) as session:
            ids, _ = self.ids
            rows = session.scalars(
                select(Message).where(Message.conversation_id.in_(ids)).order_by(Message.at, Message.seq)
            ).all()
            last = max((n for n, row in enumerate(rows) if row.sender == "family"), default=-1)
            said = [row for row in rows[last + 1 :] if row.sender == "homeward"]
            facts = [
                {"matches": row.matches, "crisis": row.crisis, "language": row.language, "choices": row.choices} for row in said
            ]
        # what is expected of an answer is looked for in what the phone shows
        nothing: dict[str, Any] = {"matches": [], "crisis": None, "language": "", "choices": []}
        return [{**nothing, **fact, "text": ""} for fact in facts] + [{**nothing, "text": text} for text in self.texts]

    @property
    def ids(self) -> tuple[list[str], str | None]:
        with session_scope(self.place.engine, writes=False) as session:
            phone = session.scalar(select(FamilyPhone.id).where(FamilyPhone.digest == SEALER.digest(self.number)))
            theirs = select(Conversation.id).where(Conversation.family_phone_id == phone)
            return list(session.scalars(theirs)) if phone else [], phone


class _Mailbox:
    """What a mail server got."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=default))
        return "250 OK"


@dataclass
class Installation:
    homeward: Homeward
    engine: Engine
    carrier: Carrier
    loop: asyncio.AbstractEventLoop
    mailbox: _Mailbox
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(20))

    def family(self, channel: str, language: str) -> Family:
        return OnTheWeb(self, language) if channel == "web" else ByText(self, self.number())

    def number(self) -> str:
        """A phone that may be texted now, and for a while. Raises NobodyAwake."""
        now = datetime.now(timezone.utc)
        for area in _AREAS:
            number = f"+1{area}55501{next(self._numbers):02}"
            if all(next_allowed(at, zones_of(number), state_of(number)) == at for at in (now, now + _A_WHILE)):
                return number
        raise NobodyAwake("from 11 to 12 UTC nobody in the country may be texted unasked")

    def text(self, number: str, body: str) -> None:
        self.loop.call_soon_threadsafe(self.carrier.text, number, body)
        time.sleep(0.05)

    def carrier_settled(self) -> None:
        asyncio.run_coroutine_threadsafe(self.carrier.settled(), self.loop).result(_PATIENCE)

    def invite(self) -> str:
        """A new invitation of a family resource center."""
        with session_scope(self.engine) as session:
            now = datetime.now(timezone.utc)
            return invites.make(session, SEALER, label="front desk", site=None, made_by=None, days=30, most_uses=9, now=now)


PARTNERS: tuple[dict[str, Any], ...] = (
    {"id": "ana", "name": "Ana", "tags": ["removal", "recovery"], "introduction": {
        "en": "My kids came home four years ago. I know how long the nights are.",
        "es": "Mis hijos volvieron hace cuatro años. Sé lo largas que son las noches."}},
    {"id": "luis", "name": "Luis", "tags": ["father"], "introduction": {
        "en": "I'm a dad of three. I listen first.", "es": "Soy papá de tres. Primero escucho."}},
)  # fmt: skip


@contextlib.contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    loop, mailbox, port = asyncio.new_event_loop(), _Mailbox(), free_port()
    carrier = Carrier(ACCOUNT, TOKEN, {OURS: f"http://127.0.0.1:{port}/sms/twilio/inbound"})
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    serving = carrier.serving()
    api_base = asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(30)
    environment: dict[str, Any] = {
        "HOMEWARD_SMS_ACCOUNT_SID": ACCOUNT, "HOMEWARD_SMS_AUTH_TOKEN": TOKEN, "HOMEWARD_SMS_FROM": OURS,
        "HOMEWARD_SMS_API_BASE": api_base, "HOMEWARD_PUBLIC_URL": f"http://127.0.0.1:{port}", "HOMEWARD_SECRET_KEY": KEY,
        "HOMEWARD_SMTP_HOST": "127.0.0.1", "HOMEWARD_SMTP_PORT": str(mail.port), "HOMEWARD_SMTP_SECURITY": "none",
        "HOMEWARD_SMTP_FROM": "homeward@help.example.org", "HOMEWARD_TRUSTED_PROXIES": "1",
    }  # fmt: skip
    try:
        with homeward(folder, port=port, **environment) as running:
            engine = make_engine(f"sqlite:///{folder / 'homeward.db'}")
            try:
                running.chat().say("hello")  # the first turn takes longer than others
                _add_partners(engine)
                _open_mailboxes(engine)
                yield Installation(running, engine, carrier, loop, mailbox)
            finally:
                engine.dispose()
    finally:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result(30)
        mail.stop()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def _add_partners(engine: Engine) -> None:
    now = datetime.now(timezone.utc)
    always = [{"days": "0123456", "from": "00:00", "until": "24:00"}]
    with session_scope(engine) as session:
        for partner in PARTNERS:
            session.add(
                StaffMember(
                    **partner, email=f"{partner['id']}@example.org", roles=["partner"], languages=["en", "es"], hours=always,
                    caseload_cap=20, created_at=now,
                )
            )  # fmt: skip


def _open_mailboxes(engine: Engine) -> None:
    """No e-mail goes to a made-up place; here there is somebody to read it."""
    with session_scope(engine) as session:
        session.execute(
            update(Organization).values(is_sample=False, email=func.coalesce(Organization.email, "front-desk@example.org"))
        )


__all__ = ["ByText", "Family", "Installation", "OnTheWeb", "installed"]
