"""JSON of any size, an object at a time: a list, an object, an API's page, or one object a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from resources_db.exchange.reading.csv_rows import Unread
from resources_db.exchange.reading.limits import LARGEST_ITEM
from resources_db.exchange.reading.streams import Opener, lines, open_text

_PIECE = 256 * 1024
_DECODER = json.JSONDecoder()
_IN_NUMBERS = "0123456789.eE+-"
_BLANK = " \t\r\n\0\ufeff"
# Lists that no single HSDS object has in it, so that an object which begins with one is a whole directory.
_ONLY_TABLES = ("organizations", "taxonomies", "taxonomy_terms", "units", "meta_table_descriptions")
_FIX = "make the file again, or give one object a line"


@dataclass(frozen=True)
class Item:
    """One JSON value of a file, and the line it starts on. ``key`` is that of the list it is in, if it has one."""

    file: str
    line: int
    value: Any
    key: str = ""


def items_by_line(path: str, open_file: Opener, encoding: str) -> Iterator[Item | Unread]:
    """The values of a file that has one on each line. A line that is not JSON is told, and passed over."""
    with open_text(open_file, encoding) as text:
        number = 0
        try:
            for number, line in enumerate(lines(text), start=1):
                if line := line.strip(_BLANK):
                    try:
                        yield Item(path, number, _DECODER.decode(line))
                    except (ValueError, RecursionError) as error:
                        yield Unread(number, f"the line is not JSON ({_said(error)})", "correct it, or remove it")
        except ValueError as error:
            yield Unread(number + 1, f"the file cannot be read from here on ({error})", _FIX, ends=True)


def items_of(path: str, open_file: Opener, encoding: str) -> Iterator[Item | Unread]:
    """The values of a JSON file: the elements of its lists and of the "contents" of its pages, and its objects.

    One of them at a time is in memory. Where it stops being JSON the file ends, with an Unread.
    """
    with open_text(open_file, encoding) as text:
        scan = _Scanner(path, text)
        try:
            while scan.peek():
                if scan.peek() == "[":
                    yield from scan.elements("")
                elif scan.peek() == "{":
                    yield from scan.object()
                else:
                    yield scan.value()
                scan.skip(",")  # between lines, as some write it
        except (ValueError, RecursionError) as error:
            yield Unread(scan.line, f"the file cannot be read from here on ({_said(error)})", _FIX, ends=True)


def _said(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else getattr(error, "msg", str(error))


class _Scanner:
    """A window on the text. Values are cut out of it whole, by the standard library's own decoder."""

    def __init__(self, path: str, text: io.TextIOWrapper) -> None:
        self._path = path
        self._text = text
        self._window = ""
        self._at = 0
        self._ended = False
        self.line = 1
        self.cut = 0  # the length of the last value

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self._at < len(self._window):
                char = self._window[self._at]
                if char not in _BLANK:
                    return char
                self.line += char == "\n"
                self._at += 1
            if not self._more():
                return ""

    def skip(self, char: str) -> bool:
        """Step over the character, if it is the next."""
        if self.peek() != char:
            return False
        self._at += 1
        return True

    def need(self, char: str) -> None:
        if not self.skip(char):
            raise ValueError(f"{char} was expected")

    def value(self) -> Item:
        """The next value, whole."""
        if not self.peek():
            raise ValueError("it breaks off")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self._at)
            except json.JSONDecodeError:
                # Cut off, or wrong: only more of it can tell.
                if len(self._window) - self._at > LARGEST_ITEM:
                    raise ValueError(f"an object is larger than {LARGEST_ITEM:,} characters, or it is not JSON") from None
                if not self._more():
                    raise
                continue
            if isinstance(value, (int, float)) and not self._window[end:].strip(_IN_NUMBERS) and self._more():
                continue  # it may go on: "0" may be the beginning of "0.5"
            item = Item(self._path, self.line, value)
            self.line += self._window.count("\n", self._at, end)
            self.cut = end - self._at
            self._at = end
            return item

    def elements(self, key: str) -> Iterator[Item]:
        """The elements of the list that is next."""
        self.need("[")
        while not self.skip("]"):
            item = self.value()
            yield Item(item.file, item.line, item.value, key)
            if self.peek() != "]":
                self.need(",")

    def object(self) -> Iterator[Item]:
        """The object that is next, whole; of a page or of an object of tables its elements, one by one."""
        members: dict[str, Any] = {}
        line, size, in_parts, has_tables = self.line, 0, False, False
        self.need("{")
        while not self.skip("}"):
            key = self.value().value
            if not isinstance(key, str):
                raise ValueError("a name in double quotes was expected")
            self.need(":")
            has_tables = has_tables or (key.removesuffix(".csv") in _ONLY_TABLES and not members)
            if self.peek() == "[" and (key == "contents" or has_tables):
                in_parts = True
                yield from self.elements("" if key == "contents" else key)
            else:
                members[key] = self.value().value
                size += self.cut
                if size > LARGEST_ITEM:
                    raise ValueError(f"an object is larger than {LARGEST_ITEM:,} characters")
            if self.peek() != "}":
                self.need(",")
        if not in_parts:
            yield Item(self._path, line, members)

    def _more(self) -> bool:
        """Get the next piece of the text into the window; false when there is none."""
        if not self._ended:
            # As much again as there is, so that a large value is tried few times.
            piece = self._text.read(max(_PIECE, len(self._window) - self._at))
            self._window = self._window[self._at :] + piece
            self._at = 0
            self._ended = not piece
        return not self._ended
