"""Calls that a family asked for: who promised to call by when, whether it happened, and what follows when it did not.

The family sees word for word what is shared for it and agrees that another partner, or the team, steps in when the one
who promised cannot: so a missed promise is handed on at once, and the family is told.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from resources_db.consent import is_opted_out
from resources_db.conversations import Conversation, lock_conversation, newest_of_phone
from resources_db.errors import ResourcesError
from resources_db.messages import SMS, WEB, Answer, ask
from resources_db.models.call_request import CallRequest
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.share import Share
from resources_db.models.staff_member import StaffMember
from resources_db.models.staff_task import StaffTask
from resources_db.outbox import put
from resources_db.people import shares
from resources_db.people.hours import FamilyHours, first_chance, hours_of_family, say_promise
from resources_db.people.matching import OPEN_STATES, STAFF, Partner, as_partner, best_partner
from resources_db.phone_codes import touches_violence
from resources_db.phones import phone_of
from resources_db.program.counting import count
from resources_db.sealing import Sealer, WrongKey
from resources_db.sms.options import menu
from resources_db.words import Words

logger = logging.getLogger(__name__)

Outcome = Literal["reached", "no_answer", "left_message"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
#: The question under the news that somebody else calls, about the id of the call.
MOVED = "call_moved"
#: As a family reads whom it shares with; the news that another partner calls, or that the team has to find somebody.
WITH_PARTNER, WITH_TEAM = "utter_call_with_partner", "utter_call_with_team"
NEW_PARTNER, NEW_TEAM = "utter_call_moved", "utter_call_moved_team"
NEEDED = (WITH_PARTNER, WITH_TEAM, NEW_PARTNER, NEW_TEAM)

#: By when the team should have found somebody for a family that was promised no time.
_TEAM_WITHIN = timedelta(days=1)
#: Where a phone's number does not tell where it is: the middle of the country.
_SOMEWHERE = "America/Chicago"
#: A partner sees for so long that a call was taken back.
_TAKEN_BACK_SHOWN = timedelta(days=7)


class NoPhone(ResourcesError):
    """No phone belongs to the conversation."""


class NoLongerFree(ResourcesError):
    """The partner has no room or no time any more; offer another one."""


class NotTheirs(ResourcesError):
    """There is no such call, or it is not this person's to mark."""


@dataclass(frozen=True)
class Asked:
    """`promised_by` is on the family's clock; None with no `partner`: the team looks for somebody."""

    call_id: str
    promised_by: datetime | None
    partner: Partner | None


@dataclass(frozen=True)
class Call:
    """A call as a partner's list shows it; `taken_back`: the family no longer wants it. Read the share with shares.look."""

    id: str
    state: str
    asked_at: datetime
    promised_by: datetime | None
    share_id: str | None
    referral_id: str | None
    outcome: str | None
    taken_back: bool


def ask_call(
    session: Session, sealer: Sealer, conversation_id: str, *, partner: Partner | None, shared_text: str, with_whom: str,
    referral_id: str | None = None, place_zone: str | None = None, now: datetime,
) -> Asked:  # fmt: skip
    """The family agreed: share `shared_text` and its number with `partner`, who promises to call; None: with the team.

    Asking again while a call is open changes nothing and returns that one, so a turn may run twice. Two families never get the
    same last place. Raises NoPhone, NoLongerFree.
    """
    conversation = lock_conversation(session, conversation_id)
    phone = phone_of(session, conversation_id) if conversation else None
    if conversation is None or phone is None:
        raise NoPhone("a call needs a phone")
    family = hours_of_family(session, sealer, conversation_id, place_zone)
    if (there := open_call(session, conversation_id)) is not None:
        return as_asked(session, there, family)
    fresh = None
    if partner is not None:
        row = session.get(StaffMember, partner.id, with_for_update=True, populate_existing=True)
        fresh = as_partner(session, row, conversation.language, family, now, conversation_id) if row else None
        if fresh is None:
            raise NoLongerFree("no longer free")
    given = shares.share(
        session, sealer, conversation_id, what="call", text=shared_text, with_whom=with_whom,
        staff_id=fresh.id if fresh else None, phone=sealer.open(phone.sealed), now=now,
    )  # fmt: skip
    call = CallRequest(
        id=str(uuid.uuid4()), conversation_id=conversation_id, staff_id=fresh.id if fresh else None, referral_id=referral_id,
        share_id=given.id, state="promised" if fresh else "waiting", asked_at=now, escalations=0,
        promised_by=fresh.promised_by if fresh else None,
    )  # fmt: skip
    session.add(call)
    session.flush()
    site = _site_of(session, conversation_id)
    if fresh is None:
        _give_to_team(session, call, site, now, due_at=now + _TEAM_WITHIN)
    count(session, "call_asked", now, site=site, language=conversation.language)
    return Asked(call.id, fresh.promised_by if fresh else None, fresh)


def open_call(session: Session, conversation_id: str) -> CallRequest | None:
    """The family's call that is still to be made."""
    of_this = CallRequest.conversation_id == conversation_id, CallRequest.state.in_(OPEN_STATES)
    return session.scalars(select(CallRequest).where(*of_this).order_by(CallRequest.asked_at).limit(1)).first()


def called(session: Session, call_id: str, staff_id: str, outcome: Outcome, now: datetime) -> None:
    """A call was made, by the one who promised it or by the center's staff; who was not reached can be marked again later.

    Raises NotTheirs."""
    call = session.get(CallRequest, call_id, with_for_update=True, populate_existing=True)
    person = session.get(StaffMember, staff_id)
    if call is None or person is None or call.state == "closed" or not _may_mark(session, call, person):
        raise NotTheirs("this call is not yours, or the family no longer wants it")
    if call.state != "called":
        site = _site_of(session, call.conversation_id)
        count(session, "call_made", now, site=site, language=_language_of(session, call.conversation_id))
    call.state, call.ended_at, call.outcome = "called", now, outcome
    tasks = StaffTask.call_request_id == call_id, StaffTask.done_at.is_(None)
    session.execute(update(StaffTask).where(*tasks).values(done_at=now, done_by=staff_id, outcome=outcome))
    session.flush()


def calls_of(session: Session, staff_id: str, now: datetime) -> list[Call]:
    """A partner's list: what is to be called, the soonest promise first; whom they did not reach; and what was taken back
    lately."""
    mine = CallRequest.staff_id == staff_id
    open_ones = CallRequest.state.in_(OPEN_STATES)
    not_reached = (CallRequest.state == "called") & (CallRequest.outcome != "reached")
    taken_back = (CallRequest.state == "closed") & (CallRequest.outcome == shares.TAKEN_BACK)
    lately = CallRequest.ended_at > now - _TAKEN_BACK_SHOWN
    rows = session.scalars(select(CallRequest).where(mine, or_(open_ones, (not_reached | taken_back) & lately))).all()
    ordered = sorted(rows, key=lambda row: (row.state not in OPEN_STATES, row.promised_by or row.asked_at, row.id))
    return [
        Call(
            row.id, row.state, row.asked_at, row.promised_by, row.share_id, row.referral_id, row.outcome,
            row.state == "closed",
        )
        for row in ordered
    ]  # fmt: skip


def missed(session: Session, now: datetime) -> Sequence[str]:
    """The ids of calls that were promised to be made before now and were not. For a look without a lock."""
    late = CallRequest.state == "promised", CallRequest.promised_by < now
    return session.scalars(select(CallRequest.id).where(*late).order_by(CallRequest.promised_by, CallRequest.id)).all()


def escalate(session: Session, sealer: Sealer, words: Words, now: datetime) -> int:
    """Hand on the missed promise that waits longest, and tell the family, in one transaction; returns how many were (0 or 1),
    so that the worker comes again while it is 1. Of two workers one finds it done.

    The first time another free partner promises to call; when there is none, or the second time, the team gets a task.
    """
    for call_id in missed(session, now):
        try:
            with session.begin_nested():
                _escalate(session, sealer, words, call_id, now)
        except WrongKey:  # one family whose key is lost does not hold up the others
            logger.error("a missed call could not be handed on: its key is not in HOMEWARD_OLD_SECRET_KEYS")
            continue
        return 1
    return 0


def _escalate(session: Session, sealer: Sealer, words: Words, call_id: str, now: datetime) -> None:
    of_call = session.scalar(select(CallRequest.conversation_id).where(CallRequest.id == call_id))
    conversation = lock_conversation(session, of_call) if of_call else None
    call = session.get(CallRequest, call_id, with_for_update=True, populate_existing=True) if conversation else None
    if conversation is None or call is None or call.state != "promised" or call.promised_by is None or call.promised_by >= now:
        return
    family = hours_of_family(session, sealer, conversation.id)
    site, language, before = _site_of(session, conversation.id), conversation.language, call.staff_id
    count(session, "call_late", now, site=site, language=language)
    said = {"late": session.scalar(select(StaffMember.name).where(StaffMember.id == before)) or words.say(WITH_TEAM, language)}
    partner = None
    if call.escalations == 0:
        but = (before,) if before else ()
        partner = best_partner(
            session, language=language, site=site, now=now, family=family, but=but, conversation_id=conversation.id
        )
    call.escalations, call.escalated_at, call.staff_id = call.escalations + 1, now, partner.id if partner else None
    if partner is not None:
        by = say_promise(partner.promised_by, now.astimezone(partner.promised_by.tzinfo), language)
        said |= {"partner": partner.name, "by": by}
        call.promised_by = partner.promised_by
        _hand_on(session, sealer, call, words.say(WITH_PARTNER, language, partner=partner.name), now)
        _tell(session, sealer, words, conversation, call, family, words_of=NEW_PARTNER, said=said, now=now)
    else:
        call.state = "missed"
        _hand_on(session, sealer, call, words.say(WITH_TEAM, language), now)
        _give_to_team(session, call, site, now, due_at=now)
        _tell(session, sealer, words, conversation, call, family, words_of=NEW_TEAM, said=said, now=now)


def _tell(
    session: Session, sealer: Sealer, words: Words, conversation: Conversation, call: CallRequest, family: FamilyHours, *,
    words_of: str, said: dict[str, str], now: datetime,
) -> None:  # fmt: skip
    """In the thread; and as a text where the family has a phone that did not say stop and that nobody may read who should not
    know of a call."""
    phone = phone_of(session, conversation.id)
    private = not family.discreet and not touches_violence(session, conversation)
    by_text = phone is not None and private and not is_opted_out(session, sealer, sealer.open(phone.sealed))
    channel, asked = SMS if by_text else WEB, f"{MOVED} {call.id}"
    text = words.say(words_of, conversation.language, channel, **said)
    choices = words.choices(words_of, conversation.language, channel, asked=asked)
    ask(session, conversation, Answer(text, choices), asked=asked, channel=channel, now=now)
    if not by_text or phone is None:
        return
    since, until = first_chance(family, now, _SOMEWHERE)
    # a number that is texted back is read in the phone's newest thread
    answerable = newest_of_phone(session, phone.id, now) == conversation.id
    body = "\n".join([text, *([menu(choices, words, conversation.language)] if answerable else [])])
    text_id = put(
        session, phone, body, kind="check_in", dedupe_key=f"call:{call.id}:{call.escalations}", now=now,
        conversation_id=conversation.id, not_after=until,
    )  # fmt: skip
    session.execute(update(OutgoingText).where(OutgoingText.id == text_id).values(due_at=max(since, now)))


def _hand_on(session: Session, sealer: Sealer, call: CallRequest, with_whom: str, now: datetime) -> None:
    """The same words for somebody else, as the family agreed; who had them before sees them no more."""
    given = session.get(Share, call.share_id, with_for_update=True, populate_existing=True) if call.share_id else None
    if given is None or given.revoked_at is not None:
        return
    seen = shares.opened(sealer, given)
    given.revoked_at, given.sealed = now, ""
    new = shares.share(
        session, sealer, call.conversation_id, what="call", text=seen.text, with_whom=with_whom, staff_id=call.staff_id,
        phone=seen.phone, now=now,
    )  # fmt: skip
    call.share_id = new.id
    session.flush()


def _give_to_team(session: Session, call: CallRequest, site: str | None, now: datetime, *, due_at: datetime) -> None:
    task = StaffTask(
        id=str(uuid.uuid4()), kind="call", site=site, dedupe_key=f"call {call.id}", referral_id=call.referral_id,
        call_request_id=call.id, share_id=call.share_id, detail={"escalations": call.escalations}, created_at=now, due_at=due_at,
    )  # fmt: skip
    session.add(task)
    session.flush()


def _may_mark(session: Session, call: CallRequest, person: StaffMember) -> bool:
    if not person.active:
        return False
    if call.staff_id == person.id:
        return True
    ours = person.site is None or person.site == _site_of(session, call.conversation_id)
    return ours and bool({STAFF, "admin"} & set(person.roles))


def as_asked(session: Session, call: CallRequest, family: FamilyHours) -> Asked:
    """An open call, as it was promised."""
    row = session.get(StaffMember, call.staff_id) if call.staff_id else None
    if row is None or call.promised_by is None or call.state != "promised":
        return Asked(call.id, None, None)
    by = family.local(call.promised_by, row.time_zone)
    partner = Partner(row.id, row.name, frozenset(row.tags), by, row.time_zone, introduction=row.introduction)
    return Asked(call.id, by, partner)


def _site_of(session: Session, conversation_id: str) -> str | None:
    return session.scalar(select(ConversationRow.site).where(ConversationRow.id == conversation_id))


def _language_of(session: Session, conversation_id: str) -> str:
    return session.scalar(select(ConversationRow.language).where(ConversationRow.id == conversation_id)) or ""
