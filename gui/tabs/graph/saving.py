"""The graph, or the network, as a file: a drawing of lines or a picture of pixels."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from engine.graph.svg import svg
from gui.look.theme import theme
from gui.state.file_content import png_of, svg_of
from gui.tabs.graph.network_view import NetworkView
from gui.tabs.graph.view import GraphView

PIXELS, MOST_PIXELS = 2.0, 12_000
"""A picture has twice the pixels of the screen, and no side of more."""

MARGIN = 24.0


def file_content(shown: GraphView | NetworkView, title: str, suffix: str) -> bytes:
    """Return what a file of that suffix holds: SVG, or PNG for any other suffix."""
    is_drawing = suffix.lower() == ".svg"
    if isinstance(shown, GraphView):
        return graph_drawing(shown, title) if is_drawing else graph_picture(shown)
    return network_drawing(shown, title) if is_drawing else network_picture(shown)


def graph_drawing(view: GraphView, title: str) -> bytes:
    """Return the whole graph as an SVG file, in the colours of the window."""
    return svg(view.drawing, title, theme().current.name).encode()


def graph_picture(view: GraphView) -> bytes:
    """Return the whole graph as a PNG file."""
    whole = QRectF(0, 0, view.drawing.width, view.drawing.height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    scale = min(PIXELS, MOST_PIXELS / max(whole.width(), whole.height()))
    image = _image(QSize(round(whole.width() * scale), round(whole.height() * scale)))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    painter.translate(-whole.topLeft())
    view.paint(painter, whole, 1.0)
    painter.end()
    return png_of(image)


def network_drawing(view: NetworkView, title: str) -> bytes:
    """Return the network as an SVG file."""
    return svg_of(view, title, view.paint)


def network_picture(view: NetworkView) -> bytes:
    """Return the network as a PNG file."""
    image = _image(view.size() * PIXELS)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(PIXELS, PIXELS)
    view.paint(painter)
    painter.end()
    return png_of(image)


def _image(size: QSize) -> QImage:
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(theme().current.color("surface"))
    return image
