"""The looks of a workbook in Excel 2003's XML: each cell's style, widths and heights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

from xlcheck.papers.looks import SIDES, BookLooks, Looks, Style, colour, style
from xlcheck.papers.package import BadPackage, parser

_LAST_COLUMN = 16_384
_CELLS = 200_000  # whose style is kept
_WIDE = 256  # columns whose width is kept
_ACROSS = frozenset({"left", "center", "right", "fill", "justify"})
_DOWN = {"Top": "top", "Center": "vcenter"}
_UNDERLINES = {"Single": 1, "Double": 2, "SingleAccounting": 33, "DoubleAccounting": 34}
# xlsxwriter's number of a line, by its style and its weight from 0 to 3
_LINES = {
    "Continuous": (7, 1, 2, 5),
    "Dash": (3, 3, 8, 8),
    "Dot": (4, 4, 4, 4),
    "DashDot": (9, 9, 10, 10),
    "DashDotDot": (11, 11, 12, 12),
    "Double": (6, 6, 6, 6),
    "SlantDashDot": (13, 13, 13, 13),
}


def spreadsheetml_looks(text: str) -> BookLooks | None:
    """The looks in the text of a SpreadsheetML document; None where it is damaged."""
    reader = _Document()
    machine = parser(None, "utf-8", "|")
    machine.StartElementHandler = reader.start
    machine.EndElementHandler = reader.end
    try:
        machine.Parse(text.lstrip().encode("utf-8", "replace"), True)
    except (expat.ExpatError, BadPackage, ValueError):
        return None
    return reader.made


class _Document:
    """Handlers of one pass over a document; attributes lose their namespace."""

    def __init__(self) -> None:
        self.made = BookLooks()
        self.sheet = Looks()
        self.styles: dict[str, dict[str, Any]] = {}
        self.known: dict[str, Style] = {}
        self.name = ""
        self.row = self.column = self.cells = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("|")[2]
        plain = {key.rpartition("|")[2]: value for key, value in attributes.items()}
        if name == "Style":
            self.name = plain.get("ID", "")
            self.styles[self.name] = dict(self.styles.get(plain.get("Parent", "Default"), {}))
        elif name in _PROPERTIES and self.name:
            self.styles[self.name].update(_PROPERTIES[name](plain))
        elif name == "Worksheet":
            self.sheet = self.made.sheets.setdefault(plain.get("Name", ""), Looks())
            self.row = self.column = 0
        elif name == "Column":
            first = _whole(plain, "Index", self.column + 1)
            self.column = first + _whole(plain, "Span", 0)
            width = _number(plain.get("Width"))
            self.sheet.columns.update(dict.fromkeys(range(first, min(self.column, _WIDE) + 1), (width, ())))
        elif name == "Row":
            self.row = _whole(plain, "Index", self.row + 1)
            self.column = 0
            if height := _number(plain.get("Height")):
                self.sheet.heights[self.row] = height
        elif name == "Cell":
            first = _whole(plain, "Index", self.column + 1)
            self.column = first + _whole(plain, "MergeAcross", 0)
            look = self._style(plain.get("StyleID", "Default"))
            self.cells += self.column - first + 1
            if look and self.cells <= _CELLS:
                self.sheet.styles.update({(self.row, column): look for column in range(first, self.column + 1)})

    def _style(self, name: str) -> Style:
        if name not in self.known:
            self.known[name] = style(self.styles.get(name, {}))
        return self.known[name]

    def end(self, tag: str) -> None:
        if tag.rpartition("|")[2] == "Style":
            self.name = ""


def _whole(plain: Mapping[str, str], name: str, default: int) -> int:
    text = plain.get(name, "").strip()
    return (
        min(int(text), _LAST_COLUMN if name != "Index" else 1_048_576) if re.fullmatch(r"[0-9]{1,8}", text) else default
    )


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\d{1,6}(?:\.\d{1,9})?", text) else None


def _font(plain: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "bold": plain.get("Bold") == "1",
        "italic": plain.get("Italic") == "1",
        "font_strikeout": plain.get("StrikeThrough") == "1",
        "underline": _UNDERLINES.get(plain.get("Underline", ""), 0),
        "font_color": colour(plain.get("Color", "")),
    }
    if name := plain.get("FontName"):
        made["font_name"] = name
    if size := _number(plain.get("Size")):
        made["font_size"] = size
    return made


def _interior(plain: Mapping[str, str]) -> dict[str, Any]:
    return {"bg_color": colour(plain.get("Color", "")) if plain.get("Pattern") == "Solid" else ""}


def _alignment(plain: Mapping[str, str]) -> dict[str, Any]:
    across = plain.get("Horizontal", "").lower()
    return {
        "align": across if across in _ACROSS else "",
        "valign": _DOWN.get(plain.get("Vertical", ""), ""),
        "text_wrap": plain.get("WrapText") == "1",
    }


def _border(plain: Mapping[str, str]) -> dict[str, Any]:
    side, weight = plain.get("Position", "").lower(), plain.get("Weight", "0")
    lines = _LINES.get(plain.get("LineStyle", ""))
    if side not in SIDES or lines is None:
        return {}
    return {
        side: lines[int(weight)] if weight in ("0", "1", "2", "3") else lines[1],
        f"{side}_color": colour(plain.get("Color", "")),
    }


_PROPERTIES = {"Font": _font, "Interior": _interior, "Alignment": _alignment, "Border": _border}
