"""All checks of the meaning of listings, in one go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from resources_db.geo.gazetteer import Gazetteer
from resources_db.quality.findings import Finding
from resources_db.quality.hours import check_hours
from resources_db.quality.listings import check_alerts, check_listings
from resources_db.quality.phones import check_phones
from resources_db.quality.places import check_places


def lint(session: Session, gazetteer: Gazetteer, today: date) -> Iterator[Finding]:
    """Everything that looks wrong in the directory, as it is found. Reads only; what is not shown is not judged."""
    yield from check_places(session, gazetteer)
    yield from check_phones(session)
    yield from check_hours(session, today)
    yield from check_listings(session, today)
    yield from check_alerts(session, today)
