"""What differs between submitted and published papers, as findings: rule published-differs-from-submitted."""

from __future__ import annotations

from collections.abc import Mapping

from xlcheck.comparison import Compared, Matter, State, UnitComparison
from xlcheck.messages import WORDS, fingerprint
from xlcheck.model import Class, Finding, Place, Related, Severity

RULE = "published-differs-from-submitted"
_LONGEST = 60

_BOTH, _OURS, _THEIRS = State.DIFFERS, State.SUBMITTED_ONLY, State.PUBLISHED_ONLY
Messages = Mapping[tuple[Matter, State], str]
# A blank place has the words of its own: the paper may have it, or not.
MESSAGES: Mapping[str, Messages] = {
    "zh": {
        (Matter.UNIT, _OURS): "报送了材料，公开的文件夹里找不到这个单位。请补充公开，或核对文件夹名。",
        (Matter.UNIT, _THEIRS): "公开了材料，报送的文件夹里找不到这个单位。请核对是否漏报，或核对文件夹名。",
        (Matter.PAPER, _OURS): "报送了{submitted}，公开的材料里没有可读的{paper}{reason}。请补充公开。",
        (Matter.PAPER, _THEIRS): "公开了{published}，报送的材料里没有可读的{paper}{reason}。请补报。",
        (Matter.FIELD, _BOTH): "公开为 {published}，报送为 {submitted}{difference}。请核对后改一致。",
        (Matter.FIELD, _OURS): "报送为 {submitted}，公开的{paper}{blank}。请核对后改一致。",
        (Matter.FIELD, _THEIRS): "公开为 {published}，报送的{paper}{blank}。请核对后改一致。",
        (Matter.ROW, _OURS): "公开的{paper}没有这一行。请核对后改一致。",
        (Matter.ROW, _THEIRS): "报送的{paper}没有这一行，公开的有。请核对后改一致。",
        (Matter.FIGURE, _BOTH): "公开为 {published}，报送为 {submitted}{difference}。请核对后改一致。",
        (Matter.FIGURE, _OURS): "报送的报告写的是 {submitted}，公开的报告没有写。请核对后改一致。",
        (Matter.FIGURE, _THEIRS): "公开的报告写的是 {published}，报送的报告没有写。请核对后改一致。",
        (Matter.TEXT, _BOTH): "公开「{published}」，报送「{submitted}」。",
        (Matter.TEXT, _OURS): "公开的报告少了「{submitted}」。",
        (Matter.TEXT, _THEIRS): "公开的报告多了「{published}」。",
    },
    "en": {
        (Matter.UNIT, _OURS): "was submitted; no such unit among the published folders. Publish it, or check the folder's name.",
        (Matter.UNIT, _THEIRS): "was published; no such unit among the submitted folders. Ask for it, or check the folder's name.",
        (Matter.PAPER, _OURS): "{submitted} was submitted; no {paper} that can be read was published{reason}. Publish it.",
        (Matter.PAPER, _THEIRS): "{published} was published; no {paper} that can be read was submitted{reason}. Submit it.",
        (Matter.FIELD, _BOTH): "published as {published}, submitted as {submitted}{difference}. Make them agree.",
        (Matter.FIELD, _OURS): "submitted as {submitted}; the published {paper} {blank}. Make them agree.",
        (Matter.FIELD, _THEIRS): "published as {published}; the submitted {paper} {blank}. Make them agree.",
        (Matter.ROW, _OURS): "the published {paper} has no such row. Make them agree.",
        (Matter.ROW, _THEIRS): "the submitted {paper} has no such row, the published one has. Make them agree.",
        (Matter.FIGURE, _BOTH): "published as {published}, submitted as {submitted}{difference}. Make them agree.",
        (Matter.FIGURE, _OURS): "the submitted report says {submitted}, the published one does not say it. Make them agree.",
        (Matter.FIGURE, _THEIRS): "the published report says {published}, the submitted one does not say it. Make them agree.",
        (Matter.TEXT, _BOTH): "published 「{published}」, submitted 「{submitted}」.",
        (Matter.TEXT, _OURS): "the published report lacks 「{submitted}」.",
        (Matter.TEXT, _THEIRS): "the published report adds 「{published}」.",
    },
}  # fmt: skip
_MORE = {"zh": ("（多 {}）", "（少 {}）"), "en": (" ({} more)", " ({} less)")}
_BLANK = {"zh": ("没有填", "没有这一项"), "en": ("leaves it blank", "does not have it")}
_REASON = {"zh": "（{}）", "en": " ({})"}


def findings(unit: UnitComparison, lang: str = "zh") -> list[tuple[Compared, Finding]]:
    """Each difference with its finding, in order; a wording that holds a figure's difference is caused by that."""
    made: list[tuple[Compared, Finding]] = []
    leads: dict[int, str] = {}
    for each in unit.different:
        cause = leads.get(each.change) if each.matter is Matter.TEXT else None
        finding = _finding(unit, each, cause, lang)
        if each.change and each.matter is Matter.FIGURE:
            leads.setdefault(each.change, finding.fingerprint)
        made.append((each, finding))
    return made


def _finding(unit: UnitComparison, each: Compared, cause: str | None, lang: str) -> Finding:
    submission = unit.submitted or unit.published
    assert submission is not None
    ours, theirs = each.submitted, each.published
    at = theirs or ours
    operands = [side.text if side is not None else "" for side in (ours, theirs)]
    named = each.matter not in (Matter.TEXT, Matter.PAPER)
    return Finding(
        rule=RULE,
        cls=Class.LOGIC,
        severity=Severity.NOTE if each.matter is Matter.TEXT or each.nil else Severity.ERROR,
        unit=unit.unit,
        folder=submission.folder,
        place=at.place if at is not None else Place(submission.folder),
        field=each.field,
        message=(f"{each.field} " if named else "") + message(each, lang),
        fingerprint=fingerprint(submission, RULE, f"{each.paper}.{each.field}", operands),
        expected=ours.text if ours is not None else None,
        actual=theirs.text if theirs is not None else None,
        difference=each.difference if each.matter is not Matter.TEXT else None,
        related=(Related(ours.place, each.field, ours.text),) if ours is not None and theirs is not None else (),
        caused_by=cause,
    )


def message(each: Compared, lang: str) -> str:
    """What is said of one difference, without its field; a unit's text is put in last and never read as a place."""
    more, less = _MORE[lang]
    gap = ""
    if each.difference and each.matter is not Matter.TEXT:
        size = each.difference.removeprefix("-")
        size = WORDS[lang].points.format(size[:-1]) if size.endswith("%") else size
        gap = (less if each.difference.startswith("-") else more).format(size)
    other = each.published if each.state is _OURS else each.submitted
    return MESSAGES[lang][each.matter, each.state].format(
        submitted=_shown(each, each.submitted.text if each.submitted else ""),
        published=_shown(each, each.published.text if each.published else ""),
        paper=each.paper,
        difference=gap,
        blank=_BLANK[lang][0 if other is not None else 1],
        reason=_REASON[lang].format(each.reason) if each.reason else "",
    )


def _shown(each: Compared, text: str) -> str:
    """A side's text, of a long one the part around what changed."""
    flat = " ".join(text.split())
    if len(flat) <= _LONGEST:
        return flat
    if each.matter is Matter.TEXT and each.submitted is not None and each.published is not None:
        ours, theirs = (" ".join(side.text.split()) for side in (each.submitted, each.published))
        same = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
        start = max(0, min(same - _LONGEST // 3, len(flat) - _LONGEST))
        return ("…" if start else "") + flat[start : start + _LONGEST] + ("…" if start + _LONGEST < len(flat) else "")
    return flat[:_LONGEST] + "…"
