"""Who gets into the portal, and for how long."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.models.staff_member import StaffMember, StaffSession
from resources_db.people.staff import give_one_time_password
from tests.databases import SqliteDatabases
from tests.web.center import PASSWORD, Center, Desk, address, center, desk, gateway, now
from tests.web.rasa_stand_in import Gateway, Gateways

__all__ = ["center", "desk", "gateway"]


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


async def test_nothing_is_shown_to_whoever_is_not_signed_in(desk: Desk, center: Center) -> None:
    for path in (
        "/staff/",
        "/staff/people",
        "/staff/invites",
        "/staff/program",
        "/staff/program.csv",
        f"/staff/tasks/{'0' * 36}",
    ):
        await desk.get(path)
        assert (desk.status, desk.response.headers["Location"]) == (303, "/staff/sign-in"), path
    await desk.get("/staff")
    assert desk.status == 303


async def test_somebody_signs_in_and_out(desk: Desk, center: Center) -> None:
    center.person("Ana", ["partner"])
    assert await desk.sign_in("Ana") == 303
    assert "Nobody is waiting for you right now" in desk.page
    assert "You are Ana" in desk.page
    kept = desk.cookies["homeward_staff"]
    with Session(center.engine) as session:
        assert kept not in str(session.scalars(select(StaffSession.digest)).all())
    await desk.post("/staff/sign-out")
    assert "homeward_staff" not in desk.cookies
    desk.cookies["homeward_staff"] = kept
    await desk.get("/staff/")
    assert desk.status == 303, "the cookie itself is over, not only its copy in the browser"


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(desk: Desk, center: Center, gateways: Gateways) -> None:
    center.person("Ana", ["partner"])
    secure = Desk(await gateways(HOMEWARD_PUBLIC_URL="https://localhost"))
    for browser, is_secure in ((desk, False), (secure, True)):
        await browser.get("/staff/sign-in")
        await browser.post("/staff/sign-in", email=address("Ana"), password=PASSWORD)
        morsel = browser.response.cookies["homeward_staff"]
        assert morsel["httponly"]
        assert morsel["samesite"] == "Strict"
        assert morsel["path"] == "/staff"
        assert int(morsel["max-age"]) == 12 * 3600
        assert bool(morsel["secure"]) == is_secure


async def test_pages_are_kept_nowhere_and_run_nothing(desk: Desk, center: Center) -> None:
    center.person("Ana", ["admin"])
    await desk.sign_in("Ana")
    for path in ("/staff/", "/staff/people", "/staff/people/new", "/staff/invites", "/staff/program", "/staff/password"):
        page = await desk.get(path)
        assert desk.response.headers["Cache-Control"] == "no-store"
        policy = desk.response.headers["Content-Security-Policy"]
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not any(sign in page for sign in ("<script", " style=", " onclick", "javascript:"))


async def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(desk: Desk, center: Center) -> None:
    center.person("Ana", ["partner"])
    gone = center.person("Bea", ["partner"])
    center.deactivate(gone)
    answers = set()
    for name, password in (("Ana", "wrong words here too"), ("Nobody", PASSWORD), ("Bea", PASSWORD)):
        assert await desk.sign_in(name, password) == 401
        answers.add(re.sub(r'value="[^"]*"', "", desk.page))
        assert "do not go together" in desk.page
    assert len(answers) == 1


async def test_guessing_gets_slow_for_the_account_and_says_so_in_words(desk: Desk, center: Center) -> None:
    center.person("Ana", ["partner"])
    statuses = [await desk.sign_in("Ana", f"guess number {number}") for number in range(9)]
    assert statuses == [401] * 8 + [429]
    assert "Too many tries. Please wait" in desk.page
    assert int(desk.response.headers["Retry-After"]) > 0
    assert await desk.sign_in("Ana") == 429, "the right password does not tell that it is right"
    center.person("Bea", ["partner"])
    assert await desk.sign_in("Bea") == 303, "others at the same address come in"


async def test_a_form_without_its_proof_changes_nothing(desk: Desk, center: Center, gateway: Gateway) -> None:
    center.person("Ana", ["admin"])
    await desk.get("/staff/sign-in")
    for proof in ("", "0" * 64):
        await desk.post("/staff/sign-in", proof=proof, email=address("Ana"), password=PASSWORD)
        assert desk.status == 403
    await desk.sign_in("Ana")
    other = Desk(gateway)
    await other.sign_in("Ana")
    theirs = other.page.split('name="proof" value="')[1][:64]
    for path in ("/staff/invites", "/staff/people/new", "/staff/sign-out", "/staff/password"):
        for proof in ("", "0" * 64, theirs):
            page = await desk.post(path, proof=proof, label="x", days="9", most_uses="9")
            assert desk.status == 403, path
            assert "Nothing was changed" in page
    async with gateway.client.post(
        "/staff/invites", json={"label": "x"}, headers={"Cookie": f"homeward_staff={desk.cookies['homeward_staff']}"}
    ) as response:
        assert response.status == 403


async def test_a_one_time_password_must_be_changed_before_anything_else(desk: Desk, center: Center, gateway: Gateway) -> None:
    ana = center.person("Ana", ["admin"])
    with session_scope(center.engine) as session:
        once = give_one_time_password(session, session.get_one(StaffMember, ana), now())
    assert await desk.sign_in("Ana", once) == 303
    assert "Choose your password" in desk.page
    await desk.get("/staff/people")
    assert desk.response.headers["Location"] == "/staff/password"
    for new, again, problem in (
        ("short", "short", "at least 12"),
        ("ana@center.example.org", "ana@center.example.org", "easy to guess"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "easy to guess"),
        ("my own good words", "my other good words", "not the same"),
    ):
        page = await desk.post("/staff/password", new=new, again=again)
        assert (desk.status, problem in page) == (400, True), page
    await desk.post("/staff/password", new="my own good words", again="my own good words")
    assert desk.response.headers["Location"] == "/staff/?done=password"
    assert "Your password is changed" in await desk.get("/staff/?done=password")
    fresh = Desk(gateway)
    assert await fresh.sign_in("Ana", once) == 401
    assert await fresh.sign_in("Ana", "my own good words") == 303


async def test_a_one_time_password_is_good_for_a_week(desk: Desk, center: Center) -> None:
    ana = center.person("Ana", ["admin"])
    with session_scope(center.engine) as session:
        once = give_one_time_password(session, session.get_one(StaffMember, ana), now() - timedelta(days=7, minutes=1))
    assert await desk.sign_in("Ana", once) == 401


async def test_a_changed_password_signs_out_everywhere_else_and_needs_the_old_one(
    desk: Desk, center: Center, gateway: Gateway
) -> None:
    center.person("Ana", ["partner"])
    elsewhere = Desk(gateway)
    await elsewhere.sign_in("Ana")
    await desk.sign_in("Ana")
    await desk.get("/staff/password")
    page = await desk.post("/staff/password", password="not the one", new="my own good words", again="my own good words")
    assert "not your password of now" in page
    await desk.post("/staff/password", password=PASSWORD, new="my own good words", again="my own good words")
    assert desk.status == 303
    await desk.get("/staff/")
    assert desk.status == 200
    await elsewhere.get("/staff/")
    assert elsewhere.status == 303


async def test_being_signed_in_ends_after_twelve_hours_and_at_once_when_deactivated(desk: Desk, center: Center) -> None:
    ana = center.person("Ana", ["partner"])
    await desk.sign_in("Ana")
    with session_scope(center.engine) as session:
        session.execute(update(StaffSession).values(expires_at=now()))
    await desk.get("/staff/")
    assert desk.status == 303
    await desk.sign_in("Ana")
    center.deactivate(ana)
    await desk.get("/staff/")
    assert desk.status == 303


async def test_logs_hold_no_address_and_no_password(desk: Desk, center: Center, caplog: pytest.LogCaptureFixture) -> None:
    center.person("Ana", ["partner"])
    with caplog.at_level(logging.DEBUG):
        await desk.sign_in("Ana", "a wrong password")
        await desk.sign_in("Ana")
    for planted in (address("Ana"), "a wrong password", PASSWORD, desk.cookies["homeward_staff"]):
        assert planted not in caplog.text
