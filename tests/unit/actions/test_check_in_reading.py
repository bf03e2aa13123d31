"""How often, when, since when, who reads the phone: in families' own words, both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from actions.check_in_reading import Wishes, answer_of, order_of, pause_until, wishes_of
from tests.invariants.project_files import ROOT

#: A Sunday.
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("every 2 weeks", {"rhythm": "own", "every_days": 14}),
        ("cada 10 días", {"rhythm": "own", "every_days": 10}),
        ("every other week", {"rhythm": "own", "every_days": 14}),
        ("cada quincena", {"rhythm": "own", "every_days": 14}),
        ("once a month", {"rhythm": "own", "every_days": 30}),
        ("una vez por semana", {"rhythm": "own", "every_days": 7}),
        ("cada tres semanas", {"rhythm": "own", "every_days": 21}),
        ("every Friday", {"rhythm": "own", "every_days": 7, "weekdays": "4"}),
        ("less often", {"rhythm": "light"}),
        ("de vez en cuando", {"rhythm": "light"}),
        ("only Sundays", {"weekdays": "6"}),
        ("solo martes y jueves", {"weekdays": "13"}),
        ("weekends", {"weekdays": "56"}),
        ("entre semana", {"weekdays": "01234"}),
        ("after 5", {"hours": (1020, 1260)}),
        ("después de las 5:30", {"hours": (1050, 1260)}),
        ("entre 4 y 7", {"hours": (960, 1140)}),
        ("between 4 and 7pm", {"hours": (960, 1140)}),
        ("9 to 11", {"hours": (540, 660)}),
        ("10-2", {"hours": (600, 840)}),
        ("11 to 1pm", {"hours": (660, 780)}),
        ("before 10", {"hours": (480, 600)}),
        ("not before noon", {"hours": (720, 1260)}),
        ("6 to 6:30 pm", {"hours": (1080, 1140)}),
        ("mornings", {"hours": (540, 720)}),
        ("por las tardes", {"hours": (720, 1020)}),
        ("cuando sea", {"hours": (600, 1140)}),
        ("only me", {"discreet": False}),
        ("nadie más", {"discreet": False}),
        ("not only me", {"discreet": True}),
        ("mi marido me revisa el celular", {"discreet": True}),
        ("the safe word is mango", {"safe_word": "mango"}),
        ("palabra segura: luna", {"safe_word": "luna"}),
        ("kids home since Friday", {"home_on": date(2026, 11, 20)}),
        ("llegaron el viernes", {"home_on": date(2026, 11, 20)}),
        ("hace 2 semanas", {"home_on": date(2026, 11, 8)}),
        ("3 days ago", {"home_on": date(2026, 11, 19)}),
        ("Nov 3", {"home_on": date(2026, 11, 3)}),
        ("el 3 de noviembre", {"home_on": date(2026, 11, 3)}),
        ("12/28", {"home_on": date(2026, 12, 28)}),
        ("2/20", {"home_on": date(2026, 2, 20)}),
        ("11/3/2026", {"home_on": date(2026, 11, 3)}),
        ("ayer", {"home_on": date(2026, 11, 21)}),
        ("tomorrow", {"home_on": date(2026, 11, 23)}),
        ("next friday", {"home_on": date(2026, 11, 27)}),
        ("el viernes que viene", {"home_on": date(2026, 11, 27)}),
        ("every 2 weeks after 5, only me", {"rhythm": "own", "every_days": 14, "hours": (1020, 1260), "discreet": False}),
        ("check on me", {}),
        ("feb 30", {}),
        ("25 to 99", {}),
    ],
)
def test_what_is_wished(text: str, said: dict[str, Any]) -> None:
    assert wishes_of(text, TODAY) == Wishes(**said)


def test_a_lone_weekday_is_the_day_they_came_home_only_where_that_was_asked() -> None:
    assert wishes_of("friday", TODAY, about="home").home_on == date(2026, 11, 20)
    assert wishes_of("friday", TODAY) == Wishes(weekdays="4")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("PAUSE", "pause"), ("pausa 2 semanas", "pause"), ("take a break from the check-ins", "pause"), ("skip", "skip"),
        ("salta la próxima", "skip"), ("esta semana no me preguntes", "skip"), ("change", "change"), ("CAMBIAR", "change"),
        ("resume", "resume"), ("SEGUIR", "resume"), ("quita la pausa", "resume"), ("stop check-ins", "stop"),
        ("ya no me preguntes", "stop"), ("para los check-ins", "stop"), ("when is my next check-in", "when"),
        ("cuándo me toca", "when"), ("ready for my check in", "now"),
        # none of these ends anything
        ("apúntame para los check-ins", None), ("don't ask me before noon", None), ("check on me for a while", None),
        ("ya no quiero que sea cada semana", None), ("keep an eye on us the first year", None),
    ],
)  # fmt: skip
def test_what_is_ordered(text: str, order: str | None) -> None:
    assert order_of(text) == order


@pytest.mark.parametrize(
    ("text", "until", "said"),
    [
        ("pause 2 weeks", date(2026, 12, 6), True), ("pausa un mes", date(2026, 12, 22), True),
        ("pausa hasta el lunes", date(2026, 11, 23), True), ("pause until sunday", date(2026, 11, 29), True),
        ("pause till jan 3", date(2027, 1, 3), True), ("pause until I say", None, True), ("pausa", None, False),
    ],
)  # fmt: skip
def test_how_long_a_pause_is(text: str, until: date | None, said: bool) -> None:
    assert pause_until(text, TODAY) == (until, said)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("fine", "fine"), ("Pretty good, thanks!", "fine"), ("todo bien gracias a Dios", "fine"), ("food is fine", "fine"),
        ("no problems", "fine"), ("not bad", "fine"), ("yes", "fine"), ("A", "fine"), ("sí alcanza", "fine"),
        ("not great", "some"), ("más o menos", "some"), ("so so", "some"), ("ahí la llevamos", "some"), ("no muy bien", "some"),
        ("b", "some"), ("could be better", "some"),
        ("hard", "hard"), ("no", "hard"), ("not good at all", "hard"), ("la renta está difícil", "hard"), ("muy mal", "hard"),
        ("it's been really rough", "hard"), ("C", "hard"), ("still the same", "hard"), ("no nos alcanza", "hard"),
        ("skip", "skip"), ("prefiero no decir", "skip"), ("not for me", "never"), ("no aplica", "never"),
        ("I need a person", "person"), ("hablar con alguien", "person"), ("d", "person"),
        ("gracias", None), ("what a day", None), ("i got a new job", None), ("", None), ("👍👍", None),
        ("it is so hard since the school called again about my son and i lost my job and my car broke", None),
    ],
)  # fmt: skip
def test_what_is_answered(text: str, answer: str | None) -> None:
    assert answer_of(text) == answer


def test_no_training_line_that_asks_for_check_ins_ends_them() -> None:
    asking = ("check on me", "apúntame", "quiero que", "pregúntame", "sign me up", "write to me", "ask me")
    for language in ("en", "es"):
        blocks = yaml.safe_load((ROOT / "data" / "nlu" / f"check_ins.{language}.yml").read_text(encoding="utf-8"))["nlu"]
        lines = [line[2:] for block in blocks for line in block["examples"].splitlines()]
        asked = [line for line in lines if line.startswith(asking)]
        assert len(asked) > 3
        assert [line for line in asked if order_of(line) == "stop"] == []
