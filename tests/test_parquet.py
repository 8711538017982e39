"""The Parquet tables: documented columns, every value of the forms, the roll-up's own sums, and always the same bytes."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlcheck import outputs
from xlcheck.batches import check_folders
from xlcheck.collecting import find_folders
from xlcheck.folders import Folder
from xlcheck.model import Kind, Report
from xlcheck.municipal.filing import place_submissions
from xlcheck.municipal.units import COLUMNS, Figure
from xlcheck.parquet import _number, schemas, write_tables
from xlcheck.reading import read_submission
from xlcheck.rules import load_pack
from xlcheck.saving import CannotSave
from xlcheck.spool import Spool

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_workbooks"
PACK = load_pack()
TABLES = ("submissions", "fields", "findings", "tallies")


@pytest.fixture(scope="module")
def rolled_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """(the folder with 汇总.xlsx and p/, the report) of the sample units."""
    out = tmp_path_factory.mktemp("parquet")
    roster = SAMPLES / "单位名录.xlsx"
    return out, outputs.roll_up(SAMPLES, out / "汇总.xlsx", roster=roster, parquet=out / "p", jobs=2)


def rows(out: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(out / "p" / f"{name}.parquet").to_pylist()
    return found


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_every_column_with_its_type(name: str, rolled_up: tuple[Path, Report]) -> None:
    page = (ROOT / "docs" / "parquet.md").read_text(encoding="utf-8")
    section = page.partition(f"## {name}\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| (.+?) \|", section, re.MULTILINE)
    read = pq.read_schema(rolled_up[0] / "p" / f"{name}.parquet")
    assert [(field.name, str(field.type).replace("item:", "element:")) for field in read] == documented
    assert read.names == schemas()[name].names
    assert read.metadata[b"xlcheck.pack"] == b"zhanjiang-2024"


def test_every_located_value_is_a_row(rolled_up: tuple[Path, Report]) -> None:
    found = rows(rolled_up[0], "fields")
    for folder in find_folders(SAMPLES, PACK):
        submission = read_submission(folder, PACK)
        values = [value for document in submission.documents for value in document.fields.values()]
        values += [value for document in submission.documents for table in document.tables.values() for row in table for value in row.values()]  # fmt: skip
        own = [row for row in found if row["folder"] == folder.name]
        assert Counter((v.place.file, v.place.sheet, v.place.cell, v.text, str(v.kind), v.half_width) for v in values) == Counter((r["file"], r["sheet"], r["cell"], r["text"], r["kind"], r["half_width"]) for r in own)  # fmt: skip
        numbers = [value.number for value in values if value.number is not None and value.kind is not Kind.DATE]
        assert sorted(numbers) == sorted(row["number"] for row in own if row["number"] is not None)
        days = [value for value in values if value.kind is Kind.DATE and value.number is not None]
        assert len(days) == sum(row["date"] is not None for row in own)


def test_sums_are_the_roll_ups(rolled_up: tuple[Path, Report]) -> None:
    out, _ = rolled_up
    sheet = openpyxl.load_workbook(out / "汇总.xlsx", data_only=True)["单位汇总"]
    lines = list(sheet.iter_rows(values_only=True))
    head = next(line for line in lines if "单位预算编码" in line)
    last = next(line for line in lines if "合计" in line)
    fields = rows(out, "fields")
    for figure in COLUMNS:
        if isinstance(figure, Figure):
            total = sum((row["number"] for row in fields if row["counted"] and row["form"] == "基础数据表" and (row["field"], row["column"]) == (figure.field, figure.column) and row["number"] is not None), Decimal(0))  # fmt: skip
            assert total == Decimal(str(last[head.index(figure.title)])), figure.title


def test_findings_and_tallies_are_the_reports(rolled_up: tuple[Path, Report]) -> None:
    out, report = rolled_up
    findings = rows(out, "findings")
    assert Counter(row["fingerprint"] for row in findings) == Counter(made.fingerprint for made in report.findings)
    missing = [row for row in findings if row["rule"] == "submission-missing"]
    assert missing
    assert all(row["folder"] is None and row["unit"] for row in missing)
    added: Counter[tuple[str, str]] = Counter()
    for row in rows(out, "tallies"):
        added.update({(row["rule"], verdict): row[verdict] for verdict in ("passed", "failed", "undecided", "broken")})
    said = {(each.rule, name): getattr(each, name) for each in report.tallies for name in ("passed", "failed", "undecided", "broken")}  # fmt: skip
    assert dict(added) == said
    submissions = rows(out, "submissions")
    assert sum(row["errors"] for row in submissions) == sum(row["folder"] is not None and row["severity"] == "error" for row in findings)  # fmt: skip
    assert {paper["sha256"] for row in submissions for paper in row["papers"]} == {paper.sha256 for each in report.submissions for paper in each.papers}  # fmt: skip


def tables_of(folders: Sequence[Folder], out: Path, jobs: int) -> dict[str, bytes]:
    with Spool() as spool:
        kept = check_folders(folders, PACK, jobs=jobs, spool=spool)
        report = Report.joined((checked.report for checked in kept), "1", PACK.name)
        write_tables(out, report, place_submissions(report.submissions, None), spool)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_the_order_of_folders_and_the_number_of_processes_change_no_byte(tmp_path: Path) -> None:
    folders = find_folders(SAMPLES, PACK)
    mixed = random.Random(3).sample(folders, len(folders))
    expected = tables_of(folders, tmp_path / "a", 1)
    assert set(expected) == {f"{name}.parquet" for name in TABLES}
    assert tables_of(mixed, tmp_path / "b", 2) == expected


def test_a_cached_run_writes_the_same_bytes(rolled_up: tuple[Path, Report], tmp_path: Path) -> None:
    out, _ = rolled_up
    outputs.roll_up(SAMPLES, out / "汇总.xlsx", roster=SAMPLES / "单位名录.xlsx", parquet=tmp_path)
    for path in (out / "p").iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_where_one_table_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "submissions.parquet").write_bytes(b"old")
    (tmp_path / "tallies.parquet").mkdir()
    with pytest.raises(CannotSave):
        tables_of(find_folders(SAMPLES / "06 岚屿市水文监测中心", PACK), tmp_path, 1)
    assert (tmp_path / "submissions.parquet").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["submissions.parquet", "tallies.parquet"]


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_exact_or_its_digits_are_beside_it(value: Decimal) -> None:
    held, exact = _number(value)
    if exact is None:
        assert held == value
    else:
        assert Decimal(exact) == value
        assert held is None or abs(held - value) <= Decimal("5e-21")


@pytest.mark.parametrize(("library", "option"), [("pyarrow", "--parquet"), ("distributed", "--dask")])
def test_without_the_library_it_is_one_sentence(library: str, option: str, tmp_path: Path) -> None:
    program = f"import sys; sys.modules[{library!r}] = None; from xlcheck.cli import main; main(prog_name='xlcheck')"
    words = ["rollup", str(SAMPLES), "--out", str(tmp_path / "汇总.xlsx"), option, str(tmp_path)]
    ran = subprocess.run([sys.executable, "-c", program, *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    assert ran.returncode == 2
    assert re.fullmatch(rf"xlcheck: 使用 {option} 需要先安装.*pip install 'xlcheck\[\w+\]'。\n", ran.stderr)
