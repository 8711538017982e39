"""What the words around a sentence make it speak of: its heading, the sentence or question before it, the item above it."""

from __future__ import annotations

from xlcheck.model import Paragraph
from xlcheck.reportfile import Figure, Patterns
from xlcheck.reportnouns import mentioned, titled
from xlcheck.reportsentences import Sentence

_LONGEST_TITLE = 40  # characters of a sentence that announces what the next one tells
_LONGEST_ITEM = 60


class Context:
    """The figure that was told or announced last, as far as it holds for the sentence that comes."""

    def __init__(self, patterns: Patterns) -> None:
        self.patterns = patterns
        self._paragraph: Paragraph | None = None
        self.last: Figure | None = None
        self.guessed = True  # it was not named as a title names it
        self.before = ""  # what the paragraph has said
        self.words = ""  # what announced it
        self.told: list[str] = []  # the figures that the paragraph has told

    def enter(self, sentence: Sentence) -> None:
        """Go on to a sentence; a new paragraph begins anew, but for the next item of a list."""
        before, self._paragraph = self._paragraph, sentence.paragraph
        if before is sentence.paragraph:
            return
        self.before = ""
        if before is None or not (_is_item(before) and _is_item(sentence.paragraph)):
            self.last, self.told = None, []
        elif before.headings != sentence.paragraph.headings:
            self.guessed = True
        if self.last is None:
            self.words = "".join(sentence.paragraph.headings[-1:])

    def leave(self, sentence: Sentence, figures: list[Figure], about: Figure | None) -> None:
        """The figures that the sentence told, and the last of them that is no part; where it told none, what it announces."""
        self.before += sentence.text
        if figures:
            self.last, self.guessed = about, True
            self.told += [figure.name for figure in figures]
        elif len(sentence.text) <= _LONGEST_TITLE:
            self.words = sentence.text
            whole = titled(self.patterns, sentence.text)
            figure = whole or mentioned(self.patterns, sentence.text)
            if figure is not None:
                self.last, self.guessed = figure, whole is None

    def about(self, sentence: Sentence) -> tuple[Figure | None, bool]:
        """The figure that a sentence may go on to tell of without naming it, and whether that is but a guess."""
        if self.last is not None:
            return self.last, self.guessed
        found = (titled(self.patterns, title) for title in sentence.paragraph.headings[:-3:-1])
        figure = next((each for each in found if each is not None), None)
        if figure is None and sentence.paragraph.headings:
            return mentioned(self.patterns, sentence.paragraph.headings[-1]), True
        return figure, False


def _is_item(paragraph: Paragraph) -> bool:
    """Whether a paragraph is a line of a list or a row, not running text."""
    return len(paragraph.text) <= _LONGEST_ITEM and "。" not in paragraph.text and not paragraph.row
