"""The sheet of preferences: theme, contrast, colours, text size, disk space for snapshots; choices hold at once."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSpinBox, QWidget

from engine.core.language import mark, tr
from gui.look.fonts import SIZES, measured, metrics, scaled, text_size
from gui.look.layout import SPRING, gridbox, hbox, vbox
from gui.look.theme import theme
from gui.look.words import named, words
from gui.shell.dialogs.sheets import Sheet
from gui.state.settings import BUDGET_RANGE, settings
from gui.widgets.forms.controls import Choice, Segments

SIZE = 600, 340  # width and height of the sheet
BUDGET_STEP, BUDGET_WIDTH = 50, 160  # its width is the least one
AROUND = 14  # pixels beside the words of a field
THEMES = {
    "system": (mark("Follow system"), mark("Light or dark, as the system is set.")),
    "light": (mark("Light"), mark("Dark on light, for bright rooms and projectors.")),
    "dark": (mark("Dark"), mark("Light on dark.")),
}
CONTRASTS = {
    "system": (mark("Follow system"), mark("High contrast where the system asks for it.")),
    "usual": (mark("Usual"), mark("Words have a contrast of 4.5:1 or more.")),
    "high": (
        mark("High"),
        mark("Words, curves and signs have a contrast of 7:1 or more; edges of controls and the focus are plain."),
    ),
}
MAPS = {
    "theme": (
        mark("Follow theme"),
        mark("Numbers from the colour of the panel to blue; signed ones from blue to orange."),
    ),
    "viridis": (
        mark("Viridis"),
        mark("Numbers from violet over green to yellow; signed ones in CET-CBD1, blue to yellow."),
    ),
    "cividis": (
        mark("Cividis"),
        mark("From blue to yellow, the same for colour-blind eyes; signed numbers in CET-CBD1."),
    ),
    "cet_cbl1": ("CET-CBL1", mark("From black over blue to white, for colour-blind eyes; signed numbers in CET-CBD1.")),
}
BUDGET_HELP = mark(
    "A snapshot (checkpoint) is the whole network at one step, about 1 MB for the blog’s. When a session needs more "
    "than this, snapshots in between are given up evenly; the first, the last and those with a name always stay."
)


class PreferencesDialog(Sheet):
    """Theme, contrast, colours, text size, disk space, and the way to the plug-ins.

    `set_budget` is called with another number of megabytes.
    """

    def __init__(
        self, parent: QWidget, set_budget: Callable[[int], object], show_plugins: Callable[[], object]
    ) -> None:
        super().__init__(parent, "preferences", tr("Preferences"))
        self._set_budget = set_budget
        self._theme, self._maps = Segments("preferences.theme", THEMES), Segments("preferences.maps", MAPS)
        contrast = Segments("preferences.contrast", CONTRASTS)
        contrast.choose(theme().contrast)
        contrast.chosen.connect(theme().choose_contrast)
        self._theme.choose(theme().choice)
        self._maps.choose(theme().maps)
        self._theme.chosen.connect(theme().choose)
        self._maps.chosen.connect(theme().choose_maps)
        tip = tr("How large all words of the window are (Ctrl++, Ctrl+-; Ctrl+0 for 100 %)")
        self.text_size = named(Choice(), "preferences.text_size", title=tr("Text size"), tip=tip)
        self.text_size.offer({percent: f"{percent} %" for percent in SIZES})
        self.text_size.activated.connect(lambda _: theme().choose_text_size(self.text_size.currentData()))
        self.budget = self._make_budget()
        fields: dict[str, QWidget] = {
            tr("Theme"): self._theme,
            tr("Contrast"): contrast,
            tr("Colours of numbers"): self._maps,
            tr("Text size"): self.text_size,
            tr("Disk space for snapshots"): self.budget,
        }
        grid, left = gridbox(columns={1: 1}, gap=(24, "medium")), Qt.AlignmentFlag.AlignLeft
        for row, (title, field) in enumerate(fields.items()):
            grid.addWidget(words(title, "value", names=field), row, 0, left | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(field, row, 1, left | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(words(tr(BUDGET_HELP), "label", wrapped=True), len(fields), 1)
        close_tip = tr("Close this sheet. What was chosen holds already. (Esc)")
        plugins_tip = tr("See which pages of other people there are, and switch them on or off.")
        plugins = self.button("plugins", tr("Plug-ins…"), plugins_tip, show_plugins)
        close = hbox(plugins, SPRING, self.button("close", tr("Close"), close_tip, self.reject))
        vbox(words(tr("Preferences"), "title"), grid, SPRING, close, gap="large", edges=(24, "large"), on=self)
        theme().changed.connect(self._show_text_size)
        self._show_text_size()
        self._theme.focus()

    def _show_text_size(self) -> None:
        self.text_size.setCurrentIndex(SIZES.index(text_size()))
        self.resize(self.sizeHint().expandedTo(QSize(*map(scaled, SIZE))))

    def _make_budget(self) -> QSpinBox:
        title = tr("Megabytes that the snapshots of a session may take")
        least, most = BUDGET_RANGE
        tip = tr("From {least} to {most:,} MB.", least=least, most=most)
        box = named(QSpinBox(), "preferences.budget", title=title, tip=tip)
        box.setRange(*BUDGET_RANGE)
        box.setSingleStep(BUDGET_STEP)
        box.setGroupSeparatorShown(True)
        box.setSuffix(f" {tr('MB per session')}")
        measured(box, _fit_words)
        # Margins, because Qt ignores the style sheet's padding here.
        box.lineEdit().setTextMargins(metrics()["space"]["small"], 0, 0, 0)
        # Only whole numbers count: the first digits of one would delete snapshots.
        box.setKeyboardTracking(False)
        box.setValue(settings().budget)
        box.valueChanged.connect(self._take_budget)
        return box

    def _take_budget(self, megabytes: int) -> None:
        settings().budget = megabytes
        self._set_budget(megabytes)


def _fit_words(box: QSpinBox) -> None:
    longest = f"{box.textFromValue(box.maximum())}{box.suffix()}"
    box.setFixedWidth(max(scaled(BUDGET_WIDTH), box.fontMetrics().horizontalAdvance(longest) + AROUND))
