"""How much of other people's data is read at once, and how much at all."""

from __future__ import annotations

MOST_FILES = 20_000
# What a zip or a .gz may unpack to, and how far it may grow: text shrinks ten- to thirtyfold, and what
# grows a hundredfold was made to fill a disk.
MOST_UNPACKED = 8 * 1024**3
MOST_GROWTH = 200
# In characters. A cell is one column of one row, a line one line of a CSV or NDJSON file, and an item one
# object of a JSON file or list.
LONGEST_CELL = 1_000_000
LONGEST_LINE = 16 * 1024**2
LARGEST_ITEM = 32 * 1024**2
LARGEST_MAPPING = 1024**2
# Of an API: bytes of one answer, seconds for one answer, and seconds for all of it.
LARGEST_ANSWER = 64 * 1024**2
ANSWER_SECONDS = 30
API_SECONDS = 4 * 3600
