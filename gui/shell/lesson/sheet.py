"""A teacher's sheet of a lesson as PDF: aims, minutes, pages, questions with their right answers.

Black on white in our own fonts, whatever the window looks like. The texts may be a stranger's, so they are drawn as
plain text.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLocale, QMarginsF, QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextLayout, QTextOption

from engine.core.messages import Job
from engine.core.text import plural
from engine.session.jobs.export import save_file
from gui.look.fonts import metrics
from gui.look.theme import tokens
from gui.shell.lesson.pages import FIGURE, TALK, Chapter, Page
from gui.shell.lesson.registry import say

# Countries where paper is letter and not A4 (Unicode CLDR, `paperSize`).
LETTER = frozenset(("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"))

DOTS, POINT = 1200, 1200 / 72  # units of the PDF in an inch and in a point

# Around a page, below its text, between two columns, and before a text with a number, in points.
MARGIN, FOOT, GAP, INDENT = 56, 24, 12, 30

# Factors of the space between blocks; the first one is used that fills the last page to `LEAST_FILLED`.
CLOSENESS = (1.0, 0.9, 0.8, 0.7, 0.6, 1.1, 1.2, 1.3, 1.4, 1.5)

LEAST_FILLED = 0.25  # minimum share of the last page's height
LEADING = 1.12  # distance of lines, in heights of a line
TITLE = "Teacher’s sheet"
OUR_OWN = "The lesson that comes with Layerlight"
UNKNOWN = "…"  # placeholder for a figure for which a lesson has no expected value

# The table of a PDF from glyphs to letters.
LETTERS = re.compile(rb"(?<= )\[(?:<[0-9A-F]+> ?)+\](?=\nendbfrange)")

RIGHT = "✓ is the right answer."
OUR_FIGURES = "Figures were measured once with the bundled session on the MNIST sample; yours may differ."
THEIR_FIGURES = "Figures are those that the lesson’s author expects."
MOST_NAME = 160  # maximum number of letters of a lesson's name
ANSWER = 16  # additional indent of an answer, in points

# Size in points, weight and colour, by role.
LOOKS = {
    "title": (20, QFont.Weight.DemiBold, "text"),
    "chapter": (14, QFont.Weight.DemiBold, "text"),
    "body": (10, QFont.Weight.Normal, "text"),
    "strong": (10, QFont.Weight.DemiBold, "text"),
    "label": (9, QFont.Weight.Normal, "muted"),
}


class Block(NamedTuple):
    """A paragraph; `mark` is in the margin of its first line, `side` at that line's right end."""

    text: str
    role: str = "body"
    above: float = 3  # space above it, in points
    indent: float = INDENT  # in points
    mark: str = ""
    side: str = ""


type Group = list[Block]  # blocks that stay on one page, unless they are too many for one


class _Set(NamedTuple):
    """A block with its lines and its place on a page."""

    block: Block
    lines: QTextLayout
    top: float


def save_sheet(session: Any, path: Path, name: str, chapters: Sequence[Chapter], paper: QPageSize) -> Job:
    """Write the sheet of a lesson as a file, in turns: a stranger's lesson of 600 full pages takes five seconds.

    The `name` of our own lesson is empty. Qt lays text out and writes PDF on any thread, so the engine's does it.
    """
    content = yield from sheet_of(name, chapters, paper)
    yield from save_file(session, path, content)


def sheet_of(name: str, chapters: Sequence[Chapter], paper: QPageSize) -> Generator[None, dict[str, Any] | None, bytes]:
    """Return the content of a PDF file, in turns. Our fonts have to be loaded."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS)
    writer.setTitle(TITLE)
    writer.setCreator("Layerlight")
    margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
    writer.setPageLayout(QPageLayout(paper, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Point))
    painter = QPainter(writer)
    try:
        yield from _Printer(writer, painter).print(groups(name, chapters))
    finally:
        painter.end()
    return LETTERS.sub(_as_written, bytes(data.data()))


def _as_written(match: re.Match[bytes]) -> bytes:
    """Map glyphs to the letters that were written: Qt takes any that looks the same, so a copy would have tabs."""
    return match[0].replace(b"<0009>", b"<0020>").replace(b"<02BC>", b"<2019>").replace(b"<02EE>", b"<201D>")


def paper_of(locale: QLocale) -> QPageSize:
    """Return the paper of a country."""
    is_letter = QLocale.territoryToCode(locale.territory()) in LETTER
    return QPageSize(QPageSize.PageSizeId.Letter if is_letter else QPageSize.PageSizeId.A4)


def groups(name: str, chapters: Sequence[Chapter]) -> Iterator[Group]:
    """Yield the content of the sheet, in its order."""
    minutes = sum(chapter.minutes for chapter in chapters)
    what = name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…"
    length = f"{plural(len(chapters), 'chapter')}, about {plural(minutes, 'minute')}"
    yield [
        Block(TITLE, "title", above=0, indent=0),
        Block(f"{what or OUR_OWN}: {length}.", above=6, indent=0),
        Block(" ".join(_about(name, chapters)), "label", above=2, indent=0),
    ]
    yield [
        Block(chapter.title, above=10 if number == 1 else 2, mark=f"{number}", side=_minutes(chapter))
        for number, chapter in enumerate(chapters, 1)
    ]
    for number, chapter in enumerate(chapters, 1):
        head = [Block(chapter.title, "chapter", above=22, mark=f"{number}", side=_minutes(chapter))]
        if chapter.aim:
            head.append(Block(f"Aim: {chapter.aim}", above=4))
        for place, page in enumerate(chapter.pages, 1):
            yield [*head, *_page(page, f"{number}.{place}")]
            head = []


def _about(name: str, chapters: Sequence[Chapter]) -> Iterator[str]:
    """Yield sentences on the signs and figures of the sheet."""
    yield RIGHT
    asked = [page.asks for chapter in chapters for page in chapter.pages if page.asks]
    measured = [asks.expect for asks in asked if FIGURE in asks.reply]
    if any(measured):
        yield THEIR_FIGURES if name else OUR_FIGURES
    if not all(measured):
        yield f"{UNKNOWN} stands for what Layerlight measures."


def _page(page: Page, mark: str) -> Group:
    tab = next((f"In {call.values['title']}. " for call in page.opens if call.name == "tab"), "")
    goal = f"Goal: {say(page.goal)}." if page.goal else "To be read."
    rows = [Block(page.text, above=9, mark=mark), Block(f"{tab}{goal}", "label")]
    if asks := page.asks:
        rows.append(Block(asks.question, "strong", above=4))
        for place, answer in enumerate(asks.answers):
            role, sign = ("strong", "✓") if place == asks.right else ("body", "–")
            rows.append(Block(answer, role, above=1, indent=INDENT + ANSWER, mark=sign))
        if asks.right is None:
            rows.append(Block("None is right or wrong: what is measured tells.", "label", above=2))
        if asks.reply:
            rows.append(Block(f"Then: {asks.reply.replace(FIGURE, asks.expect or UNKNOWN)}"))
    if talk := page.talk:
        rows.append(Block(f"{TALK}: {talk.question}", "strong", above=4))
        if talk.usual:
            rows.append(Block(f"Pupils often say: {talk.usual}", above=1))
    return rows


def _minutes(chapter: Chapter) -> str:
    return plural(chapter.minutes, "minute")


class _Printer:
    """Distributes blocks over pages, then draws them. All lengths are in units of the PDF."""

    def __init__(self, writer: QPdfWriter, painter: QPainter) -> None:
        self._writer, self._painter = writer, painter
        self._width = float(writer.width())
        self._height = writer.height() - FOOT * POINT
        self._groups: list[list[tuple[Block, QTextLayout]]] = []

    def print(self, all_groups: Iterator[Group]) -> Iterator[None]:
        for group in all_groups:
            self._groups.append([(block, self._set(block)) for block in group])
            yield
        pages = self._pages()
        for number, page in enumerate(pages, 1):
            if number > 1:
                self._writer.newPage()
            for block in page:
                self._draw(block)
            self._draw_foot(number, len(pages))
            yield

    def _pages(self) -> list[list[_Set]]:
        """Return the pages, with blocks closer together or further apart if the last page would be almost empty."""
        for closeness in CLOSENESS:
            pages = self._distributed(closeness)
            last = pages[-1][-1]
            if last.top + last.lines.boundingRect().height() >= LEAST_FILLED * self._height:
                return pages
        return self._distributed(1.0)

    def _distributed(self, closeness: float) -> list[list[_Set]]:
        """Return the pages with this factor of the space above each block."""
        pages: list[list[_Set]] = [[]]
        top = 0.0

        def heights(block: Block, lines: QTextLayout) -> tuple[float, float]:
            return block.above * POINT * closeness if top else 0.0, lines.boundingRect().height()

        for group in self._groups:
            whole = sum(sum(heights(*item)) for item in group)
            for place, (block, lines) in enumerate(group):
                above, high = heights(block, lines)
                # A group stays together, unless it is too high for a page.
                if top and top + (whole if place == 0 else above + high) > self._height:
                    pages.append([])
                    top = above = 0.0
                pages[-1].append(_Set(block, lines, top + above))
                top += above + high
        return pages

    def _set(self, block: Block) -> QTextLayout:
        """Break a paragraph into lines."""
        layout = QTextLayout(block.text, _font(block.role), self._writer)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        left, right = block.indent * POINT, self._width
        if block.side:
            right -= self._wide(block.side) + GAP * POINT
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(right - left)
            line.setPosition(QPointF(left, top))
            top += LEADING * line.height()
        layout.endLayout()
        return layout

    def _draw(self, item: _Set) -> None:
        block, painter = item.block, self._painter
        _, _, color = LOOKS[block.role]
        painter.setFont(_font(block.role))
        painter.setPen(tokens("light").color(color))
        base = item.top + item.lines.lineAt(0).ascent()
        if block.mark:
            column = ANSWER if block.indent > INDENT else INDENT
            painter.drawText(QPointF((block.indent - column) * POINT, base), block.mark)
        item.lines.draw(painter, QPointF(0, item.top))
        if block.side:
            painter.setFont(_font("label"))
            self._draw_at_right(block.side, base)

    def _draw_foot(self, number: int, count: int) -> None:
        self._painter.setFont(_font("label"))
        self._painter.setPen(tokens("light").color("muted"))
        base = self._writer.height() - 2 * POINT
        self._painter.drawText(QPointF(0, base), f"Layerlight · {TITLE}")
        self._draw_at_right(f"Page {number} of {count}", base)

    def _draw_at_right(self, text: str, base: float) -> None:
        self._painter.drawText(QPointF(self._width - self._wide(text), base), text)

    def _wide(self, side: str) -> float:
        return QFontMetricsF(_font("label"), self._writer).horizontalAdvance(side)


def _font(role: str) -> QFont:
    points, weight, _ = LOOKS[role]
    font = QFont(metrics()["family"])
    font.setPointSizeF(points)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # Contextual alternates, such as the = between capitals, could not be copied as the letter that they are.
    font.setFeature(QFont.Tag("calt"), 0)
    return font
