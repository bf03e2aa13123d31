"""Does this family fit this service, and if it depends: on what. Ages are decimal years throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from resources_db.wording import phrase

Fit = Literal["yes", "no", "ask"]

ADULT = 18
_YOUTH = 12
# Codes that every family here meets: they are parents coming back together with their children.
_MET_BY_ALL = frozenset({"parents", "child_welfare"})
# Codes that only the family can answer for; what it has not told us is asked for, never assumed.
TO_ASK = (
    *("women", "men", "pregnant", "youth", "kinship", "residents_only"),
    *("low_income", "medicaid", "uninsured", "court_ordered"),
)


@dataclass(frozen=True)
class Limits:
    """Whom a service is for: its age limits in years, and the codes of homeward-eligibility it has."""

    minimum_age: float | None = None
    maximum_age: float | None = None
    codes: frozenset[str] = frozenset()
    needs_referral: bool = False


@dataclass(frozen=True)
class Eligibility:
    """`reasons` are in the family's language: what the service asks for, the ages first."""

    fits: Fit
    reasons: tuple[str, ...] = ()


def fits(limits: Limits, ages: Sequence[float], language: str = "en") -> Eligibility:
    """Whether anyone of these ages may come.

    One age that fits is enough. When none fits it is a no, except that a service for grown-ups is asked
    about when only children's ages are known: whoever writes for them is grown up.
    """
    age_fit = _fits_ages(limits, ages)
    reasons = [text] if (text := age_words(limits, language)) else []
    reasons += [phrase(language, f"eligibility.{code}") for code in (*TO_ASK, *sorted(_MET_BY_ALL)) if code in limits.codes]
    if limits.needs_referral:
        reasons.append(phrase(language, "eligibility.referral"))
    conditional = limits.needs_referral or not limits.codes.isdisjoint(TO_ASK)
    return Eligibility("ask" if age_fit == "yes" and conditional else age_fit, tuple(reasons))


def age_words(limits: Limits, language: str) -> str | None:
    """ "For children 0-5", "For children 6 weeks to 3 years", "For adults 18 and older"; None without limits."""
    low, high = limits.minimum_age or 0.0, limits.maximum_age
    if high is None:
        if not low:
            return None
        if low >= ADULT and low == int(low):
            return phrase(language, "age.adults", low=int(low))
        return phrase(language, "age.from", low=say_age(low, language))
    who = "children" if high <= ADULT and low < _YOUTH else "people"
    if low:
        return phrase(language, f"age.{who}", span=_span(low, high, language))
    if (high >= 2 and high == int(high)) or (_months(high) is not None and high < 2):
        return phrase(language, f"age.{who}", span=_span(0, high, language))
    return phrase(language, f"age.{who}_to", high=say_age(high, language))


def _fits_ages(limits: Limits, ages: Sequence[float]) -> Fit:
    low, high = limits.minimum_age or 0.0, limits.maximum_age
    if not low and high is None:
        return "yes"
    if not ages:
        return "ask"
    if any(low <= age and (high is None or age < end_of(high)) for age in ages):
        return "yes"
    return "ask" if low >= ADULT and max(ages) < ADULT else "no"


def end_of(maximum: float) -> float:
    """The first age that is too old: "up to 5" lasts until the sixth birthday, "up to 6 months" does not."""
    return maximum + 1 if maximum >= 2 and maximum == int(maximum) else maximum + 1e-6


def _span(low: float, high: float, language: str) -> str:
    if high < 2 and (low_months := _months(low)) is not None and (high_months := _months(high)) is not None:
        return phrase(language, "age.numbers_months", low=low_months, high=high_months)
    if high == int(high) and low == int(low) and (low >= 2 or low == 0):
        return phrase(language, "age.numbers", low=int(low), high=int(high))
    return phrase(language, "age.span", low=say_age(low, language), high=say_age(high, language))


def say_age(years: float, language: str) -> str:
    """An age in the unit people use for it: weeks for newborns, months for babies, then years."""
    unit, count = "years", f"{round(years, 1):g}"
    if years < 0.25 and _months(years) is None:
        unit, count = "weeks", f"{round(years * 52)}"
    elif years < 2 or years == 2.5:
        unit, count = "months", f"{round(years * 12)}"
    return phrase(language, f"age.{unit}.{'one' if count == '1' else 'many'}", count=count)


def _months(years: float) -> int | None:
    """Whole months, if it is (nearly) that; directories round 1.5 months to 0.12 years."""
    months = round(years * 12)
    return months if abs(years * 12 - months) < 0.1 else None
