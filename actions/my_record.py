"""A family's own record: what it went to is written down as it says so, with its day; the rest is behind a link."""

from __future__ import annotations

from datetime import date, timedelta

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import family_clock
from actions.directory import engine, latest, request_of, sealer
from actions.question import Question
from actions.turn import Reader, Turn
from resources_db.database import session_scope
from resources_db.models.family_record import RecordEntry
from resources_db.record import entries
from resources_db.record.document import day, named, say
from resources_db.record.entries import KINDS, Entry
from resources_db.record.links import make_link
from resources_db.record.reading import Heard, day_in, hear
from resources_db.record.threads import kept_until
from resources_db.settings import load_settings

#: What was just written down (about the ids of the entries); the day of something to write down (about its kind and name) or
#: of an entry that has a wrong one (about _MENDED and its id); which kind it was (about its day).
KEPT, DAY, KIND = "record_kept", "record_day", "record_kind"
_MENDED, _NONE = "mend", "-"
_LEAVES = ("no", "stop", "skip")
#: What is only said, by what was heard.
_SAID = {"missed": "utter_record_missed", "ahead": "utter_record_ahead", "how": "utter_record_how"}
#: A short answer that names a day and little else: "no, friday".
_FEW = 5


class ActionMyRecord(Action):
    def name(self) -> str:
        return "action_my_record"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        turn = Turn(dispatcher, tracker, request_of(tracker), latest(tracker))
        today = _today(turn)
        return _serve(turn, hear(turn.text, today), today)


def _serve(turn: Turn, heard: Heard, today: date) -> list[EventType]:
    if heard.wish == "kept":
        return _keep(turn, heard, today)
    if heard.wish in ("undo", "mend"):
        kind = heard.kinds[0][0] if heard.kinds else None
        with session_scope(engine(), writes=False) as session:
            newest = entries.newest_of(session, sealer(), turn.tracker.sender_id, kind)
        if newest is None:
            return turn.say("utter_record_nothing")
        return _take_off(turn, [newest.id]) if heard.wish == "undo" else _move(turn, newest.id, heard.on, today)
    response = _SAID.get(heard.wish)
    return turn.say(response) if response else link(turn)


def link(turn: Turn) -> list[EventType]:
    """A new link to the record."""
    settings = load_settings()
    with session_scope(engine()) as session:
        zone = family_clock.zone_of_family(session, turn)
        code = make_link(session, sealer(), turn.tracker.sender_id, turn.language, zone.key, family_clock.now())
    return turn.say("utter_record_link", url=f"{settings.public_url}/r/{code}")


def _keep(turn: Turn, heard: Heard, today: date) -> list[EventType]:
    """Write down what was said; ask for what was not."""
    if not heard.kinds:
        return turn.ask(Question(KIND, (heard.on.isoformat() if heard.on else _NONE,)), "utter_record_ask_kind")
    if heard.on is None:
        kind, note = heard.kinds[0]
        return _ask_day(turn, kind, note)
    if heard.on > today:
        return turn.say("utter_record_ahead")
    with session_scope(engine()) as session:
        first = entries.newest_of(session, sealer(), turn.tracker.sender_id) is None
        kept = [
            entries.add(session, sealer(), turn.tracker.sender_id, kind, heard.on, note, family_clock.now())
            for kind, note in heard.kinds
        ]
    return _tell(turn, kept, first=first)


def _tell(turn: Turn, kept: list[Entry], *, first: bool = False) -> list[EventType]:
    if first:
        with session_scope(engine(), writes=False) as session:
            until = kept_until(session, turn.tracker.sender_id, RecordEntry)
            zone = family_clock.zone_of_family(session, turn)
        if until:
            said = day(until.astimezone(zone).date(), turn.language)
            turn.dispatcher.utter_message(response="utter_record_first", until=said)
    about = tuple(entry.id for entry in kept)
    return turn.ask(Question(KEPT, about), "utter_record_kept", what=_named(kept, turn.language))


def _take_off(turn: Turn, ids: list[str]) -> list[EventType]:
    with session_scope(engine()) as session:
        gone = [entry for one in ids if (entry := entries.entry_of(session, sealer(), turn.tracker.sender_id, one))]
        for entry in gone:
            entries.take_off(session, turn.tracker.sender_id, entry.id)
    return turn.say("utter_record_taken_off", what=_named(gone, turn.language)) if gone else turn.say("utter_record_nothing")


def _named(kept: list[Entry], language: str) -> str:
    """ "Class (Parenting class), Sat, Nov 21, 2026", and so on."""
    return "; ".join(
        f"{say(f'kinds.{entry.kind}', language)}{f' ({named(entry.note)})' if entry.note else ''}, {day(entry.on_date, language)}"
        for entry in kept
    )


def _ask_day(turn: Turn, kind: str, note: str | None) -> list[EventType]:
    """Which day: of something of this `kind`, with its name, or of an entry by its id."""
    return turn.ask(Question(DAY, (kind, (note or _NONE).replace(" ", "_"))), "utter_record_ask_day")


def _of_kept(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """What may follow "I wrote it down": undo, another day, or nothing of the kind."""
    if turn.message.intent == "my_plan":
        return None  # "delete my plan" is about another thing
    today = _today(turn)
    heard = hear(turn.text, today)
    if turn.tapped == "undo" or turn.number == 1 or turn.tapped is None and heard.wish == "undo" and not heard.kinds:
        return _take_off(turn, list(about))
    if (
        turn.tapped == "day"
        or turn.number == 2
        or turn.tapped is None
        and (heard.wish == "mend" or turn.meaning in ("no", "wrong"))
    ):
        return _move(turn, about[0], day_in(turn.text, today), today)
    if turn.tapped is None and not heard.kinds and len(turn.text.split()) <= _FEW and (on := day_in(turn.text, today)):
        return _move(turn, about[0], on, today)
    return link(turn) if turn.number == 3 else None


def _move(turn: Turn, entry_id: str, on: date | None, today: date) -> list[EventType]:
    """Give an entry its right day, or ask for it."""
    if on is None:
        return _ask_day(turn, _MENDED, entry_id)
    if on > today:
        return turn.say("utter_record_ahead")
    with session_scope(engine()) as session:
        entry = entries.entry_of(session, sealer(), turn.tracker.sender_id, entry_id)
        if entry is None:
            return turn.say("utter_record_nothing")
        entries.take_off(session, turn.tracker.sender_id, entry.id)
        moved = entries.add(session, sealer(), turn.tracker.sender_id, entry.kind, on, entry.note, family_clock.now())
    return _tell(turn, [moved])


def _of_day(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    kind, named_as = about
    today = _today(turn)
    if turn.tapped == "leave" or turn.number == 3 or turn.tapped is None and turn.meaning in _LEAVES:
        return turn.say("utter_record_not_written")
    chosen = {"today": today, "yesterday": today - timedelta(1), "1": today, "2": today - timedelta(1)}
    on = chosen.get(turn.tapped or str(turn.number)) or (day_in(turn.text, today) if turn.tapped is None else None)
    if on is None or turn.message.values("need"):
        return None
    if kind == _MENDED:
        return _move(turn, named_as, on, today)
    note = None if named_as == _NONE else named_as.replace("_", " ")
    return _keep(turn, Heard("kept", ((kind, note),), on), today)


def _of_kind(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    today = _today(turn)
    if turn.tapped == "leave" or turn.number == len(KINDS) + 1 or turn.tapped is None and turn.meaning in _LEAVES:
        return turn.say("utter_record_not_written")
    heard = hear(turn.text, today)
    by_number = KINDS[turn.number - 1] if turn.number and turn.number <= len(KINDS) else turn.tapped
    kinds = ((by_number, None),) if by_number in KINDS else heard.kinds
    if not kinds or turn.message.values("need"):
        return None
    on = heard.on or (None if about[0] == _NONE else date.fromisoformat(about[0]))
    return _keep(turn, Heard("kept", kinds, on), today)


def _today(turn: Turn) -> date:
    with session_scope(engine(), writes=False) as session:
        return family_clock.now().astimezone(family_clock.zone_of_family(session, turn)).date()


#: Question kind → how it is read.
READS: dict[str, Reader] = {KEPT: _of_kept, DAY: _of_day, KIND: _of_kind}
