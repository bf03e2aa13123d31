"""What was answered is written down once and counted once; and what the worker says by itself follows from it."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.check_ins import answering, plans
from resources_db.check_ins.asking import known_of
from resources_db.check_ins.plans import Choice
from resources_db.check_ins.questions import items
from resources_db.check_ins.saying import NEEDED, ending, opening
from resources_db.database import session_scope
from resources_db.models.check_in import CheckInAnswer, CheckInPlan, ScheduledContact
from resources_db.models.conversation import Conversation
from resources_db.models.program_count import ProgramCount
from resources_db.sealing import Sealer
from resources_db.words import load_words

SEALER = Sealer(["a key of these tests, long enough to be one"])
NOW = datetime(2026, 11, 22, 18, tzinfo=timezone.utc)
WORDS = load_words()


@pytest.fixture
def engine(directory_engine: Engine) -> Engine:
    with session_scope(directory_engine) as session:
        session.add(
            Conversation(id="c", token_hash="t", language="es", site="willow", created_at=NOW, expires_at=NOW + timedelta(days=9))
        )
        session.flush()
        choice = Choice(rhythm="steady", home_on=date(2026, 11, 20), time_zone="America/Chicago")
        plans.enrol(session, SEALER, "c", choice, wording="w", language="es", now=NOW)
    return directory_engine


def said(session: Session, item: str | None = "food", at: datetime = NOW) -> ScheduledContact:
    plan = session.scalars(select(CheckInPlan)).one()
    contact = ScheduledContact(
        id=str(uuid.uuid4()), conversation_id="c", kind="check_in", plan_id=plan.id, plan_version=1, step=at.date().isoformat(),
        dedupe_key=str(uuid.uuid4()), wanted_at=at, due_at=at, expires_at=at, state="said", said_at=at, item=item,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    return contact


def counts(session: Session) -> dict[tuple[str, str, str], int]:
    rows = session.execute(
        select(ProgramCount.measure, ProgramCount.need, ProgramCount.zip, ProgramCount.count, ProgramCount.site)
    )
    assert {row.site for row in rows.all()} == {"willow"}
    rows = session.execute(select(ProgramCount.measure, ProgramCount.need, ProgramCount.zip, ProgramCount.count))
    return {(row[0], row[1], row[2]): row[3] for row in rows if row.measure != "enrolled"}


def test_an_answer_opens_its_needs_and_leads_to_another_question(engine: Engine) -> None:
    with Session(engine) as session:
        contact = said(session)
        recorded = answering.record(session, contact.id, "food", "hard", NOW, zip="73102")
        assert recorded is not None
        assert (recorded.severity, recorded.needs) == (2, ("food", "benefits"))
        assert recorded.next_item is not None
        assert recorded.next_item.code != "food"
        assert contact.answered_at == NOW
        assert counts(session) == {
            ("check_in_answered", "", ""): 1, ("need_found", "food", "73102"): 1, ("need_found", "benefits", "73102"): 1,
        }  # fmt: skip


def test_the_same_again_changes_nothing_and_another_answer_changes_it(engine: Engine) -> None:
    with Session(engine) as session:
        contact = said(session)
        for answer in ("some", "some", "hard", "hard"):
            answering.record(session, contact.id, "food", answer, NOW)
        (row,) = session.scalars(select(CheckInAnswer)).all()
        assert (row.answer, row.severity, row.needs) == ("hard", 2, ["food", "benefits"])
        assert counts(session) == {
            ("check_in_answered", "", ""): 1, ("need_found", "food", ""): 1, ("need_found", "benefits", ""): 1,
        }  # fmt: skip


def test_after_two_questions_there_is_no_third(engine: Engine) -> None:
    with Session(engine) as session:
        contact = said(session)
        first = answering.record(session, contact.id, "food", "fine", NOW)
        assert first is not None
        assert first.next_item is not None
        second = answering.record(session, contact.id, first.next_item.code, "fine", NOW)
        assert second is not None
        assert second.next_item is None


def test_what_is_needed_belongs_to_its_own_question_whatever_was_asked(engine: Engine) -> None:
    with Session(engine) as session:
        contact = said(session)
        for _ in range(2):
            answering.record_needs(session, contact.id, ["financial", "jobs"], NOW, zip="73102")
        (row,) = session.scalars(select(CheckInAnswer)).all()
        assert (row.item, row.answer, row.needs) == ("housing", "hard", ["financial"])
        found = counts(session)
        assert found["need_found", "financial", "73102"] == 1
        assert found["check_in_answered", "", ""] == 1
        later = said(session, item=None, at=NOW + timedelta(days=7))
        assert known_of(session, "c", later.id).was_hard("housing")


def test_a_skipped_check_in_is_counted_as_one(engine: Engine) -> None:
    with Session(engine) as session:
        contact = said(session)
        answering.record(session, contact.id, "food", "skip", NOW)
        assert counts(session) == {("check_in_skipped", "", ""): 1}


def test_a_contact_that_is_gone_takes_no_answer(engine: Engine) -> None:
    with Session(engine) as session:
        assert answering.record(session, "gone", "food", "fine", NOW) is None
        answering.record_needs(session, "gone", ["food"], NOW)
        answering.note_reply(session, "gone", NOW)
        assert session.scalars(select(CheckInAnswer)).all() == []


# --- what the worker says -------------------------------------------------------------------------------------------------


def test_everything_it_says_has_words() -> None:
    WORDS.require(NEEDED)


@pytest.mark.parametrize("channel", ["web", "sms"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_an_opening_asks_one_neutral_question_whose_choices_name_it(engine: Engine, language: str, channel: str) -> None:
    with Session(engine) as session:
        contact = said(session, item=None)
        spoken = opening(session, contact, WORDS, SEALER, language, channel, NOW)
        assert spoken is not None
        assert contact.item is not None
        assert items()[contact.item].unprompted
        assert items()[contact.item].question[language] in spoken.text
        assert "{" not in spoken.text
        assert spoken.asked == f"check_in {contact.id} {contact.item}"
        assert len(spoken.asked) <= 120
        payloads = [json.loads(payload.removeprefix("/answer")) for _, payload in spoken.choices]
        assert [payload["answer"] for payload in payloads] == ["fine", "some", "hard", "person"]
        assert {payload["asked"] for payload in payloads} == {spoken.asked}


def test_what_was_hard_is_asked_as_that(engine: Engine) -> None:
    with Session(engine) as session:
        before = said(session, at=NOW - timedelta(days=7))
        answering.record(session, before.id, "food", "hard", NOW - timedelta(days=7))
        contact = said(session, item=None)
        spoken = opening(session, contact, WORDS, SEALER, "en", "sms", NOW)
        assert spoken is not None
        assert "Last time food was hard." in spoken.text


def test_said_twice_it_asks_the_same(engine: Engine) -> None:
    with Session(engine) as session:
        contact = said(session, item=None)
        first, second = (opening(session, contact, WORDS, SEALER, "en", "sms", NOW) for _ in range(2))
        assert first == second


def test_the_ending_says_what_stays_and_a_discreet_one_says_nothing(engine: Engine) -> None:
    with Session(engine) as session:
        contact = said(session, item=None)
        spoken = ending(session, contact, WORDS, SEALER, "en", "web", NOW)
        assert spoken is not None
        assert spoken.asked == ""
        assert "write any time" in spoken.text
        session.scalars(select(CheckInPlan)).one().discreet = True
        assert ending(session, contact, WORDS, SEALER, "en", "sms", NOW) is None
