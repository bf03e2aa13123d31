from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from resources_db import consent
from resources_db.check_ins import plans
from resources_db.check_ins.plans import BadChoice, NoPhone, NoPlan, NoSafeHours, RhythmOver
from resources_db.database import session_scope
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.models.conversation import Conversation
from resources_db.phones import find_phone
from tests.unit.resources_db.contacts.families import LOS_ANGELES, Families, local
from tests.unit.resources_db.sms.world import FAMILY

NEW_YORKER = "+12125550123"


@pytest.fixture
def families(directory_engine: Engine) -> Families:
    return Families(directory_engine)


def next_of(families: Families, conversation_id: str) -> date | None:
    with session_scope(families.engine, writes=False) as session:
        plan = plans.plan_of(session, conversation_id)
        assert plan is not None
        moment = plans.next_check_in(session, plan)
        return moment.date() if moment else None


def test_enrolling_writes_down_what_was_agreed_to_and_when_the_first_one_comes(families: Families) -> None:
    conversation_id = families.thread()
    plan = families.enrol(
        conversation_id, rhythm="steady", every_days=None, safe_word="bluebird", window_start=900, window_end=1020
    )
    assert (plan.state, plan.channel, plan.wording, plan.agreed_at) == ("active", "sms", "Yes, check on me", families.now)
    assert plan.safe_word_sealed is not None
    assert families.sealer.open(plan.safe_word_sealed) == "bluebird"
    assert next_of(families, conversation_id) == local(families.now).date() + timedelta(days=7)
    assert 15 <= local(families.due().due_at).hour < 17
    assert families.counted("enrolled") == 1
    with session_scope(families.engine, writes=False) as session:
        phone = find_phone(session, families.sealer, FAMILY)
        assert phone is not None
        assert [(line.given, line.wording) for line in consent.history(session, phone)] == [("opt_in", "Yes, check on me")]


def test_enrolling_again_replaces_the_plan_and_keeps_one_row_to_come(families: Families) -> None:
    conversation_id = families.enrolled(every_days=3)
    families.enrol(conversation_id, rhythm="light", every_days=None)
    assert next_of(families, conversation_id) == local(families.now).date() + timedelta(days=7)
    assert len(families.contacts("due")) == 1
    assert families.counted("enrolled") == 1


def test_a_phone_has_one_plan_the_newest(families: Families) -> None:
    older = families.enrolled(every_days=3)
    families.later(hours=1)
    newer = families.enrolled(every_days=5)
    assert families.due().conversation_id == newer
    assert families.plan(older).conversation_id == newer


@pytest.mark.parametrize(
    ("choice", "error", "field"),
    [
        ({"rhythm": "own", "every_days": 0}, BadChoice, "every_days"),
        ({"rhythm": "own", "every_days": 181}, BadChoice, "every_days"),
        ({"rhythm": "hourly"}, BadChoice, "rhythm"),
        ({"window_start": 1140, "window_end": 600}, BadChoice, "window_end"),
        ({"window_start": 600, "window_end": 630}, BadChoice, "window_end"),
        ({"weekdays": ""}, BadChoice, "weekdays"),
        ({"weekdays": "78"}, BadChoice, "weekdays"),
        ({"channel": "fax"}, BadChoice, "channel"),
        ({"home_on": date(2025, 11, 23)}, RhythmOver, "home_on"),
        ({"home_on": date(2028, 1, 1)}, BadChoice, "home_on"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_can_be_and_nothing_is_written(
    families: Families, choice: dict[str, Any], error: type[BadChoice], field: str
) -> None:
    conversation_id = families.thread()
    with pytest.raises(error) as refused:
        families.enrol(conversation_id, **choice)
    assert refused.value.field == field
    assert families.contacts() == []


def test_a_time_zone_that_does_not_exist_is_refused(families: Families) -> None:
    conversation_id = families.enrolled()
    with pytest.raises(BadChoice, match="time zone"):
        families.do(plans.change, families.sealer, conversation_id, families.now, time_zone="Mars/Olympus")


def test_hours_in_which_the_phone_may_get_no_text_are_refused_and_fine_on_the_web(families: Families) -> None:
    conversation_id = families.thread(NEW_YORKER)
    evening = {"window_start": 18 * 60, "window_end": 21 * 60}
    with pytest.raises(NoSafeHours, match="from 5:00 to 18:00"):
        families.enrol(conversation_id, **evening)
    assert families.enrol(conversation_id, **evening, channel="web").channel == "web"


def test_by_text_needs_a_phone(families: Families) -> None:
    with pytest.raises(NoPhone):
        families.enrol(families.thread(None), channel="sms")


def test_a_pause_says_nothing_until_its_end_and_then_goes_on_by_itself(families: Families) -> None:
    conversation_id = families.enrolled()
    until = families.now + timedelta(days=10)
    families.do(plans.pause, conversation_id, until, families.now)
    assert families.plan(conversation_id).state == "paused"
    assert families.due().due_at >= until
    families.until(families.due().due_at)
    assert families.work() == {"said": 1}
    assert families.plan(conversation_id).state == "active"
    assert families.counted("paused") == 1


def test_a_pause_without_an_end_lasts_until_the_family_says_so(families: Families) -> None:
    conversation_id = families.enrolled()
    families.do(plans.pause, conversation_id, None, families.now)
    assert families.contacts("due") == []
    families.later(days=40)
    assert families.work() == {}
    families.do(plans.resume, conversation_id, families.now)
    assert next_of(families, conversation_id) == local(families.now).date() + timedelta(days=1)


def test_skipping_tells_when_the_one_after_it_comes(families: Families) -> None:
    conversation_id = families.enrolled(every_days=7)
    moment = families.do(plans.skip_next, conversation_id, families.now)
    assert moment.date() == local(families.now).date() + timedelta(days=14)
    assert moment.tzinfo.key == LOS_ANGELES
    assert [contact.state for contact in families.contacts()] == ["skipped", "due"]
    assert families.counted("check_in_skipped") == 1


def test_a_skip_that_is_heard_twice_in_a_moment_leaves_out_one(families: Families) -> None:
    conversation_id = families.enrolled(every_days=7)
    first = families.do(plans.skip_next, conversation_id, families.now)
    assert families.do(plans.skip_next, conversation_id, families.now + timedelta(seconds=5)) == first
    assert [contact.state for contact in families.contacts()] == ["skipped", "due"]
    assert families.do(plans.skip_next, conversation_id, families.now + timedelta(minutes=5)) > first


def test_the_goodbye_cannot_be_skipped(families: Families) -> None:
    conversation_id = families.enrolled(rhythm="light", home_on=local(families.now).date() - timedelta(days=363))
    assert families.do(plans.skip_next, conversation_id, families.now) is not None or families.due().kind == "ending"
    assert families.do(plans.skip_next, conversation_id, families.now) is None
    assert families.due().kind == "ending"


def test_a_change_keeps_the_rest_and_what_is_due_today(families: Families) -> None:
    conversation_id = families.enrolled(every_days=7, safe_word="bluebird", discreet=True)
    before = families.due()
    families.until(local(before.due_at).replace(hour=9, minute=0))
    plan = families.do(plans.change, families.sealer, conversation_id, families.now, window_start=960, window_end=1080)
    assert (plan.every_days, plan.discreet, families.sealer.open(plan.safe_word_sealed)) == (7, True, "bluebird")
    assert local(families.due().due_at).date() == local(before.due_at).date()
    assert 16 <= local(families.due().due_at).hour < 18
    plan = families.do(plans.change, families.sealer, conversation_id, families.now, safe_word=None, channel="web")
    assert (plan.safe_word_sealed, plan.channel) == (None, "web")


def test_between_the_last_check_in_and_the_goodbye_everything_can_still_be_changed(families: Families) -> None:
    conversation_id = families.enrolled(rhythm="light", home_on=local(families.now).date() - timedelta(days=360))
    families.later(days=8)
    families.do(plans.change, families.sealer, conversation_id, families.now, window_start=900, window_end=1080)
    with pytest.raises(RhythmOver):
        long_ago = local(families.now).date() - timedelta(days=400)
        families.do(plans.change, families.sealer, conversation_id, families.now, home_on=long_ago)


@pytest.mark.parametrize("change", [plans.resume, plans.skip_next])
def test_a_plan_that_was_stopped_is_over_and_stopping_twice_is_stopping_once(
    families: Families, change: Callable[..., Any]
) -> None:
    conversation_id = families.enrolled()
    for _ in range(2):
        families.do(plans.stop, conversation_id, families.now)
    assert families.plan(conversation_id).state == "ended"
    assert families.contacts("due") == []
    assert families.counted("stopped") == 1
    with pytest.raises(NoPlan):
        families.do(change, conversation_id, families.now)


def test_by_text_the_page_of_the_thread_does_not_stay_open_for_a_year(families: Families) -> None:
    conversation_id = families.thread(None)
    with session_scope(families.engine) as session:
        row = session.get(Conversation, conversation_id)
        assert row is not None
        page_until = row.expires_at
    families.thread()
    with session_scope(families.engine) as session:
        row = session.get(Conversation, conversation_id)
        assert row is not None
        row.family_phone_id, row.joined_at = families.phone_id(), families.now
    families.enrol(conversation_id)
    with session_scope(families.engine, writes=False) as session:
        row = session.get(Conversation, conversation_id)
        assert row is not None
        assert row.token_until == page_until
        assert row.expires_at > families.now + timedelta(days=365)


def test_skipping_one_that_was_late_leaves_the_next_one_planned(families: Families) -> None:
    conversation_id = families.enrolled(every_days=7)
    with session_scope(
        families.engine
    ) as session:  # as after a text that came too late to leave: it is due again beside the next
        contact = session.scalars(select(ScheduledContact)).one()
        plan = session.scalars(select(CheckInPlan)).one()
        plans.plan_next(session, plan, after=date.fromisoformat(contact.step), number=None, now=families.now)
    families.do(plans.skip_next, conversation_id, families.now)
    assert [contact.state for contact in families.contacts()] == ["skipped", "due"]


def test_a_plan_never_stands_without_a_next_one_though_a_step_was_planned_before(families: Families) -> None:
    families.enrolled(every_days=7)
    with session_scope(families.engine) as session:
        contact = session.scalars(select(ScheduledContact)).one()
        plan = session.scalars(select(CheckInPlan)).one()
        contact.state = "cancelled"
        session.flush()
        plans.plan_next(session, plan, after=local(families.now).date(), number=None, now=families.now)
    states = [(contact.step, contact.state) for contact in families.contacts()]
    assert [state for _, state in states] == ["cancelled", "due"]


def test_a_pause_over_the_end_of_the_year_ends_with_the_goodbye(families: Families) -> None:
    conversation_id = families.enrolled(rhythm="light", home_on=local(families.now).date() - timedelta(days=330))
    families.do(plans.pause, conversation_id, families.now + timedelta(days=90), families.now)
    contact = families.due()
    assert contact.kind == "ending"
    assert contact.due_at >= families.now + timedelta(days=90)


def test_who_goes_on_after_the_year_is_over_gets_the_goodbye(families: Families) -> None:
    conversation_id = families.enrolled(rhythm="light", home_on=local(families.now).date() - timedelta(days=330))
    families.do(plans.pause, conversation_id, None, families.now)
    families.later(days=90)
    families.do(plans.resume, conversation_id, families.now)
    assert families.due().kind == "ending"
    families.until(families.due().due_at)
    families.work()
    assert families.plan(conversation_id).state == "ended"
