"""From the web to a phone: its number is proved with a code that is texted to it, then the thread goes on there too.

The number is sealed where it arrives: neither the transcript nor Rasa ever sees it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, String, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from resources_db import consent, messages, outbox, sites
from resources_db.conversations import Conversation
from resources_db.errors import ResourcesError
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.ticket import Ticket
from resources_db.phones import find_phone, phone_of, remember_phone
from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.sms.numbers import BadNumber, e164, is_american
from resources_db.trackers import load_tracker
from resources_db.words import Words

KIND = "phone"
LIFETIME = timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES, CODES_PER = 3, timedelta(hours=1)

CONSENT, CODE, WELCOME = "utter_phone_consent", "utter_phone_code", "utter_phone_welcome"
JOINED, LISTED = "utter_phone_joined", "utter_phone_listed"

#: Crises and a need in which whoever hurts somebody may be the one who looks at the phone.
_CRISES, _NEED = ("violence", "child_safety"), "domestic_violence"

#: Listings of one answer as one text: (session, conversation, matches, language) → its body.
ListText = Callable[[Session, Conversation, Sequence[Mapping[str, Any]], str], str]


class AskFirst(ResourcesError):
    """This is about violence at home, and nobody has said yet that texts on this phone are safe."""


class OptedOut(ResourcesError):
    """The number wants no texts. `our_number` is where START would have to be sent; None for a pool of numbers."""

    def __init__(self, our_number: str) -> None:
        super().__init__("this number wants no texts")
        self.our_number = our_number if our_number.startswith("+") else None


class TooManyCodes(ResourcesError):
    """MOST_CODES were asked for in this conversation within CODES_PER."""


class NotJoined(ResourcesError):
    """No phone belongs to the conversation."""


class NothingListed(ResourcesError):
    """No listing was shown in the conversation."""


Refused = Literal["wrong_code", "old_code"]


@dataclass(frozen=True)
class Joined:
    """The phone by the last two digits of its number, and whether a list went to it now."""

    ending: str
    listed: bool


@dataclass(frozen=True)
class Desk:
    """What it takes to hand a thread over: made once."""

    sealer: Sealer
    words: Words
    settings: Settings
    list_text: ListText

    def number_for(self, session: Session, conversation: Conversation) -> str:
        """The number, or messaging service, that this conversation's texts come from."""
        number = sites.number_of(self.settings, sites.find_site(session, _site_of(session, conversation)))
        assert number is not None, "texts are not set up"
        return number

    def send_code(self, session: Session, conversation: Conversation, raw: str, *, safe: bool, now: datetime) -> datetime:
        """Text a code to `raw`, as a family wrote it, for this locked conversation; returns until when it is good.

        A code before it opens nothing from now on. Whether the number said stop, or got as many codes as it may, is its owner's
        to know: then no text goes out, and nothing here tells. Raises BadNumber, AskFirst, TooManyCodes.
        """
        number = e164(raw)
        if not is_american(number):  # elsewhere a text costs many times as much, and fraud lives on that
            raise BadNumber("impossible")
        if not safe and touches_violence(session, conversation):
            raise AskFirst("ask first whether texts on this phone are safe")
        site = _site_of(session, conversation)
        our_number = self.number_for(session, conversation)
        phone = find_phone(session, self.sealer, number, lock=True) or remember_phone(
            session, self.sealer, number, our_number=our_number, language=conversation.language, site=site, now=now
        )
        # a code is counted by its key and belongs to the phone alone: who deletes the conversation gets no new ones for it
        key = f"code:{conversation.id}:"
        if _codes(session, OutgoingText.dedupe_key.startswith(key), now - CODES_PER) >= MOST_CODES:
            raise TooManyCodes("too many codes")
        had_enough = _codes(session, OutgoingText.family_phone_id == phone.id, now - CODES_PER) >= MOST_CODES
        session.execute(delete(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.kind == KIND))
        # one that is not sent is none that anybody could guess
        code = secrets.token_hex(16) if had_enough else f"{secrets.randbelow(10**6):06}"
        session.add(
            Ticket(
                digest=self.sealer.digest(_of(conversation, code), KIND), kind=KIND, conversation_id=conversation.id,
                content={"phone": phone.id, "language": conversation.language, "safe": safe}, created_at=now,
                expires_at=now + LIFETIME,
            )
        )  # fmt: skip
        body = self.words.say(CODE, conversation.language, "sms", code=code)
        if not had_enough:  # where the number said stop, the outbox suppresses it
            outbox.put(session, phone, body, kind="code", dedupe_key=key + secrets.token_hex(8), now=now, asked_at=now)
        return now + LIFETIME

    def join(self, session: Session, conversation: Conversation, code: str, *, listed: bool, now: datetime) -> Joined | Refused:
        """Make the phone whose code this is part of the locked conversation, and text it a welcome, with `listed` the last
        listings too. A wrong code is returned, not raised, so that the try is counted. Raises AskFirst, OptedOut."""
        live = Ticket.conversation_id == conversation.id, Ticket.kind == KIND, Ticket.expires_at > now
        ticket = session.scalar(select(Ticket).where(*live, Ticket.attempts < MOST_TRIES).with_for_update())
        if ticket is None:
            return "old_code"
        expected = self.sealer.digests(_of(conversation, code), KIND)
        # each is compared, whichever is right
        if not any([secrets.compare_digest(ticket.digest, digest) for digest in expected]):
            ticket.attempts += 1
            return "wrong_code" if ticket.attempts < MOST_TRIES else "old_code"
        phone = session.get(FamilyPhone, ticket.content["phone"], with_for_update=True)
        if phone is None:  # deleted meanwhile, because somebody asked for it by text
            return "old_code"
        if listed and not ticket.content["safe"] and touches_violence(session, conversation):
            raise AskFirst("ask first whether texts on this phone are safe")
        number, language = self.sealer.open(phone.sealed), ticket.content["language"]
        if consent.is_opted_out(session, self.sealer, number):
            raise OptedOut(phone.our_number)
        consent.opt_in(session, self.sealer, phone, self.words.say(CONSENT, language), "web", language, now)
        session.delete(ticket)
        self._tie(session, conversation, phone, now)
        welcome = self.words.say(WELCOME, conversation.language, "sms")
        self._put(session, phone, conversation, welcome, kind="reply", key=f"welcome:{ticket.digest}", now=now)
        phone.welcomed_at, phone.language = phone.welcomed_at or now, conversation.language
        matches = last_listed(session, conversation) if listed else None
        if matches:
            self._put_list(session, phone, conversation, *matches, now=now)
        ending = number[-2:]
        said = self.words.say(LISTED if matches else JOINED, conversation.language, ending=ending)
        messages.tell(session, conversation, said, now=now)
        return Joined(ending, bool(matches))

    def text_list(self, session: Session, conversation: Conversation, *, safe: bool, now: datetime) -> Joined:
        """Text the last listings to the phone that belongs to the locked conversation; the same ones only once.

        Raises NotJoined, AskFirst, OptedOut, NothingListed.
        """
        phone = phone_of(session, conversation.id)
        if phone is None:
            raise NotJoined("no phone yet")
        if not safe and touches_violence(session, conversation):
            raise AskFirst("ask first whether texts on this phone are safe")
        number = self.sealer.open(phone.sealed)
        if consent.is_opted_out(session, self.sealer, number):
            raise OptedOut(phone.our_number)
        matches = last_listed(session, conversation)
        if matches is None:
            raise NothingListed("nothing to text")
        ending = number[-2:]
        if self._put_list(session, phone, conversation, *matches, now=now):
            said = self.words.say(LISTED, conversation.language, ending=ending)
            messages.tell(session, conversation, said, now=now)
        return Joined(ending, True)

    def ending_of(self, session: Session, conversation: Conversation) -> str | None:
        """The last two digits of the phone that belongs to the conversation; None when none does."""
        sealed = session.scalar(select(FamilyPhone.sealed).where(FamilyPhone.id == conversation.family_phone_id))
        return self.sealer.open(sealed)[-2:] if sealed else None

    def _tie(self, session: Session, conversation: Conversation, phone: FamilyPhone, now: datetime) -> None:
        """From now on the phone's texts come here. The thread lives as long as texts do, its token as long as before."""
        lifetime = sites.retention_of(self.settings, sites.find_site(session, _site_of(session, conversation))).sms
        conversation.token_until = conversation.web_until
        conversation.expires_at = max(conversation.expires_at, now + lifetime)
        conversation.family_phone_id = phone.id
        tied = {
            "family_phone_id": phone.id, "joined_at": now, "token_until": conversation.token_until,
            "expires_at": conversation.expires_at,
        }  # fmt: skip
        session.execute(update(ConversationRow).where(ConversationRow.id == conversation.id).values(tied))

    def _put_list(
        self, session: Session, phone: FamilyPhone, conversation: Conversation, seq: int, matches: Sequence[Mapping[str, Any]],
        language: str, *, now: datetime,
    ) -> bool:  # fmt: skip
        body = self.list_text(session, conversation, matches, language)
        key = f"list:{conversation.id}:{seq}:{phone.id}"
        return self._put(session, phone, conversation, body, kind="list", key=key, now=now)

    def _put(
        self, session: Session, phone: FamilyPhone, conversation: Conversation, body: str, *, kind: str, key: str, now: datetime
    ) -> bool:
        """The family asked for it this moment; False when it is in the outbox already."""
        put = outbox.put(session, phone, body, kind=kind, dedupe_key=key, now=now, asked_at=now, conversation_id=conversation.id)
        return put is not None


def touches_violence(session: Session, conversation: Conversation) -> bool:
    """Whether violence at home has come up: as a crisis, a need that was asked for, or one that a listing answers."""
    of_this = Message.conversation_id == conversation.id
    asked = or_(Message.crisis.in_(_CRISES), Message.payload.contains(_NEED), cast(Message.matches, String).contains(_NEED))
    if session.scalar(select(Message.id).where(of_this, asked).limit(1)) is not None:
        return True
    events = json.loads(load_tracker(session, conversation.id) or "[]")
    needs = [event.get("value") for event in events if event.get("event") == "slot" and event.get("name") == "needs"]
    return any(_NEED in (value or ()) for value in needs)


def last_listed(session: Session, conversation: Conversation) -> tuple[int, list[dict[str, Any]], str] | None:
    """Number, listings and language of the newest answer that shows any."""
    listing = Message.conversation_id == conversation.id, cast(Message.matches, String) != "[]"
    newest = select(Message.seq, Message.matches, Message.language).where(*listing).order_by(Message.seq.desc()).limit(1)
    row = session.execute(newest).first()
    return (row.seq, row.matches, row.language) if row else None


def _codes(session: Session, whose: ColumnElement[bool], since: datetime) -> int:
    query = select(func.count()).where(whose, OutgoingText.kind == "code", OutgoingText.created_at > since)
    return session.scalars(query).one()


def _site_of(session: Session, conversation: Conversation) -> str | None:
    return session.scalar(select(ConversationRow.site).where(ConversationRow.id == conversation.id))


def _of(conversation: Conversation, code: str) -> str:
    """A code is of one conversation: six digits alone would be the same in two."""
    return f"{conversation.id}\n{code}"
