"""Counted against a table of known cases and against a slow, obvious second count."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resources_db.sms.gsm import fold, is_gsm, segments, size

# The table of 3GPP TS 23.038, 6.2.1, row by row, and that of its extension.
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
ESCAPE = 0x1B
LETTERS = st.text(st.sampled_from("abcé ñ€[]~^|áíóú😀🏠ｆ\n"), max_size=520)


def slow_count(text: str) -> int:
    """Encode, then cut from the front, a part at a time."""
    septets: list[int] | None = []
    for sign in text:
        at = TABLE.find(sign)
        code = next((code for code, extended in EXTENSION.items() if extended == sign), None)
        if at >= 0 and at != ESCAPE:
            septets = None if septets is None else [*septets, at]
        elif code is not None:
            septets = None if septets is None else [*septets, ESCAPE, code]
        else:
            septets = None
    if septets is not None:
        return _parts(septets, 160, 153, lambda last: last == ESCAPE)
    encoded = text.encode("utf-16-be")
    units = [int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2)]
    return _parts(units, 70, 67, lambda last: 0xD800 <= last < 0xDC00)


def _parts(units: list[int], alone: int, room: int, belongs_to_the_next: Callable[[int], bool]) -> int:
    if len(units) <= alone:
        return 1
    count = 0
    while units:
        end = room
        if len(units) > room and belongs_to_the_next(units[room - 1]):
            end -= 1
        units, count = units[end:], count + 1
    return count


def test_the_table_has_its_128_places() -> None:
    assert len(TABLE) == 128
    assert TABLE[ESCAPE] == "\x1b"
    assert TABLE[0x5D] == "Ñ"
    assert TABLE[0x7E] == "ü"


def test_exactly_the_signs_of_the_table_travel_in_septets() -> None:
    inside = {chr(code) for code in range(0x3000) if is_gsm(chr(code))}
    assert inside == (set(TABLE) - {"\x1b"}) | set(EXTENSION.values())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("a" * 460, 4),
        # an escape at the edge goes to the next part with its sign
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 151 + "€" + "a" * 153, 2),
        # one accent, and the same words are three parts
        ("a" * 152 + "á", 3),
        ("á" + "a" * 69, 1),
        ("á" + "a" * 70, 2),
        ("á" + "a" * 133, 2),
        ("á" + "a" * 134, 3),
        # an emoji is two halves that stay together
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 66 + "😀" + "a" * 66, 3),
    ],
)
def test_a_text_travels_in_as_many_parts_as_the_standard_says(text: str, parts: int) -> None:
    assert segments(text) == parts
    assert slow_count(text) == parts


@given(LETTERS)
@example("a" * 153 + "[" * 77)
def test_the_count_agrees_with_a_slow_one(text: str) -> None:
    assert segments(text) == slow_count(text)


def test_size_counts_an_extended_sign_and_an_emoji_twice() -> None:
    assert size("a€") == 3
    assert size("á😀") == 3


def test_spanish_loses_the_accents_that_cost_and_keeps_the_signs_that_do_not() -> None:
    said = "¿Dónde está mi niña? ¡Aquí! Pingüino, más café, MÁS INFORMACIÓN, ÑANDÚ"
    assert fold(said) == "¿Donde esta mi niña? ¡Aqui! Pingüino, mas café, MAS INFORMACION, ÑANDU"
    assert is_gsm(fold(said))


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("“Don’t” — she said…", '"Don\'t" - she said...'),
        ("9 am–5 pm", "9 am-5 pm"),
        ("• one", "- one"),
        ("a\u00a0b\u202fc\u2009d", "a b c d"),
        ("½ mile, 1½ miles, 2¾", "1/2 mile, 1 1/2 miles, 2 3/4"),
        ("Homeward™ №5", "HomewardTM No5"),
        ("e\u0301l, a\u0301l", "él, al"),
        ("ça va, Zoë, Łódź", "ca va, Zoe, Lodz"),
        ("zero\u200bwidth\u00ad", "zerowidth"),
        ("tab\there", "tab here"),
        ("it´s", "it's"),
        ("❤️ 😀", "❤ 😀"),
        ("中文", "中文"),
        ("{[^~|]}\\€", "{[^~|]}\\€"),
    ],
)
def test_a_sign_outside_the_alphabet_becomes_the_plain_one_that_stands_for_it(written: str, plain: str) -> None:
    assert fold(written) == plain


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(TABLE.replace("\x1b", "") + "".join(EXTENSION.values()), max_size=80))
def test_what_is_inside_the_alphabet_stays_as_it_is(text: str) -> None:
    assert fold(text) == text


@given(st.text("abcdeñ áéíóúüÁÉÍÓÚÜÑ¿?¡!“”‘’—–…•\u00a0½0123", max_size=200))
def test_whatever_is_written_in_spanish_becomes_cheap(text: str) -> None:
    assert is_gsm(fold(text))
