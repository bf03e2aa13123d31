"""What a family tries, line by line: opened when it picks a listing, gone about in a way, and what came of it.

The newest line's status is repeated on the referral; lines are added, never changed. The functions never commit.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resources_db import contacts
from resources_db.errors import ResourcesError
from resources_db.models.conversation import Conversation
from resources_db.models.referral import Referral, ReferralEvent
from resources_db.program.counting import Measure, count
from resources_db.referrals import effects
from resources_db.referrals.vocabulary import GOT_HELP, OFFERED, Way, statuses

SaidBy = Literal["family", "provider", "staff", "homeward"]

#: When the family is asked how it went, by step; the last is no question: what is not known then stays unknown.
CLOSING = "close"
FOLLOW_UPS = {"48h": timedelta(hours=48), "7d": timedelta(days=7), CLOSING: timedelta(days=10)}
#: What these say the family may not know: where it is a no, it is asked at once, in a step called like the status, so that the
#: next place is not days away.
TOLD_TO_US = frozenset({"staff", "provider"})


class NotAfterThat(ResourcesError):
    """This cannot be said of the referral after what was said of it before."""


def open_referral(
    session: Session, conversation_id: str, *, service_id: str, service_at_location_id: str | None, need: str, zip: str | None,
    now: datetime,
) -> Referral:  # fmt: skip
    """The family's open referral to this listing; a new one, offered, where it has none."""
    known = next(
        (
            referral
            for referral in open_referrals(session, conversation_id)
            if (referral.service_id, referral.service_at_location_id) == (service_id, service_at_location_id)
        ),
        None,
    )
    if known is not None:
        return known
    referral = Referral(
        id=str(uuid.uuid4()), conversation_id=conversation_id, service_id=service_id,
        service_at_location_id=service_at_location_id, need=need, zip=zip, status=OFFERED, created_at=now, status_at=now,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    _add_line(session, referral, OFFERED, "homeward", now)
    return referral


def go(session: Session, referral: Referral, way: Way, *, follow_up_wording: str | None, now: datetime) -> None:
    """The family goes about it in this way; asked again, it may choose another. Its first choice is what is counted.

    `follow_up_wording`: the words with which it agreed to be asked how it went, which plans that; None changes nothing, so
    it may be given in a second call. Raises NotAfterThat when the referral is closed.
    """
    if not statuses()[referral.status].is_open:
        raise NotAfterThat(f"the referral is closed ({referral.status}); open another")
    if referral.way is None:
        _count(session, "referral", referral, now)
    if referral.way != way:
        referral.way = way
        _add_line(session, referral, referral.status, "family", now)
    if follow_up_wording is not None and referral.follow_up_wording is None:
        referral.follow_up_wording = follow_up_wording
        for step, after in FOLLOW_UPS.items():
            contacts.plan_follow_up(session, referral, step, now + after, now)
    session.flush()


def note(
    session: Session, referral: Referral, status: str, said_by: SaidBy, now: datetime, barrier: str | None = None,
    staff_id: str | None = None,
) -> ReferralEvent:  # fmt: skip
    """Somebody says what came of it; a closed one is not asked about any more, but for a no that the family may not have heard.
    Saying the same twice is one line.

    Raises NotAfterThat when the status is not in the `next` of the one before.
    """
    session.flush()
    session.refresh(referral, with_for_update=True)  # staff may say something at this very moment
    before, after = statuses()[referral.status], statuses()[status]
    newest = events_of(session, referral.id)[-1]
    if (newest.status, newest.barrier, newest.said_by) == (status, barrier, said_by):
        return newest
    # the same again with another reason, or from somebody else, is always fine
    if after.code not in before.next and after != before:
        raise NotAfterThat(f"{status} cannot be said after {referral.status}")
    event = _add_line(session, referral, status, said_by, now, barrier=barrier, staff_id=staff_id)
    referral.status, referral.status_at, referral.barrier = status, now, barrier
    if after.outcome and after.outcome != before.outcome:
        _count(session, "need_met" if after.outcome == "met" else "need_unmet", referral, now)
    if status == GOT_HELP and before.code != GOT_HELP:
        _count(session, "time_to_help", referral, now, span=now - referral.created_at)
    if not after.is_open:
        contacts.cancel_follow_ups(session, referral.id)
    if after.outcome == "unmet" and said_by in TOLD_TO_US and referral.follow_up_wording is not None:
        contacts.plan_follow_up(session, referral, status, now, now)
    session.flush()
    effects.after(session, referral, event, now)
    return event


def referrals_of(session: Session, conversation_id: str) -> list[Referral]:
    """All of a family's, the newest first."""
    of_family = select(Referral).where(Referral.conversation_id == conversation_id)
    return list(session.scalars(of_family.order_by(Referral.created_at.desc(), Referral.id)))


def open_referrals(session: Session, conversation_id: str) -> list[Referral]:
    """Those of which something may still come, the newest first."""
    return [referral for referral in referrals_of(session, conversation_id) if statuses()[referral.status].is_open]


def events_of(session: Session, referral_id: str) -> list[ReferralEvent]:
    """The history, the oldest line first."""
    lines = select(ReferralEvent).where(ReferralEvent.referral_id == referral_id)
    return list(session.scalars(lines.order_by(ReferralEvent.at)))


def _add_line(
    session: Session, referral: Referral, status: str, said_by: SaidBy, now: datetime, *, barrier: str | None = None,
    staff_id: str | None = None,
) -> ReferralEvent:  # fmt: skip
    last = session.scalar(select(func.max(ReferralEvent.at)).where(ReferralEvent.referral_id == referral.id))
    # lines of one moment keep their order
    at = now if last is None else max(now, last + timedelta(microseconds=1))
    event = ReferralEvent(
        id=str(uuid.uuid4()), referral_id=referral.id, at=at, status=status, said_by=said_by, barrier=barrier, staff_id=staff_id
    )
    session.add(event)
    session.flush()
    return event


def _count(session: Session, measure: Measure, referral: Referral, now: datetime, *, span: timedelta | None = None) -> None:
    conversation = session.get_one(Conversation, referral.conversation_id)
    count(
        session, measure, now,
        site=conversation.site, need=referral.need, zip=referral.zip, language=conversation.language, span=span,
    )  # fmt: skip
