"""Check-ins as a family meets them: agreeing, one number each, one word to change, and answers that find help at once."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from actions import details, directory, enrolment, find_services
from actions.answer import ActionAnswer
from actions.check_ins import ActionCheckIns
from actions.coming_home import ActionComingHome
from resources_db.check_ins import invites, plans
from resources_db.check_ins.plans import Choice
from resources_db.check_ins.rhythm import steps
from resources_db.check_ins.saying import opening
from resources_db.database import session_scope
from resources_db.models.check_in import CheckInAnswer, CheckInPlan, ScheduledContact
from resources_db.models.consent import Consent
from resources_db.models.conversation import Conversation
from resources_db.models.invite import Invite
from resources_db.models.program_count import ProgramCount
from resources_db.phones import remember_phone
from resources_db.sealing import Sealer
from resources_db.words import load_words
from tests.factories import SANTA_ANA, DirectoryBuilder
from tests.unit.actions.family import Family
from tests.unit.actions.places import SANTA_ANA as PLACE

SEALER = Sealer(["a key of these tests, long enough to be one"])
#: A Sunday, ten in the morning in Santa Ana.
NOW = datetime(2026, 11, 22, 18, tzinfo=timezone.utc)
ZONE = "America/Los_Angeles"
ZIP = {**PLACE, "place": asdict(SANTA_ANA)}
WHOLE_LIST = "en", "es"


@pytest.fixture
def engine(directory_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    for module in (directory, find_services, details):
        monkeypatch.setattr(module, "engine", lambda: directory_engine)
    monkeypatch.setattr(find_services, "geocoder", lambda: None)
    monkeypatch.setattr(directory, "sealer", lambda: SEALER)
    monkeypatch.setattr(enrolment, "now", lambda: NOW)
    with session_scope(directory_engine) as session:
        builder = DirectoryBuilder(session)
        for miles, (name, needs) in enumerate(
            {"Rent Help": ["financial"], "Pantry": ["food"], "Respite House": ["respite"]}.items(), 1
        ):
            builder.add(name, float(miles), needs=needs, languages=("en", "es"))
        session.add(Conversation(id="family", token_hash="t", language="en", created_at=NOW, expires_at=NOW + timedelta(days=1)))
    return directory_engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def family(engine: Engine) -> Family:
    return Family()


def asked_for(family: Family, text: str = "check on me", **entities: list[Any]) -> Family:
    said = family.says(ActionCheckIns, text, "check_ins", **entities)
    assert said == ["utter_check_in_agree"]
    return family


def answers(family: Family, text: str, intent: str = "unclear", **entities: list[Any]) -> list[str]:
    return family.says(ActionAnswer, text, intent, **entities)


def taps(family: Family, answer: str) -> list[str]:
    """A choice under the last question."""
    asked = family.said[-1]["asked"]
    return family.says(ActionAnswer, "/answer", "answer", asked=[asked], answer=[answer])


def enrolled(engine: Engine, **choice: Any) -> plans.Plan:
    given = {"rhythm": "steady", "home_on": date(2026, 11, 20), "time_zone": ZONE, **choice}
    with session_scope(engine) as session:
        return plans.enrol(session, SEALER, "family", Choice(**given), wording="ok", language="en", now=NOW)


def plan_row(session: Session) -> CheckInPlan:
    session.rollback()  # to see the newest
    return session.scalars(select(CheckInPlan)).one()


def checked_in(engine: Engine, family: Family, item: str = "food", **choice: Any) -> str:
    """A check-in was said; its id. The question is open, as the gateway tells Rasa."""
    with session_scope(engine, writes=False) as session:
        plan = plans.plan_of(session, "family")
    plan = plan or enrolled(engine, **choice)
    contact_id = str(uuid.uuid4())
    with session_scope(engine) as session:
        session.add(
            ScheduledContact(
                id=contact_id,
                conversation_id="family",
                kind="check_in",
                plan_id=plan.id,
                plan_version=plan.version,
                step=contact_id[:12],
                dedupe_key=contact_id,
                wanted_at=NOW,
                due_at=NOW,
                expires_at=NOW + timedelta(days=7),
                state="said",
                said_at=NOW,
                item=None if plan.discreet else item,
            )
        )
    family.slots["asked"] = f"check_in_hello {contact_id}" if plan.discreet else f"check_in {contact_id} {item}"
    return contact_id


def counted(session: Session) -> dict[str, int]:
    session.rollback()
    rows = session.execute(select(ProgramCount.measure, ProgramCount.need, ProgramCount.zip, ProgramCount.count))
    return {" ".join(filter(None, row[:3])): row[3] for row in rows}


# --- agreeing -------------------------------------------------------------------------------------------------------------


def test_who_sees_this_comes_first_and_nothing_is_kept_before_the_family_agrees(family: Family, session: Session) -> None:
    asked_for(family)
    assert session.scalars(select(CheckInPlan)).all() == []
    assert answers(family, "2", "pick") == ["utter_check_in_declined"]
    assert session.scalars(select(CheckInPlan)).all() == []


def test_one_number_each_and_the_words_that_were_agreed_to_are_kept(family: Family, session: Session) -> None:
    asked_for(family, place=[ZIP])
    assert answers(family, "1", "pick") == ["utter_check_in_often"]
    assert answers(family, "1", "pick") == ["utter_check_in_hours"]
    assert answers(family, "3", "pick") == ["utter_check_in_phone"]
    assert answers(family, "1", "pick") == ["utter_check_in_home"]
    assert answers(family, "since friday") == ["utter_check_in_enrolled"]
    plan = plan_row(session)
    assert (plan.rhythm, plan.home_on, plan.time_zone, plan.discreet) == ("steady", date(2026, 11, 20), ZONE, False)
    assert (plan.window_start, plan.window_end) == (17 * 60, 20 * 60)
    assert plan.wording == load_words().say("utter_check_in_agree", "en")
    told = family.told("utter_check_in_enrolled")
    assert (told["date"], told["hours"]) == ("Friday, Nov 27", "5 pm to 8 pm")
    assert counted(session) == {"enrolled": 1}


def test_three_things_at_once_are_understood(family: Family, session: Session) -> None:
    asked_for(family, place=[ZIP])
    assert answers(family, "yes", "affirm") == ["utter_check_in_often"]
    assert answers(family, "every 2 weeks, after 5, only me, home since 2 weeks ago", "request_help") == [
        "utter_check_in_enrolled"
    ]
    plan = plan_row(session)
    assert (plan.rhythm, plan.every_days, plan.window_start, plan.home_on) == ("own", 14, 17 * 60, date(2026, 11, 8))
    assert family.told("utter_check_in_enrolled")["often"] == "every 2 weeks"


def test_all_of_it_in_spanish_in_the_first_message(engine: Engine, session: Session) -> None:
    family = Family(language="es")
    said = "pregúntame cada 10 días entre 4 y 7, nadie más lee esto, llegaron el viernes"
    asked_for(family, said, place=[ZIP])
    assert answers(family, "sí", "affirm") == ["utter_check_in_enrolled"]
    plan = plan_row(session)
    assert (plan.every_days, plan.window_start, plan.window_end, plan.discreet) == (10, 16 * 60, 19 * 60, False)
    assert (plan.home_on, plan.language) == (date(2026, 11, 20), "es")


def test_wishes_are_no_agreement(family: Family, session: Session) -> None:
    asked_for(family)
    assert answers(family, "every 2 weeks") == ["utter_check_in_agree"]
    assert session.scalars(select(CheckInPlan)).all() == []


def test_the_longer_answer_says_where_it_ends_and_asks_again(family: Family) -> None:
    asked_for(family)
    assert answers(family, "3", "pick") == ["utter_check_in_who_sees", "utter_check_in_agree"]
    for language, words in {"en": ("judge", "report"), "es": ("juez", "avisar")}.items():
        for channel in ("", "sms"):
            assert all(word in load_words().say("utter_check_in_who_sees", language, channel) for word in words)


def test_taps_do_the_same_as_numbers(family: Family, session: Session) -> None:
    asked_for(family, place=[ZIP])
    assert taps(family, "agree") == ["utter_check_in_often"]
    assert taps(family, "light") == ["utter_check_in_hours"]
    assert taps(family, "weekend") == ["utter_check_in_phone"]
    assert taps(family, "me") == ["utter_check_in_home"]
    assert taps(family, "7") == ["utter_check_in_enrolled"]
    plan = plan_row(session)
    assert (plan.rhythm, plan.weekdays, plan.home_on) == ("light", "56", date(2026, 11, 15))
    assert family.told("utter_check_in_enrolled")["hours"] == "weekends, 10 am to 7 pm"


def test_where_no_place_is_known_the_zip_code_tells_the_clock(family: Family, session: Session) -> None:
    asked_for(family, "check on me every week after 5, only me, home today")
    assert answers(family, "1", "pick") == ["utter_check_in_zip"]
    assert answers(family, "92701", "give_location", place=[ZIP]) == ["utter_check_in_enrolled"]
    assert plan_row(session).time_zone == ZONE


def test_who_keeps_the_zip_code_back_is_told_which_clock_is_used(family: Family, session: Session) -> None:
    asked_for(family, "check on me every week after 5, only me, home today")
    answers(family, "1", "pick")
    assert answers(family, "rather not", "deny") == ["utter_check_in_zone_guessed", "utter_check_in_enrolled"]
    assert plan_row(session).time_zone == "America/Chicago"


def test_a_need_in_the_middle_is_served_and_no_step_holds_it_up(family: Family) -> None:
    asked_for(family, place=[ZIP])
    answers(family, "1", "pick")
    assert "utter_results" in answers(family, "we need food", "request_help", need=["food"])


def test_a_place_in_the_middle_is_kept_and_the_same_step_is_asked_again(family: Family, session: Session) -> None:
    asked_for(family)
    assert answers(family, "1", "pick") == ["utter_check_in_often"]
    assert answers(family, "92701", "give_location", place=[ZIP]) == ["utter_check_in_often"]
    assert answers(family, "2", "pick") == ["utter_check_in_hours"]
    assert [answers(family, number, "pick") for number in "113"][-1] == ["utter_check_in_enrolled"]
    assert plan_row(session).time_zone == ZONE


def test_an_enrolment_is_never_lost_after_the_family_agreed(family: Family, session: Session) -> None:
    asked_for(family, place=[ZIP])
    assert answers(family, "1", "pick") == ["utter_check_in_often"]
    steps = ("utter_check_in_often", "utter_check_in_hours", "utter_check_in_phone", "utter_check_in_home")
    for step, following in itertools.pairwise(steps):
        assert answers(family, "girasol", "out_of_scope") == [step]
        assert answers(family, "uuh") == [following]
    answers(family, "girasol")
    assert answers(family, "hmm") == ["utter_check_in_enrolled", "utter_check_in_word"]
    plan = plan_row(session)
    assert (plan.rhythm, plan.window_start, plan.discreet) == ("steady", 10 * 60, True), "others may read it: nobody said no"


def test_yes_and_a_few_words_say_that_others_read_the_phone(family: Family, session: Session) -> None:
    asked_for(family, "check on me weekly in the mornings, home today", place=[ZIP])
    answers(family, "1", "pick")
    assert answers(family, "yes my ex reads it") == ["utter_check_in_enrolled", "utter_check_in_word"]
    assert plan_row(session).discreet


def test_what_is_not_understood_before_agreeing_is_asked_once_more_and_then_left(family: Family, session: Session) -> None:
    asked_for(family, place=[ZIP])
    assert answers(family, "girasol") == ["utter_check_in_agree"]
    assert "utter_check_in_agree" not in answers(family, "girasol")
    assert session.scalars(select(CheckInPlan)).all() == []


def test_a_phone_that_others_read_gets_a_safe_word_if_wanted(family: Family, session: Session) -> None:
    asked_for(family, "check on me weekly in the mornings, home today", place=[ZIP])
    answers(family, "1", "pick")
    assert answers(family, "2", "pick") == ["utter_check_in_enrolled", "utter_check_in_word"]
    assert answers(family, "stop now", "deny") != ["utter_check_in_word_kept"]
    family.slots["asked"] = "check_in_word"
    assert answers(family, "ayuda", "unclear") == ["utter_check_in_other_word"]
    assert answers(family, "Mango") == ["utter_check_in_word_kept"]
    plan = plan_row(session)
    assert plan.discreet
    assert SEALER.open(plan.safe_word_sealed or "") == "mango"


def test_news_told_before_is_not_asked_for_again(family: Family, session: Session) -> None:
    family.says(ActionComingHome, "kids home since friday", "came_home", place=[ZIP])
    asked_for(family, "/check_ins")
    taps(family, "agree")
    taps(family, "steady")
    taps(family, "any")
    assert taps(family, "me") == ["utter_check_in_enrolled"]
    assert plan_row(session).home_on == date(2026, 11, 20)


def test_whoever_was_home_for_years_is_counted_from_today(family: Family, session: Session) -> None:
    asked_for(family, "check on me weekly after 5, only me, they came home 3 years ago", place=[ZIP])
    assert answers(family, "1", "pick") == ["utter_check_in_long_home", "utter_check_in_enrolled"]
    assert plan_row(session).home_on == date(2026, 11, 22)


def test_an_invite_code_opens_the_same_door_and_names_the_site(family: Family, engine: Engine, session: Session) -> None:
    with session_scope(engine) as writing:
        code = invites.make(writing, SEALER, label="poster", site="willow", made_by=None, days=30, most_uses=5, now=NOW)
    asked_for(family, f"my code is {code.lower()}, check on me weekly after 5, only me, home today", place=[ZIP])
    assert answers(family, "1", "pick") == ["utter_check_in_enrolled"]
    assert plan_row(session).invite_id is not None
    assert session.get_one(Conversation, "family").site == "willow"


def test_a_turn_that_runs_twice_takes_one_place_of_an_invitation(family: Family, engine: Engine, session: Session) -> None:
    with session_scope(engine) as writing:
        code = invites.make(writing, SEALER, label="poster", site=None, made_by=None, days=30, most_uses=1, now=NOW)
    asked_for(family, f"my code is {code.lower()}, check on me weekly after 5, only me, home today", place=[ZIP])
    agreed = family.slots["asked"]
    for _ in range(2):
        family.slots["asked"] = agreed
        assert answers(family, "1", "pick") == ["utter_check_in_enrolled"]
    session.rollback()
    assert plan_row(session).invite_id is not None
    assert session.scalars(select(Invite.uses)).one() == 1


def test_a_code_that_is_not_good_keeps_nobody_out(family: Family) -> None:
    assert family.says(ActionCheckIns, "HW-7KQ2MX", "check_ins") == ["utter_check_in_code_unknown", "utter_check_in_agree"]


def test_by_text_the_words_name_how_often_what_it_costs_and_how_to_stop(engine: Engine, session: Session) -> None:
    with session_scope(engine) as writing:
        phone = remember_phone(writing, SEALER, "+17145550143", our_number="+15005550006", language="en", site=None, now=NOW)
        conversation = writing.get_one(Conversation, "family")
        conversation.family_phone_id, conversation.joined_at, conversation.token_hash = phone.id, NOW, None
    family = Family(channel="sms")
    said = family.says(ActionCheckIns, "check on me weekly after 5, only me, home today", "check_ins")
    assert said == ["utter_check_in_agree_texts"]
    assert answers(family, "1", "pick") == ["utter_check_in_enrolled"]
    plan = plan_row(session)
    assert (plan.channel, plan.time_zone) == ("sms", ZONE)
    assert plan.wording == load_words().say("utter_check_in_agree_texts", "en", "sms")
    assert session.scalars(select(Consent)).one().wording == plan.wording
    for language, words in {"en": ("Msg & data rates may apply", "HELP", "STOP"), "es": ("cargos", "AYUDA", "STOP")}.items():
        for channel in ("", "sms"):
            text = load_words().say("utter_check_in_agree_texts", language, channel)
            assert all(word in text for word in (*words, "13"))


def test_the_number_of_check_ins_in_those_words_is_the_rhythms_own() -> None:
    assert sum(step.kind == "check_in" for step in steps("steady", None, date(2026, 1, 1))) == 13
    assert sum(step.kind == "check_in" for step in steps("light", None, date(2026, 1, 1))) == 5


# --- one word -------------------------------------------------------------------------------------------------------------


def test_who_is_enrolled_gets_the_next_date_and_how_to_change(family: Family, engine: Engine) -> None:
    enrolled(engine)
    assert family.says(ActionCheckIns, "check on me", "check_ins") == ["utter_check_in_status"]
    told = family.told("utter_check_in_status")
    assert (told["date"], told["hours"], told["often"]) == (
        "Friday, Nov 27", "10 am to 7 pm", "every week in the first month, then less often",
    )  # fmt: skip
    assert answers(family, "1", "pick") == ["utter_check_in_often"]
    assert answers(family, "once a month") == ["utter_check_in_changed"]
    assert family.told("utter_check_in_changed")["often"] == "every month"


@pytest.mark.parametrize(
    ("text", "until"),
    [("PAUSE", "Sunday, Dec 20"), ("pausa 2 semanas", "Sunday, Dec 6"), ("pause until dec 1", "Tuesday, Dec 1")],
)
def test_pause_says_until_when(text: str, until: str, family: Family, engine: Engine, session: Session) -> None:
    enrolled(engine)
    assert family.says(ActionCheckIns, text, "check_ins") == ["utter_check_in_paused_until"]
    assert family.told("utter_check_in_paused_until")["until"] == until
    assert plan_row(session).state == "paused"
    assert family.says(ActionCheckIns, "resume", "check_ins") == ["utter_check_in_resumed"]
    assert plan_row(session).state == "active"


def test_skip_leaves_out_one(family: Family, engine: Engine) -> None:
    enrolled(engine)
    assert family.says(ActionCheckIns, "SALTAR", "check_ins") == ["utter_check_in_skipping"]
    assert family.told("utter_check_in_skipping")["date"] == "Friday, Dec 4"


@pytest.mark.parametrize("text", ["stop check-ins", "ya no me preguntes", "no more check-ins"])
def test_stop_ends_them_at_once(text: str, family: Family, engine: Engine, session: Session) -> None:
    enrolled(engine)
    assert family.says(ActionCheckIns, text, "check_ins") == ["utter_check_in_ended"]
    assert plan_row(session).state == "ended"
    assert session.scalars(select(ScheduledContact).where(ScheduledContact.state == "due")).all() == []


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [("only after 5", "window_start", 17 * 60), ("solo los domingos", "weekdays", "6"), ("every 3 weeks", "every_days", 21),
     ("my boyfriend reads my texts", "discreet", True), ("light check-ins", "rhythm", "light")],
)  # fmt: skip
def test_a_wish_changes_what_it_names_alone(
    text: str, field: str, value: Any, family: Family, engine: Engine, session: Session
) -> None:
    before = enrolled(engine)
    assert "utter_check_in_changed" in family.says(ActionCheckIns, text, "check_ins")
    assert getattr(plan_row(session), field) == value
    assert plan_row(session).home_on == before.home_on


def test_without_check_ins_the_words_keep_their_old_meaning(family: Family) -> None:
    assert family.says(ActionCheckIns, "skip", "check_ins") == ["utter_unclear"]
    assert family.says(ActionCheckIns, "no more check-ins", "check_ins") == ["utter_check_in_none"]


def test_while_the_list_asks_skip_skips_its_question(family: Family, engine: Engine, session: Session) -> None:
    enrolled(engine)
    family.says(ActionComingHome, "kids came home today", "came_home")
    assert answers(family, "SKIP", "check_ins") == ["utter_list_question"]
    assert family.told("utter_list_question")["number"] == 2
    assert plan_row(session).state == "active"


def test_while_the_place_is_asked_skip_means_rather_not(family: Family, engine: Engine) -> None:
    enrolled(engine)
    family.slots["requested_slot"] = "place"
    assert family.says(ActionCheckIns, "skip", "check_ins") == ["utter_no_place_again"]


# --- answers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["3", "hard", "no", "C", "it's been really rough", "muy mal", "no nos alcanza"])
def test_hard_becomes_matches_in_the_same_turn_after_one_kind_sentence(
    text: str, family: Family, engine: Engine, session: Session
) -> None:
    contact = checked_in(engine, family)
    family.says(ActionAnswer, "hi", "greet", place=[ZIP])
    said = answers(family, text)
    assert said[:2] == ["utter_check_in_help", "utter_results"]
    assert [match["service"] for match in family.matches("utter_results")] == ["Pantry"]
    answer = session.scalars(select(CheckInAnswer)).one()
    assert (answer.item, answer.severity, answer.needs) == ("food", 2, ["food", "benefits"])
    assert session.get_one(ScheduledContact, contact).answered_at is not None
    found = counted(session)
    assert (found["check_in_answered"], found["need_found food 92701"], found["need_found benefits 92701"]) == (1, 1, 1)


def test_where_no_place_is_known_hard_asks_for_it_and_nothing_else(family: Family, engine: Engine) -> None:
    checked_in(engine, family)
    assert answers(family, "3", "pick") == ["utter_check_in_help"]
    assert (family.next_action, family.slots["needs"]) == ("find_services_form", ["food", "benefits"])


@pytest.mark.parametrize("text", ["1", "fine", "Todo bien gracias a Dios", "yes", "a", "food is fine"])
def test_fine_leads_to_one_more_question_and_then_to_the_next_date(text: str, family: Family, engine: Engine) -> None:
    checked_in(engine, family)
    assert answers(family, text, "affirm") == ["utter_check_in_one_more"]
    assert "check_in " in family.slots["asked"]
    assert not family.slots["asked"].endswith(" food")
    assert answers(family, "1", "pick") == ["utter_check_in_glad", "utter_check_in_next"]
    assert family.told("utter_check_in_next")["date"] == "Friday, Nov 27"
    assert family.slots["asked"] is None


def test_free_text_with_a_need_is_served_as_ever_and_remembered(family: Family, engine: Engine, session: Session) -> None:
    contact = checked_in(engine, family)
    said = answers(family, "honestly we're short on rent", "request_help", need=["financial"], place=[ZIP])
    assert "utter_results" in said
    assert [match["service"] for match in family.matches("utter_results")] == ["Rent Help"]
    answer = session.scalars(select(CheckInAnswer)).one()
    assert (answer.item, answer.answer, answer.contact_id) == ("housing", "hard", contact)
    assert counted(session)["need_found financial 92701"] == 1


def test_a_story_without_a_need_is_heard_and_asked_what_would_help(family: Family, engine: Engine, session: Session) -> None:
    contact = checked_in(engine, family)
    family.says(ActionAnswer, "hi", "greet", place=[ZIP])
    story = "everything is falling apart since monday and the school keeps calling me at my new job"
    assert answers(family, story, "other_in_domain") == ["utter_check_in_what"]
    assert session.get_one(ScheduledContact, contact).answered_at is not None
    assert "utter_results" in answers(family, "4", "pick")
    assert [match["service"] for match in family.matches("utter_results")] == ["Respite House"]


def test_at_home_hard_asks_what_is(family: Family, engine: Engine) -> None:
    checked_in(engine, family, "home")
    assert answers(family, "not great", "deny") == ["utter_check_in_what"]


@pytest.mark.parametrize("item", ["stress", "people", "recovery"])
def test_what_people_help_with_offers_a_person_first(item: str, family: Family, engine: Engine) -> None:
    checked_in(engine, family, item)
    assert answers(family, "hard") == ["utter_check_in_offer_person"]
    assert answers(family, "3", "pick") == ["utter_check_in_okay", "utter_check_in_next"]


def test_i_want_a_person_reaches_one(family: Family, engine: Engine, session: Session) -> None:
    contact = checked_in(engine, family)
    said = answers(family, "4", "pick")
    assert any(response.startswith(("utter_person", "utter_call")) for response in said)
    assert session.get_one(ScheduledContact, contact).answered_at is not None


def test_skip_is_no_answer_and_no_question_follows(family: Family, engine: Engine, session: Session) -> None:
    checked_in(engine, family)
    assert answers(family, "skip", "check_ins") == ["utter_check_in_okay", "utter_check_in_next"]
    assert counted(session)["check_in_skipped"] == 1
    assert plan_row(session).state == "active"


def test_stop_while_a_check_in_is_open_ends_them(family: Family, engine: Engine, session: Session) -> None:
    checked_in(engine, family)
    assert answers(family, "stop", "deny") == ["utter_check_in_ended"]
    assert plan_row(session).state == "ended"


def test_what_does_not_apply_is_never_asked_again(family: Family, engine: Engine, session: Session) -> None:
    checked_in(engine, family, "recovery")
    assert answers(family, "4", "pick") == ["utter_check_in_okay", "utter_check_in_next"]
    assert session.scalars(select(CheckInAnswer)).one().answer == "never"


def test_the_same_answer_twice_counts_once(family: Family, engine: Engine, session: Session) -> None:
    contact = checked_in(engine, family)
    answers(family, "3", "pick")
    family.slots["asked"] = f"check_in {contact} food"
    answers(family, "3", "pick")
    assert len(session.scalars(select(CheckInAnswer)).all()) == 1
    assert counted(session)["need_found food"] == 1


def test_who_sees_this_is_answered_and_the_question_stays_open(family: Family, engine: Engine) -> None:
    contact = checked_in(engine, family)
    assert answers(family, "who can see this", "privacy") == ["utter_privacy"]
    assert family.slots["asked"] == f"check_in {contact} food"


# --- others read the phone -----------------------------------------------------------------------------------------------


def test_without_a_safe_word_any_reply_brings_the_question(family: Family, engine: Engine) -> None:
    checked_in(engine, family, discreet=True)
    assert answers(family, "yes?", "affirm") == ["utter_check_in_ask"]


def test_with_one_nobody_else_learns_anything(family: Family, engine: Engine, session: Session) -> None:
    contact = checked_in(engine, family, discreet=True, safe_word="mangó")
    assert answers(family, "who is this", "bot_challenge") == ["utter_check_in_talk_soon"]
    assert session.get_one(ScheduledContact, contact).answered_at is None
    assert answers(family, "ok MANGO", "unclear") == ["utter_check_in_ask"]


def test_who_forgot_the_word_is_not_locked_out(family: Family, engine: Engine) -> None:
    checked_in(engine, family, discreet=True, safe_word="mango")
    assert answers(family, "food please", "request_help", need=["food"], place=[ZIP]) == ["utter_check_in_talk_soon"]
    assert "utter_results" in answers(family, "food please", "request_help", need=["food"])


def test_the_bland_text_names_nothing(engine: Engine, session: Session) -> None:
    family = Family()
    contact = session.get_one(ScheduledContact, checked_in(engine, family, discreet=True))
    for language in WHOLE_LIST:
        said = opening(session, contact, load_words(), SEALER, language, "sms", NOW)
        assert said is not None
        assert said.choices == []
        assert said.asked == f"check_in_hello {contact.id}"
        told = said.text.casefold()
        assert not any(word in told for word in ("homeward", "check", "kid", "niñ", "home", "casa", "help", "ayuda"))


def test_a_missed_one_is_owned_up_to(engine: Engine, session: Session) -> None:
    contact = session.get_one(ScheduledContact, checked_in(engine, Family()))
    plan_row(session).missed = True
    said = opening(session, contact, load_words(), SEALER, "en", "sms", NOW)
    assert said is not None
    assert "Sorry I missed you" in said.text


# --- offered, not pushed -------------------------------------------------------------------------------------------------


def test_the_end_of_the_list_offers_them_with_one_choice(family: Family) -> None:
    family.says(ActionComingHome, "kids came home today", "came_home")
    assert answers(family, "4", "pick")[-1] == "utter_check_in_offer"


def test_who_has_them_is_not_offered_them(family: Family, engine: Engine) -> None:
    enrolled(engine)
    family.says(ActionComingHome, "kids came home today", "came_home")
    assert "utter_check_in_offer" not in answers(family, "4", "pick")


def test_a_day_is_the_familys_own() -> None:
    assert datetime(2026, 11, 23, 5, tzinfo=timezone.utc).astimezone(ZoneInfo(ZONE)).date() == date(2026, 11, 22)
    assert enrolment.day_in_words("es", date(2026, 11, 27)) == "viernes 27 nov"
