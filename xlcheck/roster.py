"""The roster (单位名录.xlsx): which units must file, with their codes and their 主管部门."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xlcheck.labels import name_key, read_label
from xlcheck.model import Place
from xlcheck.papers.package import BadPackage
from xlcheck.papers.spreadsheet import Cell, Sheet, filled_rows, read_book, reference
from xlcheck.values import read_value

CODE, NAME, DEPARTMENT, DUE = "单位预算编码", "单位名称", "主管部门", "应报"
_HEADINGS = {
    CODE: (CODE, "预算编码", "预算单位编码", "单位编码", "单位预算代码"),
    NAME: (NAME, "预算单位名称", "预算单位"),
    DEPARTMENT: (DEPARTMENT, "主管部门名称", "主管单位"),
    DUE: (DUE, "是否应报", "应报情况"),
}
_TITLES = {name_key(title): heading for heading, titles in _HEADINGS.items() for title in titles}
_HEADER_ROWS = 20  # a title, a note and blank lines may stand above the header
_NOT_DUE = frozenset({"否", "不", "不报", "免报", "无需", "不需", "×", "x", "✗", "✘", "0", "n", "no", "false"})
_CODE_SHAPE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]*")


class CannotReadRoster(Exception):
    """The roster cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit on the roster; ``due`` says whether it must file, ``place`` is the cell of its name."""

    code: str
    name: str
    department: str
    due: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Roster:
    """The units of a roster in its order."""

    file: str
    sha256: str
    entries: tuple[Entry, ...]


def read_roster(path: Path) -> Roster:
    """Read a roster from an .xlsx or .xlsm workbook; places carry the file's bare name.

    The first visible sheet that has the columns 单位预算编码, 单位名称 and 主管部门 in one of its first
    rows is read. Codes are text: 0201 stays 0201, also where it is the number 201 shown as 0201. A
    merged 主管部门 holds for all its rows. 应报 is optional: a unit is due unless the column says
    否, ×, 0 or the like; where it only ever holds marks such as √ or 是, units without one are not due.
    Raises :class:`CannotReadRoster`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CannotReadRoster(f"单位名录 {path} 无法打开：{error.strerror or error}，请核对路径后重试。") from error
    try:
        book = read_book(data)
    except BadPackage as error:
        raise CannotReadRoster(f"单位名录 {path.name} 无法读取：{error}") from error
    nearest: set[str] = set()
    for sheet in book.sheets:
        if sheet.hidden:
            continue
        found = _find_header(sheet)
        if found is None:
            continue
        row, columns = found
        if {CODE, NAME, DEPARTMENT} <= columns.keys():
            entries = tuple(_entries(sheet, row, columns, path.name))
            _refuse_repeated_codes(entries, path.name)
            if not entries:
                raise CannotReadRoster(
                    f"单位名录 {path.name} 的工作表「{sheet.name}」只有表头，没有单位，请补充后重试。"
                )
            return Roster(path.name, hashlib.sha256(data).hexdigest(), entries)
        nearest = max(nearest, set(columns), key=len)
    missing = "、".join(f"「{title}」" for title in (CODE, NAME, DEPARTMENT) if title not in nearest)
    raise CannotReadRoster(
        f"单位名录 {path.name} 的表头缺少 {missing} 列，请在同一行写明「{CODE}」「{NAME}」「{DEPARTMENT}」后重试。"
    )


def _find_header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The row among the first that names most of the columns, and where each stands."""
    best: tuple[int, dict[str, int]] | None = None
    for number, cells in filled_rows(sheet):
        if number > _HEADER_ROWS:
            break
        columns: dict[str, int] = {}
        for cell in cells:
            heading = _TITLES.get(read_label(cell.text).core)
            if heading is not None:
                columns.setdefault(heading, cell.column)
        if columns and (best is None or len(columns) > len(best[1])):
            best = number, columns
    return best


def _entries(sheet: Sheet, header: int, columns: Mapping[str, int], file: str) -> Iterator[Entry]:
    covered = _merged_down(sheet, columns[DEPARTMENT])
    marks: dict[int, str] = {}
    rows = [number for number, _ in filled_rows(sheet) if number > header]
    if DUE in columns:
        marks = {row: name_key(_text(sheet.cells.get((row, columns[DUE])))).lower() for row in rows}
    blank_is_due = not any(marks.values()) or any(mark in _NOT_DUE for mark in marks.values())
    for row in rows:
        code = name_key(_text(sheet.cells.get((row, columns[CODE]))))
        name = _text(sheet.cells.get((row, columns[NAME])))
        if not name:
            if _CODE_SHAPE.fullmatch(code):
                at = reference(row, columns[NAME])
                raise CannotReadRoster(
                    f"单位名录 {file} 的 {sheet.name}!{at} 没有单位名称（编码 {code}），请补填后重试。"
                )
            continue
        if not code and name_key(name) in ("合计", "总计", "小计"):
            continue
        mark = marks.get(row, "")
        yield Entry(
            code=code,
            name=name,
            department=_text(sheet.cells.get((covered.get(row, row), columns[DEPARTMENT]))),
            due=mark not in _NOT_DUE if mark else blank_is_due,
            place=Place(file, sheet.name, reference(row, columns[NAME])),
        )


def _merged_down(sheet: Sheet, column: int) -> dict[int, int]:
    """Row → the top row of the merged cell that covers it in ``column``."""
    last = max((row for row, _ in sheet.cells), default=0)
    return {
        row: top
        for top, left, bottom, right in sheet.merges
        if left <= column <= right
        for row in range(top + 1, min(bottom, last) + 1)
    }


def _text(cell: Cell | None) -> str:
    """A code or a name as typed; a number without decimals, with the leading zeros that its format shows."""
    value = read_value(cell, "code", Place(""), money="万元", declared="万元", decimals=0)
    return " ".join(value.text.split())


def _refuse_repeated_codes(entries: tuple[Entry, ...], file: str) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        if not entry.code:
            continue
        first = seen.setdefault(entry.code, entry)
        if first is not entry:
            raise CannotReadRoster(
                f"单位名录 {file} 的编码 {entry.code} 重复（{first.place.cell} {first.name}、{entry.place.cell} "
                f"{entry.name}），请改正后重试。"
            )
