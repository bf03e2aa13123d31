"""Hours that somebody wrote in words, English or Spanish, read as schedule rows; or not at all.

A family that reads "Monday to Friday 9 to 5" knows what is meant, and so do we. Everything else stays the text
it is: who reads "seasonal", "6-8" (morning or evening?) or "M-S" has to call, and a guess of ours would not
spare them the call but cost them the bus fare.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from resources_db.hours_text.rows import schedule_rows
from resources_db.hours_text.statements import day_list, statements
from resources_db.hours_text.tokens import Unclear, tokens
from resources_db.schedules import WEEKDAYS

# Longer than anybody's hours; who writes more tells a story.
_LONGEST = 2000


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> tuple[Mapping[str, str], ...] | None:
    """The schedule rows that a text means, each as text cells of HSDS columns, those left out being empty.

    {"freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00", "closes_at": "17:00"}; the cells are among freq, byday,
    bymonthday, interval, dtstart, valid_from, valid_to, opens_at, closes_at and description ("By appointment").
    None unless every word is understood and only one reading is possible. Never raises.
    """
    try:
        return schedule_rows(statements(tokens(_short(text))))
    except Unclear:
        return None


def weekdays_of(text: str) -> tuple[str, ...] | None:
    """The weekdays a text names and nothing else, from Monday on: "Mon - Wed, Fri" is ("MO", "TU", "WE", "FR").

    "1,2,5" are ISO weekdays, Monday 1 to Sunday 7. None for anything else, "2nd Friday" too.
    """
    numbers = [part.strip() for part in text.split(",")]
    if all(number in ("1", "2", "3", "4", "5", "6", "7") for number in numbers):
        found = frozenset(int(number) - 1 for number in numbers)
    else:
        try:
            found = day_list(tokens(_short(text)))
        except Unclear:
            return None
    return tuple(WEEKDAYS[day] for day in sorted(found))


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise Unclear
    return text
