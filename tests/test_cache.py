"""The cache: a late filing costs one filing, and nothing that happens to the cache changes what is said."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from xlcheck import render
from xlcheck.batches import Batch, Task, check_batch, check_folders
from xlcheck.cache import Cache, cache_beside, caches_at, info
from xlcheck.checked import decode, encode
from xlcheck.cli import main
from xlcheck.collecting import find_folders
from xlcheck.model import Report
from xlcheck.rules import load_pack

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"
PACK = load_pack()
COPIED, ORIGINAL = "17 岚屿市产品质量检验所", "16 岚屿市计量检定所"  # the first's report still names the second


@pytest.fixture
def filings(tmp_path: Path) -> Path:
    folder = tmp_path / "报送"
    for name in ("02 岚屿市教育局本级", "06 岚屿市水文监测中心", COPIED):
        shutil.copytree(SAMPLES / name, folder / name)
    return folder


def checked(filings: Path, cache: Path | None) -> tuple[str, list[str]]:
    """(what is said as JSON, the folders that were read for it)."""
    read: list[str] = []

    def run(task: Task, batches: Sequence[Batch]) -> Iterator[list[bytes]]:
        for batch in batches:
            read.extend(folder.name for folder in batch[0])
            yield check_batch(task, batch)

    folders = find_folders(filings, PACK)
    if cache is None:
        kept = check_folders(folders, PACK, run=run)
    else:
        with Cache(cache, PACK, "zh") as opened:
            kept = check_folders(folders, PACK, cache=opened, run=run)
    return render.as_json(Report.joined((each.report for each in kept), "", "")), read


def test_what_did_not_change_is_not_read_again(filings: Path, tmp_path: Path) -> None:
    cache = tmp_path / "c"
    first, read = checked(filings, cache)
    assert len(read) == 3
    assert checked(filings, cache) == (first, [])
    assert first == checked(filings, None)[0]
    table = filings / "06 岚屿市水文监测中心" / "评分表.xlsx"
    shutil.copy(SAMPLES / "02 岚屿市教育局本级" / "评分表.xlsx", table)
    said, read = checked(filings, cache)
    assert read == ["06 岚屿市水文监测中心"]
    assert said == checked(filings, None)[0] != first


def test_a_unit_that_files_late_is_found_named_in_an_earlier_units_report(filings: Path, tmp_path: Path) -> None:
    cache = tmp_path / "c"
    assert "unit-name-differs" not in checked(filings, cache)[0].partition('"tallies"')[0]
    shutil.copytree(SAMPLES / ORIGINAL, filings / ORIGINAL)
    said, read = checked(filings, cache)
    assert read == [ORIGINAL, COPIED]
    assert said == checked(filings, None)[0]
    assert "unit-name-differs" in said.partition('"tallies"')[0]


@pytest.mark.parametrize("spoil", ["garbage", "truncated", "entry", "locked"])
def test_a_spoilt_cache_costs_time_and_no_result(filings: Path, tmp_path: Path, spoil: str) -> None:
    cache = tmp_path / "c"
    first, _ = checked(filings, cache)
    other = None
    if spoil == "garbage":
        cache.write_bytes(b"no database" * 1000)
    elif spoil == "truncated":
        cache.write_bytes(cache.read_bytes()[:5000])
    else:
        other = sqlite3.connect(cache)
        other.execute("UPDATE units SET body = x'00'")
        if spoil == "entry":
            other.commit()
        # else: the transaction stays open, and holds the file
    said, read = checked(filings, cache)
    assert said == first
    assert len(read) == 3
    if other is not None:
        other.close()


def test_another_language_or_pack_is_another_entry(filings: Path, tmp_path: Path) -> None:
    folder = find_folders(filings, PACK)[0]
    keys = set()
    for pack, lang in ((PACK, "zh"), (PACK, "en"), (load_pack("yueyang-2018"), "zh")):
        with Cache(tmp_path / "c", pack, lang) as cache:
            keys |= {cache.key(folder), cache.key(folder, ("甲单位",))}
    assert len(keys) == 6


def test_encoded_the_same_comes_back(filings: Path) -> None:
    for batch in [(tuple(find_folders(filings, PACK)), ())]:
        for body in check_batch(Task(PACK), batch):
            assert encode(decode(body)) == body


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_run_that_is_killed_loses_what_was_in_flight_and_no_more(tmp_path: Path) -> None:
    filings, out = tmp_path / "报送", tmp_path / "汇总.xlsx"
    for number in range(60):
        shutil.copytree(SAMPLES / "02 岚屿市教育局本级", filings / f"单位{number:02}")
    command = [sys.executable, "-m", "xlcheck.cli", "rollup", str(filings), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    cache = cache_beside(out)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        known = info(cache) if cache.is_file() else None
        if known is not None and known.units:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    known = info(cache)
    assert known is not None
    assert known.units
    said, read = checked(filings, cache)
    assert len(read) <= 60 - known.units
    assert said == checked(filings, None)[0]


def test_info_and_clear(filings: Path, tmp_path: Path) -> None:
    out = tmp_path / "汇总.xlsx"
    run = CliRunner()
    run.invoke(main, ["rollup", str(filings), "--out", str(out)])
    assert "3 份申报" in run.invoke(main, ["cache", "info", str(out)]).output
    assert run.invoke(main, ["cache", "clear", str(tmp_path)]).exit_code == 0
    assert caches_at(out) == []
    assert out.is_file()
    run.invoke(main, ["rollup", str(filings), "--out", str(out), "--no-cache"])
    assert caches_at(tmp_path) == []
