"""`homeward import`: load a directory, HSDS 3 tabular or Ohana-style CSV, a folder or a zip."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    parser = commands.add_parser("import", help="load a directory of services", description=__doc__)
    parser.add_argument("path", type=Path, help="the folder or zip file")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    parser.add_argument("--source", metavar="NAME", help="a name for where this comes from (default: the folder's)")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from resources_db.database import make_engine
    from resources_db.exchange import import_directory
    from resources_db.migrations import upgrade
    from resources_db.settings import load_settings

    engine = make_engine(load_settings().database_url)
    upgrade(engine)
    report = import_directory(engine, arguments.path, source=arguments.source, dry_run=arguments.dry_run)
    if arguments.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    elif report.exit_code == 2:
        print("; ".join(f"{problem.problem}: {problem.fix}" for problem in report.errors), file=sys.stderr)
    else:
        print(report.as_text())
    return report.exit_code
