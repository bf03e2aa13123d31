"""Who finds the words for what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from resources_db.models.check_in import ScheduledContact
from resources_db.sealing import Sealer
from resources_db.words import Words


@dataclass(frozen=True)
class Said:
    """`choices` are (label, payload) pairs, which a text numbers; `asked` is the open question (actions/question.py)."""

    text: str
    choices: Sequence[tuple[str, str]]
    asked: str


#: Given session, contact, words, sealer, language ("en", "es"), channel ("web", "sms") and now. None when there is nothing to say
#: any more: the contact is cancelled. It is called in the transaction that says it, and may be called again when that fails.
Speaker = Callable[[Session, ScheduledContact, Words, Sealer, str, str, datetime], "Said | None"]
