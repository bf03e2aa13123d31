"""What a conversation is checked for, on answers made by hand: a check that sees nothing would let everything pass."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversations.conversation import Answer, missing, play, reached, wrong_anyway

MATCH: dict[str, Any] = {
    "service_at_location_id": "a", "service_id": "s", "service": "Pantry", "needs": ["food"], "sample": True, "hours": "Mon 9–5",
    "address": "1 A St, Sacramento, CA 95814", "latitude": 38.5, "longitude": -121.5, "distance_miles": 1.0,
    "phones": [{"number": "+19165550101"}], "website": None, "how_to_access": None,
}  # fmt: skip
SAFE_HOUSE = {**MATCH, "service": "Safe House", "needs": ["domestic_violence", "shelter"]}


def answer(text: str = "Here:", *matches: dict[str, Any], crisis: str | None = None, choices: tuple[str, ...] = ()) -> Answer:
    labels = [{"label": label, "choice": label} for label in choices]
    return Answer(({"text": text, "language": "en", "crisis": crisis, "choices": labels, "matches": list(matches)},))


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ({"says": ["988"]}, answer("Call 911.")),
        ({"never_says": ["can't help"]}, answer("I CAN'T HELP with that.")),
        ({"matches": 0}, answer("Here:", MATCH)),
        ({"matches": 2}, answer("Here:", MATCH)),
        ({"needs": ["legal"]}, answer("Here:", MATCH)),
        ({"needs": ["food", "goods"]}, answer("Here:", MATCH)),
        ({"needs": ["goods"]}, answer("Here:", MATCH, {**MATCH, "needs": ["goods"]})),
        ({"near": "Honolulu"}, answer("Here:", MATCH)),
        ({"never_matches": ["Pantry"]}, answer("Here:", MATCH)),
        ({"choices": ["More"]}, answer("Here:", MATCH, choices=("Less",))),
        ({"asks": "place"}, answer("What would help most?")),
        ({"asks": "need"}, answer("Where should I look?")),
        ({"asks": "place"}, answer("Send your ZIP code.", MATCH)),
        ({"crisis": "self_harm"}, answer("Call 988.")),
        ({"crisis": ["self_harm", "medical"]}, answer("Call 911.", crisis="violence")),
        ({"language": "es"}, answer("Hi!")),
        ({"offers": True}, answer("Okay.")),
    ],
)
def test_a_fact_that_does_not_hold_is_told(expected: dict[str, Any], given: Answer) -> None:
    assert missing(expected, given) != []


def test_facts_that_hold_are_not_told() -> None:
    facts = {
        "says": ["near sacramento"],
        "needs": ["food"],
        "near": "Sacramento",
        "matches": 1,
        "choices": ["More"],
        "language": "en",
    }
    assert missing(facts, answer("Food near Sacramento:", MATCH, choices=("More",))) == []
    assert missing({"needs": ["food"], "also": ["goods"]}, answer("Here:", MATCH, {**MATCH, "needs": ["goods"]})) == []


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (Answer(()), "silence"),
        (answer("Okay."), "dead end"),
        (answer("Call 911.", crisis="violence"), "alarm"),
        (answer("Here:", {**MATCH, "sample": False}), "fictional"),
        (answer("Here:", {**MATCH, "phones": []}), "no way to reach"),
        (answer("Here:", {**MATCH, "phones": [{"number": "555-0101"}]}), "cannot be dialed"),
        (answer("Here:", {**MATCH, "hours": ""}), "hours"),
        (answer("Here:", {**SAFE_HOUSE, "latitude": None, "longitude": None, "distance_miles": None}), "address is told"),
        (answer("Here:", {**SAFE_HOUSE, "address": None, "longitude": None, "distance_miles": None}), "latitude is told"),
    ],
)
def test_what_no_answer_may_do_is_told(given: Answer, fault: str) -> None:
    (told,) = wrong_anyway({}, given, None)
    assert fault in told


def test_the_same_answer_to_something_else_is_told_unless_the_script_allows_it() -> None:
    (told,) = wrong_anyway({}, answer("Which city?"), answer("Which city?"))
    assert "same answer" in told
    assert wrong_anyway({"same": True}, answer("Which city?"), answer("Which city?")) == []
    assert wrong_anyway({}, answer("Here:", MATCH), answer("Here:", {**MATCH, "service_at_location_id": "b"})) == []


def test_a_good_bye_needs_no_next_step() -> None:
    assert wrong_anyway({"ends": True}, answer("Take care."), None) == []


class Told:
    """A chat that answers as told, and hears what is said."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.heard = list(answers), list[str]()

    def say(self, text: str) -> list[dict[str, Any]]:
        self.heard.append(text)
        return list(self.answers.pop(0).messages)

    def tap(self, label: str) -> list[dict[str, Any]]:
        raise AssertionError(f"{label!r} was not offered")


SCRIPT = {"goal": {"needs": ["food"]}, "at_most": 2, "if_asked": {"place": "95814", "need": "food"}, "turns": [{"say": "hungry"}]}


def test_a_family_answers_what_it_is_asked_until_it_has_what_it_came_for() -> None:
    chat = Told(answer("Which ZIP code?"), answer("Here:", MATCH))
    assert play(chat, SCRIPT) == []
    assert chat.heard == ["hungry", "95814"]
    assert play(chat := Told(answer("What would help?"), answer("Here:", MATCH)), SCRIPT) == []
    assert chat.heard == ["hungry", "food"]


def test_a_family_that_does_not_get_it_in_time_is_told() -> None:
    (fault,) = play(Told(answer("Which ZIP code?"), answer("Which city?")), SCRIPT)
    assert "never reached" in fault
    late = {**SCRIPT, "at_most": 1, "turns": [{"say": "hungry"}, {"say": "95814"}]}
    (fault,) = play(Told(answer("Which ZIP code?"), answer("Here:", MATCH)), late)
    assert "after 2 turns" in fault
    assert "not offered" in play(Told(), {**SCRIPT, "turns": [{"tap": "More"}]})[0]


def test_a_goal_is_reached_though_something_stands_beside_it() -> None:
    beside = answer("Here:", MATCH, {**MATCH, "needs": ["goods"]})
    assert reached({"needs": ["food"]}, beside)
    assert not reached({"needs": ["legal"]}, beside)
