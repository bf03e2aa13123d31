"""What is asked some days later: in one text, naming nothing that a family would not want read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.check_ins.plans import Choice, enrol
from resources_db.contacts import Said
from resources_db.database import session_scope
from resources_db.models.check_in import ScheduledContact
from resources_db.models.referral import Referral
from resources_db.referrals import ledger
from resources_db.referrals.saying import NEEDED, follow_up
from resources_db.sms.gsm import fold, is_gsm, segments
from resources_db.taxonomy.needs import load_needs
from resources_db.words import load_words
from tests.unit.resources_db.referrals.families import SEALER, family

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=timezone.utc)
WORDS = load_words()


@pytest.fixture
def session(directory_engine: Engine) -> Iterator[Session]:
    with session_scope(directory_engine) as session:
        yield session


def calls(session: Session, need: str = "food", *, by: str | None = None) -> Referral:
    """A family that calls a place and agreed to be asked how it went."""
    referral = ledger.open_referral(
        session, by or family(session), service_id="a place", service_at_location_id=None, need=need, zip=None, now=NOW
    )
    ledger.go(session, referral, "call", follow_up_wording="May I ask?", now=NOW)
    return referral


def said(session: Session, referral: Referral, step: str = "48h", language: str = "en") -> Said | None:
    contact = session.scalars(
        select(ScheduledContact).where(ScheduledContact.referral_id == referral.id, ScheduledContact.step == step)
    ).one()
    return follow_up(session, contact, WORDS, SEALER, language, "sms", NOW + timedelta(days=2))


def discreet(session: Session) -> str:
    conversation = family(session, phone="+19165550142")
    choice = Choice(
        rhythm="light", home_on=date(2026, 11, 20), time_zone="America/Los_Angeles", discreet=True, safe_word=None, channel="sms"
    )
    enrol(session, SEALER, conversation, choice, wording="Check-ins?", language="en", now=NOW)
    return conversation


def test_the_words_are_there_in_both_languages() -> None:
    WORDS.require(NEEDED)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("need", load_needs())
def test_every_follow_up_with_its_numbers_is_one_text(session: Session, need: str, language: str) -> None:
    asked = said(session, calls(session, need), language=language)
    assert asked
    menu = [f"{number} {label}" for number, (label, _) in enumerate(asked.choices, 1)]
    text = fold("\n".join([asked.text, *menu, WORDS.say("utter_text_choose", language, "sms")]))
    assert is_gsm(text)
    assert segments(text) == 1


def test_food_is_named_and_what_others_may_not_read_is_not(session: Session) -> None:
    food, safety = said(session, calls(session, "food")), said(session, calls(session, "domestic_violence"))
    assert food
    assert "food" in food.text
    assert safety
    assert safety.text == WORDS.say("utter_follow_up", "en")


def test_its_answers_name_the_contact_and_the_referral(session: Session) -> None:
    referral = calls(session)
    asked = said(session, referral)
    assert asked
    assert asked.asked.split()[::2] == ["follow_up", referral.id]
    assert uuid.UUID(asked.asked.split()[1])
    assert len(asked.asked) <= 120
    assert [payload for _, payload in asked.choices] == [
        f'/answer{{"asked": "{asked.asked}", "answer": "{answer}"}}' for answer in ("got_help", "not_yet", "no")
    ]


def test_on_a_phone_that_others_read_nothing_is_named(session: Session) -> None:
    asked = said(session, calls(session, "food", by=discreet(session)))
    assert asked
    words = " ".join([asked.text, *(label for label, _ in asked.choices)]).casefold()
    assert not any(word in words for word in ("homeward", "food", "help", "place"))


def test_on_a_phone_that_others_read_safety_at_home_is_never_asked_about(session: Session) -> None:
    assert said(session, calls(session, "domestic_violence", by=discreet(session))) is None


def test_what_is_answered_is_not_asked(session: Session) -> None:
    referral = calls(session)
    ledger.note(session, referral, "got_help", "family", NOW)
    assert said(session, referral) is None


def test_without_an_answer_nobody_knows_and_it_closes_without_a_word(session: Session) -> None:
    referral = calls(session)
    assert said(session, referral, "7d")
    assert said(session, referral, "close") is None
    assert referral.status == "unknown"
    last = ledger.events_of(session, referral.id)[-1]
    assert (last.status, last.said_by) == ("unknown", "homeward")


def test_a_later_answer_still_counts_after_that(session: Session) -> None:
    referral = calls(session)
    said(session, referral, "close")
    ledger.note(session, referral, "got_help", "family", NOW + timedelta(days=20))
    assert referral.status == "got_help"
