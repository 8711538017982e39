"""Random filings with layout drift: the generator is honest, and xlcheck finds the faults and nothing else."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import xlcheck
from tests.drift import Said, Spot, faulty, generate, judge, render
from tests.drift_papers import file_unit, relations
from tests.drift_printed import indicator_rates, make_unit
from tests.drift_scoring_faults import RULES
from tests.drift_unit import Item, Unit
from tests.drift_words import IDENTITY, SUMS
from xlcheck.model import Finding, Place, Report


def findings_of(report: Report) -> list[Said]:
    """The findings of a report in the judge's own terms."""

    def spot(place: Place) -> Spot | None:
        return Spot(place.file, place.sheet or "", place.cell) if place.cell else None

    def said(finding: Finding) -> Said:
        named = [spot(each.place) for each in (*finding.related, *finding.suspects)]
        return Said(
            finding.rule,
            str(finding.severity),
            finding.unit,
            finding.place.file or f"{finding.folder}/",
            spot(finding.place),
            tuple(each for each in named if each),
            finding.message,
            finding.explained,
        )

    return [said(finding) for finding in report.findings]


def imbalance(unit: Unit, total: tuple[str, str, str], parts: list[tuple[str, str, str]]) -> Decimal:
    """How far a printed total lies outside what rounding explains; at most 0 where it is right."""
    items = [unit.items[key] for key in (total, *parts)]
    tolerance = sum((item.half_width for item in items), Decimal(0))
    return abs(items[0].number - sum((item.number for item in items[1:]), Decimal(0))) - tolerance


@pytest.mark.parametrize("seed", range(40))
def test_a_clean_unit_obeys_the_rules_of_the_domain(seed: int) -> None:
    unit = make_unit(random.Random(seed))
    for total, parts in relations(unit):
        assert imbalance(unit, total, parts) <= 0, (total, unit.items[total].value)
    for column in unit.filled("二"):
        values = [unit.number("二", row, column) for row in IDENTITY]
        assert abs(sum(values[:3]) - sum(values[3:])) <= 6 * Decimal("0.005")
        assert abs(unit.number("二", "收入总计", column) - unit.number("二", "支出总计", column)) <= Decimal("0.01")
    for name, rate in indicator_rates(unit).items():
        item = unit.items["评分", name, "指标值"]
        assert rate is None or abs(item.number - rate) <= item.half_width
    assert all(
        unit.number("评分", row.name, "自评得分") <= unit.number("评分", row.name, "分值") for row in unit.indicators
    )


@pytest.mark.parametrize("rule", [rule for rule in SUMS if rule != "grand-totals-differ"])
def test_an_injected_sum_really_does_not_add_up(rule: str) -> None:
    for seed in range(20):
        unit, (expected, *_) = faulty(rule, "云汀市图书馆", random.Random(seed))
        parts = dict(relations(unit))[expected.keys[0]]
        assert imbalance(unit, expected.keys[0], parts) > 0, (seed, expected)


def reads_as(item: Item, value: object) -> bool:
    """Whether a cell's stored value is the printed figure, in any of the notations of DOMAIN.md."""
    if isinstance(item.value, date):
        digits = [int(part) for part in "".join(c if c.isdigit() else " " for c in str(value)).split()]
        day = value.date() if isinstance(value, datetime) else None
        packed = int(f"{item.value:%Y%m%d}")
        return (
            day == item.value or digits[:3] == [item.value.year, item.value.month, item.value.day] or digits == [packed]
        )
    if item.value is None or isinstance(item.value, str):
        return (item.value or "") in str(value or "")
    if not item.number and isinstance(value, float):
        return abs(value) < 1e-6
    if not item.number:
        return str(value or "0").strip() in (
            "0",
            "0.0",
            "0.00",
            "—",
            "--",
            "/",
            "无",
            "零",
            "不适用",
            "0%",
            "0.0%",
            "0.00%",
        )
    text = unicodedata.normalize("NFKC", str(value)).replace(",", "").strip()
    scale = Decimal(10000) if (text.endswith("元") and not text.endswith("万元")) or item.unit == "元" else Decimal(1)
    number = Decimal(text.rstrip("万元人%")) / scale / (100 if text.endswith("%") else 1)
    wanted = {item.number, item.number * 100 if item.kind == "rate" else item.number}
    least = Decimal("0.005") if item.kind == "rate" else Decimal(0)  # a stored formula works on the rounded inputs
    return any(abs(number - each) <= max(item.half_width * 2, least, abs(each) * Decimal("1e-6")) for each in wanted)


@pytest.mark.parametrize("seed", range(25))
def test_every_figure_stands_where_the_generator_says(seed: int, tmp_path: Path) -> None:
    unit = make_unit(random.Random(seed))
    filed = file_unit(unit, random.Random(seed), tmp_path, "unit")
    files = {spot.file for spot in filed.spots.values()}
    books = {file: openpyxl.load_workbook(tmp_path / file, data_only=True) for file in files}
    assert len(filed.spots) > 120
    for key, spot in filed.spots.items():
        if key[2] not in ("三级指标", "项目名称"):
            value = books[spot.file][spot.sheet][spot.cell].value
            assert reads_as(unit.items[key], value), (key, spot, unit.items[key], value)


def test_a_seed_gives_the_same_filings_twice(tmp_path: Path) -> None:
    first, second = (generate(tmp_path / name, 2, 6, seed=7) for name in ("a", "b"))
    assert [(case.folder, case.expected, case.filed.spots) for case in first] == [
        (case.folder, case.expected, case.filed.spots) for case in second
    ]


def test_faults_are_found_on_their_cell_and_clean_units_are_clean(tmp_path: Path) -> None:
    cases = generate(tmp_path, clean=25, faults=2 * len(RULES), seed=2024)
    findings = findings_of(xlcheck.check([tmp_path]))
    outcomes, alarms = judge(cases, findings)
    assert not alarms, render(cases, findings)
    assert sum(each.on_cell for each in outcomes) >= 0.95 * len(outcomes), render(cases, findings)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(5)), seed=st.integers(0, 10_000))
def test_the_order_of_units_and_a_second_run_change_nothing(
    order: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("order")
    folders = [root / case.folder for case in generate(root, clean=1, faults=4, seed=seed)]
    first = xlcheck.check(folders)
    again = xlcheck.check(folders)
    other = xlcheck.check([folders[index] for index in order])
    assert first.findings == again.findings
    assert sorted(first.findings, key=repr) == sorted(other.findings, key=repr)
    assert first.tallies == other.tallies
