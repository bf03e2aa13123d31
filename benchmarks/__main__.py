"""`make bench`, or `python -m benchmarks [turns|understanding …]`: each measures side by side, in one run, and prints."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = ("understanding", "turns")


def main() -> None:
    names = sys.argv[1:] or BENCHMARKS
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(BENCHMARKS)}")
    for name in names:
        print(f"== {name}")
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
