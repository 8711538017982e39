"""Write ``sample_workbooks/`` from ``tests/sample_units/*.yaml``: the same bytes on every run.

Run as ``python -m tests.make_samples [FOLDER]`` from the top of the checkout. The report of unit 01 is a
published text, kept in the folder itself and copied, not written, when another FOLDER is named.
"""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.sample_units.base_table import write_base_table
from tests.sample_units.book import Book
from tests.sample_units.figures import complete
from tests.sample_units.readme import readme_text
from tests.sample_units.report import write_report
from tests.sample_units.roster import roster_findings, write_roster
from tests.sample_units.scoring_table import write_scoring_table
from tests.sample_units.wrong_form import write_wrong_form

UNITS = Path(__file__).parent / "sample_units"
SAMPLES = Path(__file__).parent.parent / "sample_workbooks"
EXPECTED_HEAD = """\
# What xlcheck must say about each folder, and nothing else of class error or warning: folder → findings.
# Written by tests/make_samples.py. "cell" is where the finding sits; null where the fault has no cell, "file" too where
# there is no file. A fault in a report is told by "quote", words of its paragraph. "consequence": it follows from the
# finding before it. Rules that the pack does not hold yet (report, recomputed scores) are listed all the same.
# Under 单位名录.xlsx: what only a roll-up with the roster says.
"""
Finding = dict[str, Any]


def read_units() -> list[dict[str, Any]]:
    """Every unit's YAML, in the order of their folders; scalars stay text, so 0201 is 0201."""
    loader = YAML(typ="base", pure=True)
    units = {path.stem: loader.load(path) for path in sorted(UNITS.glob("*.yaml"))}
    return [{**units.get(unit.get("like", ""), {}), **unit} for unit in units.values()]


def write_unit(unit: dict[str, Any], top: Path) -> list[Finding]:
    """Write one unit's folder; returns what is to be found in it."""
    filing = complete(unit)
    folder = top / unit["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    books: dict[str, Book] = {}
    writer = write_wrong_form if "wrong_form" in unit else write_base_table
    books["基础数据表"] = writer(filing, folder / "基础数据表.xlsx")
    if "评分表" not in unit.get("missing", ()):
        books["评分表"] = write_scoring_table(filing, folder / "评分表.xlsx")
    report = copy_report(unit, folder) if unit["report"].get("format") == "published" else write_report(filing, folder)
    for path in folder.iterdir():
        if path.suffix in (".xlsx", ".docx"):
            settle(path)
    return [finding(entry, books, report.name) for entry in unit.get("expected", ())]


def copy_report(unit: dict[str, Any], folder: Path) -> Path:
    """The published report, copied where it does not stand already."""
    path = folder / "自评报告.txt"
    source = SAMPLES / unit["folder"] / path.name
    if source != path:
        shutil.copyfile(source, path)
    return path


def finding(entry: dict[str, Any], books: dict[str, Book], report: str) -> Finding:
    """An expected finding with its place as written."""
    paper = entry.get("paper", "")
    file = {"": None, "自评报告": report}.get(paper, f"{paper}.xlsx")
    found: Finding = {"rule": entry["rule"], "file": file, "sheet": None, "cell": None}
    if "at" in entry:
        section, row, column = entry["at"]
        found["sheet"], found["cell"] = books[paper].place((section, row, column))
    if "quote" in entry:
        found["quote"] = entry["quote"]
    if "consequence" in entry:
        found["consequence"] = True
    return found


def settle(path: Path) -> None:
    """Write a package anew with fixed times and well compressed."""
    with zipfile.ZipFile(path) as package:
        parts = [(info.filename, package.read(info)) for info in package.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, data in parts:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            package.writestr(info, data)


def expected_text(expected: dict[str, list[Finding]]) -> str:
    """The text of expected.yaml."""
    lines: list[str] = []
    for folder, findings in expected.items():
        lines.append(f"{json.dumps(folder, ensure_ascii=False)}:{'' if findings else ' []'}\n")
        for found in findings:
            pairs = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in found.items())
            lines.append(f"  - {{{', '.join(pairs)}}}\n")
    return EXPECTED_HEAD + "".join(lines)


def main(arguments: list[str]) -> None:
    """Write everything into FOLDER, by default into ``sample_workbooks/``."""
    top = Path(arguments[0]) if arguments else SAMPLES
    units = read_units()
    expected = {unit["folder"]: write_unit(unit, top) for unit in units}
    roster = write_roster(units, top / "单位名录.xlsx")
    settle(top / "单位名录.xlsx")
    expected["单位名录.xlsx"] = roster_findings(units, roster)
    (top / "README.md").write_text(readme_text(units, expected), encoding="utf-8", newline="\n")
    (top / "expected.yaml").write_text(expected_text(expected), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
