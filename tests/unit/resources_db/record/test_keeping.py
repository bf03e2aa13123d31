"""What a family keeps for itself: sealed, its own, in all threads of its phone, and gone when it says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from resources_db.models.family_phone import FamilyPhone
from resources_db.models.family_record import RecordEntry, WhatIfPart
from resources_db.models.ticket import Ticket
from resources_db.record import entries, what_if
from resources_db.record.links import LIFETIME, make_link, opened_by
from resources_db.record.threads import kept_until
from resources_db.sealing import Sealer
from tests.unit.resources_db.record.conftest import NOW, ZONE, thread

SEALER = Sealer(["a key of these tests, long enough to be one"])
DAY = date(2026, 11, 21)


def phone(session: Session) -> str:
    row = FamilyPhone(
        id="phone", digest="d", sealed="s", key_id="k", language="en", our_number="+19165550100", created_at=NOW, seen_at=NOW,
        last_position=0,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def test_an_entry_is_kept_sealed_with_its_day(session: Session) -> None:
    entries.add(session, SEALER, "family", "class", DAY, "parenting class", NOW)
    (entry,) = entries.entries_of(session, SEALER, "family")
    assert (entry.kind, entry.on_date, entry.note) == ("class", DAY, "parenting class")
    sealed = session.scalar(select(RecordEntry.note_sealed))
    assert sealed
    assert "parenting" not in sealed


def test_the_same_on_the_same_day_is_one_entry(session: Session) -> None:
    first = entries.add(session, SEALER, "family", "class", DAY, None, NOW)
    assert entries.add(session, SEALER, "family", "class", DAY, None, NOW) == first
    entries.add(session, SEALER, "family", "class", DAY - timedelta(1), None, NOW)
    assert len(entries.entries_of(session, SEALER, "family")) == 2


def test_the_newest_of_a_kind_can_be_taken_off(session: Session) -> None:
    entries.add(session, SEALER, "family", "class", DAY, None, NOW)
    entries.add(session, SEALER, "family", "visit", DAY, None, NOW + timedelta(minutes=1))
    newest = entries.newest_of(session, SEALER, "family", "class")
    assert newest
    assert newest.kind == "class"
    entries.take_off(session, "family", newest.id)
    assert [entry.kind for entry in entries.entries_of(session, SEALER, "family")] == ["visit"]
    assert entries.entry_of(session, SEALER, "family", newest.id) is None


def test_another_family_sees_and_takes_off_nothing(session: Session) -> None:
    stranger = thread(session, "stranger")
    mine = entries.add(session, SEALER, "family", "visit", DAY, None, NOW)
    what_if.write(session, SEALER, "family", "crisis", "my sister", NOW)
    assert entries.entries_of(session, SEALER, stranger) == []
    assert what_if.parts_of(session, SEALER, stranger) == {}
    entries.take_off(session, stranger, mine.id)
    what_if.delete(session, stranger)
    assert entries.entry_of(session, SEALER, "family", mine.id) == mine
    assert what_if.has_plan(session, "family", "crisis")


def test_all_threads_of_a_phone_are_the_same_family(session: Session) -> None:
    its_phone = phone(session)
    before, after = thread(session, "before", its_phone, days=3), thread(session, "after", its_phone, days=30)
    entries.add(session, SEALER, before, "visit", DAY, None, NOW)
    what_if.write(session, SEALER, before, "relapse", "old words", NOW)
    what_if.write(session, SEALER, after, "relapse", "new words", NOW + timedelta(days=1))
    assert [entry.kind for entry in entries.entries_of(session, SEALER, after)] == ["visit"]
    assert what_if.parts_of(session, SEALER, before) == {"relapse": "new words"}
    what_if.delete(session, after)
    assert not what_if.has_plan(session, before, "relapse")


def test_a_family_is_told_when_the_first_of_it_is_erased(session: Session) -> None:
    its_phone = phone(session)
    before, after = thread(session, "before", its_phone, days=3), thread(session, "after", its_phone, days=30)
    assert kept_until(session, after, RecordEntry) == NOW + timedelta(days=30)
    entries.add(session, SEALER, before, "visit", DAY, None, NOW)
    assert kept_until(session, after, RecordEntry) == NOW + timedelta(days=3)
    assert kept_until(session, "nobody", RecordEntry) is None


def test_a_part_of_the_plan_is_kept_word_for_word_and_sealed(session: Session) -> None:
    words = "Llamo a mi hermana. Si no contesta, voy a la junta de las 7."
    what_if.write(session, SEALER, "family", "relapse", "first", NOW)
    what_if.write(session, SEALER, "family", "relapse", words, NOW)
    what_if.write(session, SEALER, "family", "crisis", "my mom's", NOW)
    assert what_if.parts_of(session, SEALER, "family") == {"relapse": words, "crisis": "my mom's"}
    assert all("hermana" not in sealed and "mom" not in sealed for sealed in session.scalars(select(WhatIfPart.text_sealed)))


def test_one_part_can_be_deleted_and_then_the_whole_plan(session: Session) -> None:
    for part in what_if.PARTS:
        what_if.write(session, SEALER, "family", part, part, NOW)
    what_if.delete(session, "family", "childcare")
    assert list(what_if.parts_of(session, SEALER, "family")) == ["relapse", "crisis"]
    what_if.delete(session, "family")
    assert not any(what_if.has_plan(session, "family", part) for part in what_if.PARTS)


def test_all_of_it_goes_with_the_thread(session: Session) -> None:
    entries.add(session, SEALER, "family", "class", DAY, None, NOW)
    what_if.write(session, SEALER, "family", "crisis", "my sister", NOW)
    make_link(session, SEALER, "family", "en", ZONE, NOW)
    session.flush()
    session.execute(text("DELETE FROM conversation WHERE id = 'family'"))
    assert [session.scalars(select(table)).all() for table in (RecordEntry, WhatIfPart, Ticket)] == [[], [], []]


def test_a_link_opens_one_familys_record_for_half_an_hour_as_often_as_it_likes(session: Session) -> None:
    code = make_link(session, SEALER, "family", "es", ZONE, NOW)
    session.flush()
    for minutes in (0, 1, 29):
        opened = opened_by(session, SEALER, code, NOW + timedelta(minutes=minutes))
        assert opened
        assert (opened.conversation_id, opened.language, opened.time_zone) == ("family", "es", ZONE)
    assert opened_by(session, SEALER, code, NOW + LIFETIME) is None


def test_the_code_of_a_link_is_not_in_the_database(session: Session) -> None:
    code = make_link(session, SEALER, "family", "en", ZONE, NOW)
    session.flush()
    ticket = session.scalars(select(Ticket)).one()
    assert code not in (ticket.digest, str(ticket.content))
    assert ticket.kind == "record"


@pytest.mark.parametrize("code", ["", "a", "abcdefghijkmnpqr", "' or 1=1 --", "a" * 16, "A" * 16])
def test_what_was_never_handed_out_opens_nothing(session: Session, code: str) -> None:
    make_link(session, SEALER, "family", "en", ZONE, NOW)
    session.flush()
    assert opened_by(session, SEALER, code, NOW) is None


def test_a_link_to_a_card_opens_no_record(session: Session) -> None:
    code = "abcdefghijkmnpqr"
    session.add(
        Ticket(digest=SEALER.digest(code, "card"), kind="card", conversation_id="family", content={}, created_at=NOW,
               expires_at=NOW + timedelta(days=1))
    )  # fmt: skip
    session.flush()
    assert opened_by(session, SEALER, code, NOW) is None
