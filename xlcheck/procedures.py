"""The rules that no formula can state: whole papers, names and years across papers, the indicator list.

Each is a plain function from (submission, pack, rule) to outcomes; the closed list is
:data:`xlcheck.rules.PROCEDURES`.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePosixPath

from xlcheck.folders import WORKBOOKS
from xlcheck.forms import SINGLE, Form, label_of
from xlcheck.labels import name_key, read_label, same_name
from xlcheck.model import Document, Kind, Place, Related, Submission, Value, Verdict
from xlcheck.papers.numbers import MONEY_UNITS, is_pending
from xlcheck.rules import Pack, Rule

BASE, SCORES, REPORT = "基础数据表", "评分表", "自评报告"
_PUBLICITY = "预决算信息公开"  # the indicator


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict, and for a failure what its message needs."""

    verdict: Verdict
    place: Place = field(default_factory=lambda: Place(""))
    field: str = ""
    actual: str = ""
    expected: str = ""
    left: str = ""
    related: tuple[Related, ...] = ()


PASSED, UNDECIDED = Outcome(Verdict.PASSED), Outcome(Verdict.UNDECIDED)


def run(rule: Rule, submission: Submission, pack: Pack) -> list[Outcome]:
    """The outcomes of a rule's procedure on a submission's forms alone; undecided where it needs the report."""
    judge = _PROCEDURES.get(rule.procedure or "")
    return list(judge(rule, submission, pack)) if judge is not None else [UNDECIDED]


def _paper_missing(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    """Every paper of the pack is there; an unreadable or unrecognised file may be the missing one, a scan all of them."""
    if submission.lone:
        return
    forms = _present(submission)
    missing = [form for form in pack.papers if form not in forms]
    doubtful = [paper for paper in submission.papers if paper.form is None and _is_workbook(paper.file)]
    for form in pack.papers:
        if form not in missing:
            yield PASSED
    if any(not paper.readable and paper.file.lower().endswith(".pdf") for paper in submission.papers):
        yield from (UNDECIDED for _ in missing)
        return
    for form in missing[: max(0, len(missing) - len(doubtful))] if doubtful else missing:
        yield Outcome(Verdict.FAILED, Place(submission.folder), form, expected=form)


def _present(submission: Submission) -> set[str]:
    """The forms that were handed in; one workbook may hold two of them."""
    return {paper.form for paper in submission.papers if paper.form} | {each.form for each in submission.documents}


def _paper_unreadable(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    for paper in submission.papers:
        if paper.readable:
            yield PASSED
        else:
            yield Outcome(Verdict.FAILED, Place(paper.file), _base_name(paper.file), actual=paper.problem)


def _form_not_recognised(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    """An unrecognised workbook counts only while a paper is missing; else it is an enclosure."""
    forms = _present(submission)
    complete = not submission.lone and all(form in forms for form in pack.papers)
    for paper in submission.papers:
        if paper.form is not None:
            yield PASSED
        elif paper.readable and not complete and _is_workbook(paper.file):
            yield Outcome(Verdict.FAILED, Place(paper.file), _base_name(paper.file))


def _is_workbook(file: str) -> bool:
    return PurePosixPath(file).suffix.lower() in WORKBOOKS


def _base_name(file: str) -> str:
    return file.rpartition("/")[2]


def _unit_name_differs(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    """The papers name one unit; where two differ the folder's name decides, else the base data table."""
    named = _stated(submission, "单位名称")
    if len(named) < 2:
        yield UNDECIDED
        return
    reference = named[0]
    folder = name_key(submission.folder)
    for candidate in named:
        if name_key(candidate[1].text) and name_key(candidate[1].text) in folder:
            reference = candidate
            break
    for _, value in named:
        if value is reference[1]:
            continue
        if same_name(value.text, reference[1].text):
            yield PASSED
        else:
            related = (Related(reference[1].place, "单位名称", reference[1].text.strip()),)
            yield Outcome(Verdict.FAILED, value.place, "单位名称", value.text.strip(), reference[1].text.strip(), reference[0], related)  # fmt: skip


def _stated(submission: Submission, name: str) -> list[tuple[str, Value]]:
    found = []
    for document in submission.documents:
        value = document.fields.get((name, SINGLE))
        if value is not None and value.text.strip():
            found.append((document.form, value))
    return found


def _year_differs(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    """Every year that a cover or a title prints is the same; the majority decides, then the pack's year."""
    stated = [
        (form, name, value)
        for name in ("评价年度", "标题年度")
        for form, value in _stated(submission, name)
        if value.number is not None
    ]
    if len(stated) < 2:
        yield UNDECIDED
        return
    counts = Counter(value.number for _, _, value in stated)
    most = max(counts.values())
    leaders = [year for year, count in counts.items() if count == most]
    right = Decimal(pack.year) if Decimal(pack.year) in leaders else leaders[0]
    witness = next((form, name, value) for form, name, value in stated if value.number == right)
    for form, name, value in stated:
        if value.number == right:
            yield PASSED
        else:
            related = (Related(witness[2].place, witness[1], witness[2].text.strip()),)
            said = f"{witness[0]}的{witness[1]}" if witness[0] == form else witness[0]
            yield Outcome(Verdict.FAILED, value.place, name, f"{value.number}", f"{right}", said, related)


def _amount_in_wrong_unit(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    """An amount far above its row's other columns, or basic expenditure impossible per head: 元, not 万元."""
    document = submission.document(BASE)
    if document is None:
        yield UNDECIDED
        return
    form = pack.form(BASE)
    factor = rule.parameters[name_key("同项倍数")].value
    least = rule.parameters[name_key("最小金额")].value
    decided = False
    for name, column, value, row in _comparable(document, form):
        decided = True
        number = abs(value.number or Decimal(0))
        if number < least:
            continue
        others = [(named, other) for named, other in row if other is not value]
        if all(number >= factor * abs(other.number or Decimal(0)) for _, other in others):
            label = label_of(name, column, form)
            beside, seen = others[0]
            times = f"{number / abs(seen.number or Decimal(1)):.0f}"
            related = tuple(Related(other.place, named, other.text.strip()) for named, other in others)
            yield Outcome(Verdict.FAILED, value.place, label, value.text.strip(), left=f"是{beside}（{seen.text.strip()}）的 {times} 倍", related=related)  # fmt: skip
    yield from _part_of_total(document, form)
    yield from _per_head(rule, document, pack)
    if decided:
        yield PASSED


def _comparable(document: Document, form: Form) -> Iterator[tuple[str, str, Value, list[tuple[str, Value]]]]:
    """(field, column, amount, what others are of one size with it): its row; in a section of one column a total's parts."""
    for section in form.sections:
        amounts = [item for item in section.fields if item.kind == "amount"]
        rows = [
            (item, [(column.name, value) for column in section.columns
             if (value := document.fields.get((item.name, column.name))) is not None and value.number])
            for item in amounts
        ]  # fmt: skip
        parts = [(item.name, value) for item, filled in rows for _, value in filled if not item.total]
        for item, filled in rows:
            for column, value in filled:
                if section.single and item.total and parts:
                    yield item.name, column, value, parts
                elif not section.single and len(filled) > 1:
                    yield item.name, column, value, filled


def _part_of_total(document: Document, form: Form) -> Iterator[Outcome]:
    """In a section of one column: a part above its total that makes the sum right once it is read as 元."""
    for section in form.sections:
        amounts = [item for item in section.fields if item.kind == "amount"]
        total = next((document.fields.get((item.name, SINGLE)) for item in amounts if item.total), None)
        if not section.single or total is None or not total.number:
            continue
        parts = {item.name: value for item in amounts if not item.total and (value := document.fields.get((item.name, SINGLE))) is not None}  # fmt: skip
        numbers = {name: value.number or Decimal(0) for name, value in parts.items()}
        room = total.half_width + sum((value.half_width for value in parts.values()), Decimal(0))
        for name, number in numbers.items():
            rest = total.number - sum(numbers.values()) + number
            if number > total.number and abs(number / MONEY_UNITS["万元"] - rest) <= room:
                related = (Related(total.place, section.fields[0].name, total.text.strip()),)
                yield Outcome(Verdict.FAILED, parts[name].place, name, parts[name].text.strip(), left="除以 10000 后各项相加才等于总额", related=related)  # fmt: skip


def _per_head(rule: Rule, document: Document, pack: Pack) -> Iterator[Outcome]:
    limit = rule.parameters[name_key("人均基本支出")].value
    staff = document.fields.get(("年末在职人数", SINGLE))
    if staff is None or not staff.number:
        yield UNDECIDED
        return
    for column in ("决算数", "全年预算数", "年初预算数"):
        for name in ("基本支出", "人员经费"):
            value = document.fields.get((name, column))
            if value is not None and value.number:
                per_head = value.number / staff.number
                if per_head > limit:
                    related = (Related(staff.place, "年末在职人数", staff.text.strip()),)
                    yield Outcome(Verdict.FAILED, value.place, label_of(name, column, pack.form(BASE)), value.text.strip(), left=f"人均 {per_head:.0f} 万元", related=related)  # fmt: skip
                else:
                    yield PASSED
                break


def _indicator_missing(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    document = submission.document(SCORES)
    if document is None or "指标" not in document.tables:
        yield UNDECIDED
        return
    indicators = [pack.indicator(line["三级指标"].text) for line in document.tables["指标"]]
    found = {indicator.name for indicator in indicators if indicator is not None}
    for indicator in pack.indicators:
        if indicator.name in found:
            yield PASSED
        else:
            place = document.anchors.get("指标.三级指标", Place(document.file))
            yield Outcome(Verdict.FAILED, place, "三级指标", expected=indicator.name, left=f"{indicator.weight}")


def _indicator_unknown(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    document = submission.document(SCORES)
    if document is None or "指标" not in document.tables:
        yield UNDECIDED
        return
    for line in document.tables["指标"]:
        value = line["三级指标"]
        if value.kind is Kind.BLANK:
            continue
        if pack.indicator(value.text) is not None:
            yield PASSED
        else:
            known = [indicator.name for indicator in pack.indicators]
            near = difflib.get_close_matches(read_label(value.text).core, known, n=1, cutoff=0.6)
            yield Outcome(Verdict.FAILED, value.place, "三级指标", value.text.strip(), near[0] if near else "", f"（是否指「{near[0]}」？）" if near else "")  # fmt: skip


def _full_marks_without_accounts(rule: Rule, submission: Submission, pack: Pack) -> Iterator[Outcome]:
    yield publicity_in_full(submission, pack) or UNDECIDED


def publicity_in_full(submission: Submission, pack: Pack, told: Iterable[Related] = ()) -> Outcome | None:
    """The publicity of the accounts cannot be scored in full before they are approved and published.

    ``told`` is where a text says that they are not. None where no scoring table tells the points.
    """
    document, base = submission.document(SCORES), submission.document(BASE)
    indicator = pack.indicator(_PUBLICITY)
    lines = document.tables.get("指标", ()) if document is not None and indicator is not None else ()
    line = next((line for line in lines if pack.indicator(line["三级指标"].text) is indicator), None)
    score = line.get("自评得分") if line is not None else None
    if line is None or indicator is None or score is None or score.number is None:
        return None
    weight = line.get("分值")
    full = weight.number if weight is not None and weight.number is not None else indicator.weight
    related = (*(_pending(base) if base is not None else ()), *told)
    if score.number != full or not related:
        return PASSED
    return Outcome(Verdict.FAILED, score.place, _PUBLICITY, score.text.strip(), left=related[0].value, related=related)


def _pending(base: Document) -> Iterator[Related]:
    """Where the base data say that the accounts are not approved or published yet."""
    for name in ("决算批复日期", "决算公开日期"):
        value = base.fields.get((name, SINGLE))
        if value is not None and value.number is None and is_pending(value.text):
            yield Related(value.place, name, value.text.strip())


_PROCEDURES: dict[str, Callable[[Rule, Submission, Pack], Iterator[Outcome]]] = {
    "paper-missing": _paper_missing,
    "paper-unreadable": _paper_unreadable,
    "form-not-recognised": _form_not_recognised,
    "unit-name-differs": _unit_name_differs,
    "year-differs": _year_differs,
    "amount-in-wrong-unit": _amount_in_wrong_unit,
    "indicator-missing": _indicator_missing,
    "indicator-unknown": _indicator_unknown,
    "full-marks-without-accounts": _full_marks_without_accounts,
}
