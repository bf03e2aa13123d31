"""The small phrase language of the lexicon, and a matcher that reads each word of a message a bounded number of times.

    i (want|need) to die     one of several
    [really] tired           may be missing
    {want_to} die            a building block named in the same file
    class ~3 suicide         up to three words may stand here, never across the end of a sentence
    # days, in ##            any number, a year

No regular expressions: phrases become one automaton over words, made deterministic as messages are read and kept. A
walk from one word ends after at most as many words as the longest phrase has, so time grows evenly with length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

NUMBER = "#"
YEAR = "##"
Piece: TypeAlias = "str | int | list[list[Piece]]"  # a word, the length of a gap, or the branches of a bracket
Symbol = tuple[str, ...]  # what one word of a message may stand for; empty: a word the lexicon does not know
_PIECE = re.compile(r"\s*(?:([()\[\]|])|\{(\w+)\}|~(\d+)|([a-z0-9]+|##?)(?=[\s()\[\]|]|$))")
_KEPT_STEPS = 50_000


class PhraseError(ValueError):
    """A phrase of the lexicon cannot be read; the message says which and why."""


@dataclass(frozen=True)
class Found:
    """Phrase number `phrase` covers the words start..end (end not included)."""

    phrase: int
    start: int
    end: int


class Phrases:
    """All phrases of the lexicon as one automaton. `vocabulary` are the words they are made of."""

    def __init__(self) -> None:
        self._edges: list[dict[str, tuple[int, ...]]] = []
        self._skips: list[tuple[int, ...]] = []
        self._free: list[tuple[int, ...]] = []
        self._phrases: list[int] = []
        self._accepts: dict[int, int] = {}
        self.vocabulary: set[str] = set()
        self._starts: dict[str, list[int]] = {}
        self._known: dict[frozenset[int], int] = {}
        self._sets: list[frozenset[int]] = []
        self._ends: list[tuple[int, ...]] = []
        self._steps: dict[tuple[int, Symbol, bool], int] = {}

    def add(self, phrase: str, number: int, blocks: Mapping[str, str]) -> None:
        """Adds a phrase. Raises PhraseError for a bracket left open, an unknown block, or a gap at an end."""
        branches = _Reader(phrase, blocks).whole()
        if any(not branch or isinstance(branch[0], int) or isinstance(branch[-1], int) for branch in branches):
            raise PhraseError(f"{phrase!r}: a phrase starts and ends with a word")
        start, end = self._state(), self._state()
        for branch in branches:
            self._sequence(branch, start, end)
        if end in self._closure([start]):
            raise PhraseError(f"{phrase!r}: every word may be missing")
        self._phrases.append(start)
        self._accepts[end] = number

    def find(self, symbols: Sequence[Symbol], stops: Sequence[bool]) -> Iterator[Found]:
        """Every phrase found. `stops[i]`: word i starts a sentence. One phrase may be found at several lengths."""
        if len(self._steps) > _KEPT_STEPS or not self._sets:
            self._forget()
        for start in range(len(symbols)):
            if not symbols[start]:
                continue
            state = 0
            for place in range(start, len(symbols)):
                key = (state, symbols[place], stops[place] and place > start)
                following = self._steps.get(key)
                state = self._step(*key) if following is None else following
                if state < 0:
                    break
                for phrase in self._ends[state]:
                    yield Found(phrase, start, place + 1)

    # --- made deterministic as needed

    def _forget(self) -> None:
        self._known, self._sets, self._ends, self._steps, self._starts = {}, [], [], {}, {}
        first = self._closure(self._phrases)
        for state in first:
            for word, reached in self._edges[state].items():
                self._starts.setdefault(word, []).extend(reached)
        self._number(frozenset())  # number 0: before the first word of a phrase

    def _step(self, state: int, symbol: Symbol, stop: bool) -> int:
        reached: list[int] = []
        if state == 0:
            for word in symbol:
                reached.extend(self._starts.get(word, ()))
        for inner in self._sets[state]:
            edges = self._edges[inner]
            for word in symbol:
                reached.extend(edges.get(word, ()))
            if not stop:
                reached.extend(self._skips[inner])
        following = self._number(self._closure(reached)) if reached else -1
        self._steps[state, symbol, stop] = following
        return following

    def _number(self, states: frozenset[int]) -> int:
        if states not in self._known:
            self._known[states] = len(self._sets)
            self._sets.append(states)
            self._ends.append(tuple(sorted({self._accepts[s] for s in states if s in self._accepts})))
        return self._known[states]

    def _closure(self, states: list[int]) -> frozenset[int]:
        seen = set(states)
        waiting = list(seen)
        while waiting:
            for following in self._free[waiting.pop()]:
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return frozenset(seen)

    # --- building. Every piece runs straight from one state to the next, so that long lists of words stay small.

    def _state(self) -> int:
        self._edges.append({})
        self._skips.append(())
        self._free.append(())
        return len(self._edges) - 1

    def _sequence(self, pieces: Sequence[Piece], start: int, end: int) -> None:
        """Lays pieces one after the other between two states."""
        if not pieces:
            self._free[start] += (end,)
        for place, piece in enumerate(pieces, 1):
            following = end if place == len(pieces) else self._state()
            self._piece(piece, start, following)
            start = following

    def _piece(self, piece: Piece, start: int, end: int) -> None:
        if isinstance(piece, str):
            edges = self._edges[start]
            edges[piece] = (*edges.get(piece, ()), end)
            self.vocabulary.add(piece)
        elif isinstance(piece, int):
            self._free[start] += (end,)
            for left in range(piece, 0, -1):
                beyond = end if left == 1 else self._state()
                self._skips[start] += (beyond,)
                self._free[beyond] += (end,) if left > 1 else ()
                start = beyond
        else:
            for branch in piece:
                self._sequence(branch, start, end)


class _Reader:
    """Reads a phrase into pieces: a word, a gap (its length), or the branches of a bracket."""

    def __init__(self, phrase: str, blocks: Mapping[str, str], inside: tuple[str, ...] = ()) -> None:
        self._phrase, self._blocks, self._inside = phrase.strip(), blocks, inside
        self._at = 0

    def whole(self) -> list[list[Piece]]:
        branches = self._branches("")
        if self._at != len(self._phrase):
            raise self._error("a bracket closes that was never opened")
        return branches

    def _branches(self, closing: str) -> list[list[Piece]]:
        branches: list[list[Piece]] = [[]]
        while self._at < len(self._phrase):
            found = _PIECE.match(self._phrase, self._at)
            if not found:
                raise self._error(f"cannot be read from {self._phrase[self._at :]!r}")
            mark, block, gap, word = found.groups()
            if mark and mark in ")]":
                if mark == closing:
                    self._at = found.end()
                    return branches
                if not closing:
                    return branches
                raise self._error("brackets do not match")
            self._at = found.end()
            if mark == "|":
                branches.append([])
            elif mark == "(":
                branches[-1].append(self._branches(")"))
            elif mark == "[":
                branches[-1].append([[], *self._branches("]")])
            elif block:
                branches[-1].append(self._block(block))
            else:
                branches[-1].append(int(gap) if gap else word)
        if closing:
            raise self._error("a bracket is not closed")
        return branches

    def _block(self, name: str) -> list[list[Piece]]:
        if name not in self._blocks or name in self._inside:
            raise self._error(f"there is no block {{{name}}} to use here")
        return _Reader(self._blocks[name], self._blocks, (*self._inside, name)).whole()

    def _error(self, problem: str) -> PhraseError:
        return PhraseError(f"{self._phrase!r}: {problem}")
