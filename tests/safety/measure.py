"""How well the screen does on lines that say what they are. `python -m tests.safety.measure` prints it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.safety.screen import Screen, load_screen
from tests.safety.phrases import corpus


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


def measure(screen: Screen, lines: Mapping[str, Any]) -> Measured:
    missed, misplaced, caught = [], [], 0
    for category, texts in lines["must_catch"].items():
        for text in texts:
            signal = screen.check(text)
            if signal is None:
                missed.append((category, text))
                continue
            caught += 1
            if category not in (signal.category, *signal.also):
                misplaced.append((category, text, signal.category))
    signals = [(text, screen.check(text)) for text in lines["must_not"]]
    false_alarms = [(text, signal.phrase) for text, signal in signals if signal]
    return Measured(caught, missed, misplaced, false_alarms, len(signals))


def main() -> None:
    screen = load_screen()
    print(f"lexicon {screen.version}")
    for name in ("corpus", "heldout", "later"):
        for language in ("en", "es"):
            lines = corpus(name, language)
            result = measure(screen, lines)
            print(
                f"{name}.{language}: recall {result.recall:.3f} of {result.caught + len(result.missed)}, "
                f"false alarms {result.false_alarm_rate:.3f} of {result.near_misses}, "
                f"another category {len(result.misplaced)}"
            )
            for category, texts in lines["must_catch"].items():
                missed = sum(wrong == category for wrong, _ in result.missed)
                print(f"    {category}: {len(texts) - missed} of {len(texts)}")
    texts = [text for language in ("en", "es") for text in corpus("heldout", language)["must_not"]]
    spent = []
    for text in texts:
        start = time.process_time_ns()
        screen.check(text)
        spent.append((time.process_time_ns() - start) / 1e6)
    print(f"CPU a message: median {statistics.median(spent):.2f} ms, worst {max(spent):.2f} ms")


if __name__ == "__main__":
    main()
