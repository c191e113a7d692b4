"""The sheet that asks which run to hand out, and shows what the page will contain."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFormLayout, QWidget

from engine.core.lens import Lens
from engine.core.specs import in_words
from gui.look.fonts import scaled, sized
from gui.look.layout import vbox
from gui.look.words import named, words
from gui.shell.dialogs.sheets import Role, Sheet, button_box
from gui.state.training.runs import Run
from gui.widgets.forms.controls import Choice

WIDTH = 440  # minimum width of the sheet, in pixels

ABOUT = "One web page with the network, which reads what is drawn on it, on any device and without a connection."

OTHER_DATA = "The page is made with the data that are open, {now}: its accuracy is that on their test images."


class HandoutSheet(Sheet):
    """Offers the runs that have weights: the selected one at its snapshot, others at their end."""

    def __init__(
        self, parent: QWidget, runs: Sequence[Run], lens: Lens, data: str, export: Callable[[Lens], object]
    ) -> None:
        """`runs` are offered in this order; `data` is the summary of the open data."""
        super().__init__(parent, "handout", "Export hand-out")
        self._runs = {run.name: run for run in runs}
        self._lens, self._data, self._export = lens, data, export
        self.run = named(Choice(), "handout.run", title="Run", tip="The network that is handed out.")
        self.run.offer({name: run.look.label for name, run in self._runs.items()}, lens.run)
        self.facts = {
            name: named(words("", "value", wrapped=True), f"handout.{name}")
            for name in ("network", "snapshot", "accuracy", "data")
        }
        self.remark = named(words("", "caption", wrapped=True), "handout.remark")
        form = QFormLayout()
        form.addRow(words("Run", "label", names=self.run), self.run)
        for name, label in self.facts.items():
            form.addRow(words(name.capitalize(), "label"), label)
        vbox(
            words("Which run is handed out?", "title"),
            words(ABOUT, "caption", wrapped=True),
            form,
            self.remark,
            button_box(
                "handout",
                ("Export…", Role.AcceptRole, "Choose where to.", self._take),
                ("Cancel", Role.RejectRole, "Write nothing. (Esc)", self.reject),
            ),
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

    def _show_run(self) -> None:
        run, lens = self._runs[str(self.run.currentData())], self.chosen
        step = run.steps[-1] if lens.moment is None else lens.moment
        facts = {
            "network": in_words(run.spec.hidden) or "no hidden layer",
            "snapshot": f"{run.titles().get(step, run.say_epoch(step))}, step {step:,}",
            "accuracy": run.say_accuracy(step) or "not tested yet",
            "data": run.dataset or "not known",
        }
        for name, text in facts.items():
            self.facts[name].setText(text)
        is_other = bool(self._data) and self._data != run.dataset
        self.remark.setText(OTHER_DATA.format(now=self._data) if is_other else "")
        self.remark.setVisible(is_other)

    def _take(self) -> None:
        self.accept()
        self._export(self.chosen)
