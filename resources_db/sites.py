"""Agencies' own Homewards within an installation (models/site.py): set up, found, and what the settings say where they do not.

A site that was never set up is a name that somebody's page gave; it has what the installation has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.errors import ResourcesError
from resources_db.models.site import Site as SiteRow
from resources_db.settings import Settings, sms_number

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MOST = 1_000_000


class SiteRefused(ResourcesError):
    """A site cannot be set up like this; the text says why, in one line."""


@dataclass(frozen=True)
class Site:
    """None where the installation's own settings hold."""

    name: str
    sms_from: str | None = None
    web_hours: int | None = None
    sms_days: int | None = None
    segments_a_day: int | None = None


@dataclass(frozen=True)
class Retention:
    """How long what a family said is kept: a web chat after its start, a thread by text after the family's last text."""

    web: timedelta
    sms: timedelta


def add_site(
    session: Session, name: str, changes: Mapping[str, str | int | None], now: datetime
) -> tuple[Site, Literal["added", "changed", "unchanged"]]:
    """Set up a site, or change one: `changes` are fields of Site, and those that are not in it stay. Raises SiteRefused."""
    if not NAME.fullmatch(name):
        raise SiteRefused(f'"{name}" cannot be a site\'s name: use at most 64 letters, digits, ".", "-" and "_", without spaces')
    for field, value in changes.items():
        _check(session, name, field, value)
    row = session.get(SiteRow, name)
    if row is None:
        row = SiteRow(name=name, created_at=now, **changes)
        session.add(row)
        session.flush()
        return _site(row), "added"
    before = _site(row)
    for field, value in changes.items():
        setattr(row, field, value)
    session.flush()
    after = _site(row)
    return after, "unchanged" if after == before else "changed"


def list_sites(session: Session) -> list[Site]:
    """By name."""
    return [_site(row) for row in session.scalars(select(SiteRow).order_by(SiteRow.name))]


def find_site(session: Session, name: str | None) -> Site | None:
    """None also for a site that was never set up."""
    row = session.get(SiteRow, name) if name else None
    return _site(row) if row else None


def site_texted(session: Session, *numbers: str | None) -> Site | None:
    """The site whose own number, or messaging service, was texted; None for the installation's."""
    given = [number for number in numbers if number]
    row = session.scalars(select(SiteRow).where(SiteRow.sms_from.in_(given))).first()
    return _site(row) if row else None


def retention_of(settings: Settings, site: Site | None) -> Retention:
    hours = site.web_hours if site and site.web_hours else settings.retention_web_hours
    days = site.sms_days if site and site.sms_days else settings.retention_sms_days
    return Retention(timedelta(hours=hours), timedelta(days=days))


def number_of(settings: Settings, site: Site | None) -> str | None:
    """The number, or messaging service, that texts to this site's families come from; None where texts are not set up."""
    if settings.carrier is None:
        return None
    return site.sms_from if site and site.sms_from else settings.carrier.sms_from


def _check(session: Session, name: str, field: str, value: str | int | None) -> None:
    if value is None:
        return
    if field == "sms_from":
        try:
            sms_number(str(value))
        except ValueError as error:
            raise SiteRefused(f'"{value}" is not a number for texts: {error}') from None
        other = site_texted(session, str(value))
        if other and other.name != name:
            raise SiteRefused(f'{value} is the number of site "{other.name}": a text to it could be for either')
    elif not (isinstance(value, int) and 1 <= value <= _MOST):
        raise SiteRefused(f"{value} cannot be used: give a whole number from 1 to {_MOST:,}")


def _site(row: SiteRow) -> Site:
    return Site(row.name, row.sms_from, row.web_hours, row.sms_days, row.segments_a_day)
