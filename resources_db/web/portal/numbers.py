"""Phone numbers as people read them."""

from __future__ import annotations

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse


def readable(number: str | None) -> str:
    """ "(916) 555-0100"; short numbers such as 211, and what is no number, as they are."""
    if not number:
        return ""
    try:
        parsed = parse(number, "US")
    except NumberParseException:
        return number
    return format_number(parsed, PhoneNumberFormat.NATIONAL) if is_possible_number(parsed) else number
