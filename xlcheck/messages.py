"""A failed check as a finding: where, what it says, what it should say, by how much, what to do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.columns import Rows
from xlcheck.evaluate import grade_of
from xlcheck.forms import label_of
from xlcheck.formula import Call, Compare, Node, Number, Product, Ref, children, exact, linear, parse, refs
from xlcheck.labels import name_key
from xlcheck.model import Class, Finding, Kind, Place, Related, Severity, Submission, Value
from xlcheck.papers.numbers import plain, show_date
from xlcheck.procedures import Outcome
from xlcheck.rules import Check, Pack, Rule
from xlcheck.scope import CELL_DOMAINS, PLACEHOLDER
from xlcheck.sentences import sentence

SEVERITY = {Class.BALANCE: Severity.ERROR, Class.LOGIC: Severity.ERROR, Class.PLAUSIBILITY: Severity.WARNING}
_MOST_RELATED = 40


@dataclass(frozen=True, slots=True)
class Words:
    """The few words that messages are made of, in one language."""

    more: str
    less: str
    points: str
    empty: str


WORDS = {
    "zh": Words("多 {}", "少 {}", "{} 个百分点", "（空）"),
    "en": Words("{} too much", "{} too little", "{} percentage points", "(blank)"),
}


def decimals_of(value: Value, form_decimals: int = 2) -> int:
    """The digits behind the point that a value was printed with."""
    if not value.half_width:
        return form_decimals
    exponent = (value.half_width / value.scale).normalize().as_tuple().exponent
    return max(0, -exponent - 1) if isinstance(exponent, int) else form_decimals


def shown(number: Decimal, kind: str, like: Value | None = None) -> str:
    """A number as the workbook shows numbers of that kind, in the unit and digits of ``like``."""
    if kind == "date":
        return show_date(int(number))
    if kind in ("percent", "indicator"):
        digits = 2 if like is None or not like.half_width else max(2, min(6, decimals_of(like) - 2))
        return f"{number * 100:.{digits}f}%"
    if kind == "amount":
        digits = decimals_of(like) if like is not None else 2
        return f"{number / (like.scale if like is not None else 1):.{min(digits, 6)}f}"
    return plain(number)


class Scene:
    """One failed row of a check: looks up what stands where, and words the finding."""

    def __init__(self, pack: Pack, submission: Submission, check: Check, rows: Rows, row: int, lang: str) -> None:
        self.pack, self.submission, self.check, self.rows, self.row = pack, submission, check, rows, row
        self.lang, self.words = lang, WORDS[lang]

    def value(self, ref: Ref) -> Value | None:
        """What stands in a field, for this row."""
        try:
            values = self.rows.column(ref).values
        except KeyError:
            document = self.submission.document(ref.form)
            return document.fields.get((ref.name, ref.column)) if document is not None else None
        return values[self.row] if values else None

    def number(self, ref: Ref) -> Decimal | None:
        """The number in a field, zero where a missing one counts so in sums is left to the caller."""
        value = self.value(ref)
        return value.number if value is not None else None

    def kind(self, ref: Ref) -> str:
        """The kind of a field: amount, percent …"""
        if ref.form in CELL_DOMAINS:
            return ""
        for form in self.pack.forms:
            for table in form.tables:
                if table.name == ref.form:
                    kinds = {column.name: column.kind for column in table.columns}
                    return {"规定分值": "score", "应有值": "percent"}.get(ref.name) or kinds[ref.name]
        return self.pack.form(ref.form).cells[ref.name, ref.column].kind

    def label(self, ref: Ref) -> str:
        """A field as messages name it."""
        if ref.form in CELL_DOMAINS:
            return self.rows.names[self.row]
        if self.rows.names and ref in self.rows.columns:
            return f"{self.rows.names[self.row]}·{ref.name}"
        form = next((form for form in self.pack.forms if form.name == ref.form), None)
        return label_of(ref.name, ref.column, form)

    def node_kind(self, node: Node) -> str:
        """The kind of number that a tree gives."""
        if isinstance(node, Number):
            return "percent" if node.percent else "count"
        if isinstance(node, Ref):
            return self.kind(node)
        if isinstance(node, Product):
            return "percent" if any(divides for divides, _ in node.factors) else "amount"
        kinds = [self.node_kind(child) for child in children(node)]
        if "percent" in kinds:
            return "percent"
        if kinds and set(kinds) == {"date"}:
            return "count"
        return kinds[0] if kinds else "count"

    def exact(self, node: Node) -> Decimal | None:
        """A tree's exact number for this row."""
        return exact(node, self.number, self._total)

    def lines(self, node: Node) -> list[tuple[str, Ref, Value]]:
        """(name of the line, field, value) of the table lines that a ``total()`` adds up."""
        found = []
        for ref in refs(node):
            table = self.rows.tables.get(ref.form)
            if table is not None and table.owner is not None and ref in table.columns:
                values = table.columns[ref].values
                for at in (table.owner == self.row).nonzero()[0]:
                    value = values[at]
                    if value is not None:
                        found.append((table.names[at], ref, value))
        return found

    def _total(self, node: Node) -> Decimal | None:
        numbers = [value.number for _, _, value in self.lines(node) if value.number is not None]
        return sum(numbers, Decimal(0)) if numbers else None

    def place(self) -> tuple[Place, Ref, Value | None]:
        """Where the finding sits: the first field of ``at`` that the paper has, else anything it speaks of."""
        for ref in (*self.check.at, *refs(self.check.require)):
            value = self.value(ref)
            if value is not None and value.place.file:
                return value.place, ref, value
            for document in self.submission.documents:
                anchor = document.anchors.get(f"{ref.form}.{ref.name}")
                if anchor is not None:
                    return anchor, ref, None
        first = next(iter(self.submission.documents), None)
        return Place(first.file if first is not None else self.submission.folder), self.check.at[0], None


def finding(rule: Rule, scene: Scene) -> Finding:
    """Word the finding of one failed row."""
    check, lang = scene.check, scene.lang
    place, at, value = scene.place()
    kind = scene.kind(at)
    expected, actual, difference, words = _compare(scene, at, value, kind)
    left, right = _sides(scene)
    filling = {
        "填": value.text.strip() if value is not None and value.text.strip() else scene.words.empty,
        "应为": expected or "",
        "差": words,
        "式": _formula(check.require, at),
        "左": left,
        "右": right,
    }

    def fill(match: re.Match[str]) -> str:
        word = match[1]
        if word in filling:
            return filling[word]
        parameter = rule.parameters.get(name_key(word))
        if parameter is not None:
            return sentence(parameter)
        _, tree = parse(word)
        assert isinstance(tree, Ref)
        for ref in (*refs(check.require), *check.at):
            if name_key(ref.name) == tree.name and (not tree.column or name_key(ref.column) == tree.column):
                named = scene.value(ref)
                return named.text.strip() if named is not None and named.text.strip() else scene.words.empty
        return word

    label = scene.label(at)
    text = PLACEHOLDER.sub(fill, check.message if lang == "zh" else check.message_en)
    remedy = rule.remedy if lang == "zh" else " " + rule.remedy_en
    related = tuple(_related(scene, place))
    return Finding(
        rule=rule.id,
        cls=rule.cls,
        severity=SEVERITY[rule.cls],
        unit=scene.submission.unit,
        folder=scene.submission.folder,
        place=place,
        field=label,
        message=f"{label} {text}{remedy}",
        fingerprint=fingerprint(scene.submission, rule.id, label, [filling["填"], *(r.value for r in related)]),
        expected=expected,
        actual=actual,
        difference=difference,
        related=related,
    )


def stated(rule: Rule, submission: Submission, outcome: Outcome, lang: str) -> Finding:
    """Word the finding of a procedure's failure; a unit's text is never read as a placeholder."""
    words = {"填": outcome.actual, "应为": outcome.expected, "左": outcome.left}
    text = PLACEHOLDER.sub(
        lambda match: words.get(match[1], match[0]), rule.message if lang == "zh" else rule.message_en
    )
    about = f"{outcome.field} " if outcome.place.cell or outcome.place.paragraph else ""
    return Finding(
        rule=rule.id,
        cls=rule.cls,
        severity=SEVERITY[rule.cls],
        unit=submission.unit,
        folder=submission.folder,
        place=outcome.place,
        field=outcome.field,
        message=f"{about}{text}{rule.remedy if lang == 'zh' else ' ' + rule.remedy_en}",
        fingerprint=fingerprint(submission, rule.id, outcome.field, [outcome.actual, outcome.expected, outcome.left]),
        expected=outcome.expected or None,
        actual=outcome.actual or None,
        related=outcome.related,
    )


def fingerprint(submission: Submission, rule: str, label: str, operands: Sequence[str]) -> str:
    """Sixteen hex digits that name unit, rule, field and operands: new numbers, new fingerprint."""
    who = submission.code or name_key(submission.unit) or submission.folder
    text = "\x1f".join((who, rule, name_key(label), *operands))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _compare(scene: Scene, at: Ref, value: Value | None, kind: str) -> tuple[str | None, str | None, str | None, str]:
    """(expected, actual, signed difference, difference in words) of the cell that the finding sits on."""
    require = scene.check.require
    actual = value.text.strip() if value is not None else None
    if not isinstance(require, Compare):
        return None, actual, None, ""
    target: Decimal | None = None
    if require.op == "=":
        target = _solve(scene, require, at)
        if target is None and isinstance(require.right, Call) and require.right.function == "grade":
            score = scene.exact(require.right.arguments[0])
            return (grade_of(score, scene.pack.bands) if score is not None else None), actual, None, ""
    elif require.left == at:
        limit = scene.exact(require.right)
        return (f"{require.op} {shown(limit, kind, value)}" if limit is not None else None), actual, None, ""
    else:
        left, limit = scene.exact(require.left), scene.exact(require.right)
        kind_left = scene.node_kind(require.left)
        return (
            f"{require.op} {shown(limit, kind_left)}" if limit is not None else None,
            shown(left, kind_left) if left is not None else actual,
            None,
            "",
        )
    if target is None:
        return None, actual, None, ""
    expected = shown(target, kind, value)
    if value is None or value.number is None:
        return expected, actual, None, ""
    gap = value.number - target
    if kind in ("percent", "indicator"):
        size = f"{abs(gap) * 100:.2f}"
        words = scene.words.points.format(size)
    else:
        size = shown(abs(gap), kind, value)
        words = size
    phrase = (scene.words.more if gap > 0 else scene.words.less).format(words)
    return expected, actual, ("-" if gap < 0 else "") + size, phrase


def _solve(scene: Scene, require: Compare, at: Ref) -> Decimal | None:
    """What the cell ``at`` should hold for the equation to be true, all else being right."""
    if require.left == at:
        return scene.exact(require.right)
    if require.right == at:
        return scene.exact(require.left)
    left, right = linear(require.left), linear(require.right)
    if left is None or right is None:
        return None
    coefficient = left.get(at, 0) - right.get(at, 0)
    lhs, rhs, own = scene.exact(require.left), scene.exact(require.right), scene.number(at)
    if not coefficient or lhs is None or rhs is None:
        return None
    return (own or Decimal(0)) - (lhs - rhs) / coefficient


def _sides(scene: Scene) -> tuple[str, str]:
    require = scene.check.require
    if not isinstance(require, Compare):
        return "", ""
    sides = []
    for side in (require.left, require.right):
        if isinstance(side, Call) and side.function == "grade":
            score = scene.exact(side.arguments[0])
            sides.append(grade_of(score, scene.pack.bands) or "" if score is not None else "")
            continue
        number = scene.exact(side)
        sides.append(shown(number, scene.node_kind(side)) if number is not None else "")
    return sides[0], sides[1]


def _formula(require: Node, at: Ref) -> str:
    """The side of an equation that the cell ``at`` is compared with, in words."""
    if not isinstance(require, Compare):
        return sentence(require)
    side = require.right if require.left == at else require.left if require.right == at else require
    text = sentence(side)
    return re.sub(r"\[[^\]]*\]", "", text) if len({ref.column for ref in refs(side)}) == 1 else text


def _related(scene: Scene, place: Place) -> list[Related]:
    found: list[Related] = []
    for node in (scene.check.require, scene.check.when):
        for ref in refs(node) if node is not None else ():
            value = scene.value(ref)
            if value is not None and value.place != place and value.place.file and value.place.cell:
                found.append(Related(value.place, scene.label(ref), value.text.strip()))
        if node is not None:
            for name, ref, value in scene.lines(node):
                if value.kind is not Kind.BLANK:
                    found.append(Related(value.place, f"{name}·{ref.name}", value.text.strip()))
    return list(dict.fromkeys(found))[:_MOST_RELATED]
