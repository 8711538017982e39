"""The command line: parse, call, print, exit. Heavy libraries are imported where they are used."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from xlcheck.resources import VERSION

PACK = "zhanjiang-2024"
_pack = click.option("--pack", default=PACK, show_default=True, help="A pack's name, or a folder with pack.yaml.")
_jobs = click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes that read files.")
_cache = click.option("--no-cache", "cached", is_flag=True, flag_value=False, default=True, help="Check everything anew; keep nothing for next time.")  # fmt: skip
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr while files are read; none where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    bar: Any = None

    def show(done: int, of: int) -> None:
        nonlocal bar
        if of < 3:
            return
        if bar is None or bar.length != of:
            bar = click.progressbar(length=of, label="读取", file=sys.stderr, show_pos=True, show_eta=True)
        bar.update(done - bar.pos)

    yield show
    if bar is not None:
        bar.render_finish()


def _tell(sentence: str) -> None:
    click.echo(f"xlcheck: {sentence}", err=True)


@contextmanager
def _sentence() -> Iterator[None]:
    """What could not be done is one sentence on stderr and exit 2."""
    from xlcheck.collecting import CannotCheck
    from xlcheck.packfile import PackError
    from xlcheck.roster import CannotReadRoster
    from xlcheck.saving import CannotSave

    try:
        yield
    except (CannotCheck, CannotReadRoster, CannotSave, PackError) as error:
        _tell(str(error))
        sys.exit(2)
    except OSError as error:
        _tell(f"系统拒绝了操作：{error}。请确认磁盘有空间、文件和文件夹可以读写，然后重试。")
        sys.exit(2)


class _Commands(click.Group):
    """The commands; Ctrl-C ends each with one line and exit 130, as shells expect."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _tell("已中断；写完的文件都是完整的，没有写完的不会留下。")
            sys.exit(130)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="xlcheck")
def main() -> None:
    """Check performance self-evaluation workbooks before filing, and roll a city's units up."""
    gc.set_threshold(50_000, 20, 50)  # a run makes millions of records and hardly a cycle among them
    for stream in (sys.stdout, sys.stderr):  # a character that the terminal cannot show is no reason to stop
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_pack
@click.option("--out", type=click.Path(path_type=Path), help="Write annotated copies below this folder.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "html", "sarif"]), default="text", show_default=True
)
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), default="error", show_default=True)
@_lang
@_jobs
@_cache
def check(paths: tuple[Path, ...], pack: str, out: Path | None, form: str, fail_on: str, lang: str, jobs: int, cached: bool) -> None:  # fmt: skip
    """Check workbooks, units' folders, or folders of units' folders.

    Example: xlcheck check sample_workbooks --out marked
    """
    from xlcheck import exports, outputs, render

    with _sentence(), _progress() as progress:
        report = outputs.check_and_annotate(
            paths, pack, out, lang, jobs=jobs, cached=cached, progress=progress, tell=_tell
        )
    said = {
        "text": lambda: render.text(report, lang),
        "json": lambda: render.as_json(report),
        "html": lambda: exports.as_html(report, lang),
        "sarif": lambda: exports.as_sarif(report),
    }[form]()
    click.echo(said, nl=False)
    counts = report.summary()
    levels = {"error": ("error",), "warning": ("error", "warning"), "never": ()}[fail_on]
    sys.exit(1 if any(counts[level] for level in levels) else 0)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The roll-up workbook to write.")
@click.option("--roster", type=click.Path(path_type=Path), help="单位名录.xlsx: who has to file.")
@click.option("--annotate", "marked", type=click.Path(path_type=Path), help="Write annotated copies below this folder.")
@_pack
@_lang
@_jobs
@click.option(
    "--dask", metavar="ADDRESS", help="Check on the workers of this Dask scheduler (tcp://host:8786) instead."
)
@click.option("--parquet", metavar="DIR", type=click.Path(path_type=Path), help="Write every value and finding as Parquet tables, too.")  # fmt: skip
@_cache
def rollup(folder: Path, out: Path, roster: Path | None, marked: Path | None, pack: str, lang: str, jobs: int, dask: str | None, parquet: Path | None, cached: bool) -> None:  # fmt: skip
    """Roll a folder of units' folders up into one workbook.

    Example: xlcheck rollup sample_workbooks --out 汇总.xlsx --roster sample_workbooks/单位名录.xlsx
    """
    from xlcheck import outputs

    with _sentence(), _progress() as progress:
        report = outputs.roll_up(folder, out, pack=pack, roster=roster, annotate=marked, dask=dask, parquet=parquet, lang=lang, jobs=jobs, cached=cached, progress=progress, tell=_tell)  # fmt: skip
    click.echo(f"{out}：{len(report.submissions)} 份申报，{len(report.findings)} 条问题。")


@main.command()
@click.argument("submitted", type=click.Path(path_type=Path))
@click.argument("published", type=click.Path(path_type=Path))
@_pack
@click.option("--out", type=click.Path(path_type=Path), help="Write a workbook with both values side by side.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_lang
@_jobs
def compare(submitted: Path, published: Path, pack: str, out: Path | None, form: str, lang: str, jobs: int) -> None:
    """Compare what was submitted with what was published, field by field and sentence by sentence.

    Each is a file, a unit's folder, or a folder of several units, in folders of
    their own or side by side; formats may differ. Exit 1 when something differs.

    Example: xlcheck compare 报送/教育局 公开/教育局 --out 比对.xlsx
    """
    from xlcheck import comparing, comparison_sheet, comparison_text

    with _sentence(), _progress() as progress:
        found = comparing.compare(submitted, published, pack, jobs=jobs, progress=progress)
        if out is not None:
            comparison_sheet.write_comparison(
                found, out, sources=comparing.sources(found, submitted, published), lang=lang
            )
    click.echo(comparison_text.as_text(found, lang) if form == "text" else comparison_text.as_json(found), nl=False)
    sys.exit(1 if any(True for unit in found.units for _ in unit.different) else 0)


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("xlcheck-demo"), show_default=True)
def demo(out: Path) -> None:
    """Check and roll up the sample workbooks.

    Example: xlcheck demo --out xlcheck-demo
    """
    from xlcheck import outputs, render
    from xlcheck.resources import samples_folder

    samples = samples_folder()
    with _sentence():
        roster = samples / "单位名录.xlsx"
        report = outputs.roll_up(
            samples, out / "汇总.xlsx", pack=PACK, roster=roster, annotate=out / "审核", cached=False
        )
    click.echo(render.text(report), nl=False)
    click.echo(
        f"请打开 {out / '汇总.xlsx'}（全市汇总）和 {out / '审核'} 下各单位的 .审核.xlsx、.审核.docx（标注副本）。"
    )


@main.group()
def cache() -> None:
    """Look at, or delete, what is kept beside an output so that the next run need not check it again."""


@cache.command("info")
@click.argument("path", default=".", type=click.Path(path_type=Path))
def cache_info(path: Path) -> None:
    """Show the caches of an output, or of the outputs in a folder.

    Example: xlcheck cache info 汇总.xlsx
    """
    from xlcheck import cache

    found = cache.caches_at(path)
    for each in found:
        known = cache.info(each)
        click.echo(f"{each}：{known.units} 份申报，{known.files} 个文件，{known.size / 1e6:.1f} MB，上次使用 {known.last}（UTC）" if known else f"{each}：无法读取")  # fmt: skip
    if not found:
        click.echo(f"{path} 没有缓存。")


@cache.command("clear")
@click.argument("path", default=".", type=click.Path(path_type=Path))
def cache_clear(path: Path) -> None:
    """Delete the caches of an output, or of the outputs in a folder; the outputs stay.

    Example: xlcheck cache clear 汇总.xlsx
    """
    from xlcheck import cache

    with _sentence():
        for each in cache.caches_at(path):
            click.echo(f"已删除 {each}（{cache.clear(each) / 1e6:.1f} MB）。")


@main.group()
def rules() -> None:
    """List, show and test the rules of a pack."""


@rules.command("test")
@_pack
def rules_test(pack: str) -> None:
    """Run every rule's own examples.

    Example: xlcheck rules test
    """
    from xlcheck import examples
    from xlcheck.rules import load_pack

    with _sentence():
        loaded = load_pack(pack)
        outcomes = [outcome for rule in loaded.rules for outcome in examples.run(rule, loaded)]
    wrong = [outcome for outcome in outcomes if outcome.said is not outcome.expected]
    for outcome in wrong:
        click.echo(f"{outcome.item.path.name}:{outcome.item.line}: {outcome.rule} 应为 {outcome.expected}，实为 {outcome.said}")  # fmt: skip
    click.echo(f"{len(outcomes) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong else 0)


@rules.command("list")
@_pack
def rules_list(pack: str) -> None:
    """List the rules.

    Example: xlcheck rules list
    """
    from xlcheck.rules import load_pack

    with _sentence():
        for rule in load_pack(pack).rules:
            click.echo(f"{rule.id}  {rule.cls}  {rule.title}")


@rules.command("lint")
@_pack
def rules_lint(pack: str) -> None:
    """Look for what is doubtful in a pack though it loads.

    Example: xlcheck rules lint
    """
    from xlcheck import linting
    from xlcheck.rules import load_pack

    with _sentence():
        loaded = load_pack(pack)
        doubts = list(linting.lint(loaded))
    for doubt in doubts:
        click.echo(doubt)
    click.echo(f"{loaded.name}: {len(loaded.rules)} rules, {len(doubts)} doubts")
    sys.exit(1 if doubts else 0)


@rules.command("show")
@click.argument("rule_id")
@_pack
def rules_show(rule_id: str, pack: str) -> None:
    """Show one rule, or one notice.

    Example: xlcheck rules show carryover-does-not-balance
    """
    from xlcheck import catalogue
    from xlcheck.oddities import BY_CODE
    from xlcheck.packfile import PackError, nearest
    from xlcheck.rules import load_pack

    with _sentence():
        loaded = load_pack(pack)
        rule, oddity = loaded.rule(rule_id), BY_CODE.get(rule_id)
        if rule is not None:
            lines = catalogue.page(rule)
        elif oddity is not None:
            lines = catalogue.notice(oddity)
        else:
            known = [*(each.id for each in loaded.rules), *BY_CODE]
            raise PackError(f"没有规则「{rule_id}」，{nearest(rule_id, known)}")
        click.echo("\n".join(lines))


@rules.command("doc")
@_pack
def rules_doc(pack: str) -> None:
    """Print the page of all rules (docs/rules.md).

    Example: xlcheck rules doc
    """
    from xlcheck import catalogue
    from xlcheck.rules import load_pack

    with _sentence():
        click.echo(catalogue.document(load_pack(pack)), nl=False)


if __name__ == "__main__":
    main()
