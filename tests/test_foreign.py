"""What a file of another format holds arrives as it is: values, formats, merges, hidden rows, errors, formulas."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from tests.hostile import CSV, MAKERS, SPREADSHEETML, WEB, binary_book, open_document, package
from xlcheck.papers.bounds import CELLS, SHEETS
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.papers.fullgrid import read_full_grid
from xlcheck.papers.spreadsheet import Book, Sheet
from xlcheck.workers import run_bounded


def texts(sheet: Sheet) -> dict[str, str]:
    """Reference → what the cell shows."""
    from xlcheck.papers.spreadsheet import reference

    return {reference(*at): cell.text for at, cell in sheet.cells.items()}


def test_spreadsheetml_keeps_format_merge_hidden_row_and_error() -> None:
    sheet = open_any(SPREADSHEETML.format(encoding="UTF-8").encode(), "表.xls").sheets[0]
    assert sheet.name == "表一"
    assert texts(sheet) == {"A1": "单位名称", "D1": "17.26", "B4": "50.00%", "C4": "#DIV/0!"}
    assert sheet.cells[1, 4].raw == 17.26
    assert (sheet.cells[4, 3].error, sheet.cells[4, 3].formula) == (True, True)
    assert sheet.merges == [(1, 1, 1, 3)]
    assert sheet.hidden_rows == {4}


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_web_table_keeps_its_spans_and_its_text(charset: str) -> None:
    sheet = open_any(WEB.format(charset=charset).encode(charset), "dir/导出.xls").sheets[0]
    assert sheet.name == "导出"
    assert texts(sheet) == {"A1": "基础数据表", "A2": "单位", "B2": "决算数\n万元", "B3": "2,796.62", "A4": "甲", "B4": "0201", "C4": "17.26"}  # fmt: skip
    assert sheet.merges == [(2, 1, 3, 1), (2, 2, 2, 3)]


def test_a_table_within_a_table_hides_no_cell() -> None:
    page = b"<table><tr><td>a<table><tr><td>b<td>c</table></td><td>d</td></tr><tr><td>e</table>"
    assert texts(open_any(page, "x.xls").sheets[0]) == {"A1": "a", "A2": "b", "B2": "c", "A3": "d", "A4": "e"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimited_text_stays_text(encoding: str, delimiter: str) -> None:
    text = CSV[1:].replace('"2,796.62"', "*").replace(",", delimiter).replace("*", '"2,796.62"')
    sheet = open_any(text.encode(encoding), "单位.csv").sheets[0]
    assert texts(sheet) == {"A1": "单位名称", "B1": "编码", "C1": "决算数", "A2": "示例单位", "B2": "0201", "C2": "2,796.62"}  # fmt: skip


def test_a_binary_workbook_keeps_what_calamine_drops() -> None:
    data = binary_book()
    book = open_any(data, "x.xlsb")
    first, second = book.sheets
    assert texts(first) == {"A2": "单位", "B2": "1726%", "C2": "#REF!", "D2": "3.5"}
    assert first.cells[2, 3].error
    assert first.cells[2, 4].formula
    assert first.merges == [(1, 1, 2, 2)]
    assert first.hidden_rows == {2}
    assert (first.hidden, second.hidden) == (False, True)
    assert read_full_grid(data).sheets[0].cells[2, 2].raw == first.cells[2, 2].raw == 17.26


def test_open_document_keeps_format_as_shown() -> None:
    rows = (
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>'
        '<table:table-row table:visibility="filter">'
        '<table:table-cell office:value-type="percentage" office:value="0.5"><text:p>50%</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="2796.62"><text:p>2,796.62</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2025-03-06"><text:p>3月6日</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-spanned="2" office:value-type="string"><text:p>甲<text:s text:c="2"/>乙</text:p><text:p>丙</text:p><office:annotation><text:p>批注</text:p></office:annotation></table:table-cell><table:covered-table-cell/>'
        '<table:table-cell table:formula="of:=[.A1]"/>'
        "</table:table-row>"
    )
    sheet = open_any(open_document(rows), "x.ods").sheets[0]
    assert texts(sheet) == {"A1": "50%", "B1": "2,796.62", "C1": "2,796.62", "D1": "2025-03-06", "E1": "甲  乙\n丙", "G1": ""}  # fmt: skip
    assert (sheet.cells[1, 7].error, sheet.cells[1, 7].raw) == (True, None)
    assert sheet.merges == [(1, 5, 1, 6)]
    assert sheet.hidden_rows == {1}
    assert sheet.hidden_columns == [(1, 2)]


def test_errors_in_a_package_that_only_calamine_reads_are_not_blank() -> None:
    rows = '<row r="1"><c r="A1" t="e"><v>#REF!</v></c><c t="e" r="B1"><f>1/0</f><v>#DIV/0!</v></c><c r="C1" t="inlineStr"><is><t>a&#1;</t></is></c></row>'  # fmt: skip
    sheet = open_any(package(rows), "x.xlsx").sheets[0]
    assert [(cell.raw, cell.error) for _, cell in sorted(sheet.cells.items())] == [("#REF!", True), ("#DIV/0!", True), ("a\x01", False)]  # fmt: skip


def test_merges_are_cut_to_the_used_area() -> None:
    merges = '<mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell ref="D9:E10"/></mergeCells>'
    book = open_any(package('<row r="2"><c r="C2"><v>1</v></c></row>', after=merges), "x.xlsx")
    assert book.sheets[0].merges == [(1, 1, 2, 3)]


def test_more_than_the_bounds_is_refused_by_name() -> None:
    sheets = "".join(f'<Worksheet ss:Name="{n}"/>' for n in range(SHEETS + 1))
    namespace = "urn:schemas-microsoft-com:office:spreadsheet"
    with pytest.raises(Unreadable, match="张工作表"):
        open_any(f'<Workbook xmlns="{namespace}" xmlns:ss="{namespace}">{sheets}</Workbook>'.encode(), "x.xls")
    with pytest.raises(Unreadable, match="单元格超过"):
        open_any(b"1,2\n" * (CELLS // 2 + 1), "x.csv")


def test_names_do_not_decide() -> None:
    by_name = {file.name: file.data for file in (make() for make in MAKERS)}
    assert open_any(by_name["binary.xlsb"], "x.csv").sheets[0].name == "表一"
    assert open_any(by_name["gb18030.csv"], "x.xlsx").sheets[0].name == "x"


def read_texts(data: bytes) -> list[dict[str, str]]:
    """Every sheet's texts."""
    return [texts(sheet) for sheet in open_any(data, "x").sheets]


def test_a_program_with_threads_reads_in_workers_too() -> None:
    release = threading.Event()
    other = threading.Thread(target=release.wait)
    other.start()
    try:
        assert list(run_bounded(read_texts, [binary_book(), b"a,b"], jobs=2))[1] == [{"A1": "a", "B1": "b"}]
    finally:
        release.set()
        other.join()


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("target", ["xls", "ods", "fods"])
def test_converted_by_libreoffice_the_grid_is_the_same(target: str, tmp_path: Path) -> None:
    """A workbook and LibreOffice's conversion of it show the same; formats may be written in other words."""
    original = _workbook()
    (tmp_path / "x.xlsx").write_bytes(original)
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", target, "--outdir", str(tmp_path), str(tmp_path / "x.xlsx")]  # fmt: skip
    subprocess.run(command, capture_output=True, timeout=120, check=False)
    made = tmp_path / f"x.{target}"
    assert _compared(open_any(made.read_bytes(), made.name)) == _compared(open_any(original, "x.xlsx"))


def _workbook() -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("基础数据表")
        sheet.merge_range("A1:C1", "部门整体支出")
        sheet.write_string("A2", "0201")
        sheet.write_number("B2", 2796.62, book.add_format({"num_format": "#,##0.00"}))
        sheet.write_number("C2", 0.125, book.add_format({"num_format": "0.0%"}))
        sheet.write_number("A3", 45722, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula("B3", "=B2*2", None, 5593.24)
        sheet.write_formula("C3", "=1/0", None, "#DIV/0!")
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column("E:F", None, None, {"hidden": True})
        book.add_worksheet("隐藏").hide()
        book.worksheets()[1].write_string("B7", "数")
    return buffer.getvalue()


def _compared(book: Book) -> list[tuple[object, ...]]:
    return [
        (
            sheet.name,
            sheet.hidden,
            {at: (cell.text, cell.error, cell.formula) for at, cell in sheet.cells.items()},
            sheet.merges,
            sheet.hidden_rows,
            sheet.is_hidden(1, 5),
            sheet.is_hidden(1, 6),
            sheet.is_hidden(1, 4),
        )
        for sheet in book.sheets
    ]
