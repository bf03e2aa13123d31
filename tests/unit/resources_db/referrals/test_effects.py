"""What families tell of a listing: who hears of it, where the listing stands then, and what its card says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.match import Match
from resources_db.models import ListingReport, StaffTask, Verification
from resources_db.referrals import effects
from resources_db.search import SearchRequest, find_matches
from tests.factories import NOW, SANTA_ANA, DirectoryBuilder
from tests.unit.resources_db.referrals.families import NUMBER, family, reports, staff

LATER = NOW + timedelta(days=2)
TWO_COULD_NOT = "2 families could not reach them lately. Call first"


@pytest.fixture
def session(directory_engine: Engine) -> Iterator[Session]:
    with session_scope(directory_engine) as session:
        yield session


@pytest.fixture
def pantry(session: Session) -> str:
    """Two that are as good; this one is a little nearer."""
    builder = DirectoryBuilder(session)
    builder.add("Far Pantry", 1.2)
    return builder.add("Near Pantry", 1.0)


def test_one_family_that_gets_no_answer_asks_staff_to_look_and_changes_nothing_else(session: Session, pantry: str) -> None:
    reports(session, pantry, "couldnt_contact", "no_answer")
    task = session.scalars(select(StaffTask)).one()
    assert (task.kind, task.service_id, task.referral_id, task.share_id) == ("listing", pantry, None, None)
    assert task.detail == {"reports": 1, "reasons": ["no_answer"], "unreached": 1}
    assert _names(session) == ["Near Pantry", "Far Pantry"]
    assert session.scalars(select(Verification).where(Verification.method == "family_report")).all() == []


def test_two_families_make_it_doubtful_which_everybody_is_told_in_their_language(session: Session, pantry: str) -> None:
    for _ in range(2):
        reports(session, pantry, "couldnt_contact", "no_answer")
    assert _names(session) == ["Far Pantry", "Near Pantry"]
    assert TWO_COULD_NOT in _card(session, "Near Pantry").why
    spanish = "2 familias no pudieron comunicarse hace poco. Llama antes de ir"
    assert spanish in _card(session, "Near Pantry", language="es").why
    assert _card(session, "Far Pantry").why == tuple(why for why in _card(session, "Far Pantry").why if "reach" not in why)
    (task,) = session.scalars(select(StaffTask))
    assert task.detail == {"reports": 2, "reasons": ["no_answer"], "unreached": 2}


def test_one_wrong_number_is_enough_and_a_family_alone_is_not_counted_aloud(session: Session, pantry: str) -> None:
    reports(session, pantry, "couldnt_contact", "wrong_phone")
    assert _names(session) == ["Far Pantry", "Near Pantry"]
    assert "This phone number may be wrong. Ask 211 for the right one" in _card(session, "Near Pantry").why
    said = session.scalars(select(Verification).where(Verification.method == "family_report")).one()
    assert (said.resource_id, said.result, said.fields, said.note) == (pantry, "unreachable", None, None)
    assert (said.verified_at.hour, said.verified_at.minute) == (0, 0), "an hour could point to somebody"


def test_it_is_shown_all_the_same_where_there_is_no_other(session: Session) -> None:
    only = DirectoryBuilder(session).add("Only Pantry", 3.0)
    for _ in range(5):
        reports(session, only, "couldnt_contact", "wrong_phone")
    assert _names(session) == ["Only Pantry"]


def test_one_family_cannot_sink_a_listing_by_repeating_itself(session: Session, pantry: str) -> None:
    angry = family(session, phone=NUMBER)
    again = family(session, phone=NUMBER)
    for day in range(6):
        reports(session, pantry, "couldnt_contact", "no_answer", by=(angry, again)[day % 2], now=NOW + timedelta(days=day))
    (report,) = session.scalars(select(ListingReport))
    assert report.reported_on == NOW.date(), "nor make it last"
    assert _names(session) == ["Near Pantry", "Far Pantry"]
    assert session.scalars(select(StaffTask)).one().detail["reports"] == 1


def test_what_staff_say_changes_nothing_by_itself(session: Session, pantry: str) -> None:
    from resources_db.referrals import ledger
    from tests.unit.resources_db.referrals.families import referral

    ledger.note(session, referral(session, family(session), pantry), "couldnt_contact", "staff", NOW, barrier="wrong_phone")
    assert session.scalars(select(ListingReport)).all() == []


def test_staff_who_call_and_reach_them_clear_it(session: Session, pantry: str) -> None:
    for _ in range(2):
        reports(session, pantry, "couldnt_contact", "wrong_phone")
    effects.checked(session, pantry, staff(session), "call", "corrected", LATER)
    assert _names(session, LATER) == ["Near Pantry", "Far Pantry"]
    assert TWO_COULD_NOT not in _card(session, "Near Pantry", LATER).why
    task = session.scalars(select(StaffTask)).one()
    assert (task.done_at, task.outcome) == (LATER, "corrected")


def test_what_families_tell_after_staff_looked_counts_anew(session: Session, pantry: str) -> None:
    told = [reports(session, pantry, "couldnt_contact", "no_answer") for _ in range(2)]
    effects.checked(session, pantry, staff(session), "call", "confirmed", LATER)
    after = LATER + timedelta(days=1)
    reports(session, pantry, "couldnt_contact", "no_answer", by=told[0], now=after)
    assert _names(session, after) == ["Near Pantry", "Far Pantry"], "one family is one again"
    reports(session, pantry, "couldnt_contact", "no_answer", by=told[1], now=after)
    assert _names(session, after) == ["Far Pantry", "Near Pantry"]
    assert len(session.scalars(select(StaffTask)).all()) == 2


def test_staff_who_could_not_reach_them_either_leave_it_doubtful(session: Session, pantry: str) -> None:
    reports(session, pantry, "couldnt_contact", "wrong_phone")
    effects.checked(session, pantry, staff(session), "call", "unreachable", LATER)
    assert _names(session, LATER) == ["Far Pantry", "Near Pantry"]


def test_a_family_that_got_help_shows_that_they_can_be_reached(session: Session, pantry: str) -> None:
    for _ in range(2):
        reports(session, pantry, "couldnt_contact", "no_answer")
    reports(session, pantry, "got_help", now=LATER)
    assert _names(session, LATER) == ["Near Pantry", "Far Pantry"]


def test_a_wrong_number_stays_wrong_though_a_family_that_walked_in_got_help(session: Session, pantry: str) -> None:
    reports(session, pantry, "couldnt_contact", "wrong_phone")
    reports(session, pantry, "got_help", now=LATER)
    assert _names(session, LATER) == ["Far Pantry", "Near Pantry"]


def test_doubts_fade_after_two_months_without_anybody_doing_anything(session: Session, pantry: str) -> None:
    for _ in range(2):
        reports(session, pantry, "couldnt_contact", "no_answer")
    assert _names(session, NOW + timedelta(days=60)) == ["Far Pantry", "Near Pantry"]
    assert _names(session, NOW + timedelta(days=61)) == ["Near Pantry", "Far Pantry"]


def test_three_families_that_got_help_lift_it_among_equals_and_two_tell_nothing(session: Session) -> None:
    builder = DirectoryBuilder(session)
    builder.add("A Little Nearer", 1.0)
    helpful = builder.add("Helpful", 1.3)
    for count in range(3):
        assert _names(session) == ["A Little Nearer", "Helpful"], count
        assert "Families got help here lately" not in _card(session, "Helpful").why
        reports(session, helpful, "got_help")
    assert _names(session) == ["Helpful", "A Little Nearer"]
    assert "Families got help here lately" in _card(session, "Helpful").why
    assert "Otras familias recibieron ayuda aquí hace poco" in _card(session, "Helpful", language="es").why
    assert session.scalars(select(StaffTask)).all() == []
    assert _names(session, NOW + timedelta(days=91)) == ["A Little Nearer", "Helpful"]


def test_that_a_family_got_help_is_not_among_what_everybody_may_read(session: Session, pantry: str) -> None:
    before = len(session.scalars(select(Verification)).all())
    for _ in range(4):
        reports(session, pantry, "got_help")
    assert len(session.scalars(select(Verification)).all()) == before


def test_nothing_in_a_report_leads_to_the_family(session: Session, pantry: str) -> None:
    conversation = reports(session, pantry, "couldnt_contact", "no_answer")
    report = session.scalars(select(ListingReport)).one()
    assert conversation not in str(vars(report))
    assert not ListingReport.__table__.foreign_keys


def test_reports_are_deleted_when_they_count_no_longer(session: Session, pantry: str) -> None:
    reports(session, pantry, "got_help")
    effects.forget(session, NOW + timedelta(days=119))
    assert session.scalars(select(ListingReport)).all()
    effects.forget(session, NOW + timedelta(days=122))
    assert session.scalars(select(ListingReport)).all() == []


def _find(session: Session, now: object = NOW, language: str = "en") -> tuple[Match, ...]:
    return find_matches(session, SearchRequest(needs=("food",), origin=SANTA_ANA, now=now, language=language, limit=5)).matches  # type: ignore[arg-type]


def _names(session: Session, now: object = NOW) -> list[str]:
    return [match.service for match in _find(session, now)]


def _card(session: Session, name: str, now: object = NOW, language: str = "en") -> Match:
    return next(match for match in _find(session, now, language) if match.service == name)
