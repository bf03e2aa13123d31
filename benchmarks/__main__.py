"""`make bench`, or `python -m benchmarks [turns|understanding|places|directory …]`: each measures side by side, in one run.

Options after a single name are that benchmark's own: `python -m benchmarks directory --help`.
"""

from __future__ import annotations

import importlib
import itertools
import sys

BENCHMARKS = ("understanding", "places", "turns", "directory")
WITH_OPTIONS = ("directory",)


def main() -> None:
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))
    options = sys.argv[1 + len(names) :]
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(BENCHMARKS)}")
    if options and (len(names) != 1 or names[0] not in WITH_OPTIONS):
        sys.exit(f"options are for one benchmark, which must be one of: {', '.join(WITH_OPTIONS)}")
    for name in names or BENCHMARKS:
        print(f"== {name}", flush=True)
        benchmark = importlib.import_module(f"benchmarks.{name}")
        benchmark.main(options) if name in WITH_OPTIONS else benchmark.main()


if __name__ == "__main__":
    main()
