"""What is due → do it: what is kept no longer than it may be is deleted, and texts are sent and looked for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from datetime import datetime, timezone

from sqlalchemy import Engine

from resources_db.database import make_engine
from resources_db.logs import log_loop_errors, set_up_logging
from resources_db.privacy import retention
from resources_db.sealing import Sealer
from resources_db.settings import Settings, load_settings
from resources_db.sms.sending import Texting
from resources_db.sms.twilio import Twilio
from resources_db.storage import Storage
from resources_db.words import load_words

logger = logging.getLogger(__name__)

_RETENTION_EVERY, _DISK_EVERY = 60.0, 5.0


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`. Texts are nobody's business here where no carrier is set up."""
    engine = make_engine(settings.database_url)
    keeping = asyncio.create_task(_keep(engine, settings, stop))
    storage = Storage(engine)
    try:
        if settings.carrier is not None:
            words, sealer = load_words(), Sealer.of(settings)
            async with Twilio(settings.carrier, settings.public_url) as twilio:
                await Texting(storage, settings, sealer, words, twilio).run(stop)
        await keeping
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


async def _try(task: Callable[..., object], *args: object) -> None:
    """What fails is tried again next time."""
    try:
        await asyncio.to_thread(task, *args)
    except Exception:
        logger.exception("%s failed", getattr(task, "__name__", "a task"))


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
