"""问题清单, 缺报与重报, 审核说明 and 来源: the findings and the papers, a row each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.model import TOOL, Finding, Report, Severity
from xlcheck.municipal import looks
from xlcheck.municipal.filing import DUPLICATE, MISSING, UNKNOWN, Filing
from xlcheck.municipal.lists import ROW_LIMIT, Cell, Column, Link, write_list
from xlcheck.municipal.units import Owner, Owners
from xlcheck.municipal.words import Say
from xlcheck.sheets import LINK_LIMIT, Book, link_target

FINDINGS, FILING, EXPLANATIONS, SOURCES = "问题清单", "缺报与重报", "审核说明", "来源"

LEVELS = {Severity.ERROR: "错误", Severity.WARNING: "需说明", Severity.NOTE: "提示"}
# Amounts as the workbook shows them; without decimals a text may be a code or a year, and stays text.
_AMOUNT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d{1,12})\.\d{1,6}")
_WHOLE = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d{1,12})")
_LEADING_ZERO = re.compile(r"-?0\d")


@dataclass(frozen=True, slots=True)
class Owned:
    """A finding with its owner."""

    finding: Finding
    owner: Owner


def in_order(findings: Sequence[Finding], filing: Filing, owners: Owners) -> tuple[Owned, ...]:
    """Findings by unit (in the filing's order, missing units last), errors before warnings before notes."""
    position = {filed.submission.folder: number for number, filed in enumerate(filing.filed)}
    weight = {severity: number for number, severity in enumerate(Severity)}
    owned = [Owned(finding, owners.of(finding)) for finding in findings]

    def order(item: Owned) -> tuple[int, int]:
        filed = item.owner.filed
        at = position[filed.submission.folder] if filed is not None else len(position)
        return at, weight[item.finding.severity]

    return tuple(sorted(owned, key=order))


def state(finding: Finding) -> str:
    """What is still to be done about a finding, in a word."""
    if finding.explanation is not None:
        return "已说明" if finding.explained else "说明已失效"
    if finding.severity is Severity.ERROR:
        return "待改正（连带）" if finding.caused_by else "待改正"
    return "待说明" if finding.severity is Severity.WARNING else "供参考"


def write_findings(book: Book, owned: Sequence[Owned], annotated: Mapping[str, str], titles: Mapping[str, str], say: Say, limit: int = ROW_LIMIT) -> None:  # fmt: skip
    """Write 问题清单: every finding, with a link to its cell in the annotated copy where there is one."""
    level = tuple(
        (say(text), look) for text, look in (("错误", looks.BAD), ("需说明", looks.DOUBTFUL), ("提示", looks.SETTLED))
    )
    states = tuple(
        (say(text), look)
        for text, look in (
            ("待改正", looks.BAD), ("待改正（连带）", looks.BAD), ("待说明", looks.DOUBTFUL),
            ("说明已失效", looks.DOUBTFUL), ("已说明", looks.SETTLED),
        )
    )  # fmt: skip
    columns = (
        Column("单位预算编码", 12, looks.TOP_CENTRE),
        Column(say("单位"), 22, looks.WRAP),
        Column("主管部门", 16, looks.WRAP),
        Column(say("级别"), 8, looks.TOP_CENTRE, level),
        Column(say("类别"), 9, looks.TOP_CENTRE),
        Column(say("规则"), 24, looks.WRAP),
        Column(say("规则名称"), 20, looks.WRAP),
        Column(say("文件"), 28, looks.WRAP),
        Column(say("工作表"), 12, looks.WRAP),
        Column(say("单元格"), 8, looks.TOP_CENTRE),
        Column(say("项目"), 18, looks.WRAP),
        Column(say("问题"), 56, looks.WRAP),
        Column(say("填报数"), 13, looks.TOP_RIGHT),
        Column(say("应为"), 13, looks.TOP_RIGHT),
        Column(say("差额"), 12, looks.TOP_RIGHT),
        Column(say("审核说明"), 30, looks.WRAP),
        Column(say("状态"), 12, looks.TOP_CENTRE, states),
        Column(say("审核底稿"), 10, looks.TOP_CENTRE),
    )
    rows = _finding_rows(owned, annotated, titles, say, limit)
    write_list(
        book, FINDINGS, columns, rows, title=say("问题清单"), empty=say("没有发现问题。"), frozen=2, limit=limit,
    )  # fmt: skip


def _finding_rows(owned: Sequence[Owned], annotated: Mapping[str, str], titles: Mapping[str, str], say: Say, limit: int) -> Iterator[Sequence[Cell]]:  # fmt: skip
    for start in range(0, len(owned), limit):
        part = owned[start : start + limit]
        linked = [item.finding.place.file for item in part if item.finding.place.file in annotated]
        # Excel allows so many links on a sheet: past that, a copy is linked once, at its first finding.
        every = len(linked) <= LINK_LIMIT
        opened = set() if every or len(set(linked)) <= LINK_LIMIT else set(linked)
        for item in part:
            finding, place = item.finding, item.finding.place
            copy: Cell = None
            if place.file in annotated:
                path = annotated[place.file]
                copy = path
                if every or place.file not in opened:
                    inside = (place.sheet, place.cell) if place.paragraph is None else ()  # Word opens at no cell
                    copy = Link(link_target(path, *inside), say("打开"))
                    opened.add(place.file)
            where = place.cell or (say("第 {n} 段").format(n=place.paragraph) if place.paragraph else "")
            yield (
                item.owner.code, item.owner.name, item.owner.department, say(LEVELS[finding.severity]),
                str(finding.cls), finding.rule, titles.get(finding.rule, ""), place.file, place.sheet or "", where,
                finding.field, finding.message, _amount(finding.actual), _amount(finding.expected),
                _amount(finding.difference, whole=True),
                finding.explanation.text if finding.explanation is not None else "", say(state(finding)), copy,
            )  # fmt: skip


def _amount(text: str | None, *, whole: bool = False) -> Cell:
    """A printed amount as a number, so that the column sorts; anything else as the text that it is."""
    if text is None:
        return None
    plain = text.strip()
    if (_AMOUNT.fullmatch(plain) or (whole and _WHOLE.fullmatch(plain))) and not _LEADING_ZERO.match(plain):
        return Decimal(plain.replace(",", ""))
    return text


def write_filing(book: Book, filing: Filing, owned: Sequence[Owned], say: Say) -> None:
    """Write 缺报与重报: who has not filed, filed twice, is not on the roster, and whose papers are wanting."""
    kinds = {
        MISSING: "缺报", DUPLICATE: "重报", UNKNOWN: "名录不符",
        "paper-missing": "报件缺失", "paper-unreadable": "报件无法读取", "form-not-recognised": "表样不符",
    }  # fmt: skip
    columns = (
        Column(say("类别"), 14, looks.TOP_CENTRE, ((say("缺报"), looks.BAD), (say("重报"), looks.DOUBTFUL))),
        Column("单位预算编码", 13, looks.TOP_CENTRE),
        Column(say("单位名称"), 28, looks.WRAP),
        Column("主管部门", 22, looks.WRAP),
        Column(say("文件夹或文件"), 34, looks.WRAP),
        Column(say("情况"), 80, looks.WRAP),
    )
    rows: list[Sequence[Cell]] = []
    if filing.roster is None:
        rows.append(
            (say("说明"), "", "", "", "", say("未提供单位名录，无法核对应报与缺报；以下只列重报和报件不全的单位。"))
        )
    if filing.repeated:
        rule = say("重报的单位只计一份：先取有可读基础数据表的，再取单位名称与名录一致的，再取填报日期最近的，最后取文件夹名排序在后的。")  # fmt: skip
        rows.append((say("说明"), "", "", "", "", rule))
    rank = {rule: number for number, rule in enumerate(kinds)}
    chosen = sorted((item for item in owned if item.finding.rule in rank), key=lambda item: rank[item.finding.rule])
    for item in chosen:
        owner, finding = item.owner, item.finding
        rows.append(
            (say(kinds[finding.rule]), owner.code, owner.name, owner.department, finding.place.file, finding.message)
        )
    empty = say("应报单位均已报送，没有重报，报件齐全。")
    write_list(book, FILING, columns, rows, title=say("缺报与重报"), empty=empty)


def write_explanations(book: Book, owned: Sequence[Owned], say: Say, limit: int = ROW_LIMIT) -> None:
    """Write 审核说明: every explanation that a unit wrote, with its state."""
    states = ((say("有效"), looks.SETTLED), (say("已失效（数据已变动）"), looks.DOUBTFUL))
    columns = (
        Column("单位预算编码", 13, looks.TOP_CENTRE),
        Column(say("单位"), 26, looks.WRAP),
        Column("主管部门", 20, looks.WRAP),
        Column(say("规则"), 26, looks.WRAP),
        Column(say("文件"), 28, looks.WRAP),
        Column(say("单元格"), 14, looks.TOP_CENTRE),
        Column(say("项目"), 18, looks.WRAP),
        Column(say("问题"), 48, looks.WRAP),
        Column(say("审核说明"), 48, looks.WRAP),
        Column(say("状态"), 20, looks.TOP_CENTRE, states),
    )
    rows: Iterator[Sequence[Cell]] = (
        (
            item.owner.code, item.owner.name, item.owner.department, finding.rule, finding.place.file,
            finding.place.cell or "", finding.field, finding.message, finding.explanation.text,
            say("有效") if finding.explained else say("已失效（数据已变动）"),
        )
        for item in owned
        if (finding := item.finding).explanation is not None
    )  # fmt: skip
    empty = say("本次没有收到审核说明。")
    write_list(book, EXPLANATIONS, columns, rows, title=say("审核说明"), empty=empty, frozen=2, limit=limit)


def write_sources(book: Book, report: Report, filing: Filing, say: Say, limit: int = ROW_LIMIT) -> None:
    """Write 来源: every file that was read, its SHA-256, and with which pack and version."""
    columns = (
        Column("单位预算编码", 13, looks.TOP_CENTRE),
        Column(say("单位"), 26, looks.WRAP),
        Column(say("文件"), 46, looks.WRAP),
        Column(say("表种"), 12, looks.TOP_CENTRE),
        Column(say("可读"), 8, looks.TOP_CENTRE, ((say("否"), looks.BAD),)),
        Column(say("计入汇总"), 9, looks.TOP_CENTRE),
        Column("SHA-256", 66, looks.TOP),
        Column(say("规则包"), 16, looks.TOP_CENTRE),
        Column(say("程序版本"), 16, looks.TOP_CENTRE),
    )
    version = f"{TOOL} {report.version}"

    def rows() -> Iterator[Sequence[Cell]]:
        if filing.roster is not None:
            roster = filing.roster
            yield "", "", roster.file, say("单位名录"), say("是"), "", roster.sha256, report.pack, version
        for filed in filing.filed:
            counted = say("是") if filed.counted else say("否")
            for paper in filed.submission.papers:
                form, readable = paper.form or say("未识别"), say("是") if paper.readable else say("否")
                yield filed.code, filed.name, paper.file, form, readable, counted, paper.sha256, report.pack, version

    write_list(book, SOURCES, columns, rows(), title=say("来源"), empty=say("没有读到文件。"), frozen=2, limit=limit)
