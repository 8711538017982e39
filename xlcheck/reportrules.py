"""The rules that hold the narrative report against the unit's forms.

Each is a plain function from (rule, submission, pack, reading) to outcomes, like those of
:mod:`xlcheck.procedures`; the closed list is :data:`PROCEDURES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from xlcheck.evaluate import quantity
from xlcheck.expressions import expression
from xlcheck.frame import build
from xlcheck.model import Kind, Place, Related, Submission, Value, Verdict
from xlcheck.papers import numbers
from xlcheck.procedures import PASSED, REPORT, SCORES, UNDECIDED, Outcome, publicity_in_full
from xlcheck.reportdone import done
from xlcheck.reportfile import Figure
from xlcheck.reportgrammar import SLOTS, fold
from xlcheck.reportlinks import as_printed, differs, linked
from xlcheck.reportrates import Trouble, rates
from xlcheck.reportreading import Reading, meant, this_year
from xlcheck.reportsentences import Sentence
from xlcheck.reportshares import shares
from xlcheck.reportslips import LEAST, size, slip_of, slips
from xlcheck.reporttext import blank_slots, problems, sums
from xlcheck.rules import Pack, Rule
from xlcheck.slotvalues import read_slot
from xlcheck.statements import Statement

_POINTS = expression(r"(\d+(?:\.\d+)?)分(?![之为钟])")
Judge = Callable[[Rule, Submission, Pack, Reading], Iterator[Outcome]]


def run(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> list[Outcome]:
    """The outcomes of a report rule."""
    return list(PROCEDURES[rule.procedure or ""](rule, submission, pack, reading))


def _report_figure_differs(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """Each figure of the text equals the cell that states it, and is the same wherever the text states it."""
    every = list(this_year(reading, pack.year))
    agreeing = [s for s in every if _confirmed(s, submission, pack, reading)]
    held = {s.figure for s in agreeing}
    confirmed = {reading.patterns.figure(name).cell for name in held}
    first: dict[str, Statement] = {}
    judged: set[tuple[int, int]] = set()
    for statement in every:
        figure = reading.patterns.figure(statement.figure)
        if figure.kind in ("名称", "等级", "文号", "年度"):
            continue
        cell = linked(figure, submission, pack, statement.value)
        verdict = differs(statement.value, cell[1], figure) if cell is not None else None
        if statement.scoped and verdict is not False and (figure.name in held or figure.name in first):
            continue  # a part of the unit: the whole is told elsewhere
        if (
            statement.loose
            and verdict is not False
            and not (
                cell is not None
                and verdict
                and _supported(statement, cell[1], figure, agreeing, reading, told_elsewhere=figure.cell in confirmed)
            )
        ):
            continue  # nothing else tells that it is meant
        if cell is not None and verdict and _another_thing(statement, cell[1], figure, agreeing, submission, reading):
            continue
        judged.add((id(statement.sentence), statement.start))
        if cell is not None and verdict is not None:
            if not verdict or _within_its_inputs(statement.value, figure, submission, pack):
                yield PASSED
                continue
            related = (Related(cell[1].place, figure.name, cell[1].text.strip()),)
            yield Outcome(Verdict.FAILED, statement.place, figure.name, statement.printed, as_printed(cell[1], figure), cell[0], related)  # fmt: skip
            continue
        earlier = first.setdefault(figure.name, statement) if not figure.columns else statement
        if earlier is not statement and differs(statement.value, earlier.value, figure):
            related = (Related(earlier.place, figure.name, earlier.printed),)
            yield Outcome(Verdict.FAILED, statement.place, figure.name, statement.printed, earlier.printed, f"本报告第 {earlier.place.paragraph} 段", related)  # fmt: skip
        else:
            yield UNDECIDED
    for slip in slips(reading, submission, pack, judged, confirmed):
        related = (Related(slip.cell.place, slip.figure.name, slip.cell.text.strip()),)
        label = f"{slip.label}（{slip.how}，疑为笔误）"
        yield Outcome(Verdict.FAILED, at_sentence(reading, slip.sentence), slip.figure.name, slip.printed, as_printed(slip.cell, slip.figure), label, related)  # fmt: skip


def _within_its_inputs(stated: Value, figure: Figure, submission: Submission, pack: Pack) -> bool:
    """Whether a rate is what the base data give as exactly as they are told, though its cell has another last digit."""
    indicator = pack.indicator(figure.indicator or figure.name) if figure.kind == "比率" else None
    if indicator is None or indicator.value is None or stated.number is None:
        return False
    given = quantity(indicator.value, build([submission], pack))
    off = np.abs(given.mid - float(stated.number)) - given.half - float(stated.half_width)
    return bool(np.all(off <= 0))  # NaN where the base data lack an input


def _another_thing(statement: Statement, cell: Value, figure: Figure, agreeing: Sequence[Statement], submission: Submission, reading: Reading) -> bool:  # fmt: skip
    """Whether a number that differs from a cell is told of something else: the text states the cell's own elsewhere, or
    the number is that of another column whose words stand before it.
    """
    same = [other for other in agreeing if reading.patterns.figure(other.figure).cell == figure.cell]
    if same and not slip_of(statement.value, cell):
        beside = figure.kind != "金额" and any(other.sentence == statement.sentence for other in same)
        if beside or _far(statement.value, cell, figure) or _others_money(statement, agreeing, reading):
            return True
    if statement.loose and _of_other_row(statement, figure, submission):
        return True
    return _of_other_column(statement, figure, submission, reading)


def _of_other_row(statement: Statement, figure: Figure, submission: Submission) -> bool:
    """Whether another row of the form has just this amount."""
    document = submission.document(figure.form) if figure.kind == "金额" and figure.form else None
    if document is None or size(statement.printed) < LEAST:
        return False
    others = (value for (field, _), value in document.fields.items() if field != figure.field and value.number)
    return any(other.number == statement.value.number for other in others)


def _of_other_column(statement: Statement, figure: Figure, submission: Submission, reading: Reading) -> bool:
    """Whether words for another column stand before a number that is that column's, and the sentence tells it but once."""
    document = submission.document(figure.form) if figure.kind == "金额" and figure.form else None
    if document is None or statement.value.number is None:
        return False
    before = "".join(statement.sentence.paragraph.headings[-1:]) + statement.sentence.text[: statement.start]
    told = {column for each, _, _ in reading.patterns.columns_in(before) for column in each.columns}
    others = (document.fields.get((figure.field, column)) for column in told - {figure.column})
    twice = any(
        s.sentence == statement.sentence
        and s.start != statement.start
        and s.value.number == statement.value.number
        and reading.patterns.figure(s.figure).field == figure.field
        for s in reading.statements
    )
    return not twice and any(other is not None and differs(statement.value, other, figure) is False for other in others)


def _others_money(statement: Statement, agreeing: Sequence[Statement], reading: Reading) -> bool:
    """Whether a number stands in a paragraph on what the unit only administers, without any that is the forms'."""
    paragraph = statement.sentence.paragraph
    texts = (paragraph.text, *paragraph.headings[-1:])
    return any(reading.patterns.administered.search(text) for text in texts) and not any(
        other.sentence.paragraph is paragraph for other in agreeing
    )


def _far(stated: Value, cell: Value, figure: Figure) -> bool:
    """Whether a number is too far from a cell's to be meant for it."""
    if stated.number is None or cell.number is None:
        return False
    if figure.kind == "分数":
        return not slip_of(stated, cell, 1)
    small, large = sorted((abs(stated.number), abs(cell.number)))
    return figure.kind in ("金额", "人数") and large > 2 * small and large - small > 1


def _supported(statement: Statement, cell: Value, figure: Figure, agreeing: Sequence[Statement], reading: Reading, *, told_elsewhere: bool) -> bool:  # fmt: skip
    """Whether a loose statement is meant for a cell: it is a slip for it, or it alone states it, where others are right."""
    beside = any(
        other.sentence == statement.sentence and reading.patterns.figure(other.figure).kind == figure.kind
        for other in agreeing
    )
    slip = figure.kind != "日期" and not (figure.kind == "分数" and told_elsewhere) and slip_of(statement.value, cell)
    return bool(slip) or (beside and not told_elsewhere)


def beside_forms(reading: Reading, submission: Submission, pack: Pack) -> Iterator[tuple[Statement, str, Value, bool]]:
    """Each figure of the text that ``submission``'s forms state, too: (statement, cell's label, cell, whether they differ)."""
    for statement in this_year(reading, pack.year):
        figure = reading.patterns.figure(statement.figure)
        cell = linked(figure, submission, pack)
        if cell is None or figure.kind in ("名称", "文号", "年度"):
            continue
        if figure.kind == "等级":
            yield statement, *cell, grade_meant(statement.printed, pack) != grade_meant(cell[1].text, pack)
        elif (differing := differs(statement.value, cell[1], figure)) is not None:
            yield statement, *cell, differing


def _confirmed(statement: Statement, submission: Submission, pack: Pack, reading: Reading) -> bool:
    figure = reading.patterns.figure(statement.figure)
    cell = linked(figure, submission, pack, statement.value)
    return cell is not None and differs(statement.value, cell[1], figure) is False


def _report_grade_differs(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """The grade in words is the one of the scoring table, or without it the one that the stated score means."""
    found = list(this_year(reading, pack.year))
    score = next((s.value.number for s in found if reading.patterns.figure(s.figure).score), None)
    scores = submission.document(SCORES)
    total = scores.fields.get(("合计", "自评得分")) if scores is not None else None
    for statement in found:
        figure = reading.patterns.figure(statement.figure)
        if figure.kind != "等级" or statement.loose or _of_other_points(statement, total):
            continue
        cell = linked(figure, submission, pack)
        stated = grade_meant(statement.printed, pack)
        by_score = next((grade for lowest, grade, _ in pack.bands if score is not None and score >= lowest), None)
        right = grade_meant(cell[1].text, pack) if cell is not None and cell[1].text.strip() else None
        if right is None and by_score is None:
            yield UNDECIDED
        elif stated == (right or by_score):
            yield PASSED
        elif right is not None and cell is not None:
            related = (Related(cell[1].place, figure.name, cell[1].text.strip()),)
            yield Outcome(Verdict.FAILED, statement.place, figure.name, statement.printed, cell[1].text.strip(), cell[0], related)  # fmt: skip
        else:
            yield Outcome(Verdict.FAILED, statement.place, figure.name, statement.printed, by_score or "", f"自评分数 {score}")  # fmt: skip


def _of_other_points(statement: Statement, total: Value | None) -> bool:
    """Whether points stand in a grade's sentence, and none of them are the total or a slip for it."""
    points = [read_slot("分数", hit[0], statement.place) for hit in _POINTS.finditer(statement.sentence.text)]
    known = [each for each in points if each is not None and each.number is not None]
    if total is None or total.number is None or not known:
        return False
    return not any(each.number == total.number or slip_of(each, total, 1) for each in known)


def grade_meant(text: str, pack: Pack) -> str:
    """The pack's grade that a printed word means (优秀 → 优), or the word itself."""
    word = fold(text).removesuffix("级").removesuffix("等")
    return next((grade for _, grade, words in pack.bands if word == grade or word in words), word)


def _report_figure_missing(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """Every figure that a report must state is there, and no known figure's place was left empty."""
    stated = {reading.patterns.figure(statement.figure).cell for statement in reading.statements}
    for figure in reading.patterns.figures:
        empty = reading.empty.get(figure.name)
        if figure.cell in stated:
            if figure.must:
                yield PASSED
        elif empty is not None:
            yield Outcome(Verdict.FAILED, at_sentence(reading, empty), figure.name, left="数字空着未填")
        elif figure.must:
            cell = linked(figure, submission, pack)
            worded = any(hint in s.text and re.search(r"\d", s.text) for s in reading.sentences for hint in figure.hint)
            worded = worded or (cell is not None and _printed(cell[1], figure, reading))
            place = Place(reading.prose.name, paragraph=1)
            yield UNDECIDED if worded else Outcome(Verdict.FAILED, place, figure.name, left="全文没有写明")


def _printed(held: Value, figure: Figure, reading: Reading) -> bool:
    """Whether a cell's number stands anywhere in the text, in whatever words."""
    if held.number is None:
        return False
    return any(
        (value := read_slot(figure.kind, match[0], held.place)) is not None and differs(value, held, figure) is False
        for sentence in reading.sentences
        for match in re.finditer(SLOTS[figure.kind], sentence.text)
    )


def at_sentence(reading: Reading, sentence: Sentence) -> Place:
    """The place of a sentence of the report."""
    return Place(reading.prose.name, paragraph=sentence.paragraph.number, quote=sentence.quote)


def _report_slot_blank(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """No slot of a template was left unfilled: ×××, ____, 「占 %」."""
    stated = {reading.patterns.figure(statement.figure).cell for statement in reading.statements}
    known = [s for name, s in reading.empty.items() if reading.patterns.figure(name).cell not in stated]
    found = False
    for sentence, slot in blank_slots(reading.sentences):
        if sentence not in known:
            found = True
            yield Outcome(Verdict.FAILED, at_sentence(reading, sentence), "空项", slot)
    if not found:
        yield PASSED


def _troubles(troubles: Callable[[Submission, Pack, Reading], Iterator[Trouble]]) -> Judge:
    """A rule whose whole matter stands inside the text."""

    def judge(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
        found = False
        for trouble in troubles(submission, pack, reading):
            found = True
            place = at_sentence(reading, trouble.sentence)
            yield Outcome(Verdict.FAILED, place, trouble.field, trouble.printed, trouble.expected, trouble.words)
        if not found:
            yield PASSED

    return judge


def _part_troubles(submission: Submission, pack: Pack, reading: Reading) -> Iterator[Trouble]:
    every = [s for s in this_year(reading, pack.year) if not s.loose]
    return sums(every, reading.patterns, {s for s in every if _confirmed(s, submission, pack, reading)})


def _rate_troubles(submission: Submission, pack: Pack, reading: Reading) -> Iterator[Trouble]:
    def held(figure: Figure) -> Value | None:
        cell = linked(figure, submission, pack)
        return cell[1] if cell is not None else None

    stated = [s for s in this_year(reading, pack.year) if not s.loose or _confirmed(s, submission, pack, reading)]
    told: set[tuple[int, str]] = set()
    for trouble in (
        *rates(reading.sentences, stated, reading.patterns, held, pack.year),
        *done(stated, reading.sentences, reading.patterns, held, pack.year),
        *shares(stated, reading.sentences, reading.patterns, held),
    ):
        if (id(trouble.sentence), trouble.printed) not in told:
            told.add((id(trouble.sentence), trouble.printed))
            yield trouble


def _full_marks_despite_problems(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """A hundred points go with a section of problems that says there are none."""
    document = submission.document(SCORES)
    total = document.fields.get(("合计", "自评得分")) if document is not None else None
    stated = next((s for s in meant(reading) if reading.patterns.figure(s.figure).score), None)
    score = stated.value.number if stated is not None else total.number if total is not None else None
    if score is None:
        yield UNDECIDED
        return
    found = problems(reading.prose)
    if score != 100 or not found:
        yield PASSED
        return
    place = stated.place if stated is not None else Place(reading.prose.name, paragraph=found[0].number, quote=found[0].text.strip())  # fmt: skip
    related = tuple(Related(Place(reading.prose.name, paragraph=p.number, quote=p.text.strip()), "存在问题", p.text.strip()) for p in found[:5])  # fmt: skip
    yield Outcome(Verdict.FAILED, place, "自评分数", f"{numbers.plain(score)}分", left=f"{len(found)}", related=related)


def _full_marks_without_accounts(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """As of the tables alone, with what the text says of the accounts."""
    told = [
        Related(statement.place, REPORT, statement.printed)
        for statement in reading.statements
        if statement.figure == "决算公开日期" and statement.value.kind is Kind.NOT_APPLICABLE
    ]
    yield publicity_in_full(submission, pack, told) or _full_total_without_accounts(reading, told)


def _full_total_without_accounts(reading: Reading, told: Sequence[Related]) -> Outcome:
    """Where no scoring table tells the points for publicity, a total of a hundred in the text holds them all."""
    stated = next((s for s in meant(reading) if reading.patterns.figure(s.figure).score), None)
    if stated is None or stated.value.number != 100 or not told:
        return UNDECIDED
    return Outcome(Verdict.FAILED, stated.place, "自评分数", "100", left=told[0].value, related=tuple(told))


PROCEDURES: dict[str, Judge] = {
    "report-figure-differs": _report_figure_differs,
    "report-grade-differs": _report_grade_differs,
    "report-figure-missing": _report_figure_missing,
    "report-slot-blank": _report_slot_blank,
    "report-parts-differ-from-total": _troubles(_part_troubles),
    "report-rate-differs": _troubles(_rate_troubles),
    "full-marks-despite-problems": _full_marks_despite_problems,
    "full-marks-without-accounts": _full_marks_without_accounts,
}
