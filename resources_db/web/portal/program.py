"""The program page: how check-ins and referrals go, in numbers that are about nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.orm import Session

from resources_db.program import charts
from resources_db.program.charts import Line
from resources_db.program.csv_file import as_csv
from resources_db.program.reading import Half, View, halves, rate, read_view, sites
from resources_db.program.tables import WHY_HELD_BACK, Table, name_of, tables_of
from resources_db.web.portal.visits import Visit

_MONTHS = re.compile(r"(20[0-9]{2})-([12])")
_EVERY_SITE = "all sites"


@dataclass(frozen=True)
class _Asked:
    """What the page is of, and what else it could be of."""

    view: View
    site: str | None
    halves: list[Half]
    sites: list[str]


async def show(visit: Visit) -> web.StreamResponse:
    asked = await visit.read(lambda session: _asked(session, visit))
    tables = tables_of(asked.view)
    return visit.page(
        "program.html", tables=[(table, _drawing(table)) for table in tables], empty=asked.view.empty,
        months=[(_code(half), name_of(half)) for half in asked.halves], month=_code(asked.view.half),
        month_name=name_of(asked.view.half), sites=asked.sites, site=asked.site or "", site_name=asked.site or _EVERY_SITE,
        star=WHY_HELD_BACK if any(table.holds_back for table in tables) else "",
    )  # fmt: skip


async def download(visit: Visit) -> web.StreamResponse:
    """The tables of the page and nothing else."""
    asked = await visit.read(lambda session: _asked(session, visit))
    text = as_csv(tables_of(asked.view), period=name_of(asked.view.half), site=asked.site or _EVERY_SITE)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="homeward-{_code(asked.view.half)}.csv"',
    }
    return web.Response(text="\ufeff" + text, content_type="text/csv", charset="utf-8", headers=headers)


def _asked(session: Session, visit: Visit) -> _Asked:
    """Raises HTTPNotFound for a site that is not theirs to see."""
    today = visit.now.date()
    known = [site for site in sites(session) if visit.member.may_see(site)]
    wanted = visit.request.query.get("site") or None
    if wanted is not None and wanted not in known and wanted != visit.member.site:
        raise web.HTTPNotFound
    site = wanted or visit.member.site
    found = halves(session, site, today)
    given = _MONTHS.fullmatch(visit.request.query.get("months", ""))
    half = Half(int(given[1]), cast(Literal[1, 2], int(given[2]))) if given else found[0]
    view = read_view(session, site=site, half=half, today=today)
    return _Asked(view, site, sorted({*found, half}, reverse=True), known)


def _code(half: Half) -> str:
    return f"{half.year}-{half.half}"


def _drawing(table: Table) -> Markup | None:
    """None where a table has nothing to draw, or is best read as a table."""
    rows = table.body
    if not any(value != 0 for row in rows for value in row.values) or table.code == "unmet":
        return None
    labels = [row.label for row in rows]
    lines = [Line(name, [row.values[place] for row in rows]) for place, name in enumerate(table.columns[: len(rows[0].values)])]
    if table.code in ("by-need", "time-to-help"):
        return charts.bars(table.code, table.title, labels, lines)
    if table.code == "replies":
        said, answered = lines
        shares = [rate(a, s) for a, s in zip(answered.values, said.values, strict=True)]
        return charts.curve(table.code, "Reply rate", labels, shares)
    return charts.columns(table.code, table.title, labels, [line for line in lines if any(value != 0 for value in line.values)])
