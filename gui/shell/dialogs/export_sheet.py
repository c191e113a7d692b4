"""The sheet *Export*: what can be saved or copied from here, with a preview, and the way to its dialog or sheet."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QButtonGroup, QRadioButton
from shiboken6 import isValid

from engine.core.language import mark, tr, tr_plural
from engine.core.lens import Lens
from engine.core.text import printable
from engine.export.network.job import KERAS, NPZ, ONNX, SAFETENSORS, SAVED_MODEL, export_network
from gui.look.fonts import scaled
from gui.look.layout import SPRING, hbox, holder, scrolling, vbox
from gui.look.theme import theme
from gui.look.words import enable, named, reserve, set_title, words
from gui.shell.dialogs.sheets import COPIED, Sheet
from gui.shell.menus.figures import NO_PANEL, panels_in
from gui.shell.parts import Parts
from gui.state.lens_words import say_lens, say_mixture
from gui.state.settings import settings
from gui.state.silencing import changes_of
from gui.widgets.figures import figure_menu
from gui.widgets.figures.figure import image_of, seen, table_of, title_of
from gui.widgets.figures.save_place import choose_file
from gui.widgets.forms.controls import Choice, chip
from gui.widgets.panel import Panel

SIZE = 780, 490  # width and height of the sheet, in pixels
PREVIEW = QSize(300, 220)  # whatever the text size
MODELS = {
    KERAS: mark("Keras model (*.keras)"),
    SAVED_MODEL: mark("SavedModel of TensorFlow, a folder (*.savedmodel)"),
    ONNX: mark("ONNX (*.onnx)"),
    NPZ: mark("Weights for NumPy (*.npz)"),
    SAFETENSORS: mark("Weights as safetensors (*.safetensors)"),
}
NO_NETWORK = mark("There is no trained network yet. Press Start to train one.")
NO_COPY = mark("Only pictures and numbers can be copied.")


class Kind(NamedTuple):
    """Something that can be exported: its title, a sentence about it, and the text of its button."""

    title: str
    help: str
    go: str


KINDS: Mapping[str, Kind] = {
    "figure": Kind(mark("Panel"), mark("One panel as a picture (PNG) or a drawing (SVG)."), mark("Save…")),
    "numbers": Kind(mark("Numbers"), mark("The numbers behind that panel, for a spreadsheet (CSV)."), mark("Save…")),
    "table": Kind(mark("Table"), mark("Those numbers in a table: read cell by cell, sorted."), mark("Show as table…")),
    "picture": Kind(mark("Whole tab"), mark("All that the tab shows now, as a picture (PNG)."), mark("Save…")),
    "film": Kind(
        mark("Film"), mark("The tab or a panel at all snapshots: WebP, GIF or MP4."), mark("Choose snapshots…")
    ),
    "code": Kind(mark("Code"), mark("A short TensorFlow script that does what the tab shows."), mark("Show code")),
    "model": Kind(
        mark("Model"),
        mark("The network at this snapshot as it was trained, for Keras, TensorFlow, ONNX or NumPy."),
        mark("Save…"),
    ),
    "notebook": Kind(mark("Notebook"), mark("All runs as a Jupyter notebook, or as a Python script."), mark("Save…")),
    "handout": Kind(
        mark("Hand-out"), mark("One web page for pupils: they draw on it, offline."), mark("Choose a run…")
    ),
}
OF_PANEL, COPYABLE = ("figure", "numbers", "table"), ("figure", "numbers", "picture")
ACTIONS = {"picture": "file.picture", "film": "file.film", "code": "view.code", "handout": "teach.handout"}


class ExportSheet(Sheet):
    """One choice for each kind; what is not possible now is disabled and says why. It follows the current tab."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window, "export", tr("Export"))
        self._parts = parts
        self._panels: Sequence[Panel] = ()
        self._group = QButtonGroup(self)
        self.choices = {key: self._make_choice(key) for key in KINDS}
        self.sentences = {key: words(tr(kind.help), "label", wrapped=True) for key, kind in KINDS.items()}
        self.panel = named(Choice(12), "export.panel", title=tr("Panel"), tip=tr("Which panel of the tab is exported."))
        self.paper = chip(
            "export.paper", tr("Light colours, for paper"), tr("Export in light colours."), checkable=True
        )
        self.preview = named(words("", "label", wrapped=True, centred=True), "export.preview", title=tr("Preview"))
        self.preview.setFixedSize(PREVIEW)
        self.copy = self.button("copy", tr("Copy"), "", self._copy)
        self.go = self.button("go", tr("Save…"), "", self._go)
        self.go.setProperty("look", "primary")
        close_button = self.button("close", tr("Close"), tr("Close this sheet. (Esc)"), self.reject)
        reserve(self.copy, tr(COPIED))
        reserve(self.go, *(tr(kind.go) for kind in KINDS.values()))
        rows = [vbox(self.choices[key], hbox(22, (self.sentences[key], 1), gap=0), gap=0) for key in KINDS]
        page = holder(vbox(*rows, SPRING, gap="small", edges=(0, 0, "small", 0)))
        shown = vbox(self.panel, self.preview, hbox(self.paper, SPRING), SPRING, gap="small")
        vbox(
            words(tr("What is exported?"), "title"),
            (hbox((scrolling(page, "export.list"), 1), shown, gap="large"), 1),
            hbox(self.copy, SPRING, self.go, close_button, gap="small"),
            gap="medium",
            edges=(24, "large"),
            on=self,
        )
        self._group.buttonClicked.connect(self._show_choice)
        self.panel.currentIndexChanged.connect(self._show_choice)
        self.paper.clicked.connect(self._choose_paper)
        parts.window.tabs.currentChanged.connect(self._follow)
        self.resize(QSize(*map(scaled, SIZE)).boundedTo(self.screen().availableSize()))

    def turn_to(self, panel: Panel | None) -> None:
        """Choose a panel; without one the whole tab."""
        self._follow()
        if panel in self._panels:
            self.panel.setCurrentIndex(self._panels.index(panel))
        self.choices["figure" if panel else "picture"].setChecked(True)
        self._show_choice()
        self.go.setFocus()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self._follow()  # the tab may have changed meanwhile
        return super().event(event)

    @property
    def _kind(self) -> str:
        return next((key for key, choice in self.choices.items() if choice.isChecked()), "picture")

    @property
    def _panel(self) -> Panel | None:
        place = self.panel.currentIndex()
        panel = self._panels[place] if 0 <= place < len(self._panels) else None
        return panel if panel is not None and isValid(panel) else None

    def _follow(self, *_: object) -> None:
        """List the panels of the current tab; the one that was chosen stays so."""
        chosen = self._panel
        self._panels = panels_in(self._parts.window.tab)
        place = self._panels.index(chosen) if chosen in self._panels else 0
        self.panel.offer(dict(enumerate(printable(title_of(panel)) for panel in self._panels)), place)
        self._show_choice()

    def _why_not(self, kind: str) -> str:
        """Return why this cannot be exported now; empty when it can."""
        panel = self._panel
        if kind in OF_PANEL and panel is None:
            return tr(NO_PANEL)
        if kind in ("numbers", "table") and panel is not None and table_of(panel) is None:
            return tr(figure_menu.NO_NUMBERS)
        run = self._parts.bridge.runs.seen(self._parts.selection.lens)
        if kind == "model" and (run is None or not run.steps):
            return tr(NO_NETWORK)
        action = self._parts.actions[ACTIONS[kind]] if kind in ACTIONS else None
        return "" if action is None or action.isEnabled() else action.toolTip()

    def _choose_paper(self, on: bool) -> None:
        figure_menu.choose_paper(on)
        self._show_choice()

    def _show_choice(self, *_: object) -> None:
        for key, choice in self.choices.items():
            why_not = self._why_not(key)
            enable(choice, not why_not, tr(KINDS[key].help), why_not)
            self.sentences[key].setText(why_not or tr(KINDS[key].help))
        kind = self._kind
        why_not, title, go = self._why_not(kind), tr(KINDS[kind].title), tr(KINDS[kind].go)
        set_title(self.go, go, tr("{action}: {kind}", action=go.removesuffix("…"), kind=title))
        enable(self.go, not why_not, tr(KINDS[kind].help), why_not)
        set_title(self.copy, tr("Copy"), tr("{action}: {kind}", action=tr("Copy"), kind=title))
        enable(self.copy, kind in COPYABLE and not why_not, tr("Copy it to the clipboard."), why_not or tr(NO_COPY))
        tip = tr("Which panel of the tab is exported.")
        enable(self.panel, kind in OF_PANEL and bool(self._panels), tip, tr(NO_PANEL))
        self.paper.setVisible(theme().current.dark and kind == "figure")
        self.paper.setChecked(settings().figures_for_paper)
        self._show_preview(kind)

    def _show_preview(self, kind: str) -> None:
        """Show the panel or the tab; of what has no picture, say what it is made from."""
        image = self._picture(kind)
        if image is not None:
            ratio = self.devicePixelRatioF()
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(self.preview.size() * ratio, keep, smooth)
            image.setDevicePixelRatio(ratio)
            self.preview.setPixmap(QPixmap.fromImage(image))
            return
        runs, lens = self._parts.bridge.runs, self._parts.selection.lens
        said = tr_plural("{count:,} run", "{count:,} runs", len(runs))
        if kind == "model" and lens is not None:
            left_out = " · ".join(filter(None, (changes_of(lens), say_mixture(runs, lens))))
            said = say_lens(runs, Lens(lens.run, lens.moment))
            if left_out:
                said += " · " + tr("not in the file: {changes}", changes=left_out)
        self.preview.setText(printable(said))

    def _picture(self, kind: str) -> QImage | None:
        if kind in OF_PANEL:
            return image_of(self._panel, look=figure_menu.look_of_figures()) if self._panel is not None else None
        tab = self._parts.window.tab
        return seen(tab).toImage() if kind in ("picture", "film", "code") and tab is not None else None

    def _copy(self) -> None:
        kind, panel, tab = self._kind, self._panel, self._parts.window.tab
        if kind == "picture" and tab is not None:
            QGuiApplication.clipboard().setPixmap(seen(tab))
        elif panel is not None:
            (figure_menu.copy_picture if kind == "figure" else figure_menu.copy_numbers)(panel)
        self.copy.setText(tr(COPIED))

    def _go(self) -> None:
        kind, panel, parts = self._kind, self._panel, self._parts
        self.accept()  # first: its dialog or sheet takes the place of this one
        if kind in OF_PANEL:
            if panel is None:
                return  # gone meanwhile
            if kind == "table":
                parts.dialogs.show("table", panel)
            else:
                (figure_menu.save_figure if kind == "figure" else figure_menu.save_numbers)(panel)
        elif kind == "notebook":
            parts.notebook.export()
        elif kind == "model":
            save_model(parts)
        else:
            parts.actions[ACTIONS[kind]].trigger()

    def _make_choice(self, key: str) -> QRadioButton:
        title = tr(KINDS[key].title)
        choice = named(QRadioButton(title), f"export.{key}", title=title)
        self._group.addButton(choice)
        return choice


def save_model(parts: Parts) -> None:
    """Ask for a file, and save the network that is looked at there, as it was trained."""
    if (lens := parts.selection.lens) is None:
        return
    name = figure_menu.safe_name(tr("Network, run {run}", run=parts.bridge.runs.label(lens.run)))
    kinds = {suffix: tr(text) for suffix, text in MODELS.items()}
    if path := choose_file(parts.window, tr("Save the model"), f"{name}.keras", kinds):
        parts.bridge.submit(export_network, lens.run, lens.moment, path)
