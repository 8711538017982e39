"""An old workbook (.xls of Excel 2.0 to 2003, .et of WPS): values, number formats, merges and hidden rows by xlrd.

xlrd does not say which cells are formulas; those are found by a walk over the stream's records.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from typing import Any

from xlcheck.papers import ole
from xlcheck.papers.bounds import Unreadable, cell_counter
from xlcheck.papers.numbers import builtin_format
from xlcheck.papers.spreadsheet import RESULT_SHEET, Book, Cell, Sheet

ENCRYPTED = "文件已加密，请取消密码后重新报送。"

BARE = (b"\x09\0\x04\0", b"\x09\0\x06\0", b"\x09\x02\x06\0", b"\x09\x04\x06\0", b"\x09\x08\x06\0", b"\x09\x08\x08\0", b"\x09\x08\x10\0")  # fmt: skip
_FORMULA = frozenset({0x0006, 0x0206, 0x0406})
_EOF = 0x000A
_BOUNDSHEET = 0x0085
_WORKSHEET = 0
_VERY_HIDDEN = 2
_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = range(1, 6)  # xlrd's cell types
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_ATTEMPTS: tuple[dict[str, Any], ...] = (
    {"formatting_info": True},
    {"formatting_info": True, "encoding_override": "gb18030"},  # no code page, or a wrong one, in an Excel 5 file
    {"formatting_info": False},  # damaged styles
)


def is_biff(data: bytes) -> bool:
    """Whether the bytes may be a BIFF workbook: an OLE container, or a bare stream."""
    return data.startswith((ole.SIGNATURE, *BARE))


class BadBiff(Exception):
    """xlrd cannot read the bytes."""


def read_biff(data: bytes) -> Book:
    """Read a BIFF workbook, in an OLE container or bare; raises :class:`Unreadable` or :class:`BadBiff`."""
    import xlrd

    trouble: Exception | None = None
    for options in _ATTEMPTS:
        try:
            return _book(
                xlrd.open_workbook(
                    file_contents=data,
                    logfile=io.StringIO(),
                    on_demand=True,  # keeps the stream, for the formulas
                    ragged_rows=True,
                    ignore_workbook_corruption=True,
                    **options,
                )
            )
        except (Unreadable, MemoryError):
            raise
        except Exception as error:  # xlrd leaks AssertionError, IndexError, struct.error, UnicodeDecodeError and more
            if "encrypted" in str(error).lower():
                raise Unreadable(ENCRYPTED) from error
            trouble = trouble or error
    raise BadBiff(str(trouble)) from trouble


def _book(source: Any) -> Book:
    count = cell_counter()
    stream, base = source.mem, source.base
    formulas = formula_cells(stream, base) if source.biff_version >= 50 and stream is not None else []
    sheets = []
    for index in range(source.nsheets):
        sheet = source.sheet_by_index(index)
        if sheet.name != RESULT_SHEET:
            sheets.append(_sheet(source, sheet, formulas[index] if index < len(formulas) else frozenset(), count))
        source.unload_sheet(index)
    return Book(sheets, bool(source.datemode), whole=bool(source.formatting_info))


def _sheet(source: Any, sheet: Any, formulas: frozenset[tuple[int, int]], count: Callable[[int], None]) -> Sheet:
    made = Sheet(sheet.name, sheet.visibility != 0, sheet.visibility == _VERY_HIDDEN)
    styled = bool(source.formatting_info)
    formats: dict[int, str] = {}
    for row in range(sheet.nrows):
        kinds, values = sheet.row_types(row), sheet.row_values(row)
        styles = sheet._cell_xf_indexes[row] if styled else ()
        for column, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            formula = (row, column) in formulas
            if kind not in (_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR) or (value == "" and not formula):
                continue
            style = styles[column] if column < len(styles) else -1
            if style not in formats:
                formats[style] = _format(source, style)
            code = formats[style] if styled or kind != _DATE else "yyyy-mm-dd"
            made.cells[row + 1, column + 1] = _cell(row + 1, column + 1, kind, value, code, formula)
            count(1)
    if styled:
        made.merges = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
        made.hidden_rows = {row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden}
        made.hidden_columns = [(at + 1, at + 1) for at, info in sheet.colinfo_map.items() if info.hidden and at < 256]
    return made


def _cell(row: int, column: int, kind: int, value: Any, code: str, formula: bool) -> Cell:
    if kind == _ERROR:
        return Cell(row, column, _ERRORS.get(int(value), f"#错误{value}"), error=True, format=code, formula=formula)
    if kind == _BOOLEAN:
        return Cell(row, column, bool(value), format=code, formula=formula)
    if kind == _TEXT:
        return Cell(row, column, str(value), format=code, formula=formula)
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        return Cell(row, column, str(number), error=True, format=code, formula=formula)
    return Cell(row, column, number, format=code, formula=formula)


def _format(source: Any, style: int) -> str:
    """The number format code of a cell style; built-in ones, Chinese dates among them, are not in the file."""
    if not 0 <= style < len(source.xf_list):
        return "General"
    key = source.xf_list[style].format_key
    made = source.format_map.get(key)
    code = made.format_str if made is not None else ""
    return str(code) if code and code != "General" else builtin_format(key)


def formula_cells(stream: bytes, base: int) -> list[frozenset[tuple[int, int]]]:
    """(row, column), from 0, of the formulas of each worksheet, in order; what damage allows to be read."""
    found = []
    for kind, body in _records(stream, base):
        if kind == _BOUNDSHEET and len(body) >= 6 and body[5] & 0x0F == _WORKSHEET:
            (offset,) = struct.unpack_from("<I", body)
            found.append(
                frozenset(
                    struct.unpack_from("<HH", record)
                    for kind, record in _records(stream, base + offset)
                    if kind in _FORMULA and len(record) >= 4
                )
            )
    return found


def _records(stream: bytes, position: int) -> Any:
    """Records as (kind, body) up to the end of the substream that begins at ``position``; charts within are skipped."""
    depth = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind in (0x0809, 0x0009, 0x0209, 0x0409):
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def stream_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records (kind, body) of each sheet of a BIFF workbook, charts within left out; none where xlrd fails."""
    import xlrd

    try:
        source = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), on_demand=True, ignore_workbook_corruption=True)  # fmt: skip
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  see read_biff
        return
    stream, base = source.mem, source.base
    for kind, body in _records(stream, base) if source.biff_version >= 50 else ():
        if kind == _BOUNDSHEET and len(body) >= 6:
            yield from _records(stream, base + struct.unpack_from("<I", body)[0])
