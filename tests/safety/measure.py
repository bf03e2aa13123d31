"""How well danger is heard on lines that say what they are: `python -m tests.safety.measure [--train] [SET …]`.

Lexicon alone, second opinion alone, and both together, per language and category. The second opinion is that of the
installed model; `--train` trains one from data/nlu as it is on disk (some minutes).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.understanding import training_text
from bot.installed import installed_understanding
from bot.safety.screen import CrisisSignal, load_screen
from bot.safety.second_opinion import CrisisReader, Labeled, SecondOpinion, written_lines
from tests.safety.phrases import LEARNED_FROM, corpus

SETS = ("corpus", "indirect", "heldout", "later", "unseen")


class Hears(Protocol):
    def check(self, text: str) -> CrisisSignal | None: ...


@dataclass(frozen=True)
class Measured:
    """`missed` (category, line); `misplaced` (category, line, heard as) when the right one is not among those heard."""

    caught: int
    missed: list[tuple[str, str]]
    misplaced: list[tuple[str, str, str]]
    false_alarms: list[tuple[str, str]]
    near_misses: int

    @property
    def recall(self) -> float:
        return self.caught / (self.caught + len(self.missed))

    @property
    def false_alarm_rate(self) -> float:
        return len(self.false_alarms) / self.near_misses


def measure(hears: Hears, lines: Mapping[str, Any]) -> Measured:
    missed, misplaced, caught = [], [], 0
    for category, texts in lines["must_catch"].items():
        for text in texts:
            signal = hears.check(text)
            if signal is None:
                missed.append((category, text))
                continue
            caught += 1
            if category not in (signal.category, *signal.also):
                misplaced.append((category, text, signal.category))
    signals = [(text, hears.check(text)) for text in lines["must_not"]]
    false_alarms = [(text, signal.category) for text, signal in signals if signal]
    return Measured(caught, missed, misplaced, false_alarms, len(signals))


@dataclass(frozen=True)
class OpinionAlone:
    """The second opinion without what the lexicon hears; the lexicon's guards still take their words away."""

    reader: CrisisReader

    def check(self, text: str) -> CrisisSignal | None:
        alarms = self.reader.opinion.alarms(self.reader.screen.screened(text).rest)
        return CrisisSignal(alarms[0][0], "", "", tuple(c for c, _ in alarms[1:]), alarms[0][1]) if alarms else None


def training_messages() -> list[Labeled]:
    """All the second opinion is trained on."""
    return [*written_lines(), *(Labeled(example.text, example.crisis) for example in training_text())]


def main(options: list[str]) -> None:
    if "--train" in options:
        reader = CrisisReader(load_screen(), SecondOpinion.train(training_messages(), load_screen()))
    else:
        reader = installed_understanding().crisis
    screen = reader.screen
    thresholds = {kind: round(value, 2) for kind, value in reader.opinion.thresholds.items()}
    print(f"lexicon {screen.version}; thresholds {thresholds}")
    layers: dict[str, Hears] = {"lexicon": screen, "opinion": OpinionAlone(reader), "both": reader}
    for name in [option for option in options if option in SETS] or SETS:
        for language in ("en", "es"):
            lines = corpus(name, language)
            crises = sum(len(texts) for texts in lines["must_catch"].values())
            seen = ", learned from" if name in LEARNED_FROM else ""
            print(f"\n{name}.{language}: {crises} crises, {len(lines['must_not'])} near misses{seen}")
            for layer, hears in layers.items():
                result = measure(hears, lines)
                kinds = []
                for category, texts in lines["must_catch"].items():
                    missed = sum(wrong == category for wrong, _ in result.missed)
                    false = sum(heard == category for _, heard in result.false_alarms)
                    kinds.append(f"{category} {len(texts) - missed}/{len(texts)} ({false} false)")
                print(
                    f"    {layer:8} recall {result.recall:.3f}  false alarms {result.false_alarm_rate:.3f}  "
                    f"other category {len(result.misplaced)}  | {', '.join(kinds)}"
                )
    for layer, hears in layers.items():
        spent = []
        for text in (text for language in ("en", "es") for text in corpus("heldout", language)["must_not"]):
            start = time.process_time_ns()
            hears.check(text)
            spent.append((time.process_time_ns() - start) / 1e6)
        print(f"CPU a message, {layer}: median {statistics.median(spent):.2f} ms, worst {max(spent):.2f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
