"""Whatever stops the program, what it has written is whole, what it has not written is not there, originals are untouched."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from xlcheck.cache import SUFFIX

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are POSIX")
ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_workbooks"
COMMAND = [sys.executable, "-m", "xlcheck.cli"]


def start(*words: str | Path, limit: int | None = None) -> subprocess.Popen[str]:
    """The program, in a process group of its own; ``limit`` is the largest file in bytes that it may write."""
    limits = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit is not None else None
    return subprocess.Popen(
        [*COMMAND, *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        start_new_session=True, preexec_fn=limits,
    )  # fmt: skip


def digests(folder: Path) -> dict[Path, str]:
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def until_one_is_written(out: Path, process: subprocess.Popen[str]) -> None:
    while not list(out.rglob("*.xlsx")):
        assert process.poll() is None
        time.sleep(0.001)


def all_whole(out: Path) -> list[Path]:
    """The workbooks below a folder, each with all its parts."""
    books = list(out.rglob("*.xlsx"))
    for book in books:
        with zipfile.ZipFile(book) as archive:
            assert archive.testzip() is None
    return books


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", [0.0, 0.02, 0.1])
def test_a_stopped_check_leaves_whole_copies_only(how: signal.Signals, moment: float, tmp_path: Path) -> None:
    units = tmp_path / "units"
    for town in "甲乙丙丁":  # so many that the check is far from its end at each of the moments
        shutil.copytree(SAMPLES, units / town)
    before, out = digests(units), tmp_path / "out"
    process = start("check", units, "--out", out, "--jobs", "2")
    until_one_is_written(out, process)
    time.sleep(moment)
    os.killpg(process.pid, how)
    _, said = process.communicate(timeout=30)
    assert all_whole(out)
    assert digests(units) == before
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert said.count("\n") == 1
        assert "已中断" in said
        assert not list(out.rglob(".xlcheck-*"))


def test_ctrl_c_while_reading_is_one_line(tmp_path: Path) -> None:
    program = "import sys, os, signal\nfrom xlcheck import batches, cli\nread = batches.check_folders\ndef stopped(*words, **more):\n    os.kill(os.getpid(), signal.SIGINT)\n    return read(*words, **more)\nfrom xlcheck import outputs\noutputs.check_folders = stopped\ncli.main()"  # fmt: skip
    ran = subprocess.run([sys.executable, "-c", program, "check", str(SAMPLES)], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    assert (ran.returncode, ran.stdout) == (130, "")
    assert ran.stderr.startswith("xlcheck: 已中断")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["check", "rollup"])
def test_a_full_disk_is_one_sentence_and_the_old_file_stays(command: str, tmp_path: Path) -> None:
    old = tmp_path / "out" / ("基础数据表.审核.xlsx" if command == "check" else "汇总.xlsx")
    old.parent.mkdir()
    old.write_bytes(b"old")
    unit = SAMPLES / "02 岚屿市教育局本级"
    words = (
        ["check", unit / "基础数据表.xlsx", "--out", old.parent]
        if command == "check"
        else ["rollup", SAMPLES, "--out", old]
    )
    process = start(*words, limit=4096)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert said.startswith("xlcheck: 无法写入")
    assert said.count("\n") == 1
    assert old.read_bytes() == b"old"
    assert [path.name for path in old.parent.iterdir() if SUFFIX not in path.name] == [old.name]


def test_a_file_in_the_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("no folder")
    process = start("check", SAMPLES / "02 岚屿市教育局本级", "--out", tmp_path / "out")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.startswith("xlcheck: 无法写入")
    assert said.count("\n") == 1


def test_a_folder_in_the_place_of_the_copy_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "基础数据表.审核.xlsx").mkdir()
    process = start("check", SAMPLES / "02 岚屿市教育局本级" / "基础数据表.xlsx", "--out", tmp_path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.startswith("xlcheck: 无法写入")
    assert [path.name for path in tmp_path.iterdir()] == ["基础数据表.审核.xlsx"]
