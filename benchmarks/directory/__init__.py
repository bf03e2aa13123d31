"""The directory at 10,000, 100,000 and a million places: search, what others need for the same, exactness, import.

`python -m benchmarks directory --help` says what can be left out; benchmarks/README.md what the tables mean.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_WORK = Path(tempfile.gettempdir()) / "homeward-benchmark"
_UNITS = {"k": 1_000, "m": 1_000_000}
_GIGABYTES_PER_MILLION = 12
_PARTS = {
    "search": "every kind of question at every size",
    "peers": "the C floor, geopy, PostGIS, the shape of Ohana's search, the ORM way",
    "exact": "2,000 answers a database against distances over the ellipsoid",
    "import": "rows a second and memory of homeward import",
}


def main(arguments: Sequence[str] = ()) -> None:
    asked = _parse(arguments)
    # Imported here, so that --help needs nothing.
    from benchmarks.directory import exactness, importing, search, stores

    work: Path = asked.work
    work.mkdir(parents=True, exist_ok=True)
    work.chmod(0o755)  # PostgreSQL may run as another user
    if stores.free_space(work) < _GIGABYTES_PER_MILLION * max(asked.sizes) / 1e6:
        raise SystemExit(f"There is too little room in {work}: name another folder with --work, or smaller --sizes.")
    parts = {part for part in _PARTS if getattr(asked, part)} or set(_PARTS)
    began = time.perf_counter()
    print(f"   directories and databases are kept in {work}; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    if parts - {"import"}:
        with stores.postgresql(work) as server:
            needed = asked.sizes if parts & {"search", "peers"} else [_middle(asked.sizes)]
            engines: dict[str, dict[int, stores.Engine]] = {}
            for size in needed:
                urls = {"SQLite": f"sqlite:///{work}/directory_{size}.db"}
                if server:
                    urls["PostgreSQL"] = server.database(f"directory_{size}")
                for database, url in urls.items():
                    engine = stores.filled(f"{database.lower()}_{size}", url, size, work)
                    engines.setdefault(database, {})[size] = engine
            print(f"   SQLite {stores.SQLITE}" + (f", PostgreSQL {server.version}" if server else ""), flush=True)
            points = 20 if asked.quick else 100
            if "search" in parts:
                search.growth(engines, points)
            if "peers" in parts:
                search.beside_peers(engines, points, postgis=bool(server and server.has_postgis))
            if "exact" in parts:
                for database, by_size in engines.items():
                    size = _middle(list(by_size))
                    exactness.check(f"{database}, {size:,}", by_size[size], 200 if asked.quick else exactness.QUERIES)
            for by_size in engines.values():
                for engine in by_size.values():
                    engine.dispose()
    if "import" in parts:
        importing.import_speed(asked.sizes, work)
    print(f"   {(time.perf_counter() - began) / 60:.1f} minutes in all")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks directory", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, help="service_at_locations, such as 10k,100k,1M (the default)")
    parser.add_argument("--quick", action="store_true", help="10k and 100k, fewer points: a minute or two")
    parser.add_argument("--work", type=Path, default=_WORK, help=f"where generated directories are kept (default {_WORK})")
    for part, what in _PARTS.items():
        parser.add_argument(f"--{part}", action="store_true", help=f"only: {what}")
    asked = parser.parse_args(arguments)
    asked.sizes = asked.sizes or _sizes("10k,100k" if asked.quick else "10k,100k,1M")
    return asked


def _sizes(text: str) -> list[int]:
    return sorted(int(float(word.rstrip("kmKM")) * _UNITS.get(word[-1:].lower(), 1)) for word in text.split(","))


def _middle(sizes: Sequence[int]) -> int:
    """100,000 where there is such a directory: large enough, and brute force still ends."""
    return 100_000 if 100_000 in sizes else min(sizes)
