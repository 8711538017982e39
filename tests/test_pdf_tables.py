"""The tables of a .pdf: ruled ones over several pages, and forms printed without rules, which are read right or not at all."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlcheck.borderless import Columns, made_out
from xlcheck.model import Document, Kind, Place, Value
from xlcheck.papers.pages import sheet_name
from xlcheck.papers.pdftable import Entry, Flow, Line, Ruled, flow_pieces, read_flow
from xlcheck.papers.spreadsheet import reference
from xlcheck.rules import load_pack

# --- ruled tables ------------------------------------------------------------------------------


def pdf(*pages: list[str]) -> bytes:
    """A .pdf by hand: each page is a content stream."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for page in pages:
        stream = "\n".join(page).encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents %d 0 R /Resources << /Font << /F 3 0 R >> >> >>" % len(objects))  # fmt: skip
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    data, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(data)
    return data + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, start)  # fmt: skip


def ruled(top: int, rows: list[tuple[str, ...]], heading: str = "") -> list[str]:
    """A table of ruled cells, 60 points wide and 20 high each."""
    made = [f"BT /F 10 Tf 20 {top + 10} Td ({heading}) Tj ET"] if heading else []
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            left, bottom = 20 + 60 * column, top - 20 * (at + 1)
            made += [f"{left} {bottom} 60 20 re S", f"BT /F 10 Tf {left + 3} {bottom + 6} Td ({text}) Tj ET"]
    return made


def test_a_table_that_goes_on_over_pages_is_one_without_its_repeated_header() -> None:
    head = ("name", "plan", "paid", "rate")
    data = pdf(
        ruled(250, [head, ("a", "1", "2", "3")], "Form of bureau"),
        ruled(280, [head, ("b", "4", "5", "6")]),
        ruled(250, [("other", "7")], "Another form"),
    )
    found = [(piece.text, (piece.box.table, piece.box.top, piece.box.left) if piece.box else None) for piece in flow_pieces(read_flow(data))]  # fmt: skip
    rows = (head, ("a", "1", "2", "3"), ("b", "4", "5", "6"))
    at = {1: 1, 2: 2, 3: 4}  # the header that is printed again stood in row 3
    cells = [(text, (1, at[row], column)) for row, texts in enumerate(rows, 1) for column, text in enumerate(texts, 1)]
    assert found == [
        ("Form of bureau", None),
        *cells,
        ("Another form", None),
        ("other", (2, 1, 1)),
        ("7", (2, 1, 2)),
    ]


@pytest.mark.parametrize("data", [b"%PDF-1.4 rubbish", b"%PDF-1.7\n" + bytes(300), pdf([])[:400]])
def test_a_damaged_pdf_has_no_tables(data: bytes) -> None:
    assert read_flow(data) == []


def test_a_coloured_ground_and_a_bar_in_a_cell_are_no_rules() -> None:
    ground = ["0.8 g", "20 210 120 20 re f", "20 212 42 16 re f", "0 g"]
    data = pdf([*ground, *ruled(250, [("name", "paid"), ("well", "245.28")])])
    assert [(piece.text, piece.box.left if piece.box else 0) for piece in flow_pieces(read_flow(data))] == [
        ("name", 1),
        ("paid", 2),
        ("well", 1),
        ("245.28", 2),
    ]


LABELS = ("budget of the year", "other costs", "plan", "paid", "rate")


@pytest.mark.parametrize(
    ("last", "begin", "mended"),
    [
        (("budget of", "1", "2"), ("the year", "", ""), ("budget of the year", "1", "2")),
        (("budget of", "-", "-"), ("the year", "", ""), ("budget of the year", "-", "-")),
        (("budget of", "1.2", "2"), ("the year", "5", ""), ("budget of the year", "1.25", "2")),
        (("a project", "1", "2"), ("of two lines", "", ""), ("a projectof two lines", "1", "2")),
        (("x", "late", "note"), ("", "", "goes on"), ("x", "late", "notegoes on")),
        (("x", "1", "2"), ("y", "3", "4"), None),
        (("x", "1", "2"), ("other costs", "", ""), None),
        (("x", "1", ""), ("", "", "y"), None),
        (("plan", "paid", "rate"), ("y", "", ""), None),
    ],
)
def test_a_row_that_a_pages_end_cuts_is_one(last: tuple[str, ...], begin: tuple[str, ...], mended: tuple[str, ...] | None) -> None:  # fmt: skip
    head = ("name", "plan", "paid")
    data = pdf(ruled(250, [head, last]), ruled(280, [begin, ("z", "5", "6")]))
    (table,) = read_flow(data)
    assert isinstance(table, Ruled)
    table.mend(lambda text: text.replace(" ", "") in {label.replace(" ", "") for label in LABELS})
    rows: dict[int, list[str]] = {}
    for top, _, _, _, text in table.cells():
        rows.setdefault(top, []).append(text)
    expected = [head, *([mended] if mended is not None else [last, begin]), ("z", "5", "6")]
    assert [["".join(text.split()) for text in row] for row in rows.values()] == [["".join(text.split()) for text in row if text] for row in expected]  # fmt: skip


def test_a_row_that_repeats_values_of_the_first_rows_is_no_header() -> None:
    head, row = ("name", "plan", "paid", "rate"), ("all", "12.5", "12.5", "100%")
    data = pdf(ruled(250, [head, row]), ruled(280, [("part", "12.5", "12.5", "100%"), ("/", "/", "/", "/")]))
    assert [piece.text for piece in flow_pieces(read_flow(data))] == [*head, *row, "part", *row[1:], "/", "/", "/", "/"]


# --- forms without rules -----------------------------------------------------------------------

FORMS = load_pack().forms
HEADS = ("项目名称", "年初预算数", "全年预算数", "决算数", "支出率")
SIZE = 10.0


def width(text: str) -> float:
    return sum(SIZE if character > "\u2e7f" else SIZE / 2 for character in text)


def line(y: float, *entries: tuple[float, str]) -> Line:
    """Words that begin at these places."""
    made = tuple(Entry(left, left + width(text), y, SIZE, text) for left, text in sorted(entries))
    return Line("  ".join(entry.text for entry in made), made)


COVER = (("单位名称", "甲局"), ("评价年度", "2024年度"), ("单位预算编码", "101001"), ("金额单位", "万元"))
STAFF = (
    ("编制数", "70"),
    ("行政编制", "60"),
    ("年末在职人数", "51"),
    ("离退休人数", "9"),
    ("在职人员控制率", "72.86%"),
)


def form(*rows: Line, last: float = 0) -> Flow:
    """基础数据表: its title, cover and staff, then these lines."""
    made: Flow = [line(20, (200, "2024年度部门整体支出绩效自评基础数据表"))]
    made += [line(40 + 20 * at, (40, name), (180, text)) for at, (name, text) in enumerate(COVER)]
    made += [line(130, (40, "一、财政供养人员情况（人）")), line(150, (60, "项目"), (190, "数值"))]
    made += [line(170 + 20 * at, (40, name), (230 - width(text), text)) for at, (name, text) in enumerate(STAFF)]
    return [*made, *rows]


@dataclass(frozen=True)
class Look:
    """How a column is printed: where it begins and ends, and to which side its header and its cells keep."""

    left: float
    right: float
    head: str
    cells: str

    def at(self, text: str, side: str) -> float:
        room = self.right - self.left - 6 - width(text)
        return self.left + 3 + {"left": 0, "middle": room / 2, "right": room}[side]


def printed(looks: list[Look], rows: list[tuple[str, ...]], pitch: float, middle: bool) -> list[Line]:
    """A table of projects as a program prints it: long names go on in a second and third line."""
    y = 300.0
    made = [line(y - 20, (40, "四、项目支出明细")), line(y, *((look.at(name, look.head), name) for look, name in zip(looks, HEADS, strict=True)))]  # fmt: skip
    for row in rows:
        room = int((looks[0].right - looks[0].left - 6) // SIZE)
        parts = [row[0][at : at + room] for at in range(0, len(row[0]), room)]
        height = SIZE * 1.3 * (len(parts) - 1)
        y += pitch + SIZE
        found: dict[float, list[tuple[float, str]]] = {}
        for at, part in enumerate(parts):
            found.setdefault(y + SIZE * 1.3 * at, []).append((looks[0].at(part, looks[0].cells), part))
        own = y + (height / 2 if middle else 0)
        for look, text in zip(looks[1:], row[1:], strict=True):
            if text:
                near = next((at for at in found if abs(at - own) < 3), own)
                found.setdefault(near, []).append((look.at(text, look.cells), text))
        made += [line(at, *entries) for at, entries in sorted(found.items())]
        y += height
    return made


NAMES = st.text("水文站网监测设备更新河道治理灌区改造渔港", min_size=2, max_size=30)
AMOUNTS = st.one_of(st.just(""), st.decimals(0, 99999, places=2).map(lambda value: f"{value:,}"), st.sampled_from(["0", "/", "—"]))  # fmt: skip
SIDES = st.sampled_from(["left", "middle", "right"])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Look], list[tuple[str, ...]]]:
    rows = draw(st.lists(st.tuples(NAMES, AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from(["", "98.50%", "100.00%", "7%"])), min_size=1, max_size=8))  # fmt: skip
    looks, left = [], 40.0
    for at, name in enumerate(HEADS):
        widest = max(width(name), 60 if at == 0 else max(width(row[at]) for row in rows))
        right = left + widest + 6 + draw(st.integers(0, 80))
        side = draw(SIDES)  # a header stands in the middle, or as its cells do
        looks.append(Look(left, right, draw(st.sampled_from(["middle", side])), side))
        left = right
    return looks, rows


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.sampled_from([4.0, 6.0, 10.0]), st.booleans())
def test_a_form_without_rules_is_read_right_or_not_at_all(drawn: tuple[list[Look], list[tuple[str, ...]]], pitch: float, middle: bool) -> None:  # fmt: skip
    looks, rows = drawn
    found, unclear = made_out(form(*printed(looks, rows, pitch, middle)), FORMS)
    made = [each for each in found if isinstance(each, Columns)]
    assert unclear is (not made)
    if made:
        own = list(made[0].rows[-len(rows) :])
        assert [tuple(row.get(at, "") for at in range(1, 6)) for row in own] == rows
        assert len(made[0].rows) == len(COVER) + len(STAFF) + 4 + len(rows)


def test_most_plain_forms_without_rules_are_read() -> None:
    """Numbers to the right under headers in the middle, names to the left: as nearly everybody prints them."""
    rng = random.Random(4)
    read = 0
    for _ in range(200):
        rows = [("".join(rng.choices("水文站网监测设备更新", k=rng.randint(3, 9))), *(f"{rng.randint(1, 999999) / 100:,.2f}" for _ in range(3)), f"{rng.randint(5000, 10000) / 100:.2f}%") for _ in range(rng.randint(2, 8))]  # fmt: skip
        looks = [Look(40, 140, "middle", "left"), *(Look(140 + 80 * at, 220 + 80 * at, "middle", "right") for at in range(4))]  # fmt: skip
        read += not made_out(form(*printed(looks, rows, 6, middle=True)), FORMS)[1]
    assert read == 200


def test_a_table_is_doubted_while_a_number_stands_in_it_that_no_form_took() -> None:
    looks = [Look(40 + 100 * at, 140 + 100 * at, "middle", "left" if at == 0 else "right") for at in range(5)]
    found, _ = made_out(form(*printed(looks, [("渔港", "1.00", "2.00", "3.00", "98.50%")], 6, middle=True)), FORMS)
    (table,) = (each for each in found if isinstance(each, Columns))
    texts = {(row, column): table.rows[row - 1][column] for row, column in table.numbers}
    assert sorted(texts.values()) == sorted(["101001", *(text for _, text in STAFF), "1.00", "2.00", "3.00", "98.50%"])

    def document(*taken: tuple[int, int]) -> Document:
        places = {f"{at}": Place("x.pdf", sheet_name(1), reference(*at)) for at in taken}
        fields = {(name, "数值"): Value(None, "", Kind.TEXT, Decimal(0), place) for name, place in places.items()}
        return Document("基础数据表", "x.pdf", fields)

    first, *others = sorted(table.numbers)
    assert unread({1: table}, [document(*others)], FORMS) == {1}
    assert unread({1: table}, [document(*others), document(first)], FORMS) == set()
