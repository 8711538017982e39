"""Every value that was located in a unit's forms, a row each, as bytes: what the Parquet table ``fields`` shows."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from xlcheck.forms import Form
from xlcheck.model import Document, Kind, Submission, Value
from xlcheck.rules import Pack


class Cell(NamedTuple):
    """A value and where it was found.

    For a cell of a table ``field`` is the table's name, ``row`` counts its rows from 1 and ``row_key`` is what
    stands in the column that names them; elsewhere both are None. ``quantity`` is the kind that the form gives
    the field (amount, percent, count …), the other names are those of :class:`~xlcheck.model.Value`.
    """

    form: str
    file: str
    sheet: str | None
    cell: str | None
    field: str
    column: str
    row: int | None
    row_key: str | None
    quantity: str
    kind: Kind
    number: Decimal | None
    text: str
    half_width: Decimal
    scale: Decimal


_DECODER = msgspec.msgpack.Decoder(tuple[Cell, ...])


def encode_cells(submission: Submission, pack: Pack) -> bytes:
    """The values of a submission as bytes (MessagePack, deflated), fields in the order of the pack's forms."""
    cells = [cell for document in submission.documents for cell in _cells(document, pack.form(document.form))]
    return zlib.compress(msgspec.msgpack.encode(cells), 6)


def decode_cells(data: bytes) -> tuple[Cell, ...]:
    """What :func:`encode_cells` made of one submission."""
    return _DECODER.decode(zlib.decompress(data))


def _cells(document: Document, form: Form) -> Iterator[Cell]:
    place = {key: number for number, key in enumerate(form.cells)}
    for key in sorted(document.fields, key=lambda key: (place.get(key, len(place)), key)):
        name, column = key
        quantity = form.cells[key].kind if key in form.cells else "text"
        yield _cell(document, document.fields[key], name, column, None, None, quantity)
    for table in form.tables:
        kinds = {column.name: column.kind for column in table.columns}
        for number, row in enumerate(document.tables.get(table.name, ()), 1):
            row_key = row[table.key].text if table.key in row else None
            for column, value in row.items():
                yield _cell(document, value, table.name, column, number, row_key, kinds.get(column) or "text")


def _cell(document: Document, value: Value, field: str, column: str, row: int | None, row_key: str | None, quantity: str) -> Cell:  # fmt: skip
    at = value.place
    return Cell(
        document.form, at.file or document.file, at.sheet, at.cell, field, column, row, row_key, quantity,
        value.kind, value.number, value.text, value.half_width, value.scale,
    )  # fmt: skip
