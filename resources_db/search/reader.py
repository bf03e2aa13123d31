"""Raw statements on a session's connection, in its transaction: what SQLAlchemy adds costs more than SQLite's answer.

Statements are written once for both databases: ``?1`` is the first value, ``IN ?2`` takes a list. On PostgreSQL
each is prepared once for a connection, because planning one costs several times what running it does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from sqlalchemy.orm import Session

_LIST = re.compile(r"IN \?(\d+)")
_VALUE = re.compile(r"\?(\d+)")
_PREPARED = "homeward_prepared"


class Reader:
    """The statements of one piece of work on one connection."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection()
        self.on_sqlite = self._connection.dialect.name == "sqlite"
        driver: Any = self._connection.connection.dbapi_connection
        self._cursor = driver.cursor()
        self._lists: dict[tuple[Any, ...], str] = {}
        self._prepared: set[str] = self._connection.info.setdefault(_PREPARED, set())

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the statement finds; a list or a set among the values goes with ``IN ?n``."""
        if self.on_sqlite:
            text, lists = _for_sqlite(statement)
            if lists:
                values = tuple(self._list(value) if at in lists else value for at, value in enumerate(values, 1))
        else:
            text, values = self._prepare(statement, len(values)), tuple(map(_listed, values))
        try:
            self._cursor.execute(text, values)
            return self._cursor.fetchall()  # type: ignore[no-any-return]
        except Exception:
            # Once more through SQLAlchemy, which tells the operator what is wrong in words of ours.
            self._connection.exec_driver_sql(text, values)
            raise

    def rows_once(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """As `rows`, but planned by PostgreSQL for these very values: a word may be rare, or in every listing."""
        if self.on_sqlite:
            return self.rows(statement, *values)
        text = _VALUE.sub(r"%(v\1)s", _LIST.sub(r"= ANY(?\1)", statement))
        self._cursor.execute(text, {f"v{at}": _listed(value) for at, value in enumerate(values, 1)})
        return self._cursor.fetchall()  # type: ignore[no-any-return]

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run ``INSERT ... VALUES %s`` for all the rows."""
        if not rows:
            return
        if self.on_sqlite:
            marks = ", ".join("?" * len(rows[0]))
            self._cursor.executemany(statement.replace("VALUES %s", f"VALUES ({marks})"), rows)
        else:
            from psycopg2.extras import execute_values  # type: ignore[import-untyped]

            execute_values(self._cursor, statement, rows, page_size=1000)

    def run(self, statement: str, *values: Any) -> None:
        """Run a statement that answers nothing."""
        if self.on_sqlite:
            text, lists = _for_sqlite(statement)
            bound = tuple(self._list(value) if at in lists else value for at, value in enumerate(values, 1))
            self._cursor.execute(text, bound)
        else:
            self._cursor.execute(self._prepare(statement, len(values)), tuple(map(_listed, values)))

    def _list(self, values: Iterable[Any]) -> str:
        """As json_each reads it. The same few lists go with a dozen statements."""
        key = tuple(values)
        if key not in self._lists:
            self._lists[key] = json.dumps(key)
        return self._lists[key]

    def run_once(self, statement: str) -> None:
        """Run a statement without values that is not worth preparing, or cannot be."""
        self._cursor.execute(statement)

    def _prepare(self, statement: str, count: int) -> str:
        name, definition = _for_postgresql(statement)
        if name not in self._prepared:
            self._cursor.execute(f"PREPARE {name} AS {definition}")
            self._prepared.add(name)
        marks = ", ".join(["%s"] * count)
        return f"EXECUTE {name} ({marks})" if count else f"EXECUTE {name}"


@lru_cache(maxsize=512)
def _for_sqlite(statement: str) -> tuple[str, frozenset[int]]:
    lists = frozenset(int(number) for number in _LIST.findall(statement))
    return _LIST.sub(r"IN (SELECT value FROM json_each(?\1))", statement), lists


@lru_cache(maxsize=512)
def _for_postgresql(statement: str) -> tuple[str, str]:
    text = _VALUE.sub(r"$\1", _LIST.sub(r"= ANY(?\1)", statement))
    return f"homeward_{blake2b(text.encode(), digest_size=8).hexdigest()}", text


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else value
