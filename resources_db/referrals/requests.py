"""A family's own request to a listing: drafted with as little as will do, shown word for word, and sent only then.

Nothing is sent but the words that were shown. Where it goes to is decided when they are drafted (docs/decisions/0021).
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db import contacts
from resources_db.errors import ResourcesError
from resources_db.mail.codes import UNSURE
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.location import Location
from resources_db.models.organization import Organization
from resources_db.models.outgoing_email import OutgoingEmail
from resources_db.models.referral import Referral
from resources_db.models.service import Service
from resources_db.models.service_at_location import ServiceAtLocation
from resources_db.models.service_need import ServiceNeed
from resources_db.models.share import Share, ShareLook
from resources_db.models.staff_member import StaffMember
from resources_db.models.staff_task import StaffTask
from resources_db.people import shares
from resources_db.program.counting import count
from resources_db.referrals import ledger
from resources_db.referrals.vocabulary import OFFERED, REQUESTED
from resources_db.sealing import Sealer, WrongKey
from resources_db.sms.gsm import fold
from resources_db.sms.numbers import readable
from resources_db.taxonomy.needs import load_needs
from resources_db.words import Words

Way = Literal["email", "inbox"]
Withdrawn = Literal["stopped", "too_late"]

#: Whoever hurts the family may see an e-mail's answer, or pick up when they call back.
_NEVER = "domestic_violence"
_ADULT = 18
_INBOX_WITHIN = timedelta(days=1)
_INBOX_ROLES = frozenset({"staff", "admin"})
HANDED_ON = "handed_on"

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_MOST_SIGNS = 120
_SPEAKS = {"en": "utter_request_speaks_english", "es": "utter_request_speaks_spanish"}


class NotShown(ResourcesError):
    """This draft is not, or no longer, the one the family was shown: nothing was sent."""


@dataclass(frozen=True)
class Draft:
    """`text` is what the family is shown, in its language; `english` the very words that are sent. `to` is an e-mail address,
    None for the inbox. `ages` and `number` tell whether these are in it, `has_ages` and `has_number` whether they could be."""

    way: Way
    to_name: str
    to: str | None = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    english: str = field(repr=False)
    name: str | None = field(repr=False)
    ages: bool
    number: bool
    has_ages: bool
    has_number: bool


def can_send(session: Session, referral: Referral, *, by_email: bool) -> Way | None:
    """How a request reaches this listing; None: not at all. `by_email`: whether this installation has a mail server."""
    service = session.get(Service, referral.service_id)
    if service is None or service.status != "active" or _is_secret(session, referral):
        return None
    if by_email and _address(session, service) is not None:
        return "email"
    return "inbox" if _has_inbox(session, referral.conversation_id) else None


def compose(
    session: Session, sealer: Sealer, words: Words, referral: Referral, *, language: str, by_email: bool,
    name: str | None = None, ages: Sequence[float] = (), town: str | None = None, with_ages: bool = True,
    with_number: bool = True, by_text: bool = False,
) -> Draft | None:  # fmt: skip
    """What would be sent; None where nothing can be. `ages` in years as the family said them, of which only children's are
    used; `town` stands for the ZIP where it gave none; `by_text`: shown in a text, so its signs are those of texts."""
    way = can_send(session, referral, by_email=by_email)
    if way is None:
        return None
    service = session.get_one(Service, referral.service_id)
    organization = session.get_one(Organization, service.organization_id)
    children = sorted({int(age) for age in ages if 0 <= age < _ADULT})
    phone = _phone(session, sealer, referral.conversation_id)
    family = session.get_one(Conversation, referral.conversation_id)
    facts = _Facts(
        service=_line(service.name), need=referral.need, name=name, place=referral.zip or _line(town or "") or None,
        ages=children if with_ages else [], speaks=family.language, phone=phone if with_number else None,
    )  # fmt: skip

    def body(code: str) -> str:
        return _body(words, code, facts)

    english, shown = body("en"), body(language)
    if by_text:
        english, shown = fold(english), fold(shown)
    return Draft(
        way=way, to_name=_line(organization.name), to=_address(session, service) if way == "email" else None,
        subject=words.say("utter_request_subject", "en", service=facts.service), text=shown, english=english, name=name,
        ages=bool(facts.ages), number=facts.phone is not None, has_ages=bool(children), has_number=phone is not None,
    )  # fmt: skip


def keep(session: Session, sealer: Sealer, referral: Referral, draft: Draft, now: datetime) -> str:
    """Keep what the family is being shown until it answers; returns the mark by which `kept` knows it again."""
    referral.draft, referral.draft_at = sealer.seal(json.dumps(asdict(draft), ensure_ascii=False)), now
    session.flush()
    return _mark(referral.draft)


def kept(sealer: Sealer, referral: Referral, mark: str) -> Draft | None:
    """The draft that was shown under this mark; None when another was shown since, or it was sent or dropped."""
    if not referral.draft or _mark(referral.draft) != mark:
        return None
    try:
        return Draft(**json.loads(sealer.open(referral.draft)))
    except WrongKey:
        return None


def drop(session: Session, referral: Referral) -> None:
    """The family does not want to send it."""
    referral.draft = referral.draft_at = None
    session.flush()


def send(session: Session, sealer: Sealer, referral: Referral, draft: Draft, now: datetime) -> Share:
    """Send exactly `draft.english`, which the family was shown, and note it. Twice is once. Raises NotShown when it was not
    kept, or when the listing takes none any more."""
    session.flush()
    session.refresh(referral, with_for_update=True)
    if (before := _sent(session, referral)) is not None:
        return before
    if referral.draft is None or Draft(**json.loads(sealer.open(referral.draft))) != draft:
        raise NotShown("the family has not been shown this")
    if can_send(session, referral, by_email=draft.way == "email") != draft.way:
        raise NotShown("the listing takes no requests any more")
    shared = shares.share(
        session, sealer, referral.conversation_id, what="request", text=draft.english, with_whom=draft.to_name, now=now
    )
    conversation = session.get_one(Conversation, referral.conversation_id)
    if draft.way == "email":
        letter = {"to": draft.to, "subject": draft.subject, "body": draft.english}
        session.add(
            OutgoingEmail(
                id=shared.id, referral_id=referral.id, sealed=sealer.seal(json.dumps(letter, ensure_ascii=False)), state="due",
                due_at=now, attempts=0, created_at=now,
            )
        )  # fmt: skip
    else:
        session.add(
            StaffTask(
                id=str(uuid.uuid4()), kind="request", site=conversation.site, dedupe_key=f"request {shared.id}",
                referral_id=referral.id, share_id=shared.id, service_id=referral.service_id, detail={}, created_at=now,
                due_at=now + _INBOX_WITHIN,
            )
        )  # fmt: skip
    referral.draft = referral.draft_at = None
    session.flush()
    count(
        session, "request_sent", now, site=conversation.site, need=referral.need, zip=referral.zip, language=conversation.language
    )
    ledger.note(session, referral, REQUESTED, "family", now)
    return shared


def sent_to(session: Session, referral: Referral) -> str | None:
    """To whom a request went that was not taken back; None when none did."""
    shared = _sent(session, referral)
    return shared.with_whom if shared else None


def withdraw(session: Session, referral: Referral, now: datetime) -> Withdrawn | None:
    """Take the newest request back. "stopped": nobody saw it and nobody will; "too_late": it was on its way or handed on, and
    only our copy could be deleted; None: there is none."""
    session.flush()
    session.refresh(referral, with_for_update=True)
    shared = _sent(session, referral)
    if shared is None:
        return None
    session.refresh(shared, with_for_update=True)  # nobody looks at it from here on (shares.look)
    email = session.get(OutgoingEmail, shared.id, with_for_update=True, populate_existing=True)
    task = session.scalar(select(StaffTask).where(StaffTask.share_id == shared.id).with_for_update())
    if email is not None:
        stopped = email.state in ("due", "failed") and email.error != UNSURE
    else:
        stopped = task is not None and task.done_at is None and not _was_seen(session, shared.id)
    if email is not None:
        email.sealed, email.owner, email.lease_until = "", None, None
        if email.state in ("due", "sending"):
            email.state, email.settled_at = "withdrawn", now
    shares.revoke(session, shared.id, now)
    if stopped and referral.status == REQUESTED:
        ledger.note(session, referral, OFFERED, "family", now)
        contacts.cancel_follow_ups(session, referral.id)
        referral.follow_up_wording = None
    session.flush()
    return "stopped" if stopped else "too_late"


def hand_on(session: Session, task: StaffTask, staff_id: str, now: datetime) -> None:
    """Staff passed a request of the inbox on to the provider. What comes of it is noted in the ledger when it is known."""
    session.flush()
    session.refresh(task, with_for_update=True)
    if task.done_at is None:  # the family may have taken it back at this very moment
        task.done_at, task.done_by, task.outcome = now, staff_id, HANDED_ON
        session.flush()


@dataclass(frozen=True)
class _Facts:
    """All that may be told, and no more."""

    service: str
    need: str
    name: str | None
    place: str | None
    ages: Sequence[int]
    speaks: str
    phone: str | None


def _body(words: Words, language: str, facts: _Facts) -> str:
    """No empty lines: by text they would get lost on the way to the family."""

    def say(response: str, **values: object) -> str:
        return words.say(response, language, "", **values)

    ages = [str(age) if age else say("utter_request_baby") for age in facts.ages]
    lines = [
        say("utter_request_opens"),
        say("utter_request_service", service=facts.service),
        say("utter_request_need", need=load_needs()[facts.need].name[language]),
        say("utter_request_for", name=facts.name) if facts.name else "",
        say("utter_request_place", place=facts.place) if facts.place else "",
        say("utter_request_ages", ages=", ".join(ages)) if ages else "",
        say(_SPEAKS[facts.speaks]),
        say("utter_request_reach", phone=facts.phone) if facts.phone else say("utter_request_will_call"),
        say("utter_request_ends"),
    ]
    return "\n".join(filter(None, lines))


def _sent(session: Session, referral: Referral) -> Share | None:
    """The share of the newest request that was not taken back."""
    by_email = select(OutgoingEmail.id).where(OutgoingEmail.referral_id == referral.id)
    by_inbox = select(StaffTask.share_id).where(StaffTask.referral_id == referral.id, StaffTask.kind == "request")
    sent = Share.id.in_(by_email) | Share.id.in_(by_inbox)
    return session.scalar(select(Share).where(sent, Share.revoked_at.is_(None)).order_by(Share.created_at.desc()).limit(1))


def _was_seen(session: Session, share_id: str) -> bool:
    return session.scalar(select(ShareLook.id).where(ShareLook.share_id == share_id).limit(1)) is not None


def _is_secret(session: Session, referral: Referral) -> bool:
    """A shelter that nobody may find, or help against somebody who may be reading."""
    if referral.need == _NEVER or session.get(ServiceNeed, (referral.service_id, _NEVER)) is not None:
        return True
    hidden = (
        select(Location.id)
        .join(ServiceAtLocation, ServiceAtLocation.location_id == Location.id)
        .where(ServiceAtLocation.service_id == referral.service_id, Location.confidential)
    )
    return session.scalar(hidden.limit(1)) is not None


def _address(session: Session, service: Service) -> str | None:
    """The service's e-mail address, else the organization's. Those that are made up get none."""
    organization = session.get_one(Organization, service.organization_id)
    if organization.is_sample:
        return None
    return next((one for one in (service.email, organization.email) if one and len(one) <= 254 and _ADDRESS.fullmatch(one)), None)


def _has_inbox(session: Session, conversation_id: str) -> bool:
    """Whether anybody looks into it."""
    site = session.get_one(Conversation, conversation_id).site
    people = session.scalars(select(StaffMember).where(StaffMember.active)).all()
    return any(_INBOX_ROLES & set(person.roles) and person.site in (None, site) for person in people)


def _phone(session: Session, sealer: Sealer, conversation_id: str) -> str | None:
    """The family's own number as people write it: (916) 555-0142."""
    of_family = select(FamilyPhone.sealed).join(Conversation, Conversation.family_phone_id == FamilyPhone.id)
    sealed = session.scalar(of_family.where(Conversation.id == conversation_id))
    if sealed is None:
        return None
    try:
        return readable(sealer.open(sealed))
    except WrongKey:
        return None


def _line(text: str) -> str:
    """On one line, without signs that steer anything, and not too long."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_MOST_SIGNS]


def _mark(sealed: str) -> str:
    return hashlib.sha256(sealed.encode()).hexdigest()[:8]
