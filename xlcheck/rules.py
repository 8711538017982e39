"""Pack files → :class:`Pack`: forms, rules and the scoring tree of one place and year.

Everything is checked at load: unknown or repeated keys, unknown fields, columns, parameters and
placeholders stop with file:line, the nearest valid name and what to do (:class:`PackError`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from xlcheck.formfile import read_form
from xlcheck.forms import Form
from xlcheck.formula import FormulaError, Node, Number, Ref, parse
from xlcheck.labels import name_key, read_label
from xlcheck.locate import Locator
from xlcheck.model import Class
from xlcheck.packfile import Item, PackError, load, nearest
from xlcheck.reportfile import Patterns, load_report
from xlcheck.resources import rules_folder
from xlcheck.scope import CELL_DOMAINS, COLUMNS, PLACEHOLDER, PLACEHOLDERS, Scope
from xlcheck.scoring import Indicator, read_scoring

DEFAULT_PACK = "zhanjiang-2024"
PROCEDURES = (
    "paper-missing", "paper-unreadable", "form-not-recognised", "unit-name-differs", "year-differs",
    "amount-in-wrong-unit", "indicator-missing", "indicator-unknown",
    "report-figure-differs", "report-grade-differs", "report-figure-missing", "report-slot-blank",
    "report-parts-differ-from-total", "report-rate-differs", "full-marks-despite-problems", "full-marks-without-accounts",
)  # fmt: skip
_ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@dataclass(frozen=True, slots=True)
class Check:
    """One clause of a rule, resolved against the forms.

    ``domain`` is '' (one row a submission), a table's name or a cell domain; ``column`` is set by
    ``each 列``. A finding sits on the first of ``at`` that the paper has.
    """

    domain: str
    column: str
    require: Node
    when: Node | None
    at: tuple[Ref, ...]
    message: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its file states it; ``checks`` is empty where ``procedure`` names a built-in one.

    ``home`` is the pack whose file that is: its examples speak of that pack's indicators.
    """

    id: str
    title: str
    title_en: str
    cls: Class
    checks: tuple[Check, ...]
    procedure: str | None
    parameters: Mapping[str, Number]
    message: str
    message_en: str
    remedy: str
    remedy_en: str
    basis: str
    since: int | None
    until: int | None
    clauses: tuple[str, ...]
    examples: tuple[Item, ...]
    home: str
    file: str
    line: int

    def applies(self, year: int | None) -> bool:
        """Whether the rule is in force for an evaluation year."""
        if year is None:
            return True
        return (self.since is None or year >= self.since) and (self.until is None or year <= self.until)


@dataclass(frozen=True)
class Pack:
    """One place and year: everything about it that is data."""

    name: str
    title: str
    title_en: str
    year: int
    basis: str
    money: str
    papers: tuple[str, ...]
    bands: tuple[tuple[Decimal, str, tuple[str, ...]], ...]
    draft: tuple[str, ...]
    forms: tuple[Form, ...]
    rules: tuple[Rule, ...]
    indicators: tuple[Indicator, ...]
    report: Patterns | None = None
    folder: str = field(default="", compare=False)
    base: str = field(default="", compare=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pack's files, and of those of the pack that it extends."""
        found = hashlib.sha256()
        for folder in filter(None, (self.base, self.folder)):
            for path in sorted(Path(folder).rglob("*.yaml")):
                found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
        return found.hexdigest()

    def form(self, name: str) -> Form:
        """The form of that name."""
        return next(form for form in self.forms if form.name == name)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, or None."""
        return self._rules.get(rule_id)

    @cached_property
    def locator(self) -> Locator:
        """What finds the pack's forms in workbooks."""
        return Locator(self.forms, self.year)

    @cached_property
    def _rules(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def _indicators(self) -> Mapping[str, Indicator]:
        return {read_label(name).core: each for each in self.indicators for name in (each.name, *each.aliases)}

    def indicator(self, text: str) -> Indicator | None:
        """The indicator that a printed name means (「3.预算完成率（6分）」), or None."""
        label = read_label(text)
        return self._indicators.get(label.core) or self._indicators.get(label.stripped or "")


def pack_names() -> list[str]:
    """The packs that come with xlcheck."""
    return sorted(path.parent.name for path in rules_folder().glob("*/pack.yaml"))


def load_pack(pack: str | Path = DEFAULT_PACK) -> Pack:
    """The pack of a name, or in a folder; raises :class:`PackError`."""
    folder = rules_folder() / str(pack)
    if not (folder / "pack.yaml").is_file():
        folder = Path(pack)
    if not (folder / "pack.yaml").is_file():
        raise PackError(f"没有规则包「{pack}」：{nearest(str(pack), pack_names())}也可以给出含 pack.yaml 的文件夹。")
    root = load(folder / "pack.yaml")
    keys = root.mapping(
        ("title", "title_en", "year", "basis", "money", "papers", "bands", "draft", "extends"),
        required=("title", "title_en", "year", "basis", "money", "papers", "bands"),
    )
    base = rules_folder() / keys["extends"].choice(pack_names()) if "extends" in keys else None
    forms = tuple(read_form(load(path)) for path in _files(folder, base, "forms"))
    scope = Scope(forms)
    rules: list[Rule] = []
    for path in _files(folder, base, "checks"):
        for item in load(path).items():
            rule = _rule(item, scope)
            if any(rule.id == other.id for other in rules):
                raise item.error(f"规则编号「{rule.id}」已经用过，请另取一个。")
            rules.append(rule)
    return Pack(
        name=folder.name,
        title=keys["title"].text(),
        title_en=keys["title_en"].text(),
        year=keys["year"].whole(),
        basis=keys["basis"].text(),
        money=keys["money"].text(),
        papers=keys["papers"].texts(),
        bands=tuple(_bands(keys["bands"])),
        draft=keys["draft"].texts() if "draft" in keys else (),
        forms=forms,
        rules=tuple(rules),
        indicators=tuple(_indicators(folder, scope)),
        report=_report(folder, base, forms),
        folder=str(folder),
        base=str(base) if base is not None else "",
    )


def _files(folder: Path, base: Path | None, kind: str) -> list[Path]:
    """The files of a kind: the pack's own, and those of the pack it extends that it does not replace."""
    found = {path.name: path for path in sorted((base / kind).glob("*.yaml"))} if base is not None else {}
    found.update({path.name: path for path in sorted((folder / kind).glob("*.yaml"))})
    return list(found.values())


def _report(folder: Path, base: Path | None, forms: tuple[Form, ...]) -> Patterns | None:
    """How the narrative words its figures: the pack's own file, or that of the pack it extends."""
    for place in (folder, base):
        if place is not None and (place / "report.yaml").is_file():
            return load_report(place / "report.yaml", {form.name: list(form.cells) for form in forms})
    return None


def _bands(item: Item) -> Iterator[tuple[Decimal, str, tuple[str, ...]]]:
    previous: Decimal | None = None
    for band in item.items():
        keys = band.mapping(("from", "grade", "words"), required=("from", "grade"))
        lowest = keys["from"].number()
        if previous is not None and lowest >= previous:
            raise band.error("等级要从高到低排列，请调整顺序。")
        previous = lowest
        yield lowest, keys["grade"].text(), keys["words"].texts() if "words" in keys else ()


def _indicators(folder: Path, scope: Scope) -> Iterator[Indicator]:
    root = load(folder / "scoring.yaml")
    keys = root.mapping(("total", "indicators"), required=("total", "indicators"))
    weights = Decimal(0)
    for item in keys["indicators"].items():
        entry = item.mapping(
            ("name", "level1", "level2", "weight", "aliases", "value", "score", "basis"),
            required=("name", "level1", "level2", "weight", "score"),
        )
        value = scope.node(entry["value"], "", "", {}) if "value" in entry else None
        weights += entry["weight"].number()
        yield Indicator(
            name=entry["name"].text(),
            level1=entry["level1"].text(),
            level2=entry["level2"].text(),
            weight=entry["weight"].number(),
            scoring=read_scoring(entry["score"]),
            aliases=entry["aliases"].texts() if "aliases" in entry else (),
            value=value,
            basis=entry["basis"].text() if "basis" in entry else "",
            formula=entry["value"].text() if "value" in entry else "",
        )
    if weights != keys["total"].number():
        raise keys["total"].error(f"各指标分值加起来是 {weights}，不是 {keys['total'].text()}，请核对。")


_RULE_KEYS = (
    "id", "title", "title_en", "class", "require", "when", "at", "clauses", "procedure", "parameters", "message",
    "message_en", "remedy", "remedy_en", "basis", "since", "until", "examples",
)  # fmt: skip


def _rule(item: Item, scope: Scope) -> Rule:
    keys = item.mapping(_RULE_KEYS, required=("id", "title", "title_en", "class", "remedy", "remedy_en", "basis", "examples"))  # fmt: skip
    if not _ID.match(keys["id"].text()):
        raise keys["id"].error("规则编号只用小写字母、数字和连字符，例如 carryover-does-not-balance。")
    if sum(key in keys for key in ("require", "clauses", "procedure")) != 1:
        raise item.error("规则要有且只有 require、clauses、procedure 三者之一。")
    parameters = {}
    if "parameters" in keys:
        for name, value in keys["parameters"].mapping().items():
            parameters[name_key(name)] = Number(value.number(), percent=value.text().strip().endswith("%"))
    checks: list[Check] = []
    clauses: list[str] = []
    sources = list(keys["clauses"].items()) if "clauses" in keys else [item] if "require" in keys else []
    for source in sources:
        entry = source.mapping(("require", "when", "at", "message", "message_en"), required=("require", "at")) if "clauses" in keys else keys  # fmt: skip
        if "at" not in entry:
            raise source.error("缺少键「at」：写明问题落在哪一格。")
        clauses.append(entry["require"].text())
        made = list(_checks(entry, keys, scope, parameters))
        used = {name_key(word) for text in (made[0].message, made[0].message_en) for word in PLACEHOLDER.findall(text)}
        unused = [name for name in parameters if name not in used and not any(_mentions(e["require"].text(), name) for e in (entry,))]  # fmt: skip
        if unused:
            raise source.error(f"参数「{unused[0]}」没有用到，请删去或写进公式。")
        checks.extend(made)
    return Rule(
        id=keys["id"].text(),
        title=keys["title"].text(),
        title_en=keys["title_en"].text(),
        cls=Class(keys["class"].choice([str(cls) for cls in Class])),
        checks=tuple(checks),
        procedure=keys["procedure"].choice(PROCEDURES) if "procedure" in keys else None,
        parameters=parameters,
        message=keys["message"].text() if "message" in keys else "",
        message_en=keys["message_en"].text() if "message_en" in keys else "",
        remedy=keys["remedy"].text(),
        remedy_en=keys["remedy_en"].text(),
        basis=keys["basis"].text(),
        since=keys["since"].whole() if "since" in keys else None,
        until=keys["until"].whole() if "until" in keys else None,
        clauses=tuple(clauses),
        examples=tuple(keys["examples"].items()),
        home=item.path.parent.parent.name,
        file=f"{item.path.parent.name}/{item.path.name}",
        line=item.line,
    )


def _mentions(text: str, name: str) -> bool:
    return name in name_key(text)


def _checks(entry: dict[str, Item], keys: dict[str, Item], scope: Scope, parameters: Mapping[str, Number]) -> Iterator[Check]:  # fmt: skip
    """The checks of one clause: one, or with ``each 列`` one a column of the section."""
    try:
        each, tree = parse(entry["require"].text())
    except FormulaError as error:
        raise entry["require"].error(f"{error}。请对照 docs/rules.md 的写法。") from error
    default = "填 {填}，按{式}应为 {应为}（{差}）。", "is {填}; by {式} it should be {应为} ({差})."
    message = entry.get("message") or keys.get("message")
    message_en = entry.get("message_en") or keys.get("message_en")
    if each is not None and each not in (COLUMNS, *CELL_DOMAINS) and each not in scope.tables:
        raise entry["require"].error(
            f"不认识的「each {each}」，{nearest(each, (COLUMNS, *scope.tables, *CELL_DOMAINS))}"
        )
    columns = scope.columns(entry["require"], tree, parameters) if each == COLUMNS else ("",)
    domain = "" if each in (None, COLUMNS) else str(each)
    for column in columns:
        require = scope.resolved(entry["require"], tree, domain, column, parameters)
        when = scope.node(entry["when"], domain, column, parameters) if "when" in entry else None
        texts = message.text() if message is not None else default[0], message_en.text() if message_en is not None else default[1]  # fmt: skip
        for item, text in ((message or entry["require"], texts[0]), (message_en or entry["require"], texts[1])):
            for word in PLACEHOLDER.findall(text):
                if word not in PLACEHOLDERS and name_key(word) not in parameters:
                    scope.placeholder(item, word, domain, column)
        yield Check(domain, column, require, when, tuple(scope.places(entry["at"], domain, column)), *texts)
