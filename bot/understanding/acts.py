"""What the family did with a message: the intent, as fine as the dialogue needs it, and its act."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bot.understanding.check_ins import names_check_ins, speaks_of_check_ins
from bot.understanding.choices import find_choice, find_wanted_language
from bot.understanding.embedding import embed, embed_all
from bot.understanding.lexicon import cue_lexicon, need_lexicon
from bot.understanding.linear import Example, LinearClassifier
from bot.understanding.needs import Needs
from bot.understanding.people import find_people
from bot.understanding.spelling import Spelling
from bot.understanding.text import plain, words
from bot.understanding.times import find_when
from resources_db.taxonomy.needs import load_needs

#: Intent → act (the coarse word of the public contract). Intents not named here are follow-ups on what was shown.
ACT_OF_INTENT = {
    "request_help": "request_help", "change_need": "request_help", "came_home": "request_help", "unsure": "request_help",
    "crisis": "crisis", "greet": "greet", "goodbye": "goodbye", "thanks": "thanks", "affirm": "affirm", "deny": "deny",
    "safe_now": "affirm", "not_safe_now": "deny", "give_location": "give_location",
    "ask_person": "ask_person", "privacy": "privacy", "bot_challenge": "bot_challenge", "out_of_scope": "out_of_scope",
    "unclear": "out_of_scope",
}  # fmt: skip
FOLLOW_UP_ACT = "other_in_domain"

#: The intents with which needs count.
ASKING = frozenset({"request_help", "change_need"})
#: Beside a need, news that a child came home is a request for that need.
_ASKING_OR_NEWS = ASKING | {"came_home"}
_REFUSES = ASKING | {"deny"}
_YIELDS_TO_CHOICE = frozenset({"out_of_scope", "other_in_domain", "affirm", "deny", "give_location", "more", "request_help"})
_NOTHING_ASKED = frozenset({"out_of_scope", "other_in_domain"})
_YIELDS_TO_PLACE = frozenset({"other_in_domain", "greet", "affirm", "deny"})

#: Below _UNSURE the classifier is guessing. A stated need makes a request of what is a request with a chance of _ASKS.
#: A request for nothing we know must be _CERTAIN. All from cross-validation: docs/decisions/0005-needs-model.md.
_UNSURE, _ASKS, _SURE, _CERTAIN = 0.2, 0.5, 0.7, 0.8
#: With this chance a message is out of scope, even where another intent is likelier: 3 in 100 of ours are refused by it.
_FOREIGN = 0.33
_BALANCE = 0.3
_HINT_WEIGHT = 1.0
_VECTOR_WEIGHT = 2.0
#: Lengths at which a message is a little longer: short ones are follow-ups, long ones tell a need.
_LENGTHS = (1, 2, 4, 7, 12, 25)


class ActReader:
    """The trained part: a distribution over intents."""

    def __init__(self, classifier: LinearClassifier, spelling: Spelling) -> None:
        self._classifier = classifier
        self._spelling = spelling

    @classmethod
    def train(cls, texts: list[str], intents: list[str]) -> ActReader:
        """From texts and the intent of each; the names of the needs, as buttons show them, are requests too. Messages of
        a crisis are left out: that one is on is for bot.safety to say."""
        asked = [name for code, need in load_needs().items() if code != "other" for name in need.name.values()]
        labeled = [*zip(texts, intents, strict=True), *((name, "request_help") for name in asked)]
        labeled = [(text, intent) for text, intent in labeled if intent != "crisis"]
        vectors = embed_all([text for text, _ in labeled])
        examples = [
            Example(plained, (intent,), hints(plained), vector)
            for plained, (_, intent), vector in zip((plain(text) for text, _ in labeled), labeled, vectors, strict=True)
        ]
        classifier = LinearClassifier.train(
            examples, multi_label=False, balance=_BALANCE, hint_weight=_HINT_WEIGHT, vector_weight=_VECTOR_WEIGHT
        )
        return cls(classifier, Spelling.learn(texts, cue_lexicon().words | need_lexicon().words))

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Intents of a cleaned message with their probability, likeliest first."""
        said = plain(text)
        mended = self._spelling.mend(said)
        chances = self._classifier.probabilities(mended, hints(mended), embed(text if mended == said else mended))
        return sorted(chances.items(), key=lambda item: -item[1])

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        self._classifier.save(folder)
        self._spelling.save(folder)

    @classmethod
    def load(cls, folder: Path) -> ActReader:
        """Read what `save` wrote."""
        return cls(LinearClassifier.load(folder), Spelling.load(folder))


def hints(text: str) -> tuple[str, ...]:
    """Signs in a plain text of what is done with it: cues, wherever they stand, first of all and all alone; its
    length; and what the other readers find."""
    tokens = words(text)
    found = [f"long {sum(len(tokens) > length for length in _LENGTHS)}"]
    needs = {(need.start, need.end) for need in need_lexicon().mentions(text)}
    cues = {(cue.label, cue.start, cue.end) for cue in cue_lexicon().mentions(text)} | {("need", *span) for span in needs}
    for label, start, end in sorted(cues):
        found.append(label)
        if start == 0:
            found.append(f"{label} first")
        if len(tokens) - len(words(text[start:end])) <= 1:
            found.append(f"{label} alone")
    signs = {
        "number": any(c.isdigit() for c in text), "question": "?" in text,
        "time": find_when(text), "choice": find_choice(text), "language": find_wanted_language(text), "people": find_people(text),
    }  # fmt: skip
    return tuple(dict.fromkeys([*found, *(name for name, sign in signs.items() if sign)]))


@dataclass(frozen=True)
class Seen:
    """What the other readers found in the message; `place` is its name there, `language` one that is asked for."""

    needs: Needs
    crisis: bool = False
    place: str | None = None
    choice: int | None = None
    language: str | None = None


def decide(ranked: list[tuple[str, float]], text: str, seen: Seen) -> tuple[str, float]:
    """The intent, and how sure it is, once everything else in the message was read. The first rule that fits counts."""
    intent, confidence = ranked[0]
    asking = sum(chance for name, chance in ranked if name in _ASKING_OR_NEWS)
    wanted, refused = seen.needs.wanted, seen.needs.refused
    length = len(words(plain(text)))
    if seen.crisis:
        return "crisis", 1.0
    if speaks_of_check_ins(text):
        return "check_ins", 1.0
    if not any(c.isalnum() for c in text) and confidence < _SURE:
        return "unclear", 0.0
    # what was found fills the message: it is an answer
    if not wanted and not refused:
        if seen.choice is not None and length <= 3:
            return "pick", 1.0
        if seen.language is not None and length <= 5 and seen.place is None:
            return "change_language", 1.0
        if (
            seen.place is not None
            and length <= len(words(seen.place)) + 4
            and seen.language is None
            and not names_check_ins(text)
        ):
            return "give_location", max(confidence, _SURE)
    # a need, named or refused
    if wanted and (asking >= _ASKS or intent == "greet"):
        return ("change_need" if refused else "request_help"), max(asking, _SURE)
    if refused and intent in _REFUSES:
        return "change_need", max(confidence, _SURE)
    if not wanted and not refused and names_check_ins(text):
        return "check_ins", max(confidence, _SURE)
    # what was found explains a message that would otherwise say little
    if seen.choice is not None and intent in _YIELDS_TO_CHOICE and not wanted:
        return "pick", _SURE
    if seen.place is not None and (intent in _YIELDS_TO_PLACE or confidence < _SURE) and not wanted:
        return "give_location", _SURE
    if intent in ASKING and not wanted and seen.needs.is_faint and confidence < _CERTAIN and ranked[1][0] in _NOTHING_ASKED:
        intent, confidence = ranked[1]
    if (foreign := dict(ranked).get("out_of_scope", 0.0)) >= _FOREIGN:
        return "out_of_scope", foreign
    if seen.needs.maybe and not refused and intent == "request_help":
        return "unsure", confidence
    return (intent, confidence) if confidence >= _UNSURE else ("unclear", confidence)


def needs_that_count(needs: Needs, intent: str) -> Needs:
    """The needs of a message with this intent: where nothing is asked for, a lay word only says what the talk is about
    ("do i need id", "thanks for the food"). A crisis keeps the practical need, which is served next."""
    if intent in ASKING or intent == "crisis":
        return replace(needs, maybe=())
    if intent == "unsure":
        return needs
    return replace(needs, wanted=(), maybe=(), refused=() if intent in ("out_of_scope", "unclear") else needs.refused)


def act_of(intent: str) -> str:
    """The public act of an intent."""
    return ACT_OF_INTENT.get(intent, FOLLOW_UP_ACT)
