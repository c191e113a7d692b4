"""The whole graph as a file, also the parts that are out of sight."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QAction, QImage, QPainter

from engine.analysis.graph.svg import svg
from gui.look.theme import theme
from gui.look.words import named
from gui.state.file_content import png_of
from gui.tabs.graph.view import GraphView
from gui.widgets.panel import Panel

PIXELS, MOST_PIXELS = 2.0, 12_000  # device pixels to the pixel of the drawing, and longest side
MARGIN = 24.0


class GraphPanel(Panel):
    """The graph's panel. Besides its figure, which shows what is in sight, its menu saves the whole graph."""

    def __init__(self) -> None:
        super().__init__("", "graph.panel")
        self.drop_head()
        # Enabled where a graph is shown that can be larger than the panel.
        self.whole = named(QAction("Save the whole graph…", self), "graph.whole")

    def menu_actions(self) -> Sequence[QAction]:
        return [self.whole] if self.whole.isEnabled() else []


def whole_graph(view: GraphView, title: str, suffix: str) -> bytes:
    """Return the content of a file: SVG, or PNG for any other suffix; in the colours of the window."""
    if suffix.lower() == ".svg":
        return svg(view.drawing, title, theme().current.name).encode()
    whole = QRectF(0, 0, view.drawing.width, view.drawing.height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    scale = min(PIXELS, MOST_PIXELS / max(whole.width(), whole.height()))
    size = QSize(round(whole.width() * scale), round(whole.height() * scale))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(theme().current.color("surface"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    painter.translate(-whole.topLeft())
    view.paint(painter, whole, 1.0)
    painter.end()
    return png_of(image)
