"""Whatever happened to a file on its way, a reader ends in rows, in what it says of them, or in a refusal in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources_db.errors import ImportUnreadable
from tests.unit.resources_db.exchange import test_import_json as hsds_json
from tests.unit.resources_db.exchange import test_import_mapped as mapped
from tests.unit.resources_db.exchange import test_import_ohana as ohana
from tests.unit.resources_db.exchange import test_import_older_hsds as older
from tests.unit.resources_db.exchange import test_import_orservices as orservices
from tests.unit.resources_db.exchange.packages import PANTRY, drafts_of, write_package


def write_json(folder: Path) -> None:
    (folder / "services.json").write_text(json.dumps([hsds_json.SERVICE, {**hsds_json.SERVICE, "id": "s2"}], indent=1))


def write_lines(folder: Path) -> None:
    (folder / "services.ndjson").write_text(f"{json.dumps(hsds_json.SERVICE)}\n" * 3)


def write_mapped(folder: Path) -> None:
    (folder / "sites.csv").write_text(mapped.SITES)
    (folder / "homeward-mapping.yml").write_text(mapped.MAPPING)


FORMS: dict[str, Callable[[Path], object]] = {
    "HSDS tables": lambda folder: write_package(folder, PANTRY),
    "older HSDS": lambda folder: write_package(folder, older.OLDER),
    "Ohana": lambda folder: write_package(folder, ohana.CENTER),
    "ORServices": lambda folder: write_package(folder, orservices.EXPORT),
    "JSON": write_json,
    "NDJSON": write_lines,
    "mapping": write_mapped,
}
_BYTES = [
    b"",
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"{",
    b"]",
    b"[" * 2_000,
    b"=1+1",
    b"null",
    b": ",
    b"9" * 5_000,
    b"\\ud800",
]


@st.composite
def damages(draw: st.DrawFn) -> list[tuple[float, float, int, bytes]]:
    """Places in a folder's files (which file, how far into it), how many bytes go there and what comes instead."""
    fraction = st.floats(0, 1, exclude_max=True)
    damage = st.tuples(fraction, fraction, st.sampled_from([0, 1, 2, 40, 10_000]), st.sampled_from(_BYTES))
    return draw(st.lists(damage, min_size=1, max_size=4))


def damaged(folder: Path, form: str, damage: list[tuple[float, float, int, bytes]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    FORMS[form](folder)
    files = sorted(folder.iterdir())
    for which, where, less, more in damage:
        path = files[int(which * len(files))]
        data = path.read_bytes()
        at = int(where * len(data))
        path.write_bytes(data[:at] + more + data[at + less :])
    return folder


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=damages())
def test_no_damage_breaks_a_reader(
    tmp_path_factory: pytest.TempPathFactory, form: str, damage: list[tuple[float, float, int, bytes]]
) -> None:
    folder = damaged(tmp_path_factory.mktemp("damaged"), form, damage)
    try:
        found, _ = drafts_of(folder)
    except ImportUnreadable:
        return
    assert all(isinstance(value, str) for draft in found for value in draft.cells.values())
