"""A family's plan of check-ins: chosen, changed, paused and ended by the family, each in one transaction.

Every change makes a new version and withdraws what was planned under the one before; only the next contact of a plan is ever
a row. The functions lock the conversation, and a phone after it, as everybody does.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from resources_db import consent
from resources_db.check_ins.rhythm import MONTHS, Rhythm, Step, months_after, next_step
from resources_db.check_ins.stopping import end, stop_of_phone
from resources_db.contacts import rows
from resources_db.contacts.follow_ups import hours_of_plan, plan_row
from resources_db.contacts.windows import MINUTES_A_DAY, NoSafeHours, next_moment
from resources_db.conversations import Conversation, lock_conversation, save_conversation
from resources_db.errors import ResourcesError
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.models.referral import Referral
from resources_db.phones import phone_of
from resources_db.program.counting import Measure, count
from resources_db.sealing import Sealer

__all__ = [
    "BadChoice", "Choice", "NoPhone", "NoPlan", "NoSafeHours", "Plan", "RhythmOver", "change", "enrol", "next_check_in", "pause",
    "plan_next", "plan_of", "resume", "skip_next", "stop", "stop_of_phone",
]  # fmt: skip

#: A family that looks back at the end still finds its thread.
_KEPT_AFTER = timedelta(days=45)
_LONGEST_OWN = 180
_SHORTEST_WINDOW = 60
#: A check-in is not said later than this, nor when the next is due.
_OF_USE = timedelta(days=7)
_FAR = timedelta(days=366)
_SAID_TWICE = timedelta(minutes=2)


class BadChoice(ResourcesError):
    """Something that cannot be chosen; `field` of Choice says what, the text says what can be."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class RhythmOver(BadChoice):
    """The children have been home for longer than a year: count from another day, such as today."""


class NoPhone(BadChoice):
    """Check-ins by text need a phone that belongs to the conversation."""


class NoPlan(ResourcesError):
    """This family has no check-ins, or none any more."""


@dataclass(frozen=True)
class Choice:
    """What a family chooses. `home_on` is the day the children came home; `every_days` belongs to the rhythm "own"; the window
    is safe hours in minutes after midnight on the clock of `time_zone` (IANA); `weekdays` are digits, 0 is Monday. `channel`
    None: by text where a phone belongs to the conversation, else on the web."""

    rhythm: Rhythm
    home_on: date
    time_zone: str
    every_days: int | None = None
    window_start: int = 10 * 60
    window_end: int = 19 * 60
    weekdays: str = "0123456"
    discreet: bool = False
    safe_word: str | None = field(default=None, repr=False)
    channel: str | None = None


@dataclass(frozen=True)
class Plan:
    """A plan as it is; `state` is active, paused or ended, and why: family, opt_out or finished."""

    id: str
    conversation_id: str
    version: int
    state: str
    rhythm: str
    every_days: int | None
    home_on: date
    time_zone: str
    channel: str
    window_start: int
    window_end: int
    weekdays: str
    discreet: bool
    safe_word_sealed: str | None = field(repr=False)
    paused_until: datetime | None
    missed: bool
    wording: str
    language: str
    agreed_at: datetime
    invite_id: str | None
    ended_at: datetime | None
    ended_why: str | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def plan_of(session: Session, conversation_id: str) -> Plan | None:
    """The family's plan, also one that ended; where its phone has another thread with check-ins, that one's."""
    row = plan_row(session, conversation_id)
    return None if row is None else _plan(row)


def enrol(
    session: Session, sealer: Sealer, conversation_id: str, choice: Choice, *, wording: str, language: str,
    invite_id: str | None = None, now: datetime,
) -> Plan:  # fmt: skip
    """Begin check-ins, or begin anew after they ended; `wording` is exactly what the family agreed to, as it was shown. By text,
    that is also their consent to texts.

    A family that is enrolled already has its plan replaced. Raises BadChoice (also RhythmOver, NoPhone), NoSafeHours, NoPlan
    when the conversation is gone.
    """
    conversation, phone = _locked(session, conversation_id)
    channel = choice.channel or ("sms" if phone else "web")
    if channel == "sms" and phone is None:
        raise NoPhone("channel", "confirm a phone number first, or choose check-ins on the web")
    _check(choice, now)
    for other in _of_phone(session, phone) if phone else ():
        if other.conversation_id != conversation_id:
            end(session, other, "family", now)
    row = session.scalar(select(CheckInPlan).where(CheckInPlan.conversation_id == conversation_id))
    if row is None:
        row = CheckInPlan(id=str(uuid.uuid4()), conversation_id=conversation_id, version=0)
        session.add(row)
    was_enrolled = row.state in ("active", "paused")
    row.state, row.paused_until, row.missed, row.ended_at, row.ended_why = "active", None, False, None, None
    row.wording, row.language, row.agreed_at, row.invite_id, row.channel = wording, language, now, invite_id, channel
    _take_over(row, asdict(choice), sealer)
    if channel == "sms" and phone is not None:
        consent.opt_in(session, sealer, phone, wording, _said_on(session, conversation_id), language, now)
    _plan_anew(session, row, sealer, phone, now)
    _keep_alive(session, conversation, row)
    if not was_enrolled:
        _count(session, "enrolled", row, now)
    return _plan(row)


def change(session: Session, sealer: Sealer, conversation_id: str, now: datetime, **fields: Any) -> Plan:
    """Change fields of the Choice; the others stay. Raises BadChoice, NoSafeHours, NoPlan."""
    row = _running(session, conversation_id)
    conversation, phone = _locked(session, row.conversation_id)
    names = ("rhythm", "home_on", "time_zone", "every_days", "window_start", "window_end", "weekdays", "discreet", "channel")
    choice = replace(Choice(**{name: getattr(row, name) for name in names}), **fields)
    if choice.channel == "sms" and phone is None:
        raise NoPhone("channel", "confirm a phone number first, or choose check-ins on the web")
    _check(choice, now, over_is_wrong="home_on" in fields)
    kept = row.safe_word_sealed
    _take_over(row, asdict(choice), sealer)
    row.channel = choice.channel or row.channel
    if "safe_word" not in fields:
        row.safe_word_sealed = kept
    _plan_anew(session, row, sealer, phone, now)
    _keep_alive(session, conversation, row)
    return _plan(row)


def pause(session: Session, conversation_id: str, until: datetime | None, now: datetime) -> Plan:
    """Say nothing until then; None: until the family wants to go on. Raises NoPlan."""
    row = _running(session, conversation_id)
    was_paused = row.state == "paused"
    row.state, row.paused_until = "paused", until
    _plan_anew(session, row, None, None, now)
    if not was_paused:
        _count(session, "paused", row, now)
    return _plan(row)


def resume(session: Session, conversation_id: str, now: datetime) -> Plan:
    """Go on, at the place in the rhythm where the family is by now. Raises NoPlan."""
    row = _running(session, conversation_id)
    row.state, row.paused_until = "active", None
    _plan_anew(session, row, None, None, now)
    return _plan(row)


def skip_next(session: Session, conversation_id: str, now: datetime) -> datetime | None:
    """Leave out the next check-in; returns when the one after it is, on the family's clock, or None. Raises NoPlan.

    Said twice within a moment, as by a turn that had to be run again, it leaves out one."""
    row = _running(session, conversation_id)
    ours = ScheduledContact.plan_id == row.id
    just_now = ScheduledContact.state == "skipped", ScheduledContact.answered_at > now - _SAID_TWICE
    if session.scalar(select(ScheduledContact.id).where(ours, *just_now).limit(1)) is not None:
        return next_check_in(session, _plan(row))
    contact = rows.next_of(session, ours)
    if contact is None or contact.kind == "ending":
        return None
    step = date.fromisoformat(contact.step)
    contact.answered_at = now
    rows.withdraw(session, ScheduledContact.id == contact.id, "skipped")
    _count(session, "check_in_skipped", row, now)
    plan_next(session, row, after=step, number=None, now=now)
    return next_check_in(session, _plan(row))


def stop(session: Session, conversation_id: str, now: datetime) -> bool:
    """The family wants to be asked nothing any more: its check-ins end, and the questions about places it tried are withdrawn,
    from this transaction on. False when nothing was to come."""
    row, ended = plan_row(session, conversation_id), False
    if row is not None and row.state != "ended":
        _locked(session, row.conversation_id)
        session.refresh(row)
        ended = row.state != "ended"
        end(session, row, "family", now)
    phone = select(ConversationRow.family_phone_id).where(ConversationRow.id == conversation_id).scalar_subquery()
    of_family = or_(ConversationRow.id == conversation_id, ConversationRow.family_phone_id == phone)
    threads = select(ConversationRow.id).where(of_family)
    questions = (ScheduledContact.kind == "follow_up") & ScheduledContact.conversation_id.in_(threads)
    session.execute(update(Referral).where(Referral.conversation_id.in_(threads)).values(follow_up_wording=None))
    taken_back = rows.take_back(session, questions, now)
    return rows.withdraw(session, questions) > 0 or bool(taken_back) or ended


def next_check_in(session: Session, plan: Plan) -> datetime | None:
    """When the next one is, on the family's clock; None when none will be."""
    contact = rows.next_of(session, (ScheduledContact.plan_id == plan.id) & (ScheduledContact.kind == "check_in"))
    return contact.due_at.astimezone(plan.zone) if contact else None


def plan_next(session: Session, row: CheckInPlan, *, after: date, number: str | None, now: datetime) -> None:
    """Make the row of the first step on a later day than `after` that was not planned before, unless one is due then. Where the
    year went by meanwhile, as in a pause, the goodbye is all that is left to say. For the engine; raises NoSafeHours."""
    while (step := next_step(row.rhythm, row.every_days, row.home_on, after)) is not None:
        if _add(session, row, step, number, now) or rows.next_of(session, ScheduledContact.plan_id == row.id):
            return
        after = step.on
    if rows.next_of(session, ScheduledContact.plan_id == row.id) is None:
        _add(session, row, Step("ending", now.astimezone(ZoneInfo(row.time_zone)).date()), number, now)


# --------------------------------------------------------------------------------------------------------------------


def _add(session: Session, row: CheckInPlan, step: Step, number: str | None, now: datetime) -> bool:
    """False when this step was planned before."""
    zone = ZoneInfo(row.time_zone)
    following = next_step(row.rhythm, row.every_days, row.home_on, step.on)
    due_at, end_of_window = next_moment(hours_of_plan(row), max(_midnight(step.on, zone), now), number)
    of_use_until = min(due_at + _OF_USE, _midnight(following.on, zone) if following else due_at + _OF_USE)
    return rows.add(
        session, conversation_id=row.conversation_id, kind=step.kind, plan_id=row.id, plan_version=row.version,
        step=step.on.isoformat(), dedupe_key=f"{row.id}:{row.version}:{step.on}", wanted_at=due_at, due_at=due_at,
        expires_at=max(end_of_window, of_use_until),
    )  # fmt: skip


def _plan_anew(session: Session, row: CheckInPlan, sealer: Sealer | None, phone: FamilyPhone | None, now: datetime) -> None:
    """A new version, and its first contact: on a later day than today, unless one was due by now; and after a pause."""
    row.version += 1
    session.flush()
    ours = ScheduledContact.plan_id == row.id
    coming = rows.next_of(session, ours)
    unsaid = [*rows.take_back(session, ours, now), *([coming] if coming else [])]
    rows.withdraw(session, ours)
    if row.state == "paused" and row.paused_until is None:
        return
    number = sealer.open(phone.sealed) if sealer and phone and row.channel == "sms" else None
    starting = max(now, row.paused_until or now)
    after = starting.astimezone(ZoneInfo(row.time_zone)).date()
    if row.paused_until:  # on the very day on which the pause ends, something may be said
        after -= timedelta(days=1)
    elif unsaid:  # what is due today already, or still, is not lost by a change
        after = min(after, *(date.fromisoformat(contact.step) - timedelta(days=1) for contact in unsaid))
    plan_next(session, row, after=after, number=number, now=starting)


def _check(choice: Choice, now: datetime, *, over_is_wrong: bool = True) -> None:
    try:
        zone = ZoneInfo(choice.time_zone)
    except Exception:
        raise BadChoice("time_zone", f"no time zone is called {choice.time_zone!r}") from None
    if choice.rhythm not in ("steady", "light", "own"):
        raise BadChoice("rhythm", "the rhythm is steady, light or own")
    if choice.rhythm == "own" and not 1 <= (choice.every_days or 0) <= _LONGEST_OWN:
        raise BadChoice("every_days", f"choose a number of days from 1 to {_LONGEST_OWN}")
    if not 0 <= choice.window_start < choice.window_end <= MINUTES_A_DAY:
        raise BadChoice("window_end", "safe hours begin and end on the same day")
    if choice.window_end - choice.window_start < _SHORTEST_WINDOW:
        raise BadChoice("window_end", "choose safe hours of an hour or more")
    if not choice.weekdays or set(choice.weekdays) - set("0123456"):
        raise BadChoice("weekdays", "choose one weekday or more")
    if choice.channel not in (None, "web", "sms"):
        raise BadChoice("channel", "check-ins come on the web or by text")
    today = now.astimezone(zone).date()
    if choice.home_on > today + _FAR:
        raise BadChoice("home_on", "choose a day within the next year")
    if over_is_wrong and months_after(choice.home_on, MONTHS) <= today:
        raise RhythmOver("home_on", "that is more than a year ago: count from a later day, such as today")


def _take_over(row: CheckInPlan, chosen: Mapping[str, Any], sealer: Sealer) -> None:
    for name in ("rhythm", "home_on", "time_zone", "window_start", "window_end", "discreet"):
        setattr(row, name, chosen[name])
    row.weekdays = "".join(sorted(set(chosen["weekdays"])))
    row.every_days = chosen["every_days"] if chosen["rhythm"] == "own" else None
    row.safe_word_sealed = sealer.seal(chosen["safe_word"]) if chosen["safe_word"] else None


def _locked(session: Session, conversation_id: str) -> tuple[Conversation, FamilyPhone | None]:
    conversation = lock_conversation(session, conversation_id)
    if conversation is None:
        raise NoPlan("this conversation has ended")
    return conversation, phone_of(session, conversation_id)


def _of_phone(session: Session, phone: FamilyPhone) -> list[CheckInPlan]:
    its = select(ConversationRow.id).where(ConversationRow.family_phone_id == phone.id)
    running = CheckInPlan.conversation_id.in_(its), CheckInPlan.state != "ended"
    return list(session.scalars(select(CheckInPlan).where(*running)))


def _running(session: Session, conversation_id: str) -> CheckInPlan:
    """The plan that runs or is paused, in a locked conversation."""
    row = plan_row(session, conversation_id)
    if row is not None:
        _locked(session, row.conversation_id)
        session.refresh(row)
    if row is None or row.state == "ended":
        raise NoPlan("there are no check-ins here")
    return row


def _keep_alive(session: Session, conversation: Conversation, row: CheckInPlan) -> None:
    """The thread lives until the plan ends and a while longer. Its token on the web does not, when check-ins come by text."""
    until = months_after(row.home_on, MONTHS)
    lives_until = _midnight(until, ZoneInfo(row.time_zone)) + _KEPT_AFTER
    if lives_until <= conversation.expires_at:
        return
    if row.channel == "sms" and conversation.token_until is None:
        this = ConversationRow.id == conversation.id
        session.execute(update(ConversationRow).where(this).values(token_until=conversation.expires_at))
    conversation.expires_at = lives_until
    save_conversation(session, conversation)


def _said_on(session: Session, conversation_id: str) -> Literal["text", "web"]:
    """Where the family said last what it wants."""
    theirs = select(Message.channel).where(Message.conversation_id == conversation_id, Message.sender == "family")
    return "web" if session.scalar(theirs.order_by(Message.seq.desc()).limit(1)) == "web" else "text"


def _count(session: Session, measure: Measure, row: CheckInPlan, now: datetime) -> None:
    site = session.scalar(select(ConversationRow.site).where(ConversationRow.id == row.conversation_id))
    count(session, measure, now, site=site, language=row.language)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _plan(row: CheckInPlan) -> Plan:
    return Plan(**{name: getattr(row, name) for name in Plan.__dataclass_fields__})
