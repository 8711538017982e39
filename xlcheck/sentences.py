"""A rule's tree as finance people write it."""

from __future__ import annotations

from xlcheck.formula import Compare, Logic, Node, Number, Product, Ref, Sum, Text

_WORDS = {"and": " 且 ", "or": " 或 "}
_PHRASES = {
    "abs": "（{}）的绝对值",
    "min": "{} 中最小的",
    "max": "{} 中最大的",
    "filled": "{} 已填",
    "number": "{} 是数字",
    "readable": "{} 读得出",
    "grade": "{} 对应的等级",
    "grade_word": "{}",
    "credit_code_valid": "{} 有效",
}


def sentence(node: Node) -> str:
    """The tree as finance people write it: 本年支出合计 ＝ 基本支出 ＋ 项目支出 ＋ 其他支出."""
    if isinstance(node, Number):
        return f"{(node.value * 100).normalize():f}%" if node.percent else f"{node.value:f}"
    if isinstance(node, Text):
        return f"「{node.text}」"
    if isinstance(node, Ref):
        prefix = f"{node.form}." if node.form in ("评分表", "项目", "指标", "上年") else ""
        return f"{prefix}{node.name}" + (f"[{node.column}]" if node.column and node.column != "数值" else "")
    if isinstance(node, Sum):
        text = ""
        for sign, term in node.terms:
            text += (" ＋ " if sign > 0 else " － ") if text else ("" if sign > 0 else "－")
            text += sentence(term)
        return text
    if isinstance(node, Product):
        text = ""
        for divides, factor in node.factors:
            inner = sentence(factor)
            text += (" ÷ " if divides else " × ") if text else ""
            text += f"（{inner}）" if isinstance(factor, Sum) else inner
        return text
    if isinstance(node, Compare):
        return f"{sentence(node.left)} {node.op if node.op != '=' else '＝'} {sentence(node.right)}"
    if isinstance(node, Logic):
        if node.op == "not":
            return f"不是（{sentence(node.parts[0])}）"
        if node.op == "if":
            return f"如果 {sentence(node.parts[0])}，那么 {sentence(node.parts[1])}"
        return _WORDS[node.op].join(sentence(part) for part in node.parts)
    inner = "，".join(sentence(argument) for argument in node.arguments)
    if node.function == "total":
        return f"各{inner.replace('.', '')}之和"
    return _PHRASES[node.function].format(inner)
