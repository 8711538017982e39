"""Forms that stand in a report as Word tables: where their cells are, what belongs to them, and what stays text."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compare_judge import SAMPLES, copy, units
from tests.documents import marked
from tests.published_word import publish_word, write_form
from xlcheck import check
from xlcheck.annotation_report import annotate_report
from xlcheck.folders import Folder
from xlcheck.model import Box, Place, Report, Submission
from xlcheck.papers.docx import docx_pieces
from xlcheck.papers.html import html_pieces
from xlcheck.papers.prose import read_prose
from xlcheck.reading import read_submission
from xlcheck.rules import Pack, load_pack

UNIT = "06 岚屿市水文监测中心"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def saved(paper: Any) -> bytes:
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()


def read(folder: Path, pack: Pack, *, pages: bool = False) -> Submission:
    files = tuple(sorted(path.name for path in folder.iterdir()))
    return read_submission(Folder(folder.name, folder, files), pack, pages=pages)


# --- cells -------------------------------------------------------------------------------------

AREAS = st.lists(st.tuples(*[st.integers(0, 5)] * 4), max_size=6)


def merged(areas: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Those areas (top, left, bottom, right from 0) that are more than a cell and overlap no earlier one."""
    kept: list[tuple[int, int, int, int]] = []
    for a, b, c, d in areas:
        top, bottom, left, right = min(a, c), max(a, c), min(b, d), max(b, d)
        apart = all(top > e[2] or bottom < e[0] or left > e[3] or right < e[1] for e in kept)
        if (top, left) != (bottom, right) and apart:
            kept.append((top, left, bottom, right))
    return kept


@settings(max_examples=40, deadline=None)
@given(AREAS)
def test_cells_stand_where_they_were_merged_in_word_and_on_a_page(areas: list[tuple[int, int, int, int]]) -> None:
    kept = merged(areas)
    covered = {(row, column): area for area in kept for row in range(area[0], area[2] + 1) for column in range(area[1], area[3] + 1)}  # fmt: skip
    expected = {}
    paper = docx.Document()
    table = paper.add_table(rows=6, cols=6)
    grid = [list(row.cells) for row in table.rows]
    for top, left, bottom, right in kept:
        grid[top][left].merge(grid[bottom][right])
    page = ""
    for row in range(6):
        page += "<tr>"
        for column in range(6):
            top, left, bottom, right = covered.get((row, column), (row, column, row, column))
            if (top, left) == (row, column):
                grid[row][column].text = f"{row}.{column}"
                expected[f"{row}.{column}"] = Box(1, top + 1, left + 1, bottom + 1, right + 1)
                page += f"<td rowspan={bottom - top + 1} colspan={right - left + 1}>{row}.{column}</td>"
        page += "</tr>"
    assert {piece.text: piece.box for piece in docx_pieces(saved(paper)) if piece.text} == expected
    assert {piece.text: piece.box for piece in html_pieces(f"<table>{page}</table>".encode())} == expected


def test_a_table_within_a_cell_is_a_table_of_its_own() -> None:
    paper = docx.Document()
    outer = paper.add_table(rows=1, cols=2)
    outer.cell(0, 0).text = "甲"
    inner = outer.cell(0, 0).add_table(rows=2, cols=2)
    inner.cell(1, 1).text = "乙"
    outer.cell(0, 1).text = "丙"
    found = {piece.text: (piece.box, piece.row) for piece in docx_pieces(saved(paper)) if piece.text}
    assert found == {
        "甲": (Box(1, 1, 1, 1, 1), 1),
        "乙": (Box(2, 2, 2, 2, 2), 1),
        "丙": (Box(1, 1, 2, 1, 2), 1),
    }


def test_columns_that_a_row_leaves_out_are_counted() -> None:
    paper = docx.Document()
    table = paper.add_table(rows=1, cols=3)
    row = table.rows[0]._tr
    row.remove(row.tc_lst[0])
    before = docx.oxml.OxmlElement("w:gridBefore")
    before.set(docx.oxml.ns.qn("w:val"), "1")
    row.get_or_add_trPr().append(before)
    table.rows[0]._tr.tc_lst[0].p_lst[0].add_r().text = "乙"
    assert [piece.box for piece in docx_pieces(saved(paper)) if piece.text] == [Box(1, 1, 2, 1, 2)]


# --- a unit that filed one document ------------------------------------------------------------


@pytest.fixture
def one_document(tmp_path: Path) -> Path:
    folder = tmp_path / UNIT
    folder.mkdir()
    publish_word(SAMPLES / UNIT, folder / "自评报告.docx", apart=True)
    return folder


@pytest.mark.parametrize("number", [2, 5, 9, 15])
@pytest.mark.parametrize("apart", [True, False])
def test_a_document_with_its_forms_is_checked_as_the_papers_are(tmp_path: Path, number: int, apart: bool) -> None:
    unit = units()[number]
    folder = tmp_path / unit.name
    folder.mkdir()
    publish_word(unit, folder / "自评报告.docx", apart=apart)

    def said(path: Path) -> list[tuple[object, ...]]:
        found = [each for each in check([path]).findings if each.rule != "number-as-text"]  # in Word all is text
        return sorted((each.rule, each.field, each.actual or "", each.expected or "") for each in found)

    assert said(folder) == said(copy(unit, tmp_path / "报送" / unit.name))


def test_the_form_of_a_workbook_is_not_read_once_more(one_document: Path, pack: Pack) -> None:
    workbook = one_document / "基础数据表.xlsx"
    book = openpyxl.load_workbook(SAMPLES / UNIT / workbook.name, data_only=True)
    book["基础数据表"]["D9"].value = 40
    book.save(workbook)
    found = read(one_document, pack)
    assert {each.form: each.file for each in found.documents} == {"基础数据表": "基础数据表.xlsx", "评分表": "自评报告.docx"}  # fmt: skip
    assert found.documents[0].fields["编制数", "数值"].number == 40
    assert found.prose is not None
    assert "财政供养人员情况（人）" in found.prose.text  # the table that no form was read from is text
    assert "预算编制合理性" not in found.prose.text


def test_a_report_beside_both_workbooks_is_text_throughout(one_document: Path, pack: Pack) -> None:
    for name in ("基础数据表.xlsx", "评分表.xlsx"):
        shutil.copy(SAMPLES / UNIT / name, one_document)
    found = read(one_document, pack)
    assert [each.file for each in found.documents] == ["基础数据表.xlsx", "评分表.xlsx"]
    assert found.prose == read_prose((one_document / "自评报告.docx").read_bytes(), "自评报告.docx")


def test_forms_in_documents_of_their_own_and_an_enclosure(tmp_path: Path, pack: Pack) -> None:
    folder = tmp_path / UNIT
    folder.mkdir()
    for name in ("基础数据表", "评分表"):
        paper = docx.Document()
        write_form(paper, openpyxl.load_workbook(SAMPLES / UNIT / f"{name}.xlsx", data_only=True).worksheets[0], apart=False)  # fmt: skip
        paper.save(str(folder / f"{name}.docx"))
    shutil.copy(SAMPLES / UNIT / "自评报告.docx", folder)
    (folder / "附件.docx").write_bytes(b"PK\x03\x04 broken")
    found = read(folder, pack)
    assert {paper.file: (paper.form, paper.readable) for paper in found.papers} == {
        "基础数据表.docx": ("基础数据表", True),
        "评分表.docx": ("评分表", True),
        "自评报告.docx": ("自评报告", True),
        "附件.docx": (None, True),
    }
    assert found.prose is not None
    assert found.prose.name == "自评报告.docx"


def test_a_finding_stands_at_its_cell_and_one_on_a_blank_at_the_label_before_it(one_document: Path) -> None:
    path = one_document / "自评报告.docx"
    paper = docx.Document(str(path))
    row = next(row for table in paper.tables for row in table.rows if row.cells[0].text == "年末在职人数")
    row.cells[3].text = ""
    paper.save(str(path))
    (report,) = check([one_document]).each()
    places = {each.rule: each.place for each in report.findings}
    balance = places["carryover-does-not-balance"]
    assert (balance.sheet, balance.cell, balance.quote) == ("表3", "E18", "17.62")
    assert places["field-blank"].quote == "年末在职人数"
    beside = {each.beside: each.says for each in marked(annotate_report(report, "自评报告.docx", path.read_bytes()))}
    assert "按收支应为 17.26" in beside["17.62"]
    assert "年末在职人数" in beside["年末在职人数"]


def test_a_reports_words_on_forms_are_the_same_whatever_was_read_before(one_document: Path, pack: Pack) -> None:
    """Places are those of the text, so that what is remembered of a layout is not of one document."""
    first, second = read(one_document, pack), read(one_document, pack)
    assert first == second
    value = first.documents[0].fields["年末结转和结余", "决算数"]
    assert value.place == Place("自评报告.docx", "表3", "E18", value.place.paragraph, "17.62")


# --- what belongs to a form --------------------------------------------------------------------

BASE = [
    ("单位名称", "甲局"), ("评价年度", "2024年度"), ("编制数", "70"), ("年末在职人数", "51"), ("离退休人数", "9"),
    ("行政编制", "60"), ("事业编制", "10"), ("自评工作小组人数", "5"), ("固定资产总额", "1,234.50"),
]  # fmt: skip
SENTENCES = [f"第{number}项工作按要求完成，情况良好。" for number in "一二三四五"]


def tabled(paper: Any, rows: list[tuple[str, ...]]) -> None:
    table = paper.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


def forms(*blocks: str | list[tuple[str, ...]], pack: Pack) -> tuple[dict[str, str], list[str], int | None]:
    """What is read of 基础数据表, the text beside it, and 固定资产总额 in 元."""
    paper = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            paper.add_paragraph(block)
        else:
            tabled(paper, block)
    folder = Folder("甲", Path(), ("报告.docx",), held={"报告.docx": saved(paper)})
    found = read_submission(folder, pack)
    base = found.document("基础数据表")
    fields = {name: value.text for (name, _), value in base.fields.items()} if base is not None else {}
    texts = [paragraph.text for paragraph in found.prose.paragraphs] if found.prose is not None else []
    asset = base.fields.get(("固定资产总额", "数值")) if base is not None else None
    return fields, texts, int(asset.number * 10_000) if asset is not None and asset.number is not None else None


def test_the_lines_around_a_form_belong_to_it_and_those_of_the_text_do_not(pack: Pack) -> None:
    fields, texts, asset = forms(
        "甲局2024年度部门整体支出绩效自评报告", *SENTENCES, "甲局", "2025年3月20日", "附件1", "部门整体支出绩效自评基础数据表",
        "单位：元", BASE, "填表人：张三  填报日期：2025年3月2日", "注：数据来自决算报表。", "三、其他", *SENTENCES, pack=pack,
    )  # fmt: skip
    assert texts == [
        "甲局2024年度部门整体支出绩效自评报告",
        *SENTENCES,
        "甲局",
        "2025年3月20日",
        "三、其他",
        *SENTENCES,
    ]
    assert fields["编制数"] == "70"
    assert fields["填报日期"] == "2025年3月2日"
    assert asset == 1234


def test_a_table_of_the_report_that_repeats_some_figures_is_text(pack: Pack) -> None:
    small = [("编制数", "离退休人数", "公务接待费"), ("7", "8", "9")]
    fields, texts, _ = forms(*SENTENCES, "人员情况表", small, *SENTENCES, "基础数据表", BASE, pack=pack)
    assert fields["编制数"] == "70"
    assert "公务接待费" not in fields or not fields["公务接待费"]
    assert texts == [*SENTENCES, "人员情况表", *small[0], *small[1], *SENTENCES]


def test_a_table_of_one_column_lays_out_text(pack: Pack) -> None:
    fields, texts, _ = forms([(sentence,) for sentence in SENTENCES], "基础数据表", BASE, pack=pack)
    assert fields["编制数"] == "70"
    assert texts == SENTENCES


def test_a_document_without_forms_is_text_alone(pack: Pack) -> None:
    rows = [("目标", "完成"), ("编制数", "70")]
    assert forms(*SENTENCES, rows, pack=pack) == ({}, [*SENTENCES, "目标", "完成", "编制数", "70"], None)


def test_a_check_reports_what_a_document_lacks(one_document: Path) -> None:
    path = one_document / "自评报告.docx"
    paper = docx.Document(str(path))
    for table in paper.tables[-1:]:
        table._element.getparent().remove(table._element)
    paper.save(str(path))
    report: Report = check([one_document])
    assert [each.field for each in report.findings if each.rule == "paper-missing"] == ["评分表"]
