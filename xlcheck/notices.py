"""What is odd about a paper that no rule judges, each with its cells; the words are in :mod:`xlcheck.oddities`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.forms import Form, label_of
from xlcheck.model import Document, Kind, Notice, Place, Related, Value
from xlcheck.oddities import BY_CODE
from xlcheck.papers.numbers import from_text, plain
from xlcheck.papers.spreadsheet import Book, Cell, Sheet, position, reference
from xlcheck.sequences import gaps
from xlcheck.survey import Survey
from xlcheck.values import WORD_KINDS

_NAMED_CELLS = 4  # in the sentence
_MOST_RELATED = 200  # beside it
_LONGEST_SHOWN = 20
_FEWEST_FORMULAS = 3  # beside a typed number, in a column of rates; twice as many among the totals of a paper
_ADDED_UP = frozenset({"amount", "count", "score"})
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"})  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Located:
    """A cell that was read as a field: where it comes in reading order, its value, its kind, and how messages name it."""

    at: tuple[int, int, int]
    cell: Cell
    value: Value
    kind: str
    label: str

    @property
    def related(self) -> Related:
        """The cell as findings name it."""
        return Related(self.value.place, self.label, self.cell.text.strip())


def _reading_order(each: Located) -> tuple[int, int, int]:
    return each.at


def _in_order(found: Iterable[Located]) -> list[Related]:
    return [each.related for each in sorted(found, key=_reading_order)]


Grid = Mapping[tuple[str, int, int], Located]  # by sheet, row and column


def notices(document: Document, form: Form, book: Book, surveys: Sequence[Survey], hidden: Iterable[Sheet]) -> Iterator[Notice]:  # fmt: skip
    """Everything odd about a located paper; ``hidden`` are the sheets that were not searched."""
    grid = _located(document, form, surveys)
    if not book.whole:
        yield notice("read-in-part", [Related(Place(document.file), "", "")])
    yield from _errors(document.file, surveys, grid)
    if any(cell.formula for found in surveys for cell in found.sheet.cells.values()):
        yield from _over_formulas(document, form, grid)
    yield from _typed(grid.values(), book.typed)
    for gap in gaps(document, form, surveys):
        yield notice("sequence-gap", [Related(gap.place, "", gap.shown)], lost=gap.lost)
    yield from _hidden_sheets(document.file, hidden, read=False)
    yield from _hidden_sheets(document.file, (found.sheet for found in surveys), read=True)
    yield from _hidden_lines(document.file, form, surveys, grid)


def _located(document: Document, form: Form, surveys: Sequence[Survey]) -> Grid:
    """Every filled cell that a field or a table line was read from."""
    sheets = {found.sheet.name: (number, found.sheet.cells) for number, found in enumerate(surveys)}
    grid: dict[tuple[str, int, int], Located] = {}

    def add(value: Value, kind: str, label: str) -> None:
        name, at = value.place.sheet or "", position(value.place.cell or "")
        if value.kind is Kind.BLANK or at is None or name not in sheets:
            return
        number, cells = sheets[name]
        if at in cells:
            grid[name, *at] = Located((number, *at), cells[at], value, kind, label)

    for (name, column), value in document.fields.items():
        item = form.cells.get((name, column))
        if item is not None:
            add(value, item.kind, label_of(name, column, form))
    for table in form.tables:
        kinds = {column.name: column.kind for column in table.columns}
        for row in document.tables.get(table.name, ()):
            for column, value in row.items():
                add(value, kinds[column], column)
    return grid


def _errors(file: str, surveys: Sequence[Survey], grid: Grid) -> Iterator[Notice]:
    """Error cells that no rule speaks of, formulas without a result, and results that were computed for the check."""
    wrong: list[Related] = []
    without: list[Related] = []
    computed: list[Related] = []
    program = ""
    for found in surveys:
        name = found.sheet.name
        odd = [cell for cell in found.sheet.cells.values() if cell.error or cell.computed]
        words = [found.sheet.cells[spot.row, spot.column] for spot in found.spots if spot.text.strip() in _ERRORS]
        odd += [cell for cell in words if not cell.error]
        for cell in odd:
            known = grid.get((name, cell.row, cell.column))
            at = known.related if known is not None else _related(file, name, cell)
            if cell.computed:
                program = cell.computed
                computed.append(at)
            if cell.raw is None:
                without.append(at)
            elif (cell.error or not cell.computed) and (known is None or known.kind in WORD_KINDS):
                wrong.append(at)
    if wrong:
        yield notice("error-cell", wrong)
    if without:
        yield notice("formula-without-result", without)
    if computed:
        yield notice("formula-result-computed", computed, program=program)


def _related(file: str, sheet: str, cell: Cell) -> Related:
    return Related(Place(file, sheet, reference(cell.row, cell.column)), "", cell.text.strip())


def _over_formulas(document: Document, form: Form, grid: Grid) -> Iterator[Notice]:
    """The one number typed where all other totals in rows with formulas, or all other lines' rates, are formulas.

    Where several are typed nobody can tell an overwritten formula from a form that never had it.
    """
    at = {each.value.place: each for each in grid.values() if each.cell.formula or isinstance(each.cell.raw, float)}
    across: dict[str, list[Located]] = {}
    for (name, column), value in document.fields.items():
        item = form.cells.get((name, column))
        if item is not None and (item.total or item.kind == "percent") and value.place in at:
            across.setdefault(name, []).append(at[value.place])
    totals = [each for line in across.values() if any(each.cell.formula for each in line) for each in line]
    yield from _lone(totals, 2 * _FEWEST_FORMULAS)
    for table in form.tables:
        for column in (column.name for column in table.columns if column.kind == "percent"):
            places = [row[column].place for row in document.tables.get(table.name, ()) if column in row]
            yield from _lone([at[place] for place in places if place in at], _FEWEST_FORMULAS)


def _lone(cells: Sequence[Located], fewest: int) -> Iterator[Notice]:
    """A notice where all of the cells but one, and ``fewest`` at least, are formulas; typing over one keeps its format."""
    typed = [each for each in cells if not each.cell.formula]
    formats = {each.cell.format for each in cells if each.cell.formula}
    if len(typed) == 1 and len(cells) > fewest and typed[0].cell.format in formats:
        yield notice("constant-over-formula", _in_order(typed))


def _typed(located: Iterable[Located], typed: bool) -> Iterator[Notice]:
    """Numbers stored as text, more digits stored than shown, and placeholders that were left in."""
    text: list[Located] = []
    finer: list[Located] = []
    left: list[Located] = []
    for each in located:
        raw = each.cell.raw
        if isinstance(raw, float):
            if each.kind == "amount" and _shown_coarser(each):
                finer.append(each)
        elif not isinstance(raw, str):
            continue
        elif each.kind in _ADDED_UP:
            if typed and each.value.kind is Kind.NUMBER:
                text.append(each)
        elif each.kind in WORD_KINDS and _placeholder(raw, each.kind):
            left.append(each)
    if text:
        yield notice("number-as-text", _in_order(text))
    if finer:
        yield notice("stored-digits-not-shown", _in_order(finer), stored=_stored(min(finer, key=_reading_order)))
    if left:
        first = min(left, key=_reading_order)
        yield notice("placeholder-left", _in_order(left), shown=_placeholder(first.cell.text, first.kind))


def _stored(amount: Located) -> str:
    """The number in an amount's cell, with all its digits."""
    return plain((amount.value.number or Decimal(0)) / amount.value.scale)


def _shown_coarser(each: Located) -> bool:
    """Whether an amount's cell shows fewer digits than it stores; the last of a float's 15 digits may be noise."""
    number, shown = each.value.number, from_text(each.value.text)
    if number is None or shown is None or shown.value * each.value.scale == number:
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


def _hidden_lines(file: str, form: Form, surveys: Sequence[Survey], grid: Grid) -> Iterator[Notice]:
    """Figures in hidden rows and columns, but for those under a header such as 行次."""
    rows: list[Related] = []
    columns: list[Related] = []
    used = {id(rows): 0, id(columns): 0}
    for found in surveys:
        sheet = found.sheet
        if not sheet.hidden_rows and not sheet.hidden_columns:
            continue
        for cell in sheet.cells.values():
            if not isinstance(cell.raw, float) or not sheet.is_hidden(cell.row, cell.column):
                continue
            known = grid.get((sheet.name, cell.row, cell.column))
            if known is None and found.ignored(form, cell.row, cell.column):
                continue
            kept = rows if cell.row in sheet.hidden_rows else columns
            kept.append(known.related if known is not None else _related(file, sheet.name, cell))
            used[id(kept)] += known is not None
    if rows:
        yield notice("hidden-row-with-figures", rows, used=used[id(rows)])
    if columns:
        yield notice("hidden-column-with-figures", columns, used=used[id(columns)])
