"""What the worker says by itself: the opening of a check-in, and the ending of a plan. Speakers of resources_db/contacts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from resources_db.check_ins.asking import is_again, known_of, next_item
from resources_db.check_ins.questions import Item, items
from resources_db.contacts import Said
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.sealing import Sealer
from resources_db.words import Words

#: Kinds of questions (actions/check_ins.py): a question of a check-in, and the bland text before it.
ASKED, HELLO = "check_in", "check_in_hello"
#: What must be there to be said.
NEEDED = ("utter_check_in_opening", "utter_check_in_opening_missed", "utter_check_in_hello", "utter_check_in_ending")


def opening(
    session: Session, contact: ScheduledContact, words: Words, sealer: Sealer, language: str, channel: str, now: datetime
) -> Said | None:
    """The first question of a check-in, with the one word of apology it owes if the one before was missed; a bland greeting
    where somebody else may read it. None when nothing is left that may be asked unprompted."""
    plan = session.get(CheckInPlan, contact.plan_id) if contact.plan_id else None
    if plan is None:
        return None
    if plan.discreet:
        asked = f"{HELLO} {contact.id}"
        return Said(words.say("utter_check_in_hello", language, channel), [], asked)
    known = known_of(session, contact.conversation_id, contact.id)
    item = items()[contact.item] if contact.item else next_item(known, unprompted=True)
    if item is None:
        return None
    contact.item = item.code
    response = "utter_check_in_opening_missed" if plan.missed else "utter_check_in_opening"
    asked = f"{ASKED} {contact.id} {item.code}"
    question = ask_words(words, item, language, again=is_again(known, item))
    return Said(
        words.say(response, language, channel, question=question),
        words.choices(response, language, channel, asked=asked),
        asked,
    )


def ending(
    session: Session, contact: ScheduledContact, words: Words, sealer: Sealer, language: str, channel: str, now: datetime
) -> Said | None:
    """After twelve months: that it was the last, and what stays. A discreet plan ends without a word."""
    plan = session.get(CheckInPlan, contact.plan_id) if contact.plan_id else None
    if plan is None or plan.discreet:
        return None
    return Said(words.say("utter_check_in_ending", language, channel), [], "")


def ask_words(words: Words, item: Item, language: str, *, again: bool) -> str:
    """The question, or how it is asked when it was hard the last time."""
    return words.say("utter_check_in_again", language, topic=item.topic[language]) if again else item.question[language]
