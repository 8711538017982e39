"""What is doubtful in a pack though it loads: examples that do not answer both ways, labels that name two fields."""

from __future__ import annotations

from collections.abc import Iterator

from xlcheck.model import Verdict
from xlcheck.rules import Pack


def lint(pack: Pack) -> Iterator[str]:
    """One line a doubt, beginning with the file and line it is about."""
    for rule in pack.rules:
        shown = {item.mapping(None, required=("verdict",))["verdict"].text() for item in rule.examples}
        for verdict in (Verdict.PASSED, Verdict.FAILED):
            if verdict not in shown:
                yield f"{rule.file}:{rule.line}: 规则 {rule.id} 没有 verdict: {verdict} 的例子，请补上。"
    for form in pack.forms:
        for label, fields in form.labels.items():
            named = list(dict.fromkeys(field.name for field in fields))
            if len(named) > 1:
                yield f"{form.path}:1: 标签「{label}」同时指 {'、'.join(named)}，请删去一处别名。"
    names: set[str] = set()
    for indicator in pack.indicators:
        for name in (indicator.name, *indicator.aliases):
            if name in names:
                yield f"scoring.yaml:1: 指标名「{name}」出现两次，请改名。"
            names.add(name)
