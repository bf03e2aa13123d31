"""Texting in the terminal: a whole Homeward, the stand-in carrier, and a person at the keyboard as a family's phone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import threading
import urllib.error
import urllib.request

from bot.place import own_folder, own_port
from bot.sms_sandbox.carrier import Carrier
from bot.sms_sandbox.message import Message
from bot.supervisor import Supervisor, free_port, parts_of
from resources_db.settings import load_settings
from resources_db.sms.numbers import BadNumber, e164

OUR_NUMBER = "+19165550100"
_HELP = "Each line is a text to Homeward. /as +19165550142 is another phone, /quit (or Ctrl-C) ends."
# At the end of what was piped in: how long answers may take, and how long nothing has to come for them to be complete.
_LONGEST_WAIT, _QUIET = 60.0, 4.0


async def play(phone: str) -> int:
    """Run until the person leaves. Returns the exit code: 0, or the one of a Homeward that could not start."""
    port = free_port()
    public = f"http://localhost:{port}"
    account, token = "AC" + secrets.token_hex(16), secrets.token_hex(16)
    sandbox = _Phones(Carrier(account, token, {OUR_NUMBER: f"{public}/sms/twilio/inbound"}), phone)
    async with sandbox.carrier.serving() as api_base:
        os.environ.pop("HOMEWARD_SMS_OLD_AUTH_TOKEN", None)
        os.environ |= {
            "HOMEWARD_PORT": str(port), "HOMEWARD_PUBLIC_URL": public, "HOMEWARD_TRUSTED_PROXIES": "0",
            "HOMEWARD_SMS_ACCOUNT_SID": account, "HOMEWARD_SMS_AUTH_TOKEN": token, "HOMEWARD_SMS_FROM": OUR_NUMBER,
            "HOMEWARD_SMS_API_BASE": api_base,
        }  # fmt: skip
        settings = load_settings()
        with own_folder(settings.var_dir), own_port(port) as sockets:
            homeward = asyncio.create_task(Supervisor(settings, parts_of(settings, sockets), _tell).run())
            talking = asyncio.create_task(sandbox.talk(public))
            await asyncio.wait({homeward, talking}, return_when=asyncio.FIRST_COMPLETED)
            for task in (talking, homeward):
                task.cancel()
            await asyncio.gather(talking, homeward, return_exceptions=True)
            return homeward.result() if not homeward.cancelled() else 0


class _Phones:
    """Pretend phones, of which one is in the person's hand."""

    def __init__(self, carrier: Carrier, phone: str) -> None:
        self.carrier = carrier
        carrier.hear(self._show)
        self._phone = phone
        #: Phones that have had no answer yet.
        self._waiting: set[str] = set()
        self._heard = asyncio.Event()

    async def talk(self, public: str) -> None:
        while not await asyncio.to_thread(_is_ready, f"{public}/readyz"):
            await asyncio.sleep(0.3)
        print(f"You are {self._phone}. {_HELP}", flush=True)
        lines: asyncio.Queue[str] = asyncio.Queue()
        _read(lines)
        while line := await lines.get():
            text = line.strip()
            if text == "/quit":
                return
            if text.startswith("/"):
                self._command(text)
            elif text:
                self._waiting.add(self._phone)
                self.carrier.text(self._phone, text)
        await self._last_answers()

    def _command(self, text: str) -> None:
        word, _, number = text.partition(" ")
        try:
            if word != "/as":
                raise ValueError
            self._phone = e164(number)
            print(f"You are {self._phone}.", flush=True)
        except (BadNumber, ValueError):
            print(f"{text}: not understood. {_HELP}", flush=True)

    async def _last_answers(self) -> None:
        """There will be no more lines: wait for what is still on its way."""
        with contextlib.suppress(asyncio.TimeoutError):
            while True:
                self._heard.clear()
                await asyncio.wait_for(self._heard.wait(), _LONGEST_WAIT if self._waiting else _QUIET)

    def _show(self, message: Message) -> None:
        """A text has come to a phone."""
        who = "the carrier" if message.automatic else "Homeward"
        size = f"{message.segments} segment{'s' if message.segments > 1 else ''}, {message.encoding}"
        print(f"\n{who} to {message.to} [{size}]\n{message.body}\n", flush=True)
        self._waiting.discard(message.to)
        self._heard.set()


def _tell(line: str) -> None:
    """How far the parts are; not part of the conversation."""
    print(line, file=sys.stderr, flush=True)


def _read(lines: asyncio.Queue[str]) -> None:
    """Put each line of standard input in the queue, at its end an empty one. A thread that ends with the program: reading
    from a terminal cannot be called off."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3):
            return True
    except OSError:
        return False
