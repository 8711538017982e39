"""The cell that is probably wrong, and what follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlcheck import checking
from xlcheck.examples import build
from xlcheck.packfile import load
from xlcheck.rules import load_pack

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"
PACK = load_pack()


def checked(tmp_path: Path, fields: str) -> list:
    """The findings on a submission that states these fields."""
    path = tmp_path / "example.yaml"
    path.write_text("verdict: passed\n" + fields, encoding="utf-8")
    submission, _ = build(load(path), PACK)
    return list(checking.check_submissions([submission], PACK).findings)


BALANCED = {
    "本年收入合计": "1402.80",
    "一般公共预算财政拨款收入": "1402.80",
    "使用非财政拨款结余": "0",
    "年初结转和结余": "8.12",
    "收入总计": "1410.92",
    "本年支出合计": "1393.66",
    "基本支出": "1000.00",
    "项目支出": "393.66",
    "结余分配": "0",
    "年末结转和结余": "17.26",
    "支出总计": "1410.92",
}


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("年末结转和结余", "17.62", "数字颠倒"),
        ("年末结转和结余", "172.6", "小数点错位"),
        ("年末结转和结余", "17.86", "一位数字有误"),
        ("年初结转和结余", "81200.00", "元与万元混用"),
    ],
)
def test_a_slip_is_named_and_the_right_value_proposed(tmp_path: Path, field: str, typed: str, reason: str) -> None:
    fields = "\n".join(f'{name}: "{text}"' for name, text in (BALANCED | {field: typed}).items())
    findings = checked(tmp_path, fields)
    balance = next(each for each in findings if each.rule == "carryover-does-not-balance")
    first = balance.suspects[0]
    assert (first.field, first.value, first.reason) == (field, BALANCED[field], reason)


def test_findings_that_one_cell_explains_have_one_lead(tmp_path: Path) -> None:
    fields = "\n".join(f'{name}: "{text}"' for name, text in (BALANCED | {"年末结转和结余": "17.62"}).items())
    findings = [each for each in checked(tmp_path, fields) if each.suspects]
    leads = [each for each in findings if each.caused_by is None]
    assert [each.rule for each in leads] == ["carryover-does-not-balance"]
    assert {each.caused_by for each in findings if each not in leads} == {leads[0].fingerprint}


def test_what_balances_has_no_suspects(tmp_path: Path) -> None:
    fields = "\n".join(f'{name}: "{text}"' for name, text in BALANCED.items())
    assert not any(each.suspects or each.caused_by for each in checked(tmp_path, fields))


def test_the_reports_figure_follows_from_the_wrong_cell() -> None:
    findings = checking.check(SAMPLES / "06 岚屿市水文监测中心").findings
    lead = next(each for each in findings if each.rule == "carryover-does-not-balance")
    report = next(each for each in findings if each.rule == "report-figure-differs")
    assert report.caused_by == lead.fingerprint
