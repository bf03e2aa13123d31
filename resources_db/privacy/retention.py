"""What is kept no longer than it may be: deleted by the worker, round by round, and gone from the disk too.

How long: web chats HOMEWARD_RETENTION_WEB_HOURS from their start, texts HOMEWARD_RETENTION_SMS_DAYS from the family's last
one; a site may have its own. A family with check-ins keeps its thread until they end and as long again; what is said in it
goes all the same, message by message. docs/privacy.md lists every kind of data.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Engine, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from resources_db.conversations import delete_conversation, lock_conversation, save_conversation
from resources_db.database import BUSY_WAIT_MS, session_scope
from resources_db.models.call_request import CallRequest
from resources_db.models.check_in import CheckInAnswer, CheckInPlan
from resources_db.models.conversation import Conversation
from resources_db.models.erasure import Erasure
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.incoming_text import IncomingText
from resources_db.models.invite import Invite
from resources_db.models.message import Message
from resources_db.models.outgoing_email import OutgoingEmail
from resources_db.models.outgoing_text import OPEN, OutgoingText
from resources_db.models.referral import Referral
from resources_db.models.share import Share
from resources_db.models.site import Site
from resources_db.models.staff_member import StaffSession
from resources_db.models.staff_task import StaffTask
from resources_db.models.ticket import Ticket
from resources_db.models.tracker import Tracker
from resources_db.privacy.erasure import RECEIPT_KEY
from resources_db.referrals import effects
from resources_db.sealing import Sealer, reseal
from resources_db.settings import Settings
from resources_db.sms.cards import KIND as CARD

logger = logging.getLogger(__name__)

#: A carrier asks again for some hours at most whether a text was taken in.
INCOMING_TEXTS = timedelta(days=7)
ERASURES = timedelta(days=365)
#: A phone that belongs to nothing may be about to: its code is on the way.
LONE_PHONES = timedelta(days=1)
#: Between two check-ins lies half a year at most, and the next one begins with what was hard before.
ANSWERS = timedelta(days=200)
#: Nobody thinks so long about whether to send a request.
DRAFTS = timedelta(days=1)
#: What a family asked for and got is in its own record, which goes with its thread; a thread may go on for years.
REFERRALS = timedelta(days=365)

_AT_ONCE = 100
_CHECK_INS_ENDED = exists().where(CheckInPlan.conversation_id == Conversation.id, CheckInPlan.state == "ended")
#: Whoever reads or writes just now comes first; the disk is tidied a moment later.
_TIDYING_WAIT_MS = 250
#: For so long after a deletion, as somebody may be in the way the first time.
_TIDIED_AGAIN = timedelta(minutes=1)


def do_what_is_due(engine: Engine, settings: Settings, now: datetime) -> None:
    """Everything, whatever of it fails: that is tried again next time."""
    tasks = (
        let_threads_end, delete_expired_conversations, delete_old_messages, delete_forgotten_trackers, delete_old_rows,
        delete_settled_texts, delete_what_is_over, empty_old_shares, forget_drafts, forget_reports, delete_lone_phones, seal_anew,
    )  # fmt: skip
    for task in tasks:
        try:
            while task(engine, settings, now) >= _AT_ONCE:
                pass
        except Exception:
            logger.exception("%s failed", task.__name__)
    try:
        tidy(engine)
    except Exception:
        logger.exception("tidying the disk failed")


def forget_drafts(engine: Engine, settings: Settings, now: datetime) -> int:
    """Requests that families were shown and neither sent nor dropped; returns how many."""
    old = Referral.draft.is_not(None), Referral.draft_at < now - DRAFTS
    with session_scope(engine) as session:
        emptied = session.execute(update(Referral).where(*old).values(draft=None, draft_at=None))
        return cast("CursorResult[Any]", emptied).rowcount


def forget_reports(engine: Engine, settings: Settings, now: datetime) -> int:
    """What families told of listings and counts no longer; returns how many."""
    with session_scope(engine) as session:
        return effects.forget(session, now)


def forget_on_disk(engine: Engine) -> None:
    """To be called every few seconds: what a family just had deleted is soon nowhere on the disk either."""
    lately = datetime.now(timezone.utc) - _TIDIED_AGAIN
    with session_scope(engine, writes=False) as session:
        erased = session.scalar(select(Erasure.receipt).where(Erasure.at > lately).limit(1))
    if erased is not None:
        tidy(engine)


def tidy(engine: Engine) -> bool:
    """Leave nothing deleted in SQLite's write-ahead log; False when somebody was in the way, so that it has to be done
    again. On PostgreSQL what is deleted is in no dump from then on, and leaves the files with its own VACUUM."""
    if engine.dialect.name != "sqlite":
        return True
    driver = engine.raw_connection()
    try:
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_TIDYING_WAIT_MS}")
        try:
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_WAIT_MS}")
    finally:
        driver.close()
    return not busy


def let_threads_end(engine: Engine, settings: Settings, now: datetime) -> int:
    """A thread that lived on for check-ins lives no longer than one by text would from now on, once they have ended; returns
    how many such there were."""
    found: list[tuple[str, datetime]] = []
    with session_scope(engine, writes=False) as session:
        for cut, of_site in _by_site(session, settings, now):
            until = now + (now - cut)
            threads = select(Conversation.id).where(Conversation.expires_at > until, of_site, _CHECK_INS_ENDED)
            found += [(conversation_id, until) for conversation_id in session.scalars(threads.limit(_AT_ONCE))]
    for conversation_id, until in found:
        with session_scope(engine) as session:
            this = Conversation.id == conversation_id
            conversation = lock_conversation(session, conversation_id)
            if conversation and session.scalar(select(Conversation.id).where(this, _CHECK_INS_ENDED)):  # they may have begun anew
                conversation.expires_at = until
                save_conversation(session, conversation)
    return len(found)


def delete_expired_conversations(engine: Engine, settings: Settings, now: datetime) -> int:
    """Some conversations that ended before `now`, with everything said in them; returns how many."""
    with session_scope(engine, writes=False) as session:
        ids = session.scalars(select(Conversation.id).where(Conversation.expires_at <= now).limit(_AT_ONCE)).all()
    for conversation_id in ids:
        with session_scope(engine) as session:
            delete_conversation(session, conversation_id)
    return len(ids)


def delete_old_messages(engine: Engine, settings: Settings, now: datetime) -> int:
    """What was said longer ago than texts are kept in threads with a phone, and longer ago than web chats are in the others,
    but for what still waits: a family's message for its answer, and our last question for the family's. In ours and in
    Rasa's memory. Returns how many threads had any."""
    changed = 0
    old: list[tuple[str, datetime]] = []
    with session_scope(engine, writes=False) as session:
        for with_phone, places in (
            (Conversation.family_phone_id.is_not(None), _by_site(session, settings, now)),
            (Conversation.family_phone_id.is_(None), _by_site(session, settings, now, web=True)),
        ):
            for cut, of_site in places:
                too_old = exists().where(Message.conversation_id == Conversation.id, *_too_old(cut))
                threads = select(Conversation.id).where(with_phone, Conversation.created_at < cut, of_site, too_old)
                old += [(conversation_id, cut) for conversation_id in session.scalars(threads.limit(_AT_ONCE))]
    for conversation_id, cut in old:
        with session_scope(engine) as session:
            changed += _forget_before(session, conversation_id, cut)
    return changed


def delete_forgotten_trackers(engine: Engine, settings: Settings, now: datetime) -> int:
    """What Rasa remembers of conversations that are gone; returns how many."""
    with session_scope(engine) as session:
        gone = select(Tracker.conversation_id).where(Tracker.conversation_id.not_in(select(Conversation.id)))
        return _delete(session, Tracker.conversation_id, session.scalars(gone.limit(_AT_ONCE)).all())


def delete_old_rows(engine: Engine, settings: Settings, now: datetime) -> int:
    """Tickets that open nothing any more, digests of texts that nobody sends again, receipts after a year, staff who were
    signed in, invitations that nobody can use."""
    old: tuple[tuple[InstrumentedAttribute[str], ColumnElement[bool]], ...] = (
        (Ticket.digest, Ticket.expires_at <= now),
        (IncomingText.digest, IncomingText.at < now - INCOMING_TEXTS),
        (Erasure.receipt, Erasure.at < now - ERASURES),
        (StaffSession.digest, StaffSession.expires_at <= now),
        (Invite.id, Invite.expires_at < now - timedelta(days=settings.retention_sms_days)),
    )
    most = 0
    for key, condition in old:
        with session_scope(engine) as session:
            most = max(most, _delete(session, key, session.scalars(select(key).where(condition).limit(_AT_ONCE)).all()))
    return most


def delete_settled_texts(engine: Engine, settings: Settings, now: datetime) -> int:
    """Texts that ended longer ago than texts are kept."""
    with session_scope(engine) as session:
        ids: list[str] = []
        for cut, of_site in _by_site(session, settings, now, FamilyPhone.site):
            ended = OutgoingText.settled_at < cut, OutgoingText.state.not_in(OPEN), of_site
            texts = select(OutgoingText.id).join(FamilyPhone, FamilyPhone.id == OutgoingText.family_phone_id)
            ids += session.scalars(texts.where(*ended).limit(_AT_ONCE)).all()
        return _delete(session, OutgoingText.id, ids)


def delete_what_is_over(engine: Engine, settings: Settings, now: datetime) -> int:
    """What came after the kids came home and is needed no more: plans, e-mails and tasks that ended longer ago than texts are
    kept; answers that no check-in looks at any more; links to listings that were made that long ago; referrals of which
    nothing was heard for a year."""
    with session_scope(engine, writes=False) as session:
        over: list[tuple[InstrumentedAttribute[str], tuple[ColumnElement[bool], ...]]] = [
            (CheckInAnswer.id, (CheckInAnswer.at < now - ANSWERS,)),
            (Referral.id, (Referral.status_at < now - REFERRALS,)),
        ]
        for cut, of_site in _by_site(session, settings, now):
            theirs = select(Conversation.id).where(of_site)
            referrals = select(Referral.id).where(Referral.conversation_id.in_(theirs))
            over += [
                (CheckInPlan.id, (CheckInPlan.ended_at < cut, CheckInPlan.conversation_id.in_(theirs))),
                (OutgoingEmail.id, (OutgoingEmail.settled_at < cut, OutgoingEmail.referral_id.in_(referrals))),
                (Ticket.digest, (Ticket.kind == CARD, Ticket.created_at < cut, Ticket.conversation_id.in_(theirs))),
            ]
        for cut, of_site in _by_site(session, settings, now, StaffTask.site):
            over.append((StaffTask.id, (StaffTask.done_at < cut, of_site)))
    most = 0
    for key, conditions in over:
        with session_scope(engine) as session:
            ids = session.scalars(select(key).where(*conditions).limit(_AT_ONCE)).all()
            most = max(most, _delete(session, key, ids, *conditions) if ids else 0)
    return most


def empty_old_shares(engine: Engine, settings: Settings, now: datetime) -> int:
    """What was shared longer ago than texts are kept, and is no longer being worked on, nobody can look at any more; that it
    was shared, and who looked, stays for the family to see."""
    with session_scope(engine) as session:
        changed = 0
        for cut, of_site in _by_site(session, settings, now):
            theirs = select(Conversation.id).where(of_site)
            needed = or_(
                exists().where(StaffTask.share_id == Share.id, StaffTask.done_at.is_(None)),
                exists().where(CallRequest.share_id == Share.id, CallRequest.ended_at.is_(None)),
            )
            old = select(Share.id).where(Share.created_at < cut, Share.sealed != "", Share.conversation_id.in_(theirs), ~needed)
            ids = session.scalars(old.limit(_AT_ONCE).with_for_update(skip_locked=True)).all()
            emptied = update(Share).where(Share.id.in_(ids)).values(sealed="", revoked_at=func.coalesce(Share.revoked_at, now))
            session.execute(emptied)
            changed += len(ids)
        return changed


def delete_lone_phones(engine: Engine, settings: Settings, now: datetime) -> int:
    """Phones that belong to no conversation and to which nothing is on the way: at once when all that came to them was
    the receipt of a deletion, else after a day. The record of what the family agreed to goes with them."""
    of_phone = OutgoingText.family_phone_id == FamilyPhone.id
    alone = (
        ~exists().where(Conversation.family_phone_id == FamilyPhone.id),
        ~exists().where(of_phone, OutgoingText.state.in_(OPEN)),
        or_(
            FamilyPhone.seen_at < now - LONE_PHONES,
            and_(
                exists().where(of_phone, OutgoingText.dedupe_key.startswith(RECEIPT_KEY)),
                ~exists().where(of_phone, ~OutgoingText.dedupe_key.startswith(RECEIPT_KEY)),
            ),
        ),
    )
    with session_scope(engine) as session:
        found = select(FamilyPhone.id).where(*alone).limit(_AT_ONCE)
        locked = session.scalars(found.with_for_update(skip_locked=True)).all()
        # looked at again under the lock: a family may just have written
        ids = session.scalars(select(FamilyPhone.id).where(FamilyPhone.id.in_(locked), *alone)).all()
        return _delete(session, FamilyPhone.id, ids)


def seal_anew(engine: Engine, settings: Settings, now: datetime) -> int:
    """Seal anew what an older key sealed; returns how many."""
    if not settings.old_secret_keys:
        return 0
    with session_scope(engine) as session:
        return reseal(session, Sealer.of(settings), _AT_ONCE)


def without_old_turns(events: str, cut: datetime) -> str | None:
    """What Rasa remembers (JSON), without what was said before `cut`: what is known by then, the open form, and the turns
    since. None when nothing was said before."""
    told: list[dict[str, Any]] = json.loads(events)
    said = [index for index, event in enumerate(told) if event.get("event") in ("user", "bot")]
    old = [index for index in said if (told[index].get("timestamp") or 0) < cut.timestamp()]
    if not old:
        return None
    newer = [index for index in said if index > old[-1] and told[index]["event"] == "user"]
    end = newer[0] if newer else len(told)
    known = {event["name"]: event for event in told[:end] if event.get("event") == "slot"}
    loops = [event for event in told[:end] if event.get("event") == "active_loop"]
    starts = [event for event in told[:end] if event.get("event") == "session_started"]
    opening = [{"event": "action", "name": "action_session_start"}, *(starts[-1:] or [{"event": "session_started"}])]
    return json.dumps(
        [*opening, *known.values(), *loops[-1:], {"event": "action", "name": "action_listen"}, *told[end:]], ensure_ascii=False
    )


def _forget_before(session: Session, conversation_id: str, cut: datetime) -> int:
    conversation = lock_conversation(session, conversation_id)
    if conversation is None or conversation.turn_owner is not None:  # Rasa is at work on it: next time
        return 0
    theirs = Message.conversation_id == conversation_id, Conversation.id == conversation_id
    ids = session.scalars(select(Message.id).where(*theirs, *_too_old(cut))).all()
    session.execute(delete(Message).where(Message.id.in_(ids)))
    events = session.scalar(select(Tracker.events).where(Tracker.conversation_id == conversation_id))
    if events and (shorter := without_old_turns(events, cut)):
        session.execute(update(Tracker).where(Tracker.conversation_id == conversation_id).values(events=shorter))
    return 1


def _too_old(cut: datetime) -> tuple[ColumnElement[bool], ...]:
    """Messages from before `cut` of a thread, but for what still waits."""
    our_question = and_(Conversation.open_question.is_not(None), Message.seq == Conversation.last_seq)
    return Message.at < cut, ~Message.waiting, ~our_question


def _by_site(
    session: Session, settings: Settings, now: datetime, site: InstrumentedAttribute[str | None] = Conversation.site,
    *, web: bool = False,
) -> list[tuple[datetime, ColumnElement[bool]]]:  # fmt: skip
    """(moment before which texts, or chats on the `web`, are too old, the rows it is for): of each site with a time of its
    own, and of all others."""
    column = Site.web_hours if web else Site.sms_days
    own = dict(session.execute(select(Site.name, column).where(column.is_not(None))).tuples().all())
    others = or_(site.is_(None), site.not_in(list(own)))
    times: list[tuple[int, ColumnElement[bool]]] = [(time or 0, site == name) for name, time in own.items()]
    times.append((settings.retention_web_hours if web else settings.retention_sms_days, others))
    unit = timedelta(hours=1) if web else timedelta(days=1)
    return [(now - time * unit, of_site) for time, of_site in times]


def _delete(session: Session, key: InstrumentedAttribute[str], values: Sequence[str], *still: ColumnElement[bool]) -> int:
    table: Any = key.class_
    session.execute(delete(table).where(key.in_(values), *still).execution_options(synchronize_session=False))
    return len(values)
