"""How many differences between filed and published papers xlcheck finds, at the right field, and how many it makes up.

Run it as ``python -m tests.compare_judge --each 8 --seed 1``: every sample unit is copied, converted by
LibreOffice into the formats that units publish, and compared with itself (nothing may differ); then known
differences are put into the copies' cells and sentences, and each must be found where it was put.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import docx
import openpyxl
from openpyxl.styles import Border

from tests.published_word import publish_word
from xlcheck.comparing import compare
from xlcheck.comparison import REPORT, Compared, Comparison, Matter
from xlcheck.comparison_findings import findings
from xlcheck.folders import Folder
from xlcheck.frame import label_of
from xlcheck.model import Document, Severity, Submission
from xlcheck.reading import read_submission
from xlcheck.rules import Pack, load_pack
from xlcheck.statements import sentences, statements

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"
WRITERS = {
    "html": "html",
    "xls": "xls:MS Excel 97",
    "ods": "ods",
    "pdf": "pdf",
    "txt": "txt:Text (encoded):UTF8",
    "odt": "odt",
    "doc": "doc:MS Word 97",
    "rtf": "rtf",
}
FORMATS = (
    ("xlsx", "docx"),
    ("html", "html"),
    ("xls", "pdf"),
    ("ods", "txt"),
    ("pdf", "pdf"),
    ("bare", "pdf"),
    ("page", "page"),
    ("word", "docx"),
    ("word", "odt"),
    ("word", "pdf"),
)
_FIXED = ("金额单位", "评价年度", "标题年度")  # the year tells columns apart: another one is another paper


@dataclass(frozen=True, slots=True)
class Injected:
    """A difference that was put into the published copy: ``field`` is its label, or words of its sentence."""

    matter: Matter
    paper: str
    field: str
    what: str

    def is_found(self, each: Compared) -> bool:
        """Whether a difference that was found is this one."""
        if each.matter is not self.matter or each.paper != self.paper:
            return False
        if self.matter is Matter.TEXT:
            return any(self.field in side.text for side in (each.submitted, each.published) if side is not None)
        return self.field in each.field


def units() -> list[Path]:
    """The sample units' folders."""
    return sorted(path for path in SAMPLES.iterdir() if path.is_dir())


def copy(unit: Path, target: Path) -> Path:
    """The unit's papers, without what xlcheck says about them."""
    return Path(shutil.copytree(unit, target, ignore=shutil.ignore_patterns("*.out")))


def inject(folder: Path, pack: Pack, rng: random.Random, each: int) -> list[Injected]:
    """Put ``each`` differences into every paper of a folder, at most one a cell or sentence."""
    files = tuple(sorted(path.name for path in folder.iterdir()))
    submission = read_submission(Folder(folder.name, folder, files), pack)
    made = [one for document in submission.documents for one in _in_form(folder, document, pack, rng, each)]
    if submission.prose is not None and submission.prose.format == "docx":
        made += _in_report(folder, submission, pack, rng, each)
    return made


def _in_form(folder: Path, document: Document, pack: Pack, rng: random.Random, each: int) -> list[Injected]:
    form = pack.form(document.form)
    spots = [
        (label_of(name, column, form), value.place)
        for (name, column), value in document.fields.items()
        if (name, column) in form.cells and name not in _FIXED and value.text.strip()
    ]
    keys = []
    for table in form.tables:
        for row in document.tables.get(table.name, ()):
            name = row[table.key].text.strip()
            cells = [row[column.name].place for column in table.columns if column.name in row and not column.spans]
            keys.append((f"{table.name}「{name}」", cells))
            spots += [
                (f"{name}·{column.name}", row[column.name].place)
                for column in table.columns
                if column.name in row
                and column.name != table.key
                and not column.spans
                and row[column.name].text.strip()
            ]
    book = openpyxl.load_workbook(folder / document.file.rpartition("/")[2], data_only=True)
    made: list[Injected] = []
    taken: set[object] = set()
    if keys:
        label, cells = rng.choice(keys)
        for place in cells:
            book[place.sheet][place.cell].value = None
            taken.add(place)
        made.append(Injected(Matter.ROW, form.name, label, "row dropped"))
    for label, place in rng.sample(spots, len(spots)):
        if len(made) >= each:
            break
        if place not in taken:
            taken.add(place)
            made.append(Injected(Matter.FIELD, form.name, label, _alter(book[place.sheet][place.cell], rng)))
    book.save(folder / document.file.rpartition("/")[2])
    return made


def _alter(cell: object, rng: random.Random) -> str:
    """Change what a cell holds, and say how."""
    value = cell.value  # type: ignore[attr-defined]
    if rng.random() < 0.15:
        new: object = None
    elif isinstance(value, bool) or value is None:
        new = "改"
    elif isinstance(value, int | float):
        new = value + rng.choice((1, 10, 0.25)) if isinstance(value, float) else value + rng.choice((1, 2))
    elif isinstance(value, dt.date):
        new = value + dt.timedelta(days=1)
    else:
        new = _digit(str(value)) or f"{value}改"
    cell.value = new  # type: ignore[attr-defined]
    return f"{value} → {new}"


def _digit(text: str) -> str | None:
    """The text with its last digit another one, where it is a number or a date."""
    if not re.fullmatch(r"[\d.,%年月日\-/万元人名]*\d[\d.,%年月日\-/万元人名]*", text):
        return None
    return re.sub(r"\d(?=\D*$)", lambda match: str((int(match[0]) + 1) % 10), text, count=1)


def _in_report(folder: Path, submission: Submission, pack: Pack, rng: random.Random, each: int) -> list[Injected]:
    assert submission.prose is not None
    assert pack.report is not None
    path = folder / submission.prose.name.rpartition("/")[2]
    paper = docx.Document(str(path))
    made: list[Injected] = []
    used: set[str] = set()
    stated = statements(submission.prose, pack.report)
    for statement in rng.sample(stated, len(stated)):
        quote = statement.sentence.quote
        new = {"优秀": "良好", "良好": "优秀", "优": "良", "良": "优"}.get(statement.printed) or _digit(
            statement.printed
        )
        if len(made) < each and quote not in used and new is not None and quote.count(statement.printed) == 1 and statement.figure != "评价年度":  # fmt: skip
            used.add(quote)
            if _replace(paper, quote, quote.replace(statement.printed, new)):
                made.append(Injected(Matter.FIGURE, REPORT, statement.figure, f"{statement.printed} → {new}"))
    figures = {statement.sentence.quote for statement in stated}
    plain = [s for s in sentences(submission.prose) if s.quote not in figures and s.quote.endswith("。") and len(s.quote) > 12]  # fmt: skip
    for sentence, what in zip(rng.sample(plain, min(3, len(plain))), ("dropped", "added", "reworded"), strict=False):
        new = {"dropped": "", "added": f"{sentence.quote}此句公开时另加。", "reworded": f"经研究，{sentence.quote}"}[
            what
        ]
        if _replace(paper, sentence.quote, new):
            made.append(Injected(Matter.TEXT, REPORT, "此句公开时另加" if what == "added" else sentence.quote, what))
    paper.save(str(path))
    return made


def _replace(paper: object, old: str, new: str) -> bool:
    """Put other words into the one paragraph that holds the old ones."""
    for paragraph in paper.paragraphs:  # type: ignore[attr-defined]
        if old in paragraph.text:
            text = paragraph.text.replace(old, new, 1)
            for run in paragraph.runs[1:]:
                run.text = ""
            paragraph.runs[0].text = text
            return True
    return False


def convert(files: Iterable[Path], suffix: str, out: Path) -> None:
    """LibreOffice's conversion of some files into a folder; each file keeps its stem."""
    files = list(files)
    with tempfile.TemporaryDirectory() as profile:
        command = ["soffice", f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--convert-to", WRITERS[suffix], "--outdir", str(out), *map(str, files)]  # fmt: skip
        subprocess.run(command, capture_output=True, timeout=600, check=True)


def publish(source: Path, tables: str, report: str, target: Path) -> Path:
    """A folder of units' folders as it would be published: tables and reports in other formats, or all in one.

    All on one web page (``tables`` is "page"), or in one Word document with the forms as tables ("word"), which
    is then converted if ``report`` is another format. "bare" is a .pdf without rules.
    """
    if tables == "word":
        return _word(source, report, target)
    with tempfile.TemporaryDirectory() as scratch:
        flat, made = Path(scratch, "flat"), Path(scratch, "made")
        flat.mkdir()
        others = {"page": "html", "bare": "pdf"}
        wanted = {".xlsx": others.get(tables, tables), ".docx": others.get(report, report)}
        for unit in sorted(source.iterdir()):
            for path in unit.iterdir():
                shutil.copy(path, flat / f"{unit.name}@{path.name}")
        made.mkdir()
        for path in flat.glob("*.xlsx") if tables == "bare" else ():
            _without_rules(path)
        for suffix, wish in wanted.items():
            found = sorted(flat.glob(f"*{suffix}"))
            if f".{wish}" == suffix:
                for path in found:
                    shutil.copy(path, made)
            elif found:
                convert(found, wish, made)
        for path in flat.glob("*.txt"):
            shutil.copy(path, made)
        for path in sorted(made.iterdir()):
            unit, _, name = path.name.partition("@")
            (target / unit).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / unit / name)
    if tables == "page":
        for unit in target.iterdir():
            _one_page(unit)
    return target


def _without_rules(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                cell.border = Border()
    book.save(path)


def _word(source: Path, suffix: str, target: Path) -> Path:
    with tempfile.TemporaryDirectory() as scratch:
        for number, unit in enumerate(sorted(source.iterdir())):
            publish_word(unit, Path(scratch, f"{unit.name}.docx"), apart=bool(number % 2))
        made = Path(scratch, "made") if suffix != "docx" else Path(scratch)
        if suffix != "docx":
            convert(sorted(Path(scratch).glob("*.docx")), suffix, made)
        for path in made.glob(f"*.{suffix}"):
            (target / path.stem).mkdir(parents=True)
            shutil.copy(path, target / path.stem / f"绩效自评公开.{suffix}")
    return target


def _one_page(unit: Path) -> None:
    """All of a unit's papers on one web page, between a menu and a footer."""
    body = ["<div>首页 &gt; 政务公开</div><div>打印</div>"]
    for path in sorted([*unit.glob("*.html"), *unit.glob("*.txt")], key=lambda path: "报告" not in path.name):
        text = path.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"<body[^>]*>(.*)</body>", text, re.DOTALL | re.IGNORECASE)
        body.append(found[1] if found is not None else "".join(f"<p>{line}</p>\n" for line in text.splitlines()))
        path.unlink()
    body.append("<div>主办：某市人民政府　版权所有</div>")
    page = '<!doctype html><html><head><meta charset="utf-8"><title>公开</title></head><body>{}</body></html>'
    (unit / "公开.html").write_text(page.format("\n".join(body)), encoding="utf-8")


class Judged(NamedTuple):
    """What a comparison made of the differences that were injected.

    ``unread`` counts papers without rules that were left unread, and said to be: of these nothing is expected.
    """

    expected: list[Injected]
    missed: list[Injected]
    extra: list[Compared]
    unread: int

    @property
    def flawless(self) -> bool:
        """Whether all was read and found, and nothing else."""
        return not self.missed and not self.extra and not self.unread


def judge(found: Comparison, injected: dict[str, list[Injected]]) -> Judged:
    """Hold a comparison against what was put into the published papers."""
    every: list[Injected] = []
    missed: list[Injected] = []
    extra: list[Compared] = []
    unread = 0
    for unit in found.units:
        assert unit.submitted is not None
        made = findings(unit)
        left = {each.paper for each, _ in made if each.matter is Matter.PAPER and "没有框线" in each.reason}
        unread += len(left)
        expected = [one for one in injected.get(unit.submitted.folder, []) if one.paper not in left]
        every += expected
        missed += [one for one in expected if not any(one.is_found(each) for each, _ in made)]
        extra += [
            each
            for each, finding in made
            if not any(one.is_found(each) for one in expected)
            and not (finding.severity is Severity.NOTE and finding.caused_by is not None)
            and not (each.matter is Matter.PAPER and each.paper in left)
        ]
    return Judged(every, missed, extra, unread)


def main() -> None:
    """Print, for each format, what was made up on equal papers, and what was found of the injected."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=6, help="differences put into each paper")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--formats", nargs="*", default=["+".join(pair) for pair in FORMATS], help="e.g. page+page")
    options = parser.parse_args()
    pack = load_pack()
    rng = random.Random(options.seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        filed, changed = Path(scratch, "filed"), Path(scratch, "changed")
        injected: dict[str, list[Injected]] = {}
        for unit in units():
            copy(unit, filed / unit.name)
            injected[unit.name] = inject(copy(unit, changed / unit.name), pack, rng, options.each)
        for tables, report in (pair for pair in FORMATS if "+".join(pair) in options.formats):
            same = compare(filed, publish(filed, tables, report, Path(scratch, f"same-{tables}-{report}")), pack)
            equal = judge(same, {})
            found = compare(filed, publish(changed, tables, report, Path(scratch, f"changed-{tables}-{report}")), pack)
            judged = judge(found, injected)
            every = Counter(str(one.matter) for one in judged.expected)
            lost = Counter(str(one.matter) for one in judged.missed)
            by = ", ".join(f"{matter} {every[matter] - lost[matter]}/{every[matter]}" for matter in every)
            sys.stdout.write(f"{tables}+{report}: equal papers {len(equal.extra)} made up; injected {every.total() - lost.total()}/{every.total()} found ({by}), {len(judged.extra)} more said\n")  # fmt: skip
            if equal.unread or judged.unread:
                sys.stdout.write(f"    papers without rules left unread, and said to be: {equal.unread}, changed ones {judged.unread}\n")  # fmt: skip
            for one in judged.missed:
                sys.stdout.write(f"    missed: {one.paper} {one.field}: {one.what}\n")
            for each in (*equal.extra, *judged.extra):
                sides = [side.text[:40] if side is not None else "-" for side in (each.submitted, each.published)]
                sys.stdout.write(f"    said: {each.matter} {each.state} {each.paper} {each.field} {sides}\n")
            wrong += len(equal.extra) + len(judged.missed)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
