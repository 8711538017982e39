"""The marked copies of a report's workbooks, each made in a bounded worker: what goes wrong there costs one copy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from xlcheck.annotate import annotate, findings_alone
from xlcheck.annotation_report import annotate_report
from xlcheck.conversion import as_xlsx
from xlcheck.folders import PROSE, lone_folder
from xlcheck.model import Report
from xlcheck.papers.bounds import SECONDS, Unreadable
from xlcheck.papers.office import present
from xlcheck.papers.package import BadPackage
from xlcheck.reading import read_file
from xlcheck.rules import Pack
from xlcheck.workers import Failure, run_bounded

_SECONDS = 20.0  # LibreOffice's own bound is half of it


@dataclass(frozen=True, slots=True)
class Wanted:
    """A copy to be made: of ``file``, a paper of the report on its unit, whose bytes are at ``source``.

    ``explain_in`` names the copy that takes the 审核说明 for what is said of a narrative report.
    """

    report: Report
    file: str
    source: Path
    explain_in: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was made; ``trouble`` says, in a sentence, why it holds the findings alone."""

    data: bytes
    trouble: str = ""


def make_copies(
    wanted: Sequence[Wanted], titles: Mapping[str, str], lang: str, jobs: int, pack: Pack, *, seconds: float = _SECONDS
) -> Iterator[Copy]:
    """The copies, in their order: marked in the paper itself, else in a conversion of it, else the findings alone."""
    with tempfile.TemporaryDirectory(prefix="xlcheck-", ignore_cleanup_errors=True) as scratch:
        make = partial(_marked, titles=dict(titles), lang=lang, pack=pack, scratch=Path(scratch))
        made = run_bounded(partial(make, command=present()), wanted, jobs, seconds=seconds)
        for each, copy in zip(wanted, made, strict=True):
            if isinstance(copy, Failure):  # written anew, without LibreOffice, it may do
                copy = next(
                    run_bounded(partial(make, command=None, patched=False), [each], seconds=min(seconds, SECONDS))
                )
            yield Copy(copy) if isinstance(copy, bytes) else _alone(each, copy, titles, lang)


def _marked(
    wanted: Wanted,
    *,
    titles: Mapping[str, str],
    lang: str,
    pack: Pack,
    scratch: Path,
    command: str | None,
    patched: bool = True,
) -> bytes | str:
    """The marked copy, or the sentence that says why there can be none; ``patched``: in the paper itself, if it can be."""
    try:
        data = wanted.source.read_bytes()
    except OSError as error:
        return f"系统不允许读取（{error.strerror}）。"
    if is_text(wanted.file):
        return annotate_report(wanted.report, wanted.file, data, lang=lang, explain_in=wanted.explain_in, titles=titles)
    if patched:
        with suppress(BadPackage):
            return annotate(wanted.report, wanted.file, data, titles=titles, lang=lang)
    try:
        name = PurePosixPath(wanted.file).name
        made = as_xlsx(data, name, command=command, located=_located(wanted, pack), lang=lang, scratch=scratch)
        return annotate(wanted.report, wanted.file, made.data, titles=titles, lang=lang, lost=made.lost)
    except (BadPackage, Unreadable) as error:
        return str(error)


def is_text(file: str) -> bool:
    """Whether a paper is a text, which has comments beside its sentences and tables, and no cells to be marked."""
    return PurePosixPath(file).suffix.lower() in PROSE


def _located(wanted: Wanted, pack: Pack) -> frozenset[tuple[str, str]]:
    """(sheet, cell) of every value that the checks read in the paper; reports are kept without them."""
    documents = [document for _, document in read_file(lone_folder(wanted.source), wanted.source.name, pack)[1]]
    values = [value for document in documents for value in document.fields.values()]
    values += [
        value for document in documents for rows in document.tables.values() for row in rows for value in row.values()
    ]
    return frozenset((value.place.sheet or "", value.place.cell or "") for value in values)


def _alone(wanted: Wanted, why: Failure | str, titles: Mapping[str, str], lang: str) -> Copy:
    trouble = why.message if isinstance(why, Failure) else why
    said = (
        f"原表内容：未能生成标注副本，本文件只有审核结果。{trouble}"
        if lang == "zh"
        else f"The paper itself: no marked copy could be made, these are the findings alone. {trouble}"
    )
    return Copy(findings_alone(wanted.report, wanted.file, lang=lang, lost=[said], titles=titles), trouble)
