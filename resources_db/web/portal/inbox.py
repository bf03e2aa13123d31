"""What is to be done today: calls that were promised, families' requests to hand on, listings to check.

The lists name no family. What a family shared is opened one at a time, by those it was shared with, and it can see who did.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from resources_db.conversations import lock_conversation
from resources_db.match import Match
from resources_db.models.call_request import CallRequest
from resources_db.models.metadata import MetadataEntry
from resources_db.models.referral import Referral
from resources_db.models.service import Service
from resources_db.models.service_at_location import ServiceAtLocation
from resources_db.models.share import Share
from resources_db.models.staff_task import StaffTask
from resources_db.people import calls, shares
from resources_db.people.staff import Member
from resources_db.program.tables import name_of_need
from resources_db.referrals import effects, ledger, requests
from resources_db.referrals.vocabulary import statuses
from resources_db.search import matches_by_id
from resources_db.sms.numbers import readable
from resources_db.web.portal.visits import PREFIX, Visit

_DESK = frozenset({"staff", "admin"})
_TAKEN_BACK_SHOWN = timedelta(days=7)
_TRY_AGAIN = timedelta(days=7)
_ANSWER_AWAITED = timedelta(days=30)
_NOT_REACHED = ("no_answer", "left_message")
#: The choices of a form, by code: what staff can say of a request, of a call, and of a listing.
REQUEST = {
    "handed_on": "I passed it on. They have not answered yet",
    "accepted": "They will help this family",
    "waitlisted": "The family is on their waiting list",
    "no_capacity": "They have no room",
    "not_eligible": "The family does not fit their rules",
    "couldnt_contact": "I could not reach them",
}
CALL = {"reached": "We talked", "no_answer": "No answer", "left_message": "I left a message"}
LISTING = {
    "confirmed": "Right: confirmed by phone today",
    "unreachable": "The phone is wrong",
    "closed": "They have closed",
}
_DONE = {**REQUEST, **CALL, "handed_on": "Passed on"}
_KIND = {"request": "Pass on a request", "call": "Call a family", "listing": "Check a listing"}
_REASONS = {
    "wrong_phone": "the phone is wrong", "no_answer": "nobody answers", "closed_hours": "closed when it should be open",
    "couldnt_contact": "could not be reached", "unreached": "could not be reached", "email_failed": "an e-mail came back",
    "helped": "it helped",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A line of the list. `state`: open, late, or done (`state_text` says how)."""

    path: str
    kind: str
    about: str
    due: datetime
    when: str
    state: Literal["open", "late", "done"]
    state_text: str


@dataclass(frozen=True)
class Shown:
    """What a page of one task or call shows. `content` is what the family shared, once it is opened."""

    path: str
    kind: str
    title: str
    about: str
    when: str
    late: bool
    taken_back: bool
    done: str
    choices: dict[str, str]
    content: shares.Looked | None = None
    phone: str = ""
    listing: Match | None = None
    reports: int = 0
    reasons: Sequence[str] = ()


# ---- the list ------------------------------------------------------------------------------------------------------


async def show(visit: Visit) -> web.StreamResponse:
    def read(session: Session) -> tuple[list[Entry], list[Entry], list[Entry]]:
        return _todo(session, visit), _waiting(session, visit), _taken_back(session, visit)

    todo, waiting, taken_back = await visit.read(read)
    return visit.page("inbox.html", todo=todo, waiting=waiting, taken_back=taken_back, today=_today(visit))


def _todo(session: Session, visit: Visit) -> list[Entry]:
    """The oldest promise first."""
    entries = []
    if visit.member.roles & _DESK:
        open_ones = select(StaffTask).where(_theirs(visit.member), StaffTask.done_at.is_(None))
        entries += [_entry(session, visit, task) for task in session.scalars(open_ones)]
        lately = StaffTask.done_at > visit.now - _TRY_AGAIN
        not_reached = select(StaffTask).where(_theirs(visit.member), StaffTask.outcome.in_(_NOT_REACHED), lately)
        entries += [_entry(session, visit, task) for task in session.scalars(not_reached) if not _revoked(session, task.share_id)]
    if "partner" in visit.member.roles:
        mine = calls.calls_of(session, visit.member.id, visit.now)
        entries += [_call_entry(visit, call) for call in mine if not call.taken_back]
    return sorted(entries, key=lambda entry: (entry.state == "done", entry.due))


def _waiting(session: Session, visit: Visit) -> list[Entry]:
    """Requests that were passed on, of which nobody knows yet what became of them."""
    if not visit.member.roles & _DESK:
        return []
    lately = StaffTask.done_at > visit.now - _ANSWER_AWAITED
    handed_on = select(StaffTask).where(_theirs(visit.member), StaffTask.outcome == requests.HANDED_ON, lately)
    found = []
    for task in session.scalars(handed_on.order_by(StaffTask.done_at)):
        referral = session.get(Referral, task.referral_id) if task.referral_id else None
        if referral and statuses()[referral.status].is_open and not _revoked(session, task.share_id):
            found.append(_entry(session, visit, task))
    return found


def _taken_back(session: Session, visit: Visit) -> list[Entry]:
    entries = []
    if visit.member.roles & _DESK:
        lately = StaffTask.done_at > visit.now - _TAKEN_BACK_SHOWN
        gone = select(StaffTask).where(_theirs(visit.member), StaffTask.outcome == shares.TAKEN_BACK, lately)
        entries += [_entry(session, visit, task) for task in session.scalars(gone)]
    if "partner" in visit.member.roles:
        mine = calls.calls_of(session, visit.member.id, visit.now)
        entries += [_call_entry(visit, call) for call in mine if call.taken_back]
    return entries


def _theirs(member: Member) -> ColumnElement[bool]:
    """The tasks of their site; and listings, which are everybody's."""
    if member.site is None:
        return StaffTask.id.is_not(None)
    return or_(StaffTask.site == member.site, and_(StaffTask.site.is_(None), StaffTask.kind == "listing"))


def _entry(session: Session, visit: Visit, task: StaffTask) -> Entry:
    state: Literal["open", "late", "done"] = "done" if task.done_at else "late" if task.due_at < visit.now else "open"
    text = _DONE.get(task.outcome or "", "Done") if task.done_at else "Late" if state == "late" else ""
    return Entry(
        f"{PREFIX}/tasks/{task.id}", _KIND[task.kind], _about(session, task), task.due_at, when(task.due_at, visit), state, text
    )  # fmt: skip


def _call_entry(visit: Visit, call: calls.Call) -> Entry:
    due = call.promised_by or call.asked_at
    made = call.state == "called"
    late = not made and not call.taken_back and due < visit.now
    text = CALL.get(call.outcome or "", "") if made else "Late" if late else ""
    state: Literal["open", "late", "done"] = "done" if made or call.taken_back else "late" if late else "open"
    about = "A family asked for you" if not made else "Not reached yet: try again"
    return Entry(f"{PREFIX}/calls/{call.id}", "Call a family", about, due, when(due, visit), state, text)


def _about(session: Session, task: StaffTask) -> str:
    """The listing and the need; never the family."""
    service = session.get(Service, task.service_id) if task.service_id else None
    referral = session.get(Referral, task.referral_id) if task.referral_id else None
    if task.kind == "call":
        return "Not reached yet: try again" if task.done_at else "No partner is free: somebody here calls"
    name = service.name if service else "a listing that is gone"
    return f"{name} · {name_of_need(referral.need)}" if referral and task.kind == "request" else name


# ---- a task --------------------------------------------------------------------------------------------------------


async def show_task(visit: Visit) -> web.StreamResponse:
    return visit.page("task.html", task=await visit.read(lambda session: _task_shown(session, visit)), problem="")


async def open_task(visit: Visit) -> web.StreamResponse:
    """A POST, because it leaves a line in what the family sees."""

    def work(session: Session) -> Shown:
        task = _task(session, visit)
        return _task_shown(session, visit, _look(session, visit, task.share_id))

    return visit.page("task.html", task=await visit.write(work), problem="")


async def finish_task(visit: Visit) -> web.StreamResponse:
    said = visit.given("outcome")

    def work(session: Session) -> Shown | None:
        task = _task(session, visit, lock=True)
        taken_back = _revoked(session, task.share_id)
        if said not in _choices(task) or taken_back:
            return _task_shown(session, visit)
        if not _may_be_noted(task):
            return None  # somebody else did it at this very moment
        if task.kind == "request":
            _settle_request(session, visit, task, said)
        elif task.kind == "call" and task.call_request_id:
            _called(session, visit, task.call_request_id, said)
            task.outcome = said
        elif task.kind == "listing" and task.service_id:
            _settle_listing(session, visit, task.service_id, cast(effects.Result, said))
        return None

    if (again := await visit.write(work)) is not None:
        return visit.page("task.html", 400, task=again, problem="" if again.taken_back else "Choose what came of it.")
    return visit.go("/", "noted")


def _settle_request(session: Session, visit: Visit, task: StaffTask, said: str) -> None:
    if task.done_at is None:
        requests.hand_on(session, task, visit.member.id, visit.now)
    if said == requests.HANDED_ON:
        return
    task.outcome = said
    if referral := session.get(Referral, task.referral_id) if task.referral_id else None:
        # the family may have said meanwhile how it ended: it knows best
        with suppress(ledger.NotAfterThat):
            ledger.note(session, referral, said, "staff", visit.now, staff_id=visit.member.id)


def _settle_listing(session: Session, visit: Visit, service_id: str, found: effects.Result) -> None:
    effects.checked(session, service_id, visit.member.id, "call", found, visit.now)
    service = session.get(Service, service_id)
    if found != "closed" or service is None or service.status == "inactive":
        return
    # written down as an edit by staff, so that the next import does not open it again (resources_db/exchange/storing.py)
    session.add(
        MetadataEntry(
            id=str(uuid.uuid4()), resource_type="service", resource_id=service_id, last_action_date=visit.now.date(),
            last_action_type="edit", field_name="status", previous_value=service.status, replacement_value="inactive",
            updated_by=visit.member.id,
        )
    )  # fmt: skip
    service.status = "inactive"  # no family is sent there any more; the search follows by itself
    session.flush()


def _task(session: Session, visit: Visit, *, lock: bool = False) -> StaffTask:
    """`lock`: as everybody does, the family's conversation and what it asked for before the task."""
    query = select(StaffTask).where(StaffTask.id == visit.request.match_info["id"], _theirs(visit.member))
    task = session.scalars(query).one_or_none()
    if task is not None and lock:
        if of_family := _conversation_of(session, task):
            lock_conversation(session, of_family)
        if task.referral_id:
            session.get(Referral, task.referral_id, with_for_update=True, populate_existing=True)
        task = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if task is None:
        raise web.HTTPNotFound
    return task


def _conversation_of(session: Session, task: StaffTask) -> str | None:
    """The id of the family's; None of a listing."""
    share = session.get(Share, task.share_id) if task.share_id else None
    return share.conversation_id if share else None


def _task_shown(session: Session, visit: Visit, content: shares.Looked | None = None) -> Shown:
    task = _task(session, visit)
    listing = _listing(session, task.service_id, visit.now) if task.service_id else None
    detail = task.detail or {}
    return Shown(
        path=f"{PREFIX}/tasks/{task.id}", kind=task.kind, title=_KIND[task.kind], about=_about(session, task),
        when=when(task.due_at, visit), late=task.done_at is None and task.due_at < visit.now,
        taken_back=_revoked(session, task.share_id), done="" if task.done_at is None else _DONE.get(task.outcome or "", "Done"),
        choices=_choices(task) if _may_be_noted(task) else {}, content=content,
        phone=readable(content.phone) if content else "", listing=listing, reports=int(detail.get("reports", 0)),
        reasons=[_REASONS[code] for code in detail.get("reasons", ()) if code in _REASONS],
    )  # fmt: skip


def _may_be_noted(task: StaffTask) -> bool:
    """It is open; or nobody knows yet what became of it."""
    return task.done_at is None or task.outcome == requests.HANDED_ON or task.outcome in _NOT_REACHED


def _choices(task: StaffTask) -> dict[str, str]:
    choices = {"request": REQUEST, "call": CALL, "listing": LISTING}[task.kind]
    return {code: label for code, label in choices.items() if task.done_at is None or code != requests.HANDED_ON}


def _listing(session: Session, service_id: str, now: datetime) -> Match | None:
    places = session.scalars(select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == service_id)).all()
    return next(iter(matches_by_id(session, [*places, service_id], now=now)), None)


# ---- a partner's own call ------------------------------------------------------------------------------------------


async def show_call(visit: Visit) -> web.StreamResponse:
    return visit.page("task.html", task=await visit.read(lambda session: _call_shown(session, visit)), problem="")


async def open_call(visit: Visit) -> web.StreamResponse:
    def work(session: Session) -> Shown:
        return _call_shown(session, visit, _look(session, visit, _call(session, visit).share_id))

    return visit.page("task.html", task=await visit.write(work), problem="")


async def finish_call(visit: Visit) -> web.StreamResponse:
    said = visit.given("outcome")

    def work(session: Session) -> Shown | None:
        call = _call(session, visit)
        if said not in CALL or _revoked(session, call.share_id):
            return _call_shown(session, visit)
        _called(session, visit, call.id, said)
        return None

    if (again := await visit.write(work)) is not None:
        return visit.page("task.html", 400, task=again, problem="" if again.taken_back else "Choose what came of it.")
    return visit.go("/", "noted")


def _call(session: Session, visit: Visit) -> CallRequest:
    mine = CallRequest.id == visit.request.match_info["id"], CallRequest.staff_id == visit.member.id
    call = session.scalars(select(CallRequest).where(*mine)).one_or_none()
    if call is None:
        raise web.HTTPNotFound
    return call


def _call_shown(session: Session, visit: Visit, content: shares.Looked | None = None) -> Shown:
    call = _call(session, visit)
    due, made = call.promised_by or call.asked_at, call.state == "called"
    return Shown(
        path=f"{PREFIX}/calls/{call.id}", kind="call", title="Call a family", about="", when=when(due, visit),
        late=not made and due < visit.now, taken_back=_revoked(session, call.share_id) or call.state == "closed",
        done=CALL.get(call.outcome or "", "") if made else "", choices=CALL, content=content,
        phone=readable(content.phone) if content else "",
    )  # fmt: skip


# ---- both ----------------------------------------------------------------------------------------------------------


def _look(session: Session, visit: Visit, share_id: str | None) -> shares.Looked | None:
    return shares.look(session, visit.office.sealer, share_id, visit.member.id, visit.now) if share_id else None


def _called(session: Session, visit: Visit, call_id: str, said: str) -> None:
    try:
        calls.called(session, call_id, visit.member.id, cast(calls.Outcome, said), visit.now)
    except calls.NotTheirs:  # handed on to somebody else, or taken back, at this very moment
        raise web.HTTPNotFound from None


def _revoked(session: Session, share_id: str | None) -> bool:
    share = session.get(Share, share_id) if share_id else None
    return share is not None and share.revoked_at is not None


def when(moment: datetime, visit: Visit) -> str:
    """ "today, 3:00 PM", on the clock of whoever reads it."""
    zone = ZoneInfo(visit.member.time_zone)
    local, today = moment.astimezone(zone), visit.now.astimezone(zone).date()
    names = {0: "today", 1: "tomorrow", -1: "yesterday"}
    day = names.get((local.date() - today).days) or f"{local:%a %b} {local.day}"
    return f"{day}, {local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


def _today(visit: Visit) -> str:
    local = visit.now.astimezone(ZoneInfo(visit.member.time_zone))
    return f"{local:%A, %B} {local.day}"
