"""docs/evaluation.md: nothing missed is called met, and no figure is made up where nobody measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks import evaluation_page
from benchmarks.evaluation_page import page
from benchmarks.samples import sample
from benchmarks.understanding import Example, sets
from bot.evaluation.report import brief
from bot.evaluation.rows import Row
from bot.evaluation.running import Evaluation
from tests.unit.bot.test_evaluation_scores import MIXED

EXAMPLES = [Example("necesito pañales para mi bebé", "es", "request_help", ("goods",)), Example("hi", "en", "greet")]


def evaluation(*pairs: tuple[Row, object]) -> Evaluation:
    done = Evaluation(0)
    for row, reading in pairs:
        done.milliseconds.append(2.0)
        done.add(row, reading, {"food": 0.9})  # type: ignore[arg-type]
    return done


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(evaluation_page, "FIGURES", tmp_path)
    model = tmp_path / "model.tar.gz"
    model.write_bytes(b"0" * 1_500_000)
    monkeypatch.setattr(evaluation_page, "MODEL", model)
    return tmp_path


DONE = {"unseen.tsv": evaluation(*MIXED), "unseen.yml": evaluation(*MIXED)}


@pytest.mark.usefixtures("figures")
def test_every_place_in_the_page_is_filled_and_what_nobody_measured_is_said() -> None:
    made = page(DONE, EXAMPLES)
    assert not re.search(r"\{\{|\}\}", made)
    assert made.count("Not measured yet.") == 4
    assert "from 2 messages" in made
    assert "The model is 1.5 MB" in made


@pytest.mark.usefixtures("figures")
def test_a_missed_target_is_called_missed_and_a_met_one_is_not() -> None:
    lines = page(DONE, EXAMPLES).splitlines()
    assert "| needs: recall | at least 0.95 | 1.000 of 1 | .000 of 1 **missed** |" in lines
    assert "| needs: recall in Spanish | at most 0.02 behind |  | 1.000 **missed** |" in lines
    assert "| crisis: recall | at least 0.99 | .000 of 1 **missed** |  |" in lines
    assert "| out of scope: ours refused | at most 0.03 | .000 of 3 | 1.000 of 1 **missed** |" in lines


def test_what_other_runs_kept_is_put_in(figures: Path) -> None:
    briefs = {"unseen.tsv": brief(DONE["unseen.tsv"])}
    step = {"training_messages": 1234, "train_cpu_s": 5.0, "sets": briefs}
    (figures / "steps.json").write_text(json.dumps({"before": step, "after": step}), encoding="utf-8")
    (figures / "learning_curve.json").write_text(json.dumps([step]), encoding="utf-8")
    one = {"train_cpu_s": 10.0, "train_peak_mb": 1, "read_cpu_ms": 2.0, "read_peak_mb": 1, "sets": briefs}
    stock = {"training_messages": 99, "of": 1234, "ours": one, "stock": {**one, "train_cpu_s": 600.0}}
    (figures / "stock_rasa.json").write_text(json.dumps(stock), encoding="utf-8")
    held = {"conversations": 5, "completed": 0.8, "turns": 2.5}
    told = {"different": 50, "trained_on": 3}
    both = {"en": held, "es": held}
    talked = {"messages": told, "scripts": both, "all": held, "languages": both, "ways": {"a_bad_day": both}}
    (figures / "conversations.json").write_text(json.dumps(talked), encoding="utf-8")
    made = page(DONE, EXAMPLES)
    assert "Not measured yet." not in made
    for words in (
        "after (1,234 messages), es | 1",
        "1,234 messages, unseen.tsv, en",
        "stock, unseen.tsv, es",
        "| 10.0 | 600.0 | 60.0 |",
        "| a bad day, es | 5 | 0.8 | 2.5 |",
    ):
        assert words in made


def test_the_sets_that_are_judged_are_all_explained() -> None:
    assert sets().keys() <= evaluation_page.ORIGINS.keys()


def test_samples_grow_and_keep_every_intent_and_language() -> None:
    examples = [
        Example(f"message {n}", language, intent) for n in range(40) for language in ("en", "es") for intent in ("greet", "deny")
    ]
    small, large = sample(examples, 1 / 8), sample(examples, 1 / 2)
    assert (len(small), len(large)) == (20, 80)
    assert set(small) < set(large)
    assert small == sample(examples, 1 / 8)
    assert {(e.intent, e.language) for e in small} == {(e.intent, e.language) for e in examples}
    assert sample(examples, 1) == examples


def test_a_share_of_very_few_leaves_two_of_each() -> None:
    assert len(sample([Example("a", "en", "greet"), Example("b", "en", "greet"), Example("c", "en", "greet")], 0.01)) == 2
