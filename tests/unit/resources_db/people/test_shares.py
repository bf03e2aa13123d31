"""Who may see what a family shared, who looked, and what is left when it takes that back."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import delete

from resources_db.models.staff_member import StaffMember
from resources_db.models.staff_task import StaffTask
from resources_db.people import calls, shares
from tests.unit.resources_db.people.world import FAMILY, MORNING, OTHER, SHARED, World


@pytest.fixture
def ana(world: World) -> str:
    return world.staff("Ana")


@pytest.fixture
def family(world: World, ana: str) -> str:
    """It agreed that Ana calls."""
    conversation = world.family()
    world.ask(conversation, world.best(conversation))
    return conversation


def test_who_may_look_sees_exactly_what_was_agreed_to_and_the_number(world: World, ana: str, family: str) -> None:
    [shared] = world.shares(family)
    assert world.look(shared.id, ana) == shares.Looked(SHARED, FAMILY)


def test_nobody_else_may_look_and_nothing_readable_is_in_the_database(world: World, family: str) -> None:
    [shared] = world.shares(family)
    others = [world.staff("Ben"), world.staff("Boss", roles=["admin"]), world.staff("Desk", roles=["staff"]), "nobody"]
    assert [world.look(shared.id, other) for other in others] == [None] * 4
    assert world.shares(family)[0].looks == ()
    assert not [word for word in (*SHARED.split(), FAMILY[1:]) if len(word) > 3 and word in world.sealed(shared.id)]


def test_who_no_longer_works_there_sees_nothing(world: World, ana: str, family: str) -> None:
    world.change(ana, active=False)
    assert world.look(world.shares(family)[0].id, ana) is None


def test_the_family_sees_every_look_by_name(world: World, ana: str, family: str) -> None:
    [shared] = world.shares(family)
    world.look(shared.id, ana)
    world.later(days=1)
    world.look(shared.id, ana)
    [shared] = world.shares(family)
    assert [(look.name, look.at) for look in shared.looks] == [("Ana", MORNING), ("Ana", MORNING + timedelta(days=1))]


def test_a_look_stays_in_the_log_when_the_person_is_gone(world: World) -> None:
    conversation = world.family(OTHER)
    world.ask(conversation, None)
    desk = world.staff("Desk", roles=["staff"])
    world.look(world.shares(conversation)[0].id, desk)
    world.do(lambda session: session.execute(delete(StaffMember).where(StaffMember.id == desk)))
    assert [look.name for look in world.shares(conversation)[0].looks] == [None]


def test_taken_back_it_is_gone_at_once_and_the_call_is_off(world: World, ana: str, family: str) -> None:
    [shared] = world.shares(family)
    assert world.do(shares.revoke, shared.id, world.now)
    assert world.look(shared.id, ana) is None
    assert world.sealed(shared.id) == ""
    [call] = world.do(calls.calls_of, ana, world.now)
    assert (call.state, call.outcome, call.taken_back) == ("closed", "taken_back", True)
    [shared] = world.shares(family)
    assert (shared.text, shared.revoked_at) == ("", world.now)
    assert not world.do(shares.revoke, shared.id, world.now), "only once"


def test_a_partner_sees_for_a_week_that_it_was_taken_back(world: World, ana: str, family: str) -> None:
    world.do(shares.revoke, world.shares(family)[0].id, world.now)
    world.later(days=6)
    assert len(world.do(calls.calls_of, ana, world.now)) == 1
    world.later(days=2)
    assert world.do(calls.calls_of, ana, world.now) == []


def test_what_is_shared_with_the_team_is_for_staff_of_the_site_that_has_the_task(world: World) -> None:
    conversation = world.family(OTHER, site="riverside")
    asked = world.ask(conversation, None)
    [shared] = world.shares(conversation)
    who = {
        "staff": world.staff("Desk", roles=["staff"], site="riverside"),
        "admin": world.staff("Boss", roles=["admin"]),
        "elsewhere": world.staff("Else", roles=["staff"], site="downtown"),
        "partner": world.staff("Ana", site="riverside"),
    }
    assert {role for role, person in who.items() if world.look(shared.id, person)} == {"staff", "admin"}
    assert world.call(asked.call_id).state == "waiting"
    world.do(shares.revoke, shared.id, world.now)
    assert world.look(shared.id, who["staff"]) is None
    [task] = world.tasks()
    assert (task.done_at, task.outcome) == (world.now, "taken_back")


def test_a_request_that_went_out_by_mail_is_nobodys_here_to_look_at(world: World) -> None:
    conversation = world.family()
    world.do(
        shares.share, world.sealer, conversation, what="request", text="Please call us", with_whom="Willow Bend", now=world.now
    )
    desk, given = world.staff("Desk", roles=["staff"]), world.shares(conversation)[0].id
    assert world.look(given, desk) is None
    task = StaffTask(
        id=str(uuid.uuid4()), kind="request", dedupe_key="r", share_id=given, detail={}, created_at=world.now, due_at=world.now
    )  # fmt: skip
    world.do(lambda session: session.add(task))
    assert world.look(given, desk) == shares.Looked("Please call us", None)


def test_shares_of_one_family_are_not_anothers_and_the_newest_comes_first(world: World, family: str) -> None:
    world.later(hours=1)
    world.do(shares.share, world.sealer, family, what="record", text="My record", with_whom="Ms. Lee", now=world.now)
    assert [shared.what for shared in world.shares(family)] == ["record", "call"]
    assert world.shares(world.family(OTHER)) == []
