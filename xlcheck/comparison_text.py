"""A comparison as text for the screen, or as JSON (the schema lies beside this file)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from xlcheck.comparison import Compared, Comparison, Printed, State, UnitComparison
from xlcheck.comparison_findings import RULE, findings
from xlcheck.model import TOOL, Finding, Severity, Submission
from xlcheck.render import clean, finding_document, place_document, where

_MOST_NIL = 4  # named on the screen; JSON and the workbook have them all
_WORDS = {
    "zh": {
        "counts": "比对 {all} 项，相同 {same} 项，不同 {different} 项；两边都没有填的 {blank} 项。",
        "sentences": "报告有 {n} 句相同。",
        "frame": "正文前后 {n} 行（网页的菜单、版权，附表等）没有比对。",
        "clean": "没有发现不同",
        "error": "不一致",
        "note": "文字不同",
        "nil": "【填法不同】{n}（空、0、「无」、「—」互换）：{fields}",
        "within": "所在句：",
        "seen": "报送见 {}。",
        "both": "未比对：{paper}（两边都没有可读的{reason}）",
        "submitted": "未比对：{paper}（报送的没有{reason}）",
        "published": "未比对：{paper}（公开的没有{reason}）",
        "sum": "合计 {units} 个单位：比对 {all} 项，相同 {same} 项；不一致 {error} 条，文字或填法不同 {note} 条。",
        "open": "{open} 个单位有材料未比对：不等于一致。",
        "reason": "；{}",
    },
    "en": {
        "counts": "{all} compared: {same} equal, {different} different; {blank} blank on both sides. ",
        "sentences": "{n} sentences of the report are equal. ",
        "frame": "{n} lines around the text (menus, footer, annexes) were not compared. ",
        "clean": "nothing differs",
        "error": "differs",
        "note": "wording",
        "nil": "【nil in another way】{n} (blank, 0, 无, —): {fields}",
        "within": "in: ",
        "seen": " Submitted: {}.",
        "both": "not compared: {paper} (none that can be read on either side{reason})",
        "submitted": "not compared: {paper} (none submitted{reason})",
        "published": "not compared: {paper} (none published{reason})",
        "sum": "{units} unit(s): {all} compared, {same} equal; {error} differ, {note} in wording alone. ",
        "open": "{open} unit(s) with papers not compared: that is not agreement.",
        "reason": "; {}",
    },
}


def as_text(comparison: Comparison, lang: str = "zh") -> str:
    """The comparison for the screen: each unit with what differs, then the sum."""
    words = _WORDS[lang]
    lines: list[str] = []
    for unit in comparison.units:
        lines.extend(_unit(unit, words, lang))
        lines.append("")
    made = counts(comparison)
    lines.append((words["sum"].format(**made) + (words["open"].format(**made) if made["open"] else "")).rstrip())
    return "\n".join(lines) + "\n"


def counts(comparison: Comparison) -> dict[str, int]:
    """Units, things compared, equal ones, findings by severity, units with a paper that was not compared."""
    made = [finding for unit in comparison.units for _, finding in findings(unit)]
    return {
        "units": len(comparison.units),
        "all": sum(unit.count(*State) for unit in comparison.units),
        "same": sum(unit.count(State.EQUAL) for unit in comparison.units),
        "error": sum(finding.severity is Severity.ERROR for finding in made),
        "note": sum(finding.severity is Severity.NOTE and finding.caused_by is None for finding in made),
        "open": sum(bool(unit.uncompared) for unit in comparison.units),
    }


def _unit(unit: UnitComparison, words: dict[str, str], lang: str) -> Iterator[str]:
    sides = [side for side in (unit.submitted, unit.published) if side is not None]
    folders = dict.fromkeys(clean(side.folder) for side in sides if side.folder != ".")
    year = f" {unit.year}" if unit.year else ""
    yield f"■ {clean(unit.unit)}{year}" + (f"（{' ｜ '.join(folders)}）" if folders else "")
    if len(sides) == 2:
        same, every = unit.count(State.EQUAL), unit.count(*State)
        said = words["counts"].format(all=every, same=same, different=every - same, blank=unit.blank)
        said += words["sentences"].format(n=unit.sentences) if unit.sentences else ""
        yield "  " + (said + (words["frame"].format(n=unit.frame) if unit.frame else "")).rstrip()
    for left_out in unit.uncompared:
        reason = words["reason"].format(left_out.reason) if left_out.reason else ""
        yield "  " + clean(words[left_out.side].format(paper=left_out.paper, reason=reason))
    made = findings(unit, lang)
    if not made:
        yield f"  ✓ {words['clean']}"
    for level in (Severity.ERROR, Severity.NOTE):
        ours = [
            (each, finding)
            for each, finding in made
            if finding.severity is level and finding.caused_by is None and not each.nil
        ]
        if ours:
            yield f"  【{words[str(level)]}】{len(ours)}（{RULE}）"
        for number, (each, finding) in enumerate(ours, 1):
            yield f"  {number:>2}. {_line(each, finding, words)}"
            for _, follower in made:
                if follower.caused_by == finding.fingerprint:
                    yield f"      └ {words['within']}{clean(follower.message)}"
    nil = [clean(each.field) for each, _ in made if each.nil]
    if nil:
        fields = "、".join(nil[:_MOST_NIL]) + ("…" if len(nil) > _MOST_NIL else "")
        yield "  " + words["nil"].format(n=len(nil), fields=fields)


def _line(each: Compared, finding: Finding, words: dict[str, str]) -> str:
    """Where it is published, the sentence, and where it was submitted if that is elsewhere."""
    at = where(finding.place)
    ours = where(each.submitted.place) if each.submitted is not None and each.published is not None else ""
    seen = words["seen"].format(clean(ours)) if ours and ours != at else ""
    return f"{clean(at)} {clean(finding.message)}{seen}".strip()


def as_json(comparison: Comparison) -> str:
    """The comparison as JSON: findings in the shape of a check's, each with both sides."""
    made = counts(comparison)
    document = {
        "tool": TOOL,
        "version": comparison.version,
        "pack": comparison.pack,
        "units": [
            {
                "unit": unit.unit,
                "year": unit.year,
                "submitted": _papers(unit.submitted),
                "published": _papers(unit.published),
                "compared": unit.count(*State),
                "equal": unit.count(State.EQUAL),
                "blank": unit.blank,
                "sentences": unit.sentences,
                "frame": unit.frame,
                "uncompared": [
                    {"paper": each.paper, "side": each.side, "reason": each.reason} for each in unit.uncompared
                ],
            }
            for unit in comparison.units
        ],
        "findings": [
            {
                **finding_document(finding),
                "matter": str(each.matter),
                "state": str(each.state),
                "paper": each.paper,
                "submitted": _side(each.submitted),
                "published": _side(each.published),
            }
            for unit in comparison.units
            for each, finding in findings(unit)
        ],
        "summary": {
            "compared": made["all"],
            "equal": made["same"],
            "error": made["error"],
            "note": made["note"],
            "incomplete": made["open"],
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _papers(side: Submission | None) -> dict[str, Any] | None:
    if side is None:
        return None
    papers = [
        {"file": paper.file, "form": paper.form, "sha256": paper.sha256, "readable": paper.readable}
        for paper in side.papers
    ]
    return {"folder": side.folder, "papers": papers}


def _side(printed: Printed | None) -> dict[str, Any] | None:
    return {**place_document(printed.place), "value": printed.text} if printed is not None else None
