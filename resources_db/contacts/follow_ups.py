"""Asking after a referral, some days later: planned when the family chose it, withdrawn when the answer is known."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from resources_db.contacts import rows
from resources_db.contacts.windows import SafeHours, next_moment
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.models.conversation import Conversation
from resources_db.models.referral import Referral
from resources_db.sms.numbers import zones_of

#: Where a family has chosen no hours; and, where its phone does not say where it lives, the middle of the country.
FROM, UNTIL = 10 * 60, 19 * 60
_SOMEWHERE = "America/Chicago"
#: So long after the moment that was wanted, nobody remembers what the question is about.
_OF_USE = timedelta(days=7)


def plan_row(session: Session, conversation_id: str) -> CheckInPlan | None:
    """The conversation's plan of check-ins, also one that ended; else the one that runs in another thread of its phone."""
    here = select(CheckInPlan).where(CheckInPlan.conversation_id == conversation_id)
    row = session.scalar(here.execution_options(populate_existing=True))
    if row is not None and row.state != "ended":
        return row
    phone = select(Conversation.family_phone_id).where(Conversation.id == conversation_id)
    elsewhere = (
        select(CheckInPlan)
        .join(Conversation, Conversation.id == CheckInPlan.conversation_id)
        .where(Conversation.family_phone_id == phone.scalar_subquery(), CheckInPlan.state != "ended")
        .limit(1)
    )
    return session.scalar(elsewhere.execution_options(populate_existing=True)) or row


def hours_of(session: Session, conversation_id: str, number: str | None = None) -> SafeHours:
    """When this family may be written to: in the safe hours it chose for check-ins, else from 10 to 7 where its phone is from.
    number: in E.164, where it is at hand."""
    plan = plan_row(session, conversation_id)
    if plan is not None:
        return hours_of_plan(plan)
    zones = zones_of(number) if number else ()
    return SafeHours(zones[0] if zones else _SOMEWHERE, FROM, UNTIL, family=conversation_id)


def hours_of_plan(plan: CheckInPlan) -> SafeHours:
    return SafeHours(plan.time_zone, plan.window_start, plan.window_end, plan.weekdays, plan.conversation_id)


def plan_follow_up(session: Session, referral: Referral, step: str, wanted_at: datetime, now: datetime) -> bool:
    """Ask after `referral` at `wanted_at` or soon after, in the family's hours; False when that `step` ("48h", "7d") is planned
    or was said already; one that was withdrawn is planned anew. What the phone's own place allows is seen to when it is due. The
    thread lives until then at least."""
    due_at, _ = next_moment(hours_of(session, referral.conversation_id), max(wanted_at, now), None)
    of_use_until = due_at + _OF_USE
    ends_before = Conversation.id == referral.conversation_id, Conversation.expires_at < of_use_until
    session.execute(update(Conversation).where(*ends_before).values(expires_at=of_use_until))
    key, when = f"{referral.id}:{step}", {"wanted_at": wanted_at, "due_at": due_at, "expires_at": of_use_until}
    return rows.add(
        session, conversation_id=referral.conversation_id, kind="follow_up", referral_id=referral.id, step=step, dedupe_key=key,
        **when,
    ) or rows.plan_again(session, key, **when)  # fmt: skip


def cancel_follow_ups(session: Session, referral_id: str) -> int:
    """Ask no more after this referral, from this transaction on; returns how many questions were still to come."""
    of_it = ScheduledContact.referral_id == referral_id
    waiting = rows.take_back(session, of_it, datetime.now(timezone.utc))
    return len(waiting) + rows.withdraw(session, of_it)
