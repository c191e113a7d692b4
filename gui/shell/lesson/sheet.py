"""A teacher's sheet of a lesson as PDF: aims, minutes, pages, questions with their answers, a page for the board.

Black on white in our own fonts, whatever the window looks like. The texts may be a stranger's, so they are drawn as
plain text.
"""

import functools
import itertools
import math
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from PySide6 import QtGui
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLineF, QLocale, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen, QTextLayout

from engine.core.language import language, mark, tr, tr_plural
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from engine.core.machine.folders import RESOURCES
from engine.core.messages import Job
from engine.core.text import isolated
from engine.export.messages import FileWriting
from engine.session.jobs.export import keep_inputs, save_file
from engine.session.session import Session
from gui.look.fonts import metrics
from gui.look.theme import tokens
from gui.shell.lesson.pages import FIGURE, TALK, Chapter, Page
from gui.shell.lesson.registry import say
from gui.shell.lesson.rehearsal import Rehearsal

# Countries where paper is letter and not A4 (Unicode CLDR, `paperSize`).
LETTER = frozenset(("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"))

DOTS, POINT = 1200, 1200 / 72  # units of the PDF in an inch and in a point

# Around a page, below its text, between two columns, and before a text with a number, in points.
MARGIN, FOOT, GAP, INDENT = 56, 24, 12, 30

# Factors of the space between blocks; the first one is used that fills the last page to `LEAST_FILLED`.
CLOSENESS = (1.0, 0.9, 0.8, 0.7, 0.6, 1.1, 1.2, 1.3, 1.4, 1.5)

LEAST_FILLED = 0.25  # minimum share of the last page's height
LEADING = 1.12  # distance of lines, in heights of a line
TITLE = mark("Teacher’s sheet")
OUR_OWN = mark("The lesson that comes with Layerlight")
UNKNOWN = "…"  # placeholder for a figure for which a lesson has no expected value

# The table of a PDF from glyphs to letters.
LETTERS = re.compile(rb"(?<= )\[(?:<[0-9A-F]+> ?)+\](?=\nendbfrange)")

NAMES = re.compile(rb"(?<=\n)/Names \d+ 0 R(?=\n)")  # of files inside the PDF: there are none

RIGHT = mark("✓ is the right answer.")
COMPUTED = mark("What is expected was computed for this sheet: {sources}.")
AUTHORS = mark("What is expected is what the lesson’s author wrote.")
BOARD = mark("For the board")
PICTURES = RESOURCES / "pictures"
PICTURE = QSizeF(168, 100)  # the most room of a chapter's picture, in points
NETWORK = 190  # height of the drawn network, in points
MOST_DRAWN = 6  # neurons of a layer
MOST_NAME = 160  # maximum number of letters of a lesson's name
ANSWER = 16  # additional indent of an answer, in points

# Size in points, weight and colour, by role.
LOOKS = {
    "title": (22, QFont.Weight.DemiBold, "text"),
    "chapter": (15, QFont.Weight.DemiBold, "text"),
    "board": (21, QFont.Weight.DemiBold, "text"),
    "expected": (10, QFont.Weight.Normal, "text"),
    "body": (10, QFont.Weight.Normal, "text"),
    "strong": (10, QFont.Weight.DemiBold, "text"),
    "label": (9, QFont.Weight.Normal, "muted"),
}


type Layer = tuple[int, str]  # how many neurons it has, and that in words


class Block(NamedTuple):
    """A paragraph; `mark` is in the margin of its first line, `side` at that line's right end."""

    text: str
    role: str = "body"
    above: float = 3  # space above it, in points
    indent: float = INDENT  # in points
    mark: str = ""
    side: str = ""
    picture: QImage | None = None  # at the right of this paragraph and those after it
    network: Sequence[Layer] = ()  # drawn above it
    new_page: bool = False


type Group = list[Block]  # blocks that stay on one page, unless they are too many for one


class _Set(NamedTuple):
    """A block with its lines and its place on a page."""

    block: Block
    lines: QTextLayout
    top: float
    high: float


def save_sheet(
    session: Session, path: Path, name: str, chapters: Sequence[Chapter], paper: QPageSize | None = None
) -> Job:
    """Compute what a lesson's pages will measure, and write its sheet as a file, in turns; reports by `FileWriting`.

    The `name` of our own lesson is empty, and without a `paper` it is the country's. Qt lays text out and writes PDF on
    any thread, so the engine's does it.
    """
    keep_inputs(session, path)
    yield FileWriting(file=path.name, share=0.0)
    rehearsal, count, done = Rehearsal(session), sum(len(chapter.pages) for chapter in chapters), 0
    known = []
    for chapter in chapters:
        pages = []
        for page in chapter.pages:
            pages.append(replace(page, asks=(yield from rehearsal.expected(page))))
            done += 1
            yield FileWriting(file=path.name, share=done / count)
        known.append(replace(chapter, pages=tuple(pages)))
    runs, data = [session.run(name) for name in rehearsal.seen], session.dataset
    with_what, layers = "", list[Layer]()
    if runs and data is not None:
        names = (tr("run {run}", run=run.label) for run in runs)
        seen = functools.reduce(lambda some, one: tr("{some} and {one}", some=some, one=one), names)
        with_what = tr_plural(
            "{runs}, {count:,} test image of {data}",
            "{runs}, {count:,} test images of {data}",
            len(data.test_labels),
            runs=seen,
            data=isolated(data.name),
        )
        pixels, answers = math.prod(data.shape), len(data.classes)
        layers = [
            (pixels, tr_plural("{count:,} pixel", "{count:,} pixels", pixels)),
            *map(_hidden, runs[0].spec.hidden),
            (answers, tr_plural("{count:,} answer", "{count:,} answers", answers)),
        ]
    content = yield from sheet_of(name, known, paper or paper_of(QLocale.system()), with_what, layers)
    yield from save_file(session, path, content)


def _hidden(layer: HiddenLayer) -> Layer:
    if isinstance(layer, ConvLayer):
        return layer.width, tr_plural("{count:,} map", "{count:,} maps", layer.width)
    return layer.width, tr_plural("{count:,} neuron", "{count:,} neurons", layer.width)


def sheet_of(
    name: str, chapters: Sequence[Chapter], paper: QPageSize, with_what: str = "", layers: Sequence[Layer] = ()
) -> Generator[None, dict[str, Any] | None, bytes]:
    """Return the content of a PDF file, in turns; figures were computed `with_what`. Our fonts have to be loaded."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS)
    writer.setTitle(f"{tr(TITLE)} · {_shown(name)}")
    writer.setCreator("Layerlight")  # no text
    margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
    writer.setPageLayout(QPageLayout(paper, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Point))
    painter = QPainter(writer)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    try:
        yield from _Printer(writer, painter).print(groups(name, chapters, with_what, layers))
    finally:
        painter.end()
    # Qt writes no language, by which a screen reader chooses its voice; in the place of empty names all else stays put.
    code = next((chapter.language for chapter in chapters), "") or language()
    says = f"/Lang ({code.partition('-')[0]})".encode()  # no text
    content = NAMES.sub(lambda match: says.ljust(len(match[0])), bytes(data.data()))
    return LETTERS.sub(_as_written, content)


def _as_written(match: re.Match[bytes]) -> bytes:
    """Map glyphs to the letters that were written: Qt takes any that looks the same, so a copy would have tabs."""
    return match[0].replace(b"<0009>", b"<0020>").replace(b"<02BC>", b"<2019>").replace(b"<02EE>", b"<201D>")


def paper_of(locale: QLocale) -> QPageSize:
    """Return the paper of a country."""
    is_letter = QLocale.territoryToCode(locale.territory()) in LETTER
    return QPageSize(QPageSize.PageSizeId.Letter if is_letter else QPageSize.PageSizeId.A4)


def groups(
    name: str, chapters: Sequence[Chapter], with_what: str = "", layers: Sequence[Layer] = ()
) -> Iterator[Group]:
    """Yield the content of the sheet, in its order."""
    minutes = _minutes(sum(chapter.minutes for chapter in chapters))
    length = tr_plural(
        "{lesson}: {count:,} chapter, about {minutes}.",
        "{lesson}: {count:,} chapters, about {minutes}.",
        len(chapters),
        lesson=_shown(name),
        minutes=minutes,
    )
    yield [
        Block(tr(TITLE), "title", above=0, indent=0),
        Block(length, above=6, indent=0),
        Block(" ".join(_about(chapters, with_what)), "label", above=2, indent=0),
    ]
    yield [
        Block(chapter.title, above=12 if number == 1 else 3, mark=f"{number}", side=_minutes(chapter.minutes))
        for number, chapter in enumerate(chapters, 1)
    ]
    for number, chapter in enumerate(chapters, 1):
        picture, side = picture_of(chapter), _minutes(chapter.minutes)
        head = [Block(chapter.title, "chapter", above=26, mark=f"{number}", side=side, picture=picture)]
        if chapter.aim:
            head.append(Block(tr("Aim: {aim}", aim=chapter.aim), above=4))
        for place, page in enumerate(chapter.pages, 1):
            yield [*head, *_page(page, f"{number}.{place}")]
            head = []
    if layers or any(chapter.board for chapter in chapters):
        what = [tr("Draw the network.")] if layers else []
        what.append(tr("Write a line when its chapter ends."))
        yield [
            Block(tr(BOARD), "title", above=26, indent=0, new_page=bool(layers)),
            Block(" ".join(what), "label", indent=0),
            Block("", above=8, network=layers),
        ]
        for number, chapter in enumerate(chapters, 1):
            yield [Block(chapter.board or chapter.title, "board", above=16, mark=f"{number}")]


def _shown(name: str) -> str:
    return name if 0 < len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…" if name else tr(OUR_OWN)


def picture_of(chapter: Chapter) -> QImage | None:
    """Return the picture of the first panel that a chapter marks, or else of one in the same tab, if there is any."""
    marks = [mark for page in chapter.pages for mark in page.marks]
    files = [(file, mark) for mark in marks for file in sorted(PICTURES.glob("*.*.png"))]
    of_tabs = [pair for pair in files if pair[0].stem.partition(".")[0] == pair[1].partition(".")[0]]
    return QImage(str(min(of_tabs, key=lambda pair: pair[0].stem != pair[1])[0])) if of_tabs else None


def _about(chapters: Sequence[Chapter], with_what: str) -> Iterator[str]:
    """Yield sentences on the signs and figures of the sheet."""
    yield tr(RIGHT)
    asked = (page.asks for chapter in chapters for page in chapter.pages if page.asks)
    measured = [asks.expect for asks in asked if FIGURE in asks.reply]
    if any(measured):
        yield tr(COMPUTED, sources=with_what) if with_what else tr(AUTHORS)
    if not all(measured):
        yield tr("{sign} stands for what Layerlight measures.", sign=UNKNOWN)


def _page(page: Page, mark: str) -> Group:
    opened = (tr(call.values["title"]) for call in page.opens if call.name == "tab")
    tab = [tr("In {tab}.", tab=title) for title in itertools.islice(opened, 1)]
    goal = tr("Goal: {goal}.", goal=say(page.goal)) if page.goal else tr("To be read.")
    rows = [Block(page.text, above=9, mark=mark), Block(" ".join((*tab, goal)), "label")]
    if asks := page.asks:
        rows.append(Block(asks.question, "strong", above=4))
        for place, answer in enumerate(asks.answers):
            role, sign = ("strong", "✓") if place == asks.right else ("body", "–")
            rows.append(Block(answer, role, above=1, indent=INDENT + ANSWER, mark=sign))
        if asks.right is None:
            rows.append(Block(tr("None is right or wrong: what is measured tells."), "label", above=2))
        if asks.reply:
            reply = asks.reply.replace(FIGURE, asks.expect or UNKNOWN)
            rows.append(Block(tr("Expected: {reply}", reply=reply), "expected", above=5))
        if asks.note:
            rows.append(Block(asks.note, "label", above=4))
    if talk := page.talk:
        rows.append(Block(tr(TALK, question=talk.question), "strong", above=4))
        if talk.usual:
            rows.append(Block(tr("Pupils often say: {usual}", usual=talk.usual), above=1))
    return rows


def _minutes(count: int) -> str:
    return tr_plural("{count:,} minute", "{count:,} minutes", count)


class _Printer:
    """Distributes blocks over pages, then draws them. All lengths are in units of the PDF."""

    def __init__(self, writer: QPdfWriter, painter: QPainter) -> None:
        self._writer, self._painter = writer, painter
        self._width = float(writer.width())
        self._height = writer.height() - FOOT * POINT
        self._groups: list[list[_Set]] = []

    def print(self, all_groups: Iterator[Group]) -> Iterator[None]:
        for group in all_groups:
            self._groups.append(self._set_group(group))
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
        """Return the pages, with blocks closer together or further apart if one would be almost empty."""
        for closeness in CLOSENESS:
            pages = self._distributed(closeness)
            if all(page[-1].top + page[-1].high >= LEAST_FILLED * self._height for page in pages):
                return pages
        return self._distributed(1.0)

    def _distributed(self, closeness: float) -> list[list[_Set]]:
        """Return the pages with this factor of the space above each block."""
        pages: list[list[_Set]] = [[]]
        top = 0.0

        def space(item: _Set) -> float:
            return item.block.above * POINT * closeness if top else 0.0

        for group in self._groups:
            whole = sum(space(item) + item.high for item in group)
            for place, item in enumerate(group):
                # A group stays together, unless it is too high for a page.
                needed = whole if place == 0 else space(item) + item.high
                if top and (item.block.new_page or top + needed > self._height):
                    pages.append([])
                    top = 0.0
                pages[-1].append(item._replace(top=top + space(item)))
                top = pages[-1][-1].top + item.high
        return pages

    def _set_group(self, group: Group) -> list[_Set]:
        """Break paragraphs into lines, narrower ones beside the picture of the group."""
        items, top, low = list[_Set](), 0.0, 0.0  # `low` is the lower end of the picture
        for block in group:
            top += block.above * POINT
            lines = self._set(block, low - top)
            high = lines.boundingRect().height() + (NETWORK * POINT if block.network else 0)
            items.append(_Set(block, lines, top, high))
            top += high
            if block.picture is not None:
                low = top + self._size(block.picture).height() + GAP * POINT
        items[-1] = items[-1]._replace(high=max(items[-1].high, low - items[-1].top))
        return items

    def _set(self, block: Block, beside: float) -> QTextLayout:
        """Break a paragraph into lines; those that begin less than `beside` below its top leave room for a picture."""
        layout = QTextLayout(block.text, _font(block.role), self._writer)
        option = QtGui.QTextOption()
        option.setWrapMode(QtGui.QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        left, right = block.indent * POINT, self._width
        if block.side:
            right -= self._wide(block.side) + GAP * POINT
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(right - left - ((PICTURE.width() + GAP) * POINT if top < beside else 0))
            line.setPosition(QPointF(left, top))
            top += LEADING * line.height()
        layout.endLayout()
        return layout

    def _draw(self, item: _Set) -> None:
        block, painter = item.block, self._painter
        lines, left = item.lines.boundingRect(), block.indent * POINT
        if block.role == "chapter":
            self._draw_line(QLineF(0, item.top - 7 * POINT, self._width, item.top - 7 * POINT), "accent", 1)
        if block.role == "expected":
            band = QRectF(left, item.top, lines.width(), lines.height()).adjusted(-6 * POINT, -2 * POINT, 0, 2 * POINT)
            painter.fillRect(band, tokens("light").color("accent_soft"))
        if block.picture is not None:
            size = self._size(block.picture)
            place = QRectF(QPointF(self._width - size.width(), item.top + lines.height() + 5 * POINT), size)
            painter.drawImage(place, block.picture)
            self._draw_line(place, "line", 0.75)
        if block.network:
            self._draw_network(block.network, item.top)
        _, _, color = LOOKS[block.role]
        painter.setFont(_font(block.role))
        base = item.top + item.lines.lineAt(0).ascent()
        if block.mark:
            column = ANSWER if block.indent > INDENT else INDENT
            painter.setPen(tokens("light").color("accent" if block.role in ("chapter", "board") else color))
            painter.drawText(QPointF(left - column * POINT, base), block.mark)
        painter.setPen(tokens("light").color(color))
        item.lines.draw(painter, QPointF(0, item.top))
        if block.side:
            painter.setFont(_font("label"))
            self._draw_at_right(block.side, base)

    def _draw_network(self, layers: Sequence[Layer], top: float) -> None:
        """Draw some neurons of each layer, every one with all of the layer before, and their numbers below."""
        painter, high, wide = self._painter, (NETWORK - 24) * POINT, self._width / len(layers)
        columns = [
            [QPointF((place + 0.5) * wide, top + high * (row + 0.5) / count) for row in range(count)]
            for place, count in enumerate(min(size, MOST_DRAWN) for size, _ in layers)
        ]
        for before, after in itertools.pairwise(columns):
            for one, other in itertools.product(before, after):
                self._draw_line(QLineF(one, other), "line", 0.75)
        painter.setBrush(tokens("light").color("accent"))
        for point in itertools.chain(*columns):
            painter.drawEllipse(point, 6 * POINT, 6 * POINT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setFont(_font("strong"))
        painter.setPen(tokens("light").color("text"))
        for place, (_, words) in enumerate(layers):
            box = QRectF(place * wide, top + high, wide, 24 * POINT)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_line(self, shape: QLineF | QRectF, color: str, points: float) -> None:
        self._painter.setPen(QPen(tokens("light").color(color), points * POINT))
        self._painter.drawLine(shape) if isinstance(shape, QLineF) else self._painter.drawRect(shape)

    def _size(self, picture: QImage) -> QSizeF:
        return QSizeF(picture.size()).scaled(PICTURE * POINT, Qt.AspectRatioMode.KeepAspectRatio)

    def _draw_foot(self, number: int, count: int) -> None:
        self._painter.setFont(_font("label"))
        self._painter.setPen(tokens("light").color("muted"))
        base = self._writer.height() - 2 * POINT
        self._painter.drawText(QPointF(0, base), tr("Layerlight · {title}", title=tr(TITLE)))
        self._draw_at_right(tr("Page {number} of {count}", number=number, count=count), base)

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
