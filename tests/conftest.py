"""The option --update-golden, and: in CI nothing may be skipped."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator

import pytest

_CACHES = tempfile.TemporaryDirectory(prefix="xlcheck-tests-")
os.environ["XDG_CACHE_HOME"] = _CACHES.name  # what a test keeps is not the user's


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the golden outputs with what is produced now"
    )


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden outputs are to be rewritten in place of compared."""
    return bool(request.config.getoption("--update-golden"))


def _failed_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where CI is set: its machine has all that the tests need."""
    if os.environ.get("CI", "").lower() in ("", "0", "false") or not report.skipped or hasattr(report, "wasxfail"):
        return
    why = report.longrepr
    path, line, reason = why if isinstance(why, tuple) else (report.nodeid, 0, str(why))
    report.outcome = "failed"
    report.longrepr = f"{path}:{line}: in CI a skipped test is a failed one. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _failed_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _failed_if_skipped(report)
    return report
