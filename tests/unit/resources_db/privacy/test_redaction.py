"""What identifies somebody is masked before anything is kept; what is needed to find help is not touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.safety.screen import load_screen
from resources_db.privacy.redaction import MASK, find_identifiers, kinds_of_identifiers, redact

TABLES = Path(__file__).parents[3] / "data" / "privacy"
SAFETY = Path(__file__).parents[3] / "safety"
#: May stay of a name of two people.
LINKS = {"y", "and", "de", "la"}


def rows(language: str) -> Iterator[tuple[str, str, list[tuple[int, int]]]]:
    """(kind, text, what must go) of the tables in tests/data/privacy, which mark what must go with [[ ]]."""
    for line in "\n".join(path.read_text(encoding="utf-8") for path in sorted(TABLES.glob(f"*.{language}.tsv"))).splitlines():
        if not line:
            continue
        kind, marked = line.split("\t")
        text, spans = "", []
        for number, part in enumerate(re.split(r"\[\[|]]", marked)):
            if number % 2:
                spans.append((len(text), len(text) + len(part)))
            text += part
        yield kind, text, spans


def is_gone(text: str, span: tuple[int, int], masked: set[int]) -> bool:
    words = (match for match in re.finditer(r"\w+", text[slice(*span)]) if match[0].lower() not in LINKS)
    return all(set(range(span[0] + match.start(), span[0] + match.end())) <= masked for match in words)


@pytest.mark.parametrize("language", ["en", "es"])
def test_of_a_hundred_identifiers_at_most_three_are_left(language: str) -> None:
    left, total = [], 0
    for _, text, spans in rows(language):
        masked = {place for start, end in find_identifiers(text) for place in range(start, end)}
        total += len(spans)
        left += [text for span in spans if not is_gone(text, span, masked)]
    assert total >= 120
    assert len(left) <= total * 0.03, left


@pytest.mark.parametrize("language", ["en", "es"])
def test_of_two_hundred_texts_without_identifiers_at_most_one_is_touched(language: str) -> None:
    plain = [text for kind, text, _ in rows(language) if kind == "none"]
    touched = [text for text in plain if redact(text) != text]
    assert len(plain) >= 120
    assert len(touched) <= len(plain) / 200, touched


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my son Mateo is 4 and we need diapers in 95814", f"my son {MASK} is 4 and we need diapers in 95814"),
        ("se llama Mateo y tiene 4 años", f"se llama {MASK} y tiene 4 años"),
        ("mi hija Sofía Ramírez, 12, en Fresno", f"mi hija {MASK}, 12, en Fresno"),
        ("I'm Maria Lopez", f"I'm {MASK}"),
        ("soy Juan Pérez", f"soy {MASK}"),
        ("soy mamá de tres", "soy mamá de tres"),
        ("my caseworker Ms. Alvarez", f"my caseworker Ms. {MASK}"),
        ("I live at 1234 W Main St apt 5, Sacramento 95814", f"I live at {MASK}, Sacramento 95814"),
        ("call me at 916-555-0142 after 5 pm", f"call me at {MASK} after 5 pm"),
        ("call 211 or 1-800-799-7233", "call 211 or 1-800-799-7233"),
        ("Kids: Ava, Noah and Liam need coats", f"Kids: {MASK}, {MASK} and {MASK} need coats"),
        ("rent is $1,850 by 12/01", "rent is $1,850 by 12/01"),
        ("food for my kids Oakland", "food for my kids Oakland"),
        ("pañales para mi bebé Austin TX por favor", "pañales para mi bebé Austin TX por favor"),
        ("My Son Needs A Coat", "My Son Needs A Coat"),
        ("my A# 123 456 789", f"my {MASK}"),
        ("reach me at 9 1 6 5 5 5 0 1 4 2", f"reach me at {MASK}"),
        ("jess dot cruz at gmail dot com", MASK),
        ("vivo en calle 5 de mayo 123, Fresno", f"vivo en {MASK}, Fresno"),
        ("we are at 38.5816, -121.4944", f"we are at {MASK}"),
        ("my kids are 2 4 6 and 8", "my kids are 2 4 6 and 8"),
        ("corte el 5 de mayo a las 9", "corte el 5 de mayo a las 9"),
        ("", ""),
    ],
)
def test_masks_who_and_where_and_keeps_what_is_needed(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_a_street_address_stays_where_an_installation_looks_it_up() -> None:
    text = "food near 1234 W Main St, Sacramento, call 916-555-0142"
    assert redact(text, keep_street=True) == f"food near 1234 W Main St, Sacramento, call {MASK}"


def test_masking_twice_is_masking_once() -> None:
    for language in ("en", "es"):
        for _, text, _ in rows(language):
            assert redact(redact(text)) == redact(text)


def test_tells_of_which_kind_identifiers_are_without_showing_them() -> None:
    text = "SSN 123-45-6789, mail a@b.org, call 916-555-0142 or 312-555-0178, at 12 Oak Street"
    assert kinds_of_identifiers(text) == {"social_security": 1, "web": 1, "phone": 2, "street": 1}
    assert kinds_of_identifiers("diapers size 4 in 95814") == {}


def test_no_cry_for_help_is_lost_by_masking() -> None:
    screen = load_screen()
    for path in sorted(SAFETY.glob("*.yml")):
        for text in phrases(yaml.safe_load(path.read_text(encoding="utf-8")).get("must_catch") or {}):
            if (masked := redact(text)) != text and screen.check(text):
                assert screen.check(masked), masked


def phrases(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, (dict, list)):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from phrases(branch)
