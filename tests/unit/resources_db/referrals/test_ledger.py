"""A referral's history: who said what, what may follow, what is counted, and when it is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.models.check_in import ScheduledContact
from resources_db.models.conversation import Conversation
from resources_db.models.program_count import ProgramCount
from resources_db.models.referral import Referral
from resources_db.referrals import ledger
from resources_db.referrals.ledger import NotAfterThat

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)


@pytest.fixture
def session(directory_engine: Engine) -> Iterator[Session]:
    with session_scope(directory_engine) as session:
        add_conversation(session)
        yield session


def add_conversation(session: Session, conversation_id: str = "family") -> None:
    session.add(
        Conversation(
            id=conversation_id, token_hash=conversation_id, language="es", site="oak", created_at=NOW, expires_at=NOW + 90 * DAY
        )
    )
    session.flush()


def pick(session: Session, service: str = "pantry", now: datetime = NOW) -> Referral:
    return ledger.open_referral(
        session, "family", service_id=service, service_at_location_id=None, need="food", zip="92701", now=now
    )


def counts(session: Session) -> dict[tuple[str, str], int]:
    rows = session.scalars(select(ProgramCount)).all()
    assert {(row.site, row.need, row.zip, row.language) for row in rows} <= {("oak", "food", "92701", "es")}
    return {(row.measure, row.span): row.count for row in rows}


def asked(session: Session) -> dict[str, str]:
    return {row.step: row.state for row in session.scalars(select(ScheduledContact))}


def test_picking_the_same_place_twice_is_one_referral_until_it_is_closed(session: Session) -> None:
    first = pick(session)
    assert pick(session).id == first.id
    ledger.note(session, first, "no_capacity", "family", NOW)
    assert pick(session, now=NOW + DAY).id != first.id


def test_who_said_what_is_kept_in_order_even_within_one_moment(session: Session) -> None:
    referral = pick(session)
    ledger.go(session, referral, "call", follow_up_wording=None, now=NOW)
    ledger.note(session, referral, "contacted", "family", NOW)
    ledger.note(session, referral, "accepted", "provider", NOW)
    ledger.note(session, referral, "got_help", "staff", NOW, staff_id="ana")
    lines = [(line.status, line.said_by, line.staff_id) for line in ledger.events_of(session, referral.id)]
    assert lines == [
        ("offered", "homeward", None), ("offered", "family", None), ("contacted", "family", None), ("accepted", "provider", None),
        ("got_help", "staff", "ana"),
    ]  # fmt: skip


def test_saying_the_same_twice_is_one_line_and_counts_once(session: Session) -> None:
    referral = pick(session)
    first = ledger.note(session, referral, "couldnt_contact", "family", NOW, barrier="no_answer")
    assert ledger.note(session, referral, "couldnt_contact", "family", NOW + DAY, barrier="no_answer") is first
    assert counts(session) == {("need_unmet", ""): 1}


def test_what_cannot_follow_is_refused_and_changes_nothing(session: Session) -> None:
    referral = pick(session)
    ledger.note(session, referral, "got_help", "family", NOW)
    with pytest.raises(NotAfterThat):
        ledger.note(session, referral, "no_capacity", "family", NOW + DAY)
    with pytest.raises(NotAfterThat):
        ledger.go(session, referral, "call", follow_up_wording=None, now=NOW)
    assert referral.status == "got_help"
    assert [line.status for line in ledger.events_of(session, referral.id)] == ["offered", "got_help"]


def test_help_that_comes_after_a_no_counts_and_the_no_stays_in_the_history(session: Session) -> None:
    referral = pick(session)
    ledger.note(session, referral, "couldnt_get_help", "family", NOW + DAY)
    ledger.note(session, referral, "got_help", "family", NOW + 5 * DAY)
    assert counts(session) == {("need_unmet", ""): 1, ("need_met", ""): 1, ("time_to_help", "3-7d"): 1}
    assert [line.status for line in ledger.events_of(session, referral.id)] == ["offered", "couldnt_get_help", "got_help"]


def test_a_reason_that_comes_later_says_it_better_without_counting_again(session: Session) -> None:
    referral = pick(session)
    ledger.note(session, referral, "couldnt_get_help", "family", NOW)
    ledger.note(session, referral, "couldnt_contact", "family", NOW, barrier="wrong_phone")
    assert (referral.status, referral.barrier) == ("couldnt_contact", "wrong_phone")
    assert counts(session) == {("need_unmet", ""): 1}


def test_a_referral_counts_when_the_family_goes_about_it_and_only_once(session: Session) -> None:
    referral = pick(session)
    assert counts(session) == {}
    ledger.go(session, referral, "call", follow_up_wording=None, now=NOW)
    ledger.go(session, referral, "partner", follow_up_wording=None, now=NOW)
    assert counts(session) == {("referral", ""): 1}
    assert referral.way == "partner"


def test_nothing_is_asked_later_unless_the_family_agreed(session: Session) -> None:
    referral = pick(session)
    ledger.go(session, referral, "call", follow_up_wording=None, now=NOW)
    assert asked(session) == {}
    ledger.go(session, referral, "call", follow_up_wording="May I ask?", now=NOW)
    ledger.go(session, referral, "call", follow_up_wording="May I ask again?", now=NOW)
    assert asked(session) == {"48h": "due", "7d": "due", "close": "due"}
    assert referral.follow_up_wording == "May I ask?"


@pytest.mark.parametrize("status", ["got_help", "no_longer_needed", "not_eligible"])
def test_what_is_closed_is_not_asked_about_any_more(session: Session, status: str) -> None:
    referral = pick(session)
    ledger.go(session, referral, "call", follow_up_wording="May I ask?", now=NOW)
    ledger.note(session, referral, status, "family", NOW)
    assert set(asked(session).values()) == {"cancelled"}


def test_a_waiting_list_is_still_asked_about(session: Session) -> None:
    referral = pick(session)
    ledger.go(session, referral, "call", follow_up_wording="May I ask?", now=NOW)
    ledger.note(session, referral, "waitlisted", "family", NOW)
    assert set(asked(session).values()) == {"due"}


def test_those_that_may_still_help_come_newest_first_and_the_closed_ones_are_kept(session: Session) -> None:
    first, second = pick(session, "first"), pick(session, "second", now=NOW + DAY)
    assert ledger.open_referrals(session, "family") == [second, first]
    ledger.note(session, second, "no_longer_needed", "family", NOW)
    assert ledger.open_referrals(session, "family") == [first]
    assert ledger.referrals_of(session, "family") == [second, first]
