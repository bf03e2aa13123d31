"""What `rasa init` would have made of the same text, beside ours: `python -m benchmarks stock_rasa`, half an hour.

Both are trained by Rasa 3.6 in a process of its own on the same sample of data/nlu and read the same messages in another, one
after the other, so their ratios hold on a busy machine. The stock pipeline (config.yml) tells one intent a message and no
needs; so its labels are our intents, with request_help split by the first need of the message (`request_help+food`), and
what it answers below its own threshold counts as out of scope. Neither is told the language, places or ages here.

The stock pipeline needs the real TensorFlow, which our lock leaves out, so it lives in an environment of its own; the first run
makes it with uv (two gigabytes from PyPI, into the temporary folder, or where --environment says). The figures are kept in
docs/evaluation/stock_rasa.json, for `make evaluate`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.samples import sample
from benchmarks.understanding import FIGURES, Example, keep, sets, training_text
from bot.evaluation.report import Brief, brief, summary
from bot.evaluation.rows import LabeledFile, Row
from bot.evaluation.running import Evaluation
from bot.project import ROOT
from bot.understanding.reading import Reading

_JUDGED_ON = ("unseen.tsv", "unseen.yml", "development.tsv")
_HERE = Path(__file__).parent
_BETWEEN = "+"


def main(options: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks stock_rasa", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--messages", type=int, default=1_600, metavar="N", help="train on about so many (default: 1600)")
    environment = Path(tempfile.gettempdir(), "homeward-stock-rasa")
    parser.add_argument("--environment", type=Path, default=environment, metavar="FOLDER", help=f"default: {environment}")
    arguments = parser.parse_args(options)
    everything = training_text()
    examples = sample(everything, min(1.0, arguments.messages / len(everything)))
    files = {name: [*itertools.chain(*map(LabeledFile, paths))] for name, paths in sets().items() if name in _JUDGED_ON}
    print(f"trained on {len(examples)} of {len(everything)} messages, judged on {sum(map(len, files.values()))}", flush=True)
    stock_python = _environment(arguments.environment)
    figures = {
        "ours": _measure(Path(sys.executable), ROOT / "config.yml", _our_text(examples), files),
        "stock": _measure(stock_python, _HERE / "config.yml", _stock_text(examples), files),
    }
    print(summary({f"{who}, {name}": groups for who, one in figures.items() for name, groups in one["sets"].items()}))
    for cost in ("train_cpu_s", "read_cpu_ms", "train_peak_mb", "read_peak_mb"):
        ours, stock = figures["ours"][cost], figures["stock"][cost]
        print(f"{cost:16} ours {ours:10.1f}   stock {stock:10.1f}   stock / ours {stock / ours:6.1f}")
    keep(FIGURES / "stock_rasa.json", {"training_messages": len(examples), "of": len(everything), **figures})


def _environment(folder: Path) -> Path:
    """The Python of the stock environment, made if it is not there. Never that of the project."""
    python = folder / "bin/python"
    if not python.exists():
        uv = [str(ROOT / ".tools/uv")]
        subprocess.run([*uv, "venv", "--no-config", "--python", sys.executable, str(folder)], check=True)
        packages = ["rasa==3.6.21", "setuptools<81"]  # Rasa imports pkg_resources
        subprocess.run([*uv, "pip", "install", "--no-config", "--python", str(python), *packages], check=True, cwd=folder)
    return python


def _measure(python: Path, config: Path, text: list[dict[str, Any]], files: dict[str, list[Row]]) -> dict[str, Any]:
    """Train and ask one of the two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yml").write_text(config.read_text(encoding="utf-8"), encoding="utf-8")
        written = yaml.safe_dump({"version": "3.1", "nlu": text}, allow_unicode=True, width=10_000)
        (folder / "nlu.yml").write_text(written, encoding="utf-8")
        rows = [*itertools.chain(*files.values())]
        (folder / "messages.json").write_text(json.dumps([row.text for row in rows]), encoding="utf-8")
        trained, read = (_work(python, what, folder) for what in ("train", "read"))
    found = iter(read["found"])
    return {
        "train_cpu_s": trained["cpu_s"], "train_peak_mb": trained["peak_mb"],
        "read_cpu_ms": statistics.median(read["cpu_ms"]), "read_peak_mb": read["peak_mb"],
        "sets": {name: _judged(rows, itertools.islice(found, len(rows))) for name, rows in files.items()},
    }  # fmt: skip


def _work(python: Path, what: str, folder: Path) -> dict[str, Any]:
    environment = {
        **os.environ, "RASA_TELEMETRY_ENABLED": "false", "RASA_MAX_CACHE_SIZE": "0", "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONPATH": str(ROOT) if python == Path(sys.executable) else "",
    }  # fmt: skip
    log = folder / f"{what}.log"
    with log.open("wb") as output:
        command = [str(python), "-W", "ignore", str(_HERE / "worker.py"), what, str(folder)]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False)
    if done.returncode:
        sys.exit(f"{what} with {python} failed:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
    answer: dict[str, Any] = json.loads((folder / f"{what}.json").read_text(encoding="utf-8"))
    return answer


def _our_text(examples: Iterable[Example]) -> list[dict[str, Any]]:
    """The training text as it stands in data/nlu."""

    def about(example: Example) -> tuple[Any, ...]:
        return example.intent, example.language, example.needs, example.negated, example.crisis or ""

    return [
        {
            "intent": intent,
            "metadata": {
                "language": language,
                "needs": [*needs],
                "negated": [*negated],
                **({"crisis": crisis} if crisis else {}),
            },
            "examples": _listed(group),
        }
        for (intent, language, needs, negated, crisis), group in itertools.groupby(sorted(examples, key=about), about)
    ]


def _stock_text(examples: Iterable[Example]) -> list[dict[str, Any]]:
    """The same messages, each with one label."""

    def label(example: Example) -> str:
        return example.intent + (_BETWEEN + example.needs[0] if example.intent == "request_help" and example.needs else "")

    return [
        {"intent": intent, "examples": _listed(group)} for intent, group in itertools.groupby(sorted(examples, key=label), label)
    ]


def _listed(examples: Iterable[Example]) -> str:
    return "".join(f"- {example.text}\n" for example in examples)


def _judged(rows: Sequence[Row], found: Iterable[dict[str, Any]]) -> dict[str, Brief]:
    """The figures of needs, crises, acts and scope; neither was asked for more."""
    evaluation = Evaluation(0)
    for row, answer in zip(rows, found, strict=True):
        evaluation.add(replace(row, places=None, ages=None, negated=None), _reading(row, answer), {})
    return {group: {**figures, "language": None} for group, figures in brief(evaluation).items()}


def _reading(row: Row, answer: dict[str, Any]) -> Reading:
    """What one of the two made of a message, in the terms that are judged."""
    intent, _, need = (answer["intent"] or "nlu_fallback").partition(_BETWEEN)
    needs = (need,) if need else tuple(answer["needs"])
    return Reading(
        text=row.text, language=row.language or "", language_sure=False, intent="unclear" if intent == "nlu_fallback" else intent,
        confidence=0.0, needs=needs, refused_needs=(), crisis="any" if intent == "crisis" else None, place=None, people=(),
        when=None, choice=None, wanted_language=None, maybe_needs=(),
    )  # fmt: skip
