from __future__ import annotations

from pathlib import Path

import pytest

from resources_db.errors import ImportUnreadable
from tests.unit.resources_db.exchange.packages import drafts_of


def test_what_is_in_no_known_form_says_what_was_found_what_is_known_and_how_to_begin(tmp_path: Path) -> None:
    (tmp_path / "pantries.csv").write_text("site_id,site_name,street,zip,hours\n1,Hall,1 Elm St,95814,Mon 9-5\n")
    with pytest.raises(ImportUnreadable) as caught:
        drafts_of(tmp_path)
    assert "pantries.csv with columns site_id, site_name, street, zip, hours" in caught.value.problem
    for form in ("Ohana", "ORServices", "HSDS 3 JSON", "homeward-mapping.yml"):
        assert form in caught.value.fix


def test_the_mapping_to_begin_with_works(tmp_path: Path) -> None:
    (tmp_path / "pantries.csv").write_text(
        "site_id,site_name,street,zip,phone,category\n1,Hall,1 Elm St,95814,916 555 0100,Food\n"
    )
    with pytest.raises(ImportUnreadable) as caught:
        drafts_of(tmp_path)
    (tmp_path / "homeward-mapping.yml").write_text(caught.value.fix.partition("could begin with:")[2])
    found, notes = drafts_of(tmp_path)
    tables = {draft.table: draft.cells for draft in found}
    assert tables["service"]["name"] == "Hall"
    assert tables["address"]["postal_code"] == "95814"
    assert tables["taxonomy_term"]["name"] == "Food"
    assert list(notes.held_back) == []


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(ImportUnreadable, match="no CSV or JSON file"):
        drafts_of(tmp_path)
