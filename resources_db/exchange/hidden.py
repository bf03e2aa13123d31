"""The street of a place that must not be told: how to know it in words, and how to take it out of what is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Session

from resources_db.exchange.record import Ref
from resources_db.models import Base, ChangeRequest, Location, MetadataEntry, Service, ServiceAtLocation, Translation


def telling(addresses: Iterable[str | None]) -> re.Pattern[str] | None:
    """What finds any of these street addresses in words, however it is written there; None if none can be found."""
    streets = [found for address in addresses if (found := _street(address or ""))]
    return re.compile("|".join(streets), re.I) if streets else None


def forget_street(session: Session, locations: Sequence[str], tells: re.Pattern[str]) -> set[Ref]:
    """Take the street out of the rows of these places, their services and organizations; returns the rows it was in.

    What a row cannot be without, such as a service's name, stays.
    """
    sites = session.execute(
        select(ServiceAtLocation.id, Service.id, Service.organization_id)
        .join(Service, Service.id == ServiceAtLocation.service_id)
        .where(ServiceAtLocation.location_id.in_(locations))
    ).all()
    owners = session.scalars(select(Location.organization_id).where(Location.id.in_(locations)))
    around = {
        "location": set(locations),
        "service_at_location": {site for site, _, _ in sites},
        "service": {service for _, service, _ in sites},
        "organization": {owner for _, _, owner in sites} | {owner for owner in owners if owner},
    }
    told = {ref for name, ids in around.items() for ref in _forget_in(session, name, sorted(ids), tells)}
    everywhere = sorted(set().union(*around.values()))
    for table, texts in (
        (MetadataEntry, (MetadataEntry.previous_value, MetadataEntry.replacement_value)),
        (ChangeRequest, (ChangeRequest.current_value, ChangeRequest.proposed_value)),
        (Translation, (Translation.value,)),
    ):
        rows: Sequence[Any] = session.execute(select(table.id, *texts).where(table.resource_id.in_(everywhere))).all()
        telling_rows = [id_ for id_, *said in rows if any(text and tells.search(text) for text in said)]
        session.execute(delete(table).where(table.id.in_(telling_rows)), execution_options={"synchronize_session": False})
    return told


def _forget_in(session: Session, name: str, ids: Sequence[str], tells: re.Pattern[str]) -> Iterable[Ref]:
    table = Base.metadata.tables[name]
    words = [
        column for column in table.columns if isinstance(column.type, String) and column.nullable and not column.foreign_keys
    ]
    for row in session.execute(select(table.c.id, *words).where(table.c.id.in_(ids))).mappings().all():
        if found := [column.name for column in words if row[column.name] and tells.search(row[column.name])]:
            session.execute(update(table).where(table.c.id == row["id"]).values(dict.fromkeys(found)))
            yield Ref(name, row["id"])


def _street(address: str) -> str | None:
    """A pattern for a house number with the first real word of its street behind it, however they are joined."""
    found = re.search(r"\b(\d+)\w*\W+(?:(?:[nsew]|[ns][ew]|north|south|east|west)\b\W+)?(\w{2,})", address, re.I)
    return rf"\b{found[1]}\W+(?:\w+\W+)?{re.escape(found[2])}\b" if found else None
