"""Our profile of HSDS, as published: see README.md."""

from __future__ import annotations

PROFILE_VERSION = "1.0.0"
"""Of the profile on its own; the version of HSDS that it changes is in `resources_db.hsds`."""
