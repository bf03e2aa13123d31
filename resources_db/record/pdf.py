"""A record as a PDF: text that can be selected and read out, its language and title set, its pages numbered.

fpdf2 would add 34 MB to the 89 of the gateway for good. So `python -m resources_db.record.pdf` makes one
PDF, from a document as JSON on its standard input, and gives the memory back when it ends.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout

_FONT = "helvetica"
_MARGIN = 18.0
#: How wide the column of the days is, in millimetres.
_DAY = 38.0
_INK, _SOFT, _LINE = (27, 34, 51), (76, 85, 106), (190, 190, 190)
_LOCALES = {"en": "en-US", "es": "es-US"}
#: The letters of this font are those of Western Europe; signs that people type in the place of plain ones.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʻ": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "-"})


def main() -> None:
    sys.stdout.buffer.write(make_pdf(json.load(sys.stdin.buffer)))


class _Paper(FPDF):
    """With "Page 1 of 2" at the foot of every page, in the words of `page`."""

    def __init__(self, page: str) -> None:
        super().__init__(format="letter")
        self._page_words = page

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FONT, size=9)
        self.set_text_color(*_SOFT)
        numbered = self._page_words.replace("{number}", str(self.page_no())).replace("{count}", "{nb}")
        self.cell(0, 5, numbered, align="C")


def make_pdf(document: Mapping[str, Any]) -> bytes:
    """The fields of a resources_db.record.document.Document, on pages of letter size."""
    paper = _Paper(_written(document["page"]))
    paper.set_title(document["title"])
    paper.set_lang(_LOCALES[document["language"]])
    paper.set_creator("Homeward")
    paper.set_margins(_MARGIN, _MARGIN, _MARGIN)
    paper.set_auto_page_break(True, margin=_MARGIN + 4)
    paper.set_draw_color(*_LINE)
    paper.add_page()
    _line(paper, document["title"], size=20, bold=True)
    for line in document["top"]:
        _line(paper, line, size=11, color=_SOFT)
    for section in document["sections"]:
        _section(paper, section, document["empty"])
    _heading(paper, document["about_heading"], needed=40)
    for line in document["about"]:
        _line(paper, line, size=10, color=_SOFT)
    return bytes(paper.output())


def _section(paper: FPDF, section: Mapping[str, Any], empty: str) -> None:
    _heading(paper, section["heading"], needed=35)
    _line(paper, section["intro"], size=10, color=_SOFT)
    paper.ln(1.5)
    if not section["rows"]:
        _line(paper, empty)
        return
    paper.set_font(_FONT, size=10.5)
    paper.set_text_color(*_INK)
    others = len(section["columns"]) - 1
    widths = (_DAY, *[(paper.epw - _DAY) / others] * others)
    with paper.table(
        col_widths=widths, text_align="LEFT", line_height=5.6, padding=(1.2, 1.5), first_row_as_headings=True,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, headings_style=FontFace(emphasis="BOLD", color=_INK),
    ) as table:  # fmt: skip
        for cells in (section["columns"], *section["rows"]):
            row = table.row()
            for cell in cells:
                row.cell(_written(cell))


def _heading(paper: FPDF, text: str, needed: float) -> None:
    """A heading, never alone at the foot of a page: `needed` millimetres follow on the same one."""
    if paper.will_page_break(needed):
        paper.add_page()
    paper.ln(5)
    paper.start_section(_written(text))
    _line(paper, text, size=14, bold=True)


def _line(paper: FPDF, text: str, size: float = 11, *, bold: bool = False, color: tuple[int, int, int] = _INK) -> None:
    paper.set_font(_FONT, style="B" if bold else "", size=size)
    paper.set_text_color(*color)
    paper.multi_cell(0, size * 0.5, _written(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _written(text: str) -> str:
    """In the letters of the font: others without their marks, and what is no letter of ours left out."""
    plain = unicodedata.normalize("NFC", text.translate(_PLAIN))
    return "".join(sign if sign.isascii() or _is_western(sign) else _without_marks(sign) for sign in plain)


def _is_western(sign: str) -> bool:
    return "\xa0" <= sign <= "\xff"


def _without_marks(sign: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if part.isascii() or _is_western(part))


if __name__ == "__main__":
    main()
