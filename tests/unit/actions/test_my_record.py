"""A family's record by chat and by text: what it says it went to is written down with its day, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from actions import directory, family_clock, find_services, my_plan, my_record
from actions.answer import ActionAnswer
from actions.my_record import ActionMyRecord
from resources_db.models.check_in import CheckInPlan
from resources_db.models.conversation import Conversation
from resources_db.record import entries
from resources_db.record.links import opened_by
from resources_db.sealing import Sealer
from tests.databases import SqliteDatabases
from tests.unit.actions.family import Family
from tests.unit.actions.places import SANTA_ANA

#: A Sunday evening in California, when the next day has begun in Greenwich and in Florida.
NOW = datetime(2026, 11, 23, 6, 30, tzinfo=timezone.utc)
SUNDAY = date(2026, 11, 22)
SEALER = Sealer(["a key of these tests, long enough to be one"])


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with sqlite_databases.new() as engine:
        with Session(engine) as session, session.begin():
            session.add(Conversation(id="family", language="en", created_at=NOW, expires_at=NOW + timedelta(days=30), last_seq=0))
        for module in (my_record, find_services, directory):
            monkeypatch.setattr(module, "engine", lambda: engine)
        for module in (my_record, family_clock, directory):
            monkeypatch.setattr(module, "sealer", lambda: SEALER)
        monkeypatch.setattr(family_clock, "now", lambda: NOW)
        yield engine


@pytest.fixture
def family() -> Family:
    """It looked for help in California before, so its clock is known."""
    family = Family()
    family.slots["search"] = {"place": SANTA_ANA}
    return family


def kept(engine: Engine) -> list[tuple[str, date, str | None]]:
    with Session(engine) as session:
        return [(entry.kind, entry.on_date, entry.note) for entry in entries.entries_of(session, SEALER, "family")]


def tap(family: Family, answer: str) -> list[str]:
    return family.says(ActionAnswer, "/answer", "answer", asked=[family.slots["asked"]], answer=[answer])


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("went to parenting class today", ("class", SUNDAY, "parenting class")),
        ("visit with the kids kept Saturday", ("visit", date(2026, 11, 21), None)),
        ("anoté: clase de crianza ayer", ("class", date(2026, 11, 21), "clase de crianza")),
    ],
)
def test_what_a_family_says_it_went_to_is_written_down_with_its_own_day(
    engine: Engine, family: Family, text: str, entry: tuple[str, date, str | None]
) -> None:
    assert family.says(ActionMyRecord, text, "my_record") == ["utter_record_first", "utter_record_kept"]
    assert kept(engine) == [entry]


def test_it_is_said_back_with_the_day_and_until_when_it_is_kept(engine: Engine, family: Family) -> None:
    family.says(ActionMyRecord, "went to parenting class today", "my_record")
    assert family.told("utter_record_kept")["what"] == "Class (Parenting class), Sun, Nov 22, 2026"
    assert family.told("utter_record_first")["until"] == "Tue, Dec 22, 2026"
    assert family.says(ActionMyRecord, "and my visit yesterday", "my_record") == ["utter_record_kept"]


def test_the_clock_of_the_check_ins_counts_before_the_place_of_a_search(engine: Engine, family: Family) -> None:
    with Session(engine) as session, session.begin():
        session.add(
            CheckInPlan(
                id="plan", conversation_id="family", rhythm="light", home_on=SUNDAY, time_zone="America/New_York", channel="web",
                window_start=600, window_end=1140, wording="w", language="en", agreed_at=NOW,
            )
        )  # fmt: skip
    family.says(ActionMyRecord, "went to class today", "my_record")
    assert kept(engine) == [("class", date(2026, 11, 23), None)]


@pytest.mark.parametrize("how", ["tap", "1", "undo", "bórralo", "delete that"])
def test_the_last_one_is_undone_with_one_number_or_word(engine: Engine, family: Family, how: str) -> None:
    family.says(ActionMyRecord, "went to class today", "my_record")
    said = tap(family, "undo") if how == "tap" else family.says(ActionAnswer, how, "my_record")
    assert said == ["utter_record_taken_off"]
    assert kept(engine) == []


def test_deleting_the_plan_takes_nothing_off_the_record(engine: Engine, family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_plan, "engine", lambda: engine)
    monkeypatch.setattr(my_plan, "sealer", lambda: SEALER)
    family.says(ActionMyRecord, "went to class today", "my_record")
    assert family.says(ActionAnswer, "borrar plan", "my_plan") == ["utter_plan_empty"]
    assert len(kept(engine)) == 1


def test_two_at_once_are_undone_together(engine: Engine, family: Family) -> None:
    family.says(ActionMyRecord, "went to class and my visit today", "my_record")
    assert len(kept(engine)) == 2
    tap(family, "undo")
    assert kept(engine) == []


def test_later_the_last_of_its_kind_is_taken_off(engine: Engine, family: Family) -> None:
    family.says(ActionMyRecord, "went to class yesterday", "my_record")
    family.says(ActionMyRecord, "had my visit today", "my_record")
    family.slots["asked"] = None
    assert family.says(ActionMyRecord, "delete that class", "my_record") == ["utter_record_taken_off"]
    assert [kind for kind, _, _ in kept(engine)] == ["visit"]


def test_where_nothing_is_written_down_nothing_is_taken_off(engine: Engine, family: Family) -> None:
    assert family.says(ActionMyRecord, "delete that", "my_record") == ["utter_record_nothing"]


@pytest.mark.parametrize(("answer", "on"), [("it was friday", date(2026, 11, 20)), ("no, yesterday", date(2026, 11, 21))])
def test_a_wrong_day_is_mended_in_a_word(engine: Engine, family: Family, answer: str, on: date) -> None:
    family.says(ActionMyRecord, "went to class today", "my_record")
    assert family.says(ActionAnswer, answer, "unclear") == ["utter_record_kept"]
    assert kept(engine) == [("class", on, None)]


def test_another_day_is_asked_for_by_number(engine: Engine, family: Family) -> None:
    family.says(ActionMyRecord, "went to dv class today", "my_record")
    assert tap(family, "day") == ["utter_record_ask_day"]
    assert family.says(ActionAnswer, "11/14", "give_location") == ["utter_record_kept"]
    assert kept(engine) == [("class", date(2026, 11, 14), "dv class")]


@pytest.mark.parametrize(
    ("answer", "on"), [("1", SUNDAY), ("2", date(2026, 11, 21)), ("tuesday", date(2026, 11, 17)), ("hoy", SUNDAY)]
)
def test_a_day_that_was_not_said_is_asked_for(engine: Engine, family: Family, answer: str, on: date) -> None:
    assert family.says(ActionMyRecord, "went to my parenting class", "my_record") == ["utter_record_ask_day"]
    assert kept(engine) == []
    family.says(ActionAnswer, answer, "pick")
    assert kept(engine) == [("class", on, "parenting class")]


@pytest.mark.parametrize("answer", ["3", "never mind", "no"])
def test_a_day_need_not_be_told(engine: Engine, family: Family, answer: str) -> None:
    family.says(ActionMyRecord, "went to my parenting class", "my_record")
    assert family.says(ActionAnswer, answer, "deny") == ["utter_record_not_written"]
    assert kept(engine) == []


@pytest.mark.parametrize("answer", ["2", "a visit"])
def test_a_kind_that_was_not_said_is_asked_for(engine: Engine, family: Family, answer: str) -> None:
    assert family.says(ActionMyRecord, "log it for yesterday", "my_record") == ["utter_record_ask_kind"]
    family.says(ActionAnswer, answer, "pick")
    assert kept(engine) == [("visit", date(2026, 11, 21), None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i missed class today", "utter_record_missed"), ("i have a visit tomorrow", "utter_record_ahead"),
        ("how do i log a class", "utter_record_how"), ("log my class for 11/30", "utter_record_ahead"),
    ],
)  # fmt: skip
def test_what_was_not_kept_is_never_written_down(engine: Engine, family: Family, text: str, said: str) -> None:
    assert family.says(ActionMyRecord, text, "my_record") == [said]
    assert kept(engine) == []


def test_a_need_in_answer_to_our_question_is_served(engine: Engine, family: Family) -> None:
    family.says(ActionMyRecord, "went to my parenting class", "my_record")
    family.says(ActionAnswer, "we need food today", "request_help", need=["food"])
    assert kept(engine) == []
    assert family.slots["needs"] == ["food"]


@pytest.mark.parametrize("text", ["my record", "mi registro", "my summary", "/my_record"])
def test_the_record_is_behind_a_link_of_its_own(engine: Engine, family: Family, text: str) -> None:
    assert family.says(ActionMyRecord, text, "my_record") == ["utter_record_link"]
    address, _, code = family.told("utter_record_link")["url"].rpartition("/r/")
    assert address.startswith("http")
    with Session(engine) as session:
        opened = opened_by(session, SEALER, code, NOW + timedelta(minutes=29))
    assert opened
    assert (opened.conversation_id, opened.time_zone) == ("family", "America/Los_Angeles")
