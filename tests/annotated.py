"""Findings to annotate with, and what is then read in the annotated copy."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.workbooks import OTHER, SHEET
from xlcheck.annotation_notes import HEADING
from xlcheck.model import (
    Class,
    Document,
    Finding,
    Paper,
    Place,
    Report,
    Severity,
    Submission,
    Tally,
)
from xlcheck.papers.package import Package

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
WORKBOOKS = [path for path in sorted(CORPUS.glob("*.xls[xm]")) if path.name != "poi__protect.xlsx"]
FILE = "某单位/基础数据表.xlsx"
SCORES = "某单位/评分表.xlsx"
FRONT = "审核结果"
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def found(
    rule: str, cell: str | None, severity: Severity = ERROR, sheet: str | None = SHEET, file: str = FILE, **more: object
) -> Finding:
    """A finding with sensible contents."""
    cls = Class.BALANCE if severity is ERROR else Class.PLAUSIBILITY
    message = f"{sheet}!{cell} 年末结转和结余 填 17.62，按收支应为 17.26（多 0.36）。请核对后改正。（{rule}）"
    fields = {
        "field": "年末结转和结余",
        "message": message,
        "fingerprint": f"{rule}:{sheet}:{cell}",
        "cls": cls,
        **more,
    }
    return Finding(
        rule=rule, severity=severity, unit="某单位", folder="某单位", place=Place(file, sheet, cell), **fields
    )  # type: ignore[arg-type]


def report(*findings: Finding, tallies: Sequence[Tally] = ()) -> Report:
    """A report on one unit with these findings."""
    papers = tuple(Paper(file, form, "0" * 64, True) for file, form in ((FILE, "base"), (SCORES, "scores")))
    document = Document("base", FILE, {})
    submission = Submission("某单位", "101001", "某局", 2024, "某单位", papers, (document,))
    return Report("0.1.0", "zhanjiang-2024", (submission,), findings, tuple(tallies))


def usual() -> Report:
    """Findings of every severity, on both sheets, on cells with and without comments, and inside a merge."""
    return report(
        found("carryover-does-not-balance", "D24", fingerprint="f1"),
        found("grand-totals-differ", "D25", caused_by="f1"),
        found("carryover-rate-high", "D24", WARNING),
        found("expenditure-rate-low", "D5", WARNING),
        found("unusual-among-peers", "C7", NOTE),
        found("value-not-a-number", "C5", sheet=OTHER),
        found("value-not-a-number", "B2", sheet=OTHER),
        found("paper-missing", None, sheet=None, file="某单位"),
    )


def opened(data: bytes, **options: object) -> Workbook:
    """The workbook as openpyxl reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(data), keep_vba=False, **options)  # type: ignore[arg-type]


def contents(data: bytes, painted: Mapping[str, set[str]] | None = None) -> dict[str, dict[str, object]]:
    """All that openpyxl knows of a workbook's sheets, save our own sheet, notes and conditional formats.

    ``painted`` names, by sheet, the cells whose fill does not count.
    """
    results = opened(data, data_only=True)
    told: dict[str, dict[str, object]] = {}
    for sheet in opened(data).worksheets:
        if sheet.title.startswith(FRONT):
            continue
        facts: dict[str, object] = {}
        free = (painted or {}).get(sheet.title, set())
        for row in sheet.iter_rows():
            for cell in row:
                at = cell.coordinate
                theirs = cell.comment if cell.comment and cell.comment.author != "xlcheck" else None
                if cell.value is None and not cell.has_style and theirs is None:
                    continue
                look = [cell.number_format, cell.font, cell.border, cell.alignment, cell.protection]
                if at not in free:
                    look.append(cell.fill)
                value = getattr(cell.value, "text", cell.value)
                facts[at] = (value, getattr(cell.value, "ref", None), cell.data_type, [repr(part) for part in look])
                facts[f"{at} result"] = results[sheet.title][at].value
                if theirs:
                    facts[f"{at} comment"] = (theirs.text.split("\n\n" + HEADING)[0], theirs.author)
        for key, dimension in [*sheet.column_dimensions.items(), *sheet.row_dimensions.items()]:
            size = getattr(dimension, "width", None), getattr(dimension, "height", None)
            facts[f"dimension {key}"] = (size, dimension.hidden, dimension.outlineLevel)
        for priority, (ranges, rules) in enumerate(sheet.conditional_formatting._cf_rules.items()):
            kept = [repr(rule) for rule in rules if '"xlcheck"' not in "".join(rule.formula or [])]
            if kept:
                facts[f"rule {priority} {ranges.sqref}"] = kept
        facts["merges"] = sorted(map(str, sheet.merged_cells.ranges))
        for name in ("freeze_panes", "sheet_state", "print_title_rows", "print_area", "auto_filter", "page_setup",
                     "page_margins", "protection", "data_validations", "sheet_format"):  # fmt: skip
            facts[name] = repr(getattr(sheet, name))
        parts_of_page = [
            getattr(sheet.HeaderFooter, part) for part in ("oddHeader", "oddFooter", "evenHeader", "firstHeader")
        ]
        facts["page"] = [(part.left.text, part.center.text, part.right.text) for part in parts_of_page]
        facts["names"] = {name: defined.attr_text for name, defined in sheet.defined_names.items()}
        facts["drawn"] = (len(sheet._images), len(sheet._charts), list(sheet.tables))
        told[sheet.title] = facts
    return told


def compare(data: bytes, copy: bytes, painted: Mapping[str, set[str]] | None = None) -> None:
    """Fail with the first thing that openpyxl reads otherwise in the copy than in the original."""
    before, after = contents(data, painted), contents(copy, painted)
    assert list(after) == list(before)
    for sheet, facts in before.items():
        for what, fact in facts.items():
            assert after[sheet].get(what) == fact, f"{sheet}, {what}"
        allowed = set(facts) | {key for key in after[sheet] if after[sheet][key] in (None, "")}
        extra = {key for key in set(after[sheet]) - allowed if key.split()[0] not in (painted or {}).get(sheet, set())}
        assert not extra, f"{sheet}: {extra}"


def table(data: bytes, name: str = FRONT) -> list[tuple[object, ...]]:
    """The rows of 「审核结果」."""
    return list(opened(data)[name].iter_rows(values_only=True))


def filled_in(data: bytes, texts: Mapping[str, str]) -> bytes:
    """The annotated copy with explanations typed in, by rule, and saved by another program."""
    book = opened(data)
    sheet = book[FRONT]
    for row in range(6, sheet.max_row + 1):
        rule = sheet.cell(row, 13).value
        if rule in texts:
            sheet.cell(row, 10).value = texts[rule]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def marks_for(data: bytes) -> Report:
    """Findings on a few cells of the first sheets of a workbook, among them cells with comments and formulas."""
    findings = []
    for entry in [entry for entry in Package(data).sheets() if entry.kind == "worksheet"][:3]:
        cells = ["B3", "A1", "C12"]
        for link in Package(data).relationships(entry.part):
            if link.kind == "comments":
                cells += re.findall(r'<(?:\w+:)?comment [^>]*?ref="(\w+)"', Package(data).part(link.target).decode())[
                    :2
                ]
        for cell, severity in zip(dict.fromkeys(cells), [ERROR, WARNING, NOTE, ERROR, WARNING], strict=False):
            findings.append(found("carryover-does-not-balance", cell, severity, sheet=entry.name))
    return report(*findings)


def cells_of(findings: Report, sheet: str) -> set[str]:
    return {finding.place.cell or "" for finding in findings.findings if finding.place.sheet == sheet}


def converted(folder: Path, target: str) -> set[str]:
    """The names of the files in a folder that LibreOffice converts, into its subfolder ``out``."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    profile = (folder / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", target, "--outdir"]
    subprocess.run([*command, str(folder / "out"), *map(str, files)], check=True, capture_output=True, timeout=600)
    return {path.stem for path in (folder / "out").iterdir() if path.stat().st_size}
