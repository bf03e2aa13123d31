"""`homeward validate`: judge a directory before anybody relies on it.

Do its rows load, do they make sense, is anything there twice?
Nothing of what is judged reaches the directory in use. Without a path the directory in use is judged itself.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.report_file import what_is_in_the_way

if TYPE_CHECKING:
    from resources_db.exchange import ImportReport
    from resources_db.quality.validation import Judgment

_SHOWN = 3


def add_to(commands: Any) -> None:
    parser = commands.add_parser("validate", help="judge a directory and change nothing", description=__doc__)
    parser.add_argument(
        "path", nargs="?", help="a folder, zip, file or the address of an HSDS API (default: the directory in use)"
    )
    parser.add_argument("--source", metavar="NAME", help="a name for where this comes from (default: the folder's)")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="which column is what, for a table of your own")
    parser.add_argument("--all", action="store_true", help=f"every finding, not the first {_SHOWN} of each kind")
    parser.add_argument("--report", type=Path, metavar="FILE.csv", help="every finding as a table for a spreadsheet")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from sqlalchemy import select

    from resources_db.database import make_engine, session_scope
    from resources_db.geo.gazetteer import open_gazetteer
    from resources_db.migrations import upgrade
    from resources_db.models import Service
    from resources_db.quality.validation import judge_directory, validate
    from resources_db.settings import load_settings

    if problem := what_is_in_the_way(arguments.report):
        print(problem, file=sys.stderr)
        return 2
    settings = load_settings()
    gazetteer = open_gazetteer(settings.gazetteer_path)
    report: ImportReport | None = None
    if arguments.path is None:
        engine = make_engine(settings.database_url)
        upgrade(engine)
        with session_scope(engine) as session:
            if session.scalar(select(Service.id).limit(1)) is None:
                print("The directory in use is empty: bring one in with homeward import PATH.", file=sys.stderr)
                return 2
        judgment = judge_directory(engine, gazetteer, date.today())
    else:
        report, judgment = validate(arguments.path, gazetteer, date.today(), source=arguments.source, mapping=arguments.mapping)
        if report.exit_code == 2 and not arguments.json:
            print("; ".join(f"{problem.problem}: {problem.fix}" for problem in report.errors), file=sys.stderr)
            return 2
    if arguments.report:
        _write_table(arguments.report, report, judgment)
    if arguments.json:
        print(json.dumps({**(report.as_json() if report else {}), **judgment.as_json()}, ensure_ascii=False))
    else:
        if report:
            print(report.as_text(), end="\n\n")
        print("\n".join(_lines(judgment, None if arguments.all else _SHOWN)))
    return max(report.exit_code if report else 0, int(judgment.has_errors))


def _lines(judgment: Judgment, most: int | None) -> list[str]:
    counts = Counter(finding.severity for finding in judgment.findings)
    if not judgment.findings and not judgment.duplicates:
        return ["Nothing looks wrong in the listings, and nothing looks as if it were there twice."]
    told = (f"{counts[severity]} {severity}{'s' * (counts[severity] != 1)}" for severity in ("error", "warning", "note"))
    lines = [f"What to look at: {', '.join(told)}, {len(judgment.duplicates)} likely twice", ""]
    for rule, findings in judgment.by_rule():
        lines.append(f"{findings[0].severity:8} {rule.replace('_', ' ')} ({len(findings)}): {findings[0].fix}")
        lines += [f"           {finding.listing}: {finding.problem}" for finding in findings[:most]]
        lines += _and_more(len(findings), most)
    if judgment.duplicates:
        lines += ["", "Likely twice (keep one, or tell them apart):"]
        for pair in judgment.duplicates[:most]:
            lines.append(f"  {pair.kind:13} {pair.score:3} %  {pair.first_name}  =  {pair.second_name}")
            lines.append(f"                       {'; '.join(pair.reasons)}")
        lines += _and_more(len(judgment.duplicates), most)
    return lines


def _and_more(count: int, most: int | None) -> list[str]:
    return [f"           and {count - most} more: --all shows them"] if most is not None and count > most else []


_COLUMNS = ("severity", "rule", "table", "id", "listing", "file", "line", "field", "problem", "what to do")


def _write_table(path: Path, report: ImportReport | None, judgment: Judgment) -> None:
    from resources_db.exchange.report import harmless

    with path.open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerow(_COLUMNS)
        table.writerows(map(harmless, row) for row in _rows(report, judgment))


def _rows(report: ImportReport | None, judgment: Judgment) -> Iterator[tuple[object, ...]]:
    for problem in report.errors if report else ():
        yield "", "import", "", "", "", problem.file, problem.line, problem.field, problem.problem, problem.fix
    for one in judgment.findings:
        yield one.severity, one.rule, one.resource_type, one.resource_id, one.listing, "", "", "", one.problem, one.fix
    for pair in judgment.duplicates:
        both, named = f"{pair.first_id} {pair.second_id}", f"{pair.first_name} = {pair.second_name}"
        reasons = "; ".join(pair.reasons)
        yield "warning", "duplicate", pair.kind, both, named, "", "", "", reasons, "keep one, or tell them apart"
