"""A workbook in Excel 2003's XML (SpreadsheetML), which report systems save as .xls: values, formats, merges."""

from __future__ import annotations

import datetime as dt
import re
from xml.parsers import expat

from xlcheck.papers.bounds import Unreadable, cell_counter
from xlcheck.papers.package import parser
from xlcheck.papers.spreadsheet import RESULT_SHEET, Book, Cell, Sheet

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"

_DAMAGED = "Excel 2003 XML 表格已损坏或不完整，请用 Excel 或 WPS 打开并另存为 .xlsx 后重新报送。"
_DTD = "文件内含 DTD 声明，出于安全不予读取；请用 Excel 或 WPS 另存为 .xlsx 后重新报送。"
_NAMED = {
    "General Number": "General", "General Date": "yyyy-mm-dd", "Long Date": "yyyy-mm-dd", "Medium Date": "yyyy-mm-dd",
    "Short Date": "yyyy-mm-dd", "Long Time": "h:mm:ss", "Medium Time": "h:mm", "Short Time": "h:mm",
    "Currency": "#,##0.00", "Euro Currency": "#,##0.00", "Fixed": "0.00", "Standard": "#,##0.00", "Percent": "0.00%",
    "Scientific": "0.00E+00",
}  # fmt: skip
_EPOCH = dt.date(1899, 12, 30).toordinal()
_EPOCH_1904 = dt.date(1904, 1, 1).toordinal()
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


def read_spreadsheetml(text: str) -> Book:
    """Read the text of a SpreadsheetML document; raises :class:`Unreadable`."""
    reader = _Document()
    machine = parser(Unreadable(_DTD), "utf-8", "|")
    machine.StartElementHandler = reader.start
    machine.EndElementHandler = reader.end
    machine.CharacterDataHandler = reader.characters
    try:
        machine.Parse(text.lstrip().encode("utf-8", "replace"), True)
    except (expat.ExpatError, ValueError) as error:
        raise Unreadable(_DAMAGED) from error
    if not reader.sheets:
        raise Unreadable("Excel 2003 XML 文件里没有工作表，请核对是否传错了文件。")
    return Book([sheet for sheet in reader.sheets if sheet.name != RESULT_SHEET], reader.date1904)


def _whole(attributes: dict[str, str], name: str, default: int, most: int) -> int:
    text = attributes.get(name, "").strip()
    return min(int(text), most) if re.fullmatch(r"[0-9]{1,8}", text) else default


class _Document:
    """Handlers of one pass over the document; rows and columns count from 1, attributes lose their namespace."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.date1904 = False
        self.formats: dict[str, str] = {}
        self.count = cell_counter()
        self.style = ""
        self.row = self.column = self.next_column = 0
        self.table_column = 0
        self.cell: dict[str, str] = {}
        self.kind = ""
        self.words: list[str] | None = None
        self.value: Cell | None = None
        self.comment = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("|")
        plain = {key.rpartition("|")[2]: value for key, value in attributes.items()}
        if name == "Worksheet":
            self.sheets.append(Sheet(plain.get("Name", "")))
            self.row = self.table_column = 0
        elif name == "Style":
            self.style = plain.get("ID", "")
            self.formats[self.style] = self.formats.get(plain.get("Parent", "Default"), "General")
        elif name == "NumberFormat":
            code = plain.get("Format", "General")
            self.formats[self.style] = _NAMED.get(code, code)
        elif not self.sheets:
            self.words = [] if name == "Date1904" else None
        elif name == "Column":
            first = _whole(plain, "Index", self.table_column + 1, _LAST_COLUMN)
            self.table_column = min(first + _whole(plain, "Span", 0, _LAST_COLUMN), _LAST_COLUMN)
            if plain.get("Hidden") == "1":
                self.sheets[-1].hidden_columns.append((first, self.table_column))
        elif name == "Row":
            self._start_row(plain)
        elif name == "Cell":
            self.cell, self.value = plain, None
            self.column = _whole(plain, "Index", self.next_column, _LAST_COLUMN)
            self.next_column = self.column + 1 + _whole(plain, "MergeAcross", 0, _LAST_COLUMN)
            self._merge(plain)
        elif name == "Comment":
            self.comment = True
        elif name == "Data" and namespace == NAMESPACE and not self.comment:
            self.kind, self.words = plain.get("Type", "String"), []
        elif name == "Visible":
            self.words = []

    def _start_row(self, attributes: dict[str, str]) -> None:
        first = _whole(attributes, "Index", self.row + 1, _LAST_ROW)
        self.row = min(first + _whole(attributes, "Span", 0, _LAST_ROW), _LAST_ROW)
        if attributes.get("Hidden") == "1":
            self.sheets[-1].hidden_rows.update(range(first, self.row + 1))
        self.next_column = 1

    def _merge(self, attributes: dict[str, str]) -> None:
        wide = _whole(attributes, "MergeAcross", 0, _LAST_COLUMN)
        high = _whole(attributes, "MergeDown", 0, _LAST_ROW)
        if wide or high:
            self.sheets[-1].merges.append((self.row, self.column, self.row + high, self.column + wide))

    def end(self, tag: str) -> None:
        name = tag.rpartition("|")[2]
        text = "".join(self.words or ())
        if name == "Data" and self.words is not None:
            self.value = self._cell(text)
            self.words = None
        elif name == "Cell" and self.sheets:
            formula = "Formula" in self.cell
            value = self.value or (Cell(self.row, self.column, None, error=True, formula=True) if formula else None)
            if value is not None and (value.raw != "" or formula):
                self.count(1)
                self.sheets[-1].cells[self.row, self.column] = value
        elif name == "Visible" and self.sheets:
            self.sheets[-1].very_hidden = text.strip() == "SheetVeryHidden"
            self.sheets[-1].hidden = self.sheets[-1].very_hidden or text.strip() == "SheetHidden"
            self.words = None
        elif name == "Date1904":
            self.date1904 = text.strip() != "0"
        elif name == "Comment":
            self.comment = False

    def characters(self, data: str) -> None:
        if self.words is not None:
            self.words.append(data)

    def _cell(self, text: str) -> Cell:
        at, formula = (self.row, self.column), "Formula" in self.cell
        code = self.formats.get(self.cell.get("StyleID", ""), "General")
        if self.kind == "Error":
            return Cell(*at, text or "#错误", error=True, format=code, formula=formula)
        if self.kind == "Boolean":
            return Cell(*at, text.strip() == "1", format=code, formula=formula)
        if self.kind == "DateTime":
            serial = _serial(text, self.date1904)
            if serial is not None:
                return Cell(*at, serial, format=code if code != "General" else "yyyy-mm-dd", formula=formula)
        if self.kind == "Number":
            try:
                number = float(text)
            except ValueError:
                return Cell(*at, text, format=code, formula=formula)
            bad = number != number or number in (float("inf"), float("-inf"))
            return Cell(*at, text if bad else number, error=bad, format=code, formula=formula)
        return Cell(*at, text, format=code, formula=formula)


def _serial(text: str, date1904: bool) -> float | None:
    """An ISO date-time as a serial number of the workbook's calendar, or None where it is none."""
    try:
        moment = dt.datetime.fromisoformat(text.strip()[:19])
    except ValueError:
        return None
    day = moment.toordinal() - (_EPOCH_1904 if date1904 else _EPOCH)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return day + seconds / 86400 if day >= 0 else None
