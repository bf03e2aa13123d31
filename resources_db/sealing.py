"""Keeping phone numbers, and families' own words, so that whoever reads the database cannot, and finding numbers again.

They are sealed (encrypted) with a key made of HOMEWARD_SECRET_KEY, which is named before what is sealed; a number is looked
up by a digest made with another key from the same secret. When the secret is changed, the one before stands in
HOMEWARD_OLD_SECRET_KEYS until everything is sealed anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from resources_db.errors import ResourcesError
from resources_db.models.base import Base
from resources_db.models.check_in import CheckInPlan
from resources_db.models.consent import OptOut
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.family_record import RecordEntry, WhatIfPart
from resources_db.models.invite import Invite
from resources_db.models.outgoing_email import OutgoingEmail
from resources_db.models.referral import Referral
from resources_db.models.share import Share
from resources_db.settings import Settings

#: Between a key's id and what it sealed.
_NAMED = ":"


class WrongKey(ResourcesError):
    """None of the keys opens this: the one it was sealed with is missing in HOMEWARD_OLD_SECRET_KEYS."""


@dataclass(frozen=True)
class _Key:
    """`id` says which key it is and nothing of the key itself."""

    id: str
    fernet: Fernet = field(repr=False)
    digesting: bytes = field(repr=False)


class Sealer:
    """Seals with the first secret; opens, and finds, with all of them."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [_key(secret) for secret in secrets]

    @classmethod
    def of(cls, settings: Settings) -> Sealer:
        return cls([settings.secret_key(), *settings.old_secret_keys])

    @property
    def key_id(self) -> str:
        """Which key seals now; 8 signs."""
        return self._keys[0].id

    @property
    def _mark(self) -> str:
        return self.key_id + _NAMED

    def seal(self, text: str) -> str:
        return self._mark + self._keys[0].fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed. Raises WrongKey."""
        token = sealed.rpartition(_NAMED)[2].encode()  # numbers sealed by Homeward 0.1 do not name their key
        for key in self._keys:
            try:
                return key.fernet.decrypt(token).decode()
            except InvalidToken:
                continue
        raise WrongKey("something was sealed with a key that is not here; add it to HOMEWARD_OLD_SECRET_KEYS")

    def needs_older_key(self, sealed: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Which rows have something in this column that another key than today's sealed."""
        return and_(sealed != "", ~sealed.startswith(self._mark))

    def digest(self, text: str, use: str = "phone") -> str:
        """64 signs that stand for `text`, of no use to whoever lacks the key; different for each `use`."""
        return _digest(self._keys[0], text, use)

    def digests(self, text: str, use: str = "phone") -> list[str]:
        """The digests of `text` under all keys, for a look-up; today's first."""
        return [_digest(key, text, use) for key in self._keys]


#: Where families' words are sealed; empty where they are needed no more.
SEALED: tuple[InstrumentedAttribute[Any], ...] = (
    CheckInPlan.safe_word_sealed, RecordEntry.note_sealed, WhatIfPart.text_sealed, Share.sealed, OutgoingEmail.sealed,
    Referral.draft,
)  # fmt: skip


def reseal(session: Session, sealer: Sealer, limit: int) -> int:
    """Seal anew some of what an older key sealed, and make phones' digests with today's; returns how many.

    Of a number that wants no texts, and of an invitation, there is only a digest. A number's is made anew where the number is
    at hand; the others stay found as long as their key stands in HOMEWARD_OLD_SECRET_KEYS. Raises WrongKey.
    """
    older = select(FamilyPhone).where(FamilyPhone.key_id != sealer.key_id).limit(limit).with_for_update(skip_locked=True)
    phones = session.scalars(older).all()
    for phone in phones:
        number = sealer.open(phone.sealed)
        today, *before = sealer.digests(number)
        phone.sealed, phone.digest, phone.key_id = sealer.seal(number), today, sealer.key_id
        if session.get(OptOut, today) is None:
            anew = {"digest": today, "key_id": sealer.key_id}
            session.execute(update(OptOut).where(OptOut.digest.in_(before)).values(anew))
    return len(phones) + sum(_reseal(session, sealer, column, limit) for column in SEALED)


def _reseal(session: Session, sealer: Sealer, column: InstrumentedAttribute[Any], limit: int) -> int:
    older = select(column.class_).where(sealer.needs_older_key(column)).limit(limit).with_for_update(skip_locked=True)
    rows = session.scalars(older).all()
    for row in rows:
        setattr(row, column.key, sealer.seal(sealer.open(getattr(row, column.key))))
    return len(rows)


def under_older_keys(session: Session, sealer: Sealer) -> dict[str, int]:
    """{table: rows} that still need a key other than today's; nothing of tables without any."""
    which: dict[type[Base], ColumnElement[bool]] = {
        table: table.key_id != sealer.key_id for table in (FamilyPhone, OptOut, Invite)
    }
    which |= {cast("type[Base]", column.class_): sealer.needs_older_key(column) for column in SEALED}
    counts = {
        table.__tablename__: session.scalars(select(func.count()).select_from(table).where(older)).one()
        for table, older in which.items()
    }
    return {table: count for table, count in counts.items() if count}


def _key(secret: str) -> _Key:
    def derive(purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"homeward " + purpose).derive(secret.encode())

    return _Key(
        id=hashlib.sha256(derive(b"key id")).hexdigest()[:8],
        fernet=Fernet(base64.urlsafe_b64encode(derive(b"seal"))),
        digesting=derive(b"digest"),
    )


def _digest(key: _Key, text: str, use: str) -> str:
    return hmac.new(key.digesting, f"{use}\n{text}".encode(), hashlib.sha256).hexdigest()
