"""`homeward search`: the directory's answer to a need at a place."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

_FARTHEST = timedelta(days=3_653)


def add_to(commands: Any) -> None:
    parser = commands.add_parser("search", help="search the directory", description=__doc__)
    parser.add_argument(
        "--need", action="append", default=[], metavar="CODE", help="a need code; give it several times for several"
    )
    parser.add_argument("--text", metavar="WORDS", help='words in the listing, for what no need names: "baby formula"')
    parser.add_argument(
        "--near", required=True, metavar="PLACE", help='a ZIP code, city, county or neighborhood, such as "95814"'
    )
    parser.add_argument("--lang", choices=["en", "es"], default="en", help="the family's language")
    parser.add_argument("--open", metavar="TIME", help='"now", or a time such as 2026-11-28T10:00')
    parser.add_argument(
        "--age", action="append", type=float, default=[], metavar="YEARS", help="age of a person it is for, 0.5 = 6 months"
    )
    parser.add_argument("--limit", type=int, default=5, metavar="N", help="how many at most (default 5)")
    parser.add_argument("--json", action="store_true", help="the stable machine-readable form")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from zoneinfo import ZoneInfo

    from resources_db.database import make_engine, session_scope
    from resources_db.geo.gazetteer import open_gazetteer
    from resources_db.geo.places import find_place
    from resources_db.geo.timezones import zone_of
    from resources_db.migrations import upgrade
    from resources_db.search import SearchRequest, find_matches, result_as_json
    from resources_db.settings import load_settings
    from resources_db.taxonomy.needs import load_needs

    unknown = [code for code in arguments.need if code not in load_needs()]
    if unknown:
        return _wrong(f"unknown need {', '.join(unknown)}: use one of {', '.join(load_needs())}")
    if not arguments.need and not (arguments.text or "").strip():
        return _wrong("say what to look for: --need CODE, --text WORDS, or both")
    if arguments.limit < 1:
        return _wrong(f"--limit {arguments.limit}: give 1 or more")
    if any(not 0 <= age <= 120 for age in arguments.age):
        return _wrong("--age: give years from 0 to 120, such as 0.5 for six months")
    settings = load_settings()
    reading = find_place(open_gazetteer(settings.gazetteer_path), arguments.near)
    if reading.place is None:
        if reading.candidates:
            return _wrong(f'"{arguments.near}" could be {", ".join(c.label for c in reading.candidates)}: say which')
        if reading.military:
            return _wrong(
                f"{reading.military} is a military mail address, which is nowhere on the map: give the ZIP code or city around"
            )
        return _wrong(f'"{arguments.near}" is not a place I know: give a ZIP code, or a city and state')
    zone = zone_of(reading.place)
    now = datetime.now(ZoneInfo(zone) if zone else timezone.utc)
    open_at = None
    if arguments.open:
        try:
            open_at = now if arguments.open == "now" else datetime.fromisoformat(arguments.open)
        except ValueError:
            return _wrong(f'--open {arguments.open}: give "now" or a time such as 2026-11-28T10:00')
        open_at = open_at if open_at.tzinfo else open_at.replace(tzinfo=now.tzinfo)
        if abs(open_at - now) > _FARTHEST:
            return _wrong(f"--open {arguments.open}: nobody's hours are known for then, give a time within ten years")
    request = SearchRequest(
        needs=tuple(dict.fromkeys(arguments.need)), origin=reading.place, language=arguments.lang, open_at=open_at,
        ages=tuple(arguments.age), limit=arguments.limit, now=now, text=arguments.text,
    )  # fmt: skip
    engine = make_engine(settings.database_url)
    upgrade(engine)
    with session_scope(engine, writes=False) as session:
        result = find_matches(session, request)
    if arguments.json:
        print(json.dumps(result_as_json(result), ensure_ascii=False))
        return 0
    for number, match in enumerate(result.matches, 1):
        print(f"{number}. {match.service} ({match.organization})")
        for line in (match.address, ", ".join(str(p["number"]) for p in match.phones), match.hours, "; ".join(match.why)):
            if line:
                print(f"   {line}")
    if not result.matches:
        print("Nothing is listed for that; 211 can look further.")
    return 0


def _wrong(problem: str) -> int:
    print(problem, file=sys.stderr)
    return 2
