"""The HSDS API: docs/hsds-api.md."""

from __future__ import annotations

from resources_db.web.api.app import PREFIX, make_api
from resources_db.web.api.limits import Rate

__all__ = ["PREFIX", "Rate", "make_api"]
