"""The municipal workbook: what it adds up, what it keeps as text, and that its live formulas say what it stores."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from xlcheck.model import (
    Class,
    Document,
    Explanation,
    Finding,
    Kind,
    Paper,
    Place,
    Report,
    Severity,
    Submission,
    Tally,
    Value,
)
from xlcheck.municipal.filing import filing_tallies, place_submissions
from xlcheck.municipal.lists import sheet_names
from xlcheck.municipal.workbook import roster_findings, write_rollup
from xlcheck.roster import Entry, Roster
from xlcheck.saving import CannotSave
from xlcheck.sheets import Refused, cell_text, link_target, writing

SHEETS = ["概览", "单位汇总", "部门汇总", "指标得分", "问题清单", "缺报与重报", "审核说明", "来源"]
HALF = Decimal("0.005")
NOWHERE = Place("")

# What a unit states unless a test says otherwise: field → (column → amount).
FIGURES: Mapping[tuple[str, str], str] = {
    ("本年收入合计", "决算数"): "2796.62",
    ("一般公共预算财政拨款收入", "决算数"): "2796.62",
    ("年初结转和结余", "决算数"): "0",
    ("本年支出合计", "决算数"): "2779.36",
    ("本年支出合计", "全年预算数"): "2796.62",
    ("基本支出", "决算数"): "1879.36",
    ("人员经费", "决算数"): "1500.16",
    ("公用经费", "决算数"): "379.20",
    ("项目支出", "决算数"): "900.00",
    ("年末结转和结余", "决算数"): "17.26",
    ("三公经费合计", "本年预算数"): "20.00",
    ("三公经费合计", "本年决算数"): "18.50",
    ("政府采购金额", "本年预算数"): "100.00",
    ("政府采购金额", "本年决算数"): "72.74",
    ("固定资产总额", "数值"): "1200.00",
    ("在用", "数值"): "1200.00",
    ("编制数", "数值"): "70",
    ("年末在职人数", "数值"): "51",
}
INDICATORS = (
    ("预算编制情况（20分）", "预算编制", "预算编制合理性", "5"),
    ("预算编制情况（20分）", "预算编制", "预算编制规范性", "4"),
    ("预算编制情况（20分）", "目标设置", "绩效目标合理性", "11"),
    ("预算执行情况（40分）", "资金管理", "预算完成率", "40"),
    ("预算使用效益（40分）", "效果性", "社会经济环境效益", "40"),
)


def number(text: str) -> Value:
    return Value(Decimal(text), text, Kind.NUMBER, HALF, NOWHERE)


def words(text: str, kind: Kind = Kind.TEXT) -> Value:
    return Value(Decimal(0) if kind is Kind.NONE else None, text, kind, Decimal(0), NOWHERE)


@dataclass(frozen=True)
class Made:
    """A unit to be made: figures that differ, scores by indicator, and what it calls itself."""

    code: str = "0201"
    unit: str = "市甲局"
    department: str = "市甲局"
    folder: str = ""
    figures: Mapping[tuple[str, str], str | Value | None] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)
    grade: str = "优"
    filled_on: int | None = None
    base: bool = True


def submission(made: Made) -> Submission:
    folder = made.folder or made.unit
    fields: dict[tuple[str, str], Value] = {}
    for key, amount in {**FIGURES, **made.figures}.items():
        if amount is not None:
            fields[key] = number(amount) if isinstance(amount, str) else amount
    if made.filled_on is not None:
        fields["填报日期", "数值"] = Value(Decimal(made.filled_on), "", Kind.DATE, Decimal(0), NOWHERE)
    rows = tuple(
        {
            "一级指标": words(first), "二级指标": words(second), "三级指标": words(third),
            "分值": number(weight), "自评得分": number(made.scores.get(third, weight)),
        }
        for first, second, third, weight in INDICATORS
    )  # fmt: skip
    score = sum((row["自评得分"].number or Decimal(0) for row in rows), Decimal(0))
    scoring = {
        ("合计", "分值"): number("100"),
        ("合计", "自评得分"): number(str(score)),
        ("自评等级", "数值"): words(made.grade),
    }
    base = Document("基础数据表", f"{folder}/基础数据表.xlsx", fields)
    table = Document("评分表", f"{folder}/评分表.xlsx", scoring, {"指标": rows})
    papers = tuple(
        Paper(f"{folder}/{form}.xlsx", form, hashlib.sha256(f"{folder}{form}".encode()).hexdigest(), True)
        for form in ("基础数据表", "评分表")
    )
    documents = (base, table) if made.base else (table,)
    return Submission(made.unit, made.code, made.department, 2024, folder, papers, documents)


def finding(of: Submission, rule: str = "carryover-does-not-balance", *, cls: Class = Class.BALANCE, explanation: Explanation | None = None, n: int = 0, message: str = "", cause: str | None = None) -> Finding:  # fmt: skip
    severity = Severity.WARNING if cls is Class.PLAUSIBILITY else Severity.ERROR
    place = Place(f"{of.folder}/基础数据表.xlsx", "基础数据表", f"D{24 + n}")
    text = message or f"基础数据表!D{24 + n} 年末结转和结余 填 17.62，按收支应为 17.26（多 0.36）。请核对后改正。"
    return Finding(
        rule, cls, severity, of.unit, of.folder, place, "年末结转和结余", text, f"{of.folder}-{rule}-{n}",
        expected="17.26", actual="17.62", difference="0.36", explanation=explanation, caused_by=cause,
    )  # fmt: skip


def report(submissions: Iterable[Submission], findings: Iterable[Finding] = (), tallies: tuple[Tally, ...] = ()) -> Report:  # fmt: skip
    return Report("0.1", "zhanjiang-2024", tuple(submissions), tuple(findings), tallies)


def roster(*units: tuple[str, str, str], not_due: frozenset[str] = frozenset()) -> Roster:
    entries = tuple(
        Entry(code, name, department, code not in not_due, Place("单位名录.xlsx", "名录", f"B{row}"))
        for row, (code, name, department) in enumerate(units, 2)
    )
    return Roster("单位名录.xlsx", "0" * 64, entries)


def written(tmp_path: Path, *arguments: object, values: bool = True, **options: object) -> openpyxl.Workbook:
    out = tmp_path / "汇总.xlsx"
    options.setdefault("roster", None)
    write_rollup(*arguments, out, **options)  # type: ignore[arg-type]
    return openpyxl.load_workbook(out, data_only=values)


def titles(sheet: Worksheet, row: int = 1) -> list[object]:
    return [cell.value for cell in sheet[row]]


def records(sheet: Worksheet) -> list[dict[object, object]]:
    head = titles(sheet)
    return [dict(zip(head, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]


HOSTILE = (
    "=1+1",
    "@cmd",
    "http://x",
    "+1-2",
    "-1+2",
    "<r><t>x</t></r>",
    "{=A1}",
    "mailto:a@b",
    "internal:A1",
    "0201",
    "_x0041_",
    "甲\x01乙",
)


def test_sheets_and_columns_are_the_contract(tmp_path: Path) -> None:
    book = written(tmp_path, report([submission(Made()), submission(Made("0202", "市乙局", "市乙局"))]))
    assert book.sheetnames == SHEETS
    units = book["单位汇总"]
    assert titles(units)[:3] == ["单位预算编码", "单位名称", "主管部门"]
    assert [row[0].value for row in units.iter_rows(min_row=2)] == ["0201", "0202", "合计"]
    assert [units["A2"].data_type, units["A2"].value] == ["s", "0201"]


def test_totals_are_live_sums_that_store_the_exact_result(tmp_path: Path) -> None:
    amounts = ["0.1", "0.2", "2796.62", "1234567.89", "-3.33"]
    made = [
        Made(f"02{n:02}", f"市{n}局", "市甲局", figures={("本年收入合计", "决算数"): amount})
        for n, amount in enumerate(amounts)
    ]
    values = written(tmp_path, report(map(submission, made)))["单位汇总"]
    formulas = openpyxl.load_workbook(tmp_path / "汇总.xlsx")["单位汇总"]
    assert formulas["D7"].value == "=SUM(D2:D6)"
    assert Decimal(repr(values["D7"].value)) == sum(map(Decimal, amounts))
    assert values["D7"].number_format == "#,##0.00"


def test_rates_are_live_and_a_zero_base_is_not_comparable(tmp_path: Path) -> None:
    made = [
        Made(),
        Made("0202", "市乙局", figures={("本年支出合计", "全年预算数"): "0"}),
        Made("0203", "市丙局", figures={("本年支出合计", "全年预算数"): None}),
    ]
    rows = records(written(tmp_path, report(map(submission, made)))["单位汇总"])
    assert [row["预算完成率"] for row in rows[1:3]] == ["不可比", None]
    assert rows[0]["预算完成率"] == pytest.approx(2779.36 / 2796.62, abs=1e-15)
    # 合计 takes only the units that state both: 2 × 2779.36 over 2796.62 + 0.
    assert rows[3]["预算完成率"] == pytest.approx(2 * 2779.36 / 2796.62, abs=1e-15)


def test_what_a_unit_does_not_state_stays_empty_and_is_named(tmp_path: Path) -> None:
    blank = {
        ("项目支出", "决算数"): words("", Kind.BLANK),
        ("公用经费", "决算数"): None,
        ("基本支出", "决算数"): words("约三百万"),
        ("人员经费", "决算数"): words("无", Kind.NONE),
        ("政府采购金额", "本年决算数"): words("—", Kind.NOT_APPLICABLE),
    }
    made = [Made(figures=blank), Made("0202", "市乙局"), Made("0203", "市丙局", base=False)]
    book = written(tmp_path, report(map(submission, made)))
    first, second, third, total = records(book["单位汇总"])
    assert (first["项目支出"], first["公用经费"], first["基本支出"], first["人员经费"]) == (None, None, None, 0)
    assert first["政府采购金额（本年决算数）"] == "—"
    assert first["缺项"] == "缺基本支出、公用经费、项目支出"
    assert (second["缺项"], third["缺项"]) == (None, "缺基础数据表")
    assert total["项目支出"] == 900
    comment = book["单位汇总"]["L5"].comment
    assert comment is not None
    assert comment.text == "项目支出：1 个单位之和，另有 2 个单位未填或不适用。"
    figures = {row[0].value: (row[3].value, row[5].value, row[6].value) for row in book["概览"].iter_rows(min_row=9)}
    assert figures["项目支出"] == (900, 1, 2)


def test_departments_sum_to_the_units(tmp_path: Path) -> None:
    made = [
        Made("0201", "市甲局", "市教育局"),
        Made("0202", "市乙校", "市教育局　"),
        Made("0203", "市丙局", "市（本级）局"),
        Made("0204", "市丁局", "市(本级)局"),
        Made("0205", "市戊局", ""),
        *(Made(f"03{n:02}", f"单位{n}", name) for n, name in enumerate(HOSTILE)),
    ]
    findings = [finding(submission(made[0])), finding(submission(made[2]), cls=Class.PLAUSIBILITY)]
    book = written(tmp_path, report(map(submission, made), findings))
    rows = records(book["部门汇总"])
    names = [row["主管部门"] for row in rows]
    assert names[:3] == ["市教育局", "市（本级）局", "（未填）"]
    assert [row["实报单位数"] for row in rows[:3]] == [2, 2, 1]
    unit_total, total = records(book["单位汇总"])[-1], rows[names.index("合计")]
    for title in ("本年收入合计", "固定资产总额", "年末在职人数", "预算完成率", "错误数", "需说明数"):
        assert total[title] == unit_total[title]
    assert total["实报单位数"] == len(made)
    formulas = openpyxl.load_workbook(tmp_path / "汇总.xlsx")["部门汇总"]
    assert str(formulas["D2"].value).startswith("=SUMIF(")
    assert [formulas["AH2"].value, rows[0]["调整：收入"]] == ["=D2+AF2", None]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_live_formulas_give_the_stored_results(tmp_path: Path) -> None:
    partial = {("本年支出合计", "全年预算数"): None, ("政府采购金额", "本年决算数"): words("—", Kind.NOT_APPLICABLE)}
    zero = {("三公经费合计", "本年预算数"): "0", ("固定资产总额", "数值"): words("无", Kind.NONE)}
    made = [
        Made("0201", "市甲局", "市教育局", scores={"预算完成率": "31.5"}),
        Made("0202", "市乙局", "市教育局", figures=partial),
        Made("0203", "市丙局", "市文化局", figures=zero),
        Made("0204", "市丁局", "市文化局", base=False),
        *(
            Made(f"03{n:02}", name, name, f"f{n}", {("本年收入合计", "决算数"): f"{n}.07"})
            for n, name in enumerate(HOSTILE)
        ),
    ]
    submissions = list(map(submission, made))
    listed = roster(*((unit.code, unit.unit, unit.department) for unit in made), ("0399", "市缺局", "市缺主管"))
    stored = written(tmp_path, report(submissions, [finding(submissions[0])]), roster=listed)
    formulas = openpyxl.load_workbook(tmp_path / "汇总.xlsx")
    emptied = tmp_path / "emptied"
    emptied.mkdir()
    without_results(tmp_path / "汇总.xlsx", emptied / "汇总.xlsx")
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, str(tmp_path / "out"), str(emptied / "汇总.xlsx")], check=True, capture_output=True)
    computed = openpyxl.load_workbook(tmp_path / "out" / "汇总.xlsx", data_only=True)
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                expected, actual = (
                    stored[sheet.title][cell.coordinate].value,
                    computed[sheet.title][cell.coordinate].value,
                )
                where = f"{sheet.title}!{cell.coordinate} {cell.value}"
                if isinstance(expected, str) or expected is None:
                    assert (actual or None) == expected, where
                else:
                    assert actual == pytest.approx(expected, rel=1e-12, abs=1e-9), where
                compared += 1
    assert compared > 500


def without_results(source: Path, target: Path) -> None:
    """Copy a workbook without its formulas' stored results, so that whoever opens it must compute them."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb' t="str"(><f>)', rb"\1", data)
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            new.writestr(name, data)


@pytest.mark.parametrize("name", HOSTILE)
def test_text_from_a_unit_is_never_a_formula_or_a_link(tmp_path: Path, name: str) -> None:
    unit = submission(Made(name, name, name, f"目录{name}", grade=name))
    row = {**unit.documents[1].tables["指标"][0], "三级指标": words(name), "一级指标": words(name)}
    table = replace(unit.documents[1], tables={"指标": (row,)})
    unit = replace(unit, documents=(unit.documents[0], table))
    explained = Explanation(name, "valid")
    found = replace(finding(unit, cls=Class.PLAUSIBILITY, explanation=explained, message=name), field=name, actual=name)
    book = written(tmp_path, report([unit], [found]), values=False)
    seen = 0
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.hyperlink is None
                if cell.data_type == "f":
                    assert name == "0201" or name not in str(cell.value)
                elif isinstance(cell.value, str) and _as_read(cell.value).strip() == name:
                    assert cell.data_type == "s"
                    seen += 1
    assert seen >= 8


def _as_read(text: str) -> str:
    """Text as Excel shows it: openpyxl leaves Excel's escapes of control characters as they are stored."""
    return re.sub(r"_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), text)


def test_findings_are_listed_with_links_to_the_annotated_copies(tmp_path: Path) -> None:
    unit = submission(Made(folder="100% 甲#1 [a&b]"))
    other = submission(Made("0202", "市乙局"))
    copy = f"审核/{unit.folder}/基础数据表.审核.xlsx"
    sheet = msgspec.structs.replace(finding(unit).place, sheet="表 '1'")
    findings = [replace(finding(unit), place=sheet), finding(other)]
    book = written(tmp_path, report([unit, other], findings), annotated={f"{unit.folder}/基础数据表.xlsx": copy})
    listed = book["问题清单"]
    link = listed["R2"].hyperlink
    assert link is not None
    assert link.target == "审核\\100%25%20甲%231%20%5Ba&b%5D\\基础数据表.审核.xlsx"
    assert link.location == "'表 ''1'''!D24"
    assert (listed["R2"].value, listed["R3"].value, listed["R3"].hyperlink) == ("打开", None, None)
    record = records(listed)[0]
    assert {key: record[key] for key in ("单位预算编码", "级别", "类别", "规则", "单元格", "填报数", "应为", "差额", "状态")} == {
        "单位预算编码": "0201", "级别": "错误", "类别": "基本平衡", "规则": "carryover-does-not-balance", "单元格": "D24",
        "填报数": 17.62, "应为": 17.26, "差额": 0.36, "状态": "待改正",
    }  # fmt: skip
    assert listed.auto_filter.ref == "A1:R3"
    assert listed.freeze_panes == "C2"


def test_codes_and_years_among_the_figures_stay_text(tmp_path: Path) -> None:
    unit = submission(Made())
    stated = ("0201", "2,023", "91440800MA4W1", "1234567890123456.00", "0.50", "-1,234.5")
    findings = [replace(finding(unit, n=n), actual=text, difference=None) for n, text in enumerate(stated)]
    rows = records(written(tmp_path, report([unit], findings))["问题清单"])
    assert [row["填报数"] for row in rows] == [*stated[:4], 0.5, -1234.5]


def test_states_of_explanations(tmp_path: Path) -> None:
    unit = submission(Made())
    doubt = Class.PLAUSIBILITY
    findings = [
        finding(unit, cls=doubt, n=1, explanation=Explanation("尾款次年支付", "valid")),
        finding(unit, cls=doubt, n=2, explanation=Explanation("旧说明", "stale")),
        finding(unit, cls=doubt, n=3),
        finding(unit, n=4, cause="lead"),
    ]
    book = written(tmp_path, report([unit], findings))
    assert [row["状态"] for row in records(book["问题清单"])] == ["待改正（连带）", "已说明", "说明已失效", "待说明"]
    assert [row["状态"] for row in records(book["审核说明"])] == ["有效", "已失效（数据已变动）"]
    first = records(book["单位汇总"])[0]
    assert (first["错误数"], first["需说明数"], first["已说明数"]) == (1, 2, 1)
    texts = [cell.value for cell in book["概览"]["A"]]
    assert "核实性问题共3条，涉及1个单位；已说明1条，尚需说明2条（其中1条说明已失效，数据有变动）。" in texts
    assert "基本平衡、逻辑性问题共1条，涉及1个单位；已报单位中0个没有错误。" in texts


def test_undecided_verdicts_are_told(tmp_path: Path) -> None:
    tallies = (Tally("a", passed=1, undecided=3), Tally("b", broken=2))
    book = written(tmp_path, report([submission(Made())], tallies=tallies))
    assert "因数据缺失等未能判定3项，规则自身出错2项：未判定不等于通过。" in [cell.value for cell in book["概览"]["A"]]


def test_findings_beyond_one_sheet_go_on_on_the_next(tmp_path: Path) -> None:
    unit = submission(Made())
    findings = [finding(unit, n=n) for n in range(7)]
    annotated = {findings[0].place.file: "审核/a.xlsx"}
    book = written(tmp_path, report([unit], findings), rows_per_sheet=3, annotated=annotated)
    assert book.sheetnames[4:7] == ["问题清单", "问题清单(2)", "问题清单(3)"]
    cells = [row["单元格"] for name in book.sheetnames[4:7] for row in records(book[name])]
    assert cells == [f"D{24 + n}" for n in range(7)]
    sentence = "问题清单共7条，超出一张工作表的容量，分列于：问题清单、问题清单(2)、问题清单(3)；用 --parquet 可另存为完整的数据表。"
    assert sentence in [cell.value for cell in book["概览"]["A"]]


@pytest.mark.parametrize(("rows", "sheets"), [(0, 1), (1, 1), (3, 1), (4, 2), (7, 3)])
def test_sheet_names(rows: int, sheets: int) -> None:
    assert len(sheet_names("问题清单", rows, 3)) == sheets


def test_indicators_are_coloured_against_their_weights(tmp_path: Path) -> None:
    made = [
        Made(scores={"预算完成率": "30"}),
        Made("0202", "市乙局"),
        Made("0203", "市丙局", scores={"预算完成率": "38"}),
    ]
    book = written(tmp_path, report(map(submission, made)))
    sheet = book["指标得分"]
    assert titles(sheet, 1)[3:8] == ["预算编制情况", None, None, "预算执行情况", "预算使用效益"]
    assert titles(sheet, 3)[:9] == ["单位预算编码", "单位名称", "主管部门", *(row[2] for row in INDICATORS), "自评得分"]
    assert titles(sheet, 4)[3:9] == [5, 4, 11, 40, 40, 100]
    assert [sheet.cell(row, 7).value for row in range(5, 10)] == [30, 40, 38, 36, 0.9]
    scales = {str(area.sqref): rules[0].colorScale for area, rules in sheet.conditional_formatting._cf_rules.items()}
    assert [float(mark.val) for mark in scales["G5:G7"].cfvo] == [24, 32, 40]
    formulas = openpyxl.load_workbook(tmp_path / "汇总.xlsx")["指标得分"]
    assert formulas["G8"].value == '=IF(COUNT(G5:G7)=0,"",AVERAGE(G5:G7))'


def test_every_sheet_is_set_up_for_print(tmp_path: Path) -> None:
    unit = submission(Made())
    book = written(tmp_path, report([unit], [finding(unit)]))
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1) == 1
        assert "&P" in str(sheet.oddFooter.center.text)
        if sheet.title != "概览":
            assert sheet.freeze_panes is not None
            assert sheet.print_title_rows is not None
    assert book["概览"].page_setup.fitToHeight in (None, 1)
    assert len(book["概览"]._charts) == 4


def test_chart_tables_hold_what_the_charts_show(tmp_path: Path) -> None:
    made = [Made(), Made("0202", "市乙局", "市教育局", scores={"预算完成率": "20", "社会经济环境效益": "20"})]
    units = list(map(submission, made))
    findings = [finding(units[0]), finding(units[1], n=1), finding(units[1], "rate-differs-from-inputs", n=2)]
    sheet = written(tmp_path, report(units, findings), titles={"carryover-does-not-balance": "收支不平"})["概览"]
    table = {row[0]: row[1:4] for row in sheet.iter_rows(min_col=21, max_col=24, values_only=True) if row[0]}
    assert table["收支不平"][0] == 2
    assert table["rate-differs-from-inputs"][0] == 1
    assert table["市教育局"] == (2, 0, 0)
    assert [table[grade][0] for grade in "优良中差"] == [1, 0, 1, 0]
    assert table["95–100%"][0] == 2


def test_a_unit_that_filed_twice_is_counted_once(tmp_path: Path) -> None:
    made = [
        Made(folder="第2次/市甲局", figures={("本年收入合计", "决算数"): "2.00"}),
        Made(folder="第10次/市甲局", figures={("本年收入合计", "决算数"): "10.00"}),
        Made(folder="第11次/市甲局", base=False),
    ]
    book = written(tmp_path, report(map(submission, made)))
    rows = records(book["单位汇总"])
    assert [row["本年收入合计"] for row in rows] == [10, 10]
    listed = records(book["缺报与重报"])
    assert listed[0]["情况"].startswith("未提供单位名录")
    assert listed[2]["情况"] == (
        "市甲局（0201） 报送 3 份，应为 1 份（多 2）。汇总只计文件夹「第10次/市甲局」，"
        "不计「第2次/市甲局」「第11次/市甲局」；请与单位核对，删去或退回多余的一份。"
    )
    counted = {row["文件"]: row["计入汇总"] for row in records(book["来源"])}
    assert counted["第10次/市甲局/基础数据表.xlsx"] == "是"
    assert counted["第2次/市甲局/基础数据表.xlsx"] == "否"


def test_the_latest_filing_date_is_counted_before_the_last_folder() -> None:
    made = [Made(folder="b", filled_on=738000), Made(folder="a", filled_on=738010)]
    filing = place_submissions(map(submission, made), None)
    assert [filed.submission.folder for filed in filing.counted] == ["a"]


UNITS = (
    ("0201", "市教育局（本级）", "市教育局"),
    ("0201001", "市第一中学", "市教育局"),
    ("0202", "市卫健局", "市卫健局"),
)


@pytest.mark.parametrize(
    ("code", "unit", "folder", "found"),
    [
        ("0202", "改了名的局", "x", "市卫健局"),  # the code decides
        ("", "市 第一　中学", "x", "市第一中学"),
        ("", "市教育局(本级)", "x", "市教育局（本级）"),
        ("", "市教育局", "x", None),  # 本级 is part of the name
        ("202", "市卫健局", "x", "市卫健局"),  # lost its leading zero
        ("0201", "市第一中学", "x", "市第一中学"),  # the parent's code, a child's name
        ("0999", "外来单位", "0202市卫健局", None),  # the papers say otherwise than the folder
        ("", "", "报送/0202 市卫健局", "市卫健局"),  # nothing readable: the folder tells
        ("", "", "市卫健局", "市卫健局"),
    ],
)
def test_a_unit_is_found_on_the_roster(code: str, unit: str, folder: str, found: str | None) -> None:
    filing = place_submissions([submission(Made(code, unit, "某部门", folder))], roster(*UNITS))
    (filed,) = filing.filed
    assert (filed.entry.name if filed.entry is not None else None) == found


def test_two_units_under_one_code_are_told_apart_by_name() -> None:
    made = [Made("0201", "市教育局（本级）"), Made("0201", "市第一中学")]
    filing = place_submissions(map(submission, made), roster(*UNITS))
    assert [filed.name for filed in filing.counted] == ["市教育局（本级）", "市第一中学"]
    found = roster_findings(list(map(submission, made)), roster(*UNITS))
    (conflict,) = (finding for finding in found if finding.rule == "unit-not-on-roster")
    assert conflict.message == (
        "填报 市第一中学（0201），名录中编码 0201 是「市教育局（本级）」，「市第一中学」的编码应为 0201001。"
        "汇总按单位名称归属；请核对后改正编码。"
    )


def test_roster_findings_are_in_the_list_once(tmp_path: Path) -> None:
    units = [submission(Made("0201", "市教育局（本级）")), submission(Made("0999", "外来单位", "外部门"))]
    listed = roster(*UNITS, ("0203", "市不报局", "市不报局"), not_due=frozenset({"0203"}))
    found = roster_findings(units, listed)
    assert [(finding.rule, finding.unit, finding.place.file, finding.place.cell) for finding in found] == [
        ("submission-missing", "市第一中学", "单位名录.xlsx", "B3"),
        ("submission-missing", "市卫健局", "单位名录.xlsx", "B4"),
        ("unit-not-on-roster", "外来单位", "外来单位", None),
    ]
    assert found[0].message == (
        "市第一中学（0201001） 应报未报（应报 1 份，实报 0 份）。请催报；若不需报送，请在名录「应报」列填「否」。"
    )
    for given_already in ((), found):
        book = written(tmp_path, report(units, given_already), roster=listed)
        rows = records(book["问题清单"])
        assert [(row["单位预算编码"], row["主管部门"], row["规则"]) for row in rows] == [
            ("0999", "外部门", "unit-not-on-roster"),
            ("0201001", "市教育局", "submission-missing"),
            ("0202", "市卫健局", "submission-missing"),
        ]
    assert [row["类别"] for row in records(book["缺报与重报"])] == ["缺报", "缺报", "名录不符"]
    texts = [cell.value for cell in book["概览"]["A"]]
    assert "应报3个单位，实报1个，缺报2个；重报0个（只计一份），名录外1个（计入汇总）。" in texts
    departments = {row["主管部门"]: (row["应报单位数"], row["实报单位数"]) for row in records(book["部门汇总"])}
    assert departments["市教育局"] == (2, 1)
    assert departments["市卫健局"] == (1, 0)
    tallies = {tally.rule: (tally.passed, tally.failed) for tally in filing_tallies(place_submissions(units, listed))}
    assert tallies == {"submission-missing": (1, 2), "submission-duplicate": (2, 0), "unit-not-on-roster": (1, 1)}


def test_without_a_roster_only_repeated_filings_are_told() -> None:
    units = [submission(Made(folder="a")), submission(Made(folder="b")), submission(Made("0202", "市乙局"))]
    assert [(finding.rule, finding.folder) for finding in roster_findings(units, None)] == [
        ("submission-duplicate", "b")
    ]


def test_papers_that_are_wanting_are_listed(tmp_path: Path) -> None:
    unit = submission(Made())
    found = finding(unit, "paper-missing", cls=Class.LOGIC, message="缺自评报告。")
    rows = records(
        written(tmp_path, report([unit], [found]), roster=roster(("0201", "市甲局", "市甲局")))["缺报与重报"]
    )
    assert [(row["类别"], row["单位名称"], row["情况"]) for row in rows] == [("报件缺失", "市甲局", "缺自评报告。")]


def test_sources_name_every_file(tmp_path: Path) -> None:
    unit = submission(Made())
    unreadable = Paper("市甲局/坏.xlsx", None, "f" * 64, False)
    unit = replace(unit, papers=(*unit.papers, unreadable))
    rows = records(written(tmp_path, report([unit]), roster=roster(("0201", "市甲局", "市甲局")))["来源"])
    assert [row["表种"] for row in rows] == ["单位名录", "基础数据表", "评分表", "未识别"]
    assert rows[-1] == {
        "单位预算编码": "0201", "单位": "市甲局", "文件": "市甲局/坏.xlsx", "表种": "未识别", "可读": "否", "计入汇总": "是",
        "SHA-256": "f" * 64, "规则包": "zhanjiang-2024", "程序版本": "xlcheck 0.1",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_filed_is_a_workbook_too(tmp_path: Path, lang: str) -> None:
    book = written(tmp_path, report([]), roster=roster(*UNITS), lang=lang)
    assert book.sheetnames == SHEETS
    assert [row["单位预算编码"] for row in records(book["单位汇总"])] == ["合计"]
    assert len(records(book["问题清单"])) == 3


def test_in_english(tmp_path: Path) -> None:
    unit = submission(Made(folder="a", figures={("公用经费", "决算数"): None}))
    findings = [finding(unit, cls=Class.PLAUSIBILITY, explanation=Explanation("x", "stale")), finding(unit)]
    units = [unit, submission(Made(folder="0")), submission(Made("0999", "外来单位"))]
    tallies = (Tally("a", undecided=1),)
    book = written(tmp_path, report(units, findings, tallies), roster=roster(*UNITS), lang="en", rows_per_sheet=2)
    assert titles(book["单位汇总"])[:3] == ["单位预算编码", "单位名称", "主管部门"]
    assert str(book["概览"]["A6"].value).startswith("1 核实性 findings on 1 units")
    assert records(book["问题清单"])[0]["Severity"] == "Error"
    written(tmp_path, report(units, findings), lang="en")


def test_an_output_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    taken = tmp_path / "汇总.xlsx"
    taken.mkdir()
    (taken / "x").touch()
    with pytest.raises(CannotSave):
        write_rollup(report([submission(Made())]), taken, roster=None)
    assert [path.name for path in tmp_path.iterdir()] == ["汇总.xlsx"]


amounts = st.decimals(min_value=-(10**7), max_value=10**7, places=2)


@given(
    st.lists(st.tuples(amounts, st.sampled_from(["甲局", "乙局", "丙局（本级）"])), min_size=1, max_size=6),
    st.randoms(),
)
@settings(max_examples=15, deadline=None)
def test_order_changes_nothing_and_the_total_is_the_sum(tmp_path_factory: pytest.TempPathFactory, units: list[tuple[Decimal, str]], shuffled: random.Random) -> None:  # fmt: skip
    made = [
        Made(f"{n:04}", f"单位{n}", department, figures={("项目支出", "决算数"): str(amount)})
        for n, (amount, department) in enumerate(units)
    ]
    submissions = list(map(submission, made))
    findings = [finding(unit, n=n) for n, unit in enumerate(submissions)]
    folder = tmp_path_factory.mktemp("order")
    first = contents(written(folder, report(submissions, findings)))
    shuffled.shuffle(submissions)
    second = contents(written(folder, report(submissions, findings)))
    assert first == second
    total = next(row for row in first["单位汇总"] if row[0] == "合计")
    assert Decimal(repr(total[11])) == sum(amount for amount, _ in units)


def contents(book: openpyxl.Workbook) -> dict[str, list[tuple[object, ...]]]:
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_text_is_cut_to_what_a_cell_holds() -> None:
    assert cell_text("甲" * 32_767) == "甲" * 32_767
    assert cell_text("甲" * 32_768) == "甲" * 32_766 + "…"
    assert len(cell_text("😀" * 20_000).encode("utf-16-le")) <= 2 * 32_767
    assert cell_text("a\ud800b") == "a\ufffdb"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("审核/甲 局/表.xlsx", "external:审核/甲%20局/表.xlsx"),
        ("100%20.xlsx", "external:100%2520.xlsx"),
        ("a#b?c:d.xlsx", "external:a%23b%3Fc%3Ad.xlsx"),
    ],
)
def test_link_targets_are_escaped(path: str, target: str) -> None:
    assert link_target(path) == target
    assert link_target(path, "It's", "A1") == f"{target}#'It''s'!A1"


def test_a_refusal_of_the_library_is_heard(tmp_path: Path) -> None:
    with writing(tmp_path / "a.xlsx", title="") as book:
        sheet = book.sheet("甲")
        sheet.text(5, 0, "down")
        with pytest.raises(Refused):
            sheet.text(2, 0, "and up again")
        with pytest.raises(Refused):
            sheet.number(1_048_576, 0, 1)
