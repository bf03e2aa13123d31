"""What an import did, row by row: the report a data steward works from."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """Something to mend in the source. ``line`` is the line its row starts on, None for a whole file."""

    file: str
    line: int | None
    field: str | None
    problem: str
    fix: str


@dataclass(frozen=True)
class HeldBack:
    """A row that was not loaded; ``id`` is the one in the source."""

    table: str
    id: str
    reason: str


@dataclass
class ImportReport:
    """Rows by HSDS table: ``loaded`` are new, ``changed`` were there and differ, ``unchanged`` do not.

    ``errors`` lists everything to mend, ``held_back`` the rows that were left out because of it. An error
    without a row held back is a remark: what was kept as it was given, or what could not be kept.
    """

    loaded: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    held_back: list[HeldBack] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when all rows are in the directory, 1 when some were held back, 2 when nothing could be read."""
        if self.held_back:
            return 1
        return 0 if self.loaded or self.changed or self.unchanged else 2

    def as_json(self) -> dict[str, Any]:
        """The report in its public form, ready for ``json.dumps``."""
        return {
            "loaded": dict(sorted(self.loaded.items())),
            "changed": dict(sorted(self.changed.items())),
            "unchanged": dict(sorted(self.unchanged.items())),
            "held_back": [asdict(row) for row in self.held_back],
            "errors": [asdict(problem) for problem in self.errors],
        }

    def as_text(self) -> str:
        """The report as a person reads it: what happened to each table, then everything to mend, line by line."""
        lines = [f"{'table':24}{'new':>8}{'changed':>9}{'same':>8}{'held back':>11}"]
        held = Counter(row.table for row in self.held_back)
        for table in sorted({*self.loaded, *self.changed, *self.unchanged, *held}):
            counts = (self.loaded[table], self.changed[table], self.unchanged[table], held[table])
            lines.append(f"{table:24}{counts[0]:>8}{counts[1]:>9}{counts[2]:>8}{counts[3]:>11}")
        for row in self.held_back:
            lines.append(f"held back: {row.table} {row.id}: {row.reason}")
        for problem in self.errors:
            place = ", ".join(filter(None, [problem.file, f"line {problem.line}" if problem.line else None, problem.field]))
            lines.append(f"{place}: {problem.problem}; {problem.fix}")
        return "\n".join(lines)
