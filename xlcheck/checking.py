"""Submissions × pack → report: every rule is held against every submission, and tallied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xlcheck import procedures
from xlcheck.collecting import find_folders, read_folders
from xlcheck.columns import Rows
from xlcheck.evaluate import truth
from xlcheck.expressions import expressions
from xlcheck.frame import build
from xlcheck.messages import Scene, finding, fingerprint, stated
from xlcheck.model import Class, Explanation, Finding, Related, Report, Severity, Submission, Tally, Verdict
from xlcheck.oddities import BY_CODE, TWICE
from xlcheck.resources import VERSION
from xlcheck.rules import Check, Pack, Rule, load_pack
from xlcheck.scope import CELL_DOMAINS
from xlcheck.suspects import attach

if TYPE_CHECKING:
    from xlcheck.reportreading import Reading

Explained = Mapping[tuple[str, str, str], tuple[str, str]]  # (unit's folder, rule, field) → (fingerprint, text)
_VERDICTS = tuple(Verdict)


def check(paths: str | Path | Iterable[str | Path], pack: str | Path | Pack = "zhanjiang-2024", *, lang: str = "zh", explained: Explained | None = None, skip: Path | None = None, jobs: int = 0) -> Report:  # fmt: skip
    """Check workbooks, units' folders, or folders of units' folders.

    Returns a :class:`~xlcheck.model.Report`; bad data become findings, never exceptions.
    ``explained`` holds the 审核说明 read back from annotated copies; ``skip`` is an output folder
    inside a path; ``jobs`` is the number of worker processes that read (0: read here, without
    bounds on time and memory, for files that are trusted). Raises
    :class:`~xlcheck.collecting.CannotCheck` where a path does not exist or holds no papers, and
    :class:`~xlcheck.packfile.PackError` for a bad pack.
    """
    rules = pack if isinstance(pack, Pack) else load_pack(pack)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    folders = [folder for path in given for folder in find_folders(Path(path), rules, skip=skip, jobs=jobs)]
    return check_submissions(read_folders(folders, rules, jobs=jobs), rules, lang=lang, explained=explained)


def check_submissions(submissions: Sequence[Submission], pack: Pack, *, lang: str = "zh", explained: Explained | None = None) -> Report:  # fmt: skip
    """Hold every rule of ``pack`` against submissions that were read; each one's report may name no other unit."""
    names = tuple(dict.fromkeys(submission.unit for submission in submissions))
    report = Report.joined(check_each(submissions, pack, lang=lang, names=names), VERSION, pack.name)
    return explain(report, explained) if explained else report


def check_each(submissions: Sequence[Submission], pack: Pack, *, lang: str = "zh", names: Sequence[str] = ()) -> list[Report]:  # fmt: skip
    """One report a submission, all rules evaluated once over the whole frame.

    ``names`` are the units of the same run: a narrative report that speaks of another one was copied from it.
    """
    rows = build(submissions, pack)
    readings = _readings(submissions, pack, tuple(names))
    findings: list[list[Finding]] = [[] for _ in submissions]
    tallies: list[list[Tally]] = [[] for _ in submissions]
    for rule in pack.rules:
        counts = Counts(len(submissions))
        for index, made in _hold(rule, submissions, pack, rows, readings, counts, lang):
            findings[index].append(made)
        for index, own in enumerate(counts.table.T.tolist()):
            tallies[index].append(Tally(rule.id, *own))
    reports = []
    for index, submission in enumerate(submissions):
        odd = list(_notices(submission, lang))
        twice = {made.place for made in odd if made.rule == TWICE}
        kept = [made for made in findings[index] if made.rule != "value-not-a-number" or made.place not in twice]
        kept = attach([*_one_for_all(kept, odd), *odd], submission, index, pack, rows, lang)
        undecided = tuple(t.rule for t in tallies[index] if t.undecided and not (t.passed or t.failed or t.broken))
        reports.append(Report(VERSION, pack.name, (submission,), tuple(kept), tuple(tallies[index]), (undecided,)))
    return reports


def explain(report: Report, explained: Explained) -> Report:
    """The report with the 审核说明 that units wrote; one whose numbers have moved is marked stale."""
    return replace(report, findings=tuple(_explain(made, explained) for made in report.findings))


class Counts:
    """A rule's verdicts on each submission: ``table`` has a row a verdict, in their order, and a column a submission."""

    def __init__(self, submissions: int) -> None:
        self.table = np.zeros((len(_VERDICTS), submissions), dtype=np.int64)

    def add(self, verdict: Verdict, owners: np.ndarray) -> None:
        """Count a verdict once for each of the submissions ``owners`` (indices, repeated as they come)."""
        self.table[_VERDICTS.index(verdict)] += np.bincount(owners, minlength=self.table.shape[1])


def _hold(rule: Rule, submissions: Sequence[Submission], pack: Pack, rows: Rows, readings: Mapping[int, Reading], counts: Counts, lang: str) -> list[tuple[int, Finding]]:  # fmt: skip
    """The findings of one rule as (index of the submission, finding); a rule that crashes is tallied broken."""
    found: list[tuple[int, Finding]] = []
    if rule.procedure is not None:
        owners: dict[Verdict, list[int]] = {}
        for index, submission in enumerate(submissions):
            if not rule.applies(submission.year):
                continue
            for outcome in _outcomes(rule, submission, pack, readings.get(index)):
                owners.setdefault(outcome.verdict, []).append(index)
                if outcome.verdict is Verdict.FAILED:
                    found.append((index, stated(rule, submission, outcome, lang)))
        for verdict, own in owners.items():
            counts.add(verdict, np.array(own))
        return found
    for check in rule.checks:
        table = rows.tables[check.domain] if check.domain else rows
        if not table.size:
            continue
        try:
            failed = verdicts(check, table, counts)
            for row in failed:
                index = int(table.owner[row]) if table.owner is not None else int(row)
                if rule.applies(submissions[index].year):
                    found.append((index, finding(rule, Scene(pack, submissions[index], check, table, int(row), lang))))
        except (ArithmeticError, TypeError, ValueError, KeyError, IndexError):  # the rule's fault, never the data's
            counts.add(Verdict.BROKEN, table.owner if table.owner is not None else np.arange(table.size))
    if any(check.domain in CELL_DOMAINS for check in rule.checks):
        found.sort(key=lambda entry: entry[0])
    return found


def _outcomes(rule: Rule, submission: Submission, pack: Pack, reading: Reading | None) -> list[procedures.Outcome]:
    """What a built-in rule says of a submission: of its forms, of its report, or of both."""
    if reading is None:
        return procedures.run(rule, submission, pack)
    from xlcheck import reportidentity, reportrules

    if rule.procedure in reportrules.PROCEDURES:
        return reportrules.run(rule, submission, pack, reading)
    outcomes = procedures.run(rule, submission, pack)
    if rule.procedure in reportidentity.JOINED:
        outcomes += reportidentity.JOINED[rule.procedure](rule, submission, pack, reading)
    return outcomes


def _readings(submissions: Sequence[Submission], pack: Pack, names: tuple[str, ...]) -> dict[int, Reading]:
    """The reports that could be read, with the figures they state, by the submission's index."""
    told = {index: each.prose for index, each in enumerate(submissions) if each.prose is not None}
    if pack.report is None or not told:
        return {}
    from xlcheck.reportreading import read_report

    readings = {index: read_report(prose, pack.report, names) for index, prose in told.items()}
    expressions().keep()
    return readings


def verdicts(check: Check, rows: Rows, counts: Counts) -> np.ndarray:
    """Count a check's verdicts and return the rows that fail it."""
    result = truth(check.require, rows)
    applies = np.ones(rows.size, dtype=bool)
    missing = result.missing.copy()
    if check.when is not None:
        condition = truth(check.when, rows)
        applies = np.broadcast_to(condition.true | condition.missing, applies.shape)
        missing |= condition.missing
    failed = applies & result.false & ~missing
    undecided = applies & missing
    owner = rows.owner if rows.owner is not None else np.arange(rows.size)
    counts.add(Verdict.FAILED, owner[failed])
    counts.add(Verdict.UNDECIDED, owner[undecided])
    counts.add(Verdict.PASSED, owner[applies & ~failed & ~undecided])
    return np.flatnonzero(failed)


def _notices(submission: Submission, lang: str) -> Iterable[Finding]:
    """What was odd while reading: notes, but a label that stands twice with different values must be mended."""
    # once each: a sheet beside two forms of one workbook is seen with both
    for notice in dict.fromkeys(notice for document in submission.documents for notice in document.notices):
        mark = fingerprint(submission, notice.code, str(notice.place.cell), [notice.message])
        severity = Severity.ERROR if BY_CODE[notice.code].error else Severity.NOTE
        said = notice.message if lang == "zh" else notice.message_en
        yield Finding(notice.code, Class.LOGIC, severity, submission.unit, submission.folder, notice.place, "", said, mark, related=notice.related)  # fmt: skip


def _one_for_all(findings: Sequence[Finding], odd: Sequence[Finding]) -> list[Finding]:
    """One unreadable number for all of a paper's formulas without a result: the first, with the others beside it."""
    without = {place: mark for mark, made in enumerate(odd) if made.rule == "formula-without-result" for place in (made.place, *(each.place for each in made.related))}  # fmt: skip
    leading: dict[int, int] = {}
    kept: list[Finding] = []
    for made in findings:
        mark = without.get(made.place) if made.rule == "value-not-a-number" else None
        if mark is None or mark not in leading:
            if mark is not None:
                leading[mark] = len(kept)
            kept.append(made)
        else:
            first = kept[leading[mark]]
            kept[leading[mark]] = replace(
                first, related=(*first.related, Related(made.place, made.field, made.actual or ""))
            )
    return kept


def _explain(made: Finding, explained: Explained) -> Finding:
    known = explained.get((made.folder, made.rule, made.field))
    if known is None or made.severity is not Severity.WARNING:
        return made
    mark, text = known
    return replace(made, explanation=Explanation(text, "valid" if mark == made.fingerprint else "stale"))
