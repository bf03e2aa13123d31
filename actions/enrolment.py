"""Agreeing to check-ins and changing them: who sees this first, then one number each, and defaults for whatever is left open.

What a family says in its own words is taken at any step, also three things at once. What was chosen so far travels in the open
question (actions/question.py), so that nothing is kept of a family that does not agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from rasa_sdk.events import EventType
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions import directory
from actions.check_in_reading import EVERY_DAY, HOURS, STOP, Wishes, order_of, pause_until, wishes_of
from actions.checklist import tells_the_news
from actions.question import Question
from actions.request import CAME_HOME
from actions.turn import Reader, Turn
from resources_db.check_ins import invites, plans
from resources_db.consent import reserved_words
from resources_db.database import session_scope
from resources_db.geo.timezones import zone_of
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.sms.numbers import zones_of
from resources_db.wording import clock, join, phrase

AGREE, OFTEN, HOURS_OF, PHONE, HOME, ZIP, WORD, CHANGE = (
    "check_in_agree", "check_in_often", "check_in_hours", "check_in_phone", "check_in_home", "check_in_zip", "check_in_word",
    "check_in_change",
)  # fmt: skip

#: A pause that nobody said the length of.
PAUSE = timedelta(days=28)
#: Where nothing tells the time zone and the family would rather not: by its clock, the default hours are day everywhere.
_MIDDLE_OF_THE_COUNTRY = "America/Chicago"
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NO_ANSWER = frozenset({"skip", "have"})


#: Who says one of these in the middle wants that, and no step of an enrolment.
_SERVED = frozenset(
    {
        "ask_person", "privacy", "bot_challenge", "start_over", "goodbye", "check_ins", "referral", "my_plan", "my_record",
        "change_language", "correct", "crisis",
    }
)  # fmt: skip
_YES_FIRST = re.compile(r"\s*(?:yes|yeah|yep|yup|si|sí)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Draft:
    """What was chosen so far; `plan` when it changes check-ins that are on. `invite` is a code as it was written."""

    rhythm: str | None = None
    every: int | None = None
    start: int | None = None
    end: int | None = None
    weekdays: str | None = None
    discreet: bool | None = None
    word: str | None = None
    home: date | None = None
    zone: str | None = None
    invite: str | None = None
    plan: bool = False
    #: What was answered to the step that is open was not understood.
    missed: bool = False

    def codes(self) -> tuple[str, ...]:
        """For the open question: "rhythm=own", "every=14" …"""
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        return tuple(f"{name}={_code(value)}" for name, value in chosen.items() if value is not None)

    @classmethod
    def of(cls, codes: tuple[str, ...]) -> Draft:
        """What `codes` wrote."""
        read: dict[str, Callable[[str], Any]] = {
            "every": int, "start": int, "end": int, "home": date.fromisoformat, "discreet": "1".__eq__, "plan": "1".__eq__,
            "missed": "1".__eq__,
        }  # fmt: skip
        pairs = (code.partition("=") for code in codes)
        return cls(**{name: read.get(name, str)(value) for name, _, value in pairs})

    def told(self, wishes: Wishes) -> Draft:
        """With what a message says besides."""
        start, end = wishes.hours or (self.start, self.end)
        rhythm, every = (wishes.rhythm, wishes.every_days) if wishes.rhythm else (self.rhythm, self.every)
        return replace(
            self, rhythm=rhythm, every=every, start=start, end=end, weekdays=wishes.weekdays or self.weekdays,
            discreet=self.discreet if wishes.discreet is None else wishes.discreet, word=wishes.safe_word or self.word,
            home=wishes.home_on or self.home, missed=False,
        )  # fmt: skip

    def as_fields(self) -> dict[str, Any]:
        """Of plans.Choice, those that were chosen."""
        chosen = {
            "rhythm": self.rhythm, "every_days": self.every, "window_start": self.start, "window_end": self.end,
            "weekdays": self.weekdays, "discreet": self.discreet, "safe_word": self.word, "home_on": self.home,
            "time_zone": self.zone,
        }  # fmt: skip
        return {name: value for name, value in chosen.items() if value is not None}


def begin(turn: Turn) -> list[EventType]:
    """Who sees this, first; with what was said already."""
    draft = Draft(home=_told_before(turn)).told(_wishes(turn))
    if code := invites.code_in(turn.message.text):
        draft = replace(draft, invite=code)
        with session_scope(directory.engine(), writes=False) as session:
            known = invites.find(session, directory.sealer(), code, now())
        if known is None:
            turn.dispatcher.utter_message(response="utter_check_in_code_unknown")
            draft = replace(draft, invite=None)
    return _ask_to_agree(turn, draft)


def change(turn: Turn, wishes: Wishes) -> list[EventType]:
    """Change what the message names of check-ins that are on."""
    return _settle(turn, Draft(plan=True).told(wishes))


def status(turn: Turn, plan: plans.Plan) -> list[EventType]:
    """When the next one is, and how to change it."""
    if plan.state == "paused":
        until = plan.paused_until and plan.paused_until.astimezone(plan.zone).date()
        if until is None:
            return turn.ask(Question(CHANGE), "utter_check_in_status_paused")
        return turn.ask(Question(CHANGE), "utter_check_in_status_paused_until", until=day_in_words(turn.language, until))
    with session_scope(directory.engine(), writes=False) as session:
        upcoming = plans.next_check_in(session, plan)
    if upcoming is None:
        return turn.ask(Question(CHANGE), "utter_check_in_status_last", **_in_words(turn, plan))
    when = day_in_words(turn.language, upcoming.date())
    return turn.ask(Question(CHANGE), "utter_check_in_status", date=when, **_in_words(turn, plan))


def pause(turn: Turn, plan: plans.Plan) -> list[EventType]:
    """For as long as the family says, else for four weeks; and say until when."""
    today = now().astimezone(plan.zone).date()
    until, said = pause_until(turn.text, today)
    if until is None and not said:
        until = today + PAUSE
    ends = None if until is None else datetime(until.year, until.month, until.day, tzinfo=plan.zone)
    with session_scope(directory.engine()) as session:
        plans.pause(session, turn.tracker.sender_id, ends, now())
    if until is None:
        return turn.say("utter_check_in_paused")
    return turn.say("utter_check_in_paused_until", until=day_in_words(turn.language, until))


def resume(turn: Turn) -> list[EventType]:
    with session_scope(directory.engine()) as session:
        plan = plans.resume(session, turn.tracker.sender_id, now())
        upcoming = plans.next_check_in(session, plan)
    return _say_next(turn, "utter_check_in_resumed", upcoming)


def skip_next(turn: Turn) -> list[EventType]:
    with session_scope(directory.engine()) as session:
        upcoming = plans.skip_next(session, turn.tracker.sender_id, now())
    return _say_next(turn, "utter_check_in_skipping", upcoming)


def end(turn: Turn) -> list[EventType]:
    """At once, without asking why; also what was still to be asked about places it tried."""
    with session_scope(directory.engine()) as session:
        ended = plans.stop(session, turn.tracker.sender_id, now())
    return turn.say("utter_check_in_ended" if ended else "utter_check_in_none")


def running_plan(turn: Turn) -> plans.Plan | None:
    """The family's plan, while it is on or paused."""
    with session_scope(directory.engine(), writes=False) as session:
        plan = plans.plan_of(session, turn.tracker.sender_id)
    return plan if plan and plan.state != "ended" else None


def now() -> datetime:
    return datetime.now(timezone.utc)


def day_in_words(language: str, day: date) -> str:
    """ "Friday, Nov 27", "viernes 27 nov"."""
    weekday = phrase(language, f"day.long.{_WEEKDAYS[day.weekday()]}")
    return _say("date", language, weekday=weekday, month=phrase(language, f"month.{day.month}"), day=day.day)


# --- the steps ----------------------------------------------------------------------------------------------------------


def _ask_to_agree(turn: Turn, draft: Draft) -> list[EventType]:
    return turn.ask(Question(AGREE, draft.codes()), _agreement(turn))


def _agreement(turn: Turn) -> str:
    """The response that is agreed to: check-ins come by text wherever a phone belongs to the conversation."""
    return "utter_check_in_agree_texts" if turn.by_text or _phone_number(turn) else "utter_check_in_agree"


def _next(turn: Turn, draft: Draft) -> list[EventType]:
    """Ask for what is still open, else settle it."""
    if draft.rhythm is None:
        return turn.ask(Question(OFTEN, draft.codes()), "utter_check_in_often")
    if draft.start is None and draft.weekdays is None:
        return turn.ask(Question(HOURS_OF, draft.codes()), "utter_check_in_hours")
    if draft.discreet is None:
        return turn.ask(Question(PHONE, draft.codes()), "utter_check_in_phone")
    if draft.home is None:
        return turn.ask(Question(HOME, draft.codes()), "utter_check_in_home")
    if (zone := draft.zone or _zone(turn)) is None:
        return turn.ask(Question(ZIP, draft.codes()), "utter_check_in_zip")
    return _settle(turn, replace(draft, zone=zone))


def _settle(turn: Turn, draft: Draft) -> list[EventType]:
    """Enrol, or change what is on; where that cannot be, ask for the one thing that is in the way."""
    try:
        with session_scope(directory.engine()) as session:
            plan = _changed(session, turn, draft) if draft.plan else _enrolled(session, turn, draft)
            upcoming = plans.next_check_in(session, plan)
    except plans.NoSafeHours as wrong:
        start, until = (clock(turn.language, minutes) for minutes in (wrong.texts_from, wrong.texts_until))
        turn.dispatcher.utter_message(response="utter_check_in_no_hours", start=start, end=until)
        draft = replace(draft, start=None, end=None, weekdays=None)
        return turn.ask(Question(HOURS_OF, draft.codes()), "utter_check_in_hours")
    except plans.RhythmOver:
        turn.dispatcher.utter_message(response="utter_check_in_long_home")
        return _settle(turn, replace(draft, home=_today(draft.zone)))
    except plans.BadChoice as wrong:
        if wrong.field != "home_on":
            raise
        return turn.ask(Question(HOME, replace(draft, home=None).codes()), "utter_check_in_home")
    done = "utter_check_in_changed" if draft.plan else "utter_check_in_enrolled"
    events = _say_next(turn, done, upcoming, **_in_words(turn, plan))
    if plan.discreet and plan.safe_word_sealed is None and draft.discreet:
        return turn.ask(Question(WORD), "utter_check_in_word")
    return events


def _enrolled(session: Session, turn: Turn, draft: Draft) -> plans.Plan:
    """With the exact words that were agreed to, and the site that invited where the family has none."""
    conversation_id, moment = turn.tracker.sender_id, now()
    choice = plans.Choice(**{**draft.as_fields(), "home_on": draft.home or _today(draft.zone)})
    before = plans.plan_of(session, conversation_id)
    # a family that is enrolled already, or whose turn runs twice, takes no second place of an invitation
    invite_id = before.invite_id if before and before.state != "ended" else None
    if not invite_id and draft.invite and (invite := invites.find(session, directory.sealer(), draft.invite, moment)):
        if invites.use(session, invite):
            invite_id = invite.id
        here = Conversation.id == conversation_id, Conversation.site.is_(None)
        session.execute(update(Conversation).where(*here).values(site=invite.site))
    wording = directory.words().say(_agreement(turn), turn.language, "sms" if turn.by_text else "")
    return plans.enrol(
        session, directory.sealer(), conversation_id, choice, wording=wording, language=turn.language, invite_id=invite_id,
        now=moment,
    )  # fmt: skip


def _changed(session: Session, turn: Turn, draft: Draft) -> plans.Plan:
    return plans.change(session, directory.sealer(), turn.tracker.sender_id, now(), **draft.as_fields())


def _of_agree(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    draft, wishes = Draft.of(about), _wishes(turn)
    if turn.message.values("need"):
        return None
    if turn.text == "more" or turn.number == 3 or turn.meaning == "why" or turn.message.intent == "privacy":
        turn.dispatcher.utter_message(response="utter_check_in_who_sees")
        return _ask_to_agree(turn, draft)
    if turn.text == "agree" or turn.number == 1 or turn.meaning == "yes" or _agrees(turn.text):
        return _next(turn, draft.told(wishes))
    if turn.text == "no" or turn.number == 2 or turn.meaning in ("no", "stop", *_NO_ANSWER) or order_of(turn.text) == STOP:
        return turn.say("utter_check_in_declined")
    if wishes or not draft.missed and turn.message.intent not in _SERVED:
        return _ask_to_agree(turn, replace(draft.told(wishes), missed=not wishes))
    return None


def _of_often(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    draft, wishes = Draft.of(about), _wishes(turn)
    rhythm = {1: "steady", 2: "light"}.get(turn.number or 0) or (turn.text if turn.text in ("steady", "light") else None)
    if turn.number == 3 or turn.text == "own":
        return turn.ask(Question(OFTEN, about), "utter_check_in_own")
    if rhythm is None and (wishes.weekdays and not wishes.rhythm or turn.meaning in ("yes", "skip", "both")):
        rhythm = "steady"
    if rhythm:
        wishes = replace(wishes, rhythm=rhythm)
    return _told(turn, draft, wishes)


def _of_hours(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    draft, wishes = Draft.of(about), _wishes(turn)
    by_number = dict(enumerate(("morning", "afternoon", "evening", "weekend", "any"), 1))
    named = by_number.get(turn.number or 0) or (turn.text if turn.tapped is not None else None)
    if named is None and turn.meaning in ("yes", "skip", "both"):
        named = "any"
    if named == "weekend":
        wishes = replace(wishes, weekdays="56", hours=HOURS["any"])
    elif named in HOURS:
        wishes = replace(wishes, hours=HOURS[named], weekdays=wishes.weekdays or EVERY_DAY)
    elif wishes.hours is None and wishes.weekdays:
        wishes = replace(wishes, hours=HOURS["any"])
    return _told(turn, draft, wishes)


def _of_phone(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    draft, wishes = Draft.of(about), _wishes(turn)
    if wishes.discreet is None:
        if turn.text == "me" or turn.number == 1 or turn.meaning in ("no", "skip"):
            wishes = replace(wishes, discreet=False)
        elif turn.text == "others" or turn.number == 2 or turn.meaning == "yes" or _YES_FIRST.match(turn.text):
            wishes = replace(wishes, discreet=True)
    return _told(turn, draft, wishes)


def _of_home(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    draft = Draft.of(about)
    today = _today(draft.zone or _zone(turn))
    days = {1: 0, 2: 7, 3: 30}.get(turn.number or 0)
    if turn.tapped is not None and turn.tapped.isdigit():
        days = int(turn.tapped)
    if days is None and turn.meaning in ("skip", "yes", "no"):
        days = 0
    wishes = wishes_of(turn.text, today, about="home")
    return _told(turn, draft, wishes if days is None else replace(wishes, home_on=today - timedelta(days=days)))


def _of_zip(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    draft = Draft.of(about)
    if turn.message.values("need"):
        return None
    if zone := _zone(turn):
        return _next(turn, replace(draft, zone=zone))
    if turn.meaning in ("no", "stop", "why", *_NO_ANSWER) or turn.message.intent in ("deny", "unclear", "give_location"):
        turn.dispatcher.utter_message(response="utter_check_in_zone_guessed")
        return _next(turn, replace(draft, zone=_MIDDLE_OF_THE_COUNTRY))
    return None


def _of_word(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """One word of the family's own. What has a meaning of its own elsewhere is none: it would stop texts, or find nobody out."""
    said = _wishes(turn).safe_word or turn.text.strip().strip("\"'.!").casefold()
    if turn.number == 1 or turn.tapped == "none" or turn.meaning in ("no", "stop", *_NO_ANSWER):
        return turn.say("utter_check_in_no_word")
    if running_plan(turn) is None or not re.fullmatch(r"[^\W\d_]{2,24}", said):
        return None
    if said.upper() in reserved_words() or order_of(said) or turn.meaning:
        return turn.ask(Question(WORD), "utter_check_in_other_word")
    with session_scope(directory.engine()) as session:
        plans.change(session, directory.sealer(), turn.tracker.sender_id, now(), safe_word=said)
    return turn.say("utter_check_in_word_kept")


def _of_change(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """What to change, by number or in words; "go on" and "end" where it is paused."""
    plan = running_plan(turn)
    if plan is None or turn.message.values("need"):
        return None
    paused = plan.state == "paused"
    chosen = turn.tapped or dict(enumerate(("resume", "end") if paused else ("often", "hours", "phone", "pause", "end"), 1)).get(
        turn.number or 0
    )
    draft = Draft(plan=True).codes()
    steps: dict[str, Callable[[], list[EventType]]] = {
        "often": lambda: turn.ask(Question(OFTEN, draft), "utter_check_in_often"),
        "hours": lambda: turn.ask(Question(HOURS_OF, draft), "utter_check_in_hours"),
        "phone": lambda: turn.ask(Question(PHONE, draft), "utter_check_in_phone"),
        "pause": lambda: pause(turn, plan),
        "end": lambda: end(turn),
        "resume": lambda: resume(turn),
    }
    if chosen in steps:
        return steps[chosen]()
    if order_of(turn.text) == STOP or turn.meaning == "stop":
        return end(turn)
    wishes = _wishes(turn)
    return change(turn, wishes) if wishes else None


READS: dict[str, Reader] = {
    AGREE: _of_agree, OFTEN: _of_often, HOURS_OF: _of_hours, PHONE: _of_phone, HOME: _of_home, ZIP: _of_zip, WORD: _of_word,
    CHANGE: _of_change,
}  # fmt: skip


# --------------------------------------------------------------------------------------------------------------------


def _told(turn: Turn, draft: Draft, wishes: Wishes) -> list[EventType] | None:
    """On with what was understood; None where the family asks for something else. A step of an enrolment that was agreed to is
    asked once more where nothing was understood, and then does without an answer: nobody is left thinking it is enrolled."""
    if turn.message.values("need"):
        return None
    if not wishes:
        if turn.meaning == "stop" and not draft.plan:
            return turn.say("utter_check_in_declined")
        if draft.plan or turn.message.intent in _SERVED:
            return None
        draft = replace(draft, zone=draft.zone or _zone(turn))
        if turn.message.value("place") or not draft.missed:
            return _next(turn, replace(draft, missed=True))
        return _next(turn, _without_an_answer(draft))
    draft = draft.told(wishes)
    return _settle(turn, draft) if draft.plan else _next(turn, draft)


def _without_an_answer(draft: Draft) -> Draft:
    """The step that is open, as it suits most families; where it is not known who reads the phone, others do."""
    start, end = HOURS["any"]
    if draft.rhythm is None:
        return replace(draft, rhythm="steady", missed=False)
    if draft.start is None and draft.weekdays is None:
        return replace(draft, start=start, end=end, missed=False)
    if draft.discreet is None:
        return replace(draft, discreet=True, missed=False)
    return replace(draft, home=_today(draft.zone), missed=False)


def _wishes(turn: Turn) -> Wishes:
    """What the typed words say; a tapped choice is no words."""
    return wishes_of(turn.text, _today(_zone(turn))) if turn.tapped is None else Wishes()


def _told_before(turn: Turn) -> date | None:
    """The day the kids came home, if the family told the news lately and said when."""
    for event in reversed(turn.tracker.events):
        if event["event"] != "user":
            continue
        intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        if intent == CAME_HOME or tells_the_news(event.get("text") or ""):
            return wishes_of(event.get("text") or "", _today(_zone(turn)), about="home").home_on
    return None


def _zone(turn: Turn) -> str | None:
    """Of the place that is known, else of the phone, where all of its area has one."""
    if (place := turn.request.known_place) and (zone := zone_of(place)):
        return zone
    number = _phone_number(turn)
    zones = zones_of(number) if number else ()
    return zones[0] if len(zones) == 1 else None


def _phone_number(turn: Turn) -> str | None:
    its = select(FamilyPhone.sealed).join(Conversation, Conversation.family_phone_id == FamilyPhone.id)
    with session_scope(directory.engine(), writes=False) as session:
        sealed = session.scalar(its.where(Conversation.id == turn.tracker.sender_id))
    return directory.sealer().open(sealed) if sealed else None


def _today(zone: str | None) -> date:
    return now().astimezone(ZoneInfo(zone or _MIDDLE_OF_THE_COUNTRY)).date()


def _agrees(text: str) -> bool:
    said = re.findall(r"[a-z]+", text.casefold())
    return said[:2] == ["i", "agree"] or bool(said) and said[0] in ("agree", "agreed", "acepto", "aceptamos")


def _say_next(turn: Turn, response: str, upcoming: datetime | None, **values: str) -> list[EventType]:
    if upcoming is None:
        return turn.say("utter_check_in_none_left")
    return turn.say(response, date=day_in_words(turn.language, upcoming.date()), **values)


def _in_words(turn: Turn, plan: plans.Plan) -> dict[str, str]:
    """How often and in which hours."""
    start, close = (clock(turn.language, minutes) for minutes in (plan.window_start, plan.window_end))
    hours = _say("hours", turn.language, start=start, end=close)
    if plan.weekdays != EVERY_DAY:
        names = {"56": "weekends", "01234": "weekdays"}
        days = (
            _say(names[plan.weekdays], turn.language) if plan.weekdays in names else _weekday_names(turn.language, plan.weekdays)
        )
        hours = f"{days}, {hours}"
    return {"often": _often(turn.language, plan), "hours": hours}


def _weekday_names(language: str, weekdays: str) -> str:
    return join(language, [phrase(language, f"day.long.{_WEEKDAYS[int(day)]}") for day in weekdays])


def _often(language: str, plan: plans.Plan) -> str:
    days = plan.every_days
    if days is None:
        return _say(plan.rhythm, language)
    if days in (1, 7, 30):
        return _say({1: "day", 7: "week", 30: "month"}[days], language)
    return _say("days", language, count=days) if days % 7 else _say("weeks", language, count=days // 7)


def _say(key: str, language: str, **values: object) -> str:
    return str(_sayings()[key][language]).format(**values)


@cache
def _sayings() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("check_in_words.yml").read_text(encoding="utf-8"))[
        "say"
    ]
    return found


def _code(value: object) -> str:
    return ("1" if value else "0") if isinstance(value, bool) else str(value)
