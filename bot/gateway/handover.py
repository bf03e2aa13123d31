"""What the gateway keeps at hand to join web and phone, and the link of a text that opens a thread on the web."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.gateway.errors import Problem
from bot.gateway.reading import Link
from bot.gateway.words import WORDS
from bot.sms.rendering import render
from resources_db.conversations import Conversation
from resources_db.handover import LINK, OldLink, redeem_web_link
from resources_db.messages import Answer
from resources_db.phone_codes import Desk, ListText
from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.sms.cards import make_card
from resources_db.words import Words

#: Not in the app where texts are not set up.
DESK = web.AppKey("desk", Desk)

OLD_LINK = "utter_phone_old_link"
NEEDED = (LINK, OLD_LINK)


def make_desk(settings: Settings, sealer: Sealer, words: Words) -> Desk:
    return Desk(sealer, words, settings, _list_text(settings, sealer, words))


def open_link(app: web.Application, session: Session, link: Link, language: str, now: datetime) -> tuple[Conversation, str]:
    """The conversation that a link out of a text opens, and its new token. Raises Problem, said in `language`."""
    try:
        desk = app.get(DESK)
        if desk is None:
            raise OldLink("there are no texts here")
        return redeem_web_link(session, desk.sealer, desk.settings, link.code, by=link.by, now=now)
    except OldLink:
        raise Problem(410, "old_link", app[WORDS].say(OLD_LINK, language)) from None


def _list_text(settings: Settings, sealer: Sealer, words: Words) -> ListText:
    def as_text(session: Session, conversation: Conversation, matches: Sequence[Mapping[str, Any]], language: str) -> str:
        def card_url(ids: Sequence[str]) -> str:
            code = make_card(session, sealer, conversation, ids, language, datetime.now(timezone.utc))
            return f"{settings.public_url}/c/{code}"

        return "\n".join(render([Answer("", matches=matches)], language, words=words, first=False, card_url=card_url).texts)

    return as_text
