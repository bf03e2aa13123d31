"""Ending check-ins: for one family, or for all that go to a phone that said STOP."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from resources_db.contacts import rows
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.models.conversation import Conversation
from resources_db.program.counting import Measure, count

_COUNTED_AS: dict[str, Measure] = {"family": "stopped", "opt_out": "opted_out", "finished": "finished"}


def end(session: Session, plan: CheckInPlan, why: str, now: datetime) -> None:
    """End a plan and withdraw what it would still say. why: family, opt_out or finished."""
    if plan.state == "ended":
        return
    plan.state, plan.ended_at, plan.ended_why, plan.paused_until = "ended", now, why, None
    plan.version += 1
    session.flush()
    rows.withdraw(session, ScheduledContact.plan_id == plan.id)
    if why == "family":  # at a STOP no text waits any more, and a goodbye may
        rows.take_back(session, ScheduledContact.plan_id == plan.id, now)
    site, language = session.execute(
        select(Conversation.site, Conversation.language).where(Conversation.id == plan.conversation_id)
    ).one()
    count(session, _COUNTED_AS[why], now, site=site, language=language)


def stop_of_phone(session: Session, family_phone_id: str, now: datetime) -> None:
    """Nothing more is said to this locked phone that nobody asked for just now. Check-ins on the web go on."""
    its = select(Conversation.id).where(Conversation.family_phone_id == family_phone_id)
    by_text = select(CheckInPlan).where(CheckInPlan.conversation_id.in_(its), CheckInPlan.channel == "sms")
    for plan in session.scalars(by_text.execution_options(populate_existing=True)):
        end(session, plan, "opt_out", now)
    on_the_web = exists().where(
        CheckInPlan.conversation_id == ScheduledContact.conversation_id,
        CheckInPlan.channel == "web",
        CheckInPlan.state != "ended",
    )
    rows.withdraw(session, ScheduledContact.conversation_id.in_(its) & ~on_the_web)
