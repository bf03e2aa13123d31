"""Which concrete supports are meant: a lexicon of lay words that staff can edit, joined with a trained model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.embedding import Array, embed, embed_all
from bot.understanding.lexicon import longest, need_lexicon, need_phrases
from bot.understanding.linear import Example, LinearClassifier
from bot.understanding.negation import refused_spans, without
from bot.understanding.spelling import Spelling
from bot.understanding.text import plain, words
from resources_db.taxonomy.needs import load_needs

#: From this probability on a need counts as asked for (docs/decisions/0013-sentence-embedding.md); a refused one must be surer.
THRESHOLD = 0.26
_REFUSED_THRESHOLD = 0.5
#: What staff add to the lists counts at once: a listed word that the training never saw makes its need this likely.
_NEWLY_LISTED = 0.5
#: What the classifier says is a little too sure: a chance of .9 held in .82 of the messages it was not trained on.
_SLOPE, _SHIFT = 0.86, -0.41
_FAINT = 0.05
_BALANCE = 0.35
_STRENGTH = 3.0
#: Anything else that is said beside this code says it better.
_LAST_RESORT = "other"
#: Messages of more words than this are read in stretches too; of how many words.
_LONG, _STRETCH = 80, 30
#: Where no need is sure, the two likeliest are worth a question from this probability on.
_WORTH_ASKING = 0.1


@dataclass(frozen=True)
class Needs:
    """Need codes asked for and refused, likeliest first; `likely` holds every code's probability. `maybe`: where
    something seems to be asked for and no code is sure, the two likeliest."""

    wanted: tuple[str, ...]
    refused: tuple[str, ...]
    likely: dict[str, float]
    maybe: tuple[str, ...] = ()

    @property
    def is_faint(self) -> bool:
        """Whether the message hardly speaks of any need at all."""
        return max(self.likely.values(), default=0.0) < _FAINT


class NeedsReader:
    """The lexicon's mentions are hints to the model, which learned how far to trust each: so one listed word is
    enough, yet "my food stamps" is not food and a need that only the story tells is found too."""

    def __init__(self, classifier: LinearClassifier, spelling: Spelling) -> None:
        self._classifier = classifier
        self._spelling = spelling

    @classmethod
    def train(cls, texts: list[str], needs: list[list[str]]) -> NeedsReader:
        """`needs[i]` are the codes of `texts[i]`; texts without any teach what is no need."""
        plains = [plain(text) for text in texts]
        asked = [without(text, refused_spans(text)) for text in plains]
        labeled = list(zip(asked, needs, map(_meant, texts, plains, asked), strict=True))
        listed = [(code, phrase) for code, phrases in need_phrases().items() for phrase in phrases]
        listed += [(code, plain(name)) for code, need in load_needs().items() for name in need.name.values()]
        labeled += [(phrase, [code], phrase) for code, phrase in listed]
        vectors = embed_all([meant for _, _, meant in labeled])
        examples = [
            Example(text, tuple(codes), tuple(_mentioned(text)), vector)
            for (text, codes, _), vector in zip(labeled, vectors, strict=True)
        ]
        classifier = LinearClassifier.train(examples, multi_label=True, balance=_BALANCE, strength=_STRENGTH)
        return cls(classifier, Spelling.learn(plains, need_lexicon().words))

    def read(self, text: str) -> Needs:
        """The needs of one cleaned message; takes any text."""
        said = plain(text)
        mended = self._spelling.mend(said)
        spans = refused_spans(mended)
        rest = without(mended, spans)
        likely = self._likely(rest, embed(_meant(text, said, rest)))
        for stretch in _stretches(rest):
            for code, probability in self._likely(stretch, embed(stretch)).items():
                likely[code] = max(probability, likely[code])
        refused = [code for start, end in spans for code in self._spoken_of(mended[start:end])]
        unsaid = set(refused) - set(_mentioned(rest))
        wanted = [code for code, p in sorted(likely.items(), key=lambda item: -item[1]) if p >= THRESHOLD and code not in unsaid]
        if len(wanted) > 1:
            wanted = [code for code in wanted if code != _LAST_RESORT]
        refused = [code for code in dict.fromkeys(refused) if code not in wanted]
        return Needs(tuple(wanted), tuple(refused), likely, () if wanted else _worth_asking(likely, refused))

    def _likely(self, text: str, vector: Array) -> dict[str, float]:
        """How likely each need is asked for in the whole text."""
        if not text:
            return {}
        likely = self._probabilities(text, vector)
        for mention in longest(need_lexicon().mentions(text)):
            if not all(self._classifier.knows(word) for word in words(text[mention.start : mention.end])):
                likely[mention.label] = max(likely.get(mention.label, 0.0), _NEWLY_LISTED)
        return likely

    def _spoken_of(self, text: str) -> list[str]:
        """What a refused stretch speaks of."""
        listed = _mentioned(text)
        return listed or [code for code, p in self._probabilities(text, embed(text)).items() if p >= _REFUSED_THRESHOLD]

    def _probabilities(self, text: str, vector: Array) -> dict[str, float]:
        raw = self._classifier.probabilities(text, _mentioned(text), vector)
        return {code: _calibrated(p) for code, p in raw.items()}

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        self._classifier.save(folder)
        self._spelling.save(folder)

    @classmethod
    def load(cls, folder: Path) -> NeedsReader:
        """Read what `save` wrote."""
        return cls(LinearClassifier.load(folder), Spelling.load(folder))


def _calibrated(p: float) -> float:
    """A probability that holds as often as it says, fitted on messages left out of training."""
    p = min(max(p, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(_SLOPE * math.log(p / (1 - p)) + _SHIFT)))


def _worth_asking(likely: dict[str, float], refused: list[str]) -> tuple[str, ...]:
    """The two likeliest of what was not refused, if the likelier is likely enough; "other" is what one asks last."""
    known = [code for code in likely if code not in refused and code != _LAST_RESORT]
    first_two = sorted(known, key=lambda code: -likely[code])[:2]
    return tuple(first_two) if first_two and likely[first_two[0]] >= _WORTH_ASKING else ()


def _mentioned(text: str) -> list[str]:
    return list(dict.fromkeys(mention.label for mention in longest(need_lexicon().mentions(text))))


def _stretches(text: str) -> list[str]:
    """Where a long story begins and ends: read as a whole, its many words hide the few that name a need."""
    spoken = text.split()
    if len(spoken) <= _LONG:
        return []
    starts = (0, _STRETCH, len(spoken) - 2 * _STRETCH, len(spoken) - _STRETCH)
    return [" ".join(spoken[start : start + _STRETCH]) for start in starts]


def _meant(text: str, said: str, rest: str) -> str:
    """What to embed: the message itself, which the other readers embed too, unless a typo was mended or something taken
    out of what was `said`."""
    return text if rest == " ".join(said.split()) else rest
