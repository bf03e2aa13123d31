"""The schemas of HSDS as its publishers give them, and with our profile merged in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from resources_db import profile

CORE = Path(__file__).parents[5] / "shared" / "data" / "hsds-schema" / "3.1-dev" / "schema"
PATCHES = Path(profile.__path__[0]) / "profile"

needs_schemas = pytest.mark.skipif(not CORE.is_dir(), reason="the HSDS 3.1 schemas are not on this machine")


def patches() -> dict[str, Any]:
    """Our profile, by table."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(PATCHES.glob("*.json")) if path.stem != "openapi"}


def core_schemas() -> dict[str, Any]:
    """HSDS itself, by table."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(CORE.glob("*.json")) if path.stem != "openapi"}


def merged_schemas() -> dict[str, Any]:
    """HSDS with our profile, by table."""
    core, ours = core_schemas(), patches()
    return {name: merged(core.get(name, {}), ours.get(name, {})) for name in {*core, *ours}}


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386: JSON Merge Patch."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def fields(schema: Mapping[str, Any]) -> set[str]:
    """The columns of a schema's table: its properties that hold no other rows."""
    return {name for name, of in schema["properties"].items() if of.get("type") != "array" and "$ref" not in of}
