"""The rules of ``benchmarks.confront`` as other libraries write them: a frame → its failures as (row, rule).

Run ``python -m benchmarks.peers`` to install the libraries (the extra ``bench``) one by one: one that cannot be
installed is then missing in the table, and nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import requires
from typing import Any

import numpy as np
import pandas as pd

Answer = set[tuple[int, str]]
SUM_BOUND, LIMIT_BOUND = 0.02 + 1e-9, 0.01 + 1e-9
PARTS = {n: tuple(f"分项{(n * 2 + step) % 40}" for step in range(3)) for n in range(20)}


def gap(n: int) -> Callable[[pd.DataFrame], Any]:
    """The difference of a total and its parts."""
    a, b, c = PARTS[n]
    return lambda frame: frame[f"合计{n}"] - frame[a] - frame[b] - frame[c]


def excess(n: int) -> Callable[[pd.DataFrame], Any]:
    """What a part has more than the total that limits it."""
    return lambda frame: frame[f"分项{n}"] - frame[f"合计{n // 2}"]


GAPS = {f"sum-{n}": gap(n) for n in range(20)} | {f"limit-{n}": excess(n) for n in range(20)}


def holds(rule: str) -> Callable[[pd.DataFrame], Any]:
    """Whether a rule holds, row by row."""
    if rule.startswith("sum"):
        return lambda frame: GAPS[rule](frame).abs() <= SUM_BOUND
    return lambda frame: GAPS[rule](frame) <= LIMIT_BOUND


def pandas(frame: pd.DataFrame) -> Answer:
    """Expressions over columns."""
    return {(int(row), rule) for rule in GAPS for row in np.flatnonzero(~holds(rule)(frame).to_numpy())}


def pandera(frame: pd.DataFrame) -> Answer:
    """A schema with one check a rule, validated lazily."""
    import pandera.pandas as pa

    schema = pa.DataFrameSchema(checks=[pa.Check(holds(rule), name=rule) for rule in GAPS])
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:  # one line a failing row and column
        cases = error.failure_cases.drop_duplicates(["index", "check"])
        return set(zip(cases["index"].astype(int).tolist(), cases["check"], strict=True))
    return set()


def pointblank(frame: pd.DataFrame) -> Answer:
    """One ``col_vals_expr`` a rule, with extracts of the failing rows."""
    import pointblank as pb

    plan = pb.Validate(data=frame)
    for rule in GAPS:
        plan = plan.col_vals_expr(expr=holds(rule))
    plan = plan.interrogate(extract_limit=len(frame))
    found: Answer = set()
    for step, rule in enumerate(GAPS, 1):
        rows = plan.get_data_extracts(i=step, frame=True)
        found |= set() if rows is None else {(int(row) - 1, rule) for row in rows["_row_num_"]}
    return found


def great_expectations(frame: pd.DataFrame) -> Answer:
    """Differences as columns, each expected between bounds, with the complete result."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("gaps")
    gaps = pd.DataFrame({rule: work(frame) for rule, work in GAPS.items()})
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": gaps})
    suite = gx.ExpectationSuite(name="rules")
    between = gx.expectations.ExpectColumnValuesToBeBetween
    for rule in GAPS:
        bounds = (-SUM_BOUND, SUM_BOUND) if rule.startswith("sum") else (None, LIMIT_BOUND)
        suite.add_expectation(between(column=rule, min_value=bounds[0], max_value=bounds[1]))
    results = batch.validate(suite, result_format={"result_format": "COMPLETE"}).results
    return {(int(row), each.expectation_config.kwargs["column"]) for each in results for row in each.result["unexpected_index_list"]}  # fmt: skip


def frictionless(frame: pd.DataFrame) -> Answer:
    """One ``row_constraint`` a rule; its numbers are decimals, which need no slack."""
    from frictionless import Checklist, Resource, checks

    rule_of = {}
    for n in range(20):
        rule_of[f"-0.02 <= 合计{n} - {' - '.join(PARTS[n])} <= 0.02"] = f"sum-{n}"
        rule_of[f"分项{n} - 合计{n // 2} <= 0.01"] = f"limit-{n}"
    checklist = Checklist(checks=[checks.row_constraint(formula=formula) for formula in rule_of])
    report = Resource(frame).validate(checklist, limit_errors=len(frame) * len(rule_of))
    errors = [error for task in report.tasks for error in task.errors]
    return {(error.row_number - 2, rule_of[error.note.split('"')[1]]) for error in errors}  # row 1 is the header


PEERS: Mapping[str, Callable[[pd.DataFrame], Answer]] = {
    "pandas": pandas,
    "pandera": pandera,
    "pointblank": pointblank,
    "great_expectations": great_expectations,
    "frictionless": frictionless,
}


def main() -> None:
    """Install the extra ``bench``, one requirement at a time."""
    for requirement in requires("xlcheck") or ():
        name, _, marker = requirement.partition(";")
        if "bench" in marker and "extra" in marker:
            run = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", name.strip()]
            if subprocess.run(run, check=False).returncode:
                print(f"{name.strip()} cannot be installed here; its line will say so.")


if __name__ == "__main__":
    main()
