"""The rail at the left of the window: the places, each with its tabs."""

from collections.abc import Collection

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton

from engine.core.language import mark, tr
from engine.core.machine.words import read_words
from gui.look.first_look import shows_everything
from gui.look.fonts import measured, scaled, sized
from gui.look.icons import icon
from gui.look.layout import SPRING, Fitted, vbox
from gui.look.words import named

WIDTH, ICON, EDGES = 56, 20, 6
MORE = mark("More")
MORE_HELP = mark("Show all places, pages and controls. View > Show everything takes them away again.")
# By a click, too: the focus of a page that is hidden would move to the next control, and ring it.
STOP, CLICK = Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.ClickFocus
STYLES = Qt.ToolButtonStyle.ToolButtonTextUnderIcon, Qt.ToolButtonStyle.ToolButtonIconOnly


class Rail(Fitted, QFrame):
    """A button for each place of `resources/places.toml`, of which one is checked; arrow keys go through them."""

    chosen = Signal(str)  # carries the name of the place
    everythingWanted = Signal()  # the first look is not enough any more

    def __init__(self) -> None:
        super().__init__()
        named(self, "rail", title=tr("Places"), look="rail")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(lambda button: self.chosen.emit(self._names[button]))
        self._icons: dict[QToolButton, str] = {}
        self._names: dict[QToolButton, str] = {}
        for name, place in read_words("places.toml").items():
            button = _make(name, place["help"])
            button.setCheckable(True)
            self._group.addButton(button)
            self._icons[button], self._names[button] = place["icon"], name
        self._shown: tuple[Collection[str], bool] = (), False
        self._more = _make(MORE, tr(MORE_HELP))
        self._more.setIcon(icon("more", "muted"))
        self._more.clicked.connect(self.everythingWanted)
        for button in self._icons if not shows_everything() else ():
            button.hide()  # until the tabs are there, and some of them are shown
        self._more.hide()
        vbox(*self._icons, SPRING, self._more, gap="small", edges=(0, "small"), on=self)
        measured(self, Rail._fit)

    def show_places(self, name: str, shown: Collection[str], *, more: bool) -> None:
        """Check the place of that name among those that are `shown`; with `more` there is a button for all others.

        Without it all places are there, those whose tabs are not built yet cannot be chosen.
        """
        for button, picture in self._icons.items():
            is_current, is_shown = self._names[button] == name, self._names[button] in shown
            button.setVisible(is_shown or not more)
            button.setEnabled(is_shown)
            button.setChecked(is_current)  # the former one is checked until then
            # Qt moves the stop of Tab with the focus only, not with what the program checks.
            button.setFocusPolicy(STOP if is_current else CLICK)
            button.setIcon(icon(picture, "accent" if is_current else "muted"))
        if (shown, more) != self._shown:
            self._shown = shown, more
            self._more.setVisible(more)
            self._fit()

    def _fit(self) -> None:
        """Be as wide as the longest word, and leave the words out where the window is too low for them."""
        buttons = (*self._icons, self._more)
        longest = max(button.fontMetrics().horizontalAdvance(button.text()) for button in buttons)
        self.setFixedWidth(max(scaled(WIDTH), longest + EDGES))
        for style in STYLES:
            for button in buttons:
                button.setToolButtonStyle(style)
            if (layout := self.layout()) and layout.totalMinimumSize().height() <= self.height():
                return


def _make(name: str, tip: str) -> QToolButton:
    button = named(QToolButton(), f"rail.{name.lower().replace(' ', '_')}", title=tr(name), tip=tip, look="place")
    button.setText(tr(name))
    button.setFocusPolicy(STOP)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    sized(button.setIconSize, QSize(ICON, ICON))
    return button
