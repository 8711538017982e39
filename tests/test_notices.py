"""Notices: what is odd about a paper is named with its cells, in every format that can hold it, and nothing else is."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
import threading
import urllib.request
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.drift import generate
from tests.packages import rewritten
from tests.small_base import Entry, delimited, spreadsheetml, web, without_results, xlsx
from xlcheck import checking
from xlcheck.model import Finding, Severity
from xlcheck.oddities import ODDITIES
from xlcheck.papers import office, results
from xlcheck.papers.foreign import open_any
from xlcheck.papers.spreadsheet import read_book

needs_office = pytest.mark.skipif(office.present() is None, reason="LibreOffice is not here")
needs_formualizer = pytest.mark.skipif(
    importlib.util.find_spec("formualizer") is None, reason="formualizer is not here"
)
CODES = {oddity.code for oddity in ODDITIES}

SUMS: dict[str, Entry] = {
    f"{column}{row}": (formula.replace("#", column), result)
    for row, formula, values in (
        (13, "=SUM(#14:#15)", (100.0, 110.0, 108.0)),
        (17, "=#13+#16", (105.0, 115.0, 113.0)),
        (18, "=SUM(#19:#20)", (105.0, 115.0, 103.0)),
        (22, "=#18+#21", (105.0, 115.0, 113.0)),
        (26, "=SUM(#27:#28)", (9.0, 8.0, 7.0)),
    )
    for column, result in zip("BCD", values, strict=True)
}
RATES: dict[str, Entry] = {f"F{row}": (f"=ROUND(E{row}/D{row},4)", value) for row, value in ((32, 0.75), (33, 1.0), (34, 0.7143), (35, 0.75), (36, 0.8))}  # fmt: skip


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice may take its time where other tests run beside it."""
    monkeypatch.setattr(results, "_OFFICE_SECONDS", 60.0)


def findings(tmp_path: Path, data: bytes, suffix: str = "xlsx", lang: str = "zh") -> list[Finding]:
    """What is said of the form alone."""
    path = tmp_path / f"基础数据表.{suffix}"
    path.write_bytes(data)
    return list(checking.check(path, lang=lang).findings)


def noticed(found: list[Finding]) -> dict[str, list[str]]:
    """Code → the cells that it names, the first one first (a sheet where it names no cell)."""
    return {
        each.rule: [place.cell or place.sheet or "" for place in (each.place, *(other.place for other in each.related))]
        for each in found
        if each.rule in CODES
    }


def converted(data: bytes, suffix: str, tmp_path: Path) -> bytes:
    """The workbook as LibreOffice stores it in another format."""
    from tests.drift_dialect import resave

    path = tmp_path / "resaved" / "表.xlsx"
    path.parent.mkdir()
    path.write_bytes(data)
    resave([path], suffix)
    return path.with_suffix(f".{suffix}").read_bytes()


def test_a_form_that_is_right_gets_no_notice_and_no_error(tmp_path: Path) -> None:
    for data in (xlsx(), xlsx({**SUMS, **RATES})):
        found = findings(tmp_path, data)
        assert not noticed(found)
        assert not [each for each in found if each.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("code", "changes", "cells"),
    [
        ("error-cell", {"G5": ("=H1/0", "#DIV/0!")}, ["G5"]),
        ("error-cell", {"B33": ("=VLOOKUP(1,H:I,2,0)", "#N/A"), "H20": ("=#REF!", "#REF!")}, ["H20", "B33"]),
        ("error-cell", {"B34": "#REF!"}, ["B34"]),
        ("constant-over-formula", {**SUMS, "D17": 113.0}, ["D17"]),
        ("constant-over-formula", {**SUMS, **RATES, "F34": 0.71}, ["F34"]),
        ("number-as-text", {"D15": "13.50", "C15": "15万元"}, ["C15", "D15"]),
        ("number-as-text", {"B7": "20"}, ["B7"]),
        ("placeholder-left", {"B33": "××培训基地"}, ["B33"]),
        ("placeholder-left", {"B33": "待补充", "B34": "XX宣传"}, ["B33", "B34"]),
        ("placeholder-left", {"B3": "XXXX"}, ["B3"]),
        ("sequence-gap", {"A34": 4.0, "A35": 5.0}, ["A34"]),
        ("sequence-gap", {"A24": "四、经费控制情况", "A30": "五、项目支出明细", "A38": "六、资产情况"}, ["A24"]),
        ("stored-digits-not-shown", {"D14": 94.504, "D15": 13.496}, ["D14", "D15"]),
    ],
)  # fmt: skip
def test_each_notice_names_its_cells(code: str, changes: Mapping[str, Entry], cells: list[str], tmp_path: Path) -> None:
    found = findings(tmp_path, xlsx(changes))
    assert noticed(found) == {code: cells}
    assert next(each for each in found if each.rule == code).severity is Severity.NOTE


@pytest.mark.parametrize(
    "changes",
    [
        {"D14": 94.50000000000001, "D15": 13.499999999999996},  # what binary arithmetic leaves
        {**SUMS, "D17": 113.0, "C17": 115.0},  # two of three are typed: no practice of formulas
        {"B26": ("=SUM(B27:B28)", 9.0), "C26": ("=SUM(C27:C28)", 8.0)},  # formulas in one corner of the form only
        {"A33": "", "A34": "", "A35": ""},  # the first line is numbered, the others are not
        {"A32": 11.0, "A33": 12.0, "A34": 14.0, "A35": 15.0},  # numbers, but none that begins at 1
        {"A24": "经费控制情况"},  # a heading without a number is no gap
        {"B33": "3×3篮球场（X光室）", "B34": "MAXX平台 2*2"},  # a cross is no placeholder
        {"B36": "合计（一）", "B35": "第二期（待缴税款清理）"},
        {"A24": "三、经费控制情况", "D30": "2024.4"},
    ],
)  # fmt: skip
def test_what_only_looks_odd_gets_no_notice(changes: Mapping[str, Entry], tmp_path: Path) -> None:
    assert not noticed(findings(tmp_path, xlsx(changes)))


def test_an_error_in_a_number_s_place_is_an_error_of_its_own_and_no_notice(tmp_path: Path) -> None:
    found = findings(tmp_path, xlsx({"D20": ("=#REF!", "#REF!")}))
    assert [each.place.cell for each in found if each.rule == "value-not-a-number"] == ["D20"]
    assert not noticed(found)
    assert "#REF!" in next(each for each in found if each.rule == "value-not-a-number").message


def test_an_error_is_no_name_of_a_unit(tmp_path: Path) -> None:
    found = findings(tmp_path, xlsx({"B2": ("=#REF!", "#REF!"), "B34": "××"}))
    assert noticed(found) == {"error-cell": ["B2"], "placeholder-left": ["B34"]}
    assert "#REF!" not in {each.unit for each in found}


@pytest.mark.parametrize(("make", "suffix"), [(spreadsheetml, "xls"), (web, "xls"), (delimited, "csv")])
def test_an_error_is_no_blank_in_a_format_of_text(make: Callable[[Mapping[str, Entry]], bytes], suffix: str, tmp_path: Path) -> None:  # fmt: skip
    """Where cells are text alone, that numbers are text goes without saying."""
    found = findings(tmp_path, make({"B34": "#REF!", "D20": "#DIV/0!"}), suffix)
    assert noticed(found) == {"error-cell": ["B34"]}
    assert [each.place.cell for each in found if each.rule == "value-not-a-number"] == ["D20"]


@needs_office
@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_notices_are_the_same_in_other_formats(suffix: str, tmp_path: Path) -> None:
    changes: dict[str, Entry] = {
        **SUMS,
        "B34": ("=1/0", "#DIV/0!"),
        "D17": 113.0,
        "D15": "13.50",
        "A34": 4.0,
        "A35": 5.0,
    }
    data = converted(xlsx(changes, hidden_rows=(9,), more={"旧表": ("hidden", 3.0)}), suffix, tmp_path)
    assert noticed(findings(tmp_path, data, suffix)) == {
        "error-cell": ["B34"],
        "constant-over-formula": ["D17"],
        "number-as-text": ["D15"],
        "sequence-gap": ["A34"],
        "hidden-row-with-figures": ["B9"],
        "hidden-sheet-with-figures": ["旧表"],
    }


def test_hidden_rows_columns_and_sheets_are_named_once_each(tmp_path: Path) -> None:
    data = xlsx(
        hidden_rows=(15, 33), hidden_columns=("E",), more={"旧表": ("hidden", 3.0), "底稿": ("very hidden", 4.0)}
    )
    found = findings(tmp_path, data)
    assert noticed(found) == {
        "hidden-row-with-figures": ["B15", "C15", "D15", "C33", "D33", "E33", "F33"],
        "hidden-column-with-figures": ["E32", "E34", "E35", "E36"],
        "hidden-sheet-with-figures": ["旧表", "底稿"],
    }
    said = {each.rule: each.message for each in found}
    assert "2 个数字" in said["hidden-sheet-with-figures"]
    assert "深度隐藏" in said["hidden-sheet-with-figures"]
    assert "4 个数字参加了审核" in said["hidden-column-with-figures"]


def test_a_hidden_column_of_line_numbers_is_no_notice(tmp_path: Path) -> None:
    assert not noticed(findings(tmp_path, xlsx({"A31": "序号"}, formats={}, hidden_rows=(5,))))
    numbered: dict[str, Entry] = {"E12": "行次", **{f"E{row}": float(row - 12) for row in range(13, 23)}}
    found = noticed(findings(tmp_path, xlsx(numbered, hidden_columns=("E",))))
    assert found == {"hidden-column-with-figures": ["E32", "E33", "E34", "E35", "E36"]}


def test_many_cells_make_one_notice_that_says_how_many(tmp_path: Path) -> None:
    changes: dict[str, Entry] = {f"{column}{row}": f"{row}.00" for column in "BCD" for row in (14, 15, 19, 20)}
    found = [each for each in findings(tmp_path, xlsx(changes)) if each.rule == "number-as-text"]
    assert len(found) == 1
    assert "等 12 处（B14、C14、D14、B15…）" in found[0].message
    assert len(found[0].related) == 11


def test_the_notices_speak_english(tmp_path: Path) -> None:
    found = findings(tmp_path, xlsx({"B34": "××", "D15": "13.50", "C15": "15"}, hidden_rows=(9,)), lang="en")
    said = {each.rule: each.message for each in found}
    assert said["number-as-text"].startswith("事业收入（全年预算数） and 1 more (C15, D15): each holds 15 as text")
    assert "placeholder" in said["placeholder-left"]
    assert "hidden row" in said["hidden-row-with-figures"]


def test_notices_leave_the_exit_code_alone(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from xlcheck.cli import main

    path = tmp_path / "基础数据表.xlsx"
    path.write_bytes(xlsx({"B34": "××", "G3": ("=1/0", "#DIV/0!")}))
    ran = CliRunner().invoke(main, ["check", str(path)])
    assert ran.exit_code == 0, ran.output
    assert "placeholder-left" in ran.output
    assert "error-cell" in ran.output


# --- formulas without a stored result --------------------------------------------------------------


@needs_formualizer
def test_results_that_are_missing_are_computed_for_the_check_and_said_so(tmp_path: Path) -> None:
    data = without_results(xlsx({**SUMS, **RATES}))
    found = findings(tmp_path, data)
    assert not [each for each in found if each.severity is Severity.ERROR]
    notices = noticed(found)
    assert set(notices) == {"formula-result-computed"}
    assert set(notices["formula-result-computed"]) == {*SUMS, *RATES}
    assert any("formualizer" in each.message for each in found)
    assert (tmp_path / "基础数据表.xlsx").read_bytes() == data


@needs_formualizer
def test_a_computed_result_is_held_against_the_rules(tmp_path: Path) -> None:
    """A sum that leaves a part out is found as if Excel had stored it."""
    found = findings(tmp_path, without_results(xlsx({**SUMS, "D13": ("=SUM(D14:D14)", None)})))
    assert "income-parts-differ-from-total" in {each.rule for each in found}


@needs_formualizer
def test_a_computed_error_is_an_error(tmp_path: Path) -> None:
    found = findings(tmp_path, without_results(xlsx({"D20": ("=D19/0", None), "B34": ("=NA()", None)})))
    assert [each.place.cell for each in found if each.rule == "value-not-a-number"] == ["D20"]
    assert noticed(found) == {"error-cell": ["B34"], "formula-result-computed": ["D20", "B34"]}


@pytest.mark.parametrize("program", [pytest.param("formualizer", marks=needs_formualizer), pytest.param("LibreOffice", marks=needs_office)])  # fmt: skip
def test_both_programs_compute_what_the_samples_stored(program: str) -> None:
    """Every stored result of the sample workbooks' formulas is computed again."""
    compute = dict(results._PROGRAMS)[program]
    compared = 0
    for path in sorted(Path("sample_workbooks").glob("*/*.xlsx")):
        data = path.read_bytes()
        stored = {(sheet.name, *at): cell.raw for sheet in read_book(data).sheets for at, cell in sheet.cells.items() if cell.formula}  # fmt: skip
        if stored:
            found = compute(without_results(data), path.name, list(stored))
            assert found.keys() == stored.keys()
            for where, result in stored.items():
                assert found[where] == (pytest.approx(result, rel=1e-12) if isinstance(result, float) else result)
            compared += len(stored)
    assert compared > 50


@needs_office
@pytest.mark.parametrize("suffix", ["xls", "fods"])
def test_results_are_computed_in_other_formats_too(suffix: str, tmp_path: Path) -> None:
    if suffix == "xls":
        data = spreadsheetml({"B17": ("=R[-4]C+R[-1]C", None), "C17": ("=R[-4]C+R[-1]C", None)})
    else:
        made = converted(xlsx({"B17": ("=B13+B16", 105.0), "C17": ("=C13+C16", 115.0)}), "fods", tmp_path).decode()
        formula = r'(<table:table-cell[^>]*?table:formula="[^"]*"[^>]*?) office:value-type="float" office:value="[^"]*" calcext:value-type="float">.*?</table:table-cell>'
        made, changed = re.subn(formula, r"\1></table:table-cell>", made, flags=re.DOTALL)
        assert changed == 2
        data = made.encode()
    found = findings(tmp_path, data, suffix)
    assert noticed(found) == {"formula-result-computed": ["B17", "C17"]}
    assert any("LibreOffice" in each.message for each in found)
    assert not [each for each in found if each.severity is Severity.ERROR]


@needs_office
def test_libreoffice_asks_nothing_of_the_network() -> None:
    """WEBSERVICE, which LibreOffice knows, gets no answer: nobody rang."""
    asked: list[str] = []

    class Ring(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"42")

    with HTTPServer(("127.0.0.1", 0), Ring) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        urllib.request.urlopen(f"{address}hello").close()
        data = without_results(xlsx({"D17": (f'=_xlfn.WEBSERVICE("{address}bell")', None), "D13": ("=D14+D15", None)}))
        found = results._by_office(data, "表.xlsx", [("基础数据表", 13, 4), ("基础数据表", 17, 4)])
        server.shutdown()
    assert asked == ["/hello"]
    assert found["基础数据表", 13, 4] == 108.0


def test_without_a_program_the_cells_are_named_and_are_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The plain installation: no formualizer, no LibreOffice on the path."""
    monkeypatch.setitem(sys.modules, "formualizer", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("soffice") is None
    found = findings(tmp_path, without_results(xlsx({**SUMS, **RATES})))
    notices = noticed(found)
    assert set(notices) == {"formula-without-result"}
    assert set(notices["formula-without-result"]) == {*SUMS, *RATES}
    unread = [each for each in found if each.rule == "value-not-a-number"]
    assert len(unread) == 1
    assert len(unread[0].related) == len({*SUMS, *RATES}) - 1
    assert not [each for each in found if each.rule == "field-blank"]


@needs_formualizer
@pytest.mark.parametrize("formula", ["=D17", "=SUM(SEQUENCE(1000000,1000))", '=REPT("x",1000000000)', "=[1]Sheet1!A1", "=NOSUCH(1)"])  # fmt: skip
def test_a_formula_that_cannot_be_computed_is_never_a_blank(formula: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A circle, a giant, another workbook, an unknown function: an error or no result, in good time."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = findings(tmp_path, without_results(xlsx({"D17": (formula, None)})))
    assert [each.place.cell for each in found if each.rule == "value-not-a-number"] == ["D17"]


# --- who reads in part, says so ----------------------------------------------------------------------


def test_a_file_that_only_the_last_resort_reads_says_what_it_could_not_read(tmp_path: Path) -> None:
    """A sheet with a character that XML forbids: calamine reads its values, and the error cell is put back."""
    data = rewritten(xlsx({"D20": ("=1/0", "#DIV/0!")}), {"xl/worksheets/sheet1.xml": lambda part: part.replace(b"</sheetData>", b"</sheetData>\x01")})  # fmt: skip
    assert not open_any(data, "表.xlsx").whole
    found = findings(tmp_path, data)
    assert "read-in-part" in noticed(found)
    assert [each.place.file for each in found if each.rule == "read-in-part"] == ["基础数据表.xlsx"]
    assert [each.place.cell for each in found if each.rule == "value-not-a-number"] == ["D20"]


# --- random filings ------------------------------------------------------------------------------------


def test_what_is_noticed_on_clean_random_filings_is_really_there(tmp_path: Path) -> None:
    """openpyxl judges every cell that a notice names; of other notices there are none."""
    generate(tmp_path, 12, 0, 21)
    books: dict[tuple[str, bool], openpyxl.Workbook] = {}
    claims = 0
    for each in checking.check(tmp_path).findings:
        if each.rule not in CODES:
            continue
        key = (each.place.file, each.rule == "stored-digits-not-shown")
        if key not in books:
            books[key] = openpyxl.load_workbook(tmp_path / key[0], data_only=key[1])
        for place in (each.place, *(other.place for other in each.related)):
            assert _is_there(each.rule, books[key][str(place.sheet)], place.cell), each
            claims += 1
    assert claims > 50


def _is_there(code: str, sheet: Worksheet, reference: str | None) -> bool:
    if code == "hidden-sheet-with-figures":
        return bool(sheet.sheet_state != "visible")
    cell = sheet[str(reference)]
    if code == "number-as-text":
        return cell.data_type == "s"
    if code == "stored-digits-not-shown":
        shown = len(re.sub(r"[^0#]", "", cell.number_format.split(";")[0].partition(".")[2]))
        return isinstance(cell.value, float) and abs(round(cell.value, shown) - cell.value) > 1e-9
    if code == "constant-over-formula":
        like = [*sheet[cell.row], *(row[cell.column - 1] for row in sheet.iter_rows())]
        return cell.data_type == "n" and sum(each.data_type == "f" for each in like) >= 3
    return False
