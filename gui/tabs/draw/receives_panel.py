"""What the network receives: the drawing as 28 x 28 pixels, prepared as MNIST's images were, or raw."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtWidgets import QLabel, QLayout, QWidget

from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.data.preparation import SIDE, inner_box
from gui.look.first_look import rarely
from gui.look.fonts import keep, longest_word, metrics, scaled
from gui.look.layout import Fitted, add, put, vbox
from gui.look.words import named, start, words
from gui.widgets.forms.controls import Segments
from gui.widgets.panel import Panel
from gui.widgets.pictures.pixels import Pixels


class Plate(Fitted, QWidget):
    """The picture as large as the room, the words right beside it; at the side or, where several fit, in the middle."""

    def __init__(self, picture: Pixels, words: QLayout) -> None:
        super().__init__()
        self._picture, self._words = picture, QWidget(self)
        self._words.setLayout(words)
        words.setContentsMargins(0, 0, 0, 0)
        picture.setParent(self)

    def sizeHint(self) -> QSize:
        return self._beside(self._picture.sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._beside(self._picture.minimumSize())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._fit()
        return super().event(event)

    def _beside(self, picture: QSize) -> QSize:
        words, gap = self._words.minimumSizeHint(), metrics()["space"]["small"]
        return QSize(picture.width() + gap + words.width(), max(picture.height(), words.height()))

    def _fit(self) -> None:
        gap, words, height = metrics()["space"]["small"], self._words.minimumSizeHint().width(), self.height()
        wide = self._picture.width_in(self.width() - gap - words, height)
        spare = self.width() - wide - gap - words
        left = spare // 2 if spare > wide else 0
        put(self._picture, QRect(left, 0, wide, height))
        put(self._words, QRect(left + wide + gap, 0, words, height))


TITLE, BRIEF_TITLE = mark("What the network receives"), mark("Network input")
PREPARED = mark("{box} in {whole}, centred by mass, as in MNIST.")
RAW = mark("The whole canvas, only made smaller.")
RAW_BY_DATA = mark("Only made smaller: these data are not centred as MNIST is.")
AS_IS = mark("Pixel for pixel, as it is: not centred.")
DRAWN_ON = mark("Pixel for pixel; another only where you drew.")
CAPTIONS, CAPTION_ROOM = (PREPARED, RAW, RAW_BY_DATA, AS_IS, DRAWN_ON), 56

PREPARATIONS = {
    "prepared": (mark("MNIST-style"), mark("Scaled and centred as MNIST's images are")),
    "raw": (mark("Raw"), mark("As it lies on the canvas: a network that never saw such pictures errs more.")),
}
AS_IS_HELP = mark(
    "Neither of the two: an image of the data, or one that a network painted, is received as it is. Drawn on, it stays "
    "in its place."
)


class ReceivesPanel(Panel):
    """The pixels, and the switch between prepared and raw."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__(tr(TITLE), "draw.receives", shortens=True)
        self.pixels = Pixels("draw.receives.picture", tr(TITLE))
        self.switch = Segments("draw.preparation", PREPARATIONS)
        self._caption = named(words("", "caption", wrapped=True), "draw.receives.caption")
        self._caption.setAlignment(start(Qt.AlignmentFlag.AlignTop))
        keep(self._caption, _make_room)
        self.set_title(tr(TITLE), tr(BRIEF_TITLE))
        self._is_as_is = self._is_drawn_on = False
        self._is_mnist_style = True
        self._shape = (SIDE, SIDE)
        self._say()
        self.switch.chosen.connect(lambda _: self._say())
        side = vbox((self._caption, 1))
        add(self.body, (Plate(self.pixels, side), 1), (self.switch, 0, Qt.AlignmentFlag.AlignLeft))
        rarely(self.switch)

    def show_picture(self, picture: Array | None, *, as_is: bool = False, drawn_on: bool = False) -> None:
        """Show what goes into the network (rows, columns), 0 to 1; `as_is`: it was not prepared, perhaps drawn on."""
        self.pixels.set_numbers(picture)
        if drawn_on != self._is_drawn_on:
            self._is_drawn_on = drawn_on
            self._say()
        if as_is != self._is_as_is:
            self._is_as_is = as_is
            self.switch.setEnabled(not as_is)
            for key, (_, tip) in PREPARATIONS.items():
                self.switch.set_tip(key, tr(AS_IS_HELP if as_is else tip))
            self._say()

    def show_data(self, shape: tuple[int, int], *, mnist_style: bool) -> None:
        """Set the shape of the data's images, and whether they lie in it as MNIST's do."""
        self._shape, self._is_mnist_style = shape, mnist_style
        self._say()

    def _say(self) -> None:
        box, whole = (f"{columns}\u00a0×\u00a0{rows}" for rows, columns in (inner_box(self._shape), self._shape))
        if self._is_as_is:
            sentence = DRAWN_ON if self._is_drawn_on else AS_IS
        elif self.switch.key == "raw":
            sentence = RAW if self._is_mnist_style else RAW_BY_DATA
        else:
            sentence = PREPARED
        self._caption.setText(tr(sentence, box=box, whole=whole))


def _make_room(caption: QLabel) -> None:
    """Make it as wide as the longest word of all its sentences, so that another one moves nothing."""
    caption.setFixedWidth(max(scaled(CAPTION_ROOM), longest_word(*map(tr, CAPTIONS))))
