"""What the menu's actions do that belong to no other part: pictures, theme, help."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog

from engine.system.folders import logs
from gui.look.theme import MAPS, Choice, Maps, theme
from gui.shell.main_window import MainWindow
from gui.shell.time.actions import time_slots
from gui.state.bridge import Bridge
from gui.state.file_content import png_of
from gui.state.notices import Notices
from gui.state.run_controls import RunControls
from gui.state.save_file import chosen_file, save_file
from gui.state.settings import Settings
from gui.state.timeline import Timeline
from gui.widgets.save_place import ask_where

FILTERS = {".png": "Pictures (*.png)"}


class Commands(QObject):
    """The slots of the actions, by the actions' names, in `slots`."""

    def __init__(
        self,
        window: MainWindow,
        bridge: Bridge,
        controls: RunControls,
        timeline: Timeline,
        notices: Notices,
        settings: Settings,
        make_dialog: Callable[[str], QDialog],
    ) -> None:
        super().__init__(window)
        self._window, self._bridge = window, bridge
        self._notices, self._settings = notices, settings
        self._make_dialog = make_dialog
        self._dialogs: dict[str, QDialog] = {}
        self.slots: dict[str, Callable[[], object]] = {
            "file.unsaved": lambda: self.show("unsaved"),
            "file.picture": self._save_picture,
            "file.close": window.close,
            "file.quit": window.close,
            "edit.preferences": lambda: self.show("preferences"),
            "run.start": controls.toggle,
            "run.step": controls.step,
            "run.epoch": controls.step_epoch,
            "run.stop": controls.stop,
            "run.reset": controls.reset,
            "run.pace.full": lambda: controls.set_pace(None),
            "run.pace.16": lambda: controls.set_pace(16.0),
            "run.pace.4": lambda: controls.set_pace(4.0),
            "run.pace.1": lambda: controls.set_pace(1.0),
            "view.theme.system": lambda: self._choose_theme("system"),
            "view.theme.light": lambda: self._choose_theme("light"),
            "view.theme.dark": lambda: self._choose_theme("dark"),
            **{f"view.maps.{maps}": partial(self._choose_maps, maps) for maps in MAPS},
            "view.full_screen": window.toggle_full_screen,
            "help.shortcuts": lambda: self.show("keys"),
            "help.notices": lambda: self.show("notices"),
            "help.report": lambda: self.show("report"),
            "help.about": lambda: self.show("about"),
            "help.log": self._open_logs,
            **time_slots(timeline),
        }

    def show(self, name: str) -> None:
        """Show a dialog beside the window; a second call brings it to the front."""
        dialog = self._dialogs.get(name)
        if dialog is None:
            dialog = self._dialogs[name] = self._make_dialog(name)
            # Once: whoever presses Escape twice closes a sheet that is gone.
            dialog.finished.connect(lambda: self._forget(name), Qt.ConnectionType.SingleShotConnection)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _save_picture(self) -> None:
        tab = self._window.tabs.currentWidget()
        if tab is None:
            return
        picture = tab.grab()  # now: the dialog must not be in it, nor what happens meanwhile
        title = self._window.tabs.tabText(self._window.tabs.currentIndex())
        name = f"Layerlight {title}.png"
        file, chosen = ask_where(self._window, "Save picture", name, FILTERS[".png"])
        if file:
            content = png_of(picture.toImage())
            self._bridge.submit(save_file, chosen_file(file, chosen, FILTERS), content)

    def _choose_theme(self, choice: Choice) -> None:
        self._settings.theme = choice
        theme().choose(choice)

    def _choose_maps(self, maps: Maps) -> None:
        self._settings.maps = maps
        theme().choose_maps(maps)

    def _open_logs(self) -> None:
        folder = logs()
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._notices.tell(f"The log files are in {folder}.")

    def _forget(self, name: str) -> None:
        self._dialogs.pop(name).deleteLater()
