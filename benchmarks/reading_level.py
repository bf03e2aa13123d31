"""How hard everything is to read that a family can get: every sentence, measured, the hardest first.

`python -m benchmarks reading_level` writes docs/reading-level.md and prints the totals; tests/invariants/test_reading_level.py
holds them. What listings say in their agencies' own words is not ours and not in it.
"""

from __future__ import annotations

import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.readability import Level, level, sentences, words_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reading-level.md"
ALLOWED = Path(__file__).with_name("reading_level.yml")
LANGUAGES = ("en", "es")
#: What is shorter is a label: no formula says anything about two words.
SHORTEST = 4
#: The median may be so hard, and one sentence of LONG words or more, unless reading_level.yml says why. In a shorter one a
#: single long word decides.
MEDIAN, CEILING, LONG = 6.0, 9.0, 8
#: Files in which families' words stand as {en: …, es: …}, and under which of their keys.
_PAIRS = (
    ("bot/safety/hotlines.yml", "lines"),
    ("actions/coming_home.yml", "items"),
    ("resources_db/check_ins/questions.yml", "items"),
    ("resources_db/people/tags.yml", None),
    ("resources_db/referrals/barriers.yml", "barriers"),
    ("resources_db/referrals/statuses.yml", "statuses"),
    ("resources_db/record/words.yml", None),
    ("actions/request_words.yml", None),
    ("resources_db/taxonomy/needs.yml", None),
)
#: What stands in for a fact that is filled in: a word of two syllables, as "Tuesday" and "martes" are.
_FILLED_IN = {"en": "paper", "es": "mesa"}
_PLACEHOLDER = re.compile(r"\{+[\w.]*\}+")


@dataclass(frozen=True)
class Sentence:
    """`source` is a file and the key in it."""

    text: str
    language: str
    source: str
    level: Level


@dataclass(frozen=True)
class Total:
    """Over all sentences of a language; the grades are school grades."""

    sentences: int
    labels: int
    median: float
    hardest: float


def texts() -> Iterator[tuple[str, str, str]]:
    """(text, language, source) of everything that families can get."""
    for path in sorted((ROOT / "data" / "responses").glob("*.yml")):
        for name, variants in (_yaml(path).get("responses") or {}).items():
            for variant in variants:
                language = next((c["value"] for c in variant.get("condition", []) if c["name"] == "language"), "en")
                said = [variant.get("text", ""), *(button["title"] for button in variant.get("buttons", []))]
                yield from ((text, language, f"{path.stem}: {name}") for text in said)
    for language in LANGUAGES:
        strings = json.loads((ROOT / "bot" / "widget" / f"strings.{language}.json").read_text(encoding="utf-8"))
        yield from ((text, language, f"page: {key}") for key, text in _flat(strings))
        wording = _yaml(ROOT / "resources_db" / "wording" / f"{language}.yml")
        yield from ((text, language, f"listings: {key}") for key, text in _flat(wording))
    for name, under in _PAIRS:
        path = ROOT / name
        tree = _yaml(path)
        yield from ((text, code, f"{path.stem}: {key}") for key, code, text in _pairs(tree[under] if under else tree))


def measured() -> list[Sentence]:
    """Every sentence once, of four words or more; the hardest first."""
    found: dict[tuple[str, str], Sentence] = {}
    for text, language, source in texts():
        for sentence in sentences(_PLACEHOLDER.sub(_FILLED_IN[language], text)):
            if len(words_of(sentence)) >= SHORTEST:
                found.setdefault((sentence, language), Sentence(sentence, language, source, level(sentence, language)))
    return sorted(found.values(), key=lambda s: (-s.level.grade, s.level.score if s.language == "es" else 0, s.text))


def total(all_of_them: Sequence[Sentence], language: str) -> Total:
    grades = [sentence.level.grade for sentence in all_of_them if sentence.language == language]
    short = {
        sentence
        for text, code, _ in texts()
        if code == language
        for sentence in sentences(text)
        if len(words_of(sentence)) < SHORTEST
    }
    return Total(len(grades), len(short), statistics.median(grades), max(grades))


def allowed() -> dict[str, str]:
    """A sentence's source → why it may be harder than CEILING."""
    reasons: dict[str, str] = _yaml(ALLOWED)
    return reasons


def too_hard(all_of_them: Sequence[Sentence]) -> list[Sentence]:
    """Those above the ceiling that nobody has given a reason for."""
    return [s for s in above_ceiling(all_of_them) if s.source not in allowed()]


def above_ceiling(all_of_them: Sequence[Sentence]) -> list[Sentence]:
    return [s for s in all_of_them if s.level.grade > CEILING and s.level.words >= LONG]


def page() -> str:
    """docs/reading-level.md."""
    found = measured()
    totals = {language: total(found, language) for language in LANGUAGES}
    lines = [
        "# How hard Homeward is to read",
        "",
        "Made by `python -m benchmarks reading_level`; do not edit. It lists every sentence of four words or more that a family",
        "can get from us, in a chat, by text, on the page and in its papers; what agencies write of themselves is theirs.",
        "",
        "English is measured with Flesch–Kincaid, which gives a US school grade. Spanish is measured with Fernández Huerta",
        "(206.84 − 60 × syllables a word − 1.02 × words a sentence). Its scores stand for school grades: 90 and more the 4th,",
        "80 to 90 the 5th, 70 to 80 the 6th, 60 to 70 the 7th or 8th (here: 8), 50 to 60 before university (here: 11). Both see",
        "only the length of sentences and words: they are a smoke alarm, no proof that a text is understood. A fact that is",
        "filled in counts as a word of two syllables, a number as a word of one, a link not at all. Measured sentence by",
        "sentence, which is harder to pass than measuring whole texts: one long word in a short sentence weighs much.",
        "",
        "| | sentences | median grade | 5th grade or easier | up to 6th | up to 9th | too hard | labels of 1 to 3 words |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for language, name in (("en", "English"), ("es", "Spanish")):
        grades = [s.level.grade for s in found if s.language == language]
        shares = [f"{100 * sum(grade <= most for grade in grades) / len(grades):.0f} %" for most in (5, 6, CEILING)]
        t, above = totals[language], sum(s.language == language for s in above_ceiling(found))
        lines.append(f"| {name} | {t.sentences} | {t.median:.1f} | {' | '.join(shares)} | {above} | {t.labels} |")
    lines += [
        "",
        f"The tests hold the median at grade {MEDIAN:.0f} or below, and every sentence of {LONG} words or more at {CEILING:.0f}",
        "or below: in a shorter one a single long word decides.",
    ]
    if reasons := allowed():
        lines += ["", "Exceptions:", "", *(f"- `{source}`: {why}" for source, why in sorted(reasons.items()))]
    for language, name, unit in (("en", "English", "grade"), ("es", "Spanish", "score")):
        lines += ["", f"## {name}", "", f"| {unit} | where | sentence |", "|---:|---|---|"]
        for s in (s for s in found if s.language == language):
            lines.append(f"| {s.level.score:.1f} | {s.source} | {s.text.replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    found = measured()
    for language in LANGUAGES:
        t = total(found, language)
        print(f"{language}: {t.sentences} sentences, median grade {t.median:.1f}, hardest {t.hardest:.1f}")
    for s in too_hard(found):
        print(f"too hard without a reason: {s.language} {s.level.grade:.1f} ({s.level.score:.0f}) {s.source}: {s.text}")
    where = Counter(s.source.partition(":")[0] for s in too_hard(found))
    print(f"written to {PAGE.relative_to(ROOT)}; too hard: {dict(where) or 'none'}")


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _flat(tree: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value


def _pairs(tree: Any, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """(key, language, text) of every {en: text, es: text}."""
    if isinstance(tree, list):
        for number, item in enumerate(tree, 1):
            yield from _pairs(item, f"{prefix}{item.get('id', number) if isinstance(item, dict) else number}.")
    elif isinstance(tree, dict) and set(tree) == set(LANGUAGES):
        yield from ((prefix.rstrip("."), code, tree[code]) for code in LANGUAGES if isinstance(tree[code], str))
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _pairs(value, f"{prefix}{key}.")


if __name__ == "__main__":
    main()
