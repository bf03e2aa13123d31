"""What every answer costs as texts: in parts, in both languages, with the longest facts we know of filled in.

`python -m benchmarks texts` prints the table of docs/decisions/0016-gsm7.md. "as written" is what the same words would
cost with their accents, curly quotes and dashes.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from actions.checklist import items
from bot.gateway import card
from bot.gateway.errors import UNAVAILABLE
from bot.gateway.limits import TOO_MANY
from bot.gateway.turns import CRISIS
from bot.sms.rendering import MOST_SEGMENTS, render
from resources_db.check_ins.questions import items as check_in_items
from resources_db.messages import Answer
from resources_db.moments import say_wish
from resources_db.sms.gsm import is_gsm, segments, size
from resources_db.sms.options import Choice
from resources_db.taxonomy.needs import load_needs
from resources_db.wording import join
from resources_db.words import RESPONSES, Words, load_words

LANGUAGES = ("en", "es")
CHANNEL = "sms"
#: Parts that a template may cost.
LIMITS = {"en": 2, "es": MOST_SEGMENTS}

_SERVICE = {"en": "Willow Bend Family Resource Center", "es": "Centro de recursos familiares Willow Bend"}
#: Choices under listings, which are no menu.
_UNDER_LISTINGS = ("/more", "/ask_understood")
#: For placeholders whose value is no words of ours.
_ANY = {
    "place": "Rancho Santa Margarita, CA 92688", "miles": "50", "count": "14", "number": "14", "numbers": "1-3", "ending": "0105",
    "url": "https://homeward.example.org/c/abcdefghijkmn", "credit": "U.S. Census Bureau Geocoder", "code": "123456",
    "receipt": "K7M2-94PX-QT3V",
}  # fmt: skip

#: Of calls and shares (data/responses/people.yml).
_PEOPLE = {
    "en": {"by": "Wednesday before 10:30 am", "topic": "Diapers, clothes, beds", "whom": "Guadalupe (parent partner)",
           "lived": "Raised teens, or was a teen parent", "looked": "Guadalupe looked Wednesday."},
    "es": {"by": "el miércoles antes de las 10:30 am", "topic": "Actas de nacimiento e identificación",
           "whom": "Guadalupe (apoyo entre padres)", "lived": "Crió adolescentes o fue padre o madre adolescente",
           "looked": "Guadalupe lo vio el miércoles."},
}  # fmt: skip
#: Of requests (data/responses/requests.yml). A draft is as long as its lines, each of which is a response by itself, and is
#: paid for once for each request; so one line stands for it.
_REQUESTS = {
    "en": {
        "to_name": _SERVICE["en"],
        "ages": "under 1, 2, 7, 16",
        "phone": "(916) 555-0142",
        "need": "Diapers, clothes, beds",
        "draft": "Hello. A family asked us to send you this.",
    },
    "es": {
        "to_name": _SERVICE["es"],
        "ages": "menos de 1, 2, 7, 16",
        "phone": "(916) 555-0142",
        "need": "Actas de nacimiento e identificación",
        "draft": "Hola. Una familia nos pidió mandarles esto.",
    },
}
#: Of plans and records (data/responses/my_plan.yml, my_record.yml).
_RECORD = {
    "en": {
        "part": "2. No child care",
        "what": "Appointment (Therapy appointment), Wed, Nov 25, 2026",
        "talk": "988",
        "danger": "911",
    },
    "es": {
        "part": "2. Sin quien cuide a los niños",
        "what": "Clase (Clase de crianza), mié, 25 nov 2026",
        "talk": "988",
        "danger": "911",
    },
}
#: Of check-ins (data/responses/check_ins.yml).
_CHECK_INS = {
    "en": {"date": "Wednesday, Nov 25", "until": "Wednesday, Nov 25", "often": "every week in the first month, then less often",
           "hours": "weekdays, 10:30 am to 12:30 pm", "start": "10:30 am", "end": "12:30 pm"},
    "es": {"date": "miércoles 25 nov", "until": "miércoles 25 nov", "often": "cada semana el primer mes y luego menos",
           "hours": "fines de semana, de 10:30 am a 12:30 pm", "start": "10:30 am", "end": "12:30 pm"},
}  # fmt: skip


@dataclass(frozen=True)
class Template:
    """One response in one language as it goes out: the texts, and what the same words cost as they are written."""

    name: str
    language: str
    texts: tuple[str, ...]
    written: str

    @property
    def segments(self) -> int:
        return sum(map(segments, self.texts))

    @property
    def encoding(self) -> str:
        return "GSM-7" if all(map(is_gsm, self.texts)) else "UCS-2"


def templates() -> list[Template]:
    """Every response of data/responses/ that is said by text, in both languages."""
    words = load_words()
    names = sorted(words.texts.keys() - _of_the_page())
    return [_template(name, language, words) for name in names for language in LANGUAGES]


def variant(name: str, language: str) -> Mapping[str, Any]:
    """The words Rasa picks for a text: those written for texts, else those for everywhere."""
    of_language = [one for one in _variants()[name] if _language(one) == language]
    return next((one for one in of_language if one.get("channel") == CHANNEL), None) or of_language[0]


def values(name: str, language: str) -> dict[str, str]:
    """The longest realistic value of every placeholder in a response."""
    needs = load_needs()
    spoken = sorted((need.spoken[language] for need in needs.values()), key=len)[-2:]
    names = sorted((need.name[language] for need in needs.values()), key=len)
    things = sorted((item.name[language] for item in items().values()), key=len)
    asked_then = [item.question[language] for item in items().values()]
    service = _SERVICE[language]
    lines = [f"{number}. {thing}: {service}, (916) 555-0105" for number, thing in enumerate(things[-3:], 1)]
    people = _PEOPLE[language] | {"partner": "Guadalupe", "late": "Esperanza", "who": "Guadalupe", "day": "Nov 23, 2026"}
    words = _words()
    people["shared"] = words.say("utter_call_shared_careful", language, ending="05", topic=people["topic"])
    people["text"] = ", ".join(words.say("utter_call_shared", language, ending="05", topic=people["topic"]).splitlines())
    people["shares"] = words.say("utter_share_line", language, **people)
    people["intro"] = "x" * 140
    return {
        **_ANY, **people, **_CHECK_INS[language], **_RECORD[language], **_REQUESTS[language],
        "needs": join(language, spoken), "first": names[-1], "second": names[-2], "service": service,
        "need_1": spoken[-1], "need_2": spoken[-2], "need_3": spoken[-2],
        "question": max([*asked_then, *(item.question[language] for item in check_in_items().values())], key=len),
        "name": things[-1],
        "names": ", ".join(things[-3:]), "when": say_wish({"kind": "day", "weekday": 2, "hour": 10, "minute": 30}, language),
        "lines": "\n".join(lines if name == "utter_list_sum" else [f"• {service}: (916) 555-0105 ext. 7"] * 3),
    }  # fmt: skip


def main() -> None:
    rows = templates()
    print(f"{'response':34} {'':2} {'texts':>5} {'parts':>5} {'signs':>5} {'as written':>10}")
    for row in rows:
        parts = f"{row.name:34} {row.language:2} {len(row.texts):5} {row.segments:5} {sum(map(size, row.texts)):5}"
        print(f"{parts} {segments(row.written):10} {row.encoding}")
    for language in LANGUAGES:
        folded = [row.segments for row in rows if row.language == language]
        written = [segments(row.written) for row in rows if row.language == language]
        print(f"{language}: {_said(folded)}; as written {_said(written)}")


def _said(counts: list[int]) -> str:
    return f"median {statistics.median(counts):g}, most {max(counts)}, all together {sum(counts)} parts"


def _template(name: str, language: str, words: Words) -> Template:
    chosen, filled = variant(name, language), values(name, language)
    text = _fill(chosen["text"], filled)
    choices = [(_fill(button["title"], filled), button["payload"]) for button in chosen.get("buttons", [])]
    crisis = name.removeprefix(CRISIS) if name.startswith(CRISIS) else None
    under_listings = any(payload in _UNDER_LISTINGS for _, payload in choices)
    answer = Answer(text=text, choices=[] if under_listings else choices, crisis=crisis)
    said = render([answer], language, words=words, first=False, card_url=None)
    return Template(name, language, tuple(said.texts), _unfolded(text, said.options, language, words))


def _unfolded(text: str, options: Sequence[Choice], language: str, words: Words) -> str:
    menu = [f"{number} {label}" for number, (label, _) in enumerate(options, 1)]
    return "\n".join([text, *menu, *([words.say("utter_text_choose", language, CHANNEL)] if menu else [])])


def _fill(text: str, filled: Mapping[str, str]) -> str:
    for name in re.findall(r"{(\w+)}", text):
        text = text.replace(f"{{{name}}}", filled[name])
    return text


def _of_the_page() -> frozenset[str]:
    """What only the page shows: its own errors, the words around giving a phone number, and the page behind a link."""
    phone = yaml.safe_load((RESPONSES / "phone.yml").read_text(encoding="utf-8"))["responses"]
    shown = {name for name, variants in phone.items() if not any(one.get("channel") == CHANNEL for one in variants)}
    return frozenset({UNAVAILABLE, TOO_MANY, *card.NEEDED} | shown)


@cache
def _words() -> Words:
    return load_words()


@cache
def _variants() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(RESPONSES.glob("*.yml")):
        found.update(yaml.safe_load(path.read_text(encoding="utf-8"))["responses"])
    return found


def _language(one: Mapping[str, Any]) -> str:
    return str(next((c["value"] for c in one.get("condition", []) if c["name"] == "language"), "en"))


if __name__ == "__main__":
    main()
