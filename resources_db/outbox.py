"""The outbox: every text to a phone is decided once, sent once, in order, and followed until its end is known.

Before the carrier is asked to send a text, `sending` is written down; so whoever dies meanwhile leaves a text of which
nobody knows (`unknown`), and never one that is sent twice. What became of it is learnt from the carrier. The functions
are given a session and never commit; the carrier is called between two transactions (resources_db/sms/sending.py).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, exists, func, or_, select, update
from sqlalchemy import text as text_of_sql
from sqlalchemy.orm import Session, aliased

from resources_db import spending
from resources_db.consent import AFTER_STOP, CONFIRMATION, is_opted_out, next_allowed, opt_out
from resources_db.contacts.rows import carried_by, due_again
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.outgoing_text import OPEN, OutgoingText
from resources_db.sealing import Sealer, WrongKey
from resources_db.sms import codes
from resources_db.sms.gsm import fold, segments
from resources_db.sms.numbers import state_of, zones_of
from resources_db.words import Words

#: Said so besides, SQLite finds them by the index of what is open, and does not read all texts a few times a second.
_IS_OPEN = text_of_sql(f"outgoing_text.state IN {OPEN}")
NOTICE = spending.NOTICE
#: What a family waits for, where it says something or on the page.
_ANSWERS = ("reply", "list")
#: Of no use later; nor is anything of use that has to come before them.
_AT_ONCE = (*AFTER_STOP, "code")
#: Said once a day to a family that waits for an answer when a ceiling is reached.
LIMIT_WORDS = "utter_sms_limit"

#: The dedupe keys of texts that are sent once more begin with it; the rest is the id of the first.
_AGAIN = "again:"
#: An answer that comes later than this is no longer expected, and keeps the quiet hours.
_AN_ANSWER = timedelta(hours=1)
_FIRST_WAIT, _LONGEST_WAIT, _MOST_ATTEMPTS = 5.0, 900.0, 30  # seconds, seconds; together about six hours
_LONGEST_RETRY_AFTER = 3600.0
_SENT_AGAIN_AFTER = timedelta(minutes=10)
#: How many more texts than may be sent are looked at, so that many that have to be put off do not hold up the others.
_LOOKED_AT = 50
#: How long the carrier may still report that a text it took did not arrive.
_REPORTED_WITHIN = timedelta(hours=12)
_DEAD_LETTERS_KEPT = timedelta(days=7)

_ON_ITS_WAY = ("accepted", "scheduled", "queued", "sending", "sent")
_ARRIVED = ("delivered", "read")
_LOST = ("undelivered", "failed", "canceled")


@dataclass(frozen=True)
class Terms:
    """What it takes to say whether a text may go: keys, the words for a ceiling that is reached, and the ceiling itself."""

    sealer: Sealer
    words: Words
    public_url: str
    segments_a_day: int


@dataclass(frozen=True)
class Sending:
    """A text that is ours to hand to the carrier. `attempt` is when that began; it names the attempt."""

    id: str
    to: str = field(repr=False)
    from_number: str = field(repr=False)
    body: str = field(repr=False)
    attempt: datetime


@dataclass(frozen=True)
class Unknown(Sending):
    """A text the carrier was asked to send, and nobody knows whether it did. It may still be under way unless `over`."""

    over: bool = False


@dataclass(frozen=True)
class DeadLetter:
    """A text that was given up and that staff have not looked at. `ending` is the end of the number, two digits."""

    id: str
    at: datetime
    kind: str
    error: str | None
    ending: str


def put(
    session: Session, phone: FamilyPhone, body: str, *, kind: str, dedupe_key: str, now: datetime,
    asked_at: datetime | None = None, conversation_id: str | None = None, not_after: datetime | None = None,
) -> str | None:  # fmt: skip
    """Decide on a text after all earlier ones to this phone; returns its id. Its words are folded into the old alphabet of
    texts where they can be (resources_db/sms/gsm.py), so that nobody has to think of it.

    None when it was decided before: that dedupe key (at most 100 signs) is there. Locks the phone. When the family is there,
    because they asked for it just now, what was put off until the morning goes too, before it. `not_after`: from then on it is
    not handed over any more, whatever held it up, and what it should have said is planned anew (resources_db/contacts).
    """
    session.flush()
    session.refresh(phone, ["last_position"], with_for_update=True)
    if session.scalar(select(OutgoingText.id).where(OutgoingText.dedupe_key == dedupe_key)) is not None:
        return None
    phone.last_position += 1
    body = fold(body)
    text = OutgoingText(
        id=str(uuid.uuid4()), family_phone_id=phone.id, conversation_id=conversation_id, position=phone.last_position,
        dedupe_key=dedupe_key, kind=kind, body=body, segments=segments(body), from_number=phone.our_number, asked_at=asked_at,
        state="due", due_at=now, not_after=not_after, attempts=0, created_at=now,
    )  # fmt: skip
    session.add(text)
    session.flush()
    if asked_at is not None and now - asked_at <= _AN_ANSWER and kind in _ANSWERS:
        put_off = OutgoingText.family_phone_id == phone.id, OutgoingText.kind.in_(_ANSWERS), OutgoingText.error.is_(None)
        _update(session, and_(*put_off, OutgoingText.state == "due", OutgoingText.due_at > now), due_at=now, asked_at=asked_at)
    return text.id


# --- sending --------------------------------------------------------------------------------------------------------


def any_due(session: Session, now: datetime) -> bool:
    """Whether it is worth to claim. For a look without a lock."""
    return session.scalar(select(OutgoingText.id).where(_next_and_due(now)).limit(1)) is not None


def claim(session: Session, terms: Terms, *, owner: str, now: datetime, lease: timedelta, limit: int) -> list[Sending]:
    """Make at most `limit` texts ours to send, of each phone the oldest that is open. To be committed before they are sent.

    Those that may not go now are put off or suppressed. `owner` loses what it has not settled when `lease` is over.
    """
    # The phone is locked too: whoever says STOP at this moment is either before us, and seen, or after us. Nobody is waited for.
    due = (
        select(OutgoingText, FamilyPhone)
        .join(FamilyPhone, FamilyPhone.id == OutgoingText.family_phone_id)
        .where(_next_and_due(now))
        .order_by(OutgoingText.kind.not_in(AFTER_STOP), OutgoingText.due_at)
        .limit(limit + _LOOKED_AT)
        .with_for_update(skip_locked=True)
    )
    ours: list[Sending] = []
    for text, phone in session.execute(due).all():
        if len(ours) == limit:
            break
        to = _number(terms.sealer, phone)
        if to is None:
            _end(text, "failed", now, codes.WRONG_KEY)
        elif _may_go(session, terms, text, phone, to, now):
            spending.spend(session, phone, segments=text.segments, now=now)
            text.state, text.owner, text.lease_until, text.sending_at = "sending", owner, now + lease, now
            text.attempts += 1
            ours.append(Sending(text.id, to, text.from_number, text.body, now))
        session.flush()
    return ours


def sent(session: Session, text_id: str, owner: str, provider_id: str, now: datetime) -> None:
    """The carrier took it. That is so however late we say it; only what is known better is not overwritten."""
    found = _lock(session, text_id)
    if found is None or not _unsettled(found[0]) or found[0].state == "sending" and found[0].owner != owner:
        return
    _taken(session, found[0], provider_id, now)


def refused(
    session: Session, sealer: Sealer, text_id: str, owner: str, *, code: str, permanent: bool, now: datetime,
    retry_after: float | None = None,
) -> None:  # fmt: skip
    """The carrier surely did not take it: never will, or later, after at least `retry_after` seconds if it says so."""
    found = _lock(session, text_id)
    if found is None or found[0].owner != owner or found[0].state not in ("sending", "unknown"):
        return
    text, phone = found
    _bring_back(session, text, phone)
    tried_enough = text.attempts >= _MOST_ATTEMPTS and text.not_after is None  # else its window ends it, and it is planned anew
    if permanent or tried_enough:
        _lose(session, sealer, text, phone, code, now, again=False)
    else:
        wait = min(_FIRST_WAIT * 2 ** min(text.attempts - 1, 10), _LONGEST_WAIT) * random.uniform(0.8, 1.2)
        text.due_at = now + timedelta(seconds=max(wait, min(retry_after or 0.0, _LONGEST_RETRY_AFTER)))
        text.error = code
        text.sending_at = None


def unsure(session: Session, text_id: str, owner: str) -> None:
    """We asked the carrier and shall not hear its answer any more."""
    ours = OutgoingText.id == text_id, OutgoingText.owner == owner, OutgoingText.state.in_(("sending", "unknown"))
    session.execute(update(OutgoingText).where(*ours).values(state="unknown", owner=None, lease_until=None))


# --- what the carrier says of it ------------------------------------------------------------------------------------


def settle_from_carrier(
    session: Session, sealer: Sealer, text_id: str, provider_id: str, status: str, error_code: str | None, now: datetime
) -> bool:
    """What the carrier reports of a text, in any order and any number of times; True when that was news."""
    found = _lock(session, text_id)
    if found is None:
        return False
    text, phone = found
    open_to_news = _unsettled(text) or text.state == "sent"
    if not open_to_news or text.provider_id not in (None, provider_id) or _of_another(session, text, provider_id):
        return False
    if status in _ON_ITS_WAY:
        if text.state == "sent":
            return False
        _taken(session, text, provider_id, now)
    elif status in _ARRIVED:
        text.provider_id = provider_id
        _end(text, "delivered", now)
    elif status in _LOST:
        text.provider_id = provider_id
        _lose(session, sealer, text, phone, error_code or status, now, again=error_code in codes.PASSING)
    else:
        return False
    return True


def expire(session: Session, now: datetime, lease: timedelta) -> int:
    """Texts whose sender has been silent for too long are `unknown` now; returns how many.

    A lease further away than it can be was given before the clock was set back. The owner stays: if it lives, it may still
    say what became of the text.
    """
    over = or_(OutgoingText.lease_until < now, OutgoingText.lease_until > now + 2 * lease)
    return _update(session, and_(_IS_OPEN, OutgoingText.state == "sending", over), state="unknown", lease_until=None)


def unknowns(session: Session, sealer: Sealer) -> list[Unknown]:
    """All texts of which nobody knows; at most one of each phone."""
    rows = session.execute(
        select(OutgoingText, FamilyPhone)
        .join(FamilyPhone, FamilyPhone.id == OutgoingText.family_phone_id)
        .where(_IS_OPEN, OutgoingText.state == "unknown")
        .order_by(OutgoingText.created_at)
    )
    return [
        Unknown(text.id, to, text.from_number, text.body, text.sending_at, over=text.owner is None)
        for text, phone in rows
        if (to := _number(sealer, phone)) and text.sending_at
    ]


def found_at_carrier(session: Session, unknown: Unknown, provider_ids: Sequence[str], now: datetime) -> bool:
    """The carrier has texts like this one, the oldest first; the first that is not another of ours is this one."""
    locked = _lock_unknown(session, unknown)
    if locked is None:
        return False
    for provider_id in provider_ids:
        if not _of_another(session, locked[0], provider_id):
            _taken(session, locked[0], provider_id, now)
            return True
    return False


def not_at_carrier(session: Session, unknown: Unknown, now: datetime) -> None:
    """The carrier surely has no such text, and nobody is still handing it over: it is due again."""
    if (locked := _lock_unknown(session, unknown)) is not None:
        text, phone = locked
        _bring_back(session, text, phone)
        text.due_at, text.sending_at = now, None


def give_up(session: Session, unknown: Unknown, now: datetime) -> None:
    """Nobody could find out: staff have to. Later texts to this phone wait no longer."""
    if (locked := _lock_unknown(session, unknown)) is not None:
        _end(locked[0], "failed", now, codes.UNRESOLVED)


# --- upkeep ---------------------------------------------------------------------------------------------------------


def mend_times(session: Session, now: datetime) -> None:
    """The clock may have been set back: look again at texts put off for longer than any attempt is. Those that wait for quiet
    hours to end will be put off again; only check-ins are planned for a later day."""
    far = OutgoingText.due_at > now + timedelta(seconds=_LONGEST_RETRY_AFTER)
    planned = (OutgoingText.kind == "check_in") & (OutgoingText.attempts == 0)
    _update(session, (OutgoingText.state == "due") & far & ~planned, due_at=now)


def forget_bodies(session: Session, now: datetime) -> None:
    """What was sent and not reported lost will not be sent again; and dead letters that nobody wanted are dropped."""
    unneeded = or_(
        (OutgoingText.state == "sent") & (OutgoingText.settled_at < now - _REPORTED_WITHIN),
        (OutgoingText.state == "failed") & (OutgoingText.settled_at < now - _DEAD_LETTERS_KEPT),
    )
    _update(session, (OutgoingText.body != "") & unneeded, body="")


# --- for staff ------------------------------------------------------------------------------------------------------


def counts(session: Session) -> dict[str, int]:
    """How many texts are in each state, of those still remembered."""
    found = dict(session.execute(select(OutgoingText.state, func.count()).group_by(OutgoingText.state)).tuples().all())
    return {state: found.get(state, 0) for state in (*OPEN, "sent", "delivered", "failed", "suppressed")}


def dead_letters(session: Session, sealer: Sealer) -> list[DeadLetter]:
    """The texts that were given up, the oldest first, until they are retried, dropped, or a week old."""
    rows = session.execute(
        select(OutgoingText, FamilyPhone)
        .join(FamilyPhone, FamilyPhone.id == OutgoingText.family_phone_id)
        .where(OutgoingText.state == "failed", OutgoingText.body != "")
        .order_by(OutgoingText.settled_at)
    )
    return [
        DeadLetter(text.id, text.settled_at or text.created_at, text.kind, text.error, (_number(sealer, phone) or "??")[-2:])
        for text, phone in rows
    ]


def retry(session: Session, text_id: str, now: datetime) -> bool:
    """Send a dead letter once more, as a new text; False when there is no such dead letter."""
    found = _lock(session, text_id)
    if found is None or not _is_dead_letter(found[0]):
        return False
    _send_again(session, *found, now, due_at=now)
    return True


def drop(session: Session, text_id: str) -> bool:
    """Forget a dead letter; False when there is no such dead letter."""
    found = _lock(session, text_id)
    if found is None or not _is_dead_letter(found[0]):
        return False
    found[0].body = ""
    return True


# --------------------------------------------------------------------------------------------------------------------


def _next_and_due(now: datetime) -> ColumnElement[bool]:
    """Texts that are due and have no open one before them to the same phone. The answer to a crisis, and a code, wait for
    their like alone: what is before them may have been put off for hours. Nothing waits for a check-in that is planned."""
    earlier = aliased(OutgoingText)
    waits_for_another = exists().where(
        earlier.family_phone_id == OutgoingText.family_phone_id,
        earlier.position < OutgoingText.position,
        earlier.state.in_(OPEN),
        or_(OutgoingText.kind.not_in(_AT_ONCE), earlier.kind.in_(_AT_ONCE)),
        or_(earlier.kind != "check_in", earlier.state != "due", earlier.due_at <= now),
    )
    return and_(_IS_OPEN, OutgoingText.state == "due", OutgoingText.due_at <= now, ~waits_for_another)


def _update(session: Session, which: ColumnElement[bool], **values: object) -> int:
    """Change what nobody else is changing; returns how many."""
    ids = select(OutgoingText.id).where(which).with_for_update(skip_locked=True)
    result = session.execute(update(OutgoingText).where(OutgoingText.id.in_(ids)).values(**values))
    return cast("CursorResult[Any]", result).rowcount


def _may_go(session: Session, terms: Terms, text: OutgoingText, phone: FamilyPhone, to: str, now: datetime) -> bool:
    """Whether a text may leave now; if not it is put off or suppressed. The answer to a crisis always may."""
    late = text.asked_at is None or now - text.asked_at > _AN_ANSWER
    if text.kind in ("code", CONFIRMATION) and late:
        _end(text, "suppressed", now, codes.TOO_LATE)
        return False
    if text.kind not in AFTER_STOP:
        if is_opted_out(session, terms.sealer, to):
            _end(text, "suppressed", now, "opted_out")
            return False
        allowed = next_allowed(now, zones_of(to), state_of(to)) if late else now
        if allowed > now or _is_past(text, now):
            _put_off(session, text, allowed, now)
            return False
    limit = spending.limit_reached(
        session, phone, kind=text.kind, segments=text.segments, segments_a_day=terms.segments_a_day, now=now
    )
    if limit is None:
        return True
    if text.kind == "check_in":  # nobody waits for it today
        tomorrow = now.astimezone(timezone.utc).date() + timedelta(days=1)
        _put_off(session, text, datetime.combine(tomorrow, time(), timezone.utc), now)
        return False
    _end(text, "suppressed", now, f"limit_{limit}")
    if text.kind == "reply":
        words = terms.words.say(LIMIT_WORDS, phone.language, "sms", url=terms.public_url)
        put(session, phone, words, kind=NOTICE, dedupe_key=spending.farewell_key(phone, now), now=now, asked_at=text.asked_at)
    return False


def _is_past(text: OutgoingText, moment: datetime) -> bool:
    return text.not_after is not None and moment >= text.not_after


def _put_off(session: Session, text: OutgoingText, until: datetime, now: datetime) -> None:
    """Where that is too late for it, what it says waits for the family's next hours instead."""
    if not _is_past(text, until):
        text.due_at, text.error = until, None
        return
    _end(text, "suppressed", now, codes.TOO_LATE)
    session.flush()
    due_again(session, text.id, now)


def _number(sealer: Sealer, phone: FamilyPhone) -> str | None:
    try:
        return sealer.open(phone.sealed)
    except WrongKey:
        return None


def _lock(session: Session, text_id: str) -> tuple[OutgoingText, FamilyPhone] | None:
    """The phone first, as everybody does; None when the family has deleted it."""
    of_text = (
        select(FamilyPhone).join(OutgoingText, OutgoingText.family_phone_id == FamilyPhone.id).where(OutgoingText.id == text_id)
    )
    phone = session.scalars(of_text.with_for_update(of=FamilyPhone)).first()
    text = session.get(OutgoingText, text_id, with_for_update=True, populate_existing=True)
    return (text, phone) if text and phone else None


def _lock_unknown(session: Session, unknown: Unknown) -> tuple[OutgoingText, FamilyPhone] | None:
    """None when others learnt of this attempt meanwhile."""
    found = _lock(session, unknown.id)
    return found if found and found[0].state == "unknown" and found[0].sending_at == unknown.attempt else None


def _unsettled(text: OutgoingText) -> bool:
    """Whether the carrier may have it without our knowing."""
    return text.state in OPEN and text.attempts > 0 or _is_dead_letter(text) and text.error == codes.UNRESOLVED


def _is_dead_letter(text: OutgoingText) -> bool:
    return text.state == "failed" and text.body != ""


def _of_another(session: Session, text: OutgoingText, provider_id: str) -> bool:
    others = OutgoingText.provider_id == provider_id, OutgoingText.id != text.id
    return session.scalar(select(OutgoingText.id).where(*others)) is not None


def _taken(session: Session, text: OutgoingText, provider_id: str, now: datetime) -> None:
    """The carrier has it; the words stay for a while, in case it does not arrive."""
    if not _of_another(session, text, provider_id):
        text.provider_id = provider_id
    text.state, text.settled_at, text.error, text.owner, text.lease_until = "sent", now, None, None, None


def _end(text: OutgoingText, state: str, now: datetime, error: str | None = None) -> None:
    """Nothing more comes of it; only a dead letter's words are still needed."""
    text.state, text.settled_at, text.error, text.owner, text.lease_until = state, now, error, None, None
    if state != "failed":
        text.body = ""


def _lose(
    session: Session, sealer: Sealer, text: OutgoingText, phone: FamilyPhone, code: str, now: datetime, *, again: bool
) -> None:
    """It did not arrive and will not, for the carrier's reason. `again`: a text of the same words may."""
    if code == codes.OPTED_OUT:
        _end(text, "suppressed", now, code)
        if (number := _number(sealer, phone)) is not None:
            session.flush()
            opt_out(session, sealer, number, "carrier", phone.language, now, family_phone=phone)
        return
    _end(text, "failed", now, code)
    if text.kind == CONFIRMATION:  # said at once or never: whoever said stop gets nothing later, from us or from staff
        text.body = ""
        return
    if again and not text.dedupe_key.startswith(_AGAIN):
        _send_again(session, text, phone, now, due_at=now + _SENT_AGAIN_AFTER)


def _send_again(session: Session, text: OutgoingText, phone: FamilyPhone, now: datetime, due_at: datetime) -> None:
    """As a new text: what the carrier still says of the old one cannot be mistaken for this."""
    new = put(
        session, phone, text.body, kind=text.kind, dedupe_key=_AGAIN + text.id, now=now, asked_at=text.asked_at,
        conversation_id=text.conversation_id, not_after=text.not_after,
    )  # fmt: skip
    if new is not None:
        session.execute(update(OutgoingText).where(OutgoingText.id == new).values(due_at=due_at))
        carried_by(session, text.id, new)
    text.body = ""


def _bring_back(session: Session, text: OutgoingText, phone: FamilyPhone) -> None:
    """The carrier does not have it: it costs nothing, and may be claimed again."""
    if text.sending_at is not None:
        spending.take_back(session, phone, segments=text.segments, spent_at=text.sending_at)
    text.state, text.owner, text.lease_until = "due", None, None
