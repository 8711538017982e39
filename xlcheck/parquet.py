"""A roll-up as long tables in Parquet: what Excel's sheets cannot hold, for DuckDB, pandas and the like.

docs/parquet.md has the columns. The rows' order is by folder, whatever order the units came in, so the same filings
give the same bytes. Rows are made from the spool a row group at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from xlcheck.checked import decode
from xlcheck.collecting import CannotCheck
from xlcheck.located import Cell, decode_cells
from xlcheck.model import Finding, Kind, Place, Report, Tally
from xlcheck.municipal.filing import Filing, filing_tallies
from xlcheck.municipal.units import Departments, Owner, Owners, count
from xlcheck.saving import replacing
from xlcheck.spool import Spool

SCHEMA = "1"  # raised when a column is taken away or means something else
_ROWS = 50_000  # a row group
_DIGITS, _DECIMALS = 38, 20
_TOO_LARGE = Decimal(10) ** (_DIGITS - _DECIMALS)
_LAST_DECIMAL = Decimal(1).scaleb(-_DECIMALS)
_ENOUGH = Context(prec=2 * _DIGITS)
Row = tuple[Any, ...]


def need_pyarrow() -> None:
    """Raise :class:`CannotCheck` where pyarrow is not installed: said before the work, not after."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise CannotCheck("使用 --parquet 需要先安装 pyarrow：pip install 'xlcheck[parquet]'。") from error


def schemas() -> dict[str, Any]:
    """The ``pyarrow.Schema`` of each table, by its name."""
    import pyarrow as pa

    text, yes, number, whole = pa.string(), pa.bool_(), pa.decimal128(_DIGITS, _DECIMALS), pa.int32()
    place = [("file", text), ("sheet", text), ("cell", text)]
    paper = pa.struct([("file", text), ("form", text), ("sha256", text), ("readable", yes), ("problem", text)])
    related = pa.struct([*place, ("field", text), ("value", text)])
    suspect = pa.struct([*place, ("field", text), ("value", text), ("reason", text)])
    unit = [("folder", text), ("code", text), ("unit", text)]
    return {
        name: pa.schema([pa.field(*column) for column in columns])
        for name, columns in {
            "submissions": [
                *unit, ("department", text), ("year", whole), ("counted", yes), ("on_roster", yes),
                ("stated_code", text), ("stated_unit", text), ("stated_department", text),
                ("errors", whole), ("warnings", whole), ("explained", whole), ("notes", whole),
                ("undecided", pa.list_(text)), ("papers", pa.list_(paper)),
            ],
            "fields": [
                *unit, ("counted", yes), ("form", text), *place, ("field", text), ("column", text), ("row", whole),
                ("row_key", text), ("quantity", text), ("kind", text), ("number", number), ("exact", text),
                ("date", pa.date32()), ("text", text), ("half_width", number), ("scale", number),
            ],
            "findings": [
                *unit, ("department", text), ("rule", text), ("class", text), ("severity", text), *place,
                ("paragraph", whole), ("quote", text), ("field", text), ("message", text), ("expected", text),
                ("actual", text), ("difference", text), ("explanation", text), ("explanation_state", text),
                ("fingerprint", text), ("caused_by", text), ("related", pa.list_(related)),
                ("suspects", pa.list_(suspect)),
            ],
            "tallies": [
                *unit, ("rule", text), ("passed", whole), ("failed", whole), ("undecided", whole), ("broken", whole),
            ],
        }.items()
    }  # fmt: skip


def write_tables(folder: Path, report: Report, filing: Filing, spool: Spool) -> None:
    """Write the four tables into ``folder``; they take the place of older ones once all four are whole.

    ``report`` has the findings of the filing, too; ``spool`` has what was kept of its submissions, by their number,
    with the cells. Raises :class:`xlcheck.saving.CannotSave`.
    """
    owners = Owners(filing, Departments(filing))
    number = {submission.folder: at for at, submission in enumerate(report.submissions)}
    findings = sorted(report.findings, key=lambda finding: finding.folder)
    own: dict[str, list[Finding]] = {}
    for finding in findings:
        own.setdefault(finding.folder, []).append(finding)
    about = {"xlcheck.schema": SCHEMA, "xlcheck.version": report.version, "xlcheck.pack": report.pack}
    with ExitStack() as stack:
        tables = {
            name: stack.enter_context(_table(folder / f"{name}.parquet", schema.with_metadata(about)))
            for name, schema in schemas().items()
        }
        for owner in sorted(owners.filed(), key=lambda owner: _folder(owner)):
            at = number[_folder(owner)]
            checked = decode(spool.get(at), cells=True)
            tables["submissions"](_submission(owner, report.undecided[at], own.get(_folder(owner), ())))
            for cell in decode_cells(checked.cells):
                tables["fields"](_field(owner, cell))
            for tally in checked.report.tallies:
                tables["tallies"](_tally(_unit(owner), tally))
        for finding in findings:
            tables["findings"](_finding(owners.of(finding), finding))
        for tally in filing_tallies(filing):
            tables["tallies"](_tally((None, None, None), tally))


@contextmanager
def _table(path: Path, schema: Any) -> Iterator[Callable[[Row], None]]:
    """A function that adds a row to a table at ``path``; each row group is written once it is full."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[Row] = []

    def flush() -> None:
        columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        rows.clear()

    def add(row: Row) -> None:
        rows.append(row)
        if len(rows) == _ROWS:
            flush()

    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        yield add
        flush()


def _folder(owner: Owner) -> str:
    return owner.filed.submission.folder if owner.filed is not None else ""


def _unit(owner: Owner) -> tuple[str | None, str, str]:
    return _folder(owner) or None, owner.code, owner.name


def _submission(owner: Owner, undecided: Sequence[str], findings: Iterable[Finding]) -> Row:
    filed, counts = owner.filed, count(findings)
    assert filed is not None
    stated = filed.submission
    papers = [
        {"file": paper.file, "form": paper.form, "sha256": paper.sha256, "readable": paper.readable, "problem": paper.problem}
        for paper in stated.papers
    ]  # fmt: skip
    return (
        *_unit(owner), owner.department, stated.year, filed.counted, filed.entry is not None,
        stated.code, stated.unit, stated.department,
        counts.errors, counts.warnings, counts.explained, counts.notes, list(undecided), papers,
    )  # fmt: skip


def _field(owner: Owner, cell: Cell) -> Row:
    number, exact, day = None, None, None
    if cell.number is not None and cell.kind is Kind.DATE:
        day = _day(cell.number)
    elif cell.number is not None:
        number, exact = _number(cell.number)
    return (
        *_unit(owner), owner.filed is not None and owner.filed.counted, cell.form, cell.file, cell.sheet, cell.cell,
        cell.field, cell.column, cell.row, cell.row_key, cell.quantity, str(cell.kind), number, exact, day, cell.text,
        _number(cell.half_width)[0], _number(cell.scale)[0],
    )  # fmt: skip


def _number(value: Decimal) -> tuple[Decimal | None, str | None]:
    """A number as the column holds it, and all its digits where those are more; None for one that is too large."""
    if not value.is_finite() or abs(value) >= _TOO_LARGE:
        return None, str(value)
    held = value.quantize(_LAST_DECIMAL, context=_ENOUGH)
    return held, None if held == value else str(value)


def _day(ordinal: Decimal) -> date | None:
    try:
        return date.fromordinal(int(ordinal))
    except (ValueError, OverflowError):
        return None


def _finding(owner: Owner, finding: Finding) -> Row:
    place, explanation = finding.place, finding.explanation
    related = [{**_place(each.place), "field": each.field, "value": each.value} for each in finding.related]
    suspects = [
        {**_place(each.place), "field": each.field, "value": each.value, "reason": each.reason}
        for each in finding.suspects
    ]
    return (
        *_unit(owner), owner.department, finding.rule, str(finding.cls), str(finding.severity),
        place.file, place.sheet, place.cell, place.paragraph, place.quote, finding.field, finding.message,
        finding.expected, finding.actual, finding.difference,
        explanation.text if explanation else None, explanation.state if explanation else None,
        finding.fingerprint, finding.caused_by, related, suspects,
    )  # fmt: skip


def _place(place: Place) -> dict[str, str | None]:
    return {"file": place.file, "sheet": place.sheet, "cell": place.cell}


def _tally(unit: tuple[str | None, str | None, str | None], tally: Tally) -> Row:
    return (*unit, tally.rule, tally.passed, tally.failed, tally.undecided, tally.broken)
