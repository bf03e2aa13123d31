"""Saying what is due: each contact in one transaction, which also plans what comes after it.

Whoever is killed in the middle has said nothing, and whoever comes later finds it said; so it needs no lease of its own. By text,
the same transaction puts the text into the outbox, which has its own ways to hand it to the carrier once.

Locked are the conversations, then the phone, then the contact, and nobody is waited for: what somebody else holds is said at the
next look.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db import messages, outbox
from resources_db.check_ins.plans import plan_next
from resources_db.check_ins.stopping import end, stop_of_phone
from resources_db.consent import is_opted_out
from resources_db.contacts import rows
from resources_db.contacts.follow_ups import hours_of, hours_of_plan, plan_row
from resources_db.contacts.speaker import Said, Speaker
from resources_db.contacts.windows import NoSafeHours, SafeHours, Window, next_moment, window_at
from resources_db.conversations import Conversation, lock_conversation, newest_of_phone
from resources_db.database import session_scope
from resources_db.messages import SMS, WEB, Answer
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.program.counting import Measure, count
from resources_db.sealing import Sealer
from resources_db.sms.options import menu, offered
from resources_db.words import Words

logger = logging.getLogger(__name__)

Speakers = Mapping[str, Speaker]
#: What became of a contact that was looked at; "busy": another has it, or its phone, just now.
Outcome = Literal["said", "put_off", "expired", "cancelled", "busy"]

#: How many are looked at before others in need of the database have their turn.
_AT_ONCE = 50
#: A family that wrote so lately is in the middle of something.
_A_TALK = timedelta(minutes=30)
#: A text is claimed, and then handed over within some seconds: this long before the window ends nothing is claimed any more.
_HANDING_OVER = timedelta(seconds=60)
#: After a failure that is ours, such as a key that is missing.
_TRIED_AGAIN = timedelta(minutes=10)


def say_what_is_due(engine: Engine, sealer: Sealer, words: Words, speakers: Speakers, now: datetime) -> dict[str, int]:
    """Some of what is due is said, put off or ended; returns how many had which Outcome. {} when nothing is due.

    speakers: by kind (check_in, ending, follow_up); a kind without one is left alone.
    """
    with session_scope(engine, writes=False) as session:
        due = select(ScheduledContact.id).where(rows.IS_DUE, ScheduledContact.due_at <= now, ScheduledContact.kind.in_(speakers))
        ids = list(session.scalars(due.order_by(ScheduledContact.due_at).limit(_AT_ONCE)))
    random.shuffle(ids)  # two workers that look at the same moment do not stand at the same doors
    outcomes: dict[str, int] = {}
    for contact_id in ids:
        try:
            with session_scope(engine) as session:
                outcome = say(session, contact_id, sealer, words, speakers, now)
        except Exception:
            logger.exception("contact %s could not be said", contact_id)
            outcome = _try_later(engine, contact_id, now)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes


def say(session: Session, contact_id: str, sealer: Sealer, words: Words, speakers: Speakers, now: datetime) -> Outcome:
    """Say one contact if it is still to be said, now; otherwise put it off or end it."""
    found = _lock(session, contact_id, now)
    if found is None:
        return "busy"
    contact, thread, phone, plan = found
    if contact.state != "due" or contact.due_at > now:
        return "busy"
    return _Saying(session, sealer, words, speakers, now, contact, thread, phone, plan).decide()


@dataclass
class _Saying:
    """One contact, all that it touches being locked. `thread` is where it is said: the newest of the family's phone."""

    session: Session
    sealer: Sealer
    words: Words
    speakers: Speakers
    now: datetime
    contact: ScheduledContact
    thread: Conversation
    phone: FamilyPhone | None
    plan: CheckInPlan | None

    def __post_init__(self) -> None:
        number = self.sealer.open(self.phone.sealed) if self.phone else None
        stopped = number is not None and is_opted_out(self.session, self.sealer, number)
        self.stopped = stopped
        by_text = self.plan.channel == SMS if self.plan else not stopped
        self.number = number if by_text else None
        self.channel = SMS if self.number else WEB
        own = self.contact.conversation_id
        self.hours: SafeHours = hours_of_plan(self.plan) if self.plan else hours_of(self.session, own, number)

    def decide(self) -> Outcome:
        contact, plan, now = self.contact, self.plan, self.now
        if plan is not None and contact.plan_id is not None:
            if plan.channel == SMS and (self.phone is None or self.stopped):
                return self._stop()
            if not self._holds(plan):
                contact.state = "cancelled"
                return "cancelled"
        if now >= contact.expires_at:
            return self._expire()
        window = window_at(self.hours, now, self.number)
        not_before = max(self._end_of_pause(), self._end_of_talk(), self._tomorrow_if_said_today())
        if window is None or not_before > window.end - _HANDING_OVER:
            return self._put_off(not_before)
        if not_before > now:
            contact.due_at = not_before
            return "put_off"
        said = self.speakers[contact.kind](
            self.session, contact, self.words, self.sealer, self.thread.language, self.channel, now
        )
        if said is None:
            contact.state = "cancelled"
            self._go_on()
            return "cancelled"
        self._say(said, window)
        return "said"

    # --- what becomes of it

    def _say(self, said: Said, window: Window) -> None:
        contact, now = self.contact, self.now
        answer = Answer(said.text, choices=said.choices)
        messages.ask(self.session, self.thread, answer, asked=said.asked, channel=self.channel, now=now)
        counted = contact.outgoing_text_id is not None  # by a text that came too late to leave
        if self.phone is not None and self.channel == SMS:
            options = offered([answer])
            body = "\n".join([said.text, *([menu(options, self.words, self.thread.language)] if options else [])])
            contact.outgoing_text_id = outbox.put(
                self.session, self.phone, body, kind="check_in", dedupe_key=f"contact:{contact.id}:{now.isoformat()}", now=now,
                conversation_id=self.thread.id, not_after=window.end - _HANDING_OVER,
            )  # fmt: skip
        contact.state, contact.said_at = "said", now
        if contact.kind == "check_in":
            if self.plan is not None:
                self.plan.missed = False
            if not counted:
                self._count("check_in_said")
        self._go_on()

    def _put_off(self, not_before: datetime) -> Outcome:
        try:
            due_at, _ = next_moment(self.hours, not_before, self.number)
        except NoSafeHours:  # the rules for this phone have changed since the family chose
            logger.warning("no hour is left for contact %s", self.contact.id)
            due_at = self.contact.expires_at
        if due_at >= self.contact.expires_at:
            return self._expire()
        self.contact.due_at = due_at
        return "put_off"

    def _expire(self) -> Outcome:
        self.contact.state = "expired"
        if self.plan is not None and self.contact.kind == "check_in":
            self.plan.missed = True
            self._count("check_in_missed")
        self._go_on()
        return "expired"

    def _stop(self) -> Outcome:
        """The number said STOP, and whoever wrote that down did not know of this plan."""
        assert self.plan is not None
        if self.phone is not None:
            stop_of_phone(self.session, self.phone.id, self.now)
        end(self.session, self.plan, "opt_out", self.now)
        self.contact.state = "cancelled"
        return "cancelled"

    def _go_on(self) -> None:
        """Plan what comes after this one; after the goodbye, nothing, whether it was said or not."""
        if self.plan is None or self.contact.plan_id is None:
            return
        if self.contact.kind == "ending":
            return end(self.session, self.plan, "finished", self.now)
        self.session.flush()
        step = date.fromisoformat(self.contact.step)
        today = self.now.astimezone(self.hours.zone).date()
        # said late, on a day on which the next one would be due: that one has been said with it
        after = max(step, today) if self.contact.state == "said" else max(step, today - timedelta(days=1))
        try:
            plan_next(self.session, self.plan, after=after, number=self.number, now=self.now)
        except NoSafeHours:  # looked at again when it is due: the rules for this phone may have changed once more
            plan_next(self.session, self.plan, after=after, number=None, now=self.now)

    # --- whether it may be said

    def _holds(self, plan: CheckInPlan) -> bool:
        """Whether the plan still wants it. A goodbye, with which a plan ends, may be due again: its text could not leave."""
        if self.contact.kind == "ending" and plan.ended_why == "finished":
            return self.contact.plan_version == plan.version - 1
        return self.contact.plan_version == plan.version and self._runs(plan)

    def _runs(self, plan: CheckInPlan) -> bool:
        if plan.state == "paused" and plan.paused_until is not None and plan.paused_until <= self.now:
            plan.state, plan.paused_until = "active", None
        return plan.state == "active"

    def _end_of_pause(self) -> datetime:
        """Whoever pauses check-ins wants no other question either; a check-in does not come here before the end of it."""
        if self.plan is None or self.plan.state != "paused":
            return self.now
        return max(self.now, self.plan.paused_until or self.now + timedelta(days=1))

    def _end_of_talk(self) -> datetime:
        """When a family that is in the middle of something will be left in peace for a while."""
        theirs = Message.conversation_id == self.thread.id, Message.sender == messages.FAMILY
        lately = self.session.execute(
            select(Message.waiting, Message.at).where(*theirs).order_by(Message.seq.desc()).limit(1)
        ).first()
        if lately is None:
            return self.now
        last = self.now if lately.waiting else lately.at
        return max(self.now, last + _A_TALK) if last <= self.now else self.now

    def _tomorrow_if_said_today(self) -> datetime:
        """Nobody hears of us twice on a day without having asked."""
        zone = self.hours.zone
        today = self.now.astimezone(zone).date()
        midnight = datetime(today.year, today.month, today.day, tzinfo=zone)
        ours = ScheduledContact.conversation_id.in_({self.thread.id, self.contact.conversation_id})
        today_until_now = ScheduledContact.said_at.between(midnight, self.now)
        if self.session.scalar(select(ScheduledContact.id).where(ours, today_until_now).limit(1)) is None:
            return self.now
        tomorrow = today + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)

    def _count(self, measure: Measure) -> None:
        site = select(ConversationRow.site).where(ConversationRow.id == self.contact.conversation_id)
        count(self.session, measure, self.now, site=self.session.scalar(site), language=self.thread.language)


def _lock(
    session: Session, contact_id: str, now: datetime
) -> tuple[ScheduledContact, Conversation, FamilyPhone | None, CheckInPlan | None] | None:
    seen = session.execute(
        select(ScheduledContact.conversation_id, ScheduledContact.state, ConversationRow.family_phone_id)
        .join(ConversationRow, ConversationRow.id == ScheduledContact.conversation_id)
        .where(ScheduledContact.id == contact_id)
    ).first()
    if seen is None or seen.state != "due":
        return None
    own, phone_id = seen.conversation_id, seen.family_phone_id
    thread_id = (newest_of_phone(session, phone_id, now) if phone_id else None) or own
    threads = select(ConversationRow.id).where(ConversationRow.id.in_({own, thread_id})).with_for_update(skip_locked=True)
    if set(session.scalars(threads)) != {own, thread_id}:
        return None
    thread = lock_conversation(session, thread_id)
    phone = None
    if phone_id:
        free = select(FamilyPhone).where(FamilyPhone.id == phone_id).with_for_update(skip_locked=True)
        phone = session.scalar(free.execution_options(populate_existing=True))
    this = select(ScheduledContact).where(ScheduledContact.id == contact_id).with_for_update(skip_locked=True)
    contact = session.scalar(this.execution_options(populate_existing=True))
    if thread is None or contact is None or thread.family_phone_id != (phone.id if phone else None):
        return None
    if contact.plan_id is not None:
        return contact, thread, phone, session.get(CheckInPlan, contact.plan_id, populate_existing=True)
    plan = plan_row(session, own)
    return contact, thread, phone, plan if plan and plan.state != "ended" else None


def _try_later(engine: Engine, contact_id: str, now: datetime) -> Outcome:
    with session_scope(engine) as session:
        contact = session.get(ScheduledContact, contact_id, with_for_update=True)
        if contact is not None and contact.state == "due":
            contact.due_at = now + _TRIED_AGAIN
    return "put_off"
