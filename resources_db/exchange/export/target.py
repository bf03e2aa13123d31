"""Where an export goes: a folder, a zip or one file. It is there when it is whole, and until then nothing is."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import uuid4

from resources_db.errors import ExportRefused

# The first moment a zip can tell of: the same directory makes the same zip on any day.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)


class Files(Protocol):
    """Takes the files of an export, one after the other."""

    def new(self, name: str) -> AbstractContextManager[BinaryIO]: ...


@contextmanager
def replacing(path: Path, names: Collection[str]) -> Iterator[Files]:
    """Files that appear at ``path`` together when the block ends well; else all is as it was.

    A path that ends in .zip becomes a zip, any other a folder. What is there may be an earlier export, a folder or a
    zip with all of ``names`` and no other file, or an empty folder; anything else is left alone: somebody else's
    directory has some of the same names. Raises ExportRefused, saying what to do.
    """
    path = _checked(path)
    if path.suffix.lower() == ".zip":
        _refuse_strange_zip(path, names)
        with _new_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            yield _Zip(archive)
    else:
        _refuse_strange_folder(path, names)
        with _new_folder(path) as folder:
            yield _Folder(folder)


@contextmanager
def replacing_file(path: Path, begins: bytes) -> Iterator[BinaryIO]:
    """One file that appears at ``path`` when the block ends well. What is there may be one that ``begins`` so."""
    path = _checked(path)
    if path.exists() and not (path.is_file() and _first_bytes(path, len(begins)) == begins):
        raise ExportRefused(f"{path} is there already and is no export", "give another name, or remove it first")
    with _new_file(path) as file:
        yield file


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, name: str) -> AbstractContextManager[BinaryIO]:
        return (self._folder / name).open("wb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextmanager
    def new(self, name: str) -> Iterator[BinaryIO]:
        entry = zipfile.ZipInfo(name, _NO_MOMENT)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        with self._archive.open(entry, "w", force_zip64=True) as file:
            yield file  # type: ignore[misc]  # an IO[bytes] that is only written to


def _checked(path: Path) -> Path:
    path = Path(os.path.abspath(path))
    if not path.parent.is_dir():
        raise ExportRefused(f"there is no folder {path.parent}", "make it first, or give another path")
    return path.resolve()


def _refuse_strange_folder(path: Path, names: Collection[str]) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise ExportRefused(f"{path} is a file", "give the name of a new folder, or one that ends in .zip")
    found = {file.name for file in path.iterdir()}
    if strange := sorted(found.difference(names)):
        raise ExportRefused(f"{path} holds {strange[0]}, which is no part of an export", "give a new or an empty folder")
    if found and (missing := sorted(set(names) - found)):
        raise ExportRefused(f"{path} has no {missing[0]}, as an export would", "give a new or an empty folder")


def _refuse_strange_zip(path: Path, names: Collection[str]) -> None:
    if not path.exists():
        return
    try:
        with zipfile.ZipFile(path) as archive:
            is_export = set(archive.namelist()) == set(names)
    except (OSError, zipfile.BadZipFile):
        is_export = False
    if not is_export:
        raise ExportRefused(f"{path} is there already and is no export", "give another name, or remove it first")


def _first_bytes(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        return file.read(count)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    part = _part_of(path)
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    part = _part_of(path)
    part.mkdir()
    try:
        yield part
        if path.exists():
            earlier = _part_of(path)
            path.rename(earlier)
            part.rename(path)
            shutil.rmtree(earlier)
        else:
            part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _part_of(path: Path) -> Path:
    """A name beside it, on the same disk, that nobody looks at."""
    return path.with_name(f".{path.name}.{uuid4().hex}.part")
