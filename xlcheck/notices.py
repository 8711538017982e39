"""What is odd about a paper that no rule judges, each with its cells; the words are in :mod:`xlcheck.oddities`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from xlcheck.model import Kind, Notice, Place, Related
from xlcheck.oddities import BY_CODE
from xlcheck.papers.numbers import from_text, plain
from xlcheck.papers.spreadsheet import Book, Cell, Sheet, reference
from xlcheck.plans import Filled, Plan, Slot
from xlcheck.sequences import gaps
from xlcheck.survey import Survey
from xlcheck.values import WORD_KINDS

_NAMED_CELLS = 4  # in the sentence
_MOST_RELATED = 200  # beside it
_LONGEST_SHOWN = 20
_FEWEST_FORMULAS = 3  # beside a typed number, in a column of rates; twice as many among the totals of a paper
_ADDED_UP = frozenset({"amount", "count", "score"})
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"})  # fmt: skip
_PLACEHOLDER = re.compile(
    r"[×✕╳]{2,}|(?<![A-Za-z])(?:[xX]{2,}|[Ｘｘ]{2,})(?![A-Za-z])|[＊*]{2,}|_{3,}|＿{2,}|【\s*】|\?{3,}|？{3,}|[□■]{3,}"
    r"|待(?:补充|填写?|完善|补)(?![缴发助交])|(?:请|此处)(?:填写|输入)"
)
_PLACEHOLDER_CODE = re.compile(r"\s*(?:[×✕╳＊*xXＸｘ_＿?？]{2,}|待[补填].{0,2})\s*")


def notice(code: str, cells: Sequence[Related], **words: object) -> Notice:
    """One notice on ``cells``: it stands at the first, names a few more in its sentence, and keeps the rest beside it."""
    oddity = BY_CODE[code]
    first, count = cells[0], len(cells)
    named = [_named(each.place, first.place) for each in cells[:_NAMED_CELLS]]
    more = "…" if count > _NAMED_CELLS else ""
    words = {"shown": clipped(first.value), "cells": "、".join(named), **words}
    many = first.field + (f"等 {count} 处（{'、'.join(named)}{more}）" if count > 1 else "")
    many_en = first.field + (f" and {count - 1} more ({', '.join(named)}{more}): each " if count > 1 else " ")
    return Notice(
        code,
        oddity.says.format(many=many, **words),
        oddity.says_en.format(many=many_en.lstrip(), **words),
        first.place,
        tuple(cells[1:_MOST_RELATED]),
    )


def clipped(text: str) -> str:
    """A unit's text on one line, short enough for a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _named(place: Place, first: Place) -> str:
    if place.cell is None:
        return clipped(place.sheet or "")
    return place.cell if place.sheet == first.sheet else f"{clipped(place.sheet or '')}!{place.cell}"


def _in_order(found: Iterable[Filled]) -> list[Related]:
    return [_related(each) for each in sorted(found, key=_order)]


def _order(each: Filled) -> tuple[int, tuple[int, int]]:
    return each.slot[:2]


def _related(each: Filled) -> Related:
    return Related(each.value.place, each.slot.label, each.cell.text.strip())


Grid = Mapping[tuple[int, tuple[int, int]], Filled]  # what was read, by sheet number and cell


def notices(plan: Plan, book: Book, file: str, grid: Grid) -> Iterator[Notice]:
    """Everything odd about a located paper."""
    if not book.whole:
        yield notice("read-in-part", [Related(Place(file), "", "")])
    sheets = [(found.number, book.sheets[found.number]) for found in plan.surveys]
    yield from _errors(file, sheets, grid)
    if any(cell.formula for _, sheet in sheets for cell in sheet.cells.values()):
        yield from _over_formulas(plan, grid)
    yield from odd_values(grid.values(), typed=book.typed)
    for gap in gaps(plan, book, grid):
        yield notice("sequence-gap", [Related(Place(file, gap.sheet, gap.cell), "", gap.shown)], lost=gap.lost)
    yield from _hidden_sheets(file, (book.sheets[number] for number in plan.passed), read=False)
    yield from _hidden_sheets(file, (sheet for _, sheet in sheets), read=True)
    yield from _hidden_lines(file, plan.surveys, book, grid)


def _errors(file: str, sheets: Sequence[tuple[int, Sheet]], grid: Grid) -> Iterator[Notice]:
    """Error cells that no rule speaks of, formulas without a result, and results that were computed for the check."""
    wrong: list[Related] = []
    without: list[Related] = []
    computed: list[Related] = []
    program = ""
    for number, sheet in sheets:
        odd = [cell for cell in sheet.cells.values() if cell.error or cell.computed or cell.raw in ERRORS]
        for cell in odd:
            known = grid.get((number, (cell.row, cell.column)))
            at = _related(known) if known is not None else _beside(file, sheet.name, cell)
            if cell.computed:
                program = cell.computed
                computed.append(at)
            if cell.raw is None:
                without.append(at)
            elif (cell.error or not cell.computed) and (known is None or known.slot.kind in WORD_KINDS):
                wrong.append(at)
    if wrong:
        yield notice("error-cell", wrong)
    if without:
        yield notice("formula-without-result", without)
    if computed:
        yield notice("formula-result-computed", computed, program=program)


def _beside(file: str, sheet: str, cell: Cell) -> Related:
    return Related(Place(file, sheet, reference(cell.row, cell.column)), "", cell.text.strip())


def _over_formulas(plan: Plan, grid: Grid) -> Iterator[Notice]:
    """The one number typed where all other totals in rows with formulas, or all other lines' rates, are formulas.

    Where several are typed nobody can tell an overwritten formula from a form that never had it.
    """
    across: dict[str, list[Filled]] = {}
    for (name, column), slots in plan.fields.items():
        item = plan.form.cells.get((name, column))
        if item is not None and (item.total or item.kind == "percent"):
            across.setdefault(name, []).extend(_figures(slots, grid))
    totals = [each for line in across.values() if any(each.cell.formula for each in line) for each in line]
    yield from _lone(totals, 2 * _FEWEST_FORMULAS)
    for table in plan.form.tables:
        rows = plan.tables[table.name].rows if table.name in plan.tables else ()
        for column in (column.name for column in table.columns if column.kind == "percent"):
            yield from _lone(_figures((row[column] for row in rows if column in row), grid), _FEWEST_FORMULAS)


def _figures(slots: Iterable[Slot], grid: Grid) -> list[Filled]:
    """What was read from some slots and is a number or a formula's result."""
    found = (grid.get(slot[:2]) for slot in slots)
    return [each for each in found if each is not None and (each.cell.formula or isinstance(each.cell.raw, float))]


def _lone(cells: Sequence[Filled], fewest: int) -> Iterator[Notice]:
    """A notice where all of the cells but one, and ``fewest`` at least, are formulas; typing over one keeps its format."""
    typed = [each for each in cells if not each.cell.formula]
    formats = {each.cell.format for each in cells if each.cell.formula}
    if len(typed) == 1 and len(cells) > fewest and typed[0].cell.format in formats:
        yield notice("constant-over-formula", _in_order(typed))


def odd_values(located: Iterable[Filled], *, typed: bool) -> Iterator[Notice]:
    """Numbers stored as text, more digits stored than shown, and placeholders that were left in.

    ``typed``: the paper's format tells numbers from texts.
    """
    text: list[Filled] = []
    finer: list[Filled] = []
    left: list[Filled] = []
    kept = {"number-as-text": text if typed else [], "stored-digits-not-shown": finer, "placeholder-left": left}
    for each in located:
        odd = odd_value(each)
        if odd:
            kept[odd].append(each)
    if text:
        yield notice("number-as-text", _in_order(text))
    if finer:
        yield notice("stored-digits-not-shown", _in_order(finer), stored=_stored(min(finer, key=_order)))
    if left:
        first = min(left, key=_order)
        yield notice("placeholder-left", _in_order(left), shown=_placeholder(first.cell.text, first.slot.kind))


ODD_VALUES = frozenset({"number-as-text", "stored-digits-not-shown", "placeholder-left"})


def odd_value(each: Filled) -> str:
    """What is odd about a value (of :data:`ODD_VALUES`) however the rest of the paper may look, or the empty string."""
    raw, kind = each.cell.raw, each.slot.kind
    if isinstance(raw, float):
        return "stored-digits-not-shown" if kind == "amount" and _shown_coarser(each) else ""
    if not isinstance(raw, str):
        return ""
    if kind in _ADDED_UP:
        return "number-as-text" if each.value.kind is Kind.NUMBER else ""
    return "placeholder-left" if kind in WORD_KINDS and _placeholder(raw, kind) else ""


def _stored(amount: Filled) -> str:
    """The number in an amount's cell, with all its digits."""
    return plain((amount.value.number or Decimal(0)) / amount.value.scale)


def _shown_coarser(each: Filled) -> bool:
    """Whether an amount's cell shows fewer digits than it stores; the last of a float's 15 digits may be noise."""
    number = each.value.number
    if number is None or each.value.text == f"{number}":
        return False
    shown = from_text(each.value.text)
    if shown is None or shown.value * each.value.scale == number:
        return False
    return Decimal(f"{each.cell.raw:.14g}") != shown.value


def _placeholder(text: str, kind: str) -> str:
    """The placeholder in a text, or the empty string; a code counts only where it is nothing else."""
    if kind == "text":
        match = _PLACEHOLDER.search(text)
    else:
        match = _PLACEHOLDER_CODE.fullmatch(text)
    return match[0].strip() if match is not None else ""


def _hidden_sheets(file: str, sheets: Iterable[Sheet], *, read: bool) -> Iterator[Notice]:
    found = [(sheet, sum(isinstance(cell.raw, float) for cell in sheet.cells.values())) for sheet in sheets if sheet.hidden]  # fmt: skip
    found = [(sheet, figures) for sheet, figures in found if figures]
    if found:
        used, used_en = ("参加了审核", "took part in the check") if read else ("审核没有采用", "the check did not use")
        deep = any(sheet.very_hidden for sheet, _ in found)
        how, how_en = ("（有深度隐藏的表，右键菜单里看不到，要在 VBA 编辑器里改 Visible）", " (only the VBA editor can show a very hidden sheet)") if deep else ("", "")  # fmt: skip
        cells = [Related(Place(file, sheet.name), "", f"{figures}") for sheet, figures in found]
        yield notice("hidden-sheet-with-figures", cells, n=sum(figures for _, figures in found), used=used, used_en=used_en, how=how, how_en=how_en)  # fmt: skip


def _hidden_lines(file: str, surveys: Sequence[Survey], book: Book, grid: Grid) -> Iterator[Notice]:
    """Figures in hidden rows and columns, but for those under a header such as 行次."""
    rows: list[Related] = []
    columns: list[Related] = []
    used = {id(rows): 0, id(columns): 0}
    for found in surveys:
        sheet = book.sheets[found.number]
        if not sheet.hidden_rows and not sheet.hidden_columns:
            continue
        for cell in sheet.cells.values():
            if not isinstance(cell.raw, float) or not sheet.is_hidden(cell.row, cell.column):
                continue
            known = grid.get((found.number, (cell.row, cell.column)))
            if known is None and found.ignored(cell.row, cell.column):
                continue
            kept = rows if cell.row in sheet.hidden_rows else columns
            kept.append(_related(known) if known is not None else _beside(file, sheet.name, cell))
            used[id(kept)] += known is not None
    if rows:
        yield notice("hidden-row-with-figures", rows, used=used[id(rows)])
    if columns:
        yield notice("hidden-column-with-figures", columns, used=used[id(columns)])
