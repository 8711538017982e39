"""A unit's files → :class:`~xlcheck.model.Submission`: open, recognise, locate. Bad files become papers with a problem."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from xlcheck.folders import PROSE, Folder, lone_folder
from xlcheck.forms import SINGLE
from xlcheck.labels import read_label
from xlcheck.model import Document, Kind, Paper, Place, Prose, Related, Submission
from xlcheck.notices import notice
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.papers.pages import open_page
from xlcheck.papers.results import with_results
from xlcheck.papers.spreadsheet import Book
from xlcheck.rules import Pack

REPORT = "自评报告"
_FEWEST_SENTENCES = 3  # beside a page's tables: fewer are their titles and notes, not a report


def read_submission(folder: Folder, pack: Pack, *, pages: bool = False) -> Submission:
    """Read one unit's files. A file that cannot be read costs one paper with a problem, no more.

    ``pages``: forms are looked for in the tables of web pages and .pdf, too, as units publish them; the
    report is then the text beside the tables.
    """
    papers: list[Paper] = []
    found: dict[str, list[tuple[int, Document]]] = {}
    report = _report_of(folder.files)
    prose: Prose | None = None
    texts: dict[str, Prose] = {}
    for file in folder.files:
        if pages and PurePosixPath(file).suffix.lower() in PROSE:
            paper, text, located = _read_page(folder, file, pack)
            if text is not None:
                texts[file] = text
        elif file == report:
            paper, prose = _read_report(folder, file)
            located = []
        else:
            paper, located = read_file(folder, file, pack)
        papers.append(paper)
        for points, document in located:
            found.setdefault(document.form, []).append((points, document))
    if texts:
        prose = texts[_report_of(texts) or ""]
    documents = tuple(
        max(candidates, key=lambda candidate: candidate[0])[1]
        for form in pack.forms
        if (candidates := found.get(form.name)) is not None
    )
    return Submission(
        unit=_text(documents, "单位名称") or folder.called or folder.name.rpartition("/")[2],
        code=_text(documents, "单位预算编码"),
        department=_text(documents, "主管部门"),
        year=_year(documents),
        folder=folder.name,
        papers=tuple(papers),
        documents=documents,
        lone=folder.lone,
        prose=prose,
    )


def _report_of(files: Iterable[str]) -> str | None:
    """The file that is the narrative report: by its name, else the first that is prose at all."""
    found = [file for file in files if PurePosixPath(file).suffix.lower() in PROSE]
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


def _read_page(folder: Folder, file: str, pack: Pack) -> tuple[Paper, Prose | None, list[tuple[int, Document]]]:
    """A published page: its text beside the tables that hold forms, and those forms."""
    paper, prose = _read_report(folder, file)
    if prose is None or not _may_hold_forms(prose, pack):
        return paper, prose, []
    data = folder.read(file)
    try:
        book, beside = open_page(data, prose)
    except Unreadable as error:
        return replace(paper, readable=False, problem=str(error)), prose, []
    located = _located(book, data, file, pack)
    if not located:
        return paper, prose, []
    if sum("。" in paragraph.text for paragraph in beside.paragraphs) < _FEWEST_SENTENCES:
        return replace(paper, form=located[0][1].form), None, located
    return paper, beside, located


def _may_hold_forms(prose: Prose, pack: Pack) -> bool:
    """Whether a page names so many fields that one of the forms may stand on it."""
    words = {read_label(word).core for paragraph in prose.paragraphs for word in paragraph.text.split()}
    return any(len(words & form.labels.keys()) + len(words & form.header_words) >= form.minimum for form in pack.forms)


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
    documents = _located(book, data, file, pack)
    if documents and file in folder.opened:
        odd = notice("workbook-open-elsewhere", [Related(Place(file), "", "")])
        documents = [(fit, replace(document, notices=(*document.notices, odd))) for fit, document in documents]
    return Paper(file, documents[0][1].form if documents else None, digest, True), documents


def _located(book: Book, data: bytes, file: str, pack: Pack) -> list[tuple[int, Document]]:
    """Every form of the pack that the book holds, with how well it fits."""
    return pack.locator.locate(book, file, lambda book: with_results(book, data, PurePosixPath(file).name))


def is_form(path: Path, pack: Pack) -> bool:
    """Whether a workbook is one of the pack's forms."""
    return bool(read_file(lone_folder(path), path.name, pack)[1])


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
