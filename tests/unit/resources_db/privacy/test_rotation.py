"""A new secret: numbers are sealed anew, and nobody who said stop is forgotten."""

from __future__ import annotations

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.models import FamilyPhone, OptOut
from resources_db.phones import find_phone
from resources_db.sealing import Sealer, reseal, under_older_keys
from tests.unit.resources_db.privacy.families import NOW, add_phone

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
        assert under_older_keys(session, BETWEEN) == {"family_phone": 2, "opt_out": 0}
        assert reseal(session, BETWEEN, 1) == 1
        assert find_phone(session, BETWEEN, MARIA)
        assert find_phone(session, BETWEEN, ANNA)
        assert reseal(session, BETWEEN, 100) == 1
        assert reseal(session, BETWEEN, 100) == 0
    with session_scope(directory_engine) as session:
        assert under_older_keys(session, AFTER) == {"family_phone": 0, "opt_out": 0}
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
        assert under_older_keys(session, BETWEEN) == {"family_phone": 0, "opt_out": 1}
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
