"""Reports in unseen wording: the judge's sets of texts that were mended against, and sentences of published texts."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.report_judge import run
from tests.report_truths import alarms, truths
from xlcheck.papers.prose import read_prose
from xlcheck.reportfile import Patterns
from xlcheck.reportsentences import sentences
from xlcheck.reporttext import blank_slots
from xlcheck.rules import load_pack
from xlcheck.statements import statements

PUBLISHED = yaml.safe_load((Path(__file__).parent / "published_sentences.yaml").read_text(encoding="utf-8"))
SENTENCES = [(source["year"], sentence) for source in PUBLISHED for sentence in source["sentences"]]


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    report = load_pack().report
    assert report is not None
    return report


MENDED = ("first", "second", "third", "fourth", "fifth", "sixth")
ALARMS_MENDED = (
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
)


@pytest.mark.parametrize("group", [*MENDED, *ALARMS_MENDED])
def test_a_spoiled_figure_is_found_in_its_sentence(group: str) -> None:
    """Where only alarms were mended first, each figure is spoiled in one way; ``tests.report_judge`` does it in all."""
    share, ways = (Decimal("0.05"), None) if group in MENDED else (Decimal("0.10"), 1)
    trials, alarms = run(group, load_pack(), ways)
    missed = Counter(f"{trial.text} {trial.slot.name}" for trial in trials if not trial.found)
    assert not alarms
    assert len(trials) > 300
    assert missed.total() <= share * len(trials), missed.most_common()


def test_nothing_is_said_of_what_is_true() -> None:
    assert len(list(truths())) > 350
    assert not list(alarms(load_pack()))


@pytest.mark.parametrize(("year", "sentence"), SENTENCES, ids=[each["says"][:24] for _, each in SENTENCES])
def test_a_published_sentence_is_read(year: int, sentence: dict[str, Any], patterns: Patterns) -> None:
    prose = read_prose(sentence["says"].encode(), "公开.txt")
    found = {}
    for each in statements(prose, patterns):
        if each.value.number is not None and (each.period if each.year is None else each.year) in (None, year):
            found[each.figure] = each.value.number
    wanted = {figure: Decimal(printed) for figure, printed in sentence["figures"].items()}
    assert found == wanted
    assert bool(list(blank_slots(list(sentences(prose))))) == sentence.get("empty", False)


def test_the_sentences_are_many_and_of_many_texts() -> None:
    assert len(SENTENCES) >= 40
    assert len(PUBLISHED) >= 10
