"""Any panel as a figure: a picture of pixels, a picture of lines, or its numbers.

A figure is what is seen: title, legend and picture in their places, painted by the widgets themselves, and below it in
small print through which lens one looks. What a hand operates stays out: of a field its value is written, of a choice
what is chosen, of a button nothing. Pixels and lines are drawn by the same code, so that both agree.
"""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

from PySide6 import QtGui
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QImage,
    QPainter,
    QPicture,
    QRegion,
    QTextDocument,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

from engine.core.text import printable
from gui.look.elided import Elided
from gui.look.fonts import font, metrics
from gui.look.theme import theme
from gui.look.words import is_for_hands
from gui.state.file_content import png_of
from gui.state.lens_words import say_lens
from gui.widgets.figures.table import Table, together
from gui.widgets.forms.menu_chip import ChoiceChip
from gui.widgets.painted import Painted
from gui.widgets.tab import Tab

# The theme whose colours a figure has; `None`: those of the window.
type Look = Literal["light", "dark"] | None

PAPER: Look = "light"  # whatever theme the window has: dark on white
PIXELS = 2.0  # a saved picture has twice the screen's pixels on a side, so that it can be printed

# By weight: where a browser has no Inter, the letters of a drawing are of the next of these that it has.
FACES = {
    "100 500": ("Inter Regular", "Inter", "Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans"),
    "501 900": (
        "Inter SemiBold",
        "Helvetica Neue Bold",
        "Arial Bold",
        "Liberation Sans Bold",
        "DejaVu Sans Bold",
    ),
}

# Characters that no XML file may have, not even written as numbers.
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# So Qt says that the pixels of a picture are squares; browsers want it said in another way.
SQUARES = 'image-rendering="optimizeSpeed"'

WORDS = re.compile(
    r'<text (?P<about>[^>]*? font-family="(?P<family>[^"]*)" font-size="(?P<size>[\d.]+)" '
    r'font-weight="(?P<weight>\d+)"[^>]*)>(?P<words>[^<]+)</text>'
)

LINE = 8  # words whose middles are no further apart, in pixels, stand in one line

# The files that there are of a figure.
KINDS = {".png": "Picture (*.png)", ".svg": "Drawing (*.svg)", ".csv": "Numbers (*.csv)"}


@runtime_checkable
class Drawn(Protocol):
    """A widget that figures show otherwise than the screen does: lines stay lines, no sign of a hand is seen."""

    def draw_figure(self, painter: QPainter) -> None:
        """Paint all of it, in its own pixels, with what it consists of."""


@runtime_checkable
class Tabled(Protocol):
    """A widget that knows the numbers behind what it shows."""

    def table(self) -> Table | None:
        """Return them; `None` where it shows nothing now."""


class Figured(QFrame):
    """What can be copied and saved as a figure. All panels are; each says here what differs from the usual."""

    shows_lens = True
    """Whether it shows the run, the snapshot and the silenced neurons that are looked at: then a figure names them."""

    has_free_corners = True
    """Whether a button may lie over one of its corners while the mouse is on it, where there is no other room."""

    more_kinds: ClassVar[Mapping[str, str]] = {}
    """Further files that there are of it, by suffix, which it writes itself; see `save`."""

    @property
    def head_line(self) -> QWidget | None:
        """The line of its title, where it has one."""
        return None

    def menu_actions(self) -> Sequence[QAction]:
        """Return what else can be done now with what it shows, for the top of its menu: the same objects each time."""
        return ()

    def save(self, path: Path) -> None:
        """Have a file of one of its `more_kinds` written."""

    def figure_title(self) -> str:
        """Return what a figure of it is called."""
        return self.accessibleName()

    @property
    def says_title(self) -> bool:
        """Whether its title is to be seen in it; a figure of it writes one above otherwise."""
        return False

    def table(self) -> Table | None:
        """Return the numbers behind all pictures in it that are seen, or else what is written in it."""
        found = [
            (each.accessibleName() or each.objectName(), table)
            for each in parts(self)
            if isinstance(each, Tabled) and (table := each.table()) is not None
        ]
        return together(found) if found else written_in(self, besides=self.figure_title())


def image_of(widget: QWidget, *, look: Look = None, ratio: float = PIXELS) -> QImage:
    """Return a figure of a panel, or of anything else that is laid out, in `ratio` pixels for each of the screen's."""
    with _dressed(widget, look):
        frame = _Frame(widget)
        image = QImage(frame.size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        frame.paint(painter)
        painter.end()
    image.setText("Title", printable(frame.title))
    image.setText("Description", frame.print)
    return image


def place_in_figure(widget: QWidget) -> QRect:
    """Return where a widget lies in its figure, in pixels of the screen: below a title that it does not say itself."""
    frame = _Frame(widget)
    return QRect(QPoint(0, frame.above), widget.size())


def png(widget: QWidget, *, look: Look = None) -> bytes:
    """Return a figure as the content of a PNG file."""
    return png_of(image_of(widget, look=look))


def svg(widget: QWidget, *, look: Look = None) -> bytes:
    """Return a figure as the content of an SVG file: lines as lines, words as words, nothing that could run."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # it knows what clips
    generator.setOutputDevice(buffer)
    with _dressed(widget, look):
        frame = _Frame(widget)
        generator.setSize(frame.size)
        generator.setViewBox(QRect(QPoint(), frame.size))
        generator.setResolution(
            widget.logicalDpiX()
        )  # otherwise a pixel were a point, and words of pixels too small
        generator.setTitle(printable(frame.title))
        generator.setDescription(frame.print)
        # By way of a picture, which tells each clip anew: Qt writes what a widget cuts off where the widget would be in
        # a window of its own, and after a clip ends goes on with it.
        picture = QPicture()
        painter = QPainter(picture)
        frame.paint(painter)
        painter.end()
        painter = QPainter(generator)
        painter.drawPicture(0, 0, picture)
        painter.end()
    text = NO_XML.sub("?", bytes(data.data()).decode("utf-8", "replace"))
    text = WORDS.sub(_as_long_as_here, text.replace(SQUARES, f'{SQUARES} style="image-rendering:pixelated"'))
    return text.replace("</title>", f"</title>\n<style>{_faces()}</style>", 1).encode()


def content(widget: QWidget, suffix: str, *, look: Look = None) -> bytes:
    """Return what a file of that suffix holds: SVG, CSV, or PNG for any other.

    Raises `LookupError` where CSV is wanted of what has no numbers.
    """
    if suffix.lower() == ".svg":
        return svg(widget, look=look)
    if suffix.lower() == ".csv":
        found = table_of(widget)
        if found is None:
            raise LookupError(f"There are no numbers behind {widget.objectName()}.")
        return found.csv().encode()
    return png(widget, look=look)


def title_of(widget: QWidget) -> str:
    """Return what a figure of a widget is called."""
    if isinstance(widget, Figured):
        return widget.figure_title()
    return widget.TITLE if isinstance(widget, Tab) else widget.accessibleName()


def table_of(widget: QWidget) -> Table | None:
    """Return the numbers behind what a widget shows; `None` where there are none."""
    return widget.table() if isinstance(widget, Tabled) else None


def tab_around(widget: QWidget) -> Tab | None:
    """Return the tab in which a widget lies, or which it is."""
    around: QWidget | None = widget
    while around is not None and not isinstance(around, Tab):
        around = around.parentWidget()
    return around


def figured_around(widget: QWidget | None) -> Figured | None:
    """Return the panel in which a widget lies, or which it is."""
    while widget is not None and not isinstance(widget, Figured):
        widget = widget.parentWidget()
    return widget


def parts(widget: QWidget) -> Iterator[QWidget]:
    """Yield what is to be seen in a widget, from the back to the front; what one is made of comes after it."""
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and child.isVisibleTo(widget):
            yield child
            yield from parts(child)


def small_print(widget: QWidget) -> str:
    """Return through which lens a widget shows what it shows; empty where it shows none."""
    tab = tab_around(widget)
    shown = (
        [widget]
        if isinstance(widget, Figured)
        else [each for each in parts(widget) if isinstance(each, Figured)]
    )
    if tab is None or not any(each.shows_lens for each in shown):
        return ""
    return printable(say_lens(tab.bridge.runs, tab.selection.lens))


# What is written -----------------------------------------------------------------------------------------------------


def written_in(widget: QWidget, *, besides: str) -> Table | None:
    """Return the words and values that are seen in a widget, line by line; `None` where none stands beside another."""
    placed = []
    for each in parts(widget):
        words = _words_instead(each)
        if words is None and isinstance(each, QLabel):
            words = _plain(each.text())
        if words not in (None, "", besides) and not isinstance(
            each.parentWidget(), QAbstractSpinBox | QComboBox
        ):
            place = each.mapTo(widget, QPoint())
            placed.append((place.y() + each.height() // 2, place.x(), words))
    lines: list[list[str]] = []
    top = 0
    for middle, _, words in sorted(placed):
        if not lines or middle - top > LINE:  # what is scrolled out of view lies above 0
            lines.append([])
            top = middle
        lines[-1].append(words)
    most = max(map(len, lines), default=0)
    if most < 2:
        return None
    names = ["text", *(f"text {number}" for number in range(2, most + 1))]
    return Table(names, [line + [""] * (most - len(line)) for line in lines])


def _plain(text: str) -> str:
    if not QtGui.Qt.mightBeRichText(text):
        return text
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


# Painting -----------------------------------------------------------------------------------------------------------


class _Frame:
    """A widget between a title, where it says none itself, and the small print."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self.title = title_of(widget)
        self.print = small_print(widget)
        space = metrics()["space"]
        self._edge, self._gap = space["medium"], space["small"]
        self._writes_title = isinstance(widget, Figured) and bool(self.title) and not widget.says_title
        self._place = self._free_place() if self._writes_title else None
        needs_room = self._writes_title and self._place is None
        self.above = self._height_of(self.title, "title") + self._gap if needs_room else 0
        self._below = self._height_of(self.print, "caption") + self._gap if self.print else 0
        self.size = QSize(widget.width(), self.above + widget.height() + self._below)

    @property
    def _width(self) -> int:
        return max(1, self._widget.width() - 2 * self._edge)

    def _height_of(self, text: str, role: str) -> int:
        measure = QFontMetrics(font(role))
        return measure.boundingRect(QRect(0, 0, self._width, 10_000), Qt.TextFlag.TextWordWrap, text).height()

    def paint(self, painter: QPainter) -> None:
        """Paint title, widget and small print on a panel's ground, or on the window's where panels lie in it."""
        holds_panels = any(isinstance(each, Figured) for each in parts(self._widget))
        ground = theme().current.color("window" if holds_panels else "surface")
        painter.fillRect(QRectF(QPoint(), self.size), ground)
        painter.save()
        painter.translate(0, self.above)
        if isinstance(self._widget, Figured | Tab):
            _paint_parts(self._widget, painter)  # its frame is the edge of the figure
        else:
            _paint(self._widget, painter)
        painter.restore()
        if self._writes_title:
            place = self._place or QRectF(self._edge, self._gap, self._width, self.above - self._gap)
            self._write(painter, place, self.title, "title", "text")
        if self._below:
            top = self.above + self._widget.height()
            place = QRectF(self._edge, top, self._width, self._below - self._gap)
            self._write(painter, place, self.print, "caption", "faint")

    def _free_place(self) -> QRectF | None:
        """Return where the title has room in the panel's head, in place of buttons; `None` where it has none."""
        line = self._widget.head_line if isinstance(self._widget, Figured) else None
        if line is None or not line.isVisibleTo(self._widget):
            return None
        wide = QFontMetrics(font("title")).horizontalAdvance(self.title) + 1
        place = QRect(line.mapTo(self._widget, QPoint()), QSize(wide, line.height()))
        seen = [each for each in parts(line) if _is_painted(each)]
        taken = [QRect(each.mapTo(self._widget, QPoint()), each.size()) for each in seen]
        return None if wide > line.width() or any(map(place.intersects, taken)) else QRectF(place)

    def _write(self, painter: QPainter, place: QRectF, text: str, role: str, color: str) -> None:
        painter.setFont(font(role))
        painter.setPen(theme().current.color(color))
        painter.drawText(place, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter, text)


def _is_painted(widget: QWidget) -> bool:
    """Whether a figure shows something of a part of a head, and not only of what lies in it."""
    if isinstance(widget, QLabel):
        return bool(widget.text()) and _words_instead(widget) is None
    return (type(widget) is not QWidget and _words_instead(widget) != "") or isinstance(widget, Drawn)


def _paint_parts(widget: QWidget, painter: QPainter) -> None:
    """Paint what lies in a widget; each part in its place, cut off at a page that scrolls."""
    for child in widget.children():
        if (
            not isinstance(child, QWidget)
            or child.isWindow()
            or not child.isVisibleTo(widget)
            or child.size().isEmpty()
        ):
            continue
        painter.save()
        painter.translate(child.pos())
        if isinstance(widget, QScrollArea | QAbstractScrollArea):
            painter.setClipRect(child.rect(), Qt.ClipOperation.IntersectClip)
        _paint(child, painter)
        painter.restore()


def _paint(widget: QWidget, painter: QPainter) -> None:
    if isinstance(widget, Drawn):
        widget.draw_figure(painter)
        return
    words = _words_instead(widget)
    if words is None:
        if isinstance(widget, Painted):  # a drawing is not cut off at the edges of a widget otherwise
            painter.setClipRect(widget.rect(), Qt.ClipOperation.IntersectClip)
        widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag(0))
        _paint_parts(widget, painter)
    elif words:
        painter.setFont(widget.font())
        painter.setPen(theme().current.color("muted"))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(widget.rect()), middle, words)


def _words_instead(widget: QWidget) -> str | None:
    """Return what is written in place of what a hand operates; `None` where a widget is painted as it is."""
    if isinstance(widget, QLabel):
        return "" if is_for_hands(widget.words if isinstance(widget, Elided) else widget.text()) else None
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QAbstractSpinBox | QLineEdit):
        return widget.text()
    if isinstance(widget, QCheckBox | QRadioButton):
        return widget.text() if widget.isChecked() else ""
    if isinstance(widget, ChoiceChip):
        return widget.text().replace("&&", "&")
    if isinstance(widget, QAbstractButton):
        is_chosen = widget.isCheckable() and widget.isChecked() and isinstance(widget, QToolButton)
        return widget.text().replace("&&", "&") if is_chosen else ""
    return "" if isinstance(widget, QAbstractSlider) else None


@contextlib.contextmanager
def _dressed(widget: QWidget, look: Look) -> Iterator[None]:
    """Give a widget the colours of its figure, and take away what it shows of where the mouse points."""
    for part in (widget, *parts(widget)):
        if part.hasMouseTracking():
            QApplication.sendEvent(part, QEvent(QEvent.Type.Leave))  # the open menu keeps Qt's own one back
    if look is None or look == theme().current.name:
        yield
    else:
        with theme().worn(look, widget):
            yield


def _as_long_as_here(found: re.Match[str]) -> str:
    """Return words of a drawing with their length: in the letters of another machine they keep to their room, too."""
    letters = QFont(found["family"])
    letters.setPixelSize(max(1, round(float(found["size"]))))
    letters.setWeight(QFont.Weight(int(found["weight"])))
    wide = QFontMetricsF(letters).horizontalAdvance(html.unescape(found["words"]))
    length = f'textLength="{wide:.2f}" lengthAdjust="spacingAndGlyphs" ' if wide > 0 else ""
    return f"<text {length}{found['about']}>{found['words']}</text>"


def _faces() -> str:
    return "".join(
        f'@font-face{{font-family:"Inter";font-weight:{weight};src:{",".join(map('local("{}")'.format, names))}}}'
        for weight, names in FACES.items()
    )
