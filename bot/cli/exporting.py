"""`homeward export`: write the directory as HSDS 3.1, JSON or tabular data package, to a folder or a zip."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    parser = commands.add_parser("export", help="write the directory for others", description=__doc__)
    parser.add_argument("path", type=Path, help="a new folder, a name that ends in .zip, or an earlier export")
    forms = ("hsds-json", "hsds-csv")
    parser.add_argument("--as", dest="form", choices=forms, required=True, help="nested JSON, or a CSV file for each table")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from resources_db.database import make_engine
    from resources_db.exchange.export import export_directory
    from resources_db.migrations import upgrade
    from resources_db.settings import load_settings

    engine = make_engine(load_settings().database_url)
    upgrade(engine)
    report = export_directory(engine, arguments.path, arguments.form)
    print(json.dumps(report.as_json(), ensure_ascii=False) if arguments.json else report.as_text())
    return 0
