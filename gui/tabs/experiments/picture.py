"""An experiment's picture: its curves and levels in a plot, below their names; before it runs, a faint example."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.core.charts import Picture
from engine.core.language import mark, tr
from gui.look.layout import SPRING, add, stack, vbox
from gui.look.theme import theme
from gui.look.words import words
from gui.widgets.empty_state import falling_curves
from gui.widgets.painted import smooth_painter
from gui.widgets.panel import Panel
from gui.widgets.plots.picture_plot import PictureView, axis_words

TO_COME = mark("The picture is drawn here while the experiment runs.")
GROUND = 6  # gap above and below words in place of the picture, in pixels


class PicturePanel(Panel):
    """A picture that grows while an experiment runs; its title is the measured quantity."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__(tr("Picture"), "experiments.picture", shortens=True)
        # It takes the room that is left.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._drawn, self._blank = PictureView("experiments", tr("Picture of the experiment")), Blank(tr(TO_COME))
        self.plot, self.legend, self.tools = self._drawn.plot, self._drawn.legend, self._drawn.tools
        add(self.head, SPRING, self.tools)
        self._pages = stack(self._blank, self._drawn)
        self.body.addWidget(self._pages, 1)
        self.show_picture(None)

    def show_picture(self, picture: Picture | None, seed: int = 1) -> None:
        self._pages.setCurrentWidget(self._blank if picture is None else self._drawn)
        self.tools.setVisible(picture is not None)
        if picture is None:
            self.set_title(tr("Picture"))
            self._drawn.forget()
            return
        title = picture.y_label
        self.set_title(f"{title[:1].upper()}{title[1:]}")
        self._drawn.show_picture(picture)
        self._drawn.across.set_words(tr("{axis} · seed {seed}", axis=axis_words(picture), seed=seed))


class Blank(QWidget):
    """A faint picture of curves, with a sentence in the middle."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._label = words(sentence, "label", wrapped=True, centred=True)
        vbox(self._label, edges=None, on=self)
        theme().changed.connect(self.update)

    def hasHeightForWidth(self) -> bool:
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        falling_curves(painter, QRectF(self.rect()))
        height = self._label.heightForWidth(self._label.width()) + 2 * GROUND
        ground = QRectF(0, (self.height() - height) / 2, self.width(), height)
        painter.fillRect(ground, theme().current.color("surface"))
