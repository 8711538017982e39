"""Which cell is probably wrong: the one whose correction repairs what fails and breaks nothing that holds.

The balances of a submission are read as linear equations over its cells. A cell is a suspect where one
new value satisfies every failed equation that it takes part in and no passed one fails by it; typing
slips (digits swapped, a point out of place, a sign) are recognised and named. The tolerance is the
rules' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from xlcheck.columns import Rows
from xlcheck.forms import label_of
from xlcheck.formula import Call, Compare, Node, Number, Ref, Sum
from xlcheck.model import Finding, Kind, Place, Submission, Suspect, Value
from xlcheck.rules import Check, Pack, Rule
from xlcheck.scope import CELL_DOMAINS

_MOST_SUSPECTS = 3
_UNIT_RULE = "amount-in-wrong-unit"
_TELLING = frozenset({"swapped", "point", "unit", "sign"})  # slips that chance hardly ever imitates
SLIPS = {
    "swapped": ("数字颠倒", "two digits are swapped"),
    "digit": ("一位数字有误", "one digit is wrong"),
    "length": ("多填或漏填一位数字", "a digit is missing or doubled"),
    "point": ("小数点错位", "the point is out of place"),
    "unit": ("元与万元混用", "元 and 万元 are confused"),
    "sign": ("正负号有误", "the sign is wrong"),
    "blank": ("漏填", "left blank"),
    "only": ("改正此处则各项全部平衡", "correcting it makes everything balance"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """A cell in an equation: its coefficient, and what stands there."""

    coefficient: int
    value: Value
    label: str

    @property
    def number(self) -> Decimal:
        """The number in the cell, zero where none counts so."""
        return self.value.number if self.value.number is not None else Decimal(0)


@dataclass(frozen=True)
class Equation:
    """Terms whose sum, with ``constant``, should be zero within ``tolerance``."""

    rule: str
    place: Place
    terms: tuple[Term, ...]
    constant: Decimal

    @cached_property
    def residual(self) -> Decimal:
        """What the sum is."""
        return sum((term.coefficient * term.number for term in self.terms), self.constant)

    @cached_property
    def tolerance(self) -> Decimal:
        """What rounding alone may leave."""
        return sum((abs(term.coefficient) * term.value.half_width for term in self.terms), Decimal(0))

    def holds_with(self, place: Place, number: Decimal) -> bool:
        """Whether the equation holds once the cell at ``place`` holds ``number``."""
        change = sum(term.coefficient * (number - term.number) for term in self.terms if term.value.place == place)
        return abs(self.residual + change) <= self.tolerance


def attach(findings: Sequence[Finding], submission: Submission, index: int, pack: Pack, rows: Rows, lang: str) -> list[Finding]:  # fmt: skip
    """The findings of one submission with their suspects, and with what follows from another one marked so."""
    made = list(findings)
    balanced = not any(
        (rule := pack.rule(each.rule)) is not None and any(map(_is_equation, rule.checks)) for each in made
    )
    lines = [] if balanced else list(equations(submission, index, pack, rows))
    failed = [line for line in lines if abs(line.residual) > line.tolerance]
    holding = [line for line in lines if abs(line.residual) <= line.tolerance]
    for place, suspect, repaired in _suspects(failed, holding, lang):
        keys = {(line.rule, line.place) for line in repaired}
        hit = [number for number, each in enumerate(made) if (each.rule, each.place) in keys]
        for number in hit:
            if len(made[number].suspects) < _MOST_SUSPECTS:
                made[number] = replace(made[number], suspects=(*made[number].suspects, suspect))
        if len(hit) > 1 and all(made[number].caused_by is None for number in hit):
            _lead(made, hit, place)
    for number, each in enumerate(made):
        rule = pack.rule(each.rule)
        if rule is not None and each.suspects and _is_worth_saying(each, lang):
            made[number] = replace(each, message=_worded(each, rule, lang))
    _follow(made)
    return made


def equations(submission: Submission, index: int, pack: Pack, rows: Rows) -> Iterator[Equation]:
    """The decided linear equations of a submission."""
    for rule in pack.rules:
        for check in rule.checks:
            if not _is_equation(check):
                continue
            table = rows.tables[check.domain] if check.domain else rows
            owned = [index] if table.owner is None else [int(row) for row in (table.owner == index).nonzero()[0]]
            for row in owned:
                line = _equation(rule, check, submission, pack, table, row)
                if line is not None:
                    yield line


def _is_equation(check: Check) -> bool:
    return check.domain not in CELL_DOMAINS and isinstance(check.require, Compare) and check.require.op == "="


def _equation(rule: Rule, check: Check, submission: Submission, pack: Pack, rows: Rows, row: int) -> Equation | None:
    assert isinstance(check.require, Compare)
    terms: list[Term] = []
    constant = Decimal(0)
    for sign, side in ((1, check.require.left), (-1, check.require.right)):
        found = _terms(side, sign, pack, rows, row)
        if found is None or not any(isinstance(each, Decimal) or each.value.number is not None for each in found):
            return None  # not linear, or a side without any number: undecided
        terms += [each for each in found if isinstance(each, Term)]
        constant += sum((each for each in found if isinstance(each, Decimal)), Decimal(0))
    for term in terms:
        if term.value.number is None and term.value.kind in (Kind.TEXT, Kind.ERROR):
            return None
    for side in (check.require.left, check.require.right):
        if isinstance(side, Ref) and rows.column(side).values and _number(rows, side, row) is None:
            return None
    places = [value.place for ref in check.at if (value := _value(rows, ref, row)) is not None]
    if not places:
        return None
    known = tuple(term for term in terms if term.value.place.file)
    constant += sum((term.coefficient * term.number for term in terms if not term.value.place.file), Decimal(0))
    return Equation(rule.id, places[0], known, constant)


def _value(rows: Rows, ref: Ref, row: int) -> Value | None:
    try:
        values = rows.column(ref).values
    except KeyError:
        return None
    return values[row] if values else None


def _number(rows: Rows, ref: Ref, row: int) -> Decimal | None:
    value = _value(rows, ref, row)
    return value.number if value is not None else None


def _terms(node: Node, sign: int, pack: Pack, rows: Rows, row: int) -> list[Term | Decimal] | None:
    """A side of an equation as terms and constants; None where it is not linear."""
    if isinstance(node, Number):
        return [sign * node.value]
    if isinstance(node, Ref):
        value = _value(rows, node, row)
        if value is None:
            return []
        if rows.names and node in rows.columns:
            return [Term(sign, value, f"{rows.names[row]}·{node.name}")]
        form = next((form for form in pack.forms if form.name == node.form), None)
        return [Term(sign, value, label_of(node.name, node.column, form))]
    if isinstance(node, Sum):
        found: list[Term | Decimal] = []
        for own, term in node.terms:
            inner = _terms(term, sign * own, pack, rows, row)
            if inner is None:
                return None
            found += inner
        return found
    if isinstance(node, Call) and node.function == "total" and isinstance(node.arguments[0], Ref):
        ref = node.arguments[0]
        table = rows.tables.get(ref.form)
        if table is None or table.owner is None:
            return None
        values = table.columns[ref].values
        return [
            Term(sign, value, f"{table.names[at]}·{ref.name}")
            for at in (table.owner == row).nonzero()[0]
            if (value := values[at]) is not None
        ]
    return None


def _suspects(failed: Sequence[Equation], holding: Sequence[Equation], lang: str) -> Iterator[tuple[Place, Suspect, list[Equation]]]:  # fmt: skip
    """(place, suspect, the equations that it repairs), the strongest first."""
    found: list[tuple[tuple[int, int], Place, Suspect, list[Equation]]] = []
    seen: set[Place] = set()
    for line in failed:
        for term in line.terms:
            if term.value.place in seen:
                continue
            seen.add(term.value.place)
            touched = [each for each in failed if any(other.value.place == term.value.place for other in each.terms)]
            others = [each for each in holding if any(other.value.place == term.value.place for other in each.terms)]
            for number, slip in _proposals(term, touched[0]):
                if all(each.holds_with(term.value.place, number) for each in (*touched, *others)):
                    if len(touched) > 1 or slip != "only":
                        rank = (-len(touched), list(SLIPS).index(slip))
                        shown = _shown(number, term.value)
                        reason = SLIPS[slip][lang == "en"]
                        suspect = Suspect(term.value.place, term.label, shown, reason)
                        found.append((rank, term.value.place, suspect, touched))
                    break
    found.sort(key=lambda entry: entry[0])
    for _, place, suspect, touched in found:
        yield place, suspect, touched


def _proposals(term: Term, line: Equation) -> Iterator[tuple[Decimal, str]]:
    """Values that would satisfy the equation, with the slip that explains each: plain slips before the bare value."""
    if term.value.number is None and term.value.kind is not Kind.BLANK:
        return  # 「—」 was written on purpose
    exact = term.number - line.residual / term.coefficient
    unit = Decimal(1).scaleb(-_decimals(term.value)) * term.value.scale
    steps = int(line.tolerance / unit) if unit else 0
    near = sorted(range(-min(steps, 5), min(steps, 5) + 1), key=abs)
    for step in near:
        number = exact + step * unit
        slip = _slip(term.value, number)
        if slip is not None:
            yield number, slip
    if exact >= 0:
        yield exact, "only"


def _decimals(value: Value) -> int:
    if value.kind is Kind.BLANK:
        return 2
    if not value.half_width:
        return max(0, -int(value.number.as_tuple().exponent)) if value.number is not None else 0
    exponent = (value.half_width / value.scale).normalize().as_tuple().exponent
    return max(0, -int(exponent) - 1)


def _shown(number: Decimal, like: Value) -> str:
    return f"{number / like.scale:.{min(_decimals(like), 6)}f}"


def _slip(value: Value, number: Decimal) -> str | None:
    """The typing slip that turns ``number`` into what stands in the cell, or None."""
    if value.number is None:
        return "blank" if value.kind is Kind.BLANK and number > 0 else None
    if number == 0 or value.number == 0:
        return None
    if number == -value.number:
        return "sign"
    if number < 0 or value.number < 0:
        return None
    for power in (1, -1, 2, -2, 3, -3, 4, -4):
        if number == value.number.scaleb(power):
            return "unit" if abs(power) == 4 else "point"
    printed, meant = _shown(value.number, value), _shown(number, value)
    if Decimal(meant) * value.scale != number:
        return None
    if len(printed) == len(meant):
        apart = [at for at, (a, b) in enumerate(zip(printed, meant, strict=True)) if a != b]
        if len(apart) == 2 and printed[apart[0]] == meant[apart[1]] and printed[apart[1]] == meant[apart[0]]:
            return "swapped"
        return "digit" if len(apart) == 1 else None
    longer, shorter = sorted((printed.replace(".", ""), meant.replace(".", "")), key=len, reverse=True)
    if len(longer) - len(shorter) == 1 and any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer))):
        return "length"
    return None


def _lead(made: list[Finding], hit: Sequence[int], place: Place) -> None:
    """Put the findings that one cell explains under the one that sits on it, or else under the first."""
    leading = next((number for number in hit if made[number].place == place), hit[0])
    for number in hit:
        if number != leading:
            made[number] = replace(made[number], caused_by=made[leading].fingerprint)


def _is_worth_saying(finding: Finding, lang: str) -> bool:
    """Whether the first suspect belongs in the sentence: it is this very cell, explains more, or is a telling slip."""
    suspect = finding.suspects[0]
    telling = {SLIPS[slip][lang == "en"] for slip in _TELLING}
    return suspect.place == finding.place or finding.caused_by is not None or suspect.reason in telling


def _worded(finding: Finding, rule: Rule, lang: str) -> str:
    """The message with the first suspect before the remedy."""
    suspect = finding.suspects[0]
    own = suspect.place == finding.place
    if lang == "en":
        remedy = " " + rule.remedy_en
        words = f" Probably {suspect.reason}." if own else f" Probably {suspect.field} ({suspect.place.cell}) should be {suspect.value}: {suspect.reason}."  # fmt: skip
    else:
        remedy = rule.remedy
        words = f"疑为{suspect.reason}，" if own else f"疑为 {suspect.place.cell}「{suspect.field}」应填 {suspect.value}（{suspect.reason}），"  # fmt: skip
    return finding.message.removesuffix(remedy) + words + remedy


def _follow(made: list[Finding]) -> None:
    """Findings on a cell in the wrong unit follow from that; a report's figure follows from the cell it is held against."""
    leads: Mapping[Place, Finding] = {each.place: each for each in made if each.rule == _UNIT_RULE}
    suspected = {each.suspects[0].place: each for each in made if each.suspects and each.caused_by is None}
    for number, each in enumerate(made):
        if each.caused_by is not None or each.rule == _UNIT_RULE:
            continue
        lead = leads.get(each.place) or next((leads[r.place] for r in each.related if r.place in leads), None)
        if lead is None and each.rule == "report-figure-differs":
            lead = next((suspected[r.place] for r in each.related if r.place in suspected), None)
        if lead is not None and lead.fingerprint != each.fingerprint:
            made[number] = replace(each, caused_by=lead.fingerprint)
