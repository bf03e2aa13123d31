"""What a family does with a listing, and what came of it: that it will call, that it got help, that nobody answers.

A place that did not help is answered with the next one in the same turn, and with the question why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy.orm import Session

from actions import asking_back, directory, person, requests
from actions.details import listings, phones
from actions.directory import latest, request_of
from actions.find_services import find, local_now, remember, search, shown
from actions.presenting import name_needs, show
from actions.question import FOLLOW_UP, Question
from actions.referral_words import CALL, NOT_YET, PARTNER, REQUEST, TAKE_BACK, Heard, heard
from actions.turn import Reader, Turn
from actions.ways import WAY, buttons, offer_ways, opened
from resources_db.database import session_scope
from resources_db.geo.names import plain
from resources_db.match import Match
from resources_db.models.check_in import ScheduledContact
from resources_db.models.referral import Referral
from resources_db.referrals import ledger
from resources_db.referrals.ledger import NotAfterThat
from resources_db.referrals.vocabulary import (
    ACCEPTED,
    CONTACTED,
    COULDNT_GET_HELP,
    GOT_HELP,
    NO_LONGER_NEEDED,
    WAITLISTED,
    barriers,
    likely_barriers,
    statuses,
)
from resources_db.search import matches_by_id

#: What came of it; why not; which of several is meant, about what was said of it.
HOW, WHY, WHICH = "referral_how", "referral_why", "referral_which"
#: Answers to "did it work out?", in the order of their numbers.
_NO = "no"
_OUTCOMES = (GOT_HELP, NOT_YET, _NO)
#: What is said to progress.
_PROGRESS = {
    CONTACTED: "utter_referral_contacted", ACCEPTED: "utter_referral_accepted", WAITLISTED: "utter_referral_waitlisted",
}  # fmt: skip
#: From what we say to a family to what it says of itself (resources_db/taxonomy/needs.yml).
_MINE = {"en": {"your": "my", "you": "me"}, "es": {"tus": "mis", "ti": "mí", "quedarte": "quedarme"}}
_SOMETHING = {"en": "something", "es": "algo"}
#: What listings write where no document is needed.
_NOTHING = re.compile(r"(nothing|none|no documents?|nada|ningun[oa]?|no se (pide|necesita))\b", re.IGNORECASE)
#: More than anybody can choose from; documents that a text has room for.
_MOST, _FEW = 5, 3


class ActionReferral(Action):
    """Intent `referral`: words about a place, without a question of ours."""

    def name(self) -> str:
        return "action_referral"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        turn = Turn(dispatcher, tracker, request_of(tracker), latest(tracker))
        said = heard(turn.text)
        if person.wants_back(turn) or said == Heard(TAKE_BACK):
            return person.take_back(turn)
        if said is not None and said.way is not None:
            return _go_about(turn, said.way)
        about = _about_which(turn)
        if len(about) > 1:
            return _ask_which(turn, said, about)
        if about:
            return _take(turn, about[0], said)
        return _of_no_place(turn, said)


def _go_about(turn: Turn, way: str) -> list[EventType]:
    """A way to go about a place, named or just shown."""
    match = _listing_meant(turn)
    if match is not None and (referral_id := opened(turn, match)):
        turn = replace(turn, request=replace(turn.request, current=_id_of(match)))
        return _go(turn, referral_id, way)
    about = _about_which(turn)
    if len(about) == 1:
        return _go(turn, about[0], way)
    if about:
        return _ask_which(turn, Heard(way), about)
    if turn.request.shown:
        return turn.say("utter_no_such_number", count=len(turn.request.shown))
    return turn.say("utter_nothing_shown")


def _go(turn: Turn, referral_id: str, way: str, *, phone_is_told: bool = False) -> list[EventType]:
    if way == REQUEST:
        return requests.start(turn, referral_id)
    if way == PARTNER:
        return person.ask_for_call(turn, referral_id)
    with session_scope(directory.engine()) as session:
        referral = session.get(Referral, referral_id)
        match = _match_of(session, turn, referral) if referral else None
        if referral is None or match is None or not statuses()[referral.status].is_open:
            return turn.say("utter_ask_needs")
        ledger.go(session, referral, "call", follow_up_wording=None, now=_now())
        needs = _in_my_words(referral.need, turn.language)
    line = f"• {match.service}: {phones(match)}"
    if not match.phones:
        turn.dispatcher.utter_message(response="utter_referral_no_phone", lines=line)
        return asking_back.ask_back(turn, referral_id)
    if not phone_is_told:
        turn.dispatcher.utter_message(response="utter_phones", lines=line)
    told = {"service": match.service, "needs": needs}
    if documents := [text.rstrip(". ") for text in match.documents if not _NOTHING.match(text)]:
        names = ", ".join(documents[: _FEW if turn.by_text else None])
        turn.dispatcher.utter_message(response="utter_referral_call_documents", names=names, **told)
    else:
        turn.dispatcher.utter_message(response="utter_referral_call", **told)
    return asking_back.ask_back(turn, referral_id)


def _in_my_words(need: str, language: str) -> str:
    """A need as the family itself says it: "things for my kids"."""
    if need == "other":
        return _SOMETHING[language]
    return re.sub(r"\w+", lambda word: _MINE[language].get(word[0], word[0]), name_needs([need], language))


def _take(turn: Turn, referral_id: str, said: Heard | None) -> list[EventType]:
    """Write down what was said of a referral, and answer it."""
    with session_scope(directory.engine()) as session:
        referral = session.get(Referral, referral_id)
        if referral is None:
            return _of_no_place(turn, said)
        match, need = _match_of(session, turn, referral), referral.need
        told_no = _others_said_no(session, referral)
        if said is not None and said.status is not None and not (told_no and said == Heard(COULDNT_GET_HELP)):
            barrier = said.barrier.code if said.barrier else None
            with suppress(NotAfterThat):  # an old question, of which the answer is known
                ledger.note(session, referral, said.status, "family", _now(), barrier=barrier)
    if said is None:
        service = match.service if match else name_needs([need], turn.language)
        return turn.ask(Question(HOW, (referral_id,)), "utter_referral_how", service=service)
    if said.what == GOT_HELP:
        return turn.say("utter_referral_got_help")
    if said.what == NOT_YET:
        return turn.say("utter_referral_not_yet")
    if said.status == NO_LONGER_NEEDED:
        return turn.say("utter_referral_not_needed")
    if said.status in _PROGRESS:
        return turn.say(_PROGRESS[said.status])
    return _next(turn, referral_id, why_is_known=told_no or said.barrier is not None)


def _others_said_no(session: Session, referral: Referral) -> bool:
    """Whether somebody else than the family said last that it did not work out."""
    newest = ledger.events_of(session, referral.id)[-1]
    return newest.said_by != "family" and statuses()[newest.status].outcome == "unmet"


def _next(turn: Turn, referral_id: str, *, why_is_known: bool) -> list[EventType]:
    """The next place for the same need, without those that did not help; and why this one did not, if that is not known."""
    with session_scope(directory.engine(), writes=False) as session:
        referral = session.get_one(Referral, referral_id)
        family = ledger.referrals_of(session, referral.conversation_id)
        tried = {one.service_at_location_id or one.service_id for one in family if one is referral or _is_tried(one)}
        need, way = referral.need, referral.way
    request = replace(turn.request, needs=(need,), when=None, doubtful=None)
    turn = replace(turn, request=request)
    place = request.known_place
    if place is None:
        turn.dispatcher.utter_message(response="utter_referral_where_next")
        return find(turn.dispatcher, turn.tracker, replace(request, answered=False, shown=(), seen=(), current=None))
    result = search(turn.tracker, request, exclude=tuple(tried))
    result = replace(result, matches=result.matches[:1])
    needs = name_needs([need], turn.language)
    if result.matches:
        show(turn.dispatcher, "utter_referral_next", result.matches, needs=needs)
        turn = replace(turn, request=shown(request, result))
    else:
        turn.dispatcher.utter_message(response="utter_referral_no_next", needs=needs, place=place.label)
    if why_is_known:
        offered = offer_ways(turn, result.matches[0]) if result.matches else None
        return remember(turn.tracker, turn.request) if offered is None else offered
    question = Question(WHY, (referral_id,))
    choices = [(barrier.code, barrier.label[turn.language]) for barrier in likely_barriers(way)]
    return turn.ask(question, "utter_referral_why", buttons=buttons(question, choices))


def _is_tried(referral: Referral) -> bool:
    """Whether there is no use in offering it: it did not help, or the family goes about it already."""
    status = statuses()[referral.status]
    return status.outcome == "unmet" or status.code == NO_LONGER_NEEDED or status.is_open and referral.way is not None


def _of_no_place(turn: Turn, said: Heard | None) -> list[EventType]:
    """Something is said of a place of which nothing is written down."""
    if said is not None and said.what == GOT_HELP:
        return turn.say("utter_referral_got_help")
    if said is not None and said.status in _PROGRESS:
        return turn.say(_PROGRESS[said.status])
    if said is not None and said.what == NOT_YET:
        return turn.say("utter_referral_later")
    return turn.say("utter_ask_needs")


def _ask_which(turn: Turn, said: Heard | None, about: Sequence[str]) -> list[EventType]:
    question = Question(WHICH, (said.what if said else "-",))
    with session_scope(directory.engine(), writes=False) as session:
        names = [(one, _name_of(session, turn, session.get_one(Referral, one))) for one in about]
    return turn.ask(question, "utter_referral_which", buttons=buttons(question, names))


# --- answers to our own questions -----------------------------------------------------------------------------------


def _of_way(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    if turn.tapped is not None:
        return _go(turn, about[0], turn.tapped, phone_is_told=True)
    if turn.message.values("need") or turn.number is not None:
        return None
    said = _said(turn)
    if said is not None and said.way is not None:
        return _go(turn, about[0], said.way, phone_is_told=True)
    if said is not None and not turn.message.intent.startswith("ask_"):
        return _take(turn, about[0], said)
    if turn.meaning in ("yes", "no", "have", "skip", "stop"):
        return _go(turn, about[0], CALL, phone_is_told=True) if turn.meaning == "yes" else turn.say("utter_referral_later")
    return None


def _of_how(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """Answers to a follow-up, which names its contact first, and to the same question within a turn."""
    with session_scope(directory.engine()) as session:
        referral = session.get(Referral, about[-1])
        said = _outcome(turn, referral.need) if referral else None
        if said is None:
            return None
        contact = session.get(ScheduledContact, about[0])
        if contact is not None and contact.answered_at is None:
            contact.answered_at = _now()
    return _take(turn, about[-1], said)


def _outcome(turn: Turn, need: str) -> Heard | None:
    """What is said of a place for this need; to name another need is no answer."""
    answer = turn.tapped
    if answer is None and turn.number is not None and 1 <= turn.number <= len(_OUTCOMES):
        answer = _OUTCOMES[turn.number - 1]
    if answer is not None:
        return Heard(COULDNT_GET_HELP if answer == _NO else answer)
    if not {need}.issuperset(turn.message.values("need")):
        return None
    said = _said(turn)
    if said is not None:
        return said if said.way is None else Heard(NOT_YET)
    return {"yes": Heard(GOT_HELP), "no": Heard(COULDNT_GET_HELP), "skip": Heard(NOT_YET)}.get(turn.meaning or "")


def _said(turn: Turn) -> Heard | None:
    """What a message says of a place; not a question about a fact ("cobran?"), nor about something else."""
    said = heard(turn.text)
    if turn.message.intent.startswith("ask_") and "?" in turn.text or said == Heard(TAKE_BACK):
        return None
    return said


def _of_why(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    code = _barrier(turn, about[0])
    if code is None:
        return None
    barrier = barriers()[code]
    with session_scope(directory.engine()) as session:
        referral = session.get(Referral, about[0])
        if referral is not None:
            with suppress(NotAfterThat):
                ledger.note(session, referral, barrier.status, "family", _now(), barrier=code)
        failed = (referral.service_at_location_id or referral.service_id) if referral else None
    if barrier.status == NO_LONGER_NEEDED:
        return turn.say("utter_referral_not_needed")
    turn.dispatcher.utter_message(response="utter_referral_why_checked" if barrier.checked else "utter_referral_why_thanks")
    following = listings(turn.request, turn.language) if turn.request.current not in (None, failed) else ()
    offered = offer_ways(turn, following[0]) if following else None
    return remember(turn.tracker, turn.request) if offered is None else offered


def _barrier(turn: Turn, referral_id: str) -> str | None:
    if turn.tapped is not None:
        return turn.tapped if turn.tapped in barriers() else None
    if turn.number is not None:
        with session_scope(directory.engine(), writes=False) as session:
            referral = session.get(Referral, referral_id)
            likely = likely_barriers(referral.way if referral else None)
        return likely[turn.number - 1].code if 1 <= turn.number <= len(likely) else None
    if turn.message.values("need"):
        return None
    said = _said(turn)
    if said is not None and said.barrier is not None:
        return said.barrier.code
    return "other" if said is None and turn.meaning in ("skip", "other") else None


def _of_which(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    candidates = _open(turn)
    chosen = turn.tapped
    if chosen is None and turn.number is not None and 1 <= turn.number <= len(candidates):
        chosen = candidates[turn.number - 1]
    if chosen is None:
        named = _named(turn, candidates)
        chosen = named[0] if len(named) == 1 else None
    if chosen is None:
        return None
    said = None if about[0] == "-" else Heard(about[0])
    return _go(turn, chosen, said.what) if said is not None and said.way is not None else _take(turn, chosen, said)


# --- which place is meant -------------------------------------------------------------------------------------------


def _about_which(turn: Turn) -> list[str]:
    """Ids of the referrals that a message may be about: the one it numbers or names, else what the family goes about, else
    what it last looked at, else what did not help before."""
    match = _listing_meant(turn)
    if match is not None and turn.message.value("choice") and (referral_id := opened(turn, match)):
        return [referral_id]
    found = _open(turn)
    if named := _named(turn, found):
        return named
    if found:
        return found
    with session_scope(directory.engine(), writes=False) as session:
        closed = [
            (one.id, one.service_at_location_id or one.service_id)
            for one in ledger.referrals_of(session, turn.tracker.sender_id)
            if statuses()[one.status].next
        ]
    if match is None:
        return [referral_id for referral_id, _ in closed[:1]]
    # of a place that did not help before, something else may be said by now
    again = next((referral_id for referral_id, listing in closed if listing == _id_of(match)), None) or opened(turn, match)
    return [again] if again else []


def _open(turn: Turn) -> list[str]:
    """The open referrals the family goes about, the newest first; else those it only looked at."""
    with session_scope(directory.engine(), writes=False) as session:
        found = ledger.open_referrals(session, turn.tracker.sender_id)
        return [one.id for one in found if one.way][:_MOST] or [one.id for one in found[:1]]


def _named(turn: Turn, referral_ids: Sequence[str]) -> list[str]:
    """Those whose name or need the message says a word of that no other has."""
    said = _words(turn.text)
    if len(referral_ids) < 2 or not said:
        return []
    with session_scope(directory.engine(), writes=False) as session:
        words = {}
        for one in referral_ids:
            referral = session.get_one(Referral, one)
            words[one] = _words(f"{_name_of(session, turn, referral)} {name_needs([referral.need], turn.language)}")
    score = {one: len(said & own) for one, own in words.items()}
    best = max(score.values())
    found = [one for one in referral_ids if best and score[one] == best]
    return found if len(found) == 1 else []


def _listing_meant(turn: Turn) -> Match | None:
    """The listing of the list that is meant: by number, by name, the one talked about, or the only one."""
    request, choice = turn.request, turn.message.value("choice")
    if not request.shown:
        return None
    if choice is not None:
        if not (choice == -1 or 1 <= choice <= len(request.shown)):
            return None
        request = replace(request, current=request.shown[choice if choice == -1 else choice - 1])
    matches = listings(request, turn.language)
    if len(matches) == 1:
        return matches[0]
    said = _words(turn.text)
    score = [len(said & _words(match.service)) for match in matches]
    best = max(score, default=0)
    return matches[score.index(best)] if best and score.count(best) == 1 else None


def _match_of(session: Session, turn: Turn, referral: Referral) -> Match | None:
    """The listing as it is now; None when it is gone."""
    request = turn.request
    found = matches_by_id(
        session, (referral.service_at_location_id or referral.service_id,), origin=request.known_place, language=turn.language,
        ages=request.ages, now=local_now(request), needs=(referral.need,),
    )  # fmt: skip
    return found[0] if found else None


def _name_of(session: Session, turn: Turn, referral: Referral) -> str:
    match = _match_of(session, turn, referral)
    return match.service if match else name_needs([referral.need], turn.language)


def _id_of(match: Match) -> str:
    return match.service_at_location_id or match.service_id


def _words(text: str) -> set[str]:
    """Words that can name a place."""
    return {word for word in re.findall(r"[a-z0-9]+", plain(text)) if len(word) > 3}


def _now() -> datetime:
    return datetime.now(timezone.utc)


#: Question kind → how it is read.
READS: dict[str, Reader] = {
    WAY: _of_way, FOLLOW_UP: _of_how, HOW: _of_how, WHY: _of_why, WHICH: _of_which, **asking_back.READS,
}  # fmt: skip
