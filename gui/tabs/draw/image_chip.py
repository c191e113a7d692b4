"""The button for a test image: any one, or behind its arrow one of a class, by its number, or a misread one."""

from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton

from gui.look.class_names import class_name, is_numbered
from gui.look.fonts import metrics, scaled
from gui.look.icons import icon
from gui.look.theme import theme
from gui.look.words import enable, entry, named
from gui.widgets.forms.chip import add_entry
from gui.widgets.forms.name_field import ask_name
from gui.widgets.forms.text_field import GROUPED

TITLE = "Test image"
TIP = "Put a test image on the canvas and draw on it; the arrow offers one of a class, by its number, or a misread one."
NO_DATA = "No data set is loaded yet."
ARROW, SIDE = 24, 12  # width of the part that opens the menu, and of its arrow, in pixels


class ImageChip(QPushButton):
    """Signals which test image is wanted."""

    wanted = Signal(str, int)  # `any`, `misread`, `class` or `number`, and the class or number

    def __init__(self, name: str) -> None:
        super().__init__(TITLE)
        named(self, name, title=TITLE, look="split chip")
        self.setAccessibleDescription(TIP)
        self.images = 0  # number of test images
        self.choices = named(QMenu(self), f"{name}.menu")
        self._classes = named(QMenu("Of a &class", self.choices), f"{name}.classes")
        self._add("any", "&Any", "any")
        self._add("misread", "A &misread one", "misread")
        self.choices.addMenu(self._classes)
        self._add("number", "By its &number…")
        self.clicked.connect(lambda: self.wanted.emit("any", 0))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda _: self.open_menu())

    def set_images(self, images: int, classes: int) -> None:
        """Offer test images by number, from 0 to `images` - 1, and by class."""
        self.images = images
        enable(self, images > 0, TIP, NO_DATA)
        self._classes.clear()
        for label in range(classes):
            mark = "&" if label < 10 and is_numbered(label) else ""
            name, text = class_name(label), f"{mark}{entry(class_name(label))}"
            take = partial(self.wanted.emit, "class", label)
            add_entry(self._classes, f"{self.objectName()}.class.{label}", text, take, tip=name)

    def open_menu(self) -> None:
        self.choices.popup(self.mapToGlobal(QPoint(0, self.height())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        is_arrow = event.position().x() >= self.width() - scaled(ARROW)
        if is_arrow and event.button() == Qt.MouseButton.LeftButton:
            self.open_menu()
        else:
            super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, side, left = QPainter(self), scaled(SIDE), self.width() - scaled(ARROW)
        painter.setPen(theme().current.color("line"))
        edge = metrics()["space"]["tight"] + 1
        painter.drawLine(QPointF(left + 0.5, edge), QPointF(left + 0.5, self.height() - edge))
        place = QRect(left + (scaled(ARROW) - side) // 2, (self.height() - side) // 2, side, side)
        icon("chevron-down", "muted" if self.isEnabled() else "faint").paint(painter, place)

    def _add(self, key: str, text: str, how: str = "") -> None:
        do = partial(self.wanted.emit, how, 0) if how else self._ask_number
        add_entry(self.choices, f"{self.objectName()}.{key}", text, do)

    def _ask_number(self) -> None:
        ask_name(
            self,
            self.objectName(),
            "Number of the test image",
            "Enter takes the test image of this number, Esc takes none.",
            lambda text: self.wanted.emit("number", read_number(text)),
            placeholder=f"0 to {self.images - 1:,}",
            check=self._wrong,
        )

    def _wrong(self, text: str) -> str:
        number = read_number(text)
        return "" if 0 <= number < self.images else f"Write a whole number from 0 to {self.images - 1:,}."


def read_number(text: str) -> int:
    """Return the whole number in a text, with commas or without; -1 for anything else."""
    plain = text.replace(",", "") if GROUPED.fullmatch(text) else text
    return int(plain) if plain.isdecimal() and len(plain) < 10 else -1
