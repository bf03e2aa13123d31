from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resources_db.exchange.reading import Item, open_source
from resources_db.exchange.reading import json_items as reading
from resources_db.exchange.report import Notes


def items_in(tmp_path: Path, text: str | bytes, name: str = "services.json", notes: Notes | None = None) -> list[Item]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return list(open_source(path).objects(name, notes or Notes(), "service"))


def values(items: list[Item]) -> list[Any]:
    return [item.value for item in items]


def test_the_elements_of_a_list_come_one_by_one_with_their_lines(tmp_path: Path) -> None:
    items = items_in(tmp_path, '[\n {"id": "1",\n  "name": "a"},\n {"id": "2"}\n]\n')
    assert [(item.line, item.value["id"]) for item in items] == [(2, "1"), (4, "2")]


def test_an_object_is_one_item_whatever_it_begins_with(tmp_path: Path) -> None:
    service = {"phones": [{"id": "p"}], "id": "1"}
    assert values(items_in(tmp_path, json.dumps(service))) == [service]


def test_a_page_of_an_api_is_its_contents(tmp_path: Path) -> None:
    page = {"total_items": 2, "contents": [{"id": "1"}, {"id": "2"}], "empty": False}
    assert values(items_in(tmp_path, json.dumps(page))) == [{"id": "1"}, {"id": "2"}]


def test_objects_may_stand_one_after_the_other(tmp_path: Path) -> None:
    assert values(items_in(tmp_path, '{"id": "1"}\n\n{"id": "2"}{"id": "3"}')) == [{"id": "1"}, {"id": "2"}, {"id": "3"}]


def test_the_lists_of_a_whole_directory_keep_their_names(tmp_path: Path) -> None:
    items = items_in(tmp_path, '{"organizations": [{"id": "1"}], "services": [{"id": "2"}], "made": "today"}')
    assert [(item.key, item.value["id"]) for item in items] == [("organizations", "1"), ("services", "2")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_json_in_other_encodings_is_read(tmp_path: Path, encoding: str) -> None:
    assert values(items_in(tmp_path, '[{"name": "Niños"}]'.encode(encoding))) == [{"name": "Niños"}]


def test_a_line_that_is_not_json_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    notes = Notes()
    items = items_in(tmp_path, '{"id": "1"}\n{"id": \n\n{"id": "3"}\n', "services.ndjson", notes)
    assert [(item.line, item.value["id"]) for item in items] == [(1, "1"), (4, "3")]
    assert [(problem.file, problem.line) for problem in notes.problems] == [("services.ndjson", 2)]


@pytest.mark.parametrize("text", ['[{"id": "1"}, {"id": "2"', '[{"id": "1"}, nonsense]', '[{"id": "1"} {"id": "2"}]'])
def test_a_file_that_stops_being_json_is_read_up_to_there(tmp_path: Path, text: str) -> None:
    notes = Notes()
    assert values(items_in(tmp_path, text, notes=notes)) == [{"id": "1"}]
    (problem,) = notes.problems
    assert "from here on" in problem.problem


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, '[{"a": ' + "[" * 100_000, "1" * 10_000])
def test_what_is_nested_too_deeply_or_no_directory_breaks_nothing(tmp_path: Path, text: str) -> None:
    notes = Notes()
    assert [item for item in items_in(tmp_path, text, notes=notes) if isinstance(item.value, dict)] == []
    for name in ("services.ndjson", "services.jsonl"):
        assert [item for item in items_in(tmp_path, text, name, notes) if isinstance(item.value, dict)] == []


def test_an_object_larger_than_any_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_ITEM", 300_000)
    notes = Notes()
    text = json.dumps([{"id": "1"}, {"id": "2", "name": "x" * 1_000_000}])
    assert values(items_in(tmp_path, text, notes=notes)) == [{"id": "1"}]
    assert "larger than" in notes.problems[0].problem


def test_a_long_list_on_one_line_is_read_an_object_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "services.json"
    path.write_text("[" + ",".join(json.dumps({"id": str(number), "name": "x" * 1000}) for number in range(20_000)) + "]")
    source = open_source(path)
    tracemalloc.start()
    try:
        assert sum(1 for _ in source.objects("services.json", Notes(), "service")) == 20_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4_000_000  # of 20 MB


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@example(rows=[0.0, None], indent=None, piece=1)
@example(rows=[True, -1.5e-30, 10], indent=None, piece=2)
@given(rows=st.lists(_JSON, max_size=8), indent=st.sampled_from([None, 1]), piece=st.integers(1, 30))
def test_any_list_reads_as_its_elements_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], indent: int | None, piece: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_PIECE", piece)
        assert values(items_in(tmp_path_factory.mktemp("json"), json.dumps(rows, indent=indent))) == rows
