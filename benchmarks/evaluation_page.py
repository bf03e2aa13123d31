"""Writes docs/evaluation.md: `make evaluate`, or `python -m benchmarks.evaluation_page`.

The installed model reads every held-out set anew; what takes long to measure is taken from docs/evaluation/, where the
benchmarks that measure it leave it. The words stand in evaluation_page.md.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.understanding import FIGURES, Example, judge, sets, training_text
from bot.evaluation.report import BRIEF, Brief, brief
from bot.evaluation.rows import LabeledFile
from bot.evaluation.running import Evaluation
from bot.evaluation.scoring import Scores, Share, Tally
from bot.installed import installed_understanding
from bot.project import MODEL, ROOT
from bot.training import is_current
from bot.understanding.pipeline import ModelUnusable
from bot.understanding.text import clean, plain, words

PAGE = ROOT / "docs/evaluation.md"
NEWEST, NEWEST_CRISES = "unseen.tsv", "unseen.yml"
_NONE_YET = "Not measured yet."
LANGUAGES = ("en", "es")
_CONFUSIONS = 10
_LONG_ENOUGH = 4
_MISSED = " **missed**"
_BEHIND = 0.02
#: Where each set comes from: who wrote it and when, and what makes its figures better than they will be.
ORIGINS = {
    "heldout.tsv": "ours, written before the first training text; those who wrote word lists and rules have read it since",
    "unseen.tsv": "ours, written before the training text of this release by people who had seen none of it; the models were"
    " chosen by it",
    "heldout.yml": "ours, crisis lines and near misses, written before the crisis lexicon",
    "later.yml": (
        "ours, crisis lines and near misses, written after the first lexicon and never used to change that one; "
        "its totals helped to choose the thresholds of the second opinion"
    ),
    "unseen.yml": "ours, crisis lines and near misses, written before the lexicon and the training text of this release",
    "development.tsv": "other people's: questions to therapists (counsel-chat), crowd-written dialogues (Schema-Guided Dialogue),"
    " out-of-scope queries (CLINC150, BANKING77, Spanish assistant queries); one label each, not part of the project",
}


def main() -> None:
    if not is_current():
        sys.exit("the installed model is older than its training text or its code: run `make evaluate`")
    try:
        understanding = installed_understanding()
    except ModelUnusable as error:
        sys.exit(str(error))
    done = dict(judge(understanding, sets()))
    PAGE.write_text(page(done, training_text()), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def page(done: Mapping[str, Evaluation], examples: Sequence[Example]) -> str:
    """The whole page, from the evaluation of each set and what the model was trained on."""
    parts = {"date": f"{date.today():%d %B %Y}", "training": f"{len(examples):,}", "sets": _sets(done, examples)}
    parts |= _measured(done) | _kept()
    template = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def _measured(done: Mapping[str, Evaluation]) -> dict[str, str]:
    """The parts of the page that were measured just now."""
    briefs = {name: brief(evaluation) for name, evaluation in done.items()}
    newest = done[NEWEST]
    asked = newest.all
    return {
        "targets": _targets(done),
        "all": _table(["", "messages", *BRIEF.values()], _lines(briefs)),
        "codes": _codes(newest.languages),
        "crisis": _crisis(done),
        "confusions": "\n".join(f"- {count} × {meant} taken for {found}" for meant, found, count in _confusions(newest.all)),
        "calibration_error": _rate(asked.calibration.error),
        "calibration": _table(
            ["how sure", "messages", "sure, on average", "right"],
            [
                [f"{at:.1f} to {at + 0.1:.1f}", share.of, _rate(sure), _rate(share.value)]
                for at, sure, share in asked.calibration.table()
            ],
        ),
        "asked": _percent(asked.asked_back),
        "asked_rightly": _percent(asked.asked_back_rightly),
        "cost": _cost(done.values()),
    }


def _confusions(scores: Scores) -> list[tuple[str, str, int]]:
    return scores.confusions()[:_CONFUSIONS]


def _targets(done: Mapping[str, Evaluation]) -> str:
    newest, crises = done[NEWEST].languages, done[NEWEST_CRISES].languages
    rows: list[list[object]] = []
    for name, target, is_floor, groups, figure in (
        ("needs: recall", 0.95, True, newest, _recall),
        ("needs: precision", 0.90, True, newest, _precision),
        ("crisis: recall", 0.99, True, crises, lambda scores: scores.crisis.recall),
        ("crisis: false alarms on near misses", 0.02, False, crises, lambda scores: scores.crisis.false_alarms),
        ("out of scope: caught", 0.95, True, newest, lambda scores: scores.out_of_scope_caught),
        ("out of scope: ours refused", 0.03, False, newest, lambda scores: scores.ours_refused),
        ("places", 0.97, True, newest, lambda scores: scores.places),
        ("ages", 0.97, True, newest, lambda scores: scores.ages),
    ):
        shares = [figure(groups.get(language, Scores())) for language in LANGUAGES]
        missed = [share.value is not None and (share.value < target if is_floor else share.value > target) for share in shares]
        cells = [_of(share) + _MISSED * is_missed for share, is_missed in zip(shares, missed, strict=True)]
        rows.append([name, f"at {'least' if is_floor else 'most'} {target}", *cells])
    english, spanish = (newest.get(language, Scores()) for language in LANGUAGES)
    for name, figure in (("recall", _recall), ("precision", _precision)):
        behind = (figure(english).value or 0.0) - (figure(spanish).value or 0.0)
        rows.append([f"needs: {name} in Spanish", f"at most {_BEHIND} behind", "", f"{behind:.3f}{_MISSED * (behind > _BEHIND)}"])
    return _table(["", "target", "English", "Spanish"], rows)


def _recall(scores: Scores) -> Share:
    return Share(scores.needs.right.total(), scores.needs.meant)


def _precision(scores: Scores) -> Share:
    return Share(scores.needs.right.total(), scores.needs.right.total() + scores.needs.wrong.total())


def _sets(done: Mapping[str, Evaluation], examples: Iterable[Example]) -> str:
    folders = {"tsv": "tests/data/understanding/", "yml": "tests/safety/"}
    trained_on = {plain(clean(example.text)) for example in examples}
    rows = []
    for name, evaluation in done.items():
        place = "" if name == "development.tsv" else folders[name.rpartition(".")[2]]
        counts = [evaluation.languages.get(language, Scores()).messages for language in LANGUAGES]
        texts = [plain(clean(row.text)) for path in sets()[name] for row in LabeledFile(path)]
        twice = sum(text in trained_on and len(words(text)) >= _LONG_ENOUGH for text in texts)
        rows.append([place + name, *counts, ORIGINS[name], twice])
    return _table(["", "English", "Spanish", "who wrote it, and when", "also in the training text"], rows)


def _codes(languages: Mapping[str, Scores]) -> str:
    by_code = {language: scores.needs.by_label() for language, scores in sorted(languages.items())}
    codes = sorted({code for tallies in by_code.values() for code in tallies})
    rows = []
    for code in codes:
        tallies = [tallies.get(code, Tally()) for tallies in by_code.values()]
        rows.append([code, *(cell for t in tallies for cell in (t.meant, _rate(t.precision), _rate(t.recall), _rate(t.f1)))])
    macros = [scores.needs.macro() for _, scores in sorted(languages.items())]
    rows.append(
        ["mean of the codes", *(c for m in macros for c in ("", _rate(m["precision"]), _rate(m["recall"]), _rate(m["f1"])))]
    )
    return _table(["", *(f"{language} {head}" for language in by_code for head in ("n", "P", "R", "F1"))], rows)


def _crisis(done: Mapping[str, Evaluation]) -> str:
    rows = []
    for name, evaluation in done.items():
        both = [evaluation.languages.get(language, Scores()).crisis for language in LANGUAGES]
        categories = sorted({category for crisis in both for category in (*crisis.by_category, *crisis.alarms)})
        for category in categories:
            cells = ((_of(crisis.by_category.get(category, Share())), crisis.alarms[category] or "") for crisis in both)
            rows.append([name, category, *(cell for pair in cells for cell in pair)])
        rows.append([name, "**all**", *(cell for crisis in both for cell in (_of(crisis.recall), _of(crisis.false_alarms)))])
    head = [f"{language} {column}" for language in LANGUAGES for column in ("caught", "false alarms")]
    return _table(["", "category", *head], rows)


def _cost(evaluations: Iterable[Evaluation]) -> str:
    times = sorted(milliseconds for evaluation in evaluations for milliseconds in evaluation.milliseconds)
    at = [statistics.median(times), times[int(0.95 * len(times))], times[-1]]
    return (
        f"Processor time a message, over all {len(times):,} here: median {at[0]:.1f} ms, 95th percentile {at[1]:.1f} ms, the"
        f" longest {at[2]:.0f} ms. The model is {MODEL.stat().st_size / 1e6:.1f} MB."
    )


# --- what other runs left in docs/evaluation


def _kept() -> dict[str, str]:
    shown: dict[str, Callable[[Any], str]] = {
        "conversations": _conversations, "steps": _steps, "learning_curve": _learning_curve, "stock_rasa": _stock_rasa,
    }  # fmt: skip
    return {name: show(kept) if (kept := _figures(name)) else _NONE_YET for name, show in shown.items()}


def _figures(name: str) -> Any:
    path = FIGURES / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _conversations(figures: Mapping[str, Any]) -> str:
    scripted = {f"keep to the script, {language}": row for language, row in figures["scripts"].items()}
    left = {"leave the script": figures["all"]} | {f"leave the script, {la}": row for la, row in figures["languages"].items()}
    ways = {f"{way.replace('_', ' ')}, {la}": row for way, both in figures["ways"].items() for la, row in both.items()}
    columns = list(figures["all"])
    rows = [[name, *(row.get(column, "") for column in columns)] for name, row in {**scripted, **left, **ways}.items()]
    told = figures["messages"]
    known = f"{told['trained_on']} of the {told['different']} messages of more than three words are in the training text too."
    return f"{_table(['', *(column.replace('_', ' ') for column in columns)], rows)}\n\n{known}"


def _steps(steps: Mapping[str, Any]) -> str:
    tables = []
    for name in dict.fromkeys(name for step in steps.values() for name in step["sets"]):
        briefs = {
            f"{step} ({figures['training_messages']:,} messages)": figures["sets"][name]
            for step, figures in steps.items()
            if name in figures["sets"]
        }
        tables.append(f"{name}\n\n{_table(['', 'messages', *BRIEF.values()], _lines(briefs))}")
    return "\n\n".join(tables)


def _learning_curve(steps: Sequence[Mapping[str, Any]]) -> str:
    briefs = {
        f"{step['training_messages']:,} messages, {name}": groups for step in steps for name, groups in step["sets"].items()
    }
    return _table(["trained on", "messages", *BRIEF.values()], _lines(briefs))


def _stock_rasa(figures: Mapping[str, Any]) -> str:
    briefs = {f"{who}, {name}": groups for who in ("ours", "stock") for name, groups in figures[who]["sets"].items()}
    costs = [
        [
            words,
            *(f"{figures[who][cost]:,.1f}" for who in ("ours", "stock")),
            f"{figures['stock'][cost] / figures['ours'][cost]:.1f}",
        ]
        for cost, words in (
            ("train_cpu_s", "training, seconds of processor time"),
            ("train_peak_mb", "training, peak memory in MB"),
            ("read_cpu_ms", "a message, milliseconds of processor time (median)"),
            ("read_peak_mb", "serving, peak memory in MB"),
        )
    ]
    trained = f"Both were trained on {figures['training_messages']:,} of {figures['of']:,} messages."
    ratio = _table(["", "ours", "stock", "stock / ours"], costs)
    return f"{trained}\n\n{_table(['', 'messages', *BRIEF.values()], _lines(briefs))}\n\n{ratio}"


# --- cells


def _lines(briefs: Mapping[str, Mapping[str, Brief]]) -> list[list[object]]:
    return [
        [f"{name}, {language}", figures["messages"], *(_rate(figures[figure]) for figure in BRIEF)]
        for name, groups in briefs.items()
        for language, figures in groups.items()
    ]


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".lstrip("0") if value < 1 else "1.000"


def _of(share: Share) -> str:
    return f"{_rate(share.value)} of {share.of}" if share.of else ""


def _percent(share: Share) -> str:
    return "none" if share.value is None else f"{share.value:.1%}"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, without the columns in which nothing stands."""
    lines = [list(map(str, row)) for row in rows]
    kept = [at for at in range(len(head)) if at == 0 or any(line[at] for line in lines)]
    cells = [[line[at] for at in kept] for line in ([*head], ["---"] * len(head), *lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


if __name__ == "__main__":
    main()
