"""Expressions kept from run to run match what Python's own match, and no file can make them match otherwise."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from xlcheck.expressions import Expressions
from xlcheck.papers.prose import read_prose
from xlcheck.reportgrammar import fold
from xlcheck.rules import load_pack

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [r"(?P<noun>收入|支出)(?P<link>(?:为|是)*+)(?P<金额>\d+(?:\.\d+)?万元)", "a|b", "(?<![一-龥])年[初末]", "(x)?(?(1)y|z)", ""]  # fmt: skip
TEXTS = ["本年收入为12.5万元，支出是3万元", "xyz", "", "去年初，年末", "ab"]


def matched(pattern: re.Pattern[str], text: str) -> list[tuple[object, ...]]:
    """All that a pattern says of a text."""
    return [(match.span(), match.groups(), match.groupdict()) for match in pattern.finditer(text)]


def said(pattern: re.Pattern[str]) -> tuple[object, ...]:
    """All that a pattern says of itself."""
    return pattern.pattern, pattern.flags, pattern.groups, dict(pattern.groupindex)


def kept(folder: Path) -> Path:
    """The one file in a folder of expressions."""
    (file,) = folder.iterdir()
    return file


@pytest.mark.parametrize("source", SOURCES)
def test_a_kept_expression_is_the_compiled_one(source: str, tmp_path: Path) -> None:
    first = Expressions(tmp_path)
    made = first.compiled(source)
    first.keep()
    again = Expressions(tmp_path).compiled(source)
    plain = re.compile(source)
    assert said(made) == said(again) == said(plain)
    for text in TEXTS:
        assert matched(made, text) == matched(again, text) == matched(plain, text)


def test_every_wording_of_a_pack_is_kept_as_it_is(tmp_path: Path) -> None:
    report = load_pack().report
    assert report is not None
    wordings = [wording.source for figure in report.figures for wording in figure.says]
    first = Expressions(tmp_path)
    for source in wordings:
        first.compiled(source)
    first.keep()
    again = Expressions(tmp_path)
    text = fold("".join(p.text for p in read_prose(next(ROOT.glob("sample_workbooks/02*/*.docx")).read_bytes(), "a.docx").paragraphs))  # fmt: skip
    found = 0
    for source in wordings:
        hits = matched(re.compile(source), text)
        assert matched(again.compiled(source), text) == hits
        found += len(hits)
    assert found > 20


def test_what_is_kept_is_not_compiled_again(tmp_path: Path) -> None:
    first = Expressions(tmp_path)
    first.compiled(SOURCES[0])
    first.keep()
    before = kept(tmp_path).stat().st_mtime_ns
    again = Expressions(tmp_path)
    again.compiled(SOURCES[0])
    again.keep()
    assert kept(tmp_path).stat().st_mtime_ns == before
    again.compiled(SOURCES[1])
    again.keep()
    assert kept(tmp_path).stat().st_mtime_ns > before


def test_two_processes_add_to_one_file(tmp_path: Path) -> None:
    one, other = Expressions(tmp_path), Expressions(tmp_path)
    one.compiled(SOURCES[0])
    other.compiled(SOURCES[1])
    one.keep()
    other.keep()
    before = kept(tmp_path).read_bytes()
    third = Expressions(tmp_path)
    third.compiled(SOURCES[0])
    third.compiled(SOURCES[1])
    third.keep()
    assert kept(tmp_path).read_bytes() == before


@pytest.mark.parametrize("where", [0, 10, 40, -1])
def test_a_damaged_file_is_not_believed(where: int, tmp_path: Path) -> None:
    first = Expressions(tmp_path)
    first.compiled(SOURCES[0])
    first.keep()
    whole = kept(tmp_path).read_bytes()
    data = bytearray(whole)
    data[where] ^= 1
    for damaged in (bytes(data), bytes(data[: len(data) // 2]), b""):
        kept(tmp_path).write_bytes(damaged)
        again = Expressions(tmp_path)
        assert matched(again.compiled(SOURCES[0]), TEXTS[0]) == matched(re.compile(SOURCES[0]), TEXTS[0])
        again.keep()
        assert kept(tmp_path).read_bytes() == whole


def test_code_that_breaks_the_rules_is_compiled_anew(tmp_path: Path) -> None:
    first = Expressions(tmp_path)
    first.compiled(SOURCES[0])
    first._new[SOURCES[0]] = type(first._new[SOURCES[0]])(32, 3, {"noun": 1}, b"\xff" * 64)
    first.keep()
    again = Expressions(tmp_path)
    assert matched(again.compiled(SOURCES[0]), TEXTS[0]) == matched(re.compile(SOURCES[0]), TEXTS[0])


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be a file's child there, either, but says so otherwise")
def test_where_nothing_can_be_written_all_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    nowhere = Expressions(tmp_path / "file" / "below")
    assert matched(nowhere.compiled("a|b"), "ab") == matched(re.compile("a|b"), "ab")
    nowhere.keep()
    shutil.rmtree(tmp_path)


def test_a_bad_expression_is_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(re.error, match="unterminated"):
        Expressions(tmp_path).compiled("[a")
