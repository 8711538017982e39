"""Sentences that are true of an invented unit and of what surrounds it, filled for the reader that must say nothing of them.

``true_sentences.txt`` has them by class under ``##``; ``@`` is the heading that they stand under, lines that begin with
two spaces go on with a table. Slots are those of the judge's texts (``{本年收入合计:万元}``), and numbers that concern
something else: {R} and {r} larger and smaller amounts, {P} and {p} larger and smaller rates, {N} and {M} smaller and
larger counts, {I} a whole amount; {Y}, {Y-1} … are years.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.drift_papers import file_unit
from tests.drift_printed import make_unit
from tests.drift_unit import Unit
from tests.report_figures import Slot, Unstated, worded
from tests.report_judge import findings
from xlcheck import folders, reading
from xlcheck.model import Submission
from xlcheck.rules import Pack

TRUTHS = Path(__file__).parent / "true_sentences.txt"
NAMES = ("澜川市水务局", "青桐市疾病预防控制中心")
BASE = """{单位}{年}年度部门整体支出绩效自评报告
一、部门基本情况
本单位核定编制{编制数:名}，年末在职人员{年末在职人数:人}，离退休人员{离退休人数:人}。
二、收支情况
{年}年本年收入合计{本年收入合计:万元}，本年支出合计{本年支出合计:万元}，其中基本支出{基本支出:万元}，项目支出{项目支出:万元}。年末结转和结余{年末结转和结余:万元}。
“三公”经费支出{三公经费合计:万元}。固定资产总额{固定资产总额:万元}，固定资产利用率{固定资产利用率:%}。
@
自评得分{自评得分:分}，自评等级为{自评等级}。
"""
_SLOT = re.compile(r"\{([^{}:]+)(?::([^{}]+))?\}")
_RANDOM = {
    "R": lambda rng: f"{rng.uniform(20, 2500):.2f}",
    "r": lambda rng: f"{rng.uniform(0.3, 40):.2f}",
    "P": lambda rng: f"{rng.uniform(60, 120):.2f}",
    "p": lambda rng: f"{rng.uniform(1, 45):.2f}",
    "I": lambda rng: str(rng.randint(20, 2500)),
    "N": lambda rng: str(rng.randint(2, 60)),
    "M": lambda rng: str(rng.randint(60, 6000)),
}


def truths() -> Iterator[tuple[str, str]]:
    """(heading, sentence with its slots) of each truth."""
    heading = "三、其他情况"
    for block in re.split(r"\n(?!  )", TRUTHS.read_text(encoding="utf-8")):
        line = "\n".join(each.strip() for each in block.splitlines())
        if line.startswith("@"):
            heading = line[1:]
        elif line and not line.startswith("##"):
            yield heading, line


def filled(source: str, unit: Unit, rng: random.Random) -> str:
    """A text with its slots filled; raises :class:`Unstated`."""

    def said(slot: re.Match[str]) -> str:
        if slot[1] in _RANDOM:
            return _RANDOM[slot[1]](rng)
        year = re.fullmatch(r"Y([+-]\d)?", slot[1])
        return (
            str(unit.year + int(year[1] or 0))
            if year is not None
            else worded(unit, Slot(slot[1], slot[2] or "", judged=True))
        )

    return _SLOT.sub(said, source)


def invented(name: str, pack: Pack) -> tuple[Unit, Submission]:
    """A unit of which the report around the sentences can be true, with its filed tables."""
    for seed in range(3000):
        unit = make_unit(random.Random(f"{name}{seed}"), name=name)
        try:
            filled(BASE, unit, random.Random(0))
        except Unstated:
            continue
        if not unit.blank_columns and not unit.missing:
            break
    with tempfile.TemporaryDirectory() as top:
        file_unit(unit, random.Random(name), Path(top), name)
        folder = next(iter(folders.discover(Path(top), lambda path: reading.is_form(path, pack))))
        return unit, reading.read_submission(folder, pack)


def alarms(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """What is said of the truths without cause: (sentence, rule, quote)."""
    for name in NAMES:
        unit, submission = invented(name, pack)
        for heading, line in truths():
            rng = random.Random(f"{name}{line}")
            try:
                text = filled(BASE.replace("@", f"{heading}\n{line}"), unit, rng)
            except Unstated:
                continue
            for rule, quote in findings(text.encode(), "自评报告.txt", submission, pack, NAMES):
                if not rule.startswith("full-marks"):
                    yield line, rule, quote
