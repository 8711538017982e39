"""A unit's text is text in every output: never a formula, a link, markup or a terminal's control."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from click.testing import Result

from tests.test_cli import FAULTY, SAMPLES, run
from xlcheck.papers.package import Package
from xlcheck.papers.spreadsheet import read_book

TRICKS = [
    "=cmd|'/c calc'!A0",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "\x1b[31m红\x1b]0;名\x07",
    '"><img src=x onerror=alert(1)>',
    "<r><t>富</t></r>",
    "@SUM(1)",
]
_ALLOWED = re.compile(r"[^\n\t\x20-\x7e\x80-\U0010ffff]")


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one unit for each trick: its name, a reason, a sheet's name, an unreadable figure and its folder say it."""
    folder = tmp_path_factory.mktemp("units")
    for number, trick in enumerate(TRICKS):
        unit = folder / (f"{number} " + re.sub(r"[/\\<>|:*?\"]", "_", trick))
        unit.mkdir()
        for name in ("基础数据表", "评分表"):
            source = read_book((SAMPLES / FAULTY / f"{name}.xlsx").read_bytes())
            with xlsxwriter.Workbook(str(unit / f"{name}.xlsx"), {"strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
                for sheet in source.sheets:
                    page = book.add_worksheet(sheet.name)
                    for (row, column), cell in sheet.cells.items():
                        text = cell.text
                        for known in (source_unit(FAULTY), "17.62"):
                            text = trick if text == known else text
                        if text != trick and isinstance(cell.raw, float):
                            page.write_number(
                                row - 1, column - 1, cell.raw, book.add_format({"num_format": cell.format})
                            )
                        else:
                            page.write_string(row - 1, column - 1, text + (" " if text.startswith("<r>") else ""))
                book.add_worksheet(re.sub(r"[\[\]:*?/\\']", "_", trick)[:31]).write_string(0, 0, trick)
        (unit / "自评报告.txt").write_text(f"{trick}\n一、概况\n我单位总编制{trick}名。", encoding="utf-8")
    return folder


def source_unit(folder: str) -> str:
    return folder.split(" ", 1)[1]


@pytest.fixture(scope="module")
def results(units: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Result], Path]:
    out = tmp_path_factory.mktemp("out")
    said = {form: run("check", units, "--format", form) for form in ("text", "json", "html", "sarif")}
    said["rollup"] = run("rollup", units, "--out", out / "汇总.xlsx", "--annotate", out / "审核")
    return said, out


@pytest.mark.parametrize("form", ["text", "html", "rollup"])
def test_nothing_controls_the_terminal(form: str, results: tuple[dict[str, Result], Path]) -> None:
    said = results[0][form]
    assert said.exception is None or isinstance(said.exception, SystemExit)
    assert not _ALLOWED.findall(said.stdout)
    assert not _ALLOWED.findall(said.stderr)


def test_json_and_sarif_hold_it_as_strings(results: tuple[dict[str, Result], Path]) -> None:
    for form in ("json", "sarif"):
        assert not _ALLOWED.findall(results[0][form].stdout)
        assert TRICKS[0] in json.dumps(json.loads(results[0][form].stdout), ensure_ascii=False)


def test_the_page_has_no_element_or_address_of_theirs(results: tuple[dict[str, Result], Path]) -> None:
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend([tag] if tag in ("script", "img") else [])
            found.extend(f"{name}={value}" for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript"))  # fmt: skip

    Reader().feed(results[0]["html"].stdout)
    assert found == []
    assert "&lt;script&gt;" in results[0]["html"].stdout


def test_no_workbook_has_a_formula_or_a_link_of_theirs(results: tuple[dict[str, Result], Path]) -> None:
    books = sorted(results[1].rglob("*.xlsx"))
    assert len(books) == 1 + 2 * len(TRICKS)
    for path in books:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
        book = openpyxl.load_workbook(path)
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        assert not re.search(r"cmd|@SUM|alert", str(cell.value)), (
                            path.name,
                            sheet.title,
                            cell.coordinate,
                        )
        package = Package(path.read_bytes())
        targets = [relation.target for name in package.names() if name.endswith(".rels") for relation in package.relationships(_source(name)) if relation.external]  # fmt: skip
        assert all(target.startswith("审核") for target in targets), targets


def _source(rels: str) -> str:
    folder, _, base = rels.rpartition("_rels/")
    return folder + base.removesuffix(".rels")
