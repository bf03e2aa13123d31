"""One worker of the simulated year (benchmarks/year.py), a process of its own that may be killed at any moment.

It runs what resources_db/worker.py runs for contacts and texts. The clock, and the carrier, are at the other end of its standard
input and output: lines of JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy.orm import Session

from resources_db import worker
from resources_db.contacts import Said
from resources_db.contacts.saying import Speakers, say_what_is_due
from resources_db.database import make_engine
from resources_db.models.check_in import ScheduledContact
from resources_db.sealing import Sealer
from resources_db.settings import Settings, load_settings
from resources_db.sms.sending import Texting
from resources_db.sms.twilio import Listed, Refused, Sent, Twilio
from resources_db.storage import Storage
from resources_db.words import load_words

OURS, SECRET = "+19165550100", "k" * 40
_MOST_ROUNDS = 500


def settings() -> Settings:
    given = {
        "SMS_ACCOUNT_SID": "AC" + "0" * 32, "SMS_AUTH_TOKEN": "t" * 32, "SMS_FROM": OURS, "SECRET_KEY": SECRET,
        "SMS_SEGMENTS_A_DAY": "1000000",
    }  # fmt: skip
    return load_settings({f"HOMEWARD_{name}": value for name, value in given.items()})


def follow_up(session: Session, contact: ScheduledContact, *_: Any) -> Said | None:
    """In the place of resources_db/referrals/saying.py, which would need a directory."""
    return Said("Did you get through to them?", [("Yes", "/yes"), ("No", "/no")], f"follow_up {contact.id} {contact.referral_id}")


class FarCarrier:
    """What Texting needs of Twilio, asked of the process that started us."""

    def __init__(self, ask: Any) -> None:
        self._ask = ask

    async def send(self, text_id: str, to: str, from_: str, body: str) -> Sent:
        provider_id = await self._ask({"send": text_id, "to": to, "body": body})
        if provider_id is None:
            raise Refused("20503", permanent=False)
        return Sent(provider_id)

    async def sent_since(self, to: str, since: datetime) -> list[Listed]:
        texts = await self._ask({"list": to, "since": since.isoformat()})
        return [Listed(id, False, OURS, to, body, None, 0, datetime.fromisoformat(at)) for id, body, at in texts]


class Worker:
    def __init__(self, url: str) -> None:
        self.now = datetime.min
        self._engine = make_engine(url)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count()
        self._sealer, self._words = Sealer([SECRET]), load_words()
        self._speakers: Speakers = {**worker.SPEAKERS, "follow_up": follow_up}
        self._handed_over = 0
        self._texting = Texting(
            Storage(self._engine), settings(), self._sealer, self._words, cast(Twilio, FarCarrier(self._ask)),
            now=lambda: self.now, monotonic=lambda: self.now.timestamp(),
        )  # fmt: skip

    async def run(self) -> None:
        commands = asyncio.StreamReader(limit=1 << 22)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        self._say({"ready": True})
        steps: set[asyncio.Task[None]] = set()
        while line := await commands.readline():
            command = json.loads(line)
            if "answer" in command:
                self._answers.pop(command["to"]).set_result(command["answer"])
            else:
                self.now = datetime.fromisoformat(command["now"])
                steps = {asyncio.create_task(self._step(look=command["look"]))}
        for step in steps:  # whoever started us is gone
            step.cancel()

    async def _step(self, *, look: bool) -> None:
        spent, began = time.process_time(), time.perf_counter()
        said = self._say_what_is_due()
        saying = {"said": said, "cpu": time.process_time() - spent, "wall": time.perf_counter() - began}
        for _ in range(_MOST_ROUNDS):
            before = self._handed_over
            await self._texting.send()
            await self._texting.finish()
            if self._handed_over == before:
                break
        if look:
            await self._texting.find_out()
        self._say({"done": saying, "all_cpu": time.process_time() - spent})

    def _say_what_is_due(self) -> int:
        said = 0
        for _ in range(_MOST_ROUNDS):
            outcomes = say_what_is_due(self._engine, self._sealer, self._words, self._speakers, self.now)
            said += outcomes.get("said", 0)
            if not outcomes.keys() - {"busy"}:
                break
        return said

    async def _ask(self, question: dict[str, Any]) -> Any:
        self._handed_over += 1
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._say({**question, "number": number})
        return await self._answers[number]

    def _say(self, line: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(Worker(arguments[0]).run())


if __name__ == "__main__":
    main(sys.argv[1:])
