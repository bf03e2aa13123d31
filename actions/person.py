"""A person to talk to: 211 and 988 at once, people near the family, and a parent partner who calls when that is agreed.

What would be shared is shown word for word before, and can be looked at and taken back after.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions import asking_back, directory, requests
from actions.directory import latest, request_of
from actions.find_services import remember, search, shown
from actions.presenting import name_of, show
from actions.question import Question
from actions.turn import Reader, Turn
from resources_db.conversations import Conversation as Thread
from resources_db.conversations import lock_conversation
from resources_db.database import session_scope
from resources_db.geo.names import plain
from resources_db.geo.timezones import zone_of
from resources_db.models.call_request import CallRequest
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.outgoing_email import OutgoingEmail
from resources_db.models.referral import Referral
from resources_db.models.share import Share
from resources_db.models.staff_member import StaffMember
from resources_db.models.staff_task import StaffTask
from resources_db.people import shares
from resources_db.people.calls import MOVED, WITH_PARTNER, WITH_TEAM, Asked, NoLongerFree, NoPhone, as_asked, ask_call, open_call
from resources_db.people.hours import FamilyHours, hours_of_family, say_promise
from resources_db.people.matching import Partner, any_partner, best_partner, free_partners
from resources_db.people.shares import Shared
from resources_db.people.tags import load_tags, tags_in
from resources_db.phone_codes import touches_violence
from resources_db.program.counting import count
from resources_db.referrals import ledger
from resources_db.settings import load_settings
from resources_db.sms.gsm import fold
from resources_db.taxonomy.needs import load_needs
from resources_db.wording import calendar_date, phrase

PEOPLE = ("peer_support", "family_resource_center")

#: Questions. An offer, about (partner, referral, mark of the words that were shown); the same while there is no phone; the
#: team's; which other person. A call that is open, or was just promised: about (its id,). What to take back.
OFFER, NEEDS_PHONE, TEAM, TEAM_NEEDS_PHONE, WHO = "call_offer", "call_phone", "call_team", "call_team_phone", "call_who"
OPEN, SET, SHARES = "call_open", "call_set", "shares"
#: In the place of a referral where there is none.
_NONE = "-"
_AGREE, _ELSE, _NO, _BACK = "agree", "else", "no", "back"
_ANYONE = "anyone"
_MEANS = {"yes": _AGREE, "no": _NO, "have": _NO, "skip": _NO, "stop": _NO, "other": _ELSE}
#: To "is that still good?": a call is not called off by "not sure", or by "we're all set".
_STILL = {"yes": _AGREE, "have": _AGREE, "no": _BACK, "stop": _BACK}

#: What somebody who calls is never told that a family looked for.
_NOT_TOLD = frozenset({"domestic_violence", "treatment", "mental_health", "legal", "visitation", "other", *PEOPLE})
_MOST_LIVES = 5
_PAST_SHOWN = 3
_INTRO_BY_TEXT = 140
#: Speaks of a person, and not of oneself: "someone who's been in recovery".
_SOMEONE = re.compile(
    r"\b(someone|somebody|anyone|anybody|person|people|partner|who|alguien|persona|personas|quien|que haya|que sea)\b"
)
#: Asks what was shared by this family, and not what Homeward does with what it hears.
_OWN_SHARES = re.compile(
    r"\b(i shared?|did i share|have i shared|i am sharing|im sharing|am i sharing|my shares|what i shared|who looked|"
    r"comparti|comparto|he compartido|estoy compartiendo|quien miro|quien lo vio|quien vio)\b"
)


class ActionFindPerson(Action):
    def name(self) -> str:
        return "action_find_person"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        turn = Turn(dispatcher, tracker, request_of(tracker), latest(tracker))
        _count_asked(turn)
        dispatcher.utter_message(response="utter_person")
        if turn.request.known_place is None:
            dispatcher.utter_message(response="utter_person_where")
            turn = replace(turn, request=replace(turn.request, needs=turn.request.needs or PEOPLE))
        else:
            turn = _show_near(turn)
        offered = _offer(turn, None, tags=tags_in(turn.text))
        return remember(tracker, turn.request) if offered is None else offered


class ActionPrivacy(Action):
    """Who sees what a family writes, and what it shares itself."""

    def name(self) -> str:
        return "action_privacy"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        turn = Turn(dispatcher, tracker, request_of(tracker), latest(tracker))
        if wants_back(turn):
            return take_back(turn)
        shared = _shares(turn)
        if _OWN_SHARES.search(plain(turn.text)):
            return _say_shares(turn, shared)
        dispatcher.utter_message(response="utter_privacy")
        return _say_shares(turn, shared) if _live(shared) else []


def ask_for_call(turn: Turn, referral_id: str) -> list[EventType]:
    """Offer that a parent partner calls about a referral; where nobody can, 211 and 988."""
    offered = _offer(turn, referral_id)
    return turn.say("utter_person") if offered is None else offered


def wants_back(turn: Turn) -> bool:
    """Whether the family says that something it shared should be shared no longer."""
    return turn.tapped is None and (turn.meaning == "take_back" or requests.is_take_back(turn.text))


def take_back(turn: Turn) -> list[EventType]:
    """Take back what is shared: the only thing at once; of several, the family says which."""
    live = _live(_shares(turn))
    if len(live) == 1:
        return _revoke(turn, live[0].id)
    return _say_shares(turn, live)


def _show_near(turn: Turn) -> Turn:
    """People near the family's place, if any; what was asked for before stays the request, and the numbers now mean these."""
    place = turn.request.known_place
    found = replace(turn.request, needs=PEOPLE, when=None)
    result = search(turn.tracker, found)
    if place is None or not result.matches:
        return turn
    show(turn.dispatcher, "utter_person_near", result.matches, place=place.label)
    return replace(turn, request=replace(shown(found, result), needs=turn.request.needs or PEOPLE))


# ---- offering ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Family:
    """`ending`: the last two digits of its phone, None without one. `careful`: somebody else may pick it up."""

    id: str
    site: str | None
    hours: FamilyHours
    place_zone: str | None
    ending: str | None
    topic: str
    careful: bool


def _family(session: Session, turn: Turn, referral_id: str | None) -> _Family | None:
    """None when the conversation is gone."""
    row = session.get(Conversation, turn.tracker.sender_id)
    if row is None:
        return None
    place = turn.request.known_place
    zone = zone_of(place) if place else None
    hours = hours_of_family(session, directory.sealer(), row.id, zone)
    phone = session.get(FamilyPhone, row.family_phone_id) if row.family_phone_id else None
    ending = directory.sealer().open(phone.sealed)[-2:] if phone else None
    referral = session.get(Referral, referral_id) if referral_id else None
    needs = (referral.need,) if referral else turn.request.needs
    careful = hours.discreet or touches_violence(session, Thread(row.id, row.language, row.expires_at))
    return _Family(row.id, row.site, hours, zone, ending, _topic(needs, turn.language), careful)


def _topic(needs: Sequence[str], language: str) -> str:
    """What it is about, in the name of a need and no more; nothing that others could hold against the family."""
    told = next((code for code in needs if code not in _NOT_TOLD and code in load_needs()), None)
    return directory.words().say("utter_call_topic", language) if told is None else name_of(told, language)


def _shared_text(family: _Family, turn: Turn) -> str:
    """The words that are shared, as they are shown."""
    response = "utter_call_shared_careful" if family.careful else "utter_call_shared"
    text = directory.words().say(response, turn.language, ending=family.ending, topic=family.topic)
    return fold(text) if turn.by_text else text


def _offer(
    turn: Turn, referral_id: str | None, *, tags: Collection[str] = (), but: Collection[str] = (), only: str | None = None
) -> list[EventType] | None:
    """Offer a partner to call, the partner `only`, or the team; None when there is nobody to offer, or no way to call.

    With a call still to be made, say that instead."""
    now = _now()
    with session_scope(directory.engine(), writes=False) as session:
        family = _family(session, turn, referral_id)
        if family is None or (family.ending is None and load_settings().carrier is None):
            return None
        there = open_call(session, family.id)
        if there is not None:
            return _say_open(turn, as_asked(session, there, family.hours), now)
        partner = _find(session, family, turn, now, only=only) if only else None
        partner = partner or _find(session, family, turn, now, tags=tags, but=but)
        if partner is None and not any_partner(session, family.site):
            return None
    if partner is None:
        return _offer_team(turn, family, referral_id)
    if tags and not partner.tags & set(tags):
        turn.dispatcher.utter_message(response="utter_call_nobody_like")
    _introduce(turn, partner, tags, now)
    about = partner.id, referral_id or _NONE
    if family.ending is None:
        return turn.ask(Question(NEEDS_PHONE, about), "utter_call_needs_phone", partner=partner.name)
    shared = _shared_text(family, turn)
    return turn.ask(Question(OFFER, (*about, _mark(shared))), "utter_call_share", partner=partner.name, shared=shared)


def _offer_team(turn: Turn, family: _Family, referral_id: str | None) -> list[EventType]:
    about = referral_id or _NONE
    if family.ending is None:
        return turn.ask(Question(TEAM_NEEDS_PHONE, (about,)), "utter_call_team_needs_phone")
    shared = _shared_text(family, turn)
    return turn.ask(Question(TEAM, (about, _mark(shared))), "utter_call_team_offer", shared=shared)


def _find(
    session: Session, family: _Family, turn: Turn, now: datetime, *, tags: Collection[str] = (), but: Collection[str] = (),
    only: str | None = None,
) -> Partner | None:  # fmt: skip
    if only is not None:
        return next((partner for partner in _free(session, family, turn, now) if partner.id == only), None)
    return best_partner(
        session, language=turn.language, tags=tags, site=family.site, now=now, family=family.hours, but=but,
        conversation_id=family.id,
    )  # fmt: skip


def _free(session: Session, family: _Family, turn: Turn, now: datetime, but: Collection[str] = ()) -> list[Partner]:
    return free_partners(
        session, language=turn.language, site=family.site, now=now, family=family.hours, but=but, conversation_id=family.id
    )


def _introduce(turn: Turn, partner: Partner, tags: Collection[str], now: datetime) -> None:
    by = say_promise(partner.promised_by, now.astimezone(partner.promised_by.tzinfo), turn.language)
    lived = next((tag.name[turn.language] for code, tag in load_tags().items() if code in partner.tags and code in tags), None)
    if lived:
        turn.dispatcher.utter_message(response="utter_call_offer_like", partner=partner.name, lived=lived, by=by)
    else:
        turn.dispatcher.utter_message(response="utter_call_offer", partner=partner.name, by=by)
    if intro := partner.introduced(turn.language):
        short = textwrap.shorten(intro, _INTRO_BY_TEXT, placeholder="...") if turn.by_text else intro
        turn.dispatcher.utter_message(response="utter_call_intro", partner=partner.name, intro=short)


# ---- answers to an offer -------------------------------------------------------------------------------------------


def _of_offer(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    partner_id, referral, mark = about
    answer = _answer(turn, (_AGREE, _ELSE, _NO))
    if _is_place(turn):
        return _offer(_show_near(turn), _id(referral), only=partner_id)
    if answer is None and (tags := _wished(turn)):
        return _offer(turn, _id(referral), tags=tags)
    if answer == _AGREE:
        return _agree(turn, partner_id, _id(referral), mark)
    if answer == _ELSE:
        return _ask_who(turn, partner_id, _id(referral))
    return turn.say("utter_call_declined") if answer in (_NO, _BACK) else None


def _of_needs_phone(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    answer = _answer(turn, (_AGREE, _NO))
    if _is_place(turn):
        return _offer(_show_near(turn), _id(about[1]), only=about[0])
    if answer == _AGREE:
        return _offer(turn, _id(about[1]), only=about[0])
    return turn.say("utter_call_declined") if answer in (_NO, _BACK) else None


def _of_team(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    answer = _answer(turn, (_AGREE, _NO))
    if _is_place(turn):
        return _offer(_show_near(turn), _id(about[0]))
    if answer == _AGREE:
        return _agree(turn, None, _id(about[0]), about[1])
    return turn.say("utter_call_declined") if answer in (_NO, _BACK) else None


def _of_team_needs_phone(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    answer = _answer(turn, (_AGREE, _NO))
    if _is_place(turn):
        return _offer(_show_near(turn), _id(about[0]))
    if answer == _AGREE:
        return _offer(turn, _id(about[0]))
    return turn.say("utter_call_declined") if answer in (_NO, _BACK) else None


def _agree(turn: Turn, partner_id: str | None, referral_id: str | None, mark: str) -> list[EventType] | None:
    """Share what was shown, and nothing that was not: if it would read otherwise by now, it is shown anew."""
    now, words = _now(), directory.words()
    with session_scope(directory.engine()) as session:
        lock_conversation(session, turn.tracker.sender_id)
        family = _family(session, turn, referral_id)
        if family is None:
            return None
        partner = _find(session, family, turn, now, only=partner_id) if partner_id else None
        shared = _shared_text(family, turn)
        try:
            if partner_id and partner is None:
                raise NoLongerFree("no longer free")
            if _mark(shared) != mark:
                raise _ReadsOtherwise
            whom = words.say(WITH_PARTNER if partner else WITH_TEAM, turn.language, partner=partner.name if partner else "")
            asked = ask_call(
                session, directory.sealer(), family.id, partner=partner, shared_text=shared, with_whom=whom,
                referral_id=referral_id, place_zone=family.place_zone, now=now,
            )  # fmt: skip
        except (NoLongerFree, NoPhone, _ReadsOtherwise):
            asked = None
        else:
            _go_on_with_referral(session, referral_id, now)
    if asked is None:
        only = partner.id if partner else None
        if partner_id and partner is None:
            turn.dispatcher.utter_message(response="utter_call_just_taken", partner=_name(partner_id))
        return _offer(turn, referral_id, only=only)
    return _confirm(turn, asked, family, referral_id, now)


class _ReadsOtherwise(Exception):
    """What would be shared is no longer what was shown."""


def _confirm(turn: Turn, asked: Asked, family: _Family, referral_id: str | None, now: datetime) -> list[EventType]:
    if asked.partner is None or asked.promised_by is None:
        said, values = "utter_call_team_asked", {}
    else:
        said = "utter_call_promised_careful" if family.careful else "utter_call_promised"
        by = say_promise(asked.promised_by, now.astimezone(asked.promised_by.tzinfo), turn.language)
        values = {"partner": asked.partner.name, "by": by}
    if referral_id:
        turn.dispatcher.utter_message(response=said, **values)
        return asking_back.ask_back(turn, referral_id)
    return turn.ask(Question(SET, (asked.call_id,)), said, **values)


def _go_on_with_referral(session: Session, referral_id: str | None, now: datetime) -> None:
    referral = session.get(Referral, referral_id) if referral_id else None
    if referral is not None:
        ledger.go(session, referral, "partner", follow_up_wording=None, now=now)


def _ask_who(turn: Turn, partner_id: str, referral_id: str | None) -> list[EventType] | None:
    """Which life should somebody have lived? Only what one who is free has; without others, the same offer again."""
    others, lives = _others(turn, partner_id, referral_id)
    if not others:
        turn.dispatcher.utter_message(response="utter_call_only_one", partner=_name(partner_id))
        return _offer(turn, referral_id, only=partner_id)
    if not lives:
        return _offer(turn, referral_id, but=(partner_id,))
    question = Question(WHO, (partner_id, referral_id or _NONE))
    anyone = directory.words().say("utter_call_anyone", turn.language)
    names = {**{code: load_tags()[code].name[turn.language] for code in lives}, _ANYONE: anyone}
    buttons = [{"title": name, "payload": _payload(question, code)} for code, name in names.items()]
    return turn.ask(question, "utter_call_who", buttons=buttons)


def _of_who(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    partner_id, referral = about
    _, lives = _others(turn, partner_id, _id(referral))
    order = (*lives, _ANYONE)
    chosen = turn.tapped
    if chosen is None and turn.number and turn.number <= len(order):
        chosen = order[turn.number - 1]
    wished = (chosen,) if chosen in load_tags() else () if chosen else tags_in(turn.text)
    if wished or chosen == _ANYONE or turn.meaning in ("yes", "both", "other"):
        return _offer(turn, _id(referral), tags=wished, but=(partner_id,))
    return turn.say("utter_call_declined") if turn.meaning in ("no", "have", "stop", "skip") else None


def _others(turn: Turn, partner_id: str, referral_id: str | None) -> tuple[list[Partner], list[str]]:
    """Who else is free, and the codes of what they have lived through, in the order of tags.yml."""
    with session_scope(directory.engine(), writes=False) as session:
        family = _family(session, turn, referral_id)
        others = _free(session, family, turn, _now(), but=(partner_id,)) if family else []
    lived = frozenset[str]().union(*(partner.tags for partner in others))
    return others, [code for code in load_tags() if code in lived][:_MOST_LIVES]


def _wished(turn: Turn) -> tuple[str, ...]:
    """Tags that the family asks for in its own words, not those that it tells of itself."""
    about_somebody = turn.message.intent == "ask_person" or _SOMEONE.search(plain(turn.text))
    return tags_in(turn.text) if about_somebody else ()


# ---- a call that was promised --------------------------------------------------------------------------------------


def _say_open(turn: Turn, asked: Asked, now: datetime) -> list[EventType]:
    question = Question(OPEN, (asked.call_id,))
    if asked.partner is None or asked.promised_by is None:
        return turn.ask(question, "utter_call_open_team")
    by = say_promise(asked.promised_by, now.astimezone(asked.promised_by.tzinfo), turn.language)
    return turn.ask(question, "utter_call_open", partner=asked.partner.name, by=by)


def _of_open(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    answer = _answer(turn, (_AGREE, _BACK), _STILL)
    if answer == _AGREE:
        return turn.say("utter_call_fine")
    return _call_off(turn, about[0]) if answer == _BACK else None


def _of_set(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """No question was asked: only a change of mind is an answer."""
    return _call_off(turn, about[0]) if wants_back(turn) else None


def _call_off(turn: Turn, call_id: str) -> list[EventType] | None:
    with session_scope(directory.engine(), writes=False) as session:
        call = session.get(CallRequest, call_id)
        share_id = call.share_id if call and call.conversation_id == turn.tracker.sender_id else None
    return _revoke(turn, share_id) if share_id else None


# ---- shares --------------------------------------------------------------------------------------------------------


def _shares(turn: Turn) -> list[Shared]:
    with session_scope(directory.engine(), writes=False) as session:
        return shares.shares_of(session, directory.sealer(), turn.tracker.sender_id)


def _live(shared: Sequence[Shared]) -> list[Shared]:
    return [one for one in shared if one.revoked_at is None and one.text]


def _say_shares(turn: Turn, shared: Sequence[Shared]) -> list[EventType]:
    """What is shared, with whom, who looked; and a choice for each to take it back. Without any, what was before."""
    live = _live(shared)
    words, language = directory.words(), turn.language
    if not live:
        past = [one for one in shared if one.revoked_at is not None][:_PAST_SHOWN]
        lines = [words.say("utter_share_past", language, whom=_capital(one.with_whom), looked=_looked(turn, one)) for one in past]
        return turn.say("utter_shares_past", shares="\n".join(lines)) if lines else turn.say("utter_shares_none")
    what = {"request": words.say("utter_share_request", language), "record": words.say("utter_share_record", language)}
    lines = [
        words.say(
            "utter_share_line", language, whom=_capital(one.with_whom), day=_day(turn, one.at), looked=_looked(turn, one),
            text=what.get(one.what) or ", ".join(one.text.splitlines()).rstrip("."),
        )
        for one in live
    ]  # fmt: skip
    question = Question(SHARES)
    titles = {one.id: words.say("utter_share_take_back", language, whom=one.with_whom) for one in live}
    titles[_NO] = words.say("utter_share_keep", language)
    buttons = [{"title": title, "payload": _payload(question, answer)} for answer, title in titles.items()]
    return turn.ask(question, "utter_shares", shares="\n".join(lines), buttons=buttons)


def _of_shares(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    live = _live(_shares(turn))
    ids = [one.id for one in live]
    if turn.tapped in ids:
        return _revoke(turn, turn.tapped)
    if turn.tapped is None and turn.number and turn.number <= len(ids):
        return _revoke(turn, ids[turn.number - 1])
    if turn.tapped == _NO or turn.number == len(ids) + 1 or turn.meaning in ("no", "skip", "stop"):
        return turn.say("utter_share_kept")
    if turn.tapped is not None:
        return _say_shares(turn, live)
    return take_back(turn) if wants_back(turn) and len(live) == 1 else None


def _revoke(turn: Turn, share_id: str) -> list[EventType]:
    now = _now()
    with session_scope(directory.engine()) as session:
        lock_conversation(session, turn.tracker.sender_id)
        row = session.get(Share, share_id)
        if row is None or row.conversation_id != turn.tracker.sender_id:
            return turn.say("utter_shares_none")
        whom, what, referral_id = row.with_whom, row.what, _referral_of(session, row)
        if referral_id is None:
            shares.revoke(session, share_id, now)
    if referral_id is not None:
        return requests.take_back(turn, referral_id)
    return turn.say("utter_call_taken_back" if what == "call" else "utter_share_taken_back", whom=_capital(whom))


def _referral_of(session: Session, row: Share) -> str | None:
    """Of a request that was sent: an e-mail may be stopped, too."""
    if row.what != "request":
        return None
    email = session.get(OutgoingEmail, row.id)
    of_task = select(StaffTask.referral_id).where(StaffTask.share_id == row.id)
    return email.referral_id if email else session.scalar(of_task)


def _looked(turn: Turn, one: Shared) -> str:
    """ "Ana looked today. Ana looked Tuesday.", each day once."""
    words, language = directory.words(), turn.language
    somebody = words.say("utter_share_somebody", language)
    seen = dict.fromkeys((look.name or somebody, _day(turn, look.at)) for look in one.looks)
    if not seen:
        return words.say("utter_share_not_looked", language)
    return " ".join(words.say("utter_share_looked", language, who=who, day=day) for who, day in seen)


def _day(turn: Turn, moment: datetime) -> str:
    """ "today", "Tuesday", "on Nov 3, 2026"; on the clock of the place the family looks near, where that is known."""
    place = turn.request.known_place
    zone = (zone_of(place) if place else None) or "America/Los_Angeles"
    day, today = (at.astimezone(ZoneInfo(zone)).date() for at in (moment, _now()))
    if day == today:
        return phrase(turn.language, "moment.today")
    if (today - day).days < 7:
        name = phrase(turn.language, f"day.long.{('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[day.weekday()]}")
        return phrase(turn.language, "moment.weekday", day=name)
    return phrase(turn.language, "moment.date", date=calendar_date(turn.language, day))


# ---- small things --------------------------------------------------------------------------------------------------


def _answer(turn: Turn, numbered: Sequence[str], means: Mapping[str, str] = _MEANS) -> str | None:
    """One of the answers to an offer: tapped, by number, or in words that say little else."""
    if turn.tapped is not None:
        return turn.tapped
    if turn.number is not None:
        return numbered[turn.number - 1] if 1 <= turn.number <= len(numbered) else None
    if wants_back(turn):
        return _BACK
    return None if turn.message.values("need") else means.get(turn.meaning or "")


def _is_place(turn: Turn) -> bool:
    """Whether the family answers "if you send your ZIP", said above the offer, first."""
    message = turn.message
    return bool(
        turn.tapped is None and message.value("place") and turn.request.known_place and not turn.request.doubtful
        and not message.values("need")
    )  # fmt: skip


def _count_asked(turn: Turn) -> None:
    of_this = select(Conversation.site).where(Conversation.id == turn.tracker.sender_id)
    with session_scope(directory.engine(), writes=False) as session:
        row = session.execute(of_this).first()
    if row is not None:
        with session_scope(directory.engine()) as session:
            count(session, "person_asked", _now(), site=row.site, language=turn.language)


def _name(staff_id: str) -> str:
    with session_scope(directory.engine(), writes=False) as session:
        row = session.get(StaffMember, staff_id)
        return row.name if row else ""


def _payload(question: Question, answer: str) -> str:
    return "/answer" + json.dumps({"asked": question.as_slot(), "answer": answer})


def _mark(text: str) -> str:
    """Tells what was shown from anything else."""
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def _id(referral: str) -> str | None:
    return None if referral == _NONE else referral


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _now() -> datetime:
    return datetime.now(timezone.utc)


#: Question kind → how it is read.
READS: dict[str, Reader] = {
    OFFER: _of_offer, NEEDS_PHONE: _of_needs_phone, TEAM: _of_team, TEAM_NEEDS_PHONE: _of_team_needs_phone, WHO: _of_who,
    OPEN: _of_open, MOVED: _of_open, SET: _of_set, SHARES: _of_shares,
}  # fmt: skip
