"""The schemas of HSDS 3.1 as Open Referral publishes them; not part of the project, so tests without them are skipped."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

SCHEMAS = Path(__file__).resolve().parents[2] / "shared" / "data" / "hsds-schema" / "3.1-dev" / "schema"


def hsds_schema(name: str) -> dict[str, Any]:
    """`name` as in "service" or "compiled/service_list"."""
    path = SCHEMAS / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the schemas of HSDS 3.1 are not here: {path}")
    schema: dict[str, Any] = json.loads(path.read_text())
    return schema


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(hsds_schema(name), format_checker=FormatChecker())


def faults(name: str, document: object) -> list[str]:
    """What the schema finds wrong with the document."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _validator(name).iter_errors(document)]
