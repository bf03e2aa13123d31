from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from resources_db.errors import ImportUnreadable
from resources_db.exchange.reading import open_source


def folder_with(tmp_path: Path, name: str, data: bytes) -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path


def zip_with(tmp_path: Path, files: dict[str, bytes]) -> Path:
    path = tmp_path / "directory.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    source = open_source(folder_with(tmp_path, "a.csv", "id,name\n1,Niños\n".encode(encoding)))
    table = source.table("a.csv")
    assert table.columns == ("id", "name")
    assert table.rows[0].cells == {"id": "1", "name": "Niños"}
    assert table.remarks == ()


@pytest.mark.parametrize(("encoding", "text"), [("latin-1", "Niños"), ("cp1252", "“Niños” – 5 €"), ("utf-16", "Niños")])
def test_other_encodings_are_read_with_a_remark(tmp_path: Path, encoding: str, text: str) -> None:
    source = open_source(folder_with(tmp_path, "a.csv", f"id,name\n1,{text}\n".encode(encoding)))
    table = source.table("a.csv")
    assert table.rows[0].cells["name"] == text
    assert len(table.remarks) == 1
    assert "save it as UTF-8" in table.remarks[0].fix


def test_blanks_empty_lines_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    data = b"ID , Postal Code\r\n 1 ,95814  \r\n\r\n , \r\n2,\r\n3\r\n"
    table = open_source(folder_with(tmp_path, "a.csv", data)).table("a.csv")
    assert table.columns == ("id", "postal_code")
    assert [dict(row.cells) for row in table.rows] == [
        {"id": "1", "postal_code": "95814"},
        {"id": "2", "postal_code": ""},
        {"id": "3"},
    ]


def test_a_row_is_named_by_the_line_it_starts_on(tmp_path: Path) -> None:
    data = 'id,name\n1,"two\nlines"\n2,next line separator\u2028inside\n3,last\n'.encode()
    table = open_source(folder_with(tmp_path, "a.csv", data)).table("a.csv")
    assert [(row.cells["id"], row.line) for row in table.rows] == [("1", 2), ("2", 4), ("3", 5)]


def test_semicolons_and_tabs_may_separate(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id;name\n1;Open, Hands\n")
    (tmp_path / "b.csv").write_text("id\tname\n1\tOpen, Hands\n")
    source = open_source(tmp_path)
    assert source.table("a.csv").rows[0].cells["name"] == "Open, Hands"
    assert source.table("b.csv").rows[0].cells["name"] == "Open, Hands"


def test_a_row_with_too_many_cells_is_left_out_and_reported(tmp_path: Path) -> None:
    table = open_source(folder_with(tmp_path, "a.csv", b"id,name\n1,Open, Hands\n2,Closed\n")).table("a.csv")
    assert [row.cells["id"] for row in table.rows] == ["2"]
    assert [problem.line for problem in table.lost] == [2]


def test_a_cell_without_end_stops_the_file_with_its_line(tmp_path: Path) -> None:
    data = b'id,name\n1,fine\n2,"' + b"x" * 2_000_000
    table = open_source(folder_with(tmp_path, "a.csv", data)).table("a.csv")
    assert [row.cells["id"] for row in table.rows] == ["1"]
    assert [problem.line for problem in table.lost] == [3]


def test_a_zip_reads_like_its_folder_even_with_one_inside(tmp_path: Path) -> None:
    files = {"my data/Services.csv": b"id\n1\n", "__MACOSX/my data/services.csv": b"junk", "read me.txt": b"hi"}
    source = open_source(zip_with(tmp_path, files))
    assert source.name == "directory"
    assert source.by_stem() == {"services": "my data/Services.csv"}
    assert source.table("my data/Services.csv").rows[0].cells == {"id": "1"}


@pytest.mark.parametrize("name", ["../services.csv", "/etc/services.csv", "a/../../b.csv", "..\\b.csv", "C:/b.csv"])
def test_a_zip_that_points_outside_itself_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportUnreadable, match="points outside"):
        open_source(zip_with(tmp_path, {name: b"id\n1\n"}))


def test_a_zip_made_to_fill_the_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportUnreadable, match="would unpack to"):
        open_source(zip_with(tmp_path, {"services.csv": b"\0" * 30_000_000}))


def test_a_zip_of_countless_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportUnreadable, match="files"):
        open_source(zip_with(tmp_path, {f"{n}.csv": b"" for n in range(1_001)}))


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = zip_with(tmp_path, {"services.csv": b"id\n" + bytes(range(256)) * 40})
    data = bytearray(path.read_bytes())
    data[60:90] = b"x" * 30
    path.write_bytes(bytes(data))
    source = open_source(path)
    with pytest.raises(ImportUnreadable, match="damaged"):
        source.table("services.csv")


@pytest.mark.parametrize("name", ["nowhere", "a file"])
def test_what_is_no_folder_and_no_zip_is_refused_with_what_to_give(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("hello")
    with pytest.raises(ImportUnreadable) as caught:
        open_source(tmp_path / name)
    assert "folder or the zip" in caught.value.fix
