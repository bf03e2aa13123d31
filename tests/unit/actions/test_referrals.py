"""What a family does with a listing, and what came of it, as it is said in a conversation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from actions import details, directory, find_services, requests
from actions.answer import ActionAnswer
from actions.details import ActionShowDetails
from actions.find_services import ActionFindServices
from actions.referral_words import heard
from actions.referrals import ActionReferral, _in_my_words
from bot.sms.rendering import render
from resources_db import consent
from resources_db.database import session_scope
from resources_db.messages import Answer
from resources_db.models import Phone
from resources_db.models.check_in import ScheduledContact
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.referral import Referral
from resources_db.models.staff_member import StaffMember
from resources_db.phones import remember_phone
from resources_db.referrals import ledger
from resources_db.referrals.saying import follow_up
from resources_db.referrals.vocabulary import likely_barriers, ways
from resources_db.sealing import Sealer
from resources_db.sms.gsm import fold, is_gsm, segments
from resources_db.taxonomy.needs import load_needs
from resources_db.words import load_words
from tests.factories import SANTA_ANA, DirectoryBuilder
from tests.unit.actions.family import Family

SEALER = Sealer(["a key of these tests, long enough to be one"])
ZIP = {"text": "92701", "place": asdict(SANTA_ANA), "candidates": []}
NAMES = ("Open Table Pantry", "Harbor Kitchen", "Willow Food Bank")


@pytest.fixture
def engine(directory_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    for module in (directory, find_services, details, requests):
        monkeypatch.setattr(module, "engine", lambda: directory_engine)
    monkeypatch.setattr(find_services, "geocoder", lambda: None)
    monkeypatch.setattr(requests, "offered", lambda session, referral: False)
    monkeypatch.setattr(directory, "sealer", lambda: SEALER)
    with session_scope(directory_engine) as session:
        builder = DirectoryBuilder(session)
        for miles, name in enumerate(NAMES, 1):
            builder.add(name, float(miles), languages=("en", "es"))
        now = datetime.now(timezone.utc)
        session.add(Conversation(id="family", token_hash="t", language="en", created_at=now, expires_at=now + timedelta(days=30)))
    return directory_engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """To look at what was written; each look sees the newest."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def family(engine: Engine) -> Family:
    return Family()


def looks(family: Family) -> list[str]:
    """The family looks for food; the names of what it is shown, in order."""
    family.says(ActionFindServices, "food 92701", "request_help", need=["food"], place=[ZIP])
    return [match["service"] for match in family.matches("utter_results")]


def picks(family: Family, number: int = 1) -> list[str]:
    return family.says(ActionShowDetails, str(number), "pick", choice=[number])


def says(family: Family, text: str, intent: str = "referral", **entities: list[Any]) -> list[str]:
    """As the rules have it: to the open question first."""
    action = ActionAnswer if family.slots.get("asked") else ActionReferral
    return family.says(action, text, intent, **entities)


def taps(family: Family, answer: str) -> list[str]:
    return family.says(ActionAnswer, "", "answer", asked=[family.slots["asked"]], answer=[answer])


def referrals(session: Session) -> list[tuple[str, str | None, str | None]]:
    """(status, way, barrier), the newest first."""
    session.rollback()
    return [(one.status, one.way, one.barrier) for one in ledger.referrals_of(session, "family")]


def add_partner(engine: Engine) -> None:
    with session_scope(engine) as session:
        now = datetime.now(timezone.utc)
        session.add(StaffMember(id="ana", email="ana@example.org", name="Ana", roles=["partner"], created_at=now))


def add_phone(engine: Engine) -> None:
    with session_scope(engine) as session:
        now = datetime.now(timezone.utc)
        phone = remember_phone(session, SEALER, "+17145550142", our_number="+17145550100", language="en", site=None, now=now)
        session.execute(update(Conversation).values(family_phone_id=phone.id))


def ask_how_it_went(engine: Engine, family: Family, step: str = "48h") -> None:
    """What the worker says, and what the gateway then tells Rasa."""
    with session_scope(engine) as session:
        contact = session.scalars(select(ScheduledContact).where(ScheduledContact.step == step)).one()
        asked = follow_up(session, contact, load_words(), SEALER, "en", "sms", datetime.now(timezone.utc))
        assert asked
        family.slots["asked"] = asked.asked


# --- how to go about it ---------------------------------------------------------------------------------------------


def test_after_the_details_comes_how_to_go_about_it(engine: Engine, family: Family, session: Session) -> None:
    add_partner(engine)
    looks(family)
    assert picks(family) == ["utter_picked", "utter_referral_ways"]
    choices = [button["title"] for button in family.told("utter_referral_ways")["buttons"]]
    assert choices == ["I'll call", "Ask a parent partner to call me"]
    assert referrals(session) == [("offered", None, None)]


def test_only_the_ways_that_there_are_get_offered(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    looks(family)
    assert picks(family) == ["utter_picked", "utter_referral_will_you_call"]
    monkeypatch.setattr(requests, "offered", lambda session, referral: True)
    picks(family)
    choices = [button["title"] for button in family.told("utter_referral_ways")["buttons"]]
    assert choices == ["I'll call", "Send my request"]


def test_nobody_is_told_to_call_a_place_without_a_phone(engine: Engine, family: Family) -> None:
    with session_scope(engine) as session:
        session.execute(delete(Phone))
    looks(family)
    assert picks(family) == ["utter_picked"]


def test_the_ways_fit_into_one_text_in_both_languages() -> None:
    words = load_words()
    for language in ("en", "es"):
        menu = "\n".join(f"{number} {label[language]}" for number, label in enumerate(ways().values(), 1))
        question = words.say("utter_referral_ways", language, "sms")
        assert segments(fold(f"{question}\n{menu}\n{words.say('utter_text_choose', language, 'sms')}")) == 1


def test_to_call_comes_with_what_to_say_and_what_to_have_at_hand(engine: Engine, family: Family, session: Session) -> None:
    first = looks(family)[0]
    with session_scope(engine) as writing:
        builder = DirectoryBuilder(writing)
        for text in ("Nothing else.", "Photo ID."):
            builder.document(family.matches("utter_results")[0]["service_id"], text)
    picks(family)
    assert taps(family, "call") == ["utter_referral_call_documents", "utter_follow_up_tell_me"]
    told = family.told("utter_referral_call_documents")
    assert (told["service"], told["needs"], told["names"]) == (first, "food", "Photo ID")
    assert referrals(session) == [("offered", "call", None)]


@pytest.mark.parametrize(("text", "language"), [("I'll call the second one", "en"), ("voy a llamar al segundo", "es")])
def test_a_family_may_say_so_without_having_picked(family: Family, session: Session, text: str, language: str) -> None:
    family.language = language
    second = looks(family)[1]
    assert says(family, text, choice=[2])[:2] == ["utter_phones", "utter_referral_call"]
    assert family.told("utter_phones")["lines"] == f"• {second}: (714) 555-0100"
    assert referrals(session) == [("offered", "call", None)]


def test_a_place_may_be_named(family: Family, session: Session) -> None:
    looks(family)
    says(family, "ill call the harbor kitchen")
    assert family.told("utter_referral_call")["service"] == "Harbor Kitchen"


def test_a_number_after_the_details_still_means_the_list(family: Family) -> None:
    looks(family)
    picks(family)
    assert family.says(ActionAnswer, "2", "pick", choice=[2])[0] == "utter_picked"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("need", load_needs())
def test_what_to_say_is_said_by_the_family_of_itself(need: str, language: str) -> None:
    assert not re.search(r"\b(you|your|tus?|ti|te|pediste|\w+arte)\b", _in_my_words(need, language))


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [("cobran?", "ask_cost", "utter_costs"), ("do i need an appointment or id", "ask_documents", "utter_documents")],
)
def test_a_question_about_the_place_is_answered_and_taken_for_nothing_else(
    family: Family, session: Session, text: str, intent: str, response: str
) -> None:
    looks(family)
    picks(family)
    assert family.says(ActionAnswer, text, intent) == [response]
    assert referrals(session) == [("offered", None, None)]


def test_who_would_rather_not_choose_is_left_in_peace(family: Family, session: Session) -> None:
    looks(family)
    picks(family)
    assert says(family, "no thanks", "deny") == ["utter_referral_later"]
    assert referrals(session) == [("offered", None, None)]


def test_a_need_said_instead_is_served(family: Family) -> None:
    looks(family)
    picks(family)
    assert family.says(ActionAnswer, "also diapers", "request_help", need=["goods"])[0] != "utter_referral_later"
    assert "goods" in family.slots["needs"]


def test_somebody_whose_conversation_is_not_kept_is_shown_the_details_alone(engine: Engine, family: Family) -> None:
    with session_scope(engine) as session:
        session.execute(delete(Conversation))
    looks(family)
    assert picks(family) == ["utter_picked"]


def as_answers(family: Family) -> list[Answer]:
    """What was said in the last turn, as the gateway gets it."""
    words = load_words()
    answers = []
    for message in family.said:
        values = {name: value for name, value in message.items() if isinstance(value, str) and name != "response"}
        choices = words.choices(message["response"], family.language, "sms", **values)
        choices += [(button["title"], button["payload"]) for button in message["buttons"]]
        matches = json.loads(message["custom"]["matches"]) if "matches" in message["custom"] else ()
        answers.append(Answer(words.say(message["response"], family.language, "sms", **values), choices, matches))
    return answers


# --- may we ask -----------------------------------------------------------------------------------------------------


def test_a_family_that_texts_is_asked_once_and_its_words_are_kept(engine: Engine, family: Family, session: Session) -> None:
    add_phone(engine)
    looks(family)
    picks(family)
    assert taps(family, "call")[-1] == "utter_follow_up_may_i"
    assert says(family, "sure", "affirm") == ["utter_follow_up_planned"]
    referral = session.scalars(select(Referral)).one()
    assert referral.follow_up_wording == load_words().say("utter_follow_up_may_i", "en")
    assert {row.step for row in session.scalars(select(ScheduledContact))} == {"48h", "7d", "close"}
    phone = session.scalars(select(FamilyPhone)).one()
    assert [line.wording for line in consent.history(session, phone)] == [referral.follow_up_wording]


def test_what_came_of_it_may_be_told_in_place_of_an_answer(engine: Engine, family: Family, session: Session) -> None:
    add_phone(engine)
    looks(family)
    picks(family)
    taps(family, "call")
    assert says(family, "we got the food, thank you") == ["utter_referral_got_help"]
    assert referrals(session) == [("got_help", "call", None)]


def test_a_family_that_would_rather_not_is_not_asked(engine: Engine, family: Family, session: Session) -> None:
    add_phone(engine)
    looks(family)
    picks(family)
    taps(family, "call")
    assert taps(family, "no") == ["utter_follow_up_declined"]
    assert session.scalars(select(ScheduledContact)).all() == []


def test_who_said_stop_is_neither_asked_nor_texted(engine: Engine, family: Family, session: Session) -> None:
    add_phone(engine)
    looks(family)
    picks(family)
    taps(family, "call")
    with session_scope(engine) as writing:
        consent.opt_out(writing, SEALER, "+17145550142", "keyword", "en", datetime.now(timezone.utc))
    assert taps(family, "yes") == ["utter_follow_up_tell_me"]
    assert session.scalars(select(ScheduledContact)).all() == []
    assert consent.is_opted_out(session, SEALER, "+17145550142")


# --- what came of it ------------------------------------------------------------------------------------------------


def goes(engine: Engine, family: Family) -> None:
    """The family looks, calls the first place, and agrees to be asked."""
    add_phone(engine)
    looks(family)
    picks(family)
    taps(family, "call")
    taps(family, "yes")


@pytest.mark.parametrize("text", ["1", "we got the food, thank you", "yes"])
def test_one_number_says_that_it_helped(engine: Engine, family: Family, session: Session, text: str) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    assert says(family, text, "affirm" if text == "yes" else "referral") == ["utter_referral_got_help"]
    assert referrals(session) == [("got_help", "call", None)]
    steps = {row.step: (row.state, row.answered_at is not None) for row in session.scalars(select(ScheduledContact))}
    assert steps == {"48h": ("cancelled", True), "7d": ("cancelled", False), "close": ("cancelled", False)}


def test_not_yet_is_asked_again_after_a_week(engine: Engine, family: Family, session: Session) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    assert says(family, "2") == ["utter_referral_not_yet"]
    assert referrals(session) == [("offered", "call", None)]
    ask_how_it_went(engine, family, "7d")
    assert taps(family, "got_help") == ["utter_referral_got_help"]


def test_a_no_gets_the_next_place_in_the_same_turn_and_is_asked_why(engine: Engine, family: Family, session: Session) -> None:
    goes(engine, family)
    failed = family.slots["search"]["current"]
    ask_how_it_went(engine, family)
    assert says(family, "3") == ["utter_referral_next", "utter_referral_why"]
    (next_place,) = family.matches("utter_referral_next")
    assert next_place["service_at_location_id"] != failed
    assert referrals(session)[-1] == ("couldnt_get_help", "call", None)
    assert taps(family, "no_answer") == ["utter_referral_why_checked", "utter_referral_will_you_call"]
    assert referrals(session) == [("offered", None, None), ("couldnt_contact", "call", "no_answer")]
    assert taps(family, "call")[0] == "utter_referral_call"
    assert family.told("utter_referral_call")["service"] == next_place["service"]


def test_a_no_that_staff_were_told_is_asked_about_soon_and_the_next_place_follows(
    engine: Engine, family: Family, session: Session
) -> None:
    goes(engine, family)
    with session_scope(engine) as writing:
        referral, now = writing.scalars(select(Referral)).one(), datetime.now(timezone.utc)
        ledger.note(writing, referral, "no_capacity", "staff", now, staff_id="ana")
    states = {row.step: row.state for row in session.scalars(select(ScheduledContact))}
    assert states == {"48h": "cancelled", "7d": "cancelled", "close": "cancelled", "no_capacity": "due"}
    ask_how_it_went(engine, family, "no_capacity")
    assert says(family, "3") == ["utter_referral_next", "utter_referral_will_you_call"], "why is known"
    assert ("no_capacity", "call", None) in referrals(session), "and stays as it was told"


def test_help_that_came_all_the_same_is_believed_and_nothing_more_is_asked(
    engine: Engine, family: Family, session: Session
) -> None:
    goes(engine, family)
    with session_scope(engine) as writing:
        ledger.note(writing, writing.scalars(select(Referral)).one(), "not_eligible", "staff", datetime.now(timezone.utc))
    assert says(family, "we got the food, thank you") == ["utter_referral_got_help"]
    assert set(session.scalars(select(ScheduledContact.state))) == {"cancelled"}


def test_a_family_that_would_not_be_asked_is_not_asked_for_a_no_of_staff_either(
    engine: Engine, family: Family, session: Session
) -> None:
    looks(family)
    picks(family)
    taps(family, "call")
    with session_scope(engine) as writing:
        ledger.note(writing, writing.scalars(select(Referral)).one(), "no_capacity", "staff", datetime.now(timezone.utc))
    assert session.scalars(select(ScheduledContact)).all() == []


def test_the_reasons_come_likeliest_first_and_have_numbers(engine: Engine, family: Family, session: Session) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    says(family, "3")
    titles = [button["title"] for button in family.told("utter_referral_why")["buttons"]]
    assert titles[0] == "No answer"
    says(family, str(titles.index("Full or ran out") + 1))
    assert ("no_capacity", "call", "no_capacity") in referrals(session)


@pytest.mark.parametrize(
    ("text", "status", "barrier"),
    [
        ("they never answered", "couldnt_contact", "no_answer"),
        ("too far", "couldnt_get_help", "too_far"),
        ("estaba cerrado", "couldnt_contact", "closed_hours"),
        ("no tienen", "no_capacity", "no_capacity"),
        ("no califico", "not_eligible", "not_eligible"),
        ("the number is disconnected", "couldnt_contact", "wrong_phone"),
    ],
)
def test_a_reason_in_the_familys_own_words_is_enough(
    engine: Engine, family: Family, session: Session, text: str, status: str, barrier: str
) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    assert says(family, text) == ["utter_referral_next", "utter_referral_will_you_call"]
    assert referrals(session)[-1] == (status, "call", barrier)


def test_what_is_no_longer_needed_is_closed_and_nothing_is_offered(engine: Engine, family: Family, session: Session) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    assert says(family, "we don't need it anymore") == ["utter_referral_not_needed"]
    assert referrals(session) == [("no_longer_needed", "call", "not_needed")]


def test_places_that_did_not_help_never_come_again_and_at_the_end_there_is_211(engine: Engine, family: Family) -> None:
    looks(family)
    picks(family)
    offered: list[str] = []
    for _ in NAMES[1:]:
        says(family, "they never answered")
        offered += [match["service"] for match in family.matches("utter_referral_next")]
    assert len(set(offered)) == len(NAMES) - 1
    assert says(family, "they never answered") == ["utter_referral_no_next"]


def test_a_need_said_in_answer_to_a_follow_up_is_served_in_the_same_turn(engine: Engine, family: Family) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    said = family.says(ActionAnswer, "we're short on diapers", "request_help", need=["goods"])
    assert not any(response.startswith("utter_referral") for response in said)
    assert "goods" in family.slots["needs"]


def test_an_answer_that_names_the_need_is_still_an_answer(engine: Engine, family: Family, session: Session) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    said = family.says(ActionAnswer, "nobody answers at the food bank you gave me", "request_help", need=["food"])
    assert said[0] == "utter_referral_next"
    assert referrals(session)[-1] == ("couldnt_contact", "call", "no_answer")


def test_an_old_question_tapped_after_help_came_takes_nothing_back(engine: Engine, family: Family, session: Session) -> None:
    goes(engine, family)
    ask_how_it_went(engine, family)
    asked = family.slots["asked"]
    taps(family, "got_help")
    family.says(ActionAnswer, "", "answer", asked=[asked], answer=["no"])
    assert referrals(session)[-1] == ("got_help", "call", None)


@pytest.mark.parametrize("language", ["en", "es"])
def test_by_text_the_next_place_and_the_reasons_come_in_two_texts_and_the_numbers_are_the_reasons(
    engine: Engine, family: Family, language: str
) -> None:
    family.language = language
    goes(engine, family)
    ask_how_it_went(engine, family)
    says(family, "3")
    rendered = render(as_answers(family), language, words=load_words(), first=False, card_url=None)
    assert len(rendered.texts) <= 2
    assert all(is_gsm(text) for text in rendered.texts)
    assert sum(map(segments, rendered.texts)) <= 4
    assert [label for label, _ in rendered.options] == [barrier.label[language] for barrier in likely_barriers("call")]
    assert "714-555-0100" in rendered.texts[0]


# --- without a question ---------------------------------------------------------------------------------------------


def test_words_without_a_question_go_to_the_place_the_family_goes_about(engine: Engine, family: Family, session: Session) -> None:
    goes(engine, family)
    assert says(family, "ya fuimos y nos ayudaron") == ["utter_referral_got_help"]
    assert referrals(session) == [("got_help", "call", None)]


def test_i_called_and_they_said_no_about_a_place_of_the_list(family: Family, session: Session) -> None:
    looks(family)
    assert says(family, "i called the first one and they said no", choice=[1])[0] == "utter_referral_next"
    assert referrals(session)[-1][0] == "couldnt_get_help"


def test_of_several_places_the_family_is_asked_which_by_number(family: Family, session: Session) -> None:
    names = looks(family)
    for number in (1, 2):
        says(family, "i'll call", choice=[number])
    assert says(family, "they said no") == ["utter_referral_which"]
    titles = [button["title"] for button in family.told("utter_referral_which")["buttons"]]
    assert titles == [names[1], names[0]]
    assert says(family, "2", "pick", choice=[2])[0] == "utter_referral_next"
    assert [status for status, way, _ in referrals(session) if way] == ["offered", "couldnt_get_help"]


def test_of_several_places_one_that_is_named_needs_no_question(family: Family, session: Session) -> None:
    looks(family)
    for number in (1, 2):
        says(family, "i'll call", choice=[number])
    assert says(family, "harbor kitchen helped us, we got food") == ["utter_referral_got_help"]


def test_words_that_say_nothing_clear_are_asked_about(engine: Engine, family: Family) -> None:
    goes(engine, family)
    family.slots["asked"] = None
    assert says(family, "so about that place") == ["utter_referral_how"]
    assert taps(family, "got_help") == ["utter_referral_got_help"]


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("we got the food, thank you", "utter_referral_got_help"),
        ("ya llamé", "utter_referral_contacted"),
        ("no contestan", "utter_ask_needs"),
    ],
)
def test_a_place_we_know_nothing_of_gets_a_kind_word_all_the_same(family: Family, text: str, response: str) -> None:
    assert says(family, text) == [response]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("I left a message, they'll call me back", "contacted"),
        ("they put us on a waitlist", "waitlisted"),
        ("me dieron cita para el viernes", "accepted"),
        ("we didn't get the food", "couldnt_get_help"),
        ("no nos ayudaron", "couldnt_get_help"),
        ("todavía no llamo", "not_yet"),
        ("ya llamé y me dijeron que no califico", "not_eligible"),
        ("haven't called them yet", "not_yet"),
        ("que me llame otra mamá", "partner"),
        ("manda mi solicitud", "request"),
        ("don't send my request after all", "take_back"),
    ],
)
def test_what_families_say_of_places_is_understood(text: str, what: str) -> None:
    found = heard(text)
    assert found
    assert found.what == what


@pytest.mark.parametrize("text", ["we need rent", "i had a hard day", "mi trabajadora es amable", ""])
def test_what_is_said_of_other_things_is_not_taken_for_it(text: str) -> None:
    assert heard(text) is None
