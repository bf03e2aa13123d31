"""The plan for bad days: three questions, the parent's own words, one part changed at a time, nothing kept that was not meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from actions import directory, family_clock, find_services, my_plan
from actions.answer import ActionAnswer
from actions.my_plan import ActionMyPlan
from bot.safety.hotlines import load_hotlines
from bot.sms.rendering import render
from resources_db.messages import Answer
from resources_db.models.conversation import Conversation
from resources_db.record import what_if
from resources_db.sealing import Sealer
from resources_db.sms.gsm import fold, is_gsm
from resources_db.words import load_words
from tests.databases import SqliteDatabases
from tests.unit.actions.family import Family

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=timezone.utc)
SEALER = Sealer(["a key of these tests, long enough to be one"])
SLIP, CARE, NIGHT = (
    "I call my sponsor, then the 7 o'clock meeting.",
    "my neighbor on the 2nd floor",
    "my mom's. she has the kids' beds",
)


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with sqlite_databases.new() as engine:
        with Session(engine) as session, session.begin():
            session.add(Conversation(id="family", language="en", created_at=NOW, expires_at=NOW + timedelta(days=30), last_seq=0))
        for module in (my_plan, find_services, directory):
            monkeypatch.setattr(module, "engine", lambda: engine)
        for module in (my_plan, family_clock, directory):
            monkeypatch.setattr(module, "sealer", lambda: SEALER)
        monkeypatch.setattr(family_clock, "now", lambda: NOW)
        yield engine


def kept(engine: Engine) -> dict[str, str]:
    with Session(engine) as session:
        return dict(what_if.parts_of(session, SEALER, "family"))


def tap(family: Family, answer: str) -> list[str]:
    """A choice under the question that is open."""
    asked = family.slots["asked"]
    return family.says(ActionAnswer, "/answer", "answer", asked=[asked], answer=[answer])


def made(family: Family | None = None) -> Family:
    family = family or Family()
    family.says(ActionMyPlan, "make a plan", "my_plan")
    for text in (SLIP, CARE, NIGHT):
        family.says(ActionAnswer, text, "other_in_domain")
    return family


def test_three_short_questions_make_a_plan_that_is_said_back_word_for_word(engine: Engine) -> None:
    family = Family()
    assert family.says(ActionMyPlan, "my plan", "my_plan") == ["utter_plan_begins", "utter_plan_ask_relapse"]
    assert family.says(ActionAnswer, SLIP, "other_in_domain") == ["utter_plan_ask_childcare"]
    assert family.says(ActionAnswer, CARE, "unclear") == ["utter_plan_ask_crisis"]
    assert family.says(ActionAnswer, NIGHT, "out_of_scope") == ["utter_plan_shown"]
    lines = family.told("utter_plan_shown")["lines"].split("\n")
    assert lines[::2] == [f"1. If I slip: {SLIP}", f"2. No child care: {CARE}", f"3. A bad night: {NIGHT}"]
    assert kept(engine) == {"relapse": SLIP, "childcare": CARE, "crisis": NIGHT}
    assert family.told("utter_plan_shown")["until"] == "Tue, Dec 22, 2026"


def test_each_part_is_followed_by_one_line_of_real_help_with_numbers_of_the_table(engine: Engine) -> None:
    lines = made().told("utter_plan_shown")["lines"].split("\n")
    table = {line.id: line.number for line in load_hotlines()}
    relapse, childcare, crisis = lines[1::2]
    assert table["samhsa"] in relapse
    assert "child care" in childcare
    assert table["988"] in crisis
    assert table["911"] in crisis
    shown = set(re.findall(r"\b[\d-]{3,}\b", "\n".join(lines[1::2])))
    assert shown <= set(table.values())


@pytest.mark.parametrize("skip", ["skip", "saltar", "1", "no sé", "i don't know"])
def test_each_question_may_be_skipped(engine: Engine, skip: str) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    assert family.says(ActionAnswer, skip, "deny") == ["utter_plan_ask_childcare"]
    assert tap(family, "skip") == ["utter_plan_ask_crisis"]
    assert tap(family, "skip") == ["utter_plan_empty"]
    assert kept(engine) == {}


def test_what_was_skipped_is_shown_as_empty_and_can_be_filled_in_by_its_number(engine: Engine) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    family.says(ActionAnswer, SLIP, "other_in_domain")
    tap(family, "skip")
    tap(family, "skip")
    assert "2. No child care: (nothing yet)" in family.told("utter_plan_shown")["lines"]
    assert family.says(ActionAnswer, "2", "pick") == ["utter_plan_change"]
    assert family.says(ActionAnswer, CARE, "unclear") == ["utter_plan_shown"]
    assert kept(engine) == {"relapse": SLIP, "childcare": CARE}


def test_a_plan_can_be_left_in_the_middle_and_what_is_written_stays(engine: Engine) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    family.says(ActionAnswer, SLIP, "other_in_domain")
    assert family.says(ActionAnswer, "that's enough", "deny") == ["utter_plan_left"]
    assert kept(engine) == {"relapse": SLIP}
    assert family.says(ActionMyPlan, "my plan", "my_plan") == ["utter_plan_shown"]


def test_a_part_is_named_by_number_in_words_too(engine: Engine) -> None:
    family = made()
    assert family.says(ActionAnswer, "change part 2", "pick", choice=[2]) == ["utter_plan_change"]


def test_one_part_is_changed_by_its_number_and_the_others_stay(engine: Engine) -> None:
    family = made()
    assert tap(family, "2") == ["utter_plan_change"]
    assert family.told("utter_plan_change")["text"] == CARE
    assert family.says(ActionAnswer, "grandma, she is off on fridays", "unclear") == ["utter_plan_shown"]
    assert kept(engine) == {"relapse": SLIP, "childcare": "grandma, she is off on fridays", "crisis": NIGHT}


@pytest.mark.parametrize("answer", ["leave", "leave it", "no"])
def test_a_part_may_be_left_as_it_is(engine: Engine, answer: str) -> None:
    family = made()
    tap(family, "3")
    said = tap(family, answer) if answer == "leave" else family.says(ActionAnswer, answer, "deny")
    assert said == ["utter_plan_shown"]
    assert kept(engine)["crisis"] == NIGHT


def test_a_part_can_be_taken_out(engine: Engine) -> None:
    family = made()
    tap(family, "1")
    assert tap(family, "out") == ["utter_plan_shown"]
    assert set(kept(engine)) == {"childcare", "crisis"}


@pytest.mark.parametrize("text", ["delete my plan", "borra mi plan", "ya no quiero el plan"])
def test_the_plan_is_deleted_once_that_is_sure(engine: Engine, text: str) -> None:
    family = made()
    assert family.says(ActionMyPlan, text, "my_plan") == ["utter_plan_ask_delete"]
    assert len(kept(engine)) == 3
    assert tap(family, "delete") == ["utter_plan_deleted"]
    assert kept(engine) == {}
    assert family.says(ActionMyPlan, text, "my_plan") == ["utter_plan_empty"]


@pytest.mark.parametrize("text", ["DELETE PLAN", "borrar plan"])
def test_the_words_named_in_a_text_delete_it_too(engine: Engine, text: str) -> None:
    family = made()
    assert family.says(ActionAnswer, text, "unclear") == ["utter_plan_ask_delete"]


def test_a_plan_is_kept_after_a_second_thought(engine: Engine) -> None:
    family = made()
    tap(family, "delete")
    assert family.says(ActionAnswer, "no", "deny") == ["utter_plan_shown"]
    assert len(kept(engine)) == 3


@pytest.mark.parametrize(
    ("text", "part"),
    [("change part 2 of my plan", "childcare"), ("cambia la parte de los niños", "childcare"),
     ("delete the relapse part of my plan", "relapse")],
)  # fmt: skip
def test_a_part_is_changed_by_its_name_too(engine: Engine, text: str, part: str) -> None:
    family = made()
    assert family.says(ActionMyPlan, text, "my_plan") == ["utter_plan_change"]
    assert family.slots["asked"] == f"plan_change {part}"


def test_a_request_in_answer_to_a_question_is_served_and_not_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    family.says(ActionAnswer, "we need diapers", "request_help", need=["goods"])
    assert family.next_action == "find_services_form"
    assert kept(engine) == {}


@pytest.mark.parametrize(
    ("text", "intent", "need"),
    [
        ("call my sister, she knows a treatment place", "request_help", ["treatment"]),
        ("my mom does child care for me", "request_help", ["childcare"]),
        ("talk to my pastor and sit with him", "ask_person", []),
        ("my plan is to go to my cousin's", "my_plan", []),
        ("Breathe.", "unclear", []),
    ],
)
def test_words_of_a_plan_are_kept_whatever_the_model_takes_them_for(
    engine: Engine, text: str, intent: str, need: list[str]
) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    assert family.says(ActionAnswer, text, intent, need=need) == ["utter_plan_ask_childcare"]
    assert kept(engine) == {"relapse": text}


@pytest.mark.parametrize(
    ("text", "intent", "said"), [("who sees this?", "privacy", "utter_privacy"), ("???", "unclear", "utter_here")]
)
def test_what_is_no_part_of_a_plan_is_not_kept(engine: Engine, text: str, intent: str, said: str) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    family.says(ActionAnswer, text, intent)
    assert kept(engine) == {}


def test_an_answer_that_is_a_crisis_is_none_and_closes_the_question(engine: Engine) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    # the crisis policy answers it; no action of ours runs
    family.events.append(
        {
            "event": "user",
            "timestamp": 90.0,
            "text": "i want to die tonight",
            "parse_data": {"intent": {"name": "crisis"}, "entities": []},
        }
    )
    family.says(ActionAnswer, "we are safe now", "affirm")
    assert kept(engine) == {}


def test_words_too_long_for_one_text_are_asked_for_again_and_never_cut(engine: Engine) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    assert family.says(ActionAnswer, "call my sister and " * 20, "unclear") == ["utter_plan_too_long"]
    assert family.slots["asked"] == "plan_part relapse"
    assert kept(engine) == {}
    assert family.says(ActionAnswer, SLIP, "unclear") == ["utter_plan_ask_childcare"]


def test_the_longest_plan_goes_out_by_text_with_every_word(engine: Engine) -> None:
    family = Family()
    family.says(ActionMyPlan, "my plan", "my_plan")
    parts = [("abcdefghi " * 30).strip()[:300].strip(), "llamo a mi mamá 😀 " * 8, "x" * 300]
    for text in parts:
        family.says(ActionAnswer, text, "unclear")
    told = family.told("utter_plan_shown")
    words = load_words()
    text = words.say("utter_plan_shown", "en", "sms", lines=told["lines"], until=told["until"])
    rendered = render([Answer(text)], "en", words=words, first=False, card_url=None)
    said = " ".join(" ".join(rendered.texts).split())
    for part in parts:
        assert " ".join(fold(part).split()) in said


def test_by_text_the_plan_is_short_and_in_the_cheap_alphabet(engine: Engine) -> None:
    told = made().told("utter_plan_shown")
    words = load_words()
    text = words.say("utter_plan_shown", "en", "sms", lines=told["lines"], until=told["until"])
    rendered = render([Answer(text)], "en", words=words, first=False, card_url=None)
    assert all(map(is_gsm, rendered.texts))
    assert len(rendered.texts) <= 2
    assert rendered.texts[-1].endswith("Reply 1, 2 or 3 to change a part, or DELETE PLAN.")


def test_child_care_is_looked_for_at_once_when_the_plan_offers_it(engine: Engine) -> None:
    family = made()
    tap(family, "search")
    assert family.slots["needs"] == ["childcare"]
    assert family.next_action == "find_services_form"


def test_in_spanish_the_plan_is_spanish(engine: Engine) -> None:
    family = Family(language="es")
    lines = made(family).told("utter_plan_shown")["lines"]
    assert lines.startswith("1. Si recaigo: ")
    assert "llama al 1-800" in lines
