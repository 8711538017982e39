"""「审核结果」: it says everything, in its order, and brings explanations back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.annotated import (
    FILE,
    FRONT,
    SCORES,
    WARNING,
    filled_in,
    found,
    opened,
    report,
    table,
    usual,
)
from tests.packages import faults, parts, zipped
from tests.workbooks import OTHER, SHEET, commented, furnished, plain
from xlcheck.annotate import FiledExplanation, annotate, explanations
from xlcheck.model import (
    Explanation,
    Place,
    Related,
    Suspect,
    Tally,
)
from xlcheck.papers.package import BadPackage


def test_every_finding_links_to_its_cell() -> None:
    sheet = opened(annotate(usual(), FILE, plain()))[FRONT]
    links = {cell.value: cell.hyperlink.location for (cell,) in sheet["C6:C12"]}
    assert links["基础数据表!D24"] == "'基础数据表'!D24"
    assert links[f"{OTHER}!C5"] == "'填表''说明 #1'!C5"
    assert len(links) == 6  # two findings stand on one cell
    assert sheet["C14"].hyperlink is None


def test_the_sheet_says_everything_in_its_order() -> None:
    suspect = Suspect(Place(FILE, SHEET, "D24"), "年末结转和结余", "17.26", "数字颠倒")
    related = Related(Place(FILE, SHEET, "D9"), "本年收入合计", "2,796.62")
    findings = report(
        found("expenditure-rate-low", "D5", WARNING, explanation=Explanation("项目推迟", "valid")),
        found("grand-totals-differ", "B4", caused_by="f1"),
        found("carryover-does-not-balance", "D24", fingerprint="f1", actual="17.62", expected="17.26",
              difference="多 0.36", suspects=(suspect,), related=(related,)),
        found("change-over-20-percent", "D6", WARNING, explanation=Explanation("旧话", "stale")),
        found("scores-do-not-add-up", "G30", sheet="评分表", file=SCORES),
        found("score-differs-from-recomputed", "G9", WARNING, sheet="评分表", file=SCORES),
        found("paper-missing", None, sheet=None, file="某单位"),
        found("carryover-rate-high", "D24", WARNING),
        tallies=[Tally("a", passed=1), Tally("b", undecided=1), Tally("c", broken=1)],
    )  # fmt: skip
    rows = table(annotate(findings, FILE, plain(), lost=["宏"]))
    assert rows[0][0] == "某单位　2024年度绩效自评　审核结果"
    assert rows[1][0] == f"文件：{FILE}"
    assert rows[1][5] == "规则：zhanjiang-2024　　工具：xlcheck 0.1.0"
    assert rows[2][0] == (
        "本工作簿：必须修改 2 项　需说明 2 项　提示 0 项　已说明 1 项　　本套材料其他问题 3 项，见下方"
        "　　另有 1 条规则因填报数缺失或无法辨认而未能判断　　另有 1 条规则因自身出错而未能执行，请告知规则维护人员"
    )
    assert [row[0] for row in rows[4:]] == [
        "序号", "1", "1.1", "2", "3", "4", "本套材料的其他问题", "1", "2", "3",
        "未能带入本副本的内容", "宏", "未能判断的规则", "b", "未能执行的规则", "c",
    ]  # fmt: skip
    assert rows[5] == (
        "1", "必须修改\n基本平衡", "基础数据表!D24", "年末结转和结余",
        "年末结转和结余 填 17.62，按收支应为 17.26（多 0.36）。请核对后改正。\n涉及：D9 本年收入合计 2,796.62",
        "17.62", "17.26", "多 0.36", "D24 年末结转和结余 → 17.26（数字颠倒）", None, "待修改", "f1",
        "carryover-does-not-balance",
    )  # fmt: skip
    by_rule = {row[-1]: row for row in rows[5:] if row[-1]}
    assert by_rule["grand-totals-differ"][0] == "1.1"
    assert by_rule["expenditure-rate-low"][9:11] == ("项目推迟", "已说明")
    assert by_rule["change-over-20-percent"][9:11] == (None, "原说明已失效")
    assert "原说明已失效（数字已变动，请重新说明）：旧话" in str(by_rule["change-over-20-percent"][4])
    assert by_rule["scores-do-not-add-up"][2] == f"{SCORES} › 评分表!G30"
    assert by_rule["score-differs-from-recomputed"][9] == "（请在该文件的审核副本中填写）"


def test_cells_to_fill_in_are_the_only_open_ones() -> None:
    sheet = opened(annotate(usual(), FILE, plain()))[FRONT]
    assert sheet.protection.sheet
    open_cells = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    plausible = {"carryover-rate-high", "expenditure-rate-low", "unusual-among-peers"}
    assert open_cells == {f"J{row}" for row in range(6, 20) if sheet[f"M{row}"].value in plausible}


def test_nothing_found_is_said_plainly() -> None:
    rows = table(annotate(report(tallies=[Tally("a", passed=1)]), FILE, plain()))
    assert [row[0] for row in rows[5:]] == ["本工作簿未发现需要修改的问题。"]
    rows = table(annotate(report(tallies=[Tally("a", undecided=1)]), FILE, plain()))
    assert rows[5][0] == "本工作簿未发现需要修改的问题；但有 1 条规则未能判断，并不等于全部通过。"


def test_a_unit_among_others_is_told_only_of_itself() -> None:
    mine = usual()
    theirs = replace(mine.submissions[0], unit="别的单位", folder="别的单位", papers=())
    stranger = replace(found("paper-missing", None, sheet=None, file="别的单位"), unit="别的单位", folder="别的单位")
    both = replace(mine, submissions=(*mine.submissions, theirs), findings=(*mine.findings, stranger),
                   tallies=(Tally("a", undecided=9),))  # fmt: skip
    rows = table(annotate(both, FILE, plain()))
    assert not [row for row in rows if "别的单位" in str(row)]
    assert not [row for row in rows if "未能判断" in str(row[0])]


def test_english_is_spoken_on_request() -> None:
    copy = annotate(usual(), FILE, plain(), lang="en")
    rows = table(copy)
    assert rows[4][-1] == "Rule"
    assert rows[4][9] == "Explanation"
    assert rows[0][0] == "某单位 · performance self-evaluation 2024 · findings"
    assert explanations(copy) == ()
    again = annotate(usual(), FILE, copy)
    assert opened(again).sheetnames == [FRONT, SHEET, OTHER]
    with pytest.raises(ValueError, match="lang"):
        annotate(usual(), FILE, plain(), lang="fr")
    with pytest.raises(ValueError, match="highlight"):
        annotate(usual(), FILE, plain(), highlight="neon")


def test_explanations_come_back() -> None:
    findings = report(
        found("carryover-rate-high", "D24", WARNING, fingerprint="0012"),
        found("expenditure-rate-low", "D5", WARNING, explanation=Explanation("项目推迟", "valid")),
        found("change-over-20-percent", "D6", WARNING, explanation=Explanation("旧话", "stale")),
        found("report-figure-missing", None, WARNING, sheet=None, file="某单位/自评报告.docx"),
        found("score-differs-from-recomputed", "G9", WARNING, sheet="评分表", file=SCORES),
    )
    copy = annotate(findings, FILE, furnished())
    texts = {"carryover-rate-high": "年底集中结算，\n  见附件", "report-figure-missing": "见补充材料"}
    told = explanations(filled_in(copy, texts))
    assert tuple(sorted(told, key=lambda one: one.rule)) == (
        FiledExplanation("carryover-rate-high", FILE, SHEET, "D24", "年末结转和结余", "0012", "年底集中结算，\n  见附件"),
        FiledExplanation("expenditure-rate-low", FILE, SHEET, "D5", "年末结转和结余",
                         f"expenditure-rate-low:{SHEET}:D5", "项目推迟"),
        FiledExplanation("report-figure-missing", "某单位/自评报告.docx", None, None, "年末结转和结余",
                         "report-figure-missing:None:None", "见补充材料"),
    )  # fmt: skip
    assert explanations(plain()) == ()
    with pytest.raises(BadPackage):
        explanations(b"PK")


def test_findings_that_blame_each_other_are_still_shown() -> None:
    pair = [found("a", "D4", fingerprint="1", caused_by="2"), found("b", "D5", fingerprint="2", caused_by="1"),
            found("c", "D6", fingerprint="3", caused_by="3"), found("d", "D7", caused_by="elsewhere")]  # fmt: skip
    rows = table(annotate(report(*pair), FILE, plain()))[5:]
    assert sorted(str(row[-1]) for row in rows) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+A1",
        "@SUM(A1)",
        "https://example.com/",
        "\x00\x08坏\ud800字符",
        "_x0041_",
        "<b>&amp;</b>",
        "长" * 70000,
        " \n",
    ],
    ids=["formula", "plus", "at", "link", "control", "escape", "markup", "long", "blank"],
)
def test_what_a_unit_wrote_stays_text(text: str) -> None:
    finding = found("value-not-a-number", "D5", WARNING, message=text, field=text, actual=text, fingerprint="0",
                    suspects=(Suspect(Place(FILE, SHEET, "D5"), text, text, text),),
                    related=(Related(Place(FILE, SHEET, "D5"), text, text),),
                    explanation=Explanation(text, "valid"))  # fmt: skip
    copy = annotate(report(finding), FILE, commented(), lost=[text])
    assert faults(copy) == []
    book = opened(copy)
    for sheet in book:
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.coordinate != "D31"}
        assert kinds <= {"s", "n", "inlineStr"}
        links = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]
        assert all(link.location and not link.target for link in links)
    assert all(len(str(value)) <= 32767 for row in book[FRONT].iter_rows(values_only=True) for value in row)
    comment = book[SHEET]["D5"].comment.text
    assert len(comment) < 3000
    if text in ("=1+1", "_x0041_", "<b>&amp;</b>"):
        assert book[FRONT]["D6"].value == text.replace("_x", "_x005F_x")  # which openpyxl does not undo
        assert explanations(copy)[0].text == text


def test_a_signature_is_said_to_be_gone() -> None:
    origin = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    link = f'<Relationship Id="rId9" Type="{origin}" Target="_xmlsignatures/origin.sigs"/></Relationships>'.encode()
    kind = b'<Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.digital-signature-origin"/></Types>'
    files = parts(plain())
    files["_rels/.rels"] = files["_rels/.rels"].replace(b"</Relationships>", link)
    files["[Content_Types].xml"] = files["[Content_Types].xml"].replace(b"</Types>", kind)
    copy = annotate(usual(), FILE, zipped({**files, "_xmlsignatures/origin.sigs": b""}))
    assert "_xmlsignatures/origin.sigs" not in parts(copy)
    assert [row[0] for row in table(copy)][-2:] == [
        "未能带入本副本的内容",
        "原文件带有数字签名；本副本已不再带有数字签名。",
    ]
