""" "Send my request" as a conversation: a name, the words as they go out, and nothing without a yes."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Engine, select

from actions import asking_back, directory, requests
from actions.answer import ActionAnswer
from actions.directory import latest, request_of
from actions.request import Request
from actions.turn import Turn
from resources_db.database import session_scope
from resources_db.models import Conversation, FamilyPhone, OutgoingEmail, Referral, Share
from resources_db.phones import remember_phone
from resources_db.privacy.redaction import redact
from resources_db.referrals import ledger
from resources_db.sms.options import chosen
from tests.factories import SANTA_ANA, DirectoryBuilder
from tests.unit.actions.family import Family
from tests.unit.resources_db.referrals.families import NUMBER, READABLE, SEALER, WORDS, with_email

DESK = "desk@pantry.example.net"
PLACE = {"text": "92701", "place": asdict(SANTA_ANA), "candidates": []}
SHOWN = ["utter_request_shown", "utter_request_no_number", "utter_request_ask_email"]


@pytest.fixture
def engine(directory_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    for module in (directory, requests, asking_back):
        if hasattr(module, "engine"):
            monkeypatch.setattr(module, "engine", lambda: directory_engine)
    monkeypatch.setattr(directory, "sealer", lambda: SEALER)
    monkeypatch.setattr(requests, "_by_email", lambda: True)
    return directory_engine


class Asking:
    """A family that has chosen "send my request" for a pantry."""

    def __init__(self, engine: Engine, *, language: str = "en", phone: bool = False) -> None:
        self.engine = engine
        request = Request(needs=("food",), place=PLACE, ages=(2.0, 34.0), answered=True)
        self.family = Family(language=language, slots={"search": request.as_slot()})
        now = datetime.now(timezone.utc)
        with session_scope(engine) as session:
            service = DirectoryBuilder(session).add("Open Table Pantry")
            with_email(session, service, DESK)
            family = Conversation(
                id="family", token_hash="t", language=language, created_at=now, expires_at=now + timedelta(days=30)
            )
            session.add(family)
            session.flush()
            if phone:
                kept = remember_phone(session, SEALER, NUMBER, our_number="+19165550100", language=language, site=None, now=now)
                family.family_phone_id = kept.id
            self.referral = ledger.open_referral(
                session, "family", service_id=service, service_at_location_id=None, need="food", zip="92701", now=now
            ).id
        self._start()

    def _start(self) -> None:
        self.family.events.append(_user("send it"))
        turn = _turn(self.family)
        for event in requests.start(turn, self.referral):
            if event["event"] == "slot":
                self.family.slots[event["name"]] = event["value"]
        self.asked = [message["response"] for message in turn.dispatcher.messages]

    def says(self, text: str, intent: str = "unclear", **entities: list[Any]) -> list[str]:
        """As the gateway lets it through: what identifies somebody is masked."""
        return self.family.says(ActionAnswer, redact(text), intent, **entities)

    def taps(self, code: str) -> list[str]:
        buttons = {
            json.loads(b["payload"].removeprefix("/answer"))["answer"]: b["payload"] for b in self.family.said[-1]["buttons"]
        }
        given = json.loads(buttons[code].removeprefix("/answer"))
        return self.family.says(ActionAnswer, buttons[code], "answer", **{key: [value] for key, value in given.items()})

    def draft(self, response: str = "utter_request_shown") -> str:
        return str(self.family.told(response)["draft"])

    def buttons(self) -> list[str]:
        return [button["title"] for button in self.family.said[-1]["buttons"]]

    def sent(self) -> list[str]:
        """The bodies of the e-mails."""
        with session_scope(self.engine, writes=False) as session:
            rows = session.scalars(select(OutgoingEmail.sealed)).all()
            return [json.loads(SEALER.open(sealed))["body"] for sealed in rows if sealed]


@pytest.fixture
def asking(engine: Engine) -> Asking:
    return Asking(engine)


def test_a_name_then_the_words_then_it_is_sent_word_for_word(engine: Engine) -> None:
    asking = Asking(engine, phone=True)
    assert asking.asked == ["utter_request_ask_name"]
    assert asking.says("Ana") == ["utter_request_shown", "utter_request_ask_email"]
    draft = asking.draft()
    assert READABLE in draft
    assert "Ask for: Ana." in draft
    assert "Ages of the children: 2." in draft
    assert asking.buttons() == ["Send it", "Change the name", "Leave out my number", "Leave out the ages", "Don't send"]
    assert asking.sent() == []
    assert asking.taps("send")[0] == "utter_request_sent"
    assert asking.sent() == [draft]
    with session_scope(engine) as session:
        referral = session.scalars(select(Referral)).one()
        assert (referral.status, referral.way, referral.draft) == ("requested", "request", None)


@pytest.mark.parametrize("skipping", ["skip", "no"])
def test_a_name_is_not_needed(asking: Asking, skipping: str) -> None:
    assert asking.says(skipping) == SHOWN
    assert "Ask for" not in asking.draft()
    assert "They will call you" in asking.draft()


def test_by_text_numbers_answer_and_spanish_sees_both(engine: Engine) -> None:
    asking = Asking(engine, language="es", phone=True)
    assert asking.says("María José") == ["utter_request_shown", "utter_request_as_sent", "utter_request_ask_email"]
    english = asking.draft("utter_request_as_sent")
    assert "Ask for: María José." in english
    assert "Pregunten por: María José." in asking.draft()
    assert asking.buttons()[0] == "Mándalo"
    assert asking.says("1")[0] == "utter_request_sent"
    assert asking.sent() == [english]


@pytest.mark.parametrize("sentence", ["my name is Ana", "ask for Ana", "soy Ana Lopez"])
def test_a_name_that_was_masked_in_a_sentence_is_asked_for_alone(asking: Asking, sentence: str) -> None:
    assert asking.says(sentence) == ["utter_request_name_hidden"]
    assert asking.says("Ana") == SHOWN
    assert "Ask for: Ana." in asking.draft()


@pytest.mark.parametrize("intent", ["request_help", "change_need", "give_location", "goodbye", "unclear"])
def test_a_name_is_a_name_whatever_the_model_takes_it_for(asking: Asking, intent: str) -> None:
    virginia = {"text": "Virginia", "place": {**PLACE["place"], "label": "Virginia"}, "candidates": []}
    assert asking.says("Virginia", intent, place=[virginia]) == SHOWN
    assert "Ask for: Virginia." in asking.draft()
    assert asking.family.slots["search"]["place"] == PLACE, "and the search goes on where it was"


@pytest.mark.parametrize(("text", "intent"), [("more", "more"), ("gracias", "thanks"), ("who sees this", "privacy")])
def test_what_asks_for_something_else_is_no_name(asking: Asking, text: str, intent: str) -> None:
    asking.family.events.append(_user(text, intent))
    assert requests._of_name(_turn(asking.family), (asking.referral, "-an")) is None


def test_a_need_in_place_of_a_name_is_searched_for(asking: Asking) -> None:
    asking.family.events.append(_user("diapers", need="goods"))
    assert requests._of_name(_turn(asking.family), (asking.referral, "-an")) is None


@pytest.mark.parametrize("text", ["call 555 0142 after 5", "x" * 40, "Ana {to_name}", "Ana\nBcc: spy@example.net"])
def test_what_is_no_name_gets_into_no_letter(asking: Asking, text: str) -> None:
    asking.family.events.append(_user(text))
    assert requests._of_name(_turn(asking.family), (asking.referral, "-an")) is None


def test_number_and_ages_can_be_left_out_and_the_name_changed(engine: Engine) -> None:
    asking = Asking(engine, phone=True)
    asking.says("Ana")
    asking.taps("number")
    assert READABLE not in asking.draft()
    assert "Leave out my number" not in asking.buttons()
    asking.taps("ages")
    assert "Ages" not in asking.draft()
    assert asking.taps("name") == ["utter_request_ask_name"]
    asking.says("Eva")
    draft = asking.draft()
    assert "Ask for: Eva." in draft
    assert READABLE not in draft
    assert "Ages" not in draft, "what was left out stays out"
    assert asking.says("send it")[0] == "utter_request_sent_you_call"
    assert asking.sent() == [draft]


def test_an_older_draft_cannot_be_sent_any_more(engine: Engine) -> None:
    asking = Asking(engine, phone=True)
    asking.says("Ana")
    older = asking.family.said[-1]
    asking.taps("number")
    asking.family.said = [older]
    assert asking.taps("send") == ["utter_request_old"]
    assert asking.sent() == []


def test_tapped_twice_it_is_sent_once_and_said_to_be_sent_both_times(asking: Asking) -> None:
    asking.says("skip")
    shown = asking.family.said[-1]
    asking.taps("send")
    asking.family.said = [shown]
    assert asking.taps("send")[0] == "utter_request_sent"
    assert len(asking.sent()) == 1


@pytest.mark.parametrize("answer", ["don't send it", "no", "stop", "no lo mandes"])
def test_a_no_sends_nothing_and_forgets_the_draft(asking: Asking, answer: str) -> None:
    asking.says("skip")
    assert asking.says(answer) == ["utter_request_dropped"]
    assert asking.sent() == []
    with session_scope(asking.engine) as session:
        assert session.scalars(select(Referral.draft)).one() is None
        assert session.scalars(select(Share)).all() == []


@pytest.mark.parametrize("words", ["take it back", "Retirar", "retira mi solicitud"])
def test_taken_back_in_words_at_once(asking: Asking, words: str) -> None:
    asking.says("skip")
    asking.taps("send")
    if not asking.family.slots.get("asked"):  # nothing is open: the model knows it for a word about referrals
        asking.family.slots["asked"] = f"request_sent {asking.referral}"
    assert asking.says(words, "referral") == ["utter_request_stopped"]
    assert asking.sent() == []


def test_taken_back_by_its_button_and_only_once(asking: Asking) -> None:
    asking.says("skip")
    asking.taps("send")
    back = {"asked": [f"request_sent {asking.referral}"], "answer": ["back"]}
    assert asking.family.says(ActionAnswer, "/answer", "answer", **back) == ["utter_request_stopped"]
    assert asking.family.says(ActionAnswer, "/answer", "answer", **back) == ["utter_request_none"]


def test_nobody_can_send_or_take_back_for_another_family(asking: Asking) -> None:
    now = datetime.now(timezone.utc)
    with session_scope(asking.engine) as session:
        session.add(Conversation(id="other", token_hash="o", language="en", created_at=now, expires_at=now + timedelta(days=1)))
        service = session.get_one(Referral, asking.referral).service_id
        theirs = ledger.open_referral(
            session, "other", service_id=service, service_at_location_id=None, need="food", zip=None, now=now
        ).id
    tapped = {"asked": [f"request_name {theirs} -an"], "answer": ["skip"]}
    assert asking.family.says(ActionAnswer, "/answer", "answer", **tapped) == ["utter_request_not_here"]


def test_its_labels_can_be_answered_by_text(asking: Asking) -> None:
    asking.says("skip")
    choices = [(button["title"], button["payload"]) for button in asking.family.said[-1]["buttons"]]
    assert [chosen(str(number), choices) for number in range(1, len(choices) + 1)] == list(range(len(choices)))
    with session_scope(asking.engine) as session:
        assert session.scalars(select(FamilyPhone)).all() == []
    assert WORDS.say("utter_request_sent", "en", to_name="X")


def _turn(family: Family) -> Turn:
    """In which the newest message is answered."""
    tracker = Tracker(
        "family", {"language": family.language, **family.slots}, {}, family.events, False, None, {}, "action_listen"
    )
    return Turn(CollectingDispatcher(), tracker, request_of(tracker), latest(tracker))


def _user(text: str, intent: str = "unclear", **entities: str) -> dict[str, Any]:
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"event": "user", "timestamp": 2.0, "text": text, "parse_data": {"intent": {"name": intent}, "entities": found}}
