"""One of the answers that a person can predict: a button whose words may take several lines."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui.look.fonts import font, keep, metrics, scaled
from gui.look.theme import theme
from gui.look.words import named, plain_tip
from gui.widgets.marks import LEFT, Bar, Frame, Words, draw

CLICK = "Click to predict this; once more, to predict nothing."
TOO_LATE = "The experiment is running: your prediction stands."
PADDING, LEAST, RING = 8, 34, 2
WRAPPED = LEFT | Qt.TextFlag.TextWordWrap


class Choice(QAbstractButton):
    """Checked is the predicted one. It is as high as its words need."""

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, name, title="Predict", tip=CLICK)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.words = ""
        theme().changed.connect(self.update)
        keep(self, Choice.updateGeometry)

    def show_words(self, words: str, *, is_open: bool) -> None:
        """Show an answer; it can be chosen while `is_open`."""
        self.setEnabled(is_open)
        self.setToolTip(plain_tip(f"{words}\n{CLICK if is_open else TOO_LATE}"))
        if words != self.words:
            self.words = words
            self.setAccessibleName(f"Predict: {words}")
            self.updateGeometry()
            self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        room = QRectF(0, 0, max(1, width - 2 * PADDING - 2), 10_000)
        needed = QFontMetricsF(font("value")).boundingRect(room, WRAPPED, self.words)
        return max(scaled(LEAST), round(needed.height() + 0.5) + 2 * PADDING)

    def sizeHint(self) -> QSize:
        width = self.width()
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._draw(painter, is_pointed_at=self.underMouse())
        if self.hasFocus():
            radius = metrics()["radius"]["field"]
            draw(painter, Frame(QRectF(self.rect()).adjusted(1, 1, -1, -1), "accent", RING, radius))

    def draw_figure(self, painter: QPainter) -> None:
        self._draw(painter, is_pointed_at=False)

    def _draw(self, painter: QPainter, *, is_pointed_at: bool) -> None:
        is_chosen, radius = self.isChecked(), metrics()["radius"]["field"]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = "accent_soft" if is_chosen else "raised" if is_pointed_at else "surface"
        color = "accent" if is_chosen else "text" if self.isEnabled() else "faint"
        draw(
            painter,
            Bar(frame, ground, radius=radius),
            Frame(frame, "accent" if is_chosen else "line", radius=radius),
            Words(frame.adjusted(PADDING, 0, -PADDING, 0), self.words, color, "value", WRAPPED),
        )
