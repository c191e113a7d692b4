"""Things that a session keeps and a person can change: named drawings, sets of neurons, examples."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal

from engine.core.language import tr
from engine.core.messages import Job
from engine.core.text import storable
from engine.session.jobs.files import SessionOpened
from gui.state.history import History
from gui.state.link.bridge import Bridge
from gui.state.notices import refuse


class Kept[Key, Thing](QObject):
    """The things by key, in their order. A change holds here at once, and the engine gets all things after each."""

    changed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        history: History,
        parent: QObject,
        keep: Callable[..., Job],
        in_session: Callable[[SessionOpened], Mapping[Key, Thing]],
    ) -> None:
        """`keep` is the job that replaces the session's things, and `in_session` returns those of an opened one."""
        super().__init__(parent)
        self.things: Mapping[Key, Thing] = {}
        self._bridge, self._history, self._keep, self._in_session = bridge, history, keep, in_session
        self._number = 0  # that of the session whose things these are
        bridge.listen(SessionOpened, self._take_session)

    def change(self, text: str, things: Mapping[Key, Thing]) -> None:
        """Replace all things; `text` follows the word *Undo*."""
        self._history.do(text, partial(self._put, things), partial(self._put, self.things))

    def _put(self, things: Mapping[Key, Thing]) -> None:
        self._bridge.submit(self._keep, things, self._number)  # which replaces them before the turn of any later job
        self._take(things)

    def _take(self, things: Mapping[Key, Thing]) -> None:
        self.things = dict(things)
        self.changed.emit()

    def _take_session(self, message: SessionOpened) -> None:
        self._number = message.number
        self._take(self._in_session(message))


class KeptByName[Thing](Kept[str, Thing]):
    """Things whose keys are names that a person gives them."""

    taken = ""  # the sentence that there is a thing called `name` already

    def put(self, name: str, thing: Thing) -> None:
        """Save a thing under a name, in place of the one that had it."""
        self.change(tr("save “{name}”", name=name), {**self.things, storable(name): thing})

    def rename(self, name: str, new: str) -> None:
        new = storable(new)
        if name not in self.things or new in ("", name):
            return
        if new in self.things:
            self._bridge.submit(refuse, tr(self.taken, name=new), tr("Choose another name."))
            return
        renamed = {new if other == name else other: thing for other, thing in self.things.items()}
        self.change(tr("rename “{name}”", name=name), renamed)

    def forget(self, name: str) -> None:
        if name in self.things:
            others = {other: thing for other, thing in self.things.items() if other != name}
            self.change(tr("delete “{name}”", name=name), others)
