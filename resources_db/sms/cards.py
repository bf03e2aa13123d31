"""Short links to the full listings of an answer. The code is in the text alone; we keep its digest, and no word of who asked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.conversations import Conversation
from resources_db.models.ticket import Ticket
from resources_db.sealing import Sealer

KIND = "card"
#: Nothing that looks like something else, so that a code can be read out. 13 of 32 signs are 65 bits.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 13
_CODE = re.compile(f"[{_SIGNS}]{{{_LENGTH}}}")


@dataclass(frozen=True)
class Card:
    """The listings a code opens: service_at_location (or service) ids, in the order of the text."""

    ids: tuple[str, ...]
    language: str


def make_card(
    session: Session, sealer: Sealer, conversation: Conversation, ids: Sequence[str], language: str, now: datetime
) -> str:
    """A new code that opens these listings for as long as the conversation lives."""
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    session.add(
        Ticket(
            digest=sealer.digest(code, KIND), kind=KIND, conversation_id=conversation.id,
            content={"ids": list(ids), "language": language}, created_at=now, expires_at=conversation.expires_at,
        )
    )  # fmt: skip
    return code


def card_of(session: Session, sealer: Sealer, code: str, now: datetime) -> Card | None:
    """What a code opens; None when there is no such code, or its time is over."""
    if not _CODE.fullmatch(code):
        return None
    wanted = Ticket.digest.in_(sealer.digests(code, KIND)), Ticket.kind == KIND, Ticket.expires_at > now
    content = session.scalar(select(Ticket.content).where(*wanted))
    return None if content is None else Card(tuple(content["ids"]), content["language"])
