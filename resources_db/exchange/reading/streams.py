"""Bytes and text of one file, a piece at a time, whatever its encoding, and never more than is healthy."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gzip import GzipFile
from typing import IO
from zipfile import BadZipFile

from resources_db.errors import ImportUnreadable
from resources_db.exchange.reading.limits import LONGEST_LINE

Opener = Callable[[], IO[bytes]]

_CHUNK = 256 * 1024
# The five bytes that Windows' superset of Latin-1 has no character for.
_NOT_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)


@dataclass(frozen=True)
class Shape:
    """What a look over a whole file told: its encoding, and the first line that is too long to be one."""

    encoding: str
    endless_line: int | None

    @property
    def remark(self) -> tuple[str, str] | None:
        """What to say about the encoding, and what to do; None for UTF-8."""
        if self.encoding == "utf-8-sig":
            return None
        if self.encoding.startswith("utf-16"):
            return "the file is UTF-16", "save it as UTF-8"
        return "the file is not UTF-8; it was read as Latin-1", "save it as UTF-8 and check its accents"


def look_over(open_file: Opener) -> Shape:
    """Read the file once, without keeping it. Stops at a line longer than any line is."""
    with open_file() as file:
        head = file.read(_CHUNK)
        wide = _utf_16(head)
        utf_8 = codecs.getincrementaldecoder("utf-8")()
        is_utf_8, is_cp1252 = wide is None, True
        line, since_break = 1, 0
        chunk = head
        while chunk:
            if is_utf_8:
                try:
                    utf_8.decode(chunk)
                except UnicodeDecodeError:
                    is_utf_8 = False
            if is_cp1252 and not is_utf_8:
                is_cp1252 = not any(byte in chunk for byte in _NOT_CP1252)
            last_break = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            since_break = since_break + len(chunk) if last_break < 0 else len(chunk) - last_break - 1
            line += chunk.count(b"\n") or chunk.count(b"\r")
            if since_break > LONGEST_LINE:
                return Shape(wide or ("utf-8-sig" if is_utf_8 else "cp1252"), line)
            chunk = file.read(_CHUNK)
        if is_utf_8:
            try:
                utf_8.decode(b"", final=True)
            except UnicodeDecodeError:
                is_utf_8 = False
    return Shape(wide or ("utf-8-sig" if is_utf_8 else "cp1252" if is_cp1252 else "latin-1"), None)


def _utf_16(head: bytes) -> str | None:
    """The kind of UTF-16 that the file begins like, with its mark or, in plain English, by its zeros."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[:1024]
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    if len(sample) >= 8 and max(odd, even) > len(sample) * 0.4 and min(odd, even) < len(sample) * 0.05:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def open_text(open_file: Opener, encoding: str) -> io.TextIOWrapper:
    """The file as text, line ends as they are."""
    return io.TextIOWrapper(open_file(), encoding=encoding, errors="replace", newline="")


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines without zeros. Raises ValueError at one that is too long to be a line."""
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise ValueError(f"the line is longer than {LONGEST_LINE:,} characters")
        yield line.replace("\0", "")


class Guarded(io.RawIOBase):
    """Unpacked bytes: counted against what the file may grow to, damage told in words.

    ``most`` is how many bytes may come out. Raises ImportUnreadable when there are more, or when the packed
    bytes are no good.
    """

    def __init__(self, inner: IO[bytes] | GzipFile, name: str, most: int) -> None:
        super().__init__()
        self._inner = inner
        self._name = name
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(min(len(buffer), 1024 * 1024))
        except (BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, RuntimeError) as error:
            raise ImportUnreadable(f"{self._name} is damaged ({error})", "make the archive again") from error
        self._left -= len(data)
        if self._left < 0:
            raise ImportUnreadable(f"{self._name} unpacks to more than it should", "give one that holds a directory only")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()
