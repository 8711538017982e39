"""The words of the annotated copy, and how a finding is said in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xlcheck.model import Class, Explanation, Finding, Place, Severity, Suspect

STALE = "原说明已失效"
BETWEEN = " › "  # between a file and the place in it

CHINESE: Mapping[str, str] = {
    "title": "{unit}　{year}年度绩效自评　审核结果",
    "title_without_year": "{unit}　绩效自评　审核结果",
    "file": "文件：",
    "made": "规则：{pack}　　工具：xlcheck {version}",
    "counts": "本工作簿：",
    "error": "必须修改",
    "warning": "需说明",
    "note": "提示",
    "explained": "已说明",
    "items": " {n} 项",
    "undecided": "　　另有 {n} 条规则因填报数缺失或无法辨认而未能判断",
    "broken": "　　另有 {n} 条规则因自身出错而未能执行，请告知规则维护人员",
    "elsewhere": "　　本套材料其他问题 {n} 项，见下方",
    "guide": "红色「必须修改」的，请改正后重新报送；橙色「需说明」的，请改正，或在「审核说明」栏写明原因，保存后连同材料一并报送。"
    "点击「位置」可转到有问题的单元格。",
    "guide_clean": "请核对下列内容后报送。",
    "clean": "本工作簿未发现需要修改的问题。",
    "clean_undecided": "本工作簿未发现需要修改的问题；但有 {n} 条规则未能判断，并不等于全部通过。",
    "other_findings": "本套材料的其他问题",
    "lost": "未能带入本副本的内容",
    "signature": "原文件带有数字签名；本副本已不再带有数字签名。",
    "chain": "原副本的审核结果表里有公式，计算顺序表（calcChain）已删去，Excel 打开时会自动重建。",
    "doubled": "文件内部有 {n} 个重名部件，只保留了各自的最后一个。",
    "template": "原文件是模板，本副本已改为普通工作簿。",
    "undecided_rules": "未能判断的规则",
    "broken_rules": "未能执行的规则",
    "whole_file": "（整份文件）",
    "paragraph": "第 {n} 段",
    "related": "涉及：",
    "stale": STALE + "（数字已变动，请重新说明）：",
    "state_error": "待修改",
    "state_warning": "待说明",
    "state_note": "提示",
    "state_explained": "已说明",
    "state_stale": STALE,
    "explain_there": "请在该文件的审核副本中填写",
    "see": "见「{sheet}」第 {row} 行",
    "row_apart": "、",
    "more": "……（其余内容见「{sheet}」）",
    "footer": "&C第 &P 页　共 &N 页",
    "tip": "转到该单元格",
    "report": "本报告：",
    "report_elsewhere": "　　本套材料其他问题 {n} 项，见各工作簿的审核副本",
    "report_guide": "「必须修改」的，请改正后重新报送；「需说明」的，请改正，或写明原因。",
    "report_beside": "每个问题都在有关的句子旁加了批注。",
    "report_clean": "本报告未发现需要修改的问题。",
    "report_clean_undecided": "本报告未发现需要修改的问题；但有 {n} 条规则未能判断，并不等于全部通过。",
    "report_listed": "原文件不是 .docx，不能在原句旁加批注，问题列在下面。",
    "report_broken": "原文件的内部结构特殊，不能在原句旁加批注，问题列在下面。",
    "explain_in": "如情况属实，请在「{copy}」的「审核结果」表中本条的「审核说明」栏写明原因。",
    "explain_here": "如情况属实，请在报告中写明原因。",
    "explanation": "审核说明：",
    "caused": "由「{place}」的问题引起，请先核对该处。",
    "rule": "规则：",
    "quote": "原文：",
    "brackets": "（{inside}）",
}
ENGLISH: Mapping[str, str] = {
    "title": "{unit} · performance self-evaluation {year} · findings",
    "title_without_year": "{unit} · performance self-evaluation · findings",
    "file": "File: ",
    "made": "Rules: {pack}    Tool: xlcheck {version}",
    "counts": "This workbook: ",
    "error": "mend",
    "warning": "explain",
    "note": "note",
    "explained": "explained",
    "items": " {n}",
    "undecided": "    {n} more rules could not be decided, for want of a readable figure",
    "broken": "    {n} more rules failed to run; please tell whoever keeps the rules",
    "elsewhere": "    {n} more findings on the unit's other papers, below",
    "guide": "Mend what is red and file again; mend what is orange, or say why in the column Explanation, save, and file "
    "this copy with the papers. Click a place to go to its cell.",
    "guide_clean": "Please read what follows before you file.",
    "clean": "Nothing to be mended was found in this workbook.",
    "clean_undecided": "Nothing to be mended was found in this workbook; but {n} rules could not be decided, "
    "which does not mean that they passed.",
    "other_findings": "Other findings on the unit's papers",
    "lost": "What could not be carried over into this copy",
    "signature": "The file was digitally signed; this copy is no longer.",
    "chain": "There were formulas on the former sheet of findings; the chain of calculation was removed, and Excel makes it anew.",
    "doubled": "{n} parts of the file have the name of a later one and were left out.",
    "template": "The file is a template; this copy is a workbook.",
    "undecided_rules": "Rules that could not be decided",
    "broken_rules": "Rules that failed to run",
    "whole_file": "(the whole file)",
    "paragraph": "paragraph {n}",
    "related": "Involved: ",
    "stale": "The former explanation no longer holds (the figures have moved): ",
    "state_error": "to mend",
    "state_warning": "to explain",
    "state_note": "note",
    "state_explained": "explained",
    "state_stale": "explanation stale",
    "explain_there": "to be filled in in that file's copy",
    "see": "See {sheet}, row {row}",
    "row_apart": ", ",
    "more": "… (the rest is in {sheet})",
    "footer": "&CPage &P of &N",
    "tip": "Go to the cell",
    "report": "This report: ",
    "report_elsewhere": "    {n} more findings on the unit's other papers, in the copies of its workbooks",
    "report_guide": "Mend what is to be mended and file again; mend what is to be explained, or say why.",
    "report_beside": "Each finding is a comment beside its sentence.",
    "report_clean": "Nothing to be mended was found in this report.",
    "report_clean_undecided": "Nothing to be mended was found in this report; but {n} rules could not be decided, "
    "which does not mean that they passed.",
    "report_listed": "The file is no .docx and cannot take comments beside its sentences; the findings are listed below.",
    "report_broken": "The file is built in a way that takes no comments beside its sentences; the findings are listed below.",
    "explain_in": "If it is right as it is, say why in the column Explanation of this finding in {copy}, sheet 审核结果.",
    "explain_here": "If it is right as it is, say why in the report.",
    "explanation": "Explanation: ",
    "caused": "Follows from what is wrong at {place}; look there first.",
    "rule": "Rule: ",
    "quote": "Text: ",
    "brackets": " ({inside})",
}
HEADERS = {
    "zh": ("序号", "级别", "位置", "项目", "问题", "填报数", "应为", "差额", "疑似／建议", "审核说明", "状态", "指纹", "规则"),
    "en": ("No.", "Level", "Place", "Field", "Finding", "Filed", "Should be", "Difference", "Suspected / proposed",
           "Explanation", "State", "Fingerprint", "Rule"),
}  # fmt: skip
CLASSES = {
    "zh": {kind: str(kind) for kind in Class},
    "en": {Class.BALANCE: "balance", Class.LOGIC: "logic", Class.PLAUSIBILITY: "plausibility"},
}


def words(lang: str) -> Mapping[str, str]:
    """The words of a language, zh or en; any other raises ValueError."""
    if lang not in HEADERS:
        raise ValueError(f"lang must be zh or en, not {lang!r}")
    return CHINESE if lang == "zh" else ENGLISH


def plain(text: str, limit: int = 32767) -> str:
    """A text as XML can hold it, no longer than a cell or a note may be (counted as Excel counts, in UTF-16)."""
    clean = re.sub(r"[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text.replace("\r\n", "\n"))
    if len(clean) * 2 > limit and len(clean.encode("utf-16-le")) // 2 > limit:
        clean = clean.encode("utf-16-le")[: (limit - 1) * 2].decode("utf-16-le", "ignore") + "…"
    return clean


def sentence(finding: Finding) -> str:
    """The message without the place before it and the rule behind it, which stand in columns of their own."""
    text = finding.message.strip()
    for closing in (f"（{finding.rule}）", f"({finding.rule})"):
        text = text.removesuffix(closing).rstrip()
    place = f"{finding.place.sheet}!{finding.place.cell}"
    if finding.place.cell and text.startswith(place):
        text = text[len(place) :].lstrip(" ：:，,　")
    return text or finding.message


def where(place: Place, file: str, say: Mapping[str, str]) -> str:
    """A place in words, with its file unless that is ``file``."""
    inside = place.sheet or ""
    if place.sheet and place.cell:
        inside = f"{place.sheet}!{place.cell}"
    elif place.paragraph is not None:
        inside = say["paragraph"].format(n=place.paragraph)
    if place.file == file:
        return inside or say["whole_file"]
    return BETWEEN.join(part for part in (place.file, inside) if part) or say["whole_file"]


def proposal(suspect: Suspect, finding: Finding) -> str:
    """A suspect in a line: its cell, its field, the value proposed, and why."""
    place = suspect.place
    near = place.file == finding.place.file and place.sheet == finding.place.sheet
    cell = (place.cell if near else f"{place.sheet}!{place.cell}") if place.cell else ""
    head = " ".join(part for part in (cell, suspect.field) if part)
    value = f" → {suspect.value}" if suspect.value else ""
    return f"{head}{value}（{suspect.reason}）" if suspect.reason else head + value


def involved(finding: Finding, say: Mapping[str, str]) -> str:
    """The other cells that a finding speaks of, in a line; nothing where there are none."""
    told = []
    for related in finding.related[:8]:
        place = related.place
        near = place.file == finding.place.file and place.sheet == finding.place.sheet
        cell = place.cell if near and place.cell else where(place, finding.place.file, say)
        told.append(" ".join(part for part in (cell, related.field, related.value) if part))
    rest = "；…" if len(finding.related) > len(told) else ""
    return say["related"] + "；".join(told) + rest if told else ""


def level(finding: Finding) -> str:
    """error, warning, note or explained."""
    return "explained" if finding.explained else str(finding.severity)


def state(finding: Finding, say: Mapping[str, str]) -> str:
    """What is still to be done about a finding."""
    if is_stale(finding.explanation):
        return say["state_stale"]
    if finding.cls is Class.PLAUSIBILITY and not finding.explained and finding.severity is not Severity.NOTE:
        return say["state_warning"]
    return say[f"state_{level(finding)}"]


def is_stale(explanation: Explanation | None) -> bool:
    """Whether an explanation was given, for numbers that have moved since."""
    return explanation is not None and explanation.state == "stale"
