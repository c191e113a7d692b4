"""What every tab is: a title, a place in the row, a sentence of help, its keys, its queries, and listeners."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.core.lens import Lens
from engine.core.messages import Message
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.look.class_names import names
from gui.state.link.clock import CLOCK, Clock
from gui.state.link.query import Query, Request
from gui.widgets.veil import Shows, Subject, Veils

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gui.state.link.bridge import Bridge
    from gui.state.selection import Selection
    from gui.state.training.run_controls import RunControls
    from gui.widgets.network_offer import NetworkOffer

# Arranges a tab for a picture, in parts; after each the tab is left alone until it shows all that was asked for.
type Scene = Callable[[], Iterator[None]]


class Tab(QWidget):
    """A page of the window.

    The module `tab` of a package in `gui.tabs` offers its tab as `TAB`; the window finds it there. What it
    asks the engine it asks by queries, so it hears no late answer and asks nothing while it is hidden.
    """

    bundledWanted = Signal()
    """The session that comes along shall be opened."""
    dataWanted = Signal(str)
    """Carries the key of a known data set that shall be opened, and downloaded where it is not there."""
    filmWanted = Signal(object)
    """Carries a panel of it: a film over training is wanted of that."""
    settled = Signal()
    """One of its queries has settled: `is_settled` may have become true."""

    TITLE: ClassVar[str]
    ORDER: ClassVar[int]
    """Its place in the row, from the left."""
    SHORTCUT: ClassVar[str] = ""
    """The key that shows it. The tabs have Ctrl with a digit, in order, as far as the digits go."""
    HELP: ClassVar[str]
    clock: ClassVar[Clock] = CLOCK
    LEAST_HEIGHT: ClassVar[int] = 376
    """Below that height something would be cut off: the page scrolls there. A window of 520 leaves 376 pixels.

    As all sizes it is that of letters of 100 %.
    """
    LEAST_WIDTH: ClassVar[int] = 846
    """Below that width something would be cut off, or one panel had no room beside the others."""
    FIXED_WIDTH: ClassVar[int] = 0
    """How much of it is the same for all sizes of letters: pictures, gaps, edges."""
    HAS_SCALE: ClassVar[bool] = False
    """Whether its colours mean something else at each snapshot, and `hold_scale` can keep what they mean."""

    def __init__(self, bridge: Bridge, controls: RunControls, selection: Selection) -> None:
        super().__init__()
        self.bridge = bridge
        self.controls = controls
        self.selection = selection
        self.history = selection.history.of(self.TITLE)  # what a person changed in this tab and can take back
        # What `cut`, `copy`, `paste` and `clear` do here, where the focus is not in a field of text.
        self.clipboard: dict[str, Callable[[], object]] = {}
        self._queries: list[Query] = []
        # Mark the pictures of another network than is looked at, or of other data than are open.
        self.veils = Veils(self.clock)
        selection.changed.connect(lambda changed: self.veils.update() if "lens" in changed else None)
        for message in (SessionOpened, DatasetOpened):
            self.listen(message, lambda _: self.veils.update())

    def query(
        self,
        ask: Callable[[], Request[...] | int | None],
        view: QWidget | None = None,
        *,
        shows: Shows | None = None,
        looks: Callable[[], Lens | None] | None = None,
        reads_data: bool = True,
        **options: Any,
    ) -> Query:
        """Return a query that is asked while this tab, or a `view` in it, is seen; `options` are those of `Query`.

        `shows` returns the pictures that show an answer. They are marked while they are of another network than `looks`
        returns, the selected one by default, or, where the answer `reads_data`, of other data than are open.
        """
        query = Query(self.bridge, view or self, ask, clock=self.clock, **options)
        query.settled.connect(self.settled)
        self._queries.append(query)
        if shows is not None:
            self.veils.watch(query, shows, partial(self.subject, looks, reads_data=reads_data))
        return query

    def subject(self, looks: Callable[[], Lens | None] | None = None, *, reads_data: bool = True) -> Subject:
        """Return what a picture shows that is asked for now; the parameters are those of `query`."""
        runs, lens = self.bridge.runs, self.selection.lens if looks is None else looks()
        data = self.bridge.data if reads_data else None
        return Subject(runs.sessions, lens, runs.content(lens), data, (names(), names(answer=True)))

    def listen[M: Message](self, message_class: type[M], listener: Callable[[M], None]) -> None:
        """Call `listener` with such messages of jobs that concern all, as training."""
        self.bridge.listen(message_class, listener, job=lambda: None, shared=True)

    def code_settings(self) -> dict[str, Any]:
        """Return the settings that the tab's code has, by the names that `show_code` knows."""
        return {}

    def hold_scale(self) -> Callable[[], object] | None:
        """Let colours mean at every snapshot what they mean now; return what undoes that, `None` where nothing does."""
        return None

    def show_whole(self, on: bool) -> None:
        """Show all of what is fitted to the room, however small, or as a person who has not asked for that sees it."""

    @property
    def shows_act(self) -> bool:
        """Whether what it shows is worth a section of the session's notebook, as far as all has come."""
        return self.selection.lens is not None

    def offer_network(self, offer: NetworkOffer) -> None:
        """Let the buttons of a page without a network do what they say."""

        def show(state: str) -> None:
            offer.start.setEnabled(state == "idle")
            offer.start.setToolTip(self.controls.why_not or "Train with the settings of the Train tab.")

        offer.start.clicked.connect(lambda: self.controls.start())
        offer.bundled.clicked.connect(self.bundledWanted)
        self.controls.stateChanged.connect(show)
        show(self.controls.state)

    @property
    def is_settled(self) -> bool:
        """Whether all is shown that was asked for, as far as the tab knows."""
        return not any(query.is_pending for query in self._queries)
