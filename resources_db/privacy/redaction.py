"""Masking what nobody needs to keep, before a family's words reach the disk: names, numbers, addresses, accounts.

What is needed to find help stays: needs, ages, towns, ZIP codes, times. Rules and word lists, no model: the same is masked
every time, in a fraction of a millisecond. docs/privacy.md says how much they miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from resources_db.privacy.names import Span, find_names
from resources_db.privacy.patterns import KINDS

#: Stands for what was masked. No word in any language, so that as little as can be is understood from it.
MASK = "•••"


def redact(text: str, *, keep_street: bool = False) -> str:
    """`text` with MASK for whatever identifies somebody. With `keep_street` street addresses stay, for an installation
    that looks them up."""
    spans = find_identifiers(text, keep_street=keep_street)
    if not spans:
        return text
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], MASK]
        at = end
    return "".join([*parts, text[at:]])


def find_identifiers(text: str, *, keep_street: bool = False) -> list[Span]:
    """Where they are: in order, none overlapping."""
    kept = {"street"} if keep_street else set()
    found = [span for kind, spans in _found(text) if kind not in kept for span in spans]
    return _merged([*found, *find_names(text)])


def kinds_of_identifiers(text: str) -> dict[str, int]:
    """How many there are of each kind but names: web, social_security, birthday, card, case, phone, street."""
    counts = {kind: len(_merged(spans)) for kind, spans in _found(text)}
    return {kind: count for kind, count in counts.items() if count}


def _found(text: str) -> Iterator[tuple[str, Iterable[Span]]]:
    digits = any(map(str.isdigit, text))
    for kind, patterns in KINDS.items():
        if digits or kind == "web":
            yield kind, [span for pattern in patterns for span in _all(pattern, text)]


def _all(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        named = "out" in pattern.groupindex and match.start("out") >= 0
        yield match.span("out") if named else match.span()


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
