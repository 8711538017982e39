"""Rules against a plain DataFrame: the same language, tolerance and three values as a check, without forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from xlcheck.columns import Column, Numbers, Rows
from xlcheck.evaluate import truth
from xlcheck.formula import FormulaError, Node, Ref, parse, refs
from xlcheck.labels import name_key
from xlcheck.packfile import nearest

if TYPE_CHECKING:
    import pandas as pd


def confront(frame: pd.DataFrame, rules: Mapping[str, str] | Iterable[str | tuple[str, str]], *, half_width: float | Mapping[str, float] = 0.005) -> pd.DataFrame:  # fmt: skip
    """The failures of ``rules`` on ``frame`` as a frame with the columns ``row`` and ``rule``.

    ``rules`` maps ids to formulas over the frame's columns (``{"balance": "收入 + 年初 = 支出 + 年末"}``),
    or lists (id, formula) pairs or bare formulas, which are their own ids. ``half_width`` is half a
    unit of the last reported digit, for all columns or by column (0.005: two decimals). ``row`` is
    the row's index label; failures come rule by rule, in the frame's order. A missing input (NaN)
    never fails. Raises :class:`~xlcheck.formula.FormulaError` for a formula that cannot be parsed or
    names no column.
    """
    import pandas as pd

    pairs = list(rules.items()) if isinstance(rules, Mapping) else [(each, each) if isinstance(each, str) else each for each in rules]  # fmt: skip
    names = {name_key(str(name)): name for name in frame.columns}
    trees = [(rule, _tree(text, names)) for rule, text in pairs]
    columns: dict[Ref, Column] = {}
    for ref in dict.fromkeys(ref for _, tree in trees for ref in refs(tree)):
        series = frame[names[_name(ref)]]
        numbers = series if series.dtype.kind in "fiu" else pd.to_numeric(series, errors="coerce")
        half = half_width if isinstance(half_width, float | int) else half_width.get(str(series.name), 0.005)
        columns[ref] = Column(partial(Numbers, numbers.to_numpy(dtype=np.float64), float(half)))
    rows = Rows(len(frame), columns)
    failed = [np.flatnonzero(np.broadcast_to(truth(tree, rows).false, (rows.size,))) for _, tree in trees]
    positions = np.concatenate(failed) if failed else np.empty(0, dtype=np.intp)
    ids = np.repeat(np.array([rule for rule, _ in pairs], dtype=object), [each.size for each in failed])
    return pd.DataFrame({"row": frame.index.to_numpy()[positions], "rule": ids})


def _name(ref: Ref) -> str:
    prefix = f"{ref.form}." if ref.form else ""
    return f"{prefix}{ref.name}[{ref.column}]" if ref.column else f"{prefix}{ref.name}"


def _tree(text: str, names: Mapping[str, object]) -> Node:
    each, tree = parse(text)
    if each is not None:
        raise FormulaError(f"「{text}」：普通数据表没有 each {each}，请逐列写出公式。")
    for ref in refs(tree):
        if _name(ref) not in names:
            raise FormulaError(
                f"「{text}」：数据表没有列「{_name(ref)}」，{nearest(_name(ref), map(str, names.values()))}"
            )
    return tree
