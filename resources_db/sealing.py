"""Keeping phone numbers so that whoever reads the database cannot, and finding them again.

A number is sealed (encrypted) with a key made of HOMEWARD_SECRET_KEY, and looked up by a digest made with another key
from the same secret. When the secret is changed, the one before stands in HOMEWARD_OLD_SECRET_KEYS until everything is
sealed anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resources_db.errors import ResourcesError
from resources_db.settings import Settings


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

    def seal(self, text: str) -> str:
        return self._keys[0].fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed. Raises WrongKey."""
        for key in self._keys:
            try:
                return key.fernet.decrypt(sealed.encode()).decode()
            except InvalidToken:
                continue
        raise WrongKey("a phone number was sealed with a key that is not here; add it to HOMEWARD_OLD_SECRET_KEYS")

    def digest(self, text: str, use: str = "phone") -> str:
        """64 signs that stand for `text`, of no use to whoever lacks the key; different for each `use`."""
        return _digest(self._keys[0], text, use)

    def digests(self, text: str, use: str = "phone") -> list[str]:
        """The digests of `text` under all keys, for a look-up; today's first."""
        return [_digest(key, text, use) for key in self._keys]


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
