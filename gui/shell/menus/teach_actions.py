"""What the entries of the Teach menu do: the lesson, its teacher's sheet, and the hand-out."""

from engine.core.language import mark, tr
from engine.core.lens import Lens
from gui.shell.menus.actions import Actions, enable_entry
from gui.shell.parts import Parts
from gui.state.training.runs import Run
from gui.widgets.figures.save_place import choose_file

NO_RUN = mark("There is no run to hand out yet. Press Start to train one.")


class TeachActions:
    """One method for each entry, by the last part of its name: `teach.sheet`; `ViewActions` has presenter mode."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def use(self, actions: Actions) -> None:
        """Enable the hand-out while there is a run to hand out."""
        self._handout = actions["teach.handout"]
        self._parts.bridge.runs.changed.connect(self._follow)
        self._parts.selection.changed.connect(self._follow)
        self._follow()

    def _follow(self, *_: object) -> None:
        enable_entry(self._handout, "" if self._runs() else tr(NO_RUN))

    def _runs(self) -> list[Run]:
        """Return the runs that can be handed out, the newest first: those with weights, once one is looked at."""
        parts = self._parts
        runs = reversed(parts.bridge.runs.by_age()) if parts.selection.lens else ()
        return [run for run in runs if run.steps]

    def lesson(self) -> None:
        if lesson := self._parts.lesson:
            lesson.toggle()

    def open(self) -> None:
        """Ask for the files of a lesson, and open it."""
        if lesson := self._parts.lesson:
            lesson.choose_files()

    def sheet(self) -> None:
        """Ask for a file, and save the lesson's teacher's sheet there."""
        if lesson := self._parts.lesson:
            lesson.save_sheet()

    def handout(self) -> None:
        """Ask for a run, and write it as a page for pupils."""
        from gui.shell.dialogs.handout_sheet import HandoutSheet  # late, as every dialog

        parts, lens = self._parts, self._parts.selection.lens
        if parts.lesson is None or lens is None:
            return
        sheet = HandoutSheet(parts.window, self._runs(), lens, parts.bridge.dataset, self._write_handout)
        parts.dialogs.show_only(sheet)

    def _write_handout(self, lens: Lens, name: str) -> None:
        parts = self._parts
        assert parts.lesson is not None
        if path := choose_file(parts.window, tr("Export hand-out"), name, {".html": tr("Web pages (*.html)")}):
            from gui.shell.lesson.handout import save_handout

            parts.handouts.write(save_handout, lens, path, parts.lesson.chapters)
