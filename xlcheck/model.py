"""The nouns: plain frozen records that every stage passes on.

Nothing here reads, decides or prints. Values and their places, of which a run makes millions, are msgspec's records.
Amounts are :class:`decimal.Decimal` in the pack's money unit (万元), as printed; rates are
ratios (72.86 % is ``Decimal("0.7286")``); dates are proleptic ordinals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import pandas as pd

TOOL = "xlcheck"


class Kind(StrEnum):
    """What a cell holds; blank, 0, 「无」 and 「—」 are four different things."""

    NUMBER = "number"
    BLANK = "blank"
    NONE = "none"  # 「无」「零」: nothing, counts as 0
    NOT_APPLICABLE = "not-applicable"  # 「—」「/」「不适用」「不可比」
    TEXT = "text"
    DATE = "date"
    ERROR = "error"  # #REF!, #DIV/0! …


class Class(StrEnum):
    """The three classes of 审核公式 that finance officers know."""

    BALANCE = "基本平衡"
    LOGIC = "逻辑性"
    PLAUSIBILITY = "核实性"


class Severity(StrEnum):
    """How a finding weighs: an error is mended, a warning is mended or explained, a note is read."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Verdict(StrEnum):
    """What a rule says of one submission; undecided is not passed."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    BROKEN = "broken"


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where something stands: a cell of a workbook, or a paragraph (from 1) of a prose paper.

    ``file`` is relative to the path that was checked, with forward slashes; ``cell`` is A1
    without the sheet. ``quote`` gives the words around a figure in prose.
    """

    file: str
    sheet: str | None = None
    cell: str | None = None
    paragraph: int | None = None
    quote: str | None = None


class Value(msgspec.Struct, frozen=True, gc=False):
    """One filled (or empty) place of a form.

    ``number`` is in the form's unit (万元, a ratio, a count, a day's ordinal) or None;
    ``text`` is what the reader of the workbook sees; ``half_width`` is half a unit of the
    last digit that was reported, in the same unit as ``number`` (0 for counts and dates).
    ``scale`` turns what is printed into ``number``: 0.0001 in a cell in 元 on a form in 万元.
    """

    number: Decimal | None
    text: str
    kind: Kind
    half_width: Decimal
    place: Place
    scale: Decimal = Decimal(1)


Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that a finding or a notice speaks of, with what stands there."""

    place: Place
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd about a paper that no rule judges: a hidden sheet with figures, a label found twice.

    ``place`` is the first cell of which it speaks, ``related`` are the others; ``message_en`` is the sentence in English.
    """

    code: str
    message: str
    message_en: str
    place: Place
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One paper, located: its single fields and its tables.

    ``fields`` maps (field name, column name) to a value; ``tables`` maps a table's name
    (项目, 指标) to its rows, each a mapping from column name to value; ``anchors`` maps names
    of headings to their places, for findings about something that is not there.
    """

    form: str
    file: str
    fields: Mapping[tuple[str, str], Value]
    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    anchors: Mapping[str, Place] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """Where a cell of a table in a text stands: the table's number in the text, the rows and columns that it covers.

    All count from 1; a table within a cell is a table of its own.
    """

    table: int
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with its number (from 1, blank ones counted) and the headings that it stands under.

    ``headings`` ends with the paragraph's own heading where it begins with one. ``row`` is the same
    number (from 1) for the cells of one table row, and 0 outside tables; ``box`` is the cell, where the
    format tells it.
    """

    number: int
    text: str
    headings: tuple[str, ...] = ()
    row: int = 0
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Prose:
    """A paper's paragraphs that are not blank, in reading order; ``format`` is docx, txt, html, pdf, doc, rtf or odt."""

    name: str
    format: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        """All paragraphs, one a line."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Paper:
    """One file that a unit handed in; ``problem`` says in one sentence why it could not be read."""

    file: str
    form: str | None
    sha256: str
    readable: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """All the papers of one unit for one year.

    ``prose`` is the narrative report, if one could be read. ``lone`` is set where a single workbook was given instead of a unit's folder: then nothing is
    said to be missing.
    """

    unit: str
    code: str
    department: str
    year: int | None
    folder: str
    papers: tuple[Paper, ...]
    documents: tuple[Document, ...]
    lone: bool = False
    prose: Prose | None = None

    def document(self, form: str) -> Document | None:
        """The paper of that form, or None."""
        return next((document for document in self.documents if document.form == form), None)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cell that is probably the wrong one, the value proposed for it, and why."""

    place: Place
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The 审核说明 a unit wrote for a 核实性 finding; ``stale`` once the numbers have moved."""

    text: str
    state: str  # "valid" | "stale"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the bureau would send back, or ask about.

    ``expected``, ``actual`` and ``difference`` are written as the workbook shows numbers.
    ``fingerprint`` names unit, rule and operands: it changes when the numbers move.
    ``caused_by`` is the fingerprint of the leading finding that explains this one.
    """

    rule: str
    cls: Class
    severity: Severity
    unit: str
    folder: str
    place: Place
    field: str
    message: str
    fingerprint: str
    expected: str | None = None
    actual: str | None = None
    difference: str | None = None
    related: tuple[Related, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    explanation: Explanation | None = None
    caused_by: str | None = None

    @property
    def explained(self) -> bool:
        """Whether a valid 审核说明 settles this 核实性 finding."""
        return self.explanation is not None and self.explanation.state == "valid"


class Tally(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How often a rule passed, failed, could not decide, or broke: incomplete is not clean."""

    rule: str
    passed: int = 0
    failed: int = 0
    undecided: int = 0
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a check says: the submissions, the findings on them, and every rule's tally.

    ``undecided`` names, for each submission, the rules that could be decided nowhere on it.
    """

    version: str
    pack: str
    submissions: tuple[Submission, ...]
    findings: tuple[Finding, ...]
    tallies: tuple[Tally, ...]
    undecided: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def joined(cls, reports: Iterable[Report], version: str, pack: str) -> Report:
        """Reports by one version and pack as one: tallies are added up, all else follows in their order."""
        given = list(reports)
        counts: dict[str, list[int]] = {}
        for report in given:
            for tally in report.tallies:
                total = counts.setdefault(tally.rule, [0, 0, 0, 0])
                total[0] += tally.passed
                total[1] += tally.failed
                total[2] += tally.undecided
                total[3] += tally.broken
        return cls(
            version,
            pack,
            tuple(submission for report in given for submission in report.submissions),
            tuple(finding for report in given for finding in report.findings),
            tuple(Tally(rule, *total) for rule, total in counts.items()),
            tuple(undecided for report in given for undecided in report.undecided),
        )

    def each(self) -> Iterator[Report]:
        """A report on each submission alone: its findings, and its undecided rules as the tallies."""
        own: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            own.setdefault((finding.folder, finding.unit), []).append(finding)
        for submission, undecided in zip(self.submissions, self.undecided, strict=True):
            yield Report(
                self.version,
                self.pack,
                (submission,),
                tuple(own.get((submission.folder, submission.unit), ())),
                tuple(Tally(rule, undecided=1) for rule in undecided),
                (undecided,),
            )

    def summary(self) -> dict[str, int]:
        """Counts of error, warning and note findings, of those explained, and of undecided verdicts.

        A 核实性 finding with a valid explanation counts as explained, not as a warning.
        """
        open_findings = [finding for finding in self.findings if not finding.explained]
        counts = {
            str(severity): sum(finding.severity is severity for finding in open_findings) for severity in Severity
        }
        counts["explained"] = len(self.findings) - len(open_findings)
        counts["undecided"] = sum(tally.undecided for tally in self.tallies)
        return counts

    def to_frame(self) -> pd.DataFrame:
        """One row a finding, columns as in the JSON output; places flattened to file, sheet, cell."""
        import pandas as pd

        columns = ["rule", "class", "severity", "unit", "folder", "file", "sheet", "cell", "field",
                   "message", "expected", "actual", "difference", "explanation", "fingerprint",
                   "caused_by"]  # fmt: skip
        rows = [
            (
                f.rule,
                str(f.cls),
                str(f.severity),
                f.unit,
                f.folder,
                f.place.file,
                f.place.sheet,
                f.place.cell,
                f.field,
                f.message,
                f.expected,
                f.actual,
                f.difference,
                f.explanation.text if f.explanation else None,
                f.fingerprint,
                f.caused_by,
            )
            for f in self.findings
        ]
        return pd.DataFrame(rows, columns=columns)
