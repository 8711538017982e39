"""The report's side of two rules that every paper has: the evaluated year, and the unit's own name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from xlcheck.expressions import expression
from xlcheck.forms import SINGLE
from xlcheck.labels import name_key
from xlcheck.model import Kind, Prose, Related, Submission, Verdict
from xlcheck.procedures import BASE, PASSED, SCORES, UNDECIDED, Outcome
from xlcheck.reportfile import NO_PATTERNS
from xlcheck.reportgrammar import fold
from xlcheck.reportreading import Reading, read_report
from xlcheck.reportrules import Judge, at_sentence
from xlcheck.reportsentences import Sentence
from xlcheck.rules import Pack, Rule

_AS_OF = expression(
    r"截[至止]到?(?P<year>20\d\d)年(?:\d{1,2}月(?:\d{1,2}日)?|末|底)|(?:^|[,;:(、])(?:至|到|在)?(?P<later>20\d\d)年(?:12月(?:31日|底|末)|年?[末底])"
)
_STATED = expression(r"(?:编制|在职|人员|人数|资产|车辆|机构|决算|结转|结余|离退休|内设).*[\d一二三四五六七八九十]")
_TITLE = expression(
    r"(?<!\d)(?P<year>20\d\d)年度?[^,。;:]{0,30}(?:绩效自评|绩效自我|整体支出绩效|整体绩效)[^,。;:]{0,12}(?:报告|情况)|绩效(?:自评|自我评价|评价)?报告\((?P<later>20\d\d)年度?\)"
)
_NAMED = expression(
    r"^[^,。;:《]{0,30}(?<!\d)(?P<year>20\d\d)年度?(?:部门|单位)?整体支出绩效(?:自评|评价)(?!结果|发现|中|时)"
)
_TITLE_LINE = expression(
    r"[^,。;:《]{0,30}?(?<!\d)(?P<year>20\d\d)年度?[^,。;:]{0,40}|[^,。;:《]{4,40}\((?P<later>20\d\d)年度?\)"
)
_NAME_LINE = expression(
    r"(?:将|^)(?P<before>[^,。;:《》]{0,30}?)(?:20\d\d年度?)(?P<name>[^,。;:《》]{0,30}?)(?:部门|单位)?(?:\(单位\))?整体(?:支出)?绩效"
)
_BARE_TITLE = expression(r"^(?P<name>[一-龥()]{4,30}?)(?:部门|单位)?(?:整体(?:支出)?绩效[一-龥]*(?:报告|情况))?$")
_BARE_YEAR = expression(r"^\(?(?P<year>20\d\d)年度?(?:,?(?:金额)?单位[万千百亿]?元)?\)?$")
_SELF = expression(
    r"^(?:我|本)(?:单位|部门|部|局|委|院|所|中心|馆|校|会|办)?(?:\(?本级\)?)?$|我[一-龥]{1,4}$|本(?:单位|部门|[一-龥])$|^市级?|^部门|^关于"
)
_ORGANISATION = expression(
    r"(?:局|委|委员会|部|厅|办|办公室|院|所|中心|站|馆|校|学校|中学|小学|大学|学院|会|社|团|队|大队|支队|公司|园|场|处|台|本级)$"
)
_THEIRS = expression(  # what somebody else did or has, told in passing
    r"(?:所?(?:组织|举办|承办|主办|开展|提供|牵头|派出|移交|拨付|管理|承担|赠送|捐赠|使用|报送|支持|建设))+的|等(?:单位|部门|机构)|[与和同及、]"
)
_COMPANY = expression(r"(?:与|和|同|及|向|由|到|经|赴|联合|协助|配合|委托|、)$")
_SPEAKS = expression(r"(?:^|[,。;:(、!?])(?:[^,。;:(、]{0,8}(?:将|对|把|关于|为|是|在|我|本|代表))?$")
_OWN_NAME = expression(r"我代表$|我(?:单位|局|校|院|所|馆)?(?:是|即|为)$")
_AUTHORITY = expression(r"(?:局|委|委员会|部|厅|办|办公室|政府|会|署|院)$")  # bodies that others' reports rightly name
_OWN_FIGURES = expression(
    r"(?:本级)?(?:总编制|核定编制|编制|年末|本年|部门预算|部门决算|整体|自评|20\d\d年度?(?:部门|整体|本年))"
)
_OWN_DOING = expression(  # what a report tells of its own unit alone
    r"(?:财务|办公室|计财|规财|综合|人事|绩效)?[一-龥]{0,2}(?:科|处|股|室|组|部)?(?:供稿|编制|编写|撰写|起草|整理|填报|填写|负责解释|负责编[制写])|(?:自评|自评价|综合|总|最终)?(?:得分?|得了|打了?|评得?)(?:[\d.]+|[一-龥]{2,8})分|成立[一-龥]{0,6}(?:自评|绩效评价)|组成[^。;]{0,30}(?:自评|评价)工作"
    r"|(?:高度重视|及时|认真|迅速|积极)[^;。]*(?:自评|绩效|有关)情况[^;。]{0,8}如下"
)
_DESCRIBED = expression(  # what a report says its own unit is, at the head of a sentence
    r"(?:\((?:以下)?简称[^()]*\))?(?:系|是|为|隶属于?)(?P<what>[^,;。]{2,30})"
)
_BODY = expression(r"部门|单位|机构|机关|局|政府|学校|医院")
_MEANT = expression(
    r"(?:所称|简称|全称|指|本(?:单位|部门|报告)(?:是|即|为))[^。;:]{0,8}$|自评(?:范围|对象|单位)的?[仅只]?[为是]$"
)  # 「本报告所称学校，指…」
_TELLING = 5  # characters that a unit's name needs to be told from other words
_LABEL = expression(
    r"(?:^|,)(?![^:]*(?:职[责能]|设置|情况|[和及与]))(?!主管|上级|下属|监督|指导|承[担办]|协[作办]|中介|第三方|评审|施工|采购|服务|编制)(?:[一-龥]{0,6}?(?:单位|学校|医院|机构|主体))(?:名称|全称)?(?:\([^()]*\))?:(?P<name>[^,。;:]{4,30})"
)
_TITLE_LINES = 4
_COVER = 30  # characters of a line of the cover
_COMPARED = expression(r"相比|对比|比较|同期|(?:[比较与]|之?前的?)(?:20\d\d)年")
_CHANGED = expression(r",?(?:同比|本年|今年|当年)")  # what came after last year
_LABELLED = expression(r"^[^:,]{2,16}:")
_SUBJECT = expression(r"(?P<name>[一-龥（()）]{4,30}?)(?:总编制|核定编制|是主管|为主管)")


def _report_year_differs(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """The report speaks of the evaluated year: its cover, its titles, 「截至…」 and 「…年末」 before a figure."""
    said = [
        (form, value)
        for form in (BASE, SCORES)
        if (document := submission.document(form)) is not None
        and (value := document.fields.get(("评价年度", SINGLE))) is not None
        and value.number is not None
    ]
    cover = next((s.value.number for s in reading.statements if s.figure == "评价年度"), None)
    counts = Counter([*(value.number for _, value in said), *([cover] if cover is not None else [])])
    most = max(counts.values(), default=0)
    leaders = [number for number, count in counts.items() if count == most]
    right = int(leaders[0]) if leaders and leaders[0] is not None and Decimal(pack.year) not in leaders else pack.year
    witness = next(((form, value) for form, value in said if value.number == right), None)
    wrong = list(_wrong_years(reading, right))
    if not wrong:
        yield PASSED
    related = (Related(witness[1].place, "评价年度", witness[1].text.strip()),) if witness else ()
    for year in dict.fromkeys(year for _, year, _ in wrong):
        sentence, _, field = next(entry for entry in wrong if entry[1] == year)
        yield Outcome(Verdict.FAILED, at_sentence(reading, sentence), field, f"{year}", f"{right}", witness[0] if witness else "本年评价", related)  # fmt: skip


def _wrong_years(reading: Reading, right: int) -> Iterator[tuple[Sentence, int, str]]:
    for statement in reading.statements:
        if statement.figure == "评价年度" and statement.value.number != right:
            yield statement.sentence, int(statement.value.number or 0), "评价年度"
    for sentence, below in zip(reading.sentences, (*reading.sentences[1:], None), strict=True):
        early = sentence.paragraph.number <= 20 and "《" not in sentence.text
        title = _title(sentence.text.replace(":", "")) or _title_of_two(sentence, below) if early else None
        if title is not None and _year(title) < right:
            yield sentence, _year(title), "标题年度"
        for match in _AS_OF.finditer(sentence.text):
            if _year(match) < right and _STATED.search(sentence.text, match.end()):
                yield sentence, _year(match), "截至日期"
    cells = {s.figure: reading.patterns.figure(s.figure).cell for s in reading.statements}
    right_ones = {cells[s.figure] for s in reading.statements if s.year in (None, right)}
    for statement in reading.statements:
        if (
            statement.year != right - 1
            or cells[statement.figure] in right_ones
            or statement.value.kind is not Kind.NUMBER
        ):
            continue
        text, stop = statement.sentence.text, statement.start + len(statement.printed)
        if not (_COMPARED.search(text, 0, statement.start) or _CHANGED.match(text, stop)):
            yield statement.sentence, statement.year, statement.figure


def _title(text: str) -> re.Match[str] | None:
    """The year of a title: of a line that is one, or within a sentence that names the report."""
    line = _TITLE_LINE.fullmatch(text) if re.search("绩效|自评", text) else None
    return line or _NAMED.search(text) or _TITLE.search(text) or _BARE_YEAR.match(text)


def _title_of_two(sentence: Sentence, below: Sentence | None) -> re.Match[str] | None:
    """The year of a title that goes on in the next line."""
    lines = sentence.text, below.text if below is not None else ""
    whole = sentence.paragraph.number <= _TITLE_LINES and re.search(r"20\d\d年", lines[0]) is not None
    whole = whole and not any(re.search("[,。;:]", line) for line in lines)
    return _TITLE_LINE.fullmatch("".join(lines)) if whole and re.search("绩效|自评", lines[1]) else None


def _year(title: re.Match[str]) -> int:
    return int(next(year for name, year in title.groupdict().items() if year and name in ("year", "later")))


def _report_unit_name_differs(rule: Rule, submission: Submission, pack: Pack, reading: Reading) -> Iterator[Outcome]:
    """The report names the unit of the forms, and no other unit of the same run stands in its text."""
    named = [
        (form, value)
        for form in (BASE, SCORES)
        if (document := submission.document(form)) is not None
        and (value := document.fields.get(("单位名称", SINGLE))) is not None
        and value.text.strip()
    ]
    if not named:
        yield UNDECIDED
        return
    folder = name_key(submission.folder)
    form, own = next(((f, v) for f, v in named if name_key(v.text) in folder), named[0])
    related = (Related(own.place, "单位名称", own.text.strip()),)
    allowed = [_core(own.text), *([_core(submission.department)] if submission.department.strip() else [])]
    seen: set[str] = set()
    for sentence, name in _names(reading, own.text, submission.department):
        core = _core(name)
        if any(core in one or one in core or _shortened(core, one) for one in allowed):
            yield PASSED
        elif core not in seen:
            seen.add(core)
            yield Outcome(
                Verdict.FAILED, at_sentence(reading, sentence), "单位名称", name, own.text.strip(), form, related
            )


def _shortened(short: str, name: str) -> bool:
    """Whether a name is another with characters left out: 市纪委 for 市纪律检查委员会."""
    rest = iter(name)
    return all(c in rest for c in short)


def _core(name: str) -> str:
    text = fold(name)
    text = re.sub(r"\((?:公章|盖章|章|本级|机关|本部)\)", "", text)
    text = text.replace("中国人民政治协商会议", "政协").replace("中国共产党", "中共")
    return re.sub(r"(?:本级|机关|本部)$", "", text)


def _names(reading: Reading, own: str, department: str) -> Iterator[tuple[Sentence, str]]:
    """Names that the report gives as its own: cover, title, subject of the first section; then other units' names."""
    for statement in reading.statements:
        if statement.figure == "单位名称":
            yield statement.sentence, statement.printed
    others = others_of(reading.others, own, department)
    for sentence in reading.sentences:
        for pattern, limit in ((_BARE_TITLE, 5), (_LABEL, 20), (_NAME_LINE, 20), (_SUBJECT, 60)):
            match = pattern.search(sentence.text) if sentence.paragraph.number <= limit else None
            for name in match.groupdict().values() if match is not None else ():
                name = name.removesuffix("关于").removeprefix("关于")
                if _ORGANISATION.search(name) and not _SELF.search(name) and len(_core(name)) >= 4:
                    yield sentence, name
        if _LABELLED.match(fold(sentence.quote)) and len(sentence.text) <= _COVER:
            continue  # a line of the cover: read above, or the stamp of the department
        for name in foreign_names(sentence.text, others, own):
            yield sentence, name


def is_organisation(name: str) -> bool:
    """Whether a name ends as those of units do."""
    return _ORGANISATION.search(name) is not None


def own_name(prose: Prose, pack: Pack) -> str:
    """The name that a report gives as its unit's, in its cover, title or first section; else the empty string."""
    reading = read_report(prose, pack.report if pack.report is not None else NO_PATTERNS)
    return next((name for _, name in _names(reading, "", "")), "")


def others_of(names: Iterable[str], own: str, department: str) -> dict[str, str]:
    """Core → name of the units that a report of ``own`` may not speak for; short names could be anything."""
    mine = (_core(own), _core(department))
    return {
        core: name for name in names if len(core := _core(name)) >= _TELLING and not any(core in one for one in mine)
    }


def foreign_names(text: str, others: Mapping[str, str], own: str) -> Iterator[str]:
    """The names among ``others`` that a sentence (folded) gives as if they were the unit's own."""
    for core, name in others.items():
        at = text.find(core)
        if at < 0 or core in _core(own):
            continue
        end = at + len(core)
        if _OWN_DOING.match(text, end) or _MEANT.search(text[:at]) or _is_described(text, at, end, own):
            yield name
            continue
        if _COMPANY.search(text[:at]):
            continue
        if not _SPEAKS.search(text[:at]):
            continue  # in the middle of a clause: somebody that the unit worked with
        if _THEIRS.match(text, at + len(core)):
            continue
        if (
            _OWN_NAME.search(text[:at])
            or _OWN_FIGURES.match(text, at + len(core))
            or not (_AUTHORITY.search(core) or _AUTHORITY.search(_core(own)))
        ):
            yield name


def _is_described(text: str, at: int, end: int, own: str) -> bool:
    """Whether a sentence begins with the name that stands there, and says what body that is, not one of the unit's own."""
    said = _DESCRIBED.match(text, end) if text[:at].endswith(":") or not at else None
    if said is None or _BODY.search(said["what"]) is None:
        return False
    return not re.search("[我本]", said["what"]) and _core(own)[-3:] not in said["what"]


class Names:
    """The names of many units, to be looked for in many reports: found by their first characters."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_start: dict[str, list[tuple[str, str]]] = {}
        for name in dict.fromkeys(names):
            core = _core(name)
            if len(core) >= _TELLING:
                self._by_start.setdefault(core[:_TELLING], []).append((core, name))

    def strays(self, texts: Sequence[str], own: str, department: str) -> tuple[str, ...]:
        """Those that a report of ``own``, given as folded sentences, speaks of as if they were its own."""
        whole = "\n".join(texts)
        starts = {whole[at : at + _TELLING] for at in range(len(whole) - _TELLING + 1)} & self._by_start.keys()
        present = [name for start in starts for core, name in self._by_start[start] if core in whole]
        others = others_of(present, own, department)
        return tuple(sorted({name for text in texts for name in foreign_names(text, others, own)})) if others else ()


JOINED: dict[str, Judge] = {"year-differs": _report_year_differs, "unit-name-differs": _report_unit_name_differs}
