"""Codes with which a center invites families to check-ins: HW-7KQ2MX, on a card or a poster.

A code says who invited. It opens nothing, and whoever invited is told only how often it was used.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from resources_db.models.invite import Invite
from resources_db.sealing import Sealer

#: No vowels, so that no words come of it, and nothing that looks like another sign; as on a receipt (privacy/erasure.py).
SIGNS = "BCDFGHJKMNPQRTVWXYZ2346789"
_LENGTH = 6
_USE = "invite"

# "hw7kq2mx", "HW 7KQ 2MX", "code: hw-7 k q 2 m x!"; signs may stand apart as people read them from a card.
_GAP = r"[\s.\u2010-\u2015-]{0,3}"
_CODE = re.compile(rf"(?<![a-z0-9])h{_GAP}w((?:{_GAP}[{SIGNS}]){{{_LENGTH}}})(?![a-z0-9])", re.IGNORECASE | re.ASCII)


def make(
    session: Session, sealer: Sealer, *,
    label: str, site: str | None, made_by: str | None, days: int, most_uses: int, now: datetime,
) -> str:  # fmt: skip
    """A new code, "HW-7KQ2MX", good for so many days and families. Only its digest is kept: it cannot be shown again."""
    code = "HW-" + "".join(secrets.choice(SIGNS) for _ in range(_LENGTH))
    session.add(
        Invite(
            id=str(uuid4()),
            digest=sealer.digest(code, _USE),
            key_id=sealer.key_id,
            site=site,
            label=label,
            made_by=made_by,
            created_at=now,
            expires_at=now + timedelta(days=days),
            most_uses=most_uses,
        )
    )
    session.flush()
    return code


def code_in(text: str) -> str | None:
    """The code that somebody wrote in `text`, in any case and spacing, as it stands on the card; none need exist."""
    found = _CODE.search(text)
    return "HW-" + "".join(sign for sign in found[1].upper() if sign in SIGNS) if found else None


def find(session: Session, sealer: Sealer, text: str, now: datetime) -> Invite | None:
    """The invite whose code stands in `text`, while it is good: not over, and not used up."""
    code = code_in(text)
    if code is None:
        return None
    query = select(Invite).where(Invite.digest.in_(sealer.digests(code, _USE)))
    invite = session.scalars(query).one_or_none()
    return invite if invite and invite.expires_at > now and invite.uses < invite.most_uses else None


def use(session: Session, invite: Invite) -> bool:
    """One more family came with it; False, and nothing is counted, when somebody else took the last place meanwhile."""
    one_more = update(Invite).where(Invite.id == invite.id, Invite.uses < Invite.most_uses).values(uses=Invite.uses + 1)
    used = cast("CursorResult[Any]", session.execute(one_more)).rowcount == 1
    session.refresh(invite)
    return used


__all__ = ["SIGNS", "code_in", "find", "make", "use"]
