"""The sheet of a film over training: what to film, run, snapshots, pace and width, and the progress."""

from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from engine.core.language import mark, tr, tr_context, tr_plural
from engine.core.text import printable
from engine.export.film.settings import END_MS, FEWEST, INSTALL_PYAV, KINDS, NO_PYAV, FilmSpec, picked, there_is_pyav
from gui.look.layout import SPRING, gridbox, hbox, vbox
from gui.look.words import named, words
from gui.shell.dialogs.sheets import JobSheet
from gui.shell.film.maker import FilmRequest
from gui.shell.menus.figures import panels_in
from gui.shell.parts import Parts
from gui.state.training.runs import Run
from gui.widgets.figures.figure import title_of
from gui.widgets.figures.figure_menu import safe_name
from gui.widgets.figures.save_place import choose_file
from gui.widgets.forms.controls import Choice, Segments, chip
from gui.widgets.forms.knob_form import KnobForm

SIZE = 560, 330  # minimum width and height of the sheet
SHAPES = {".webp": "webp", ".gif": "gif", ".mp4": "mp4"}

SHAPE_TIPS = {
    "webp": mark("Small and sharp; browsers and presentations show it."),
    "gif": mark("Every program shows it; larger, and of 256 colours."),
    "mp4": mark("A video, for films in lessons and talks."),
}

TITLE = mark("Film over training")
HOLD = mark("Hold the colour scale")
HOLD_TIP = mark(
    "Let the strongest colour mean at every snapshot what it means at the last one, so that frames compare."
)
NO_SCALE = mark("This tab has no scale to be held: where colours follow the snapshot, the numbers beside them say so.")

GO, STOP = mark("Save film…"), mark("Cancel")
GO_TIP = mark(
    "Choose where the film goes, and make it. The window shows each snapshot meanwhile, and then what it did."
)
STOP_TIP = mark("Give the film up: nothing is left of it. (Esc)")
NOTHING = mark("There is no run with two snapshots yet.")


class FilmSheet(JobSheet):
    """Stays open beside the window; what it offers follows the current tab and the runs."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window, "film", tr(TITLE), SIZE, tr(GO), tr("How much of the film is made"))
        self._window, self._maker = parts.window, parts.films
        self._runs, self._selection = parts.bridge.runs, parts.selection
        self._views: list[QWidget] = []
        self._steps: list[int] = []
        self._has_scale = False
        self.view = _choice(
            "film.view", tr("What the film shows"), tr("The whole tab that is shown, or one of its panels")
        )
        self.run = _choice("film.run", tr("Run"), tr("The run whose snapshots are shown"))
        self.first = _choice("film.first", tr("First snapshot"), tr("Where the film begins"))
        self.last = _choice("film.last", tr("Last snapshot"), tr("Where the film ends"))
        self.form = KnobForm(FilmSpec, "film", self)
        kinds = {key: (KINDS[suffix], SHAPE_TIPS[key]) for suffix, key in SHAPES.items()}
        self.kind = Segments("film.kind", kinds)
        has_pyav = there_is_pyav()
        tip = tr(SHAPE_TIPS["mp4"]) if has_pyav else f"{tr(NO_PYAV)} {tr(INSTALL_PYAV)}"
        self.kind.set_possible("mp4", has_pyav, tip)
        self.hold = chip("film.hold", tr(HOLD), tr(HOLD_TIP), checkable=True)
        self.hold.setChecked(True)
        self.length = named(words("", "label"), "film.length")
        fields = (
            (tr_context("a tab or panel", "Show"), self.view),
            (tr("Run"), self.run),
            (tr_context("a snapshot", "From"), self.first),
            (tr_context("a snapshot", "To"), self.last),
        )
        grid = gridbox(columns={0: 1, 1: 1}, gap=("medium", "small"))
        for place, (title, box) in enumerate(fields):
            grid.addLayout(vbox(words(title, "label", names=box), box, gap=2), *divmod(place, 2))
        for column in range(2):
            grid.setColumnMinimumWidth(column, 1)
        self._settings = (
            *(self.view, self.run, self.first, self.last),
            *(field.editor for field in self.form.fields.values()),
            self.kind,
        )
        self._lay_out(
            words(tr(TITLE), "title"),
            grid,
            self.form.row(("frames", "pace", "width")),
            hbox(self.kind, self.hold, SPRING, self.length, gap="medium"),
            SPRING,
            self.progress,
            hbox((self.said, 1), self.go, self.close_button, gap="small"),
        )
        self.run.currentIndexChanged.connect(self._offer_moments)
        for box in (self.first, self.last):
            box.currentIndexChanged.connect(self._show_state)
        self.form.edited.connect(self._show_state)
        self._maker.changed.connect(self._follow)
        self._runs.changed.connect(self._offer_runs)
        self._window.tabs.currentChanged.connect(self._offer_views)
        self._offer_views()
        self._offer_runs()
        self._show_state()
        self.go.setFocus()

    def turn_to(self, view: QWidget) -> None:
        """Choose what is filmed: the current tab or one of its panels."""
        if view in self._views:
            self.view.setCurrentIndex(self._views.index(view))

    def reject(self) -> None:
        """Cancel the film that is being made; else close."""
        if self._maker.is_busy:
            self._maker.cancel()
        else:
            super().reject()

    def _offer_views(self) -> None:
        """Offer the current tab and its visible panels."""
        if self._maker.is_busy:
            return
        tab = self._window.tab
        chosen = self._chosen_view()
        panels = panels_in(tab)
        self._views = [tab, *panels] if tab else []
        titles = [tr("{tab}: the whole tab", tab=tr(tab.TITLE)), *map(title_of, panels)] if tab else []
        place = self._views.index(chosen) if chosen in self._views else 0
        self.view.offer(dict(enumerate(map(printable, titles))), place)
        self._has_scale = tab is not None and tab.HAS_SCALE
        self.hold.setToolTip(tr(HOLD_TIP) if self._has_scale else tr(NO_SCALE))
        self._show_state()

    def _offer_runs(self) -> None:
        """Offer the runs that have enough snapshots; the selected one is chosen at first."""
        if self._maker.is_busy:
            return
        runs = [run for run in self._runs.by_age() if len(run.steps) >= FEWEST]
        seen = self._runs.seen(self._selection.lens)
        chosen = self.run.currentData() or (seen.name if seen else None)
        self.run.offer({run.name: printable(run.look.label) for run in runs}, chosen)
        self._offer_moments()

    def _offer_moments(self) -> None:
        run = self._chosen_run()
        before = self._steps, self.first.currentIndex(), self.last.currentIndex()
        self._steps = list(run.steps) if run else []
        if run is None or before[0] == self._steps:
            self._show_state()
            return
        titles = run.titles()
        moments = {step: printable(titles[step]) for step in self._steps}
        self.first.offer(moments)
        self.last.offer(moments, self._steps[-1])
        self._show_state()

    def _chosen_run(self) -> Run | None:
        name = self.run.currentData()
        return self._runs.get(name) if name else None

    def _chosen_view(self) -> QWidget | None:
        place = self.view.currentIndex()
        view = self._views[place] if 0 <= place < len(self._views) else None
        return view if view is not None and isValid(view) else None

    def _chosen_steps(self) -> tuple[int, ...]:
        spec = self.form.spec()
        span = self._steps[max(0, self.first.currentIndex()) : self.last.currentIndex() + 1]
        return picked(span, spec.frames) if spec is not None else ()

    def _press(self) -> None:
        if self._maker.is_busy:
            self._maker.cancel()
        else:
            self._begin()

    def _begin(self) -> None:
        tab, view, run, spec = self._window.tab, self._chosen_view(), self._chosen_run(), self.form.spec()
        steps = self._chosen_steps()
        if tab is None or view is None or run is None or spec is None or len(steps) < FEWEST:
            return
        suffix = next(suffix for suffix, key in SHAPES.items() if key == self.kind.key)
        name = safe_name(tr("{panel}, run {run}", panel=title_of(view), run=run.look.label)) + suffix
        kinds = {suffix: f"{KINDS[suffix]} (*{suffix})"}
        if (path := choose_file(self, tr("Save the film"), name, kinds)) is not None:
            hold = self.hold.isChecked()
            self._maker.begin(
                FilmRequest(tab=tab, view=view, path=path, run=run.name, steps=steps, spec=spec, holds_scale=hold)
            )

    def _show_state(self) -> None:
        maker, spec, steps = self._maker, self.form.spec(), self._chosen_steps()
        why_not = (
            tr("There is nothing to film yet.") if not self._views
            else tr(NOTHING) if self._chosen_run() is None
            else self.form.error() or (tr("Choose two snapshots at least.") if len(steps) < FEWEST else "")
        )  # fmt: skip
        text, tip = (tr(STOP), tr(STOP_TIP)) if maker.is_busy else (tr(GO), why_not or tr(GO_TIP))
        self._show_go(text, tip, enabled=maker.is_busy or not why_not)
        for widget in self._settings:
            widget.setEnabled(not maker.is_busy)
        self.hold.setEnabled(self._has_scale and not maker.is_busy)
        seconds = (len(steps) / spec.pace + END_MS / 1000) if spec else 0.0
        frames = tr_plural("{count:,} frame", "{count:,} frames", len(steps))
        self.length.setText("" if why_not else tr("{frames}, {seconds:.1f} s", frames=frames, seconds=seconds))
        self.progress.setRange(0, max(1, maker.total))
        self.progress.setValue(maker.done if maker.is_busy else 0)
        self.said.set_words(maker.words or why_not or maker.result)

    def _follow(self) -> None:
        if not self._maker.is_busy:
            self._offer_views()
            self._offer_runs()
        self._show_state()


def _choice(name: str, says: str, tip: str) -> Choice:
    box = named(Choice(8), name, title=says, tip=f"{tip}.")
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box
