"""Accounts and passwords of the people who work with families."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.models.staff_member import StaffMember, StaffSession
from resources_db.people import staff
from resources_db.people.staff import StaffRefused

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
GOOD = "four purple words here"


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost little to check."""
    monkeypatch.setattr(staff, "_COST", 2**4)
    staff._nobodys.cache_clear()


def member(session: Session, email: str = "ana@center.example.org") -> StaffMember:
    return staff.add_member(session, email=email, name="Ana", roles=["partner"], site=None, now=NOW)


def test_a_password_costs_a_guesser_what_owasp_advises() -> None:
    kind, cost, block, parallel, salt, digest = staff.hash_password(GOOD).split("$")
    assert kind == "scrypt"
    assert int(cost) * int(block) * int(parallel) >= 2**15 * 8 * 3
    assert len(salt) >= 22
    assert len(digest) >= 43
    assert staff.is_password(f"scrypt${cost}${block}${parallel}${salt}${digest}", GOOD, NOW)


@pytest.mark.usefixtures("cheap")
def test_the_same_password_is_kept_differently_each_time_and_told_from_others() -> None:
    one, other = staff.hash_password(GOOD), staff.hash_password(GOOD)
    assert one != other
    assert GOOD not in one
    assert staff.is_password(one, GOOD, NOW)
    assert not staff.is_password(one, GOOD + " ", NOW)
    assert not staff.is_password(None, GOOD, NOW)
    assert not staff.is_password(None, "", NOW)


@pytest.mark.usefixtures("cheap")
def test_a_one_time_password_is_good_for_a_week_and_then_replaced(directory_engine: Engine) -> None:
    with Session(directory_engine) as session:
        ana = member(session)
        assert not staff.is_password(ana.password_hash, "", NOW)
        once = staff.give_one_time_password(session, ana, NOW)
        assert staff.as_member(ana).new_password
        assert staff.is_password(ana.password_hash, once, NOW + timedelta(days=6))
        assert not staff.is_password(ana.password_hash, once, NOW + timedelta(days=8))
        staff.set_password(session, ana, GOOD)
        assert not staff.as_member(ana).new_password
        assert not staff.is_password(ana.password_hash, once, NOW)


@pytest.mark.usefixtures("cheap")
def test_being_signed_in_lasts_half_a_day_while_the_account_is_active(directory_engine: Engine) -> None:
    with Session(directory_engine) as session:
        ana = member(session)
        token = staff.sign_in(session, ana.id, NOW)
        assert session.scalars(select(StaffSession.digest)).one() != token
        found = staff.member_of(session, token, NOW + timedelta(hours=11, minutes=59))
        assert found is not None
        assert found.email == "ana@center.example.org"
        assert staff.member_of(session, token, NOW + timedelta(hours=12)) is None
        assert staff.member_of(session, token + "x", NOW) is None
        ana.active = False
        session.flush()
        assert staff.member_of(session, token, NOW) is None
        ana.active = True
        session.flush()
        staff.sign_out(session, token)
        assert staff.member_of(session, token, NOW) is None


@pytest.mark.usefixtures("cheap")
def test_a_new_password_signs_out_and_old_sessions_do_not_pile_up(directory_engine: Engine) -> None:
    with Session(directory_engine) as session:
        ana = member(session)
        token = staff.sign_in(session, ana.id, NOW)
        staff.set_password(session, ana, GOOD)
        assert staff.member_of(session, token, NOW) is None
        staff.sign_in(session, ana.id, NOW)
        staff.sign_in(session, ana.id, NOW + timedelta(days=1))
        assert len(session.scalars(select(StaffSession)).all()) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "ana"}, "e-mail address"),
        ({"email": "ana@x"}, "e-mail address"),
        ({"email": "a b@c.org"}, "e-mail address"),
        ({"email": "a@b.org\nBcc: c@d.org"}, "e-mail address"),
        ({"email": " ANA@Center.Example.org"}, "already"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "80"),
        ({"roles": []}, "roles"),
        ({"roles": ["root"]}, "roles"),
        ({"site": "nowhere"}, "homeward sites"),
    ],
)
def test_an_account_that_cannot_be_says_what_to_do(directory_engine: Engine, change: dict[str, object], said: str) -> None:
    with Session(directory_engine) as session:
        member(session)
        good = {"email": "bea@center.example.org", "name": "Bea", "roles": ["staff"], "site": None}
        with pytest.raises(StaffRefused, match=said):
            staff.add_member(session, **{**good, **change}, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "aaaaaaaaaaaaaaaaa", "ana@center.example.org", "center-center-12"])
def test_a_password_that_is_easy_to_guess_is_not_taken(password: str) -> None:
    with pytest.raises(StaffRefused):
        staff.check_new_password(password, "ana@center.example.org", "Ana")


@pytest.mark.parametrize("password", [GOOD, "contraseña de mi abuela", "9fK!w2_zQ0pL"])
def test_words_make_a_good_password(password: str) -> None:
    staff.check_new_password(password, "ana@center.example.org", "Ana")
