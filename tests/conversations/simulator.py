"""Families that do not keep to a script: they mistype, interrupt, change their minds, switch languages, say things twice.

Each family comes from a script (scripts/*.yml) with its goal and what it answers when asked. A way of going (WAYS) turns its
messages into others; then it talks with a running Homeward until it has what it came for or gives up. Everything is drawn from
a seed: the same seed says the same.
"""

from __future__ import annotations

import itertools
import random
import re
import statistics
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.conversations.conversation import Answer, reached, scripts, take
from tests.running import Homeward

#: How often a family says once more what it needs and where after it has said all, before it gives up.
PATIENCE = 2


@dataclass(frozen=True)
class Family:
    """Who talks: its own words for the whole story (`turns`), for what it needs and for where it is; `also` are all needs that
    may be served when it has its goal."""

    name: str
    language: str
    turns: tuple[str, ...]
    need: str
    place: str
    goal: dict[str, Any]
    also: frozenset[str]
    at_most: int


@dataclass(frozen=True)
class Said:
    """One message of a family. `crisis` when an alarm is right; `beside` when it has nothing to do with what it came for;
    `language` when it goes on in another language."""

    text: str
    crisis: bool = False
    beside: bool = False
    language: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How a conversation went: `in_time` when nothing had to be said again. What is counted is counted in turns; `unasked` is 1
    when listings for what nobody asked for stand beside those it came for, `repeated_questions` are for what it had said in so
    many words."""

    way: str
    language: str
    family: str
    completed: bool
    in_time: bool
    turns: int
    dead_ends: int = 0
    loops: int = 0
    repeated_questions: int = 0
    silences: int = 0
    unasked: int = 0
    wrong_language: int = 0
    wrong_alarms: int = 0
    missed_alarms: int = 0
    story: tuple[tuple[str, str], ...] = field(default=(), repr=False)


#: What is counted of every conversation.
COUNTED = ("dead_ends", "loops", "repeated_questions", "silences", "unasked", "wrong_language", "wrong_alarms", "missed_alarms")


def families() -> list[Family]:
    """Those of the scripts that can go their own way: everything is typed, and they know their need and place."""
    return [
        Family(
            name=script["id"],
            language=script["goal"].get("language") or script.get("language", "en"),
            turns=tuple(turn["say"] for turn in script["turns"]),
            need=script["if_asked"]["need"],
            place=script["if_asked"]["place"],
            goal={key: fact for key, fact in script["goal"].items() if key in ("needs", "near", "matches")},
            also=frozenset(script["goal"]["needs"]).union(*(turn.get("also", ()) for turn in script["turns"])),
            at_most=script["at_most"],
        )
        for script in scripts()
        if {"need", "place"} <= set(script.get("if_asked", {})) and "needs" in script["goal"]
    ]


# --- ways to go -------------------------------------------------------------------------------------------------------

Way = Callable[[Family, random.Random], list[Said]]

_ROWS = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
_NEIGHBORS = {
    letter: "".join(row[max(0, at - 1) : at] + row[at + 1 : at + 2])
    for row in _ROWS
    for at, letter in enumerate(row)
}  # fmt: skip
THANKS = {"en": ("thanks", "ok thank you", "ty!"), "es": ("gracias", "ok muchas gracias", "grax")}
JOKES = {
    "en": ("lol my toddler is driving the bus today", "haha i should get a medal for this", "jk im just tired"),
    "es": ("jajaja ya parezco pulpo con tantas cosas", "jaja mi niño ya se comio el lapiz", "ay no, que dia jajaja"),
}
PRIVACY = {
    "en": ("wait who can read this", "does my caseworker see what i write", "is this private"),
    "es": ("espera quien puede leer esto", "mi trabajadora social ve lo que escribo?", "esto es privado?"),
}
CRISES = {
    "en": ("i want to kill myself", "i dont want to live anymore", "im going to end my life tonight"),
    "es": ("me quiero matar", "ya no quiero vivir", "quiero quitarme la vida"),
}
NOTHING = ("...", ".", "😞", "🙏🙏", "?", "👀")
_IN = {"en": "i'm in {place}", "es": "estoy en {place}"}
_OTHER_NEEDS = {"en": ("food", "a lawyer", "diapers"), "es": ("comida", "un abogado", "pañales")}
_INSTEAD = {
    "en": ("no wait, i need {need} instead", "actually not {other}, {need}"),
    "es": ("no espera, mejor {need}", "ya no {other}, {need}"),
}


def as_written(family: Family, rng: random.Random) -> list[Said]:
    """The script's own words."""
    return [Said(text) for text in family.turns]


def typos(family: Family, rng: random.Random) -> list[Said]:
    """One slip of the thumb in about twenty letters, at least one in a message of words; numbers are typed right."""
    return [Said(_mistyped(text, rng)) for text in family.turns]


def no_accents(family: Family, rng: random.Random) -> list[Said]:
    """No accents, no ñ, no capitals, no signs."""
    return [Said(_bare(text)) for text in family.turns]


def no_spaces(family: Family, rng: random.Random) -> list[Said]:
    """Every fifth space is missing."""
    return [Said(_run_together(text, rng)) for text in family.turns]


def need_first(family: Family, rng: random.Random) -> list[Said]:
    return [Said(family.need), Said(family.place)]


def place_first(family: Family, rng: random.Random) -> list[Said]:
    return [Said(family.place), Said(family.need)]


def in_one(family: Family, rng: random.Random) -> list[Said]:
    """All messages at once."""
    return [Said(" ".join(family.turns))]


def in_pieces(family: Family, rng: random.Random) -> list[Said]:
    """The longest message breaks off and goes on in the next."""
    longest = max(family.turns, key=len)
    words = longest.split()
    if len(words) < 4:
        return need_first(family, rng)
    cut = len(words) // 2
    return [
        Said(piece)
        for text in family.turns
        for piece in ((" ".join(words[:cut]), " ".join(words[cut:])) if text == longest else (text,))
    ]


def twice(family: Family, rng: random.Random) -> list[Said]:
    """Every message is sent twice."""
    return [Said(text) for text in family.turns for _ in range(2)]


def thanks_between(family: Family, rng: random.Random) -> list[Said]:
    return _between(family, Said(rng.choice(THANKS[family.language]), beside=True))


def joke_between(family: Family, rng: random.Random) -> list[Said]:
    return _between(family, Said(rng.choice(JOKES[family.language]), beside=True))


def privacy_between(family: Family, rng: random.Random) -> list[Said]:
    return _between(family, Said(rng.choice(PRIVACY[family.language]), beside=True))


def crisis_between(family: Family, rng: random.Random) -> list[Said]:
    return _between(family, Said(rng.choice(CRISES[family.language]), crisis=True, beside=True))


def nothing_between(family: Family, rng: random.Random) -> list[Said]:
    """A dot, a face: somebody who does not know what to write."""
    return _between(family, Said(rng.choice(NOTHING), beside=True))


def another_mind(family: Family, rng: random.Random) -> list[Said]:
    """First something else in the same place, then what it came for."""
    others = [other for other in _OTHER_NEEDS[family.language] if other not in family.need]
    other = rng.choice(others)
    instead = rng.choice(_INSTEAD[family.language]).format(need=family.need, other=other)
    return [Said(f"{other} {family.place}"), Said(instead)]


def other_language(family: Family, rng: random.Random) -> list[Said]:
    """The need in one language, the place in the other."""
    other = "en" if family.language == "es" else "es"
    return [Said(family.need), Said(_IN[other].format(place=family.place), language=other)]


def a_bad_day(family: Family, rng: random.Random) -> list[Said]:
    """Mistyped, run together, without signs, and with something in between."""
    pieces = rng.choice((thanks_between, joke_between, nothing_between))(family, rng)
    return [said if said.beside else Said(_run_together(_mistyped(_bare(said.text), rng), rng)) for said in pieces]


WAYS: tuple[Way, ...] = (
    as_written, typos, no_accents, no_spaces, need_first, place_first, in_one, in_pieces, twice, thanks_between, joke_between,
    privacy_between, crisis_between, nothing_between, another_mind, other_language, a_bad_day,
)  # fmt: skip


def _between(family: Family, interruption: Said) -> list[Said]:
    """What is said before the last message, or between need and place when there is only one."""
    own = [Said(text) for text in family.turns] if len(family.turns) > 1 else [Said(family.need), Said(family.place)]
    return [*own[:-1], interruption, own[-1]]


def _mistyped(text: str, rng: random.Random) -> str:
    spots = [at for at, letter in enumerate(text) if letter.isalpha()]
    for at in sorted(rng.sample(spots, min(len(spots), max(1, len(spots) // 20))), reverse=True) if len(spots) > 3 else ():
        letter = text[at]
        slip = rng.choice(("neighbor", "dropped", "doubled", "swapped"))
        if slip == "neighbor":
            text = text[:at] + rng.choice(_NEIGHBORS.get(letter.lower(), letter)) + text[at + 1 :]
        elif slip == "dropped":
            text = text[:at] + text[at + 1 :]
        elif slip == "doubled":
            text = text[:at] + letter + text[at:]
        else:
            text = text[:at] + text[at + 1 : at + 2] + letter + text[at + 2 :]
    return text


def _run_together(text: str, rng: random.Random) -> str:
    return "".join("" if letter == " " and rng.random() < 0.2 else letter for letter in text)


def _bare(text: str) -> str:
    letters = (letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w\s]", "", "".join(letters).lower()).split())


# --- conversations ----------------------------------------------------------------------------------------------------


def converse(homeward: Homeward, family: Family, way: Way, seed: int = 0) -> Outcome:
    """Let a family go its way until it has what it came for; it then hangs up."""
    to_say = way(family, random.Random(f"{seed} {way.__name__} {family.name}"))
    enough = max(len(to_say), family.at_most)
    chat, count, told = homeward.chat(family.language), dict.fromkeys(COUNTED, 0), set[str]()
    story: list[tuple[str, str]] = []
    earlier: Answer | None = None
    language, completed = family.language, False
    while to_say and not completed:
        said = to_say.pop(0)
        again = bool(story) and said.text == story[-1][0]
        answer = take(chat, {"say": said.text})
        question = _question(answer)
        told |= {key for key in ("place", "need") if getattr(family, key).lower() in said.text.lower()}
        language = said.language or language
        count["wrong_language"] += answer.languages != {language}
        count["silences"] += not answer.messages
        count["dead_ends"] += bool(answer.messages) and not answer.offers
        count["loops"] += not again and answer.says_again(earlier)
        count["repeated_questions"] += question in told and not again and not said.beside
        count["wrong_alarms"] += bool(answer.crises) and not said.crisis
        count["missed_alarms"] += said.crisis and not answer.crises
        story.append((said.text, answer.text))
        earlier, completed = answer, reached(family.goal, answer)
        if completed:
            count["unasked"] += any(not family.also & set(match["needs"]) for match in answer.matches)
        elif not to_say and len(story) < enough + PATIENCE:
            all_of_it = f"{family.need} {family.place}"
            to_say = [Said({"place": family.place, "need": family.need}.get(question, all_of_it))]
    in_time = completed and len(story) <= enough
    return Outcome(way.__name__, family.language, family.name, completed, in_time, len(story), **count, story=tuple(story))


def _question(answer: Answer) -> str:
    """Which of the two things a search takes is asked for; "" when neither is, or both as after a hello."""
    if answer.asks_place == answer.asks_need:
        return ""
    return "place" if answer.asks_place else "need"


#: Conversations held side by side.
_AT_ONCE = 3


def drawn(number: int, seed: int = 0) -> Iterator[tuple[Family, Way]]:
    """So many conversations: the ways in turn, the languages in turn, families shuffled."""
    rng = random.Random(seed)
    by_language = {}
    for language in ("en", "es"):
        speaking = [family for family in families() if family.language == language]
        by_language[language] = itertools.cycle(rng.sample(speaking, len(speaking)))
    turns = itertools.cycle((way, language) for language in ("en", "es") for way in WAYS)
    for way, language in itertools.islice(turns, number):
        yield next(by_language[language]), way


def simulate(homeward: Homeward, number: int, seed: int = 0) -> list[Outcome]:
    """Hold so many conversations, a few at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        held = [pool.submit(converse, homeward, family, way, seed) for family, way in drawn(number, seed)]
        return [conversation.result() for conversation in held]


# --- what came of it --------------------------------------------------------------------------------------------------


def summary(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Of some conversations: how many, the shares completed and completed in time, the mean turns of the completed, and per
    counted fault the turns that had it in a hundred conversations."""
    these = list(outcomes)
    done = [outcome for outcome in these if outcome.completed]
    return {
        "conversations": len(these),
        "completed": round(len(done) / len(these), 3),
        "in_time": round(sum(outcome.in_time for outcome in these) / len(these), 3),
        "turns": round(statistics.mean(outcome.turns for outcome in done), 2) if done else 0.0,
        **{name: round(100 * sum(getattr(outcome, name) for outcome in these) / len(these), 1) for name in COUNTED},
    }
