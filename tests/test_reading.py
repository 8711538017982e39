"""Recognising forms: hidden sheets count only where the visible ones do not fit."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import openpyxl

from xlcheck import checking, reading
from xlcheck.collecting import find_folders
from xlcheck.locate import Locator
from xlcheck.papers.foreign import open_any
from xlcheck.papers.spreadsheet import Book
from xlcheck.rules import load_pack

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"


def test_a_form_on_a_hidden_sheet_is_found_beside_a_visible_cover(tmp_path: Path) -> None:
    """A visible sheet with a label or two of the form does not keep the hidden form from being read."""
    unit = Path(shutil.copytree(SAMPLES / "06 岚屿市水文监测中心", tmp_path / "u"))
    book = openpyxl.load_workbook(unit / "基础数据表.xlsx")
    book.worksheets[0].sheet_state = "hidden"
    cover = book.create_sheet("封面")
    cover.append(["单位名称", "岚屿市水文监测中心"])
    book.active = cover
    book.save(unit / "基础数据表.xlsx")
    rules = {finding.rule for finding in checking.check(unit).findings}
    assert "carryover-does-not-balance" in rules
    assert "form-not-recognised" not in rules


def test_what_is_remembered_of_a_layout_changes_nothing() -> None:
    """Each sample's forms are located alike with an empty memory and with that of all the others."""
    fresh = load_pack()
    for folder in find_folders(SAMPLES, fresh):
        known = reading.read_submission(folder, fresh)
        fresh.locator.forget()
        assert reading.read_submission(folder, fresh) == known
    for folder in find_folders(SAMPLES, fresh):
        assert reading.read_submission(folder, fresh) == reading.read_submission(folder, load_pack())


def test_what_was_learnt_of_other_answers_changes_nothing() -> None:
    """One layout filled in many ways: blanks, words, dates and numbers where others have something else."""
    pack, rng = load_pack(), random.Random(5)
    learnt = Locator(pack.forms, pack.year)
    for unit in ("02 岚屿市教育局本级", "05 岚屿市水利局本级", "08 岚屿市卫生健康局本级"):
        for name in ("基础数据表.xlsx", "评分表.xlsx"):
            book = open_any((SAMPLES / unit / name).read_bytes(), name)
            for _ in range(25):
                sheets = [sheet.with_cells(dict(sheet.cells)) for sheet in book.sheets]
                cells = sheets[0].cells
                for at in rng.sample(sorted(cells), 6):
                    cells[at] = replace(
                        cells[at], raw=rng.choice(["", "无", "12.5", "甲：乙", "2024-03-06", 3.0, 45357.0])
                    )
                changed = replace(book, sheets=sheets)
                fresh = Locator(pack.forms, pack.year)
                assert learnt.locate(changed, name, same) == fresh.locate(changed, name, same)


def same(book: Book) -> Book:
    return book
