"""The conversations Homeward is proudest of (proudest/*.yml), had with a whole running Homeward; docs/conversations/ has them.

`python -m tests.conversations.telling [NAME …]` writes the pages anew; test_proudest.py has the same conversations and compares.
A script has a `title`, `why` it is among them, and `tellings`: each in a `language`, on a `channel` (web, sms), with its `turns`:

  say, tap     what the family says, or which choice it takes; {invite} is an invitation's code
  until        time passes until a check_in, a follow_up or a call is due, and Homeward says what it says then
  mail         the mail server has got one e-mail, whose words the family was shown before, one by one
  silence      nothing comes, though time passes until `until` and a day longer
  enrolled     from here on the family has check-ins, as if chosen before
  note         a line for the reader

and of what is answered the facts of conversation.py (says, never_says, matches, needs, choices, crisis …).
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from resources_db.sms.gsm import fold
from tests.conversations.conversation import Answer, missing
from tests.conversations.installation import ByText, Family, Installation, installed

SCRIPTS = Path(__file__).with_name("proudest")
PAGES = Path(__file__).resolve().parents[2] / "docs" / "conversations"
LANGUAGES, CHANNELS = {"en": "English", "es": "Spanish"}, {"web": "on the web", "sms": "by text"}
SAMPLE = Path(__file__).resolve().parents[2] / "resources_db" / "sample"
PUBLIC = "https://help.example.org"

_LINK = re.compile(r"http://127\.0\.0\.1:\d+(/\w+/)?[\w-]*")
#: What is another each time: days, hours, amounts of time, codes, who of the partners is free.
_VOLATILE = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b|\b(?:lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo)\b"
    r"|\b(?:lun|mar|mi[ée]|jue|vie|s[áa]b|dom)\b|\b(?:today|tomorrow|tonight|hoy|mañana|noon|midnight|mediod[íi]a|medianoche)\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|tember|ember|ober)?\b"
    r"|\b(?:ene|abr|ago|dic)\b|\b(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b"
    r"|\bHW-\w{6}\b|\b[A-Z0-9]{4}-[A-Z0-9]{4}\b|\b(?:Ana|Luis)\b|\d+(?: ?[ap]\.? ?m\b\.?)?",
    re.IGNORECASE,
)
#: A listing's line: whether it is open, and so which is first, depends on the hour. So does what to bring.
_LISTING = re.compile(r"(?:^> .*(?:555-?01\d\d).*\n?)+", re.MULTILINE)
_BRING = re.compile(r"(?:Have this with you|Ten a la mano): .*$", re.MULTILINE)
_LATER = re.compile(r"^\*.* later\.\*$", re.MULTILINE)
#: What stands before a day or an hour in Spanish depends on it.
_BEFORE = re.compile(r"(?:\b(?:de |a )?(?:el|la|las|los|del|al) )?~(?:[ ,:.–-]*~)*[ ,:.–-]*")


@cache
def _places() -> re.Pattern[str]:
    """The names of all services and organizations of the sample directory, as the web and as texts write them."""
    names = set()
    for file, column in (("services", "name"), ("organizations", "name"), ("translations", "value")):
        with (SAMPLE / f"{file}.csv").open(encoding="utf-8", newline="") as rows:
            names |= {row[column] for row in csv.DictReader(rows) if row.get("field_name", "name") == "name"}
    names |= {fold(name) for name in names}
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))


def scripts() -> dict[str, dict[str, Any]]:
    """By name of the page."""
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SCRIPTS.glob("*.yml"))}


def heading(telling: dict[str, Any]) -> str:
    return f"## In {LANGUAGES[telling['language']]}, {CHANNELS[telling['channel']]}"


def tell(place: Installation, telling: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Have a conversation: (what went wrong, in words; the lines of the page). It goes on after a fault, to be read."""
    family = place.family(telling["channel"], telling["language"])
    faults: list[str] = []
    lines = [heading(telling), ""]
    invite = place.invite() if "{invite}" in str(telling["turns"]) else ""
    shown: list[str] = []
    mails = len(place.mailbox.mails)
    for turn in telling["turns"]:
        turn = {key: value.replace("{invite}", invite) if isinstance(value, str) else value for key, value in turn.items()}
        try:
            for kind, text in _take(place, family, turn, shown, mails):
                if kind == "fault":
                    faults.append(text)
                else:
                    lines += [*_as_lines(kind, _without_number(family, text)), ""]
        except AssertionError as error:
            faults.append(f"{turn}: {error}")
            break
    return faults, lines


def page(name: str, script: dict[str, Any], told: list[list[str]]) -> str:
    """A page of docs/conversations/."""
    head = [
        f"# {script['title']}", "", script["why"].strip(), "",
        f"Had with a running Homeward (`python -m tests.conversations.telling {name}`) and compared by",
        "`tests/conversations/test_proudest.py`; do not edit. The places are the fictional ones of the sample directory.", "",
    ]  # fmt: skip
    return "\n".join([*head, *(line for lines in told for line in lines)]).rstrip() + "\n"


def section(text: str, telling: dict[str, Any]) -> str:
    """The part of a page with this telling."""
    _, _, rest = text.partition(heading(telling) + "\n")
    return heading(telling) + "\n" + rest.partition("\n## ")[0].rstrip() + "\n"


def masked(text: str) -> str:
    """What stays the same each time: without days, hours, numbers, names of partners, and which place is listed first."""
    text = _LATER.sub("*later*", _BRING.sub("bring", _LISTING.sub("> listings\n", text)))
    return _BEFORE.sub("~ ", _VOLATILE.sub("~", _places().sub("a place", text)))


def _take(place: Installation, family: Family, turn: dict[str, Any], shown: list[str], mails: int) -> Iterator[tuple[str, str]]:
    """A turn's lines: (kind, text)."""
    if "note" in turn:
        yield "note", turn["note"]
    if turn.get("enrolled"):
        family.enrol()
    if "mail" in turn:
        yield from _mail(place, family, shown, mails)
        return
    if turn.get("silence"):
        family.pass_time(timedelta(days=8))
        time.sleep(3)
        assert isinstance(family, ByText)
        assert family.silence(), f"a text came: {place.carrier.texts_to(family.number)[-1].body!r}"
        return
    if "until" in turn:
        yield "time", _in_words(family.pass_until(turn["until"]))
        messages = family.hear()
    elif "say" in turn:
        messages = family.say(turn["say"])
        yield "family", turn["say"]
    elif "tap" in turn:
        by_number = family.number_of(turn["tap"]) if isinstance(family, ByText) else None
        messages = family.tap(turn["tap"])
        yield "family", by_number or f"[{turn['tap']}]"
    else:
        return
    answer = Answer(tuple(messages))
    shown.append(answer.text)
    texts = family.texts if isinstance(family, ByText) else [_on_page(message) for message in messages]
    for text in texts:
        yield "homeward", text
    if not texts:
        yield "fault", f"silence after {turn}"
    for fault in missing(turn, answer):
        yield "fault", f"after {turn.get('say') or turn.get('tap') or turn.get('until')!r}: {fault}"


def _mail(place: Installation, family: Family, shown: list[str], before: int) -> Iterator[tuple[str, str]]:
    """The e-mail that comes after the first `before`, of which the family has seen each line."""
    mail = family.until(lambda: place.mailbox.mails[before:], "an e-mail")[0]
    body = str(mail.get_content())
    yield "mail", f"To: {mail['To']}\nSubject: {mail['Subject']}\n\n{body.strip()}"
    seen = "\n".join(shown)
    for line in (line.strip() for line in body.splitlines()):
        if line and line not in seen:
            yield "fault", f"the family was not shown {line!r}"


def _on_page(message: dict[str, Any]) -> str:
    lines = [message["text"]]
    for match in message["matches"]:
        phones = ", ".join(phone["number"] for phone in match["phones"][:1])
        by = f" ({match['organization']})" if match["organization"] != match["service"] else ""
        lines.append(f"• {match['service']}{by} {phones}".rstrip())
    if message["choices"]:
        lines.append(" ".join(f"[{choice['label']}]" for choice in message["choices"]))
    return "\n".join(line for line in lines if line)


def _without_number(family: Family, text: str) -> str:
    """With a phone that is always the same in place of the family's."""
    if not isinstance(family, ByText):
        return text
    area, end = family.number[2:5], family.number[8:]
    text = re.sub(rf"\(?{area}\)?[ -]*555[ -]*{end}", "916-555-0199", text)
    return re.sub(rf"(?<=ending in )(?:\d\d)?{end[2:]}\b|(?<=termina en )(?:\d\d)?{end[2:]}\b", "0199", text)


def _as_lines(kind: str, text: str) -> list[str]:
    text = _LINK.sub(lambda found: PUBLIC + (f"{found[1]}…" if found[1] else ""), text)
    if kind == "time":
        return [f"*{text}*"]
    if kind == "note":
        return [f"*{text}*"]
    if kind == "family":
        return [f"**Family:** {text}"]
    if kind == "mail":
        return ["*The e-mail that arrives:*", "", "```text", *text.splitlines(), "```"]
    return [f"> {line}  " if line else ">" for line in text.splitlines()]


def _in_words(span: timedelta) -> str:
    if span >= timedelta(days=2):
        return f"{round(span / timedelta(days=1))} days later."
    hours = round(span / timedelta(hours=1))
    return f"{hours} hours later." if hours > 1 else "An hour later."


def main(names: list[str]) -> int:
    """Write pages; returns how many went wrong."""
    wrong = 0
    PAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder) / "var") as place:
        for name, script in scripts().items():
            if names and name not in names:
                continue
            told = []
            for telling in script["tellings"]:
                faults, lines = tell(place, telling)
                told.append(lines)
                wrong += bool(faults)
                print(f"{name} {telling['language']} {telling['channel']}: {faults or 'well'}", flush=True)
            (PAGES / f"{name}.md").write_text(page(name, script, told), encoding="utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
