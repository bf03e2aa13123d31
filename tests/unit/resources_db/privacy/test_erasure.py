"""A family has everything deleted, and gets a receipt that says nothing of them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db import messages, outbox
from resources_db.contacts.saying import say_what_is_due
from resources_db.conversations import lock_conversation
from resources_db.database import session_scope
from resources_db.mail import queue
from resources_db.models import Base, Erasure, FamilyPhone, IncomingText, OptOut, OutgoingText, ProgramCount, StaffMember
from resources_db.privacy import erasure, retention
from resources_db.program import counting
from resources_db.settings import Settings, load_settings
from resources_db.sms.gsm import is_gsm, segments
from resources_db.trackers import load_tracker, save_tracker
from resources_db.words import load_words
from resources_db.worker import SPEAKERS
from tests.unit.resources_db.privacy.families import NOW, SEALER, add_family, add_phone, claim, count, counts

MARIA, ANNA = "+19165550142", "+13125550178"
ALL = {
    "conversation": 2, "message": 2, "tracker": 2, "outgoing_text": 1, "ticket": 1, "consent": 1, "family_phone": 1,
    "check_in_plan": 1, "scheduled_contact": 1, "check_in_answer": 1, "referral": 1, "referral_event": 1, "outgoing_email": 1,
    "call_request": 1, "share": 1, "share_look": 1, "staff_task": 1, "record_entry": 1, "what_if_part": 1,
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return load_settings({"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_SECRET_KEY": "k" * 40})


def everything(engine: Engine) -> str:
    """Every value of every table, as text."""
    with engine.connect() as connection:
        return "\n".join(
            json.dumps(list(row), default=str, ensure_ascii=False)
            for table in Base.metadata.sorted_tables
            for row in connection.execute(select(table))
        )


@pytest.mark.parametrize("thread", ["web", "texting"])
def test_everything_of_a_family_goes_whichever_of_its_threads_asks(directory_engine: Engine, thread: str) -> None:
    with session_scope(directory_engine) as session:
        maria, _ = add_family(session, MARIA), add_family(session, ANNA)
    with session_scope(directory_engine) as session:
        receipt = erasure.erase(session, getattr(maria, thread), now=NOW)
    assert receipt.rows == ALL
    assert counts(directory_engine) == ALL  # Anna's
    left = everything(directory_engine)
    assert maria.web not in left
    assert maria.phone_id not in left
    assert left.count(MARIA) == 1  # of the test's own digest of an incoming text


def test_what_is_planned_or_queued_for_a_family_that_is_gone_never_leaves(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, MARIA)
    with session_scope(directory_engine, writes=False) as session:
        assert queue.any_due(session, NOW)
    with session_scope(directory_engine) as session:
        erasure.erase(session, family.texting, now=NOW)
    assert say_what_is_due(directory_engine, SEALER, load_words(), SPEAKERS, NOW + timedelta(minutes=1)) == {}
    with session_scope(directory_engine) as session:
        assert queue.claim(session, SEALER, owner="us", now=NOW + timedelta(minutes=1)) is None
        assert count(session, OutgoingText) == 0


def test_what_tells_nothing_of_a_family_outlives_it(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, MARIA)
        counting.count(session, "enrolled", NOW)
        erasure.erase(session, family.web, now=NOW)
    with session_scope(directory_engine, writes=False) as session:
        assert count(session, ProgramCount) == count(session, StaffMember) == 1


def test_a_chat_without_a_phone_goes_alone(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, MARIA)
        alone, _ = messages_of_a_chat(session)
    with session_scope(directory_engine) as session:
        assert erasure.erase(session, alone, now=NOW).rows == {"conversation": 1, "message": 1}
    assert counts(directory_engine) == ALL
    assert family.web


def messages_of_a_chat(session: Session) -> tuple[str, str]:
    from resources_db.conversations import start_conversation

    chat, token = start_conversation(session, language="es", now=NOW, lifetime=timedelta(hours=1))
    messages.accept(session, chat, client_id="1", text="comida", claim=claim())
    return chat.id, token


def test_what_must_be_remembered_stays_and_holds_neither_words_nor_a_number(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, MARIA)
        erasure.erase(session, family.web, now=NOW)
    with session_scope(directory_engine) as session:
        assert count(session, IncomingText) == 1
        assert count(session, OptOut) == 1
        assert "9165550142" not in str([vars(row) for row in session.scalars(select(OptOut))])


def test_the_receipt_is_a_number_and_counts_and_each_is_another(directory_engine: Engine) -> None:
    numbers = set()
    with session_scope(directory_engine) as session:
        for number in (MARIA, ANNA):
            numbers.add(erasure.erase(session, add_family(session, number).web, now=NOW).number)
        kept = {row.receipt: row.rows for row in session.scalars(select(Erasure))}
    assert kept == dict.fromkeys(numbers, ALL)
    assert all(re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", number) for number in numbers)
    assert len(numbers) == 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_words_of_the_receipt_say_its_number_on_every_channel(language: str) -> None:
    receipt = erasure.Receipt("K7Q2-8MTX", {})
    assert "K7Q2-8MTX" in erasure.receipt_text(load_words(), receipt, language)
    assert "K7Q2-8MTX" in erasure.receipt_text(load_words(), receipt, language, channel="sms")


@pytest.mark.parametrize("language", ["en", "es"])
def test_by_text_the_phone_lives_until_its_receipt_is_sent(directory_engine: Engine, settings: Settings, language: str) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, MARIA)
        phone = session.get_one(FamilyPhone, family.phone_id)
        receipt = erasure.erase_by_text(session, phone, load_words(), language=language, now=NOW)
    assert receipt.rows == ALL
    assert counts(directory_engine) == {"outgoing_text": 1, "family_phone": 1}
    retention.do_what_is_due(directory_engine, settings, NOW)
    with session_scope(directory_engine) as session:
        text = session.scalars(select(OutgoingText)).one()
        assert receipt.number in text.body
        assert is_gsm(text.body)
        assert segments(text.body) <= 2
        text.state, text.settled_at = "sent", NOW
    retention.do_what_is_due(directory_engine, settings, NOW)
    assert counts(directory_engine) == {}


def test_a_family_that_writes_again_before_its_receipt_is_sent_keeps_its_phone(
    directory_engine: Engine, settings: Settings
) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, MARIA)
        phone = session.get_one(FamilyPhone, family.phone_id)
        erasure.erase_by_text(session, phone, load_words(), language="en", now=NOW)
        outbox.put(session, phone, "hello", kind="reply", dedupe_key="new", now=NOW)
        for text in session.scalars(select(OutgoingText)):
            text.state, text.settled_at = "sent", NOW
    retention.do_what_is_due(directory_engine, settings, NOW)
    assert counts(directory_engine)["family_phone"] == 1


def test_a_phone_with_nothing_but_itself_can_be_erased_too(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        phone = add_phone(session, MARIA)
        receipt = erasure.erase_by_text(session, phone, load_words(), language="en", now=NOW)
    assert receipt.rows == {"family_phone": 1}


def test_a_turn_under_way_brings_nothing_back(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        chat_id, _ = messages_of_a_chat(session)
        turn = messages.claim_turn(session, chat_id, claim())
    assert turn is not None
    with session_scope(directory_engine) as session:
        erasure.erase(session, chat_id, now=NOW)
    with session_scope(directory_engine) as session:
        save_tracker(session, chat_id, '[{"event": "user", "text": "comida"}]')  # Rasa ends its turn
    with session_scope(directory_engine) as session:
        answer = messages.Answer("here is food")
        assert messages.finish_turn(session, turn, [answer], language="es", claim=claim()) is None
        assert load_tracker(session, chat_id) is None
        assert lock_conversation(session, chat_id) is None
    assert counts(directory_engine) == {}


def test_asking_twice_gives_a_second_receipt_over_nothing(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, MARIA)
        erasure.erase(session, family.web, now=NOW)
        assert erasure.erase(session, family.web, now=NOW).rows == {}
