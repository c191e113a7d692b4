"""The sheet of preferences: theme, colours, text size, and disk space for snapshots; choices have an effect at once."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSpinBox, QWidget

from gui.look.fonts import SIZES, metrics, scaled, sized, text_size
from gui.look.layout import SPRING, gridbox, vbox
from gui.look.theme import Choice as Theme
from gui.look.theme import Maps, theme
from gui.look.words import named, words
from gui.shell.dialogs.sheets import Role, Sheet, button_box
from gui.state.settings import BUDGET_RANGE, Settings
from gui.widgets.forms.controls import Choice, Segments

SIZE = 600, 340  # width and height of the sheet
BUDGET_STEP = 50
THEMES = {
    "system": ("Follow system", "Light or dark, as the system is set."),
    "light": ("Light", "Dark on light, for bright rooms and projectors."),
    "dark": ("Dark", "Light on dark."),
}
MAPS = {
    "theme": ("Follow theme", "Numbers from the colour of the panel to blue; signed ones from blue to orange."),
    "viridis": ("Viridis", "Numbers from violet over green to yellow; signed ones in CET-CBD1, blue to yellow."),
    "cividis": ("Cividis", "From blue to yellow, the same for colour-blind eyes; signed numbers in CET-CBD1."),
    "cet_cbl1": ("CET-CBL1", "From black over blue to white, for colour-blind eyes; signed numbers in CET-CBD1."),
}
BUDGET_HELP = (
    "A snapshot (checkpoint) is the whole network at one step, about 1 MB for the blog’s. When a session needs more "
    "than this, snapshots in between are given up evenly; the first, the last and those with a name always stay."
)


class PreferencesDialog(Sheet):
    """Theme, colours, text size and disk space. `set_budget` is called with another number of megabytes."""

    def __init__(self, parent: QWidget, settings: Settings, set_budget: Callable[[int], object]) -> None:
        super().__init__(parent, "preferences", "Preferences")
        self._settings, self._set_budget = settings, set_budget
        self._theme, self._maps = Segments("preferences.theme", THEMES), Segments("preferences.maps", MAPS)
        self._theme.choose(theme().choice)
        self._maps.choose(theme().maps)
        self._theme.chosen.connect(self._take_theme)
        self._maps.chosen.connect(self._take_maps)
        tip = "How large all words of the window are (Ctrl++, Ctrl+-; Ctrl+0 for 100 %)"
        self.text_size = named(Choice(), "preferences.text_size", title="Text size", tip=tip)
        for percent in SIZES:
            self.text_size.addItem(f"{percent} %", percent)
        self.text_size.activated.connect(lambda _: theme().choose_text_size(self.text_size.currentData()))
        self.budget = self._make_budget()
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        grid = gridbox(
            (words("Theme", "value", names=self._theme), 0, 0, left),
            (self._theme, 0, 1, left),
            (words("Colours of numbers", "value", names=self._maps), 1, 0, left),
            (self._maps, 1, 1, left),
            (words("Text size", "value", names=self.text_size), 2, 0, left),
            (self.text_size, 2, 1, left),
            (words("Disk space for snapshots", "value", names=self.budget), 3, 0, left),
            (self.budget, 3, 1, left),
            (words(BUDGET_HELP, "label", wrapped=True), 4, 1),
            columns={1: 1},
            gap=(24, "medium"),
        )
        close_tip = "Close this sheet. What was chosen holds already. (Esc)"
        buttons = button_box("preferences", ("Close", Role.RejectRole, close_tip, self.reject))
        for button in buttons.findChildren(QPushButton):
            button.setAutoDefault(False)
        vbox(words("Preferences", "title"), grid, SPRING, buttons, gap="large", edges=(24, "large"), on=self)
        theme().changed.connect(self._show_text_size)
        self._show_text_size()
        self._theme.focus()

    def _show_text_size(self) -> None:
        self.text_size.setCurrentIndex(SIZES.index(text_size()))
        self.resize(self.sizeHint().expandedTo(QSize(*map(scaled, SIZE))))

    def _make_budget(self) -> QSpinBox:
        title = "Megabytes that the snapshots of a session may take"
        tip = f"From {BUDGET_RANGE[0]} to {BUDGET_RANGE[1]:,} MB."
        box = named(QSpinBox(), "preferences.budget", title=title, tip=tip)
        box.setRange(*BUDGET_RANGE)
        box.setSingleStep(BUDGET_STEP)
        box.setGroupSeparatorShown(True)
        box.setSuffix(" MB per session")
        sized(box.setFixedWidth, 160)
        # Margins, because Qt ignores the style sheet's padding here.
        box.lineEdit().setTextMargins(metrics()["space"]["small"], 0, 0, 0)
        # Only whole numbers count: the first digits of one would delete snapshots.
        box.setKeyboardTracking(False)
        box.setValue(self._settings.budget)
        box.valueChanged.connect(self._take_budget)
        return box

    def _take_theme(self, choice: Theme) -> None:
        self._settings.theme = choice
        theme().choose(choice)

    def _take_maps(self, maps: Maps) -> None:
        self._settings.maps = maps
        theme().choose_maps(maps)

    def _take_budget(self, megabytes: int) -> None:
        self._settings.budget = megabytes
        self._set_budget(megabytes)
