"""What a family's answer does to the listing it is about: the search takes note, and staff are asked to look.

One family counts once for each listing, however often it says so, and no listing is ever hidden by what families tell.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from resources_db.models.conversation import Conversation
from resources_db.models.listing_report import ListingReport
from resources_db.models.referral import Referral, ReferralEvent
from resources_db.models.service import Service
from resources_db.models.staff_task import StaffTask
from resources_db.models.verification import Verification
from resources_db.search.candidates import as_moment
from resources_db.search.told import DOUBT_LASTS, told_of

Method = Literal["call", "visit", "email", "site"]
Result = Literal["confirmed", "corrected", "unreachable", "closed"]

#: Barriers and statuses (resources_db/referrals/*.yml) that tell something of the listing itself, and what.
_OF_BARRIER = {"wrong_phone": "wrong_phone", "no_answer": "unreached", "closed_hours": "unreached"}
_OF_STATUS = {"couldnt_contact": "unreached", "got_help": "helped"}
#: Longer than any of them counts (resources_db/search/told.py).
_KEPT = timedelta(days=120)
#: A number that is wrong is looked at first.
_WITHIN = {"wrong_phone": timedelta(days=1), "unreached": timedelta(days=3), "email_failed": timedelta(days=1)}


def after(session: Session, referral: Referral, event: ReferralEvent, now: datetime) -> None:
    """Called for every line of a referral's history, in its transaction. Only what the family itself found counts."""
    service_id, kind = referral.service_id, _OF_BARRIER.get(event.barrier or "") or _OF_STATUS.get(event.status)
    if event.said_by != "family" or kind is None or not _lock(session, service_id):
        return
    was_doubted = _doubted(session, service_id, now)
    _report(session, service_id, kind, _family(session, referral), _day(now))
    if kind == "helped":
        return
    if not was_doubted and _doubted(session, service_id, now):
        # by the day: everybody may read it, and an hour could point to somebody
        midnight = datetime.combine(_day(now), datetime.min.time(), timezone.utc)
        _verify(session, service_id, midnight, by="families", method="family_report", result="unreachable")
    ask_staff(session, service_id, event.barrier or event.status, now, within=_WITHIN[kind])


def ask_staff(
    session: Session, service_id: str, reason: str, now: datetime, *, within: timedelta = _WITHIN["email_failed"]
) -> None:
    """One open task for each listing. `reason` is a code: a barrier's, "couldnt_contact" or "email_failed". It counts reports
    by families, of which no two are by one family."""
    _lock(session, service_id)
    task = _task(session, service_id)
    if task is None:
        task = StaffTask(
            id=str(uuid.uuid4()), kind="listing", dedupe_key=_key(service_id), service_id=service_id, detail={}, created_at=now,
            due_at=now + within,
        )  # fmt: skip
        session.add(task)
    kinds = _kinds(session, service_id, since=_looked_on(session, service_id))
    reasons = {*task.detail.get("reasons", ()), reason}
    task.detail = {"reports": sum(kinds.values()), "reasons": sorted(reasons), **kinds}
    task.due_at = min(as_moment(task.due_at), now + within)
    session.flush()


def checked(session: Session, service_id: str, staff_id: str, method: Method, result: Result, now: datetime) -> None:
    """Staff looked at a listing. What families told until then is settled by "confirmed" and "corrected"; the task is done."""
    _lock(session, service_id)
    _verify(session, service_id, now, by=staff_id, method=method, result=result)
    task = _task(session, service_id)
    if task is not None:
        task.dedupe_key = f"{_key(service_id)} {task.id}"  # so that the next report makes a new one
        task.done_at, task.done_by, task.outcome = now, staff_id, result
    session.flush()


def forget(session: Session, now: datetime) -> int:
    """Delete the reports that count no longer; returns how many. The search forgot them by itself: it compares days."""
    gone = session.execute(delete(ListingReport).where(ListingReport.reported_on < _day(now - _KEPT)))
    return cast("CursorResult[Any]", gone).rowcount


def _lock(session: Session, service_id: str) -> bool:
    """Two that tell something of a listing at once wait for each other; False when there is no such listing any more."""
    session.flush()
    return session.scalar(select(Service.id).where(Service.id == service_id).with_for_update()) is not None


def _key(service_id: str) -> str:
    return f"listing {service_id}"


def _task(session: Session, service_id: str) -> StaffTask | None:
    """The open one."""
    return session.scalar(select(StaffTask).where(StaffTask.dedupe_key == _key(service_id)).with_for_update())


def _report(session: Session, service_id: str, kind: str, family: str, today: date) -> None:
    """Once for each family. Saying it again does not make it last, unless what it said before counts no longer."""
    of_service = ListingReport.service_id == service_id
    same = of_service, ListingReport.kind == kind, ListingReport.family == family
    known = session.scalar(select(ListingReport).where(*same))
    if known is None:
        session.add(
            ListingReport(id=str(uuid.uuid4()), service_id=service_id, kind=kind, family=family, reported_on=today)
        )  # fmt: skip
    else:
        helped = session.scalar(select(func.max(ListingReport.reported_on)).where(of_service, ListingReport.kind == "helped"))
        settled = [day for day in (_looked_on(session, service_id), helped if kind == "unreached" else None) if day]
        if kind == "helped" or known.reported_on <= max([today - DOUBT_LASTS, *settled]):
            known.reported_on = today
    session.flush()


def _family(session: Session, referral: Referral) -> str:
    """The same for all conversations of a phone. Random ids went into it, so without them nobody can go back."""
    phone = session.scalar(select(Conversation.family_phone_id).where(Conversation.id == referral.conversation_id))
    whole = f"{phone or referral.conversation_id} {referral.service_id}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _doubted(session: Session, service_id: str, now: datetime) -> bool:
    reports = session.execute(
        select(ListingReport.kind, ListingReport.family, ListingReport.reported_on).where(ListingReport.service_id == service_id)
    ).tuples()
    return told_of(reports, _looked_on(session, service_id)).doubted_until >= _day(now).toordinal()


def _looked_on(session: Session, service_id: str) -> date | None:
    """When a person last made sure of the listing."""
    sure = (
        Verification.resource_type == "service",
        Verification.resource_id == service_id,
        Verification.result.in_(("confirmed", "corrected")),
        Verification.method.not_in(("family_report", "import")),
        Verification.fields.is_(None),
    )
    last = session.scalar(select(Verification.verified_at).where(*sure).order_by(Verification.verified_at.desc()).limit(1))
    return _day(as_moment(last)) if last else None


def _kinds(session: Session, service_id: str, since: date | None) -> dict[str, int]:
    """How many families told each kind of trouble after that day."""
    trouble = ListingReport.service_id == service_id, ListingReport.kind != "helped"
    told = session.execute(select(ListingReport.kind, ListingReport.reported_on).where(*trouble)).tuples()
    return dict(Counter(kind for kind, on in told if since is None or on > since))


def _verify(session: Session, service_id: str, at: datetime, *, by: str, method: str, result: str) -> None:
    session.add(
        Verification(
            id=str(uuid.uuid4()), resource_type="service", resource_id=service_id, verified_at=at, verified_by=by, method=method,
            fields=None, result=result, note=None,
        )
    )  # fmt: skip
    session.flush()


def _day(moment: datetime) -> date:
    return moment.astimezone(timezone.utc).date()
