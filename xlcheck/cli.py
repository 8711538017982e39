"""The command line: parse, call, print, exit. Heavy libraries are imported where they are used."""

from __future__ import annotations

import click
from xlcheck.resources import VERSION

PACK = "zhanjiang-2024"


@click.group()
@click.version_option(VERSION, prog_name="xlcheck")
def main() -> None:
    """xl"""


@main.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--pack", default=PACK)
@click.option("--format", "form", default="text")
@click.option("--fail-on", default="error")
@click.option("--lang", default="zh")
def check(paths, pack, form, fail_on, lang):
    from xlcheck import checking, render

    report = checking.check(paths, pack, lang=lang)
    click.echo(render.as_json(report) if form == "json" else render.text(report, lang), nl=False)


if __name__ == "__main__":
    main()
