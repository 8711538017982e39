"""The roster: codes stay text, columns are found by their headers, and a wrong file is one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles.numbers import FORMAT_TEXT

from xlcheck.roster import CannotReadRoster, Entry, read_roster

HEADER = ("单位预算编码", "单位名称", "主管部门")


def saved(tmp_path: Path, rows: Sequence[Sequence[object]], *, formats: dict[str, str] | None = None, merges: Sequence[str] = ()) -> Path:  # fmt: skip
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "名录"
    for row in rows:
        sheet.append(list(row))
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    for area in merges:
        sheet.merge_cells(area)
    path = tmp_path / "单位名录.xlsx"
    book.save(path)
    return path


def read(*arguments: object, **options: object) -> tuple[Entry, ...]:
    return read_roster(saved(*arguments, **options)).entries  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "number_format", "code"),
    [
        ("0201", FORMAT_TEXT, "0201"),
        (" 0201　", FORMAT_TEXT, "0201"),
        ("０２０１", FORMAT_TEXT, "0201"),
        (201, "0000", "0201"),
        (201.0, "General", "201"),
        (201001, "#,##0", "201001"),
        ("0201-A", FORMAT_TEXT, "0201-A"),
    ],
)
def test_codes_are_text(tmp_path: Path, cell: object, number_format: str, code: str) -> None:
    (entry,) = read(tmp_path, [HEADER, (cell, "市甲局", "市甲局")], formats={"A2": number_format})
    assert entry.code == code


def test_columns_are_found_by_header_wherever_they_stand(tmp_path: Path) -> None:
    rows = [
        ("附件1",),
        ("2024年度部门整体支出绩效自评单位名录",),
        (),
        ("序号", "主管部门：", "单 位 名 称", "联系人", "单位预算编码"),
        (1, "市教育局", "市第一  中学", "张三", "0201001"),
        (2, "市教育局", "市教育局（本级）", "李四", "0201"),
        ("制表人：王五",),
        (None, None, "合计"),
    ]
    entries = read(tmp_path, rows)
    assert [(entry.code, entry.name, entry.department, entry.due, entry.place.cell) for entry in entries] == [
        ("0201001", "市第一 中学", "市教育局", True, "C5"),
        ("0201", "市教育局（本级）", "市教育局", True, "C6"),
    ]
    assert (entries[0].place.file, entries[0].place.sheet) == ("单位名录.xlsx", "名录")


def test_a_merged_department_holds_for_its_rows(tmp_path: Path) -> None:
    rows = [HEADER, ("0201", "甲", "市教育局"), ("0202", "乙", None), ("0203", "丙", None), ("0204", "丁", None)]
    entries = read(tmp_path, rows, merges=["C2:C4"])
    assert [entry.department for entry in entries] == ["市教育局", "市教育局", "市教育局", ""]


@pytest.mark.parametrize(
    ("marks", "due"),
    [
        ((None, None, None), (True, True, True)),
        (("是", "否", "是"), (True, False, True)),
        (("是", "否", None), (True, False, True)),  # a blank beside 否: due
        (("√", None, "√"), (True, False, True)),  # marks only: a blank is not due
        (("否", None, None), (False, True, True)),
        ((1, 0, 1), (True, False, True)),
        (("×", "√", "√"), (False, True, True)),
        (("待定", "否", "是"), (True, False, True)),
    ],
)
def test_who_is_due(tmp_path: Path, marks: tuple[object, ...], due: tuple[bool, ...]) -> None:
    rows = [(*HEADER, "应报"), *((f"020{n}", f"单位{n}", "部门", mark) for n, mark in enumerate(marks))]
    assert tuple(entry.due for entry in read(tmp_path, rows)) == due


def test_the_first_sheet_with_the_columns_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["填报说明"])
    hidden = book.create_sheet("旧名录")
    hidden.sheet_state = "hidden"
    hidden.append(HEADER)
    hidden.append(["0999", "旧单位", "旧部门"])
    sheet = book.create_sheet("名录")
    sheet.append(HEADER)
    sheet.append(["0201", "市甲局", "市甲局"])
    path = tmp_path / "名录.xlsx"
    book.save(path)
    roster = read_roster(path)
    assert [entry.name for entry in roster.entries] == ["市甲局"]
    assert (roster.file, len(roster.sha256)) == ("名录.xlsx", 64)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("单位名称", "电话"), ("市甲局", "1")], "单位名录 单位名录.xlsx 的表头缺少 「单位预算编码」、「主管部门」 列，请在同一行写明「单位预算编码」「单位名称」「主管部门」后重试。"),
        ([], "单位名录 单位名录.xlsx 的表头缺少 「单位预算编码」、「单位名称」、「主管部门」 列，请在同一行写明「单位预算编码」「单位名称」「主管部门」后重试。"),
        ([HEADER], "单位名录 单位名录.xlsx 的工作表「名录」只有表头，没有单位，请补充后重试。"),
        ([HEADER, ("0201", "甲", "x"), ("0201", "乙", "x")], "单位名录 单位名录.xlsx 的编码 0201 重复（B2 甲、B3 乙），请改正后重试。"),
        ([HEADER, ("0201", "甲", "x"), ("0202", None, "x")], "单位名录 单位名录.xlsx 的 名录!B3 没有单位名称（编码 0202），请补填后重试。"),
    ],
)  # fmt: skip
def test_a_roster_that_cannot_be_used_is_one_sentence(tmp_path: Path, rows: list[tuple[object, ...]], sentence: str) -> None:  # fmt: skip
    with pytest.raises(CannotReadRoster) as caught:
        read(tmp_path, rows)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_file_that_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "单位名录.xlsx"
    path.write_bytes(content)
    with pytest.raises(CannotReadRoster, match=r"单位名录\.xlsx 无法读取：.+。$"):
        read_roster(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotReadRoster, match="无法打开"):
        read_roster(tmp_path / "没有.xlsx")
