"""A new secret: numbers are sealed anew, and nobody who said stop is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db import conversations
from resources_db.database import session_scope
from resources_db.models import Base, CheckInPlan, FamilyPhone, Invite, OptOut, OutgoingEmail, RecordEntry, Share, WhatIfPart
from resources_db.phones import find_phone
from resources_db.sealing import SEALED, Sealer, WrongKey, reseal, under_older_keys
from tests.unit.resources_db.privacy.families import NOW, add_a_year, add_phone

OLD, NEW = "the old secret of this installation, 40 signs", "the new secret of this installation, 40 signs"
BEFORE, BETWEEN, AFTER = Sealer([OLD]), Sealer([NEW, OLD]), Sealer([NEW])
MARIA, ANNA = "+19165550142", "+13125550178"


def opt_out(session: Session, number: str) -> None:
    session.add(OptOut(digest=BEFORE.digest(number), key_id=BEFORE.key_id, at=NOW))


def test_phones_are_sealed_anew_and_then_need_the_old_key_no_more(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        for number in (MARIA, ANNA):
            add_phone(session, number, sealer=BEFORE)
    with session_scope(directory_engine) as session:
        assert under_older_keys(session, BETWEEN) == {"family_phone": 2}
        assert reseal(session, BETWEEN, 1) == 1
        assert find_phone(session, BETWEEN, MARIA)
        assert find_phone(session, BETWEEN, ANNA)
        assert reseal(session, BETWEEN, 100) == 1
        assert reseal(session, BETWEEN, 100) == 0
    with session_scope(directory_engine) as session:
        assert under_older_keys(session, AFTER) == {}
        found = find_phone(session, AFTER, MARIA)
        assert found
        assert AFTER.open(found.sealed) == MARIA


def test_who_said_stop_is_found_with_the_new_key_where_the_number_is_at_hand(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        add_phone(session, MARIA, sealer=BEFORE)
        opt_out(session, MARIA)
        opt_out(session, ANNA)
    with session_scope(directory_engine) as session:
        reseal(session, BETWEEN, 100)
        session.flush()
        assert session.get(OptOut, AFTER.digest(MARIA))
        assert under_older_keys(session, BETWEEN) == {"opt_out": 1}
        assert session.scalar(select(OptOut).where(OptOut.digest.in_(BETWEEN.digests(ANNA))))


def test_a_number_that_said_stop_again_with_the_new_key_is_kept_once(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        add_phone(session, MARIA, sealer=BEFORE)
        opt_out(session, MARIA)
        session.add(OptOut(digest=BETWEEN.digest(MARIA), key_id=BETWEEN.key_id, at=NOW))
    with session_scope(directory_engine) as session:
        assert reseal(session, BETWEEN, 100) == 1
        assert session.get(OptOut, AFTER.digest(MARIA))
        assert session.scalars(select(FamilyPhone)).one().key_id == AFTER.key_id


def test_families_own_words_are_sealed_anew_too_and_what_is_emptied_needs_no_key(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        thread, _ = conversations.start_conversation(session, language="en", now=NOW, lifetime=timedelta(days=1))
        add_a_year(session, thread.id, MARIA, sealer=BEFORE)
        invite = {"label": "poster", "created_at": NOW, "expires_at": NOW, "most_uses": 1}
        session.add(Invite(id="i", digest=BEFORE.digest("HW-7KQ2MX"), key_id=BEFORE.key_id, **invite))
    with session_scope(directory_engine) as session:
        session.scalars(select(OutgoingEmail)).one().sealed = ""
        session.flush()
        kept = {"check_in_plan": 1, "share": 1, "record_entry": 1, "what_if_part": 1}
        assert under_older_keys(session, BETWEEN) == {**kept, "invite": 1}
        assert reseal(session, BETWEEN, 100) == 4
        assert reseal(session, BETWEEN, 100) == 0
    with session_scope(directory_engine) as session:
        assert under_older_keys(session, AFTER) == {"invite": 1}  # it expires
        words = [select(column) for column in (RecordEntry.note_sealed, WhatIfPart.text_sealed, Share.sealed)]
        assert [AFTER.open(session.scalars(word).one() or "") for word in words] == [MARIA] * 3
        assert AFTER.open(session.scalars(select(CheckInPlan.safe_word_sealed)).one() or "") == "marigold"


def test_a_number_that_was_sealed_before_keys_were_named_is_still_opened() -> None:
    sealed = BEFORE.seal(MARIA)
    assert BEFORE.open(sealed.rpartition(":")[2]) == MARIA
    with pytest.raises(WrongKey, match="HOMEWARD_OLD_SECRET_KEYS"):
        AFTER.open(sealed)


def test_no_column_with_something_sealed_is_forgotten_when_the_key_changes() -> None:
    columns = {column for table in Base.metadata.tables.values() for column in table.columns if "sealed" in column.name}
    assert columns - {FamilyPhone.__table__.c.sealed} <= {column.property.columns[0] for column in SEALED}
