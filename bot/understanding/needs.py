"""Which concrete supports are meant: a lexicon of lay words that staff can edit, joined with a trained model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.lexicon import longest, need_lexicon, need_phrases
from bot.understanding.linear import Example, LinearClassifier
from bot.understanding.negation import refused_spans, without
from bot.understanding.spelling import Spelling
from bot.understanding.text import plain
from resources_db.taxonomy.needs import load_needs

#: From this probability on a need counts as asked for (docs/decisions/0005-needs-model.md); a refused one must be surer.
THRESHOLD = 0.3
_REFUSED_THRESHOLD = 0.5
#: A listed word is never less likely than this: what staff add to the lists counts at once, before the next training.
_LISTED = 0.5
_FAINT = 0.05
_BALANCE = 0.35
#: Anything else that is said beside this code says it better.
_LAST_RESORT = "other"
_CLAUSES = re.compile(r"[.;!?\n]+|,| (?:and|y|also|plus|tambien|n|but|pero) ")


@dataclass(frozen=True)
class Needs:
    """Need codes asked for and refused, likeliest first; `likely` holds every code's probability."""

    wanted: tuple[str, ...]
    refused: tuple[str, ...]
    likely: dict[str, float]

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
        examples = [_example(without(text, refused_spans(text)), codes) for text, codes in zip(plains, needs, strict=True)]
        examples += [_example(phrase, [code]) for code, phrases in need_phrases().items() for phrase in phrases]
        examples += [_example(plain(name), [code]) for code, need in load_needs().items() for name in need.name.values()]
        classifier = LinearClassifier.train(examples, multi_label=True, balance=_BALANCE)
        return cls(classifier, Spelling.learn(plains, need_lexicon().words))

    def read(self, text: str) -> Needs:
        """The needs of one message; takes any text."""
        mended = self._spelling.mend(plain(text))
        spans = refused_spans(mended)
        rest = without(mended, spans)
        likely = self._likely(rest)
        refused = [code for start, end in spans for code in self._spoken_of(mended[start:end])]
        unsaid = set(refused) - set(_mentioned(rest))
        wanted = [code for code, p in sorted(likely.items(), key=lambda item: -item[1]) if p >= THRESHOLD and code not in unsaid]
        if len(wanted) > 1:
            wanted = [code for code in wanted if code != _LAST_RESORT]
        return Needs(tuple(wanted), tuple(code for code in dict.fromkeys(refused) if code not in wanted), likely)

    def _likely(self, text: str) -> dict[str, float]:
        """The strongest sign of each need, in the whole text or in any clause of it."""
        if not text:
            return {}
        clauses = (part.strip() for part in _CLAUSES.split(text))
        best: dict[str, float] = {}
        for part in dict.fromkeys([text, *(clause for clause in clauses if len(clause.split()) >= 3)]):
            for code, p in self._probabilities(part).items():
                best[code] = max(best.get(code, 0.0), p)
        for code in _mentioned(text):
            best[code] = max(best.get(code, 0.0), _LISTED)
        return best

    def _spoken_of(self, text: str) -> list[str]:
        """What a refused stretch speaks of."""
        listed = _mentioned(text)
        return listed or [code for code, p in self._probabilities(text).items() if p >= _REFUSED_THRESHOLD]

    def _probabilities(self, text: str) -> dict[str, float]:
        return self._classifier.probabilities(text, _mentioned(text))

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        self._classifier.save(folder)
        self._spelling.save(folder)

    @classmethod
    def load(cls, folder: Path) -> NeedsReader:
        """Read what `save` wrote."""
        return cls(LinearClassifier.load(folder), Spelling.load(folder))


def _mentioned(text: str) -> list[str]:
    return list(dict.fromkeys(mention.label for mention in longest(need_lexicon().mentions(text))))


def _example(text: str, codes: list[str]) -> Example:
    return Example(text, tuple(codes), tuple(_mentioned(text)))
