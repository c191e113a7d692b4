"""Panels as figures: as PNG, as SVG, or as a table of their numbers.

A figure is painted by the widgets themselves, in their places, with the lens in small print below. Controls are left
out: of a field the value is written, of a choice the chosen text, of a button nothing. PNG and SVG come from the same
code, so that they agree.
"""

import contextlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QImage, QPainter, QPicture, QRegion, QTextDocument
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QFrame, QLabel, QLineEdit, QToolButton, QWidget

from engine.core.language import mark, tr
from engine.core.text import printable
from gui.look.fonts import font, metrics
from gui.look.layout import closest
from gui.look.theme import theme
from gui.look.words import Elided, is_for_hands, start
from gui.state.file_content import png_of
from gui.state.lens_words import say_lens
from gui.widgets.figures.table import Table, together
from gui.widgets.forms.controls import ChoiceChip
from gui.widgets.painted import LEFT, Painted, Words, draw
from gui.widgets.tab import Tab

# The theme of a figure; `None` is that of the window.
type Look = Literal["light", "dark"] | None

PAPER: Look = "light"  # dark on white, in any theme of the window
PIXELS = 2.0  # pixels of a picture for one of the screen, so that it can be printed

# Fonts by weight: a browser without Inter uses the next one that it has.
PLAIN = "Inter Regular", "Inter", "Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans"  # no text
BOLD = "Inter SemiBold", "Helvetica Neue Bold", "Arial Bold", "Liberation Sans Bold", "DejaVu Sans Bold"  # no text
FACES = {"100 500": PLAIN, "501 900": BOLD}

# Characters that XML does not allow, not even as references. As an expression they take 5 ms, so not at each start.
NO_XML = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"

# What Qt writes for pictures that are not smoothed; browsers need the style that is added.
SQUARES = 'image-rendering="optimizeSpeed"'

WORDS = re.compile(
    r'<text (?P<about>[^>]*? font-family="(?P<family>[^"]*)" font-size="(?P<size>[\d.]+)" '
    r'font-weight="(?P<weight>\d+)"[^>]*)>(?P<words>[^<]+)</text>'
)

WRAPPED = LEFT | Qt.TextFlag.TextWordWrap

LINE = 8  # maximum distance, in pixels, of the centres of texts on one line

# The kinds of files of a figure.
KINDS = {".png": mark("Picture (*.png)"), ".svg": mark("Drawing (*.svg)"), ".csv": mark("Numbers (*.csv)")}


@runtime_checkable
class Drawn(Protocol):
    """A widget that is drawn in another way in figures: with lines in place of cached pixels, without hover marks."""

    def draw_figure(self, painter: QPainter) -> None:
        """Paint the widget with all that is in it, in its own coordinates."""


@runtime_checkable
class Tabled(Protocol):
    """A widget with a table of its numbers."""

    def table(self) -> Table | None:
        """Return the table; `None` while the widget is empty."""


class Figured(QFrame):
    """The base class of panels, which can be copied and saved as figures; they override what differs."""

    shows_lens = True  # whether it shows the selected run, snapshot and silenced neurons; then a figure names them

    head_line: QWidget | None = None  # the line of the title, if there is one

    more_kinds: ClassVar[Mapping[str, str]] = {}  # further kinds of files, by suffix, that `save` writes

    def menu_actions(self) -> Sequence[QtGui.QAction]:
        """Return further actions for the top of its menu; the same objects in each call."""
        return ()

    def save(self, path: Path) -> None:
        """Save a file of one of its `more_kinds`."""

    def figure_title(self) -> str:
        return self.accessibleName()

    @property
    def says_title(self) -> bool:
        """Whether its title is visible in it; if not, its figure has the title above."""
        return False

    def table(self) -> Table | None:
        """Return the numbers of all visible pictures in it, or if there are none, its texts."""
        tables = [
            (part.accessibleName() or part.objectName(), table)
            for part in parts(self)
            if isinstance(part, Tabled) and (table := part.table()) is not None
        ]
        return together(tables) if tables else written_in(self, besides=self.figure_title())


def image_of(widget: QWidget, *, look: Look = None, ratio: float = PIXELS) -> QImage:
    """Return a figure of a panel or another widget, with `ratio` pixels for one of the screen."""
    with _dressed(widget, look):
        frame = _Frame(widget)
        image = QImage(frame.size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        frame.paint(painter)
        painter.end()
    image.setText("Title", printable(frame.title))  # no text
    image.setText("Description", frame.print)  # no text
    return image


def seen(widget: QWidget) -> QtGui.QPixmap:
    """Return a widget as it is seen, without what it shows at the mouse."""
    _leave(widget)
    return widget.grab()


def place_in_figure(widget: QWidget) -> QRect:
    """Return the area of a widget in its figure, in pixels of the screen: below the title, if that is added."""
    return QRect(QPoint(0, _Frame(widget).above), widget.size())


def png(widget: QWidget, *, look: Look = None) -> bytes:
    """Return a figure as the content of a PNG file."""
    return png_of(image_of(widget, look=look))


def svg(widget: QWidget, *, look: Look = None) -> bytes:
    """Return a figure as the content of an SVG file, with lines, texts and no scripts."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # 1.2 Tiny has no clipping
    generator.setOutputDevice(buffer)
    with _dressed(widget, look):
        frame = _Frame(widget)
        generator.setSize(frame.size)
        generator.setViewBox(QRect(QPoint(), frame.size))
        generator.setResolution(widget.logicalDpiX())  # by default texts with sizes in pixels are too small
        generator.setTitle(printable(frame.title))
        generator.setDescription(frame.print)
        # Through a `QPicture`, which sets each clip again: painted directly, Qt writes a widget's clip at its place in
        # a window of its own, and keeps it after its end.
        picture = QPicture()
        painter = QPainter(picture)
        frame.paint(painter)
        painter.end()
        painter = QPainter(generator)
        painter.drawPicture(0, 0, picture)
        painter.end()
    text = re.sub(NO_XML, "?", bytes(data.data()).decode("utf-8", "replace"))
    text = WORDS.sub(_with_length, text.replace(SQUARES, f'{SQUARES} style="image-rendering:pixelated"'))
    return text.replace("</title>", f"</title>\n<style>{_faces()}</style>", 1).encode()


def content(widget: QWidget, suffix: str, *, look: Look = None) -> bytes:
    """Return a file's content by suffix: SVG, CSV, else PNG; raise `LookupError` for CSV without numbers."""
    if suffix.lower() == ".svg":
        return svg(widget, look=look)
    if suffix.lower() == ".csv":
        table = table_of(widget)
        if table is None:
            raise LookupError(f"There are no numbers behind {widget.objectName()}.")
        return table.csv().encode()
    return png(widget, look=look)


def title_of(widget: QWidget) -> str:
    """Return the title of a widget's figure."""
    if isinstance(widget, Figured):
        return widget.figure_title()
    return tr(widget.TITLE) if isinstance(widget, Tab) else widget.accessibleName()


def table_of(widget: QWidget) -> Table | None:
    """Return the numbers of a widget; `None` if there are none."""
    return widget.table() if isinstance(widget, Tabled) else None


def parts(widget: QWidget) -> Iterator[QWidget]:
    """Yield the visible descendants of a widget from back to front, each one before its own."""
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and child.isVisibleTo(widget):
            yield child
            yield from parts(child)


def small_print(widget: QWidget) -> str:
    """Return the lens of a widget in words; empty if it shows no network."""
    tab = closest(widget, Tab)
    panels = (part for part in (widget, *parts(widget)) if isinstance(part, Figured))
    if tab is None or not any(panel.shows_lens for panel in panels):
        return ""
    return printable(say_lens(tab.bridge.runs, tab.selection.lens))


def written_in(widget: QWidget, *, besides: str) -> Table | None:
    """Return the visible texts and values of a widget line by line; `None` if no line has two."""
    placed = []
    for part in parts(widget):
        words = _words_instead(part)
        if words is None and isinstance(part, QLabel):
            words = _plain(part.text())
        if words not in (None, "", besides) and not isinstance(part.parentWidget(), QAbstractSpinBox | QComboBox):
            place = part.mapTo(widget, QPoint())
            placed.append((place.y() + part.height() // 2, place.x(), words))
    lines: list[list[str]] = []
    top = 0
    for middle, _, words in sorted(placed):
        if not lines or middle - top > LINE:  # the first one may be negative, scrolled out of view
            lines.append([])
            top = middle
        lines[-1].append(words)
    most = max(map(len, lines), default=0)
    if most < 2:
        return None
    names = [mark("text"), *(f"text {number}" for number in range(2, most + 1))]  # no text
    return Table(names, [line + [""] * (most - len(line)) for line in lines])


def _plain(text: str) -> str:
    if not QtGui.Qt.mightBeRichText(text):
        return text
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


class _Frame:
    """A figure: the widget, above it the title if it shows none, and below it the small print."""

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
        """Paint title, widget and small print on a panel's colour, or the window's if the widget contains panels."""
        holds_panels = any(isinstance(part, Figured) for part in parts(self._widget))
        ground = theme().current.color("window" if holds_panels else "surface")
        painter.fillRect(QRectF(QPoint(), self.size), ground)
        painter.save()
        painter.translate(0, self.above)
        if isinstance(self._widget, Figured | Tab):
            _paint_parts(self._widget, painter)  # without its frame, which is the edge of the figure
        else:
            _paint(self._widget, painter)
        painter.restore()
        if self._writes_title:
            place = self._place or QRectF(self._edge, self._gap, self._width, self.above - self._gap)
            draw(painter, Words(place, self.title, "text", "title", WRAPPED))
        if self._below:
            top = self.above + self._widget.height()
            place = QRectF(self._edge, top, self._width, self._below - self._gap)
            draw(painter, Words(place, self.print, "faint", "caption", WRAPPED))

    def _free_place(self) -> QRectF | None:
        """Return the area for the title in the panel's head, in place of buttons; `None` if there is no room."""
        line = self._widget.head_line if isinstance(self._widget, Figured) else None
        if line is None or not line.isVisibleTo(self._widget):
            return None
        wide = QFontMetrics(font("title")).horizontalAdvance(self.title) + 1
        place = QRect(line.mapTo(self._widget, QPoint()), QSize(wide, line.height()))
        painted = filter(_is_painted, parts(line))
        taken = [QRect(part.mapTo(self._widget, QPoint()), part.size()) for part in painted]
        return None if wide > line.width() or any(map(place.intersects, taken)) else QRectF(place)


def _is_painted(widget: QWidget) -> bool:
    """Return whether a figure shows something of a widget itself, not only of its children."""
    if isinstance(widget, QLabel):
        return bool(widget.text()) and _words_instead(widget) is None
    return (type(widget) is not QWidget and _words_instead(widget) != "") or isinstance(widget, Drawn)


def _paint_parts(widget: QWidget, painter: QPainter) -> None:
    """Paint the children of a widget, clipped in a scroll area."""
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
        if isinstance(widget, QtWidgets.QScrollArea | QtWidgets.QAbstractScrollArea):
            painter.setClipRect(child.rect(), Qt.ClipOperation.IntersectClip)
        _paint(child, painter)
        painter.restore()


def _paint(widget: QWidget, painter: QPainter) -> None:
    if isinstance(widget, Drawn):
        widget.draw_figure(painter)
        return
    words = _words_instead(widget)
    if words is None:
        if isinstance(widget, Painted):  # otherwise an SVG is not clipped to the widget
            painter.setClipRect(widget.rect(), Qt.ClipOperation.IntersectClip)
        widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag(0))
        _paint_parts(widget, painter)
    elif words:
        painter.setFont(widget.font())
        painter.setPen(theme().current.color("muted"))
        painter.drawText(QRectF(widget.rect()), start(), words)


def _words_instead(widget: QWidget) -> str | None:
    """Return the text in place of a control; `None` if a widget is painted as it is."""
    if isinstance(widget, QLabel):
        return "" if is_for_hands(widget.words if isinstance(widget, Elided) else widget.text()) else None
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QAbstractSpinBox | QLineEdit):
        return widget.text()
    if isinstance(widget, QCheckBox | QtWidgets.QRadioButton):
        return widget.text() if widget.isChecked() else ""
    if isinstance(widget, ChoiceChip):
        return widget.text().replace("&&", "&")
    if isinstance(widget, QtWidgets.QAbstractButton):
        is_chosen = widget.isCheckable() and widget.isChecked() and isinstance(widget, QToolButton)
        return widget.text().replace("&&", "&") if is_chosen else ""
    return "" if isinstance(widget, QtWidgets.QAbstractSlider) else None


def _leave(widget: QWidget) -> None:
    for part in (widget, *parts(widget)):
        if part.hasMouseTracking() or isinstance(part, Figured):
            QtWidgets.QApplication.sendEvent(part, QEvent(QEvent.Type.Leave))  # Qt sends none while a menu is open


@contextlib.contextmanager
def _dressed(widget: QWidget, look: Look) -> Iterator[None]:
    """Give a widget the theme of its figure, and remove what it shows at the mouse."""
    _leave(widget)
    if look is None or look == theme().current.name:
        yield
    else:
        with theme().worn(look, widget):
            yield


def _with_length(text: re.Match[str]) -> str:
    """Return a text of an SVG with its length, which it keeps with other fonts."""
    letters = QFont(text["family"])
    letters.setPixelSize(max(1, round(float(text["size"]))))
    letters.setWeight(QFont.Weight(int(text["weight"])))
    wide = QFontMetricsF(letters).horizontalAdvance(html.unescape(text["words"]))
    length = f'textLength="{wide:.2f}" lengthAdjust="spacingAndGlyphs" ' if wide > 0 else ""
    return f"<text {length}{text['about']}>{text['words']}</text>"


def _faces() -> str:
    return "".join(
        f'@font-face{{font-family:"Inter";font-weight:{weight};src:{",".join(f'local("{name}")' for name in names)}}}'
        for weight, names in FACES.items()
    )
