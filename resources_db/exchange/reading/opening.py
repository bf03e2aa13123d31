"""Where a directory is: a folder, a zip or one file."""

from __future__ import annotations

import gzip
import io
import zipfile
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from resources_db.errors import ImportUnreadable
from resources_db.exchange.reading.limits import MOST_FILES, MOST_GROWTH, MOST_UNPACKED
from resources_db.exchange.reading.source import KINDS, MAPPING, Source
from resources_db.exchange.reading.streams import Guarded, Opener

_FORMS = "a folder or a zip of CSV or JSON files, or one .csv, .json, .ndjson or .jsonl file"


def open_path(path: Path) -> Source:
    """The files in a folder (two levels deep), a zip, or one file. Raises ImportUnreadable, saying what would do."""
    if path.is_dir():
        files = _folder(path)
        return Source(path.resolve().name, files, files.pop(MAPPING, None))
    if not path.exists():
        raise ImportUnreadable(f"{path} does not exist", f"give {_FORMS}")
    name = path.name.lower()
    if path.is_file() and zipfile.is_zipfile(path):
        files = _zipped(path)
        return Source(path.stem, files, files.pop(MAPPING, None))
    if path.is_file() and name.endswith(KINDS):
        return Source(path.stem, {path.name: _plain(path)})
    if path.is_file() and name.endswith(tuple(f"{kind}.gz" for kind in KINDS)):
        unpacked = path.name[: -len(".gz")]
        return Source(PurePosixPath(unpacked).stem, {unpacked: partial(_gunzipped, path)})
    raise ImportUnreadable(f"{path} is neither a folder nor a zip nor a file of a kind known here", f"give {_FORMS}")


def _folder(folder: Path) -> dict[str, Opener]:
    root = folder.resolve()
    files: dict[str, Opener] = {}
    for directory in (root, *sorted(entry for entry in root.iterdir() if entry.is_dir())):
        for path in sorted(directory.iterdir()):
            if not path.name.lower().endswith((*KINDS, MAPPING)) or not path.is_file():
                continue
            if root not in path.resolve().parents:
                what = f"{path.relative_to(root)} in {folder} is a link to {path.resolve()}, outside it"
                raise ImportUnreadable(what, "put the file itself there")
            files[path.relative_to(root).as_posix()] = _plain(path)
            _refuse_countless(folder, len(files))
    return files


def _plain(path: Path) -> Opener:
    return lambda: path.open("rb")


def _zipped(path: Path) -> dict[str, Opener]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ImportUnreadable(f"{path} cannot be unpacked ({error})", "make the zip again") from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    _refuse_hostile(path, entries)
    return {
        entry.filename: partial(_unzipped, archive, entry)
        for entry in entries
        if entry.filename.lower().endswith((*KINDS, MAPPING)) and not entry.filename.startswith("__MACOSX/")
    }


def _unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    what = f"{entry.filename} in {archive.filename}"
    try:
        inner = archive.open(entry)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError) as error:
        raise ImportUnreadable(f"{what} is damaged ({error})", "make the zip again") from error
    return io.BufferedReader(Guarded(inner, what, entry.file_size))


def _gunzipped(path: Path) -> IO[bytes]:
    # Nothing trustworthy says how large it is inside, so it is counted as it comes out.
    most = min(MOST_UNPACKED, MOST_GROWTH * max(path.stat().st_size, 4096))
    return io.BufferedReader(Guarded(gzip.open(path, "rb"), str(path), most))


def _refuse_hostile(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    _refuse_countless(path, len(entries))
    for entry in entries:
        inside = PurePosixPath(entry.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in (inside.parts or ("",))[0]:
            raise ImportUnreadable(f"{path} holds {entry.filename!r}, which points outside it", "do not trust this zip")
        if entry.flag_bits & 1:
            raise ImportUnreadable(f"{path} is protected by a password", "make a zip without one")
    # What comes out of an entry is held to the size it declares, so the declared sizes can be trusted.
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED or unpacked > MOST_GROWTH * max(packed, 4096):
        raise ImportUnreadable(f"{path} would unpack to {unpacked:,} bytes", "give a zip that holds a directory only")


def _refuse_countless(path: Path, files: int) -> None:
    if files > MOST_FILES:
        raise ImportUnreadable(f"{path} holds {files:,} files or more", f"keep to the directory's own, at most {MOST_FILES:,}")
