"""Real workbooks, annotated: nothing of them is lost, and LibreOffice opens them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.annotated import (
    FILE,
    FRONT,
    WORKBOOKS,
    cells_of,
    compare,
    converted,
    filled_in,
    marks_for,
    needs_corpus,
    needs_office,
    opened,
    report,
    usual,
)
from tests.packages import faults, parts
from tests.workbooks import OTHER, SAMPLES, SHEET, furnished, strict
from xlcheck.annotate import annotate, explanations
from xlcheck.papers.package import Package


@needs_corpus
@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.name)
def test_real_workbooks_lose_nothing(path: Path) -> None:
    data = path.read_bytes()
    findings = marks_for(data)
    copy = annotate(findings, FILE, data)
    assert set(faults(copy)) <= set(faults(data))
    before = {entry.name: entry.local for entry in Package(data).entries()}
    after = {entry.name: entry.local for entry in Package(copy).entries()}
    marked = {entry.part for entry in Package(data).sheets() if entry.kind == "worksheet"}
    for name in before:
        if name not in after:
            assert name.startswith("_xmlsignatures/")
        elif not re.search(r"\.rels$|omments\d*\.xml$|\.vml$|styles\.xml$|workbook\.xml$|Content_Types", name):
            assert after[name] == before[name] or name in marked or b"tabSelected" in Package(data).part(name)
    try:
        opened(data)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):  # nor need it open the copy
        return
    compare(data, copy)
    painted = {sheet.title: cells_of(findings, sheet.title) for sheet in opened(data).worksheets}
    compare(data, annotate(findings, FILE, data, highlight="style"), painted)
    again = annotate(findings, FILE, copy)
    if "signed" not in path.name:  # the second time there is no signature to speak of
        assert {name: part for name, part in parts(again).items() if part != parts(copy)[name]} == {}


@needs_corpus
@needs_office
def test_libreoffice_opens_every_copy_that_it_opened_before(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    for name, make in SAMPLES.items():
        (tmp_path / "before" / f"{name}.xlsx").write_bytes(make())
        (tmp_path / "after" / f"{name}.xlsx").write_bytes(annotate(usual(), FILE, make()))
    for path in WORKBOOKS:
        data = path.read_bytes()
        (tmp_path / "before" / path.name).write_bytes(data)
        (tmp_path / "after" / path.name).write_bytes(annotate(marks_for(data), FILE, data))
    opens = converted(tmp_path / "before", "pdf")
    assert len(opens) > len(SAMPLES)
    assert opens - converted(tmp_path / "after", "pdf") == set()


@needs_office
def test_marks_survive_libreoffice_and_are_still_ours(tmp_path: Path) -> None:
    (tmp_path / "copy.xlsx").write_bytes(annotate(usual(), FILE, furnished()))
    converted(tmp_path, "xlsx:Calc MS Excel 2007 XML")
    saved = (tmp_path / "out" / "copy.xlsx").read_bytes()
    book = opened(saved)
    assert book.sheetnames[:3] == [FRONT, SHEET, OTHER]
    assert book[SHEET]["D24"].comment.text.startswith("【xlcheck 审核】\n【必须修改】")
    told = explanations(filled_in(saved, {"carryover-rate-high": "年底集中结算"}))
    assert [(one.rule, one.cell, one.fingerprint, one.text) for one in told] == [
        ("carryover-rate-high", "D24", f"carryover-rate-high:{SHEET}:D24", "年底集中结算")
    ]
    clean = opened(annotate(report(), FILE, saved))
    assert clean.sheetnames[:3] == [FRONT, SHEET, OTHER]
    comments = [cell.comment.text for sheet in clean for row in sheet.iter_rows() for cell in row if cell.comment]
    assert sorted(comments) == ["口径同上年", "含追加预算\n见附件"]
    assert not [
        1
        for sheet in clean.worksheets
        for ranges in sheet.conditional_formatting
        for rule in ranges.rules
        if "LEN" in str(rule.formula)
    ]


@needs_office
def test_strict_workbooks_show_all_in_libreoffice(tmp_path: Path) -> None:
    (tmp_path / "copy.xlsx").write_bytes(annotate(usual(), FILE, strict(furnished())))
    converted(tmp_path, "xlsx:Calc MS Excel 2007 XML")
    book = opened((tmp_path / "out" / "copy.xlsx").read_bytes())
    assert book[FRONT]["C6"].value == "基础数据表!D24"
    assert book[SHEET]["D24"].comment.text.startswith("【xlcheck 审核】\n【必须修改】")
    assert book[SHEET]["D24"].value == 2308.75
