"""Families that go through the coming-home list and do not keep to it either: they interrupt, skip, come back to it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tests.conversations.conversation import Answer, take
from tests.conversations.simulator import COUNTED, CRISES, JOKES, NOTHING, PRIVACY, THANKS, Outcome, Said
from tests.running import Homeward

ITEMS = 10
MOST_INTERRUPTIONS = 3


@dataclass(frozen=True)
class Words:
    """What families say about the list in one language, and how they know where in it they are."""

    news: tuple[str, ...]
    answers: tuple[str, ...]
    place: str
    back: str
    progress: str
    end: str


WORDS = {
    "en": Words(
        news=("kids came home today", "my son came home from foster care yesterday", "they gave me my girls back today"),
        answers=("yes", "need help", "no", "have it", "skip", "not sure", "nope", "yeah", "1", "2", "3"),
        place="95823",
        back="back to the list",
        progress=rf"(\d+) of {ITEMS}:",
        end="whole list",
    ),
    "es": Words(
        news=("mis hijos regresaron a casa hoy", "ayer me devolvieron a mi hijo", "por fin mis niñas están en casa desde hoy"),
        answers=("sí", "necesito ayuda", "no", "ya tenemos", "saltar", "no sé", "no gracias", "si", "1", "2", "3"),
        place="92701",
        back="volver a la lista",
        progress=rf"(\d+) de {ITEMS}:",
        end="toda la lista",
    ),
}


def go_through(homeward: Homeward, language: str, seed: int) -> Outcome:
    """From the news to the end of the list; completed when the end is reached with no more turns than questions, interruptions,
    a place and as many ways back to the list as it was left."""
    rng, words = random.Random(f"{seed} {language}"), WORDS[language]
    chat, count = homeward.chat(language), dict.fromkeys(COUNTED, 0)
    interruptions = [texts[language] for texts in (THANKS, JOKES, PRIVACY, CRISES)] + [NOTHING]
    breaks = sorted(rng.sample(range(1, ITEMS), rng.randint(0, MOST_INTERRUPTIONS)))
    enough = 1 + ITEMS + 2 * len(breaks) + 1
    said, story, item, answered = Said(rng.choice(words.news)), list[tuple[str, str]](), 0, set[int]()
    earlier: Answer | None = None
    while True:
        answer = take(chat, {"say": said.text})
        again = bool(story) and said.text == story[-1][0]
        story.append((said.text, answer.text))
        count["silences"] += not answer.messages
        count["dead_ends"] += bool(answer.messages) and not answer.offers
        count["loops"] += not again and answer.says_again(earlier)
        count["wrong_alarms"] += bool(answer.crises) and not said.crisis
        count["missed_alarms"] += said.crisis and not answer.crises
        completed = words.end in answer.text.lower()
        if completed or len(story) > enough:
            return Outcome(
                "coming_home_list", language, str(seed), completed, completed and len(story) <= enough, len(story), **count,
                story=tuple(story),
            )  # fmt: skip
        earlier, asked = answer, re.search(words.progress, answer.text)
        if asked:
            item = int(asked[1])
            count["repeated_questions"] += item in answered
        if breaks and item >= breaks[0]:
            breaks.pop(0)
            texts = rng.choice(interruptions)
            said = Said(rng.choice(texts), crisis=texts is CRISES[language], beside=True)
        elif asked:
            said = Said(rng.choice(words.answers))
            answered.add(item)
        else:
            said = Said(words.place if answer.asks_place and not said.beside else words.back)
