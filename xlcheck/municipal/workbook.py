"""The municipal roll-up: a report on all units and the roster become one workbook for the leadership."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from xlcheck.model import TOOL, Finding, Report
from xlcheck.municipal.department_sheet import department_rows, write_departments
from xlcheck.municipal.filing import FILING_TITLES, filing_findings, place_submissions, roster_findings
from xlcheck.municipal.finding_sheets import (
    Owned,
    in_order,
    write_explanations,
    write_filing,
    write_findings,
    write_sources,
)
from xlcheck.municipal.indicator_sheet import collect, write_indicators
from xlcheck.municipal.lists import ROW_LIMIT
from xlcheck.municipal.overview import summarise
from xlcheck.municipal.overview_sheet import write_overview
from xlcheck.municipal.unit_sheet import write_units
from xlcheck.municipal.units import Departments, Owners, unit_lines
from xlcheck.municipal.words import words
from xlcheck.roster import Roster
from xlcheck.saving import replacing
from xlcheck.sheets import writing

__all__ = ["roster_findings", "write_rollup"]

BANDS = ((Decimal(90), "优"), (Decimal(80), "良"), (Decimal(60), "中"), (Decimal(0), "差"))


def write_rollup(
    report: Report,
    out: Path,
    *,
    roster: Roster | None,
    bands: Sequence[tuple[Decimal, str]] = BANDS,
    annotated: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
    lang: str = "zh",
    rows_per_sheet: int = ROW_LIMIT,
) -> None:
    """Write the roll-up workbook of ``report`` to ``out``, all at once.

    ``bands`` are (lowest score, grade); ``annotated`` maps a paper's file, as findings name it, to its
    annotated copy relative to the workbook; ``titles`` maps rule ids to their Chinese titles. Findings
    about the filing (:func:`roster_findings`) that the report does not hold yet are added. Amounts are
    in 万元. Raises :class:`xlcheck.saving.CannotSave`; the old file is then untouched.
    """
    say = words(lang)
    filing = place_submissions(report.submissions, roster)
    known = {finding.fingerprint for finding in report.findings}
    added = tuple(finding for finding in filing_findings(filing, lang=lang) if finding.fingerprint not in known)
    report = replace(report, findings=(*report.findings, *added))
    departments = Departments(filing)
    owned = in_order(report.findings, filing, Owners(filing, departments))
    lines = unit_lines(filing, _by_folder(owned), departments)
    scores = collect(lines)
    named = {**FILING_TITLES, **(titles or {})}
    overview = summarise(
        report, filing, lines, owned,
        titles=named, bands=bands, limit=rows_per_sheet, left_out=scores.left_out, say=say,
    )  # fmt: skip
    title = say("部门整体支出绩效自评汇总")
    source = f"{TOOL} {report.version} · {report.pack}"
    pages, printed = say("第 &P 页，共 &N 页"), say("打印日期 &D")
    with (
        replacing(out) as temporary,
        writing(temporary, title=title, source=source, pages=pages, printed=printed) as book,
    ):
        write_overview(book, overview, lines, report.pack, say)
        write_units(book, lines, say)
        write_departments(book, department_rows(filing, lines, departments), lines, say)
        write_indicators(book, lines, scores, say)
        write_findings(book, owned, annotated or {}, named, say, rows_per_sheet)
        write_filing(book, filing, owned, say)
        write_explanations(book, owned, say, rows_per_sheet)
        write_sources(book, report, filing, say, rows_per_sheet)


def _by_folder(owned: Iterable[Owned]) -> dict[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = {}
    for item in owned:
        if item.owner.filed is not None:
            grouped.setdefault(item.owner.filed.submission.folder, []).append(item.finding)
    return grouped
