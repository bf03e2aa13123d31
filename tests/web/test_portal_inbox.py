"""What staff and partners see of families, and what they do about it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.models.call_request import CallRequest
from resources_db.models.metadata import MetadataEntry
from resources_db.models.referral import Referral, ReferralEvent
from resources_db.models.service_at_location import ServiceAtLocation
from resources_db.models.share import ShareLook
from resources_db.models.staff_task import StaffTask
from resources_db.models.verification import Verification
from resources_db.referrals import ledger
from resources_db.search import matches_by_id
from tests.databases import SqliteDatabases
from tests.web.center import NUMBER, PASSWORD, WORDS, Center, Desk, address, center, desk, gateway, now
from tests.web.rasa_stand_in import Gateway

__all__ = ["center", "desk", "gateway"]

READABLE = "(916) 555-0177"


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


def looks(center: Center) -> int:
    with Session(center.engine) as session:
        return session.scalar(select(func.count()).select_from(ShareLook)) or 0


def lines(page: str) -> list[str]:
    """The paths of the list, in its order."""
    return re.findall(r'<li class="\w+"><a href="(/staff/(?:tasks|calls)/[^"]+)"', page)


async def test_the_list_names_no_family_and_the_oldest_promise_comes_first(desk: Desk, center: Center) -> None:
    ana = center.person("Ana", ["partner", "staff"])
    listing = center.listing()
    request, late = center.request(listing), center.call(ana, number="+19165550178", late=True)
    check, call = center.doubt(listing), center.call(ana, number="+19165550179")
    await desk.sign_in("Ana")
    page = desk.page
    assert lines(page) == [f"/staff/calls/{late}", f"/staff/calls/{call}", f"/staff/tasks/{check}", f"/staff/tasks/{request}"]
    assert page.count("Late") == 1
    assert "Crib Closet · Diapers, clothes, beds" in page
    assert not any(word in page for word in ("Marisol", "555"))


async def test_what_a_family_shared_opens_by_a_button_and_leaves_a_line(desk: Desk, center: Center) -> None:
    call = center.call(center.person("Ana", ["partner"]))
    await desk.sign_in("Ana")
    page = await desk.get(f"/staff/calls/{call}")
    assert "Opening this is written down" in page
    assert (WORDS in page, looks(center)) == (False, 0)
    page = await desk.post(f"/staff/calls/{call}/open")
    assert WORDS in page
    assert f'href="tel:{NUMBER}">{READABLE}<' in page
    assert looks(center) == 1


async def test_nobody_opens_what_was_shared_with_somebody_else(desk: Desk, center: Center) -> None:
    """Not another partner, not an admin, not the same person at another address."""
    bea = center.person("Bea", ["partner"])
    call = center.call(bea, site=None)
    center.person("Ana", ["partner", "admin", "staff"])
    await desk.sign_in("Ana")
    assert call not in desk.page
    for path in (f"/staff/calls/{call}", f"/staff/tasks/{call}", "/staff/calls/1", "/staff/tasks/%00", "/staff/calls/' OR 1=1"):
        page = await desk.get(path)
        assert desk.status == 404, path
        assert WORDS not in page
    for act in ("open", "done"):
        page = await desk.post(f"/staff/calls/{call}/{act}", outcome="reached")
        assert desk.status == 404
    with Session(center.engine) as session:
        assert session.get_one(CallRequest, call).state == "promised"
    assert looks(center) == 0


async def test_a_member_of_a_site_sees_only_its_families(desk: Desk, center: Center, gateway: Gateway) -> None:
    oak, elm = center.site("oak"), center.site("elm")
    center.person("Ana", ["staff"], oak)
    center.person("Root", ["staff"])
    listing = center.listing()
    ours = center.request(listing, oak)
    theirs, nobodys = center.request(listing, elm, "+19165550178"), center.request(listing, None, "+19165550179")
    check = center.doubt(listing)
    await desk.sign_in("Ana")
    assert set(lines(desk.page)) == {f"/staff/tasks/{ours}", f"/staff/tasks/{check}"}, "listings are everybody's"
    for task in (theirs, nobodys):
        await desk.get(f"/staff/tasks/{task}")
        assert desk.status == 404
        await desk.post(f"/staff/tasks/{task}/open")
        assert desk.status == 404
    assert looks(center) == 0
    await desk.post(f"/staff/tasks/{ours}/open")
    assert (desk.status, looks(center)) == (200, 1)
    root = Desk(gateway)
    await root.sign_in("Root")
    assert len(lines(root.page)) == 4


async def test_a_partner_has_no_inbox_of_the_center(desk: Desk, center: Center) -> None:
    center.person("Ana", ["partner"])
    request = center.request(center.listing())
    await desk.sign_in("Ana")
    assert lines(desk.page) == []
    for path in (
        f"/staff/tasks/{request}",
        "/staff/people",
        "/staff/people/new",
        "/staff/invites",
        "/staff/program",
        "/staff/program.csv",
    ):
        await desk.get(path)
        assert desk.status == 404, path


async def test_what_is_taken_back_is_only_that(desk: Desk, center: Center) -> None:
    ana = center.person("Ana", ["partner", "staff"])
    call, request = center.call(ana), center.request(center.listing(), None, "+19165550178")
    await desk.sign_in("Ana")
    await desk.get(f"/staff/calls/{call}")
    center.take_back(CallRequest, call)
    center.take_back(StaffTask, request)
    for path in (f"/staff/calls/{call}", f"/staff/tasks/{request}"):
        for page in (await desk.get(path), await desk.post(f"{path}/open")):
            assert "Taken back." in page
            assert not any(word in page for word in (WORDS, READABLE, "Crib Closet", "<fieldset"))
        await desk.post(f"{path}/done", outcome="reached" if "calls" in path else "accepted")
        assert desk.status == 400
    page = await desk.get("/staff/")
    assert lines(page) == []
    assert page.count('<span class="about">taken back</span>') == 2
    assert looks(center) == 0


async def test_a_call_is_noted(desk: Desk, center: Center) -> None:
    call = center.call(center.person("Ana", ["partner"]))
    await desk.sign_in("Ana")
    await desk.get(f"/staff/calls/{call}")
    page = await desk.post(f"/staff/calls/{call}/done")
    assert (desk.status, "Choose what came of it" in page) == (400, True)
    await desk.post(f"/staff/calls/{call}/done", outcome="no_answer")
    assert desk.response.headers["Location"] == "/staff/?done=noted"
    assert "Not reached yet: try again" in await desk.get("/staff/")
    await desk.get(f"/staff/calls/{call}")
    await desk.post(f"/staff/calls/{call}/done", outcome="reached")
    assert lines(await desk.get("/staff/")) == []
    with Session(center.engine) as session:
        row = session.get_one(CallRequest, call)
        assert (row.state, row.outcome) == ("called", "reached")


async def test_the_team_calls_where_no_partner_is_free_until_somebody_is_reached(desk: Desk, center: Center) -> None:
    center.person("Ana", ["staff"])
    task = center.team_call()
    await desk.sign_in("Ana")
    assert "No partner is free: somebody here calls" in desk.page
    await desk.get(f"/staff/tasks/{task}")
    page = await desk.post(f"/staff/tasks/{task}/open")
    assert WORDS in page
    assert READABLE in page
    await desk.post(f"/staff/tasks/{task}/done", outcome="left_message")
    page = await desk.get("/staff/")
    assert "Not reached yet: try again" in page
    assert lines(page) == [f"/staff/tasks/{task}"]
    await desk.get(f"/staff/tasks/{task}")
    await desk.post(f"/staff/tasks/{task}/done", outcome="reached")
    assert lines(await desk.get("/staff/")) == []
    with Session(center.engine) as session:
        assert session.scalars(select(CallRequest.outcome)).one() == "reached"


async def test_what_is_done_is_not_done_twice(desk: Desk, center: Center) -> None:
    ana = center.person("Ana", ["staff"])
    task = center.doubt(center.listing())
    await desk.sign_in("Ana")
    await desk.get(f"/staff/tasks/{task}")
    for _ in range(2):
        await desk.post(f"/staff/tasks/{task}/done", outcome="confirmed")
        assert desk.status == 303
    with Session(center.engine) as session:
        assert len(session.scalars(select(Verification).where(Verification.verified_by == ana)).all()) == 1


async def test_a_request_is_passed_on_and_later_answered(desk: Desk, center: Center) -> None:
    ana = center.person("Ana", ["staff"])
    task = center.request(center.listing())
    await desk.sign_in("Ana")
    await desk.get(f"/staff/tasks/{task}")
    await desk.post(f"/staff/tasks/{task}/done", outcome="got_help")
    assert desk.status == 400, "only the family says that it got help"
    await desk.post(f"/staff/tasks/{task}/done", outcome="handed_on")
    page = await desk.get("/staff/")
    assert "Passed on, no answer yet" in page
    page = await desk.get(f"/staff/tasks/{task}")
    assert 'value="handed_on"' not in page
    await desk.post(f"/staff/tasks/{task}/done", outcome="waitlisted")
    assert desk.status == 303
    with Session(center.engine) as session:
        row = session.get_one(StaffTask, task)
        assert (row.outcome, row.done_by) == ("waitlisted", ana)
        assert session.get_one(Referral, row.referral_id).status == "waitlisted"
        said = session.scalars(select(ReferralEvent).where(ReferralEvent.said_by == "staff")).one()
        assert (said.status, said.staff_id) == ("waitlisted", ana)


async def test_what_the_family_said_last_is_not_overruled_by_a_late_note(desk: Desk, center: Center) -> None:
    center.person("Ana", ["staff"])
    task = center.request(center.listing())
    with session_scope(center.engine) as session:
        referral = session.get_one(Referral, session.get_one(StaffTask, task).referral_id)
        ledger.note(session, referral, "got_help", "family", now())
    await desk.sign_in("Ana")
    await desk.get(f"/staff/tasks/{task}")
    await desk.post(f"/staff/tasks/{task}/done", outcome="no_capacity")
    assert desk.status == 303
    with Session(center.engine) as session:
        assert session.scalars(select(Referral.status)).one() == "got_help"


@pytest.mark.parametrize("result", ["confirmed", "unreachable", "closed"])
async def test_a_listing_is_checked_by_phone(desk: Desk, center: Center, result: str) -> None:
    ana = center.person("Ana", ["staff"])
    listing = center.listing()
    task = center.doubt(listing)
    await desk.sign_in("Ana")
    page = await desk.get(f"/staff/tasks/{task}")
    for fact in ("Crib Closet", "2 families told us: the phone is wrong", "(714) 555-0100", "Last checked"):
        assert fact in page, fact
    await desk.post(f"/staff/tasks/{task}/done", outcome=result)
    assert desk.status == 303
    assert lines(await desk.get("/staff/")) == []
    with Session(center.engine) as session:
        newest = session.scalars(select(Verification).where(Verification.verified_by == ana)).one()
        assert (newest.resource_id, newest.method, newest.result) == (listing, "call", result)
        place = session.scalars(select(ServiceAtLocation.id)).one()
        shown = matches_by_id(session, [place], now=now())
        edits = session.scalars(select(MetadataEntry)).all()
    assert len(shown) == (result != "closed"), "nobody is sent to a place that has closed"
    kept = [(edit.last_action_type, edit.field_name, edit.previous_value, edit.replacement_value) for edit in edits]
    assert kept == ([("edit", "status", "active", "inactive")] if result == "closed" else []), "an import keeps edits of staff"
    page = await desk.get(f"/staff/tasks/{task}")
    assert ("not shown to families any more" in page) == (result == "closed")


async def test_logs_hold_neither_number_nor_words(desk: Desk, center: Center, caplog: pytest.LogCaptureFixture) -> None:
    call = center.call(center.person("Ana", ["partner"]))
    with caplog.at_level(logging.DEBUG):
        await desk.sign_in("Ana")
        await desk.get(f"/staff/calls/{call}")
        assert WORDS in await desk.post(f"/staff/calls/{call}/open")
        await desk.post(f"/staff/calls/{call}/done", outcome="reached")
    for planted in (NUMBER, NUMBER[2:], READABLE, "Marisol", address("Ana"), PASSWORD):
        assert planted not in caplog.text
