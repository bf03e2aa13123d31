"""The phones that text with us: found by a keyed digest, their numbers sealed (resources_db/sealing.py).

Whoever locks a phone has locked its conversation before, never after, so that nobody waits for another in a circle.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.sealing import Sealer


def find_phone(session: Session, sealer: Sealer, e164: str, *, lock: bool = False) -> FamilyPhone | None:
    """The phone with this number, if it ever texted or joined; `lock` it to change it."""
    query = select(FamilyPhone).where(FamilyPhone.digest.in_(sealer.digests(e164)))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def phone_of(session: Session, conversation_id: str) -> FamilyPhone | None:
    """The phone that belongs to a locked conversation, locked too; None when none does."""
    of_this = Conversation.family_phone_id == FamilyPhone.id, Conversation.id == conversation_id
    query = select(FamilyPhone).where(*of_this).with_for_update(of=FamilyPhone)
    return session.scalar(query.execution_options(populate_existing=True))


def remember_phone(
    session: Session, sealer: Sealer, e164: str, *, our_number: str, language: str, site: str | None, now: datetime
) -> FamilyPhone:
    """The phone with this number, locked, and from now on reached from `our_number`. `language` is for one that is new.

    However many do this at once, there is one."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    phone = find_phone(session, sealer, e164, lock=True)
    if phone is None:
        new = insert(FamilyPhone).values(
            id=str(uuid.uuid4()), digest=sealer.digest(e164), sealed=sealer.seal(e164), key_id=sealer.key_id,
            language=language, our_number=our_number, site=site, created_at=now, seen_at=now, welcomed_at=None, last_position=0,
        )  # fmt: skip
        session.execute(new.on_conflict_do_nothing(index_elements=[FamilyPhone.digest]))
        phone = find_phone(session, sealer, e164, lock=True)
    assert phone is not None
    phone.our_number, phone.site, phone.seen_at = our_number, site, now
    return phone
