"""指标得分: units × indicators of the scoring tables, coloured by score against weight."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from xlcheck.labels import name_key
from xlcheck.model import Document
from xlcheck.municipal import looks
from xlcheck.municipal.units import SCORES, Line
from xlcheck.municipal.words import Say
from xlcheck.papers.spreadsheet import reference
from xlcheck.sheets import Book, Sheet

NAME = "指标得分"
COLUMN_LIMIT = 200  # indicators shown; a table of that many is no longer read, only scrolled
_IDENTITY = ("单位预算编码", "单位名称", "主管部门")
_LEVELS = ("一级指标", "二级指标", "三级指标")
_WEIGHT_ROW = len(_LEVELS)
_PRINTED_WEIGHT = re.compile(r"[（(]\s*\d+(?:\.\d+)?\s*分?\s*[）)]\s*$")
_LOW, _MIDDLE = Decimal("0.6"), Decimal("0.8")  # of the weight: where the colours are red and yellow


@dataclass(frozen=True, slots=True)
class Indicator:
    """A column: the third-level name, the names above it, and the weight that most units print (or None)."""

    key: str
    levels: tuple[str, str, str]
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class Scores:
    """All units' scores: the indicators in the order of the forms, a mapping key → score for each line.

    ``full`` is the total of the weights that most units print; ``left_out`` counts indicators that
    too few units have to be given a column.
    """

    indicators: tuple[Indicator, ...]
    rows: tuple[dict[str, Decimal], ...]
    full: Decimal | None
    left_out: int


def collect(lines: Sequence[Line]) -> Scores:
    """Gather the indicators of all scoring tables.

    Those that at least half of the tables have come first, in the forms' order (mean position), then
    the others, the more frequent first.
    """
    positions: defaultdict[str, list[int]] = defaultdict(list)
    names: defaultdict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    weights: defaultdict[str, Counter[Decimal]] = defaultdict(Counter)
    totals: Counter[Decimal] = Counter()
    rows: list[dict[str, Decimal]] = []
    tables = 0
    for line in lines:
        scores: dict[str, Decimal] = {}
        document = line.filed.submission.document(SCORES)
        if document is not None:
            tables += 1
            printed = document.fields.get(("合计", "分值"))
            totals.update([printed.number] if printed is not None and printed.number is not None else [])
        for number, (key, levels, weight, score) in enumerate(_stated(document)):
            if key in scores:
                continue
            positions[key].append(number)
            names[key][levels] += 1
            if weight is not None:
                weights[key][weight] += 1
            if score is not None:
                scores[key] = score
        rows.append(scores)

    def order(key: str) -> tuple[int, float, float, str]:
        seen = positions[key]
        mean = sum(seen) / len(seen)
        return (0, mean, 0, key) if 2 * len(seen) >= tables else (1, -len(seen), mean, key)

    keys = sorted(positions, key=order)
    shown = keys[:COLUMN_LIMIT]
    indicators = tuple(Indicator(key, _commonest(names[key]), _commonest_or_none(weights.get(key))) for key in shown)
    return Scores(indicators, tuple(rows), _commonest_or_none(totals), len(keys) - len(shown))


def _stated(document: Document | None) -> Iterator[tuple[str, tuple[str, str, str], Decimal | None, Decimal | None]]:
    """(key, names of the three levels, weight, score) of each indicator of a scoring table."""
    for row in document.tables.get("指标", ()) if document is not None else ():
        key, levels = _named(*(row[level].text if level in row else "" for level in _LEVELS))
        if levels[2]:
            weight, score = row.get("分值"), row.get("自评得分")
            yield key, levels, weight.number if weight else None, score.number if score else None


@lru_cache(maxsize=4096)  # the same forms, thousands of times
def _named(*texts: str) -> tuple[str, tuple[str, str, str]]:
    first, second, third = (" ".join(_PRINTED_WEIGHT.sub("", text).split()) for text in texts)
    return name_key(third), (first, second, third)


def _commonest(counter: Counter[tuple[str, str, str]]) -> tuple[str, str, str]:
    return min(counter, key=lambda item: (-counter[item], item))


def _commonest_or_none(counter: Counter[Decimal] | None) -> Decimal | None:
    return min(counter, key=lambda item: (-counter[item], item)) if counter else None


def write_indicators(book: Book, lines: Sequence[Line], scores: Scores, say: Say) -> None:
    """Write the sheet: three rows of names, a row of weights, a row a unit, then average and score rate."""
    sheet = book.sheet(NAME)
    count = len(scores.indicators)
    first = len(_IDENTITY)
    sheet.widths([13, 28, 22, *[9] * count, 10, 10])
    sheet.freeze(_WEIGHT_ROW + 1, first)
    note = say("颜色按得分率：60%及以下为红，80%为黄，满分为绿；分值取多数单位所填")
    sheet.page(say("指标得分"), note=note, repeat=(0, _WEIGHT_ROW), columns=(0, first - 1), wide=True)
    _write_header(sheet, scores, say)
    top, bottom = _WEIGHT_ROW + 1, _WEIGHT_ROW + len(lines)
    total = first + count
    for row, (line, marks) in enumerate(zip(lines, scores.rows, strict=True), top):
        stated = [marks.get(indicator.key) for indicator in scores.indicators]
        stated.append(line.score)
        cells = [line.filed.code, line.filed.name, line.department, *stated, line.grade]
        styles = [looks.MISSING if mark is None else looks.NUMBER["score"] for mark in stated]
        sheet.row(row, 0, cells, [looks.CENTRE, looks.PLAIN, looks.PLAIN, *styles, looks.CENTRE])
    if not lines:
        return
    columns = [
        *((column, indicator.weight, [marks[indicator.key] for marks in scores.rows if indicator.key in marks])
          for column, indicator in enumerate(scores.indicators, first)),
        (total, scores.full, [line.score for line in lines if line.score is not None]),
    ]  # fmt: skip
    _write_averages(sheet, columns, top, bottom, say)
    for column, weight, _ in columns:
        if weight is not None and weight > 0:
            sheet.conditional((top, column, bottom, column), _scale(weight))
    sheet.filter((_WEIGHT_ROW, 0, bottom, first - 1))


def _scale(weight: Decimal) -> dict[str, object]:
    low, middle, high = (float(weight * part) for part in (_LOW, _MIDDLE, Decimal(1)))
    return {
        "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num",
        "min_value": low, "mid_value": middle, "max_value": high,
        "min_color": "#F8696B", "mid_color": "#FFEB84", "max_color": "#63BE7B",
    }  # fmt: skip


def _write_header(sheet: Sheet, scores: Scores, say: Say) -> None:
    first = len(_IDENTITY)
    last = first + len(scores.indicators)
    for row, level in enumerate(_LEVELS):
        sheet.height(row, (30, 36, 66)[row])
        identity = _IDENTITY if row == _WEIGHT_ROW - 1 else ("", "", say(level))
        for column, title in enumerate(identity):
            sheet.text(row, column, title, looks.HEADER)
        if row < _WEIGHT_ROW - 1:
            for start, end, name in _runs([indicator.levels[: row + 1] for indicator in scores.indicators]):
                sheet.span(row, first + start, first + end, name, looks.HEADER)
        else:
            for column, indicator in enumerate(scores.indicators, first):
                sheet.text(row, column, indicator.levels[2], looks.HEADER)
        titles = (say("自评得分"), say("自评等级")) if row == _WEIGHT_ROW - 1 else ("", "")
        for column, title in enumerate(titles, last):
            sheet.text(row, column, title, looks.HEADER)
    for column, title in enumerate(("", "", say("分值"))):
        sheet.text(_WEIGHT_ROW, column, title, looks.HEADER)
    for column, indicator in enumerate(scores.indicators, first):
        if indicator.weight is None:
            sheet.text(_WEIGHT_ROW, column, "", looks.HEADER)
        else:
            sheet.number(_WEIGHT_ROW, column, indicator.weight, looks.HEADER)
    if scores.full is None:
        sheet.text(_WEIGHT_ROW, last, "", looks.HEADER)
    else:
        sheet.number(_WEIGHT_ROW, last, scores.full, looks.HEADER)
    sheet.text(_WEIGHT_ROW, last + 1, "", looks.HEADER)


def _runs(names: Sequence[tuple[str, ...]]) -> list[tuple[int, int, str]]:
    """(first, last, name) of neighbours that share all levels down to this one."""
    runs: list[tuple[int, int, str]] = []
    for index, levels in enumerate(names):
        if runs and names[index - 1] == levels:
            runs[-1] = (runs[-1][0], index, levels[-1])
        else:
            runs.append((index, index, levels[-1]))
    return runs


def _write_averages(sheet: Sheet, columns: Sequence[tuple[int, Decimal | None, list[Decimal]]], top: int, bottom: int, say: Say) -> None:  # fmt: skip
    row = bottom + 1
    rows = ((row, say("平均得分"), "score"), (row + 1, say("平均得分率"), "rate"))
    for at, label, kind in rows:
        for column, title in enumerate((label, "", "")):
            sheet.text(at, column, title, looks.TOTAL)
        for column, weight, marks in columns:
            area = f"{reference(top + 1, column + 1)}:{reference(bottom + 1, column + 1)}"
            average = sum(marks, Decimal(0)) / len(marks) if marks else None
            look = looks.TOTAL_NUMBER[kind]
            if kind == "score":
                formula = f'=IF(COUNT({area})=0,"",AVERAGE({area}))'
                sheet.formula(at, column, formula, "" if average is None else average, look)
            elif weight:
                own, full = reference(row + 1, column + 1), reference(_WEIGHT_ROW + 1, column + 1)
                rate = "" if average is None else average / weight
                sheet.formula(at, column, f'=IF({own}="","",{own}/{full})', rate, look)
            else:
                sheet.text(at, column, "", look)
        sheet.text(at, columns[-1][0] + 1, "", looks.TOTAL)
