"""The sheet of plug-ins: what there is, where it lies, its hash; none runs before it is switched on here."""

from functools import partial

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QWidget

from engine.analysis.plugins.host import PluginsKnown, list_plugins
from engine.analysis.plugins.plugin import Plugin, folder
from engine.core.language import mark, tr
from gui.look.fonts import code_font, keep, scaled
from gui.look.layout import SPRING, hbox, scrolling, vbox
from gui.look.words import named, words
from gui.shell.dialogs.sheets import CLOSE, Sheet
from gui.shell.parts import Parts
from gui.state.settings import settings

SIZE = 640, 420
TITLE = mark("Plug-ins")
ABOUT = mark(
    "Questions and pages of other people. A plug-in is a program: it may do with this computer whatever you may. "
    "Switch on only what you trust. It stays on until its file changes."
)
NONE = mark("There is no plug-in yet. Put its file into this folder:")
FOLDER = mark("The folder of your own plug-ins:")


class PluginSheet(Sheet):
    """Switches plug-ins on and off; the window is built again with their pages once the sheet is closed."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window, "plugins", tr(TITLE))
        self._parts = parts
        self._before = dict(settings().plugins)
        self._list = QWidget()
        self._rows = vbox(SPRING, gap="large", on=self._list)
        self._where = words(tr(FOLDER), "label")
        place = words(str(folder()), "value", wrapped=True)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        look = self.button(
            "folder", tr("Open folder"), tr("Show the folder in the files of this computer."), _open_folder
        )
        vbox(
            words(tr(TITLE), "title"),
            words(tr(ABOUT), "label", wrapped=True),
            (scrolling(self._list, "plugins.list"), 1),
            self._where,
            place,
            hbox(look, SPRING, self.button("close", tr("Close"), tr(CLOSE), self.reject)),
            gap="medium",
            edges=(24, "large"),
            on=self,
        )
        keep(self, lambda sheet: sheet.resize(sheet.sizeHint().expandedTo(QSize(*map(scaled, SIZE)))))
        parts.bridge.listen(PluginsKnown, self._show, job=lambda: self._job)
        self._job = parts.bridge.submit(list_plugins)
        self.finished.connect(self._apply)

    def _show(self, message: PluginsKnown) -> None:
        self._where.setText(tr(FOLDER if message.plugins else NONE))
        for number, plugin in enumerate(message.plugins):
            self._rows.insertWidget(number, self._row(plugin))

    def _row(self, plugin: Plugin) -> QWidget:
        switch = named(QCheckBox(plugin.title), f"plugins.{plugin.name}", title=plugin.title, tip=plugin.about)
        known = settings().plugins.get(str(plugin.path))
        switch.setChecked(known == plugin.digest)
        switch.toggled.connect(partial(self._switch, plugin))
        lines = [words(plugin.about, "label", wrapped=True)] if plugin.about else []
        if known not in (None, plugin.digest):
            lines.append(words(tr("Changed since it was switched on."), "error", wrapped=True))
        for text in (str(plugin.path), f"SHA-256 {plugin.digest}"):
            line = words(text, "caption", wrapped=True)
            line.setFont(code_font())
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            lines.append(line)
        row = QWidget()
        vbox(switch, *lines, gap="tight", on=row)
        return row

    @staticmethod
    def _switch(plugin: Plugin, on: bool) -> None:
        if on:
            settings().plugins[str(plugin.path)] = plugin.digest
        else:
            settings().plugins.pop(str(plugin.path), None)

    def _apply(self) -> None:
        if settings().plugins != self._before:
            self._parts.languageWanted.emit(settings().language)  # builds the window again, with other tabs


def _open_folder() -> None:
    folder().mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder())))
