"""Copies of other formats: values, merges and looks come out, and what does not is counted."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.annotated import CORPUS, needs_corpus, needs_office
from tests.hostile import CSV, SPREADSHEETML, WEB, binary_book, open_document
from xlcheck.conversion import Converted, as_xlsx
from xlcheck.papers.foreign import open_any
from xlcheck.papers.inventory import inventory
from xlcheck.papers.looks import BookLooks, Looks, style
from xlcheck.papers.office import present
from xlcheck.papers.spreadsheet import Book, Cell, Sheet
from xlcheck.reemission import sheet_names, write_anew

OFFICE = present()


def book_of(made: Converted) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(made.data))


def furnished() -> bytes:
    """A workbook with looks, a formula, a comment, a link, a condition, a validation, a picture's stand-in and merges."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("基础数据表")
        title = book.add_format({"bold": True, "font_size": 18, "font_name": "黑体", "font_color": "#C00000", "align": "center", "bg_color": "#FFFF00"})  # fmt: skip
        money = book.add_format({"num_format": "#,##0.00", "border": 1, "border_color": "#0000FF", "italic": True})
        sheet.merge_range("A1:C1", "部门整体支出", title)
        sheet.set_column("A:A", 30)
        sheet.set_column("D:D", None, None, {"hidden": True})
        sheet.set_row(0, 36)
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.write_number("B2", 2796.62, money)
        sheet.write_blank("C2", None, money)
        sheet.write_string("A2", "0201")
        sheet.write_rich_string("A3", book.add_format({"bold": True}), "粗", book.add_format({"italic": True}), "斜体")
        sheet.write_formula("B3", "=B2*2", None, 5593.24)
        sheet.write_formula("B4", "=1/0", None, "#DIV/0!")
        sheet.write_number("A5", 45722, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_comment("B2", "口径同上年")
        sheet.write_url("A6", "https://example.org/", string="附件")
        sheet.data_validation("C5", {"validate": "list", "source": ["是", "否"]})
        sheet.conditional_format("B2", {"type": "cell", "criteria": ">", "value": 1, "format": title})
        book.add_worksheet("隐藏").hide()
    return buffer.getvalue()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The furnished workbook in other formats."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "x.xlsx").write_bytes(furnished())
    for kind in ("xls", "ods", "fods"):
        command = [str(OFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", kind, "--outdir", str(folder), str(folder / "x.xlsx")]  # fmt: skip
        subprocess.run(command, capture_output=True, timeout=120, check=False)
    return {kind: (folder / f"x.{kind}").read_bytes() for kind in ("xls", "ods", "fods")}


@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods", "fods"])
def test_written_anew_it_looks_like_the_source(kind: str, sources: dict[str, bytes]) -> None:
    made = as_xlsx(sources[kind], f"表.{kind}")
    sheet = book_of(made)["基础数据表"]
    assert (sheet["A2"].value, sheet["B2"].value, sheet["B3"].value) == ("0201", 2796.62, 5593.24)  # fmt: skip
    assert sheet["B4"].value == "=#DIV/0!"  # an error value, as xlsxwriter writes one
    assert sheet["A5"].number_format.lower().replace("\\", "") == "yyyy-mm-dd"
    assert sheet["B2"].number_format == "#,##0.00"
    assert str(sheet.merged_cells) == "A1:C1"
    title, money, blank = sheet["A1"], sheet["B2"], sheet["C2"]
    assert (title.font.b, title.font.sz, title.font.color.rgb, title.fill.fgColor.rgb) == (True, 18, "FFC00000", "FFFFFF00")  # fmt: skip
    assert title.alignment.horizontal == "center"
    assert (money.font.i, money.border.left.style, money.border.left.color.rgb) == (True, "thin", "FF0000FF")
    assert blank.border.bottom.style == "thin"
    assert (sheet.row_dimensions[1].height, sheet.row_dimensions[5].hidden) == (36, True)
    assert sheet.column_dimensions["A"].width > 2 * sheet.column_dimensions["B"].width
    assert sheet.column_dimensions["D"].hidden
    assert book_of(made)["隐藏"].sheet_state == "hidden"


@needs_office
def test_an_old_workbooks_text_keeps_its_fonts(sources: dict[str, bytes]) -> None:
    made = as_xlsx(sources["xls"], "表.xls")
    runs = openpyxl.load_workbook(io.BytesIO(made.data), rich_text=True)["基础数据表"]["A3"].value
    assert [(str(run), bool(run.font.b), bool(run.font.i)) for run in runs] == [
        ("粗", True, False),
        ("斜体", False, True),
    ]


@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods", "fods"])
def test_what_is_lost_is_counted(kind: str, sources: dict[str, bytes]) -> None:
    how, lost = as_xlsx(sources[kind], f"表.{kind}").lost
    assert "重新写成" in how
    validations = "1 条数据有效性"
    for told in ("2 个公式（已带入结果）", "1 个批注", "1 个超链接（文字已带入）", validations):
        assert told in lost
    how, lost = as_xlsx(sources[kind], f"表.{kind}", lang="en").lost
    assert "written anew" in how
    assert "2 formulas (their results were)" in lost


@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods", "fods"])
def test_libreoffice_loses_nothing_of_it(kind: str, sources: dict[str, bytes]) -> None:
    made = as_xlsx(sources[kind], f"表.{kind}", command=OFFICE)
    assert len(made.lost) == 1
    assert "LibreOffice" in made.lost[0]
    sheet = book_of(made)["基础数据表"]
    assert sheet["B3"].value == "=B2*2"
    assert sheet["B2"].comment.text == "口径同上年"


@needs_office
@needs_corpus
def test_a_conversion_that_says_something_else_is_not_taken_where_it_matters() -> None:
    data = (CORPUS / "poi__DateTimeToNumberTestCases.xls").read_bytes()
    made = as_xlsx(data, "x.xls", command=OFFICE)
    assert "转换后有 1 个单元格与原文件不同，请以原文件为准：DateTime!B21 原为 43483，转换后为 #VALUE!。" in made.lost
    other = as_xlsx(data, "x.xls", command=OFFICE, located={("DateTime", "B21")})
    assert "重新写成" in other.lost[0]
    assert book_of(other)["DateTime"]["B21"].value == 43483


@needs_office
def test_nothing_that_the_file_points_to_is_fetched(sources: dict[str, bytes]) -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_GET = do_HEAD = do_OPTIONS = do_PROPFIND = _answer

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    picture = f'<table:table-cell><draw:frame svg:width="2cm" svg:height="2cm"><draw:image xlink:href="{address}/picture.png" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></table:table-cell>'
    service = f'<table:table-cell table:formula="of:=COM.MICROSOFT.WEBSERVICE(&quot;{address}/service&quot;)" office:value-type="string"/>'
    data = sources["fods"].replace(b"</table:table>", f"<table:table-row>{picture}{service}</table:table-row></table:table>".encode(), 1)  # fmt: skip
    made = as_xlsx(data, "表.fods", command=OFFICE)
    server.shutdown()
    assert "LibreOffice" in made.lost[0]
    assert asked == []


def test_a_libreoffice_that_fails_is_done_without() -> None:
    assert "重新写成" in as_xlsx(binary_book(), "x.xlsb", command=str(shutil.which("false"))).lost[0]


def test_the_empty_rest_of_a_sheet_is_not_written() -> None:
    filed = Sheet("表", cells={(2, 1): Cell(2, 1, 1.0)})
    filed.hidden_rows = set(range(5, 1_048_577))
    book, looks = Book([filed]), BookLooks()
    bold = style({"bold": True})
    looks.sheets["表"] = Looks(styles={(1, 1): bold, (1_048_576, 1): bold}, heights={1_048_576: 20.0}, frozen=(1, 0))
    sheet = openpyxl.load_workbook(io.BytesIO(write_anew(book, looks)))["表"]
    assert sheet["A1"].font.b
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row < 100


def test_an_old_workbooks_belongings_are_counted_in_its_records() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    wanted = {
        "poi__37684-1.xls": {"comments": 61},
        "easyexcel__extra.xls": {"comments": 1, "links": 2},
        "calamine__picture.xlsb": {"pictures": 2},
        "calamine__issues.xls": {"formulas": 5, "macros": 1},
        "poi__56644.xlsx": {"formulas": 4, "validations": 5, "pictures": 1, "comments": 11},
        "phpspreadsheet__form_pass_print.xlsm": {"macros": 1, "shapes": 1},
    }
    for name, counts in wanted.items():
        data = (CORPUS / name).read_bytes()
        assert dict(+inventory(data, open_any(data, name))) == counts


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("表.xls", SPREADSHEETML.format(encoding="UTF-8").encode()),
        ("表.xls", WEB.format(charset="gb2312").encode("gb18030")),
        ("表.csv", CSV.encode()),
        ("表.xlsb", binary_book()),
        (
            "表.ods",
            open_document(
                '<table:table-row><table:table-cell office:value-type="float" office:value="1.5"/></table:table-row>'
            ),
        ),
    ],
    ids=["SpreadsheetML", "HTML", "csv", "xlsb", "ods"],
)
def test_every_format_comes_out_with_the_same_grid(name: str, data: bytes) -> None:
    before, after = open_any(data, name, whole=True), open_any(as_xlsx(data, name).data, "x.xlsx", whole=True)
    for old, new in zip(before.sheets, after.sheets, strict=True):
        assert {at: (cell.text, cell.error) for at, cell in old.cells.items()} == {at: (cell.text, cell.error) for at, cell in new.cells.items()}  # fmt: skip
        assert (old.name, old.hidden, sorted(old.merges), old.hidden_rows) == (new.name, new.hidden, sorted(new.merges), new.hidden_rows)  # fmt: skip


def test_spreadsheetml_keeps_its_looks() -> None:
    styles = '<Style ss:ID="t"><Font ss:FontName="黑体" ss:Size="16" ss:Bold="1" ss:Color="#FF0000"/><Interior ss:Color="#FFFF00" ss:Pattern="Solid"/><Alignment ss:Horizontal="Center" ss:WrapText="1"/><Borders><Border ss:Position="Bottom" ss:LineStyle="Continuous" ss:Weight="2"/></Borders></Style></Styles>'
    text = SPREADSHEETML.format(encoding="UTF-8").replace("</Styles>", styles).replace('<Cell ss:MergeAcross="2">', '<Cell ss:MergeAcross="2" ss:StyleID="t">').replace("<Table>", '<Table><Column ss:Width="150"/>')  # fmt: skip
    made = as_xlsx(text.encode(), "表.xls")
    cell = book_of(made)["表一"]["A1"]
    assert (cell.font.name, cell.font.sz, cell.font.b, cell.font.color.rgb) == ("黑体", 16, True, "FFFF0000")
    assert (cell.fill.fgColor.rgb, cell.alignment.horizontal, cell.alignment.wrap_text) == ("FFFFFF00", "center", True)
    assert cell.border.bottom.style == "medium"
    assert round(book_of(made)["表一"].column_dimensions["A"].width) == 29
    assert "1 个公式（已带入结果）、1 个批注" in made.lost[1]


@pytest.mark.parametrize("names", [["a" * 40, "a" * 40], ["History", "[1]:*?/\\"], ["'q'", "审核结果"], ["表", "表"], ["", "😀" * 20]])  # fmt: skip
def test_sheets_get_names_that_excel_allows(names: list[str]) -> None:
    allowed = sheet_names(names)
    assert len({name.lower() for name in allowed}) == len(names)
    book = Book([Sheet(name, cells={(1, 1): Cell(1, 1, 1.0)}) for name in names])
    assert [sheet.name for sheet in open_any(write_anew(book), "x.xlsx").sheets] == allowed


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_FONTS = st.fixed_dictionaries({}, optional={"font_name": _TEXTS.filter(bool), "bold": st.just(True), "left": st.integers(1, 13), "bg_color": st.just("#123456")})  # fmt: skip


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_TEXTS.filter(bool), _TEXTS, _FONTS), min_size=1, max_size=5))
def test_what_is_written_anew_reads_back(rows: list[tuple[str, str, dict[str, object]]]) -> None:
    book, looks = Book([Sheet("表")]), BookLooks()
    looks.sheets["表"] = Looks()
    for row, (text, code, look) in enumerate(rows, 1):
        book.sheets[0].cells[row, 1] = Cell(row, 1, text, format=code or "General")
        looks.sheets["表"].styles[row, 1] = style(look)
        looks.sheets["表"].runs[row, 1] = [(1, style({"bold": True}))]
    made = write_anew(book, looks)
    assert {at: cell.raw for at, cell in open_any(made, "x.xlsx").sheets[0].cells.items()} == {(row, 1): text for row, (text, _, _) in enumerate(rows, 1)}  # fmt: skip
    openpyxl.load_workbook(io.BytesIO(made))
