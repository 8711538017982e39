"""The rules of a pack as pages to read: what each demands, why, how a failure reads, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from xlcheck.rules import Pack, Rule


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


def document(pack: Pack) -> str:
    """All rules of a pack as one Markdown page."""
    lines = [f"# {pack.title}", "", f"依据：{pack.basis}", ""]
    lines += [f"- 草案：{text}" for text in pack.draft]
    lines.append("")
    for rule in pack.rules:
        lines.extend(page(rule))
    return "\n".join(lines).rstrip() + "\n"
