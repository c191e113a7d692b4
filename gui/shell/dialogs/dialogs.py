"""The dialogs beside the window, created when they are first shown, at most one of each name at a time."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog

from engine.core.language import tr
from engine.data.dataset import say_summary
from engine.session.jobs.data import ArraysAsked, ReadingAsked
from engine.session.jobs.files import set_budget
from gui.shell.parts import Parts

# Imported in functions, as are all dialogs: the first picture of the window must not wait for their modules.
if TYPE_CHECKING:
    from gui.shell.dialogs.sheets import Sheet


class Dialogs(QObject):
    """Shows dialogs by name."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._shown: dict[str, Sheet] = {}

    def show(self, name: str, *subject: object) -> "Sheet":
        """Show a dialog beside the window, turned to a subject, and return it; a second call brings it to the front."""
        dialog = self._shown.get(name)
        if dialog is None:
            dialog = self._shown[name] = self._create(name)
            room = dialog.screen().availableSize().expandedTo(self._parts.window.size())
            dialog.resize(dialog.size().boundedTo(room))
            # Single shot: a second Escape would close a sheet that is gone.
            dialog.finished.connect(lambda: self._shown.pop(name).deleteLater(), Qt.ConnectionType.SingleShotConnection)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        if subject:
            dialog.turn_to(*subject)
        return dialog

    def show_only(self, dialog: QDialog) -> None:
        """Show a dialog about one run in place of an earlier one of its class."""
        for other in self._parts.window.findChildren(type(dialog)):
            if other is not dialog:
                other.reject()
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.show()

    def ask(self, asked: ArraysAsked | ReadingAsked) -> None:
        """Show a sheet that asks how to read data, and open them as it is answered."""
        from gui.shell.dialogs.data_sheets import ArraysSheet, ReadingSheet

        window, open_data = self._parts.window, self._open
        if isinstance(asked, ArraysAsked):
            sheet: Sheet = ArraysSheet(window, asked, open_data)
        else:
            sheet = ReadingSheet(window, asked, open_data)
        sheet.finished.connect(lambda _: sheet.deleteLater())
        sheet.show()

    def _open(self, file: str, wanted: str) -> None:
        self._parts.opening.open(Path(file), wanted=wanted)

    def _create(self, name: str) -> "Sheet":
        from gui.shell.dialogs.sheets import TextSheet, about_sheet, as_text, licences_sheet, report_sheet

        parts, window = self._parts, self._parts.window
        if name == "help":
            from gui.shell.help.help_sheet import HelpSheet

            return HelpSheet(window, parts.actions.texts(), {tab.objectName(): tab for tab in window.all_tabs()})
        if name == "preferences":
            from gui.shell.dialogs.preferences import PreferencesDialog

            return PreferencesDialog(
                window, lambda room: parts.bridge.submit(set_budget, room), lambda: self.show("plugins")
            )
        if name == "code":
            return parts.code.sheet()
        if name == "export":
            from gui.shell.dialogs.export_sheet import ExportSheet

            return ExportSheet(parts)
        if name == "table":
            from gui.shell.dialogs.table_sheet import TableSheet

            return TableSheet(parts)
        if name == "film":
            from gui.shell.film.sheet import FilmSheet

            return FilmSheet(parts)
        if name == "plugins":
            from gui.shell.plugins.sheet import PluginSheet

            return PluginSheet(parts)
        if name == "repeat":
            from gui.shell.dialogs.repeat_sheet import RepeatSheet

            return RepeatSheet(parts)
        if name == "recovery":
            return parts.left.dialog(window, crashed=True)
        if name == "unsaved":
            return parts.left.all(window)
        if name == "notices":
            title = tr("Earlier notices: what the bottom line said")
            return TextSheet(window, "notices", title, as_text(parts.notices.history))
        if name == "licences":
            return licences_sheet(window)
        known = parts.opening.device, say_summary(parts.bridge.dataset.summary) if parts.bridge.dataset else ""
        if name == "report":
            return report_sheet(window, *known, parts.notices)
        return about_sheet(window, *known, lambda: self.show("licences"))
