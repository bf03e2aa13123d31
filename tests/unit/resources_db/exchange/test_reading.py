from __future__ import annotations

import gzip
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from resources_db.errors import ImportUnreadable
from resources_db.exchange.reading import Row, Source, open_source
from resources_db.exchange.reading.limits import LONGEST_LINE
from resources_db.exchange.report import Notes


def folder_with(tmp_path: Path, name: str, data: bytes) -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path


def zip_with(tmp_path: Path, files: dict[str, bytes]) -> Path:
    path = tmp_path / "directory.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def rows_in(source: Source, path: str = "a.csv", notes: Notes | None = None) -> list[Row]:
    return list(source.rows(path, notes or Notes(), "service"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    source, notes = open_source(folder_with(tmp_path, "a.csv", "id,name\n1,Niños\n".encode(encoding))), Notes()
    assert source.columns("a.csv") == ("id", "name")
    assert rows_in(source, notes=notes)[0].cells == {"id": "1", "name": "Niños"}
    assert list(notes.problems) == []


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("latin-1", "Niños"), ("cp1252", "“Niños” – 5 €"), ("utf-16", "Niños"), ("utf-16-le", "Niños"), ("utf-16-be", "Niños")],
)
def test_other_encodings_are_read_with_one_remark(tmp_path: Path, encoding: str, text: str) -> None:
    source, notes = open_source(folder_with(tmp_path, "a.csv", f"id,name\n1,{text}\n".encode(encoding))), Notes()
    assert rows_in(source, notes=notes)[0].cells["name"] == text
    rows_in(source, notes=notes)
    (problem,) = notes.problems
    assert "save it as UTF-8" in problem.fix


def test_an_accent_at_the_very_end_still_tells_the_encoding(tmp_path: Path) -> None:
    data = b"id,name\n" + b"1,plain\n" * 100_000 + "2,café".encode("latin-1")
    assert rows_in(open_source(folder_with(tmp_path, "a.csv", data)))[-1].cells["name"] == "café"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_blanks_empty_lines_and_line_ends_do_not_matter(tmp_path: Path, ends: str) -> None:
    data = "ID , Postal Code,,\n 1 ,95814  ,\n\n , \n2,,,\n3\n".replace("\n", ends).encode()
    source = open_source(folder_with(tmp_path, "a.csv", data))
    assert source.columns("a.csv") == ("id", "postal_code")
    assert [dict(row.cells) for row in rows_in(source)] == [
        {"id": "1", "postal_code": "95814"},
        {"id": "2", "postal_code": ""},
        {"id": "3"},
    ]


def test_columns_without_a_name_or_with_anothers_are_not_lost(tmp_path: Path) -> None:
    source = open_source(folder_with(tmp_path, "a.csv", b"id,,id,name\n1,x,y,z\n"))
    assert rows_in(source)[0].cells == {"id": "1", "column_2": "x", "id_3": "y", "name": "z"}


def test_zeros_in_a_file_do_not_matter(tmp_path: Path) -> None:
    source = open_source(folder_with(tmp_path, "a.csv", b"id,name\n1,Op\0en\0\n"))
    assert rows_in(source)[0].cells["name"] == "Open"


def test_a_row_is_named_by_the_line_it_starts_on(tmp_path: Path) -> None:
    data = 'id,name\n1,"two\nlines"\n2,next line separator\u2028inside\n3,last\n'.encode()
    rows = rows_in(open_source(folder_with(tmp_path, "a.csv", data)))
    assert [(row.cells["id"], row.line) for row in rows] == [("1", 2), ("2", 4), ("3", 5)]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_characters_may_separate(tmp_path: Path, separator: str) -> None:
    data = f"id{separator}name\n1{separator}Open, Hands\n".encode()
    assert rows_in(open_source(folder_with(tmp_path, "a.csv", data)))[0].cells["name"] == "Open, Hands"


def test_a_row_with_too_many_cells_is_left_out_and_reported(tmp_path: Path) -> None:
    source, notes = open_source(folder_with(tmp_path, "a.csv", b"id,name\n1,Open, Hands\n2,Closed\n")), Notes()
    assert [row.cells["id"] for row in rows_in(source, notes=notes)] == ["2"]
    assert [problem.line for problem in notes.problems] == [2]
    assert len(notes.held_back) == 1


@pytest.mark.parametrize("rest", [b"x" * 2_000_000, b"\n3,swallowed\n4,swallowed too\n"])
def test_a_cell_without_end_stops_the_file_with_its_line(tmp_path: Path, rest: bytes) -> None:
    source, notes = open_source(folder_with(tmp_path, "a.csv", b'id,name\n1,fine\n2,"' + rest)), Notes()
    assert [row.cells["id"] for row in rows_in(source, notes=notes)] == ["1"]
    assert [problem.line for problem in notes.problems] == [3]
    assert "double quote" in notes.problems[0].fix


def test_a_quote_inside_a_word_ends_nothing(tmp_path: Path) -> None:
    rows = rows_in(open_source(folder_with(tmp_path, "a.csv", b'id,name\n1,5" pipe\n2,the 6" one\n')))
    assert [row.cells["name"] for row in rows] == ['5" pipe', 'the 6" one']


def test_a_line_of_two_gigabytes_is_refused_with_its_line_before_any_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b"id,name\n1,fine\n2,")
        file.truncate(2 * 1024**3)  # zeros that take no room on the disk
    source = open_source(tmp_path)
    with pytest.raises(ImportUnreadable, match=r"line 3 of a\.csv is longer"):
        next(source.rows("a.csv", Notes(), "service"))


def test_a_long_table_is_read_a_row_at_a_time(tmp_path: Path) -> None:
    row = b"1," + b"x" * 1000 + b"\n"
    source = open_source(folder_with(tmp_path, "a.csv", b"id,name\n" + row * 20_000))
    tracemalloc.start()
    try:
        assert sum(1 for _ in source.rows("a.csv", Notes(), "service")) == 20_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4_000_000  # of 20 MB


def test_a_zip_reads_like_its_folder_even_with_one_inside(tmp_path: Path) -> None:
    files = {"my data/Services.csv": b"id\n1\n", "__MACOSX/my data/services.csv": b"junk", "read me.txt": b"hi"}
    source = open_source(zip_with(tmp_path, files))
    assert source.name == "directory"
    assert source.by_stem() == {"services": "my data/Services.csv"}
    assert rows_in(source, "my data/Services.csv")[0].cells == {"id": "1"}


def test_of_two_files_with_one_name_the_higher_counts(tmp_path: Path) -> None:
    files = {"old/services.csv": b"id\n1\n", "services.csv": b"id\n2\n"}
    assert open_source(zip_with(tmp_path, files)).by_stem() == {"services": "services.csv"}


def test_one_file_is_a_source_too_also_compressed(tmp_path: Path) -> None:
    (tmp_path / "services.csv").write_bytes(b"id\n1\n")
    (tmp_path / "services.csv.gz").write_bytes(gzip.compress(b"id\n1\n"))
    for name in ("services.csv", "services.csv.gz"):
        source = open_source(tmp_path / name)
        assert (source.name, source.paths) == ("services", ("services.csv",))
        assert rows_in(source, "services.csv")[0].cells == {"id": "1"}


def test_a_link_out_of_the_folder_is_refused_and_one_inside_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_bytes(b"id\n1\n")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "services.csv").write_bytes(b"id\n1\n")
    (folder / "service.csv").symlink_to(folder / "services.csv")
    assert len(open_source(folder).paths) == 2
    (folder / "phones.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(ImportUnreadable, match="outside it"):
        open_source(folder)


def test_a_folder_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.csv").write_bytes(b"id\n1\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(ImportUnreadable, match="outside it"):
        open_source(tmp_path / "data")


@pytest.mark.parametrize("name", ["../services.csv", "/etc/services.csv", "a/../../b.csv", "..\\b.csv", "C:/b.csv"])
def test_a_zip_that_points_outside_itself_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportUnreadable, match="points outside"):
        open_source(zip_with(tmp_path, {name: b"id\n1\n"}))


def test_a_zip_made_to_fill_the_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportUnreadable, match="would unpack to"):
        open_source(zip_with(tmp_path, {"services.csv": b"\0" * 30_000_000}))


def test_a_compressed_file_made_to_fill_the_disk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "services.csv.gz"
    path.write_bytes(gzip.compress(b"id,name\n" + b"1,\n" * 2_000_000, 9))
    source = open_source(path)
    with pytest.raises(ImportUnreadable, match="unpacks to more"):
        rows_in(source, "services.csv")


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = zip_with(tmp_path, {"services.csv": b"id,name\n" + b"1,Open Hands\n" * 200_000})
    _in_directory(path, 24, struct.pack("<I", 100))
    source = open_source(path)
    with pytest.raises(ImportUnreadable, match=r"damaged|more than it should"):
        rows_in(source, "services.csv")


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    path = zip_with(tmp_path, {"services.csv": b"id\n1\n"})
    _in_directory(path, 8, b"\x01\x00")
    with pytest.raises(ImportUnreadable, match="password"):
        open_source(path)


def _in_directory(path: Path, offset: int, value: bytes) -> None:
    """Overwrite a field of the first entry in the list of files at the end of a zip."""
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x01\x02") + offset
    data[start : start + len(value)] = value
    path.write_bytes(bytes(data))


def test_a_zip_of_countless_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "directory.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"{number}.csv", b"")
    with pytest.raises(ImportUnreadable, match="files or more"):
        open_source(path)


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = zip_with(tmp_path, {"services.csv": b"id\n" + bytes(range(256)) * 40})
    data = bytearray(path.read_bytes())
    data[60:90] = b"x" * 30
    path.write_bytes(bytes(data))
    source = open_source(path)
    with pytest.raises(ImportUnreadable, match="damaged"):
        rows_in(source, "services.csv")


@pytest.mark.parametrize("name", ["nowhere", "a file"])
def test_what_is_no_source_is_refused_with_what_to_give(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("hello")
    with pytest.raises(ImportUnreadable) as caught:
        open_source(tmp_path / name)
    assert "folder or a zip" in caught.value.fix


def test_a_line_as_long_as_a_line_may_be_is_read(tmp_path: Path) -> None:
    line = b'{"id": "1", "note": "' + b"x" * (LONGEST_LINE - 100) + b'"}\n'
    source = open_source(folder_with(tmp_path, "services.ndjson", line))
    (item,) = source.objects("services.ndjson", Notes(), "service")
    assert item.value["id"] == "1"
