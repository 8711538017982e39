"""Submitted against published papers: nothing is made up, what differs is found where it differs, and what was not compared is said."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import docx
import jsonschema
import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.compare_judge import SAMPLES, copy, inject, judge, publish, units
from xlcheck.cli import main
from xlcheck.compare_forms import compare_values
from xlcheck.comparing import compare
from xlcheck.comparison import Matter, State
from xlcheck.model import Paragraph, Place, Prose
from xlcheck.papers.pages import runs
from xlcheck.papers.prose import read_prose
from xlcheck.papers.spreadsheet import Cell
from xlcheck.rules import Pack, load_pack
from xlcheck.values import read_value
from xlcheck.wording import compare_wording

UNIT = "06 岚屿市水文监测中心"
REPORT_ONLY = "自评报告.docx"
OFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture
def filed(tmp_path: Path) -> Path:
    return copy(SAMPLES / UNIT, tmp_path / "报送" / UNIT)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return copy(SAMPLES / UNIT, tmp_path / "公开" / UNIT)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["compare", *(str(word) for word in words)])


def said(*words: str | Path) -> list[dict[str, object]]:
    found = json.loads(run(*words, "--format", "json").stdout)["findings"]
    assert isinstance(found, list)
    return found


def set_cell(path: Path, sheet: str, cell: str, value: object) -> None:
    book = openpyxl.load_workbook(path, data_only=True)
    book[sheet][cell].value = value
    book.save(path)


def reword(path: Path, old: str, new: str) -> None:
    paper = docx.Document(str(path))
    paragraph = next(each for each in paper.paragraphs if old in each.text)
    paragraph.runs[0].text = paragraph.text.replace(old, new)
    for each in paragraph.runs[1:]:
        each.text = ""
    paper.save(str(path))


# --- whole units -------------------------------------------------------------------------------


def test_papers_equal_themselves_and_much_was_compared(pack: Pack) -> None:
    found = compare(SAMPLES, SAMPLES, pack)
    assert len(found.units) == len(units())
    assert not [each for unit in found.units for each in unit.different]
    assert all(unit.count(State.EQUAL) > 100 and unit.sentences > 40 for unit in found.units)


def test_what_was_changed_is_found_at_its_field_and_nothing_else_is(pack: Pack, tmp_path: Path) -> None:
    filed, changed, injected = tmp_path / "报送", tmp_path / "公开", {}
    for unit in units()[1:9]:
        copy(unit, filed / unit.name)
        injected[unit.name] = inject(copy(unit, changed / unit.name), pack, random.Random(unit.name), 4)
    assert sum(map(len, injected.values())) > 90
    assert judge(compare(filed, changed, pack), injected).flawless


@pytest.mark.parametrize(
    ("tables", "report"),
    [
        pytest.param("page", "page", marks=OFFICE),
        pytest.param("pdf", "pdf", marks=OFFICE),
        pytest.param("bare", "pdf", marks=OFFICE),
        ("word", "docx"),
    ],
)
def test_another_format_alone_is_no_difference(pack: Pack, tmp_path: Path, tables: str, report: str) -> None:
    filed, changed, injected = tmp_path / "报送", tmp_path / "改", {}
    for unit in units()[2:4]:
        copy(unit, filed / unit.name)
        injected[unit.name] = inject(copy(unit, changed / unit.name), pack, random.Random(unit.name), 4)
    assert judge(compare(filed, publish(filed, tables, report, tmp_path / "同"), pack), {}).flawless
    assert judge(compare(filed, publish(changed, tables, report, tmp_path / "异"), pack), injected).flawless


def test_a_paper_that_is_not_published_is_one_finding(filed: Path, published: Path) -> None:
    (published / "评分表.xlsx").unlink()
    found = said(filed, published)
    assert [(each["matter"], each["state"], each["paper"]) for each in found] == [("paper", "submitted-only", "评分表")]


def test_why_a_paper_could_not_be_read_is_said(filed: Path, published: Path) -> None:
    (published / "评分表.xlsx").write_bytes(b"PK\x03\x04 broken")
    (finding,) = said(filed, published)
    assert "评分表.xlsx" in str(finding["message"])
    assert "不完整" in str(finding["message"])


def test_of_a_single_page_nothing_is_said_to_be_missing_but_that_it_was_not_compared(
    filed: Path, published: Path
) -> None:
    result = run(filed, published / REPORT_ONLY)
    assert result.exit_code == 0
    assert "未比对：基础数据表（公开的没有）" in result.stdout
    assert "不等于一致" in result.stdout


def test_a_published_report_is_held_against_the_tables_where_no_report_was_filed(filed: Path, published: Path) -> None:
    (filed / REPORT_ONLY).unlink()
    missing, figure = said(filed, published / REPORT_ONLY)
    assert (missing["matter"], missing["state"], missing["paper"]) == ("paper", "published-only", "自评报告")
    assert (figure["field"], figure["expected"], figure["actual"]) == ("年末结转和结余", "17.62", "17.26万元")


def test_units_are_paired_by_folder_code_and_name(tmp_path: Path) -> None:
    filed, published = tmp_path / "报送", tmp_path / "公开"
    for number, unit in enumerate(units()[1:5]):
        copy(unit, filed / unit.name)
        copy(unit, published / (unit.name if number == 0 else f"甲{number}" if number == 1 else unit.name[3:]))
    (published / units()[3].name[3:] / "基础数据表.xlsx").unlink()  # its folder's name is all that names it
    (published / units()[3].name[3:] / "评分表.xlsx").unlink()
    shutil.rmtree(published / units()[4].name[3:])
    copy(units()[9], published / "另一个")
    found = said(filed, published)
    assert [(each["matter"], each["state"], each["paper"]) for each in found] == [
        ("paper", "submitted-only", "基础数据表"),
        ("paper", "submitted-only", "评分表"),
        ("unit", "submitted-only", ""),
        ("unit", "published-only", ""),
    ]


def test_rows_of_one_side_alone_are_said_once(filed: Path, published: Path) -> None:
    book = openpyxl.load_workbook(published / "评分表.xlsx", data_only=True)
    sheet = book.active
    assert sheet is not None
    at = next(row for row in sheet.iter_rows() if any(cell.value == "结转结余率" for cell in row))
    next(cell for cell in at if cell.value == "结转结余率").value = "社会组织满意程度"
    book.save(published / "评分表.xlsx")
    found = said(filed, published)
    assert [(each["matter"], each["state"], each["field"]) for each in found] == [
        ("row", "submitted-only", "指标「结转结余率」"),
        ("row", "published-only", "指标「社会组织满意程度」"),
    ]


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "kind", "state"),
    [
        ("2796.62", "2,796.62", "amount", State.EQUAL),
        ("２７９６．６２", "2796.62万元", "amount", State.EQUAL),
        ("27,966,215.60元", "2796.62", "amount", State.EQUAL),
        ("27,966,250.01元", "2796.62", "amount", State.DIFFERS),
        ("2796.62", "2796.63", "amount", State.DIFFERS),
        (2796.6199999999999, "2796.62", "amount", State.EQUAL),
        ("2796.62", "2796.62元", "amount", State.DIFFERS),
        (0.7286, "72.86%", "percent", State.EQUAL),
        ("100%", "1.00", "percent", State.EQUAL),
        ("72.86%", "72.9%", "percent", State.EQUAL),
        ("72.86%", "72.8%", "percent", State.DIFFERS),
        ("51", "51人", "count", State.EQUAL),
        ("51", "52", "count", State.DIFFERS),
        ("无", "0", "count", State.EQUAL),
        ("—", "不适用", "amount", State.EQUAL),
        ("—", "0", "amount", State.DIFFERS),
        ("无", "", "amount", State.SUBMITTED_ONLY),
        ("", "0", "amount", State.PUBLISHED_ONLY),
        ("2024年3月6日", "2024-03-06", "date", State.EQUAL),
        ("2024年3月6日", "2024-03-07", "date", State.DIFFERS),
        ("尚未批复", "2025年7月1日", "date", State.DIFFERS),
        ("岚屿市水利局", "岚屿市 水利局（公章）", "text", State.EQUAL),
        ("岚屿市水利局", "岚屿市水务局", "text", State.DIFFERS),
        ("0201", "201", "code", State.DIFFERS),
        ("扣分：进度慢", "扣分: 进度慢", "text", State.EQUAL),
    ],
)
def test_values_are_compared_as_printed(pack: Pack, left: str | float, right: str, kind: str, state: State) -> None:
    ours, theirs = (
        read_value(Cell(1, 1, raw) if raw != "" else None, kind, Place("x"), money="万元", declared="万元", decimals=2)
        for raw in (left, right)
    )
    assert compare_values("基础数据表", "项", ours, theirs, kind, pack).state is state


@pytest.mark.parametrize(("printed", "state"), [("优秀", State.EQUAL), ("优", State.EQUAL), ("良", State.DIFFERS)])
def test_a_grade_has_two_names(pack: Pack, printed: str, state: State) -> None:
    ours, theirs = (
        read_value(Cell(1, 1, raw), "text", Place("x"), money="万元", declared="万元", decimals=2)
        for raw in ("优", printed)
    )
    assert compare_values("评分表", "自评等级", ours, theirs, "text", pack).state is state


def test_differences_are_in_the_unit_of_the_published_side(filed: Path, published: Path) -> None:
    set_cell(published / "基础数据表.xlsx", "基础数据表", "E35", "172,600.00元")
    (finding,) = said(filed, published)
    assert (finding["expected"], finding["actual"], finding["difference"]) == ("17.62", "172,600.00元", "-3600.00")
    assert finding["submitted"] == {"file": "基础数据表.xlsx", "sheet": "基础数据表", "cell": "E35", "value": "17.62"}


# --- wording -----------------------------------------------------------------------------------


def prose(*lines: str, form: str = "txt") -> Prose:
    return Prose("报告", form, tuple(Paragraph(number, line) for number, line in enumerate(lines, 1)))


@pytest.mark.parametrize(
    ("left", "right", "changes"),
    [
        (("一、概况", "甲局编制70名。在职51人。"), ("一、概况甲局编制70名。", "在职51人。"), []),
        (("一、概况", "甲局编制70名，", "在职51人。"), ("一、概况", "甲局编制７０名,在职 51 人。"), []),
        (("收入2,796.62万元。",), ("收入2796.62万元。",), []),
        (("目标完成。",), ("1.目标完成。",), []),
        (("1.目标完成。",), ("2.目标完成。",), [("1.目标完成。", "2.目标完成。")]),
        (("甲局编制70名。在职51人。",), ("甲局编制71名。在职51人。",), [("甲局编制70名。", "甲局编制71名。")]),
        (("一、概况", "甲。", "乙。"), ("一、概况", "乙。"), [("甲。", "")]),
        (("一、概况", "甲局成立。", "甲局撤销。"), ("一、概况", "甲局撤销。"), [("甲局成立。", "")]),
        (("甲局成立。",), ("甲局成立。", "另加一句。"), [("", "另加一句。")]),
        (("本年收入很好。",), ("天气晴朗无云啊。",), [("本年收入很好。", ""), ("", "天气晴朗无云啊。")]),
        (("甲。", "乙。", "丙。"), ("甲。", "丙。", "乙。"), [("", "丙。"), ("丙。", "")]),
    ],
)  # fmt: skip
def test_sentences_that_differ(left: tuple[str, ...], right: tuple[str, ...], changes: list[tuple[str, str]]) -> None:
    found = compare_wording(prose(*left), prose(*right))
    assert [
        ("".join(each.quote for each in change.submitted), "".join(each.quote for each in change.published))
        for change in found.changes
    ] == changes


def test_a_number_that_changed_is_shown_as_a_whole() -> None:
    (change,) = compare_wording(prose("编制41名，收入1401.92万元。"), prose("编制42名，收入1401.82万元。")).changes
    assert change.words == (("41", "42"), ("1401.92", "1401.82"))


def test_a_pages_menu_and_footer_are_no_difference_but_a_sentence_below_is() -> None:
    page = prose("首页 > 公开", "甲局编制70名。", "另加一句。", "版权所有", form="html")
    found = compare_wording(prose("甲局编制70名。"), page)
    assert found.frame == 2
    assert [each.quote for change in found.changes for each in change.published] == ["另加一句。"]


SENTENCE = st.text("甲乙丙丁局收支编制万元0123456789，、：", min_size=2, max_size=30).map(lambda text: f"句{text}。")


@given(st.lists(SENTENCE, min_size=1, max_size=12), st.integers(5, 40))
def test_a_text_that_is_wrapped_elsewhere_is_the_same(text: list[str], width: int) -> None:
    whole = "".join(text)
    wrapped = [whole[at : at + width] for at in range(0, len(whole), width)]
    assert compare_wording(prose(*text), prose(*wrapped)).changes == ()


@given(st.lists(SENTENCE, min_size=2, max_size=12, unique=True), st.data())
def test_a_dropped_sentence_is_said_and_no_other(text: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    (change,) = compare_wording(prose(*text), prose(*text[:at], *text[at + 1 :])).changes
    assert [each.quote for each in change.submitted] == [text[at]]
    assert change.published == ()


@given(st.lists(SENTENCE, max_size=8), st.lists(SENTENCE, max_size=8))
def test_any_two_texts_can_be_compared_and_either_way_round_is_the_same_verdict(
    left: list[str], right: list[str]
) -> None:
    ours, theirs = prose(*left), prose(*right)
    same = "".join(left) == "".join(right)
    assert (compare_wording(ours, theirs).changes == ()) is same
    assert (compare_wording(theirs, ours).changes == ()) is same


# --- the report's figures ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "field", "expected", "actual"),
    [
        ("核定编制41名", "核定编制42名", "编制数", "41名", "42名"),
        ("自评等级为优秀", "自评等级为良好", "自评等级", "优秀", "良好"),
        ("发布洪水预报48次", "发布洪水预报49次", "发布洪水预报", "48", "49"),
        ("年末结转和结余17.26万元", "年末结转和结余172600.00元", "文字", None, None),
        ("公益一类", "公益二类", "文字", None, None),
        ("核定编制41名", "定员总量41个岗位", "文字", None, None),
        ("62处，发布洪水预报48次", "48次洪水预报发布，站点62处", "文字", None, None),
        ("62处，", "", "全年运行水文站点", "62", None),
    ],
)
def test_a_figure_is_an_error_and_wording_a_note(filed: Path, published: Path, old: str, new: str, field: str, expected: str | None, actual: str | None) -> None:  # fmt: skip
    reword(published / REPORT_ONLY, old, new)
    found = said(filed, published)
    assert found[0]["field"] == field
    if field == "文字":
        assert [each["severity"] for each in found] == ["note"]
    else:
        assert [(each["severity"], each["expected"], each["actual"]) for each in found[:1]] == [("error", expected, actual)]  # fmt: skip
        assert [each["caused_by"] for each in found[1:]] == [found[0]["fingerprint"]]


# --- the command -------------------------------------------------------------------------------


def test_exit_codes(filed: Path, published: Path, tmp_path: Path) -> None:
    assert run(filed, published).exit_code == 0
    reword(published / REPORT_ONLY, "公益一类", "公益二类")
    assert run(filed, published).exit_code == 1
    assert run(filed, tmp_path / "没有").exit_code == 2


def test_nothing_in_common_is_one_sentence_and_exit_2(filed: Path, tmp_path: Path) -> None:
    (tmp_path / "公开.html").write_text("<html><body><p>页面不存在</p></body></html>", encoding="utf-8")
    result = run(filed / "评分表.xlsx", tmp_path / "公开.html")
    assert result.exit_code == 2
    assert "没有可以互相比对的内容" in result.stderr
    assert "Traceback" not in result.output


def test_the_json_has_its_schema(filed: Path, published: Path) -> None:
    reword(published / REPORT_ONLY, "核定编制41名", "核定编制42名")
    set_cell(published / "基础数据表.xlsx", "基础数据表", "D20", None)
    (published / "评分表.xlsx").unlink()
    schema = json.loads((SAMPLES.parent / "xlcheck" / "comparison.schema.json").read_text(encoding="utf-8"))
    document = json.loads(run(filed, published, "--format", "json").stdout)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["summary"]["error"] == 3
    assert {each["matter"] for each in document["findings"]} == {"field", "figure", "paper", "text"}


def test_the_workbook_has_both_values_side_by_side(filed: Path, published: Path, tmp_path: Path) -> None:
    set_cell(published / "基础数据表.xlsx", "基础数据表", "E35", 17.26)
    set_cell(published / "基础数据表.xlsx", "基础数据表", "B4", "=cmd|' /C calc'!A0")
    reword(published / REPORT_ONLY, "公益一类", "公益二类")
    assert run(filed, published, "--out", tmp_path / "比对.xlsx").exit_code == 1
    book = openpyxl.load_workbook(tmp_path / "比对.xlsx")
    assert book.sheetnames == ["比对结果", "文字差异", "单位概况", "全部字段"]
    rows = [[cell.value for cell in row] for row in book["比对结果"].iter_rows(min_row=2)]
    assert ["岚屿市水文监测中心", "基础数据表", "年末结转和结余", "17.62", "17.26", -0.36, "不同", "基础数据表!E35", "基础数据表!E35"] in [row[:9] for row in rows]  # fmt: skip
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert [cell.value for cell in book["文字差异"][2]][4] == "一→二"
    assert book["全部字段"].max_row > 250


def test_an_original_is_never_written(filed: Path, published: Path) -> None:
    before = (published / "评分表.xlsx").read_bytes()
    result = run(filed, published, "--out", published / "评分表.xlsx")
    assert result.exit_code == 2
    assert "原文件" in result.stderr
    assert (published / "评分表.xlsx").read_bytes() == before


def test_text_for_the_screen_holds_no_control_characters(filed: Path, published: Path) -> None:
    set_cell(published / "评分表.xlsx", "评分表", "H5", "\u202e扣\u200f分")
    reword(published / REPORT_ONLY, "公益一类", "公益\u202e二类")
    result = run(filed, published)
    assert result.exit_code == 1
    assert not set(result.stdout) & {"\u202e", "\u200f", "\x1b"}


def test_english_on_request(filed: Path, published: Path, tmp_path: Path) -> None:
    set_cell(published / "基础数据表.xlsx", "基础数据表", "E35", 17.26)
    result = run(filed, published, "--lang", "en", "--out", tmp_path / "c.xlsx")
    assert "published as 17.26, submitted as 17.62 (0.36 less)" in result.stdout
    assert openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames[0] == "Differences"


def test_every_matter_has_its_words_in_both_languages() -> None:
    from xlcheck.comparison_findings import MESSAGES

    assert MESSAGES["zh"].keys() == MESSAGES["en"].keys()
    assert {matter for matter, _ in MESSAGES["zh"]} == set(Matter)


# --- pages -------------------------------------------------------------------------------------

TABLE = "<table><tr><td>单位名称<td>甲局<tr><td>编制数<td>70<tr><td>年末在职人数<td>51</table>"


def test_the_rows_of_a_page_are_those_of_its_data_and_not_of_its_layout() -> None:
    text = "".join(f"<p>第{number}句，甲局按照要求开展工作，情况良好。</p>" for number in range(150))
    page = f"<html><body><table><tr><td>菜单</td><td>{text}{TABLE}</td></tr></table></body></html>"
    found = read_prose(page.encode(), "页.html")
    rows = [paragraph.row for paragraph in found.paragraphs]
    assert set(rows[:151]) == {0}
    assert len(set(rows[151:])) == 3
    assert len(rows[151:]) == 6


def test_each_table_of_a_page_is_a_sheet_of_its_own() -> None:
    page = f"<html><body><h1>附件1</h1>{TABLE}<p>附件2</p><table><tr><td>{TABLE}<td>甲</table></body></html>"
    (parts,) = runs(read_prose(page.encode(), "页.html"), lambda line: False)
    assert [[cell.text for cell in sheet.cells.values()] for run in parts for sheet in run.book.sheets] == [
        ["附件1", "单位名称", "甲局", "编制数", "70", "年末在职人数", "51"],
        ["附件2", "单位名称", "甲局", "编制数", "70", "年末在职人数", "51"],
        ["甲"],
    ]
