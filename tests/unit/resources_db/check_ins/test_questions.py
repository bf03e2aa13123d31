"""What a check-in may ask: words for both languages, needs that exist, credit, nothing that gives a family away."""

from __future__ import annotations

import re

import pytest

from resources_db.check_ins.questions import FINE, HARD, SOME, Item, factors, instruments, item_of_need, items
from resources_db.geo.names import plain
from resources_db.sms.gsm import fold, is_gsm, segments
from resources_db.taxonomy.needs import load_needs
from resources_db.words import load_words

every_item = pytest.mark.parametrize("item", items().values(), ids=lambda item: item.code)
#: What would tell whoever reads the phone about a case, recovery, violence or how a parent feels.
_GIVES_AWAY = re.compile(
    r"\b(case\w*|cps|court|foster|reunif\w*|visits?|recover\w*|sober|drug\w*|drink\w*|treatment|counsel\w*|stress\w*|safe|violen\w*|hurt\w*|"
    r"sad|alone|depress\w*|caso|corte|visitas?|recupera\w*|drogas?|alcohol|tratamiento|consejer\w*|estres\w*|segur[oa]|triste|sola|deprim\w*)\b"
)
_NEVER = re.compile(
    r"\b(hit\w*|hurt\w*|violen\w*|afraid|hopeless|depress\w*|kill\w*|suicid\w*|golpe\w*|miedo|deprim\w*|matar\w*|lastim\w*)\b"
)


def test_there_are_enough_questions_for_a_year_and_they_cover_all_five_factors() -> None:
    assert len(items()) >= 10
    assert {item.factor for item in items().values()} == set(factors())
    assert len(factors()) == 5


def test_concrete_supports_and_people_are_all_asked_about() -> None:
    opened = {need for item in items().values() for need in item.opened_by(HARD)}
    assert opened >= {
        "food", "benefits", "financial", "housing", "transport", "childcare", "respite", "peer_support", "treatment", "parenting",
        "education", "family_resource_center",
    }  # fmt: skip


@every_item
def test_a_question_has_a_known_source_factor_and_needs(item: Item) -> None:
    assert item.instrument in instruments()
    assert item.factor in factors()
    assert set(item.needs) <= {SOME, HARD}
    assert item.opened_by(FINE) == ()
    assert {need for needs in item.needs.values() for need in needs} <= set(load_needs())
    assert len(item.code) <= 24
    assert " " not in item.code


@every_item
def test_it_is_asked_and_named_in_both_languages(item: Item) -> None:
    assert set(item.question) == set(item.topic) == {"en", "es"}
    assert item.question["en"].endswith("?")
    assert "¿" in item.question["es"]


@every_item
def test_what_nobody_asked_for_gives_nothing_away(item: Item) -> None:
    if item.unprompted:
        assert _GIVES_AWAY.findall(plain(" ".join([*item.question.values(), *item.topic.values()]))) == []


@every_item
def test_violence_and_depression_are_never_asked_about(item: Item) -> None:
    assert _NEVER.findall(plain(" ".join([*item.question.values(), *item.topic.values()]))) == []


def test_the_search_for_such_words_finds_them() -> None:
    assert _GIVES_AWAY.findall("how is your recovery before court") == ["recovery", "court"]
    assert _NEVER.findall("te golpean o tienes miedo") == ["golpean", "miedo"]


@every_item
@pytest.mark.parametrize("language", ["en", "es"])
def test_an_opening_by_text_is_one_part(item: Item, language: str) -> None:
    if item.unprompted:
        words = load_words()
        for question in (item.question[language], words.say("utter_check_in_again", language, topic=item.topic[language])):
            menu = words.choices("utter_check_in_opening", language, "sms", asked="check_in id item")
            lines = [words.say("utter_check_in_opening", language, "sms", question=question)]
            lines += [f"{number} {label}" for number, (label, _) in enumerate(menu, 1)]
            text = fold("\n".join([*lines, words.say("utter_text_choose", language, "sms")]))
            assert is_gsm(text)
            assert segments(text) == 1, f"{len(text)}: {text}"


def test_a_need_belongs_to_the_question_about_it() -> None:
    belongs = {need: found.code for need in ("financial", "food", "treatment", "respite") if (found := item_of_need(need))}
    assert belongs == {"financial": "housing", "food": "food", "treatment": "recovery", "respite": "childcare"}
    assert item_of_need("jobs") is None
