"""`homeward chat`: talk to the assistant in the terminal; needs `homeward up` running."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
import uuid
from typing import Any


def add_to(commands: Any) -> None:
    parser = commands.add_parser("chat", help="talk to the assistant in the terminal", description=__doc__)
    parser.add_argument("--url", help="where it runs (default: http://localhost and HOMEWARD_PORT)")
    parser.add_argument("--lang", choices=["en", "es"], default="en", help="the language to begin in")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from resources_db.settings import load_settings

    base = (arguments.url or f"http://localhost:{load_settings().port}").rstrip("/")
    try:
        session = _call(f"{base}/chat/v1/sessions", {"language": arguments.lang})
    except (urllib.error.URLError, OSError, ValueError):
        print(f"nothing answers at {base}: start it with `homeward up` first", file=sys.stderr)
        return 2
    token, seen = session["token"], 0
    offered: dict[str, str] = {}
    print("Say what you need and where you are (Ctrl-D ends).")
    while True:
        try:
            text = input("\nyou: ").strip()
        except EOFError:
            return 0
        if not text:
            continue
        body: dict[str, Any] = {"id": str(uuid.uuid4())}
        body |= {"choice": offered[text]} if text in offered else {"text": text}
        try:
            answer = _call(f"{base}/chat/v1/messages?wait=30", body, token)
        except urllib.error.HTTPError as error:
            print(json.load(error)["error"]["message"], file=sys.stderr)
            continue
        except (urllib.error.URLError, OSError):
            print("the connection was lost; your message may not have arrived, please send it again", file=sys.stderr)
            continue
        offered = {}
        for message in answer["messages"]:
            if message["seq"] > seen:
                seen, offered = _show(message), _numbered(message) or offered


def _call(url: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def _show(message: dict[str, Any]) -> int:
    print(f"\nhomeward: {message['text']}")
    for number, match in enumerate(message["matches"], 1):
        sample = " [sample listing, not real]" if match["sample"] else ""
        print(f"\n  {number}. {match['service']} - {match['organization']}{sample}")
        phones = ", ".join(phone["number"] for phone in match["phones"])
        for line in (match["address"], phones, match["hours"], match["how_to_access"], " · ".join(match["why"])):
            if line:
                print(f"     {line}")
    for letter, choice in zip("abcdefgh", message["choices"], strict=False):
        print(f"   {letter}) {choice['label']}")
    return int(message["seq"])


def _numbered(message: dict[str, Any]) -> dict[str, str]:
    """Letters for the choices: numbers mean the listings."""
    return {letter: choice["choice"] for letter, choice in zip("abcdefgh", message["choices"], strict=False)}
