"""The question of ours that is open: what a short answer belongs to.

The slot `asked` holds it as text, so that a rule can see that something was asked. Whatever else the family asks for
closes the question; small talk does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from rasa_sdk import Tracker

SLOT = "asked"

#: An item of the coming-home list; where to look for what is wanted of it; whether to see the list at all.
LIST_ITEM, LIST_PLACE, LIST_OFFER = "list_item", "list_place", "list_offer"
#: No question but a list left in the middle, to which the family can come back at any time.
LIST_WAITS = "list_waits"
#: Which of two needs was meant; whether what was understood is wrong; whether to go on near the place known before.
WHICH_NEED, UNDERSTOOD, OLD_PLACE = "which_need", "understood", "old_place"

#: Said by the worker; about (id of the scheduled contact, item) and (id of the contact, id of the referral). The other
#: questions of check-ins, referrals, plans, records and people are named where they are read.
CHECK_IN, FOLLOW_UP = "check_in", "follow_up"


@dataclass(frozen=True)
class Question:
    """`about` are codes: of the item, of the needs."""

    kind: str
    about: tuple[str, ...] = ()

    def as_slot(self) -> str:
        return " ".join((self.kind, *self.about))


def asked_of(tracker: Tracker) -> Question | None:
    """The open question. After a crisis none is: "yes" may answer "are you safe?", and a list can be taken up again."""
    question = question_of(tracker.get_slot(SLOT) or "")
    if question is None:
        return None
    for event in reversed(tracker.events):
        if event["event"] == "slot" and event["name"] == SLOT:
            break
        if event["event"] == "user" and ((event.get("parse_data") or {}).get("intent") or {}).get("name") == "crisis":
            return None
    return question


def question_of(slot: str) -> Question | None:
    """What `as_slot` wrote."""
    kind, *about = slot.split() or [""]
    return Question(kind, tuple(about)) if kind else None
