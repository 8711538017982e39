"""The rules of a pack and the notices as pages to read: what each demands or says, why, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlcheck.oddities import ODDITIES, Oddity
from xlcheck.rules import Pack, Rule

_BRACED = re.compile(r"\{[^{}]*\}")


def page(rule: Rule) -> Iterator[str]:
    """One rule as Markdown lines."""
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.title}** · {rule.cls} · {rule.title_en}"
    yield ""
    for clause in rule.clauses:
        yield f"- `{clause}`"
    if rule.procedure is not None:
        yield f"- built-in procedure `{rule.procedure}`"
    yield f"- 怎么改：{rule.remedy}"
    yield f"- 依据：{rule.basis}"
    yield f"- {rule.file}:{rule.line}"
    yield ""


def notice(oddity: Oddity) -> Iterator[str]:
    """One notice as Markdown lines."""
    yield f"### {oddity.code}"
    yield ""
    yield f"**{oddity.title}** · {'必须修改' if oddity.error else '提示'} · {oddity.title_en}"
    yield ""
    yield f"- {_BRACED.sub('…', oddity.says)}"
    yield ""


def document(pack: Pack) -> str:
    """All rules of a pack, and the notices, as one Markdown page."""
    lines = [f"# {pack.title}", "", f"依据：{pack.basis}", ""]
    lines += [f"- 草案：{text}" for text in pack.draft]
    lines.append("")
    for rule in pack.rules:
        lines.extend(page(rule))
    lines += ["## 提示", "", "不是规则，是读表时看到的异常。提示不算错误，不影响退出码；标为「必须修改」的除外。", ""]
    for oddity in ODDITIES:
        lines.extend(notice(oddity))
    return "\n".join(lines).rstrip() + "\n"
