"""概览: one landscape page for the leadership, with native charts; their tables stand right of the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from xlcheck.municipal import looks
from xlcheck.municipal.overview import Overview
from xlcheck.municipal.unit_sheet import Layout
from xlcheck.municipal.units import COLUMNS, Figure, Line, Rate, total, total_rate
from xlcheck.municipal.words import Say
from xlcheck.sheets import Book, Look, Sheet

NAME = "概览"
_COLUMNS, _WIDTH = 18, 7.6  # the page is a grid of narrow columns, merged as needed
_TABLE = ((0, 2), (3, 4), (5, 5), (6, 6))  # first and last grid column of each column of the table
_CHARTS_AT, _CHART = 7, (318, 268)
_DATA_AT = 20

_TITLE = Look({"font_name": "黑体", "font_size": 20, "bold": True, "align": "center", "font_color": looks.INK})
_UNDER = Look({"font_size": 9, "align": "center", "font_color": "#7F7F7F"})
_CARD = Look({"font_size": 10, "align": "center", "bg_color": looks.PALE, "font_color": looks.INK, "top": 1, "left": 1, "right": 1, "border_color": "#FFFFFF"})  # fmt: skip
_CARD_NUMBER = Look({"font_name": "Arial", "font_size": 20, "bold": True, "align": "center", "bg_color": looks.PALE, "font_color": looks.INK, "num_format": "#,##0", "left": 1, "right": 1, "border_color": "#FFFFFF"})  # fmt: skip
_SENTENCE = Look({"font_size": 11, "indent": 1})
_SMALL = {"font_size": 9}
_HEAD = looks.HEADER.but(**_SMALL, text_wrap=False)
_CELL = looks.PLAIN.but(**_SMALL)
_NUMBER = {kind: look.but(**_SMALL) for kind, look in looks.NUMBER.items()}
_DATA = Look({"font_size": 8, "font_color": "#7F7F7F"})


@dataclass(slots=True)
class _Page:
    """Calls that write cells, kept until they can be made from the top row to the bottom."""

    sheet: Sheet
    calls: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)

    def text(self, row: int, column: int, text: str, look: Look) -> None:
        self.calls.append((row, column, partial(self.sheet.text, row, column, text, look)))

    def number(self, row: int, column: int, value: Decimal | int, look: Look) -> None:
        self.calls.append((row, column, partial(self.sheet.number, row, column, value, look)))

    def formula(self, row: int, column: int, formula: str, value: Decimal | int | str, look: Look) -> None:
        self.calls.append((row, column, partial(self.sheet.formula, row, column, formula, value, look)))

    def span(self, row: int, first: int, last: int, text: str, look: Look) -> None:
        self.calls.append((row, first, partial(self.sheet.span, row, first, last, text, look)))

    def flush(self) -> None:
        # Stable by row and column: a merge, then what is written into its first cell.
        for _, _, call in sorted(self.calls, key=lambda item: item[:2]):
            call()


def write_overview(book: Book, overview: Overview, lines: Sequence[Line], pack: str, say: Say) -> None:
    """Write the page: title, six counts, sentences, the city's figures, four charts."""
    sheet = book.sheet(NAME)
    sheet.widths([_WIDTH] * _COLUMNS)
    sheet.page("")
    page = _Page(sheet)
    title = (
        say("{year}年度部门整体支出绩效自评汇总").format(year=overview.year)
        if overview.year
        else say("部门整体支出绩效自评汇总")
    )
    sheet.height(0, 36)
    page.span(0, 0, _COLUMNS - 1, title, _TITLE)
    page.span(1, 0, _COLUMNS - 1, say("规则包：{pack}　　金额单位：万元").format(pack=pack), _UNDER)
    _put_cards(page, overview, say)
    row = 5
    for sentence in overview.sentences:
        sheet.height(row, 17)
        page.span(row, 0, _COLUMNS - 1, sentence, _SENTENCE)
        row += 1
    top = row + 1
    sheet.height(row, 8)
    bottom = _put_figures(page, top, lines, say)
    _put_charts(book, page, overview, top, say)
    page.flush()
    sheet.one_page(max(bottom, top + 27) + 1, _COLUMNS)


def _put_cards(page: _Page, overview: Overview, say: Say) -> None:
    counts = overview.counts
    cards: tuple[tuple[str, int | None, str], ...] = (
        (say("应报单位"), overview.due, looks.INK),
        (say("实报单位"), overview.arrived, looks.INK),
        (say("缺报单位"), overview.missing, looks.RED if overview.missing else looks.INK),
        (say("错误"), counts.errors, looks.RED if counts.errors else looks.INK),
        (say("需说明"), counts.warnings, looks.ORANGE if counts.warnings else looks.INK),
        (say("已说明"), counts.explained, looks.GREEN),
    )
    width = _COLUMNS // len(cards)
    page.sheet.height(2, 18)
    page.sheet.height(3, 32)
    page.sheet.height(4, 8)
    for number, (label, value, colour) in enumerate(cards):
        first, last = number * width, number * width + width - 1
        look = _CARD_NUMBER.but(font_color=colour)
        page.span(2, first, last, label, _CARD)
        page.span(3, first, last, "—" if value is None else "", look)
        if value is not None:
            page.number(3, first, value, look)


def _put_figures(page: _Page, top: int, lines: Sequence[Line], say: Say) -> int:
    """The city's figures, taken live from the row 合计; returns the row after the last."""
    layout = Layout(len(lines))
    titles = (say("全市主要数据"), say("合计"), say("已填单位"), say("未填单位"))
    for (first, last), title in zip(_TABLE, titles, strict=True):
        page.span(top, first, last, title, _HEAD)
    row = top
    for row, column in enumerate(COLUMNS, top + 1):
        page.sheet.height(row, 16)
        (first, last), (total_at, total_end), (stating_at, _), (gap_at, _) = _TABLE
        page.span(row, first, last, column.title, _CELL)
        kind = "rate" if isinstance(column, Rate) else column.kind
        value = total_rate(lines, column) if isinstance(column, Rate) else total(lines, column.title)
        page.span(row, total_at, total_end, "", _NUMBER[kind])
        if lines:
            page.formula(row, total_at, f"={layout.total_cell(column.title)}", value, _NUMBER[kind])
            area = layout.area(column.title)
            stating = sum(_states(line, column) for line in lines)
            page.formula(row, stating_at, f"=COUNT({area})", stating, _NUMBER["count"])
            gap = f"=ROWS({area})-COUNT({area})"
            page.formula(row, gap_at, gap, len(lines) - stating, _NUMBER["count"])
    return row + 1


def _states(line: Line, column: Figure | Rate) -> bool:
    return (
        isinstance(line.rate(column), Decimal) if isinstance(column, Rate) else line.figures[column.title] is not None
    )


def _put_charts(book: Book, page: _Page, overview: Overview, top: int, say: Say) -> None:
    width, height = _CHART
    kinds = (say("错误"), say("需说明"), say("已说明"))
    count = (say("条数"),)
    units = (say("单位数"),)
    page.text(top - 1, _DATA_AT, say("图表数据"), _DATA)
    charts: tuple[tuple[str, str, str | None, tuple[str, ...], Sequence[tuple[Any, ...]], tuple[str, ...]], ...] = (
        (say("问题最多的规则（条）"), "bar", None, count, overview.rules, (looks.BLUE,)),
        (say("主管部门问题数（条）"), "bar", "stacked", kinds, overview.departments, (looks.RED, "#ED7D31", "#70AD47")),
        (say("自评得分等级分布（单位数）"), "column", None, units, overview.grades, (looks.BLUE,)),
        (say("预算完成率分布（单位数）"), "column", None, units, overview.completion, (looks.BLUE,)),
    )
    data = top
    for number, (title, kind, subtype, series, table, colours) in enumerate(charts):
        if not table:
            continue
        page.text(data, _DATA_AT, title, _DATA)
        for at, name in enumerate(series, _DATA_AT + 1):
            page.text(data, at, name, _DATA)
        for row, (label, *values) in enumerate(table, data + 1):
            page.text(row, _DATA_AT, label, _DATA)
            for at, value in enumerate(values, _DATA_AT + 1):
                page.number(row, at, value, _DATA)
        chart = _chart(book, title, kind, subtype, data, len(table), colours)
        at_row, at_column = divmod(number, 2)
        page.sheet.chart(top, _CHARTS_AT, chart, (width - 6, height - 6), (8 + at_column * width, at_row * height))
        data += len(table) + 2


def _chart(book: Book, title: str, kind: str, subtype: str | None, top: int, rows: int, colours: Sequence[str]) -> Any:
    font = {"name": "宋体", "size": 8}
    chart = book.chart(kind, subtype)
    for number, colour in enumerate(colours, 1):
        column = _DATA_AT + number
        chart.add_series({
            "name": [NAME, top, column],
            "categories": [NAME, top + 1, _DATA_AT, top + rows, _DATA_AT],
            "values": [NAME, top + 1, column, top + rows, column],
            "fill": {"color": colour}, "gap": 60, "overlap": 100 if subtype else 0,
            "data_labels": {"value": True, "font": {**font, "color": "#FFFFFF"} if subtype else font, "num_format": "0;;"},
        })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"name": "黑体", "size": 10, "bold": False}, "overlay": False})
    plain = {"num_font": font, "line": {"color": "#BFBFBF"}, "major_tick_mark": "none"}
    values = {"num_font": font, "visible": False, "major_gridlines": {"visible": False}, "min": 0}
    if kind == "bar":
        # In a bar chart xlsxwriter's x axis holds the categories, drawn upwards unless reversed.
        chart.set_x_axis(values)
        chart.set_y_axis({**plain, "reverse": True})
    else:
        chart.set_x_axis(plain)
        chart.set_y_axis(values)
    if len(colours) > 1:
        chart.set_legend({"position": "bottom", "font": font})
    else:
        chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": "#D9D9D9"}})
    return chart
