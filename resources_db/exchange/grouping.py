"""Which rows load together: an organization with everything under it, after the ones it leans on. Worked out in SQL."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from resources_db.exchange.record import LINKS, TABLES
from resources_db.exchange.report import Notes
from resources_db.exchange.staging import COLUMNS, GOOD, HELD, NUMBER, TWIN, Staged, Staging, as_id, as_staged, rows_of

InDirectory = Callable[[str, list[str]], set[str]]
"""Those of the ids that a table of the directory has."""

# What organizations share loads before all of them, as one group.
_SHARED, _SHARED_TABLES = 0, ("meta_table_description", "taxonomy", "taxonomy_term", "unit")
_AT_ONCE = 500
# Longer chains of organizations that lean on each other are ordered in memory.
_MOST_PASSES = 50
_DEEPEST = 1_000


def settle(staging: Staging, notes: Notes, in_directory: InDirectory) -> None:
    """Give every row its parents: rows given twice become one, and what leads nowhere is held back."""
    staging.seal()
    _merge_twins(staging, notes)
    _find_parents(staging, in_directory)
    _hold_what_leads_nowhere(staging, notes)
    hold_what_depends(staging, notes)


def hold(staging: Staging, notes: Notes, row: Staged, reason: str) -> None:
    """Keep a row out of the directory; ``hold_what_depends`` must follow."""
    staging.db.execute("UPDATE draft SET state = ? WHERE n = ?", (HELD, row.n))
    notes.hold(row.ref.table, row.source_id, reason, row.file, row.line)


def tell(notes: Notes, row: Staged, column: str, problem: str, fix: str, *, held_back: bool = False) -> None:
    """Say what is wrong in a column of a row, where its source has it."""
    name = row.field_name(column)
    notes.problem(row.file, row.line, name, problem, fix, table=row.ref.table, id=row.source_id, held_back=held_back)


def hold_what_depends(staging: Staging, notes: Notes) -> None:
    """Hold back what belongs to a held row; what only mentions one loads without the mention."""
    query = f"""
        SELECT {COLUMNS}, r.field, r.tbl, r.said, r.dispensable
        FROM draft p JOIN reference r ON r.parent = p.n JOIN draft d ON d.n = r.child
        WHERE p.state = {HELD} AND d.state = {GOOD} ORDER BY d.n LIMIT {_AT_ONCE}
    """
    while found := staging.db.execute(query).fetchall():
        done = set()
        for row in found:
            child, (field, number, said, dispensable) = as_staged(row[:-4]), row[-4:]
            named = f"its {TABLES[number]} {said} was held back"
            if dispensable:
                _leave_out(staging, notes, child, field, named)
            elif child.n not in done:
                done.add(child.n)
                hold(staging, notes, child, named)


def in_groups(staging: Staging, notes: Notes, at_once: int) -> Iterator[tuple[list[int], int]]:
    """The groups as (roots, number of rows), in the order in which they load.

    Small groups come together, up to about ``at_once`` rows; each root is one group, which loads whole or
    not at all. Organizations that refer to each other in a circle, as when each has a service at the
    other's place, are one group.
    """
    db = staging.db
    _find_roots(db)
    _order_groups(db)
    _order_within(staging, notes)
    together: list[int] = []
    count = 0
    # The answer is copied, since the caller may change states while it takes its time.
    db.execute("CREATE TABLE turn AS SELECT root, rows FROM leader ORDER BY rank, root")
    for root, rows in db.execute("SELECT root, rows FROM turn ORDER BY rowid"):
        if together and count + rows > at_once:
            yield together, count
            together, count = [], 0
        together.append(root)
        count += rows
    if together:
        yield together, count


def members(staging: Staging, roots: list[int]) -> Iterator[Staged]:
    """The good rows of these groups, parents before children."""
    some = ",".join(map(str, roots))
    yield from rows_of(
        staging.db,
        f"SELECT {COLUMNS} FROM draft d WHERE root IN ({some}) AND state = {GOOD} ORDER BY tbl, depth, n",
    )


def _merge_twins(staging: Staging, notes: Notes) -> None:
    db = staging.db
    groups = db.execute("SELECT tbl, id FROM draft GROUP BY tbl, id HAVING count(*) > 1").fetchall
    for number, id_ in groups():
        same = f"SELECT {COLUMNS} FROM draft d WHERE tbl = ? AND id = ? ORDER BY state, n LIMIT 1"
        first = as_staged(db.execute(same, (number, id_)).fetchone())
        later = f"SELECT {COLUMNS}, d.state FROM draft d WHERE tbl = ? AND id = ? AND n <> ? ORDER BY n"
        for row in db.execute(later, (number, id_, first.n)).fetchall():
            twin = as_staged(row[:-1])
            db.execute("UPDATE draft SET state = ? WHERE n = ?", (TWIN, twin.n))
            if row[-1] == HELD:
                continue
            # An empty value says nothing against a given one: a summary and the full row are one thing.
            given = {name: value for name, value in twin.values.items() if value not in (None, "")}
            differing = [name for name, value in given.items() if first.values.get(name) not in (None, "", value)]
            name, place = first.field_name("id"), f"line {first.line} of {first.file}"
            if differing:
                what = f"is the same row as {place}, with another {', '.join(differing)}"
                fix = "keep one of them, or give each an id of its own"
                tell(notes, twin, "id", what, fix, held_back=True)
                notes.hold(twin.ref.table, twin.source_id, f"line {twin.line}: id {what}", twin.file, twin.line)
                continue
            if not (twin.pointer or first.pointer):  # inside JSON records, rows are repeated wherever they are mentioned
                notes.remark(twin.file, twin.line, name, f"is the same row as {place}; it was read once", "remove one of them")
            unsaid = {name: value for name, value in twin.values.items() if name not in first.values}
            if new := unsaid | {name: value for name, value in given.items() if first.values.get(name) in (None, "")}:
                staging.set_value(first.n, **new)
                first.values.update(new)
                db.execute(
                    "INSERT OR IGNORE INTO reference (child, field, tbl, id, said, above, dispensable)"
                    " SELECT ?, field, tbl, id, said, 0, dispensable FROM reference WHERE child = ?",
                    (first.n, twin.n),
                )
            if first.values.get("latitude") is None:
                db.execute(f"INSERT OR IGNORE INTO doubtful_point SELECT {first.n}, latitude, longitude FROM doubtful_point"
                           " WHERE n = ?", (twin.n,))  # fmt: skip
            db.execute(f"INSERT OR IGNORE INTO secret SELECT {first.n}, words FROM secret WHERE n = ?", (twin.n,))
    db.execute(f"DELETE FROM reference WHERE child IN (SELECT n FROM draft WHERE state = {TWIN})")


def _find_parents(staging: Staging, in_directory: InDirectory) -> None:
    db = staging.db
    db.execute(
        "UPDATE reference SET parent ="
        f" (SELECT n FROM draft d WHERE d.tbl = reference.tbl AND d.id = reference.id AND d.state <> {TWIN})"
    )
    db.execute("CREATE TABLE outside (n INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, id BLOB NOT NULL, UNIQUE (tbl, id))")
    db.execute("INSERT INTO outside (tbl, id) SELECT DISTINCT tbl, id FROM reference WHERE parent IS NULL")
    for number, table in enumerate(TABLES):
        last = b""
        page = "SELECT id FROM outside WHERE tbl = ? AND id > ? ORDER BY id LIMIT ?"
        while some := [id_ for (id_,) in db.execute(page, (number, last, _AT_ONCE))]:
            last = some[-1]
            there = in_directory(table, [as_id(id_) for id_ in some])
            gone = [(number, id_) for id_ in some if as_id(id_) not in there]
            db.executemany("DELETE FROM outside WHERE tbl = ? AND id = ?", gone)
    db.execute(
        "UPDATE reference SET outside = (SELECT n FROM outside o WHERE o.tbl = reference.tbl AND o.id = reference.id)"
        " WHERE parent IS NULL"
    )
    db.execute("CREATE INDEX reference_parent ON reference (parent)")
    db.execute(f"CREATE INDEX draft_held ON draft (n) WHERE state = {HELD}")


def _hold_what_leads_nowhere(staging: Staging, notes: Notes) -> None:
    query = f"""
        SELECT {COLUMNS}, r.field, r.tbl, r.said, r.dispensable FROM reference r JOIN draft d ON d.n = r.child
        WHERE r.parent IS NULL AND r.outside IS NULL AND d.state = {GOOD} AND (r.child, r.field) > (?, ?)
        ORDER BY r.child, r.field LIMIT {_AT_ONCE}
    """
    last = (0, "")
    held = 0
    while found := staging.db.execute(query, last).fetchall():
        for row in found:
            child, (field, number, said, dispensable) = as_staged(row[:-4]), row[-4:]
            last = (child.n, field)
            named = f"refers to {TABLES[number]} {said}, which is neither in the source nor in the directory"
            # A place whose organization is nowhere is still a place; one whose organization is held back waits with it.
            if dispensable or child.ref.table == "location":
                _leave_out(staging, notes, child, field, named)
                continue
            tell(notes, child, field, named, f"add it, or correct the {field}", held_back=True)
            if child.n != held:
                held = child.n
                hold(staging, notes, child, f"{field} {named}")


def _leave_out(staging: Staging, notes: Notes, row: Staged, field: str, why: str) -> None:
    tell(notes, row, field, f"{why}; it was left out", "add it, or correct it")
    staging.set_value(row.n, **{field: None})
    staging.db.execute("DELETE FROM reference WHERE child = ? AND field = ?", (row.n, field))


def _find_roots(db: sqlite3.Connection) -> None:
    """Set ``draft.root``: the organization a row stands under, or what stands for it (negative: not in the source)."""
    shared = ",".join(str(NUMBER[table]) for table in _SHARED_TABLES)
    db.execute(f"UPDATE draft SET root = {_SHARED} WHERE state = {GOOD} AND tbl IN ({shared})")
    above = f"""
        UPDATE draft SET root = (
            SELECT CASE WHEN r.parent IS NULL THEN -r.outside ELSE (SELECT root FROM draft p WHERE p.n = r.parent) END
            FROM reference r WHERE r.child = draft.n AND r.above
        ) WHERE root IS NULL AND state = {GOOD}
    """
    alone = (
        f"UPDATE draft SET root = n WHERE root IS NULL AND state = {GOOD} AND tbl = ?"
        " AND NOT EXISTS (SELECT 1 FROM reference r WHERE r.child = draft.n AND r.above)"
    )
    # A place that names no organization loads with the first of its services.
    at_home = f"""
        UPDATE draft SET root = (
            SELECT s.root FROM reference r JOIN reference o ON o.child = r.child AND o.field = 'service_id'
            JOIN draft s ON s.n = o.parent JOIN draft l ON l.n = r.child
            WHERE r.parent = draft.n AND r.field = 'location_id' AND l.tbl = {NUMBER["service_at_location"]}
            AND l.state = {GOOD} ORDER BY r.child LIMIT 1
        ) WHERE root IS NULL AND state = {GOOD} AND tbl = {NUMBER["location"]}
        AND NOT EXISTS (SELECT 1 FROM reference r WHERE r.child = draft.n AND r.above)
    """
    for number, table in enumerate(TABLES):
        if table == "location":
            db.execute(at_home)
        db.execute(f"{above} AND tbl = ?", (number,))
        db.execute(alone, (number,))
    # Rows under a row of their own or a later table, such as a metadata entry about a translation.
    while db.execute(f"{above} AND EXISTS (SELECT 1 FROM reference r JOIN draft p ON p.n = r.parent"
                     " WHERE r.child = draft.n AND r.above AND p.root IS NOT NULL)").rowcount:  # fmt: skip
        pass
    db.execute(f"UPDATE draft SET root = n WHERE root IS NULL AND state = {GOOD}")
    db.execute("CREATE INDEX draft_root ON draft (root, tbl, depth) WHERE root IS NOT NULL")


def _order_groups(db: sqlite3.Connection) -> None:
    """Fill ``leader`` with each group's root, number of rows and rank: what it leans on has a lower one."""
    db.executescript(
        f"""
        CREATE TABLE leader (root INTEGER PRIMARY KEY, rows INTEGER NOT NULL, rank INTEGER);
        INSERT INTO leader (root, rows) SELECT root, count(*) FROM draft WHERE root IS NOT NULL AND state = {GOOD} GROUP BY root;
        CREATE TABLE leaning (child INTEGER NOT NULL, parent INTEGER NOT NULL, PRIMARY KEY (child, parent)) WITHOUT ROWID;
        INSERT OR IGNORE INTO leaning SELECT c.root, p.root
            FROM reference r JOIN draft c ON c.n = r.child JOIN draft p ON p.n = r.parent
            WHERE c.root <> p.root AND p.root <> {_SHARED} AND c.state = {GOOD} AND p.state = {GOOD};
        UPDATE leader SET rank = -1 WHERE root = {_SHARED};
        UPDATE leader SET rank = 0 WHERE rank IS NULL AND NOT EXISTS (SELECT 1 FROM leaning l WHERE l.child = root);
        CREATE TEMP TABLE ready (root INTEGER PRIMARY KEY);
        """
    )
    passes = 0
    for passes in range(1, _MOST_PASSES + 1):
        # Whatever is ready is found before any of it is ranked, so that a pass is a level.
        db.execute(
            "INSERT INTO ready SELECT root FROM leader WHERE rank IS NULL AND NOT EXISTS ("
            " SELECT 1 FROM leaning l JOIN leader p ON p.root = l.parent WHERE l.child = leader.root AND p.rank IS NULL)"
        )
        if not db.execute("UPDATE leader SET rank = ? WHERE root IN (SELECT root FROM ready)", (passes,)).rowcount:
            break
        db.execute("DELETE FROM ready")
    _order_circles(db, passes + 1)


def _order_circles(db: sqlite3.Connection, rank: int) -> None:
    """Rank the groups that are left, in memory; those in one circle become one group."""
    leans_on: dict[int, list[int]] = defaultdict(list)
    for child, parent in db.execute(
        "SELECT l.child, l.parent FROM leaning l JOIN leader c ON c.root = l.child JOIN leader p ON p.root = l.parent"
        " WHERE c.rank IS NULL AND p.rank IS NULL"
    ):
        leans_on[child].append(parent)
    for circle in _circles(leans_on):
        first, *others = sorted(circle)
        for other in others:
            db.execute("UPDATE draft SET root = ? WHERE root = ?", (first, other))
            (rows,) = db.execute("SELECT rows FROM leader WHERE root = ?", (other,)).fetchone()
            db.execute("DELETE FROM leader WHERE root = ?", (other,))
            db.execute("UPDATE leader SET rows = rows + ? WHERE root = ?", (rows, first))
        db.execute("UPDATE leader SET rank = ? WHERE root = ?", (rank, first))
        rank += 1


def _circles(leans_on: Mapping[int, list[int]]) -> Iterator[list[int]]:
    """The strongly connected parts of a graph, each after those it leans on (Tarjan's way, without recursion)."""
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    open_: list[int] = []
    is_open: set[int] = set()
    for start in list(leans_on):
        if start in order:
            continue
        order[start] = lowest[start] = len(order)
        open_.append(start)
        is_open.add(start)
        path = [(start, iter(leans_on.get(start, ())))]
        while path:
            node, rest = path[-1]
            for other in rest:
                if other not in order:
                    order[other] = lowest[other] = len(order)
                    open_.append(other)
                    is_open.add(other)
                    path.append((other, iter(leans_on.get(other, ()))))
                    break
                if other in is_open:
                    lowest[node] = min(lowest[node], order[other])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    at = open_.index(node)
                    circle, open_[at:] = open_[at:], []
                    is_open.difference_update(circle)
                    yield circle


def _order_within(staging: Staging, notes: Notes) -> None:
    """Set ``draft.depth``, by which a row comes after the rows of its own table that it stands under."""
    db = staging.db
    db.execute("CREATE TABLE same (child INTEGER NOT NULL, field TEXT NOT NULL, parent INTEGER NOT NULL, PRIMARY KEY (child))")
    db.execute(
        "INSERT OR IGNORE INTO same SELECT r.child, r.field, r.parent"
        " FROM reference r JOIN draft c ON c.n = r.child JOIN draft p ON p.n = r.parent"
        f" WHERE r.tbl = c.tbl AND c.root = p.root AND c.state = {GOOD} AND p.state = {GOOD}"
    )
    db.execute("CREATE TEMP TABLE next (n INTEGER PRIMARY KEY)")
    depth = 1
    while db.execute("SELECT 1 FROM same LIMIT 1").fetchone():
        db.execute("INSERT INTO next SELECT child FROM same WHERE parent NOT IN (SELECT child FROM same)")
        if depth > _DEEPEST or not db.execute("SELECT 1 FROM next LIMIT 1").fetchone():
            _break_circle(staging, notes)
        else:
            db.execute("UPDATE draft SET depth = ? WHERE n IN (SELECT n FROM next)", (depth,))
            db.execute("DELETE FROM same WHERE child IN (SELECT n FROM next)")
            depth += 1
        db.execute("DELETE FROM next")


def _break_circle(staging: Staging, notes: Notes) -> None:
    """Let one row that is its own ancestor stand alone."""
    n, field = staging.db.execute("SELECT child, field FROM same ORDER BY child LIMIT 1").fetchone()
    staging.db.execute("DELETE FROM same WHERE child = ?", (n,))
    row = staging.look_up(n)
    if row.ref.table not in LINKS:
        _leave_out(staging, notes, row, field, "makes the row its own ancestor")
