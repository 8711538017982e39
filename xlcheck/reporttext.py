"""What can be wrong inside the text of a report itself: sums and empty slots; and the problems that it names."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from decimal import Decimal

from xlcheck.expressions import expression
from xlcheck.model import Paragraph, Prose
from xlcheck.reportfile import Patterns, Sum
from xlcheck.reportgrammar import fold
from xlcheck.reportrates import Trouble
from xlcheck.reportsentences import Sentence
from xlcheck.statements import Statement

_EMPTY = expression(
    r"[×✕]{2,}|(?<![A-Za-z])[Xx]{2,}(?![A-Za-z])|[_＿]{2,}|[□▁]{2,}|待(?:补充|填写?|补填)(?=[。，,;；)）]|$)"
    r"|(?:占|占比|为|率|率为|达|达到|约)[\s　]+[%％]|(?:为|共|共计|合计|得分|分数|于|金额)[\s　]+(?:万元|亿元|元|分|名|人|年\s*月)"
    r"|(?<=[一-龥])(?:占|率为|比例为|增长|下降)[%％]|年[\s　]{1,}月[\s　]+日"
)
_SIGNED = expression(r"填[报表]|编[报制]人|负责人|联系|签|盖章|日\s*期[:：]")  # dated by hand when it is signed
_PARTS = expression(r"其中|包括|包含|分别|构成|^[(:]")
_PROBLEM_HEADING = expression(r"问题")
_NOT_PROBLEMS = expression(r"^(?:无|没有|暂无|不存在|未发现|未有|无存在|无明显|基本无|没有发现|未存在)")
_CURES = expression(r"(?:措施|建议|打算|计划|方向|思路|安排)$|^(?:下一步|改进)")


def sums(stated: Sequence[Statement], patterns: Patterns, held: Container[Statement]) -> Iterator[Trouble]:
    """Totals of a sentence that the parts named after them do not make.

    Parts that fall short are wrong only where the sentence tells them all. ``held`` are the statements
    that the forms confirm: where a total and its parts are all among them, something else is not named here.
    """
    for total in stated:
        for rule in patterns.sums:
            if total.figure != rule.total or total.value.number is None:
                continue
            begin = _PARTS.search(total.sentence.text[total.start + len(total.printed) :])
            parts = _parts(total, total.start + begin.end(), stated, rule, patterns) if begin is not None else []
            kinds = {part.figure for part in parts}
            if len(parts) < 2 or len(kinds) < len(parts) or all(each in held for each in (total, *parts)):
                continue
            found = sum((part.value.number or Decimal(0) for part in parts), Decimal(0))
            slack = max([total.value.half_width, *(part.value.half_width for part in parts)]) * (len(parts) + 1)
            if rule.total == "编制数":
                closed = not _unknown_part(total.sentence.text[total.start :], len(parts))
            else:
                closed = len(kinds) == len(rule.parts) or (bool(rule.closes) and parts[-1].figure == rule.closes)
            over = found - total.value.number
            if over > slack or (closed and over < -slack):
                yield Trouble(total.sentence, rule.total, total.printed, f"{found}", "、".join(f"{s.figure}{s.printed}" for s in parts))  # fmt: skip


def _parts(total: Statement, begin: int, stated: Sequence[Statement], rule: Sum, patterns: Patterns) -> list[Statement]:
    """The parts behind a total, up to where the sentence tells the same total or part again.

    Several parts may be told as one (财政拨款收入).
    """
    fields = {patterns.figure(part).field for part in rule.parts}
    found: list[Statement] = []
    for each in stated:
        if each.sentence != total.sentence or each.start < begin or each.value.number is None:
            continue
        if each.figure == rule.total:
            break
        figure = patterns.figure(each.figure)
        if each.figure in rule.parts or (figure.plus and not figure.columns and fields.issuperset(figure.plus)):
            found.append(each)
    return found


def _unknown_part(text: str, known: int) -> bool:
    """Whether more kinds of posts are listed than were understood."""
    return len(re.findall(r"编制[^,。;、]{0,6}?\d+|(?:聘用|参公|政法|专项)[^,。;、]{0,8}?\d+", text)) > known


def blank_slots(every: Sequence[Sentence]) -> Iterator[tuple[Sentence, str]]:
    """Sentences with a slot that nobody filled, with the slot as printed."""
    for sentence in every:
        match = _EMPTY.search(sentence.text if sentence.row else sentence.quote)
        if match is not None and not (match[0].startswith("年") and _SIGNED.search(sentence.quote)):
            yield sentence, match[0].strip()


def problems(prose: Prose) -> list[Paragraph]:
    """The paragraphs of the section on problems that name one; 「无」 and 「不存在…」 are none."""
    found: list[Paragraph] = []
    for paragraph in prose.paragraphs:
        at = next((i for i, title in enumerate(paragraph.headings) if _PROBLEM_HEADING.search(title)), None)
        if at is None or any(
            _CURES.search(title) and not _PROBLEM_HEADING.search(title) for title in paragraph.headings[at:]
        ):
            continue
        text = fold(paragraph.text)
        text = re.sub(r"^(?:\d{1,2}[.、]|[(]?[一二三四五六七八九十\d]{1,3}[)、.])", "", text)
        title = fold(paragraph.headings[at])
        body = text.removeprefix(title).lstrip("。:,;.")
        if len(body) >= 6 and not _NOT_PROBLEMS.match(body) and not re.match(r"^(?:改进措施|下一步|整改措施)", body):
            found.append(paragraph)
    return found
