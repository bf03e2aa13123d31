"""Reading labeled messages one after the other, and counting."""

from __future__ import annotations

import heapq
import time
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.evaluation.rows import Row
from bot.evaluation.scoring import Scores, act_found, are_ages_right, is_place_right
from bot.understanding.pipeline import Understanding
from bot.understanding.reading import Reading, location_as_json
from bot.understanding.text import clean

_SHOWN_CHARACTERS = 160


@dataclass(frozen=True, order=True)
class Mistake:
    """`surprise` (0 to 1): how sure Homeward was of what is wrong; 1 where it is never unsure."""

    surprise: float
    order: int
    line: int
    text: str
    meant: str
    found: str


@dataclass
class Evaluation:
    """The scores of all messages, of each language, and of each label quality where a file tells it.

    Memory grows by eight bytes a message, the time it took.
    """

    mistakes_kept: int = 5
    all: Scores = field(default_factory=Scores)
    languages: dict[str, Scores] = field(default_factory=dict)
    qualities: dict[str, Scores] = field(default_factory=dict)
    milliseconds: array[float] = field(default_factory=lambda: array("d"))
    _mistakes: dict[str, list[Mistake]] = field(default_factory=dict)

    def run(self, understanding: Understanding, rows: Iterable[Row]) -> Evaluation:
        """Have each message read, and count. Returns itself."""
        for row in rows:
            began = time.process_time()
            reading = understanding.read(row.text)
            self.milliseconds.append((time.process_time() - began) * 1000)
            self.add(row, reading, understanding.needs.read(clean(row.text)).likely)
        return self

    def add(self, row: Row, reading: Reading, likely: dict[str, float]) -> None:
        """Count one message that was read; `likely` holds the probability of every need."""
        groups = [self.all]
        if row.language:
            groups.append(self.languages.setdefault(row.language, Scores()))
        if row.quality:
            groups.append(self.qualities.setdefault(row.quality, Scores()))
        for scores in groups:
            scores.add(row, reading, likely)
        for kind, surprise, meant, found in _mistakes(row, reading, likely):
            self._keep(kind, surprise, row, meant, found)

    def _keep(self, kind: str, surprise: float, row: Row, meant: str, found: str) -> None:
        kept = self._mistakes.setdefault(kind, [])
        text = clean(row.text)[:_SHOWN_CHARACTERS]
        heapq.heappush(kept, Mistake(surprise, -self.all.messages, row.line, text, meant, found))
        if len(kept) > self.mistakes_kept:
            heapq.heappop(kept)

    @property
    def mistakes(self) -> dict[str, list[Mistake]]:
        """The most surprising of each kind, then the first in the file."""
        return {kind: sorted(kept, reverse=True) for kind, kept in self._mistakes.items() if kept}

    def cpu(self, share: float) -> float | None:
        """The milliseconds of processor time that this share of the messages (.5: the median) took at most."""
        times = sorted(self.milliseconds)
        return times[min(int(share * len(times)), len(times) - 1)] if times else None


#: Kinds of mistakes, worst first.
KINDS = (
    "crisis missed", "false alarm", "ours refused", "need missed", "need not meant", "out of scope not caught", "place", "ages",
    "another act",
)  # fmt: skip


def _mistakes(row: Row, reading: Reading, likely: dict[str, float]) -> Iterable[tuple[str, float, str, str]]:
    """Kind, surprise, what was meant and what was found."""
    if row.crisis and not reading.crisis:
        yield "crisis missed", 1.0, ", ".join(sorted(row.crisis)), "no crisis"
    if row.crisis is not None and not row.crisis and reading.crisis:
        yield "false alarm", 1.0, "no crisis", reading.crisis
    act = act_found(row, reading) if row.act else ""
    if row.is_ours and act == "out_of_scope":
        yield "ours refused", reading.confidence, row.act or "request_help", act
    elif row.act == "out_of_scope" and act != row.act:
        yield "out of scope not caught", reading.confidence, row.act, act
    elif row.act and act != row.act:
        yield "another act", reading.confidence, row.act, act
    if row.needs is not None:
        found, meant = (", ".join(sorted(codes)) or "no need" for codes in (reading.needs, row.needs))
        if missed := row.needs - set(reading.needs):
            yield "need missed", 1 - min(likely.get(code, 0.0) for code in missed), meant, found
        if row.complete and (wrong := set(reading.needs) - row.needs):
            yield "need not meant", max(likely.get(code, 0.0) for code in wrong), meant, found
    place = location_as_json(reading.place)
    if row.places is not None and (not is_place_right(row, reading) if row.places else place):
        yield "place", 1.0, " or ".join(row.places) or "no place", place["label"] if place else "no place"
    if row.ages is not None and not are_ages_right(row, reading):
        found_ages = tuple(sorted(person.age_years for person in reading.people))
        yield "ages", 1.0, _listed(row.ages), _listed(found_ages)


def _listed(ages: tuple[float, ...]) -> str:
    return ", ".join(f"{age:g}" for age in ages) or "no age"
