"""Whether a family fits a service, and how its limits are told."""

from __future__ import annotations

import pytest

from resources_db.eligibility import Limits, age_words, fits


@pytest.mark.parametrize(
    ("limits", "ages", "expected"),
    [
        (Limits(), (), "yes"),
        (Limits(), (3.0,), "yes"),
        (Limits(0, 5), (), "ask"),
        (Limits(0, 5), (3.0,), "yes"),
        (Limits(0, 5), (5.9,), "yes"),
        (Limits(0, 5), (6.0,), "no"),
        (Limits(6, 12), (3.0,), "no"),
        (Limits(6, 12), (3.0, 8.0), "yes"),
        (Limits(0.125, 1.5), (0.1,), "no"),
        (Limits(0.125, 1.5), (1.5,), "yes"),
        (Limits(0.125, 1.5), (1.75,), "no"),
        (Limits(None, 0.5), (0.5,), "yes"),
        (Limits(18, None), (3.0,), "ask"),
        (Limits(18, None), (3.0, 30.0), "yes"),
        (Limits(60, None), (30.0,), "no"),
    ],
)
def test_one_age_within_the_limits_is_enough_and_none_is_a_no(limits: Limits, ages: tuple[float, ...], expected: str) -> None:
    assert fits(limits, ages).fits == expected


@pytest.mark.parametrize("code", ["women", "men", "pregnant", "youth", "residents_only", "low_income"])
def test_what_only_the_family_knows_is_asked_with_its_reason(code: str) -> None:
    answer = fits(Limits(codes=frozenset({code})), ())
    assert answer.fits == "ask"
    assert len(answer.reasons) == 1


def test_a_referral_is_asked_about() -> None:
    assert fits(Limits(needs_referral=True), (), "es").reasons == ("Necesitas que alguien te refiera",)
    assert fits(Limits(needs_referral=True), ()).fits == "ask"


@pytest.mark.parametrize("code", ["parents", "child_welfare"])
def test_what_every_family_here_is_needs_no_question(code: str) -> None:
    answer = fits(Limits(codes=frozenset({code})), ())
    assert answer.fits == "yes"
    assert len(answer.reasons) == 1


def test_a_condition_does_not_soften_a_no() -> None:
    answer = fits(Limits(6, 12, frozenset({"women"})), (3.0,))
    assert answer.fits == "no"
    assert answer.reasons == ("For children 6–12", "For women only")


@pytest.mark.parametrize(
    ("low", "high", "english", "spanish"),
    [
        (None, None, None, None),
        (0, None, None, None),
        (0, 5, "For children 0–5", "Para niños de 0 a 5 años"),
        (None, 5, "For children 0–5", "Para niños de 0 a 5 años"),
        (3, 18, "For children 3–18", "Para niños de 3 a 18 años"),
        (12, 17, "For ages 12–17", "Para personas de 12 a 17 años"),
        (0, 1.5, "For children 0–18 months", "Para niños de 0 a 18 meses"),
        (0.5, 1.5, "For children 6–18 months", "Para niños de 6 a 18 meses"),
        (0.125, 3, "For children 6 weeks to 3 years", "Para niños de 6 semanas a 3 años"),
        (0.25, 6, "For children 3 months to 6 years", "Para niños de 3 meses a 6 años"),
        (1, 3, "For children 12 months to 3 years", "Para niños de 12 meses a 3 años"),
        (None, 2.5, "For children up to 30 months", "Para niños de hasta 30 meses"),
        (16, None, "For ages 16 years and up", "Para personas de 16 años o más"),
        (0.5, None, "For ages 6 months and up", "Para personas de 6 meses o más"),
        (18, None, "For adults 18 and older", "Para adultos de 18 o más"),
        (18, 59, "For ages 18–59", "Para personas de 18 a 59 años"),
    ],
)
def test_age_limits_are_told_in_the_unit_people_use(
    low: float | None, high: float | None, english: str | None, spanish: str | None
) -> None:
    assert age_words(Limits(low, high), "en") == english
    assert age_words(Limits(low, high), "es") == spanish
