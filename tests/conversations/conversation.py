"""What a family's turn is answered with, read from the outside as a family would: what it gives, asks and offers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

SCRIPTS = Path(__file__).with_name("scripts")

_PLACE_ASKED = re.compile(
    r"\bzip\b|código postal|\bcity\b|ciudad|where should i look|dónde busco|more than one|más de un lugar", re.IGNORECASE
)
_NEED_ASKED = re.compile(
    r"what (do|would|else|help)\b.*\b(you|help|need)|tell me what you need|looking for|what would help|is it .* or "
    r"|qué (más |te )?(necesitas|ayudar|quieres|busco|buscas)|dime qué|te ayudaría|¿es .* o ",
    re.IGNORECASE,
)
#: What an answer may offer so that nobody is left standing: a question, a number to call, or an open door in words.
_NEXT_STEP = re.compile(
    r"\?|\b(211|911|988|741741)\b|1-800-|555-01|•|tell me|dime|send|manda|mánda|say |di |escribe|type|tap|toca|come back|vuelve"
    r"|look for|busco|any time|a cualquier hora",
    re.IGNORECASE,
)
_E164 = re.compile(r"\+1\d{10}")


class Talking(Protocol):
    """A chat with a running Homeward."""

    def say(self, text: str) -> list[dict[str, Any]]: ...

    def tap(self, label: str) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class Answer:
    """All that Homeward said to one message: messages of the Chat API, in order."""

    messages: tuple[dict[str, Any], ...]

    @property
    def text(self) -> str:
        return "\n".join(message["text"] for message in self.messages)

    @property
    def matches(self) -> list[dict[str, Any]]:
        return [match for message in self.messages for match in message["matches"]]

    @property
    def choices(self) -> list[str]:
        return [choice["label"] for message in self.messages for choice in message["choices"]]

    @property
    def crises(self) -> list[str]:
        return [message["crisis"] for message in self.messages if message["crisis"]]

    @property
    def languages(self) -> set[str]:
        return {message["language"] for message in self.messages}

    @property
    def asks_place(self) -> bool:
        return not self.matches and bool(_PLACE_ASKED.search(self.text))

    @property
    def asks_need(self) -> bool:
        return not self.matches and (bool(_NEED_ASKED.search(self.text)) or len(self.choices) > 1)

    @property
    def offers(self) -> bool:
        """A next step: without one, the answer is a dead end."""
        return bool(self.matches or self.choices or _NEXT_STEP.search(self.text))

    def says_again(self, earlier: Answer | None) -> bool:
        """The very words and listings of the answer before."""
        return earlier is not None and (self.text, _ids(self)) == (earlier.text, _ids(earlier))


def _ids(answer: Answer) -> list[Any]:
    return [match["service_at_location_id"] or match["service_id"] for match in answer.matches]


def scripts() -> list[dict[str, Any]]:
    """Every scripted family; `id` is "<theme>: <name>"."""
    return [
        {**script, "id": f"{path.stem}: {script['name']}"}
        for path in sorted(SCRIPTS.glob("*.yml"))
        for script in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def play(chat: Talking, script: dict[str, Any]) -> list[str]:
    """Let a scripted family talk; what went wrong, in words, at the first turn that did. Empty when it got what it came for."""
    turns, answers = list(script["turns"]), list[Answer]()
    language, said, done = script.get("language", "en"), "", 0
    while turns:
        turn = turns.pop(0)
        earlier = answers[-1] if answers and turn.get("say") != said else None
        said = turn.get("say") or turn["tap"]
        try:
            answer = take(chat, turn)
        except AssertionError as error:
            return [f"after {said!r}: {error}"]
        answers.append(answer)
        language = turn.get("language", language)
        if faults := missing({"language": language, **turn}, answer) + wrong_anyway(turn, answer, earlier):
            return [f"after {said!r}: {fault}" for fault in faults] + [f"answered: {answer.text!r} {answer.choices}"]
        if not done and reached(script["goal"], answer):
            done = len(answers)
        if not turns and not done and len(answers) < script["at_most"]:
            turns = _if_asked(script, answer)
    if not done:
        return [f"never reached {script['goal']}"]
    return [f"reached after {done} turns"] if done > script["at_most"] else []


def _if_asked(script: dict[str, Any], answer: Answer) -> list[dict[str, Any]]:
    told = script.get("if_asked", {})
    key = "need" if answer.asks_need and not answer.asks_place else "place"
    return [{"say": told[key]}] if key in told else []


def take(chat: Talking, turn: dict[str, Any]) -> Answer:
    """Let the family take a turn of a script."""
    return Answer(tuple(chat.say(turn["say"]) if "say" in turn else chat.tap(turn["tap"])))


def reached(goal: dict[str, Any], answer: Answer) -> bool:
    """Whether the family has what it came for; that it was shown something else beside it is a fault of the turn only."""
    beside = {code for match in answer.matches for code in match["needs"]}
    return not missing({**goal, "also": sorted(beside)}, answer)


def missing(expected: dict[str, Any], answer: Answer) -> list[str]:
    """What of the expected facts does not hold, in words; empty when all hold. The keys are those of test_conversations.py."""
    text, matches, faults = answer.text.lower(), answer.matches, []
    faults += [f"{words!r} is missing" for words in expected.get("says", []) if words.lower() not in text]
    faults += [f"{words!r} stands" for words in expected.get("never_says", []) if words.lower() in text]
    if "matches" in expected:
        least = expected["matches"]
        if len(matches) < least or least == 0 and matches:
            faults.append(f"{len(matches)} matches, {least or 'none'} expected")
    if needs := set(expected.get("needs", [])):
        met = [set(match["needs"]) for match in matches]
        allowed = needs | set(expected.get("also", []))
        faults += [f"nobody asked for {sorted(codes)}" for codes in met if not allowed & codes]
        faults += [f"{code} is not met" for code in sorted(needs - set().union(*met))]
    place = expected.get("near")
    if place and place not in answer.text and not any(place in (match["address"] or "") for match in matches):
        faults.append(f"not near {place}: {[match['address'] for match in matches]}")
    shown = [match["service"] for match in matches]
    faults += [f"{service!r} is shown" for service in expected.get("never_matches", []) if service in shown]
    faults += [f"{label!r} is not offered" for label in expected.get("choices", []) if label not in answer.choices]
    asked = {"place": answer.asks_place, "need": answer.asks_need}
    if "asks" in expected and not asked[expected["asks"]]:
        faults.append(f"does not ask for the {expected['asks']}")
    if "crisis" in expected:
        allowed_crises = [expected["crisis"]] if isinstance(expected["crisis"], str) else expected["crisis"]
        if not answer.crises or answer.crises[0] not in allowed_crises:
            faults.append(f"crisis {answer.crises or None}, {expected['crisis']} expected")
    if "language" in expected and answer.languages != {expected["language"]}:
        faults.append(f"answered in {sorted(answer.languages)}")
    if expected.get("offers") and not answer.offers:
        faults.append("offers no next step")
    return faults


def wrong_anyway(turn: dict[str, Any], answer: Answer, earlier: Answer | None) -> list[str]:
    """What no answer to any turn may do, whether or not the script speaks of it. `earlier` answered something else."""
    faults = []
    if not answer.messages:
        return ["silence"]
    if answer.crises and "crisis" not in turn:
        faults.append(f"a crisis alarm ({answer.crises[0]}) without reason")
    if not answer.offers and not turn.get("ends"):
        faults.append("a dead end: no next step is offered")
    if answer.says_again(earlier) and not turn.get("same"):
        faults.append("the same answer as to the message before")
    for match in answer.matches:
        who = match["service"]
        if not match["sample"]:
            faults.append(f"{who} is not marked as fictional")
        if not (match["phones"] or match["website"] or match["how_to_access"]):
            faults.append(f"{who}: no way to reach it")
        faults += [f"{who}: {p['number']} cannot be dialed" for p in match["phones"] if not _E164.fullmatch(p["number"])]
        if not match["hours"]:
            faults.append(f"{who}: not a word about its hours")
        if {"domestic_violence", "shelter"} <= set(match["needs"]):
            told = [key for key in ("address", "latitude", "longitude", "distance_miles") if match[key] is not None]
            faults += [f"{who} is a safe house and its {key} is told" for key in told]
    return faults
