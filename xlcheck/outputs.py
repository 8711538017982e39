"""A check with its outputs: annotated copies beside, and the municipal roll-up."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from xlcheck.batches import Run, check_folders
from xlcheck.cache import Cache, cache_beside
from xlcheck.checking import Explained, explain
from xlcheck.collecting import Progress, find_folders
from xlcheck.folders import RESULT_MARK, WORKBOOKS, annotated_name, shown, source
from xlcheck.model import Report, Submission
from xlcheck.oddities import ODDITIES
from xlcheck.papers.package import BadPackage
from xlcheck.resources import VERSION
from xlcheck.rules import Pack, load_pack
from xlcheck.saving import write_bytes
from xlcheck.spool import Spool
from xlcheck.workers import run_bounded

if TYPE_CHECKING:
    from xlcheck.annotate import FiledExplanation
    from xlcheck.cluster import Cluster

Tell = Callable[[str], None]  # takes a sentence for the user that is no part of the report


def check_and_annotate(paths: Iterable[Path], pack: str, out: Path | None, lang: str, *, jobs: int = 1, cached: bool = True, progress: Progress | None = None, tell: Tell | None = None) -> Report:  # fmt: skip
    """Check every path, read the 审核说明 of earlier copies back, and write annotated copies below ``out``."""
    rules = load_pack(pack)
    reports = []
    with _cache(out if cached else None, rules, lang) as cache:
        for path in paths:
            report = _checked(path, rules, out, lang, jobs, cache, progress)
            if out is not None:
                write_copies(report, path, out, pack=rules, lang=lang, jobs=jobs, tell=tell)
            reports.append(report)
    return Report.joined(reports, VERSION, rules.name)


def _cache(out: Path | None, pack: Pack, lang: str, *, cells: bool = False) -> AbstractContextManager[Cache | None]:
    return Cache(cache_beside(out), pack, lang, cells=cells) if out is not None else nullcontext()


def _connected(dask: str | None) -> AbstractContextManager[Cluster | None]:
    if dask is None:
        return nullcontext()
    from xlcheck.cluster import connected

    return connected(dask)


def _checked(path: Path, pack: Pack, out: Path | None, lang: str, jobs: int, cache: Cache | None, progress: Progress | None, run: Run | None = None, spool: Spool | None = None) -> Report:  # fmt: skip
    folders = find_folders(path, pack, skip=out, jobs=jobs)
    kept = check_folders(folders, pack, lang=lang, jobs=jobs, cache=cache, progress=progress, run=run, spool=spool)
    report = Report.joined((checked.report for checked in kept), VERSION, pack.name)
    return explain(report, _explained(report, path, out, jobs))


def _titles(pack: Pack, lang: str) -> dict[str, str]:
    """What the rules and the notices are called, by their ids."""
    called = [(rule.id, rule.title, rule.title_en) for rule in pack.rules]
    called += [(oddity.code, oddity.title, oddity.title_en) for oddity in ODDITIES]
    return {name: title if lang == "zh" else title_en for name, title, title_en in called}


def _root(path: Path) -> Path:
    return path.parent if path.is_file() else path


def _copies(submission: Submission, path: Path, out: Path) -> dict[str, Path]:
    """Where the annotated copies of the workbooks and of the report go, by their files.

    That is <out>/<unit's folder>/<stem>.审核.xlsx (.docx), of a lone paper <out>/…; where two papers
    would have one copy, the second's keeps the suffix that tells them apart.
    """
    below = out if submission.lone else out / shown(path.resolve().name) if submission.folder == "." else out
    made: dict[str, Path] = {}
    for paper in submission.papers:
        name = PurePosixPath(paper.file)
        if paper.readable and (name.suffix.lower() in WORKBOOKS or paper.form is not None):
            copy = below / name.parent / annotated_name(name.name)
            made[paper.file] = (
                copy if copy not in made.values() else copy.with_name(f"{name.name}{RESULT_MARK}{copy.suffix[1:]}")
            )
    return made


def write_copies(report: Report, path: Path, out: Path, *, pack: Pack, lang: str, jobs: int = 1, tell: Tell | None = None) -> dict[str, Path]:  # fmt: skip
    """Write the annotated copies of a report's workbooks and narrative reports; the paper's file → its copy.

    ``tell`` is told, in a sentence, of each paper of which no marked copy could be made; its copy holds the findings.
    """
    from xlcheck.copies import Wanted, is_text, make_copies

    titles = _titles(pack, lang)
    made: dict[str, Path] = {}
    wanted: list[Wanted] = []
    for own in report.each():
        copies = _copies(own.submissions[0], path, out)
        explain_in = next((copy.name for file, copy in copies.items() if not is_text(file)), "")
        wanted += [Wanted(own, file, source(_root(path), file), explain_in) for file in copies]
        made |= copies
    for each, copy in zip(wanted, make_copies(wanted, titles, lang, jobs, pack), strict=True):
        target = made[each.file]
        write_bytes(target, copy.data)
        if copy.trouble and tell is not None:
            tell(f"{each.file} 未能生成标注副本，{target.name} 只有审核结果：{copy.trouble}")
    return made


def _explained(report: Report, path: Path, out: Path | None, jobs: int) -> Explained:
    """The 审核说明 written into earlier annotated copies, beside the originals and below ``out``."""
    root = _root(path)
    copies: list[tuple[str, Path]] = []
    has_copies = lru_cache(maxsize=1024)(_has_copies)
    for submission in report.submissions:
        files = [paper.file for paper in submission.papers]
        originals = [source(root, file) for file in files if has_copies(root / posixpath.dirname(file))]
        places = [original.with_name(annotated_name(original.name)) for original in originals]
        places += _copies(submission, path, out).values() if out is not None and out.is_dir() else ()
        copies += [(submission.folder, place) for place in places if place.suffix != ".docx" and place.is_file()]
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for (folder, _), filed in zip(copies, run_bounded(_filed, [place for _, place in copies], jobs), strict=True):
        for each in filed if isinstance(filed, list) else ():
            found[folder, each.rule, each.field] = (each.fingerprint, each.text)
    return found


def _has_copies(folder: Path) -> bool:
    """Whether an annotated copy may stand in a folder; where the folder's name is not to be had, it may."""
    try:
        return any(RESULT_MARK in name for name in os.listdir(folder))
    except OSError:
        return True


def _filed(copy: Path) -> list[FiledExplanation]:
    """The 审核说明 in an annotated copy; an unreadable one holds none, and is written anew."""
    from xlcheck.annotate import explanations

    try:
        return list(explanations(copy.read_bytes()))
    except (BadPackage, OSError):
        return []


def roll_up(folder: Path, out: Path, *, pack: str | Pack = "zhanjiang-2024", roster: Path | None = None, annotate: Path | None = None, dask: str | None = None, parquet: Path | None = None, lang: str = "zh", jobs: int = 1, cached: bool = True, progress: Progress | None = None, tell: Tell | None = None) -> Report:  # fmt: skip
    """Check a folder of units' folders and write the municipal workbook; the report with the roster's findings.

    ``dask`` is the address of a scheduler whose workers check in place of this machine's ``jobs`` processes;
    ``parquet`` is a folder for the same as long tables. What cannot be done raises an exception whose message is one
    sentence: :class:`~xlcheck.collecting.CannotCheck`, :class:`~xlcheck.packfile.PackError`,
    :class:`~xlcheck.roster.CannotReadRoster` or :class:`~xlcheck.saving.CannotSave`.
    """
    from xlcheck.municipal.filing import filing_findings, filing_tallies, place_submissions
    from xlcheck.municipal.workbook import write_rollup
    from xlcheck.roster import read_roster

    rules = pack if isinstance(pack, Pack) else load_pack(pack)
    known = read_roster(roster) if roster is not None else None
    if parquet is not None:
        from xlcheck.parquet import need_pyarrow

        need_pyarrow()
    with Spool() if parquet is not None else nullcontext() as spool:
        with (
            _cache(out if cached else None, rules, lang, cells=parquet is not None) as cache,
            _connected(dask) as workers,
        ):
            run, jobs = (workers.run, workers.threads) if workers is not None else (None, jobs)
            report = _checked(folder, rules, annotate, lang, jobs, cache, progress, run, spool)
        filing = place_submissions(report.submissions, known)
        report = replace(
            report,
            findings=(*report.findings, *filing_findings(filing, lang=lang)),
            tallies=(*report.tallies, *filing_tallies(filing)),
        )
        if parquet is not None and spool is not None:
            from xlcheck.parquet import write_tables

            write_tables(parquet, report, filing, spool)
    copies = write_copies(report, folder, annotate, pack=rules, lang=lang, jobs=jobs, tell=tell) if annotate is not None else {}  # fmt: skip
    links = {file: Path(os.path.relpath(copy, out.parent)).as_posix() for file, copy in copies.items()}
    bands = [(lowest, word) for lowest, word, _ in rules.bands]
    write_rollup(report, out, roster=known, bands=bands, annotated=links, titles=_titles(rules, "zh"), lang=lang)
    return report
