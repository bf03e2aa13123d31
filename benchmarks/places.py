"""How soon and in how much memory places are known, how fast one is read, and how many of what people ask for.

`python -m benchmarks.places`. The lists in tests/data/places were written before anybody looked at the answers. By the
first the gazetteer was then mended; at first sight of the second it understood 180 of 188 (before the mending 164).
"""

from __future__ import annotations

import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from resources_db.geo.gazetteer import Gazetteer, open_gazetteer
from resources_db.geo.places import find_place

LISTS = Path(__file__).parents[1] / "tests" / "data" / "places"
_STARTS = 5

#: Run in a process of its own, so that what the process holds is what the gazetteer costs.
_USE = """
import json, sys, time
from pathlib import Path

def megabytes():
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in Path("/proc/self/smaps_rollup").read_text().splitlines()
            if line.startswith(("Pss:", "Rss:"))}

bare, began, cpu = megabytes(), time.perf_counter(), time.process_time()
from resources_db.geo.gazetteer import open_gazetteer
from resources_db.geo.places import find_place
gazetteer = open_gazetteer(sys.argv[1])
find_place(gazetteer, "95814")
ready = time.perf_counter() - began, time.process_time() - cpu
for text in sys.stdin.read().splitlines():
    find_place(gazetteer, text)
print(json.dumps({"ready": ready, "memory": {name: now - bare[name] for name, now in megabytes().items()}}))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "gazetteer.sqlite"
        began = time.perf_counter()
        gazetteer = open_gazetteer(file)
        print(f"{'made once':44}{time.perf_counter() - began:9.1f} s {file.stat().st_size / 1e6:9.1f} MB")
        _starts(file)
        _reading(gazetteer)
        for name in ("asked.tsv", "unseen.tsv"):
            asked = list(_list(name))
            answered = sum(is_answered(gazetteer, line) for line in asked)
            print(f"{'understood of ' + name:44}{answered:5} of {len(asked)} ({answered / len(asked):.1%})")
        gazetteer.close()


def is_answered(gazetteer: Gazetteer, asked: dict[str, str]) -> bool:
    """Whether a line of a list gets what it should: the one place, the place among several, the military address, nothing."""
    reading = find_place(gazetteer, asked["text"])
    if asked["answer"] == "military":
        return asked["label"] in (reading.military or "")
    if asked["answer"] == "none":
        return not reading.found
    places = (reading.place,) if asked["answer"] == "one" else (reading.place, *reading.candidates)
    kinds = asked["kind"].split("|")
    return any(place and asked["label"] in place.label and (place.kind in kinds or kinds == ["any"]) for place in places)


def _starts(file: Path) -> None:
    asked = "\n".join(line["text"] for name in ("asked.tsv", "unseen.tsv") for line in _list(name))
    runs = []
    for _ in range(_STARTS):
        done = subprocess.run([sys.executable, "-c", _USE, str(file)], input=asked, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    wall, cpu = (statistics.median(times) for times in zip(*(run["ready"] for run in runs), strict=True))
    print(f"{'from import to first answer, median':44}{wall:9.2f} s {cpu:9.2f} s CPU")
    for name, words in (("Pss", "proportional"), ("Rss", "resident")):
        print(f"{f'{words} memory it adds, all lists read':44}{max(run['memory'][name] for run in runs):9.1f} MB")


def _reading(gazetteer: Gazetteer) -> None:
    times = []
    for line in _list("asked.tsv"):
        began = time.perf_counter()
        find_place(gazetteer, line["text"])
        times.append((time.perf_counter() - began) * 1000)
    print(
        f"{'one place read, median and p95':44}{statistics.median(times):9.2f} ms {statistics.quantiles(times, n=20)[-1]:8.2f} ms"
    )


def _list(name: str) -> Iterator[dict[str, str]]:
    with (LISTS / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


if __name__ == "__main__":
    main()
