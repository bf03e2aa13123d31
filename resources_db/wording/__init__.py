"""The phrases a listing is described with, in English and Spanish, from en.yml and es.yml beside this file.

What the assistant says lives in data/responses/; how a listing reads lives here, because the command line
and the API describe listings without any bot. Languages other than Spanish read English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

LANGUAGES = ("en", "es")


def phrase(language: str, key: str, **values: object) -> str:
    """The phrase with that dotted key, such as "hours.unknown", its placeholders filled in."""
    return phrases(language if language in LANGUAGES else "en")[key].format(**values)


@cache
def phrases(language: str) -> Mapping[str, str]:
    """Every phrase of one of LANGUAGES by its dotted key."""
    text = resources.files(__package__).joinpath(f"{language}.yml").read_text(encoding="utf-8")
    return dict(_flat(yaml.safe_load(text)))


def join(language: str, items: Sequence[str]) -> str:
    """ "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return phrase(language, "join.comma").join(items[:-1]) + phrase(language, "join.and") + items[-1]


def clock(language: str, minutes: int) -> str:
    """A time of day, given in minutes from midnight: "9:30 am", "noon"."""
    hour, minute = divmod(minutes % 1440, 60)
    if not minute and hour in (0, 12):
        return phrase(language, "clock.noon" if hour else "clock.midnight")
    time = f"{(hour - 1) % 12 + 1}" + (f":{minute:02}" if minute else "")
    return phrase(language, "clock.pm" if hour >= 12 else "clock.am", time=time)


def clock_phrase(language: str, word: Literal["at", "until", "before"], minutes: int) -> str:
    """The time with its preposition, which in Spanish depends on the hour: "a la 1 pm", "al mediodía"."""
    hour, minute = divmod(minutes % 1440, 60)
    form = "one" if hour % 12 == 1 else "many"
    if not minute and hour in (0, 12):
        form = "noon" if hour else "midnight"
    return phrase(language, f"clock.{word}.{form}", clock=clock(language, minutes))


def calendar_date(language: str, day: date) -> str:
    """ "Nov 3, 2026", "3 nov 2026"."""
    month = phrase(language, f"month.{day.month}")
    return phrase(language, "date", day=day.day, month=month, year=day.year)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
