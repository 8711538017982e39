"""The command line as its users meet it: exit codes, one clear sentence, copies beside, originals untouched."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from xlcheck.cli import main

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"
FAULTY, CLEAN, WARNED = "06 岚屿市水文监测中心", "02 岚屿市教育局本级", "09 岚屿市疾病预防控制中心"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / FAULTY, tmp_path / "甲单位"))


@pytest.mark.parametrize(
    ("sample", "fail_on", "code"),
    [(FAULTY, "error", 1), (FAULTY, "never", 0), (CLEAN, "warning", 0), (WARNED, "error", 0), (WARNED, "warning", 1)],
)
def test_exit_codes(sample: str, fail_on: str, code: int) -> None:
    assert run("check", SAMPLES / sample, "--fail-on", fail_on).exit_code == code


def test_annotated_copies_stand_in_the_units_folder_and_originals_are_untouched(unit: Path, tmp_path: Path) -> None:
    before = digests(unit)
    assert run("check", unit, "--out", tmp_path / "审核").exit_code == 1
    assert digests(unit) == before
    copies = sorted(path.relative_to(tmp_path / "审核").as_posix() for path in (tmp_path / "审核").rglob("*.xlsx"))
    assert copies == ["甲单位/基础数据表.审核.xlsx", "甲单位/评分表.审核.xlsx"]
    book = openpyxl.load_workbook(tmp_path / "审核" / "甲单位" / "基础数据表.审核.xlsx")
    assert book.sheetnames[0] == "审核结果"
    assert book["基础数据表"]["E35"].value == 17.62


def test_a_lone_workbooks_copy_stands_right_below_out(unit: Path, tmp_path: Path) -> None:
    run("check", unit / "基础数据表.xlsx", "--out", tmp_path / "o")
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["基础数据表.审核.xlsx"]


def test_an_explanation_is_read_back_kept_and_goes_stale(tmp_path: Path) -> None:
    unit, out = Path(shutil.copytree(SAMPLES / WARNED, tmp_path / "乙单位")), tmp_path / "o"
    run("check", unit, "--out", out)
    copy = out / "乙单位" / "基础数据表.审核.xlsx"
    book = openpyxl.load_workbook(copy)
    sheet = book["审核结果"]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "审核说明" for cell in row))
    column = next(cell.column for cell in header if cell.value == "审核说明")
    line = next(
        row for row in sheet.iter_rows(min_row=header[0].row + 1) if row[-1].value == "staffing-over-establishment"
    )
    sheet.cell(line[0].row, column, "人才引进专项周转编制")
    book.save(copy)

    def explanation() -> dict[str, str] | None:
        document = json.loads(run("check", unit, "--out", out, "--format", "json").stdout)
        found = [each for each in document["findings"] if each["rule"] == "staffing-over-establishment"]
        return found[0]["explanation"]

    assert explanation() == {"text": "人才引进专项周转编制", "state": "valid"}
    assert explanation() == {"text": "人才引进专项周转编制", "state": "valid"}, "carried into the new copy"
    original = openpyxl.load_workbook(unit / "基础数据表.xlsx")
    place = original["基础数据表"]["E13"]
    place.value = int(place.value) + 1
    original.save(unit / "基础数据表.xlsx")
    assert explanation() == {"text": "人才引进专项周转编制", "state": "stale"}


def test_json_speaks_of_files_relative_to_the_path_given() -> None:
    document = json.loads(run("check", SAMPLES, "--format", "json").stdout)
    files = {each["file"] for each in document["findings"]}
    assert f"{FAULTY}/基础数据表.xlsx" in files
    assert document["summary"]["error"] > 0


def test_english_on_request() -> None:
    said = run("check", SAMPLES / FAULTY, "--lang", "en").stdout
    assert "by income and expenditure it should be 17.26" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("check", "nowhere"), "找不到"),
        (("check", str(SAMPLES / CLEAN), "--pack", "zhanjang-2024"), "zhanjiang-2024"),
        (("check", str(SAMPLES / CLEAN), "--format", "yaml"), "json"),
        (("rollup", str(SAMPLES), "--out", "x.xlsx", "--roster", "none.xlsx"), "none.xlsx"),
        (("rules", "show", "carryover-does-not-ballance"), "carryover-does-not-balance"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_2(words: tuple[str, ...], sentence: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_an_output_that_cannot_be_written_leaves_the_old_one_whole(unit: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("old")
    result = run("check", unit, "--out", blocked)
    assert result.exit_code == 2
    assert "无法写入" in result.stderr
    assert blocked.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("基础数据表.xlsx", b"", "空的"),
        ("基础数据表.xlsx", b"PK\x03\x04 broken", "不完整"),
        (
            "基础数据表.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le"),
            "",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_finding(unit: Path, name: str, data: bytes, words: str) -> None:
    (unit / name).write_bytes(data)
    document = json.loads(run("check", unit, "--format", "json").stdout)
    found = [each for each in document["findings"] if each["file"].endswith(name) and each["severity"] == "error"]
    assert [each["rule"] for each in found] == ["paper-unreadable"]
    assert words in found[0]["message"]
    assert not any(each["rule"] == "paper-missing" for each in document["findings"])


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_an_old_xls_is_checked_and_marked_as_xlsx(unit: Path, tmp_path: Path) -> None:
    import subprocess

    profile = (tmp_path / "profile").as_uri()
    subprocess.run(["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xls", "--outdir", str(unit), str(unit / "基础数据表.xlsx")], capture_output=True, timeout=120, check=True)  # fmt: skip
    (unit / "基础数据表.xlsx").unlink()
    result = run("check", unit, "--out", tmp_path / "o")
    assert "carryover-does-not-balance" in result.stdout
    book = openpyxl.load_workbook(tmp_path / "o" / "甲单位" / "基础数据表.审核.xlsx")
    assert book["基础数据表"]["E35"].value == 17.62


def test_rollup_and_demo(tmp_path: Path) -> None:
    assert run("demo", "--out", tmp_path / "d").exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "d" / "汇总.xlsx")
    assert book.sheetnames == ["概览", "单位汇总", "部门汇总", "指标得分", "问题清单", "缺报与重报", "审核说明", "来源"]
    sheet = book["单位汇总"]
    assert [sheet.cell(1, column).value for column in (1, 2, 3)] == ["单位预算编码", "单位名称", "主管部门"]
    assert sheet.cell(sheet.max_row, 1).value == "合计"


def test_every_finding_of_a_roll_up_has_its_rules_or_notices_title(tmp_path: Path) -> None:
    run("rollup", SAMPLES, "--out", tmp_path / "汇总.xlsx", "--no-cache")
    rows = list(openpyxl.load_workbook(tmp_path / "汇总.xlsx")["问题清单"].values)
    named = {row[rows[0].index("规则")]: row[rows[0].index("规则名称")] for row in rows[1:]}
    assert named["number-as-text"] == "数字存成了文本"
    assert all(named.values())
