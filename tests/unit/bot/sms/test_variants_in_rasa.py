"""Rasa picks the words that the proofs of tests/invariants/test_sms_words.py are about."""

from __future__ import annotations

from rasa.core.nlg.generator import ResponseVariationFilter

from benchmarks.texts import templates, variant
from bot.channel.link import Answers, SmsAnswers
from tests.invariants.project_files import responses


def test_by_text_rasa_says_the_words_for_texts_and_on_the_page_those_for_the_page() -> None:
    rasa = ResponseVariationFilter(responses())
    for row in templates():
        slots = {"language": row.language}
        assert rasa.responses_for_utter_action(row.name, SmsAnswers.name(), slots) == [variant(row.name, row.language)], row.name
        on_the_page = rasa.responses_for_utter_action(row.name, Answers.name(), slots)
        assert [one for one in on_the_page if one.get("channel")] == [], row.name


def test_before_the_language_is_known_rasa_says_english() -> None:
    rasa = ResponseVariationFilter(responses())
    for row in templates():
        said = rasa.responses_for_utter_action(row.name, SmsAnswers.name(), {"language": None})
        assert said == [variant(row.name, "en")], row.name
