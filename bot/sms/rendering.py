"""All the answers of a turn as texts: as few as possible, none dearer than three parts, no fact cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.sms import compact
from resources_db.messages import Answer
from resources_db.sms.gsm import fold, segments
from resources_db.sms.options import CHOOSE, Choice, menu, offered
from resources_db.words import Words

#: Of one text. Carriers join up to ten, but what comes after three is often late and seldom read.
MOST_SEGMENTS = 3
MOST_LISTINGS = 3
CHANNEL = "sms"

FIRST = "utter_sms_first"
_PICK, _PICK_OR_MORE, _MORE = "utter_text_pick", "utter_text_pick_or_more", "utter_text_more"
_LINK, _ALL_SAMPLES, _SAMPLE = "utter_text_link", "utter_text_all_samples", "utter_text_sample"
#: What must be there to be said.
NEEDED = (FIRST, CHOOSE, _PICK, _PICK_OR_MORE, _MORE, _LINK, _ALL_SAMPLES, _SAMPLE)

_MORE_PAYLOAD = "/more"
#: Where a text may be parted when a line of it is too long: after a sentence, not after "St." or before a number.
_SENTENCE = re.compile(r"(?<=[a-zéñü)]{4}[.!?]) +(?=[A-Z¿¡\"])")
_NUMBERED_LINE = re.compile(r"^1[.)]? ", re.MULTILINE)


@dataclass(frozen=True)
class Rendered:
    """`texts` in the order to send them; `options` are the (label, payload) pairs that 1, 2, 3 … stand for, [] if numbers
    stand for listings or nothing."""

    texts: list[str]
    options: list[Choice]


def render(
    answers: Sequence[Answer], language: str, *, words: Words, first: bool, card_url: Callable[[Sequence[str]], str] | None
) -> Rendered:
    """The texts that say all `answers` of one turn, a crisis before everything else. `first` adds, once, who is writing.

    `card_url` makes the link to the full listings with these ids; it is called at most once, and only for listings.
    """
    speaker = _Speaker(words, language)
    ordered = sorted(answers, key=lambda answer: answer.crisis is None)
    options = offered(ordered)
    offering = next((answer for answer in reversed(ordered) if answer.choices and not answer.matches), None)
    listing_places = [place for place, answer in enumerate(ordered) if answer.matches]
    link = _link(ordered, speaker, card_url)
    blocks: list[str] = []
    for place, answer in enumerate(ordered):
        if answer.matches:
            last = place == listing_places[-1]
            numbered = last and not options and not any(_NUMBERED_LINE.search(later.text) for later in ordered[place + 1 :])
            blocks += _with_listings(answer, speaker, numbered=numbered, link=link if last else "")
        else:
            *before, last_words = _parts(answer.text) or [""]
            numbers = menu(options, words, language) if answer is offering else ""
            # a question and what can be answered to it stay together
            blocks += [*before, *_parts("\n".join(filter(None, (last_words, numbers))))]
    if first:
        blocks.append(speaker.say(FIRST))
    return Rendered(_packed(blocks), options)


class _Speaker:
    def __init__(self, words: Words, language: str) -> None:
        self.language = language
        self._words = words

    def say(self, response: str, **values: object) -> str:
        return fold(self._words.say(response, self.language, CHANNEL, **values))


def _link(answers: Sequence[Answer], speaker: _Speaker, card_url: Callable[[Sequence[str]], str] | None) -> str:
    matches = [match for answer in answers for match in answer.matches]
    if card_url is None or not matches:
        return ""
    ids = dict.fromkeys(match["service_at_location_id"] or match["service_id"] for match in matches)
    return speaker.say(_LINK, url=card_url(list(ids)))


def _with_listings(answer: Answer, speaker: _Speaker, *, numbered: bool, link: str) -> list[str]:
    """One text with the answer, its first listings and the link. Where they have no room together, first the answer's own
    words go in a text before, then there are fewer listings."""
    *before, head = _parts(answer.text) or [""]
    matches, all_made_up = _marked(answer.matches[:MOST_LISTINGS], speaker)
    for count in range(len(matches), 0, -1):
        marks = [""] if count == 1 else [f"{n} " if numbered else "- " for n in range(1, count + 1)]
        for apart, start in (([], head), ([head], "")):

            def whole(lines: str, start: str = start, count: int = count) -> str:
                end = _how_to_go_on(answer, speaker, count, numbered=numbered)
                return "\n".join(filter(None, (start, all_made_up, lines, end, link)))

            said = whole(compact.fit(matches[:count], marks, speaker.language, lambda lines: _fits(whole(lines))))
            if _fits(said):
                return [*before, *apart, said]
    return [*before, *_parts(said)]


def _marked(matches: Sequence[compact.Match], speaker: _Speaker) -> tuple[list[compact.Match], str]:
    """Listings that are made up with a word before their names, and no line; or, if all are, a line that says so."""
    if all(match["sample"] for match in matches):
        return list(matches), speaker.say(_ALL_SAMPLES)
    marked = [
        {**match, "service": speaker.say(_SAMPLE, service=match["service"])} if match["sample"] else match for match in matches
    ]
    return marked, ""


def _how_to_go_on(answer: Answer, speaker: _Speaker, count: int, *, numbered: bool) -> str:
    if not numbered:
        return ""
    more = any(payload == _MORE_PAYLOAD for _, payload in answer.choices)
    if count > 1:
        return speaker.say(_PICK_OR_MORE if more else _PICK, numbers=f"1-{count}")
    return speaker.say(_MORE) if more else ""


def _parts(text: str) -> list[str]:
    """The text, folded, in as few pieces as fit into a text each, parted between lines, else between sentences."""
    text = fold(text).strip()
    if not text or _fits(text):
        return [text] if text else []
    return _packed(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if _fits(line):
            yield line
        else:
            for sentence in _SENTENCE.split(line):
                yield sentence if _fits(sentence) else _shortened(sentence)


def _shortened(sentence: str) -> str:
    room = len(sentence)
    while not _fits(sentence):
        room -= 10
        sentence = compact.shorten(sentence, room)
    return sentence


def _packed(blocks: Iterable[str]) -> list[str]:
    """Blocks side by side in one text where they fit and it costs no more."""
    texts: list[str] = []
    for block in filter(None, blocks):
        joined = f"{texts[-1]}\n{block}" if texts else ""
        if texts and _fits(joined) and segments(joined) <= segments(texts[-1]) + segments(block):
            texts[-1] = joined
        else:
            texts.append(block)
    return texts


def _fits(text: str) -> bool:
    return segments(text) <= MOST_SEGMENTS
