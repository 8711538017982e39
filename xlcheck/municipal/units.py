"""What each unit says, as one line of figures, and the exact totals of those lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.labels import name_key
from xlcheck.model import Document, Finding, Kind, Severity, Value
from xlcheck.municipal.filing import Filed, Filing, missing_fingerprint

BASE, SCORES = "基础数据表", "评分表"
NO_DEPARTMENT = "（未填）"
INCOMPARABLE = "不可比"
NOT_APPLICABLE = "—"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the roll-up: ``title`` heads its column, ``field`` and ``column`` say where a unit states it."""

    title: str
    field: str
    column: str
    kind: str = "money"  # money in 万元 | count | score


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of the roll-up, ``over`` / ``under``, both titles of figures."""

    title: str
    over: str
    under: str


# Where a title names no column, the figure is the year's outcome (决算).
COLUMNS: tuple[Figure | Rate, ...] = (
    Figure("本年收入合计", "本年收入合计", "决算数"),
    Figure("一般公共预算财政拨款收入", "一般公共预算财政拨款收入", "决算数"),
    Figure("年初结转和结余", "年初结转和结余", "决算数"),
    Figure("本年支出合计", "本年支出合计", "决算数"),
    Figure("本年支出合计（全年预算数）", "本年支出合计", "全年预算数"),
    Figure("基本支出", "基本支出", "决算数"),
    Figure("人员经费", "人员经费", "决算数"),
    Figure("公用经费", "公用经费", "决算数"),
    Figure("项目支出", "项目支出", "决算数"),
    Figure("年末结转和结余", "年末结转和结余", "决算数"),
    Rate("预算完成率", "本年支出合计", "本年支出合计（全年预算数）"),
    Rate("结转结余率", "年末结转和结余", "本年支出合计（全年预算数）"),
    Figure("三公经费合计（本年预算数）", "三公经费合计", "本年预算数"),
    Figure("三公经费合计（本年决算数）", "三公经费合计", "本年决算数"),
    Rate("三公经费控制率", "三公经费合计（本年决算数）", "三公经费合计（本年预算数）"),
    Figure("政府采购金额（本年预算数）", "政府采购金额", "本年预算数"),
    Figure("政府采购金额（本年决算数）", "政府采购金额", "本年决算数"),
    Rate("政府采购执行率", "政府采购金额（本年决算数）", "政府采购金额（本年预算数）"),
    Figure("固定资产总额", "固定资产总额", "数值"),
    Figure("其中：在用", "在用", "数值"),
    Rate("固定资产利用率", "其中：在用", "固定资产总额"),
    Figure("编制数", "编制数", "数值", "count"),
    Figure("年末在职人数", "年末在职人数", "数值", "count"),
    Rate("财政供养人员控制率", "年末在职人数", "编制数"),
)
FIGURES = tuple(column for column in COLUMNS if isinstance(column, Figure))
SCORE = Figure("自评得分", "合计", "自评得分", "score")


@dataclass(frozen=True, slots=True)
class Counts:
    """Findings of a unit or department: errors, warnings still to be explained, those explained, notes."""

    errors: int = 0
    warnings: int = 0
    explained: int = 0
    notes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.errors + other.errors,
            self.warnings + other.warnings,
            self.explained + other.explained,
            self.notes + other.notes,
        )

    @property
    def all(self) -> int:
        """Every finding."""
        return self.errors + self.warnings + self.explained + self.notes


@dataclass(frozen=True, slots=True)
class Line:
    """One counted unit: its figures by title (None where it states none), score, grade and findings.

    ``not_applicable`` are the titles for which the unit wrote 「—」 or 「不适用」; ``gaps`` name what is missing.
    """

    filed: Filed
    department: str
    figures: Mapping[str, Decimal | None]
    not_applicable: frozenset[str]
    score: Decimal | None
    grade: str
    counts: Counts
    gaps: tuple[str, ...]

    def rate(self, rate: Rate) -> Decimal | str | None:
        """The unit's rate: a ratio, 「不可比」 on a zero base, None where an input is missing."""
        return ratio(self.figures[rate.over], self.figures[rate.under])


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose finding it is: code, name and department as on the sheets, and the submission if there is one."""

    code: str
    name: str
    department: str
    filed: Filed | None


def ratio(over: Decimal | None, under: Decimal | None) -> Decimal | str | None:
    """``over`` / ``under``; 「不可比」 on a zero base, None where one is missing."""
    if over is None or under is None:
        return None
    return over / under if under else INCOMPARABLE


def total(lines: Iterable[Line], title: str) -> Decimal:
    """The exact sum of a figure over the lines that state it."""
    return sum((value for line in lines if (value := line.figures[title]) is not None), Decimal(0))


def total_rate(lines: Sequence[Line], rate: Rate) -> Decimal | str:
    """The rate of several units together, over those that state both its inputs."""
    both = [line for line in lines if line.figures[rate.over] is not None and line.figures[rate.under] is not None]
    over, under = total(both, rate.over), total(both, rate.under)
    return over / under if under else INCOMPARABLE


class Departments:
    """Names of 主管部门 as they are shown: one spelling for those that differ in width or spaces only."""

    def __init__(self, filing: Filing) -> None:
        entries = filing.roster.entries if filing.roster is not None else ()
        listed = (*(entry.department for entry in entries), *(filed.department for filed in filing.filed))
        self._spelling: dict[str, str] = {}
        for name in listed:
            self._spelling.setdefault(name_key(name), " ".join(name.split()))

    def shown(self, name: str) -> str:
        """The spelling of a department, 「（未填）」 for a blank."""
        return self._spelling.get(name_key(name), name) or NO_DEPARTMENT


class Owners:
    """Tells whose a finding is."""

    def __init__(self, filing: Filing, departments: Departments) -> None:
        self._filed = {
            filed.submission.folder: Owner(filed.code, filed.name, departments.shown(filed.department), filed)
            for filed in filing.filed
        }
        self._missing = {
            missing_fingerprint(entry): Owner(entry.code, entry.name, departments.shown(entry.department), None)
            for entry in filing.missing
        }

    def filed(self) -> Iterable[Owner]:
        """The owners that filed, one for each submission."""
        return self._filed.values()

    def of(self, finding: Finding) -> Owner:
        """The owner of a finding: a missing unit, or the one that filed the folder."""
        owner = self._missing.get(finding.fingerprint) or self._filed.get(finding.folder)
        return owner or Owner("", finding.unit, NO_DEPARTMENT, None)


def count(findings: Iterable[Finding]) -> Counts:
    """How many findings of each kind; a 核实性 finding with a valid explanation is explained, not a warning."""
    errors = warnings = explained = notes = 0
    for finding in findings:
        if finding.explained:
            explained += 1
        elif finding.severity is Severity.ERROR:
            errors += 1
        elif finding.severity is Severity.WARNING:
            warnings += 1
        else:
            notes += 1
    return Counts(errors, warnings, explained, notes)


def unit_lines(filing: Filing, by_folder: Mapping[str, Sequence[Finding]], departments: Departments) -> tuple[Line, ...]:  # fmt: skip
    """One line for each counted submission, in the filing's order."""
    return tuple(_line(filed, by_folder.get(filed.submission.folder, ()), departments) for filed in filing.counted)


def _line(filed: Filed, findings: Sequence[Finding], departments: Departments) -> Line:
    base, scores = filed.submission.document(BASE), filed.submission.document(SCORES)
    figures: dict[str, Decimal | None] = {}
    not_applicable: set[str] = set()
    gaps: list[str] = []
    for figure in FIGURES:
        value = _stated(base, figure)
        figures[figure.title] = value.number if value is not None else None
        if value is not None and value.kind is Kind.NOT_APPLICABLE:
            not_applicable.add(figure.title)
        elif figures[figure.title] is None and base is not None:
            gaps.append(figure.title)
    if base is None:
        gaps.append(BASE)
    score = _stated(scores, SCORE)
    grade = scores.fields.get(("自评等级", "数值")) if scores is not None else None
    if scores is None:
        gaps.append(SCORES)
    elif score is None or score.number is None:
        gaps.append(SCORE.title)
    return Line(
        filed=filed,
        department=departments.shown(filed.department),
        figures=figures,
        not_applicable=frozenset(not_applicable),
        score=score.number if score is not None else None,
        grade=grade.text.strip() if grade is not None else "",
        counts=count(findings),
        gaps=tuple(gaps),
    )


def _stated(document: Document | None, figure: Figure) -> Value | None:
    return document.fields.get((figure.field, figure.column)) if document is not None else None
