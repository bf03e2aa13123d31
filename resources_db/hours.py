"""Opening hours in plain words, days with equal hours grouped: "Mon-Fri 9 am-noon and 1-5 pm"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from resources_db.schedules import DAY_MINUTES, WEEKDAYS, Closure, OpeningRule, never_closes
from resources_db.wording import calendar_date, clock, join, phrase

Minutes = tuple[int, int]
NthDay = tuple[int, int]  # (nth, weekday), nth 0 meaning every such day
Season = tuple[date | None, date | None]
Day = TypeVar("Day", int, NthDay, str)

# An end farther away than this is a directory's bookkeeping, not a season a family should know of.
_SEASON = timedelta(days=180)
# A closure farther away than this does not decide when a family goes.
_SOON = timedelta(days=14)
# HSDS asks for words, and these are the words in use; a visit in person is what one expects and is not said.
_ATTENDING = {
    "online": "hours.online",
    "virtual": "hours.online",
    "remote": "hours.online",
    "phone": "hours.by_phone",
    "telephone": "hours.by_phone",
    "by phone": "hours.by_phone",
}


@dataclass(frozen=True)
class _Manner:
    """What is told once for all hours that have it in common."""

    season: Season
    by_appointment: bool
    attending: str | None


def describe_hours(
    rules: Sequence[OpeningRule],
    language: str,
    on: date | None = None,
    closures: Sequence[Closure] = (),
) -> str:
    """The hours in one line of the family's language; says so when they are not listed.

    With `on` (today at the place) rules that are over are left out, and seasons and closures that begin or end
    soon are told. Notes are shown as they were written.
    """
    shown = [rule for rule in rules if on is None or not _is_over(rule, on)]
    usual = _usual_hours(shown, language, on)
    if on is None:
        return usual
    running, coming = _closures(closures, language, on)
    return phrase(language, "join.semicolon").join([*running, usual, *coming])


def _usual_hours(rules: Sequence[OpeningRule], language: str, on: date | None) -> str:
    timed = [rule for rule in rules if not rule.is_note and rule.readable]
    unclear = [rule for rule in rules if rule.is_note or not rule.readable]
    notes = list(dict.fromkeys(note for rule in unclear for note in _notes(rule, language)))
    if not timed:
        if notes:
            text = phrase(language, "join.semicolon").join(notes).rstrip(" .;")
            return phrase(language, "hours.text", text=text)
        if link := next((rule.schedule_link for rule in unclear if rule.schedule_link), None):
            return phrase(language, "hours.link", link=link)
        return phrase(language, "hours.unknown")
    # What the description of a rule with times says is those times again.
    told = [note for rule in timed for note in (rule.notes, None if rule.minutes or rule.by_appointment else rule.description)]
    notes = list(dict.fromkeys([*notes, *(note.strip() for note in told if note)]))
    plain = len(timed) == len(rules) and not any(rule.by_appointment or _attending(rule) for rule in rules)
    always = plain and never_closes(timed, on or date.today())
    parts = [phrase(language, "hours.always")] if always else list(_parts(timed, language, on))
    if any(not rule.is_note and not rule.description for rule in unclear):
        parts.append(phrase(language, "hours.uncertain"))
    return phrase(language, "join.semicolon").join(parts + notes)


def _notes(rule: OpeningRule, language: str) -> Iterable[str]:
    if rule.by_appointment:
        yield phrase(language, "hours.by_appointment")
    elif rule.description:
        yield rule.description.strip()
    if rule.notes:
        yield rule.notes.strip()


def _attending(rule: OpeningRule) -> str | None:
    """The key of the words for how one attends, where it is not in person."""
    return _ATTENDING.get((rule.attending_type or "").strip().lower())


def _parts(rules: Iterable[OpeningRule], language: str, on: date | None) -> Iterable[str]:
    manners: dict[_Manner, list[OpeningRule]] = defaultdict(list)
    for rule in rules:
        manners[_Manner(_season(rule, on), rule.by_appointment, _attending(rule))].append(rule)
    for manner, group in manners.items():
        for days, spans in _grouped(group, language):
            hours = _with_times(days, spans, manner.by_appointment, language)
            if manner.attending:
                hours = f"{hours} ({phrase(language, manner.attending)})"
            yield _in_season(hours, manner.season, language)


def _grouped(rules: Iterable[OpeningRule], language: str) -> Iterable[tuple[str, Iterable[Minutes | None]]]:
    """The names of days with equal hours, and those hours."""
    weekly: dict[int, set[Minutes | None]] = defaultdict(set)
    monthly: dict[NthDay, set[Minutes | None]] = defaultdict(set)
    special: dict[str, set[Minutes | None]] = defaultdict(set)
    for rule in sorted(rules, key=lambda each: each.dtstart if each.dtstart and not each.freq else date.min):
        if plain := _plain_weekdays(rule):
            for weekday in plain:
                weekly[weekday].add(rule.minutes)
        elif rule.freq == "MONTHLY" and rule.weekdays and rule.every == 1 and not rule.month_days:
            for nth_day in rule.weekdays:
                monthly[nth_day].add(rule.minutes)
        else:
            special[_special_days(rule, language)].add(rule.minutes)
    for weekdays, spans in _same_hours({day: weekly[day] for day in sorted(weekly)}):
        yield _weekday_names(weekdays, language), spans
    for nth_days, spans in _same_hours({day: monthly[day] for day in sorted(monthly, key=_day_order)}):
        yield join(language, _nth_names(nth_days, language)), spans
    for days, spans in _same_hours(special):
        yield join(language, days), spans


def _same_hours(days: Mapping[Day, set[Minutes | None]]) -> Iterable[tuple[list[Day], Iterable[Minutes | None]]]:
    together: dict[frozenset[Minutes | None], list[Day]] = defaultdict(list)
    for day, spans in days.items():
        together[frozenset(spans)].append(day)
    return ((alike, spans) for spans, alike in together.items())


def _day_order(nth_day: NthDay) -> tuple[int, bool, int]:
    """By weekday, those counted from the month's end last."""
    nth, weekday = nth_day
    return weekday, nth < 0, nth


def _plain_weekdays(rule: OpeningRule) -> list[int]:
    """The weekdays of a rule that simply repeats every week; none for any other rule."""
    if rule.every != 1 or rule.month_days or not rule.freq:
        return []
    if not rule.weekdays:
        return [rule.dtstart.weekday()] if rule.freq == "WEEKLY" and rule.dtstart else []
    return [day for _, day in rule.weekdays] if all(nth == 0 for nth, _ in rule.weekdays) else []


def _special_days(rule: OpeningRule, language: str) -> str:
    start = rule.dtstart
    if not rule.freq:
        return calendar_date(language, start) if start else ""
    weekdays = rule.weekdays or ()
    if rule.freq == "WEEKLY":
        days = _weekday_names([day for _, day in weekdays] or [start.weekday() if start else 0], language)
    else:
        of_week = join(language, _nth_names(weekdays, language))
        of_month = join(language, _month_day_names(rule, language))
        days = of_week or of_month
        if of_week and of_month:
            days = phrase(language, "hours.both", first=of_week, second=of_month)
    if rule.every == 1:
        return days
    unit = "hours.every_weeks" if rule.freq == "WEEKLY" else "hours.every_months"
    form = "2" if rule.every == 2 else "other"
    return phrase(language, f"{unit}.{form}", count=rule.every, days=days)


def _nth_names(weekdays: Sequence[NthDay], language: str) -> list[str]:
    by_day: dict[int, list[int]] = defaultdict(list)
    for nth, weekday in sorted(weekdays, key=_day_order):
        by_day[weekday].append(nth)
    names = []
    for weekday, nths in by_day.items():
        if 0 in nths:
            names.append(_weekday_names([weekday], language))
            continue
        which = join(language, [phrase(language, f"nth.{nth}") for nth in nths])
        day = phrase(language, f"day.long.{WEEKDAYS[weekday]}")
        names.append(phrase(language, "hours.nth_day", nths=which, day=day))
    return names


def _month_day_names(rule: OpeningRule, language: str) -> list[str]:
    month_days = rule.month_days or ()
    if not month_days and not rule.weekdays and rule.dtstart:
        month_days = (rule.dtstart.day,)
    names = []
    if counted := [str(day) for day in month_days if day != -1]:
        names.append(phrase(language, "hours.month_day", days=join(language, counted)))
    if -1 in month_days:
        names.append(phrase(language, "hours.last_month_day"))
    return names


def _weekday_names(weekdays: Sequence[int], language: str) -> str:
    """ "Mon-Fri", "Mon, Wed and Fri", "Every day"; runs of three or more days are drawn together."""
    days = sorted(set(weekdays))
    if len(days) == 7:
        return phrase(language, "day.all")
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names: list[str] = []
    for run in runs:
        short = [phrase(language, f"day.short.{WEEKDAYS[day]}") for day in run]
        if len(run) > 2:
            names.append(phrase(language, "day.range", first=short[0], last=short[-1]))
        else:
            names.extend(short)
    return join(language, names)


def _with_times(days: str, spans: Iterable[Minutes | None], by_appointment: bool, language: str) -> str:
    known = sorted(span for span in spans if span)
    if known:
        times = join(language, [_times(span, language) for span in known])
        days = phrase(language, "hours.span", days=days, times=times)
    elif not by_appointment:
        return phrase(language, "hours.untimed", days=days)
    return phrase(language, "hours.days_by_appointment", days=days) if by_appointment else days


def _times(span: Minutes, language: str) -> str:
    start, end = span
    if span == (0, DAY_MINUTES):
        return phrase(language, "hours.all_day")
    first, last = clock(language, start), clock(language, end)
    half = first.rpartition(" ")[2]
    same_half = " " in first and last.endswith(f" {half}") and end < DAY_MINUTES
    return phrase(language, "clock.range", start=first.rpartition(" ")[0] if same_half else first, end=last)


def _season(rule: OpeningRule, on: date | None) -> Season:
    if on is None or not rule.freq:
        return None, None
    begins = max((day for day in (rule.valid_from, rule.dtstart) if day and day > on), default=None)
    ends = min((day for day in (rule.valid_to, rule.last_day) if day and day < on + _SEASON), default=None)
    return begins, ends


def _in_season(hours: str, season: Season, language: str) -> str:
    begins, ends = (calendar_date(language, day) if day else None for day in season)
    if begins and ends:
        return phrase(language, "hours.from_to", hours=hours, first=begins, last=ends)
    if begins:
        return phrase(language, "hours.from", hours=hours, date=begins)
    return phrase(language, "hours.to", hours=hours, date=ends) if ends else hours


def _is_over(rule: OpeningRule, on: date) -> bool:
    ends = [day for day in (rule.valid_to, None if rule.is_note else rule.last_day) if day]
    if not rule.freq and rule.dtstart and not rule.is_note:
        ends.append(rule.dtstart)
    return bool(ends) and min(ends) < on


def _closures(closures: Sequence[Closure], language: str, on: date) -> tuple[list[str], list[str]]:
    """What is closed or otherwise today, and what will be soon, each kind of hours told once."""
    near = [closure for closure in closures if closure.end_date >= on and closure.start_date <= on + _SOON]
    told: dict[tuple[bool, bool, Minutes | None], list[str]] = defaultdict(list)
    for closure in _joined(near):
        running = closure.covers(on)
        dates = _closed_dates(closure, language, on)
        if closure.description:
            dates = f"{dates} ({closure.description.strip()})"
        told[running, closure.closed, closure.minutes].append(dates)
    words: tuple[list[str], list[str]] = ([], [])
    for (running, closed, minutes), dates_list in told.items():
        dates = join(language, dates_list)
        if minutes:
            text = phrase(language, "hours.instead", dates=dates, times=_times(minutes, language))
        else:
            text = phrase(language, "hours.closed" if closed else "hours.differs", dates=dates)
        words[0 if running else 1].append(text)
    return words


def _joined(closures: Iterable[Closure]) -> list[Closure]:
    """Those that say the same of days that touch made one, in the order of their days."""
    joined: list[Closure] = []
    for closure in sorted(closures, key=lambda each: (each.description or "", each.closed, each.minutes or (), each.start_date)):
        last = joined[-1] if joined else None
        if (
            last
            and (last.description, last.closed, last.minutes) == (closure.description, closure.closed, closure.minutes)
            and closure.start_date <= last.end_date + timedelta(days=1)
        ):
            joined[-1] = replace(last, end_date=max(last.end_date, closure.end_date))
        else:
            joined.append(closure)
    return sorted(joined, key=lambda each: (each.start_date, each.end_date))


def _closed_dates(closure: Closure, language: str, on: date) -> str:
    """ "Nov 26–27", "until Jan 4, 2027": with the year only where it is another than today's."""
    first, last = closure.start_date, closure.end_date
    if first < on < last:
        return phrase(language, "hours.dates.until", date=_date(last, language, on))
    if first == last:
        return phrase(language, "hours.dates.one", date=_date(first, language, on))
    if (first.year, first.month) == (last.year, last.month) and first.year == on.year:
        month = phrase(language, f"month.{first.month}")
        return phrase(language, "hours.dates.month", first=first.day, last=last.day, month=month)
    return phrase(language, "hours.dates.many", first=_date(first, language, on), last=_date(last, language, on))


def _date(day: date, language: str, on: date) -> str:
    if day.year != on.year:
        return calendar_date(language, day)
    return phrase(language, "hours.dates.day", day=day.day, month=phrase(language, f"month.{day.month}"))
