"""`homeward privacy-report`: what is kept of families, how much, since when and until when.

With --identifiers, whether any of the names, numbers or words in a file (one a line) is found anywhere: in every file under
HOMEWARD_VAR and in every value of the database. It says where and how often, never what stands there; the exit code is
then 1 if anything is found.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources_db.settings import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("privacy-report", help="what is kept of families, and proof of what is not", description=__doc__)
    parser.add_argument("--identifiers", type=Path, metavar="FILE", help="what must not be found, one a line")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from resources_db.settings import load_settings

    settings = load_settings()
    if arguments.identifiers is None:
        return _tell(settings, as_json=arguments.json)
    try:
        lines = arguments.identifiers.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        print(f"{arguments.identifiers} cannot be read: {type(error).__name__}", file=sys.stderr)
        return 2
    if not any(line.strip() for line in lines):
        print(f"{arguments.identifiers} has nothing to look for in it: write one identifier a line", file=sys.stderr)
        return 2
    return _search(settings, lines, arguments.identifiers, as_json=arguments.json)


def _search(settings: Settings, lines: list[str], given: Path, *, as_json: bool) -> int:
    from resources_db.database import make_engine
    from resources_db.privacy.report import search

    hits = [hit for hit in search(make_engine(settings.database_url), settings.var_dir, lines) if not _is(hit.where, given)]
    if as_json:
        print(json.dumps({"identifiers": len(lines), "found": [vars(hit) for hit in hits]}))
    elif not hits:
        print(f"None of {len(lines)} identifiers is in any file under {settings.var_dir} or in the database.")
    for hit in () if as_json else hits:
        print(f"line {hit.line}: {hit.count} times in {hit.where}")
    return 1 if hits else 0


def _is(where: str, given: Path) -> bool:
    """The list itself may lie under var/."""
    return where == str(given.absolute())


def _tell(settings: Settings, *, as_json: bool) -> int:
    from resources_db.database import make_engine, session_scope
    from resources_db.migrations import upgrade
    from resources_db.privacy import report

    engine = make_engine(settings.database_url)
    upgrade(engine)
    with session_scope(engine, writes=False) as session:
        kept = report.kept(session, settings)
        unmasked = report.identifiers_in_stored_text(session)
        older_keys = report.needing_older_keys(session, settings)
        untrue = report.untrue_promises(session, settings)
    if as_json:
        told = {"kept": [vars(row) for row in kept], "unmasked": unmasked, "older_keys": older_keys, "untrue": untrue}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    print("Kept of families now:")
    for row in kept:
        since = f"since {row.oldest[:16].replace('T', ' ')}" if row.oldest else ""
        print(f"  {row.table:17} {row.rows:7}  {since:22}  {row.until}")
    print("\nNot masked in what families wrote: " + (_counts(unmasked) or "nothing that looks like an identifier"))
    print("Rows that still need a key in HOMEWARD_OLD_SECRET_KEYS: " + (_counts(older_keys) or "none"))
    for line in untrue:
        print(f"Not what families are told: {line}. Change the setting, or data/responses/privacy.yml.")
    return 0


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(counts.items()))
