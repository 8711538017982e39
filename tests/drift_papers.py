"""A unit's folder on disk: workbooks through xlsxwriter, the report through python-docx, and where each figure went."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import docx
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from tests.drift_canvas import Canvas
from tests.drift_dialect import restore
from tests.drift_forms import base_form, day_text, instructions, score_form, unrelated
from tests.drift_printed import make_unit
from tests.drift_typing import money
from tests.drift_unit import Unit
from tests.drift_words import COLUMNS, SUMS, Key

STYLES: dict[str, dict[str, object]] = {
    "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"},
    "head": {
        "bold": True,
        "border": 1,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "bg_color": "#F2F2F2",
    },
    "banner": {"bold": True, "border": 1, "valign": "vcenter", "text_wrap": True},
    "label": {"border": 1, "valign": "vcenter", "text_wrap": True},
    "value": {"border": 1, "align": "right", "valign": "vcenter"},
    "plain": {},
}
RATES: dict[Key, tuple[Key, Key]] = {
    ("一", "在职人员控制率", "数值"): (("一", "年末在职人数", "数值"), ("一", "编制数", "数值")),
    ("五", "固定资产利用率", "数值"): (("五", "在用", "数值"), ("五", "固定资产总额", "数值")),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a figure went: the file relative to the folder of units, the sheet, the cell."""

    file: str
    sheet: str
    cell: str


@dataclass(slots=True)
class Filed:
    """A folder on disk, with the place of every figure and of every label, and the files of each paper."""

    folder: Path
    spots: dict[Key, Spot]
    labels: dict[Key, Spot]
    papers: dict[str, str]  # base | score | report → file relative to the folder of units


def relations(unit: Unit) -> list[tuple[Key, list[Key]]]:
    """Every total of the forms with its parts."""
    found: list[tuple[Key, list[Key]]] = []
    for sums in SUMS.values():
        for section, total, parts in sums:
            for column in COLUMNS[section]:
                found.append(((section, total, column), [(section, part, column) for part in parts]))
    for column in COLUMNS["四"]:
        found.append((("四", "合计", column), [("四", name, column) for name in unit.projects]))
    for column in ("分值", "自评得分"):
        found.append((("评分", "合计", column), [("评分", row.name, column) for row in unit.indicators]))
    return found


def add_formulas(unit: Unit, canvas: Canvas, rng: random.Random) -> None:
    """Turn totals and rates into formulas with stored results, where the printed figures add up exactly."""

    def number(key: Key) -> float | None:
        if key not in canvas.places or unit.items[key].fixed:
            return None
        value = canvas.cells[canvas.places[key]][0].value
        return 0.0 if value is None else float(value) if isinstance(value, int | float) else None

    def cell(key: Key) -> str:
        return xl_rowcol_to_cell(*canvas.places[key])

    for total, every in relations(unit):
        parts = [part for part in every if part in canvas.places]
        numbers = [number(part) for part in parts]
        whole = number(total)
        if not parts or whole is None or None in numbers or canvas.cells[canvas.places[total]][0].value is None:
            continue
        if len({unit.items[key].unit for key in (total, *parts)}) > 1:
            continue
        if abs(sum(number or 0 for number in numbers) - whole) > 1e-9 * max(1.0, whole):
            continue
        rows = sorted(canvas.places[part] for part in parts)
        block = {(row, rows[0][1]) for row in range(rows[0][0], rows[-1][0] + 1)}
        listed = f"=SUM({xl_rowcol_to_cell(*rows[0])}:{xl_rowcol_to_cell(*rows[-1])})"
        canvas.formulas[canvas.places[total]] = listed if block == set(rows) else "=" + "+".join(map(cell, parts))
    grade: Key = ("评分", "自评等级", "值")
    if grade in canvas.places and canvas.cells[canvas.places[grade]][1] == "value" and rng.random() < 0.1:
        score, word = cell(("评分", "合计", "自评得分")), unit.items[grade].value
        canvas.formulas[canvas.places[grade]] = f'=IF({score}>=0,"{word}","")'
    lines: dict[Key, tuple[Key, Key]] = {
        ("四", name, "支出率"): (("四", name, "决算数"), ("四", name, "全年预算数"))
        for name in [*unit.projects, "合计"]
    }
    columns: dict[str, bool] = {}  # a form has formulas in a whole column of rates, or in none of it
    for rate, (above, below) in (RATES | lines).items():
        typed = canvas.cells[canvas.places[rate]][0] if rate in canvas.places else None
        if typed is None or not typed.fmt.endswith("%") or unit.items[rate].fixed:
            continue
        if not columns.setdefault(rate[0], rng.random() >= 0.4):
            continue
        over, under = number(above), number(below)
        if over and under and unit.items[above].unit == unit.items[below].unit:
            canvas.formulas[canvas.places[rate]] = f"={cell(above)}/{cell(below)}"
            canvas.cells[canvas.places[rate]] = (type(typed)(over / under, typed.fmt), "value")


def write_book(path: Path, canvases: list[Canvas], epoch: bool, rng: random.Random) -> None:
    """Write the sheets with xlsxwriter; ``epoch`` counts days from 1904, as old Macs did."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "date_1904": epoch}
    book = xlsxwriter.Workbook(str(path), options)
    bold, plain = book.add_format({"bold": True}), book.add_format({})
    formats: dict[tuple[str, str], object] = {}
    for canvas in canvases:
        sheet = book.add_worksheet(canvas.name)
        for top, left, bottom, right in canvas.merges:
            style = canvas.cells.get((top, left), (None, "label"))[1]
            sheet.merge_range(top, left, bottom, right, "", book.add_format(STYLES[style]))
        widths: dict[int, int] = {}
        merged = {(top, left) for top, left, _, right in canvas.merges if right > left}
        for (row, column), (typed, style) in sorted(canvas.cells.items(), key=lambda entry: entry[0]):
            if (style, typed.fmt) not in formats:
                formats[style, typed.fmt] = book.add_format(STYLES[style] | {"num_format": typed.fmt})
            look = formats[style, typed.fmt]
            if (row, column) in canvas.formulas:
                sheet.write_formula(row, column, canvas.formulas[row, column], look, typed.value)
            elif typed.value is None:
                sheet.write_blank(row, column, None, look)
            elif isinstance(typed.value, date):
                sheet.write_datetime(row, column, typed.value, look)
            elif isinstance(typed.value, str) and style == "label" and len(typed.value) > 2 and rng.random() < 0.03:
                sheet.write_rich_string(row, column, bold, typed.value[:2], plain, typed.value[2:], look)
            elif isinstance(typed.value, str):
                sheet.write_string(row, column, typed.value, look)
            else:
                sheet.write_number(row, column, typed.value, look)
            if style in ("label", "head", "value") and (row, column) not in merged:
                widths[column] = max(widths.get(column, 8), min(34, 2 * len(str(typed.value or ""))))
        for column, width in widths.items():
            sheet.set_column(column, column, width + 2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        if canvas.hidden:
            sheet.hide()
    next(sheet for sheet, canvas in zip(book.worksheets(), canvases, strict=True) if not canvas.hidden).activate()
    if canvases[0].hidden:
        next(
            sheet for sheet, canvas in zip(book.worksheets(), canvases, strict=True) if not canvas.hidden
        ).set_first_sheet()
    book.close()


def write_report(path: Path, unit: Unit) -> None:
    """The narrative report, worded like the seed's, with the unit's true figures."""
    truth, items = unit.truth, unit.items
    name, year = unit.report_name or unit.name, unit.report_year
    staff = {
        row: int(truth["一", row, "数值"])
        for row in ("编制数", "行政编制", "工勤编制", "事业编制", "年末在职人数", "离退休人数")
    }
    parts = [
        f"{word}{staff[row]}名"
        for row, word in (("行政编制", "行政编制"), ("工勤编制", "行政工勤编制"), ("事业编制", "事业编制"))
        if staff[row]
    ]
    final = {
        row: money(truth["二", row, "决算数"])
        for row in ("本年收入合计", "年初结转和结余", "本年支出合计", "年末结转和结余")
    }
    score = items["评分", "合计", "自评得分"].number
    total = sum(items["评分", row.name, "自评得分"].number for row in unit.indicators)
    variance = items["评分", "财政拨款收入预决算差异率", "指标值"]
    use = items["五", "固定资产利用率", "数值"]
    published, closed = items["六", "预算公开日期", "数值"].value, items["六", "决算公开日期", "数值"].value
    accounts = (
        f"{unit.year}年部门决算于{day_text(closed)}进行公开"
        if isinstance(closed, date)
        else f"截至目前{unit.year}年部门决算市财政局尚未批复"
    )
    group = items["六", "自评工作小组人数", "数值"].value
    as_of = unit.report_as_of or f"截至{day_text(unit.filed)}"
    document = docx.Document()
    document.add_heading("整体绩效自评报告", 0)
    problems = (
        ["1.在年初预算的资金安排和使用上有不可预见性。", "2.专项资金使用的计划性需进一步加强。"]
        if total < 100
        else ["无。"]
    )
    for text in (
        f"评价年度：{year}年度",
        f"评价单位：{name}",
        f"填报日期：{day_text(unit.filed)}",
        f"根据市财政局关于开展{unit.year + 1}年市级财政资金绩效自评工作的通知要求，我单位认真开展自评自查工作，形成本评价报告。"
        f"现将{year}年度{name}整体绩效自我评价报告如下：",
        "一、单位基本情况",
        f"（一）单位机构设置、部门职能情况。{as_of}，{name}总编制{staff['编制数']}名，其中：{'，'.join(parts)}。"
        f"{year}年末在职人数{staff['年末在职人数']}人，离退休人数{staff['离退休人数']}人。",
        "二、自评工作开展情况",
        "我单位所报送的自评报告、数据表、评分表与公开的自评报告、数据表、评分表一致。",
        "三、绩效自评情况",
        "（一）自评结果",
        f"我单位预算年度内整体支出绩效目标完成情况良好。自评分数为{score.normalize():f}分，"
        f"自评等级为{items['评分', '自评等级', '值'].value}。",
        "（二）部门整体支出绩效指标分析",
        "1.预算编制情况。",
        f"按照要求准确编制项目预算，财政拨款收入预决算差异率为{variance.number * 100:.{variance.digits}f}％。",
        "2.预算执行情况。",
        "，".join(f"{row}{amount}万元" for row, amount in final.items()) + "。",
        f"资产账与财务账相符，固定资产利用率为{use.number * 100:.{use.digits}f}％。",
        "3.预算监督情况。",
        f"我单位{unit.year}年部门预算于{day_text(published) if isinstance(published, date) else published}进行公开。{accounts}。"
        f"我单位成立自评工作小组共{group}人，人数和结构符合文件规定。",
        "4.预算使用效益。",
        "认真落实年度重点工作，服务质量稳步提升。",
        "（三）部门整体支出绩效管理存在问题",
        *problems,
        "（四）改进措施",
        "加强对专项资金的提前规划意识，合理安排资金使用。",
        "四、其他自评情况",
        "无。",
    ):
        document.add_paragraph(text)
    document.save(str(path))


def base_book(unit: Unit, rng: random.Random) -> list[Canvas]:
    """The base data table's sheets, sometimes with hidden ones of last year or a sheet of instructions beside them."""
    base = base_form(unit, rng)
    for canvas in base:
        add_formulas(unit, canvas, rng)
    if rng.random() < 0.12:
        former = make_unit(rng, name=unit.name, year=unit.year - 1)
        hidden = base_form(former, rng)
        for canvas in hidden:
            canvas.hidden, canvas.name = True, f"{canvas.name}({former.year})"
            canvas.places.clear()
            canvas.labels.clear()
        base = hidden + base if rng.random() < 0.3 else base + hidden
        unit.tags.add("hidden sheets with last year's figures")
    if rng.random() < 0.2:
        base.insert(rng.choice((0, len(base))), instructions(rng))
        unit.tags.add("a sheet of instructions")
    return base


def file_unit(unit: Unit, rng: random.Random, root: Path, folder: str) -> Filed:
    """Write the unit's three papers (or fewer) below ``root``."""
    home = root / folder
    home.mkdir(parents=True)
    papers = {"base": base_book(unit, rng), "score": score_form(unit, rng)}
    add_formulas(unit, papers["score"][0], rng)
    prefix = rng.choice(("", "", "", f"{unit.name}_", "附件-"))
    files = {"base": f"{prefix}基础数据表.xlsx", "score": f"{prefix}评分表.xlsx", "report": f"{prefix}自评报告.docx"}
    if rng.random() < 0.2 and not unit.missing & {"base", "score"} and not unit.foreign:
        files["base"] = files["score"] = f"{prefix}部门整体支出绩效自评表.xlsx"
        unit.tags.add("both forms in one workbook")
    books: dict[str, list[Canvas]] = {}
    for paper, canvases in papers.items():
        if paper not in unit.missing:
            books.setdefault(files[paper], []).extend([unrelated(rng)] if paper in unit.foreign else canvases)
    filed = Filed(home, {}, {}, {paper: f"{folder}/{name}" for paper, name in files.items()})
    for name, canvases in books.items():
        seen: set[str] = set()
        for canvas in canvases:
            while canvas.name in seen:
                canvas.name += "a"
            seen.add(canvas.name)
            for found, places in ((filed.spots, canvas.places), (filed.labels, canvas.labels)):
                found |= {
                    key: Spot(f"{folder}/{name}", canvas.name, xl_rowcol_to_cell(*at)) for key, at in places.items()
                }
        epoch = rng.random() < 0.04
        write_book(home / name, canvases, epoch, rng)
        unit.tags |= {f"package:{restore(home / name, rng)}", f"1904 dates:{epoch}"}
    if "report" not in unit.missing:
        write_report(home / files["report"], unit)
    return filed
