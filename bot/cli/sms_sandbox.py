"""`homeward sms-sandbox`: text with the assistant from a pretend phone in the terminal; it starts all that is needed."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    parser = commands.add_parser("sms-sandbox", help="text with it from a pretend phone", description=__doc__)
    parser.add_argument("--var", type=Path, help="its state folder (default: HOMEWARD_VAR, else var)")
    parser.add_argument("--phone", default="+19165550199", help="the pretend phone's number")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from bot.sms_sandbox.terminal import play
    from resources_db.sms.numbers import BadNumber, e164

    if os.environ.get("HOMEWARD_SMS_ACCOUNT_SID") and arguments.var is None:
        print("this Homeward texts with real phones: name another folder for the sandbox with --var", file=sys.stderr)
        return 2
    if arguments.var is not None:
        # and another database, which one given by name would not be
        os.environ["HOMEWARD_VAR"] = str(arguments.var)
        os.environ.pop("HOMEWARD_DATABASE_URL", None)
    try:
        phone = e164(arguments.phone)
    except BadNumber:
        print(f"--phone {arguments.phone}: give a number such as +19165550199", file=sys.stderr)
        return 2
    return asyncio.run(play(phone))
