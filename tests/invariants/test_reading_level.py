"""Whatever families get can be read by a sixth-grader; what is harder stands in a list with its reason."""

from __future__ import annotations

import pytest

from benchmarks.reading_level import CEILING, LANGUAGES, MEDIAN, above_ceiling, allowed, measured, texts, too_hard, total

SENTENCES = measured()


@pytest.mark.parametrize("language", LANGUAGES)
def test_half_of_all_sentences_are_at_the_sixth_grade_or_easier(language: str) -> None:
    assert total(SENTENCES, language).median <= MEDIAN


def test_no_longer_sentence_is_too_hard_without_a_reason() -> None:
    assert [f"{s.language} {s.level.grade:.0f} > {CEILING:.0f}, {s.source}: {s.text}" for s in too_hard(SENTENCES)] == []


def test_no_reason_is_given_for_what_is_not_too_hard() -> None:
    assert sorted(set(allowed()) - {s.source for s in above_ceiling(SENTENCES)}) == []


def test_every_place_that_families_read_is_measured_in_both_languages() -> None:
    for language in LANGUAGES:
        places = {source.partition(":")[0] for _, code, source in texts() if code == language}
        assert {"check_ins", "privacy", "sms", "page", "listings", "hotlines", "questions", "barriers", "needs"} <= places
