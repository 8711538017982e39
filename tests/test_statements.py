"""Figures in prose: what is read, what is not, and what xlcheck says about the sample units' reports."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from xlcheck import folders, reading, reportreading, reportrules
from xlcheck.model import Verdict
from xlcheck.packfile import PackError, load
from xlcheck.papers.prose import read_prose
from xlcheck.reportfile import Patterns, load_report
from xlcheck.reportidentity import JOINED
from xlcheck.reportrates import rates
from xlcheck.reportsentences import sentences
from xlcheck.reportshares import shares
from xlcheck.reporttext import blank_slots, problems, sums
from xlcheck.rules import Pack, load_pack
from xlcheck.slotvalues import agree, chinese_number
from xlcheck.statements import statements, told

TOP = Path(__file__).parents[1]
SAMPLES = TOP / "sample_workbooks"
SEED = TOP.parent / "shared" / "seed" / "整体绩效自评报告_2024.txt"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def patterns(pack: Pack) -> Patterns:
    return load_report(TOP / "rules" / pack.name / "report.yaml", {form.name: list(form.cells) for form in pack.forms})


def figures(text: str, patterns: Patterns) -> dict[str, str]:
    """Figure → number (or word) of this year's statements."""
    found = statements(read_prose(text.encode(), "报告.txt"), patterns)
    return {s.figure: f"{s.value.number.normalize():f}" if s.value.number is not None else s.printed for s in found if s.year in (None, 2024)}  # fmt: skip


READ = {
    "本单位2024年度本年收入合计为２，７９６．６２万元，比上年增加100.00万元。": {"本年收入合计": "2796.62"},
    "本年收入合计27,966,200.00元。": {"本年收入合计": "2796.62"},
    "本年收入、本年支出分别为2796.62万元和2779.36万元。": {"本年收入合计": "2796.62", "本年支出合计": "2779.36"},
    "上年本年收入合计2600万元，本年收入合计2796.62万元。": {
        "本年收入合计（上年决算数）": "2600",
        "本年收入合计": "2796.62",
    },
    "2023年本年收入合计2600.00万元。": {},
    "年初预算本年收入合计2700万元。": {"本年收入合计（年初预算数）": "2700"},
    "本年收入合计比上年增加100万元。": {},
    "本年度支出决算合计2779.36万元，结转下年17.26万。": {"本年支出合计": "2779.36", "年末结转和结余": "17.26"},
    "年初结转和结余为零。": {"年初结转和结余": "0"},
    "核定编制数七十名，实有在编人员五十一人，离退休人员共十八人。": {
        "编制数": "70",
        "年末在职人数": "51",
        "离退休人数": "18",
    },
    "总编制70名，其中：行政编制61名，行政工勤编制9名。": {"编制数": "70", "行政编制": "61", "工勤编制": "9"},
    "参公编制5名。": {},
    "“三公”经费预算数15.00万元，实际支出12.35万元。": {"三公经费合计（本年预算数）": "15", "三公经费合计": "12.35"},
    "财政拨款收入预决算差异率为百分之三点四一，固定资产利用率达到百分之百。": {
        "财政拨款收入预决算差异率": "0.0341",
        "固定资产利用率": "1",
    },
    "2023年部门决算于2024年9月1日公开。": {},
    "2024年度部门决算尚未批复。": {"决算公开日期": "尚未批复"},
    "综合评定，自评总得分为98.5分，等级为“优”。": {"自评得分": "98.5", "自评等级": "优"},
    "预算完成率得分6分，资产利用率自评得分4分。": {},
    "自评等级分为优秀、良好、合格、不合格四档。": {},
    "自评分数为一百分。": {"自评得分": "100"},
    "离休人员2名，退休人员16名。": {"离休人数": "2", "退休人数": "16", "离退休人数": "18"},
    "年初无结转，年末结余17.26万元。": {"年初结转和结余": "0", "年末结转和结余": "17.26"},
    "全年总收入2796.62万元，支出总额2779.36万元。": {"总收入": "2796.62", "总支出": "2779.36"},
    "扶贫项目全年支出50万元。": {},
    "基本支出预算100万元，决算90万元。": {"基本支出（预算数）": "100", "基本支出": "90"},
    "公务接待费由3万元变为2万元。": {"公务接待费（上年决算数）": "3", "公务接待费": "2"},
    "2023年收入900万元，支出800万元；2024年收入1000万元，支出950万元。": {"总收入": "1000", "总支出": "950"},
    "年初、年末结转和结余分别为4.39万元和47.72万元。": {"年初结转和结余": "4.39", "年末结转和结余": "47.72"},
    "编制、在职、离退休人数分别为45人、42人、44人。": {"编制数": "45", "年末在职人数": "42", "离退休人数": "44"},
    "部门预算于二〇二四年三月六日公开。": {"预算公开日期": "738951"},
}


@pytest.mark.parametrize("text", READ)
def test_what_a_sentence_states(text: str, patterns: Patterns) -> None:
    assert figures(text, patterns) == READ[text]


def test_cells_of_a_row_are_one_sentence(patterns: Patterns) -> None:
    page = "<html><body><table><tr><td>年末在职人数</td><td>51</td></tr></table></body></html>"
    found = statements(read_prose(page.encode(), "x.html"), patterns)
    assert [(s.figure, s.value.number) for s in found] == [("年末在职人数", Decimal(51))]


def test_the_seed_report(patterns: Patterns) -> None:
    if not SEED.is_file():
        pytest.skip("the seed report is not here")
    found = figures(SEED.read_text(encoding="utf-8"), patterns)
    day = found.pop("预算公开日期")
    assert day == "738951"  # 2024-03-06
    assert found == {
        "评价年度": "2024", "单位名称": "中共湛江市委组织部本级", "文号": "湛财绩〔2025〕2号",
        "编制数": "70", "行政编制": "61", "工勤编制": "9", "年末在职人数": "51", "离退休人数": "18",
        "自评得分": "100", "自评等级": "优秀", "财政拨款收入预决算差异率": "0", "固定资产利用率": "1",
        "本年收入合计": "2796.62", "年初结转和结余": "0", "本年支出合计": "2779.36", "年末结转和结余": "17.26",
        "决算公开日期": "尚未批复", "自评工作小组人数": "13",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "number"), [("十三", 13), ("一百零二", 102), ("二〇", 20), ("百", 100), ("一千二百", 1200), ("三万", 30000)])  # fmt: skip
def test_chinese_numbers(text: str, number: int) -> None:
    assert chinese_number(text) == number


def test_numbers_agree_within_the_coarser_ones_rounding(patterns: Patterns) -> None:
    def value(text: str):  # type: ignore[no-untyped-def]
        return statements(read_prose(f"本年收入合计{text}。".encode(), "x"), patterns)[0].value

    assert agree(value("2796.62万元"), value("2797万元"))
    assert agree(value("2796.62万元"), value("0.28亿元"))
    assert not agree(value("2796.62万元"), value("2796.63万元"))


RATES = {
    "三公经费12.00万元，比上年增加2.00万元，增长20.00%。": [],
    "三公经费12.00万元，比上年增加2.00万元，增长16.67%。": ["增减率"],
    "公务接待费3.20万元，比上年增加3.20万元，上升100%。": ["增减率"],
    "三公经费12.00万元，比上年10.00万元增加10.00万元，增长100%。": ["增减额"],
    "2023年支出1000万元，2024年支出1200万元，增加200万元，增长16.67%。": ["增减率"],
    "2023年支出1000万元，2024年支出1200万元，增加200万元，增长20%。": [],
    "全年预算2800.00万元，实际支出2779.36万元，预算执行率98.26%。": ["执行率"],
    "三公经费12.35万元，比预算15万元减少2.65万元，下降17.67%。": [],
    "三公经费支出由10.00万元下降到8.00万元，降幅25%。": ["增减率"],
    "三公经费8.00万元，同比减少2.00万元，同比下降20%。": [],
    "三公经费8.00万元，较2023年的10.00万元下降25.00%。": ["增减率"],
    "三公经费8.00万元，上年为10.00万元，减少10.00万元。": ["增减额"],
    "三公经费上年为零，本年3.20万元，增长100%。": ["增减率"],
    "公务接待费本年3.20万元（上年0.00万元），上升100%。": ["增减率"],
    "2024年支出1200万元，比2023年的1000万元减少200万元，下降20%。": ["增减额"],
    "年初预算1000万元，调整后预算1200万元，决算支出1140万元，预算执行率95%。": [],
    "年初预算1000万元，调整后预算1200万元，决算支出1140万元，预算执行率114%。": ["执行率"],
    "本年支出1140万元，完成年初预算（1000万元）的104%。": ["执行率"],
    "会议费5.00万元，比上年增长20%（上年4.00万元）。": ["增减率"],
    "本年收入1200万元。与2023年相比，本年收入增加300万元（上年为1000万元）。": ["增减额"],
    "全年支出1000万元，其中基本支出600万元，占60%；项目支出400万元，占45%。": ["占比"],
    "全年支出1000万元，基本支出600万元，占总支出的60%。": [],
}

SUMS = {
    "本年支出合计1000万元，其中：基本支出600万元，项目支出300万元。": ["本年支出合计"],
    "基本支出600万元（人员经费500万元、公用经费120万元）。": ["基本支出"],
    "本年收入合计100.00万元，其中：一般公共预算财政拨款收入80.00万元，事业收入10.00万元，其他收入5.00万元。": [
        "本年收入合计"
    ],
    "本年收入合计100.00万元，其中：一般公共预算财政拨款收入80.00万元，事业收入10.00万元。": [],
    "总编制70名，其中：行政编制61名，行政工勤编制8名。": ["编制数"],
    "总编制70名（行政编制61名、工勤编制9名）。": [],
    "总编制70名，其中：行政编制60名，工勤编制6名，政法专项编制4名。": [],
    "三公经费11.00万元，包括：因公出国（境）费1.00万元，公务用车购置及运行维护费6.00万元，公务接待费5.00万元。": [
        "三公经费合计"
    ],
}


@pytest.mark.parametrize("text", RATES)
def test_rates_beside_their_figures(text: str, patterns: Patterns) -> None:
    prose = read_prose(text.encode(), "x")
    stated, every = statements(prose, patterns), told(prose, patterns)
    found = [*rates(every, stated, patterns), *shares(stated, every, patterns)]
    assert [trouble.field for trouble in found] == RATES[text]


@pytest.mark.parametrize("text", SUMS)
def test_parts_of_a_sentence(text: str, patterns: Patterns) -> None:
    stated = statements(read_prose(text.encode(), "x"), patterns)
    assert [trouble.field for trouble in sums(stated, patterns, ())] == SUMS[text]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("占 %。", 1),
        ("共×××万元。", 1),
        ("共____人。", 1),
        ("比上年增长XX%。", 1),
        ("决算公开情况待补充。", 1),
        ("决算于  年  月  日批复。", 1),
        ("填报人：  填报日期：  年  月  日", 0),
        ("待补充完善的制度已印发。", 0),
        ("占30%。", 0),
        ("2×4米、XML。", 0),
    ],
)
def test_blank_slots(text: str, slots: int) -> None:
    assert len(list(blank_slots(list(sentences(read_prose(text.encode(), "x")))))) == slots


@pytest.mark.parametrize(("text", "count"), [("（三）存在问题\n无。", 0), ("（三）存在问题\n不存在明显问题。", 0), ("（三）存在问题\n1.资金使用进度偏慢。\n（四）改进措施\n1.加快进度。", 1)])  # fmt: skip
def test_problems(text: str, count: int) -> None:
    assert len(problems(read_prose(text.encode(), "x"))) == count


def test_a_wrong_field_is_named_with_file_and_line(tmp_path: Path, pack: Pack) -> None:
    path = tmp_path / "report.yaml"
    path.write_text("between: [为]\nnot_before: []\nfigures:\n  - {name: 甲, kind: 金额, form: 基础数据表, field: 本年收入合记, column: 决算数, says: ['甲{金额}']}\n", encoding="utf-8")  # fmt: skip
    with pytest.raises(PackError, match=r"report\.yaml:4: .*本年收入合计"):
        load_report(path, {form.name: list(form.cells) for form in pack.forms})


def sample_outcomes(pack: Pack, patterns: Patterns) -> dict[str, set[tuple[str, str]]]:
    """Folder → (rule, cell or quote) of every failed report rule."""
    units = [
        (folder, reading.read_submission(folder, pack))
        for folder in folders.discover(SAMPLES, lambda path: reading.is_form(path, pack))
    ]
    names = tuple(submission.unit for _, submission in units)
    found: dict[str, set[tuple[str, str]]] = {}
    for folder, submission in units:
        file = next((paper.file for paper in submission.papers if paper.form == "自评报告"), None)
        if file is None:
            continue
        made = reportreading.read_report(read_prose((folder.root / file).read_bytes(), file), patterns, names)
        for procedure, judge in {**reportrules.PROCEDURES, **JOINED}.items():
            rule = pack.rule(procedure) or pack.rules[0]
            for outcome in judge(rule, submission, pack, made):
                if outcome.verdict is Verdict.FAILED:
                    found.setdefault(folder.name, set()).add(
                        (procedure, outcome.place.cell or outcome.place.quote or "")
                    )
    return found


def test_the_sample_units_reports(pack: Pack, patterns: Patterns) -> None:
    if not (SAMPLES / "expected.yaml").is_file():
        pytest.skip("the sample workbooks are not here")
    wanted: dict[str, list[tuple[str, str]]] = {}
    for folder, item in load(SAMPLES / "expected.yaml").mapping().items():
        for entry in item.items() if item.is_sequence() else ():
            keys = entry.mapping()
            rule = keys["rule"].text()
            if "quote" in keys:
                wanted.setdefault(folder, []).append((rule, keys["quote"].text()))
            elif rule == "full-marks-without-accounts":
                wanted.setdefault(folder, []).append((rule, keys["cell"].text()))
    found = sample_outcomes(pack, patterns)
    assert {folder: sorted(rule for rule, _ in each) for folder, each in found.items()} == {folder: sorted(rule for rule, _ in each) for folder, each in wanted.items()}  # fmt: skip
    for folder, each in wanted.items():
        for rule, quote in each:
            assert any(rule == other and quote in said for other, said in found[folder])


def test_a_changed_figure_is_found_in_its_sentence(pack: Pack, patterns: Patterns) -> None:
    """Every linked number of a clean sample report, changed in one digit, is a finding at that sentence."""
    folder = next((f for f in folders.discover(SAMPLES, lambda path: reading.is_form(path, pack)) if f.name.startswith("13 ")), None)  # fmt: skip
    if folder is None:
        pytest.skip("the sample workbooks are not here")
    submission = reading.read_submission(folder, pack)
    file = next(paper.file for paper in submission.papers if paper.form == "自评报告")
    text = (folder.root / file).read_text(encoding="utf-8")
    clean = reportreading.read_report(read_prose(text.encode(), file), patterns)
    rule = pack.rules[0]
    tried = 0
    for statement in clean.statements:
        if (
            statement.value.number is None
            or reportrules.linked(patterns.figure(statement.figure), submission, pack) is None
        ):
            continue
        if (
            patterns.figure(statement.figure).kind not in ("金额", "人数", "比率", "日期")
            or statement.figure == "评价年度"
        ):
            continue
        last = re.search(r"\d(?=\D*$)", statement.printed)
        assert last is not None
        wrong = statement.printed[: last.start()] + str((int(last[0]) + 3) % 10) + statement.printed[last.end() :]
        quote = statement.sentence.quote.replace(statement.printed, wrong, 1)
        made = reportreading.read_report(
            read_prose(text.replace(statement.sentence.quote, quote).encode(), file), patterns
        )
        failed = [o for o in reportrules.PROCEDURES["report-figure-differs"](rule, submission, pack, made) if o.verdict is Verdict.FAILED]  # fmt: skip
        assert [o.place.quote for o in failed] == [quote], statement.figure
        tried += 1
    assert tried >= 10
