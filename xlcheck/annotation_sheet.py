"""The sheet 「审核结果」 written with xlsxwriter, as a page that is read on screen, filled in, and printed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from xlcheck.annotation_layout import TITLE_ROW, Layout, Line
from xlcheck.annotation_marks import emitted
from xlcheck.annotation_notes import columns
from xlcheck.annotation_words import (
    CLASSES,
    HEADERS,
    involved,
    is_stale,
    level,
    plain,
    proposal,
    sentence,
    state,
    where,
    words,
)
from xlcheck.folders import WORKBOOKS
from xlcheck.model import Class, Finding

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

_WIDTHS = (5, 10, 16, 15, 38, 10.5, 10.5, 10, 20, 26, 9, 2.5, 14)
_MESSAGE, _EXPLANATION, _LAST = 4, 9, len(_WIDTHS) - 1
_LINE = 16.5  # points that a line of text takes

FILLS = {"error": "#FFC7CE", "warning": "#FFE0B2", "note": "#DDEBF7", "explained": "#E2EFDA"}
INKS = {"error": "#9C0006", "warning": "#8A4B00", "note": "#1F4E79", "explained": "#375623"}
_BASE = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter"}
_CELL = {"text_wrap": True, "border": 1, "border_color": "#BFBFBF"}
_GREY = {"font_size": 8, "font_color": "#808080"}
_FORMATS: Mapping[str, Mapping[str, object]] = {
    "title": {"bold": True, "font_size": 16, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "indent": 1},
    "meta": {"font_color": "#595959", "indent": 1},
    "meta_right": {"font_color": "#595959", "align": "right", "indent": 1},
    "counts": {"font_size": 11, "indent": 1},
    "guide": {"text_wrap": True, "font_color": "#404040", "indent": 1},
    "header": {**_CELL, "bold": True, "align": "center", "bg_color": "#DCE6F1", "font_color": "#1F3864"},
    "header_narrow": {"border": 1, "border_color": "#BFBFBF", "font_size": 6, "bg_color": "#DCE6F1", "font_color": "#808080"},
    "heading": {"bold": True, "bg_color": "#EDEDED", "font_color": "#404040", "indent": 1},
    "clean": {"bold": True, "font_size": 12, "bg_color": "#E2EFDA", "font_color": "#375623", "indent": 1},
    "remark": {"text_wrap": True, "font_color": "#404040", "indent": 2},
    "text": _CELL,
    "under": {**_CELL, "indent": 2, "font_color": "#595959"},
    "number": {**_CELL, "align": "center"},
    "amount": {**_CELL, "align": "right"},
    "link": {**_CELL, "font_color": "#0563C1", "underline": 1},
    "fill_in": {**_CELL, "bg_color": "#FFF8E1", "locked": False, "border_color": "#E6A23C"},
    "fingerprint": {"border": 1, "border_color": "#BFBFBF", "font_size": 6, "font_color": "#C0C0C0"},
    "rule": {**_CELL, **_GREY},
    "quiet": {"font_size": 9, "font_color": "#808080"},
    **{f"level_{name}": {**_CELL, "align": "center", "bold": True, "bg_color": fill, "font_color": INKS[name]}
       for name, fill in FILLS.items()},
    **{f"count_{name}": {"bold": True, "font_size": 12, "font_color": ink} for name, ink in INKS.items()},
}  # fmt: skip


def write_sheet(book: Workbook, layout: Layout, lang: str) -> None:
    """Write the sheet as the donor's first."""
    page = _Page(book, layout, lang)
    page.head()
    for row, line in enumerate(layout.lines, TITLE_ROW):
        if line.finding is not None:
            page.finding(row, line, line.finding)
        else:
            tall = {"clean": 30, "heading": 22}.get(line.kind, _LINE * _lines(line.text, sum(_WIDTHS) - 6))
            page.band(row, 0, _LAST, line.text, line.kind, tall)
    page.set_up(TITLE_ROW + len(layout.lines), any(line.finding for line in layout.lines))


class _Page:
    def __init__(self, book: Workbook, layout: Layout, lang: str) -> None:
        self._book, self._layout, self._lang, self._say = book, layout, lang, words(lang)
        self._formats: dict[str, Format] = {}
        self._sheet = book.add_worksheet(layout.name)
        for column, width in enumerate(_WIDTHS):
            emitted(self._sheet.set_column(column, column, width))

    def style(self, name: str) -> Format:
        if name not in self._formats:
            self._formats[name] = self._book.add_format({**_BASE, **_FORMATS[name]})
        return self._formats[name]

    def band(self, row: int, first: int, last: int, text: str, style: str, tall: float) -> None:
        """Write a text across merged columns, in a row of its own height."""
        emitted(self._sheet.set_row(row, min(tall, 400)))
        emitted(self._sheet.merge_range(row, first, row, last, "", self.style(style)))
        emitted(self._sheet.write_string(row, first, plain(text), self.style(style)))

    def head(self) -> None:
        """Write what stands above the table, and the table's header."""
        layout, say = self._layout, self._say
        self.band(0, 0, _LAST, layout.title, "title", 34)
        self.band(1, 0, 4, say["file"] + layout.file, "meta", 20)
        self.band(1, 5, _LAST, layout.made, "meta_right", 20)
        self.band(2, 0, _LAST, "", "counts", 24)
        fragments: list[object] = [self.style("quiet"), say["counts"]]
        for index, (key, text) in enumerate(layout.counts):
            fragments += [self.style("quiet"), "　"] if index else []
            fragments += [self.style(f"count_{key}"), text]
        fragments += [self.style("quiet"), layout.aside] if layout.aside else []
        emitted(self._sheet.write_rich_string(2, 0, *fragments, self.style("counts")))
        self.band(3, 0, _LAST, layout.guide, "guide", 4 + _LINE * _lines(layout.guide, sum(_WIDTHS)))
        emitted(self._sheet.set_row(TITLE_ROW - 1, 30))
        for column, text in enumerate(HEADERS[self._lang]):
            style = self.style("header_narrow" if _WIDTHS[column] < 4 else "header")
            emitted(self._sheet.write_string(TITLE_ROW - 1, column, text, style))

    def finding(self, row: int, line: Line, finding: Finding) -> None:
        """Write a finding's row, as high as its fullest cell needs."""
        text = "under" if "." in line.number else "text"
        cells = [
            (line.number, "number"),
            (f"{self._say[level(finding)]}\n{CLASSES[self._lang][finding.cls]}", f"level_{level(finding)}"),
            (where(finding.place, self._layout.file, self._say), "link" if line.own else "text"),
            (finding.field, text),
            (self._message(finding), text),
            (finding.actual or "", "amount"),
            (finding.expected or "", "amount"),
            (finding.difference or "", "amount"),
            ("\n".join(proposal(suspect, finding) for suspect in finding.suspects), "text"),
            self._explanation(finding),
            (state(finding, self._say), "number"),
            (finding.fingerprint, "fingerprint"),
            (finding.rule, "rule"),
        ]
        tall = max(
            _lines(told, _WIDTHS[column] - 1) for column, (told, style) in enumerate(cells) if style != "fingerprint"
        )
        emitted(self._sheet.set_row(row, min(6 + _LINE * tall, 400)))
        for column, (told, style) in enumerate(cells):
            if style == "link":
                emitted(self._link(row, column, finding, plain(told)))
            elif column == _MESSAGE and "\n" in told:
                message, aside = told.split("\n", 1)
                fragments = (self.style(style), message, self.style("quiet"), "\n" + aside)
                emitted(self._sheet.write_rich_string(row, column, *fragments, self.style(style)))
            elif told:
                emitted(self._sheet.write_string(row, column, plain(told), self.style(style)))
            else:
                emitted(self._sheet.write_blank(row, column, None, self.style(style)))

    def _link(self, row: int, column: int, finding: Finding, told: str) -> object:
        quoted = (finding.place.sheet or "").replace("'", "''")
        link = f"internal:'{quoted}'!{finding.place.cell}"
        return self._sheet.write_url(row, column, link, self.style("link"), told, self._say["tip"])

    def _message(self, finding: Finding) -> str:
        """The sentence; below it the other cells concerned, and an explanation that no longer holds."""
        told = [plain(sentence(finding), 20000).replace("\n", " "), involved(finding, self._say)]
        if finding.explanation and is_stale(finding.explanation):
            told.append(self._say["stale"] + finding.explanation.text)
        return plain("\n".join(filter(None, told)), 32000)

    def _explanation(self, finding: Finding) -> tuple[str, str]:
        """What the explanation's cell holds, and its format: open where this is the copy to fill it in."""
        text = finding.explanation.text if finding.explanation and finding.explained else ""
        if finding.cls is not Class.PLAUSIBILITY:
            return text, "text"
        if finding.place.file != self._layout.file and finding.place.file.lower().endswith(tuple(WORKBOOKS)):
            return text or f"（{self._say['explain_there']}）", "rule"
        return text, "fill_in"

    def set_up(self, last: int, found: bool) -> None:
        """Freeze the header, protect all but the cells to fill in, and make the page fit to print."""
        sheet = self._sheet
        sheet.freeze_panes(TITLE_ROW, 0)
        sheet.hide_gridlines(2)
        emitted(sheet.ignore_errors({"number_stored_as_text": f"A{TITLE_ROW + 1}:M{last}"}))
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
        sheet.set_tab_color("#C00000" if found else "#70AD47")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(self._say["footer"])


def _lines(text: str, width: float) -> int:
    return sum(max(1, math.ceil(columns(line) / width)) for line in text.split("\n"))
