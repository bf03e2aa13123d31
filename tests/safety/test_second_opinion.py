"""The trained second opinion: it adds alarms, never removes one, and is the same after every training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.installed import installed_understanding
from bot.safety import component, second_opinion
from bot.safety.component import CrisisScreen
from bot.safety.screen import CATEGORIES, CrisisSignal, LexiconError, load_screen
from bot.safety.second_opinion import CrisisReader, Labeled, SecondOpinion, Signs, written_lines
from bot.training import is_current
from bot.understanding.text import clean
from tests.safety.measure import OpinionAlone, measure
from tests.safety.phrases import corpus

SCREEN = load_screen()
LANGUAGES = ("en", "es")


class Says(SecondOpinion):
    """An opinion that says the same of every message."""

    def __init__(self, *alarms: tuple[str, float]) -> None:
        self._alarms = list(alarms)

    def alarms(self, text: str) -> list[tuple[str, float]]:
        return self._alarms


def lines(name: str) -> list[str]:
    parts = [corpus(name, language) for language in LANGUAGES]
    return [str(text) for part in parts for texts in [*part["must_catch"].values(), part["must_not"]] for text in texts]


@pytest.fixture(scope="module")
def small() -> SecondOpinion:
    """Trained on a few hundred lines: enough to see how it works, not how well."""
    return SecondOpinion.train(written_lines()[::8], SCREEN)


@pytest.fixture(scope="module")
def installed() -> CrisisReader:
    assert is_current(), "the model is older than its inputs: run `make train`"
    return installed_understanding().crisis


def heard(signal: CrisisSignal | None) -> tuple[str, ...]:
    return (signal.category, *signal.also) if signal else ()


# --- it may only add


@pytest.mark.parametrize("name", ["corpus", "indirect"])
def test_what_the_lexicon_hears_stays_whatever_the_second_opinion_says(name: str) -> None:
    silent = CrisisReader(SCREEN, Says())
    loud = CrisisReader(SCREEN, Says(*((category, 0.99) for category in CATEGORIES)))
    for text in lines(name):
        alone = SCREEN.check(text)
        assert silent.check(text) == alone
        both = loud.check(text)
        assert heard(both)[: len(heard(alone))] == heard(alone)
        assert not alone or (both and both.phrase == alone.phrase)
        assert set(heard(both)) == set(CATEGORIES)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300))
def test_any_text_is_taken_and_never_heard_less(text: str) -> None:
    reader = CrisisReader(SCREEN, Says(("medical", 0.9)))
    assert set(heard(SCREEN.check(text))) | {"medical"} == set(heard(reader.check(text)))


def test_who_raised_it_is_said_and_the_familys_words_are_not() -> None:
    reader = CrisisReader(SCREEN, Says(("violence", 0.8765)))
    added = reader.check("my neighbor Maria Lopez on Elm Street")
    assert added
    assert added.raised_by == "second opinion: violence 0.88"
    listed = reader.check("Maria Lopez says i want to die")
    assert listed
    assert listed.raised_by.startswith("lexicon: ")
    assert "Lopez" not in listed.raised_by + added.raised_by


# --- guards take words away, never a whole message


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a song says i want to die. he is standing over me", "he is standing over me"),
        ("i was suicidal 3 years ago. tonight i have the bottle again", "tonight i have the bottle again"),
        ("this rent is killing me and i wrote my goodbye", "and i wrote my goodbye"),
    ],
)
def test_a_guard_leaves_the_rest_of_the_message_to_be_judged(text: str, left: str) -> None:
    assert left in SCREEN.screened(text).rest


def test_a_guard_that_touches_no_crisis_words_takes_nothing_away() -> None:
    text = "my anger management class is tuesday. He comes in my room when everybody sleeps"
    assert SCREEN.screened(text).rest == text


# --- training


def test_the_same_lines_give_the_same_model() -> None:
    few = written_lines()[::40]
    one, other = (SecondOpinion.train(few, SCREEN) for _ in range(2))
    assert one.thresholds == other.thresholds
    assert all(one.probabilities(text) == other.probabilities(text) for text, _ in few[:40])


def test_a_saved_model_says_the_same_when_it_is_loaded(tmp_path: Path, small: SecondOpinion) -> None:
    small.save(tmp_path)
    loaded = SecondOpinion.load(tmp_path)
    for text in lines("indirect")[:60]:
        assert loaded.alarms(text) == [(category, pytest.approx(value, abs=0.01)) for category, value in small.alarms(text)]


def test_thresholds_keep_false_alarms_on_text_not_trained_on_within_what_is_allowed() -> None:
    judged = [{**dict.fromkeys(CATEGORIES, 0.0), "medical": n / 200, "any": 0.0} for n in range(200)]
    truth: list[str | None] = [None] * 200
    crises = 100
    judged += [{**dict.fromkeys(CATEGORIES, 0.0), "any": 1.0}] * crises
    thresholds = second_opinion._thresholds(judged, truth + ["medical"] * crises)
    false = sum(each["medical"] >= thresholds["medical"] for each in judged[:200])
    assert false == second_opinion._FALSE_ALARMS


def test_messages_that_are_nearly_the_same_are_never_on_both_sides_of_cross_validation() -> None:
    one, same, other = second_opinion._groups(
        [
            "he took my keys and i cant leave tonight",
            "he took my keys and i can't leave tonight!",
            "need diapers size 4 by friday",
        ]
    )
    assert one == same != other


def test_a_harmless_line_in_which_the_lexicon_hears_a_crisis_teaches_nothing() -> None:
    few = written_lines()[::40]
    contradicted = [*few, *(Labeled(f"i want to die number {n}", None) for n in range(10))]
    assert SecondOpinion.train(contradicted, SCREEN).thresholds == SecondOpinion.train(few, SCREEN).thresholds


# --- reading


def test_danger_in_the_middle_of_a_long_story_counts_as_much_as_alone(small: SecondOpinion) -> None:
    story = " ".join(["we moved in with my aunt and the kids started school and i found some hours at the store"] * 4)
    alone = "im in the tub with a blade and i wrote to my mom"
    within = small.probabilities(f"{story} {alone} {story}")
    assert within["self_harm"] > small.probabilities(f"{story} {story}")["self_harm"]


@pytest.mark.parametrize("filler", ["a", "i want to ", "\N{FIRE}", "1!|3$7a ", "\n", "\u200b", "\ud800", "' OR 1=1 --", "\u202e"])
def test_hostile_text_does_not_break_it(filler: str, small: SecondOpinion) -> None:
    reader = CrisisReader(SCREEN, small)
    reader.check(filler * (100_000 // len(filler)))
    reader.check("")


# --- in Rasa


def test_the_component_trains_on_rasas_examples_is_loaded_again_and_adds_the_crisis(tmp_path: Path, monkeypatch: Any) -> None:
    few = written_lines()[::40]
    monkeypatch.setattr(component, "written_lines", lambda: few[::2])
    examples = [
        Message({TEXT: text, INTENT: "crisis" if crisis else "request_help", METADATA: {METADATA_INTENT: {"crisis": crisis}}})
        for text, crisis in few[1::2]
    ]
    storage, resource = LocalModelStorage.create(tmp_path), Resource("crisis")
    context = ExecutionContext(GraphSchema({}))
    CrisisScreen.create({}, storage, resource, context).train(TrainingData(examples))
    loaded = CrisisScreen.load({}, storage, resource, context)
    crisis, button, hello = Message({TEXT: "i want to die"}), Message({TEXT: "/affirm"}), Message({TEXT: "hello"})
    loaded.process([crisis, button, hello])
    assert next(entity["value"] for entity in crisis.get(ENTITIES)) == "self_harm"
    assert button.get(ENTITIES) is None
    assert loaded.trained.probabilities("hello") == pytest.approx(
        SecondOpinion.train([*few[::2], *(Labeled(clean(text), crisis) for text, crisis in few[1::2])], SCREEN).probabilities(
            "hello"
        ),
        abs=0.01,
    )


# --- signs


def test_signs_are_found_under_one_name_in_both_languages() -> None:
    signs = Signs(Path(second_opinion.__file__).with_name("signs.yml"))
    assert {"weapon", "child"} <= set(signs.find("he has a knife and my baby is here"))
    assert {"weapon", "child"} <= set(signs.find("tiene un cuchillo y aqui esta mi bebe"))
    assert signs.find("") == []


def test_every_sign_says_why_and_speaks_both_languages() -> None:
    listed = yaml.safe_load(Path(second_opinion.__file__).with_name("signs.yml").read_text(encoding="utf-8"))["signs"]
    assert all(set(sign) == {"why", *LANGUAGES} and len(sign["why"].split()) >= 3 for sign in listed.values())


def test_a_sign_that_cannot_be_read_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "signs.yml"
    path.write_text("signs: {broken: {why: a test, en: (open, es: cosa}}\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"signs\.yml.*not closed"):
        Signs(path)


# --- how well: README.md has the figures; here they only must not get worse


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_learned_from_is_heard_by_the_installed_model(installed: CrisisReader, language: str) -> None:
    for name in ("corpus", "indirect"):
        result = measure(installed, corpus(name, language))
        assert result.recall >= 0.93, name
        assert result.false_alarm_rate <= 0.04, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_opinion_finds_what_the_lexicon_misses_on_lines_neither_ever_saw(
    installed: CrisisReader, language: str
) -> None:
    for name in ("later", "unseen"):
        unseen = corpus(name, language)
        together, lexicon, alone = (measure(hears, unseen) for hears in (installed, installed.screen, OpinionAlone(installed)))
        assert together.recall > lexicon.recall, name
        assert together.caught >= max(lexicon.caught, alone.caught), name
