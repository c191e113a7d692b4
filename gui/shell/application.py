"""The one place where the parts of the window are wired together, and where they are taken apart again."""

from __future__ import annotations

import functools
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRect, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from engine.core.errors import UserError
from engine.core.knobs import in_sentence, knobs
from engine.core.lens import Lens
from engine.core.machine import folders
from engine.core.mailbox import Mailbox
from engine.core.messages import Job
from engine.core.runner import Runner
from engine.core.specs import TrainSpec
from engine.data.download.catalogue import KNOWN
from engine.data.location import path_of
from engine.data.sources import SAMPLE
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import LeftSession, SessionOpened, set_budget
from engine.session.session import Session
from engine.session.store import places
from gui.look.focus_ring import FocusRing
from gui.look.theme import theme
from gui.shell.bars.status_line import StatusLine
from gui.shell.bars.transport import Transport
from gui.shell.dialogs.data_sheets import DataQuestions
from gui.shell.film.maker import FilmMaker
from gui.shell.help.presenter import Presenter
from gui.shell.main_window import MainWindow
from gui.shell.menus.actions import Actions
from gui.shell.menus.commands import Commands, FileCommands, RecentMenu, view_slots
from gui.shell.menus.fact_menus import DataMenu, RunMenu
from gui.shell.menus.facts import Facts, SilencingChip
from gui.shell.menus.figures import FigureList, figure_slots
from gui.shell.menus.menu_actions import (
    NO_RUN,
    BookmarkMenu,
    EditActions,
    RunActions,
    TimeActions,
    edit_slots,
    go,
)
from gui.shell.menus.notebook import Notebook
from gui.shell.menus.questions import Closing, Revert, ask_about_large_data, ask_about_large_networks
from gui.shell.menus.show_code import ShowCode
from gui.shell.pages import Pages
from gui.shell.process.garbage import Garbage
from gui.shell.process.left_sessions import LeftSessions
from gui.shell.process.startup import Beginning, Opening, Restore, TabsFound, find_tabs
from gui.shell.process.window_geometry import place
from gui.state.file_kinds import is_picture
from gui.state.link.bridge import Bridge
from gui.state.notices import Notices, Offer
from gui.state.selection import Selection
from gui.state.sessions import Sessions
from gui.state.settings import Settings, load_settings
from gui.state.time.timeline import Timeline
from gui.state.training.data_reading import DataReading
from gui.state.training.experiment_work import ExperimentWork
from gui.state.training.handouts import Handouts
from gui.state.training.moment_tests import MomentTests
from gui.state.training.run_controls import RunControls, ask, train
from gui.state.training.run_data import RunData
from gui.state.training.run_progress import RunProgress
from gui.state.training.sweeps import Sweeps, processes
from gui.widgets.figures.figure_menu import are_for_paper, choose_paper, safe_name
from gui.widgets.figures.save_place import choose_file, last_folder, remember_folder
from gui.widgets.forms.fold import remember_unfolded, unfolded
from gui.widgets.forms.segments import Segments
from gui.widgets.plots.smoothing import last_smoothing, remember_smoothing

if TYPE_CHECKING:
    from engine.studies.sweep.job import MakeWorkers
    from gui.shell.help.explain import Explainer
    from gui.shell.lesson.lesson import Lesson

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.001
"""How long the engine's Python may keep the window's Python waiting; the default of 5 ms would cost pictures."""

ENGINE_SECONDS = 0.5
"""How long the engine may take to end its turn when the window has closed. Importing TensorFlow takes longer."""

TWINS = "twins"
"""The topic of what is offered where two runs begin that are trained in turns."""

HANDOUTS = {".html": "Web pages (*.html)"}
"""The kinds of files that a hand-out can be."""


class Application(QObject):
    """Engine, bridge and window of one process.

    `settings_file` is `None` where nothing shall be remembered; `restore` says what to do about what a crash left;
    `new_place` names a file for a session that nobody gave one; `bundled` is the session of a first start. `size` is
    that of a window which code looks at instead of a person, whatever screen there is.
    """

    def __init__(
        self,
        settings_file: Path | None = None,
        mailbox: Mailbox | None = None,
        train: Callable[..., Job] = train,
        ask: Callable[..., Job] = ask,
        restore: Restore = "no",
        new_place: Callable[[], Path] = places.new_autosave,
        bundled: Path | None = None,
        size: tuple[int, int] | None = None,
        make_workers: Callable[[int], MakeWorkers] = processes,
    ) -> None:
        super().__init__()
        self._size, self._bundled = size, bundled
        self.lesson: Lesson | None = None
        """There is one as soon as there are tabs."""
        self._garbage = Garbage(self)
        self._settings_file = settings_file
        self.notices = Notices(self)
        self.settings = self._load_settings()
        remember_folder(self.settings.picture_folder)
        remember_unfolded(self.settings.unfolded)
        remember_smoothing(self.settings.smoothing)
        choose_paper(self.settings.figures_for_paper)
        theme().choose(self.settings.theme)  # type: ignore[arg-type]  # checked when it was read
        theme().choose_maps(self.settings.maps)  # type: ignore[arg-type]  # so was this
        theme().choose_text_size(self.settings.text_size)
        theme().apply()
        self.mailbox = mailbox or Mailbox()
        self._view: Mapping[str, Any] | None = None
        session = Session(new_place=new_place)
        session.waits_for_readers = False
        self.runner = Runner(
            session, self.mailbox, at_end=lambda: session.close(self._view), mend=session.give_up
        )
        self.bridge = Bridge(self.runner, self.mailbox, self)
        self.controls = RunControls(self.bridge, self, train=train, ask=ask)
        self.selection = Selection(self)
        self.selection.follow(self.bridge)
        self.run_data = RunData(self.bridge, self.selection, self)
        self.timeline = Timeline(self.bridge, self.selection, self.controls, self)
        MomentTests(self.bridge, self.timeline, self.controls, self)
        self._reading = DataReading(self.bridge, self.notices, self)
        self.handouts = Handouts(self.bridge, self.notices, self)
        self.opening = Opening(self.bridge, self._reading, self)
        self.progress = RunProgress(self.bridge, self.controls, self)
        self.sessions = Sessions(
            self.bridge, self.controls, self.selection, self.notices, self.settings, self
        )
        self._pages = Pages(self)
        self.sessions.pages = self._pages.chosen
        self.sweeps = Sweeps(self.bridge, self.sessions, self.notices, self, make_workers=make_workers)
        self.experiments = ExperimentWork(self.bridge, self.notices, self)
        self._beginning = Beginning(
            self.bridge, self.opening, self.settings, restore, self._offer_crashed, bundled, self
        )
        self._left = LeftSessions(self.bridge, self.sessions, self)
        self.films = FilmMaker(self.bridge, self.timeline, self.notices, self)
        self.window = MainWindow()
        FocusRing(self.window)
        self._fill_window()
        self._connect()

    def show(self) -> None:
        """Show the window where it was the last time, as far as that is on a screen."""
        if self._size:
            self.window.resize(*self._size)
        else:
            place(self.window, QRect(*self.settings.geometry) if self.settings.geometry else None)
        if self.settings.maximized:
            self.window.showMaximized()
        else:
            self.window.show()

    def begin(self, file: str | None = None) -> None:
        """Let the engine find the tabs, then make itself ready: with the session or data set `file`, if any.

        A picture is put on the canvas when all the rest is as without it.
        """
        self._picture = file if file and is_picture(file) else None
        self._file = None if self._picture else file
        self.bridge.submit(find_tabs)

    def leave(self) -> None:
        """End the event loop as if the window had been closed."""
        self.window.close()
        QCoreApplication.exit(0)

    def finish(self) -> bool:
        """Take everything apart; return whether the engine ended in time."""
        self.films.finish()
        self.bridge.close()
        for teller in (self.progress, self.timeline):
            teller.blockSignals(True)  # its timer may still be about to tell the window of the last step
        self.sessions.stop_keeping_the_view()
        self.selection.history.blockSignals(True)  # it tells the menu even of its own end
        ended = self.runner.close(ENGINE_SECONDS)
        if not ended and self._view is not None:
            self.sessions.keep_canvas_at_end(self._view)
        # Plots must go before the application does, and not when the interpreter thinks it right.
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self._garbage.give_back()
        return ended

    def _fill_window(self) -> None:
        history = self.selection.history
        self.presenter = Presenter(self.window, self.notices, self.settings)
        self._commands = Commands(
            self.window,
            self.bridge,
            self.controls,
            self.timeline,
            self.notices,
            self.settings,
            self._make_dialog,
        )
        self._files = FileCommands(self.window, self.sessions, self.opening, self.settings)
        self._code = ShowCode(self.window, self.bridge, self.selection, self.settings)
        self._code.show_sheet = lambda: self._commands.show("code")
        self._notebook = Notebook(self.window, self.bridge, self.selection, self.controls, self.sessions)
        self._revert = Revert(
            self.window,
            self.bridge,
            self.controls,
            partial(history.of, "Train"),
            lambda: self.window.show_tab("Train"),
        )
        slots = (
            self._commands.slots
            | self._files.slots
            | edit_slots(history, self.notices, self.window)
            | figure_slots(self.window, self.notices)
            | view_slots(self.window, self.notices)
            | {
                "view.code": self._code.ask,
                "view.presenter": self.presenter.toggle,
                "view.enlarge": self.presenter.enlarge,
                "file.revert": self._revert.revert,
                "file.data": lambda: self._facts.data.open(),
                "run.look": lambda: self._facts.run.open(),
                "run.repeat": self._repeat_this,
                "run.split": self._split_seen,
                "help.what": lambda: self._explainer.explain(),
                "help.lesson": self._toggle_lesson,
                "file.lesson": self._open_lesson,
                "file.sheet": self._save_sheet,
                "file.notebook": self._notebook.export,
                "file.handout": self._export_handout,
            }
        )
        self.actions = Actions(self.window, slots)
        self._run_actions = RunActions(self.actions, self.controls)
        self._time_actions = TimeActions(self.actions, self.timeline, self.controls)
        self._edit_actions = EditActions(self.actions, history)
        self.presenter.use(self.actions)
        self._revert.use(self.actions["file.revert"])
        self.actions[f"view.theme.{self.settings.theme}"].setChecked(True)
        self.actions[f"view.maps.{self.settings.maps}"].setChecked(True)
        self.actions.fill(self.window.menus)
        self.actions["edit.preferences"].setMenuRole(QAction.MenuRole.PreferencesRole)
        self._add_recent()
        self._add_figures()
        self._add_bookmarks()
        self._add_facts()
        status = StatusLine(
            self.controls,
            self.progress,
            self.notices,
            self.sessions,
            self.timeline,
            self.bridge.runs,
            self._reading,
            self.handouts,
            self.sweeps,
            self.experiments,
            SilencingChip(self.selection, self.bridge.runs),
        )
        self.window.assemble(
            self._facts,
            Transport(self.actions, self.controls, self.timeline),
            status,
        )

    @functools.cached_property
    def _explainer(self) -> Explainer:
        from gui.shell.help.explain import Explainer  # as late as a dialog

        made = Explainer(self.window, lambda sentence: self.notices.tell(sentence, topic="explained"))
        made.termWanted.connect(self._look_up)
        return made

    def _look_up(self, term: str) -> None:
        from gui.shell.help.help_sheet import HelpSheet

        sheet = self._commands.show("help")
        assert isinstance(sheet, HelpSheet)
        sheet.look_up(term)

    def _add_recent(self) -> None:
        menu = self._menu("menu.file")
        recent = RecentMenu(menu, self.settings, self._files.open_file, self.sessions.forget_recent)
        _insert_below(self.actions["file.open"], recent, menu)
        self.sessions.placeChanged.connect(recent.fill)

    def _add_figures(self) -> None:
        menu = self._menu("menu.file")
        _insert_below(self.actions["file.figure"], FigureList(menu, self.window), menu)

    def _add_facts(self) -> None:
        self._facts = Facts(self.bridge, self.selection)
        self._facts.run.use(self.actions["run.look"], NO_RUN)
        self._facts.data.use(self.actions["file.data"], "No data are open yet.")
        self._run_menu = RunMenu(
            self._facts.run.menu(),
            self.bridge,
            self.selection,
            self.controls,
            self.progress,
            self._show_runs,
            self.sessions.open_bundled,
            self.actions["run.split"],
        )
        self._data_menu = DataMenu(
            self._facts.data.menu(),
            self.bridge,
            self.settings,
            lambda file, **how: self.opening.open(file, **how),
            lambda known: self.opening.fetch(known),
            self._files.choose_data,
            self._files.choose_data_folder,
            self.actions["file.open"],
        )

    def _show_runs(self) -> None:
        self.window.show_tab("Train")
        if pages := self.window.findChild(Segments, "train.pages"):
            pages.choose("runs")

    def _add_bookmarks(self) -> None:
        menu = self._menu("menu.time")
        _insert_below(self.actions["time.next_bookmark"], BookmarkMenu(menu, self.timeline), menu)

    def _menu(self, name: str) -> QMenu:
        menu = self.window.menus.findChild(QMenu, name)
        assert isinstance(menu, QMenu)
        return menu

    def _connect(self) -> None:
        self.notices.listen_to(self.bridge)
        self.notices.listWanted.connect(lambda: self._commands.show("notices"))
        self.bridge.listen(TabsFound, self._add_tabs)
        self.bridge.listen(
            DatasetOpened, lambda _: self.selection.change(label=None, image=None, training=None)
        )
        self.bridge.listen(SessionOpened, lambda _: self.selection.history.forget_session())
        self.controls.refused.connect(lambda: self.window.show_tab("Train"))
        self.opening.failed.connect(self.controls.fail)
        self.window.fullScreenChanged.connect(self.actions["view.full_screen"].setChecked)
        self.window.spacePressed.connect(self.controls.toggle)
        self.window.undoInVain.connect(lambda way: go(way, self.selection.history, self.notices))
        self.window.fileDropped.connect(self._files.open_file)
        self._beginning.begun.connect(self._show_picture)
        self._files.pictureOpened.connect(self.selection.pictureFileSent)
        self.progress.changed.connect(self._show_title)
        self.sessions.changed.connect(self._show_title)
        self.sessions.placeChanged.connect(self._save_settings)
        self.sessions.tabWanted.connect(self.window.show_tab)
        self.sessions.pagesWanted.connect(self._pages.choose)
        self._pages.changed.connect(self.sessions.keep_view_soon)
        for sent in (self.selection.pictureSent, self.selection.pictureFileSent):
            sent.connect(lambda _: self.window.show_tab("Draw"))
        self.selection.repeatWanted.connect(self._repeat)
        self.selection.compareWanted.connect(lambda *_: self.window.show_tab("Compare"))
        self.selection.tabWanted.connect(self.window.show_tab)
        self.selection.splitWanted.connect(self._split)
        self.controls.twinsBegan.connect(self._offer_comparison)
        self.window.tabs.currentChanged.connect(self._take_tab)
        ask_about_large_networks(self.window, self.bridge, self.controls)
        self._data_questions = DataQuestions(
            self.window, self.bridge, lambda file, wanted: self.opening.open(Path(file), wanted=wanted)
        )
        ask_about_large_data(self.window, self.bridge, lambda file: self.opening.open(file, sure=True))
        self.window.may_close = Closing(self.window, self.bridge, self.sessions).may_close
        self.window.before_close += [self.films.cancel, self._keep_view, self._remember]

    def _add_tabs(self, message: TabsFound) -> None:
        made = [tab(self.bridge, self.controls, self.selection) for tab in message.tabs]
        for tab in made:
            tab.bundledWanted.connect(self.sessions.open_bundled)
            tab.dataWanted.connect(lambda key: self.opening.fetch(KNOWN[key]))
            tab.filmWanted.connect(self._film)
            self.actions.add_tab(tab.TITLE, tab.SHORTCUT, partial(self.window.tabs.setCurrentWidget, tab))
        self._pages.add(made)
        self._pages.choose(self.settings.pages)
        self.window.add_tabs(made, self.settings.tab)
        self._notebook.begin()
        self._code.put_button(self.actions["view.code"])
        self._add_lesson()
        self._beginning.begin(self._file)

    def _add_lesson(self) -> None:
        # Not before: what it imports was imported with the tabs, on the engine's thread.
        from gui.shell.lesson.lesson import Lesson

        self.lesson = Lesson(self.window, self.bridge, self.selection, self.sessions, self.settings)
        self.lesson.changed.connect(self._answer_offer)
        self.lesson.kept.connect(self._save_settings)
        self.lesson.changed.connect(self.presenter.shrink)  # what a page marks is to be seen
        self.lesson.guide.termWanted.connect(self._look_up)
        self.window.before_close.insert(
            0, self.lesson.fold
        )  # what its page opened is nothing to come back to
        self._beginning.begun.connect(self._offer_lesson)

    def _film(self, panel: QWidget) -> None:
        from gui.shell.film.sheet import FilmSheet

        sheet = self._commands.show("film")
        assert isinstance(sheet, FilmSheet)
        sheet.film_of(panel)

    def _repeat_this(self) -> None:
        if (lens := self.selection.lens) is not None:
            self._repeat(lens.run)

    def _repeat(self, run: str) -> None:
        from gui.shell.dialogs.repeat_sheet import RepeatSheet

        sheet = self._commands.show("repeat")
        assert isinstance(sheet, RepeatSheet)
        sheet.repeat(run)

    def _split_seen(self) -> None:
        if self.selection.lens is not None:
            self._split(self.selection.lens.run)

    def _split(self, name: str) -> None:
        from gui.shell.dialogs.split_sheet import SplitSheet  # as late as a dialog

        run = self.bridge.runs.get(name)
        if run is None or not run.steps:
            return
        for other in self.window.findChildren(SplitSheet):
            other.reject()
        moment = self.timeline.moment if self.timeline.run is run else run.steps[-1]
        sheet = SplitSheet(self.window, run, moment, self.controls, self.run_data)
        sheet.finished.connect(lambda _: sheet.deleteLater())
        sheet.finished.connect(lambda _: self.run_data.look_for(""))
        sheet.dataWanted.connect(self._open_data_of_run)
        sheet.otherRunWanted.connect(self._facts.run.open)
        sheet.show()

    def _open_data_of_run(self, source: str) -> None:
        """Open what a run learned from, by what its session says; where it says nothing, offer all there is."""
        if source in KNOWN:
            self.opening.fetch(KNOWN[source])
        elif source and (source == SAMPLE or path_of(source).exists()):
            self.opening.open(path_of(source), wanted=source)
        else:
            self._facts.data.open()

    def _offer_comparison(self, one: str, twin: str) -> None:
        """Offer what twins are for, wherever a person is; Compare itself shows them at once."""
        if self.window.tabs.tabText(self.window.tabs.currentIndex()) == "Compare":
            return
        runs = self.bridge.runs
        setting = next(iter(runs[one].spec.differences(runs[twin].spec)))
        compare = partial(self.selection.compareWanted.emit, "answers", one)
        offer = Offer("Compare", compare, lambda: None)
        self.notices.tell("", topic=TWINS)
        said = in_sentence(knobs(TrainSpec)[setting].title)
        self.notices.offer(f"Runs {one} and {twin} differ in one setting: {said}.", offer, TWINS)

    def _toggle_lesson(self) -> None:
        if self.lesson is not None:
            self.lesson.toggle()

    def _open_lesson(self) -> None:
        if self.lesson is not None:
            self.lesson.choose_files()

    def _save_sheet(self) -> None:
        if self.lesson is not None:
            self.lesson.save_sheet()

    def _export_handout(self) -> None:
        from gui.shell.dialogs.handout_sheet import HandoutSheet  # as late as a dialog

        lens, runs = self.selection.lens, [run for run in reversed(self.bridge.runs.by_age()) if run.steps]
        if self.lesson is None or lens is None or not runs:
            self.notices.tell("There is no run to hand out yet.", "Press Start to train one.")
            return
        for other in self.window.findChildren(HandoutSheet):
            other.reject()
        data = self.opening.dataset
        sheet = HandoutSheet(self.window, runs, lens, data.summary if data else "", self._write_handout)
        sheet.finished.connect(lambda _: sheet.deleteLater())
        sheet.show()

    def _write_handout(self, lens: Lens) -> None:
        assert self.lesson is not None
        name = safe_name(f"Hand-out, run {self.bridge.runs.label(lens.run)}")
        if path := choose_file(self.window, "Export hand-out", f"{name}.html", HANDOUTS):
            from gui.shell.lesson.handout import save_handout

            self.handouts.write(save_handout, lens, path, self.lesson.chapters)

    def _offer_lesson(self) -> None:
        """Offer the lesson where a person meets Layerlight for the first time, once."""
        if self.lesson is not None and self._bundled and not self.settings.lesson_offered:
            offer = Offer("Begin", self.lesson.toggle, self._answer_offer)
            self.notices.offer(
                "New here? A lesson of seven short chapters shows what a network learns.", offer
            )

    def _answer_offer(self) -> None:
        if not self.settings.lesson_offered:
            self.settings.lesson_offered = True
            self._save_settings()
        self.notices.withdraw_offers()

    def _offer_crashed(self, crashed: Sequence[LeftSession]) -> None:
        self._left.crashed = crashed
        self._commands.show("recovery")

    def _show_picture(self) -> None:
        if self._picture:
            self._files.open_file(Path(self._picture).absolute())

    def _take_tab(self, place: int) -> None:
        self.sessions.tab = self.window.tabs.tabText(place)
        self.sessions.keep_view_soon()
        self.selection.history.show(self.sessions.tab)
        if self.sessions.tab == "Compare":
            self.notices.tell("", topic=TWINS)

    def _show_title(self) -> None:
        busy = self.controls.state in ("running", "paused") and self.progress.run
        done = f"{100 * self.progress.fraction:.0f} %" if busy else ""
        name = self.sessions.name if self.sessions.path else ""
        what = " · ".join(filter(None, (done, name)))
        self.window.setWindowTitle(f"{what} — Layerlight" if what else "Layerlight")

    def _make_dialog(self, name: str) -> QDialog:
        # Only when they are wanted: the first picture of the window must not wait for their modules.
        if name == "help":
            from gui.shell.help.help_sheet import HelpSheet

            tabs = {tab.objectName(): tab for tab in self.window.all_tabs()}
            return HelpSheet(self.window, self.actions.texts(), tabs)
        if name == "preferences":
            from gui.shell.dialogs.preferences import PreferencesDialog

            return PreferencesDialog(
                self.window, self.actions, self.settings, lambda room: self.bridge.submit(set_budget, room)
            )
        if name == "code":
            return self._code.sheet()
        if name == "film":
            from gui.shell.film.sheet import FilmSheet

            return FilmSheet(self.window, self.films, self.bridge, self.selection)
        if name == "repeat":
            from gui.shell.dialogs.repeat_sheet import RepeatSheet

            return RepeatSheet(self.window, self.bridge, self.controls, self.sweeps)
        if name == "recovery":
            return self._left.after_a_crash(self.window)
        if name == "unsaved":
            return self._left.all(self.window)
        from gui.shell.dialogs.sheets import about_sheet, notices_sheet, report_sheet

        if name == "notices":
            return notices_sheet(self.window, self.notices.history)
        dataset = self.opening.dataset
        known = self.opening.device, dataset.summary if dataset else ""
        if name == "report":
            return report_sheet(self.window, *known, self.notices.history)
        return about_sheet(self.window, *known)

    def _load_settings(self) -> Settings:
        if self._settings_file is None:
            return Settings()
        if trouble := folders.trouble():
            self.notices.fail(trouble)
        try:
            return load_settings(self._settings_file)
        except UserError as error:
            log.warning("%s", error, exc_info=True)
            self.notices.tell(error.sentence, error.hint)
            return Settings()

    def _keep_view(self) -> None:
        self._view = self.sessions.view()

    def _remember(self) -> None:
        window, tabs = self.window, self.window.tabs
        self.settings.geometry = window.normalGeometry().getRect()  # type: ignore[assignment]
        self.settings.picture_folder = last_folder()
        self.settings.unfolded = sorted(unfolded())
        self.settings.smoothing = last_smoothing()
        self.settings.figures_for_paper = are_for_paper()
        self.settings.maximized = window.is_maximized
        self.settings.pages = self._pages.chosen()
        self.settings.tab = tabs.tabText(tabs.currentIndex()) or self.settings.tab
        self._save_settings()

    def _save_settings(self) -> None:
        if self._settings_file is None:
            return
        self.settings.text_size = self.presenter.usual_text_size
        self.settings.presenter_text_size = self.presenter.text_size
        try:
            self.settings.save(self._settings_file)
        except OSError:
            log.warning(
                "The settings could not be saved.", exc_info=True
            )  # no reason to keep the window open


def _insert_below(action: QAction, submenu: QMenu, menu: QMenu) -> None:
    """Insert `submenu` into `menu` just below `action`, which is not its last."""
    actions = menu.actions()
    menu.insertMenu(actions[actions.index(action) + 1], submenu)


class AfterFirstPaint(QObject):
    """Calls `then` once the window has been painted for the first time, or after a second without that."""

    def __init__(self, window: MainWindow, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then: Callable[[], None] | None = then
        window.installEventFilter(self)
        QTimer.singleShot(1000, self, self._go)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the first paint event."""
        if event.type() == QEvent.Type.Paint and self._then:
            QTimer.singleShot(0, self, self._go)
        return False

    def _go(self) -> None:
        then, self._then = self._then, None
        if then:
            age = process_age()
            log.info("The window was painted %s s after the process began.", f"{age:.2f}" if age else "?")
            then()


def process_age() -> float | None:
    """Return how many seconds ago this process began, to a hundredth; `None` where the system does not tell."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return None
