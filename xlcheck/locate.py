"""Workbooks → located forms: which of the forms they hold, where the fields stand, and what stands there.

Where they stand is searched once for each layout, and remembered (:mod:`xlcheck.words`, :mod:`xlcheck.questions`);
what stands there is read from each workbook.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from xlcheck.castings import Castings
from xlcheck.forms import Form
from xlcheck.model import Document, Kind, Notice, Related, Value
from xlcheck.notices import notice, notices
from xlcheck.oddities import TWICE
from xlcheck.papers.spreadsheet import Book
from xlcheck.plans import OF_SEVERAL, Plan, Reader, better
from xlcheck.questions import Asking, Learnt, Question
from xlcheck.search import search
from xlcheck.survey import Survey, survey
from xlcheck.words import Layout, Lexicon

_MOST = 400  # layouts, and plans: each takes some 100 KiB
_MOST_WORDS = 5_000  # of a layout that is worth remembering


@dataclass(slots=True)
class _Present:
    """A form that workbooks of one layout hold: how well it fits, the sheets in the order of search, what was learnt."""

    form: Form
    points: int
    searched: tuple[Survey, ...]
    passed: tuple[int, ...]
    learnt: Learnt[Plan] = field(default_factory=Learnt)


class Locator:
    """Finds some forms in workbooks; ``year`` is the evaluation year, by which headers with a year are told apart."""

    def __init__(self, forms: Sequence[Form], year: int | None) -> None:
        self._forms, self._year = forms, year
        self._lexicon = Lexicon(forms)
        self._castings = Castings(forms, self._lexicon)
        self._known: dict[tuple[Layout, ...], tuple[_Present, ...]] = {}
        self._plans = 0

    def __reduce__(self) -> tuple[type[Locator], tuple[Sequence[Form], int | None]]:
        return Locator, (self._forms, self._year)  # what was learnt stays in this process

    def forget(self) -> None:
        """Forget every layout."""
        self._known.clear()
        self._castings.forget()
        self._plans = 0

    def locate(self, book: Book, file: str, complete: Callable[[Book], Book]) -> list[tuple[int, Document]]:
        """Every form that the book holds, with how well it fits.

        ``file`` names the paper in places; ``complete`` gives the book the results that its formulas lack, and is
        asked only where there is a form.
        """
        known = self._castings.read(book, file)
        if known is not None:
            return known
        present = self._present(book)
        if not present:
            return []
        completed = complete(book)
        if completed is not book:
            book, present = completed, self._present(completed)
        asked: dict[Question, Hashable] = {}
        plans = [(each.points, self._plan(each, book, asked)) for each in present]
        located = [(points, _document(plan, book, file)) for points, plan in plans]
        self._castings.learn(book, asked, plans, located)
        return located

    def _present(self, book: Book) -> tuple[_Present, ...]:
        """The forms of a workbook, by its layout."""
        layouts = tuple(map(self._lexicon.layout, book.sheets))
        present = self._known.get(layouts)
        if present is None:
            if len(self._known) >= _MOST:
                self.forget()
            present = tuple(self._forms_of(layouts))
            if sum(len(layout.words) for layout in layouts) <= _MOST_WORDS:
                self._known[layouts] = present
        return present

    def _forms_of(self, layouts: Sequence[Layout]) -> list[_Present]:
        points = {form.name: _points(form, layouts) for form in self._forms}
        present = [form for form in self._forms if points[form.name] >= form.minimum]
        found = []
        for form in present:
            sheets = dict(enumerate(layouts))
            if len(present) > 1:
                sheets = {number: sheet for number, sheet in sheets.items() if not _is_another(form, sheet, present)}
            visible = [sheet for sheet in sheets.values() if not sheet.hidden]
            if len(visible) < len(sheets) and score(form, visible) >= form.minimum:
                searched = [number for number, sheet in sheets.items() if not sheet.hidden]
            else:
                searched = list(sheets)
            # a table is read where its header stands first
            searched.sort(key=lambda number: -score(form, [layouts[number]]))
            surveys = tuple(survey(number, layouts[number], form) for number in searched)
            passed = tuple(number for number in sheets if number not in searched)
            found.append(_Present(form, points[form.name], surveys, passed))
        return found

    def _plan(self, present: _Present, book: Book, asked: dict[Question, Hashable]) -> Plan:
        """The plan of a form; what was asked for it, with the answers, is added to ``asked``."""
        asking = Asking(book)
        plan = present.learnt.recall(asking)
        if plan is None:
            plan = search(present.form, present.searched, present.passed, self._year, asking)
            if self._plans >= _MOST:
                self.forget()
            self._plans += 1
            present.learnt.keep(asking.answers, plan)
        asked.update(asking.answers)
        return plan


def score(form: Form, layouts: Sequence[Layout]) -> int:
    """How many different fields and table columns of ``form`` stand on some sheets."""
    seen: set[str] = set()
    for layout in layouts:
        texts = {word.label.core for word in layout.words}
        seen.update(item.name for text in texts for item in form.labels.get(text, ()))
        for table in form.tables:
            columns = {column.name for text in texts for column in table.headers.get(text, ())}
            if table.key in columns and len(columns) * 2 > len(table.columns):
                seen.update(f"{table.name}.{name}" for name in columns)
    return len(seen)


def _points(form: Form, layouts: Sequence[Layout]) -> int:
    """How well a book fits a form: by its visible sheets, and only where those do not fit by the hidden ones, too."""
    visible = score(form, [layout for layout in layouts if not layout.hidden])
    return visible if visible >= form.minimum else score(form, layouts)


def _is_another(form: Form, layout: Layout, present: Sequence[Form]) -> bool:
    """Whether a sheet is another form of a book than this one: each has a cover of its own."""
    best = max(present, key=lambda each: score(each, [layout]))
    return best is not form and score(best, [layout]) >= best.minimum


def _document(plan: Plan, book: Book, file: str) -> Document:
    """What stands where a plan says. A field that stands twice with different values has none, and a notice."""
    reader = Reader(plan.form, book, file)
    fields: dict[tuple[str, str], Value] = {}
    said: list[Notice] = []
    read = reader.read
    for key, slots in plan.fields.items():
        fields[key] = read(slots[0])
        if len(slots) > 1:
            fields[key], others = better([fields[key], *map(read, slots[1:])])
            if others and key[0] not in OF_SEVERAL:
                value = fields[key]
                both = [Related(each.place, key[0], each.text.strip()) for each in (value, *others)]
                said.append(notice(TWICE, both, name=key[0]))
                fields[key] = Value(None, value.text, Kind.TEXT, value.half_width, value.place)
    tables = {
        name: tuple({column: read(slot) for column, slot in row.items()} for row in lines.rows)
        for name, lines in plan.tables.items()
    }
    anchors = {name: reader.place(*at) for name, at in plan.anchors.items()}
    said += notices(plan, book, file, reader.filled)
    return Document(plan.form.name, file, fields, tables, anchors, tuple(said))
