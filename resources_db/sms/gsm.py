"""What a text costs: the alphabet of GSM 03.38, in how many parts a text travels, and plain signs for those outside.

One sign outside that alphabet makes the whole text travel in UCS-2, where a part holds 70 signs in place of 160. Spanish
is hit hardest: é ñ ü ¿ ¡ are inside, á í ó ú are not (docs/decisions/0016-gsm7.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Two septets each, an escape and the sign.
_EXTENDED = frozenset("\f^{}\\[~]|€")

#: Signs that fit into a text alone, and into each part of a longer one, whose header takes some room.
_SEPTETS = 160, 153
_UNITS = 70, 67

_PLAIN = {
    "’": "'", "‘": "'", "‚": "'", "‛": "'", "´": "'", "`": "'", "′": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "―": "-", "−": "-",
    "•": "-", "·": "-", "‣": "-", "●": "-", "▪": "-", "◦": "-",
    "→": "->", "×": "x", "÷": "/", "⁄": "/", "®": "(R)", "©": "(C)", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "\t": " ", "\v": "\n", "\u2028": "\n", "\u2029": "\n", "\x85": "\n",
}  # fmt: skip
#: Invisible: soft hyphen, zero-width spaces and joiners, direction marks, the sign for "as a picture".
_NOTHING = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
_FRACTION = re.compile("([0-9]?)([¼½¾⅐-⅞])")


def fold(text: str) -> str:
    """The text with a plain sign of GSM 03.38 for every sign that has one: á → a, ’ → ', • → -, ½ → 1/2.

    é ñ ü ¿ ¡ are in that alphabet and stay. What has no plain sign, such as an emoji, stays too.
    """
    text = _FRACTION.sub(_fraction, _NOTHING.sub("", unicodedata.normalize("NFC", text)))
    return "".join(sign if sign in _BASIC or sign in _EXTENDED else _plain(sign) for sign in text)


def is_gsm(text: str) -> bool:
    """Whether the text travels in septets."""
    return all(sign in _BASIC or sign in _EXTENDED for sign in text)


def size(text: str) -> int:
    """Septets of a text in GSM 03.38, else 16-bit units."""
    return sum(_sizes(text))


def segments(text: str) -> int:
    """In how many parts the text travels, each of which is paid for. An escape is never parted from its sign, nor are the
    two halves of an emoji."""
    alone, part = _SEPTETS if is_gsm(text) else _UNITS
    if size(text) <= alone:
        return 1
    count, room = 1, part
    for taken in _sizes(text):
        if taken > room:
            count, room = count + 1, part
        room -= taken
    return count


def _sizes(text: str) -> Iterable[int]:
    if is_gsm(text):
        return (2 if sign in _EXTENDED else 1 for sign in text)
    return (2 if ord(sign) > 0xFFFF else 1 for sign in text)


def _plain(sign: str) -> str:
    """What stands for a sign outside the alphabet; the sign itself where nothing does."""
    if sign in _PLAIN:
        return _PLAIN[sign]
    if unicodedata.category(sign) == "Zs":
        return " "
    bare = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    bare = "".join(_PLAIN.get(part, part) for part in bare)
    return bare if bare and is_gsm(bare) else sign


def _fraction(found: re.Match[str]) -> str:
    before, sign = found.groups()
    return (before and f"{before} ") + unicodedata.normalize("NFKD", sign).replace("⁄", "/")
