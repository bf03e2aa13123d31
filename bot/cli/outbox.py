"""`homeward outbox`: the texts to families, how many are where, and those that were given up and need a person.

Nothing of what a text says is shown, and of a phone only the last two digits.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources_db.outbox import DeadLetter

_STATES = {
    "due": "waiting to be sent",
    "sending": "being handed to the carrier",
    "unknown": "nobody knows yet whether the carrier has them",
    "sent": "the carrier has them",
    "delivered": "arrived",
    "failed": "did not arrive",
    "suppressed": "not sent: the family said stop, or a limit was reached",
}


def add_to(commands: Any) -> None:
    parser = commands.add_parser("outbox", help="texts to families, and those that did not arrive", description=__doc__)
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=show)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, help_text in (("retry", "send texts once more"), ("drop", "forget texts: they will not be sent")):
        action = actions.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
        action.add_argument("ids", metavar="ID", nargs="+", help="as `homeward outbox` shows it")
        action.set_defaults(run=retry if name == "retry" else drop)


def show(arguments: argparse.Namespace) -> int:
    from resources_db import outbox
    from resources_db.database import make_engine, session_scope
    from resources_db.migrations import upgrade
    from resources_db.sealing import Sealer
    from resources_db.settings import load_settings
    from resources_db.sms.codes import explain

    settings = load_settings()
    engine = make_engine(settings.database_url)
    upgrade(engine)
    with session_scope(engine, writes=False) as session:
        counts = outbox.counts(session)
        letters = outbox.dead_letters(session, Sealer.of(settings))
    if arguments.json:
        dead = [
            {"id": x.id, "at": x.at.isoformat(timespec="seconds"), "kind": x.kind, "phone": f"…{x.ending}", "error": x.error,
             "meaning": explain(x.error)} for x in letters
        ]  # fmt: skip
        print(json.dumps({"counts": counts, "dead_letters": dead}, ensure_ascii=False))
        return 0
    for state, count in counts.items():
        print(f"{count:7,}  {state:10} {_STATES[state]}")
    print()
    print("\n".join(_lines(letters)))
    return 0


def retry(arguments: argparse.Namespace) -> int:
    return _each(arguments.ids, "will be sent once more", again=True)


def drop(arguments: argparse.Namespace) -> int:
    return _each(arguments.ids, "is dropped", again=False)


def _each(ids: list[str], done: str, *, again: bool) -> int:
    """Do it to every one that can be; exit code 2 when one could not be found."""
    from datetime import datetime, timezone

    from resources_db import outbox
    from resources_db.database import make_engine, session_scope
    from resources_db.settings import load_settings

    engine = make_engine(load_settings().database_url)
    missing = 0
    for text_id in ids:
        with session_scope(engine) as session:
            now = datetime.now(timezone.utc)
            found = outbox.retry(session, text_id, now) if again else outbox.drop(session, text_id)
        missing += not found
        print(f"{text_id} {done}" if found else f"{text_id}: no such text among those that did not arrive", file=sys.stderr)
    return 2 if missing else 0


def _lines(letters: list[DeadLetter]) -> list[str]:
    from resources_db.sms.codes import explain

    if not letters:
        return ["No text needs you."]
    lines = ["These did not arrive. homeward outbox retry ID sends one again, homeward outbox drop ID forgets it."]
    for letter in letters:
        at = letter.at.strftime("%Y-%m-%d %H:%M UTC")
        lines.append(f"{letter.id}  {at}  {letter.kind:8} to …{letter.ending}  {letter.error}: {explain(letter.error)}")
    return lines
