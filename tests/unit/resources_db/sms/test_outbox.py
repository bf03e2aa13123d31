from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlalchemy import Engine, select, update

from bot.cli import main
from resources_db import consent, outbox, spending
from resources_db.database import session_scope
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.outgoing_text import OutgoingText
from resources_db.outbox import Sending, Terms
from resources_db.sealing import Sealer
from resources_db.sms.codes import explain
from tests.databases import SqliteDatabases
from tests.unit.resources_db.sms.world import FAMILY, MORNING, NIGHT, OTHER, OURS, SECRET, World


@pytest.fixture
def world(directory_engine: Engine) -> World:
    return World(directory_engine)


@pytest.fixture
def sqlite_world(sqlite_databases: SqliteDatabases) -> Iterator[World]:
    """For what takes many steps, and is the same on every database."""
    with sqlite_databases.new() as engine:
        yield World(engine)


def opted_out(world: World, phone: str = FAMILY) -> bool:
    with session_scope(world.engine, writes=False) as session:
        return consent.is_opted_out(session, world.sealer, phone)


def spent(world: World) -> int:
    with session_scope(world.engine, writes=False) as session:
        return spending.spent(session, world.now.date())


# --- deciding, order, several workers


def test_deciding_the_same_thing_twice_makes_one_text(world: World) -> None:
    world.put("Hello", key="answer 1")
    with session_scope(world.engine) as session:
        phone = session.scalars(select(FamilyPhone)).one()
        assert outbox.put(session, phone, "Hello", kind="reply", dedupe_key="answer 1", now=world.now) is None
    assert [(row.body, row.position) for row in world.rows()] == [("Hello", 1)]


def test_a_text_is_claimed_with_all_that_the_carrier_needs_and_once(world: World) -> None:
    text_id = world.put("Hello")
    assert world.claim() == [Sending(text_id, FAMILY, OURS, "Hello", world.now)]
    assert world.claim("two") == []


def test_a_text_waits_until_the_end_of_the_one_before_it_is_known(world: World) -> None:
    first, second, elsewhere = world.put("1"), world.put("2"), world.put("3", OTHER)
    assert {text.id for text in world.claim()} == {first, elsewhere}
    assert world.claim() == []
    world.do(outbox.unsure, first, "one")
    assert world.claim() == []
    world.do(outbox.sent, first, "one", "SM1", world.now)
    assert [text.id for text in world.claim()] == [second]


def test_a_text_that_never_leaves_does_not_hold_up_those_after_it(world: World) -> None:
    first, second = world.put("1"), world.put("2")
    world.claim()
    world.refuse(first, "21614", permanent=True)
    assert [text.id for text in world.claim()] == [second]


def test_what_safety_wants_said_leaves_first(world: World) -> None:
    world.put("1")
    crisis = world.put("988", OTHER, kind="crisis")
    assert [text.id for text in world.claim(limit=1)] == [crisis]


def test_two_workers_at_once_send_every_text_once_and_in_order(world: World) -> None:
    phones = [f"+1916555{number:04}" for number in range(150, 158)]
    wanted = {phone: [world.put(str(n), phone) for n in range(4)] for phone in phones}
    sent: dict[str, list[str]] = defaultdict(list)
    start = threading.Barrier(2)

    def work(owner: str) -> None:
        start.wait()
        for _ in range(30):
            for text in world.claim(owner, limit=3):
                sent[text.to].append(text.id)
                world.do(outbox.sent, text.id, owner, f"SM{text.id}", world.now)

    threads = [threading.Thread(target=work, args=(owner,)) for owner in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent == wanted


# --- who may be texted, and when


def test_a_number_that_said_stop_gets_nothing_but_what_safety_wants_said(world: World) -> None:
    world.do(consent.opt_out, world.sealer, FAMILY, "keyword", "en", world.now)
    answer, crisis = world.put("Here is a list"), world.put("Call 988", kind="crisis")
    assert [text.id for text in world.claim() + world.claim()] == [crisis]
    assert (world.state(answer), world.row(answer).body) == ("suppressed", "")


def test_at_night_only_answers_to_what_was_just_asked_are_sent(directory_engine: Engine) -> None:
    world = World(directory_engine, NIGHT)
    goes = [("reply", 5), ("list", 1), ("code", 1), ("notice", 5), ("crisis", 600), ("crisis", None)]
    waits = [("reply", 61), ("check_in", None), ("list", 61), ("notice", 61)]
    ids = {
        world.put("Hello", f"+1916555{number:04}", kind=kind, asked=asked): (kind, asked)
        for number, (kind, asked) in enumerate(goes + waits, 150)
    }
    assert sorted(map(str, (ids[text.id] for text in world.claim()))) == sorted(map(str, goes))
    left = [row for row in world.rows() if row.state == "due"]
    assert {row.due_at for row in left} == {NIGHT.replace(hour=16)}
    world.now = NIGHT.replace(hour=16)
    assert {text.id for text in world.claim()} == {row.id for row in left}


@pytest.mark.parametrize("kind", ["reply", "notice", "list", "code"])
def test_what_staff_send_again_to_a_number_that_said_stop_meanwhile_does_not_leave(world: World, kind: str) -> None:
    lost = world.put("Hello", kind=kind)
    world.claim()
    world.refuse(lost, "30008", permanent=True)
    world.do(consent.opt_out, world.sealer, FAMILY, "keyword", "en", world.now)
    assert world.do(outbox.retry, lost, world.now)
    assert world.claim() == []
    assert {row.state for row in world.rows() if row.id != lost} == {"suppressed"}


@pytest.mark.parametrize("end", ["not there", "refused", "lost for a while"])
def test_what_was_on_its_way_when_stop_was_said_does_not_leave_again(world: World, end: str) -> None:
    text = world.put("Hello", kind="notice")
    world.claim()
    world.do(consent.opt_out, world.sealer, FAMILY, "keyword", "en", world.now)
    if end == "refused":
        world.refuse(text, "20429", permanent=False)
    elif end == "lost for a while":
        world.do(outbox.sent, text, "one", "SM1", world.now)
        world.report(text, "undelivered", "30003")
    else:
        world.do(outbox.unsure, text, "one")
        world.do(outbox.not_at_carrier, world.unknown(), world.now)
    world.later(minutes=20)
    assert world.claim() == []
    assert world.rows()[-1].state == "suppressed"


def test_the_confirmation_of_a_stop_is_sent_at_once_or_never(world: World) -> None:
    lost, late = world.put("You said stop", kind="stop"), world.put("You said stop", OTHER, kind="stop")
    world.do(consent.opt_out, world.sealer, OTHER, "keyword", "en", world.now)
    with session_scope(world.engine) as session:
        session.execute(update(OutgoingText).where(OutgoingText.id == late).values(due_at=world.now + timedelta(minutes=61)))
    world.claim()
    world.do(outbox.sent, lost, "one", "SM1", world.now)
    world.report(lost, "undelivered", "30003")
    assert world.do(outbox.dead_letters, world.sealer) == []
    assert not world.do(outbox.retry, lost, world.now)
    world.later(minutes=61)
    assert world.claim() == []
    assert (world.state(lost), world.state(late)) == ("failed", "suppressed")


def test_the_answer_to_a_crisis_waits_for_nothing_but_its_like(directory_engine: Engine) -> None:
    world = World(directory_engine, NIGHT)
    put_off = world.put("late", asked=61)
    assert world.claim() == []
    first, second = world.put("988", kind="crisis"), world.put("911", kind="crisis")
    assert [text.id for text in world.claim()] == [first]
    world.do(outbox.sent, first, "one", "SM1", world.now)
    assert [text.id for text in world.claim()] == [second]
    assert world.state(put_off) == "due"


def test_what_was_put_off_until_the_morning_goes_when_the_family_is_there_again(directory_engine: Engine) -> None:
    world = World(directory_engine, NIGHT)
    put_off = world.put("late", asked=61)
    assert world.claim() == []
    fresh = world.put("fresh")
    assert [text.id for text in world.claim()] == [put_off]
    world.do(outbox.sent, put_off, "one", "SM1", world.now)
    assert [text.id for text in world.claim()] == [fresh]


def test_a_code_that_anybody_may_ask_for_brings_nothing_at_night_that_was_put_off(directory_engine: Engine) -> None:
    world = World(directory_engine, NIGHT)
    put_off = world.put("late", asked=61)
    assert world.claim() == []
    world.put("482913", kind="code")
    world.later(minutes=1)
    assert put_off not in [text.id for text in world.claim()]


def test_nothing_waits_for_a_check_in_that_is_planned(world: World) -> None:
    planned = world.put("How is it going?", kind="check_in", asked=None)
    with session_scope(world.engine) as session:
        session.execute(update(OutgoingText).where(OutgoingText.id == planned).values(due_at=world.now + timedelta(days=7)))
    answer = world.put("Here is a list")
    assert [text.id for text in world.claim()] == [answer]


def test_a_code_that_comes_too_late_to_be_typed_in_is_not_sent(world: World) -> None:
    text_id = world.put("Your code is 123456", kind="code", asked=61)
    assert world.claim() == []
    assert (world.state(text_id), world.row(text_id).error) == ("suppressed", "too_late")


def test_when_the_money_of_a_day_is_spent_a_family_that_waits_is_told_so_once(directory_engine: Engine) -> None:
    world = World(directory_engine, segments_a_day=1)
    first, second, third = world.put("1"), world.put("2"), world.put("3")
    world.send(first)
    assert world.claim() == []
    assert world.claim() == []
    [farewell] = world.claim()
    assert "211" in farewell.body
    assert [(world.state(id), world.row(id).error) for id in (second, third)] == [("suppressed", "limit_installation")] * 2
    tomorrow = world.put("How are you?", OTHER, kind="check_in", asked=None)
    assert world.claim() == []
    assert world.row(tomorrow).due_at == MORNING.replace(day=24, hour=0, minute=0)


def test_only_what_the_carrier_took_is_counted_as_spent(world: World) -> None:
    first, second = world.put("1"), world.put("2", OTHER)
    world.claim()
    assert spent(world) == 2
    world.refuse(first, "20429", permanent=False)
    world.refuse(second, "21211", permanent=True)
    assert spent(world) == 0


# --- what the carrier answers


def test_what_will_never_be_sent_is_a_dead_letter_that_staff_can_send_again_or_drop(world: World) -> None:
    text_id, code = world.put("Hello"), "21614"
    world.claim()
    world.refuse(text_id, code, permanent=True)
    [letter] = world.do(outbox.dead_letters, world.sealer)
    assert (letter.id, letter.error, letter.ending) == (text_id, code, FAMILY[-2:])
    assert world.do(outbox.retry, text_id, world.now)
    assert not world.do(outbox.retry, text_id, world.now)
    assert world.do(outbox.dead_letters, world.sealer) == []
    [again] = world.claim()
    assert (again.body, again.id != text_id) == ("Hello", True)
    world.refuse(again.id, code, permanent=True)
    assert world.do(outbox.drop, again.id)
    assert not world.do(outbox.drop, again.id)
    assert world.do(outbox.dead_letters, world.sealer) == []
    assert [row.body for row in world.rows()] == ["", ""]


def test_what_the_carrier_does_not_want_now_is_tried_again_later_and_later(sqlite_world: World) -> None:
    world = sqlite_world
    text_id = world.put("Hello")
    waits = []
    for attempts in (0, 1, 10, 28, 29):
        world.do(lambda session, n=attempts: session.execute(update(OutgoingText).values(due_at=MORNING, attempts=n)))
        world.claim()
        world.refuse(text_id, "20503", permanent=False)
        waits.append((world.row(text_id).due_at - MORNING).total_seconds())
    first, second, *many, _ = waits
    assert 4 <= first <= 6
    assert 8 <= second <= 12
    assert all(700 <= wait <= 1100 for wait in many)
    assert (world.state(text_id), world.row(text_id).error, world.row(text_id).body) == ("failed", "20503", "Hello")


def test_the_carrier_may_say_when_to_come_back_but_not_next_year(world: World) -> None:
    soon, never = world.put("1"), world.put("2", OTHER)
    world.claim()
    world.refuse(soon, "20429", permanent=False, retry_after=120.0)
    world.refuse(never, "20429", permanent=False, retry_after=1e9)
    assert world.row(soon).due_at == world.now + timedelta(minutes=2)
    assert world.row(never).due_at == world.now + timedelta(hours=1)


def test_a_stop_that_only_the_carrier_heard_of_is_a_stop_for_everything(world: World) -> None:
    refused, waiting, reported = world.put("1"), world.put("2"), world.put("3", OTHER)
    world.claim()
    world.refuse(refused, "21610", permanent=True)
    world.report(reported, "undelivered", "21610")
    assert opted_out(world)
    assert opted_out(world, OTHER)
    assert {world.state(id) for id in (refused, waiting, reported)} == {"suppressed"}
    assert world.do(outbox.dead_letters, world.sealer) == []
    with session_scope(world.engine, writes=False) as session:
        phone = session.scalars(select(FamilyPhone).join(OutgoingText).where(OutgoingText.id == refused)).one()
        assert [(line.given, line.source) for line in consent.history(session, phone)] == [("opt_out", "carrier")]


def test_in_whatever_order_and_however_often_its_news_comes_a_text_has_arrived(sqlite_world: World) -> None:
    world = sqlite_world
    for number, order in enumerate(permutations(["answer", "sent", "delivered"])):
        text_id, provider_id = world.put(str(number)), f"SM{number}"
        world.claim()
        for news in (*order, *order):
            if news == "answer":
                world.do(outbox.sent, text_id, "one", provider_id, world.now)
            else:
                world.report(text_id, news, provider_id=provider_id)
        row = world.row(text_id)
        assert (row.state, row.provider_id, row.body) == ("delivered", provider_id, ""), order


def test_a_report_closes_what_is_still_being_sent_and_what_nobody_knew_of(world: World) -> None:
    first, second = world.put("1"), world.put("2", OTHER)
    world.claim()
    world.do(outbox.unsure, second, "one")
    assert world.report(first, "queued")
    assert world.report(second, "delivered", provider_id="SM2")
    assert [world.state(id) for id in (first, second)] == ["sent", "delivered"]


def test_a_text_that_the_carrier_lost_stays_lost(world: World) -> None:
    for status, error in (("failed", None), ("undelivered", "30006"), ("undelivered", "30007"), ("canceled", None)):
        text_id, provider_id = world.put(f"{status} {error}"), f"SM{status}{error}"
        world.send(text_id, provider_id)
        assert world.report(text_id, status, error, provider_id)
        assert not world.report(text_id, "delivered", None, provider_id)
        assert (world.state(text_id), world.row(text_id).error) == ("failed", error or status)


def test_a_report_that_cannot_be_of_this_text_changes_nothing(world: World) -> None:
    waiting = world.put("1")
    assert not world.report(waiting, "delivered")
    sent, other = world.put("2", OTHER), world.put("3", "+19165550177")
    assert len(world.claim()) == 3
    world.do(outbox.sent, sent, "one", "SM2", world.now)
    assert not world.report(sent, "delivered", provider_id="SM9")
    assert not world.report(other, "delivered", provider_id="SM2")
    assert not world.report(sent, "no such word", provider_id="SM2")
    assert not world.report("gone", "delivered")
    assert [world.state(id) for id in (sent, other)] == ["sent", "sending"]


def test_what_was_lost_for_a_passing_reason_is_sent_once_more(world: World) -> None:
    text_id, code = world.put("Hello"), "30001"
    world.send(text_id)
    world.report(text_id, "undelivered", code)
    world.report(text_id, "undelivered", code)
    assert world.claim() == []
    assert world.do(outbox.dead_letters, world.sealer) == []
    world.later(minutes=10)
    [again] = world.claim()
    world.do(outbox.sent, again.id, "one", "SM2", world.now)
    world.report(again.id, "undelivered", code, provider_id="SM2")
    world.later(hours=1)
    assert world.claim() == []
    assert [letter.id for letter in world.do(outbox.dead_letters, world.sealer)] == [again.id]


# --- what nobody knows


def test_a_text_whose_sender_fell_silent_is_looked_for_and_not_sent_again(world: World) -> None:
    text_id = world.put("Hello")
    world.claim()
    world.later(seconds=59)
    world.expire()
    assert world.state(text_id) == "sending"
    world.later(seconds=2)
    world.expire()
    assert (world.state(text_id), world.claim(), world.unknown().over) == ("unknown", [], False)


def test_a_sender_that_is_late_may_still_say_what_became_of_its_text(world: World) -> None:
    for answer, end in ((lambda i: world.do(outbox.sent, i, "one", i[:9], world.now), "sent"),
                        (lambda i: world.refuse(i, "21211", permanent=True), "failed")):  # fmt: skip
        text_id = world.put(end)
        world.claim()
        world.later(hours=1)
        world.expire()
        answer(text_id)
        assert world.state(text_id) == end


def test_a_sender_that_is_late_does_not_undo_what_others_found_out(world: World) -> None:
    text_id = world.put("Hello")
    world.claim()
    world.later(minutes=2)
    world.expire()
    world.do(outbox.not_at_carrier, world.unknown(), world.now)
    world.claim("two")
    world.do(outbox.unsure, text_id, "one")
    world.refuse(text_id, "21211", permanent=True)
    world.do(outbox.sent, text_id, "one", "SM0", world.now)
    assert world.state(text_id) == "sending"
    world.do(outbox.sent, text_id, "two", "SM1", world.now)
    world.do(outbox.unsure, text_id, "two")
    assert (world.state(text_id), world.row(text_id).provider_id) == ("sent", "SM1")


def test_a_text_that_was_sent_after_all_is_not_sent_again(world: World) -> None:
    text_id = world.put("Hello")
    world.claim()
    world.later(minutes=2)
    world.expire()
    world.do(outbox.not_at_carrier, world.unknown(), world.now)
    world.do(outbox.sent, text_id, "one", "SM1", world.now)
    assert (world.state(text_id), world.claim("two")) == ("sent", [])


def test_a_text_that_the_carrier_has_is_found_and_no_other_is_taken_for_it(world: World) -> None:
    first = world.put("OK", key="1")
    world.send(first, "SM1")
    second = world.put("OK", key="2")
    world.claim()
    world.do(outbox.unsure, second, "one")
    missed = world.unknown()
    assert not world.do(outbox.found_at_carrier, missed, ["SM1"], world.now)
    assert world.do(outbox.found_at_carrier, missed, ["SM1", "SM2"], world.now)
    assert (world.state(second), world.row(second).provider_id) == ("sent", "SM2")
    world.do(outbox.not_at_carrier, missed, world.now)
    world.do(outbox.give_up, missed, world.now)
    assert world.state(second) == "sent"


def test_a_text_that_the_carrier_does_not_have_is_sent_and_counted_once(world: World) -> None:
    text_id = world.put("Hello")
    world.claim()
    world.do(outbox.unsure, text_id, "one")
    missed = world.unknown()
    assert missed.over
    world.do(outbox.not_at_carrier, missed, world.now)
    assert spent(world) == 0
    world.later(seconds=1)
    assert [text.id for text in world.claim("two")] == [text_id]
    world.do(outbox.unsure, text_id, "two")
    world.do(outbox.not_at_carrier, missed, world.now)  # whoever asked about the attempt before knows nothing of this one
    assert (world.state(text_id), spent(world)) == ("unknown", 1)


def test_what_cannot_be_found_out_is_for_staff_until_the_carrier_says_it_after_all(world: World) -> None:
    text_id, after = world.put("1"), world.put("2")
    world.claim()
    world.do(outbox.unsure, text_id, "one")
    world.do(outbox.give_up, world.unknown(), world.now)
    assert [letter.error for letter in world.do(outbox.dead_letters, world.sealer)] == ["unresolved"]
    assert [text.id for text in world.claim()] == [after]
    world.report(text_id, "delivered")
    assert (world.state(text_id), world.do(outbox.dead_letters, world.sealer)) == ("delivered", [])


# --- clocks, keys, upkeep


def test_a_clock_that_jumps_ahead_sends_nothing_twice(world: World) -> None:
    text_id = world.put("Hello")
    world.claim()
    world.now += timedelta(days=30)
    world.expire()
    assert world.claim("two") == []
    world.do(outbox.sent, text_id, "one", "SM1", world.now)
    assert world.state(text_id) == "sent"


def test_a_clock_that_is_set_back_holds_nothing_up(world: World) -> None:
    sending, retried = world.put("1"), world.put("2", OTHER)
    planned = world.put("3", "+19165550177", kind="check_in", asked=None)
    next_week = world.now + timedelta(days=7)
    world.do(lambda session: session.get(OutgoingText, planned).__setattr__("due_at", next_week))
    world.claim()
    world.refuse(retried, "20429", permanent=False)
    world.now -= timedelta(hours=2)
    assert world.claim("two") == []
    world.expire()
    world.do(outbox.mend_times, world.now)
    assert (world.state(sending), [text.id for text in world.claim("two")]) == ("unknown", [retried])
    assert world.row(planned).due_at == next_week


def test_a_number_whose_key_is_missing_is_for_staff(world: World) -> None:
    text_id = world.put("Hello")
    world.terms = Terms(Sealer(["another" * 9]), world.terms.words, "", 1000)
    assert world.claim() == []
    assert (world.state(text_id), world.row(text_id).error) == ("failed", "wrong_key")
    assert [x.ending for x in world.do(outbox.dead_letters, world.terms.sealer)] == ["??"]


def test_words_that_nobody_needs_any_more_are_forgotten(world: World) -> None:
    sent, dead = world.put("1"), world.put("2", OTHER)
    world.claim()
    world.do(outbox.sent, sent, "one", "SM1", world.now)
    world.refuse(dead, "30007", permanent=True)
    bodies = []
    for hours in (11, 2, 24 * 7):
        world.later(hours=hours)
        world.do(outbox.forget_bodies, world.now)
        bodies.append((world.row(sent).body, world.row(dead).body))
    assert bodies == [("1", "2"), ("", "2"), ("", "")]


def test_what_was_deleted_meanwhile_is_gone_and_nobody_minds(world: World) -> None:
    text_id = world.put("Hello")
    world.claim()
    world.do(outbox.unsure, text_id, "one")
    missed = world.unknown()
    world.do(lambda session: session.delete(session.scalars(select(FamilyPhone)).one()))
    world.do(outbox.sent, text_id, "one", "SM1", world.now)
    world.refuse(text_id, "21610", permanent=True)
    world.do(outbox.found_at_carrier, missed, ["SM1"], world.now)
    world.do(outbox.not_at_carrier, missed, world.now)
    assert not world.report(text_id, "delivered")
    assert world.rows() == []


# --- for staff


def test_staff_see_how_many_texts_are_where_and_what_to_do_about_those_that_did_not_arrive(
    directory_engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEWARD_DATABASE_URL", directory_engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("HOMEWARD_SECRET_KEY", SECRET)
    world = World(directory_engine)
    assert main(["outbox"]) == 0
    assert "No text needs you." in capsys.readouterr().out
    text_id = world.put("Shelter on 5th Street")
    world.send(text_id)
    world.report(text_id, "undelivered", "30007")
    assert main(["outbox"]) == 0
    shown = capsys.readouterr().out
    assert "to …23  30007: the phone company took it for spam" in shown
    assert "5th" not in shown
    assert FAMILY not in shown
    assert main(["outbox", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["failed"] == 1
    [letter] = told["dead_letters"]
    assert (letter["id"], letter["phone"], letter["kind"], letter["error"]) == (text_id, "…23", "reply", "30007")
    assert main(["outbox", "retry", text_id, "nothing"]) == 2
    assert "nothing: no such text" in capsys.readouterr().err
    again = world.rows()[-1].id
    assert world.state(again) == "due"
    assert main(["outbox", "drop", again]) == 2


def test_every_code_has_a_sentence_even_one_that_nobody_has_met() -> None:
    assert "STOP" in explain("21610")
    assert "99999" in explain("99999")


# --- whatever happens


class Whatever(RuleBasedStateMachine):
    """Texts, workers that die at any moment, a carrier whose answers and reports get lost, and clocks that jump."""

    databases: SqliteDatabases
    attempts: Bundle[tuple[Sending, str]] = Bundle("attempts")
    accepted: Bundle[tuple[str, str]] = Bundle("accepted")

    @initialize()
    def start(self) -> None:
        self.new = self.databases.new()
        self.world = World(self.new.__enter__())
        self.at_carrier: dict[str, tuple[str, str]] = {}  # provider id → (phone, text id), in order
        self.under_way: set[str] = set()
        self.count = 0

    def teardown(self) -> None:
        self.new.__exit__(None, None, None)

    @rule(phone=strategies.sampled_from([FAMILY, OTHER]), body=strategies.sampled_from(["OK", "Hello"]))
    def decide(self, phone: str, body: str) -> None:
        self.count += 1
        self.world.put(body, phone, key=str(self.count))

    @rule(target=attempts, owner=strategies.sampled_from(["one", "two"]))
    def claim(self, owner: str) -> object:
        texts = self.world.claim(owner, limit=1)
        for text in texts:
            assert text.id not in self.under_way
            self.under_way.add(text.id)
        return (texts[0], owner) if texts else None

    @rule(
        target=accepted,
        attempt=consumes(attempts),
        fate=strategies.sampled_from(["heard", "unsure", "killed", "refused", "late"]),
    )
    def hand_over(self, attempt: tuple[Sending, str] | None, fate: str) -> object:
        if attempt is None:
            return None
        text, owner = attempt
        self.under_way.discard(text.id)
        if fate == "refused":
            self.world.refuse(text.id, "20429", permanent=False, owner=owner)
            return None
        provider_id = f"SM{len(self.at_carrier)}"
        self.at_carrier[provider_id] = text.to, text.id
        if fate == "late":
            self.jump(2)
        if fate in ("heard", "late"):
            self.world.do(outbox.sent, text.id, owner, provider_id, self.world.now)
        elif fate == "unsure":
            self.world.do(outbox.unsure, text.id, owner)
        return provider_id, text.id

    @rule(attempt=consumes(attempts))
    def die_before_handing_over(self, attempt: tuple[Sending, str] | None) -> None:
        if attempt is not None:
            self.under_way.discard(attempt[0].id)

    @rule(report=accepted, status=strategies.sampled_from(["queued", "sent", "delivered"]))
    def report(self, report: tuple[str, str] | None, status: str) -> None:
        if report is not None:
            self.world.report(report[1], status, provider_id=report[0])

    @rule(minutes=strategies.sampled_from([1, 2, 120, -1, -120]))
    def jump(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)
        self.world.expire()
        self.world.do(outbox.mend_times, self.world.now)

    @rule()
    def look_at_the_carrier(self) -> None:
        """As resources_db/sms/sending.py does: by phone and words, and never while somebody may be handing it over."""
        for missed in self.world.do(outbox.unknowns, self.world.sealer):
            bodies = {row.id: row.dedupe_key for row in self.world.rows()}
            assert missed.id in bodies
            alike = [p for p, (phone, text_id) in self.at_carrier.items() if phone == missed.to and self._same(text_id, missed)]
            if not self.world.do(outbox.found_at_carrier, missed, alike, self.world.now) and missed.id not in self.under_way:
                self.world.do(outbox.not_at_carrier, missed, self.world.now)

    def _same(self, text_id: str, missed: Sending) -> bool:
        body = self.world.row(text_id).body
        return body in ("", missed.body)

    @invariant()
    def nothing_is_sent_twice_and_order_is_kept(self) -> None:
        if not hasattr(self, "at_carrier"):
            return
        texts = [text_id for _, text_id in self.at_carrier.values()]
        assert len(texts) == len(set(texts))
        positions = {row.id: row.position for row in self.world.rows()}
        for phone in (FAMILY, OTHER):
            order = [positions[text_id] for to, text_id in self.at_carrier.values() if to == phone]
            assert order == sorted(order)


def test_whatever_happens_no_text_is_sent_twice_and_none_overtakes_another(sqlite_databases: SqliteDatabases) -> None:
    Whatever.databases = sqlite_databases
    Whatever.TestCase.settings = settings(
        max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    Whatever.TestCase("runTest").runTest()
