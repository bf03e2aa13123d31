"""From the text of one cell to a value. Each function takes trimmed, non-empty text or raises Bad."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from html.parser import HTMLParser
from math import isfinite

_LARGEST_INTEGER = 2**31 - 1
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_BYDAY = re.compile(r"[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?(?::\d\d)?\s*([ap])?\.?\s*(?:m\b\.?)?\s*(?:Z|[+-]\d\d:\d\d)?", re.I)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TAG = (
    "a|abbr|address|article|b|big|blockquote|br|center|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|li|ol|p|pre|s|"
    "script|section|small|span|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|time|tr|u|ul"
)
_LOOKS_LIKE_HTML = re.compile(rf"</?({_TAG})(\s[^<>]*)?/?>|<!--|&(#\d+|#x[0-9a-f]+|[a-z]{{2,8}});", re.I)


# Control characters, and halves of surrogate pairs, which only broken JSON holds.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_FORMULA = re.compile(r"=\s*[-+@(\w\"']|[-+@]\s*[A-Za-z_.]+\s*[(|!]")


class Bad(ValueError):
    """A value that cannot be what its field says, with what to do."""

    def __init__(self, fix: str) -> None:
        super().__init__(fix)
        self.fix = fix


def printable(raw: str) -> str:
    """The text with one kind of line break and nothing that a database or a terminal would choke on."""
    if raw.isascii() and raw.isprintable():
        return raw.strip()
    return _UNPRINTABLE.sub("", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet that opens the text as a cell might run it; "+1 free meal" and "@familycenter" are text."""
    return bool(_FORMULA.match(text))


def plain_text(raw: str) -> str:
    """Printable text without HTML: tags go, entities become what they stand for. May come out empty."""
    return without_html(printable(raw))


def without_html(text: str) -> str:
    """Printable text without HTML. May come out empty."""
    if ("<" in text or "&" in text) and _LOOKS_LIKE_HTML.search(text):
        stripper = _Stripper()
        stripper.feed(text)
        stripper.close()
        text = re.sub(r"[ \t]*\n\s*", "\n", "".join(stripper.kept))
    return text.strip()


class _Stripper(HTMLParser):
    _BREAKS = ("br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "time", "h1", "h2", "h3", "h4")
    _UNSEEN = ("script", "style")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self._unseen = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not re.fullmatch(_TAG, tag):  # <info@example.org> is an address, not a tag
            self.kept.append(self.get_starttag_text() or "")
        if tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.kept)))
        self._unseen += tag in self._UNSEEN
        if tag in self._BREAKS:
            self.kept.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._keep_address(*self._links.pop())
        self._unseen -= tag in self._UNSEEN and self._unseen > 0
        if tag in self._BREAKS:
            self.kept.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.kept.append(data)

    def _keep_address(self, address: str, since: int) -> None:
        """A link's address after its words, where the words do not say it: "apply" is "apply (https://...)"."""
        words = "".join(self.kept[since:]).strip()
        if address.lower().startswith(("http://", "https://")) and address.rstrip("/") not in (words, words.rstrip("/")):
            self.kept.append(f" ({address})" if words else address)


def choice(raw: str, choices: tuple[str, ...]) -> str:
    for allowed in choices:
        if raw.casefold().replace("_", " ") == allowed.casefold().replace("_", " "):
            return allowed
    raise Bad(f"give one of: {', '.join(choices)}")


def day(raw: str) -> date:
    """ "2024-01-05", with or without a time after it, "January 5, 2024" or "1/25/2024": what can mean only one day."""
    try:
        if re.match(r"\d{4}-\d\d-\d\d([T ]|$)", raw):
            return _of_our_time(date.fromisoformat(raw[:10]))
        if found := _SLASHED.fullmatch(raw):
            one, other, year = map(int, found.groups())
            if one != other and max(one, other) <= 12:
                raise ValueError("which of them is the month?")
            return _of_our_time(date(year, min(one, other), max(one, other)))
        return _of_our_time(datetime.strptime(raw, "%B %d, %Y").date())
    except ValueError:
        raise Bad(f"give the date as YYYY-MM-DD, {_FIRST_YEAR} to {_LAST_YEAR}") from None


def _of_our_time(found: date) -> date:
    """The year 1, or 9999, is what a program writes that has no date."""
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError("not a date that anybody means")
    return found


def last_day(raw: str) -> date | None:
    """A day; None for the last one of the calendar, which programs write for "no end"."""
    return None if raw.startswith("9999-12-31") else day(raw)


def moment(raw: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", raw))
        _of_our_time(parsed)
    except ValueError:
        raise Bad("give the moment as YYYY-MM-DDTHH:MM:SSZ") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def truth(raw: str) -> bool:
    if raw.casefold() in ("true", "yes", "y", "t", "1"):
        return True
    if raw.casefold() in ("false", "no", "n", "f", "0"):
        return False
    raise Bad("give true or false")


def number(raw: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        raise Bad("give a number, with a point before decimals and nothing else") from None
    if not isfinite(value):
        raise Bad("give a number")
    return value


def integer(raw: str) -> int:
    value = number(raw)
    if not value.is_integer() or abs(value) > _LARGEST_INTEGER:
        raise Bad("give a whole number")
    return int(value)


def clock(raw: str) -> str:
    """ "08:30", "8:30 PM", "3pm" or "17:00:00Z" as "HH:MM"; a bare "9" says neither morning nor evening."""
    found = _CLOCK.fullmatch(raw)
    if found and (found[2] or found[3]):
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        if half:
            hour = hour % 12 + 12 * (half == "p") if 1 <= hour <= 12 else 99
        elif (hour, minute) == (24, 0):
            hour = 0
        if hour < 24 and minute < 60:
            return f"{hour:02}:{minute:02}"
    raise Bad("give the time as HH:MM, from 00:00 to 23:59")


def byday(raw: str) -> str:
    days = [day.strip().upper() for day in raw.split(",") if day.strip()]
    if not days or not all(map(_BYDAY.fullmatch, days)):
        raise Bad("give days as MO,TU,WE,TH,FR,SA,SU, for a month with a number before: 2SA,4SA")
    return ",".join(days)
