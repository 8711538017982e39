"""Published figures of real units: what does not add up is found, rounding is never called an error.

The figures lie beside the checkout (``shared/facts``); elsewhere the test skips.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import xlcheck

FACTS = Path(__file__).resolve().parent.parent.parent / "shared" / "facts" / "real_units.yaml"


def published() -> list[tuple[str, dict[str, Any]]]:
    if not FACTS.is_file():
        return []
    units = yaml.safe_load(FACTS.read_text(encoding="utf-8"))["units"]
    return [(f"{unit['id']}: {check['what']}", check) for unit in units for check in unit.get("checks", [])]


def half_width(text: str, form_decimals: int = 2) -> float:
    """Half a unit of the form's last digit (in prose, 0 decimals: of the number's own), finer if more are printed."""
    printed = -int(Decimal(text).as_tuple().exponent)
    return 0.5 * 10.0 ** -max(form_decimals, printed)


def fails(check: dict[str, Any]) -> bool:
    """What the rule language says of a published check."""
    kind = check["kind"]
    if kind == "percent":
        values = {"率": check["printed"], "数": check["num"], "基数": check["base"]}
        rule = "率 / 100 = 数 / 基数"
        digits = -int(Decimal(check["printed"]).as_tuple().exponent)
        widths = {name: half_width(text, 0) for name, text in values.items()} | {"率": 0.5 * 10.0**-digits}
    elif kind == "difference":
        values = {"增减": check["printed_change"], "本年": check["now"], "上年": check["prev"]}
        rule = "增减 = 本年 - 上年"
        widths = {name: half_width(text) for name, text in values.items()}
    else:
        parts = {f"分项{number}": part for number, part in enumerate(check["parts"])}
        values = {"合计": check["printed_total"], **parts}
        rule = "合计 = " + " + ".join(parts)
        if "<=" in check["what"]:
            rule = "合计 <= " + " + ".join(parts)
        widths = {name: half_width(text) for name, text in values.items()}
    frame = pd.DataFrame({name: [float(text)] for name, text in values.items()})
    return len(xlcheck.confront(frame, {"rule": rule}, half_width=widths)) > 0


@pytest.mark.skipif(not FACTS.is_file(), reason="the published figures do not lie beside the checkout")
def test_there_are_figures() -> None:
    assert len(published()) > 100


@pytest.mark.parametrize(("name", "check"), published(), ids=[name for name, _ in published()])
def test_a_published_figure(name: str, check: dict[str, Any]) -> None:
    if check["verdict"] == "last_digit":
        pytest.xfail("truncated instead of rounded: neither verdict is wrong")
    assert fails(check) == (check["verdict"] == "FAIL"), name
