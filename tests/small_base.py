"""A small 基础数据表 that is right in every respect, to be spoiled cell by cell, in several formats."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from html import escape

import xlsxwriter

from tests.packages import rewritten
from xlcheck.papers.spreadsheet import position

SHEET = "基础数据表"
Entry = str | float | tuple[str, str | float | None]  # text, a number, or (formula, its stored result)
_AMOUNTS = (
    ("本年收入合计", 100, 110, 108),
    ("一般公共预算财政拨款收入", 90, 95, 94.5),
    ("事业收入", 10, 15, 13.5),
    ("年初结转和结余", 5, 5, 5),
    ("收入总计", 105, 115, 113),
    ("本年支出合计", 105, 115, 103),
    ("基本支出", 60, 65, 63),
    ("项目支出", 45, 50, 40),
    ("年末结转和结余", 0, 0, 10),
    ("支出总计", 105, 115, 113),
)
_CONTROLLED = (("三公经费合计", 9, 8, 7), ("公务用车购置及运行维护费", 5, 5, 4), ("公务接待费", 4, 3, 3))
_PROJECTS = (("信息化", 10, 12, 9), ("培训基地", 10, 12, 12), ("宣传", 15, 14, 10), ("维修", 10, 12, 9))


def entries() -> dict[str, Entry]:
    """A1 → what stands there; totals of section 二 in row 13, 17, 18 and 22, projects in rows 32 to 35."""
    found: dict[str, Entry] = {"A1": "2024年度部门整体支出绩效自评基础数据表（金额单位：万元）"}

    def line(row: int, *values: Entry, first: str = "A") -> None:
        found.update({f"{chr(ord(first) + offset)}{row}": value for offset, value in enumerate(values)})

    line(2, "单位名称", "岚屿市甲局")
    line(3, "单位预算编码", "0201")
    line(4, "评价年度", 2024.0)
    line(6, "一、财政供养人员情况（人）")
    line(7, "编制数", 20.0)
    line(8, "行政编制", 20.0)
    line(9, "年末在职人数", 18.0)
    line(11, "二、收入支出及结转结余（万元）")
    line(12, "项目", "年初预算数", "全年预算数", "决算数")
    for row, (name, *amounts) in enumerate(_AMOUNTS, 13):
        line(row, name, *map(float, amounts))
    line(24, "三、经费控制情况（万元）")
    line(25, "项目", "上年决算数", "本年预算数", "本年决算数")
    for row, (name, *amounts) in enumerate(_CONTROLLED, 26):
        line(row, name, *map(float, amounts))
    line(30, "四、项目支出明细（万元）")
    line(31, "序号", "项目名称", "年初预算数", "全年预算数", "决算数", "支出率")
    for row, (name, first, whole, spent) in enumerate(_PROJECTS, 32):
        line(row, float(row - 31), name, float(first), float(whole), float(spent), spent / whole)
    line(36, "合计", 45.0, 50.0, 40.0, 0.8, first="B")
    line(38, "五、资产情况（万元）")
    line(39, "固定资产总额", 300.0)
    line(40, "在用", 300.0)
    return found


def xlsx(
    changes: Mapping[str, Entry] | None = None,
    *,
    formats: Mapping[str, str] | None = None,
    hidden_rows: tuple[int, ...] = (),
    hidden_columns: tuple[str, ...] = (),
    more: Mapping[str, tuple[str, float]] | None = None,
) -> bytes:
    """The form as .xlsx with some cells changed; ``more`` adds sheets: name → (visible | hidden | very hidden, a figure in B2)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet(SHEET)
        shapes = {cell: book.add_format({"num_format": code}) for cell, code in (formats or {}).items()}
        amount, rate = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "0.00%"})
        for cell, value in {**entries(), **(changes or {})}.items():
            usual = rate if cell[0] == "F" else amount if not isinstance(value, str) and value != 2024 else None
            shape = shapes.get(cell, usual)
            if isinstance(value, tuple):
                sheet.write_formula(cell, value[0], shape, "" if value[1] is None else value[1])
            elif isinstance(value, str):
                sheet.write_string(cell, value, shape)
            else:
                sheet.write_number(cell, value, shape)
        for row in hidden_rows:
            sheet.set_row(row - 1, None, None, {"hidden": True})
        for column in hidden_columns:
            sheet.set_column(f"{column}:{column}", None, None, {"hidden": True})
        for name, (state, figure) in (more or {}).items():
            other = book.add_worksheet(name)
            other.write_number("B2", figure)
            if state != "visible":
                other.hide() if state == "hidden" else other.very_hidden()
    return buffer.getvalue()


def _rows(changes: Mapping[str, Entry]) -> list[list[Entry]]:
    """The cells row by row, blanks as empty text."""
    placed = {position(cell): value for cell, value in {**entries(), **changes}.items()}
    return [[placed.get((row, column), "") for column in range(1, 7)] for row in range(1, 41)]


def _printed(value: Entry) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def web(changes: Mapping[str, Entry]) -> bytes:
    """The form as a web page saved as .xls: every cell is text."""
    lines = ("".join(f"<td>{escape(_printed(value))}</td>" for value in row) for row in _rows(changes))
    return f"<html><table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table></html>".encode()


def delimited(changes: Mapping[str, Entry]) -> bytes:
    """The form as csv."""
    return "\n".join(",".join(f'"{_printed(value)}"' for value in row) for row in _rows(changes)).encode()


def spreadsheetml(changes: Mapping[str, Entry]) -> bytes:
    """The form as Excel 2003 XML; an entry that begins with # is an error, a formula has no result where that is None."""

    def cell(value: Entry) -> str:
        formula, result = value if isinstance(value, tuple) else ("", value)
        kind = "Error" if str(result).startswith("#") else "String" if isinstance(result, str) else "Number"
        data = "" if result is None else f'<Data ss:Type="{kind}">{escape(str(result))}</Data>'
        return f'<Cell ss:Formula="{escape(formula)}">{data}</Cell>' if formula else f"<Cell>{data}</Cell>"

    rows = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in _rows(changes))
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="{SHEET}"><Table>{rows}</Table></Worksheet></Workbook>'.encode()  # fmt: skip


def without_results(package: bytes) -> bytes:
    """The package as openpyxl or POI would leave it: formulas, and no result stored."""
    return rewritten(package, {"xl/worksheets/sheet1.xml": lambda part: re.sub(rb"</f><v>[^<]*</v>", b"</f>", part)})
