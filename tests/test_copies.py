"""Marked copies made in bounded workers, of whatever a unit filed; which files are papers at all."""

from __future__ import annotations

import io
import os
import shutil
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.annotated import FILE, FRONT, report, usual
from tests.hostile import SPREADSHEETML, zipped
from tests.packages import parts, rewritten
from tests.test_cli import CLEAN, SAMPLES, run
from xlcheck.annotate import annotate
from xlcheck.copies import Wanted, make_copies
from xlcheck.folders import is_open, is_paper
from xlcheck.rules import load_pack

PACK = load_pack()
BOOK = SAMPLES / CLEAN / "基础数据表.xlsx"


def said(data: bytes) -> str:
    """All that 「审核结果」 says."""
    sheet = openpyxl.load_workbook(io.BytesIO(data))[FRONT]
    return "\n".join(str(value) for row in sheet.values for value in row if value)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
def test_a_paper_that_hangs_or_is_gone_costs_its_own_copy_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # who reads it waits for ever
    sources = [BOOK, tmp_path / "pipe", tmp_path / "gone", BOOK]
    copies = list(make_copies([Wanted(usual(), FILE, source) for source in sources], {}, "zh", 2, PACK, seconds=1.5))
    assert [bool(copy.trouble) for copy in copies] == [False, True, True, False]
    assert "用时超过" in copies[1].trouble
    for copy in copies[1:3]:
        assert openpyxl.load_workbook(io.BytesIO(copy.data)).sheetnames == [FRONT]
        assert "未能生成标注副本，本文件只有审核结果" in said(copy.data)
        assert copy.trouble in said(copy.data)
        assert "年末结转和结余" in said(copy.data)
    assert copies[0].data == copies[3].data


def test_copies_are_the_same_with_more_workers() -> None:
    wanted = [Wanted(usual(), FILE, BOOK), Wanted(report(), FILE, SAMPLES / CLEAN / "评分表.xlsx")] * 3
    one, two = ([copy.data for copy in make_copies(wanted, {}, "zh", jobs, PACK)] for jobs in (1, 2))
    assert one == two


def test_what_a_patched_copy_no_longer_has_is_told() -> None:
    with zipfile.ZipFile(BOOK) as archive:
        held = [(name, archive.read(name)) for name in archive.namelist()]
    assert "1 个重名部件" in said(annotate(report(), FILE, zipped([held[-1], *held])))
    template = as_template(BOOK.read_bytes())
    copy = annotate(report(), FILE, template)
    assert "已改为普通工作簿" in said(copy)
    assert b"template" not in parts(copy)["[Content_Types].xml"]
    assert "未能带入" not in said(annotate(report(), FILE, BOOK.read_bytes()))


def as_template(data: bytes) -> bytes:
    """A workbook as the template that Excel would save."""
    return rewritten(
        data, {"[Content_Types].xml": lambda part: part.replace(b".sheet.main+xml", b".template.main+xml")}
    )


def test_two_papers_of_one_name_get_two_copies(tmp_path: Path) -> None:
    unit = Path(shutil.copytree(SAMPLES / CLEAN, tmp_path / "甲单位"))
    (unit / "基础数据表.xls").write_bytes(SPREADSHEETML.format(encoding="UTF-8").encode())
    run("check", unit, "--out", tmp_path / "o")
    assert sorted(path.name for path in (tmp_path / "o" / "甲单位").iterdir()) == ["基础数据表.xlsx.审核.xlsx", "基础数据表.审核.xlsx", "自评报告.审核.docx", "评分表.审核.xlsx"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "paper"),
    [
        ("表.xltx", b"", True),
        ("表.xlt", b"", True),
        ("表.ett", b"", True),
        ("表.fods", b"", True),
        ("表.tsv", b"", True),
        ("表.xml", SPREADSHEETML.format(encoding="UTF-8").encode(), True),
        ("发票.xml", b"<?xml version='1.0'?><invoice/>", False),
        ("表.mht", b'MIME-Version: 1.0\r\n\r\n<html xmlns:x=3D"urn:schemas-microsoft-com:off=\r\nice:excel">', True),
        ("邮件.mht", b"MIME-Version: 1.0\r\n\r\n<html>", False),
        ("~$表.xlsx", b"", False),
        (".xlcheck-a1b2.part", b"", False),
    ],
)
def test_which_files_are_papers(name: str, data: bytes, paper: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert is_paper(tmp_path / name) is paper


@pytest.mark.parametrize("lock", ["~$基础数据表.xlsx", ".~基础数据表.xlsx", ".~lock.基础数据表.xlsx#"])
def test_a_lock_file_beside_a_workbook_is_a_note_and_no_error(lock: str, tmp_path: Path) -> None:
    unit = Path(shutil.copytree(SAMPLES / CLEAN, tmp_path / "甲单位"))
    (unit / lock).write_bytes(b"x" * 165)
    assert is_open(unit / "基础数据表.xlsx")
    assert not is_open(unit / "评分表.xlsx")
    ran = run("check", unit)
    assert ran.exit_code == 0
    assert ran.stdout.count("请保存并关闭后重新报送") == 1


def test_a_template_is_read_and_its_copy_is_a_workbook(tmp_path: Path) -> None:
    source = tmp_path / "基础数据表.xltx"
    source.write_bytes(as_template(BOOK.read_bytes()))
    run("check", source, "--out", tmp_path / "o")
    assert openpyxl.load_workbook(tmp_path / "o" / "基础数据表.审核.xlsx").sheetnames[0] == FRONT


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_names_in_gbk_are_read_and_shown(tmp_path: Path) -> None:
    """As an archive packed on Windows leaves them; each command goes through, and the original is where it was."""
    folder = os.fsencode(tmp_path / "units") + b"/" + "市教育局".encode("gbk")
    os.makedirs(folder)
    original = folder + b"/" + "基础数据表.xlsx".encode("gbk")
    shutil.copyfile(SAMPLES / "02 岚屿市教育局本级" / "基础数据表.xlsx", original)
    out = tmp_path / "out"
    for words in (["check", "--out", out], ["check", "--format", "json"], ["rollup", "--out", out / "汇总.xlsx"], ["rollup", "--out", out / "汇总.xlsx", "--jobs", "2"]):  # fmt: skip
        ran = run(words[0], tmp_path / "units", *words[1:])
        assert ran.exception is None or isinstance(ran.exception, SystemExit), words
    assert (out / "市教育局" / "基础数据表.审核.xlsx").is_file()
    assert os.path.isfile(original)
    assert openpyxl.load_workbook(out / "汇总.xlsx")["来源"]["C2"].value == "市教育局/基础数据表.xlsx"
