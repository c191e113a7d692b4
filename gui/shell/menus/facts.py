"""Facts for every tab: the data set, the device, the run, and a chip with what the lens changes in the network."""

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from engine.core.language import mark, tr
from engine.data.dataset import say_summary
from engine.session.jobs.data import DatasetOpened, EngineReady
from gui.look.fonts import scaled
from gui.look.layout import SPRING, Fitted, hbox
from gui.look.words import Elided, entry, named, plain_tip, set_title
from gui.shell.menus.actions import enable_entry
from gui.state.lens_words import say_mixture
from gui.state.link.bridge import Bridge
from gui.state.selection import Selection
from gui.state.silencing import Silencing, changes_of
from gui.state.training.runs import Runs
from gui.widgets.forms.controls import MenuChip

# Between the facts, at their end, and the minimum width of one with a menu, in pixels.
GAP, EDGE, LEAST = 8, 12, 64

TAB = mark("Fingerprints")  # the tab whose history has the changes of neurons


class Facts(Fitted, QWidget):
    """Shows the data and the run, which are menus, and the device; too little room hides it, then shortens names."""

    def __init__(self, bridge: Bridge, selection: Selection) -> None:
        super().__init__()
        self.setObjectName("menu.facts")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._selection, self._runs = selection, bridge.runs
        self.data = FactMenu(
            "facts.data", tr("Data"), tr("Training and test images that are open. Click for other data.")
        )
        self.run = FactMenu(
            "facts.run", tr("Run"), tr("The run that all tabs look at. Click for others and how well they read.")
        )
        self.device = Elided("facts.device", "label", tip=tr("What computes"))
        self.device.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        hbox(SPRING, self.data, self.device, self.run, gap=GAP, edges=(0, 0, EDGE, 0), on=self)
        for fact in (self.data, self.device, self.run):
            fact.hide()
        bridge.listen(DatasetOpened, lambda message: self._say(self.data, say_summary(message.summary)))
        bridge.listen(EngineReady, lambda message: self._say(self.device, message.device))
        selection.changed.connect(lambda changed: self._show_run() if "lens" in changed else None)
        bridge.runs.changed.connect(lambda changes: self._show_run() if changes.listed else None)

    def _show_run(self) -> None:
        words = tr("Runs") if len(self._runs) else ""
        if lens := self._selection.lens:
            parts = tr("Run {run}", run=self._runs.label(lens.run)), say_mixture(self._runs, lens)
            words = ", ".join(filter(None, parts))
        self._say(self.run, words)

    def _say(self, fact: "FactMenu | Elided", words: str) -> None:
        fact.set_words(words)
        if fact is not self.device:
            fact.setVisible(bool(words))
        self._fit()

    def _fit(self) -> None:
        shown = [fact for fact in (self.data, self.run) if fact.words]
        needed = sum(fact.sizeHint().width() + GAP for fact in [*shown, self.device]) + EDGE
        self.device.setVisible(bool(self.device.words) and needed <= self.width())


class FactMenu(Fitted, MenuChip):
    """A label with a small arrow; its words are shortened if they have too little room."""

    def __init__(self, name: str, title: str, tip: str) -> None:
        super().__init__(name, look="fact")
        self._title, self._tip, self.words = title, tip, ""
        self._action: QAction | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus where it is
        self.setToolTip(tip)
        self.setAccessibleName(title)

    def set_words(self, words: str) -> None:
        self.words = words
        self.setAccessibleName(f"{self._title}: {words}")
        self.setToolTip(plain_tip(f"{words}. {self._tip}" if words else self._tip))
        self._fit()
        self.updateGeometry()
        self._show_usable()

    def use(self, action: QAction, why_not: str) -> None:
        """Enable the action that opens the menu while there are words; otherwise its tooltip is `why_not`."""
        self._action, self._why_not = action, why_not
        self._show_usable()

    def open(self) -> None:
        """Show the menu, as a click does, without blocking."""
        self.menu().popup(self.mapToGlobal(QPoint(0, self.height())))

    def _show_usable(self) -> None:
        if (action := self._action) is not None:
            enable_entry(action, "" if self.words else self._why_not)

    def sizeHint(self) -> QSize:
        return QSize(self._around() + self._width(self.words), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(scaled(LEAST), self.sizeHint().width()), super().minimumSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.words:
            self._fit()
            self.updateGeometry()

    def _around(self) -> int:
        return super().sizeHint().width() - self._width(self.text().replace("&&", "&"))

    def _width(self, words: str) -> int:
        return self.fontMetrics().horizontalAdvance(words) + 1

    def _fit(self) -> None:
        self.ensurePolished()
        room = max(0, self.width() - self._around())
        self.setText(entry(self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, room)))


class SilencingChip(QPushButton):
    """Hidden while all neurons are as trained. A click restores all of them.

    In every tab that change goes into the history of `TAB`, which has the changes of neurons: in another history they
    could be undone once more.
    """

    def __init__(self, selection: Selection, runs: Runs) -> None:
        super().__init__()
        named(self, "lens.changes", look="chip")
        self.setProperty("tone", "changed")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._selection = selection
        self._runs = runs
        self.clicked.connect(self._restore)
        selection.changed.connect(lambda changed: self._show() if "lens" in changed else None)
        self._show()

    def _restore(self) -> None:
        # Only now, because histories are created by the tabs, in their order.
        history = self._selection.history.of(TAB)
        Silencing(self._selection, self._runs, history, self).restore_all()

    def _show(self) -> None:
        changes = changes_of(self._selection.lens)
        if changes != self.text() or not self.toolTip():
            title, tip = tr("Restore all neurons: none is changed"), tr("All neurons are as trained.")
            if changes:
                title = tr("Restore all neurons: {changes}", changes=changes)
                tip = tr(
                    "All tabs show the network with {changes}. Click to restore all neurons; undo in {tab} changes "
                    "them again.",
                    changes=changes,
                    tab=tr(TAB),
                )
            set_title(self, changes, title, tip)
        self.setVisible(bool(changes))
