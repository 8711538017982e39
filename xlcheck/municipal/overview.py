"""What 概览 says, as plain numbers: counts, sentences, and the tables behind its charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.model import Class, Report
from xlcheck.municipal.filing import Filing
from xlcheck.municipal.finding_sheets import FINDINGS, Owned
from xlcheck.municipal.lists import sheet_names
from xlcheck.municipal.units import COLUMNS, Counts, Line, Rate, count
from xlcheck.municipal.words import Say

Bands = Sequence[tuple[Decimal, str]]

TOP = 10  # rules and departments in a chart
_COMPLETION = next(column for column in COLUMNS if isinstance(column, Rate) and column.title == "预算完成率")
_EDGES = tuple(Decimal(edge) for edge in ("0.6", "0.8", "0.9", "0.95"))
_BINS = ("60%以下", "60–80%", "80–90%", "90–95%", "95–100%", "超100%")


@dataclass(frozen=True, slots=True)
class Overview:
    """The content of 概览; every table is a tuple of rows that begin with a label."""

    year: int | None
    due: int | None
    arrived: int
    missing: int | None
    counts: Counts
    sentences: tuple[str, ...]
    rules: tuple[tuple[str, int], ...]
    departments: tuple[tuple[str, int, int, int], ...]  # errors, to be explained, explained
    grades: tuple[tuple[str, int], ...]
    completion: tuple[tuple[str, int], ...]


def summarise(report: Report, filing: Filing, lines: Sequence[Line], owned: Sequence[Owned], *, titles: Mapping[str, str], bands: Bands, limit: int, left_out: int, say: Say) -> Overview:  # fmt: skip
    """Count what the leadership is told. ``limit`` and ``left_out`` say what the sheets could not hold."""
    counts = count(item.finding for item in owned)
    rules = Counter(item.finding.rule for item in owned)
    ranked = sorted(rules.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return Overview(
        year=_year(filing),
        due=filing.due,
        arrived=filing.arrived,
        missing=len(filing.missing) if filing.roster is not None else None,
        counts=counts,
        sentences=tuple(_sentences(report, filing, lines, owned, counts, limit, left_out, say)),
        rules=tuple((titles.get(rule, rule), number) for rule, number in ranked),
        departments=_departments(owned),
        grades=_grades(lines, bands, say),
        completion=_completion(lines, say),
    )


def _year(filing: Filing) -> int | None:
    years = Counter(filed.submission.year for filed in filing.counted if filed.submission.year is not None)
    return max(years, key=lambda year: (years[year], year)) if years else None


def _units(owned: Iterable[Owned]) -> int:
    return len({(item.owner.code, item.owner.name) for item in owned})


def _sentences(report: Report, filing: Filing, lines: Sequence[Line], owned: Sequence[Owned], counts: Counts, limit: int, left_out: int, say: Say) -> Iterable[str]:  # fmt: skip
    doubts = [item for item in owned if item.finding.cls is Class.PLAUSIBILITY]
    stale = sum(item.finding.explanation is not None and not item.finding.explained for item in doubts)
    explained = sum(item.finding.explained for item in doubts)
    text = say("核实性问题共{n}条，涉及{units}个单位；已说明{explained}条，尚需说明{open}条。")
    if stale:
        text = say("核实性问题共{n}条，涉及{units}个单位；已说明{explained}条，尚需说明{open}条（其中{stale}条说明已失效，数据有变动）。")  # fmt: skip
    yield text.format(
        n=len(doubts), units=_units(doubts), explained=explained, open=len(doubts) - explained, stale=stale,
    )  # fmt: skip
    wrong = [item for item in owned if item.finding.cls is not Class.PLAUSIBILITY]
    clean = sum(not line.counts.errors for line in lines)
    text = say("基本平衡、逻辑性问题共{n}条，涉及{units}个单位；已报单位中{clean}个没有错误。")
    yield text.format(n=len(wrong), units=_units(wrong), clean=clean)
    if filing.roster is None:
        text = say("未提供单位名录，无法核对应报与缺报；报送单位{arrived}个，重报{twice}个（只计一份）。")
        yield text.format(arrived=filing.arrived, twice=len(filing.repeated))
    else:
        unknown = sum(filed.entry is None for filed in filing.counted)
        text = say(
            "应报{due}个单位，实报{arrived}个，缺报{missing}个；重报{twice}个（只计一份），名录外{unknown}个（计入汇总）。"
        )
        yield text.format(
            due=filing.due, arrived=filing.arrived, missing=len(filing.missing), twice=len(filing.repeated), unknown=unknown,
        )  # fmt: skip
    undecided, broken = (sum(getattr(tally, kind) for tally in report.tallies) for kind in ("undecided", "broken"))
    if undecided or broken:
        text = say("因数据缺失等未能判定{undecided}项，规则自身出错{broken}项：未判定不等于通过。")
        yield text.format(undecided=undecided, broken=broken)
    sheets = sheet_names(FINDINGS, len(owned), limit)
    if len(sheets) > 1:
        text = say("问题清单共{n}条，超出一张工作表的容量，分列于：{sheets}；用 --parquet 可另存为完整的数据表。")
        yield text.format(n=len(owned), sheets="、".join(sheets))
    if left_out:
        yield say("另有{n}个指标只在个别评分表中出现，指标得分表未列。").format(n=left_out)


def _departments(owned: Sequence[Owned]) -> tuple[tuple[str, int, int, int], ...]:
    grouped: dict[str, list[Owned]] = {}
    for item in owned:
        grouped.setdefault(item.owner.department, []).append(item)
    counted = {name: count(item.finding for item in items) for name, items in grouped.items()}
    ranked = sorted(counted.items(), key=lambda item: (-item[1].errors, -item[1].all, item[0]))
    return tuple((name, counts.errors, counts.warnings, counts.explained) for name, counts in ranked[:TOP])


def _grades(lines: Sequence[Line], bands: Bands, say: Say) -> tuple[tuple[str, int], ...]:
    """How many units' self-scores fall into each grade, the best first."""
    ordered = sorted(bands, reverse=True)
    found: Counter[str] = Counter()
    for line in lines:
        if line.score is not None:
            found[next((grade for low, grade in ordered if line.score >= low), ordered[-1][1])] += 1
    table = [(grade, found[grade]) for _, grade in ordered]
    unscored = sum(line.score is None for line in lines)
    return (*table, (say("未评分"), unscored)) if unscored else tuple(table)


def _completion(lines: Sequence[Line], say: Say) -> tuple[tuple[str, int], ...]:
    """How many units' 预算完成率 (本年支出 against 全年预算) falls into each class."""
    found = [0] * len(_BINS)
    unknown = 0
    for line in lines:
        rate = line.rate(_COMPLETION)
        if not isinstance(rate, Decimal):
            unknown += 1
        else:
            found[len(_BINS) - 1 if rate > 1 else sum(rate >= edge for edge in _EDGES)] += 1
    table = tuple((say(label), number) for label, number in zip(_BINS, found, strict=True))
    return (*table, (say("无法计算"), unknown)) if unknown else table
