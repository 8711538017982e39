"""Forms printed in a .pdf without rules: rows and columns by where the words stand, or a clear no.

A form begins at its title. Its words are parted at headings and headers; between them columns are told by the gaps
that go through all lines, and rows by a column that has one entry a row. Whatever could be read in two ways is not
read at all: a number under the wrong header would be a difference that nobody made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xlcheck.forms import Form
from xlcheck.labels import inline_pairs, money_unit, read_label
from xlcheck.model import Document, Place
from xlcheck.papers.gaps import (
    MOST_COLUMNS,
    NEAR,
    NUMBER,
    Unclear,
    a_row_each,
    columns,
    in_columns,
    rows_by_anchors,
    under,
)
from xlcheck.papers.pages import is_text, numbers_annex, sheet_name
from xlcheck.papers.pdftable import Entry, Flow, Line, Ruled
from xlcheck.papers.spreadsheet import reference
from xlcheck.words import SIGNATURES

_FEWEST_LINES = 5  # with entries side by side: fewer are no form
_APART = 2.0  # of a line's height: lines of one cell are closer
_CLOSE = 2.5  # of a line's height: rows are closer
_SPREAD = re.compile(r"(?:.*[:：])?[一-龥]{2,4}")
_SPREAD_WIDEST = 4


Row = dict[int, str]


@dataclass(eq=False, slots=True)
class Columns:
    """A table that was made out: its rows with the columns, from 1, of their cells.

    ``numbers`` are the cells (row, column) with numbers that a form should have taken.
    """

    rows: list[Row] = field(default_factory=list)
    numbers: set[tuple[int, int]] = field(default_factory=set)

    def cells(self) -> Iterator[tuple[int, int, int, int, str]]:
        """Its cells, row by row."""
        for number, row in enumerate(self.rows, 1):
            for column, text in sorted(row.items()):
                yield number, column, number, column, text


@dataclass(frozen=True, slots=True)
class _Words:
    """What tells the lines of forms from each other."""

    forms: Sequence[Form]

    def title(self, line: Line) -> bool:
        """Whether a line is a form's title."""
        core = read_label(line.text).core
        return len(line.entries) == 1 and not is_text(line.text) and any(title in core for form in self.forms for title in form.titles)  # fmt: skip

    def form(self, lines: Sequence[Line]) -> bool:
        """Whether lines are a form: so many of its words stand beside others."""
        several = [line for line in lines if len(line.entries) > 1]
        cores = {read_label(entry.text).core for line in several for entry in line.entries}
        return len(several) >= _FEWEST_LINES and any(len(cores & form.words) >= form.minimum for form in self.forms)

    def part(self, lines: Sequence[Line]) -> bool:
        """Whether lines are part of a form: they begin with a title, and some name a section or columns."""
        return self.title(lines[0]) and any(self.heading(line) or self.header(line) for line in lines)

    def known(self, text: str) -> bool:
        """Whether it is a word of a form."""
        return any(read_label(text).core in form.words for form in self.forms)

    def heading(self, line: Line) -> bool:
        """Whether a line is a section's heading, or one of those beside a table: 「填表人：…」「单位：万元」."""
        label = read_label(line.text)
        if len(line.entries) == 1 and any(label.core in form.headings or label.stripped in form.headings for form in self.forms):  # fmt: skip
            return True
        names = [read_label(name).core for name, _ in inline_pairs(line.text)]
        known = any(name in form.labels for form in self.forms for name in names)
        return known or label.core.startswith(SIGNATURES) or money_unit(line.text) is not None

    def header(self, line: Line) -> bool:
        """Whether a line names columns."""
        cores = [read_label(entry.text).core for entry in line.entries]
        known = [any(core in form.header_words or core in form.ignored_columns for form in self.forms) for core in cores]  # fmt: skip
        return len(cores) > 1 and sum(known) >= max(2, len(cores) - 1)

    def column(self, text: str) -> bool:
        """Whether a header names a column that is read."""
        return any(read_label(text).core in form.header_words for form in self.forms)

    def closes(self, text: str) -> bool:
        """Whether it names a row below a table's lines: its total, or a field such as the grade."""
        core = read_label(text).core
        levelled = [form for form in self.forms if any(column.spans for table in form.tables for column in table.columns)]  # fmt: skip
        return any(core in form.labels or any(core in table.total_labels for table in form.tables) for form in levelled)

    def spans(self, text: str) -> bool:
        """Whether a header names a column whose words stand once beside many rows."""
        core = read_label(text).core
        columns = (column for form in self.forms for table in form.tables for column in table.headers.get(core, ()))
        return any(column.spans for column in columns)


def made_out(found: Flow, forms: Sequence[Form]) -> tuple[Flow, bool]:
    """The flow with the forms without rules as tables; and whether there is one that could not be made out.

    Such a one is left out. Rows of ruled tables that the end of a page has cut are put together again.
    """
    words = _Words(forms)
    made: Flow = []
    unclear = False
    for each in found:
        if isinstance(each, Ruled):
            each.mend(words.known)
    parted = [_rejoined(each) if isinstance(each, Line) else each for each in found]
    for region in _forms(list(_regions(parted, words)), words):
        lines = [each for each in region if isinstance(each, Line)]
        if len(lines) < len(region) or not words.form(lines):
            made += region
            continue
        try:
            made += _table(lines, words)
        except Unclear:
            unclear = True
    return made, unclear


def _forms(regions: Sequence[Flow], words: _Words) -> Iterator[Flow]:
    """The stretches, one that is no form itself put to the form before it: its title was that of a part."""
    held: Flow = []
    for region in regions:
        lines = [each for each in region if isinstance(each, Line)]
        former = [each for each in held if isinstance(each, Line)]
        if words.form(former) and not words.form(lines) and len(lines) == len(region) and words.part(lines):
            held += region
            continue
        yield held
        held = region
    yield held


def _rejoined(line: Line) -> Line:
    """A line with words put together again that are printed apart: 「合    计」, 「其中： 基本支出」."""
    made: list[Entry] = []
    for entry in line.entries:
        last = made[-1] if made else None
        gap = entry.left - last.right if last is not None else 0
        spread = last is not None and len(entry.text) == 1 and _SPREAD.fullmatch(last.text + entry.text)
        if last is not None and ((spread and gap < _SPREAD_WIDEST * entry.height) or (gap < entry.height and last.text.endswith(("：", ":")))):  # fmt: skip
            made[-1] = Entry(last.left, entry.right, last.y, last.height, last.text + entry.text)
        else:
            made.append(entry)
    return Line(line.text, tuple(made))


def _regions(found: Flow, words: _Words) -> Iterator[Flow]:
    """The flow in stretches: each from a form's title to the next title, ruled table or text; and what lies between.

    A title that each page repeats is no next one, and it and the annex's number are left out.
    """
    region: Flow = []
    title = ""  # of the form that the region holds
    margin = 0.0
    for each in found:
        begins = isinstance(each, Line) and words.title(each)
        ends = not isinstance(each, Line)
        if isinstance(each, Line) and title:
            if each.text == title or numbers_annex(each.text):
                continue
            margin = min([margin, *(entry.left for entry in each.entries)])
            ends = len(each.entries) == 1 and is_text(each.text) and each.entries[0].left < margin + NEAR
        if begins or (title and ends):
            yield region
            region, margin = [], float("inf")
            title = each.text if begins and isinstance(each, Line) else ""
        region.append(each)
    yield region


def _table(lines: Sequence[Line], words: _Words) -> Flow:
    """A form's lines: its title and the lines beside its table as they are, the rest as a table."""
    several = [at for at, line in enumerate(lines) if len(line.entries) > 1]
    first, last = several[0], several[-1] + 1
    while first and (words.heading(lines[first - 1]) or _goes_on(lines[first - 1], lines[first])):
        first -= 1
    while last < len(lines) and _is_row(lines[last], lines[last - 1]):
        last += 1
    table = Columns()
    for heading, header, block in _blocks(lines[first:last], words):
        own, titles = _without_titles(block)
        if heading is not None:
            table.rows.append({1: heading.text.strip()})
        known = {number for number, entry in enumerate(header.entries, 1) if words.column(entry.text)} if header is not None else None  # fmt: skip
        for row in _block(header, own, words):
            table.rows.append(row)
            numbers = [column for column, text in row.items() if NUMBER.fullmatch(text)]
            table.numbers.update((len(table.rows), column) for column in numbers if known is None or column in known)
        table.rows += [{1: line.text.strip()} for line in titles]
    return [*lines[:first], table, *lines[last:]]


def _goes_on(line: Line, below: Line) -> bool:
    """Whether a line may be the first of a cell in the row below: closer than rows are, and not over its first cell."""
    one, other = line.entries[0], below.entries[0]
    return len(line.entries) == 1 and other.y - one.y < other.height and one.left > other.right


def _is_row(line: Line, above: Line) -> bool:
    """Whether a line behind the last with several entries is a row still: as close, and no text."""
    one = line.entries[0]
    return not is_text(line.text) and one.y - above.entries[0].y < _CLOSE * one.height


def _blocks(lines: Sequence[Line], words: _Words) -> Iterator[tuple[Line | None, Line | None, list[Line]]]:
    """(heading, header, lines below) of each part of a form; a header that a new page repeats is left out."""
    heading: Line | None = None
    header: Line | None = None
    block: list[Line] = []
    for line in lines:
        is_heading = words.heading(line)
        if not is_heading and not words.header(line):
            block.append(line)
            continue
        if header is not None and not is_heading and line.text == header.text:
            continue
        if heading is not None or header is not None or block:
            if not is_heading and header is None and not block:
                header = line
                continue
            yield heading, header, block
        heading, header, block = (line, None, []) if is_heading else (None, line, [])
    yield heading, header, block


def _without_titles(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """A block's lines, and those behind them that stand alone, inside and apart: the titles of what follows."""
    margin = min((entry.left for line in lines for entry in line.entries), default=0.0)
    end = len(lines)
    while end > 1 and len(lines[end - 1].entries) == 1:
        entry, above = lines[end - 1].entries[0], lines[end - 2].entries[0]
        if entry.left < margin + NEAR or entry.y - above.y < _APART * entry.height:
            break
        end -= 1
    return lines[:end], lines[end:]


def _block(header: Line | None, lines: Sequence[Line], words: _Words) -> list[Row]:
    """The rows of a block; raises Unclear."""
    if header is None and all(len(line.entries) == 1 for line in lines):
        return [{1: line.text.strip()} for line in lines]
    heads = header.entries if header is not None else ()
    closing: list[Entry] = []  # of a table with levels: these stand in the middle of several columns
    if any(words.spans(entry.text) for entry in heads):
        closing = [line.entries[0] for line in lines if words.closes(line.entries[0].text)]
        lines = [Line(line.text, line.entries[1:]) if line.entries[0] in closing else line for line in lines]
    made = columns(lines, len(heads) or MOST_COLUMNS)
    cells = in_columns(lines, made)
    numbers = under(made, [(entry.left, entry.right) for entry in heads]) if heads else range(1, len(made) + 1)
    rows: list[Row] = [{number: entry.text for number, entry in enumerate(heads, 1)}] if heads else []
    if not cells:
        return rows
    if a_row_each(cells, words.known):
        return rows + [{numbers[at]: entry.text for at, entry in own.items()} for own in cells]
    spans = frozenset(at for at in range(len(made)) if heads and words.spans(heads[numbers[at] - 1].text))
    found = rows_by_anchors(cells, closing, spans, words.known)
    return rows + [{1 if at < 0 else numbers[at]: text for at, text in row.items()} for row in found]


def unread(tables: Mapping[int, Columns], documents: Iterable[Document], forms: Sequence[Form]) -> set[int]:
    """Those of some tables, by their numbers in the text, in which a number stands that no form took."""
    taken = {(place.sheet, place.cell) for document in documents for place in _taken(document, forms)}
    return {
        number
        for number, table in tables.items()
        if any((sheet_name(number), reference(*at)) not in taken for at in table.numbers)
    }


def _taken(document: Document, forms: Sequence[Form]) -> Iterator[Place]:
    """Where the form's fields stand, and the rows that have a name."""
    yield from (value.place for value in document.fields.values())
    keys = {table.name: table.key for form in forms for table in form.tables if form.name == document.form}
    for name, rows in document.tables.items():
        named = (row for row in rows if row[keys[name]].text.strip())
        yield from (value.place for row in named for value in row.values())
