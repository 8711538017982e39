"""A unit's files → :class:`~xlcheck.model.Submission`: open, recognise, locate. Bad files become papers with a problem."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from xlcheck.folders import PROSE, Folder
from xlcheck.forms import SINGLE, Form
from xlcheck.locate import locate, score
from xlcheck.model import Document, Kind, Paper, Place, Prose, Related, Submission
from xlcheck.notices import notice
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.papers.results import with_results
from xlcheck.papers.spreadsheet import Book
from xlcheck.rules import Pack

REPORT = "自评报告"


def read_submission(folder: Folder, pack: Pack) -> Submission:
    """Read one unit's files. A file that cannot be read costs one paper with a problem, no more."""
    papers: list[Paper] = []
    found: dict[str, list[tuple[int, Document]]] = {}
    report = _report_of(folder)
    prose: Prose | None = None
    for file in folder.files:
        if file == report:
            paper, prose = _read_report(folder, file)
            papers.append(paper)
            continue
        paper, located = read_file(folder, file, pack)
        papers.append(paper)
        for points, document in located:
            found.setdefault(document.form, []).append((points, document))
    documents = tuple(
        max(candidates, key=lambda candidate: candidate[0])[1]
        for form in pack.forms
        if (candidates := found.get(form.name)) is not None
    )
    return Submission(
        unit=_text(documents, "单位名称") or folder.name.rpartition("/")[2],
        code=_text(documents, "单位预算编码"),
        department=_text(documents, "主管部门"),
        year=_year(documents),
        folder=folder.name,
        papers=tuple(papers),
        documents=documents,
        lone=folder.lone,
        prose=prose,
    )


def _report_of(folder: Folder) -> str | None:
    """The file that is the narrative report: by its name, else the first that is prose at all."""
    found = [file for file in folder.files if PurePosixPath(file).suffix.lower() in PROSE]
    return min(found, key=lambda file: ("自评报告" not in file, "报告" not in file), default=None)


def _read_report(folder: Folder, file: str) -> tuple[Paper, Prose | None]:
    from xlcheck.papers.prose import UnreadableProse, read_prose

    try:
        data = folder.read(file)
    except OSError as error:
        return Paper(file, REPORT, "", False, _refused(error)), None
    digest = hashlib.sha256(data).hexdigest()
    try:
        return Paper(file, REPORT, digest, True), read_prose(data, file)
    except UnreadableProse as error:
        return Paper(file, REPORT, digest, False, str(error)), None


def _refused(error: OSError) -> str:
    return f"系统不允许读取（{error.strerror}），请检查文件权限。"


def read_file(folder: Folder, file: str, pack: Pack) -> tuple[Paper, list[tuple[int, Document]]]:
    """A unit's file as a paper, and the forms found in it, each with how well it fits."""
    try:
        data = folder.read(file)
    except OSError as error:
        return Paper(file, None, "", False, _refused(error)), []
    digest = hashlib.sha256(data).hexdigest()
    name = PurePosixPath(file)
    if name.suffix.lower() in PROSE:
        return Paper(file, None, digest, True), []  # an enclosure: the report is another file
    try:
        book = open_any(data, name.name)
    except Unreadable as error:
        return Paper(file, None, digest, False, str(error)), []
    documents = []
    points = {form.name: _points(form, book) for form in pack.forms}
    present = [form for form in pack.forms if points[form.name] >= form.minimum]
    if present:
        book = with_results(book, data, name.name)
    for form in present:
        own = book if len(present) == 1 else _without_others(book, form, present)
        documents.append((points[form.name], locate(form, own, file, pack.year)))
    if documents and file in folder.opened:
        odd = notice("workbook-open-elsewhere", [Related(Place(file), "", "")])
        documents = [(fit, replace(document, notices=(*document.notices, odd))) for fit, document in documents]
    first = documents[0][1].form if documents else None
    return Paper(file, first, digest, True), documents


def _points(form: Form, book: Book) -> int:
    """How well a book fits a form: by its visible sheets, and only where those do not fit by the hidden ones, too."""
    visible = score(form, book)
    return visible if visible >= form.minimum else score(form, book, hidden=True)


def _without_others(book: Book, form: Form, present: list[Form]) -> Book:
    """The book without the sheets that are another form of it: each has a cover of its own."""
    sheets = []
    for sheet in book.sheets:
        alone = replace(book, sheets=[sheet])
        best = max(present, key=lambda each: score(each, alone, hidden=True))
        if best is form or score(best, alone, hidden=True) < best.minimum:
            sheets.append(sheet)
    return replace(book, sheets=sheets)


def is_form(path: Path, pack: Pack) -> bool:
    """Whether a workbook is one of the pack's forms."""
    return bool(read_file(Folder(".", path.parent, (path.name,)), path.name, pack)[1])


def _text(documents: Iterable[Document], name: str) -> str:
    for document in documents:
        value = document.fields.get((name, SINGLE))
        if value is not None and value.kind is not Kind.ERROR and value.text.strip():
            return value.text.strip()
    return ""


def _year(documents: Iterable[Document]) -> int | None:
    for document in documents:
        value = document.fields.get(("评价年度", SINGLE))
        if value is not None and value.number is not None:
            return int(value.number)
    return None
