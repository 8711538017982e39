"""What is read by moulds, imprints and castings is what the long way reads, whatever the units fill in."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_quick import slowed
from xlcheck.imprints import Imprints
from xlcheck.locate import Locator
from xlcheck.model import Place
from xlcheck.notices import odd_value
from xlcheck.papers.foreign import open_any
from xlcheck.papers.spreadsheet import Book, Cell, Sheet
from xlcheck.plans import Filled, Slot
from xlcheck.questions import colon, filled, reads
from xlcheck.rules import load_pack
from xlcheck.values import exact_amount, read_value
from xlcheck.words import Lexicon

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"
UNITS = ("02 岚屿市教育局本级", "05 岚屿市水利局本级", "08 岚屿市卫生健康局本级")
PACK = load_pack()
KINDS = ("amount", "count", "percent", "score", "indicator", "date", "year", "text", "code", "credit-code")
TEXTS = ["", " ", "无", "—", "甲：乙", "12.5", "2024年", "2024-03-06", "待公开", "#REF!", "率=3%", "待补充", "一、收入", "1、培训", "不适用", "3万元"]  # fmt: skip
NUMBERS = [
    "0",
    "-0",
    "12.5",
    "2024",
    "2024.5",
    "45357",
    "20240306",
    "2036.7500000000001",
    "1e3",
    "0.123456",
    "-7.25",
    "3",
]


def refilled(data: bytes, rng: random.Random, share: float) -> bytes:
    """The package with some of its texts and numbers replaced by others."""

    def number(match: re.Match[str]) -> str:
        value = rng.choice(NUMBERS) if rng.random() < share else match[2]
        return f"{match[1]}<v>{value}</v>" if 't="' not in match[1] else match[0]

    def text(match: re.Match[str]) -> str:
        return f"<t>{rng.choice(TEXTS)}</t>" if rng.random() < share / 3 else match[0]

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if "worksheets/sheet" in name:
                part = re.sub(r"(<c [^>]*>)<v>([^<]*)</v>", number, part.decode()).encode()
            elif name == "xl/sharedStrings.xml":
                part = re.sub(r"<t>[^<]*</t>", text, part.decode()).encode()
            new.writestr(name, part)
    return out.getvalue()


def same(book: Book) -> Book:
    return book


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", ["基础数据表.xlsx", "评分表.xlsx"])
def test_refilled_workbooks_are_read_as_by_the_long_way(unit: str, name: str) -> None:
    data, rng = (SAMPLES / unit / name).read_bytes(), random.Random(f"{unit}{name}")
    learnt = Locator(PACK.forms, PACK.year)
    for _ in range(3):
        learnt.locate(open_any(data, name), name, same)
    quick = 0
    for turn in range(60):
        filling = refilled(data, rng, 0.0 if turn % 6 == 0 else rng.choice([0.02, 0.1]))
        book, slow = open_any(filling, name), open_any(slowed(filling), name)
        assert any(sheet.cast is not None for sheet in book.sheets)
        assert not any(sheet.cast is not None for sheet in slow.sheets)
        quick += learnt._castings.read(book, name) is not None
        said = learnt.locate(book, name, same)
        assert repr(said) == repr(Locator(PACK.forms, PACK.year).locate(slow, name, same))
        assert book == slow
        assert [list(sheet.cells) for sheet in book.sheets] == [list(sheet.cells) for sheet in slow.sheets]
    assert quick >= 10


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=12), st.text("0123456789.年月日-=%元：: 一无", max_size=9)), min_size=2, max_size=8))  # fmt: skip
def test_texts_with_one_trait_answer_every_question_alike(texts: list[str]) -> None:
    imprints = Imprints(PACK.forms, Lexicon(PACK.forms))
    told: dict[object, object] = {}
    for text in texts:
        sheet = Sheet("", cells={(1, 1): Cell(1, 1, text)} if text else {})
        answers = (
            filled(sheet, (1, 1)),
            colon(sheet, 1, 1, 1),
            *(reads(sheet, (1, 1), kind, "万元") for kind in KINDS),
        )
        assert told.setdefault(imprints.answers(text), answers) == answers


@given(
    st.decimals(-10_000_000, 10_000_000, places=3).map(lambda number: f"{number.normalize():f}"),
    st.sampled_from(["General", "0.00", "#,##0.00", "0", "0.000", "@", "0%", "yyyy-mm-dd", '0.00"万元"']),
    st.sampled_from(["万元", "元"]),
)
def test_an_exact_amount_is_the_value_of_its_cell(text: str, code: str, declared: str) -> None:
    exact = exact_amount(text, code, "万元", declared, 2)
    if exact is not None:
        place, cell = Place(""), Cell(1, 1, float(text), format=code)
        value = read_value(cell, "amount", place, money="万元", declared=declared, decimals=2)
        assert repr(exact) == repr((value.number, value.text, value.kind, value.half_width, value.scale))
        slot = Slot(0, (1, 1), "A1", "amount", declared, False, "")
        assert not odd_value(Filled(slot, cell, value))
