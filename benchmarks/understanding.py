"""How well messages are understood, and what one costs: `python -m benchmarks.understanding`.

Trains the parts from data/nlu as Rasa does, without Rasa, and judges them on messages they have not seen:
tests/data/understanding/heldout.*.tsv, written before the training text, and, where it is there, the messages of other
people in ../shared/data/utterances (for measuring only). docs/decisions/0005-needs-model.md says which of the figures are
flattered.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bot.project import ROOT
from bot.safety.screen import load_screen
from bot.understanding.acts import ActReader, act_of
from bot.understanding.language import LanguageDetector
from bot.understanding.needs import NeedsReader
from bot.understanding.pipeline import Understanding
from bot.understanding.places import PlaceFinder
from bot.understanding.reading import Reading
from bot.understanding.text import clean
from resources_db.geo.gazetteer import open_gazetteer

HELD_OUT = ROOT / "tests/data/understanding"
OTHER_PEOPLE = ROOT.parent / "shared/data/utterances/development.tsv"
_SHOWN = 8


@dataclass(frozen=True)
class Labeled:
    """A message and what is to be understood from it. `needs` and `ages` are None where nobody labeled them."""

    text: str
    language: str
    act: str
    intent: str = ""
    needs: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()
    ages: tuple[float, ...] | None = None


def training_text(folder: Path = ROOT / "data/nlu") -> list[Labeled]:
    """Every example Rasa trains on."""
    return list(_training_text(folder))


def train(examples: Sequence[Labeled], gazetteer: Path | None = None) -> Understanding:
    """All parts trained as the Rasa components train them; `gazetteer` is its file, built when missing."""
    texts = [clean(example.text) for example in examples]
    path = gazetteer or Path(tempfile.gettempdir(), "homeward-benchmark-gazetteer.db")
    return Understanding(
        screen=load_screen(),
        language=LanguageDetector.train(texts, [example.language for example in examples]),
        needs=NeedsReader.train(texts, [sorted(example.needs or ()) for example in examples]),
        places=PlaceFinder(open_gazetteer(path)),
        acts=ActReader.train(texts, [example.intent for example in examples]),
    )


def held_out() -> list[Labeled]:
    """Our own unseen messages."""
    rows = ((path.name.split(".")[1], row) for path in sorted(HELD_OUT.glob("heldout.*.tsv")) for row in _rows(path))
    return [
        Labeled(
            text=row["text"], language=language, act=row["act"], needs=frozenset(_listed(row["needs"])),
            refused=frozenset(_listed(row["negated"])), ages=tuple(sorted(map(float, _listed(row["ages"])))),
        )
        for language, row in rows
    ]  # fmt: skip


def other_people() -> list[Labeled]:
    """Messages from elsewhere, with one label each: a need, an act, or a crisis. Empty where they are not."""
    if not OTHER_PEOPLE.exists():
        return []
    found = []
    for row in _rows(OTHER_PEOPLE):
        kind, _, need = row["label"].partition(":")
        found.append(
            Labeled(row["text"], row["lang"], "request_help" if need else kind, needs=frozenset([need]) if need else frozenset())
        )
    return found


def main() -> None:
    started = time.perf_counter()
    understanding = train(training_text())
    print(f"trained in {time.perf_counter() - started:.1f} s")
    ours = held_out()
    for language in ("en", "es"):
        rows = [row for row in ours if row.language == language]
        report(f"held out, {language} ({len(rows)} messages)", rows, [understanding.read(row.text) for row in rows])
    theirs = other_people()
    if theirs:
        _report_others(theirs, [understanding.read(row.text) for row in theirs])
    _cost(understanding, [row.text for row in ours])


def report(title: str, rows: Sequence[Labeled], readings: Sequence[Reading]) -> None:
    """Print everything that is labeled."""
    print(f"\n{title}")
    needs = Tally.of((row.needs or frozenset(), reading.needs) for row, reading in zip(rows, readings, strict=True))
    print(f"  needs     {needs}")
    print("            worst: " + ", ".join(f"{code} F1 {one.f1:.2f}" for code, one in needs.worst(_SHOWN)))
    print(f"  refused   {Tally.of((row.refused, reading.refused_needs) for row, reading in zip(rows, readings, strict=True))}")
    acts = [(row.act, act_of(reading.intent)) for row, reading in zip(rows, readings, strict=True)]
    print(f"  acts      {_share(said == meant for meant, said in acts)} right")
    confused = Counter(pair for pair in acts if pair[0] != pair[1]).most_common(_SHOWN)
    print("            mistaken: " + ", ".join(f"{meant} for {said} {n}×" for (meant, said), n in confused))
    print(f"  scope     {_scope(acts)}")
    aged = [(row.ages, _ages(reading)) for row, reading in zip(rows, readings, strict=True) if row.ages is not None]
    print(f"  ages      {_share(same for same in (a == b for a, b in aged if a or b))} of {sum(bool(a) for a, _ in aged)} exact")
    print(f"  language  {_share(row.language == reading.language for row, reading in zip(rows, readings, strict=True))} right")


def _report_others(rows: Sequence[Labeled], readings: Sequence[Reading]) -> None:
    """These have one label each, so only whether it is found can be judged, not what else is."""
    print(f"\nother people's messages ({len(rows)}, one label each)")
    both = list(zip(rows, readings, strict=True))
    for language in ("en", "es"):
        print(f"  scope {language}  {_scope([(row.act, act_of(r.intent)) for row, r in both if row.language == language])}")
    for need in sorted({need for row in rows for need in row.needs or ()}):
        found = [need in reading.needs for row, reading in both if need in (row.needs or ())]
        print(f"  {need:18} found {_share(found)} of {len(found)}")
    print(f"  language  {_share(row.language == reading.language for row, reading in both)} right")


def _cost(understanding: Understanding, texts: list[str]) -> None:
    print(f"\ncost a message (CPU, median of {len(texts)})")
    cleaned = [clean(text) for text in texts]
    for name, part in (
        ("needs", understanding.needs.read), ("acts", understanding.acts.rank), ("all parts", understanding.read),
    ):  # fmt: skip
        times = []
        for text in cleaned:
            started = time.process_time()
            part(text)
            times.append(time.process_time() - started)
        print(f"  {name:10} {sorted(times)[len(times) // 2] * 1000:.2f} ms")


@dataclass
class Tally:
    """Right, wrong and missed labels, together and by label."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, pairs: Iterable[tuple[frozenset[str], Iterable[str]]]) -> Tally:
        """From what was meant and what was found in each message."""
        tally = cls()
        for meant, found in pairs:
            tally.right.update(meant & set(found))
            tally.wrong.update(set(found) - meant)
            tally.missed.update(meant - set(found))
        return tally

    @property
    def precision(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.wrong.total())

    @property
    def recall(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.missed.total())

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def worst(self, count: int) -> list[tuple[str, Tally]]:
        """The labels that go wrong most."""
        labels = self.right.keys() | self.wrong.keys() | self.missed.keys()
        single = {
            label: Tally(*(Counter({label: part[label]}) for part in (self.right, self.wrong, self.missed))) for label in labels
        }
        return sorted(single.items(), key=lambda item: (item[1].f1, item[0]))[:count]

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  F1 {self.f1:.3f}"


def _scope(acts: Sequence[tuple[str, str]]) -> str:
    outside = [said == "out_of_scope" for meant, said in acts if meant == "out_of_scope"]
    inside = [said == "out_of_scope" for meant, said in acts if meant != "out_of_scope"]
    return f"{_share(outside)} of {len(outside)} out of scope caught, {_share(inside)} of {len(inside)} in scope refused"


def _ages(reading: Reading) -> tuple[float, ...]:
    return tuple(sorted(person.age_years for person in reading.people))


def _share(flags: Iterable[bool]) -> str:
    counted = list(flags)
    return f"{sum(counted) / len(counted):.3f}" if counted else "–"


def _training_text(folder: Path) -> Iterator[Labeled]:
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            about = block["metadata"]
            for line in block["examples"].splitlines():
                if text := line.strip().removeprefix("- ").strip():
                    intent = block["intent"]
                    yield Labeled(
                        text, about["language"], act_of(intent), intent,
                        frozenset(about.get("needs") or ()), frozenset(about.get("negated") or ()),
                    )  # fmt: skip


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def _listed(cell: str | None) -> list[str]:
    return [item for item in (cell or "").split(",") if item]


if __name__ == "__main__":
    main()
