"""Recognising forms: hidden sheets count only where the visible ones do not fit."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl

from xlcheck import checking, reading
from xlcheck.collecting import find_folders
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
        for form in fresh.forms:
            form.memories.clear()
        assert reading.read_submission(folder, fresh) == known
    for folder in find_folders(SAMPLES, fresh):
        assert reading.read_submission(folder, fresh) == reading.read_submission(folder, load_pack())
