"""A call that was promised: made, missed, handed on, taken back; each once, however many try."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine

from resources_db import consent
from resources_db.check_ins import plans
from resources_db.conversations import delete_conversation
from resources_db.database import session_scope
from resources_db.people import calls, shares
from resources_db.people.calls import NoLongerFree, NoPhone, NotTheirs
from resources_db.phones import find_phone
from resources_db.sealing import Sealer
from tests.unit.resources_db.people.world import FAMILY, OTHER, SHARED, World, words


@pytest.fixture
def ana(world: World) -> str:
    return world.staff("Ana", id="ana")


def promised(world: World, number: str = FAMILY, **more: str) -> tuple[str, str]:
    """Conversation and call of a family that agreed to a call by whoever is best."""
    conversation = world.family(number, **more)
    return conversation, world.ask(conversation, world.best(conversation, more.get("language", "en"))).call_id


def test_a_call_is_promised_by_a_moment_on_the_familys_clock(world: World, ana: str) -> None:
    conversation = world.family("+12125550123")
    asked = world.ask(conversation, world.best(conversation))
    assert asked.promised_by is not None
    assert (asked.promised_by.hour, str(asked.promised_by.tzinfo)) == (16, "America/New_York"), "1 pm in California"
    row = world.call(asked.call_id)
    assert (row.state, row.staff_id, row.promised_by) == ("promised", "ana", asked.promised_by)
    assert world.counted("call_asked") == 1


def test_agreeing_twice_is_one_call_and_one_share(world: World, ana: str) -> None:
    conversation, call = promised(world)
    partner = world.best(conversation)
    again = world.ask(conversation, partner)
    assert (again.call_id, again.partner and again.partner.name) == (call, "Ana")
    assert len(world.shares(conversation)) == 1
    assert world.counted("call_asked") == 1


def test_without_a_phone_nothing_is_shared(world: World, ana: str) -> None:
    conversation = world.family(None)
    with pytest.raises(NoPhone):
        world.ask(conversation, world.best(conversation))
    assert world.shares(conversation) == []


def test_of_two_families_that_agree_at_once_one_gets_the_last_place(world: World) -> None:
    world.staff("Ana", caseload_cap=1)
    families = [world.family(FAMILY), world.family(OTHER)]
    partners = [world.best(family) for family in families]
    together, outcomes = threading.Barrier(2), []

    def agree(place: int) -> None:
        together.wait()
        try:
            outcomes.append(world.ask(families[place], partners[place]).partner is not None)
        except NoLongerFree:
            outcomes.append(False)

    threads = [threading.Thread(target=agree, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]
    assert sum(len(world.shares(family)) for family in families) == 1


def test_who_was_free_when_offered_and_is_not_any_more_gets_no_call(world: World, ana: str) -> None:
    conversation = world.family()
    partner = world.best(conversation)
    world.change(ana, active=False)
    with pytest.raises(NoLongerFree):
        world.ask(conversation, partner)


@pytest.mark.parametrize("outcome", calls.OUTCOMES)
def test_a_partner_marks_a_call(world: World, ana: str, outcome: calls.Outcome) -> None:
    _, call = promised(world)
    world.do(calls.called, call, ana, outcome, world.now)
    row = world.call(call)
    assert (row.state, row.outcome, row.ended_at) == ("called", outcome, world.now)
    assert world.counted("call_made") == 1
    world.later(days=1)
    assert world.escalate() == 0


def test_who_was_not_reached_stays_on_the_list_and_can_be_marked_again(world: World, ana: str) -> None:
    _, call = promised(world)
    world.do(calls.called, call, ana, "no_answer", world.now)
    assert [row.id for row in world.do(calls.calls_of, ana, world.now)] == [call]
    world.do(calls.called, call, ana, "reached", world.now)
    assert world.do(calls.calls_of, ana, world.now) == []
    assert world.counted("call_made") == 1


def test_only_whose_call_it_is_and_the_centers_staff_may_mark_it(world: World, ana: str) -> None:
    _, call = promised(world, site="riverside")
    strangers = [world.staff("Ben"), world.staff("Desk", roles=["staff"], site="downtown"), "nobody"]
    for stranger in strangers:
        with pytest.raises(NotTheirs):
            world.do(calls.called, call, stranger, "reached", world.now)
    world.do(calls.called, call, world.staff("Desk", roles=["staff"], site="riverside"), "reached", world.now)
    assert world.call(call).state == "called"


def test_a_call_that_was_taken_back_cannot_be_marked(world: World, ana: str) -> None:
    conversation, call = promised(world)
    world.do(shares.revoke, world.shares(conversation)[0].id, world.now)
    with pytest.raises(NotTheirs):
        world.do(calls.called, call, ana, "reached", world.now)


def test_a_promise_that_is_kept_in_time_is_nothing_to_hand_on(world: World, ana: str) -> None:
    _, call = promised(world)
    world.later(hours=2)  # promised before 1 pm, and it is half past twelve
    assert world.escalate() == 0
    assert world.call(call).state == "promised"


def test_a_missed_promise_goes_to_another_partner_and_the_family_is_told(world: World, ana: str) -> None:
    conversation, call = promised(world)
    ben = world.staff("Ben")
    world.later(hours=3)
    assert world.escalate() == 1
    row = world.call(call)
    assert (row.state, row.staff_id, row.escalations, row.escalated_at) == ("promised", ben, 1, world.now)
    assert row.promised_by is not None
    assert row.promised_by > world.now
    assert world.counted("call_late") == 1
    [message] = world.said(conversation)
    assert message.text == (
        "I’m sorry. Ana could not call you in time. Ben will call you today before 4 pm. Ben sees what you agreed to share, "
        "and Ana no longer does."
    )
    assert [choice["payload"] for choice in message.choices] == [
        f'/answer{{"asked": "call_moved {call}", "answer": "{answer}"}}' for answer in ("agree", "back")
    ]
    assert world.conversation(conversation).open_question == f"call_moved {call}"
    [text] = world.texts()
    assert text.body.startswith("I'm sorry. Ana could not call you in time.")
    assert text.body.endswith("1 It's good\n2 Take it back, no call\nReply with a number, or in your own words.")


def test_the_new_partner_sees_the_same_words_and_the_first_one_nothing(world: World, ana: str) -> None:
    conversation, call = promised(world)
    ben = world.staff("Ben")
    [before] = world.shares(conversation)
    world.later(hours=3)
    world.escalate()
    assert world.look(before.id, ana) is None
    assert world.look(world.call(call).share_id, ben) == shares.Looked(SHARED, FAMILY)
    live = [shared.with_whom for shared in world.shares(conversation) if shared.revoked_at is None]
    assert live == ["Ben (parent partner)"]


def test_nobody_else_is_free_so_the_team_gets_a_task(world: World, ana: str) -> None:
    conversation, call = promised(world, site="riverside")
    desk = world.staff("Desk", roles=["staff"], site="riverside")
    world.later(hours=3)
    assert world.escalate() == 1
    row = world.call(call)
    assert (row.state, row.staff_id) == ("missed", None)
    [task] = world.tasks()
    assert (task.kind, task.site, task.call_request_id, task.due_at) == ("call", "riverside", call, world.now)
    assert world.look(task.share_id, desk) == shares.Looked(SHARED, FAMILY)
    assert [message.text for message in world.said(conversation)] == [words().say("utter_call_moved_team", "en", late="Ana")]
    world.do(calls.called, call, desk, "reached", world.now)
    assert (world.tasks()[0].done_by, world.tasks()[0].outcome) == (desk, "reached")


def test_missed_a_second_time_it_goes_to_the_team_whoever_is_free(world: World, ana: str) -> None:
    conversation, call = promised(world)
    world.staff("Ben")
    world.later(hours=3)
    world.escalate()
    world.later(days=1)
    world.staff("Cal")
    assert world.escalate() == 1
    assert (world.call(call).state, world.call(call).escalations) == ("missed", 2)
    assert len(world.tasks()) == 1
    assert len(world.said(conversation)) == 2, "once for each missed promise"
    world.later(days=10)
    assert world.escalate() == 0


def test_a_family_that_asked_the_team_waits_without_a_promise(world: World) -> None:
    conversation = world.family(site="riverside")
    asked = world.ask(conversation, None)
    assert (asked.partner, asked.promised_by, world.call(asked.call_id).state) == (None, None, "waiting")
    [task] = world.tasks()
    assert (task.call_request_id, task.due_at) == (asked.call_id, world.now + timedelta(days=1))
    world.later(days=10)
    assert world.escalate() == 0


def test_two_workers_hand_on_each_promise_once(world: World, ana: str) -> None:
    made = [promised(world, f"+1916555{number:04}") for number in range(1, 7)]
    world.staff("Ben")
    world.later(hours=3)
    rounds: list[int] = []

    def work() -> None:
        rounds.append(world.escalate())

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [world.call(call).escalations for _, call in made] == [1] * 6
    assert [len(world.said(conversation)) for conversation, _ in made] == [1] * 6
    assert len(world.texts()) == 6
    assert world.counted("call_late") == 6


def test_a_worker_that_dies_halfway_has_done_nothing(world: World, ana: str) -> None:
    conversation, call = promised(world)
    world.later(hours=3)
    with pytest.raises(KeyboardInterrupt), session_scope(world.engine) as session:
        calls.escalate(session, world.sealer, words(), world.now)
        raise KeyboardInterrupt
    assert (world.call(call).state, world.said(conversation), world.texts()) == ("promised", [], [])
    assert world.escalate() == 1


def test_taken_back_before_the_worker_comes_nothing_is_handed_on(world: World, ana: str) -> None:
    conversation, _ = promised(world)
    world.do(shares.revoke, world.shares(conversation)[0].id, world.now)
    world.staff("Ben")
    world.later(hours=3)
    assert world.escalate() == 0
    assert (world.said(conversation), world.texts()) == ([], [])


def test_a_family_that_said_stop_is_told_on_the_page_alone(world: World, ana: str) -> None:
    conversation, _ = promised(world)
    world.do(consent.opt_out, world.sealer, FAMILY, "keyword", "en", world.now)
    world.later(hours=3)
    world.escalate()
    assert ([message.channel for message in world.said(conversation)], world.texts()) == (["web"], [])


def enrolled(world: World, conversation: str, **choice: object) -> None:
    chosen = plans.Choice(rhythm="light", home_on=date(2026, 11, 20), time_zone="America/Los_Angeles", **choice)  # type: ignore[arg-type]
    world.do(plans.enrol, world.sealer, conversation, chosen, wording="Yes", language="en", now=world.now)


def test_where_others_read_the_phone_no_text_tells_of_a_call(world: World, ana: str) -> None:
    conversation = world.family()
    enrolled(world, conversation, discreet=True)
    world.ask(conversation, world.best(conversation))
    world.later(days=2)
    assert world.escalate() == 1
    assert [message.channel for message in world.said(conversation)] == ["web"]
    assert world.texts() == []


def test_where_violence_came_up_no_text_tells_of_a_call(world: World, ana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, _ = promised(world)
    monkeypatch.setattr(calls, "touches_violence", lambda session, thread: thread.id == conversation)
    world.later(hours=3)
    assert world.escalate() == 1
    assert ([message.channel for message in world.said(conversation)], world.texts()) == (["web"], [])


def test_the_familys_safe_hours_bound_the_promise_and_the_news(world: World, ana: str) -> None:
    conversation = world.family()
    enrolled(world, conversation, window_start=9 * 60, window_end=12 * 60)
    asked = world.ask(conversation, world.best(conversation))
    assert asked.promised_by is not None
    assert asked.promised_by.hour == 10, "an hour and a half today, the rest tomorrow"
    world.now = datetime(2026, 11, 25, 2, 0, tzinfo=timezone.utc)  # six in the evening: an outage has ended
    assert world.escalate() == 1
    [text] = world.texts()
    assert text.due_at == datetime(2026, 11, 25, 17, 0, tzinfo=timezone.utc)
    assert text.not_after == datetime(2026, 11, 25, 20, 0, tzinfo=timezone.utc)


def test_a_number_texted_back_is_asked_for_only_where_it_would_be_read(world: World, ana: str) -> None:
    promised(world)
    world.later(hours=1)
    world.family(FAMILY)  # the phone goes on in another thread
    world.later(hours=2)
    world.escalate()
    assert [text.body.count("\n") for text in world.texts()] == [0]


def test_a_family_whose_key_is_lost_does_not_hold_up_the_others(world: World, ana: str) -> None:
    _, lost_call = promised(world)
    world.later(minutes=30)
    _, call = promised(world, OTHER)
    with session_scope(world.engine) as session:
        phone = find_phone(session, world.sealer, FAMILY)
        assert phone is not None
        phone.sealed = Sealer(["x" * 40]).seal(FAMILY)
    world.later(hours=4)
    assert world.do(calls.escalate, world.sealer, words(), world.now) == 1
    assert (world.call(call).escalations, world.call(lost_call).escalations) == (1, 0)
    assert world.escalate() == 0


def test_in_spanish(world: World, ana: str) -> None:
    conversation, _ = promised(world, language="es")
    world.staff("Ben", languages=["en"])
    world.staff("Luz", languages=["es"])
    world.later(hours=3)
    world.escalate()
    [message] = world.said(conversation)
    assert message.text.startswith("Perdón. Ana no pudo llamarte a tiempo. Luz te llama hoy antes de las 4 pm.")


def test_what_a_family_deletes_is_gone_with_its_calls(world: World, ana: str) -> None:
    conversation, _ = promised(world)
    world.do(delete_conversation, conversation)
    assert world.do(calls.calls_of, ana, world.now) == []
    world.later(hours=3)
    assert world.escalate() == 0


def test_a_number_is_never_in_the_clear(world: World, ana: str, directory_engine: Engine) -> None:
    promised(world)
    with session_scope(directory_engine, writes=False) as session:
        for table in ("share", "call_request", "staff_task", "message"):
            rows = session.connection().exec_driver_sql(f"SELECT * FROM {table}").fetchall()
            assert FAMILY[-7:] not in str(rows)
        assert find_phone(session, world.sealer, FAMILY) is not None
