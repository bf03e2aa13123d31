"""A person to talk to: who is offered, what is shown before it is shared, and how it is taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from actions import asking_back, details, directory, find_services, person, requests
from actions.answer import ActionAnswer
from actions.person import ActionFindPerson, ActionPrivacy, ask_for_call
from actions.turn import Turn
from resources_db.check_ins import plans
from resources_db.conversations import lock_conversation
from resources_db.database import session_scope
from resources_db.messages import Answer, say
from resources_db.models.conversation import Conversation
from resources_db.models.program_count import ProgramCount
from resources_db.models.referral import Referral
from resources_db.models.share import Share
from resources_db.people import calls, shares
from resources_db.phones import phone_of, remember_phone
from resources_db.words import load_words
from tests.databases import SqliteDatabases
from tests.unit.actions.family import Family
from tests.unit.actions.places import SANTA_ANA
from tests.unit.resources_db.people.world import FAMILY, OURS, World

#: Half past ten on a Monday morning in California.
MORNING = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)


@dataclass
class Town:
    """A center with partners, and one family that talks with Homeward."""

    world: World
    monkeypatch: pytest.MonkeyPatch
    family: Family = field(default_factory=Family)
    thread: str = ""

    def arrives(self, number: str | None = FAMILY, *, language: str = "en", site: str | None = None) -> Family:
        self.thread = self.world.family(number, language=language, site=site)
        self.family = Family(language=language, conversation=self.thread)
        return self.family

    def asks(self, text: str = "I need a person", **entities: list[Any]) -> list[str]:
        return self.family.says(ActionFindPerson, text, "ask_person", **entities)

    def answers(self, text: str, intent: str = "pick", **entities: list[Any]) -> list[str]:
        return self.family.says(ActionAnswer, text, intent, **entities)

    def taps(self, answer: str) -> list[str]:
        return self.answers("/answer", "answer", asked=[self.family.slots["asked"]], answer=[answer])

    def told(self, response: str, *values: str) -> Any:
        told = self.family.told(response)
        return told[values[0]] if len(values) == 1 else tuple(told[value] for value in values)

    def shares(self) -> list[shares.Shared]:
        return self.world.shares(self.thread)

    def passes(self, **how_much: float) -> None:
        self.world.later(**how_much)
        self.monkeypatch.setattr(person, "_now", lambda: self.world.now)


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What has to do with locks is tested on both databases in tests/unit/resources_db/people."""
    with sqlite_databases.new() as engine:
        yield engine


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Town:
    world = World(engine, MORNING)
    for module in (directory, find_services, details, requests, asking_back):
        monkeypatch.setattr(module, "engine", lambda: engine, raising=False)
    monkeypatch.setattr(directory, "sealer", lambda: world.sealer)
    monkeypatch.setattr(find_services, "geocoder", lambda: None)
    monkeypatch.setattr(person, "_now", lambda: world.now)
    monkeypatch.setenv("HOMEWARD_SMS_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("HOMEWARD_SMS_AUTH_TOKEN", "t" * 32)
    monkeypatch.setenv("HOMEWARD_SMS_FROM", OURS)
    return Town(world, monkeypatch)


def test_without_partners_it_is_211_and_988_as_ever(town: Town) -> None:
    town.arrives()
    assert town.asks() == ["utter_person", "utter_person_where"]
    assert town.family.slots["asked"] is None


def test_a_partner_is_offered_by_name_with_the_hour_and_their_own_words(town: Town) -> None:
    town.world.staff("Ana", introduction={"en": "I got my two boys back in 2021.", "es": "Recuperé a mis dos hijos en 2021."})
    town.arrives()
    said = town.asks()
    assert said == ["utter_person", "utter_person_where", "utter_call_offer", "utter_call_intro", "utter_call_share"]
    assert town.told("utter_call_offer", "partner", "by") == ("Ana", "today before 1 pm")
    assert town.told("utter_call_intro", "intro") == "I got my two boys back in 2021."
    assert town.told("utter_call_share", "shared") == "Phone ending in 23\nLanguage: English\nAbout: someone to talk to"
    assert town.shares() == [], "nothing is shared before it is agreed to"


def test_who_has_written_no_introduction_in_this_language_is_named_alone(town: Town) -> None:
    town.world.staff("Ana", introduction={"en": "I got my two boys back."})
    town.arrives(language="es")
    assert "utter_call_intro" not in town.asks("quiero hablar con alguien")
    assert town.told("utter_call_offer", "by") == "hoy antes de la 1 pm"
    assert town.told("utter_call_share", "shared") == "Teléfono que termina en 23\nIdioma: español\nSobre: hablar con alguien"


def test_agreed_to_by_number_exactly_what_was_shown_is_shared(town: Town) -> None:
    ana = town.world.staff("Ana")
    town.arrives()
    town.asks()
    shown = town.told("utter_call_share", "shared")
    assert town.answers("1") == ["utter_call_promised"]
    assert town.told("utter_call_promised", "partner", "by") == ("Ana", "today before 1 pm")
    [shared] = town.shares()
    assert (shared.text, shared.with_whom) == (shown, "Ana (parent partner)")
    assert town.world.look(shared.id, ana) == shares.Looked(shown, FAMILY)


@pytest.mark.parametrize("text", ["yes", "ok please", "sure", "sí", "1"])
def test_yes_in_any_words_agrees(town: Town, text: str) -> None:
    town.world.staff("Ana")
    town.arrives()
    town.asks()
    assert town.answers(text, "affirm") == ["utter_call_promised"]


@pytest.mark.parametrize("text", ["no", "3", "no thanks", "maybe later"])
def test_no_shares_nothing(town: Town, text: str) -> None:
    town.world.staff("Ana")
    town.arrives()
    town.asks()
    assert town.answers(text, "deny") == ["utter_call_declined"]
    assert town.shares() == []


def test_a_turn_that_runs_twice_asks_for_one_call(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives()
    town.asks()
    asked = town.family.slots["asked"]
    town.answers("1")
    town.family.slots["asked"] = asked
    assert town.answers("1") == ["utter_call_promised"]
    assert len(town.shares()) == 1


def test_what_it_is_about_is_the_name_of_a_need_and_nothing_that_can_be_held_against_the_family(town: Town) -> None:
    town.world.staff("Ana")
    for needs, about in ((["food"], "Food"), (["treatment"], "someone to talk to"), (["domestic_violence", "goods"], None)):
        town.arrives()
        town.family.slots["search"] = {"needs": needs}
        town.asks()
        last = town.told("utter_call_share", "shared").splitlines()[2]
        assert last == f"About: {about or 'Diapers, clothes, beds'}"


def test_something_else_is_served_as_if_nothing_had_been_asked(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives()
    town.asks()
    assert "utter_call_promised" not in town.answers("we are short on food", "request_help", need=["food"])
    assert "food" in town.family.slots["needs"]
    assert town.shares() == []


def test_a_zip_that_was_asked_for_above_the_offer_shows_places_and_keeps_the_offer(
    town: Town, sample_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_services, "engine", lambda: sample_engine)
    town.world.staff("Ana")
    town.arrives()
    town.asks()
    said = town.answers("92701", "give_location", place=[SANTA_ANA])
    assert said == ["utter_person_near", "utter_call_offer", "utter_call_share"]
    assert town.answers("1") == ["utter_call_promised"]


# ---- who -----------------------------------------------------------------------------------------------------------


def test_somebody_who_lived_through_the_same_can_be_asked_for_at_once(town: Town) -> None:
    town.world.staff("Ana")
    town.world.staff("Ben", tags=["recovery"])
    town.arrives()
    town.asks("I want to talk to someone who's been through recovery")
    assert town.told("utter_call_offer_like", "partner", "lived") == ("Ben", "Been through recovery")


def test_when_nobody_like_that_is_free_it_says_so(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives()
    said = town.asks("can another dad call me")
    assert said[2:] == ["utter_call_nobody_like", "utter_call_offer", "utter_call_share"]


def test_someone_else_is_chosen_by_what_they_lived_through(town: Town) -> None:
    town.world.staff("Ana", id="ana")
    town.world.staff("Ben", id="ben", tags=["father", "recovery"])
    town.world.staff("Cal", id="cal", tags=["kinship"])
    town.arrives()
    town.asks()
    assert town.answers("2") == ["utter_call_who"]
    titles = [button["title"] for button in town.told("utter_call_who", "buttons")]
    assert titles == ["Been through recovery", "Raised a relative's kids", "A dad", "Anyone else"]
    assert town.answers("3")[0] == "utter_call_offer_like"
    assert town.told("utter_call_offer_like", "partner") == "Ben"


@pytest.mark.parametrize(("text", "name"), [("a grandma", "Cal"), ("anyone, sure", "Ben"), ("4", "Ben")])
def test_someone_else_in_the_familys_own_words(town: Town, text: str, name: str) -> None:
    town.world.staff("Ana", id="ana")
    town.world.staff("Ben", id="ben", tags=["father", "recovery"])
    town.world.staff("Cal", id="cal", tags=["kinship"])
    town.arrives()
    town.asks()
    town.answers("someone else", "ask_person")
    town.answers(text, "affirm" if "sure" in text else "pick")
    assert town.told("utter_call_share", "partner") == name


def test_the_only_one_who_is_free_is_offered_again(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives()
    town.asks()
    assert town.answers("2") == ["utter_call_only_one", "utter_call_offer", "utter_call_share"]


def test_a_wish_said_under_an_offer_is_heard_but_not_what_a_family_tells_of_itself(town: Town) -> None:
    town.world.staff("Ana", id="ana")
    town.world.staff("Ben", id="ben", tags=["recovery"])
    town.arrives()
    town.asks()
    assert town.answers("someone in recovery would be better", "unclear")[0] == "utter_call_offer_like"
    town.asks()
    assert "utter_call_offer_like" not in town.answers("i relapsed", "unclear")


def test_a_partner_who_is_gone_when_the_phone_is_added_makes_room_for_another(town: Town) -> None:
    ana = town.world.staff("Ana", id="ana")
    town.world.staff("Ben", id="ben")
    town.arrives(None)
    town.asks(place=[SANTA_ANA])
    town.world.change(ana, active=False)
    town.taps("agree")
    assert town.told("utter_call_needs_phone", "partner") == "Ben"


# ---- nobody is free ------------------------------------------------------------------------------------------------


def test_when_all_are_busy_the_team_may_be_asked_without_a_promise(town: Town) -> None:
    town.world.staff("Ana", caseload_cap=0)
    desk = town.world.staff("Desk", roles=["staff"])
    town.arrives()
    assert town.asks()[2:] == ["utter_call_team_offer"]
    shown = town.told("utter_call_team_offer", "shared")
    assert town.answers("1") == ["utter_call_team_asked"]
    [task] = town.world.tasks()
    assert (task.kind, town.world.look(task.share_id, desk)) == ("call", shares.Looked(shown, FAMILY))
    assert town.shares()[0].with_whom == "our team"


def test_a_partner_who_speaks_another_language_is_not_offered(town: Town) -> None:
    town.world.staff("Ben", languages=["en"])
    town.arrives(language="es")
    assert town.asks("quiero hablar con alguien")[2:] == ["utter_call_team_offer"]
    assert town.answers("no", "deny") == ["utter_call_declined"]
    assert town.world.tasks() == []


def test_taken_meanwhile_by_another_family_somebody_else_is_offered(town: Town) -> None:
    ana = town.world.staff("Ana", id="ana", caseload_cap=1)
    town.world.staff("Ben", id="ben", hours=[{"days": "0", "from": "12:00", "until": "20:00"}])
    town.arrives()
    town.asks()
    town.world.change(ana, caseload_cap=0)
    assert town.answers("1") == ["utter_call_just_taken", "utter_call_offer", "utter_call_share"]
    assert town.told("utter_call_just_taken", "partner") == "Ana"
    assert town.told("utter_call_share", "partner") == "Ben"
    assert town.shares() == []


# ---- phones --------------------------------------------------------------------------------------------------------


def test_on_the_page_without_a_phone_the_offer_is_kept_until_there_is_one(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives(None)
    assert town.asks(place=[SANTA_ANA])[-2:] == ["utter_call_offer", "utter_call_needs_phone"]
    assert town.answers("I added my phone", "unclear") != ["utter_call_promised"]
    town.asks()
    assert town.taps("agree")[-1] == "utter_call_needs_phone", "there is still none"
    with session_scope(town.world.engine) as session:
        phone = remember_phone(session, town.world.sealer, FAMILY, our_number=OURS, language="en", site=None, now=town.world.now)
        session.execute(update(Conversation).where(Conversation.id == town.thread).values(family_phone_id=phone.id))
    assert town.taps("agree")[-1] == "utter_call_share", "what is shared is shown before it is agreed to"
    assert town.shares() == []
    assert town.taps("agree") == ["utter_call_promised"]


def test_where_no_texts_are_set_up_nothing_is_offered_that_cannot_be_kept(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOMEWARD_SMS_ACCOUNT_SID")
    monkeypatch.delenv("HOMEWARD_SMS_AUTH_TOKEN")
    monkeypatch.delenv("HOMEWARD_SMS_FROM")
    town.world.staff("Ana")
    town.arrives(None)
    assert town.asks() == ["utter_person", "utter_person_where"]


def test_what_would_read_otherwise_by_now_is_shown_anew(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives()
    town.asks()
    _enrol(town, discreet=True)
    assert town.answers("1")[-1] == "utter_call_share"
    assert town.shares() == []
    assert town.told("utter_call_share", "shared").endswith("No voicemail. Ask first if it’s a good time.")


def test_where_others_read_the_phone_the_partner_is_told_to_take_care(town: Town) -> None:
    ana = town.world.staff("Ana")
    town.arrives()
    _enrol(town, discreet=True)
    town.asks()
    assert town.answers("1") == ["utter_call_promised_careful"]
    looked = town.world.look(town.shares()[0].id, ana)
    assert looked is not None
    assert "No voicemail." in looked.text


def test_where_violence_came_up_the_partner_is_told_to_take_care(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives()
    with session_scope(town.world.engine) as session:
        thread = lock_conversation(session, town.thread)
        assert thread is not None
        said = Answer("You deserve to be safe.", crisis="violence")
        say(session, thread, said, channel="web", language="en", now=town.world.now, reply_to=1)
    town.asks()
    assert "No voicemail." in town.told("utter_call_share", "shared")


def test_the_call_is_within_the_hours_the_family_chose(town: Town) -> None:
    town.world.staff("Ana")
    town.arrives()
    _enrol(town, window_start=15 * 60, window_end=19 * 60)
    town.asks()
    assert town.told("utter_call_offer", "by") == "today before 5 pm"


def test_by_text_the_words_shown_are_those_of_texts_and_so_are_those_shared(town: Town) -> None:
    ana = town.world.staff("Ana")
    town.arrives(language="es")
    town.family.channel = "sms"
    town.family.slots["search"] = {"needs": ["goods"]}
    town.asks("quiero hablar con alguien")
    shown = town.told("utter_call_share", "shared")
    assert shown == "Teléfono que termina en 23\nIdioma: español\nSobre: Pañales, ropa, camas"
    town.answers("1")
    assert town.world.look(town.shares()[0].id, ana) == shares.Looked(shown, FAMILY)


def _enrol(town: Town, **choice: Any) -> None:
    chosen = plans.Choice(rhythm="light", home_on=date(2026, 11, 20), time_zone="America/Los_Angeles", **choice)
    town.world.do(plans.enrol, town.world.sealer, town.thread, chosen, wording="Yes", language="en", now=town.world.now)


# ---- a call that is open -------------------------------------------------------------------------------------------


def agreed(town: Town, language: str = "en") -> str:
    town.world.staff("Ana", id="ana")
    town.arrives(language=language)
    town.asks()
    town.answers("1")
    return str(town.family.slots["asked"]).split()[1]


def test_asked_for_again_the_promise_is_said_again(town: Town) -> None:
    agreed(town)
    assert town.asks()[-1] == "utter_call_open"
    assert town.told("utter_call_open", "partner", "by") == ("Ana", "today before 1 pm")
    assert town.answers("1") == ["utter_call_fine"]
    assert len(town.shares()) == 1


@pytest.mark.parametrize(
    ("text", "intent", "state"),
    [("yes still good", "affirm", "promised"), ("we're all set", "unclear", "promised"), ("not sure", "unclear", "promised"),
     ("no", "deny", "closed"), ("cancel", "deny", "closed"), ("2", "pick", "closed")],
)  # fmt: skip
def test_only_a_clear_no_calls_it_off(town: Town, text: str, intent: str, state: str) -> None:
    call = agreed(town)
    town.asks()
    town.answers(text, intent)
    assert town.world.call(call).state == state


@pytest.mark.parametrize(
    "text", ["take it back", "actually cancel the call", "ya no compartas", "retíralo", "que ya no me llamen"]
)
def test_right_after_the_promise_a_word_calls_it_off(town: Town, text: str) -> None:
    call = agreed(town)
    assert town.answers(text, "unclear") == ["utter_call_taken_back"]
    assert (town.world.call(call).state, town.shares()[0].text) == ("closed", "")


def test_right_after_the_promise_no_and_thanks_call_off_nothing(town: Town) -> None:
    call = agreed(town)
    for text, intent in (("no", "deny"), ("thanks", "thanks")):
        town.answers(text, intent)
    assert town.world.call(call).state == "promised"


def test_told_that_another_partner_calls_the_family_may_say_no(town: Town) -> None:
    call = agreed(town)
    town.world.staff("Ben")
    town.passes(hours=3)
    assert town.world.escalate() == 1
    town.family.slots["asked"] = town.world.conversation(town.thread).open_question
    assert town.answers("2") == ["utter_call_taken_back"]
    assert town.told("utter_call_taken_back", "whom") == "Ben (parent partner)"
    assert town.world.call(call).outcome == "taken_back"


def test_another_familys_call_cannot_be_called_off(town: Town) -> None:
    call = agreed(town)
    town.arrives("+19165550145")
    town.family.slots["asked"] = f"call_open {call}"
    assert "utter_call_taken_back" not in town.answers("2")
    assert town.world.call(call).state == "promised"


# ---- what is shared ------------------------------------------------------------------------------------------------


def privacy(town: Town, text: str) -> list[str]:
    return town.family.says(ActionPrivacy, text, "privacy")


def test_who_can_see_this_tells_of_homeward_and_of_what_is_shared(town: Town) -> None:
    town.arrives()
    assert privacy(town, "who can see this?") == ["utter_privacy"]
    agreed(town)
    assert privacy(town, "who can see this?") == ["utter_privacy", "utter_shares"]


def test_a_family_sees_what_it_shares_with_whom_and_who_looked_when(town: Town) -> None:
    agreed(town)
    town.world.look(town.shares()[0].id, "ana")
    town.passes(days=1)
    town.world.look(town.shares()[0].id, "ana")
    assert privacy(town, "what did I share") == ["utter_shares"]
    assert town.told("utter_shares", "shares") == (
        "• Ana (parent partner), since Monday: Phone ending in 23, Language: English, About: someone to talk to. "
        "Ana looked Monday. Ana looked today."
    )
    assert [button["title"] for button in town.told("utter_shares", "buttons")] == [
        "Take back: Ana (parent partner)", "Leave it like this",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["1", "take it back", "retíralo"])
def test_from_the_list_it_is_taken_back_at_once(town: Town, text: str) -> None:
    agreed(town)
    privacy(town, "¿qué compartí?")
    assert town.answers(text) == ["utter_call_taken_back"]
    assert privacy(town, "what did i share") == ["utter_shares_past"]
    assert town.told("utter_shares_past", "shares") == "• Ana (parent partner): not shared any more. Nobody has looked yet."


def test_left_as_it_is(town: Town) -> None:
    agreed(town)
    privacy(town, "what did i share")
    assert town.answers("2") == ["utter_share_kept"]
    assert town.shares()[0].revoked_at is None


def test_of_several_the_family_says_which(town: Town) -> None:
    agreed(town)
    town.passes(minutes=5)
    town.world.do(
        shares.share, town.world.sealer, town.thread, what="record", text="All of it", with_whom="Ms. Lee", now=town.world.now
    )
    assert privacy(town, "stop sharing") == ["utter_shares"]
    tapped = next(share.id for share in town.shares() if share.what == "record")
    assert town.taps(tapped) == ["utter_share_taken_back"]
    assert [share.what for share in town.shares() if share.revoked_at is None] == ["call"]


def test_taken_back_in_the_middle_of_anything_else(town: Town) -> None:
    agreed(town)
    town.family.slots["asked"] = "old_place"
    assert town.answers("please stop sharing my number", "privacy") == ["utter_call_taken_back"]


def test_with_nothing_shared_there_is_nothing_to_take_back(town: Town) -> None:
    town.arrives()
    assert privacy(town, "take it back") == ["utter_shares_none"]
    assert privacy(town, "what did i share") == ["utter_shares_none"]


def test_another_familys_share_cannot_be_taken_back(town: Town) -> None:
    agreed(town)
    [theirs] = town.shares()
    town.arrives("+19165550145")
    town.family.slots["asked"] = "shares"
    town.taps(theirs.id)
    with session_scope(town.world.engine, writes=False) as session:
        assert session.scalars(select(Share.revoked_at)).one() is None


# ---- from a referral -----------------------------------------------------------------------------------------------


def test_a_call_about_a_referral_names_its_need_and_goes_on_with_it(town: Town) -> None:
    town.world.staff("Ana")
    family = town.arrives()
    referral = Referral(
        id=str(uuid.uuid4()), conversation_id=town.thread, service_id=str(uuid.uuid4()), need="food", status="offered",
        created_at=town.world.now, status_at=town.world.now,
    )  # fmt: skip
    referral_id = referral.id
    town.world.do(lambda session: session.add(referral))

    class Asking(ActionFindPerson):
        def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
            turn = Turn(dispatcher, tracker, directory.request_of(tracker), directory.latest(tracker))
            return ask_for_call(turn, referral_id)

    assert family.says(Asking, "ask a parent partner to call me", "referral") == ["utter_call_offer", "utter_call_share"]
    assert town.told("utter_call_share", "shared").endswith("About: Food")
    assert town.answers("1")[0] == "utter_call_promised"
    with session_scope(town.world.engine, writes=False) as session:
        row = session.get_one(Referral, referral_id)
        assert row.way == "partner"
        open_call = calls.open_call(session, town.thread)
        assert open_call is not None
        assert open_call.referral_id == referral_id


def test_that_a_person_was_asked_for_is_counted(town: Town) -> None:
    town.arrives(site="riverside", language="es")
    town.asks()
    with session_scope(town.world.engine, writes=False) as session:
        [row] = session.scalars(select(ProgramCount)).all()
        assert (row.measure, row.site, row.language, row.count) == ("person_asked", "riverside", "es", 1)


def test_every_choice_is_one_the_reader_knows() -> None:
    words = load_words()
    for response in words.buttons:
        if response.startswith("utter_call"):
            for label, payload in words.choices(response, "en", asked="x"):
                assert label
                assert any(f'"answer": "{answer}"' in payload for answer in ("agree", "else", "no", "back"))


def test_a_phone_is_found_only_where_it_was_given(town: Town) -> None:
    town.arrives(None)
    with session_scope(town.world.engine) as session:
        assert phone_of(session, town.thread) is None
