"""The rules' own examples, and that every rule can answer both ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlcheck import examples, linting
from xlcheck.model import Verdict
from xlcheck.packfile import PackError
from xlcheck.resources import rules_folder
from xlcheck.rules import Pack, load_pack, pack_names

PACKS = {name: load_pack(name) for name in pack_names()}
RULES = [(name, rule.id) for name, pack in PACKS.items() for rule in pack.rules if rule.home == name]


@pytest.mark.parametrize(("pack", "rule_id"), RULES)
def test_a_rules_examples(pack: str, rule_id: str) -> None:
    rule = PACKS[pack].rule(rule_id)
    assert rule is not None
    outcomes = list(examples.run(rule, PACKS[pack]))
    assert [(o.item.line, o.said) for o in outcomes] == [(o.item.line, o.expected) for o in outcomes]
    said = {outcome.said for outcome in outcomes}
    assert {Verdict.PASSED, Verdict.FAILED} <= said, "a rule must be able to answer both ways"


@pytest.mark.parametrize("pack", PACKS)
def test_no_doubts(pack: str) -> None:
    assert list(linting.lint(PACKS[pack])) == []


def broken_pack(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the default pack with one mistake in it."""
    source = rules_folder() / "zhanjiang-2024"
    for path in source.rglob("*.yaml"):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("checks/balances.yaml", "= 行政编制 + 工勤编制", "= 行政编治 + 工勤编制", ("balances.yaml:7", "行政编治", "行政编制")),
        ("checks/balances.yaml", "  basis: 编制数", "  bases: 编制数", ("bases", "basis")),
        ("checks/balances.yaml", "  at: 编制数\n", "  at: 编制数\n  at: 编制数\n", ("at", "两次")),
        ("checks/rates.yaml", "填 {填}，但编制数", "填 {添}，但编制数", ("添",)),
        ("checks/plausibility.yaml", "{下限: 80%}", "{下线: 80%}", ("下",)),
        ("checks/papers.yaml", "procedure: paper-missing", "procedure: paper-mising", ("paper-mising", "paper-missing")),
        ("checks/scores.yaml", "id: score-over-weight", "id: weights-differ-from-pack", ("weights-differ-from-pack",)),
        ("scoring.yaml", "weight: 6, score", "weight: 7, score", ("100",)),
        ("pack.yaml", "year: 2024", "year: 二〇二四", ("pack.yaml:3",)),
    ],
)  # fmt: skip
def test_a_mistake_in_a_pack_is_named(tmp_path: Path, file: str, old: str, new: str, words: tuple[str, ...]) -> None:
    with pytest.raises(PackError) as caught:
        load_pack(broken_pack(tmp_path / "p", file, old, new))
    for word in (*words, file.rpartition("/")[2]):
        assert word in str(caught.value)


def test_an_unknown_pack_is_named_with_what_there_is() -> None:
    with pytest.raises(PackError, match="zhanjiang-2024"):
        load_pack("zhanjang-2024")


def test_codes_are_text(tmp_path: Path) -> None:
    """0201 is never read as 129."""
    pack: Pack = PACKS["zhanjiang-2024"]
    rule = pack.rule("field-blank")
    assert rule is not None
    submission, _ = examples.build(rule.examples[0], pack)
    assert submission.documents[0].fields["单位预算编码", "数值"].text == "0201"
