"""A unit's files → :class:`~xlcheck.model.Submission`: open, recognise, locate. Bad files become papers with a problem."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from xlcheck.folders import PROSE, Folder, lone_folder
from xlcheck.forms import SINGLE
from xlcheck.labels import read_label
from xlcheck.model import Document, Kind, Paper, Place, Prose, Related, Submission
from xlcheck.notices import notice
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.papers.pages import Run, joined, places, runs, sheet_name
from xlcheck.papers.prose import UnreadableProse, numbered, read_prose
from xlcheck.papers.results import with_results
from xlcheck.papers.spreadsheet import Book
from xlcheck.rules import Pack

REPORT = "自评报告"
_UNCLEAR = "表格没有框线，分不清各行各列，没有读取；请公开有框线的 PDF，或 Word、Excel 文件"
_FEWEST_SENTENCES = 3  # beside a page's tables: fewer are their titles and notes, not a report


def read_submission(folder: Folder, pack: Pack, *, pages: bool = False) -> Submission:
    """Read one unit's files. A file that cannot be read costs one paper with a problem, no more.

    A form that no workbook holds is looked for in the tables of the report and of other .docx. ``pages``: all forms
    are, and in those of any page and .pdf, as units publish them. The report is then the text beside those tables.
    """
    papers: dict[str, Paper] = {}
    found: dict[str, list[tuple[int, Document]]] = {}
    texts: dict[str, Prose] = {}
    report = _report_of(folder.files)

    def keep(paper: Paper, located: Iterable[tuple[int, Document]]) -> None:
        papers[paper.file] = paper
        for points, document in located:
            found.setdefault(document.form, []).append((points, document))

    for file in folder.files:
        if not _is_prose(file):
            keep(*read_file(folder, file, pack))
    every = frozenset(form.name for form in pack.forms)
    missing = every - found.keys()
    for file in filter(_is_prose, folder.files):
        wanted = every if pages else missing
        if pages or file == report or (wanted and file.lower().endswith(".docx")):
            paper, text, located = _read_text(folder, file, pack, wanted, pages=pages)
            if pages or file == report or located:
                if text is not None:
                    texts[file] = text
                keep(paper, [each for each in located if each[1].form in missing])
                continue
        keep(*read_file(folder, file, pack))
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
        papers=tuple(papers[file] for file in folder.files),
        documents=documents,
        lone=folder.lone,
        prose=texts.get(_report_of(texts) or ""),
    )


def _is_prose(file: str) -> bool:
    return posixpath.splitext(file)[1].lower() in PROSE


def _report_of(files: Iterable[str]) -> str | None:
    """The file that is the narrative report: by its name, else the first that is prose at all."""
    return min(filter(_is_prose, files), key=lambda file: ("自评报告" not in file, "报告" not in file), default=None)


def _read_report(folder: Folder, file: str) -> tuple[Paper, Prose | None]:
    try:
        data = folder.read(file)
    except OSError as error:
        return Paper(file, REPORT, "", False, _refused(error)), None
    digest = hashlib.sha256(data).hexdigest()
    try:
        return Paper(file, REPORT, digest, True), read_prose(data, file)
    except UnreadableProse as error:
        return Paper(file, REPORT, digest, False, str(error)), None


def _read_text(folder: Folder, file: str, pack: Pack, wanted: Set[str], *, pages: bool) -> tuple[Paper, Prose | None, list[tuple[int, Document]]]:  # fmt: skip
    """A file that is a text: the forms among ``wanted`` that its tables are, and its text beside those.

    The tables of a .pdf are looked at only with ``pages``.
    """
    paper, prose = _read_report(folder, file)
    if prose is None or not wanted:
        return paper, prose, []
    try:
        if prose.format == "pdf":
            if not pages or not _may_hold_forms(prose, pack):
                return paper, prose, []
            beside, located, unclear = _forms_on_pdf(folder.read(file), file, pack, wanted)
            paper = replace(paper, problem=_UNCLEAR) if unclear else paper
        else:
            beside, located = _forms_on(prose, pack, wanted)
    except Unreadable as error:
        return replace(paper, readable=False, problem=str(error)), prose, []
    if not located and not paper.problem:
        return paper, prose, []
    if sum("。" in paragraph.text for paragraph in beside.paragraphs) < _FEWEST_SENTENCES:
        return replace(paper, form=located[0][1].form if located else None), None, located
    return paper, beside, located


def _forms_on_pdf(data: bytes, file: str, pack: Pack, wanted: Set[str]) -> tuple[Prose, list[tuple[int, Document]], bool]:  # fmt: skip
    """As :func:`_forms_on`, and whether a form is there that could not be made out for certain."""
    from xlcheck.borderless import Columns, made_out, unread
    from xlcheck.papers.pdftable import Line, flow_pieces, read_flow

    flow, unclear = made_out(read_flow(data), pack.forms)
    prose = numbered(file, "pdf", flow_pieces(flow))
    tables = enumerate((each for each in flow if not isinstance(each, Line)), 1)
    loose = {number: each for number, each in tables if isinstance(each, Columns)}
    beside, located = _forms_on(prose, pack, wanted)
    doubtful = {sheet_name(table) for table in unread(loose, [document for _, document in located], pack.forms)}
    sure = [each for each in located if doubtful.isdisjoint(place.sheet for place in places(each[1]))]
    return beside, sure, unclear or len(sure) < len(located)


def _forms_on(prose: Prose, pack: Pack, wanted: Set[str]) -> tuple[Prose, list[tuple[int, Document]]]:
    """The text without the tables that are forms, and of each form the one that fits best."""
    titles = [title for form in pack.forms for title in form.titles]

    def is_title(line: str) -> bool:
        core = read_label(line).core
        return any(title in core for title in titles)

    best: dict[str, tuple[int, Document]] = {}
    taken: set[int] = set()
    for parts in runs(prose, is_title):
        for run in _one_form_each(parts, pack, prose.name):
            located = [each for each in _on(run, pack, prose.name) if each[1].form in wanted]
            taken |= run.taken(document for _, document in located)
            for points, document in located:
                if document.form not in best or points > best[document.form][0]:
                    best[document.form] = points, run.placed(document)
    beside = tuple(paragraph for paragraph in prose.paragraphs if paragraph.number not in taken)
    return replace(prose, paragraphs=beside), list(best.values())


def _one_form_each(parts: Sequence[Run], pack: Pack, file: str) -> Iterator[Run]:
    """Parts put together again that are one form: those with another form begin a new one."""
    group: list[Run] = []
    held: set[str] = set()
    for part in parts:
        forms = {document.form for _, document in _on(part, pack, file)} if len(parts) > 1 else set()
        if forms and held.isdisjoint(forms) and held:
            yield joined(group)
            group, held = [], set()
        group.append(part)
        held |= forms
    yield joined(group)


def _on(run: Run, pack: Pack, file: str) -> list[tuple[int, Document]]:
    return pack.locator.locate(run.book, file, lambda book: book)


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
    if _is_prose(file):
        return Paper(file, None, digest, True), []  # an enclosure: the report is another file
    try:
        book = open_any(data, posixpath.basename(file))
    except Unreadable as error:
        return Paper(file, None, digest, False, str(error)), []
    documents = _located(book, data, file, pack)
    if documents and file in folder.opened:
        odd = notice("workbook-open-elsewhere", [Related(Place(file), "", "")])
        documents = [(fit, replace(document, notices=(*document.notices, odd))) for fit, document in documents]
    return Paper(file, documents[0][1].form if documents else None, digest, True), documents


def _located(book: Book, data: bytes, file: str, pack: Pack) -> list[tuple[int, Document]]:
    """Every form of the pack that the book holds, with how well it fits."""
    return pack.locator.locate(book, file, lambda book: with_results(book, data, posixpath.basename(file)))


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
