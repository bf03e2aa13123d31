"""Whole conversations with the running system: the scripted families, the same leaving their scripts, the coming-home list.

    python -m benchmarks conversations                      # the scripts, and 440 conversations that leave them
    python -m benchmarks conversations --held 1000 --seed 7
    python -m benchmarks conversations --mistakes 5         # also tell the first conversations that failed
    python -m benchmarks conversations --record             # keep the figures for make evaluate

See tests/conversations: test_conversations.py for what a script holds, simulator.py for the ways to leave it. The directory is
the sample, the model the one in models/.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.understanding import FIGURES, keep, training_text
from bot.understanding.text import clean
from tests.conversations.coming_home import go_through
from tests.conversations.conversation import play, scripts
from tests.conversations.simulator import COUNTED, Outcome, simulate, summary
from tests.running import Homeward, homeward

LANGUAGES = ("en", "es")
TARGET = 0.95
#: How often the coming-home list is gone through in each language.
LISTS = 20


def main(options: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks conversations", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--held", type=int, default=400, metavar="N", help="conversations that leave the script (default: 400)")
    parser.add_argument("--seed", type=int, default=1, help="another seed says other things (default: 1)")
    parser.add_argument("--mistakes", type=int, default=0, metavar="N", help="how many failed conversations to tell")
    parser.add_argument("--record", action="store_true", help="keep the figures in docs/evaluation/conversations.json")
    arguments = parser.parse_args(options)
    with tempfile.TemporaryDirectory() as folder, homeward(Path(folder)) as running:
        scripted = play_all(running, arguments.mistakes)
        outcomes = simulate(running, arguments.held, arguments.seed)
        outcomes += [go_through(running, language, arguments.seed + n) for language in LANGUAGES for n in range(LISTS)]
    figures = {"seed": arguments.seed, "messages": messages(), "scripts": scripted, **by_way(outcomes)}
    print(as_text(figures))
    failed = [outcome for outcome in outcomes if not outcome.completed]
    for outcome in failed[: arguments.mistakes]:
        print(f"\n{outcome.way}, {outcome.family}")
        for said, answered in outcome.story:
            print(f"  > {said}\n  < {' / '.join(answered.splitlines())[:300]}")
    if arguments.record:
        keep(FIGURES / "conversations.json", figures)


def play_all(running: Homeward, mistakes: int) -> dict[str, dict[str, float]]:
    """Per language: how many scripted families there are, and the share of them that got all they should."""
    kept: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    for script in scripts():
        language = script.get("language", "en")
        faults = play(running.chat(language), script)
        kept[language].append(not faults)
        if faults and sum(not good for row in kept.values() for good in row) <= mistakes:
            print(f"{script['id']}: {'; '.join(faults)}")
    return {
        language: {"conversations": len(good), "completed": round(sum(good) / len(good), 3)} for language, good in kept.items()
    }


def messages() -> dict[str, int]:
    """How many different messages of more than three words the scripts hold, and how many are in the training text too."""
    typed = {clean(turn["say"]).lower() for script in scripts() for turn in script["turns"] if "say" in turn}
    long = {text for text in typed if len(text.split()) > 3}
    return {"different": len(long), "trained_on": len(long & {clean(example.text).lower() for example in training_text()})}


def by_way(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`all`, `languages` and `ways` (each way per language) of conversations that left their scripts."""
    return {
        "all": summary(outcomes),
        "languages": {language: summary(_of(outcomes, language)) for language in LANGUAGES},
        "ways": {
            way: {language: summary(these) for language in LANGUAGES if (these := _of(outcomes, language, way))}
            for way in dict.fromkeys(outcome.way for outcome in outcomes)
        },
    }


def _of(outcomes: Iterable[Outcome], language: str, way: str | None = None) -> list[Outcome]:
    return [o for o in outcomes if o.language == language and way in (None, o.way)]


def as_text(figures: dict[str, Any]) -> str:
    """Tables for people. What is counted is counted in turns of a hundred conversations."""
    lines = [f"{'scripted families':22}{'n':>5}{'completed':>11}"]
    lines += [f"{language:22}{row['conversations']:5}{row['completed']:11.3f}" for language, row in figures["scripts"].items()]
    counted = "".join(f"{name.replace('_', ' '):>20}" for name in COUNTED)
    told = figures["messages"]
    lines += [f"{told['trained_on']} of their {told['different']} messages of more than three words are in the training text"]
    lines += ["", f"{'leaving the script':22}{'n':>5}{'completed':>11}{'in time':>9}{'turns':>8}{counted}"]
    rows = {"all": figures["all"], **figures["languages"]}
    rows |= {f"{way.replace('_', ' ')}, {la}": row for way, both in figures["ways"].items() for la, row in both.items()}
    for name, row in rows.items():
        cells = "".join(f"{row[count]:20.1f}" for count in COUNTED)
        lines.append(f"{name:22}{row['conversations']:5}{row['completed']:11.3f}{row['in_time']:9.3f}{row['turns']:8.2f}{cells}")
    met = "met" if figures["all"]["completed"] >= TARGET else "missed"
    return "\n".join([*lines, "", f"target: {TARGET:.2f} completed, {met}"])


if __name__ == "__main__":
    main()
