"""From the phone back to the web: a link in a text that opens the same thread in a browser, once."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from resources_db import outbox
from resources_db.conversations import Conversation, give_token, lock_conversation
from resources_db.errors import ResourcesError
from resources_db.geo.names import plain
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.ticket import Ticket
from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.sites import find_site, retention_of
from resources_db.words import Words

KIND = "web"
LINK = "utter_phone_web_link"
LIFETIME = timedelta(minutes=30)

# Whole messages without signs and accents. "website" or "internet" alone may be about a place or a need, so they want a verb.
_ASKS = re.compile(
    r"(?:(?:on |to |en |a )?(?:the |la )?(?:web|web (?:page|chat|link)|pagina web)|en la pagina|enlace web"
    r"|(?:(?:can i|let me|i want to|puedo|quiero|quisiera) )?"
    r"(?:continue|go on|keep going|keep talking|switch|move|seguir|continuar|sigue)"
    r" (?:(?:on|in|to|over to|en|a|por|al) )?(?:(?:the|your|la|el) )?"
    r"(?:web|web ?(?:page|site|chat)|online|internet|computer|pagina|pagina web|sitio web|linea|computadora))"
    r"(?: please| por favor)?"
)


class OldLink(ResourcesError):
    """The link was used, is too old, or never was."""


def asks_for_web(text: str) -> bool:
    """Whether a text as a whole says "WEB", "continue on the web", "en la página"."""
    return bool(_ASKS.fullmatch(" ".join(re.findall(r"\w+", plain(text)))))


def send_web_link(
    session: Session, sealer: Sealer, words: Words, phone: FamilyPhone, conversation_id: str, *,
    public_url: str, language: str, now: datetime, dedupe_key: str,
) -> None:  # fmt: skip
    """Text `phone` a link that opens its conversation, locked by the caller. An older link opens nothing from now on."""
    session.execute(delete(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.kind == KIND))
    # hexadecimal: a phone takes a "_" or "-" at the end of a link for something else
    code = secrets.token_hex(12)
    session.add(
        Ticket(
            digest=sealer.digest(code, KIND), kind=KIND, conversation_id=conversation_id, content={},
            created_at=now, expires_at=now + LIFETIME,
        )
    )  # fmt: skip
    # after "#": a browser sends that to no server, so it is in no log, and the preview of a link does not use it up
    body = words.say(LINK, language, "sms", url=f"{public_url}/#t={code}")
    outbox.put(session, phone, body, kind="reply", dedupe_key=dedupe_key, now=now, asked_at=now, conversation_id=conversation_id)


def redeem_web_link(
    session: Session, sealer: Sealer, settings: Settings, code: str, *, by: str | None, now: datetime
) -> tuple[Conversation, str]:
    """The conversation that `code` opens, and a new token for it in the place of the one it had. Raises OldLink.

    `by` is the redeemer's own name for this attempt: after a lost answer the same one may redeem it again.
    """
    wanted = Ticket.digest.in_(sealer.digests(code, KIND)), Ticket.kind == KIND, Ticket.expires_at > now
    conversation_id = session.scalar(select(Ticket.conversation_id).where(*wanted))
    conversation = lock_conversation(session, conversation_id) if conversation_id else None
    ticket = session.scalar(select(Ticket).where(*wanted).with_for_update()) if conversation else None
    if conversation is None or ticket is None or conversation.expires_at <= now:
        raise OldLink("this link opens nothing any more")
    if ticket.attempts and (by is None or ticket.content.get("by") != by):
        raise OldLink("this link was used")
    ticket.attempts, ticket.content = ticket.attempts + 1, {"by": by}
    site = session.scalar(select(ConversationRow.site).where(ConversationRow.id == conversation.id))
    token = give_token(session, conversation, now + retention_of(settings, find_site(session, site)).web)
    return conversation, token
