"""Scores of a few messages whose figures can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.evaluation.report import as_json, as_text, brief, summary
from bot.evaluation.rows import ANY, Row
from bot.evaluation.running import Evaluation
from bot.evaluation.scoring import Calibration, Scores, Share, Tally, are_ages_right, is_place_right
from bot.understanding.people import Person
from bot.understanding.pipeline import Understanding
from bot.understanding.places import PlaceMention
from bot.understanding.reading import Reading
from resources_db.geo.places import Place, PlaceReading

NOTHING = frozenset[str]()


def understood(text: str = "", intent: str = "request_help", needs: Sequence[str] = (), **more: Any) -> Reading:
    others: dict[str, Any] = {
        "language": "en", "language_sure": True, "confidence": 0.9, "refused_needs": (), "crisis": None, "place": None,
        "people": (), "when": None, "choice": None, "wanted_language": None, "maybe_needs": (), **more,
    }  # fmt: skip
    return Reading(text=text, intent=intent, needs=tuple(needs), **others)


def needing(*codes: str, **more: Any) -> Row:
    return Row("some message", needs=frozenset(codes), **more)


class Fake:
    """Understands what it is told to; whatever it finds it is sure of by .9, and of `other` by .1."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings
        self.needs = SimpleNamespace(read=self._likely)

    def read(self, text: str) -> Reading:
        return self._readings[text]

    def _likely(self, text: str) -> Any:
        return SimpleNamespace(likely={"other": 0.1} | dict.fromkeys(self._readings[text].needs, 0.9))


def evaluated(pairs: Sequence[tuple[Row, Reading]], kept: int = 5) -> Evaluation:
    rows = [Row(**{**vars(row), "text": f"message {number}", "line": number}) for number, (row, _) in enumerate(pairs, 1)]
    fake = Fake({row.text: reading for row, (_, reading) in zip(rows, pairs, strict=True)})
    return Evaluation(kept).run(cast(Understanding, fake), rows)


def test_micro_counts_labels_and_macro_counts_codes() -> None:
    tally = Tally()
    for meant, found in (
        ({"food"}, ("food",)),
        ({"food"}, ("food", "goods")),
        ({"food", "legal"}, ("food",)),
        (NOTHING, ("goods",)),
        ({"goods"}, ("goods",)),
    ):
        tally.add(frozenset(meant), found)
    assert (tally.precision, tally.recall) == (4 / 6, 4 / 5)
    assert tally.f1 == pytest.approx(2 * (4 / 6) * (4 / 5) / (4 / 6 + 4 / 5))
    by_label = tally.by_label()
    assert [(code, one.precision, one.recall) for code, one in by_label.items()] == [
        ("food", 1.0, 1.0), ("goods", 1 / 3, 1.0), ("legal", None, 0.0),
    ]  # fmt: skip
    assert tally.macro() == pytest.approx({"precision": (1 + 1 / 3 + 0) / 3, "recall": 2 / 3, "f1": (1 + 0.5 + 0) / 3})


def test_what_is_found_beside_a_single_label_is_neither_right_nor_wrong() -> None:
    tally = Tally()
    tally.add(frozenset({"food"}), ("food", "goods"), complete=False)
    tally.add(NOTHING, ("goods",))
    assert (tally.precision, tally.precision_at_least, tally.recall) == (1 / 2, 1 / 3, 1.0)


def test_nothing_to_judge_has_no_figure() -> None:
    assert (Share().value, Tally().f1, Tally().macro()["f1"], Calibration().error) == (None,) * 4


def test_a_probability_is_held_against_how_often_it_is_right() -> None:
    calibration = Calibration()
    for probability, is_right in ((1.0, True), (0.95, False), (0.91, True), (0.91, True), (0.25, False), (0.25, True)):
        calibration.add(probability, is_right)
    low, high = calibration.table()
    assert (low[0], low[1], low[2]) == (0.2, 0.25, Share(1, 2))
    assert (high[0], high[2]) == (0.9, Share(3, 4))
    assert calibration.error == pytest.approx((2 * abs(0.25 - 0.5) + 4 * abs(3.77 / 4 - 0.75)) / 6)


def test_a_crisis_is_judged_by_category() -> None:
    crisis = Scores().crisis
    for meant, heard in (
        ({"self_harm"}, "self_harm"), ({"self_harm"}, "violence"), ({"violence", "child_safety"}, None), ({ANY}, "medical"),
        (set(), None), (set(), None), (set(), None), (set(), "medical"),
    ):  # fmt: skip
        crisis.add(frozenset(meant), heard)
    assert crisis.by_category == {
        "self_harm": Share(2, 2),
        "violence": Share(0, 1),
        "child_safety": Share(0, 1),
        ANY: Share(1, 1),
    }
    assert crisis.named == Share(1, 2)
    assert crisis.false_alarms == Share(1, 4)
    assert crisis.alarms == {"medical": 1}


def test_a_crisis_of_two_categories_is_one_crisis() -> None:
    crisis = Scores().crisis
    crisis.add(frozenset({"violence", "child_safety"}), "violence")
    crisis.add(frozenset({"self_harm"}), None)
    assert crisis.recall == Share(1, 2)


def test_acts_scope_and_exact_needs() -> None:
    scores = evaluated(
        [
            (needing("food", act="request_help"), understood(needs=["food"])),
            (needing("food", "goods", act="request_help"), understood(needs=["food"])),
            (needing("food", act="request_help", crisis=frozenset({"violence"})), understood(intent="crisis", crisis="violence")),
            (needing("legal", act="request_help"), understood(intent="unclear")),
            (needing(act="out_of_scope"), understood(intent="out_of_scope")),
            (needing(act="out_of_scope"), understood(needs=["food"])),
            (needing(act="thanks"), understood(intent="ask_phone")),
        ]
    ).all
    assert (scores.exact, scores.exact_if_needed) == (Share(3, 7), Share(1, 4))
    assert scores.act_accuracy == Share(4, 7)
    assert scores.confusions() == [
        ("out_of_scope", "request_help", 1), ("request_help", "out_of_scope", 1), ("thanks", "other_in_domain", 1),
    ]  # fmt: skip
    assert (scores.out_of_scope_caught, scores.ours_refused) == (Share(1, 2), Share(1, 5))


def test_a_question_back_counts_as_no_need_and_apart() -> None:
    asked = {"intent": "unsure", "maybe_needs": ("food", "goods")}
    scores = evaluated(
        [
            (needing("goods"), understood(**asked)),
            (needing("legal"), understood(**asked)),
            (needing(), understood(**asked)),
            (needing("food"), understood(needs=["food"])),
        ]
    ).all
    assert (scores.needs.recall, scores.exact) == (1 / 3, Share(2, 4))
    assert (scores.asked_back, scores.asked_back_rightly) == (Share(3, 4), Share(1, 3))


def test_figures_are_kept_apart_by_language_and_by_label_quality() -> None:
    evaluation = evaluated(
        [
            (needing("food", language="en", quality="hand"), understood(needs=["food"])),
            (needing("food", language="es", quality="weak"), understood()),
            (needing("food"), understood()),
        ]
    )
    assert (evaluation.all.needs.recall, evaluation.languages["en"].needs.recall) == (1 / 3, 1.0)
    assert evaluation.qualities.keys() == {"hand", "weak"}
    assert evaluation.all.languages == Share(1, 2)


# --- places and ages


def placed(text: str, found: str, *labels: str) -> Reading:
    points = tuple(Place(found, "city", 1.0, 2.0, label, "CA") for label in labels)
    reading = PlaceReading(found, *points[:1]) if len(points) == 1 else PlaceReading(found, None, points)
    start = text.index(found)
    return understood(text, place=PlaceMention(found, start, start + len(found), reading))


@pytest.mark.parametrize(
    ("text", "named", "found", "labels", "is_right"),
    [
        ("food in santa ana ca", "santa ana", "santa ana ca", ["Santa Ana, CA"], True),
        ("food in Santa Ana", "santa ana", "Santa Ana", ["Santa Ana, CA", "Santa Ana, NM"], True),
        ("food in santa ana", "santa ana", "santa ana", [], False),
        ("from Reno, now in Elko", "Elko", "Reno", ["Reno, NV"], False),
        ("food in broklyn", "Brooklyn, NY", "broklyn", ["Brooklyn, NY"], True),
        ("food in broklyn", "Buffalo, NY", "broklyn", ["Brooklyn, NY"], False),
        ("near Elko or Reno", "Reno|Elko", "Elko", ["Elko, NV"], True),
    ],
)
def test_a_place_is_right_where_it_is_named_and_known(
    text: str, named: str, found: str, labels: list[str], is_right: bool
) -> None:
    row = Row(text, places=tuple(named.split("|")))
    assert is_place_right(row, placed(text, found, *labels)) is is_right


def test_a_place_that_is_named_and_not_found_is_wrong() -> None:
    assert not is_place_right(Row("near Elko", places=("Elko",)), understood())


@pytest.mark.parametrize(
    ("meant", "found", "is_right"),
    [((0.67, 4.0), (4.0, 8 / 12), True), ((4.0,), (4.0, 4.0), False), ((4.0,), (5.0,), False), ((4.0,), (), False)],
)
def test_ages_are_right_when_all_are(meant: tuple[float, ...], found: tuple[float, ...], is_right: bool) -> None:
    people = tuple(Person("child", age) for age in found)
    assert are_ages_right(Row("x", ages=meant), understood(people=people)) is is_right


def test_places_and_ages_where_none_are_count_apart() -> None:
    invented = placed("in may", "may", "May, CA")
    scores = evaluated(
        [
            (Row("", places=(), ages=()), understood()),
            (Row("", places=(), ages=()), understood(place=invented.place, people=(Person("child", 3.0),))),
            (Row("", places=("Elko",), ages=(3.0,)), understood(people=(Person("child", 3.0),))),
            (Row(""), understood(place=invented.place)),
        ]
    ).all
    assert (scores.places, scores.places_invented) == (Share(0, 1), Share(1, 2))
    assert (scores.ages, scores.ages_invented) == (Share(1, 1), Share(1, 2))


# --- the report

MIXED = [
    (needing("food", act="request_help", language="en", crisis=NOTHING), understood(needs=["food"])),
    (needing("goods", act="request_help", language="es", crisis=NOTHING), understood(intent="out_of_scope", language="es")),
    (needing(act="crisis", language="en", crisis=frozenset({"self_harm"})), understood(intent="thanks")),
    (needing(act="greet", language="en", crisis=NOTHING), understood(intent="crisis", crisis="violence")),
    (needing(act="out_of_scope", language="en", crisis=NOTHING), understood(needs=["legal"])),
]


def test_the_worst_mistakes_of_each_kind_are_kept_in_the_order_of_the_file() -> None:
    missed = [(needing("goods", act="request_help"), understood()) for _ in range(5)]
    kept = evaluated(missed, kept=2).mistakes
    assert [(one.line, one.meant, one.found) for one in kept["need missed"]] == [(1, "goods", "no need"), (2, "goods", "no need")]
    assert evaluated(missed, kept=0).mistakes == {}


def test_what_the_model_was_surest_of_is_the_most_telling_mistake() -> None:
    pairs = [(needing(act="thanks"), understood(intent="greet", confidence=sure)) for sure in (0.3, 0.8, 0.5)]
    (acts,) = evaluated(pairs, kept=2).mistakes.values()
    assert [one.line for one in acts] == [2, 3]


def test_the_report_names_every_kind_of_mistake() -> None:
    told = as_text(evaluated(MIXED))
    for words in (
        "crisis missed, line 3: self_harm → no crisis", "false alarm, line 4: no crisis → violence",
        "ours refused, line 2: request_help → out_of_scope", "need missed, line 2: goods → no need",
        "need not meant, line 5: no need → legal", "out of scope not caught, line 5: out_of_scope → request_help",
    ):  # fmt: skip
        assert words in told


def test_the_report_leaves_out_what_nobody_labeled() -> None:
    told = as_text(evaluated([(needing("food"), understood(needs=["food"]))]))
    assert "needs: recall" in told
    assert all(word not in told for word in ("crisis", "act right", "place", "ages:", "mistake"))


def test_a_message_cannot_reach_into_the_terminal_that_shows_it() -> None:
    row = Row("\x1b[31m\u202ered\nline", needs=frozenset({"food"}), line=2)
    evaluation = Evaluation()
    evaluation.add(row, understood(), {})
    told = as_text(evaluation)
    assert "[31mred line" in told
    assert "\x1b" not in told


def test_the_json_holds_the_same_figures_and_where_there_are_none_null() -> None:
    told = json.loads(json.dumps(as_json(evaluated(MIXED))))
    assert told["messages"] == 5
    assert told["all"]["needs"]["micro"]["recall"] == 0.5
    assert told["all"]["needs"]["by_code"]["goods"]["missed"] == 1
    assert told["all"]["crisis"]["recall"] == {"share": 0.0, "right": 0, "of": 1}
    assert told["all"]["crisis"]["false_alarms"] == {"share": 0.25, "right": 1, "of": 4}
    assert told["languages"]["es"]["scope"]["ours_refused"]["share"] == 1.0
    assert told["languages"]["es"]["crisis"]["recall"]["share"] is None
    assert {one["kind"] for one in told["mistakes"]} >= {"crisis missed", "false alarm"}
    assert told["cpu_ms"]["median"] >= 0


def test_the_summary_has_a_line_for_each_set_and_language() -> None:
    lines = summary({"ours": brief(evaluated(MIXED)), "theirs": brief(evaluated(MIXED[:1]))}).splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == ["ours all", "ours en", "ours es", "theirs en"]
