"""Taking in what a family texts: once, in one transaction, whether the carrier brought it or we found it there later.

What a family wants of the texts themselves (STOP, START, HELP, "delete my data") comes before anything else and is done
here; everything else becomes a message of their conversation. A number that said stop is still listened to: its messages
are taken in, and nothing but the answer to a crisis goes back (bot/gateway/texting.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resources_db import consent, conversations, handover, messages, outbox, spending
from resources_db.claims import Claim
from resources_db.consent import Wish
from resources_db.conversations import Conversation
from resources_db.database import UNKEEPABLE
from resources_db.messages import Turn
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.incoming_text import IncomingText
from resources_db.phones import find_phone, remember_phone
from resources_db.privacy import erasure
from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.sites import retention_of, site_texted
from resources_db.sms.options import chosen, offered
from resources_db.words import Words

STOP, START, HELP = "utter_sms_stop", "utter_sms_start", "utter_sms_help"
PICTURE, EMPTY, TOO_MANY = "utter_sms_picture", "utter_sms_empty", "utter_sms_too_many"
#: What must be there to be said.
NEEDED = (STOP, START, HELP, PICTURE, EMPTY, TOO_MANY)

_CARRIERS_WORDS: dict[str, Literal["stop", "start", "help"]] = {"STOP": "stop", "START": "start", "HELP": "help"}
#: In seconds.
_A_WHILE, _AN_HOUR = 180, 3600
#: As many as the Chat API takes, and more than a carrier brings.
_MOST_SIGNS = 4000
#: SQLite takes only so many parameters.
_AT_ONCE = 500
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Incoming:
    """A text as the carrier tells of it, at the moment `at`. `media` is how many pictures and such came with it. `service`
    is the messaging service it came through, if any; `carriers_word` what the carrier itself took it for and has answered."""

    provider_id: str = field(repr=False)
    from_number: str = field(repr=False)
    to_number: str
    text: str = field(repr=False)
    media: int
    at: datetime
    service: str | None = None
    carriers_word: str | None = None


@dataclass(frozen=True)
class Taken:
    """`new`: it was not known yet. `conversation_id` is set when there is something to answer in it, and `turn` when that
    can begin at once."""

    new: bool
    conversation_id: str | None = None
    turn: Turn | None = None


def take_in(
    session: Session, sealer: Sealer, words: Words, incoming: Incoming, *, settings: Settings, claim: Claim, now: datetime,
    is_crisis: Callable[[str], bool] | None = None,
) -> Taken:  # fmt: skip
    """Take in a text, unless it was before. Without `is_crisis` anything may be a crisis and is answered.

    Raises TooManyWaiting."""
    _one_at_a_time(session, sealer.digest(incoming.from_number))
    ids = sealer.digests(incoming.provider_id, "incoming")
    if session.scalar(select(IncomingText.digest).where(IncomingText.digest.in_(ids))):
        return Taken(new=False)
    session.add(IncomingText(digest=ids[0], at=now))
    if not _from_a_family(session, settings, incoming):
        return Taken(new=True)
    return _Intake(session, sealer, words, incoming, settings, claim, now, ids[0]).take(is_crisis)


def known_of(session: Session, sealer: Sealer, provider_ids: Sequence[str]) -> set[str]:
    """Those of the ids whose texts were taken in."""
    by_digest = {digest: provider_id for provider_id in provider_ids for digest in sealer.digests(provider_id, "incoming")}
    digests, found = list(by_digest), set[str]()
    for start in range(0, len(digests), _AT_ONCE):
        some = IncomingText.digest.in_(digests[start : start + _AT_ONCE])
        found.update(by_digest[digest] for digest in session.scalars(select(IncomingText.digest).where(some)))
    return found


def _from_a_family(session: Session, settings: Settings, incoming: Incoming) -> bool:
    """Nobody reads an answer at a company's short code, and two numbers of ours would talk for ever."""
    number = incoming.from_number
    ours = number == incoming.to_number or settings.carrier is not None and number == settings.carrier.sms_from
    return bool(_PHONE.fullmatch(number)) and not ours and site_texted(session, number) is None


def _one_at_a_time(session: Session, digest: str) -> None:
    """The texts of one phone. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int(digest[:15], 16))))


class _Intake:
    """One text that is new. The conversation is locked first, then the phone, then its texts, as everybody does it."""

    def __init__(
        self, session: Session, sealer: Sealer, words: Words, incoming: Incoming, settings: Settings, claim: Claim, now: datetime,
        digest: str,
    ) -> None:  # fmt: skip
        self._session = session
        self._sealer = sealer
        self._words = words
        self._incoming = incoming
        self._settings = settings
        self._claim = claim
        self._now = now
        self._at = min(incoming.at, now)
        self._digest = digest
        self._number = incoming.from_number
        self._text = UNKEEPABLE.sub("", incoming.text)[:_MOST_SIGNS]
        self._site = site_texted(session, incoming.service, incoming.to_number)
        known = find_phone(session, sealer, self._number)
        newest = conversations.newest_of_phone(session, known.id, now) if known else None
        self._newest = conversations.lock_conversation(session, newest) if newest else None
        self._phone = self._remember()
        self._opted_out = consent.is_opted_out(session, sealer, self._number)

    def take(self, is_crisis: Callable[[str], bool] | None) -> Taken:
        wish = self._wish()
        if wish:
            self._grant(wish)
            if not self._says_more(wish, is_crisis):
                return Taken(new=True)
        if not self._text.strip():
            self._reply(PICTURE if self._incoming.media else EMPTY)
            return Taken(new=True)
        conversation = self._conversation()
        if not wish and handover.asks_for_web(self._text):
            self._send_web_link(conversation)
            return Taken(new=True)
        too_many = spending.texts_too_much(self._session, conversation.id, self._now)
        answered = not too_many or is_crisis is None or is_crisis(self._text)
        if not answered:
            self._reply(TOO_MANY, within=_AN_HOUR)
        return self._accept(conversation, to_be_answered=answered)

    def _says_more(self, wish: Wish, is_crisis: Callable[[str], bool] | None) -> bool:
        """A sentence may hold more than its wish: "stop texting me, he is hitting me"."""
        return wish.kind != "delete" and wish.how == "phrase" and (is_crisis is None or is_crisis(self._text))

    def _wish(self) -> Wish | None:
        said = _CARRIERS_WORDS.get((self._incoming.carriers_word or "").upper())
        wish = consent.wish_of(self._text)
        if said and (wish is None or wish.kind != said):
            return Wish(said, "phrase", None)
        if wish is None and self._opted_out and consent.affirms(self._text):
            return Wish("start", "keyword", None)
        return wish

    def _grant(self, wish: Wish) -> None:
        language = self._phone.language = wish.language or self._phone.language
        newly = False
        if wish.stops:
            how: Literal["carrier", "keyword", "phrase"] = "carrier" if self._incoming.carriers_word else wish.how
            newly = consent.opt_out(self._session, self._sealer, self._number, how, language, self._now, family_phone=self._phone)
            self._opted_out = True
            if newly and wish.kind == "stop":
                self._say(STOP, language, f"stop:{self._digest}", kind=consent.CONFIRMATION)
        if wish.kind == "delete":
            # whoever just said stop with it may be told so once; whoever said it before gets no text
            kind = consent.CONFIRMATION if newly else None if self._opted_out else "notice"
            erasure.erase_by_text(self._session, self._phone, self._words, language=language, now=self._now, kind=kind)
        elif wish.kind == "start":
            self._start(language)
        elif wish.kind == "help" and not self._opted_out:
            self._say(HELP, language, self._now_and_then(HELP, language))
            self._welcomed(HELP, language)

    def _start(self, language: str) -> None:
        stopped_at = consent.opted_out_at(self._session, self._sealer, self._number)
        if stopped_at is not None and self._at < stopped_at:
            return  # found late at the carrier: STOP was said after it
        answered = bool(self._incoming.carriers_word)
        wording = self._text.strip() if answered else self._words.say(START, language, messages.SMS)
        source: Literal["carrier", "text"] = "carrier" if answered else "text"
        again = consent.opt_in(self._session, self._sealer, self._phone, wording, source, language, self._now)
        self._opted_out = False
        self._say(START, language, f"start:{self._digest}" if again else self._now_and_then(START, language))
        if not answered and self._phone.welcomed_at is None:
            self._phone.welcomed_at = self._now

    def _welcomed(self, response: str, language: str) -> None:
        """It was told who we are and how to stop: that is on record, once."""
        if self._phone.welcomed_at is None and not self._incoming.carriers_word:
            wording = self._words.say(response, language, messages.SMS)
            consent.opt_in(self._session, self._sealer, self._phone, wording, "text", language, self._now)
            self._phone.welcomed_at = self._now

    def _reply(self, response: str, within: int = _A_WHILE) -> None:
        if not self._opted_out:
            language = self._phone.language
            self._say(response, language, self._now_and_then(response, language, within))

    def _say(self, response: str, language: str, dedupe_key: str, kind: str = "notice") -> None:
        """Unless the carrier has answered already, as an agency may have told it to."""
        if self._incoming.carriers_word:
            return
        body = self._words.say(response, language, messages.SMS)
        outbox.put(self._session, self._phone, body, kind=kind, dedupe_key=dedupe_key, now=self._now, asked_at=self._at)

    def _now_and_then(self, response: str, language: str, within: int = _A_WHILE) -> str:
        """Once in so many seconds, however often it is asked for: a text costs money."""
        return f"{response}:{language}:{self._phone.id}:{int(self._now.timestamp()) // within}"

    def _conversation(self) -> Conversation:
        """The newest of the phone's, locked, or a new one; either lives on from now."""
        lifetime = retention_of(self._settings, self._site).sms
        conversation = self._newest
        if conversation is None:
            return conversations.start_texting(
                self._session, self._phone.id, language=self._phone.language, now=self._now, lifetime=lifetime,
                site=self._site.name if self._site else None,
            )  # fmt: skip
        conversation.expires_at = max(conversation.expires_at, self._now + lifetime)
        return conversation

    def _send_web_link(self, conversation: Conversation) -> None:
        conversations.save_conversation(self._session, conversation)
        if not self._opted_out:
            handover.send_web_link(
                self._session, self._sealer, self._words, self._phone, conversation.id, public_url=self._settings.public_url,
                language=conversation.language, now=self._now, dedupe_key=f"web:{self._digest}",
            )  # fmt: skip

    def _accept(self, conversation: Conversation, *, to_be_answered: bool) -> Taken:
        said = messages.last_answers(self._session, conversation)
        index = chosen(self._text, offered(said))
        choice = None
        if index is not None:
            choice = next(row.choices for row in reversed(said) if row.choices and not row.matches)[index]["choice"]
        accepted = messages.accept(
            self._session, conversation, client_id=self._digest, text=self._text, choice=choice, claim=self._claim,
            channel=messages.SMS, at=self._at, to_be_answered=to_be_answered,
            keep_street=self._settings.geocoder != "offline",
        )  # fmt: skip
        return Taken(new=True, conversation_id=conversation.id if to_be_answered else None, turn=accepted.turn)

    def _remember(self) -> FamilyPhone:
        """The phone, locked, and reached from now on from where the family just wrote to."""
        return remember_phone(
            self._session, self._sealer, self._number, our_number=self._incoming.service or self._incoming.to_number,
            language="en", site=self._site.name if self._site else None, now=self._now,
        )  # fmt: skip
