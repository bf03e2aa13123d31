"""Words that govern check-ins, and invite codes, mean that whatever the trained model thinks."""

from __future__ import annotations

import pytest

from bot.understanding.acts import Seen, decide
from bot.understanding.check_ins import speaks_of_check_ins
from bot.understanding.needs import Needs

NOTHING = Needs((), (), {})


@pytest.mark.parametrize(
    "text",
    ["PAUSE", "pausa", "Skip!", "saltar por favor", "change", "CAMBIAR", "resume", "seguir", "pause 2 weeks", "pausa por un mes",
     "pause until Monday", "HW-7KQ2MX", "my code is hw 7kq 2mx", "tengo el código HW7KQ2MX"],
)  # fmt: skip
def test_these_are_about_check_ins(text: str) -> None:
    assert speaks_of_check_ins(text)
    assert decide([("out_of_scope", 0.9), ("unclear", 0.1)], text, Seen(NOTHING)) == ("check_ins", 1.0)


@pytest.mark.parametrize(
    "text", ["skip it", "change my need to food", "pause my rent payments", "how", "hw 12", "seguir con la lista", "stop", ""]
)
def test_these_are_left_to_the_model(text: str) -> None:
    assert not speaks_of_check_ins(text)


@pytest.mark.parametrize(
    "text",
    ["check on me 73102", "check on me any time of day, only me, home since friday 73102", "can you check in with us every month",
     "pregúntame cada 10 días entre 4 y 7, 73102", "quiero que me pregunten cómo vamos", "no more check-ins"],
)  # fmt: skip
def test_asked_for_in_so_many_words_they_are_understood_beside_a_place(text: str) -> None:
    seen = Seen(NOTHING, place="73102" if "73102" in text else None)
    assert decide([("unsure", 0.6), ("give_location", 0.4)], text, seen)[0] == "check_ins"


@pytest.mark.parametrize("text", ["check on me, we need food", "someone to check on my kids", "hotel check in time"])
def test_a_need_or_another_check_comes_first(text: str) -> None:
    needs = Needs(("food",), (), {"food": 0.9}) if "food" in text else NOTHING
    assert decide([("request_help", 0.9), ("out_of_scope", 0.1)], text, Seen(needs))[0] == "request_help"


def test_a_crisis_comes_before_any_word_of_ours() -> None:
    assert decide([("unclear", 1.0)], "HW-7KQ2MX", Seen(NOTHING, crisis=True)) == ("crisis", 1.0)
