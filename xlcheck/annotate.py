"""The annotated workbook: a copy of what was submitted, with the findings marked in it, and explanations read back.

The submitted package itself is patched: what no mark touches keeps its compressed bytes. All
that is new is emitted by xlsxwriter in a donor workbook, and grafted in.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlcheck.annotation_front import SHEET, Texts, deselect_others, free_name, put_in_front, sheet_texts, take_out
from xlcheck.annotation_layout import TITLE_ROW, Layout, lay_out
from xlcheck.annotation_marks import Mark, Surveyed, emit_marks, graft_marks, position, strip_marks, survey
from xlcheck.annotation_notes import AUTHOR
from xlcheck.annotation_sheet import write_sheet
from xlcheck.annotation_styles import Adopted, Styles
from xlcheck.annotation_words import BETWEEN, HEADERS, STALE, plain, sentence, words
from xlcheck.model import Finding, Report, Severity
from xlcheck.papers.package import Package, SheetEntry
from xlcheck.papers.patch import CONTENT_TYPES, Patch

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

_SEVERITIES = tuple(Severity)
_NOTE = 2000  # characters: who wants more looks at the sheet
_COLOURS = {
    Severity.ERROR: ("#FFC7CE", "#9C0006", "#C00000"),
    Severity.WARNING: ("#FFE0B2", "#8A4B00", "#ED7D31"),
    Severity.NOTE: ("#DDEBF7", "#1F4E79", "#5B9BD5"),
}
_FINGERPRINTS = {row[-2] for row in HEADERS.values()}
_RULES = {row[-1] for row in HEADERS.values()}


@dataclass(frozen=True, slots=True)
class FiledExplanation:
    """An explanation that a unit wrote on 「审核结果」; ``file`` is as the report named it when it was annotated."""

    rule: str
    file: str
    sheet: str | None
    cell: str | None
    field: str
    fingerprint: str
    text: str


def annotate(
    report: Report,
    file: str,
    data: bytes,
    *,
    lang: str = "zh",
    highlight: str = "conditional",
    lost: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
) -> bytes:
    """A copy of the submitted workbook ``data``, the paper ``file`` of the report, with its findings marked.

    ``highlight`` is "conditional" (a conditional format, which leaves the cells' own bytes
    alone) or "style" (a fill in the cells' own formats). ``lost`` tells what a conversion
    before this could not carry over; ``titles`` names rules by their ids. Marks of an earlier annotation are taken out first.
    Give a report on one unit: the tallies of several say nothing about one of them. Raises
    :class:`BadPackage` where the data is no OOXML package, ValueError for an unknown option.
    """
    say = words(lang)
    if highlight not in ("conditional", "style"):
        raise ValueError(f"highlight must be conditional or style, not {highlight!r}")
    patch = Patch(data)
    lost = (*lost, *_rewritten(patch, say))
    signed = patch.unsign()
    sheets = {entry.name: entry for entry in patch.sheets() if entry.kind == "worksheet" and entry.part in patch}
    layout = lay_out(report, file, free_name(patch), list(sheets), lang, lost, signed, titles or {})

    surveyed: list[tuple[Surveyed, dict[str, Mark]]] = []
    for name, findings in _by_sheet(layout).items():
        sheet = survey(patch, sheets[name], highlight == "style")
        surveyed.append((sheet, _marks(sheet, findings, layout, say)))
    donor = Package(_donor(layout, surveyed, lang))

    styles = Styles(patch)
    adopted = styles.adopt(donor)
    for number, (sheet, marks) in enumerate(surveyed, 2):
        painter = (styles, marks) if highlight == "style" else None
        graft_marks(patch, sheet, donor, f"xl/worksheets/sheet{number}.xml", adopted, painter)
    styles.commit()
    deselect_others(patch, {sheet.entry.part for sheet, _ in surveyed})
    put_in_front(patch, layout.name, _portable(donor, "xl/worksheets/sheet1.xml", adopted), TITLE_ROW)
    return patch.save()


def findings_alone(report: Report, file: str, *, lang: str = "zh", lost: Sequence[str] = (), titles: Mapping[str, str] | None = None) -> bytes:  # fmt: skip
    """A workbook of 「审核结果」 alone, for a paper of which no marked copy can be made; ``lost`` says why."""
    return _donor(lay_out(report, file, SHEET, (), lang, lost, False, titles or {}), (), lang)


def _by_sheet(layout: Layout) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for line in layout.lines:
        if line.finding and line.own:
            found.setdefault(line.finding.place.sheet or "", []).append(line.finding)
    return found


def _marks(sheet: Surveyed, findings: Sequence[Finding], layout: Layout, say: Mapping[str, str]) -> dict[str, Mark]:
    """One mark a cell, of its worst finding; a cell inside a merge is shown by the merge's first."""
    cells: dict[str, list[Finding]] = {}
    for finding in findings:
        cells.setdefault(sheet.shown(finding.place.cell or ""), []).append(finding)
    marks = {}
    for cell, here in cells.items():
        weights = [Severity.NOTE if finding.explained else finding.severity for finding in here]
        told = [f"【{say[str(weight)]}】{sentence(finding)}" for weight, finding in zip(weights, here, strict=True)]
        text = plain("\n".join(told))
        if len(text) > _NOTE:
            text = plain(text, _NOTE) + say["more"].format(sheet=layout.name)
        rows = say["row_apart"].join(str(layout.row(finding)) for finding in here[:20])
        text += "\n" + say["see"].format(sheet=layout.name, row=rows)
        marks[cell] = Mark(min(weights, key=_SEVERITIES.index), text)
    return marks


def _donor(layout: Layout, surveyed: Sequence[tuple[Surveyed, Mapping[str, Mark]]], lang: str) -> bytes:
    """A workbook of xlsxwriter's that holds all that is new; the sheet comes first, then one for each marked sheet."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    buffer = io.BytesIO()
    book: Workbook = xlsxwriter.Workbook(buffer, options)
    write_sheet(book, layout, lang)
    formats = {
        severity: book.add_format({"bg_color": fill, "font_color": ink, "border": 1, "border_color": edge})
        for severity, (fill, ink, edge) in _COLOURS.items()
    }
    for sheet, marks in surveyed:
        emit_marks(book, formats, sheet, marks)
    book.close()
    return buffer.getvalue()


def _portable(donor: Package, part: str, adopted: Adopted) -> bytes:
    """A donor's sheet made independent of it: texts in the cells, format numbers of the workbook that takes it in.

    (xlsxwriter's constant_memory would put the texts there itself, but by way of files, which
    takes eight times as long as all of this.) Rows lose the mark that their height was set by
    hand, so that they grow with the explanation that is typed into them.
    """
    texts = re.findall(rb"<si>(.*?)</si>", donor.part("xl/sharedStrings.xml"), re.DOTALL)
    sheet = re.sub(
        rb'<((?:c|row|col) [^>]*?\b(?:s|style)=")(\d+)"',
        lambda found: b'<%b%d"' % (found.group(1), adopted.xfs[int(found.group(2))]),
        donor.part(part).replace(b' customHeight="1"', b""),
    )
    return re.sub(
        rb'<c ([^>]*?) t="s"><v>(\d+)</v></c>',
        lambda found: b'<c %b t="inlineStr"><is>%b</is></c>' % (found.group(1), texts[int(found.group(2))]),
        sheet,
    )


def _rewritten(patch: Patch, say: Mapping[str, str]) -> list[str]:
    """Make the package one that can be marked, and say what of it changes beyond the marks."""
    told = []
    chain = _chain(patch)
    _strip(patch)
    if chain and not _chain(patch):
        told.append(say["chain"])
    if twice := patch.doubled():
        told.append(say["doubled"].format(n=twice))
    types = patch.part(CONTENT_TYPES)
    patch.edit(
        CONTENT_TYPES,
        types.replace(b".template.main+xml", b".sheet.main+xml").replace(
            b".template.macroEnabled.", b".sheet.macroEnabled."
        ),
    )
    if patch.part(CONTENT_TYPES) != types:
        told.append(say["template"])
    return told


def _chain(patch: Patch) -> bool:
    return any(relationship.kind == "calcChain" for relationship in patch.relationships(patch.workbook_part()))


def _strip(patch: Patch) -> None:
    """Take out all that an earlier annotation put in, so that marks never pile up."""
    ours = [entry for entry, _, _ in _result_sheets(patch)]
    comments = [name for name in patch.names() if "comment" in name.lower() and name.lower().endswith(".xml")]
    if not ours and not any(AUTHOR.encode() in patch.part(name) for name in comments):
        return
    styles = Styles(patch)
    unpainted = styles.unpainted()
    styles.commit()
    for entry in patch.sheets():
        if entry.kind == "worksheet" and entry.part in patch and entry not in ours:
            strip_marks(patch, entry, unpainted)
    for entry in ours:
        take_out(patch, entry)


def _result_sheets(package: Package) -> list[tuple[SheetEntry, Texts, int]]:
    """The sheets that are ours, their texts, and the row of the table's header: known by that, not by name alone."""
    found = []
    for entry in package.sheets():
        if entry.kind == "worksheet" and entry.name.startswith(SHEET) and entry.part in package:
            texts = sheet_texts(package, entry)
            headers = [
                row
                for (row, column), text in texts.items()
                if text in _FINGERPRINTS and texts.get((row, column + 1)) in _RULES
            ]
            if headers:
                found.append((entry, texts, headers[0]))
    return found


def explanations(data: bytes) -> tuple[FiledExplanation, ...]:
    """The explanations filled in on an annotated copy's 「审核结果」; none where there is no such sheet.

    Raises :class:`BadPackage` where the data is no OOXML package.
    """
    package = Package(data)
    return tuple(filed for _, texts, header in _result_sheets(package) for filed in _rows_of(texts, header))


def _rows_of(texts: Texts, header: int) -> list[FiledExplanation]:
    columns = {text: column for (row, column), text in texts.items() if row == header}
    lang = next((lang for lang, titles in HEADERS.items() if set(titles) <= set(columns)), None)
    if lang is None:
        return []
    place, field, explanation, fingerprint, rule = (columns[HEADERS[lang][index]] for index in (2, 3, 9, 11, 12))
    say = words(lang)
    own = next((text for (row, _), text in texts.items() if row < header and text.startswith(say["file"])), "")
    others = min((row for (row, _), text in texts.items() if text == say["other_findings"]), default=1048576)
    found = []
    for row in sorted({row for row, _ in texts if row > header}):
        text, mark = texts.get((row, explanation), "").strip(), texts.get((row, fingerprint), "")
        if not text or not mark or text == f"（{say['explain_there']}）" or text.startswith(STALE):
            continue
        file, inside = own[len(say["file"]) :], texts.get((row, place), "")
        if row > others:
            file, _, inside = inside.partition(BETWEEN)
        sheet, _, cell = inside.rpartition("!")
        known = bool(sheet) and position(cell) is not None
        found.append(
            FiledExplanation(
                rule=texts.get((row, rule), ""),
                file="" if file == say["whole_file"] else file,
                sheet=sheet if known else None,
                cell=cell if known else None,
                field=texts.get((row, field), ""),
                fingerprint=mark,
                text=text,
            )
        )
    return found
