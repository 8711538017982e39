"""The looks of an OpenDocument spreadsheet: each cell's style, widths and heights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers import expat

from xlcheck.papers.looks import SIDES, BookLooks, Looks, Style, colour, points, style
from xlcheck.papers.package import BadPackage, parser

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_CELLS = 200_000  # whose style is kept
_WIDE = 256  # columns whose width is kept
_REPEATED = 256  # columns, or rows, that one element may stand for: beyond, it is the empty rest of the sheet
_BORDER = re.compile(r"^(\S+) (solid|dashed|dotted|double\S*|fine-dashed|dash-dot|dash-dot-dot) (#[0-9A-Fa-f]{6})$")
_LINES = {"solid": 1, "dotted": 4, "dash-dot": 9, "dash-dot-dot": 11}
_ACROSS = {"start": "left", "end": "right", "center": "center", "justify": "justify"}
_DOWN = {"top": "top", "middle": "vcenter"}


def ods_looks(parts: Sequence[bytes]) -> BookLooks | None:
    """The looks in an .ods' styles.xml and content.xml, or in a whole .fods; None where they are damaged."""
    reader = _Document()
    for part in parts:
        machine = parser()
        machine.StartElementHandler = reader.start
        machine.EndElementHandler = reader.end
        try:
            machine.Parse(part, True)
        except (expat.ExpatError, BadPackage, LookupError, ValueError):
            return None
    return reader.made


def _times(text: str, most: int) -> int:
    return max(1, min(int(text), most)) if text.isdigit() and len(text) < 10 else 1


class _Document:
    """Handlers of one pass over a document."""

    def __init__(self) -> None:
        self.made = BookLooks()
        self.sheet = Looks()
        self.styles: dict[str, dict[str, Any]] = {}
        self.row = self.column = self.cells = 0
        self.widths: dict[str, float] = {}
        self.heights: dict[str, float] = {}
        self.known: dict[str, Style] = {}
        self.defaults: dict[int, str] = {}
        self.name = ""
        self.depth = 0
        self.times = 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "style:style":
            self.name = attributes.get("style:name", "")
            if attributes.get("style:family") == "table-cell":
                self.styles[self.name] = dict(self.styles.get(attributes.get("style:parent-style-name", ""), {}))
        elif tag == "style:table-column-properties" and (wide := points(attributes.get("style:column-width", ""))):
            self.widths[self.name] = wide
        elif tag == "style:table-row-properties" and (tall := points(attributes.get("style:row-height", ""))):
            self.heights[self.name] = tall
        elif tag in _PROPERTIES and self.name in self.styles:
            self.styles[self.name].update(_PROPERTIES[tag](attributes))
        elif tag == "table:table":
            self.depth += 1
            if self.depth == 1:
                self.sheet = self.made.sheets.setdefault(attributes.get("table:name", ""), Looks())
                self.row = self.column = 0
                self.defaults = {}
        elif self.depth == 1:
            self._place(tag, attributes)

    def _place(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table-column":
            times = _times(attributes.get("table:number-columns-repeated", ""), _LAST_COLUMN)
            width = self.widths.get(attributes.get("table:style-name", ""))
            default = attributes.get("table:default-cell-style-name", "")
            for column in range(self.column + 1, min(self.column + times, _WIDE) + 1):
                self.sheet.columns[column] = (width, ())
                self.defaults[column] = default
            self.column += times
        elif tag == "table:table-row":
            self.times = _times(attributes.get("table:number-rows-repeated", ""), _LAST_ROW)
            self.column = 0
            height = self.heights.get(attributes.get("table:style-name", ""))
            if height and self.times <= 1000:
                self.sheet.heights.update(dict.fromkeys(range(self.row + 1, self.row + self.times + 1), height))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            times = _times(attributes.get("table:number-columns-repeated", ""), _LAST_COLUMN)
            name = attributes.get("table:style-name") or self.defaults.get(self.column + 1, "")
            self._paint(self._style(name), times, self.times)
            self.column += times

    def _paint(self, look: Style, columns: int, rows: int) -> None:
        """Give the next cells a style; a tail of empty ones that runs to the sheet's end is left out."""
        if not look or max(columns, rows) > _REPEATED or self.cells + columns * rows > _CELLS:
            return
        self.cells += columns * rows
        for row in range(self.row + 1, self.row + rows + 1):
            self.sheet.styles.update({(row, self.column + column): look for column in range(1, columns + 1)})

    def _style(self, name: str) -> Style:
        if name not in self.known:
            self.known[name] = style(self.styles.get(name, {}))
        return self.known[name]

    def end(self, tag: str) -> None:
        if tag == "table:table":
            self.depth -= 1
        elif tag == "table:table-row" and self.depth == 1:
            self.row += self.times
        elif tag == "style:style":
            self.name = ""


def _cell_properties(attributes: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for side in SIDES:
        found = _BORDER.match(attributes.get(f"fo:border-{side}", attributes.get("fo:border", "")))
        if found:
            thick = found[2] == "solid" and (points(found[1]) or 0) > 1.2
            made[side] = 2 if thick else 6 if found[2].startswith("double") else _LINES.get(found[2], 3)
            made[f"{side}_color"] = found[3]
    if "fo:background-color" in attributes:
        made["bg_color"] = colour(attributes["fo:background-color"])
    if "style:vertical-align" in attributes:
        made["valign"] = _DOWN.get(attributes["style:vertical-align"], "")
    if "fo:wrap-option" in attributes:
        made["text_wrap"] = attributes["fo:wrap-option"] == "wrap"
    return made


def _text_properties(attributes: Mapping[str, str]) -> dict[str, Any]:
    name = attributes.get("style:font-name-asian") or attributes.get("style:font-name") or attributes.get("fo:font-family", "")  # fmt: skip
    made: dict[str, Any] = {"font_name": name.strip("'")} if name else {}
    if size := points(attributes.get("fo:font-size", "")):
        made["font_size"] = size
    if "fo:font-weight" in attributes:
        made["bold"] = attributes["fo:font-weight"] in ("bold", "600", "700", "800", "900")
    if "fo:font-style" in attributes:
        made["italic"] = attributes["fo:font-style"] in ("italic", "oblique")
    if attributes.get("style:text-underline-style", "none") != "none":
        made["underline"] = 1
    if "fo:color" in attributes:
        made["font_color"] = colour(attributes["fo:color"])
    return made


def _paragraph_properties(attributes: Mapping[str, str]) -> dict[str, Any]:
    across = attributes.get("fo:text-align", "")
    return {"align": _ACROSS[across]} if across in _ACROSS else {}


_PROPERTIES = {
    "style:table-cell-properties": _cell_properties,
    "style:text-properties": _text_properties,
    "style:paragraph-properties": _paragraph_properties,
}
