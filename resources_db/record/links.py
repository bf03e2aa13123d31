"""Links to a family's record: good for half an hour, opened as often as it likes, so that no preview of a link uses one up.

The code is in the message alone; we keep its digest. Whoever has the link sees the record, and nothing else of the family.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.models.ticket import Ticket
from resources_db.sealing import Sealer

KIND = "record"
LIFETIME = timedelta(minutes=30)
#: Nothing that looks like something else; 16 of 32 signs are 80 bits.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 16
_CODE = re.compile(f"[{_SIGNS}]{{{_LENGTH}}}")


@dataclass(frozen=True)
class Opened:
    """Whose record a link opens, and how it is to be read there: dates are of the family's own clock."""

    conversation_id: str
    language: str
    time_zone: str


def make_link(session: Session, sealer: Sealer, conversation_id: str, language: str, time_zone: str, now: datetime) -> str:
    """A new code; the links handed out before stay good for their own half hour."""
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    session.add(
        Ticket(
            digest=sealer.digest(code, KIND), kind=KIND, conversation_id=conversation_id,
            content={"language": language, "time_zone": time_zone}, created_at=now, expires_at=now + LIFETIME,
        )
    )  # fmt: skip
    return code


def opened_by(session: Session, sealer: Sealer, code: str, now: datetime) -> Opened | None:
    """What a code opens; None when there is no such code, or its time is over."""
    if not _CODE.fullmatch(code):
        return None
    wanted = Ticket.digest.in_(sealer.digests(code, KIND)), Ticket.kind == KIND, Ticket.expires_at > now
    row = session.execute(select(Ticket.conversation_id, Ticket.content).where(*wanted)).first()
    return None if row is None else Opened(row.conversation_id, row.content["language"], row.content["time_zone"])
