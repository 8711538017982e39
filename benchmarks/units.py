"""Units for load: folders as real units file them, consistent but for a share with faults, and their roster.

Run: ``python -m benchmarks.units FOLDER --units 5000 --seed 1 [--reports] [--faults 0.1]``. Five clean sample
units give the layouts; every amount is scaled and shaken, names and codes are invented, and all of it is drawn
from the seed. A unit's files do not depend on how many units there are.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter

from benchmarks.moulds import CastBook, Mould, fill_report, report_mould
from tests.drift import unit_names
from tests.drift_words import BUDGET3
from tests.make_samples import read_units
from tests.sample_units.base_table import write_base_table
from tests.sample_units.figures import Filing, cents, complete
from tests.sample_units.report import report_lines, write_report
from tests.sample_units.scoring_table import write_scoring_table

Unit = dict[str, Any]
LAYOUTS = ("02", "03", "05", "08", "10")  # the clean sample units
IN_A_DEPARTMENT = 12
DATA, SCORES, REPORT = "基础数据表.xlsx", "评分表.xlsx", "自评报告.docx"


def slip(section: str, row: str, column: str, more: str) -> Callable[[Unit, Filing], Unit]:
    """A fault: a figure of the base data table that is ``more`` than it should be."""

    def made(unit: Unit, filing: Filing) -> Unit:
        return unit | {"base_slips": [[section, row, column, f"{filing.amount(section, row, column) + Decimal(more)}"]]}

    return made


# What a faulty unit has wrong, and the rule that says so.
FAULTS: tuple[tuple[str, Callable[[Unit, Filing], Unit]], ...] = (
    ("carryover-does-not-balance", slip("二", "年末结转和结余", "决算数", "3.60")),
    ("income-parts-differ-from-total", slip("二", "本年收入合计", "决算数", "10.00")),
    ("project-lines-differ-from-total", slip("四", "合计", "全年预算数", "5.00")),
    ("staffing-parts-differ-from-total", slip("一", "编制数", "数值", "1")),
    ("credit-code-invalid", lambda unit, _: unit | {"wrong_credit_code": "yes"}),
    ("year-differs", lambda unit, _: unit | {"score_year": "2023年度"}),
    ("paper-missing", lambda unit, _: unit | {"missing": ["评分表"]}),
    ("scores-do-not-add-up", lambda unit, filing: unit | {"score_slips": [["合计", "自评得分", f"{filing.score_total - 1}"]]}),
)  # fmt: skip


class Generator:
    """Draws units from a seed and writes them; ``faults`` is the share of units that have one."""

    def __init__(self, top: Path, seed: int, *, reports: bool = False, faults: float = 0.0) -> None:
        self.top, self.seed, self.reports, self.faults = top, seed, reports, faults
        self.samples = [unit for unit in read_units() if unit["folder"][:2] in LAYOUTS]
        self.names = unit_names(random.Random(seed))
        self.moulds: dict[str, Mould] = {}

    def draw(self, index: int) -> tuple[Unit, str | None]:
        """The unit of that number, and the rule that its fault breaks (None: it is clean)."""
        rng = random.Random(f"{self.seed}/{index}")
        sample = rng.choice(self.samples)
        again = index // len(self.names)
        name = self.names[index % len(self.names)] + (f"第{again + 1}分部" if again else "")
        unit = sample | {
            "layout_of": sample["folder"],
            "folder": f"{index + 1:05d} {name}",
            "name": name,
            "code": f"{index + 1:06d}",
            "department": f"{self.names[index // IN_A_DEPARTMENT % len(self.names)]}管理局",
        }
        scale = Decimal(rng.randint(400, 2500)) / 1000
        for group in ("flows", "projects", "control", "assets"):
            unit[group] = {row: scaled(values, scale, rng) for row, values in sample[group].items()}
        unit["flows"]["年初结转和结余"] = unit["flows"]["年初结转和结余"][-1:] * len(BUDGET3)
        unit["staff"] = sample["staff"] | {"离退休人数": f"{rng.randint(1, 90)}"}
        if rng.random() >= self.faults:
            return unit, None
        rule, spoil = rng.choice(FAULTS)
        return spoil(unit, complete(unit)), rule

    def write(self, index: int) -> tuple[Unit, str | None]:
        """Write the unit's folder; returns the unit, and the rule that its fault breaks."""
        unit, rule = self.draw(index)
        filing = complete(unit)
        folder = self.top / unit["folder"]
        folder.mkdir(parents=True)
        for file, write in ((DATA, write_base_table), (SCORES, write_scoring_table)):
            if file.removesuffix(".xlsx") not in unit.get("missing", ()):
                write(filing, folder / file, partial(CastBook, moulds=self.moulds, layout=file + unit["layout_of"]))
        if self.reports:
            self._write_report(filing, folder)
        return unit, rule

    def _write_report(self, filing: Filing, folder: Path) -> None:
        mould = self.moulds.get(REPORT + filing.unit["layout_of"])
        if mould is None:
            self.moulds[REPORT + filing.unit["layout_of"]] = report_mould(write_report(filing, folder))
        else:
            said = [text for line in report_lines(filing) for text in line.text.split("\n")]
            fill_report(mould, said, folder / REPORT)


def scaled(values: Any, scale: Decimal, rng: random.Random) -> Any:
    """A row's amounts, scaled as the unit and shaken together by up to 2 per mille; what is no amount stays."""
    factor = scale * (1 + Decimal(rng.randint(-20, 20)) / 10000)
    if isinstance(values, list):
        return [f"{cents(Decimal(value) * factor)}" if value else value for value in values]
    return values if values == "rest" else f"{cents(Decimal(values) * factor)}"


def write_units(top: Path, units: int, seed: int, *, reports: bool = False, faults: float = 0.0, start: int = 0) -> dict[str, str | None]:  # fmt: skip
    """Write the units ``start`` … ``units`` − 1 below ``top``, and a roster of all; folder → the rule that its fault breaks."""
    generator = Generator(top, seed, reports=reports, faults=faults)
    written = [generator.write(index) for index in range(start, units)]
    write_roster(
        [generator.draw(index)[0] for index in range(start)] + [unit for unit, _ in written], top / "单位名录.xlsx"
    )
    return {unit["folder"]: rule for unit, rule in written}


def write_roster(units: list[Unit], path: Path) -> None:
    """Write 单位名录.xlsx."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("单位名录")
    sheet.write_row(0, 0, ["单位预算编码", "单位名称", "主管部门", "应报"])
    for number, unit in enumerate(units, 1):
        for column, text in enumerate((unit["code"], unit["name"], unit["department"], "是")):
            sheet.write_string(number, column, text)
    book.close()


def main() -> None:
    """Write the units that the command line asks for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, help="a new folder")
    options.add_argument("--units", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--reports", action="store_true", help="a 自评报告.docx for each unit, too")
    options.add_argument("--faults", type=float, default=0.0, help="the share of units with a fault, from 0 to 1")
    given = options.parse_args()
    if given.folder.exists() and any(given.folder.iterdir()):
        raise SystemExit(f"{given.folder} is not empty; name a new folder.")
    given.folder.mkdir(parents=True, exist_ok=True)
    written = write_units(given.folder, given.units, given.seed, reports=given.reports, faults=given.faults)
    print(f"{len(written)} units, {sum(rule is not None for rule in written.values())} of them with a fault")


if __name__ == "__main__":
    main()
