"""The sheet that asks which run to hand out, and shows what the page will contain."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFormLayout, QWidget

from engine.core.language import mark, tr, tr_plural
from engine.core.layers.language import in_words
from engine.core.lens import Lens
from engine.core.text import isolated
from engine.data.dataset import say_training_images
from engine.session.jobs.data import DatasetOpened
from gui.look.fonts import scaled, sized
from gui.look.layout import vbox
from gui.look.words import named, words
from gui.shell.dialogs.sheets import Role, Sheet, button_box
from gui.state.training.runs import Run
from gui.widgets.figures.figure_menu import safe_name
from gui.widgets.forms.controls import Choice

WIDTH = 440  # minimum width of the sheet, in pixels

ABOUT = mark("One web page with the network, which reads what is drawn on it, on any device and without a connection.")

OTHER_DATA = mark("It did not learn from the open data, {data}; the page says how well it reads their test images.")
FACTS = {
    "network": mark("Network"),
    "snapshot": mark("Snapshot"),
    "accuracy": mark("Accuracy"),
    "data": mark("Data"),
    "file": mark("File"),
}


class HandoutSheet(Sheet):
    """Offers the runs that have weights: the selected one at its snapshot, others at their end.

    The best of those that learned from the open data is chosen at first, and without any the selected one.
    """

    def __init__(
        self,
        parent: QWidget,
        runs: Sequence[Run],
        lens: Lens,
        data: DatasetOpened | None,
        export: Callable[[Lens, str], object],
    ) -> None:
        """`runs` are offered in this order, after those that learned from the open data, the best of these first."""
        super().__init__(parent, "handout", tr("Export hand-out"))
        self._lens, self._data, self._export = lens, data, export
        others = [run for run in runs if data is None or run.dataset != data.summary]
        self._own = sorted((run for run in runs if run not in others), key=self._accuracy, reverse=True)
        self._runs = {run.name: run for run in (*self._own, *others)}
        self.run = named(Choice(), "handout.run", title=tr("Run"), tip=tr("The network that is handed out."))
        best = self._own[0].name if self._own else lens.run
        self.run.offer({name: run.look.label for name, run in self._runs.items()}, best)
        self.facts = {name: named(words("", "value", wrapped=True), f"handout.{name}") for name in FACTS}
        self.remark = named(words("", "caption", wrapped=True), "handout.remark")
        form = QFormLayout()
        form.addRow(words(tr("Run"), "label", names=self.run), self.run)
        for name, label in self.facts.items():
            form.addRow(words(tr(FACTS[name]), "label"), label)
        buttons = button_box(
            "handout",
            (mark("Export…"), Role.AcceptRole, tr("Choose where to."), self._take),
            (mark("Cancel"), Role.RejectRole, tr("Write nothing. (Esc)"), self.reject),
        )
        self.take = next(button for button in buttons.buttons() if buttons.buttonRole(button) == Role.AcceptRole)
        vbox(
            words(tr("Which run is handed out?"), "title"),
            words(tr(ABOUT), "caption", wrapped=True),
            form,
            self.remark,
            buttons,
            gap=14,
            edges=(24, 16),
            on=self,
        )
        sized(self.setMinimumWidth, WIDTH)
        self.run.setMinimumContentsLength(24)
        self.run.currentIndexChanged.connect(lambda _: self._show_run())
        self._show_run()
        self.resize(scaled(WIDTH), self.sizeHint().height())

    @property
    def chosen(self) -> Lens:
        """The chosen run; of the selected one the selected snapshot."""
        name = str(self.run.currentData())
        return self._lens if name == self._lens.run else Lens(name)

    def _step(self, run: Run) -> int:
        moment = self._lens.moment if run.name == self._lens.run else None
        return run.steps[-1] if moment is None else moment

    def _accuracy(self, run: Run) -> float:
        test = run.shown_test(self._step(run))
        return test.accuracy if test else 0.0

    def _show_run(self) -> None:
        run = self._runs[str(self.run.currentData())]
        step = self._step(run)
        title = run.titles().get(step, run.say_epoch(step))
        facts = {
            "network": in_words(run.spec.network) or tr("no hidden layer"),
            "snapshot": tr("{snapshot}, step {step:,}", snapshot=title, step=step),
            "accuracy": run.say_accuracy(step) or tr("not tested yet"),
            "data": say_training_images(run.dataset) or tr("not known"),
            "file": safe_name(tr("Hand-out, run {run}", run=run.look.label)) + ".html",
        }
        for name, text in facts.items():
            self.facts[name].setText(text)
        is_own, now = run in self._own, isolated(self._data.name) if self._data else ""
        remark = ""
        if not is_own and now:
            remark = tr(OTHER_DATA, data=now)
        elif self._own[:1] == [run]:
            remark = tr_plural(
                "The best of {count:,} run that learned from the open data, {data}.",
                "The best of {count:,} runs that learned from the open data, {data}.",
                len(self._own),
                data=now,
            )
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))

    def _take(self) -> None:
        self.accept()
        self._export(self.chosen, self.facts["file"].text())
