"""The record of who agreed to texts, and of the numbers that want none."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from resources_db.consent import history, is_opted_out, opt_in, opt_out, opted_out_at
from resources_db.models.consent import Consent, OptOut
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.outgoing_text import OutgoingText
from resources_db.sealing import Sealer

PHONE, OTHER = "+14055550143", "+14055550144"
NOW = datetime(2026, 11, 22, 18, tzinfo=timezone.utc)
SEALER = Sealer(["a secret of the tests, long enough"])
WORDING = "Msg & data rates may apply. HELP for help, STOP to stop."


@pytest.fixture
def session(directory_engine: Engine) -> Iterator[Session]:
    with Session(directory_engine) as session:
        yield session


def phone_of(session: Session, number: str, sealer: Sealer = SEALER, site: str | None = "tulsa") -> FamilyPhone:
    phone = FamilyPhone(
        id=str(uuid.uuid4()),
        digest=sealer.digest(number),
        sealed=sealer.seal(number),
        key_id=sealer.key_id,
        language="es",
        our_number="+14055550100",
        site=site,
        created_at=NOW,
        seen_at=NOW,
    )
    session.add(phone)
    session.flush()
    return phone


def text_to(session: Session, phone: FamilyPhone, state: str = "due", kind: str = "reply") -> OutgoingText:
    phone.last_position += 1
    text = OutgoingText(
        id=str(uuid.uuid4()),
        family_phone_id=phone.id,
        position=phone.last_position,
        dedupe_key=str(uuid.uuid4()),
        kind=kind,
        body="Pantry of hope, 405-555-0190",
        segments=1,
        from_number=phone.our_number,
        state=state,
        due_at=NOW,
        created_at=NOW,
    )
    session.add(text)
    session.flush()
    return text


def test_a_number_nobody_heard_of_is_not_opted_out(session: Session) -> None:
    assert not is_opted_out(session, SEALER, PHONE)


def test_stop_counts_in_its_own_transaction_and_for_that_number_only(session: Session) -> None:
    assert opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    assert is_opted_out(session, SEALER, PHONE)
    assert not is_opted_out(session, SEALER, OTHER)


def test_stop_that_is_rolled_back_was_never_said(session: Session) -> None:
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    session.rollback()
    assert not is_opted_out(session, SEALER, PHONE)


def test_a_second_stop_is_not_new_so_it_is_confirmed_once(session: Session) -> None:
    phone = phone_of(session, PHONE)
    assert opt_out(session, SEALER, PHONE, "keyword", "en", NOW, phone)
    assert not opt_out(session, SEALER, PHONE, "phrase", "en", NOW, phone)
    assert [line.given for line in history(session, phone)] == ["opt_out"]


def test_stop_suppresses_what_waits_for_that_phone_and_empties_it(session: Session) -> None:
    phone, other = phone_of(session, PHONE), phone_of(session, OTHER)
    waiting, check_in, others = text_to(session, phone), text_to(session, phone, kind="check_in"), text_to(session, other)
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    session.expire_all()
    for text in (waiting, check_in):
        assert (text.state, text.body, text.error, text.settled_at) == ("suppressed", "", "opted_out", NOW)
    assert (others.state, others.body) == ("due", "Pantry of hope, 405-555-0190")


def test_a_text_that_becomes_due_again_after_stop_is_suppressed_by_the_next_stop(session: Session) -> None:
    phone = phone_of(session, PHONE)
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    late = text_to(session, phone)
    assert not opt_out(session, SEALER, PHONE, "carrier", None, NOW)
    assert late.state == "suppressed"


@pytest.mark.parametrize("state", ["sending", "unknown", "sent", "delivered", "failed"])
def test_what_the_carrier_has_is_past_recall(session: Session, state: str) -> None:
    text = text_to(session, phone_of(session, PHONE), state)
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    assert text.state == state


def test_the_answer_to_a_crisis_still_goes_and_no_other_notice(session: Session) -> None:
    phone = phone_of(session, PHONE)
    notice, crisis = text_to(session, phone, kind="notice"), text_to(session, phone, kind="crisis")
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    session.expire_all()
    assert (notice.state, crisis.state) == ("suppressed", "due")


def test_it_is_known_since_when_a_number_wants_no_texts(session: Session) -> None:
    assert opted_out_at(session, SEALER, PHONE) is None
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    assert opted_out_at(session, SEALER, PHONE) == NOW


@pytest.mark.parametrize(("how", "source"), [("keyword", "text"), ("phrase", "text"), ("carrier", "carrier")])
def test_the_record_says_how_it_was_taken_back_in_the_phones_language(session: Session, how: str, source: str) -> None:
    phone = phone_of(session, PHONE)
    opt_out(session, SEALER, PHONE, how, None, NOW)  # type: ignore[arg-type]
    [line] = history(session, phone)
    assert (line.given, line.wording, line.source, line.language, line.site, line.at) == (
        "opt_out",
        how,
        source,
        "es",
        "tulsa",
        NOW,
    )


def test_the_record_holds_the_exact_words_agreed_to(session: Session) -> None:
    phone = phone_of(session, PHONE)
    assert not opt_in(session, SEALER, phone, WORDING, "web", "en", NOW)
    [line] = history(session, phone)
    assert (line.given, line.wording, line.source, line.language, line.site, line.at) == (
        "opt_in",
        WORDING,
        "web",
        "en",
        "tulsa",
        NOW,
    )


def test_start_after_stop_brings_texts_back_and_the_record_tells_both_in_order(session: Session) -> None:
    phone = phone_of(session, PHONE)
    opt_in(session, SEALER, phone, WORDING, "text", "es", NOW)
    opt_out(session, SEALER, PHONE, "keyword", "es", NOW + timedelta(days=1), phone)
    assert opt_in(session, SEALER, phone, "START", "text", "es", NOW + timedelta(days=2))
    assert not is_opted_out(session, SEALER, PHONE)
    assert [line.given for line in history(session, phone)] == ["opt_in", "opt_out", "opt_in"]


def test_a_stop_is_found_after_the_secret_was_changed_and_start_lifts_it(session: Session) -> None:
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    changed = Sealer(["a newer secret of the tests, longer", "a secret of the tests, long enough"])
    assert is_opted_out(session, changed, PHONE)
    assert not opt_out(session, changed, PHONE, "keyword", None, NOW)
    assert opt_in(session, changed, phone_of(session, PHONE, changed), "START", "text", "es", NOW)
    assert not is_opted_out(session, changed, PHONE)


def test_a_phone_sealed_with_the_old_secret_still_has_its_texts_suppressed(session: Session) -> None:
    text = text_to(session, phone_of(session, PHONE))
    changed = Sealer(["a newer secret of the tests, longer", "a secret of the tests, long enough"])
    assert opt_out(session, changed, PHONE, "keyword", None, NOW)
    assert text.state == "suppressed"


def test_a_stop_outlives_the_phone_and_its_record_and_shows_no_number(session: Session) -> None:
    phone = phone_of(session, PHONE)
    opt_out(session, SEALER, PHONE, "keyword", None, NOW)
    session.execute(delete(FamilyPhone).where(FamilyPhone.id == phone.id))
    session.commit()
    assert is_opted_out(session, SEALER, PHONE)
    assert session.scalar(select(func.count()).select_from(Consent)) == 0
    [row] = session.scalars(select(OptOut))
    assert "4055550143" not in f"{row.digest}{row.key_id}"


def test_a_stop_at_one_site_holds_at_every_site(session: Session) -> None:
    phone = phone_of(session, PHONE, site="tulsa")
    opt_out(session, SEALER, PHONE, "keyword", None, NOW, phone)
    phone.site = "norman"
    session.flush()
    assert is_opted_out(session, SEALER, PHONE)


def test_two_stops_at_once_on_two_processes_are_one(directory_engine: Engine) -> None:
    if directory_engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with Session(directory_engine) as first, Session(directory_engine) as second:
        assert not is_opted_out(second, SEALER, PHONE)
        assert opt_out(first, SEALER, PHONE, "keyword", None, NOW)
        first.commit()
        assert not opt_out(second, SEALER, PHONE, "keyword", None, NOW)
        second.commit()
