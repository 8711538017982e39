"""Marks on a submitted sheet: surveyed, emitted by xlsxwriter in a donor sheet, grafted in, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlcheck.annotation_notes import (
    AUTHOR,
    HEADING,
    WIDTH,
    NoteParts,
    cell_name,
    graft_notes,
    height,
    note_parts,
    strip_notes,
)
from xlcheck.annotation_styles import Adopted, Styles
from xlcheck.model import Severity
from xlcheck.papers.markup import Element, Markup, with_attributes, with_prefix
from xlcheck.papers.package import Package, SheetEntry
from xlcheck.papers.patch import Patch

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

FORMULA = f'LEN("{AUTHOR}")>0'  # always true, and known to be ours
_FORMULA = re.compile(rb"LEN\((?:\"|&quot;|&#34;)xlcheck(?:\"|&quot;|&#34;)\)")
_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
_NOTE_COLOURS = {Severity.ERROR: "#FFE9EA", Severity.WARNING: "#FFF3DC", Severity.NOTE: "#EAF3FB"}
_A1 = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
_CELLS = 500  # in one range of a conditional format: Excel gives up on very long lists
_REACH = 40  # rows and columns that a note can cover
_ROOM = 50  # priorities that our own rules may need before the others

WORKSHEET = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors",
    "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "oleObject",
    "controls", "control", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """What a cell is to show: a colour by severity, and the text of a note."""

    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A submitted sheet about to be marked: its XML, its note parts, and the cells that its merges cover."""

    entry: SheetEntry
    markup: Markup
    notes: NoteParts
    merges: tuple[tuple[int, int, int, int], ...]

    def shown(self, cell: str) -> str:
        """The cell that shows what belongs to ``cell``: the first of the merge that covers it, or itself."""
        row, column = position(cell) or (0, 0)
        for top, left, bottom, right in self.merges:
            if top <= row <= bottom and left <= column <= right:
                return cell_name(top, left)
        return cell_name(row, column)


def position(cell: str) -> tuple[int, int] | None:
    """Row and column of an A1 address, from 0; None where it is none, or lies outside a sheet."""
    found = _A1.fullmatch(cell.strip().upper())
    if found is None:
        return None
    column = 0
    for letter in found.group(1):
        column = column * 26 + ord(letter) - 64
    row = int(found.group(2)) - 1
    return (row, column - 1) if row < 1048576 and column <= 16384 else None


def survey(patch: Patch, entry: SheetEntry, painted: bool) -> Surveyed:
    """Read a sheet's XML for marking; its cells only where they are to be ``painted``."""
    kept = frozenset({"row", "c"} if painted else {"row"})
    markup = Markup(patch.part(entry.part), {"sheetData": kept})
    merges = []
    holder = markup.root.child("mergeCells")
    for merge in holder.children if holder else []:
        ends = [position(end) for end in merge.attributes.get("ref", "").split(":")]
        if len(ends) == 2 and ends[0] and ends[1]:
            merges.append((*ends[0], *ends[1]))
    notes = note_parts(patch, entry.part, markup.root.child("legacyDrawing"))
    return Surveyed(entry, markup, notes, tuple(merges))


def emit_marks(
    book: Workbook, formats: Mapping[Severity, Format], surveyed: Surveyed, marks: Mapping[str, Mark]
) -> None:
    """Write a donor sheet with the notes and conditional formats for a sheet, shaped like it so that notes fit."""
    sheet = book.add_worksheet()
    places = {cell: place for cell in marks if (place := position(cell))}
    _shape(sheet, surveyed.markup, [row for row, _ in places.values()], [column for _, column in places.values()])
    for cell, (row, column) in places.items():
        text = ("\n\n" if cell in surveyed.notes.held else "") + f"{HEADING}\n{marks[cell].text}"
        options = {
            "author": AUTHOR,
            "width": WIDTH,
            "height": height(text),
            "color": _NOTE_COLOURS[marks[cell].severity],
            "font_name": "宋体",
            "font_size": 9,
            "font_family": 3,
        }
        emitted(sheet.write_comment(row, column, text, options))
    for severity in _SEVERITIES:
        cells = [cell for cell, mark in marks.items() if mark.severity is severity]
        for start in range(0, len(cells), _CELLS):
            some = cells[start : start + _CELLS]
            rule = {
                "type": "formula",
                "criteria": "=" + FORMULA,
                "format": formats[severity],
                "multi_range": " ".join(some),
            }
            emitted(sheet.conditional_format(some[0], rule))


def _shape(sheet: Worksheet, markup: Markup, rows: Sequence[int], columns: Sequence[int]) -> None:
    """Give the donor sheet the widths and heights of the submitted one, as far as its notes reach."""
    usual = markup.root.child("sheetFormatPr")
    width = _decimal(usual, "defaultColWidth")
    if width:
        emitted(sheet.set_column_pixels(0, max(columns) + _REACH, round(width * 7)))
    if tall := _decimal(usual, "defaultRowHeight"):
        sheet.set_default_row(tall)
    holder = markup.root.child("cols")
    for column in holder.children if holder else []:
        first, last = int(_decimal(column, "min")) - 1, int(_decimal(column, "max")) - 1
        last = min(last, max(columns) + _REACH)
        if 0 <= first <= last:
            pixels = round((_decimal(column, "width") or 9.14) * 7)
            emitted(sheet.set_column_pixels(first, last, pixels, None, _hidden(column)))
    listed = markup.root.child("sheetData")
    near = {number for row in rows for number in range(row - 1, row + _REACH)}
    for number, row in _numbered(listed.children if listed else []):
        if number in near and ("ht" in row.attributes or _hidden(row)):
            points = _decimal(row, "ht") or 15
            emitted(sheet.set_row_pixels(number, round(points * 4 / 3), None, _hidden(row)))


def _decimal(element: Element | None, name: str) -> float:
    value = element.attributes.get(name, "") if element else ""
    return float(value) if re.fullmatch(r"\d{1,9}(\.\d*)?", value) else 0.0


def _hidden(element: Element) -> dict[str, bool]:
    return {"hidden": True} if element.attributes.get("hidden") in ("1", "true") else {}


def _numbered(rows: Sequence[Element]) -> Iterator[tuple[int, Element]]:
    """Rows with their numbers from 0, which some writers leave out."""
    number = -1
    for row in rows:
        given = row.attributes.get("r", "")
        number = int(given) - 1 if given.isdecimal() else number + 1
        yield number, row


def graft_marks(
    patch: Patch,
    surveyed: Surveyed,
    donor: Package,
    donor_sheet: str,
    adopted: Adopted,
    painter: tuple[Styles, Mapping[str, Mark]] | None,
) -> None:
    """Put a donor sheet's notes and conditional formats into the sheet; with a ``painter`` colour its cells instead."""
    markup, root = surveyed.markup, surveyed.markup.root
    if painter is None:
        fragment = _rules(Markup(donor.part(donor_sheet)), adopted, _free_priority(root))
        markup.place(root, "conditionalFormatting", with_prefix(fragment, root.prefix), WORKSHEET)
    else:
        _paint(markup, *painter)
    deselect(markup)
    parts = {relationship.kind: relationship.target for relationship in donor.relationships(donor_sheet)}
    drawing = graft_notes(
        patch, surveyed.entry.part, surveyed.notes, donor.part(parts["comments"]), donor.part(parts["vmlDrawing"])
    )
    if drawing is not None:
        _point_at(markup, drawing, patch.base() + "id")
    patch.edit(surveyed.entry.part, markup.render())


def deselect(markup: Markup) -> None:
    """Let a sheet be no longer the selected one: two selected sheets are edited together."""
    views = markup.root.child("sheetViews")
    for view in views.children if views else []:
        if "tabSelected" in view.attributes:
            markup.set(view, "tabSelected", None)


def _free_priority(root: Element) -> int:
    """The first of three priorities that no rule of the sheet has, before the others if there is room."""
    given = [element.attributes.get("priority", "") for element in root.walk() if element.name == "cfRule"]
    taken = [int(value) for value in given if value.isdecimal()]
    return max(taken) + 1 if taken and min(taken) <= _ROOM else 1


def _rules(donor: Markup, adopted: Adopted, priority: int) -> bytes:
    fragment = b""
    ranges = [element for element in donor.root.children if element.name == "conditionalFormatting"]
    for number, element in enumerate(ranges):
        rule = element.children[0]
        changes = {
            "dxfId": str(adopted.dxfs[int(rule.attributes["dxfId"])]),
            "priority": str(priority + number),
        }
        opening = donor.data[element.start : donor.inner(element)]
        fragment += opening + with_attributes(donor.source(rule), changes) + b"</conditionalFormatting>"
    return fragment


def _point_at(markup: Markup, drawing: str, address: str) -> None:
    """Give the sheet its drawing of notes, under the prefix that it has for relationships."""
    root = markup.root
    namespace = address.rpartition("/")[0]
    known = [name for name, value in root.attributes.items() if name.startswith("xmlns:") and value == namespace]
    name = f"{known[0][6:]}:id" if known else "r:id"
    legacy = root.child("legacyDrawing")
    if legacy is not None:
        markup.set(legacy, next((old for old in legacy.attributes if old.endswith(":id")), name), drawing)
        return
    declared = "" if known else f' xmlns:r="{namespace}"'
    element = with_prefix(f'<legacyDrawing{declared} {name}="{drawing}"/>'.encode(), root.prefix)
    markup.place(root, "legacyDrawing", element, WORKSHEET)


def _paint(markup: Markup, styles: Styles, marks: Mapping[str, Mark]) -> None:
    """Give cells a format of their own with our fill; cells and rows that are not there are put in."""
    data = markup.root.child("sheetData")
    if data is None:
        return
    rows = dict(_numbered(data.children))
    wanted: dict[int, dict[int, Mark]] = {}
    for cell, mark in marks.items():
        if place := position(cell):
            wanted.setdefault(place[0], {})[place[1]] = mark
    for number, columns in sorted(wanted.items()):
        row = rows.get(number)
        cells = dict(_columns(row.children)) if row else {}
        new: dict[int, bytes] = {}
        for column, mark in sorted(columns.items()):
            there = cells.get(column)
            before = there.attributes.get("s", "0") if there else _inherited(markup.root, row, column)
            after = str(styles.painted(int(before) if before.isdecimal() else 0, mark.severity))
            if there is not None:
                markup.set(there, "s", after)
            else:
                new[column] = with_prefix(f'<c r="{cell_name(number, column)}" s="{after}"/>'.encode(), data.prefix)
        if row is None:
            opening, closing = f'<row r="{number + 1}">'.encode(), b"</row>"
            fragment = with_prefix(opening, data.prefix) + b"".join(new.values()) + with_prefix(closing, data.prefix)
            _insert(markup, data, rows, number, fragment)
        else:
            for column, fragment in new.items():
                _insert(markup, row, cells, column, fragment)


def _insert(markup: Markup, parent: Element, children: Mapping[int, Element], number: int, fragment: bytes) -> None:
    later = [child for other, child in children.items() if other > number]
    if later:
        markup.insert(later[0].start, fragment)
    else:
        markup.append(parent, fragment)


def _columns(cells: Sequence[Element]) -> Iterator[tuple[int, Element]]:
    column = -1
    for cell in cells:
        place = position(cell.attributes.get("r", ""))
        column = place[1] if place else column + 1
        yield column, cell


def _inherited(root: Element, row: Element | None, column: int) -> str:
    """The format that an absent cell shows: its row's, or its column's."""
    if row is not None and row.attributes.get("customFormat") in ("1", "true"):
        return row.attributes.get("s", "0")
    holder = root.child("cols")
    for listed in holder.children if holder else []:
        if _decimal(listed, "min") <= column + 1 <= _decimal(listed, "max"):
            return listed.attributes.get("style", "0")
    return "0"


def strip_marks(patch: Patch, entry: SheetEntry, unpainted: Mapping[int, int]) -> None:
    """Take our notes, conditional formats and colours out of a sheet; ``unpainted`` says which format a cell had."""
    markup = Markup(patch.part(entry.part), {"sheetData": frozenset({"row", "c"} if unpainted else ())})
    root = markup.root
    for formatted in [element for element in root.children if element.name == "conditionalFormatting"]:
        ours = [rule for rule in formatted.children if _FORMULA.search(markup.source(rule))]
        for element in [formatted] if ours and ours == formatted.children else ours:
            markup.drop(element)
    for cell in root.walk():
        style = cell.attributes.get("s", "") if cell.name == "c" else ""
        if style.isdecimal() and int(style) in unpainted:
            before = unpainted[int(style)]
            markup.set(cell, "s", str(before) if before else None)
    legacy = root.child("legacyDrawing")
    if strip_notes(patch, entry.part, legacy) and legacy is not None:
        markup.drop(legacy)
    if markup.changed():
        patch.edit(entry.part, markup.render())


def emitted(code: object) -> None:
    """Let an xlsxwriter call pass only if it did what it was asked to: it reports a refusal by a number alone."""
    if code not in (0, None):
        raise RuntimeError(f"xlsxwriter refused to write part of the annotated copy (code {code})")
