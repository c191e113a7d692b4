"""Whether words have room: those of labels and buttons by their fonts, painted ones by where a painter puts them."""

import itertools
import re
from xml.etree import ElementTree

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QComboBox, QLabel, QLineEdit, QToolButton, QWidget

from gui.look.words import Elided
from gui.tabs.draw.answer_menus import LearnChip
from gui.widgets.figures.figure_menu import Corner
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid
from gui.widgets.plots.legend import CurveSwitch

SVG = "{http://www.w3.org/2000/svg}"

ROUNDING = 3
"""Pixels of a layout's room that may be lacking: gaps take them."""

PARTS = QLabel, QAbstractButton, QComboBox, QLineEdit, Painted
FLOATING = Corner, LearnChip  # what lies over others on purpose
EMPTY = "draw.canvas", "map.view", "graph.view", "compare.runs"  # by what they show

CELL, LEVELS, VOID = 16, 4, 0.15
"""Pixels of a side of a cell, levels of grey within an empty one, share of a page that is too much for emptiness."""

LINE = 3
"""Pixels of a line that are empty above or below its letters."""


def shown(window):
    """Yield all that is seen in a window, without other windows; hidden tabs have most of its 1,800 parts."""
    for each in window.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if each.isVisible() and not each.isWindow():
            yield each
            yield from shown(each)


def cut_off(window):
    """Return what is said of each label and button whose words have no room, or that lies partly outside."""
    found = []
    for each in shown(window):
        if isinstance(each, QLabel | QAbstractButton) and each.text() and not _is_icon(each):
            found += [f"{_name(each)} {what}" for what in (_lacks(each), _outside(each)) if what]
    return found


def squeezed(window):
    """Return what is said of each widget that is smaller than its layout can be: things lie over each other there."""
    found = []
    for each in shown(window):
        if each.layout() is not None:
            least = each.layout().totalMinimumSize()
            # Words go on in a second line. What holds panels would take what these like for what they need.
            if isinstance(each, Panel) and each.layout().hasHeightForWidth():
                least.setHeight(max(least.height(), each.layout().totalMinimumHeightForWidth(each.width())))
            if each.width() < least.width() - ROUNDING or each.height() < least.height() - ROUNDING:
                found.append(f"{_name(each)} is {each.width()}x{each.height()}, not {least.toTuple()}")
    return found


def overlaps(tab):
    """Return what is said of each two words, fields or pictures of a tab that lie over each other."""
    parts = [each for each in shown(tab) if isinstance(each, PARTS) and not isinstance(each, FLOATING)]
    parts = [each for each in parts if not isinstance(each, QLabel) or each.text()]
    places = {each: _place_in(tab, each) for each in parts}
    return [
        f"{_name(one)} over {_name(other)}"
        for one, other in itertools.combinations(parts, 2)
        if not (one.isAncestorOf(other) or other.isAncestorOf(one))
        and (over := places[one] & places[other]).width() > ROUNDING
        and over.height() > ROUNDING
    ]


def _place_in(tab, each):
    """Where a widget lies in a tab, as far as what it lies in lets it be seen."""
    place, around = QRect(each.mapTo(tab, QPoint()), each.size()), each.parentWidget()
    while around is not tab:
        place &= QRect(around.mapTo(tab, QPoint()), around.size())
        around = around.parentWidget()
    return place


def voids(tab):
    """Return what is said of the largest rectangle of one colour in a tab, if it is more than a `VOID` of it."""
    image = tab.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)[:, : image.width()]
    rows, columns = (side // CELL for side in pixels.shape)
    cells = pixels[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    empty = np.ptp(cells, axis=(1, 3)) < LEVELS
    for part in filter(None, (tab.findChild(QWidget, name) for name in EMPTY)):
        if part.isVisible():
            left, top, right, bottom = (side // CELL for side in _place_in(tab, part).getCoords())
            empty[top : bottom + 1, left : right + 1] = False
    height, (area, *place) = np.zeros(columns, int), (0, 0, 0, 0, 0)
    for bottom, row in enumerate(empty, 1):
        height = (height + 1) * row
        for left in range(columns):
            heights = np.minimum.accumulate(height[left:])
            wide = int((heights * np.arange(1, len(heights) + 1)).argmax()) + 1
            high = int(heights[wide - 1])
            area, *place = max((area, *place), (wide * high, left, bottom - high, wide, high))
    left, top, wide, high = (CELL * side for side in place)
    middle = tab.childAt(left + wide // 2, top + high // 2) or tab
    return [f"{_name(middle)}: nothing in {wide}x{high} at {left}, {top}"] if area > VOID * empty.size else []


def painted_words(widget):
    """Return what a widget itself paints in words: the text, where it lies in the widget, and where it is cut."""
    data = QByteArray()
    buffer, generator = QBuffer(data), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setResolution(widget.logicalDpiX())
    painter = QPainter(generator)
    widget.render(painter, QPoint(), QRegion(widget.rect()), QWidget.RenderFlag(0))
    painter.end()
    return list(_words(ElementTree.fromstring(bytes(data.data()))))


def crowded(tab):
    """Return what is said of each painted word of a tab that is cut, or lies over another; what scrolls is left out."""
    found = []
    for widget in tab.findChildren(Painted):
        scrolls = isinstance(widget, ImageGrid) or widget.objectName() == "data.bars"
        if widget.isVisible() and not scrolls:
            painted = painted_words(widget)
            around = widget.rect().toRectF().adjusted(-2, -2, 2, 2)
            found += [f"{widget.objectName()}: {words}" for words, place in painted if not around.contains(place)]
            found += [
                f"{widget.objectName()}: {one} over {other}"
                for (one, here), (other, there) in itertools.combinations(painted, 2)
                if (here & there).width() > 2 and (here & there).height() > 2
            ]
    return found


def _words(element, move=(1, 0, 0, 1, 0, 0), inherited=None):
    if element.tag != f"{SVG}text" and element.find(f".//{SVG}text") is None:
        return  # nearly all of 10,000 cells
    inherited = dict(inherited or {})
    inherited |= {key: value for key, value in element.attrib.items() if key.startswith("font")}
    if matrix := re.match(r"matrix\(([^)]*)\)", element.get("transform", "")):
        move = tuple(float(number) for number in matrix[1].split(","))
    if element.tag == f"{SVG}text":
        font = QFont(inherited["font-family"].strip("'"))
        font.setPixelSize(round(float(inherited["font-size"])))
        font.setWeight(QFont.Weight(int(inherited["font-weight"])))
        measure, text = QFontMetricsF(font), element.text or ""
        left, base = float(element.get("x")), float(element.get("y"))
        high, wide = measure.capHeight(), measure.horizontalAdvance(text)
        yield (
            text,
            QRectF(left * move[0] + move[4], (base - high) * move[3] + move[5], wide * move[0], high * move[3]),
        )
    for child in element:
        yield from _words(child, move, inherited)


def _is_icon(each):
    """Whether a button shows an icon alone, whatever its action is called."""
    style = each.toolButtonStyle() if isinstance(each, QToolButton) else None
    return style == Qt.ToolButtonStyle.ToolButtonIconOnly and not each.icon().isNull()


def _lacks(each):
    room, measure = each.contentsRect(), each.fontMetrics()
    if isinstance(each, Elided):
        fits = each.text() == each.words or each.toolTip()
        return "" if fits and room.height() >= measure.height() - LINE else f"has no room: {each.words!r}"
    if isinstance(each, CurveSwitch):
        wanted = each.sizeHint()
    elif isinstance(each, QLabel) and each.wordWrap():
        wanted = measure.boundingRect(
            QRect(0, 0, room.width(), 10_000), int(Qt.TextFlag.TextWordWrap), each.text()
        ).size()
    else:
        wanted = measure.size(int(Qt.TextFlag.TextShowMnemonic), each.text())
        beside = each.layoutDirection() == Qt.LayoutDirection.LeftToRight or not isinstance(each, QToolButton)
        if isinstance(each, QToolButton) and each.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextUnderIcon:
            wanted += QSize(0, each.iconSize().height())
        elif isinstance(each, QAbstractButton) and not each.icon().isNull() and beside:
            wanted += QSize(each.iconSize().width() + 2, 0)
    if wanted.width() <= room.width() + 1 and wanted.height() <= room.height() + LINE:
        return ""
    return f"has {room.width()}x{room.height()}, wants {wanted.width()}x{wanted.height()}: {each.text()!r}"


def _outside(each):
    """Return what cuts it off: something that it lies in, and that does not scroll."""
    around = each.parentWidget()
    while around is not None and not isinstance(around.parentWidget(), QAbstractScrollArea):
        place = QRect(each.mapTo(around, QPoint()), each.size())
        if not around.rect().adjusted(-1, -1, 1, 1).contains(place):
            return f"lies outside {_name(around)}: {each.text()!r}"
        if around.isWindow():
            break
        around = around.parentWidget()
    return ""


def _name(each):
    return each.objectName() or f"{type(each).__name__} in {each.parentWidget().objectName()}"
