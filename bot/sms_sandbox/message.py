"""A text as the carrier keeps it, and as it shows it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime

API = "/2010-04-01/Accounts"

# GSM 03.38: its 7-bit alphabet, and the signs that take two places there.
_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = set("\f^{}\\[~]|€")


def encoding_of(text: str) -> str:
    """ "GSM-7" or "UCS-2"."""
    return "GSM-7" if set(text) <= _BASIC | _EXTENDED else "UCS-2"


def segments_of(text: str) -> int:
    """How many texts the network makes of it, which is what is paid; a sign of two places is never split between two."""
    if encoding_of(text) == "GSM-7":
        sizes, alone, together = [2 if sign in _EXTENDED else 1 for sign in text], 160, 153
    else:
        sizes, alone, together = [len(sign.encode("utf-16-be")) // 2 for sign in text], 70, 67
    if sum(sizes) <= alone:
        return 1
    count, room = 1, together
    for size in sizes:
        if size > room:
            count, room = count + 1, together
        room -= size
    return count


@dataclass
class Message:
    """`status` outward: accepted (by a messaging service), queued, sent, then delivered, undelivered or failed; inward:
    received. `automatic` ones the carrier wrote itself; it does not list them."""

    direction: str
    from_number: str
    to: str
    body: str
    status: str
    created: datetime
    service: str | None = None
    callback: str | None = None
    media: int = 0
    automatic: bool = False
    error_code: int | None = None
    sent: datetime | None = None
    updated: datetime | None = None
    sid: str = field(default="")

    def __post_init__(self) -> None:
        self.sid = self.sid or ("MM" if self.media else "SM") + secrets.token_hex(16)

    @property
    def segments(self) -> int:
        return segments_of(self.body)

    @property
    def encoding(self) -> str:
        return encoding_of(self.body)

    def as_json(self, account: str) -> dict[str, object]:
        """The Message resource of the API. Numbers are strings there; a service's text has neither sender nor size at first."""
        uri = f"{API}/{account}/Messages/{self.sid}"
        undecided = self.status == "accepted"
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": _rfc2822(self.created),
            "date_sent": _rfc2822(self.sent),
            "date_updated": _rfc2822(self.updated or self.created),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": None if undecided else self.from_number,
            "messaging_service_sid": self.service,
            "num_media": str(self.media),
            "num_segments": "0" if undecided else str(self.segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment.astimezone(timezone.utc)) if moment else None
