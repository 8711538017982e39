"""A report for other readers: SARIF 2.1.0 for code-scanning tools, and one self-contained page of HTML."""

from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import quote

from xlcheck.model import TOOL, Finding, Report, Severity
from xlcheck.render import clean, where

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_WORDS = {
    "zh": ("审核结果", "单位", "级别", "位置", "问题", "规则", "审核说明", {"error": "必须修改", "warning": "需要说明", "note": "提示"}, "未发现需要修改的问题", "规则未能判断 {} 次，不等于通过"),
    "en": ("Review", "Unit", "Level", "Place", "Problem", "Rule", "Explanation", {"error": "to mend", "warning": "to explain", "note": "note"}, "Nothing to mend was found", "{} verdicts undecided: that is not a pass"),
}  # fmt: skip
_STYLE = """body{font:15px/1.6 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2em auto;max-width:75em;color:#222}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.35em .6em;text-align:left;vertical-align:top}
th{background:#dce6f1}.error{background:#ffc7ce}.warning{background:#ffe0b2}.note{background:#ddebf7}
.follows td:nth-child(4){padding-left:2em;color:#555}code{color:#777;font-size:85%}"""


def as_sarif(report: Report) -> str:
    """The findings as a SARIF log; a cell is a logical location (基础数据表!D24) of its file."""
    rules = sorted({finding.rule for finding in report.findings})
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": TOOL, "version": report.version, "rules": [{"id": rule} for rule in rules]}
                },
                "results": [_result(finding) for finding in report.findings],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _result(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(finding.place.file)}},
        "logicalLocations": [{"fullyQualifiedName": where(finding.place) or finding.unit}],
    }
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVEL[finding.severity],
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"xlcheck/v1": finding.fingerprint},
    }
    if finding.explained and finding.explanation is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.explanation.text}]
    return result


def as_html(report: Report, lang: str = "zh") -> str:
    """The findings as one page without scripts or links; units' text is escaped."""
    title, unit, level, place, problem, rule, explanation, levels, nothing, undecided = _WORDS[lang]
    rows = []
    for each in report.findings:
        follows = " follows" if each.caused_by else ""
        said = each.explanation.text if each.explanation else ""
        cells = (each.unit, levels[str(each.severity)], f"{each.place.file.rpartition('/')[2]} {where(each.place)}", each.message)  # fmt: skip
        text = "".join(f"<td>{html.escape(clean(cell))}</td>" for cell in (*cells, said))
        rows.append(f'<tr class="{each.severity}{follows}">{text}<td><code>{each.rule}</code></td></tr>')
    heads = "".join(f"<th>{head}</th>" for head in (unit, level, place, problem, explanation, rule))
    body = f"<table><tr>{heads}</tr>\n" + "\n".join(rows) + "\n</table>" if rows else f"<p>{nothing}</p>"
    counts = report.summary()
    sums = "，".join(f"{levels[name]} {counts[name]}" for name in levels)
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{title}</h1><p>{sums}；{undecided.format(counts['undecided'])}。</p>\n{body}\n"
        f"<p><code>{TOOL} {report.version} · {html.escape(report.pack)}</code></p></html>\n"
    )
