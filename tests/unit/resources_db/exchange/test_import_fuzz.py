"""Real files, spoiled in every way that a disk, a spreadsheet or a person spoils them."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from resources_db.exchange import import_directory
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import snapshot

REAL = Path(__file__).parents[5] / "shared" / "data" / "directories"
FOLDERS = {
    "ohana": REAL / "san_mateo_ohana_sample",
    "hsds_1": REAL / "openreferral_sample_datapackage" / "all_resources",
    "orservices": REAL / "dc_orservices",
}
# Runs by hand go further: HOMEWARD_FUZZ=500 pytest tests/unit/resources_db/exchange/test_import_fuzz.py
SEEDS = int(os.environ.get("HOMEWARD_FUZZ", "5"))
_ROWS = 25
_JUNK = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\xbd", b"\r", b"\n", b"\r\n", b",", b'"', b'""', b";", b"\t", b"{", b"]",
    b"=1+1", b"@SUM(A1)", b"<script>alert(1)</script>", b"../../etc/passwd", b"-99999999999999999999", b"1e999", b"NaN", b"null",
    b"confidential location", b"d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610", "ñ¡ü".encode("latin-1"), "日本語".encode("utf-16"),
    b"x" * 70_000,
)  # fmt: skip


def _junk(data: bytes, rnd: random.Random) -> bytes:
    at = rnd.randrange(len(data) + 1)
    return data[:at] + rnd.choice(_JUNK) + data[at + rnd.choice((0, 0, 1, 40)) :]


def _bits(data: bytes, rnd: random.Random) -> bytes:
    spoiled = bytearray(data)
    for _ in range(rnd.randrange(1, 20) if spoiled else 0):
        spoiled[rnd.randrange(len(spoiled))] ^= 1 << rnd.randrange(8)
    return bytes(spoiled)


def _cut(data: bytes, rnd: random.Random) -> bytes:
    return data[: rnd.randrange(len(data) + 1)]


def _rows(data: bytes, rnd: random.Random) -> bytes:
    """Rows in another order, some of them twice and some not at all."""
    header, *rows = data.splitlines(keepends=True) or [b""]
    return header + b"".join(rnd.choices(rows, k=len(rows))) if rows else header


def _cells(data: bytes, rnd: random.Random) -> bytes:
    """Cells of a row that changed places, as when a column was sorted alone."""
    rows = data.split(b"\n")
    at = rnd.randrange(len(rows))
    cells = rows[at].split(b",")
    rnd.shuffle(cells)
    rows[at] = b",".join(cells)
    return b"\n".join(rows)


def _columns(data: bytes, rnd: random.Random) -> bytes:
    header, _, rest = data.partition(b"\n")
    names = header.split(b",")
    names[rnd.randrange(len(names))] = rnd.choice((b"", b"id", b"name", b"service_id", b"what", names[0]))
    return b",".join(names) + b"\n" + rest


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (_junk, _junk, _junk, _bits, _cut, _rows, _cells, _columns)


def _spoil(folder: Path, rnd: random.Random) -> None:
    files = sorted(folder.iterdir())
    for path in rnd.sample(files, k=rnd.randrange(1, len(files))):
        data = path.read_bytes()
        for _ in range(rnd.randrange(1, 4)):
            data = rnd.choice(_WAYS)(data, rnd)
        path.write_bytes(data)
    if rnd.random() < 0.3:
        rnd.choice(files).unlink()


def _some_of(real: Path, folder: Path) -> None:
    """The first rows of each file, cut between rows."""
    folder.mkdir()
    for file in sorted(real.glob("*.csv")) + sorted(real.glob("*.json")):
        lines = file.read_bytes().splitlines(keepends=True)
        few = lines if file.suffix == ".json" else lines[: _ROWS + 1]
        (folder / file.name).write_bytes(b"".join(few))


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("form", FOLDERS)
def test_spoiled_real_files_never_crash_the_import_and_load_the_same_twice(
    sqlite_databases: SqliteDatabases, tmp_path: Path, form: str, seed: int
) -> None:
    if not FOLDERS[form].is_dir():
        pytest.skip(f"{FOLDERS[form]} is not on this machine")
    folder = tmp_path / "directory"
    _some_of(FOLDERS[form], folder)
    _spoil(folder, random.Random(f"{form} {seed}"))
    with sqlite_databases.new() as engine:
        first = import_directory(engine, folder)
        before = snapshot(engine)
        _check_whole(engine)
        assert (first.exit_code == 0) == (not first.held_back and sum(first.loaded.values()) > 0)
        assert all(problem.problem and problem.fix for problem in first.errors)
        second = import_directory(engine, folder)
        assert (second.loaded, second.changed, second.gone) == ({}, {}, {})
        assert second.unchanged == first.loaded
        assert second.held_back == first.held_back
        assert snapshot(engine) == before
    shutil.rmtree(folder)


def _check_whole(engine: Engine) -> None:
    """Nothing refers to what is not there."""
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        for table, kind, link in (("attribute", "link_entity", "link_id"), ("translation", "resource_type", "resource_id")):
            for (entity,) in connection.execute(text(f"SELECT DISTINCT {kind} FROM {table}")).all():
                missing = f"SELECT count(*) FROM {table} WHERE {kind} = '{entity}' AND {link} NOT IN (SELECT id FROM {entity})"
                assert connection.execute(text(missing)).scalar() == 0
