"""Whether words that are the name of a place are meant as one.

Many towns are called Hope, Friend or Mobile, and many children Madison or Austin, so that a name alone proves
little. What it takes depends on the name: each kind of name has its rule here. The words are in place_words.yml.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.understanding.place_scan import COMMA, JOINED, Scan
from resources_db.geo.gazetteer import NOTABLE_WEIGHT, Row

_BIG_CITY_WEIGHT = 10.0
_TOWN_WEIGHT = 5.0
_SMALL_CITY_WEIGHT = 2.0
_LONGEST_CODE = 2

#: Kinds of cues (see place_words.yml) that a place follows, and those of them that say where help is wanted.
WHERE_HELP_IS_WANTED = frozenset({"home", "near", "inside", "around"})
LOCATIVE = WHERE_HELP_IS_WANTED | {"elsewhere", "past"}
ARTICLES = frozenset({"el", "la", "los", "las"})

#: How much a mention counts: where the family is; where help is wanted; a whole state; where somebody else is.
HERE, THERE, SOME_STATE, ELSEWHERE = 3, 2, 1, 0
_ROLES = {"home": HERE, "elsewhere": ELSEWHERE}


@dataclass(frozen=True)
class Mention:
    """Words `first` to before `last`, the places that bear their name, and what speaks for their being meant.

    `confirmed`: the state, the city around it or a ZIP follows. `cue`: the kind of phrase before it. `alone`: its
    clause says nothing else. `whole`: nor does the message. `ends_phrase`: nothing that could belong to it follows.
    """

    first: int
    last: int
    rows: tuple[Row, ...]
    key: str = ""
    confirmed: bool = False
    cue: str = ""
    negated: bool = False
    alone: bool = False
    whole: bool = False
    ends_phrase: bool = False
    capitalized: bool = False

    @property
    def weight(self) -> float:
        return max((row.weight for row in self.rows), default=0.0)

    @property
    def kind(self) -> str:
        return self.rows[0].kind if self.rows else ""

    @property
    def located(self) -> bool:
        return self.cue in LOCATIVE

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Where the family is before where somebody else is; better evidence first; then what was said last,
        as fully as it was said."""
        role = _ROLES.get(self.cue, THERE)
        if self.kind == "state" and not self.confirmed:
            role = SOME_STATE if role == HERE else ELSEWHERE
        elif self.kind == "zip" and role == THERE:
            role = HERE
        is_exact = self.confirmed or self.kind == "zip"
        return (role, 3 if is_exact else 2 if self.located else 1 if self.alone else 0, self.last, -self.first)


def with_evidence(scan: Scan, mention: Mention) -> Mention:
    first, last = mention.first, mention.last
    cue = scan.cue_before(first)
    begin, end = scan.clause_of(first, last)
    # "no en Fresno" is not there, "no Fresno" a correction.
    is_negated = scan.is_negated(cue.first) if cue else scan.is_negated(first) and scan.key(first - 1) != "no"
    return replace(
        mention,
        cue=cue.kind if cue else "",
        negated=is_negated or cue is not None and cue.kind == "excluded",
        alone=scan.is_politeness((begin, first), (last, end)),
        whole=scan.is_politeness((0, first), (last, len(scan.words))),
        ends_phrase=scan.ends_phrase(last),
        capitalized=scan.is_capitalized(first, last),
    )


def is_meant(scan: Scan, name: Mention, language: str) -> bool:
    """Whether there is enough to believe that the name is meant as a place."""
    if name.confirmed:
        return True
    if _is_part_of_another_name(scan, name):
        return False
    if len(name.key.replace(" ", "")) <= _LONGEST_CODE:
        return _code_is_meant(scan, name, language)
    is_only_word = name.last - name.first == len(scan.words)
    if language == "es" and name.key in scan.lexicon["spanish_words"] and (is_only_word or not _stands_out(scan, name)):
        return False
    if name.key in scan.lexicon["phrases"] or name.key in scan.lexicon["not_places"]:
        return name.whole and (name.capitalized and " " in name.key or _is_local(name))
    if name.key in scan.lexicon["words"]:
        return _everyday_word_is_meant(scan, name, is_only_word)
    if name.kind == "state":
        return name.located or name.whole
    if name.key in scan.lexicon["names"]:
        if scan.follows(name.last, JOINED, COMMA) and scan.key(name.last) in scan.lexicon["person_after"]:
            return False
        return _given_name_is_meant(scan, name, is_only_word)
    return _plain_name_is_meant(scan, name)


def _is_part_of_another_name(scan: Scan, name: Mention) -> bool:
    """ "Fresno street", "St Mary's church", "the new york times"."""
    after = scan.key(name.last) if scan.follows(name.last, JOINED) else ""
    if after in scan.lexicon["not_a_place_before"] or _word_before(scan, name) in scan.lexicon["not_a_place_after"]:
        return True
    return name.key.startswith("saint ") and scan.is_possessive(name.last)


def _code_is_meant(scan: Scan, name: Mention, language: str) -> bool:
    """ "OC", "LA", "NY": in capitals, or where a place is due and nothing follows; never "hi", "ok" or "me"."""
    word = scan.words[name.first]
    in_capitals = scan.has_case and word.text.isupper() or "." in word.text
    if name.key in scan.lexicon["word_like_codes"] and not (name.key == "la" and language == "en"):
        return in_capitals and name.located
    if name.located or name.whole:
        return in_capitals or scan.ends_phrase(name.last, strictly=name.key == "la")
    return in_capitals and name.last == len(scan.words)


def _everyday_word_is_meant(scan: Scan, name: Mention, is_only_word: bool) -> bool:
    """ "i live in hope", "Paradise" after "in"; of lone words only those that are towns of some size ("mobile")."""
    is_known = name.capitalized or name.weight >= _TOWN_WEIGHT
    if name.cue == "home" and name.capitalized:
        return True
    if name.cue == "home" or name.cue == "near" and is_known or name.cue == "inside" and name.capitalized:
        return scan.ends_phrase(name.last, strictly=True) and not _has_article(scan, name)
    return is_only_word and is_known


def _given_name_is_meant(scan: Scan, name: Mention, is_only_word: bool) -> bool:
    """ "in austin", "rent help brooklyn"; not "my daughter Madison", "it's for austin"."""
    if _has_article(scan, name) and not name.capitalized:
        return False
    has_left = any(cue.kind in ("elsewhere", "past") for behind, cue in scan.cues.items() if behind < name.first)
    if name.cue in ("home", "near") or name.cue == "to" and has_left:
        return True
    if name.weight < NOTABLE_WEIGHT:
        is_due = is_only_word or name.cue == "inside" and scan.ends_phrase(name.last, strictly=True)
        return is_due and name.weight >= _SMALL_CITY_WEIGHT
    if name.located:
        return True
    if _word_before(scan, name) in scan.lexicon["person_before"]:
        return False
    is_last = name.last == len(scan.words)
    return name.whole or (name.alone or is_last) and name.weight >= _BIG_CITY_WEIGHT


def _plain_name_is_meant(scan: Scan, name: Mention) -> bool:
    """ "sacramento" anywhere; a hamlet's name where a place is due ("in galt") or alone; nobody's name."""
    if name.kind == "city" and name.weight < NOTABLE_WEIGHT and _word_before(scan, name) == "el":
        return False  # "el Darién" is a jungle
    if not name.located and not name.whole and " " not in name.key:
        before = _word_before(scan, name)
        if before in scan.lexicon["person_before"]:
            return before in scan.lexicon["person_or_place_before"] and name.weight >= NOTABLE_WEIGHT
    known_from = _SMALL_CITY_WEIGHT if " " in name.key else NOTABLE_WEIGHT
    if name.weight >= known_from or _is_local(name) or name.cue in ("home", "near"):
        return True
    if name.alone:  # "pintura, techo, lo que sea" lists work, "pantry, galt" ends with the town
        return name.capitalized or name.first == 0 or name.last == len(scan.words)
    return name.located and (name.ends_phrase or name.capitalized)


def state_may_follow(scan: Scan, name: Mention, last: int) -> bool:
    """Whether the code that ends before word `last` is one: "hilo hi", "springfield, or" at the end of a phrase;
    not the words in "hope in", "portland or seattle"."""
    code = scan.words[name.last]
    if code.key not in scan.lexicon["word_like_codes"] or code.text.isupper() and scan.has_case:
        return True
    if not scan.ends_phrase(last, strictly=True):
        return False
    if name.key not in scan.lexicon["words"] and (name.key not in scan.lexicon["names"] or last - name.first == len(scan.words)):
        return True
    return code.gap == COMMA or name.first in scan.cues or scan.is_capitalized(name.first, name.last)


def _stands_out(scan: Scan, name: Mention) -> bool:
    """Whether a place is due, or the name is written as one."""
    return name.located or name.whole or name.capitalized or name.cue == "weak" and " " in name.key


def _word_before(scan: Scan, name: Mention) -> str:
    return scan.key(name.first - 1) if scan.words[name.first].gap == JOINED else ""


def _has_article(scan: Scan, name: Mention) -> bool:
    return _word_before(scan, name) in ARTICLES | {"the"}


def _is_local(name: Mention) -> bool:
    return name.kind in ("neighborhood", "landmark", "county")
