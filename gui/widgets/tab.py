"""The base class of tabs: title, place, order, help, keys, queries and listeners."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from engine.core.language import tr
from engine.core.lens import Lens
from engine.core.messages import Answer, Message
from engine.model.training.messages import EpochDone, MomentKept, RunChanged
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.look.class_names import names
from gui.look.layout import Fitted
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK, Clock
from gui.state.link.query import Query, Request
from gui.state.selection import Selection
from gui.state.training.run_controls import RunControls
from gui.widgets.empty_state import NetworkOffer
from gui.widgets.reflow import Reflow
from gui.widgets.veil import Shows, Subject, Veils

# Arranges a tab for a picture in steps; after each one the tab is given time until it is settled.
type Scene = Callable[[], Iterator[None]]


class Tab(Fitted, QWidget):
    """A page of the window, found in the module `tab` of a package in `gui.tabs`; it asks by queries only."""

    bundledWanted = Signal()  # asks to open the bundled session
    dataWanted = Signal(str)  # carries the key of a known data set to open, and to download if it is missing
    filmWanted = Signal(object)  # carries a panel of the tab to make a film of
    tableWanted = Signal(object)  # carries a panel of the tab whose numbers are to be shown
    settled = Signal()  # A query has settled: `is_settled` may have become true.

    TITLE: ClassVar[str]
    PLACE: ClassVar[str]  # its place on the rail: a name in `resources/places.toml`
    ORDER: ClassVar[int]  # position among the tabs
    PLAIN: ClassVar[bool] = False  # whether it is in the first look; others come to it once they are opened
    SHORTCUT: ClassVar[str] = ""  # key that shows it and moves the focus to what it is for
    FOCUS: ClassVar[tuple[str, ...]] = ()  # that: object names, of which the first that is shown counts
    HELP: ClassVar[str]
    RUNS: ClassVar[bool] = False  # whether it has a *Run* of its own; then the bar offers no *Start*
    clock: ClassVar[Clock] = CLOCK
    # Minimum height at a text size of 100 %; the page scrolls if there is less. A window of 520 pixels leaves 376.
    LEAST_HEIGHT: ClassVar[int] = 376
    LEAST_WIDTH: ClassVar[int] = 846  # minimum width of its usual arrangement
    # The part of `LEAST_WIDTH` that does not depend on the text size: pictures, gaps, edges.
    FIXED_WIDTH: ClassVar[int] = 0
    # Whether the scale of its colours depends on the snapshot, and `hold_scale` can fix it.
    HAS_SCALE: ClassVar[bool] = False

    def __init__(self, bridge: Bridge, controls: RunControls, selection: Selection) -> None:
        super().__init__()
        self.setObjectName(self.__module__.rpartition(".")[0].rpartition(".")[2])  # the name of its folder
        self.bridge, self.controls, self.selection = bridge, controls, selection
        self.history = selection.history.of(self.TITLE)  # changes in this tab that can be undone
        # Functions for `cut`, `copy` and `paste` when no text field has the focus.
        self.clipboard: dict[str, Callable[[], object]] = {}
        self._queries: list[Query] = []
        self.reflow: Reflow | None = None  # how it is arranged where it is narrower than `LEAST_WIDTH`
        # They mark pictures of another network than the selected one, or of other data than the open ones.
        self.veils = Veils(self.clock)
        selection.changed.connect(lambda changed: self.veils.update() if "lens" in changed else None)
        for message in (SessionOpened, DatasetOpened):
            self.listen(message, lambda _: self.veils.update())

    def query(
        self,
        ask: Callable[[], Request[...] | Answer | int | None],
        view: QWidget | None = None,
        *,
        shows: Shows | None = None,
        looks: Callable[[], Lens | None] | None = None,
        reads_data: bool = True,
        **options: Any,
    ) -> Query:
        """Return a query that asks while this tab, or a `view` in it, is visible; `options` are those of `Query`.

        `shows` returns the pictures that show an answer. They are marked while they show another network than `looks`
        returns, by default the selected one, or, if the answer `reads_data`, other data than the open ones.
        """
        query = Query(self.bridge, view or self, ask, clock=self.clock, **options)
        query.settled.connect(self.settled)
        self._queries.append(query)
        if shows is not None:
            self.veils.watch(query, shows, partial(self.subject, looks, reads_data=reads_data))
        return query

    def subject(self, looks: Callable[[], Lens | None] | None = None, *, reads_data: bool = True) -> Subject:
        """Return the subject of a picture that is requested now; the parameters are those of `query`."""
        runs, lens = self.bridge.runs, self.selection.lens if looks is None else looks()
        data = self.bridge.data if reads_data else None
        return Subject(runs.sessions, lens, runs.content(lens), data, (names(), names(answer=True)))

    def listen[M: Message](self, message_class: type[M], listener: Callable[[M], None]) -> None:
        """Call `listener` with such messages of shared jobs, such as a training."""
        self.bridge.listen(message_class, listener, job=lambda: None, shared=True)

    def is_live(self, run: str) -> bool:
        """Return whether the newest weights of a run are selected, so that what is shown follows its training."""
        lens = self.selection.lens
        return lens is not None and lens.run == run and lens.moment is None

    def follow(self, query: Query, *messages: type[EpochDone | MomentKept | RunChanged]) -> None:
        """Let a query follow the newest weights of the selected run, which these messages announce."""
        for message_class in messages:
            self.listen(message_class, lambda message: query.follow() if self.is_live(message.run) else None)

    def take_focus(self, reason: Qt.FocusReason) -> None:
        """Focus what the tab is for; without it the tab itself, from which the Tab key leads to its first control."""
        parts = (self.findChild(QWidget, name) for name in self.FOCUS)
        ready = (part for part in parts if part is not None and part.isVisible() and part.isEnabled())
        part = next(ready, self)
        part.clearFocus()  # or one that has the focus already would not learn of the reason
        part.setFocus(reason)

    def code_settings(self) -> dict[str, Any]:
        """Return the settings of the tab's code, by the names of `show_code`."""
        return {}

    def hold_scale(self) -> Callable[[], object] | None:
        """Fix the colour scale for all snapshots, so that films show growth; return an undo, `None` without a scale."""
        return None

    def show_whole(self, on: bool) -> None:
        """Show everything, however small, in views that fit their content to their size; or as usual."""

    @property
    def shows_act(self) -> bool:
        """Whether its content, once settled, is worth a section of the session's notebook."""
        return self.selection.lens is not None

    def offer_network(self, offer: NetworkOffer) -> None:
        """Connect the buttons of a page without a network."""

        def show(state: str) -> None:
            offer.start.setEnabled(state == "idle")
            offer.start.setToolTip(self.controls.why_not or tr("Train with the settings of the Train tab."))

        offer.start.clicked.connect(lambda: self.controls.start())
        offer.bundled.clicked.connect(self.bundledWanted)
        self.controls.stateChanged.connect(show)
        show(self.controls.state)

    @property
    def is_settled(self) -> bool:
        """Whether no query waits for an answer."""
        return not any(query.is_pending for query in self._queries)
