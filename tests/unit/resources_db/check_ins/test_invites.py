"""Invite codes: made, found in what people write, and used up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from resources_db.check_ins import invites
from resources_db.models.invite import Invite
from resources_db.sealing import Sealer

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
SEALER = Sealer(["a key of these tests, long enough to be one"])
CODE = "HW-7KQ2MX"


def made(session: Session, *, days: int = 30, most_uses: int = 2, sealer: Sealer = SEALER) -> str:
    return invites.make(session, sealer, label="poster", site="oak", made_by=None, days=days, most_uses=most_uses, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "HW-7KQ2MX", "hw-7kq2mx", "HW7KQ2MX", "hw 7kq 2mx", "my code is HW-7KQ2MX!", "Hola, tengo el código hw–7kq2mx.",
        "(Hw-7Kq2Mx)", "h w 7 k q 2 m x", "HW-7KQ-2MX thanks", "code:HW-7KQ2MX", "HW- 7KQ2MX\nthe card",
    ],
)  # fmt: skip
def test_a_code_is_found_however_it_is_written(text: str) -> None:
    assert invites.code_in(text) == CODE


@pytest.mark.parametrize(
    "text",
    [
        "", "HW", "HW-7KQ2M", "HW-7KQ2MXZ", "SHW-7KQ2MX", "7KQ2MX", "how much is it", "HW-7KQ2MA", "HW-AEIOU1",
        "hwy 99 near 95814", "we need help with food", "HW-7KQ2MX4", "HW-７KQ2MX",
    ],
)  # fmt: skip
def test_what_is_no_code_is_none(text: str) -> None:
    assert invites.code_in(text) is None


@given(st.text(invites.SIGNS, min_size=6, max_size=6), st.text("abc, .!\n", max_size=5), st.booleans())
def test_every_code_is_found_among_words(signs: str, before: str, small: bool) -> None:
    code = f"HW-{signs}"
    assert invites.code_in(f"{before} {code.lower() if small else code}") == code


def test_a_code_is_kept_as_a_digest_and_found_again(directory_engine: Engine) -> None:
    with Session(directory_engine) as session:
        code = made(session)
        session.expire_all()
        invite = invites.find(session, SEALER, f"hi! {code.lower()}", NOW)
        assert invite is not None
        assert (invite.label, invite.site, invite.uses) == ("poster", "oak", 0)
        kept = "".join(str(value) for value in vars(session.get_one(Invite, invite.id)).values())
        assert code[3:] not in kept
        assert invites.find(session, SEALER, CODE if code != CODE else "HW-222222", NOW) is None
        assert invites.find(session, SEALER, "no code here", NOW) is None


def test_a_code_made_under_an_older_key_is_still_good(directory_engine: Engine) -> None:
    older = Sealer(["another key of these tests, long enough"])
    both = Sealer(["a key of these tests, long enough to be one", "another key of these tests, long enough"])
    with Session(directory_engine) as session:
        assert invites.find(session, both, made(session, sealer=older), NOW) is not None


def test_a_code_ends_with_its_days_and_with_its_uses(directory_engine: Engine) -> None:
    with Session(directory_engine) as session:
        code = made(session, days=3, most_uses=2)
        assert invites.find(session, SEALER, code, NOW + timedelta(days=3)) is None
        invite = invites.find(session, SEALER, code, NOW + timedelta(days=3, seconds=-1))
        assert invite is not None
        assert [invites.use(session, invite) for _ in range(3)] == [True, True, False]
        assert invite.uses == 2
        assert invites.find(session, SEALER, code, NOW) is None


def test_codes_differ(directory_engine: Engine) -> None:
    with Session(directory_engine) as session:
        assert len({made(session) for _ in range(50)}) == 50
