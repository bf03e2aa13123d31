"""Which place a family's message names, if any: "need diapers n somewhere 2 stay near the bronx", "95814"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.understanding.place_evidence import (
    ARTICLES,
    ELSEWHERE,
    WHERE_HELP_IS_WANTED,
    Mention,
    is_meant,
    state_may_follow,
    with_evidence,
)
from bot.understanding.place_scan import COMMA, JOINED, STOP, Lexicon, Scan
from resources_db.geo.gazetteer import Gazetteer
from resources_db.geo.names import fold, join_words
from resources_db.geo.places import PlaceReading, find_place

_LONGEST_NAME = 6
_LONGEST_STATE = 3
_SHORTEST_NAME_TO_EXTEND = 3
_SHORTEST_UNKNOWN_NAME = 4
_LONGEST_UNKNOWN_NAME = 3
_WORDS_TO_A_STREET = 4
_LONG_WORD = 9
#: Words that end like these are everyday words.
_ENDINGS = tuple(
    "ing ings tion tions ment ments mente ando endo iendo cion ciones ness ada adas ado ados ida idas ido idos".split()
)
#: Looking for a misspelled name takes some milliseconds: no message may buy more than this.
_MOST_CUES = 20
_MOST_GUESSES = 12
_LONGEST_MESSAGE = 5_000

_ZIP = re.compile(r"(?<![\w$#€£*.,/-])(?P<zip>\d{5})(?:-\d{4})?(?![\w%-]|[.,]\d|/\d)")
#: Voice-to-text sometimes writes a ZIP out.
_SPOKEN_DIGITS = {"oh": "0", "o": "0"} | {
    word: str(digit)
    for words in ("zero one two three four five six seven eight nine", "cero uno dos tres cuatro cinco seis siete ocho nueve")
    for digit, word in enumerate(words.split())
}
_LINKS = frozenset({"in", "en", "of", "de"})
_COUNTY_WORDS = frozenset({"county", "condado"})
_COUNTY_OF = (("condado", "de"), ("county", "of"))
#: Behind these an unknown word is a place we lack. Behind "im in" it may be agony.
_EXPECTS_A_NAME = frozenset({"live", "living", "vivo", "vivimos", "near", "cerca", "moved", "mude", "mudamos", "reside", "town"})
#: Kinds of words in place_words.yml that no unknown or misspelled place is made of.
_ORDINARY = ("not_places", "words", "names", "politeness", "clause_starters", "person_before", "negations")


@dataclass(frozen=True)
class PlaceMention:
    """`text` is `message[start:end]`; a reading with nothing in it is a place that the gazetteer does not have."""

    text: str
    start: int
    end: int
    reading: PlaceReading


class PlaceFinder:
    """Finds places by rules over a gazetteer; nothing is learned and nothing remembered."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._lexicon = Lexicon()

    def find(self, text: str, language: str) -> PlaceMention | None:
        """The place the message asks about; where it names several, the one where the family seems to be.

        `language` is "en" or "es", the language of the conversation. Any text may be given; of a very long one only
        the beginning is read.
        """
        # Half a character (a lone surrogate), which spaCy refuses, becomes one question mark.
        scan = self._lexicon.scan(text[:_LONGEST_MESSAGE].encode("utf-8", "replace").decode("utf-8"))
        mentions = [*self._zips(scan), *self._names(scan, language)]
        mentions = [mention for mention in mentions if not mention.negated and mention.cue != "past"]
        # "he moved to Arizona" says nothing about where the family is.
        mentions = [mention for mention in mentions if not (mention.kind == "state" and mention.cue == "elsewhere")]
        best = max(mentions, key=lambda mention: mention.rank, default=None)
        if whole := self._whole_message(scan, best):
            return whole
        if best is None or best.rank[0] == ELSEWHERE:
            found = self._spoken_zip(scan) or self._misspelled(scan) or (self._unknown(scan) if best is None else None)
            if found or best is None:
                return found
        return _as_mention(scan, best.first, best.last, self._read(scan, best.first, best.last))

    def _read(self, scan: Scan, first: int, last: int) -> PlaceReading:
        return find_place(self._gazetteer, scan.slice(first, last))

    # --- ZIPs -----------------------------------------------------------------------------------------------------

    def _zips(self, scan: Scan) -> Iterator[Mention]:
        for match in _ZIP.finditer(scan.text):
            first, last = scan.number_at(match.start()), scan.number_at(match.end())
            if first == last or scan.words[first].start != match.start():
                continue
            mention = with_evidence(scan, Mention(first, last, self._gazetteer.find(match["zip"])))
            is_stated = mention.whole or mention.cue in WHERE_HELP_IS_WANTED
            is_known = mention.rows or self._gazetteer.military(match["zip"])
            if (is_known or is_stated) and not self._is_other_number(scan, mention):
                yield mention

    def _is_other_number(self, scan: Scan, number: Mention) -> bool:
        """A price, a phone, a case, a house."""
        before = scan.key(number.first - 1) if scan.follows(number.first, JOINED) and number.cue not in ("home", "near") else ""
        after = scan.key(number.last) if scan.follows(number.last, JOINED) else ""
        if before in self._lexicon["not_a_zip_after"] or after in self._lexicon["not_a_zip_before"]:
            return True
        if _is_number(before) or _is_number(after):
            return True
        for n in range(number.last, number.last + _WORDS_TO_A_STREET):
            if not scan.follows(n, JOINED) or n in scan.cues and scan.cues[n].kind in WHERE_HELP_IS_WANTED:
                return False
            if scan.key(n) in self._lexicon["not_a_place_before"]:
                return True
        return False

    def _spoken_zip(self, scan: Scan) -> PlaceMention | None:
        """ "nine two seven oh one", "9 2 7 0 1": five digits said one by one."""
        digits = [_SPOKEN_DIGITS.get(word.key, word.key if len(word.key) == 1 else "") for word in scan.words]
        for first in range(len(digits) - 4):
            said = "".join(digits[first : first + 5])
            is_run = all(scan.words[n].gap != STOP for n in range(first + 1, first + 5))
            ends = first + 5 == len(digits) or not digits[first + 5]
            if len(said) == 5 and said.isdigit() and is_run and ends and self._gazetteer.find(said):
                return _as_mention(scan, first, first + 5, find_place(self._gazetteer, said))
        return None

    # --- names ----------------------------------------------------------------------------------------------------

    def _names(self, scan: Scan, language: str) -> Iterator[Mention]:
        known = self._known_names(scan)
        first = 0
        while first < len(scan.words):
            step = 1
            for name in known.get(first, ()):
                mention = with_evidence(scan, self._extended(scan, name, known))
                if is_meant(scan, mention, language):
                    yield mention
                    step = mention.last - first
                    break
                if name.key in self._lexicon["phrases"]:
                    step = name.last - first  # nor is there a "mesa" in "la mesa"
                    break
            first += step

    def _known_names(self, scan: Scan) -> dict[int, list[Mention]]:
        """For each word the known names that start there, the longest first."""
        keys: dict[tuple[int, int], str] = {}
        for first, word in enumerate(scan.words):
            for last in range(first + 1, min(first + _LONGEST_NAME, len(scan.words)) + 1):
                if last - 1 > first and scan.words[last - 1].gap != JOINED:
                    break
                parts = [word.key for word in scan.words[first:last]]
                is_county = tuple(parts[:2]) in _COUNTY_OF and len(parts) > 2
                keys[first, last] = f"{join_words(parts[2:])} county" if is_county else join_words(parts)
            # "in", "or", "me" are states only in capitals. ("la" is looked at later: it may be Los Angeles.)
            if word.key in self._lexicon["word_like_codes"] and word.text.islower() and word.key != "la":
                del keys[first, first + 1]
        found = self._gazetteer.find_all({key for key in keys.values() if not key.isdigit()})
        names: dict[int, list[Mention]] = {}
        for (first, last), key in sorted(keys.items(), key=lambda item: -item[0][1]):
            if key in found:
                names.setdefault(first, []).append(Mention(first, last, found[key], key))
        return names

    def _extended(self, scan: Scan, name: Mention, known: dict[int, list[Mention]]) -> Mention:
        """The name together with the city, state and ZIP that follow it."""
        if len(name.key) < _SHORTEST_NAME_TO_EXTEND:
            return name
        name = self._with_city(scan, name, known)
        for last in range(min(name.last + _LONGEST_STATE, len(scan.words)), name.last, -1):
            if self._is_state_of(scan, name, last):
                name = replace(name, last=last, confirmed=True)
                break
        zip_code = _ZIP.match(scan.text, scan.words[name.last].start) if scan.follows(name.last, JOINED, COMMA) else None
        rows = self._gazetteer.find(zip_code["zip"]) if zip_code else ()
        if zip_code and rows and any(row.state == rows[0].state for row in name.rows):
            return replace(name, last=scan.number_at(zip_code.end()), rows=rows, confirmed=True)
        return name

    def _with_city(self, scan: Scan, name: Mention, known: dict[int, list[Mention]]) -> Mention:
        """ "Oak Park" becomes "Oak Park in Sacramento" where the message says so and the one lies in the other."""
        if scan.follows(name.last, JOINED, COMMA):
            behind = name.last + 1 if scan.key(name.last) in _LINKS else name.last
            for other in known.get(behind, ()):
                if {row.kind for row in (*name.rows, *other.rows)} & {"neighborhood", "landmark", "county"}:
                    place = self._read(scan, name.first, other.last).place
                    if place and place.kind not in ("zip", "state"):
                        return replace(name, last=other.last, confirmed=True)
        return name

    def _is_state_of(self, scan: Scan, name: Mention, last: int) -> bool:
        """Whether the words from behind the name to before `last` are a state that has a place of that name."""
        if not scan.follows(name.last, JOINED, COMMA) or any(not scan.follows(n, JOINED) for n in range(name.last + 1, last)):
            return False
        code = self._gazetteer.states.get(join_words([word.key for word in scan.words[name.last : last]]))
        return any(row.state == code for row in name.rows) and state_may_follow(scan, name, last)

    def _whole_message(self, scan: Scan, best: Mention | None) -> PlaceMention | None:
        """What a short message names as a whole, and no part of it does: "municipio de Ponce", "Búfalo, Nueva York"."""
        said = [n for n, word in enumerate(scan.words) if word.key not in self._lexicon["politeness"] - _COUNTY_WORDS]
        if not said or said[-1] - said[0] not in range(1, _LONGEST_NAME) or best and best.kind == "zip":
            return None
        first, last = said[0], said[-1] + 1
        keys = [word.key for word in scan.words[first:last]]
        if any(key.isdigit() for key in keys) or join_words(keys) in self._lexicon["phrases"]:
            return None
        is_name = any(not any(key in self._lexicon[kind] for kind in _ORDINARY) for key in keys)
        if not is_name or best and (best.confirmed or best.first <= first and best.last >= last):
            return None
        reading = self._read(scan, first, last)
        if best and reading.place and reading.place.label == _label(self._read(scan, best.first, best.last)):
            return None  # "downtown Fresno" is Fresno
        return _as_mention(scan, first, last, reading) if reading.found or reading.military else None

    # --- what the gazetteer does not have as it is written --------------------------------------------------------

    def _misspelled(self, scan: Scan) -> PlaceMention | None:
        """A well-known name written a little wrong, or "APO AE", where a place is due: behind a cue, or as the whole
        message."""
        due = ((first, end) for first, last in self._due(scan) for end in range(min(first + 3, last), first, -1))
        stretches = itertools.chain(
            due, self._rest_of_short_message(scan), self._outer_clauses(scan), self._before_states(scan), self._long_words(scan)
        )
        for first, end in itertools.islice((it for it in stretches if self._may_be_misspelled(scan, *it)), _MOST_GUESSES):
            reading = self._read(scan, first, end)
            if reading.military or reading.found and not self._is_unlikely_guess(reading):
                return _as_mention(scan, first, end, reading)
        return None

    def _may_be_misspelled(self, scan: Scan, first: int, last: int) -> bool:
        """Whether these are neither everyday words nor a name that is written right, which has been judged already."""
        if self._is_ordinary(scan, first, last):
            return False
        starts = (first, first + 1) if scan.key(first) in ARTICLES and last - first > 1 else (first,)
        return not any(self._gazetteer.find(fold(scan.slice(n, last))) for n in starts)

    def _unknown(self, scan: Scan) -> PlaceMention | None:
        """What must be a place by its position, but is none that we know, so that the assistant can say so."""
        for first, last in self._due(scan):
            end = first
            while end < last and scan.is_capitalized(end, end + 1):
                end += 1
            expects_a_name = any(scan.key(n) in _EXPECTS_A_NAME for n in range(first - 4, first))
            if end == first and expects_a_name and scan.ends_phrase(first + 1):
                end = first + 1
            word = scan.words[first]
            is_initials = scan.has_case and word.text.isupper()
            is_name = word.key.isalpha() and len(word.key) >= _SHORTEST_UNKNOWN_NAME and not is_initials
            if first < end <= first + _LONGEST_UNKNOWN_NAME and is_name and not self._is_ordinary(scan, first, end):
                return _as_mention(scan, first, end, PlaceReading(scan.slice(first, end)))
        return None

    def _due(self, scan: Scan) -> Iterator[tuple[int, int]]:
        """The stretches where a place is to be expected."""
        for first, cue in list(scan.cues.items())[:_MOST_CUES]:
            if cue.kind in WHERE_HELP_IS_WANTED and scan.follows(first, JOINED) and not scan.is_negated(cue.first):
                yield first, scan.clause_of(first, first + 1)[1]

    def _rest_of_short_message(self, scan: Scan) -> Iterator[tuple[int, int]]:
        rest = [n for n, word in enumerate(scan.words) if word.key not in self._lexicon["politeness"]]
        if rest and rest[-1] - rest[0] < 3:
            yield rest[0], rest[-1] + 1

    def _outer_clauses(self, scan: Scan) -> Iterator[tuple[int, int]]:
        """Where a place often stands by itself: "sant ana, beds for 3 kids", "need a crib, stockten"."""
        outer = dict.fromkeys(scan.clause_of(n, n + 1) for n in (0, len(scan.words) - 1) if scan.words)
        yield from (clause for clause in outer if clause[1] - clause[0] <= _LONGEST_UNKNOWN_NAME)

    def _before_states(self, scan: Scan) -> Iterator[tuple[int, int]]:
        """Stretches that a state follows: "new bedfrod MA", "Santana, california"."""
        for n, word in enumerate(scan.words):
            is_code = len(word.key) == 2 and (scan.has_case and word.text.isupper() or scan.ends_phrase(n + 1, strictly=True))
            may_be_one = is_code and word.key not in self._lexicon["word_like_codes"] or len(word.key) > 3 or word.text.isupper()
            for last in range(min(n + 2, len(scan.words)), n, -1):
                state = join_words([word.key for word in scan.words[n:last]])
                if may_be_one and n and state in self._gazetteer.states and scan.follows(n, JOINED, COMMA):
                    start = scan.clause_of(n - 1, n)[0]
                    yield from ((first, last) for first in range(max(start, n - 3), n))
                    break

    def _long_words(self, scan: Scan) -> Iterator[tuple[int, int]]:
        """Words too long to be close to a city's name by chance: "Cincinatti", "albuqerque"."""
        long = [n for n, word in enumerate(scan.words) if len(word.key) >= _LONG_WORD and not word.key.endswith(_ENDINGS)]
        yield from ((n, n + 1) for n in long[:_MOST_CUES])

    def _is_ordinary(self, scan: Scan, first: int, last: int) -> bool:
        """Whether these are everyday words, names of people or numbers, rather than an unknown name."""
        keys = [word.key for word in scan.words[first:last]]
        if any(key.isdigit() or len(key) == 1 for key in keys) or len("".join(keys)) < _SHORTEST_UNKNOWN_NAME:
            return True
        kinds: tuple[str, ...] = _ORDINARY
        if len(keys) > 1 and keys[-1] in self._gazetteer.states:
            keys, kinds = keys[:-1], tuple(kind for kind in _ORDINARY if kind != "names")  # "savanna GA" is no girl
        outer = {keys[0], keys[-1]}
        if len(keys) > 1 and keys[0] in ARTICLES | self._lexicon["name_starters"]:
            outer.discard(keys[0])  # "los angelos", "lake elsinor"
        if len(keys) > 1 and keys[-1] in _COUNTY_WORDS:
            outer.discard(keys[-1])
        return any(key in self._lexicon[kind] for kind in kinds for key in outer) or len(keys[0]) < 3 and len(keys) == 1

    def _is_unlikely_guess(self, reading: PlaceReading) -> bool:
        """ "reaching" for Reading, "door" for Door County: the guess is an everyday word, or nobody said county."""
        guess = reading.place or reading.candidates[0]
        if guess.kind == "state":  # "population of Ohio"
            return True
        said_county = _COUNTY_WORDS & set(fold(reading.text).split())
        return fold(guess.label.partition(",")[0]) in self._lexicon["words"] or guess.kind == "county" and not said_county


def _label(reading: PlaceReading) -> str | None:
    return reading.place.label if reading.place else None


def _is_number(key: str) -> bool:
    return key.isdigit() and len(key) > 2


def _as_mention(scan: Scan, first: int, last: int, reading: PlaceReading) -> PlaceMention:
    return PlaceMention(scan.slice(first, last), scan.words[first].start, scan.words[last - 1].end, reading)
