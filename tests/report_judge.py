"""An independent judge of what xlcheck reads in narrative reports: texts of many hands, each figure spoiled in turn.

Run it as ``python -m tests.report_judge [group] [--show]``. A group is a folder of ``tests/report_texts``;
each of its texts is filled with the figures of an invented unit whose tables are filed beside it. As filed,
nothing may be said of it; with one figure spoiled, the right rule must name that very sentence (how often any rule
does is counted beside it: the sentence is found then, though for what follows from its figure). The texts were written
before the patterns that read them.
"""

from __future__ import annotations

import argparse
import html
import io
import random
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docx

from tests.drift_papers import file_unit
from tests.drift_printed import make_unit
from tests.drift_unit import Unit
from tests.report_figures import Slot, Unstated, amount, cell, rules_for, spoiled, worded
from xlcheck import folders, reading, reportreading, reportrules
from xlcheck.model import Submission, Verdict
from xlcheck.papers.prose import read_prose
from xlcheck.reportidentity import JOINED
from xlcheck.rules import Pack, load_pack

TEXTS = Path(__file__).parent / "report_texts"
_SLOT = re.compile(r"\{(~?)([^{}:]+)(?::([^{}]+))?\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A report with its slots: ``parts`` are strings and slots in reading order; ``seed`` is where a fitting unit is known."""

    name: str
    unit: str
    kind: str
    wrap: int
    nil: tuple[str, ...]
    parts: tuple[str | Slot, ...]
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """One spoiled figure: whether a right rule named its sentence, and whether any rule did (``noticed``)."""

    text: str
    slot: Slot
    way: str
    printed: str
    found: bool
    noticed: bool
    said: tuple[tuple[str, str], ...]


def load(path: Path) -> Text:
    """A text of the judge: lines with ``#`` say how it is filed, {figure:style} is a slot, {~…} one that is not judged."""
    heads: dict[str, list[str]] = {}
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        head = re.match(r"# (\w+): (.*)", line)
        if head is None:
            lines.append(line)
        else:
            heads.setdefault(head[1].rstrip("2"), []).append(head[2])
    parts: list[str | Slot] = []
    source, at = "\n".join(lines), 0
    for match in _SLOT.finditer(source):
        parts += [source[at : match.start()], Slot(match[2], match[3] or "", not match[1])]
        at = match.end()
    parts.append(source[at:])
    nil = tuple(name.strip() for each in heads.get("nil", []) for name in each.split(","))
    wrap = int(heads["wrap"][0]) if "wrap" in heads else 0
    seed = int(heads["seed"][0]) if "seed" in heads else 0
    return Text(path.stem, heads["unit"][0], heads.get("kind", ["txt"])[0], wrap, nil, tuple(parts), seed)


def invent(text: Text) -> tuple[Unit, list[str]]:
    """A unit of which the text can be true, with each slot as printed."""
    for seed in (text.seed, *range(20_000)):
        unit = make_unit(random.Random(f"{text.unit}{seed}"), name=text.unit)
        try:
            if unit.blank_columns or unit.missing or amount(unit, "自评得分") == 100:
                continue
            if any(unit.items[cell(unit, name)].number for name in text.nil):
                continue
            return unit, [worded(unit, slot) for slot in text.parts if isinstance(slot, Slot)]
        except Unstated:
            continue
    raise AssertionError(f"{text.name}: no unit fits")


def filled(text: Text, printed: list[str]) -> str:
    """The text with its slots filled."""
    words = iter(printed)
    return "".join(part if isinstance(part, str) else next(words) for part in text.parts)


def paper(text: Text, body: str) -> bytes:
    """The report as a file: plain text (hard-wrapped where asked for), a web page or a .docx with its tables."""
    lines = body.splitlines()
    if text.kind == "txt":
        if text.wrap:
            lines = [line[i : i + text.wrap] for line in lines for i in range(0, max(1, len(line)), text.wrap)]
        return "\n".join(lines).encode()
    if text.kind == "html":
        return ("<html><body>" + "".join(f"<p>{html.escape(line)}</p>" for line in lines) + "</body></html>").encode()
    document = docx.Document()
    table = None
    for line in lines:
        if line.startswith("|"):
            cells = line.strip("|").split("|")
            table = document.add_table(0, len(cells)) if table is None else table
            for cell, said in zip(table.add_row().cells, cells, strict=True):
                cell.text = said
        else:
            table = None
            document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def findings(
    data: bytes, name: str, submission: Submission, pack: Pack, others: tuple[str, ...]
) -> list[tuple[str, str]]:
    """(rule, quote) of everything that the rules on reports say of this one."""
    assert pack.report is not None
    made = reportreading.read_report(read_prose(data, name), pack.report, others)
    found = []
    for procedure, judge in {**reportrules.PROCEDURES, **JOINED}.items():
        for outcome in judge(pack.rule(procedure) or pack.rules[0], submission, pack, made):
            if outcome.verdict is Verdict.FAILED:
                found.append((procedure, outcome.place.quote or ""))
    return found


def plain(text: str) -> str:
    """Text without what line breaks, table cells and full width change."""
    return "".join(unicodedata.normalize("NFKC", text.replace("|", "")).split())


def around(text: Text, printed: list[str], index: int) -> str:
    """A spoiled slot with the words right before it, as the finding's quote must hold it."""
    words = iter(printed)
    before, seen = "", -1
    for part in text.parts:
        if isinstance(part, str):
            before += part
            continue
        said = next(words)
        seen += 1
        if seen == index:
            line = re.split(r"[\n。；;！]", before)[-1]
            return plain(line)[-4:] + plain(said)
        before += said
    raise AssertionError(index)


def trials(
    text: Text, others: tuple[str, ...], pack: Pack, ways: int | None = None
) -> Iterator[Trial | tuple[str, str]]:
    """The false alarms on the text as filed, as (rule, quote), then trials of each slot, spoiled in some ``ways`` or all."""
    unit, printed = invent(text)
    with tempfile.TemporaryDirectory() as top:
        file_unit(unit, random.Random(text.name), Path(top), text.unit)
        folder = next(iter(folders.discover(Path(top), lambda path: reading.is_form(path, pack))))
        submission = reading.read_submission(folder, pack)
    yield from findings(paper(text, filled(text, printed)), text.name, submission, pack, others)
    slots = [part for part in text.parts if isinstance(part, Slot)]
    for index, slot in enumerate(slots):
        wrongs = spoiled(unit, slot, printed[index], others) if slot.judged else {}
        for way, wrong in list(wrongs.items())[:ways]:
            changed = [*printed[:index], wrong, *printed[index + 1 :]]
            said = findings(paper(text, filled(text, changed)), text.name, submission, pack, others)
            quote = around(text, changed, index)
            named = {rule for rule, words in said if quote in plain(words)}
            yield Trial(text.name, slot, way, wrong, bool(named & rules_for(slot)), bool(named), tuple(said))


def run(group: str, pack: Pack, ways: int | None = None) -> tuple[list[Trial], list[tuple[str, str, str]]]:
    """Every trial of a group of texts, and the false alarms as (text, rule, quote)."""
    texts = [load(path) for path in sorted((TEXTS / group).glob("*.txt"))]
    others = tuple(text.unit for text in texts)
    done: list[Trial] = []
    alarms = []
    for text in texts:
        for each in trials(text, others, pack, ways):
            if isinstance(each, Trial):
                done.append(each)
            else:
                alarms.append((text.name, *each))
    return done, alarms


def render(done: list[Trial], alarms: list[tuple[str, str, str]], show: bool) -> str:
    """What was found, said without cause, and missed by figure, text and way; with ``show`` every miss."""
    missed = [trial for trial in done if not trial.found]
    noticed = sum(trial.noticed for trial in done)
    lines = [f"found {len(done) - len(missed)} of {len(done)} ({100 - 100 * len(missed) / len(done):.1f} %); false alarms {len(alarms)}"]  # fmt: skip
    lines.append(f"the sentence named by any rule: {noticed} of {len(done)} ({100 * noticed / len(done):.1f} %)")
    lines += [f"  false: {text} {rule} {quote}" for text, rule, quote in alarms]
    for title, counts in (
        ("figure", Counter(trial.slot.name for trial in missed)),
        ("text", Counter(trial.text for trial in missed)),
        ("way", Counter(trial.way for trial in missed)),
    ):
        lines.append(f"missed by {title}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    for each in missed if show else ():
        lines.append(
            f"  miss: {each.text} {each.slot.name}:{each.slot.style} {each.way} → {each.printed} | {each.said}"
        )
    return "\n".join(lines)


def main() -> None:
    """Print how one set of texts fared."""
    parser = argparse.ArgumentParser(description=__doc__)
    groups = sorted(folder.name for folder in TEXTS.iterdir() if folder.is_dir())
    parser.add_argument("group", choices=groups, nargs="?", default="first")
    parser.add_argument("--show", action="store_true", help="print every miss")
    options = parser.parse_args()
    sys.stdout.write(render(*run(options.group, load_pack()), options.show) + "\n")


if __name__ == "__main__":
    main()
