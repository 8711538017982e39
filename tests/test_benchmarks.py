"""What the benchmarks measure with: units that are as clean or as faulty as they claim, and answers that agree."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from benchmarks import confront
from benchmarks.moulds import CastBook, Mould, parts_of
from benchmarks.units import DATA, FAULTS, LAYOUTS, SCORES, Generator, write_units
from tests.sample_units.base_table import write_base_table
from tests.sample_units.figures import complete
from tests.sample_units.scoring_table import write_scoring_table
from xlcheck.checking import check
from xlcheck.model import Severity
from xlcheck.roster import read_roster


def test_a_unit_is_clean_or_has_the_fault_it_was_given(tmp_path: Path) -> None:
    given = write_units(tmp_path, 30, seed=3, reports=True, faults=0.6)
    report = check(tmp_path)
    said: dict[str, set[str]] = {folder: set() for folder in given}
    for finding in report.findings:
        if finding.severity is not Severity.NOTE:
            said[finding.folder].add(finding.rule)
    assert {folder: rules for folder, rules in said.items() if not given[folder] and rules} == {}
    assert {folder: rule for folder, rule in given.items() if rule and rule not in said[folder]} == {}
    assert set(given.values()) == {None, *(rule for rule, _ in FAULTS)}, "another seed: not every fault was drawn"
    assert [entry.name for entry in read_roster(tmp_path / "单位名录.xlsx").entries] == [folder[6:] for folder in given]


def test_a_unit_is_the_same_however_many_there_are(tmp_path: Path) -> None:
    for top, units in ((tmp_path / "few", 3), (tmp_path / "more", 6)):
        top.mkdir()
        write_units(top, units, seed=5, reports=True)
    files = [path.relative_to(tmp_path / "few") for path in (tmp_path / "few").glob("*/*.*")]
    assert len(files) == 9
    assert [name for name in files if content(tmp_path / "few" / name) != content(tmp_path / "more" / name)] == []


def content(path: Path) -> list[object]:
    """A workbook's cells, a report's parts."""
    if path.suffix != ".xlsx":
        return sorted(parts_of(path).items())
    book = openpyxl.load_workbook(path)
    return [(sheet.title, cell.coordinate, cell.value, cell.number_format, cell.font.b, cell.border.left.style) for sheet in book for row in sheet.rows for cell in row]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("file", "write"), [(DATA, write_base_table), (SCORES, write_scoring_table)])
def test_a_cast_workbook_is_what_its_writer_writes(
    layout: str, file: str, write: Callable[..., object], tmp_path: Path
) -> None:
    generator = Generator(tmp_path, seed=8)
    generator.samples = [unit for unit in generator.samples if unit["folder"].startswith(layout)]
    moulds: dict[str, Mould] = {}
    make = partial(CastBook, moulds=moulds, layout=layout)
    number = random.Random(layout).randint(1, 999)
    first, second = (complete(generator.draw(index)[0]) for index in (0, number))
    write(first, tmp_path / "first.xlsx", make)
    write(second, tmp_path / "cast.xlsx", make)
    write(second, tmp_path / "written.xlsx")
    assert content(tmp_path / "cast.xlsx") == content(tmp_path / "written.xlsx")
    assert content(tmp_path / "cast.xlsx") != content(tmp_path / "first.xlsx")


def test_confront_and_its_peers_agree() -> None:
    lines, slow = confront.compare(300, rounds=1)
    assert [line[0].split()[0] for line in lines[:4]] == ["NumPy", "`confront`", "`confront`,", "pandas"]
    assert not slow


def test_a_peer_that_disagrees_is_not_let_through() -> None:
    with pytest.raises(AssertionError, match="finds 1 failures, NumPy 0"):
        confront.agreed("pandas", {(3, "sum-1")}, set())
