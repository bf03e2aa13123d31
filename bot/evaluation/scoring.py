"""What was meant against what was understood, counted one message at a time: nothing but counts is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.evaluation.rows import ANY, Row
from bot.understanding.acts import act_of
from bot.understanding.reading import Reading, location_as_json
from bot.understanding.text import clean, fold

#: Two ages are the same within a week or so: 8 months is .67 for one and .6667 for another.
_AGE_TOLERANCE = 0.02
_BINS = 10
_WORD = re.compile(r"\w+")


@dataclass
class Share:
    """How many of how many."""

    right: int = 0
    of: int = 0

    def add(self, is_right: bool) -> None:
        self.right += is_right
        self.of += 1

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None where there was nothing to judge."""
        return self.right / self.of if self.of else None


@dataclass
class Tally:
    """Right, wrong and missed labels, each by label. `beside`: found in messages of which only one label is known, so
    they may be right or wrong; they count for nothing but `precision_at_least`."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)

    def add(self, meant: frozenset[str], found: Iterable[str], complete: bool = True) -> None:
        """One message; where its labels are not `complete`, what else is found is neither right nor wrong."""
        found = frozenset(found)
        self.right.update(meant & found)
        self.missed.update(meant - found)
        (self.wrong if complete else self.beside).update(found - meant)

    @property
    def meant(self) -> int:
        return self.right.total() + self.missed.total()

    @property
    def precision(self) -> float | None:
        return _ratio(self.right.total(), self.right.total() + self.wrong.total())

    @property
    def precision_at_least(self) -> float | None:
        """The precision if everything found beside a single label were wrong."""
        return _ratio(self.right.total(), self.right.total() + self.wrong.total() + self.beside.total())

    @property
    def recall(self) -> float | None:
        return _ratio(self.right.total(), self.meant)

    @property
    def f1(self) -> float | None:
        wrong_or_missed = self.wrong.total() + self.missed.total()
        return _ratio(2 * self.right.total(), 2 * self.right.total() + wrong_or_missed)

    def by_label(self) -> dict[str, Tally]:
        """The same for each label alone, in the order of the alphabet."""
        parts = (self.right, self.wrong, self.missed, self.beside)
        labels = sorted({label for part in parts for label in part})
        return {label: Tally(*(Counter({label: part[label]}) for part in parts)) for label in labels}

    def macro(self) -> dict[str, float | None]:
        """Means over the labels that somebody meant, each counting the same; one that is never found has precision 0."""
        meant = [tally for tally in self.by_label().values() if tally.meant]
        return {
            name: _ratio(sum(getattr(tally, name) or 0.0 for tally in meant), len(meant))
            for name in ("precision", "recall", "f1")
        }


@dataclass
class Calibration:
    """How often the likeliest need is right, beside how sure the model was of it, in ten equally wide bins."""

    sure: list[float] = field(default_factory=lambda: [0.0] * _BINS)
    shares: list[Share] = field(default_factory=lambda: [Share() for _ in range(_BINS)])

    def add(self, probability: float, is_right: bool) -> None:
        at = min(int(probability * _BINS), _BINS - 1)
        self.sure[at] += probability
        self.shares[at].add(is_right)

    @property
    def error(self) -> float | None:
        """The expected calibration error: the mean distance between sure and right, over messages."""
        of = sum(share.of for share in self.shares)
        return _ratio(sum(abs(sure - share.right) for sure, share in zip(self.sure, self.shares, strict=True)), of)

    def table(self) -> list[tuple[float, float, Share]]:
        """For each bin that is not empty: where it begins, how sure the model was in it on average, how often it was right."""
        bins = enumerate(zip(self.sure, self.shares, strict=True))
        return [(at / _BINS, sure / share.of, share) for at, (sure, share) in bins if share.of]


@dataclass
class CrisisScores:
    """`by_category`: caught of those meant, ANY where no category was told; `named`: of the caught ones whose category was
    told those that got it; `alarms` by the category that was heard where there was none."""

    recall: Share = field(default_factory=Share)
    by_category: dict[str, Share] = field(default_factory=dict)
    named: Share = field(default_factory=Share)
    false_alarms: Share = field(default_factory=Share)
    alarms: Counter[str] = field(default_factory=Counter)

    def add(self, meant: frozenset[str], heard: str | None) -> None:
        """One message, the categories meant (none: no crisis) and the one heard."""
        if not meant:
            self.false_alarms.add(heard is not None)
            self.alarms.update([heard] if heard else [])
            return
        self.recall.add(heard is not None)
        for category in meant:
            self.by_category.setdefault(category, Share()).add(heard is not None)
        if heard and ANY not in meant:
            self.named.add(heard in meant)


@dataclass
class Scores:
    """Everything that is counted of one group of messages. `asked_back`: not sure of any need, Homeward asks which of two is
    meant; `asked_back_rightly` where one of the two is."""

    messages: int = 0
    needs: Tally = field(default_factory=Tally)
    exact: Share = field(default_factory=Share)
    exact_if_needed: Share = field(default_factory=Share)
    asked_back: Share = field(default_factory=Share)
    asked_back_rightly: Share = field(default_factory=Share)
    negated: Tally = field(default_factory=Tally)
    crisis: CrisisScores = field(default_factory=CrisisScores)
    acts: Counter[tuple[str, str]] = field(default_factory=Counter)
    out_of_scope_caught: Share = field(default_factory=Share)
    ours_refused: Share = field(default_factory=Share)
    places: Share = field(default_factory=Share)
    places_invented: Share = field(default_factory=Share)
    ages: Share = field(default_factory=Share)
    ages_invented: Share = field(default_factory=Share)
    languages: Share = field(default_factory=Share)
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, row: Row, reading: Reading, likely: Mapping[str, float]) -> None:
        """Count one message; `likely` is every need's probability, whatever was made of it."""
        self.messages += 1
        if row.needs is not None:
            self.needs.add(row.needs, reading.needs, row.complete)
            if row.complete:
                self.exact.add(row.needs == set(reading.needs))
            if row.complete and row.needs:
                self.exact_if_needed.add(row.needs == set(reading.needs))
            self.asked_back.add(bool(reading.maybe_needs))
            if reading.maybe_needs:
                self.asked_back_rightly.add(not row.needs.isdisjoint(reading.maybe_needs))
            if likely:
                code = max(likely, key=lambda code: likely[code])
                self.calibration.add(likely[code], code in row.needs)
        if row.negated is not None:
            self.negated.add(row.negated, reading.refused_needs)
        if row.crisis is not None:
            self.crisis.add(row.crisis, reading.crisis)
        if row.act is not None:
            self.acts[row.act, act_found(row, reading)] += 1
        if row.is_ours is not None:
            refused = act_of(reading.intent) == "out_of_scope"
            (self.ours_refused if row.is_ours else self.out_of_scope_caught).add(refused)
        if row.places is not None:
            if row.places:
                self.places.add(is_place_right(row, reading))
            else:
                self.places_invented.add(location_as_json(reading.place) is not None)
        if row.ages is not None:
            if row.ages:
                self.ages.add(are_ages_right(row, reading))
            else:
                self.ages_invented.add(bool(reading.people))
        if row.language in ("en", "es"):
            self.languages.add(reading.language == row.language)

    @property
    def act_accuracy(self) -> Share:
        right = sum(count for (meant, found), count in self.acts.items() if meant == found)
        return Share(right, self.acts.total())

    def confusions(self) -> list[tuple[str, str, int]]:
        """Acts meant, what they were taken for, how often; the most frequent first."""
        wrong = [(meant, found, count) for (meant, found), count in self.acts.items() if meant != found]
        return sorted(wrong, key=lambda item: (-item[2], item[:2]))


def act_found(row: Row, reading: Reading) -> str:
    """The act as it is judged: a crisis that was labeled one is answered as one, whatever else the message does."""
    act = act_of(reading.intent)
    return row.act if row.act and row.crisis and act == "crisis" else act


def is_place_right(row: Row, reading: Reading) -> bool:
    """Whether a place was found that the gazetteer knows, judged by the words that should name it: what was found overlaps
    them in the message or, where the message spells them otherwise, shares a word of the name."""
    found, place = reading.place, location_as_json(reading.place)
    if found is None or place is None:
        return False
    message = fold(clean(row.text))
    labels = [label.partition(",")[0] for label in (found.text, place["label"], *place["ambiguous"])]
    for expected in row.places or ():
        stands = [match.span() for match in re.finditer(re.escape(fold(expected)), message)]
        if any(start < found.end and found.start < end for start, end in stands):
            return True
        if not stands and _words(expected.partition(",")[0]) & _words(" ".join(labels)):
            return True
    return False


def are_ages_right(row: Row, reading: Reading) -> bool:
    """Whether exactly the ages of the message were found."""
    found, meant = sorted(person.age_years for person in reading.people), sorted(row.ages or ())
    return len(found) == len(meant) and all(abs(a - b) <= _AGE_TOLERANCE for a, b in zip(found, meant, strict=True))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text)))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
