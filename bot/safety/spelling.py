"""What a typed word may stand for, given the words the lexicon knows: spellings, k!ll, dieee, killmyself, typos.

A reading is only ever added for a word that the lexicon does not know, so a real word is never read as another one
unless the lexicon says so under `spellings`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from bot.safety.phrases import NUMBER, YEAR, Symbol
from bot.safety.text import squeeze

LONGEST = 40  # letters of a word that are looked at
_IN_PLACE_OF = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g",
    "!": "i", "|": "l", "@": "a", "$": "s", "+": "t",
}  # fmt: skip
# Shorter words that may be part of words run together; others need three letters.
_SHORT_PIECES = frozenset("i im me my to be no ya mi se he".split())


class Spelling:
    """Readings of single words. `spellings`: known word → other ways to write it; `not_typos`: real words left alone."""

    def __init__(self, vocabulary: Iterable[str], spellings: Mapping[str, Iterable[str]], not_typos: Iterable[str]) -> None:
        known: dict[str, dict[str, None]] = {word: {word: None} for word in vocabulary}
        for word, ways in spellings.items():
            for way in ways:
                known.setdefault(way, {}).setdefault(word)
        self._known: dict[str, Symbol] = {word: tuple(readings) for word, readings in known.items()}
        self._left_alone = frozenset(not_typos)
        self._squeezed: dict[str, Symbol] = {}
        self._shortened: dict[str, Symbol] = {}
        self._alike: dict[tuple[int, str], list[str]] = {}  # (length, first letter) → words
        for word in sorted(self._known):
            _append(self._squeezed, squeeze(word), word)
            self._alike.setdefault((len(word), word[0]), []).append(word)
            if len(word) >= 4 and word.isalpha():
                for short in {word, *_shorter(word)}:
                    _append(self._shortened, short, word)

    def readings(self, word: str) -> list[Symbol]:
        """The known words that `word` may stand for: one place, or several when words were run together."""
        known = self._known.get(word, ())
        if word.isdigit():
            year = (YEAR,) if len(word) == 4 and word[:2] in ("19", "20") else ()
            return [(NUMBER, *year, *known)]
        if known:
            return [known]
        if len(word) > LONGEST:
            word = squeeze(word)
            if len(word) > LONGEST:
                return [()]
        if word in self._left_alone:
            return [()]
        plain = _unmasked(word)
        found = self._exact([plain] if plain else []) or self._exact(_letters(word)) or self._masked(word)
        if found:
            return [found]
        for candidate in itertools.chain([word], _letters(word)):
            if candidate.isalpha():
                typo = self._repeated(candidate) or self._typo(candidate)
                if typo:
                    return [typo]
                if len(candidate) >= 6:
                    pieces = self._cut(candidate)
                    if pieces:
                        return pieces
        return [()]

    def _exact(self, words: Iterable[str]) -> Symbol:
        return tuple(dict.fromkeys(reading for word in words for reading in self._known.get(word, ())))

    def _means(self, words: Iterable[str]) -> Symbol:
        return self._exact(dict.fromkeys(words))

    def _masked(self, word: str) -> Symbol:
        """The known words that fit "k*ll" or "su**ide"."""
        if "*" not in word or len(word) < 3:
            return ()
        alike = self._alike.get((len(word), word[0]), ())
        return self._means(fit for fit in alike if all(a in (b, "*") for a, b in zip(word, fit, strict=True)))

    def _repeated(self, word: str) -> Symbol:
        """Letters held down or a doubled letter forgotten: "dieeee", "kil"."""
        short = squeeze(word)
        if short == word and len(word) < 4 and word != "kil":
            return ()
        return self._means(fit for fit in self._squeezed.get(short, ()) if len(fit) > 2 or len(fit) < len(word))

    def _typo(self, word: str) -> Symbol:
        """One letter missing, too many, swapped with its neighbor, or (in long words) wrong.

        The first and the last letter stay: the last one carries tense and person, above all in Spanish.
        """
        if len(word) < 4 or len(word) > 20:
            return ()
        near = dict.fromkeys(fit for short in (word, *_shorter(word)) for fit in self._shortened.get(short, ()))
        return self._means(fit for fit in near if _one_slip(word, fit))

    def _cut(self, word: str) -> list[Symbol]:
        """Words run together ("killmyself"), when known words fill all of it; the fewest pieces win."""
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 14), end):
                before, piece = best[start], word[start:end]
                if before is None or piece not in self._known or (len(piece) < 3 and piece not in _SHORT_PIECES):
                    continue
                current = best[end]
                if current is None or len(before) + 1 < len(current):
                    best[end] = [*before, piece]
        pieces = best[-1]
        return [self._known[piece] for piece in pieces] if pieces else []


def _append(table: dict[str, Symbol], key: str, word: str) -> None:
    table[key] = (*table.get(key, ()), word)


def _unmasked(word: str) -> str:
    return "".join(c for c in word if c.isalnum())


def _letters(word: str) -> Iterator[str]:
    """The word with digits and signs read as letters; at most 32 ways."""
    if word.isalpha() or "*" in word:
        return
    ways = [_IN_PLACE_OF.get(c, c) for c in word]
    for letters in itertools.islice(itertools.product(*ways), 32):
        yield "".join(letters)


def _shorter(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))]


def _one_slip(typed: str, meant: str) -> bool:
    if typed[0] != meant[0] or typed[-1] != meant[-1]:
        return False
    if len(typed) == len(meant):
        wrong = [at for at in range(len(typed)) if typed[at] != meant[at]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return typed[wrong[0]] == meant[wrong[1]] and typed[wrong[1]] == meant[wrong[0]]
        return len(wrong) == 1 and len(meant) >= 7
    shorter, longer = sorted((typed, meant), key=len)
    return len(meant) >= 5 and len(longer) - len(shorter) == 1 and shorter in {longer, *_shorter(longer)}
