"""An evaluation as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.evaluation.running import KINDS, Evaluation
from bot.evaluation.scoring import Scores, Share, Tally

_CONFUSIONS = 10
_QUALITY = "quality "
#: The figures of a summary, and the heads of their columns.
BRIEF = {
    "needs_precision": "needs P", "needs_recall": "R", "needs_f1": "F1", "exact": "exact", "crisis_recall": "crisis R",
    "false_alarms": "false", "acts": "act", "out_of_scope_caught": "oos", "ours_refused": "refused", "places": "place",
    "ages": "ages", "language": "lang",
}  # fmt: skip
Brief = dict[str, float | None]
_RATES = ("precision", "recall", "f1")


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """The public form (`homeward evaluate --json`).

    `all`, `languages` and `label_quality` (by name) hold the same figures of different messages: `needs` (also `by_code`),
    `exact`, `asked_back`, `negated`, `crisis`, `acts`, `scope`, `places`, `ages`, `language`, `calibration`. Shares are
    `{"share": 0 to 1 or null, "right": n, "of": n}`; `cpu_ms` is processor time a message.
    """
    return {
        "messages": evaluation.all.messages,
        "all": _scores(evaluation.all),
        "languages": {name: _scores(scores) for name, scores in sorted(evaluation.languages.items())},
        "label_quality": {name: _scores(scores) for name, scores in sorted(evaluation.qualities.items())},
        "cpu_ms": {"median": _rounded(evaluation.cpu(0.5), 3), "p95": _rounded(evaluation.cpu(0.95), 3)},
        "mistakes": [
            {"kind": kind, "line": one.line, "text": one.text, "meant": one.meant, "found": one.found}
            for kind in KINDS
            for one in evaluation.mistakes.get(kind, ())
        ],
    }


def _scores(scores: Scores) -> dict[str, Any]:
    crisis = scores.crisis
    return {
        "messages": scores.messages,
        "needs": {
            "micro": _tally(scores.needs),
            "macro": {name: _rounded(value) for name, value in scores.needs.macro().items()},
            "by_code": {code: _tally(tally) for code, tally in scores.needs.by_label().items()},
        },
        "exact": {"all": _share(scores.exact), "where_something_is_needed": _share(scores.exact_if_needed)},
        "asked_back": {"all": _share(scores.asked_back), "rightly": _share(scores.asked_back_rightly)},
        "negated": _tally(scores.negated),
        "crisis": {
            "recall": _share(crisis.recall),
            "recall_by_category": {category: _share(share) for category, share in sorted(crisis.by_category.items())},
            "category_right": _share(crisis.named),
            "false_alarms": _share(crisis.false_alarms),
            "false_alarms_by_category": dict(sorted(crisis.alarms.items())),
        },
        "acts": {
            "accuracy": _share(scores.act_accuracy),
            "confusions": [{"meant": meant, "found": found, "count": count} for meant, found, count in scores.confusions()],
        },
        "scope": {
            "out_of_scope_caught": _share(scores.out_of_scope_caught),
            "ours_refused": _share(scores.ours_refused),
        },
        "places": {"right": _share(scores.places), "invented": _share(scores.places_invented)},
        "ages": {"right": _share(scores.ages), "invented": _share(scores.ages_invented)},
        "language": _share(scores.languages),
        "calibration": {
            "expected_error": _rounded(scores.calibration.error),
            "bins": [
                {"from": start, "sure": _rounded(sure), "right": _share(share)}
                for start, sure, share in scores.calibration.table()
            ],
        },
    }


def _tally(tally: Tally) -> dict[str, Any]:
    rates = {name: _rounded(getattr(tally, name)) for name in (*_RATES, "precision_at_least")}
    counts = {"meant": tally.meant, "missed": tally.missed.total(), "wrong": tally.wrong.total(), "beside": tally.beside.total()}
    return rates | counts


def _share(share: Share) -> dict[str, Any]:
    return {"share": _rounded(share.value), "right": share.right, "of": share.of}


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


def as_text(evaluation: Evaluation) -> str:
    """The report that people read; what nobody labeled is left out."""
    groups = _groups(evaluation)
    parts = [_overview(groups), _by_code(groups), _crisis(groups), _confusions(evaluation.all), _calibration(evaluation.all)]
    if (median := evaluation.cpu(0.5)) is not None:
        parts.append([f"cost a message: {median:.2f} ms of processor time, {evaluation.cpu(0.95):.2f} ms at the 95th percentile"])
    parts.append(_mistakes(evaluation))
    return "\n\n".join("\n".join(part) for part in parts if part)


def brief(evaluation: Evaluation) -> dict[str, Brief]:
    """For all messages and for each language the figures that BRIEF names, and `messages`, how many there are."""
    return {name: _brief(scores) for name, scores in _by_language(_groups(evaluation)).items()}


def _brief(scores: Scores) -> Brief:
    rates = (
        scores.needs.precision, scores.needs.recall, scores.needs.f1, scores.exact.value, scores.crisis.recall.value,
        scores.crisis.false_alarms.value, scores.act_accuracy.value, scores.out_of_scope_caught.value, scores.ours_refused.value,
        scores.places.value, scores.ages.value, scores.languages.value,
    )  # fmt: skip
    return {"messages": scores.messages, **dict(zip(BRIEF, map(_rounded, rates), strict=True))}


def summary(briefs: Mapping[str, Mapping[str, Brief]]) -> str:
    """A line for each set of messages and language."""
    lines = [
        [f"{name} {language}", f"{figures['messages']}", *(_rate(figures[figure]) for figure in BRIEF)]
        for name, groups in briefs.items()
        for language, figures in groups.items()
    ]
    return "\n".join(_table(["", "n", *BRIEF.values()], lines))


def _groups(evaluation: Evaluation) -> dict[str, Scores]:
    """All messages, those of each language, and of each label quality if there are several; `all` is left out where it
    would only repeat the one language."""
    groups = dict(sorted(evaluation.languages.items()))
    if not any(scores.messages == evaluation.all.messages for scores in groups.values()):
        groups = {"all": evaluation.all, **groups}
    if len(evaluation.qualities) > 1:
        groups |= {_QUALITY + name: scores for name, scores in sorted(evaluation.qualities.items())}
    return groups


def _by_language(groups: dict[str, Scores]) -> dict[str, Scores]:
    return {name: scores for name, scores in groups.items() if not name.startswith(_QUALITY)}


def _overview(groups: dict[str, Scores]) -> list[str]:
    table: list[tuple[str, list[str]]] = [("messages", [str(scores.messages) for scores in groups.values()])]
    for label, rates in (
        ("needs: precision", [s.needs.precision for s in groups.values()]),
        (
            "needs: precision at least (weak labels)",
            [s.needs.precision_at_least if s.needs.beside else None for s in groups.values()],
        ),
        ("needs: recall", [s.needs.recall for s in groups.values()]),
        ("needs: F1", [s.needs.f1 for s in groups.values()]),
        *((f"needs: macro {name}", [s.needs.macro()[name] for s in groups.values()]) for name in _RATES),
    ):
        table.append((label, [_rate(rate) for rate in rates]))
    for label, shares in (
        ("needs: exactly right", [s.exact for s in groups.values()]),
        ("needs: exactly right where there are any", [s.exact_if_needed for s in groups.values()]),
        ("needs: asked which of two", [s.asked_back for s in groups.values()]),
        ("needs: one of the two is meant", [s.asked_back_rightly for s in groups.values()]),
        ("crisis: recall", [s.crisis.recall for s in groups.values()]),
        ("crisis: false alarms", [s.crisis.false_alarms for s in groups.values()]),
        ("crisis: category right", [s.crisis.named for s in groups.values()]),
        ("act right", [s.act_accuracy for s in groups.values()]),
        ("out of scope: caught", [s.out_of_scope_caught for s in groups.values()]),
        ("out of scope: ours refused", [s.ours_refused for s in groups.values()]),
        ("place: right", [s.places for s in groups.values()]),
        ("place: found where none is", [s.places_invented for s in groups.values()]),
        ("ages: right", [s.ages for s in groups.values()]),
        ("ages: found where none are", [s.ages_invented for s in groups.values()]),
        ("language right", [s.languages for s in groups.values()]),
    ):
        table.append((label, [_of(share) for share in shares]))
    for label, rates in (
        ("negated needs: precision", [s.negated.precision if s.negated.meant else None for s in groups.values()]),
        ("negated needs: recall", [s.negated.recall for s in groups.values()]),
        ("calibration error", [s.calibration.error for s in groups.values()]),
    ):
        table.append((label, [_rate(rate) for rate in rates]))
    return _table(["", *groups], [[label, *cells] for label, cells in table if any(cells)])


def _by_code(groups: dict[str, Scores]) -> list[str]:
    shown = {name: scores.needs.by_label() for name, scores in _by_language(groups).items()}
    codes = sorted({code for tallies in shown.values() for code, tally in tallies.items() if tally.meant or tally.wrong})
    if not codes:
        return []
    head = ["need (meant, precision, recall, F1)", *(f"{name} {rate}" for name in shown for rate in ("n", "P", "R", "F1"))]
    rows = []
    for code in codes:
        cells = [code]
        for tallies in shown.values():
            tally = tallies.get(code, Tally())
            cells += [str(tally.meant or ""), _rate(tally.precision), _rate(tally.recall), _rate(tally.f1)]
        rows.append(cells)
    return _table(head, rows)


def _crisis(groups: dict[str, Scores]) -> list[str]:
    groups = _by_language(groups)
    categories = sorted(
        {category for scores in groups.values() for category in (*scores.crisis.by_category, *scores.crisis.alarms)}
    )
    if not categories:
        return []
    head = [
        "crisis (caught of those meant, false alarms)",
        *(f"{name} {column}" for name in groups for column in ("caught", "false")),
    ]
    rows = []
    for category in categories:
        cells = [category]
        for scores in groups.values():
            cells += [_of(scores.crisis.by_category.get(category, Share())), str(scores.crisis.alarms[category] or "")]
        rows.append(cells)
    return _table(head, rows)


def _confusions(scores: Scores) -> list[str]:
    confusions = scores.confusions()[:_CONFUSIONS]
    return ["acts mistaken most"] * bool(confusions) + [
        f"  {count:4} × {meant} taken for {found}" for meant, found, count in confusions
    ]


def _calibration(scores: Scores) -> list[str]:
    bins = scores.calibration.table()
    if not bins:
        return []
    rows = [
        [f"  {start:.1f} to {start + 0.1:.1f}", str(share.of), f"{sure:.2f}", _rate(share.value)] for start, sure, share in bins
    ]
    return _table(["how sure of the likeliest need", "messages", "sure", "right"], rows)


def _mistakes(evaluation: Evaluation) -> list[str]:
    lines = []
    for kind in KINDS:
        for one in evaluation.mistakes.get(kind, ()):
            lines.append(f"  {kind}, line {one.line}: {one.meant} → {one.found}\n      {one.text}")
    return ["telling mistakes (meant → found)", *lines] if lines else []


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _of(share: Share) -> str:
    return f"{share.value:.3f} of {share.of}" if share.of else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns under their heads, the first to the left, the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]).rstrip()
        for line in lines
    ]
