"""What a check of the directory tells a data steward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Something that looks wrong in a listing.

    An error misleads a family or endangers somebody, a warning probably does, a note only makes the listing
    weaker. `rule` is a stable code; `listing` is what people call the listing that the row belongs to.
    """

    rule: str
    severity: Severity
    resource_type: str
    resource_id: str
    listing: str
    problem: str
    fix: str
