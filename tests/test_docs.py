"""The documents say what the program says."""

from __future__ import annotations

import re

import pytest
import regenerate

PAGES = [*regenerate.documents(), "CHANGELOG.md", "CONTRIBUTING.md"]
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s#]+)[^)]*\)")


@pytest.mark.parametrize("name", regenerate.documents())
def test_a_document_quotes_what_the_program_says(name: str) -> None:
    written = (regenerate.ROOT / name).read_text(encoding="utf-8")
    assert written == regenerate.regenerated(name), f"{name} has drifted from the program; run: make docs"


def test_every_command_has_its_help_on_the_page_of_commands() -> None:
    page = (regenerate.ROOT / regenerate.COMMANDS_PAGE).read_text(encoding="utf-8")
    missing = [command for command in regenerate.commands() if f"<!-- command: {command} --help -->" not in page]
    assert not missing, "run: make docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_link_to_a_file_leads_to_a_file(name: str) -> None:
    page = regenerate.ROOT / name
    targets = [match["target"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    dead = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not dead
