"""A workbook that is not the form asked for: 项目支出绩效目标申报表, handed in as 基础数据表."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.sample_units.book import Book
from tests.sample_units.figures import Filing

TARGETS = (
    ("产出指标", "数量指标", "征集文物数量", "≥120件（套）"),
    ("产出指标", "数量指标", "临时展览数量", "≥8个"),
    ("产出指标", "质量指标", "文物修复合格率", "100%"),
    ("产出指标", "时效指标", "展览按期开放率", "≥95%"),
    ("效益指标", "社会效益指标", "观众人次", "≥60万人次"),
    ("满意度指标", "服务对象满意度指标", "观众满意度", "≥90%"),
)


def write_wrong_form(filing: Filing, path: Path) -> Book:
    """Write the unit's project target form under the name of the base data table."""
    book = Book(path, title="项目支出绩效目标申报表")
    sheet = book.sheet("申报表", [16, 22, 30, 22])
    book.put(sheet, 0, 0, "项目支出绩效目标申报表", "title", columns=4)
    book.height(sheet, 0, 36)
    book.put(sheet, 1, 0, "（2024年度）", "line", columns=4)
    project = next(iter(filing.unit["projects"]))
    budget = filing.amount("四", project, "年初预算数")
    pairs = (("项目名称", project), ("实施单位", filing.name), ("项目属性", "经常性项目"), ("资金总额（万元）", budget))
    for row, (name, value) in enumerate(pairs, 2):
        book.put(sheet, row, 0, name, "name")
        book.put(sheet, row, 1, value, "money" if isinstance(value, Decimal) else "text", columns=3)
    book.put(sheet, 6, 0, "年度目标", "name")
    book.put(sheet, 6, 1, "丰富馆藏，改善文物保存环境，办好陈列展览和社会教育活动。", "text", columns=3)
    book.height(sheet, 6, 48)
    for column, name in enumerate(("一级指标", "二级指标", "三级指标", "指标值")):
        book.put(sheet, 7, column, name, "header")
    for row, target in enumerate(TARGETS, 8):
        for column, text in enumerate(target):
            book.put(sheet, row, column, text, "text")
    book.close()
    return book
