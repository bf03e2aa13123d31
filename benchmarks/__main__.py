"""`make bench`, or `python -m benchmarks [NAME …]`: each measures side by side, in one run.

`make bench` runs what is USUAL; the others take long, or need nothing but a look, and run when named.
Options after a single name are that benchmark's own: `python -m benchmarks directory --help`.
"""

from __future__ import annotations

import importlib
import itertools
import sys

USUAL = ("understanding", "conversations", "places", "turns", "webhook", "faults", "directory")
WHEN_NAMED = ("learning_curve", "reading_level", "stock_rasa", "texts", "soak", "year")
WITH_OPTIONS = ("conversations", "directory", "faults", "soak", "stock_rasa", "understanding", "webhook", "year")


def main() -> None:
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))
    options = sys.argv[1 + len(names) :]
    if unknown := set(names) - {*USUAL, *WHEN_NAMED}:
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(USUAL + WHEN_NAMED)}")
    if options and (len(names) != 1 or names[0] not in WITH_OPTIONS):
        sys.exit(f"options are for one benchmark, which must be one of: {', '.join(WITH_OPTIONS)}")
    for name in names or USUAL:
        print(f"== {name}", flush=True)
        benchmark = importlib.import_module(f"benchmarks.{name}")
        benchmark.main(options) if name in WITH_OPTIONS else benchmark.main()


if __name__ == "__main__":
    main()
