"""The e-mails to providers in the database: which are due, whose they are to hand over, and what became of them.

Written down as `sending` before the mail server is asked, by whoever holds the lease. A mail server cannot be asked later
whether it took one: one of which nobody knows is sent again, under the same Message-ID (docs/decisions/0021). The functions
never commit.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from resources_db import contacts, outbox
from resources_db.check_ins.plans import plan_of
from resources_db.consent import is_opted_out
from resources_db.conversations import lock_conversation
from resources_db.mail import codes
from resources_db.mail.letter import Letter
from resources_db.mail.server import Outcome
from resources_db.messages import tell
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.outgoing_email import OutgoingEmail
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.referral import Referral
from resources_db.models.share import Share
from resources_db.referrals import effects, ledger
from resources_db.referrals.saying import HARMLESS
from resources_db.referrals.vocabulary import COULDNT_CONTACT, REQUESTED
from resources_db.sealing import Sealer, WrongKey
from resources_db.search import matches_by_id
from resources_db.sms.numbers import readable
from resources_db.words import Words

#: What the worker says by itself.
FAILED = "utter_request_failed"
NEEDED = (FAILED,)

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
#: A family waits for a call: after that it is told that none will come.
GIVEN_UP_AFTER = timedelta(hours=24)
_MOST_ATTEMPTS = 60
#: Longer than handing over can take: each step of it has its own time limit (resources_db/mail/server.py).
LEASE = timedelta(minutes=10)


@dataclass(frozen=True)
class Sending:
    """A letter that is ours to hand over; `attempt` counts from 1."""

    letter: Letter = field(repr=False)
    attempt: int


def any_due(session: Session, now: datetime) -> bool:
    """Whether it is worth to claim. For a look without a lock."""
    return session.scalar(select(OutgoingEmail.id).where(_may_be_claimed(now)).limit(1)) is not None


def claim(session: Session, sealer: Sealer, *, owner: str, now: datetime) -> Sending | None:
    """Make the oldest that is due ours. To be committed before it is handed over; whoever does not settle it until the lease
    is over has lost it to others."""
    due = select(OutgoingEmail).where(_may_be_claimed(now)).order_by(OutgoingEmail.due_at).limit(1)
    email = session.scalar(due.with_for_update(skip_locked=True))
    if email is None:
        return None
    if email.state == "sending":  # whoever had it may have handed it over before it died
        email.error = codes.UNSURE
    if email.attempts >= _MOST_ATTEMPTS:  # it kills whoever touches it
        email.state, email.owner, email.lease_until, email.settled_at, email.sealed = "failed", None, None, now, ""
        return None
    try:
        content = json.loads(sealer.open(email.sealed))
    except WrongKey:
        email.state, email.owner, email.lease_until, email.error = "due", None, None, codes.WRONG_KEY
        _wait(email, now)
        return None
    email.state, email.owner, email.lease_until = "sending", owner, now + LEASE
    email.attempts += 1
    session.flush()
    return Sending(Letter(email.id, content["to"], content["subject"], content["body"], email.created_at), email.attempts)


def settle(
    session: Session, sealer: Sealer, words: Words, sending: Sending, outcome: Outcome, *, owner: str, now: datetime
) -> None:
    """Write down what the mail server said, unless the letter is no longer ours: taken back, deleted, or another's by now.

    Locks the conversation, then the referral, then the letter, as everybody does.
    """
    referral_id = session.scalar(select(OutgoingEmail.referral_id).where(OutgoingEmail.id == sending.letter.id))
    of_family = session.scalar(select(Referral.conversation_id).where(Referral.id == referral_id)) if referral_id else None
    conversation = lock_conversation(session, of_family) if of_family else None
    referral = session.get(Referral, referral_id, with_for_update=True, populate_existing=True) if conversation else None
    email = session.get(OutgoingEmail, sending.letter.id, with_for_update=True, populate_existing=True) if referral else None
    if conversation is None or referral is None or email is None:
        return
    if (email.state, email.owner, email.attempts) != ("sending", owner, sending.attempt):
        return
    email.owner = email.lease_until = None
    if outcome.kind == "sent":
        email.state, email.settled_at, email.error, email.sealed = "sent", now, None, ""
        return
    # what may have been taken once may have been taken, whatever is said later
    email.error = codes.UNSURE if email.error == codes.UNSURE else outcome.code
    if outcome.kind == "later" and now - email.created_at < GIVEN_UP_AFTER:
        email.state = "due"
        _wait(email, now)
        return
    email.state, email.settled_at, email.sealed = "failed", now, ""
    session.flush()
    _own_up(session, sealer, words, referral, email, now)


def _own_up(session: Session, sealer: Sealer, words: Words, referral: Referral, email: OutgoingEmail, now: datetime) -> None:
    """It did not get there: the referral says so, staff look at the address, and the family is told whom to call."""
    if awaited := referral.status == REQUESTED:
        ledger.note(session, referral, COULDNT_CONTACT, "homeward", now)
    effects.ask_staff(session, referral.service_id, "email_failed", now)
    conversation = lock_conversation(session, referral.conversation_id)
    shared = session.get(Share, email.id)
    if conversation is None or shared is None:
        return
    listing = referral.service_at_location_id or referral.service_id
    found = matches_by_id(session, [listing], language=conversation.language, now=now)
    phone = next((line["number"] for match in found for line in match.phones), "211")
    said = {"to_name": shared.with_whom, "phone": readable(phone)}
    family = session.get(FamilyPhone, conversation.family_phone_id) if conversation.family_phone_id else None
    plan = plan_of(session, conversation.id)
    discreet = plan is not None and plan.state == "active" and plan.discreet
    number = _number(sealer, family)
    if family is None or number is None or discreet or is_opted_out(session, sealer, number):
        tell(session, conversation, words.say(FAILED, conversation.language, **said), now=now)
        return
    if referral.need not in HARMLESS:  # whoever reads along is not to learn of the place: a question that names none
        if awaited:
            contacts.plan_follow_up(session, referral, COULDNT_CONTACT, now, now)
        return
    due_at, until = contacts.next_moment(contacts.hours_of(session, conversation.id, number), now, number)
    body = words.say(FAILED, conversation.language, "sms", **said)
    text_id = outbox.put(
        session, family, body, kind="check_in", dedupe_key=f"request:{email.id}", now=now, conversation_id=conversation.id,
        not_after=until,
    )  # fmt: skip
    session.execute(update(OutgoingText).where(OutgoingText.id == text_id).values(due_at=due_at))


def _number(sealer: Sealer, phone: FamilyPhone | None) -> str | None:
    try:
        return sealer.open(phone.sealed) if phone else None
    except WrongKey:
        return None


def _may_be_claimed(now: datetime) -> ColumnElement[bool]:
    """What lies further ahead than it can was written before the clock was set back."""
    due = or_(OutgoingEmail.due_at <= now, OutgoingEmail.due_at > now + 2 * _LONGEST_WAIT)
    over = or_(OutgoingEmail.lease_until < now, OutgoingEmail.lease_until > now + 2 * LEASE)
    return or_((OutgoingEmail.state == "due") & due, (OutgoingEmail.state == "sending") & over)


def _wait(email: OutgoingEmail, now: datetime) -> None:
    wait = min(_FIRST_WAIT * 2 ** min(max(email.attempts, 1) - 1, 10), _LONGEST_WAIT)
    email.due_at = now + wait * random.uniform(0.8, 1.2)
