from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from resources_db import outbox
from resources_db.check_ins import plans
from resources_db.contacts import plan_follow_up
from resources_db.conversations import Conversation, lock_conversation
from resources_db.database import session_scope
from resources_db.models.check_in import ScheduledContact
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.referral import Referral
from tests.unit.resources_db.contacts.families import Families, local
from tests.unit.resources_db.sms.world import FAMILY, OTHER, words

HOUR = timedelta(hours=1)


@pytest.fixture
def families(directory_engine: Engine) -> Families:
    return Families(directory_engine)


def referral(families: Families, conversation_id: str) -> str:
    with session_scope(families.engine) as session:
        row = Referral(
            id="r1", conversation_id=conversation_id, service_id="s1", need="food", status="offered", created_at=families.now,
            status_at=families.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        plan_follow_up(session, row, "48h", families.now + timedelta(hours=48), families.now)
    return "r1"


# --- the plain case


def test_what_is_due_is_said_once_by_text_with_numbered_choices_and_the_next_one_is_planned(families: Families) -> None:
    conversation_id = families.enrolled()
    first = families.due()
    assert 10 <= local(first.due_at).hour < 19
    assert local(first.due_at).date() > local(families.now).date()
    assert families.work() == {}
    families.until(first.due_at)
    assert families.work() == {"said": 1}
    assert families.work() == {}
    [text] = families.handed_over()
    assert text.body.split("\n")[:3] == ["How is food?", "1 Fine", "2 Hard"]
    assert text.to == FAMILY
    assert len(text.body.split("\n")) == 4  # and how to choose
    assert families.said(conversation_id) == ["How is food?"]
    assert local(families.due().due_at).date() == local(first.due_at).date() + timedelta(days=1)
    assert families.counted("check_in_said") == 1


def test_the_familys_next_message_may_answer_what_was_asked(families: Families) -> None:
    conversation_id = families.enrolled()
    first = families.due()
    families.until(first.due_at)
    families.work()
    with session_scope(families.engine) as session:
        conversation = lock_conversation(session, conversation_id)
        assert conversation is not None
        assert conversation.open_question == f"check_in {first.id} food"


def test_on_the_web_it_is_said_in_the_thread_alone(families: Families) -> None:
    conversation_id = families.enrolled(None)
    families.until(families.due().due_at)
    assert families.work() == {"said": 1}
    assert families.said(conversation_id) == ["How is food?"]
    assert families.rows() == []


def test_a_thread_with_a_plan_lives_until_the_plan_is_over(families: Families) -> None:
    conversation_id = families.enrolled(None, rhythm="light")
    with session_scope(families.engine) as session:
        conversation = lock_conversation(session, conversation_id)
        assert isinstance(conversation, Conversation)
        assert conversation.expires_at > families.now + timedelta(days=372)


def test_after_a_year_it_says_goodbye_and_ends(families: Families) -> None:
    conversation_id = families.enrolled(rhythm="light", home_on=local(families.now).date() - timedelta(days=300))
    kinds = []
    while due := families.contacts("due"):
        [contact] = due
        families.until(contact.due_at)
        assert families.work() == {"said": 1}
        kinds.append(contact.kind)
        families.handed_over()
    assert kinds == ["check_in", "ending"]
    assert (families.plan(conversation_id).state, families.plan(conversation_id).ended_why) == ("ended", "finished")


def test_a_plan_ends_as_quietly_when_nothing_may_be_said_of_it(families: Families) -> None:
    conversation_id = families.enrolled(rhythm="light", home_on=local(families.now).date() - timedelta(days=300))
    families.speakers["ending"] = lambda *_: None
    while due := families.contacts("due"):
        families.until(due[0].due_at)
        families.work()
    assert families.said(conversation_id) == ["How is food?"]
    assert families.plan(conversation_id).ended_why == "finished"


def test_a_speaker_that_has_nothing_to_say_any_more_cancels_it_and_the_rhythm_goes_on(families: Families) -> None:
    families.enrolled()
    families.speakers["check_in"] = lambda *_: None
    families.until(families.due().due_at)
    assert families.work() == {"cancelled": 1}
    assert len(families.contacts("due")) == 1
    assert families.rows() == []


def test_one_that_cannot_be_said_holds_up_no_other_and_leaves_nothing_half_said(families: Families) -> None:
    bad, good = families.enrolled(), families.enrolled(OTHER)
    said = families.speakers["check_in"]

    def fails_for_one(session: Any, contact: ScheduledContact, *more: Any) -> Any:
        if contact.conversation_id == bad:
            raise ValueError
        return said(session, contact, *more)

    families.speakers["check_in"] = fails_for_one
    families.until(max(contact.due_at for contact in families.contacts("due")))
    assert families.work() == {"said": 1, "put_off": 1}
    assert (families.said(bad), families.said(good)) == ([], ["How is food?"])
    families.speakers["check_in"] = said
    families.later(minutes=10)
    families.work()
    assert families.said(bad) == ["How is food?"]


# --- late, expired, the clock


def test_what_is_late_within_the_window_is_said_now_and_after_it_in_the_next_one(families: Families) -> None:
    families.enrolled(every_days=7)
    first = families.due()
    families.until(first.due_at + HOUR / 4)
    late_at_night = local(first.due_at).replace(hour=19, minute=30)
    families.until(late_at_night)
    assert families.work() == {"put_off": 1}
    again = families.due()
    assert again.id == first.id
    assert local(again.due_at).date() == local(first.due_at).date() + timedelta(days=1)
    assert 10 <= local(again.due_at).hour < 19
    families.until(again.due_at + HOUR / 6)
    assert families.work() == {"said": 1}


def test_what_nobody_could_say_in_time_expires_and_the_next_one_owns_up_to_it_once(families: Families) -> None:
    conversation_id = families.enrolled()
    first = families.due()
    families.until(local(first.due_at).replace(hour=9) + timedelta(days=1))
    assert families.work() == {"expired": 1}
    assert families.plan(conversation_id).missed
    assert families.counted("check_in_missed") == 1
    for _ in range(2):
        families.until(families.due().due_at)
        assert families.work() == {"said": 1}
    assert families.said(conversation_id) == ["Sorry we missed you. How is food?", "How is food?"]


def test_a_clock_that_is_set_back_says_nothing_twice(families: Families) -> None:
    conversation_id = families.enrolled()
    families.until(families.due().due_at)
    families.work()
    families.later(hours=-5)
    assert families.work() == {}
    families.later(hours=5, seconds=1)
    assert families.work() == {}
    assert len(families.said(conversation_id)) == 1


# --- peace


@pytest.mark.parametrize("waiting", [True, False])
def test_a_family_that_is_in_the_middle_of_something_is_left_in_peace_for_half_an_hour(families: Families, waiting: bool) -> None:
    conversation_id = families.enrolled()
    noon = local(families.due().due_at).replace(hour=12)
    with session_scope(families.engine) as session:
        session.execute(update(ScheduledContact).values(due_at=noon))
    first = families.due()
    families.until(first.due_at - timedelta(minutes=10))
    families.writes(conversation_id, waiting=waiting)
    families.until(first.due_at)
    assert families.work() == {"put_off": 1}
    assert families.due().due_at == first.due_at + timedelta(minutes=30 if waiting else 20)


def test_nobody_hears_of_us_twice_a_day_without_having_asked(families: Families) -> None:
    conversation_id = families.enrolled(every_days=2)
    referral(families, conversation_id)
    families.until(max(contact.due_at for contact in families.contacts("due")))
    outcomes = families.work()
    assert outcomes == {"said": 1, "put_off": 1}
    [later] = [contact for contact in families.contacts("due") if local(contact.wanted_at).date() == local(families.now).date()]
    assert local(later.due_at).date() == local(families.now).date() + timedelta(days=1)
    families.until(later.due_at)
    assert families.work() == {"said": 1}


def test_a_follow_up_keeps_the_hours_of_the_plan_and_waits_while_it_is_paused(families: Families) -> None:
    conversation_id = families.enrolled(window_start=17 * 60, window_end=19 * 60)
    families.do(plans.pause, conversation_id, families.now + timedelta(days=4), families.now)
    referral(families, conversation_id)
    [follow_up] = [contact for contact in families.contacts("due") if contact.kind == "follow_up"]
    assert 17 <= local(follow_up.due_at).hour < 19
    families.until(follow_up.due_at)
    assert families.work() == {"put_off": 1}
    [follow_up] = [contact for contact in families.contacts("due") if contact.kind == "follow_up"]
    assert follow_up.due_at >= families.now + timedelta(days=1)


def test_a_text_goes_to_the_phones_newest_thread_where_its_answer_will_come(families: Families) -> None:
    older = families.enrolled()
    families.later(hours=1)
    newer = families.thread()
    families.until(families.due().due_at)
    assert families.work() == {"said": 1}
    assert (families.said(older), families.said(newer)) == ([], ["How is food?"])
    assert families.plan(newer).conversation_id == older


# --- changes and stops


def test_what_was_planned_before_a_change_is_never_said(families: Families) -> None:
    conversation_id = families.enrolled()
    before = families.due()
    families.do(plans.change, families.sealer, conversation_id, families.now, window_start=900, window_end=960)
    after = families.due()
    with session_scope(families.engine) as session:  # as a worker that read it just before the change
        again = update(ScheduledContact).where(ScheduledContact.id == before.id)
        session.execute(again.values(state="due", due_at=after.due_at))
    families.until(after.due_at)
    assert families.work() == {"said": 1, "cancelled": 1}
    assert len(families.said(conversation_id)) == 1
    assert local(after.due_at).hour == 15


def test_a_text_that_still_waits_for_the_carrier_does_not_leave_after_a_change_and_is_said_in_the_new_hours(
    families: Families,
) -> None:
    conversation_id = families.enrolled(every_days=7)
    first = families.due()
    families.until(first.due_at)
    families.work()
    families.do(plans.change, families.sealer, conversation_id, families.now, window_start=600, window_end=660)
    assert families.handed_over() == []
    assert [text.error for text in families.rows()] == ["withdrawn"]
    again = families.due()
    assert (again.step, local(again.due_at).hour) == (first.step, 10)


def test_a_text_that_still_waits_does_not_leave_when_the_family_has_enough(families: Families) -> None:
    paused, stopped = families.enrolled(), families.enrolled(OTHER)
    families.until(max(contact.due_at for contact in families.contacts("due")))
    assert families.work() == {"said": 2}
    families.do(plans.pause, paused, None, families.now)
    families.do(plans.stop, stopped, families.now)
    assert families.handed_over() == []


def test_whoever_stops_check_ins_is_not_asked_after_places_either(families: Families) -> None:
    conversation_id = families.enrolled()
    referral(families, conversation_id)
    assert families.do(plans.stop, conversation_id, families.now)
    assert families.contacts("due") == []
    assert not families.do(plans.stop, conversation_id, families.now)


def test_whoever_agrees_anew_is_asked_anew(families: Families) -> None:
    older = families.thread()
    referral(families, older)
    families.do(plans.stop, older, families.now)
    with session_scope(families.engine) as session:
        row = session.get_one(Referral, "r1")
        assert plan_follow_up(session, row, "48h", families.now + timedelta(hours=72), families.now)
        assert not plan_follow_up(session, row, "48h", families.now + timedelta(hours=72), families.now)
    assert families.due().due_at >= families.now + timedelta(hours=72)


def test_without_check_ins_a_family_can_stop_questions_about_places(families: Families) -> None:
    older, newer = families.thread(), families.thread()
    referral(families, older)
    assert families.do(plans.stop, newer, families.now), "in whatever thread of its phone"
    assert [contact.state for contact in families.contacts()] == ["cancelled"]


@pytest.mark.parametrize("said_already", [True, False])
def test_a_stop_is_effective_in_its_own_transaction(families: Families, said_already: bool) -> None:
    conversation_id = families.enrolled()
    families.until(families.due().due_at)
    if said_already:
        families.work()
    families.says_stop()
    assert families.contacts("due") == []
    assert families.plan(conversation_id).ended_why == "opt_out"
    families.later(days=3)
    assert families.work() == {}
    assert families.handed_over() == []
    assert families.counted("opted_out") == 1


def test_a_stop_by_text_leaves_check_ins_on_the_web_alone(families: Families) -> None:
    conversation_id = families.enrolled(channel="web")
    families.says_stop()
    families.until(families.due().due_at)
    assert families.work() == {"said": 1}
    assert families.rows() == []
    assert families.said(conversation_id) == ["How is food?"]


def test_after_start_a_family_can_enrol_anew_and_nothing_of_before_comes_back(families: Families) -> None:
    conversation_id = families.enrolled()
    families.says_stop()
    families.later(hours=1)
    version = families.plan(conversation_id).version
    families.enrol(conversation_id)
    assert families.plan(conversation_id).version > version
    assert families.plan(conversation_id).state == "active"
    families.until(families.due().due_at)
    assert families.work() == {"said": 1}
    assert len(families.handed_over()) == 1


def test_when_the_family_deletes_everything_nothing_is_left_to_say(families: Families) -> None:
    conversation_id = families.enrolled()
    with session_scope(families.engine) as session:
        session.delete(session.get(ConversationRow, conversation_id))
    families.later(days=3)
    assert families.work() == {}
    assert families.contacts() == []


# --- the text that carries it


def test_no_text_is_handed_over_at_the_end_of_the_window_or_later_and_it_is_said_in_the_next_one(families: Families) -> None:
    conversation_id = families.enrolled(every_days=7)
    first = families.due()
    families.until(first.due_at)
    families.work()
    families.until(local(first.due_at).replace(hour=18, minute=59, second=0))
    assert families.handed_over() == []
    [late] = families.rows()
    assert (late.state, late.error) == ("suppressed", "too_late")
    assert families.work() == {"put_off": 1}
    [again] = [contact for contact in families.contacts("due") if contact.id == first.id]
    assert local(again.due_at).date() == local(first.due_at).date() + timedelta(days=1)
    families.until(again.due_at)
    assert families.work() == {"said": 1}
    assert len(families.handed_over()) == 1
    assert families.counted("check_in_said") == 1
    assert len(families.contacts("due")) == 1
    assert families.plan(conversation_id).state == "active"


def test_a_text_for_which_a_ceiling_is_reached_is_not_put_off_beyond_the_window(families: Families) -> None:
    families.enrolled(every_days=7)
    first = families.due()
    families.until(first.due_at)
    families.work()
    families.terms = outbox.Terms(families.sealer, words(), "https://help.example.org", 0)
    assert families.claim() == []
    [text] = families.rows()
    midnight = local(first.due_at, "UTC").replace(hour=0, minute=0, second=0) + timedelta(days=1)
    within = midnight < text_end(first)
    assert (text.state, text.due_at == midnight) == (("due", True) if within else ("suppressed", False))


def text_end(contact: ScheduledContact) -> datetime:
    return local(contact.due_at).replace(hour=18, minute=59, second=0)


def test_a_text_that_the_carrier_lost_on_the_way_is_sent_again_within_the_window_only(families: Families) -> None:
    families.enrolled(every_days=7)
    first = families.due()
    families.until(first.due_at)
    families.work()
    [text] = families.handed_over()
    families.report(text.id, "undelivered", "30003", provider_id=f"SM{text.id}")
    [said] = families.contacts("said")
    assert said.outgoing_text_id != text.id
    assert families.text_of(said).not_after == text_end(first)
    families.until(text_end(first))
    assert families.handed_over() == []
    assert [contact.id for contact in families.contacts("due") if contact.step == first.step] == [first.id]


def test_a_carrier_that_takes_nothing_for_hours_loses_no_check_in(families: Families) -> None:
    families.enrolled(every_days=7)
    first = families.due()
    families.until(first.due_at)
    families.work()
    for _ in range(40):
        if not (claimed := families.claim()):
            break
        families.refuse(claimed[0].id, "20429", permanent=False)
        [text] = families.rows()
        families.until(text.due_at)
    assert families.now >= text_end(first)
    assert [text.error for text in families.rows()] == ["too_late"]
    assert first.id in [contact.id for contact in families.contacts("due")], "it is said in the next window"


def test_a_goodbye_that_could_not_leave_is_said_in_the_next_window(families: Families) -> None:
    conversation_id = families.enrolled(rhythm="light", home_on=local(families.now).date() - timedelta(days=364))
    while (goodbye := families.due()).kind != "ending":
        families.until(goodbye.due_at)
        families.work()
        families.handed_over()
    families.until(goodbye.due_at)
    families.work()
    assert families.plan(conversation_id).state == "ended"
    families.until(text_end(goodbye))
    assert families.handed_over() == [], "its window is over"
    families.work()
    families.until(families.due().due_at)
    assert families.work() == {"said": 1}
    assert len(families.handed_over()) == 1
    assert families.counted("finished") == 1


# --- two workers


def test_two_workers_say_everything_once(families: Families) -> None:
    numbers = [f"+1916555{number:04}" for number in range(150, 170)]
    threads = [families.enrolled(number) for number in numbers]
    families.until(max(contact.due_at for contact in families.contacts("due")))
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        for _ in range(20):
            families.work()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [families.said(thread) for thread in threads] == [["How is food?"]] * len(numbers)
    assert len(families.rows()) == len(numbers)
    assert len(families.contacts("due")) == len(numbers)


def test_a_conversation_that_somebody_else_is_changing_is_not_waited_for(families: Families) -> None:
    if families.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    conversation_id = families.enrolled()
    families.until(families.due().due_at)
    with session_scope(families.engine) as session:
        lock_conversation(session, conversation_id)
        assert families.work() == {"busy": 1}
    assert families.work() == {"said": 1}
