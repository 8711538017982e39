"""A report as text for the screen, or as JSON (the schema lies beside this file)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from xlcheck.model import TOOL, Finding, Place, Report, Severity, Submission

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_WORDS = {
    "zh": {
        "clean": "未发现需要修改的问题",
        "error": "必须修改",
        "warning": "需要说明",
        "note": "提示",
        "explained": "已说明",
        "stale": "原说明已失效：数字变了",
        "undecided": "未能判断",
        "broken": "规则出错",
        "open_rules": "另有 {n} 条规则因缺数据或不可比而未能判断，不等于通过。",
        "sum": "合计 {units} 个单位：必须修改 {error} 条，需要说明 {warning} 条，已说明 {explained} 条，提示 {note} 条；规则未能判断 {undecided} 次（缺数据或不可比）。",
        "papers": "材料",
        "none": "无",
        "because": "由此引起",
        "suspect": "疑为",
        "colon": "：",
        "open": "（",
        "close": "）",
    },
    "en": {
        "clean": "nothing to mend was found",
        "error": "to mend",
        "warning": "to explain",
        "note": "note",
        "explained": "explained",
        "stale": "explanation out of date: the numbers have moved",
        "undecided": "undecided",
        "broken": "broken rule",
        "open_rules": "{n} rule(s) could not be decided for want of data: that is not a pass.",
        "sum": "{units} unit(s): {error} to mend, {warning} to explain, {explained} explained, {note} note(s); {undecided} verdict(s) undecided (data missing or not comparable).",
        "papers": "papers",
        "none": "none",
        "because": "follows from it",
        "suspect": "probably",
        "colon": ": ",
        "open": " (",
        "close": ")",
    },
}
_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def clean(text: str) -> str:
    """A unit's text without terminal control and direction characters, on one line."""
    return _CONTROL.sub("", " ".join(text.split()))


def where(place: Place) -> str:
    """A place as people write it: 基础数据表!D24."""
    if place.cell is not None:
        return f"{place.sheet}!{place.cell}"
    if place.paragraph is not None:
        return f"第{place.paragraph}段"
    return place.sheet or ""


def text(report: Report, lang: str = "zh") -> str:
    """The report for the screen: each submission with its findings, then the sum."""
    words = _WORDS[lang]
    lines: list[str] = []
    for own in report.each():
        lines.extend(_submission(own.submissions[0], list(own.findings), words))
        if own.undecided[0]:
            lines.append(f"  {words['open_rules'].format(n=len(own.undecided[0]))}")
        lines.append("")
    broken = [tally.rule for tally in report.tallies if tally.broken]
    if broken:
        lines.append(f"{words['broken']}{words['colon']}{', '.join(broken)}")
    lines.append(words["sum"].format(units=len(report.submissions), **report.summary()))
    return "\n".join(lines) + "\n"


def _submission(submission: Submission, findings: list[Finding], words: dict[str, str]) -> Iterator[str]:
    year = f" {submission.year}" if submission.year else ""
    folder = f"{words['open']}{clean(submission.folder)}{words['close']}" if submission.folder != "." else ""
    yield f"■ {clean(submission.unit)}{year}{folder}"
    forms = [f"{paper.form or '？'} {clean(paper.file.rpartition('/')[2])}" for paper in submission.papers]
    yield f"  {words['papers']}{words['colon']}{'；'.join(forms) or words['none']}"
    if not any(finding.severity is not Severity.NOTE for finding in findings):
        yield f"  ✓ {words['clean']}"
    leading = [finding for finding in findings if finding.caused_by is None]
    for level in _LEVELS:
        ours = [finding for finding in leading if finding.severity is level]
        if not ours:
            continue
        yield f"  【{words[str(level)]}】{len(ours)}"
        for number, finding in enumerate(ours, 1):
            yield f"  {number:>2}. {line(finding, words)}"
            for follower in findings:
                if follower.caused_by == finding.fingerprint:
                    yield f"      └ {words['because']}{words['colon']}{line(follower, words)}"


def line(finding: Finding, words: dict[str, str]) -> str:
    """One finding on one line: where, the sentence, the explanation, the rule."""
    at = where(finding.place)
    file = finding.place.file.rpartition("/")[2]
    parts = [
        f"{at} " if at else f"{file} " if file and file not in (finding.field, ".") else "",
        clean(finding.message),
    ]
    if finding.explanation is not None:
        said = words["explained"] if finding.explained else words["stale"]
        parts.append(f"[{said}{words['colon']}{clean(finding.explanation.text)}]")
    return "".join(parts) + f"{words['open']}{finding.rule}{words['close']}"


def as_json(report: Report) -> str:
    """The report as JSON, for other programs (contract)."""
    return json.dumps(document(report), ensure_ascii=False, indent=1) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain dictionaries, in the contract's shape."""
    return {
        "tool": TOOL,
        "version": report.version,
        "pack": report.pack,
        "submissions": [
            {
                "unit": submission.unit,
                "year": submission.year,
                "folder": submission.folder,
                "papers": [
                    {"file": paper.file, "form": paper.form, "sha256": paper.sha256, "readable": paper.readable}
                    for paper in submission.papers
                ],
            }
            for submission in report.submissions
        ],
        "findings": [finding_document(finding) for finding in report.findings],
        "tallies": [
            {
                "rule": tally.rule,
                "passed": tally.passed,
                "failed": tally.failed,
                "undecided": tally.undecided,
                "broken": tally.broken,
            }
            for tally in report.tallies
        ],
        "summary": report.summary(),
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    explanation = finding.explanation
    return {
        "rule": finding.rule,
        "class": str(finding.cls),
        "severity": str(finding.severity),
        "unit": finding.unit,
        **place_document(finding.place),
        "field": finding.field,
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
        "difference": finding.difference,
        "related": [
            {**place_document(each.place), "field": each.field, "value": each.value} for each in finding.related
        ],
        "suspects": [
            {
                "sheet": each.place.sheet,
                "cell": each.place.cell,
                "field": each.field,
                "value": each.value,
                "reason": each.reason,
            }
            for each in finding.suspects
        ],
        "explanation": {"text": explanation.text, "state": explanation.state} if explanation is not None else None,
        "fingerprint": finding.fingerprint,
        "caused_by": finding.caused_by,
    }


def place_document(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {"file": place.file, "sheet": place.sheet, "cell": place.cell}
    if place.paragraph is not None:
        found.update(paragraph=place.paragraph, quote=place.quote)
    return found
