"""What every tab is: a title, a place in the row, a sentence of help, one job of its own, and listeners."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from engine.base.messages import Job, Message
from gui.state.clock import CLOCK, Clock
from gui.state.query import Query, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gui.state.bridge import Bridge
    from gui.state.run_controls import RunControls
    from gui.state.selection import Selection
    from gui.widgets.network_offer import NetworkOffer

type Scene = Callable[[], Iterator[None]]
"""Arranges a tab for a picture, in parts; after each the tab is left alone until it shows all that was asked for."""


class Tab(QWidget):
    """A page of the window.

    The module `tab` of a package in `gui.tabs` offers its tab as `TAB`; the window finds it there. Invariants: a tab
    has at most one job of its own, hears no answer of an earlier one, and asks nothing while it is hidden.
    """

    bundledWanted = Signal()
    """The session that comes along shall be opened."""

    TITLE: ClassVar[str]
    ORDER: ClassVar[int]
    HELP: ClassVar[str]
    clock: ClassVar[Clock] = CLOCK
    LEAST_HEIGHT: ClassVar[int] = 376
    """Below that height, in pixels, something would be cut off: the page scrolls there. A window of 520 leaves 376."""

    def __init__(self, bridge: Bridge, controls: RunControls, selection: Selection) -> None:
        super().__init__()
        self.bridge = bridge
        self.controls = controls
        self.selection = selection
        self.history = selection.history.of(self.TITLE)
        """What a person changed in this tab and can take back."""
        self.clipboard: dict[str, Callable[[], object]] = {}
        """What `cut`, `copy`, `paste` and `clear` do here, where the focus is not in a field of text."""
        self._queries: list[Query] = []
        self._job: int | None = None
        self._postponed: Callable[[], int] | None = None

    def query(self, ask: Callable[[], Request[...] | int | None], **options: Any) -> Query:
        """Return a query of this tab, with the options that `Query` has."""
        query = Query(self.bridge, self, ask, clock=self.clock, **options)
        self._queries.append(query)
        return query

    def listen[M: Message](self, message_class: type[M], listener: Callable[[M], None]) -> None:
        """Call `listener` with such messages of this tab's own job and of the jobs that concern all, as training."""
        self.bridge.listen(message_class, listener, job=lambda: self._job, shared=True)

    def ask[**P](self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> None:
        """Run `make(session, *args, **kwargs)` as this tab's job instead of an earlier one; if hidden, once shown."""
        question = partial(self.bridge.ask, make, *args, **kwargs)
        if self.isVisible():
            self._put(question)
        else:
            self._postponed = question

    def code_settings(self) -> dict[str, Any]:
        """Return the settings that the tab's code has, by the names that `engine.scripts.show_code.show_code` knows."""
        return {}

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

    def drop(self) -> None:
        """End this tab's job, if it has one, and hear nothing of it any more."""
        if self._job is not None:
            self.bridge.runner.stop(self._job)
        self._job = self._postponed = None

    def showEvent(self, event: QShowEvent) -> None:
        """Ask what was put off while the tab was hidden."""
        super().showEvent(event)
        if self._postponed is not None:
            self._put(self._postponed)

    def _put(self, question: Callable[[], int]) -> None:
        if self._job is not None:
            self.bridge.runner.stop(self._job)
        self._postponed = None
        self._job = question()
