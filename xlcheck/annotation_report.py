"""The annotated narrative report: the filed .docx with comments beside its sentences; of other formats, a list."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from xlcheck.annotation_comments import Comment, Line, graft_comments, strip_comments
from xlcheck.annotation_layout import LEVELS, submission_of
from xlcheck.annotation_sheet import INKS
from xlcheck.annotation_words import involved, is_stale, level, sentence, where, words
from xlcheck.model import Class, Finding, Paragraph, Prose, Report, Severity
from xlcheck.papers.bounds import Unreadable, prescan
from xlcheck.papers.docx import Traced, main_part, trace
from xlcheck.papers.markup import utf8
from xlcheck.papers.package import BadPackage
from xlcheck.papers.patch import Patch
from xlcheck.papers.prose import UnreadableProse, read_prose
from xlcheck.reportgrammar import fold

_SEVERITIES = tuple(Severity)
_HEADING = "【xlcheck 审核】"


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding of the report: where it stands in words, its sentence as filed, and what is said of it."""

    finding: Finding
    place: str
    quote: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """All that a report's copy says, whatever its shape; ``entries`` go by weight, then by place."""

    title: str
    file: str
    made: str
    counts: tuple[tuple[str, str], ...]  # level, text
    aside: str
    guide: str
    entries: tuple[Entry, ...]


def annotate_report(
    report: Report,
    file: str,
    data: bytes,
    *,
    lang: str = "zh",
    explain_in: str = "",
    titles: Mapping[str, str] | None = None,
) -> bytes:
    """A .docx that shows the findings on the narrative report ``data``, the paper ``file`` of the report.

    A filed .docx comes back as it is, with a comment at each sentence that a finding speaks of and one on the
    whole at its first paragraph; comments of an earlier annotation are taken out first. Any other format
    gives a list of the findings with their sentences. ``explain_in`` names the workbook's copy whose
    「审核结果」 takes the 审核说明; ``titles`` names rules by their ids. Raises ValueError for an unknown ``lang``.
    """
    say = words(lang)
    prose = _prose(report, file, data)
    review = _review(report, file, prose, say, explain_in, titles or {})
    reason = say["report_listed"]
    if prose is None or prose.format == "docx":
        try:
            return _commented(review, data, say)
        except (BadPackage, Unreadable, UnreadableProse):
            reason = say["report_broken"]
    from xlcheck.annotation_list import write_list

    return write_list(review, reason, lang)


def _prose(report: Report, file: str, data: bytes) -> Prose | None:
    """The narrative as it was checked; read again where the report was kept without it (:mod:`xlcheck.checked`)."""
    submission = submission_of(report, file)
    if submission is not None and submission.prose is not None:
        return submission.prose
    try:
        return read_prose(data, file)
    except UnreadableProse:
        return None


def _review(report: Report, file: str, prose: Prose | None, say: Mapping[str, str], explain_in: str, titles: Mapping[str, str]) -> Review:  # fmt: skip
    submission = submission_of(report, file)
    paragraphs = {paragraph.number: paragraph for paragraph in prose.paragraphs} if prose is not None else {}
    causes = {finding.fingerprint: finding for finding in report.findings}

    def rank(finding: Finding) -> tuple[object, ...]:
        return _SEVERITIES.index(finding.severity), finding.explained, finding.place.paragraph or 0

    own = sorted((finding for finding in report.findings if finding.place.file == file), key=rank)
    counts = [(key, say[key] + say["items"].format(n=sum(level(finding) == key for finding in own))) for key in LEVELS]
    undecided = sum(tally.undecided > 0 for tally in report.tallies)
    others = len(report.findings) - len(own)
    aside = [("report_elsewhere", others), ("undecided", undecided)]
    clean = say["report_clean_undecided" if undecided else "report_clean"].format(n=undecided)
    year = submission.year if submission is not None else None
    unit = submission.unit if submission is not None else ""
    return Review(
        title=say["title" if year else "title_without_year"].format(unit=unit, year=year).strip("　 ·"),
        file=file,
        made=say["made"].format(pack=report.pack, version=report.version),
        counts=tuple(counts),
        aside="".join(say[key].format(n=number) for key, number in aside if number),
        guide=say["report_guide"] if own else clean,
        entries=tuple(
            Entry(
                finding,
                _place(finding, paragraphs.get(finding.place.paragraph or 0), say),
                finding.place.quote or "",
                tuple(_told(finding, causes, say, explain_in, titles)),
            )
            for finding in own
        ),
    )


def _place(finding: Finding, paragraph: Paragraph | None, say: Mapping[str, str]) -> str:
    """The paragraph's number with the headings that it stands under."""
    if finding.place.quote is None:
        return say["whole_file"]
    told = where(finding.place, finding.place.file, say)
    headings = paragraph.headings if paragraph is not None else ()
    return told + say["brackets"].format(inside=" › ".join(headings)) if headings else told


def _told(finding: Finding, causes: Mapping[str, Finding], say: Mapping[str, str], explain_in: str, titles: Mapping[str, str]) -> list[Line]:  # fmt: skip
    """A finding in paragraphs: the message, what it rests on, the explanation or where to give one, the rule."""
    key = level(finding)
    lines = [Line(sentence(finding), f"【{say[key]}】", INKS[key])]
    cause = causes.get(finding.caused_by or "")
    if cause is not None and cause is not finding:
        lines.append(Line(say["caused"].format(place=where(cause.place, finding.place.file, say))))
    if finding.explanation is not None:
        lines.append(Line(say["stale" if is_stale(finding.explanation) else "explanation"] + finding.explanation.text))
    if finding.cls is Class.PLAUSIBILITY and key == "warning":
        lines.append(Line(say["explain_in"].format(copy=explain_in) if explain_in else say["explain_here"]))
    if finding.related:
        lines.append(Line(involved(finding, say), quiet=True))
    title = titles.get(finding.rule)
    rule = title + say["brackets"].format(inside=finding.rule) if title else finding.rule
    lines.append(Line(say["rule"] + rule, quiet=True))
    return lines


def _commented(review: Review, data: bytes, say: Mapping[str, str]) -> bytes:
    """The filed .docx with comments; raises BadPackage, Unreadable or UnreadableProse where it takes none."""
    patch = Patch(data)
    prescan(zipfile.ZipFile(io.BytesIO(data)))
    main = main_part(patch)
    if main is None:
        raise BadPackage("no main part")
    strip_comments(patch, main)
    signed = patch.unsign()
    traced = trace(utf8(patch.part(main)))
    first = _first(traced)
    placed: dict[tuple[int, int, int], list[Line]] = {}
    loose: list[Line] = []
    for entry in review.entries:
        anchor = _anchor(entry.finding, traced)
        if anchor is None:
            loose += entry.lines
        else:
            placed.setdefault(anchor, []).extend(entry.lines)
    summary = Comment(*first, (*_summary(review, signed, bool(placed), say), *loose))
    beside = [Comment(*anchor, tuple(lines)) for anchor, lines in sorted(placed.items())]
    graft_comments(patch, main, [summary, *beside])
    return patch.save()


def _summary(review: Review, signed: bool, beside: bool, say: Mapping[str, str]) -> list[Line]:
    counts = say["row_apart"].join(text for _, text in review.counts)
    lines = [
        Line(review.title, _HEADING, INKS["note"]),
        Line(say["report"] + counts + review.aside),
        Line(review.guide),
    ]
    for wanted, word in ((beside, "report_beside"), (signed, "signature")):
        lines += [Line(say[word])] if wanted else []
    return [*lines, Line(review.made, quiet=True)]


def _first(traced: Traced) -> tuple[int, int, int]:
    """The first paragraph that says something."""
    for index in range(len(traced.pieces)):
        whole = _whole(traced, index)
        if whole is not None:
            return whole
    raise BadPackage("no paragraph that could take a comment")


def _whole(traced: Traced, index: int) -> tuple[int, int, int] | None:
    """All of a paragraph but the blanks around it, or None where it says nothing or nothing can be marked."""
    text = traced.pieces[index].text
    start = len(text) - len(text.lstrip())
    return _markable(traced, index, start, len(text.rstrip()))


def _markable(traced: Traced, index: int, start: int, end: int) -> tuple[int, int, int] | None:
    stretch = traced.stretches[index]
    held = any(text.at < end and start < text.at + len(text.text) for text in stretch.texts)
    return (index, start, end) if start < end and (held or stretch.holder is not None) else None


def _anchor(finding: Finding, traced: Traced) -> tuple[int, int, int] | None:
    """The paragraph (from 0) and the characters of it that a finding speaks of, or None.

    The quotation of a table row runs over its cells: there it is the cell that holds the figure, else the first.
    """
    quote, index = finding.place.quote, (finding.place.paragraph or 0) - 1
    if not quote or not 0 <= index < len(traced.pieces):
        return None
    piece = traced.pieces[index]
    at = piece.text.replace("\xa0", " ").find(quote)
    if at >= 0:
        return _markable(traced, index, at, at + len(quote))
    cells = [index]
    while piece.row and cells[-1] + 1 < len(traced.pieces) and traced.pieces[cells[-1] + 1].row == piece.row:
        cells.append(cells[-1] + 1)
    figure = fold(finding.actual or "")
    with_figure = [cell for cell in cells if figure and figure in fold(traced.pieces[cell].text)]
    return _whole(traced, (with_figure or cells)[0])
