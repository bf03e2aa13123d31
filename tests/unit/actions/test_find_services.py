"""The search action, on the sample directory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Engine

from actions import find_services
from actions.answer import ActionAnswer
from actions.find_services import ActionFindServices
from resources_db.geo.places import Place
from tests.unit.actions.family import Family

SANTA_ANA = Place("santa ana", "city", 33.7489, -117.8855, "Santa Ana, CA", "CA", "Orange County")


class OneStreet:
    """A geocoder that knows one street."""

    attribution = "A Map of Streets"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def locate(self, address: str, town: Place) -> Place | None:
        self.asked.append(address)
        return Place("1 Main Street", "address", 33.75, -117.86, "Santa Ana, CA 92701", "CA", "Orange County", "92701")


def run(
    entities: list[dict[str, Any]],
    *,
    text: str = "food",
    language: str = "en",
    intent: str = "request_help",
    channel: str = "homeward",
) -> tuple[list[dict[str, Any]], list[Any]]:
    event = {
        "event": "user", "timestamp": 1.0, "text": text, "input_channel": channel,
        "parse_data": {"intent": {"name": intent}, "entities": entities},
    }  # fmt: skip
    tracker = Tracker("family", {"language": language}, event["parse_data"], [event], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    events = asyncio.run(ActionFindServices().run(dispatcher, tracker, {}))
    return dispatcher.messages, events


def place(found: Place | None, *candidates: Place, text: str = "santa ana") -> dict[str, Any]:
    value = {"text": text, "place": asdict(found) if found else None, "candidates": [asdict(c) for c in candidates]}
    return {"entity": "place", "value": value}


FOOD = {"entity": "need", "value": "food"}
LEGAL = {"entity": "need", "value": "legal"}


pytestmark = pytest.mark.usefixtures("sample")


def test_a_need_and_a_place_give_listings_that_say_they_are_samples() -> None:
    said, _ = run([FOOD, place(SANTA_ANA)])
    assert said[0]["response"] == "utter_results"
    matches = json.loads(said[0]["custom"]["matches"])
    assert matches
    assert all("food" in match["needs"] and match["sample"] for match in matches)


def test_a_text_shows_three_so_that_more_goes_on_with_the_fourth() -> None:
    on_the_page, _ = run([LEGAL, place(SANTA_ANA)])
    by_text, events = run([LEGAL, place(SANTA_ANA)], channel="sms")
    matches = json.loads(by_text[0]["custom"]["matches"])
    assert matches == json.loads(on_the_page[0]["custom"]["matches"])[:3]
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    assert list(slots["search"]["seen"]) == [match["service_at_location_id"] for match in matches]
    assert len(json.loads(on_the_page[0]["custom"]["matches"])) > 3


def test_without_a_place_the_form_asks() -> None:
    said, events = run([FOOD])
    assert said == []
    assert {"event": "followup", "timestamp": None, "name": "find_services_form"} in events


def test_several_places_of_the_name_are_offered_as_choices_that_carry_the_place() -> None:
    other = Place("santa ana", "city", 35.0, -100.0, "Santa Ana, TX", "TX")
    said, _ = run([FOOD, place(None, SANTA_ANA, other)])
    assert said[0]["response"] == "utter_which_place"
    assert [button["title"] for button in said[0]["buttons"]] == ["Santa Ana, CA", "Santa Ana, TX"]
    payload = said[0]["buttons"][1]["payload"]
    assert json.loads(payload.removeprefix("/give_location"))["place"]["place"]["state"] == "TX"


def test_an_unknown_place_is_said_and_the_need_is_kept() -> None:
    said, events = run([FOOD, place(None, text="xyzzyville")])
    assert said[0]["response"] == "utter_place_not_found"
    assert {"event": "slot", "timestamp": None, "name": "needs", "value": ["food"]} in events


def test_a_military_mail_address_is_said_to_be_one_and_a_town_is_asked_for() -> None:
    military: dict[str, Any] = {"text": "09012", "place": None, "candidates": [], "military": "APO, AE 09012"}
    said, events = run([FOOD, {"entity": "place", "value": military}])
    assert (said[0]["response"], said[0]["place"]) == ("utter_place_military", "APO, AE 09012")
    assert {event["name"]: event["value"] for event in events if event["event"] == "slot"}["place"] is None


@pytest.mark.parametrize("military", ["APO, AE 09012", None])
def test_a_place_that_is_none_leaves_the_known_one_and_asks_about_it(military: str | None) -> None:
    family = Family()
    family.says(ActionFindServices, "food in santa ana", "request_help", need=["food"], place=[place(SANTA_ANA)["value"]])
    nowhere: dict[str, Any] = {"text": "09012", "place": None, "candidates": [], "military": military}
    said = family.says(ActionFindServices, "diapers in 09012", "request_help", need=["goods"], place=[nowhere])
    assert said == ["utter_place_military" if military else "utter_place_not_found", "utter_old_place"]
    assert family.slots["needs"] == ["goods"]
    assert family.says(ActionAnswer, "yes", "affirm") == ["utter_results"]
    assert family.told("utter_results")["place"] == "Santa Ana, CA"


def test_a_place_we_did_not_hear_is_asked_about_instead_of_the_old_answer_again() -> None:
    family = Family()
    family.says(ActionFindServices, "food in santa ana", "request_help", need=["food"], place=[place(SANTA_ANA)["value"]])
    assert family.says(ActionFindServices, "what about zzyville", "give_location") == ["utter_no_place_there", "utter_old_place"]
    assert family.says(ActionAnswer, "no", "deny") == ["utter_other_place"]


def test_nothing_anywhere_near_still_names_a_person_to_call() -> None:
    guam = Place("hagåtña", "city", 13.476, 144.749, "Hagåtña, GU", "GU")
    said, _ = run([{"entity": "need", "value": "goods"}, place(guam)])
    assert said[-1]["response"] in ("utter_no_results", "utter_unmet")


def test_what_nobody_offers_near_a_zip_is_counted_for_the_program_page(
    monkeypatch: pytest.MonkeyPatch, sample_engine: Engine
) -> None:
    counted: list[dict[str, object]] = []
    monkeypatch.setattr(
        find_services, "count", lambda session, measure, now, **more: counted.append({"measure": measure, **more})
    )
    nowhere = Place("96939", "zip", 7.5, 134.56, "Palau 96939", "PW", None, "96939")
    run([{"entity": "need", "value": "food"}, {"entity": "place", "value": {"text": "96939", "place": asdict(nowhere)}}])
    assert counted == [{"measure": "need_unmet", "site": None, "need": "food", "zip": "96939", "language": "en"}]


def test_a_street_is_looked_up_only_where_a_geocoder_is_turned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    service = OneStreet()
    monkeypatch.setattr(find_services, "geocoder", lambda: service)
    said, events = run([FOOD, place(SANTA_ANA)], text="food near 1 Main Street, santa ana")
    search = next(event["value"] for event in events if event.get("name") == "search")
    assert (said[-1]["response"], said[-1]["credit"]) == ("utter_address_credit", "A Map of Streets")
    assert service.asked == ["food near 1 Main Street, santa ana"]
    assert search["place"]["place"]["kind"] == "address"
    monkeypatch.setattr(find_services, "geocoder", lambda: None)
    said, events = run([FOOD, place(SANTA_ANA)], text="food near 1 Main Street, santa ana")
    search = next(event["value"] for event in events if event.get("name") == "search")
    assert said[-1]["response"] != "utter_address_credit"
    assert search["place"]["place"]["kind"] == "city"
