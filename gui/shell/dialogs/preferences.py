"""The sheet of preferences: theme, text size, and disk space for snapshots; each choice has its effect at once."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSpinBox, QWidget

from gui.look.fonts import SIZES, metrics, scaled, sized, text_size
from gui.look.layout import SPRING, gridbox, vbox
from gui.look.theme import CHOICES, theme
from gui.look.words import named, words
from gui.shell.dialogs.sheets import Role, Sheet, button_box
from gui.shell.menus.actions import Actions
from gui.state.settings import BUDGET_RANGE, Settings
from gui.widgets.forms.controls import Choice, Segments

SIZE = 600, 298  # width and height of the sheet
BUDGET_STEP = 50
BUDGET_HELP = (
    "A snapshot (checkpoint) is the whole network at one step, about 1 MB for the blog’s. When a session needs more "
    "than this, snapshots in between are given up evenly; the first, the last and those with a name always stay."
)


class PreferencesDialog(Sheet):
    """Theme, text size and disk space for snapshots. `set_budget` is called with another number of megabytes."""

    def __init__(
        self, parent: QWidget, actions: Actions, settings: Settings, set_budget: Callable[[int], object]
    ) -> None:
        super().__init__(parent, "preferences", "Preferences")
        self._actions, self._settings, self._set_budget = actions, settings, set_budget
        themes = {str(key): (title, actions[f"view.theme.{key}"].toolTip()) for key, title in CHOICES.items()}
        self._theme = Segments("preferences.theme", themes)
        self._theme.choose(theme().choice)
        self._theme.chosen.connect(lambda choice: actions[f"view.theme.{choice}"].trigger())
        for choice in CHOICES:
            actions[f"view.theme.{choice}"].toggled.connect(self._show_theme)
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
            (words("Text size", "value", names=self.text_size), 1, 0, left),
            (self.text_size, 1, 1, left),
            (words("Disk space for snapshots", "value", names=self.budget), 2, 0, left),
            (self.budget, 2, 1, left),
            (words(BUDGET_HELP, "label", wrapped=True), 3, 1),
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

    def _show_theme(self, on: bool) -> None:
        checked = (choice for choice in CHOICES if self._actions[f"view.theme.{choice}"].isChecked())
        if on and (choice := next(checked, None)):
            self._theme.choose(choice)

    def _take_budget(self, megabytes: int) -> None:
        self._settings.budget = megabytes
        self._set_budget(megabytes)
