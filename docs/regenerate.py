"""Rewrite what the documents quote from the program; `make docs` runs this, tests/test_docs.py compares.

A document quotes a command by an HTML comment with a fenced block under it:

    <!-- command: xlcheck check sample_workbooks/… -->
    ```text
    (what the command says on stdout)
    ```

A block marked ```` ```console ```` begins with the command after a `$`. A command may end in `| head -20`;
what is cut off then shows as 「…」. Commands run in a copy of the checkout's rules/ and sample_workbooks/, a new
one for each document, so that they may write files.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
COMMANDS_PAGE = "docs/cli.md"
WHOLE = {"docs/rules.md": "xlcheck rules doc"}  # pages that are one command's output

MARKER = re.compile(r"^<!-- command: (?P<command>.+?) -->$", re.MULTILINE)
BLOCK = re.compile(
    MARKER.pattern + r"\n+(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<body>(?:.*\n)*?)(?P=fence)$", re.MULTILINE
)


class CannotQuote(Exception):
    """A document quotes a command that does not work, or quotes it in a way that cannot be read."""


def documents() -> list[str]:
    """Paths, relative to the checkout, of every page that may quote the program."""
    found = {path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md"))}
    return sorted(found | {COMMANDS_PAGE, *WHOLE})


def commands() -> Iterator[str]:
    """Every command of the program, groups too, as it is typed: `xlcheck`, `xlcheck check`, `xlcheck rules list` …"""
    from xlcheck.cli import main

    def walk(command: click.Command, words: list[str]) -> Iterator[str]:
        yield " ".join(words)
        if isinstance(command, click.Group):
            context = click.Context(command, info_name=words[-1])
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                if below is not None and not below.hidden:
                    yield from walk(below, [*words, name])

    return walk(main, ["xlcheck"])


def output(command: str, folder: Path) -> str:
    """What the command says on stdout when run in ``folder``; raises :class:`CannotQuote` where it exits with 2."""
    typed, _, head = command.partition(" | head -")
    words = shlex.split(typed)
    if words[:1] != ["xlcheck"] or (head and not head.isdigit()):
        raise CannotQuote(f"not a command that can be run here: {command}")
    ran = subprocess.run(
        [sys.executable, "-c", "from xlcheck.cli import main; main(prog_name='xlcheck')", *words[1:]],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if ran.returncode not in (0, 1):  # 1: something was found, which is what a sample shows
        raise CannotQuote(f"{command} exits with {ran.returncode}: {ran.stderr.strip()}")
    lines = ran.stdout.rstrip("\n").split("\n")
    if head and len(lines) > int(head):
        lines = [*lines[: int(head)], "…"]
    return "\n".join(lines) + "\n"


def with_all_commands(text: str) -> str:
    """The commands' page, with an empty section added for each command that it does not show the help of."""
    shown = {match["command"] for match in MARKER.finditer(text)}
    for command in commands():
        if f"{command} --help" not in shown:
            text += f"\n## {command}\n\n<!-- command: {command} --help -->\n```text\n```\n"
    return text


def regenerated(name: str) -> str:
    """The document's text as it ought to be; raises :class:`CannotQuote`."""
    path = ROOT / name
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if name in WHOLE:
            return output(WHOLE[name], folder)
        text = path.read_text(encoding="utf-8") if path.exists() else "# Commands\n"
        if name == COMMANDS_PAGE:
            text = with_all_commands(text)
        if len(MARKER.findall(text)) != len(BLOCK.findall(text)):
            raise CannotQuote(f"{name}: a command without a fenced block under it")
        for shipped in ("rules", "sample_workbooks"):
            shutil.copytree(ROOT / shipped, folder / shipped)

        def fresh(match: re.Match[str]) -> str:
            said = output(match["command"], folder)
            if match["fence"] in said:
                raise CannotQuote(f"{name}: the fence of {match['command']} must be longer than one in its output")
            typed = f"$ {match['command']}\n" if match["info"].strip() == "console" else ""
            start, end = match.span("body")
            return text[match.start() : start] + typed + said + text[end : match.end()]

        return BLOCK.sub(fresh, text)


def main() -> None:
    """Rewrite every document that has drifted, and name it."""
    for name in documents():
        path = ROOT / name
        text = regenerated(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"rewrote {name}")


if __name__ == "__main__":
    try:
        main()
    except CannotQuote as error:
        sys.exit(str(error))
