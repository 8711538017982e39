"""A binary workbook (.xlsb): its records read directly, because other readers drop error cells and formats.

Record numbers and layouts are those of [MS-XLSB] 2.3 and 2.4.
"""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Callable, Iterator

from xlcheck.papers.bounds import cell_counter
from xlcheck.papers.numbers import builtin_format
from xlcheck.papers.package import BadPackage, Package
from xlcheck.papers.spreadsheet import RESULT_SHEET, Book, Cell, Sheet

_ROW, _BLANK, _RK, _CELL_ERROR, _BOOL, _REAL, _STRING, _SHARED = range(8)
_FORMULA_STRING, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR = 8, 9, 10, 11
_RICH_STRING = 62
_SHARED_ITEM, _FORMAT, _XF, _COLUMN = 19, 44, 47, 60
_WORKBOOK_PROPERTIES, _BUNDLE_SHEET, _MERGE = 153, 156, 176
_BEGIN_CELL_XFS, _END_CELL_XFS = 617, 618
_VERY_HIDDEN = 2
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA"}  # fmt: skip
_DAMAGED = "二进制工作簿（.xlsb）的内部记录已损坏，请用 Excel 打开并另存为 .xlsx 后重新报送。"


def read_xlsb(data: bytes) -> Book:
    """Read an .xlsb package; raises :class:`BadPackage` where that cannot be done."""
    package = Package(data)
    main = package.workbook_part()
    links = {relation.id: relation for relation in package.relationships(main) if not relation.external}
    kinds = {relation.kind: relation.target for relation in links.values()}
    count = cell_counter()
    try:
        strings = _strings(_part(package, kinds.get("sharedStrings")))
        formats = _formats(_part(package, kinds.get("styles")))
        sheets, date1904 = [], False
        for kind, body in records(package.part(main)):
            if kind == _WORKBOOK_PROPERTIES:
                date1904 = bool(body[0] & 1)
            elif kind == _BUNDLE_SHEET:
                (state,) = struct.unpack_from("<I", body)
                link, at = _text(body, 8)
                name, _ = _text(body, at)
                relation = links.get(link)
                if relation is not None and relation.kind == "worksheet" and name != RESULT_SHEET:
                    sheet = Sheet(name, state != 0, state == _VERY_HIDDEN)
                    _fill(sheet, package.part(posixpath.normpath(relation.target)), strings, formats, count)
                    sheets.append(sheet)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BadPackage(_DAMAGED) from error
    if not sheets:
        raise BadPackage("工作簿里没有工作表，请核对是否传错了文件。")
    return Book(sheets, date1904)


def _part(package: Package, name: str | None) -> bytes:
    return package.part(name) if name is not None and name in package else b""


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Records as (kind, body). A kind has one or two bytes of seven bits, a length up to four."""
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        length = 0
        for shift in (0, 7, 14, 21):
            byte = data[at]
            at += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield kind, data[at : at + length]
        at += length


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A string with its length before it, and where it ends."""
    (length,) = struct.unpack_from("<I", body, at)
    if length == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(body):
        raise IndexError("a string longer than its record")
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _strings(data: bytes) -> list[str]:
    return [_text(body, 1)[0] for kind, body in records(data) if kind == _SHARED_ITEM]


def _formats(data: bytes) -> list[str]:
    """The number format code of each cell style, in the order that cells refer to them."""
    codes: dict[int, str] = {}
    formats: list[str] = []
    inside = False
    for kind, body in records(data):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = _text(body, 2)[0]
        elif kind in (_BEGIN_CELL_XFS, _END_CELL_XFS):
            inside = kind == _BEGIN_CELL_XFS
        elif kind == _XF and inside:
            (number,) = struct.unpack_from("<H", body, 2)
            formats.append(codes.get(number) or builtin_format(number))
    return formats


def _fill(sheet: Sheet, data: bytes, strings: list[str], formats: list[str], count: Callable[[int], None]) -> None:
    row = 0
    for kind, body in records(data):
        if kind == _ROW:
            (index,) = struct.unpack_from("<I", body)
            row = index + 1
            if len(body) > 11 and body[11] & 0x10:
                sheet.hidden_rows.add(row)
        elif kind in _VALUES:
            column, style = struct.unpack_from("<II", body)
            style &= 0xFFFFFF
            code = formats[style] if style < len(formats) else "General"
            raw, error = _VALUES[kind](body, strings)
            formula = kind in (_FORMULA_STRING, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR)
            if raw != "" or formula:
                count(1)
                sheet.cells[row, column + 1] = Cell(row, column + 1, raw, error=error, format=code, formula=formula)
        elif kind == _MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            sheet.merges.append((top + 1, left + 1, bottom + 1, right + 1))
        elif kind == _COLUMN:
            first, last = struct.unpack_from("<II", body)
            if len(body) > 16 and body[16] & 1:
                sheet.hidden_columns.append((first + 1, last + 1))


_Raw = tuple[str | float | bool, bool]  # the value, and whether it is an error


def _number(value: float) -> _Raw:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value), True
    return value, False


def _rk(body: bytes, _: list[str]) -> _Raw:
    """A number in four bytes: 30 bits of an integer or of a double, perhaps to be divided by 100."""
    (packed,) = struct.unpack_from("<I", body, 8)
    if packed & 2:
        (whole,) = struct.unpack_from("<i", body, 8)
        value = float(whole >> 2)
    else:
        (value,) = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", packed & 0xFFFFFFFC))
    return _number(value / 100 if packed & 1 else value)


def _real(body: bytes, _: list[str]) -> _Raw:
    return _number(struct.unpack_from("<d", body, 8)[0])


def _error(body: bytes, _: list[str]) -> _Raw:
    return _ERRORS.get(body[8], f"#错误{body[8]}"), True


def _boolean(body: bytes, _: list[str]) -> _Raw:
    return body[8] != 0, False


def _own_string(body: bytes, _: list[str]) -> _Raw:
    return _text(body, 8)[0], False


def _rich_string(body: bytes, _: list[str]) -> _Raw:
    return _text(body, 9)[0], False


def _shared_string(body: bytes, strings: list[str]) -> _Raw:
    (index,) = struct.unpack_from("<I", body, 8)
    return (strings[index] if index < len(strings) else ""), False


_VALUES: dict[int, Callable[[bytes, list[str]], _Raw]] = {
    _RK: _rk,
    _CELL_ERROR: _error,
    _BOOL: _boolean,
    _REAL: _real,
    _STRING: _own_string,
    _SHARED: _shared_string,
    _FORMULA_STRING: _own_string,
    _FORMULA_NUMBER: _real,
    _FORMULA_BOOL: _boolean,
    _FORMULA_ERROR: _error,
    _RICH_STRING: _rich_string,
}
