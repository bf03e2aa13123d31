"""How well messages are understood, trained anew from data/nlu without Rasa: `python -m benchmarks understanding`.

    python -m benchmarks understanding                        # all held-out sets, a line each
    python -m benchmarks understanding --on FILE --on FILE …  # others, of any layout that homeward evaluate reads
    python -m benchmarks understanding --full --mistakes 5    # the whole report of each
    python -m benchmarks understanding --record "new text"    # keep the figures as a step, for make evaluate

The parts are trained as Rasa's components train them. `homeward evaluate` measures the model that is installed instead.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.evaluation.report import Brief, as_text, brief, summary
from bot.evaluation.rows import LabeledFile
from bot.evaluation.running import Evaluation
from bot.project import ROOT
from bot.safety.screen import load_screen
from bot.safety.second_opinion import CrisisReader, Labeled, SecondOpinion, written_lines
from bot.understanding.acts import ActReader
from bot.understanding.language import LanguageDetector
from bot.understanding.needs import NeedsReader
from bot.understanding.pipeline import Understanding
from bot.understanding.places import PlaceFinder
from bot.understanding.text import clean
from resources_db.geo.gazetteer import open_gazetteer

TRAINING_TEXT = ROOT / "data/nlu"
HELD_OUT = ROOT / "tests/data/understanding"
CRISIS_LINES = ROOT / "tests/safety"
#: What takes long to measure is kept here, and only put into docs/evaluation.md by `make evaluate`.
FIGURES = ROOT / "docs/evaluation"
#: Messages of other people, for measuring only; they are no part of the project.
OTHER_PEOPLE = ROOT.parent / "shared/data/utterances/development.tsv"


@dataclass(frozen=True)
class Example:
    """A message of the training text and what it teaches; `crisis` is the category, of intent crisis only."""

    text: str
    language: str
    intent: str
    needs: tuple[str, ...] = ()
    negated: tuple[str, ...] = ()
    crisis: str | None = None


def training_text(folder: Path = TRAINING_TEXT) -> list[Example]:
    """Every example Rasa trains on."""
    return list(_training_text(folder))


def train(examples: Sequence[Example]) -> Understanding:
    """All parts trained as the Rasa components train them."""
    texts = [clean(example.text) for example in examples]
    gazetteer = Path(tempfile.gettempdir(), "homeward-benchmark-gazetteer.db")
    screen = load_screen()
    labeled = [Labeled(text, example.crisis) for text, example in zip(texts, examples, strict=True)]
    # as bot/nlu/needs.py: a crisis without needs says nothing about needs
    telling = [
        (text, sorted(example.needs))
        for text, example in zip(texts, examples, strict=True)
        if example.intent != "crisis" or example.needs
    ]
    return Understanding(
        crisis=CrisisReader(screen, SecondOpinion.train([*written_lines(), *labeled], screen)),
        language=LanguageDetector.train(texts, [example.language for example in examples]),
        needs=NeedsReader.train([text for text, _ in telling], [needs for _, needs in telling]),
        places=PlaceFinder(open_gazetteer(gazetteer)),
        acts=ActReader.train(texts, [example.intent for example in examples]),
    )


def sets() -> dict[str, list[Path]]:
    """The files of each held-out set by its name; those that are not there are left out."""
    found = {f"{name}.tsv": sorted(HELD_OUT.glob(f"{name}.*.tsv")) for name in ("heldout", "unseen")}
    found |= {f"{name}.yml": sorted(CRISIS_LINES.glob(f"{name}.*.yml")) for name in ("heldout", "later", "unseen")}
    found["development.tsv"] = [OTHER_PEOPLE] if OTHER_PEOPLE.exists() else []
    return {name: files for name, files in found.items() if files}


def main(options: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks understanding", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--on", type=Path, action="append", default=[], metavar="FILE", help="judge these (default: all sets)")
    parser.add_argument("--nlu", type=Path, default=TRAINING_TEXT, metavar="FOLDER", help="train from here (default: data/nlu)")
    parser.add_argument("--full", action="store_true", help="the whole report of each set")
    parser.add_argument("--mistakes", type=int, default=0, metavar="N", help="how many of each kind to show, with --full")
    parser.add_argument("--record", metavar="STEP", help="keep the figures under this name")
    arguments = parser.parse_args(options)
    files = {path.name: [path] for path in arguments.on} or sets()
    for path in itertools.chain.from_iterable(files.values()):
        LabeledFile(path)  # what cannot be judged by is told before the training
    began = time.process_time()
    examples = training_text(arguments.nlu)
    understanding = train(examples)
    spent = time.process_time() - began
    print(f"trained on {len(examples)} messages in {spent:.1f} s of processor time\n", flush=True)
    done: dict[str, Evaluation] = {}
    for name, evaluation in judge(understanding, files, arguments.mistakes):
        done[name] = evaluation
        if arguments.full:
            print(f"=== {name}\n{as_text(evaluation)}\n", flush=True)
    briefs = {name: brief(evaluation) for name, evaluation in done.items()}
    print(summary(briefs))
    times = sorted(ms for evaluation in done.values() for ms in evaluation.milliseconds)
    print(f"\nmedian {times[len(times) // 2]:.2f} ms of processor time a message")
    if arguments.record:
        record(arguments.record, len(examples), spent, briefs)


def judge(understanding: Understanding, files: Mapping[str, list[Path]], mistakes: int = 0) -> Iterator[tuple[str, Evaluation]]:
    """Each set's name and its evaluation, all its files together."""
    understanding.read("hello")  # the first message pays for what is loaded when it is first needed
    for name, paths in files.items():
        evaluation = Evaluation(mistakes)
        for path in paths:
            evaluation.run(understanding, LabeledFile(path))
        yield name, evaluation


def record(step: str, messages: int, cpu: float, briefs: Mapping[str, Mapping[str, Brief]]) -> None:
    """Keep a step's figures in docs/evaluation/steps.json, in place of an earlier measurement of the same step."""
    path = FIGURES / "steps.json"
    steps = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    steps[step] = {"training_messages": messages, "train_cpu_s": round(cpu, 1), "sets": briefs}
    keep(path, steps)


def keep(path: Path, figures: Any) -> None:
    """Write figures where `make evaluate` finds them."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _training_text(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            about = block["metadata"]
            for line in block["examples"].splitlines():
                if text := line.strip().removeprefix("- ").strip():
                    yield Example(
                        text, about["language"], block["intent"], tuple(about.get("needs") or ()),
                        tuple(about.get("negated") or ()), about.get("crisis"),
                    )  # fmt: skip


if __name__ == "__main__":
    main()
