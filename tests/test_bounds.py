"""Bounds that the design sets: a module's length, and what a command's help may import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import regenerate

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "xlcheck").rglob("*.py"))

HEAVY = ("openpyxl", "pandas", "xlsxwriter")
IMPORTED_BY_HELP = f"""
import sys
from xlcheck.cli import main
main(sys.argv[1:], standalone_mode=False)
print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_split_past_400_lines(module: str) -> None:
    assert len((ROOT / module).read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("command", list(regenerate.commands()))
def test_help_returns_without_heavy_imports(command: str) -> None:
    words = [*command.split()[1:], "--help"]
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED_BY_HELP, *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert ran.stderr.splitlines()[-1] == "[]"
