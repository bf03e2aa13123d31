"""What is said to a message that came as a text: rendered, and put into the outbox in the transaction that says it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.sms.rendering import FIRST, render
from resources_db import consent, outbox
from resources_db.conversations import lock_conversation
from resources_db.messages import SMS, Answer
from resources_db.models.family_phone import FamilyPhone
from resources_db.phones import phone_of
from resources_db.sealing import Sealer, WrongKey
from resources_db.sms.cards import make_card
from resources_db.words import Words

logger = logging.getLogger(__name__)

TROUBLE = "utter_trouble"


class Texting:
    """`public_url` is where the cards behind the short links are."""

    def __init__(self, sealer: Sealer, words: Words, public_url: str) -> None:
        self._sealer = sealer
        self._words = words
        self._public_url = public_url

    def put(
        self, session: Session, conversation_id: str, answers: Sequence[Answer], *, language: str, key: str, asked_at: datetime,
        now: datetime,
    ) -> None:  # fmt: skip
        """Put the answers to a family's text, which came at `asked_at`, into the outbox; the same `key` again changes nothing.

        To a number that said stop goes the answer to a crisis and nothing else. The conversation is locked.
        """
        phone = phone_of(session, conversation_id)
        if phone is None:
            return
        try:
            phone_number = self._sealer.open(phone.sealed)
        except WrongKey as error:
            logger.error("a family cannot be answered by text: %s", error)
            return
        if consent.is_opted_out(session, self._sealer, phone_number):
            answers = [answer for answer in answers if answer.crisis]
        if not answers:
            return
        crisis = any(answer.crisis for answer in answers)
        first = phone.welcomed_at is None and not crisis

        def card_url(ids: Sequence[str]) -> str:
            conversation = lock_conversation(session, conversation_id)
            assert conversation is not None
            return f"{self._public_url}/c/{make_card(session, self._sealer, conversation, ids, language, now)}"

        try:
            texts = render(answers, language, words=self._words, first=first, card_url=card_url).texts
        except Exception:  # something in a listing that nobody thought of: it would be so each time, and nobody answered
            logger.exception("an answer could not be put into a text")
            first = False
            texts = [a.text for a in answers if a.crisis] or [self._words.say(TROUBLE, language, SMS)]
        for number, body in enumerate(texts):
            outbox.put(
                session, phone, body, kind=consent.CRISIS if crisis else "reply", dedupe_key=f"{key}:{number}", now=now,
                asked_at=asked_at, conversation_id=conversation_id,
            )  # fmt: skip
        phone.language = language
        if first:
            self._welcomed(session, phone, language, now)

    def _welcomed(self, session: Session, phone: FamilyPhone, language: str, now: datetime) -> None:
        """They wrote first, and were told in these words who we are and how to stop."""
        phone.welcomed_at = now
        wording = self._words.say(FIRST, language, SMS)
        consent.opt_in(session, self._sealer, phone, wording, "text", language, now)
