"""A check with its outputs: annotated copies beside, and the municipal roll-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from xlcheck.annotate import annotated_name, explanations
from xlcheck.checking import Explained, check_submissions, explain
from xlcheck.collecting import Progress, find_folders, read_folders
from xlcheck.copies import Wanted, make_copies
from xlcheck.folders import RESULT_MARK, WORKBOOKS
from xlcheck.model import Report, Submission, Tally
from xlcheck.papers.package import BadPackage
from xlcheck.rules import Pack, load_pack
from xlcheck.saving import write_bytes

Tell = Callable[[str], None]  # takes a sentence for the user that is no part of the report


def check_and_annotate(paths: Iterable[Path], pack: str, out: Path | None, lang: str, *, jobs: int = 1, progress: Progress | None = None, tell: Tell | None = None) -> Report:  # fmt: skip
    """Check every path, read the 审核说明 of earlier copies back, and write annotated copies below ``out``."""
    rules = load_pack(pack)
    reports = []
    for path in paths:
        report = _checked(path, rules, out, lang, jobs, progress)
        if out is not None:
            write_copies(report, path, out, pack=rules, lang=lang, jobs=jobs, tell=tell)
        reports.append(report)
    return _merged(reports)


def _checked(path: Path, pack: Pack, out: Path | None, lang: str, jobs: int, progress: Progress | None) -> Report:
    folders = find_folders(path, pack, skip=out, jobs=jobs)
    report = check_submissions(read_folders(folders, pack, jobs=jobs, progress=progress), pack, lang=lang)
    return explain(report, _explained(report, path, out))


def _root(path: Path) -> Path:
    return path.parent if path.is_file() else path


def _copy_of(submission: Submission, file: str, path: Path, out: Path) -> Path:
    """Where a paper's annotated copy goes: <out>/<unit's folder>/<stem>.审核.xlsx, a lone workbook's <out>/…"""
    name = PurePosixPath(file)
    below = out if submission.lone else out / path.resolve().name if submission.folder == "." else out
    return below / name.parent / annotated_name(name.name)


def write_copies(report: Report, path: Path, out: Path, *, pack: Pack, lang: str, jobs: int = 1, tell: Tell | None = None) -> dict[str, Path]:  # fmt: skip
    """Write the annotated copies of a report's workbooks; the paper's file → its copy.

    ``tell`` is told, in a sentence, of each paper of which no marked copy could be made; its copy holds the findings.
    """
    titles = {rule.id: rule.title if lang == "zh" else rule.title_en for rule in pack.rules}
    wanted = [
        Wanted(own, paper.file, _root(path) / paper.file)
        for own in report.each()
        for paper in own.submissions[0].papers
        if paper.readable and PurePosixPath(paper.file).suffix.lower() in WORKBOOKS
    ]
    made: dict[str, Path] = {}
    for each, copy in zip(wanted, make_copies(wanted, titles, lang, jobs), strict=True):
        target = _copy_of(each.report.submissions[0], each.file, path, out)
        if target in made.values():  # 基础数据表.xls beside 基础数据表.xlsx
            target = target.with_name(f"{PurePosixPath(each.file).name}{RESULT_MARK}xlsx")
        made[each.file] = target
        write_bytes(target, copy.data)
        if copy.trouble and tell is not None:
            tell(f"{each.file} 未能生成标注副本，{target.name} 只有审核结果：{copy.trouble}")
    return made


def _explained(report: Report, path: Path, out: Path | None) -> Explained:
    """The 审核说明 written into earlier annotated copies, beside the originals and below ``out``."""
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for submission in report.submissions:
        for paper in submission.papers:
            original = _root(path) / paper.file
            places = [original.with_name(annotated_name(original.name))]
            if out is not None:
                places.append(_copy_of(submission, paper.file, path, out))
            for place in places:
                if not place.is_file():
                    continue
                try:
                    filed = explanations(place.read_bytes())
                except (BadPackage, OSError):
                    continue  # an unreadable copy holds no explanation; it is written anew
                for each in filed:
                    found[submission.folder, each.rule, each.field] = (each.fingerprint, each.text)
    return found


def _merged(reports: list[Report]) -> Report:
    if len(reports) == 1:
        return reports[0]
    tallies = [
        Tally(
            of_rule[0].rule,
            *(sum(getattr(t, name) for t in of_rule) for name in ("passed", "failed", "undecided", "broken")),
        )
        for of_rule in zip(*(report.tallies for report in reports), strict=True)
    ]
    return replace(
        reports[0],
        submissions=tuple(each for report in reports for each in report.submissions),
        findings=tuple(each for report in reports for each in report.findings),
        undecided=tuple(each for report in reports for each in report.undecided),
        tallies=tuple(tallies),
    )


def roll_up(folder: Path, out: Path, *, pack: str | Pack = "zhanjiang-2024", roster: Path | None = None, annotate: Path | None = None, lang: str = "zh", jobs: int = 1, progress: Progress | None = None, tell: Tell | None = None) -> Report:  # fmt: skip
    """Check a folder of units' folders and write the municipal workbook; the report with the roster's findings."""
    import os

    from xlcheck.municipal.filing import filing_findings, filing_tallies, place_submissions
    from xlcheck.municipal.workbook import write_rollup
    from xlcheck.roster import read_roster

    rules = pack if isinstance(pack, Pack) else load_pack(pack)
    known = read_roster(roster) if roster is not None else None
    report = _checked(folder, rules, annotate, lang, jobs, progress)
    filing = place_submissions(report.submissions, known)
    report = replace(
        report,
        findings=(*report.findings, *filing_findings(filing, lang=lang)),
        tallies=(*report.tallies, *filing_tallies(filing)),
    )
    copies = (
        write_copies(report, folder, annotate, pack=rules, lang=lang, jobs=jobs, tell=tell)
        if annotate is not None
        else {}
    )
    links = {file: Path(os.path.relpath(copy, out.parent)).as_posix() for file, copy in copies.items()}
    bands = [(lowest, word) for lowest, word, _ in rules.bands]
    titles = {rule.id: rule.title for rule in rules.rules}
    write_rollup(report, out, roster=known, bands=bands, annotated=links, titles=titles, lang=lang)
    return report
