"""The pages for the people who work with families, at /staff: docs/for-centers.md tells what they do."""

from __future__ import annotations

from resources_db.web.portal.app import PREFIX, make_portal

__all__ = ["PREFIX", "make_portal"]
