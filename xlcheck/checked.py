"""What is kept of a unit once it is checked: its report, cut down to what is shown later, as bytes.

Worker processes, the cache and a cluster hand these bytes on; the workbooks themselves stay where they were read.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

import msgspec

from xlcheck.forms import SINGLE
from xlcheck.located import encode_cells
from xlcheck.model import Document, Finding, Kind, Notice, Place, Prose, Report, Submission, Tally, Value
from xlcheck.municipal.units import FIGURES, SCORE, SCORES
from xlcheck.rules import Pack

_NOWHERE = Place("")
_KEPT = (
    *dict.fromkeys((figure.field, figure.column) for figure in (*FIGURES, SCORE)),
    (SCORE.field, "分值"),
    ("自评等级", SINGLE),
    ("填报日期", SINGLE),
)
_COLUMNS = ("一级指标", "二级指标", "三级指标", "分值", "自评得分")


class Outdated(Exception):
    """The bytes hold no :class:`Checked` of this version."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A report on one unit, and its narrative's sentences (folded), in which other units' names may stand.

    The report's submission holds only what the roll-up shows (:func:`trimmed`). ``cells`` has every located
    value, as :func:`xlcheck.cells.decode_cells` reads them, where they were asked for.
    """

    report: Report
    sentences: tuple[str, ...] = ()
    cells: bytes = b""

    @property
    def submission(self) -> Submission:
        """The unit's submission."""
        return self.report.submissions[0]


def keep(report: Report, *, cells_of: Pack | None = None) -> Checked:
    """Cut a report on one unit down to what is shown later; with ``cells_of`` keep each value of that pack's forms."""
    submission = report.submissions[0]
    told = _sentences(submission.prose) if submission.prose is not None else ()
    cells = encode_cells(submission, cells_of) if cells_of is not None else b""
    return Checked(replace(report, submissions=(trimmed(submission),)), told, cells)


def _sentences(prose: Prose) -> tuple[str, ...]:
    from xlcheck.reportsentences import sentences

    return tuple(sentence.text for sentence in sentences(prose))


def trimmed(submission: Submission) -> Submission:
    """A submission without its narrative, and with those values alone that the roll-up shows, without their places."""
    return replace(submission, documents=tuple(_document(each) for each in submission.documents), prose=None)


def _document(document: Document) -> Document:
    rows = document.tables.get("指标", ()) if document.form == SCORES else ()
    return replace(
        document,
        fields={key: _bare(document.fields[key]) for key in _KEPT if key in document.fields},
        tables={"指标": tuple({name: _bare(row[name]) for name in _COLUMNS if name in row} for row in rows)},
        anchors={},
    )


def _bare(value: Value) -> Value:
    return _shared(value.number, "" if value.kind is Kind.NUMBER else value.text, value.kind)


@lru_cache(maxsize=16384)
def _shared(number: Decimal | None, text: str, kind: Kind) -> Value:
    """One value for all that say the same: weights, scores and names of indicators recur in every unit."""
    return Value(number, text, kind, Decimal(0), _NOWHERE)


# On the wire a value is (number, text, kind); a document its form, file, fields (as _KEPT), rows (as _COLUMNS), notices.
_Bare = tuple[Decimal | None, str, Kind]
_Papers = tuple[
    tuple[str, str, tuple[_Bare | None, ...], tuple[tuple[_Bare | None, ...], ...], tuple[Notice, ...]], ...
]
_Wire = tuple[
    str, str, Submission, _Papers, tuple[Finding, ...], tuple[Tally, ...], tuple[str, ...],
    tuple[str, ...], bytes,
]  # fmt: skip
_DECODER = msgspec.msgpack.Decoder(_Wire)


def encode(checked: Checked) -> bytes:
    """As bytes (MessagePack, deflated): the same for the same content, whoever makes them."""
    report, submission = checked.report, checked.submission
    papers = [
        (
            document.form,
            document.file,
            [_wire(document.fields.get(key)) for key in _KEPT],
            [[_wire(row.get(name)) for name in _COLUMNS] for row in document.tables["指标"]],
            document.notices,
        )
        for document in submission.documents
    ]
    bare = replace(submission, documents=())
    wire = (
        report.version,
        report.pack,
        bare,
        papers,
        report.findings,
        report.tallies,
        report.undecided[0],
        checked.sentences,
        checked.cells,
    )
    return zlib.compress(msgspec.msgpack.encode(wire), 1)


def _wire(value: Value | None) -> _Bare | None:
    return (value.number, value.text, value.kind) if value is not None else None


def decode(data: bytes, *, cells: bool = False) -> Checked:
    """What :func:`encode` made, without the cells unless asked; raises :class:`Outdated` for any other bytes."""
    try:
        wire: _Wire = _DECODER.decode(zlib.decompress(data))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Outdated(str(error)) from error
    version, pack, bare, papers, findings, tallies, undecided, told, located = wire
    documents = tuple(
        Document(
            form,
            file,
            {key: _shared(*value) for key, value in zip(_KEPT, fields, strict=True) if value is not None},
            {"指标": tuple(_row(row) for row in rows)},
            notices=notices,
        )
        for form, file, fields, rows, notices in papers
    )
    submission = replace(bare, documents=documents)
    report = Report(version, pack, (submission,), findings, tallies, (undecided,))
    return Checked(report, told, located if cells else b"")


@lru_cache(maxsize=16384)
def _row(row: tuple[_Bare | None, ...]) -> Mapping[str, Value]:
    """One line for all that say the same: an indicator's names, weight and score recur in many units."""
    return {name: _shared(*value) for name, value in zip(_COLUMNS, row, strict=True) if value is not None}
