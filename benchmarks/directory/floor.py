"""The floor under a search on SQLite: the very statements it ran, run again by a small C program."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from benchmarks.directory.measure import REPEATS, Timing
from benchmarks.directory.questions import Kind
from resources_db.database import make_engine

Call = tuple[str, Sequence[Any]]


class _Cursor(sqlite3.Cursor):
    def execute(self, statement: str, values: Any = ()) -> Any:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):  # BEGIN and PRAGMA are no questions
            _Connection.calls.append((statement, tuple(values)))
        return super().execute(statement, values)


class _Connection(sqlite3.Connection):
    """Writes down what is asked through any of its cursors, whether SQLAlchemy's or the driver's own."""

    calls: ClassVar[list[Call]] = []

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


def _recording(engine: Engine) -> Engine:
    """An engine on the same file whose statements are written down."""
    recording = make_engine(engine.url.render_as_string())

    def connect(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        parameters["factory"] = _Connection

    event.listen(recording, "do_connect", connect)
    return recording


def floor(engine: Engine, kind: Kind) -> Timing | str:
    """Processor time of each place's statements alone; a sentence saying why not where there is no compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        return "there is no C compiler here"
    statements: dict[str, int] = {}
    lines: list[bytes] = []
    recording = _recording(engine)
    with Session(recording) as session:
        for place in kind.places:
            lines.append(b"P")
            _Connection.calls.clear()
            kind.ask(session, place)
            for statement, values in _Connection.calls:
                lines.append(b"Q %d" % statements.setdefault(statement, len(statements)))
                lines += map(_written, values)
    recording.dispose()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "statements").write_bytes(b"".join(statement.encode() + b"\0" for statement in statements))
        (folder / "calls").write_bytes(b"\n".join(lines) + b"\n")
        source = Path(__file__).with_name("floor.c")
        made = subprocess.run([compiler, "-O2", "-o", folder / "floor", source, "-lsqlite3"], capture_output=True, text=True)
        if made.returncode:
            return f"the C program could not be built (libsqlite3-dev missing?): {made.stderr.strip().splitlines()[0]}"
        ran = subprocess.run(
            [folder / "floor", str(engine.url.database), folder / "statements", folder / "calls", str(REPEATS)],
            capture_output=True,
            text=True,
        )
    if ran.returncode:
        return f"SQLite alone could not run the statements: {ran.stderr.strip()}"
    return Timing(tuple(float(line) / 1000 for line in ran.stdout.split()))


def _written(value: Any) -> bytes:
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i %d" % value
    if isinstance(value, float):
        return b"f " + value.hex().encode()
    text = str(value).encode()
    return b"t %d\n%s" % (len(text), text)
