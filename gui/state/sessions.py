"""The open session as the window knows it, and the requests to open another one or to save it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.core.language import tr
from engine.core.lens import Lens, NeuronSet, Share, shares_as_plain, shares_from_plain
from engine.core.machine.bundled import BUNDLED, is_bundled
from engine.core.messages import Job, JobEnded
from engine.model.training.messages import RunSummary
from engine.model.training.run import ENDED_EARLY
from engine.session.jobs.files import (
    SessionOpened,
    discard_session,
    new_session,
    open_session,
    save_session,
    save_session_as,
    secure_session,
)
from engine.session.session import CANVAS, LESSON, SessionSaved, SessionWriting, save_all
from engine.session.store import places
from gui.state.link.bridge import Bridge
from gui.state.link.clock import one_shot
from gui.state.link.steered import InOrder
from gui.state.notices import Notices
from gui.state.selection import Selection
from gui.state.settings import MOST_RECENT, Settings
from gui.state.training.run_controls import RunControls
from gui.state.training.runs import what_differs

SUFFIX = ".layerlight"

# Time in a tab, or at a page of it, until that is written. A second, so that a kill loses little.
VIEW_MS = 1000


class Sessions(QObject):
    """The open session. Only the engine's messages change its state.

    Everything is written as it happens, so no question is asked before another session is opened. Requests are carried
    out one after the other: of jobs that wait the engine runs the newest first, and would save another session than the
    one that was meant.
    """

    changed = Signal()  # name, place or state of the session changed
    placeChanged = Signal()  # the settings `session` and `recent` changed
    # Another session is about to be opened, or the window to close: the jobs of this one are stopped.
    leaving = Signal()
    tabWanted = Signal(str)  # carries the title of the tab that was shown when the session was left
    pagesWanted = Signal(dict)  # carries the page of each tab at that time, by the name of its switch

    def __init__(
        self, bridge: Bridge, controls: RunControls, selection: Selection, notices: Notices, settings: Settings
    ) -> None:
        super().__init__(bridge)
        self._bridge, self._controls = bridge, controls
        self._selection, self._notices, self._settings = selection, notices, settings
        self.name = tr(places.UNTITLED)
        self.path: Path | None = None
        self.is_saved = False  # whether a person chose its file
        self.read_only = ""  # why the file is not written; empty if it is
        self.is_bundled = False  # whether it is the bundled session: that it is not written is no news then
        self.trouble = ""  # why changes do not reach the file; empty if they do
        self.tab = ""  # title of the tab that is shown
        self.pages: Callable[[], Mapping[str, str]] = dict  # returns the page of each tab
        # The lesson's progress, in plain values; `None` if none was started.
        self.lesson: Mapping[str, Any] | None = None
        self.saving = ""  # which file is being written as a whole, in words; empty for none
        self._saving: int | None = None
        self._saves_as = False
        self._row = InOrder(bridge, self)
        self._view_timer = one_shot(self, lambda: self._row.do(partial(self._submit, save_all)), ms=VIEW_MS)
        bridge.listen(JobEnded, self._end_saving, job=lambda: self._saving)
        bridge.listen(SessionOpened, self._take_session)
        bridge.listen(SessionSaved, self._take_place)
        bridge.listen(SessionWriting, self._take_writing)
        bridge.runs.changed.connect(lambda changes: self.changed.emit() if changes.added or changes.removed else None)

    def new(self) -> None:
        """Open a new session; stop the current run."""
        self._row.do(partial(self._leave_for, new_session))

    def open(self, path: Path, *, copy: bool = False) -> None:
        """Open a session, or a copy of it, in place of the current one; stop the current run."""
        self._row.do(partial(self._leave_for, open_session, str(path), copy=copy))

    def open_bundled(self) -> None:
        self.open(BUNDLED)

    def save(self) -> None:
        self._row.do(partial(self._submit, save_session))

    def secure(self) -> int:
        """Write everything before the window closes, elsewhere if need be; stop the current run."""
        job = self._leave_for(secure_session)
        self._show_saving(tr("Saving before it closes…"), job)
        return job

    def save_as(self, path: Path) -> None:
        """Save the session as `path`, replacing what is there, and continue in that file."""
        if self.is_saved and path == self.path:
            self.save()
        else:
            self._row.do(partial(self._begin_saving, path))

    def stop_saving(self) -> None:
        """Cancel `save_as`; session and target stay as they are."""
        if self.is_saving_as and self._saving is not None:
            self._bridge.runner.stop(self._saving)

    @property
    def is_saving_as(self) -> bool:
        """Whether the session is being written into another file, which can be cancelled."""
        return self._saves_as

    @property
    def runs(self) -> set[str]:
        return {run.name for run in self._bridge.runs}

    def discard(self, path: Path) -> None:
        self._row.do(partial(self._bridge.submit, discard_session, str(path)))

    def forget_recent(self) -> None:
        self._settings.recent = []
        self.placeChanged.emit()

    def view(self) -> dict[str, Any]:
        """Return the window's state in plain values, for the session's file."""
        lens = self._selection.lens
        view: dict[str, Any] = {"tab": self.tab, "pages": dict(self.pages()), "runs": sorted(self.runs)}
        view["lens"] = lens_values(lens) if lens else None
        if self.lesson is not None:
            view[LESSON] = dict(self.lesson)
        canvas = self._selection.canvas()
        return view if canvas is None else view | {CANVAS: canvas}

    def keep_view_soon(self) -> None:
        """Write the window's state into the session's file after `VIEW_MS`."""
        if self.path is not None and not self.read_only:
            self._view_timer.start()

    def stop_keeping_the_view(self) -> None:
        """Write the view no more: the window closes, and passes its last one itself."""
        self._view_timer.blockSignals(True)

    def keep_canvas_at_end(self, view: Mapping[str, Any]) -> None:
        """Store the canvas of a read-only session, if the engine's last turn takes too long to do it.

        Other sessions have it in their file, except for what was drawn in the last second.
        """
        canvas = view.get(CANVAS)
        if canvas is not None and (self.path is None or self.read_only):
            places.note_canvas(self.path, canvas)

    def _take_session(self, message: SessionOpened) -> None:
        self.name, self.path, self.is_saved = message.name, message.path, message.is_saved
        self.read_only, self.trouble = message.read_only, ""
        self.is_bundled = message.path is not None and is_bundled(message.path)
        if self.read_only and not self.is_bundled:
            self._notices.tell(self.read_only, tr("What you train here goes into a new session."))
        if sentence := without_weights(message):
            self._notices.tell(sentence)
        self._remember()
        tab = message.view.get("tab")
        if isinstance(tab, str) and tab:
            self.tabWanted.emit(tab)
        pages = message.view.get("pages")
        if isinstance(pages, Mapping):
            self.pagesWanted.emit(dict(pages))

    def _take_place(self, message: SessionSaved) -> None:
        if self.is_saving_as:
            self._show_saving("", None)  # too late to cancel
        self.name, self.path, self.is_saved = message.name, message.path, message.is_saved
        self.read_only, self.trouble, self.is_bundled = "", "", False
        self._remember()

    def _take_writing(self, message: SessionWriting) -> None:
        self.trouble = message.trouble
        self.changed.emit()

    def _remember(self) -> None:
        before = self._settings.session, self._settings.recent
        self._settings.session = "" if self.is_bundled else str(self.path or "")
        if self.is_saved and self.path:
            others = [file for file in self._settings.recent if file != str(self.path)]
            self._settings.recent = [str(self.path), *others][:MOST_RECENT]
        if before != (self._settings.session, self._settings.recent):
            self.placeChanged.emit()
        self.changed.emit()

    def _submit(self, make: Callable[..., Job], *args: Any, **kwargs: Any) -> int:
        return self._bridge.submit(with_view, self.view(), make, *args, **kwargs)

    def _begin_saving(self, path: Path) -> int:
        job = self._submit(save_session_as, str(path))
        self._show_saving(tr("Saving as {file}…", file=path.name), job, as_another=True)
        return job

    def _show_saving(self, words: str, job: int | None, *, as_another: bool = False) -> None:
        self.saving, self._saving, self._saves_as = words, job, as_another
        self.changed.emit()

    def _end_saving(self, message: JobEnded) -> None:
        if self.is_saving_as and message.outcome == "stopped":
            self._notices.tell(tr("Nothing was saved there."), tr("The session goes on where it was."))
        self._show_saving("", None)

    def _leave_for(self, make: Callable[..., Job], *args: Any, **kwargs: Any) -> int:
        self._controls.stop()
        self.leaving.emit()
        return self._submit(make, *args, **kwargs)


def with_view(session: Any, view: Mapping[str, Any], make: Callable[..., Job], *args: Any, **kwargs: Any) -> Job:
    """Set the window's state in the session, then run `make(session, *args, **kwargs)`."""
    session.take_view(view)
    yield from make(session, *args, **kwargs)


def lens_of_session(message: SessionOpened) -> Lens | None:
    """Return the lens when the session was left, else its newest run; `None` if it has none.

    A run that the view does not know was trained after the view was written: a crash ended it, and it is selected. Runs
    without weights cannot be selected.
    """
    return _lens_among([run for run in message.runs if run.moments], message.view)


def without_weights(message: SessionOpened) -> str:
    """Return a sentence if the run to select ended before it had weights, with what is shown instead; else empty."""
    lens, shown = _lens_among(message.runs, message.view), lens_of_session(message)
    run = next((run for run in message.runs if lens is not None and run.name == lens.run), None)
    if run is None or run.moments:
        return ""
    sentence = tr(ENDED_EARLY, run=run.name)
    return f"{sentence} {tr('Run {run} is shown.', run=shown.run)}" if shown is not None else sentence


def _lens_among(runs: Sequence[RunSummary], view: Mapping[str, Any]) -> Lens | None:
    known = view.get("runs")
    later = [run for run in runs if run.name not in known] if isinstance(known, list) else []
    return _newest(later) or _lens_of(view.get("lens"), runs) or _newest(runs)


def lens_values(lens: Lens) -> dict[str, Any]:
    """Return a lens in plain values."""
    values = {"run": lens.run, "moment": lens.moment, **NeuronSet.of(lens).as_plain()}
    return values | {"mixed": shares_as_plain(lens.mixed)} if lens.mixed else values


def _lens_of(values: Any, runs: Iterable[RunSummary]) -> Lens | None:
    """Return the lens of plain `values`, if it names one of `runs` and a snapshot of it."""
    if not isinstance(values, Mapping):
        return None
    by_name = {run.name: run for run in runs}
    name = values.get("run")
    run = by_name.get(name) if isinstance(name, str) else None
    moment = values.get("moment")
    if run is None or (moment is not None and moment not in run.moments):
        return None
    widths = [layer.width for layer in run.spec.hidden]
    return Lens(
        run.name,
        moment,
        _changed("silenced", values, widths).silenced,
        _changed("adjusted", values, widths).adjusted,
        _mixed(values.get("mixed", []), run, by_name),
    )


def _mixed(values: Any, run: RunSummary, runs: Mapping[str, RunSummary]) -> tuple[Share, ...]:
    """Return the shares of plain values, if all of them can be mixed with that run's network; else none."""
    try:
        shares = shares_from_plain(values)
    except (TypeError, ValueError):
        return ()
    for share in shares:
        other = runs.get(share.run)
        if other is None or what_differs(run, other) or share.moment not in (None, *other.moments):
            return ()
    return shares


def _changed(part: str, values: Mapping[str, Any], widths: Sequence[int]) -> NeuronSet:
    """Return the neurons of one part of a lens, if all of them can exist in layers of these widths; else none."""
    none = NeuronSet(frozenset())
    try:
        neurons = NeuronSet.from_plain({"silenced": (), "adjusted": (), part: values.get(part)})
    except (TypeError, ValueError):
        return none
    exist = all(unit.layer < len(widths) and unit.number < widths[unit.layer] for unit in neurons.neurons)
    return neurons if exist else none


def _newest(runs: Iterable[RunSummary]) -> Lens | None:
    newest = max(runs, key=lambda run: (run.started, len(run.name), run.name), default=None)
    return Lens(newest.name) if newest else None
