"""Python in the theme's colours: keywords, texts and comments stand out, all else is quiet."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.look.theme import theme

PLAIN, IN_TEXT = 0, 1
"""States of a line's end: in code, or within three quotation marks."""

QUOTES = '"""'
TOKENS = re.compile(
    r'(?P<comment>#.*)|(?P<long>""")|(?P<text>[fr]?"(?:\\.|[^"\\])*"|[fr]?\'(?:\\.|[^\'\\])*\')'
    r"|(?P<decorator>^\s*@[\w.]+)|(?P<defined>(?<=\bdef )\w+)|(?P<word>\b[A-Za-z_]\w*\b)"
)
COLORS = {
    "comment": "faint",
    "text": "curve_3_text",
    "decorator": "accent",
    "word": "accent",
}
"""The token of each kind; words are keywords only."""


class PythonColors(QSyntaxHighlighter):
    """Colours a document, and again when the theme changes."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._take_theme()
        theme().changed.connect(self._take_theme)

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        self.setCurrentBlockState(PLAIN)
        place = 0
        if self.previousBlockState() == IN_TEXT:
            place = self._end_text(text, 0)
        while match := TOKENS.search(text, place):
            place = match.end()
            kind = match.lastgroup or ""
            if kind == "long":
                place = self._end_text(text, match.start(), len(QUOTES))
            elif kind != "word" or keyword.iskeyword(match[0]):
                self.setFormat(match.start(), place - match.start(), self._formats[kind])

    def _end_text(self, text: str, start: int, opened: int = 0) -> int:
        """Colour a text in three quotation marks from `start` on; return where it ends in this line."""
        end = text.find(QUOTES, start + opened)
        if end < 0:
            self.setCurrentBlockState(IN_TEXT)
        stop = len(text) if end < 0 else end + len(QUOTES)
        self.setFormat(start, stop - start, self._formats["text"])
        return stop

    def _take_theme(self) -> None:
        for kind, token in COLORS.items():
            self._formats[kind] = made = QTextCharFormat()
            made.setForeground(theme().current.color(token))
        self._formats["defined"] = bold = QTextCharFormat()
        bold.setFontWeight(QFont.Weight.DemiBold)
        self.rehighlight()
