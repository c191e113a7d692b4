"""The session's notebook: notes what a person stays with in any tab, and exports all of it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.core.act import Act
from engine.core.language import mark, tr
from engine.export.scripts.parts.tabs import has_script
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.kept import note_act
from gui.state.link.clock import CLOCK, Clock
from gui.widgets.figures.figure_menu import safe_name
from gui.widgets.figures.save_place import choose_file

if TYPE_CHECKING:
    from gui.shell.parts import Parts  # which knows the notebook

# Interval in ms at which the current tab is observed. What it shows twice in a row is an act.
LOOK_MS = 1_500

KINDS = {".ipynb": mark("Jupyter notebooks (*.ipynb)"), ".py": mark("Python scripts (*.py)")}


class Notebook(QObject):
    """Creates the acts of the session.

    They are observed, not reported: the tabs need not report what a person does, and a drag leaves no act. Acts alone
    give a session no file, so looking at the bundled session leaves nothing behind.
    """

    def __init__(self, parts: "Parts", clock: Clock = CLOCK) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._seen: Act | None = None
        self._noted: Act | None = None
        self._timer = clock.timer(self, self._look)
        for event in (DatasetOpened, SessionOpened):
            parts.bridge.listen(event, lambda _: self._forget())

    def begin(self) -> None:
        self._timer.start(LOOK_MS)

    def export(self) -> None:
        self._note(self._act())
        sessions = self._parts.sessions
        name = sessions.name if sessions.is_saved or sessions.is_bundled else tr("Session")
        kinds = {suffix: tr(text) for suffix, text in KINDS.items()}
        if path := choose_file(self._parts.window, tr("Export session as notebook"), f"{safe_name(name)}.ipynb", kinds):
            # Imported here, because the first picture of the window must not wait for it.
            from engine.export.notebook.export import export_notebook

            self._parts.bridge.submit(export_notebook, path)

    def _forget(self) -> None:
        self._noted = None  # the same settings are another act now

    def _look(self) -> None:
        self._timer.start(LOOK_MS)
        before, self._seen = self._seen, self._act()
        if self._seen is not None and before is not None and self._seen.is_like(before):
            self._note(self._seen)

    def _note(self, act: Act | None) -> None:
        if act is None or (self._noted is not None and act.is_like(self._noted)):
            return
        self._noted = act
        self._parts.bridge.submit(note_act, act.tab, {**act.settings, **act.arrays}, act.lens)

    def _act(self) -> Act | None:
        """Return what the current tab shows; `None` while that is incomplete or changes by itself."""
        tab, lens = self._parts.window.tab, self._parts.selection.lens
        if tab is None or not has_script(tab.objectName()):
            return None
        is_training = self._parts.controls.state == "running" and lens is not None and lens.moment is None
        if is_training or not (tab.is_settled and tab.shows_act):
            return None
        return Act.of(tab.objectName(), tab.code_settings(), lens, "", 0.0)
