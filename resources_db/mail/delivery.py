"""One e-mail after the other: claimed, handed to the mail server, settled, each in a transaction of its own."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timezone

from sqlalchemy import Engine

from resources_db.database import session_scope
from resources_db.mail import queue
from resources_db.mail.server import hand_over
from resources_db.sealing import Sealer
from resources_db.settings import MailServer
from resources_db.words import Words

logger = logging.getLogger(__name__)


def deliver(engine: Engine, server: MailServer, sealer: Sealer, words: Words) -> bool:
    """Hand over the e-mail that is due the longest; False when none is. Blocks for as long as the mail server takes."""
    with session_scope(engine, writes=False) as session:
        if not queue.any_due(session, _now()):
            return False
    owner = str(uuid.uuid4())
    with session_scope(engine) as session:
        sending = queue.claim(session, sealer, owner=owner, now=_now())
    if sending is None:
        return False
    outcome = hand_over(server, sending.letter)
    with session_scope(engine) as session:
        queue.settle(session, sealer, words, sending, outcome, owner=owner, now=_now())
    if outcome.kind != "sent":  # the id leads to nobody outside the database
        logger.warning("e-mail %s, attempt %d: %s (%s)", sending.letter.id, sending.attempt, outcome.kind, outcome.code)
    return True


def _now() -> datetime:
    return datetime.now(timezone.utc)
