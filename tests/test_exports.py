"""SARIF and HTML: every finding is there, and a unit's text is only text."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl

from xlcheck import checking, exports
from xlcheck.model import Severity

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"


def test_sarif_has_every_finding_with_its_place() -> None:
    report = checking.check(SAMPLES)
    run = json.loads(exports.as_sarif(report))["runs"][0]
    assert [each["ruleId"] for each in run["results"]] == [finding.rule for finding in report.findings]
    names = {each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for each in run["results"]}
    assert "基础数据表!E35" in names


def test_a_units_text_is_escaped(tmp_path: Path) -> None:
    unit = Path(shutil.copytree(SAMPLES / "07 岚屿市东堤闸坝管理所", tmp_path / "u"))
    book = openpyxl.load_workbook(unit / "基础数据表.xlsx")
    book["基础数据表"]["E48"] = "<script>alert(1)</script>"
    book.save(unit / "基础数据表.xlsx")
    page = exports.as_html(checking.check(unit))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_label_twice_with_different_values_is_reported_and_not_guessed(tmp_path: Path) -> None:
    unit = Path(shutil.copytree(SAMPLES / "02 岚屿市教育局本级", tmp_path / "u"))
    book = openpyxl.load_workbook(unit / "基础数据表.xlsx")
    sheet = book.worksheets[0]
    row = next(
        cell.row for line in sheet.iter_rows() for cell in line if cell.value and "离退休人数" in str(cell.value)
    )
    for column in range(1, sheet.max_column + 1):
        value = sheet.cell(row, column).value
        copy = sheet.cell(row + 1, column)
        if not isinstance(copy, openpyxl.cell.cell.MergedCell):
            copy.value = value + 5 if isinstance(value, int) and column > 2 else value
    book.save(unit / "基础数据表.xlsx")
    findings = [each for each in checking.check(unit).findings if each.field == "" or "离退休" in each.field]
    findings = [each for each in findings if each.severity is Severity.ERROR]  # what openpyxl leaves out is a note
    assert [each.rule for each in findings] == ["label-found-twice"]
    assert "离退休人数" in findings[0].message
