"""From the words to what they state: these days at these hours, closed on those, by appointment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations, pairwise

from resources_db.hours_text.clock import ClockTime, Span, is_24_hour, span
from resources_db.hours_text.tokens import Kind, Token, Unclear
from resources_db.schedules import DAY_MINUTES


@dataclass(frozen=True)
class Days:
    """Weekdays 0 to 6 of every week; (nth, weekday) and days of the month, -1 its last; single dates."""

    weekly: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    month: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()

    def __or__(self, other: Days) -> Days:
        return Days(
            self.weekly | other.weekly,
            self.nth | other.nth,
            self.month | other.month,
            self.dates | other.dates,
        )


EVERY_DAY = Days(weekly=frozenset(range(7)))


@dataclass(frozen=True)
class Statement:
    """Hours on days. Without `spans` (minutes from midnight) these days are open and the times are not told."""

    days: Days
    spans: tuple[Span, ...] = ()
    appointment: str | None = None
    every_other_from: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Said:
    """All that a text says. `appointment` are the words for it when they are about no day in particular."""

    opens: tuple[Statement, ...]
    appointment: str | None


@dataclass
class _Parser:
    tokens: Sequence[Token]
    by_24: bool
    at: int = 0
    opens: list[Statement] = field(default_factory=list)
    apart: list[bool] = field(default_factory=list)  # of each, whether ";" or a new line stands before it
    shut: list[Days] = field(default_factory=list)
    breaks: list[tuple[int, Span]] = field(default_factory=list)  # with the number of the statement
    appointment: str | None = None
    in_hours: bool = False  # whether hours of some days are what is being said,
    in_hours_before: bool = False  # and were before this
    needs_one: bool = False  # whether something was said that is clear only where there is one statement

    # Looking ahead

    def _kind(self, ahead: int = 0) -> Kind | None:
        at = self.at + ahead
        return self.tokens[at].kind if at < len(self.tokens) else None

    def _next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _skip(self, *kinds: Kind) -> None:
        while self._kind() in kinds:
            self.at += 1

    def _starts_days(self) -> bool:
        return self._kind() in ("day", "days", "nth", "month days", "date", "every", "every other")

    # Sentences

    def read(self) -> Said:
        hours_first: bool | None = None
        while True:
            between = self._separators()
            kind = self._kind()
            if kind is None:
                break
            self.in_hours_before, self.in_hours = self.in_hours, self.in_hours and kind == "time"
            if kind in ("appointment", "also appointment"):
                self._appointment(between)
            elif kind == "closed":
                if self._closes_for_a_while():
                    self.needs_one |= between[-1:] != ["("] or len(self.opens) != 1
                    self._break(len(self.opens) - 1)
                else:
                    self._closed()
            elif (kind in ("from", "to") and self._kind(1) == "date") or (kind == "date" and self._kind(1) == "to"):
                self._season(between)
            else:
                self.apart.append("break" in between)
                if kind == "always":
                    self._next()
                    self.opens.append(Statement(EVERY_DAY, ((0, DAY_MINUTES),)))
                elif kind in ("time", "all day") and hours_first is not False:
                    hours_first = True
                    self._hours_then_days()
                elif kind == "time" and "break" in between:
                    self.apart.pop()
                    self._more_hours()
                elif self._starts_days() and not hours_first:
                    hours_first = False
                    self._days_then_hours()
                else:
                    raise Unclear
        return self._said()

    def _separators(self) -> list[Kind]:
        """Over what stands between two statements, and what that is."""
        start = self.at
        self._skip("and", "break", "colon", "(", ")")
        return [token.kind for token in self.tokens[start : self.at]]

    def _days_then_hours(self) -> None:
        every_other = self._kind() == "every other"
        self._skip("every other")
        days = self._days()
        after_days = self.at
        between = self._separators()
        if self._kind() == "to":  # "Monday - 9am to 5pm"
            self._next()
        if self._kind() == "closed" and self._closes_for_a_while():
            self._break(len(self.opens))
            self._separators()
        kind = self._kind()
        if kind in ("time", "all day"):
            self.opens.append(Statement(days, self._spans()))
            self.in_hours = True
        elif kind == "closed" and not every_other and self._is_of_these_days(between):
            self._next()
            self.shut.append(days)
            self.apart.pop()
        elif kind == "appointment" and set(between) <= {"colon", "("}:
            self.opens.append(Statement(days, appointment=self._next().value))
        elif between or kind is None:
            self.at = after_days
            self.opens.append(Statement(days))
        else:
            raise Unclear
        if every_other:
            self._every_other_from()

    def _is_of_these_days(self, between: Sequence[Kind]) -> bool:
        """Whether the "closed" ahead ends "Saturday: closed" and does not begin "Monday-Friday, closed Saturday"."""
        if self._kind(1) in (None, "break") and set(between) <= {"colon", "break"}:
            return True
        return set(between) <= {"colon"} and self.tokens[self.at - 1].kind != ")"

    def _more_hours(self) -> None:
        """A line with hours alone: of the days in the line before it."""
        spans = self._spans()
        if not self.in_hours or self.opens[-1].every_other_from or self._kind() not in (None, "break"):
            raise Unclear
        self.opens[-1] = replace(self.opens[-1], spans=self.opens[-1].spans + spans)

    def _hours_then_days(self) -> None:
        spans = self._spans()
        if self._kind() is None and len(self.tokens) == 1 and spans == ((0, DAY_MINUTES),):
            self.opens.append(Statement(EVERY_DAY, spans))  # "24 hours" and nothing else
            return
        self._skip("colon", "and", "(", ")")
        if not self._starts_days() or self._kind() == "every other":
            raise Unclear
        self.opens.append(Statement(self._days(), spans))

    def _closes_for_a_while(self) -> bool:
        """Whether the "closed" ahead is about some hours: "closed 12-1", "closed for lunch noon to 1"."""
        return self._kind(2 if self._kind(1) == "lunch" else 1) == "time"

    def _break(self, statement: int) -> None:
        if statement < 0:
            raise Unclear
        self._next()
        self._skip("lunch")
        self.breaks.extend((statement, span) for span in self._spans())
        self._skip("lunch")

    def _closed(self) -> None:
        self._next()
        self._skip("colon")
        if not self._starts_days():
            raise Unclear
        self.shut.append(self._days())

    def _appointment(self, between: Sequence[Kind]) -> None:
        """About all hours: said first, in a sentence of its own, as another way, or of the only hours there are."""
        apart = not self.opens or "break" in between or self._kind() == "also appointment"
        self.appointment = self._next().value
        self.needs_one |= not apart

    # Days

    def _every_other_from(self) -> None:
        """ "every other Tuesday 9-10 starting January 6, 2026"; without a first date nobody knows which weeks."""
        self._skip("and", "(")
        if not (self._kind() == "from" and self._kind(1) == "date"):
            raise Unclear
        self._next()
        first: date = self._next().value
        last = self.opens[-1]
        if last.days != Days(frozenset({first.weekday()})):
            raise Unclear
        self.opens[-1] = replace(last, every_other_from=first)

    def _days(self) -> Days:
        days = self._day_item(Days())
        while self._kind() == "and":
            before = self.at
            self._skip("and")
            if not self._starts_days():
                self.at = before
                break
            days |= self._day_item(days)
        return days

    def _day_item(self, before: Days) -> Days:
        every = self._kind() == "every"
        self._skip("every")
        kind = self._kind()
        if kind == "nth":
            return self._nth(every)
        if kind == "month days":
            return Days(month=frozenset(self._next().value))
        if kind == "date" and not every:
            return Days(dates=frozenset({self._next().value}))
        if kind not in ("day", "days") or before.nth or before.month:
            raise Unclear  # in "1st Monday and Wednesday" it may be the first Wednesday
        if kind == "days":
            return Days(weekly=frozenset(self._next().value))
        first: int = self._next().value
        if not (self._kind() == "to" and self._kind(1) == "day"):
            return Days(weekly=frozenset({first}))
        self._next()
        last: int = self._next().value
        # One day to itself, and Sunday to Monday, which may be two days or the week.
        if first == last or (first, last) == (6, 0):
            raise Unclear
        return Days(weekly=frozenset((first + n) % 7 for n in range((last - first) % 7 + 1)))

    def _nth(self, every: bool) -> Days:
        numbers = {self._next().value}
        while self._kind() == "and" and (self._kind(1) == "nth" or (self._kind(1), self._kind(2)) == ("and", "nth")):
            self._skip("and")
            numbers.add(self._next().value)
        if self._kind() != "day":
            if self._kind() != "month" or not all(number > 0 for number in numbers):
                raise Unclear
            self._next()
            return Days(month=frozenset(numbers))
        weekday: int = self._next().value
        of_month = self._kind() == "month"
        self._skip("month")
        # "Every 3rd Saturday" may be every third one.
        if (every and not of_month and self._later_month() is False) or not all(abs(number) <= 5 for number in numbers):
            raise Unclear
        return Days(nth=frozenset((number, weekday) for number in numbers))

    def _later_month(self) -> bool:
        """ "every 1st Monday and 3rd Friday of the month": said once, for both."""
        return self._kind() == "and" and self._kind(1) == "nth" and (self._kind(2), self._kind(3)) == ("day", "month")

    # Hours

    def _spans(self) -> tuple[Span, ...]:
        spans = [self._span()]
        while self._kind() == "and":
            ahead = 2 if self._kind(1) == "and" else 1
            if self._kind(ahead) not in ("time", "all day"):
                break
            if self._kind(ahead + 1) not in ("to", "time"):
                raise Unclear
            self.at += ahead
            spans.append(self._span())
        return tuple(spans)

    def _span(self) -> Span:
        if self._kind() == "all day":
            self._next()
            return 0, DAY_MINUTES
        start: ClockTime = self._next().value
        both_say = start.half is not None and self._kind() == "time" and self.tokens[self.at].value.half is not None
        if self._kind() == "to":
            self._next()
        elif not both_say:  # "9:30AM 12:00PM", as tables come out
            raise Unclear
        if self._kind() != "time":
            raise Unclear
        found = span(start, self._next().value, self.by_24)
        if found is None:
            raise Unclear
        return found

    # Seasons

    def _season(self, between: Sequence[Kind]) -> None:
        """ "(until Feb 28, 2027)" of what stands right before it, or without brackets of the only thing said."""
        begins = ends = None
        if self._kind() == "from":
            self._next()
        if self._kind() == "date":
            begins = self._next().value
        if self._kind() == "to":
            self._next()
            if self._kind() != "date":
                raise Unclear
            ends = self._next().value
        only_one = len(self.opens) == 1 and not self.shut and not self.appointment
        in_brackets = list(between) == ["("] and self._kind() == ")"
        of_last = in_brackets and (only_one or self.in_hours_before and self.apart[-1])
        if not (of_last or only_one and self._kind() is None) or (begins and ends and ends < begins):
            raise Unclear
        last = self.opens[-1]
        if last.valid_from or last.valid_to:
            raise Unclear
        self.opens[-1] = replace(last, valid_from=begins, valid_to=ends)

    # All together

    def _said(self) -> Said:
        opens = [self._without_breaks(number, statement) for number, statement in enumerate(self.opens)]
        if self.needs_one and len(opens) != 1:
            raise Unclear  # "Mon 9-5, Tue 9-6, closed 12-1": on both days?
        untimed = [statement for statement in opens if not statement.spans and not statement.appointment]
        if untimed and (len(untimed) < len(opens) or self.shut or any(each.days.dates for each in untimed)):
            raise Unclear  # "Monday 9-5, Saturday": the hours of Monday, or some others?
        if any(_meet(statement.days, shut) for statement in opens for shut in self.shut):
            raise Unclear
        if any(_contradict(one, other) for one, other in combinations(opens, 2)):
            raise Unclear
        if not opens and (self.shut or not self.appointment):
            raise Unclear
        return Said(tuple(opens), self.appointment)

    def _without_breaks(self, number: int, statement: Statement) -> Statement:
        spans = set(statement.spans)
        for which, (start, end) in self.breaks:
            if which != number:
                continue
            within = [span for span in spans if span[0] < start and end < span[1]]
            if len(within) != 1:
                raise Unclear
            spans = spans - {within[0]} | {(within[0][0], start), (end, within[0][1])}
        ordered = sorted(spans)
        if any(first[1] > second[0] for first, second in pairwise(ordered)):
            raise Unclear
        return replace(statement, spans=tuple(ordered))


def _meet(one: Days, other: Days) -> bool:
    """Whether some day may belong to both."""
    for name in ("dates", "month"):
        only = [days == Days(**{name: getattr(days, name)}) for days in (one, other)]
        if all(only):
            return bool(getattr(one, name) & getattr(other, name))
        if any(getattr(days, name) for days in (one, other)):
            return True  # which weekdays these are is not worked out
    # The last Saturday is the fourth or the fifth.
    same_nth = any(a == b or (a[1] == b[1] and (a[0] < 0) != (b[0] < 0)) for a in one.nth for b in other.nth)
    within = {weekday for _, weekday in one.nth} & other.weekly or {weekday for _, weekday in other.nth} & one.weekly
    return bool(one.weekly & other.weekly or within or same_nth)


def _contradict(one: Statement, other: Statement) -> bool:
    """Whether two statements tell different things of one day: does "1st Sat 10-2" add to "Sat 1-5" or replace it?"""
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_to or date.max, other.valid_to or date.max)
    if begins > ends or not _meet(one.days, other.days) or replace(one, days=other.days) == other:
        return False
    alike = _kinds(one.days) == _kinds(other.days) and len(_kinds(one.days)) == 1
    apart = all(first[1] <= second[0] or second[1] <= first[0] for first in one.spans for second in other.spans)
    told = one.spans and other.spans and not one.appointment and not other.appointment
    return not (alike and apart and told)


def _kinds(days: Days) -> list[str]:
    return [name for name in ("weekly", "nth", "month", "dates") if getattr(days, name)]


def statements(tokens: Sequence[Token]) -> Said:
    """What a text says, or Unclear."""
    kinds = {token.kind for token in tokens}
    if ("weekly" in kinds and "nth" in kinds) or {"weekly", "monthly"} <= kinds:
        raise Unclear
    by_24 = is_24_hour(token.value for token in tokens if token.kind == "time")
    if by_24 is None:
        raise Unclear
    said = _Parser([token for token in tokens if token.kind not in ("weekly", "monthly")], by_24).read()
    if "monthly" in kinds and any(statement.days.weekly for statement in said.opens):
        raise Unclear
    return said


def day_list(tokens: Sequence[Token]) -> frozenset[int]:
    """The weekdays that a text consists of, or Unclear."""
    said = statements(tokens)
    days = [statement.days for statement in said.opens if statement == Statement(statement.days)]
    if len(days) != 1 or len(said.opens) != 1 or said.appointment or days[0] != Days(weekly=days[0].weekly):
        raise Unclear
    return days[0].weekly
