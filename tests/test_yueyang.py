"""Another place is data: the seven-column scoring table of 岳阳市 2018, with a point lost and no reason, as published."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from xlcheck import checking
from xlcheck.rules import load_pack

PACK = load_pack("yueyang-2018")
HEADERS = ("一级指标", "二级指标", "三级指标", "评分标准", "分值", "自评得分", "扣分原因和其他说明")


def scoring_table(path: Path, scores: dict[str, float], reasons: dict[str, str], total: float) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["附件3-1"])
    sheet.append(["2018年度部门整体支出绩效评价评分表"])
    sheet.append(HEADERS)
    for indicator in PACK.indicators:
        name, weight = indicator.name, float(indicator.weight)
        sheet.append([indicator.level1, indicator.level2, name, "控制率100%，计满分", weight, scores.get(name, weight), reasons.get(name)])  # fmt: skip
    sheet.append(["合计", None, None, None, 100, total])
    sheet.append(["自评等级", None, None, None, None, "优"])
    book.save(path)
    return path


def test_points_lost_without_a_reason_are_found(tmp_path: Path) -> None:
    """资金结余 got 2 of 3 with the reason left blank, as a real unit published it."""
    report = checking.check(scoring_table(tmp_path / "评分表.xlsx", {"资金结余": 2}, {}, 99), PACK)
    assert [(each.rule, each.place.cell) for each in report.findings] == [("deduction-without-reason", "F9")]


def test_a_clean_table_is_clean(tmp_path: Path) -> None:
    path = scoring_table(tmp_path / "评分表.xlsx", {"资金结余": 2}, {"资金结余": "年末有结余，未超过上年"}, 99)
    assert checking.check(path, PACK).findings == ()


@pytest.mark.parametrize("name", ["三公经费控制率", "财政供养人员控制率"])
def test_its_weights_are_its_own(tmp_path: Path, name: str) -> None:
    """三公经费控制率 has 6 points here and 4 in 湛江: the default pack says so of this table."""
    path = scoring_table(tmp_path / "评分表.xlsx", {}, {}, 100)
    said = {each.field for each in checking.check(path).findings if each.rule == "weights-differ-from-pack"}
    assert f"{name}·分值" in said
