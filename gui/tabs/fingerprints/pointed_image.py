"""What is under the mouse in the maps: image, value, and the picture, fetched from the engine."""

from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFrame, QWidget

from engine.analysis.probes.fingerprints import Fingerprints
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.class_names import class_name, one_of_class
from gui.look.layout import hbox
from gui.look.words import named, words
from gui.tabs.fingerprints.map_rows import Pointed, are_maps
from gui.widgets.pictures.fetched_pictures import FetchedPictures
from gui.widgets.pictures.pixels import Pixels
from gui.widgets.tab import Tab

PERIOD_MS, MOST_BYTES = 30, 500_000
SIDE, AWAY = 86, 18


class PointedImage(QObject):
    """Shows a card beside the mouse, within `over`. The value is exact, however coarse the map."""

    def __init__(self, tab: Tab, over: QWidget) -> None:
        super().__init__(tab)
        self.card = PointedCard(tab, over)
        self._tab = tab
        self._image: int | None = None
        self._fetched = FetchedPictures(tab, MOST_BYTES, most=1, every_ms=PERIOD_MS)
        self._fetched.come.connect(self._show_picture)

    def show(self, pointed: Pointed | None, answer: Fingerprints | None) -> None:
        """Show what is there."""
        if pointed is None or answer is None or pointed.neuron >= answer.hidden.shape[1]:
            self._image = None
            self.card.hide()
            return
        self._image = image_at(pointed, answer)
        place = self._tab.mapFromGlobal(QCursor.pos())
        self.card.show_at(place, lines_for(pointed, answer, self._image), pictured=self._image is not None)
        if self._image is not None:
            self._show_picture()
            self._fetched.want([self._image])

    def _show_picture(self) -> None:
        if self._image is not None:
            self.card.show_picture(self._fetched.pictures.get(self._image))


def image_at(pointed: Pointed, answer: Fingerprints) -> int | None:
    """Return the number of the test image that is pointed at; `None` for a mean."""
    if pointed.label is None or pointed.share is None:
        return None
    images = answer.images[pointed.label]
    column = int(pointed.share * len(images))
    return int(images[column]) if 0 <= column < len(images) else None


def lines_for(pointed: Pointed, answer: Fingerprints, image: int | None) -> list[str]:
    """Return a few lines: the neuron, and its output for the image or its mean for the class."""
    title = mark("Feature map {number:,}, averaged") if are_maps(answer) else mark("Neuron {number:,}")
    lines = [tr(title, number=pointed.neuron)]
    if image is not None:
        lines.append(tr("image {number:,}, {thing}", number=image, thing=one_of_class(int(answer.labels[image]))))
        if image < len(answer.hidden):  # large ones are dropped while others are computed
            lines.append(tr("activation {value}", value=written(answer.hidden[image, pointed.neuron], ".4g")))
        return lines
    if pointed.label is not None:
        mean = written(answer.means[pointed.label, pointed.neuron], ".4g")
        return [*lines, tr("mean over class {name}: {mean}", name=class_name(pointed.label), mean=mean)]
    return lines


class PointedCard(QFrame):
    """Lies over its parent, lets the mouse through, and stays within `over`: what is beside it is read meanwhile."""

    def __init__(self, parent: QWidget, over: QWidget) -> None:
        super().__init__(parent)
        self._over = over
        named(self, "fingerprints.pointed", look="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture = Pixels("fingerprints.pointed.picture", tr("Test image"))
        self.picture.setFixedSize(SIDE, SIDE)
        self.text = named(words("", "label"), "fingerprints.pointed.text")
        hbox(self.picture, self.text, gap="small", edges="small", on=self)
        self.hide()

    def show_at(self, place: QPoint, lines: list[str], *, pictured: bool) -> None:
        """Show these lines beside `place` in the parent; `pictured`: with room for a picture."""
        self.text.setText("\n".join(lines))
        self.picture.setVisible(pictured)
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        around = QRect(self._over.mapTo(parent, QPoint()), self._over.size())
        left, top = place.x() + AWAY, place.y() + AWAY
        if left + self.width() > around.right():
            left = place.x() - AWAY - self.width()
        if top + self.height() > around.bottom():
            top = place.y() - AWAY - self.height()
        self.move(max(left, around.left()), max(top, around.top()))
        self.show()
        self.raise_()

    def show_picture(self, picture: Array | None) -> None:
        """Show the picture (rows, columns[, 3]), uint8, or an empty frame until it has come."""
        self.picture.set_numbers(picture, 255)
