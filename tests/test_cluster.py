"""Over a cluster the same is said as here, whatever is lost on the way; the cluster is real, on this machine."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from distributed import Client

from tests.clusters import ROOT, Processes, cluster
from tests.hostile import MAKERS
from tests.test_hostile import calamine_reads
from xlcheck.batches import check_folders
from xlcheck.cache import cache_beside, info
from xlcheck.checked import encode
from xlcheck.cli import main
from xlcheck.cluster import connected
from xlcheck.collecting import find_folders
from xlcheck.rules import load_pack
from xlcheck.workers import Bounded, Failure

SAMPLES = ROOT / "sample_workbooks"
PACK = load_pack()
HOSTILE = {file.name: file.data for file in (make() for make in MAKERS)}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with cluster(tmp_path_factory.mktemp("cluster")) as processes:
        yield processes


@pytest.fixture(scope="module")
def filings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample units, and one whose every file is bad in another way."""
    folder = tmp_path_factory.mktemp("filings") / "报送"
    shutil.copytree(SAMPLES, folder)
    (folder / "90 来路不明的单位").mkdir()
    for name in ("zip-bomb.xlsx", "far-cell-odd.xlsx", "one-string-many-times.xlsx", "noise.xlsx"):
        (folder / "90 来路不明的单位" / name).write_bytes(HOSTILE[name])
    return folder


def rolled_up(filings: Path, out: Path, *more: str) -> tuple[dict[str, bytes], list[object]]:
    """(the Parquet tables' bytes, the workbook's cells)."""
    roster = str(filings / "单位名录.xlsx")
    words = ["rollup", str(filings), "--out", str(out / "汇总.xlsx"), "--parquet", str(out / "p"), "--roster", roster]
    ran = CliRunner().invoke(main, [*words, *more])
    assert ran.exit_code == 0, ran.output
    book = openpyxl.load_workbook(out / "汇总.xlsx", data_only=True)
    cells = [(sheet.title, [list(row) for row in sheet.iter_rows(values_only=True)]) for sheet in book.worksheets]
    return {path.name: path.read_bytes() for path in sorted((out / "p").iterdir())}, list(cells)


def test_a_cluster_says_the_same_byte_for_byte(running: Processes, filings: Path, tmp_path: Path) -> None:
    tables, cells = rolled_up(filings, tmp_path / "local", "--jobs", "2")
    assert rolled_up(filings, tmp_path / "cluster", "--dask", running.address) == (tables, cells)


def test_a_file_that_cannot_be_read_is_the_same_finding(running: Processes, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "06 岚屿市水文监测中心", tmp_path / "单位")
    folders = find_folders(tmp_path / "单位", PACK)
    for name in ("评分表.xlsx", "自评报告.docx"):
        (tmp_path / "单位" / name).unlink()  # gone between being found and being read
    with connected(running.address) as workers:
        there = check_folders(folders, PACK, run=workers.run)
    here = check_folders(folders, PACK)
    assert [encode(each) for each in there] == [encode(each) for each in here]
    assert [paper.problem for paper in here[0].submission.papers if not paper.readable] != ["", ""]


def contained(data: bytes) -> tuple[int, int | Failure]:
    """(the worker's process, what calamine makes of a file in a bounded one)."""
    multiprocessing.current_process().daemon = False
    return os.getpid(), Bounded(calamine_reads, seconds=20.0)(data)


def test_a_file_that_aborts_its_reader_leaves_the_worker_running(running: Processes) -> None:
    with Client(running.address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
        before, after = (client.run(contained, HOSTILE[name]) for name in ("far-cell.xlsx", "lying-dimension.xlsx"))
    assert before.keys() == after.keys() != set()
    assert all(isinstance(said, Failure) for _, said in before.values())
    assert after == {worker: (process, 20) for worker, (process, _) in before.items()}


def test_processes_on_the_workers_go_with_the_run(running: Processes, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "06 岚屿市水文监测中心", tmp_path / "单位")
    with connected(running.address) as workers:
        check_folders(find_folders(tmp_path / "单位", PACK), PACK, run=workers.run)
    with Client(running.address, set_as_default=False) as client:
        left = next((False for _ in range(100) if not any(client.run(children).values())), True)
    assert not left


def children() -> int:
    """How many bounded processes a worker still has."""
    time.sleep(0.1)
    return len(multiprocessing.active_children())


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_worker_that_is_lost_midway_costs_nothing(tmp_path: Path) -> None:
    for number in range(48):
        shutil.copytree(SAMPLES / "06 岚屿市水文监测中心", tmp_path / "报送" / f"单位{number:02}")
    folders = find_folders(tmp_path / "报送", PACK)
    killed: list[int] = []
    with cluster(tmp_path, nanny=False) as processes, connected(processes.address) as workers:
        workers._client.wait_for_workers(2, timeout=60)

        def kill(done: int, of: int) -> None:
            if not killed:
                killed.append(done)
                processes.workers[0].send_signal(signal.SIGKILL)

        there = check_folders(folders, PACK, jobs=4, run=workers.run, progress=kill)
        assert processes.workers[0].wait(10) == -signal.SIGKILL
        assert len(workers._client.nthreads()) == 1
    assert killed[0] < 48
    assert [encode(each) for each in there] == [encode(each) for each in check_folders(folders, PACK, jobs=2)]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_scheduler_that_is_lost_midway_is_one_sentence(tmp_path: Path) -> None:
    for number in range(400):
        shutil.copytree(SAMPLES / "06 岚屿市水文监测中心", tmp_path / "报送" / f"单位{number:03}")
    out = tmp_path / "汇总.xlsx"
    command = [sys.executable, "-m", "xlcheck.cli", "rollup", str(tmp_path / "报送"), "--out", str(out)]
    with cluster(tmp_path, workers=1) as processes:
        started = subprocess.Popen([*command, "--dask", processes.address], cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8")  # fmt: skip
        while started.poll() is None and not ((known := info(cache_beside(out))) and known.units):
            time.sleep(0.01)
        processes.scheduler.kill()
        _, said = started.communicate(timeout=120)
    assert started.returncode == 2
    assert re.fullmatch(r"xlcheck: 与 Dask 调度器 .*连接中断。.*。\n", said), said


def test_another_xlcheck_on_the_cluster_is_one_sentence(tmp_path: Path) -> None:
    code = tmp_path / "code"
    hidden = shutil.ignore_patterns("__pycache__")
    for name in ("xlcheck", "rules", "sample_workbooks"):
        shutil.copytree(ROOT / name, code / name, ignore=hidden)
    resources = code / "xlcheck" / "resources.py"
    text = resources.read_text(encoding="utf-8")
    resources.write_text(text.replace('VERSION = "', 'VERSION = "0.0.'), encoding="utf-8")
    with cluster(tmp_path, workers=1, code=code) as processes:
        words = ["rollup", str(SAMPLES), "--out", str(tmp_path / "汇总.xlsx"), "--dask", processes.address]
        ran = CliRunner().invoke(main, words)
    assert ran.exit_code == 2
    assert "不能运行本机这一版 xlcheck" in ran.stderr
    assert "OtherProgram: xlcheck 0.0." in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no address at all", ""])
def test_nobody_at_the_address_is_one_sentence(address: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "xlcheck.cli", "rollup", str(SAMPLES), "--out", str(tmp_path / "汇总.xlsx")]
    ran = subprocess.run([*command, "--dask", address], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("xlcheck: 连接不上 Dask 调度器")
    assert len(ran.stderr.splitlines()) == 1
