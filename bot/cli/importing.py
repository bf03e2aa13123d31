"""`homeward import`: load a directory of services, in any form that is known, and say what became of every row."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.report_file import what_is_in_the_way

if TYPE_CHECKING:
    from resources_db.exchange import Progress

_EPILOG = """\
PATH is a folder, a zip, a file of JSON, or the address of an HSDS API. Nothing in it is changed.
Exit status: 0 when all rows are in the directory, 1 when some were held back, 2 when nothing could be read.
docs/importing.md tells what can be read and what the report means."""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "import",
        help="load a directory of services",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="PATH", help="the folder, zip, file or address")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    parser.add_argument("--source", metavar="NAME", help="a name for where this comes from (default: the folder's)")
    parser.add_argument("--mapping", metavar="FILE", type=Path, help="which column is what, for a table of your own")
    parser.add_argument("--report", metavar="FILE.csv", type=Path, help="also write everything to mend, line by line, as CSV")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from resources_db.database import make_engine
    from resources_db.exchange import import_directory
    from resources_db.migrations import upgrade
    from resources_db.settings import load_settings

    if problem := what_is_in_the_way(arguments.report):
        print(problem, file=sys.stderr)
        return 2
    engine = make_engine(load_settings().database_url)
    upgrade(engine)
    with _bar() as progress:
        report = import_directory(engine, arguments.path, arguments.source, arguments.dry_run, progress, arguments.mapping)
    if arguments.report:
        with arguments.report.open("w", encoding="utf-8", newline="") as file:
            report.write_csv(file)
    if arguments.json:
        report.write_json(sys.stdout)
    elif report.refused:
        print(f"{report.refused.problem}: {report.refused.fix}", file=sys.stderr)
    else:
        print(report.as_text())
        if arguments.dry_run:
            print("\nThis was a dry run: nothing was changed.")
    return report.exit_code


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on standard error, on a terminal only."""
    from tqdm import tqdm

    bar = tqdm(unit=" rows", leave=False, disable=not sys.stderr.isatty())

    def show(what: str, done: int, of: int | None) -> None:
        if bar.disable:
            return
        if bar.desc != f"{what}: ":
            bar.reset(of)
            bar.set_description(what)
        bar.update(done - bar.n)

    with bar:
        yield show
