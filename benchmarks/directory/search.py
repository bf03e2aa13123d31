"""How long a search takes at each size, and beside what others need for the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from benchmarks.directory import peers
from benchmarks.directory.country import COMMON, RARE
from benchmarks.directory.floor import floor
from benchmarks.directory.measure import Clock, Subject, Timing, table, timed, verdict
from benchmarks.directory.questions import PAGE, Kind, answers, kinds, sites_near
from resources_db.database import session_scope
from resources_db.geo.places import Place
from resources_db.search import near_count, nearest

#: Directories by database ("SQLite", "PostgreSQL") and size.
Engines = Mapping[str, Mapping[int, Engine]]

_GROWTH, _WHOLE_MS = 1.5, 5.0


def growth(engines: Engines, points: int) -> None:
    """Every kind of question on every directory, the sizes in turns."""
    for title, asked, scope in (
        ("nearest five services", kinds(points), _in_session),
        ("whole answers, each in a transaction of its own", answers(points), _in_transaction),
    ):
        rows = []
        for kind in asked:
            for database, by_size in engines.items():
                timings = _growth_of(kind, by_size, scope)
                sizes = sorted(timings)
                last = timings[sizes[-1]]
                row = [kind.name, database, *(str(timings[size]) for size in sizes)]
                row += [f"{last.percentile(99):.2f}", f"{last.percentile(100):.2f}"]
                if len(sizes) > 1:
                    row.append(verdict(last.p95 / timings[sizes[0]].p95, _GROWTH))
                if scope is _in_transaction:
                    row.append(verdict(last.p95, _WHOLE_MS))
                rows.append(row)
        sizes = sorted(next(iter(engines.values())))
        header = [f"{title}: CPU ms", "", *(f"{size:,} p50/p95" for size in sizes), "p99", "max"]
        header += [f"p95 {sizes[-1]:,} : {sizes[0]:,}"] if len(sizes) > 1 else []
        header += ["p95 of the largest"] if scope is _in_transaction else []
        table(header, rows)


def _growth_of(kind: Kind, by_size: Mapping[int, Engine], scope: Any) -> dict[int, Timing]:
    asks = {size: scope(engine, kind) for size, engine in by_size.items()}
    for ask, _ in asks.values():
        ask(0)  # opens connections, so that the clock can see who serves them
    subjects = [Subject(str(size), ask, Clock.for_engine(by_size[size])) for size, (ask, _) in asks.items()]
    found = timed(subjects, len(kind.places))
    for _, close in asks.values():
        close()
    return {size: found[str(size)] for size in by_size}


def _in_session(engine: Engine, kind: Kind) -> tuple[Callable[[int], object], Callable[[], None]]:
    session = Session(engine)
    return (lambda point: kind.ask(session, kind.places[point])), session.close


def _in_transaction(engine: Engine, kind: Kind) -> tuple[Callable[[int], object], Callable[[], None]]:
    def ask(point: int) -> object:
        with session_scope(engine, writes=False) as session:
            return kind.ask(session, kind.places[point])

    return ask, lambda: None


# --- peers and floors -------------------------------------------------------------------------------------------------


def beside_peers(engines: Engines, points: int, *, postgis: bool) -> None:
    sqlite = engines["SQLite"]
    middle = 100_000 if 100_000 in sqlite else min(sqlite)
    largest = max(sqlite)
    _c_floor(sqlite[largest], largest, points)
    _geopy(sqlite[middle], middle)
    if "PostgreSQL" in engines:
        if postgis:
            _postgis(engines["PostgreSQL"][largest], largest, points)
        else:
            print("   PostGIS is left out: it is not installed here (Debian: apt-get install postgresql-15-postgis-3).\n")
        _ohana(engines["PostgreSQL"][middle], sqlite[middle], middle, points)
    for engine in (by_size[largest] for by_size in engines.values()):
        _orm(engine, largest, min(points, 40))


def _ours(engine: Engine, places: Sequence[Place], need: str) -> tuple[Session, Callable[[int], object]]:
    session = Session(engine)

    def ask(point: int) -> object:
        place = places[point]
        return nearest(session, (place.latitude, place.longitude), need=need, services_only=True, limit=PAGE)

    return session, ask


def _at(places: Sequence[Place], ask: peers.Ask) -> Callable[[int], object]:
    return lambda point: ask(places[point])


def _c_floor(engine: Engine, size: int, points: int) -> None:
    rows = []
    for kind in kinds(points)[:5]:
        ask, close = _in_session(engine, kind)
        bare = floor(engine, kind)
        if isinstance(bare, str):
            print(f"   The C floor is left out: {bare}.\n")
            return
        ours = timed([Subject("ours", ask)], points)["ours"]
        close()
        rows.append([kind.name, str(ours), str(bare), verdict(ours.p50 / bare.p50, 2.5), f"{ours.p95 / bare.p95:.2f}"])
    table([f"SQLite, {size:,}: CPU ms p50/p95", "search", "its statements in C", "p50 ratio", "p95 ratio"], rows)


def _geopy(engine: Engine, size: int) -> None:
    places = kinds(2)[0].places
    brute = peers.row_by_row(peers.points_of(engine, COMMON))
    session, ask = _ours(engine, places, COMMON)
    ours = timed([Subject("ours", ask)], len(places))["ours"]
    theirs = timed([Subject("geopy", _at(places, brute))], len(places), repeats=1)["geopy"]
    session.close()
    row = [f"{ours.p50:.3f}", f"{theirs.p50:,.0f}", verdict(theirs.p50 / ours.p50, 10_000, at_least=True)]
    table([f"SQLite, {size:,}: CPU ms p50", "search", "geopy, every row", "times"], [["common need in town", *row]])


def _postgis(engine: Engine, size: int, points: int) -> None:
    peers.prepare_postgis(engine)
    rows = []
    for kind in kinds(points)[:4]:
        need = COMMON if "common" in kind.name else RARE
        session, ask = _ours(engine, kind.places, need)
        ask(0)
        raw = engine.raw_connection()
        cursor = raw.cursor()
        clock = Clock.for_engine(engine)
        subjects = [
            Subject("ours", ask, clock),
            Subject("plain", _at(kind.places, peers.postgis_knn(cursor, need, prepared=False)), clock),
            Subject("prepared", _at(kind.places, peers.postgis_knn(cursor, need, prepared=True)), clock),
        ]
        found = timed(subjects, points)
        cursor.close()
        raw.invalidate()  # with its prepared statements
        session.close()
        ratio = verdict(found["ours"].p50 / found["plain"].p50, 1.0)
        rows.append([kind.name, *(str(found[name]) for name in ("ours", "plain", "prepared")), ratio,
                     f"{found['ours'].p95 / found['plain'].p95:.2f}"])  # fmt: skip
    header = [f"PostgreSQL, {size:,}: CPU ms p50/p95", "search", "PostGIS KNN", "PostGIS prepared", "p50 ratio", "p95 ratio"]
    table(header, rows)


def _ohana(postgresql: Engine, sqlite: Engine, size: int, points: int) -> None:
    peers.prepare_ohana(postgresql)
    kind, whole = kinds(points)[0], answers(points)[0]
    raw = postgresql.raw_connection()
    cursor = raw.cursor()
    theirs = peers.ohana_search(cursor, COMMON, 50)
    rows = []
    for database, engine in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        session = Session(engine)

        def search(point: int, session: Session = session) -> object:
            place = kind.places[point]
            near_count(session, (place.latitude, place.longitude), need=COMMON, radius_miles=50)
            return kind.ask(session, place)

        answer, _ = _in_transaction(engine, whole)
        search(0)
        answer(0)
        subjects = [
            Subject("search", search, Clock.for_engine(engine)),
            Subject("answer", answer, Clock.for_engine(engine)),
            Subject("ohana", _at(kind.places, theirs), Clock.for_engine(postgresql)),
        ]
        found = timed(subjects, points, repeats=2)
        session.close()
        ratios = [
            verdict(found["ohana"].p95 / found["search"].p95, 20, at_least=True),
            f"{found['ohana'].p95 / found['answer'].p95:.1f}",
        ]
        rows.append([f"common need in town, {database}", *(str(found[name]) for name in ("search", "answer", "ohana")), *ratios])
    raw.close()
    header = [
        f"{size:,}: CPU ms p50/p95",
        "search + count",
        "whole answer",
        "Ohana's shape, 50 mi",
        "p95 times search",
        "times answer",
    ]
    table(header, rows)


def _orm(engine: Engine, size: int, points: int) -> None:
    whole = answers(points)[0]
    session = Session(engine)

    def by(cards: Callable[[Session, Sequence[str]], None]) -> Callable[[int], object]:
        return lambda point: cards(session, sites_near(engine, whole.places[point]))

    answer, _ = _in_transaction(engine, whole)
    session.execute(text("SELECT 1"))
    answer(0)
    clock = Clock.for_engine(engine)
    subjects = [
        Subject("ours", answer, clock),
        Subject("at once", by(peers.cards_at_once), clock),
        Subject("n + 1", by(peers.cards_one_by_one), clock),
    ]
    found = timed(subjects, points)
    session.close()
    row = [*(str(found[name]) for name in ("ours", "at once", "n + 1"))]
    row += [f"{found['at once'].p50 / found['ours'].p50:.1f}", f"{found['n + 1'].p50 / found['ours'].p50:.1f}"]
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[engine.dialect.name]
    header = [f"{name}, {size:,}: CPU ms p50/p95", "whole answer", "rows only, ORM at once", "rows only, N + 1", "times", "times"]
    table(header, [["common need in town", *row]])
