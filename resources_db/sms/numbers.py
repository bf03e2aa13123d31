"""Phone numbers of families: read, written one way, and where they are.

The places are in area_codes.csv: what the phonenumbers library knows of each American area code, which would take
200 MB at run time; overlays have the zones of the code they lie over. A test holds the table against the library.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat

Reason = Literal["unreadable", "short_code", "impossible"]

_FILE = Path(__file__).with_name("area_codes.csv")
_SHORT_CODE = re.compile(r"\d{3,6}")
# Newer area codes than the library knows are numbers too, so American ones are judged by their shape alone.
_AMERICAN_SHAPE = re.compile(r"\+1[2-9]\d\d[2-9]\d{6}")
# What carriers put in the place of a withheld number: words such as ANONYMOUS, spelled on the keys.
_WITHHELD = frozenset({"+266696687", "+86282452253", "+464", "+7378742833", "+2562533", "+8656696"})
_OUR_REGIONS = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})


class BadNumber(ValueError):
    """Nobody can be texted there.

    `reason`: unreadable (no number in it, or a name in its place), short_code (three to six digits: a company's
    service, not a family), impossible (too short, too long, or of a shape that does not exist).
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"not a phone number to text with: {reason}")
        self.reason = reason


class _Area(NamedTuple):
    state: str
    zones: tuple[str, ...]


def e164(raw: str, region: str = "US") -> str:
    """A number as people write it, such as "(405) 555-0143", as +14055550143. Raises BadNumber."""
    if _SHORT_CODE.fullmatch(raw.strip()):
        raise BadNumber("short_code")
    try:
        parsed = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException as error:
        too_short = error.error_type == phonenumbers.NumberParseException.TOO_SHORT_NSN
        raise BadNumber("impossible" if too_short else "unreadable") from None
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(parsed) or number in _WITHHELD:
        raise BadNumber("impossible")
    if parsed.country_code == 1 and not _AMERICAN_SHAPE.fullmatch(number):
        raise BadNumber("impossible")
    return number


def readable(number: str | None) -> str:
    """As people write it: (916) 555-0142; "" for none. Short numbers such as 211, and what is no number, as they are."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL) if phonenumbers.is_possible_number(parsed) else number


def is_american(phone: str) -> bool:
    """Is this E.164 number one of the United States and its territories? A toll-free one is."""
    if not phone.startswith("+1"):
        return False
    region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    # None: an area code too new for the library; the new ones are nearly all American.
    return region is None or region in _OUR_REGIONS


def zones_of(phone: str) -> tuple[str, ...]:
    """IANA names of the time zones of an E.164 number's area, sorted; empty when no place in the US can be told from it.

    A foreign number says where a phone was bought, not where its family lives, so it has none.
    """
    area = _area_of(phone)
    return area.zones if area else ()


def state_of(phone: str) -> str | None:
    """The state (or DC, PR, GU, VI, AS, MP) an E.164 number belongs to, as two letters; None where it cannot be told."""
    area = _area_of(phone)
    return area.state if area else None


def _area_of(phone: str) -> _Area | None:
    return _areas().get(phone[2:5]) if phone.startswith("+1") else None


@cache
def _areas() -> dict[str, _Area]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["area"]: _Area(row["state"], tuple(row["zones"].split())) for row in csv.DictReader(file)}
