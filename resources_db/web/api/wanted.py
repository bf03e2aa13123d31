"""What a request asks for, read into types, and the page it gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from resources_db.geo.places import Place
from resources_db.hsds.documents import Kind


class Point(NamedTuple):
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Wanted:
    """Everything that is given must hold. `radius` is in meters; `open_at` and `modified_after` are aware.

    `origins` are points that an item must be near to, all of them; the first decides the order. `served` are places of
    which an item must not say that it does not serve them.
    """

    kind: Kind
    search: str = ""
    taxonomy_term_id: str | None = None
    taxonomy_id: str | None = None
    organization_id: str | None = None
    parent_id: str | None = None
    top_only: bool = False
    modified_after: datetime | None = None
    statuses: tuple[str, ...] = ()
    language: str | None = None
    age: float | None = None
    need: str | None = None
    eligibility: str | None = None
    origins: tuple[Point, ...] = ()
    radius: float = 0.0
    served: tuple[Place, ...] = ()
    open_at: datetime | None = None
    hours_unknown: bool = False

    @property
    def is_about_places(self) -> bool:
        """Whether more has to be worked out than tables can say."""
        return bool(self.origins or self.served or self.open_at)


@dataclass(frozen=True)
class Page:
    """`before` counts the items before these, `total` all of them; `next` is the cursor of what comes after these.

    `meters` is how far from the first origin each item is; None where there is no origin.
    """

    ids: tuple[str, ...]
    before: int
    total: int
    next: str | None
    meters: tuple[float, ...] | None = None
