"""README.md of the samples: what each folder shows, from the units' YAML."""

from __future__ import annotations

from typing import Any

HEAD = """\
# Sample workbooks

The input of `xlcheck demo`, and the data of the golden tests: one folder a unit, with 基础数据表.xlsx, 评分表.xlsx and
自评报告 (.docx or .txt), and `单位名录.xlsx`, the roster. `expected.yaml` lists what must be found in each folder,
and where. Everything but the report in folder 01 is written by `python -m tests.make_samples`, the same bytes on
every run.

**What is real.** Only the report in folder 01, a published text, and the figures that its tables take from it. Every
other figure in that folder's tables is an illustration (示例数据，非该单位公布), shown in grey italics and said so in the
备注 column and at the foot; indicators' weights are the pack's draft.

**What is invented.** 岚屿市, all its units, people, codes, telephone numbers and figures. The credit codes are of a region
code (449900) that does not exist; all but one have right check characters.

| folder | 主管部门 | what it shows | to be found |
|---|---|---|---|
"""
TAIL = """
On the roster but with no folder: 岚屿市特殊教育学校 and 岚屿市水利工程质量监督站 (缺报); 岚屿市电影放映队 does not have to
file (应报: 否). Folder 21 files 岚屿市中心血站 a second time (重报), and the unit in folder 20 is not on the roster.
"""


def readme_text(units: list[dict[str, Any]], expected: dict[str, list[dict[str, Any]]]) -> str:
    """The whole README."""
    rows = []
    for unit in units:
        rules: list[str] = list(dict.fromkeys(str(entry["rule"]) for entry in expected[unit["folder"]]))
        found = "<br>".join(f"`{rule}`" for rule in rules) or "nothing"
        rows.append(f"| {unit['folder']} | {unit['department']} | {unit['shows']} | {found} |\n")
    return HEAD + "".join(rows) + TAIL
