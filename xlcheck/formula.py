"""The rule language: 审核公式 as text → tree, and what can be read off a tree.

A closed grammar of a recursive-descent parser; nothing is ever handed to ``eval``::

    clause  := ["each" NAME ":"] expr
    expr    := "if" expr "then" expr | or
    or      := and ("or" and)*          and := not ("and" not)*        not := "not" not | compare
    compare := sum (("=" | "≠" | "<" | "<=" | ">" | ">=") sum)?
    sum     := product (("+" | "-") product)*
    product := unary (("*" | "/") unary)*
    unary   := "-" unary | NUMBER ["%"] | "「text」" | "(" expr ")" | FUNCTION "(" expr, … ")" | field
    field   := [FORM "."] NAME ["[" COLUMN "]"]

Field names are written as printed on the form. How a tree is evaluated over a frame is
:mod:`xlcheck.evaluate`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from xlcheck.labels import name_key

FUNCTIONS = {
    "sum": "the sum of its arguments; a blank part counts as zero while one part is filled",
    "total": "the sum of a column over all rows of its table",
    "abs": "the magnitude",
    "min": "the least of its arguments",
    "max": "the greatest of its arguments",
    "filled": "whether the field says anything",
    "number": "whether the field holds a number or 「无」",
    "readable": "whether the field is blank, a nil word, or of its kind",
    "grade": "the grade that a score earns by the pack's bands",
    "grade_word": "the grade that a printed word means (优秀 is 优)",
    "credit_code_valid": "whether a 统一社会信用代码 has its GB 32100 check character",
}
COMPARISONS = {"=": "=", "==": "=", "≠": "≠", "!=": "≠", "<": "<", ">": ">", "<=": "≤", "≤": "≤", ">=": "≥", "≥": "≥"}


class FormulaError(ValueError):
    """A formula cannot be parsed or speaks of an unknown name; the message says which and where."""


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; ``percent`` keeps how it was written, for sentences."""

    value: Decimal
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text constant."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A field. ``form`` and ``column`` are '' where the text does not say; resolving fills them in."""

    name: str
    form: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs (+1 or −1)."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors; the flag says that the factor divides."""

    factors: tuple[tuple[bool, Node], ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Two sides and one of = ≠ < > ≤ ≥."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` / ``or`` of its parts, ``not`` of its one part, ``if`` (condition, consequence)."""

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the closed list."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Text | Ref | Sum | Product | Compare | Logic | Call

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)(?P<percent>%)?
      |「(?P<text>[^」]*)」
      |`(?P<quoted>[^`]*)`
      |(?P<name>[^\W\d][\w（）“”]*)
      |(?P<op><=|>=|!=|==|[-+*/=≠<>≤≥(),.:\[\]])
    )""",
    re.VERBOSE,
)
_KEYWORDS = frozenset({"if", "then", "and", "or", "not", "each"})


@lru_cache(maxsize=4096)  # a rule costs more to parse than to hold against a thousand units
def parse(text: str) -> tuple[str | None, Node]:
    """Parse a clause into (the name after ``each`` or None, its tree); raises :class:`FormulaError`."""
    return _Parser(text).clause()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0

    def clause(self) -> tuple[str | None, Node]:
        each = None
        if self.peek() == ("key", "each"):
            self.next()
            each = self.name()
            self.expect(":")
        tree = self.expression()
        if self.peek()[0] != "end":
            raise FormulaError(f"「{self.text}」在 {self.peek()[1]!r} 处多出内容")
        return each, tree

    def expression(self) -> Node:
        if self.accept("key", "if"):
            condition = self.expression()
            if not self.accept("key", "then"):
                raise FormulaError(f"「{self.text}」的 if 缺少 then")
            return Logic("if", (condition, self.expression()))
        return self.chain("or", lambda: self.chain("and", self.negation))

    def chain(self, word: str, inner: Callable[[], Node]) -> Node:
        parts = [inner()]
        while self.accept("key", word):
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts))

    def negation(self) -> Node:
        if self.accept("key", "not"):
            return Logic("not", (self.negation(),))
        left = self.sum()
        kind, op = self.peek()
        if kind == "op" and op in COMPARISONS:
            self.next()
            return Compare(COMPARISONS[op], left, self.sum())
        return left

    def sum(self) -> Node:
        terms = [(1, self.product())]
        while self.peek() in (("op", "+"), ("op", "-")):
            sign = 1 if self.next()[1] == "+" else -1
            terms.append((sign, self.product()))
        return terms[0][1] if len(terms) == 1 else Sum(tuple(terms))

    def product(self) -> Node:
        factors = [(False, self.unary())]
        while self.peek() in (("op", "*"), ("op", "/")):
            divides = self.next()[1] == "/"
            factors.append((divides, self.unary()))
        return factors[0][1] if len(factors) == 1 else Product(tuple(factors))

    def unary(self) -> Node:
        if self.accept("op", "-"):
            return Sum(((-1, self.unary()),))
        kind, text = self.next()
        if kind == "number":
            return Number(Decimal(text))
        if kind == "percent":
            return Number(Decimal(text).scaleb(-2), percent=True)
        if kind == "text":
            return Text(text)
        if (kind, text) == ("op", "("):
            inner = self.expression()
            self.expect(")")
            return inner
        if kind == "name":
            if text in FUNCTIONS and self.peek() == ("op", "("):
                return self.call(text)
            return self.field(text)
        raise FormulaError(f"「{self.text}」在 {text or '结尾'!r} 处缺少一个数、字段或括号")

    def call(self, function: str) -> Node:
        self.expect("(")
        arguments = [self.expression()]
        while self.accept("op", ","):
            arguments.append(self.expression())
        self.expect(")")
        if function == "sum":
            return Sum(tuple((1, argument) for argument in arguments))
        if function not in ("min", "max") and len(arguments) != 1:
            raise FormulaError(f"「{self.text}」的 {function}() 只收一个参数")
        return Call(function, tuple(arguments))

    def field(self, name: str) -> Ref:
        form = ""
        if self.accept("op", "."):
            form, name = name, self.name()
        column = ""
        if self.accept("op", "["):
            column = self.name()
            self.expect("]")
        return Ref(name_key(name), name_key(form), name_key(column))

    def name(self) -> str:
        kind, text = self.next()
        if kind != "name":
            raise FormulaError(f"「{self.text}」在 {text or '结尾'!r} 处缺少名称")
        return text

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def next(self) -> tuple[str, str]:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def accept(self, kind: str, text: str) -> bool:
        if self.peek() == (kind, text):
            self.next()
            return True
        return False

    def expect(self, op: str) -> None:
        if not self.accept("op", op):
            raise FormulaError(f"「{self.text}」在 {self.peek()[1] or '结尾'!r} 处缺少 {op}")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise FormulaError(f"「{text}」里有不认识的符号 {text[position:].strip()[:1]!r}")
        position = match.end()
        if match["number"] is not None:
            yield ("percent" if match["percent"] else "number"), match["number"]
        elif match["text"] is not None:
            yield "text", match["text"]
        elif match["quoted"] is not None:
            yield "name", match["quoted"]
        elif match["name"] is not None:
            yield ("key" if match["name"] in _KEYWORDS else "name"), match["name"]
        else:
            yield "op", match["op"]
    yield "end", ""


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node."""
    if isinstance(node, Sum):
        return tuple(term for _, term in node.terms)
    if isinstance(node, Product):
        return tuple(factor for _, factor in node.factors)
    if isinstance(node, Compare):
        return node.left, node.right
    if isinstance(node, Logic):
        return node.parts
    if isinstance(node, Call):
        return node.arguments
    return ()


def refs(node: Node) -> tuple[Ref, ...]:
    """Every field in a tree, each once, in the order of the text."""
    return tuple(dict.fromkeys(_walk(node)))


def _walk(node: Node) -> Iterator[Ref]:
    if isinstance(node, Ref):
        yield node
    else:
        for child in children(node):
            yield from _walk(child)


def resolve(node: Node, replace: Callable[[Ref], Node]) -> Node:
    """The tree with every field replaced by what ``replace`` makes of it."""
    if isinstance(node, Ref):
        return replace(node)
    if isinstance(node, Sum):
        return Sum(tuple((sign, resolve(term, replace)) for sign, term in node.terms))
    if isinstance(node, Product):
        return Product(tuple((divides, resolve(factor, replace)) for divides, factor in node.factors))
    if isinstance(node, Compare):
        return Compare(node.op, resolve(node.left, replace), resolve(node.right, replace))
    if isinstance(node, Logic):
        return Logic(node.op, tuple(resolve(part, replace) for part in node.parts))
    if isinstance(node, Call):
        return Call(node.function, tuple(resolve(argument, replace) for argument in node.arguments))
    return node


def linear(node: Node) -> dict[Ref, int] | None:
    """The integer coefficient of each field where the tree is a plain sum of fields; None otherwise."""
    if isinstance(node, Ref):
        return {node: 1}
    if isinstance(node, Sum):
        found: dict[Ref, int] = {}
        for sign, term in node.terms:
            inner = linear(term)
            if inner is None:
                return None
            for ref, coefficient in inner.items():
                found[ref] = found.get(ref, 0) + sign * coefficient
        return found
    return None


def exact(
    node: Node, value: Callable[[Ref], Decimal | None], total: Callable[[Node], Decimal | None]
) -> Decimal | None:
    """The tree as one exact decimal, for showing; None where an input that counts is missing.

    ``value`` gives a field's number, ``total`` what ``total()`` of its argument is.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Ref):
        return value(node)
    if isinstance(node, Sum):
        parts = [(sign, exact(term, value, total)) for sign, term in node.terms]
        filled = [sign * part for sign, part in parts if part is not None]
        return sum(filled, Decimal(0)) if filled else None
    if isinstance(node, Product):
        result = Decimal(1)
        for divides, factor in node.factors:
            part = exact(factor, value, total)
            if part is None or (divides and part == 0):
                return None
            result = result / part if divides else result * part
        return result
    if isinstance(node, Call) and node.function in ("abs", "min", "max", "total"):
        if node.function == "total":
            return total(node.arguments[0])
        numbers = [number for argument in node.arguments if (number := exact(argument, value, total)) is not None]
        if len(numbers) < len(node.arguments):
            return None
        return abs(numbers[0]) if node.function == "abs" else min(numbers) if node.function == "min" else max(numbers)
    return None
