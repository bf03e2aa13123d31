"""`homeward evaluate`: how well labeled messages are understood.

FILE is a table with tabs between its columns and their names in the first line:

  text     the message; must be there, everything else is judged where it is given
  lang     en or es
  needs    need codes, such as food,goods
  negated  need codes that the message refuses
  act      request_help, greet, out_of_scope ... (a word that is none is answered with all of them)
  crisis   self_harm, violence, child_safety, medical, harm_others, or yes
  place    the words that name it
  ages     in years: 4,0.67

"none", "-" or "null" says that there is nothing. So does an empty cell of needs, negated, crisis, place and ages, where the
row has an act or any row of the file fills that column; otherwise an empty cell is not judged. A table with text, lang and
label (need:CODE, crisis or an act) and the lists of tests/safety are read too: bot/evaluation/rows.py tells the rest.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    layout = argparse.RawDescriptionHelpFormatter
    said = "measure how well labeled messages are understood"
    parser = commands.add_parser("evaluate", help=said, description=__doc__, formatter_class=layout)
    parser.add_argument("file", type=Path, metavar="FILE.tsv", help="messages, and what is to be understood from them")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--mistakes", type=_count, default=5, metavar="N", help="how many of each kind to show (default: 5)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from bot.evaluation.report import as_json, as_text
    from bot.evaluation.rows import LabeledFile
    from bot.evaluation.running import Evaluation
    from bot.installed import installed_understanding
    from bot.understanding.pipeline import ModelUnusable

    rows = LabeledFile(arguments.file)
    try:
        understanding = installed_understanding()
    except ModelUnusable as error:
        print(error, file=sys.stderr)
        return 2
    evaluation = Evaluation(arguments.mistakes).run(understanding, rows)
    if arguments.json:
        print(json.dumps({"file": str(arguments.file), **as_json(evaluation)}, ensure_ascii=False, indent=1))
    else:
        print(as_text(evaluation))
    return 0


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of mistakes")
    return int(text)
