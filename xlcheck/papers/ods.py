"""An OpenDocument spreadsheet (.ods, or flat .fods): values, errors, formats as shown, merges, what is hidden."""

from __future__ import annotations

import datetime as dt
import re
from xml.parsers import expat

from xlcheck.papers.bounds import AREA, Unreadable, cell_counter
from xlcheck.papers.package import parser
from xlcheck.papers.spreadsheet import RESULT_SHEET, Book, Cell, Sheet

_DAMAGED = "OpenDocument 表格的内部 XML 已损坏，请用 WPS 或 LibreOffice 打开修复并另存为 .xlsx 后重新报送。"
_DTD = "文件内含 DTD 声明，出于安全不予读取；请用 Excel 或 WPS 另存为 .xlsx 后重新报送。"
_ERROR = re.compile(r"^(?:#[A-Z/0-9]{2,20}[!?]?|Err:\d+|#N/A)$")
_SHOWN = re.compile(r"^[^\d]{0,4}(?P<digits>[\d,]+)(?:\.(?P<decimals>\d+))?\s*(?P<percent>%)?\)?$")
_EPOCH = dt.date(1899, 12, 30).toordinal()
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_SKIPPED = frozenset({"annotation", "shapes", "tracked-changes"})


def read_ods(content: bytes) -> Book:
    """Read content.xml of an .ods, or a whole .fods; raises :class:`Unreadable`."""
    reader = _Content()
    machine = parser(Unreadable(_DTD))
    machine.StartElementHandler = reader.start
    machine.EndElementHandler = reader.end
    machine.CharacterDataHandler = reader.characters
    try:
        machine.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Unreadable(_DAMAGED) from error
    if not reader.sheets:
        raise Unreadable("OpenDocument 文件里没有表格，请核对是否传错了文件。")
    return Book([sheet for sheet in reader.sheets if sheet.name != RESULT_SHEET])


def _times(attributes: dict[str, str], name: str, most: int) -> int:
    """How often something is repeated or how far it spans: at least 1, at most the sheet."""
    text = attributes.get(name, "1")
    return max(1, min(int(text), most)) if text.isdigit() and len(text) < 10 else 1


class _Content:
    """Handlers of one pass over the document; rows and columns count from 1."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.count = cell_counter()
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.row = self.column = 0
        self.row_times = 1
        self.row_cells: list[Cell] = []
        self.row_merges: list[tuple[int, int, int, int]] = []
        self.cell: dict[str, str] | None = None
        self.paragraphs: list[list[str]] = []
        self.writing = False  # inside a paragraph of a cell
        self.depth = 0  # of tables within tables' cells
        self.skipping = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix, _, name = tag.rpartition(":")
        if self.skipping or (self.cell is not None and (name in _SKIPPED or prefix == "draw")) or name in _SKIPPED:
            self.skipping += 1
        elif name == "style":
            self.style = attributes.get("style:name", "")
        elif name == "table-properties" and attributes.get("table:display") == "false":
            self.hidden_styles.add(self.style)
        elif prefix == "table":
            self._start_table_part(name, attributes)
        elif prefix == "text" and self.cell is not None:
            if name in ("p", "h"):
                self.paragraphs.append([])
                self.writing = True
            elif self.paragraphs and name in ("s", "tab", "line-break"):
                blank = {"s": " " * _times(attributes, "text:c", 1000), "tab": "\t", "line-break": "\n"}[name]
                self.paragraphs[-1].append(blank)

    def _start_table_part(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self.depth += 1
            if self.depth == 1:
                hidden = attributes.get("table:style-name", "") in self.hidden_styles
                self.sheets.append(Sheet(attributes.get("table:name", ""), hidden=hidden))
                self.row = self.column = 0
        elif self.depth != 1:
            return
        elif name == "table-column":
            times = _times(attributes, "table:number-columns-repeated", _LAST_COLUMN)
            if attributes.get("table:visibility", "visible") != "visible":
                self.sheets[-1].hidden_columns.append((self.column + 1, self.column + times))
            self.column += times
        elif name == "table-row":
            self.row_times = _times(attributes, "table:number-rows-repeated", _LAST_ROW)
            self.column = 0
            self.row_cells, self.row_merges = [], []
            if attributes.get("table:visibility", "visible") != "visible":
                last = min(self.row + self.row_times, _LAST_ROW)
                self.sheets[-1].hidden_rows.update(range(self.row + 1, last + 1))
        elif name in ("table-cell", "covered-table-cell"):
            self.cell = attributes
            self.paragraphs = []

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
            return
        prefix, _, name = tag.rpartition(":")
        if prefix == "text" and name in ("p", "h"):
            self.writing = False
        if prefix != "table":
            return
        if name == "table":
            self.depth -= 1
        elif self.depth != 1:
            return
        elif name in ("table-cell", "covered-table-cell") and self.cell is not None:
            self._end_cell(self.cell)
            self.cell = None
        elif name == "table-row":
            self._end_row()

    def characters(self, data: str) -> None:
        if self.writing and self.cell is not None and not self.skipping and self.depth == 1:
            self.paragraphs[-1].append(data)

    def _end_cell(self, attributes: dict[str, str]) -> None:
        times = _times(attributes, "table:number-columns-repeated", _LAST_COLUMN)
        made = _cell(self.row + 1, self.column + 1, attributes, "\n".join(map("".join, self.paragraphs)))
        if made is not None:
            for column in range(self.column + 1, min(self.column + times, _LAST_COLUMN) + 1):
                self.row_cells.append(Cell(made.row, column, made.raw, made.error, made.format, made.formula))
            self.count(times)
        wide = _times(attributes, "table:number-columns-spanned", _LAST_COLUMN)
        high = _times(attributes, "table:number-rows-spanned", _LAST_ROW)
        if wide > 1 or high > 1:
            self.row_merges.append((self.row + 1, self.column + 1, self.row + high, self.column + wide))
        self.column += times

    def _end_row(self) -> None:
        sheet = self.sheets[-1]
        if self.row_cells and self.row + self.row_times > AREA:
            raise Unreadable(_DAMAGED)
        if self.row_cells:
            self.count(len(self.row_cells) * (self.row_times - 1))
            for offset in range(self.row_times):
                for cell in self.row_cells:
                    at = cell.row + offset
                    sheet.cells[at, cell.column] = Cell(
                        at, cell.column, cell.raw, cell.error, cell.format, cell.formula
                    )
        sheet.merges += self.row_merges
        self.row += self.row_times


def _cell(row: int, column: int, attributes: dict[str, str], shown: str) -> Cell | None:
    kind = attributes.get("office:value-type", "")
    formula = "table:formula" in attributes
    if attributes.get("calcext:value-type") == "error" or (formula and _ERROR.match(shown)):
        return Cell(row, column, shown or "#VALUE!", error=True, formula=formula)
    if kind in ("float", "percentage", "currency"):
        value = attributes.get("office:value", "")
        try:
            number = float(value)
        except ValueError:
            return Cell(row, column, value or shown, error=not shown, formula=formula) if value or shown else None
        if number != number or number in (float("inf"), float("-inf")):
            return Cell(row, column, shown or value, error=True, formula=formula)
        return Cell(row, column, number, format=_format(shown, kind == "percentage"), formula=formula)
    if kind == "date":
        serial = _serial(attributes.get("office:date-value", ""))
        if serial is not None:
            return Cell(row, column, serial, format="yyyy-mm-dd", formula=formula)
        return Cell(row, column, shown or attributes.get("office:date-value", ""), formula=formula)
    if kind == "boolean":
        return Cell(row, column, attributes.get("office:boolean-value") == "true", formula=formula)
    text = shown or attributes.get("office:string-value", "") or attributes.get("office:time-value", "")
    if text:
        return Cell(row, column, text, formula=formula)
    if formula:
        return Cell(row, column, "" if kind == "string" else None, error=kind != "string", formula=True)
    return None


def _format(shown: str, percent: bool) -> str:
    """The number format that prints like ``shown``: OpenDocument keeps the shown text beside the value."""
    match = _SHOWN.match(shown.strip())
    if match is None:
        return "0.00%" if percent else "General"
    decimals = len(match["decimals"] or "")
    tail = "." + "0" * decimals if decimals else ""
    if match["percent"]:
        return f"0{tail}%"
    if "," in match["digits"]:
        return f"#,##0{tail}"
    return f"0{tail}" if decimals else "General"


def _serial(text: str) -> float | None:
    """An ISO date or date-time as Excel's serial number, or None where it is none after 1900-03-01."""
    try:
        moment = dt.datetime.fromisoformat(text[:19])
    except ValueError:
        return None
    day = moment.toordinal() - _EPOCH
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return day + seconds / 86400 if day > 60 else None
