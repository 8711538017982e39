"""The findings on a report that cannot take comments, as a short Word document: place, sentence, finding, rule."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xlcheck.annotation_comments import Line
from xlcheck.annotation_notes import AUTHOR
from xlcheck.annotation_sheet import FILLS, INKS
from xlcheck.annotation_words import HEADERS, level, plain, words

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

    from xlcheck.annotation_report import Entry, Review

_FONT = "微软雅黑"
_WIDTHS = (1.1, 1.9, 3.6, 10.4)  # centimetres
_COLUMNS = (0, 1, 2, 4)  # of the headers of 「审核结果」
_QUOTE = 300  # characters of a sentence that are shown
_GREY, _BLACK = "#7F7F7F", "#262626"


def write_list(review: Review, reason: str, lang: str) -> bytes:
    """The document; ``reason`` says why the report itself was not marked."""
    import docx
    from docx.shared import Cm, Pt

    say = words(lang)
    document = docx.Document()
    core = document.core_properties
    core.author, core.title, core.comments = AUTHOR, plain(review.title, 255), ""
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    spacing = document.styles["Normal"].paragraph_format
    spacing.space_before = spacing.space_after = Pt(2)

    _say(document.add_paragraph(), review.title, INKS["note"], 16, bold=True)
    _say(document.add_paragraph(), say["file"] + review.file, _GREY)
    counts = document.add_paragraph()
    _say(counts, say["report"], _GREY)
    for index, (key, text) in enumerate(review.counts):
        _say(counts, ("　" if index else "") + text, INKS[key], 11, bold=True)
    _say(counts, review.aside, _GREY)
    if review.entries:
        for text in (review.guide, reason):
            _say(document.add_paragraph(), text, _BLACK)
        _table(document, review, HEADERS[lang], say)
    else:
        _say(document.add_paragraph(), review.guide, INKS["explained"], 12, bold=True)
    foot = document.add_paragraph()
    foot.paragraph_format.space_before = Pt(8)
    _say(foot, review.made, _GREY, 8)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _say(paragraph: Paragraph, text: str, ink: str, size: float = 10, *, bold: bool = False) -> None:
    """Add text to a paragraph, in our font for every script."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(plain(text))
    run.font.name, run.font.size, run.font.bold = _FONT, Pt(size), bold
    run.font.color.rgb = RGBColor.from_string(ink[1:])
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)


def _table(document: Document, review: Review, headers: Sequence[str], say: Mapping[str, str]) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(_WIDTHS), style="Table Grid")
    table.autofit = False
    for cell, column in zip(table.rows[0].cells, _COLUMNS, strict=True):
        _shade(cell, "#DCE6F1")
        _say(cell.paragraphs[0], headers[column], "#1F3864", bold=True)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for number, entry in enumerate(review.entries, 1):
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        _entry(row.cells, number, entry, say)
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)


def _entry(cells: Sequence[_Cell], number: int, entry: Entry, say: Mapping[str, str]) -> None:
    key = level(entry.finding)
    _say(cells[0].paragraphs[0], str(number), _BLACK)
    _shade(cells[1], FILLS[key])
    _say(cells[1].paragraphs[0], say[key], INKS[key], bold=True)
    _say(cells[2].paragraphs[0], entry.place, _BLACK, 9)
    lines = [Line(line.text, quiet=line.quiet) for line in entry.lines]
    if entry.quote:
        short = entry.quote if len(entry.quote) <= _QUOTE else entry.quote[:_QUOTE] + "……"
        lines.insert(0, Line(f"{say['quote']}{short}", quiet=True))
    for index, line in enumerate(lines):
        paragraph = cells[3].add_paragraph() if index else cells[3].paragraphs[0]
        _say(paragraph, line.text, _GREY if line.quiet else _BLACK, 9 if line.quiet else 10)


def _shade(cell: _Cell, fill: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), fill[1:])
    cell._tc.get_or_add_tcPr().append(shade)
