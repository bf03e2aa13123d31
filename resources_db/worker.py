"""What is due → do it: check-ins and other questions are said, calls that were promised are seen to, what is kept no longer than
it may be is deleted, and texts are sent and looked for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from datetime import datetime, timezone

from sqlalchemy import Engine

from resources_db.check_ins import saying as check_ins
from resources_db.contacts.saying import Speakers, say_what_is_due
from resources_db.database import make_engine, session_scope
from resources_db.logs import log_loop_errors, set_up_logging
from resources_db.mail import queue as mail
from resources_db.mail.delivery import deliver
from resources_db.people import calls
from resources_db.privacy import retention
from resources_db.referrals import saying as referrals
from resources_db.sealing import Sealer
from resources_db.settings import Settings, load_settings
from resources_db.sms.options import CHOOSE
from resources_db.sms.sending import Texting
from resources_db.sms.twilio import Twilio
from resources_db.storage import Storage
from resources_db.words import Words, load_words

logger = logging.getLogger(__name__)

_RETENTION_EVERY, _DISK_EVERY = 60.0, 5.0
_SAYING_EVERY, _CALLS_EVERY, _MAIL_EVERY = 1.0, 20.0, 5.0

#: Who finds the words for each kind of contact.
SPEAKERS: Speakers = {"check_in": check_ins.opening, "ending": check_ins.ending, "follow_up": referrals.follow_up}


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`. Texts are nobody's business here where no carrier is set up."""
    engine = make_engine(settings.database_url)
    words, sealer = load_words(), Sealer.of(settings)
    words.require((*check_ins.NEEDED, *referrals.NEEDED, *calls.NEEDED, CHOOSE))
    others = [
        asyncio.create_task(_keep(engine, settings, stop)),
        asyncio.create_task(_again_and_again(_say, _SAYING_EVERY, stop, engine, sealer, words)),
        asyncio.create_task(_again_and_again(_see_to_calls, _CALLS_EVERY, stop, engine, sealer, words)),
    ]
    if settings.mail_server is not None:
        words.require(mail.NEEDED)
        others.append(
            asyncio.create_task(_again_and_again(deliver, _MAIL_EVERY, stop, engine, settings.mail_server, sealer, words))
        )
    storage = Storage(engine)
    try:
        if settings.carrier is not None:
            async with Twilio(settings.carrier, settings.public_url) as twilio:
                await Texting(storage, settings, sealer, words, twilio).run(stop)
        await asyncio.gather(*others)
    finally:
        storage.close()


async def _keep(engine: Engine, settings: Settings, stop: asyncio.Event) -> None:
    """Delete what is kept long enough, and from the disk too, round by round."""
    while not stop.is_set():
        await _try(retention.do_what_is_due, engine, settings, datetime.now(timezone.utc))
        for _ in range(round(_RETENTION_EVERY / _DISK_EVERY)):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), _DISK_EVERY)
                return
            await _try(retention.forget_on_disk, engine)


def _say(engine: Engine, sealer: Sealer, words: Words) -> bool:
    """Whether there may be more to say."""
    outcomes = say_what_is_due(engine, sealer, words, SPEAKERS, datetime.now(timezone.utc))
    return bool(outcomes.keys() - {"busy"})


def _see_to_calls(engine: Engine, sealer: Sealer, words: Words) -> bool:
    with session_scope(engine) as session:
        return calls.escalate(session, sealer, words, datetime.now(timezone.utc)) > 0


async def _again_and_again(task: Callable[..., bool], pause: float, stop: asyncio.Event, *args: object) -> None:
    """`task`, in a thread, at once again where there may be more to do."""
    while not stop.is_set():
        if not await _try(task, *args):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


async def _try(task: Callable[..., object], *args: object) -> object:
    """What fails is tried again next time."""
    try:
        return await asyncio.to_thread(task, *args)
    except Exception:
        logger.exception("%s failed", getattr(task, "__name__", "a task"))
        return None


def main() -> None:
    """`python -m resources_db.worker`, started by `homeward up`."""
    set_up_logging()
    asyncio.run(_until_told())


async def _until_told() -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    log_loop_errors(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(load_settings(), stop)


if __name__ == "__main__":
    main()
