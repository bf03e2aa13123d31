"""The `homeward` command. Each sub-command is a module with `add_to(parsers)`; nothing heavy is imported before it runs.

Errors are one line on stderr; exit code 2 means that what was given cannot be used.
"""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from bot.cli import (
    chat,
    evaluate,
    exporting,
    importing,
    outbox,
    privacy_report,
    search,
    sites,
    sms_sandbox,
    staff,
    understand,
    up,
    validating,
)
from resources_db.errors import ResourcesError


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _Parser(prog="homeward", description="Nearby help for families coming back together.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (
        up,
        chat,
        understand,
        evaluate,
        search,
        importing,
        exporting,
        validating,
        sites,
        staff,
        outbox,
        privacy_report,
        sms_sandbox,
    ):
        module.add_to(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except ResourcesError as error:
        print("; ".join(str(error).splitlines()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output went away: `homeward … | head`
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
