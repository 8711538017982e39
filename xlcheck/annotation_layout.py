"""What 「审核结果」 says and in which row, before anything is written: notes on cells name these rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlcheck.annotation_marks import position
from xlcheck.annotation_words import level, plain, words
from xlcheck.model import Finding, Report, Severity, Submission

TITLE_ROW = 5  # the row of the table's header, from 1
LEVELS = ("error", "warning", "note", "explained")
_SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Line:
    """One row below the table's header: a finding, or a text of a ``kind`` that a format is named after."""

    kind: str
    text: str = ""
    number: str = ""
    finding: Finding | None = None
    own: bool = False  # on this workbook, with a cell to go to


@dataclass(frozen=True, slots=True)
class Layout:
    """All that the sheet says, in rows; the first of ``lines`` stands under the header."""

    name: str
    file: str
    title: str
    made: str
    counts: tuple[tuple[str, str], ...]  # level, text
    aside: str
    guide: str
    lines: tuple[Line, ...]

    def row(self, finding: Finding) -> int:
        """The row, from 1, in which a finding stands."""
        index = next(index for index, line in enumerate(self.lines) if line.finding is finding)
        return TITLE_ROW + 1 + index


def submission_of(report: Report, file: str) -> Submission | None:
    """The submission that a paper belongs to."""
    for submission in report.submissions:
        if any(paper.file == file for paper in submission.papers):
            return submission
    return None


def lay_out(
    report: Report,
    file: str,
    name: str,
    sheets: Sequence[str],
    lang: str,
    lost: Sequence[str],
    signed: bool,
    titles: Mapping[str, str],
) -> Layout:
    """Decide what stands in which row; ``sheets`` are the workbook's worksheets, ``name`` is to be this one's."""
    say = words(lang)
    submission = submission_of(report, file)
    own = [finding for finding in report.findings if finding.place.file == file]
    others = [
        finding
        for finding in report.findings
        if submission and finding.place.file != file and finding.folder == submission.folder
        and finding.unit == submission.unit
    ]  # fmt: skip
    alone = len(report.submissions) <= 1  # tallies count all units: of one among several they say nothing
    undecided = [titles.get(tally.rule, tally.rule) for tally in report.tallies if tally.undecided and alone]
    broken = [tally.rule for tally in report.tallies if tally.broken and alone]

    lines = _findings(own, sheets, own=True)
    if not lines:
        text = say["clean_undecided"].format(n=len(undecided)) if undecided else say["clean"]
        lines.append(Line("clean", text))
    if others:
        lines.append(Line("heading", say["other_findings"]))
        lines += _findings(others, (), own=False)
    blocks = (
        ("lost", [*([say["signature"]] if signed else []), *lost]),
        ("undecided_rules", [say["row_apart"].join(undecided)] if undecided else []),
        ("broken_rules", [say["row_apart"].join(broken)] if broken else []),
    )
    for heading, texts in blocks:
        if texts:
            lines.append(Line("heading", say[heading]))
            lines += [Line("remark", plain(text)) for text in texts]

    counts = [(key, say[key] + say["items"].format(n=sum(level(finding) == key for finding in own))) for key in LEVELS]
    aside = [("elsewhere", len(others)), ("undecided", len(undecided)), ("broken", len(broken))]
    year = submission.year if submission else None
    unit = submission.unit if submission else own[0].unit if own else ""
    return Layout(
        name=name,
        file=file,
        title=plain(say["title" if year else "title_without_year"].format(unit=unit, year=year).strip("　 ·")),
        made=say["made"].format(pack=report.pack, version=report.version),
        counts=tuple(counts),
        aside="".join(say[key].format(n=number) for key, number in aside if number),
        guide=say["guide" if own or others else "guide_clean"],
        lines=tuple(lines),
    )


def _findings(findings: Sequence[Finding], sheets: Sequence[str], own: bool) -> list[Line]:
    """Findings as lines: by severity and place, each directly followed by those that it explains."""
    order = {sheet: index for index, sheet in enumerate(sheets)}

    def rank(finding: Finding) -> tuple[object, ...]:
        place = finding.place
        cell = position(place.cell or "") or (-1, -1)
        return (_SEVERITIES.index(finding.severity), finding.explained, place.file, order.get(place.sheet or "", -1),
                cell, place.paragraph or 0)  # fmt: skip

    ordered = sorted(findings, key=rank)
    leading = {finding.fingerprint for finding in ordered if finding.caused_by != finding.fingerprint}
    followers: dict[str, list[Finding]] = {}
    heads = []
    for finding in ordered:
        if finding.caused_by in leading and finding.caused_by != finding.fingerprint:
            followers.setdefault(finding.caused_by or "", []).append(finding)
        else:
            heads.append(finding)
    lines: list[Line] = []

    def line(finding: Finding, number: str) -> Line:
        linked = own and finding.place.sheet in order and position(finding.place.cell or "") is not None
        return Line("finding", number=number, finding=finding, own=linked)

    for count, head in enumerate(heads, 1):
        lines.append(line(head, str(count)))
        waiting = followers.pop(head.fingerprint, [])
        part = 0
        while waiting:
            follower = waiting.pop(0)
            part += 1
            lines.append(line(follower, f"{count}.{part}"))
            waiting = followers.pop(follower.fingerprint, []) + waiting
    rest = [finding for waiting in followers.values() for finding in waiting]  # each said to be caused by another
    return lines + [line(finding, str(len(heads) + count)) for count, finding in enumerate(rest, 1)]
