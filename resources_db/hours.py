"""Opening hours in plain words, days with equal hours grouped: "Mon-Fri 9 am-noon and 1-5 pm"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from resources_db.schedules import DAY_MINUTES, WEEKDAYS, OpeningRule, never_closes
from resources_db.wording import calendar_date, clock, join, phrase

Minutes = tuple[int, int]
Season = tuple[date | None, date | None]

# An end farther away than this is a directory's bookkeeping, not a season a family should know of.
_SEASON = timedelta(days=180)


def describe_hours(rules: Sequence[OpeningRule], language: str, on: date | None = None) -> str:
    """The hours in one line of the family's language; says so when they are not listed.

    With `on` (today at the place) rules that are over are left out and seasons that begin or end soon
    are told. Notes are shown as they were written.
    """
    shown = [rule for rule in rules if on is None or not _is_over(rule, on)]
    timed = [rule for rule in shown if not rule.is_note and rule.readable]
    unclear = [rule for rule in shown if rule.is_note or not rule.readable]
    notes = list(dict.fromkeys(rule.description.strip() for rule in unclear if rule.description))
    if not timed:
        if notes:
            text = phrase(language, "join.semicolon").join(notes).rstrip(" .;")
            return phrase(language, "hours.text", text=text)
        return phrase(language, "hours.unknown")
    if never_closes(timed, on or date.today()) and len(timed) == len(shown):
        return phrase(language, "hours.always")
    seasons: dict[Season, list[OpeningRule]] = defaultdict(list)
    for rule in timed:
        seasons[_season(rule, on)].append(rule)
    parts = [part for season, group in seasons.items() for part in _season_parts(group, season, language)]
    if any(not rule.is_note and not rule.description for rule in unclear):
        parts.append(phrase(language, "hours.uncertain"))
    return phrase(language, "join.semicolon").join(parts + notes)


def _season_parts(rules: Iterable[OpeningRule], season: Season, language: str) -> Iterable[str]:
    weekly: dict[int, set[Minutes | None]] = defaultdict(set)
    special: dict[str, set[Minutes | None]] = defaultdict(set)
    for rule in rules:
        plain = _plain_weekdays(rule)
        for weekday in plain:
            weekly[weekday].add(rule.minutes)
        if not plain:
            special[_special_days(rule, language)].add(rule.minutes)
    same_hours: dict[frozenset[Minutes | None], list[int]] = defaultdict(list)
    for weekday in sorted(weekly):
        same_hours[frozenset(weekly[weekday])].append(weekday)
    together: dict[frozenset[Minutes | None], list[str]] = defaultdict(list)
    for days, minutes in special.items():
        together[frozenset(minutes)].append(days)
    for spans, weekdays in same_hours.items():
        yield _in_season(_with_times(_weekday_names(weekdays, language), spans, language), season, language)
    for spans, days_list in together.items():
        yield _in_season(_with_times(join(language, days_list), spans, language), season, language)


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
        days = join(language, [*_nth_names(weekdays, language), *_month_day_names(rule, language)])
    if rule.every == 1:
        return days
    unit = "hours.every_weeks" if rule.freq == "WEEKLY" else "hours.every_months"
    form = "2" if rule.every == 2 else "other"
    return phrase(language, f"{unit}.{form}", count=rule.every, days=days)


def _nth_names(weekdays: Sequence[tuple[int, int]], language: str) -> list[str]:
    by_day: dict[int, list[int]] = defaultdict(list)
    for nth, weekday in weekdays:
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


def _with_times(days: str, spans: Iterable[Minutes | None], language: str) -> str:
    known = sorted(span for span in spans if span)
    if not known:
        return phrase(language, "hours.untimed", days=days)
    times = join(language, [_times(span, language) for span in known])
    return phrase(language, "hours.span", days=days, times=times)


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
