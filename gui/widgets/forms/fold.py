"""A heading that folds away what is below it: for what is rare."""

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QSizePolicy, QStyle, QToolButton, QWidget

from engine.core.language import mark, tr
from gui.look.first_look import bring
from gui.look.focus_ring import up_to_window
from gui.look.fonts import font, keep, scaled, set_font
from gui.look.icons import icon
from gui.look.layout import holder, vbox
from gui.look.theme import theme
from gui.look.words import named, plain_tip
from gui.state.settings import settings
from gui.widgets.painted import Words, draw, turned

HEIGHT, CHEVRON, GAP = 24, 14, 8  # of a heading, of its arrow, and between its words, in pixels

MEND = mark("A value is wrong.")


class Fold(QWidget):
    """A heading, and below it what it folds away. Whether a person left it unfolded is remembered by its name.

    It unfolds by itself where something within comes to be not as usual, or wrong, and folds again when all is usual.
    Who folds it then reads in the heading what is not as usual: *Augmentation  shift 2, noise 0.1*.
    """

    toggled = Signal(bool)  # it was unfolded, or folded

    def __init__(self, name: str, title: str, *, tip: str, caption: str = "") -> None:
        """`name` is the object's name; `caption` says in a few words what is there, as long as all is as usual."""
        super().__init__()
        self.setObjectName(name)
        self.heading = Heading(f"{name}.heading", title, caption, tip)
        self.body = vbox(gap="tight")
        self.inside = holder(self.body)  # what is folded away
        vbox(self.heading, self.inside, gap="tight", on=self)
        self._changes, self._is_wrong = "", False
        self.heading.clicked.connect(self._take_click)
        self._show(name in settings().unfolded)

    @property
    def is_open(self) -> bool:
        return self.heading.isChecked()

    def show_changes(self, changes: str, *, wrong: bool = False, quiet: bool = False) -> None:
        """Say what within is not as usual, in a few words, and whether something is wrong; empty where all is usual.

        Being `quiet` it does not unfold for what is not as usual: something else in sight says so.
        """
        came = (changes not in ("", self._changes) and not quiet) or wrong > self._is_wrong
        went = not changes and not wrong and (bool(self._changes) or self._is_wrong)
        self._changes, self._is_wrong = changes, wrong
        self.heading.show_changes(changes, wrong=wrong)
        if came:
            self.unfold()
        elif went and not self._has_keyboard():  # nothing goes from under the hand
            self._show(self.objectName() in settings().unfolded)

    def unfold(self) -> None:
        self._show(True)

    def _take_click(self, is_open: bool) -> None:
        self._show(is_open)
        unfolded = {*settings().unfolded} - {self.objectName()}
        settings().unfolded = sorted(unfolded | {self.objectName()} if is_open else unfolded)
        if is_open:
            reveal(self.inside)
            reveal(self.heading)

    def _show(self, is_open: bool) -> None:
        was_open = self.inside.isVisibleTo(self)
        self.heading.show_open(is_open)
        self.inside.setVisible(is_open)
        if is_open != was_open:
            self.toggled.emit(is_open)

    def _has_keyboard(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.inside.isAncestorOf(focus)


class Heading(QToolButton):
    """A title, what there is to say of it, and an arrow at the right end that points down while it is unfolded."""

    def __init__(self, name: str, title: str, caption: str, tip: str) -> None:
        super().__init__()
        self.setCheckable(True)
        named(self, name, look="fold")
        self.setText(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._caption, self._tip, self._changes, self._is_wrong = caption, tip, "", False
        set_font(self, "title")
        keep(self, Heading.updateGeometry)
        theme().changed.connect(self.update)
        self._say()

    def show_changes(self, changes: str, *, wrong: bool) -> None:
        self._changes, self._is_wrong = changes, wrong
        self._say()

    def show_open(self, is_open: bool) -> None:
        self.setChecked(is_open)
        self._say()

    @property
    def words(self) -> str:
        """What stands behind the title: what is wrong, else, while folded, what is not as usual, else the caption."""
        if self._is_wrong:
            return tr(MEND)
        return self._caption if self.isChecked() or not self._changes else self._changes

    def sizeHint(self) -> QSize:
        wide = QFontMetricsF(font("title")).horizontalAdvance(self.text()) + GAP + scaled(CHEVRON)
        return QSize(round(wide + 0.5), scaled(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return the same: the title is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, side, high = QPainter(self), scaled(CHEVRON), self.height()
        arrow = QRectF(self.width() - side, (high - side) / 2, side, side)
        is_pointed_at = self.underMouse() and self.isEnabled()
        name = "chevron-down" if self.isChecked() else "chevron-right"
        place = QStyle.visualRect(self.layoutDirection(), self.rect(), arrow.toRect())
        icon(name, "accent" if is_pointed_at else "muted").paint(painter, place)
        color = "text" if self.isEnabled() else "faint"
        area = QRectF(self.rect())
        draw(painter, *turned(area, Words(area, self.text(), color, "title")))
        left = painter.fontMetrics().horizontalAdvance(self.text()) + GAP
        role = "label" if self.words == self._changes else "caption"
        color = "bad" if self._is_wrong else "muted" if role == "label" else "faint"
        room = QRectF(left, 0, max(0, int(arrow.left() - GAP - left)), high)
        draw(painter, *turned(area, Words(room, self.words, color, role, elided=True)))

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def _say(self) -> None:
        said = tr(MEND) if self._is_wrong else self._changes
        self.setAccessibleName(f"{self.text()}: {said}" if said else self.text())
        does = tr("Click to fold it away.") if self.isChecked() else tr("Click to unfold it.")
        self.setAccessibleDescription(f"{self._tip} {does}")
        now = said and tr("Now: {changes}", changes=said)
        self.setToolTip(plain_tip("\n".join(filter(None, (self._tip, now, does)))))
        self.update()


def reveal(widget: QWidget) -> None:
    """Bring a widget into sight, also into the first look: unfold what it is in, and scroll the pages around it."""
    around = up_to_window(widget)[1:]
    for each in (widget, *around):
        bring(each)
    for each in around:
        if isinstance(each, Fold) and each.inside.isAncestorOf(widget):
            each.unfold()
    for each in around:
        if layout := each.layout():
            layout.activate()  # what was shown just now has no place yet
        if isinstance(each, QScrollArea):
            # Now, so that its page is as high as it has to be.
            QCoreApplication.sendEvent(each, QEvent(QEvent.Type.LayoutRequest))
            each.ensureWidgetVisible(widget)
