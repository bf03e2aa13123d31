"""`homeward understand`: what Homeward makes of messages, one a line, from standard input."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

#: A line longer than this is read in pieces and only its beginning is kept, so memory stays bounded.
_LONGEST_LINE = 200_000


def add_to(commands: Any) -> None:
    parser = commands.add_parser("understand", help="read messages from stdin and say what was understood", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from bot.installed import installed_understanding
    from bot.understanding.pipeline import ModelUnusable

    try:
        understanding = installed_understanding()
    except ModelUnusable as error:
        print(error, file=sys.stderr)
        return 2
    for line in _lines(sys.stdin.buffer):
        reading = understanding.read(line).as_json()
        if arguments.json:
            print(json.dumps(reading, ensure_ascii=False))
        else:
            said = {key: value for key, value in reading.items() if key != "text" and value not in (None, [], "")}
            print(f"{line}\n    {json.dumps(said, ensure_ascii=False)}")
    return 0


def _lines(stream: BinaryIO) -> Iterator[str]:
    while raw := stream.readline(_LONGEST_LINE):
        whole = raw
        while not whole.endswith(b"\n") and (whole := stream.readline(_LONGEST_LINE)):
            pass  # the rest of an endless line
        yield raw.decode("utf-8", "replace").rstrip("\r\n")
