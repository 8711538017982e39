"""What is odd about a paper that no rule judges, each with its cells; the words are in :mod:`xlcheck.oddities`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlcheck.forms import Form, label_of
from xlcheck.model import Document, Kind, Notice, Place, Related, Value
from xlcheck.oddities import BY_CODE
from xlcheck.papers.numbers import from_float, from_text, plain
from xlcheck.papers.spreadsheet import Book, Cell, Sheet, position, reference
from xlcheck.sequences import gaps
from xlcheck.survey import Survey
from xlcheck.values import WORD_KINDS

_NAMED_CELLS = 4  # in the sentence
_MOST_RELATED = 200  # beside it
_LONGEST_SHOWN = 20
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
    return f"{place.cell}" if place.sheet == first.sheet else f"{place.sheet}!{place.cell}"


@dataclass(frozen=True, slots=True)
class Located:
    """A cell that was read as a field: its value, its kind, and how messages name it."""

    cell: Cell
    value: Value
    kind: str
    label: str

    @property
    def related(self) -> Related:
        """The cell as findings name it."""
        return Related(self.value.place, self.label, self.cell.text.strip())


Grid = Mapping[tuple[str | None, int, int], Located]  # by sheet, row and column


def notices(document: Document, form: Form, book: Book, surveys: Sequence[Survey], hidden: Iterable[Sheet]) -> Iterator[Notice]:  # fmt: skip
    """Everything odd about a located paper; ``hidden`` are the sheets that were not searched."""
    grid = _located(document, form, {found.sheet.name: found.sheet for found in surveys})
    sheets = [found.sheet for found in surveys]
    if not book.whole:
        yield notice("read-in-part", [Related(Place(document.file), "", "")])
    yield from _errors(document.file, surveys, grid)
    yield from _over_formulas(document, form, sheets, grid)
    yield from _typed(grid.values(), book.typed)
    for code, cell, shown, lost in gaps(document, surveys):
        yield notice(code, [Related(cell, "", shown)], lost=lost)
    for sheet in hidden:
        yield from _hidden_sheet(document.file, sheet, read=False)
    for found in surveys:
        yield from _hidden_sheet(document.file, found.sheet, read=True)
    yield from _hidden_lines(document.file, form, surveys, grid)


def _located(document: Document, form: Form, sheets: Mapping[str | None, Sheet]) -> Grid:
    """Every filled cell that a field or a table line was read from."""
    grid: dict[tuple[str | None, int, int], Located] = {}

    def add(value: Value, kind: str, name: str, column: str) -> None:
        if value.kind is Kind.BLANK or value.place.cell is None:
            return
        at = position(value.place.cell)
        sheet = sheets.get(value.place.sheet)
        cell = sheet.cells.get(at) if sheet is not None and at is not None else None
        if at is not None and cell is not None:
            grid[(value.place.sheet, *at)] = Located(cell, value, kind, label_of(name, column, form))

    for (name, column), value in document.fields.items():
        item = form.cells.get((name, column))
        if item is not None:
            add(value, item.kind, name, column)
    for table in form.tables:
        kinds = {column.name: column.kind for column in table.columns}
        for row in document.tables.get(table.name, ()):
            for column, value in row.items():
                add(value, kinds[column], column, "")
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
        odd += [found.sheet.cells[spot.row, spot.column] for spot in found.spots if spot.text[0] == "#" and spot.text.strip() in _ERRORS]  # fmt: skip
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


def _over_formulas(document: Document, form: Form, sheets: Sequence[Sheet], grid: Grid) -> Iterator[Notice]:
    """Numbers typed where the total's other columns, or the other lines' rates, are formulas.

    A total (or rate) needs two formulas beside the one number; a column of rates three times as many formulas as numbers.
    """
    if not any(cell.formula for sheet in sheets for cell in sheet.cells.values()):
        return
    at = {(each.value.place.sheet, each.value.place.cell): each for each in grid.values()}

    def cells(values: Iterable[Value]) -> tuple[int, list[Related]]:
        found = [each for value in values if (each := at.get((value.place.sheet, value.place.cell))) is not None]
        typed = [each.related for each in found if isinstance(each.cell.raw, float) and not each.cell.formula]
        return sum(each.cell.formula for each in found), typed

    across: dict[str, list[Value]] = {}
    for (name, column), value in document.fields.items():
        item = form.cells.get((name, column))
        if item is not None and (item.total or item.kind == "percent"):
            across.setdefault(name, []).append(value)
    typed = [cell for values in across.values() for formulas, own in [cells(values)] if formulas >= 2 and len(own) == 1 for cell in own]  # fmt: skip
    if typed:
        yield notice("constant-over-formula", typed, line="行", line_en="row")
    rates = [(table, column.name) for table in form.tables for column in table.columns if column.kind == "percent"]
    for table, column in rates:
        rows = document.tables.get(table.name, ())
        formulas, typed = cells(row[column] for row in rows if column in row)
        if typed and formulas >= 3 * len(typed):
            yield notice("constant-over-formula", typed, line="列", line_en="column")


def _typed(located: Iterable[Located], typed: bool) -> Iterator[Notice]:
    """Numbers stored as text, more digits stored than shown, and placeholders that were left in."""
    text: list[Related] = []
    finer: list[Related] = []
    left: list[tuple[Related, str]] = []
    stored = ""
    for each in located:
        raw = each.cell.raw
        if isinstance(raw, float):
            if each.kind == "amount" and not each.cell.computed and _shown_coarser(each):
                stored = stored or plain(from_float(raw).value)
                finer.append(each.related)
        elif not isinstance(raw, str):
            continue
        elif each.kind in _ADDED_UP:
            if typed and each.value.kind is Kind.NUMBER:
                text.append(each.related)
        elif each.kind in WORD_KINDS and (word := _placeholder(raw, each.kind)):
            left.append((each.related, word))
    if text:
        yield notice("number-as-text", text)
    if finer:
        yield notice("stored-digits-not-shown", finer, stored=stored)
    if left:
        yield notice("placeholder-left", [cell for cell, _ in left], shown=clipped(left[0][1]))


def _shown_coarser(each: Located) -> bool:
    """Whether an amount's cell shows fewer digits than it stores; float noise was taken off in reading."""
    number, shown = each.value.number, from_text(each.value.text)
    return number is not None and shown is not None and shown.value * each.value.scale != number


def _placeholder(text: str, kind: str) -> str:
    """The placeholder in a text, or the empty string; a code counts only where it is nothing else."""
    if kind == "text":
        match = _PLACEHOLDER.search(text)
    else:
        match = _PLACEHOLDER_CODE.fullmatch(text)
    return match[0].strip() if match is not None else ""


def _hidden_sheet(file: str, sheet: Sheet, *, read: bool) -> Iterator[Notice]:
    filled = sum(isinstance(cell.raw, float) for cell in sheet.cells.values()) if sheet.hidden else 0
    if filled:
        used, used_en = ("参加了审核", "took part in the check") if read else ("审核没有采用", "the check did not use")
        how, how_en = ("（深度隐藏，右键菜单里看不到，要在 VBA 编辑器里改 Visible）", " (very hidden: only the VBA editor shows it)") if sheet.very_hidden else ("", "")  # fmt: skip
        yield notice("hidden-sheet-with-figures", [Related(Place(file, sheet.name), "", "")], name=clipped(sheet.name), n=filled, used=used, used_en=used_en, how=how, how_en=how_en)  # fmt: skip


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
