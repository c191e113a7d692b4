"""The fields of a spec, by name; they give a valid spec or a sentence on what is wrong. Their changes are undoable."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from engine.core.knobs import Knob, Spec, Value, in_sentence, knobs
from engine.core.language import tr
from gui.look.first_look import rarely
from gui.look.fonts import sized
from gui.look.layout import gridbox, holder
from gui.look.words import named, set_tone, words
from gui.state.history import History
from gui.widgets.forms.knob_field import ChoiceField, KnobField, TextField

TICKS_PER_DECADE = 40
FIELD_WIDTH = 84


class KnobForm[S: Spec](QObject):
    """One field per knob of `spec_class`; the caller arranges them."""

    edited = Signal(str)  # a person changed the field of that name
    valuesSet = Signal()  # values were set by `set_values`

    def __init__(self, spec_class: type[S], prefix: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._spec_class, self._prefix = spec_class, prefix
        self.fields = {name: _field(knob, f"{prefix}.{name}") for name, knob in knobs(spec_class).items()}
        # The sentence on what is wrong below each row, by the names in it; hidden if nothing is.
        self.errors: dict[tuple[str, ...], QLabel] = {}
        for name, field in self.fields.items():
            field.edited.connect(lambda name=name: self.edited.emit(name))

    def row(self, names: Sequence[str]) -> QGridLayout:
        """Return some of the fields side by side, equally wide, with their errors below."""
        row = gridbox(gap=("small", None))
        for column, name in enumerate(names):
            row.addWidget(self.fields[name], 0, column)
            row.setColumnStretch(column, 1)
            row.setColumnMinimumWidth(column, 1)
        label = self.errors[tuple(names)] = words("", "error", wrapped=True)
        label.setObjectName(f"{self._prefix}.{names[0]}.error")
        label.hide()
        row.addWidget(label, 1, 0, 1, len(names))
        fields = [self.fields[name] for name in names]

        def show() -> None:
            label.setText("\n".join(field.error for field in fields if field.error))
            label.setVisible(bool(label.text()))

        for field in fields:
            field.checked.connect(show)
        return row

    def page(self, rows: Iterable[Sequence[str]], plain: Collection[Sequence[str]]) -> list[QWidget]:
        """Return a widget for each row, of which the `plain` ones are in the first look."""
        lines = {tuple(names): holder(self.row(names)) for names in rows}
        rarely(*(line for names, line in lines.items() if list(names) not in plain))
        return list(lines.values())

    def spec(self) -> S | None:
        values = {name: field.value() for name, field in self.fields.items()}
        if any(value is None for value in values.values()):
            return None
        return self._spec_class(**values)

    def error(self) -> str:
        """Return the first sentence on what is wrong, or an empty text."""
        return next((field.error for field in self.fields.values() if field.error), "")

    def wrong(self) -> KnobField | None:
        return next((field for field in self.fields.values() if field.error), None)

    def say_changes(self, names: Iterable[str]) -> str:
        """Return which of these settings differ from the default, in words: `shift 2, noise 0.1`."""
        fields = (self.fields[name] for name in names)
        return ", ".join(
            f"{in_sentence(field.knob.title)} {field.knob.say(value)}"
            for field in fields
            if (value := field.value()) is not None and value != field.knob.default
        )

    def focus_error(self) -> None:
        if wrong := self.wrong():
            wrong.editor.setFocus()

    def set_values(self, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            self.fields[name].set_value(value)
        self.valuesSet.emit()

    def mark_changes(self, other: S | None) -> None:
        for name, field in self.fields.items():
            is_other = other is not None and field.value() not in (None, getattr(other, name))
            set_tone(field.label, "accent" if is_other else "")


def _field(knob: Knob, name: str) -> KnobField:
    if knob.kind == "choice":
        return ChoiceField(knob, name)
    return SliderField(knob, name) if knob.scale == "log" else TextField(knob, name)


class SliderField(TextField):
    """A logarithmic slider over the knob's range, and the number beside it."""

    def __init__(self, knob: Knob, name: str) -> None:
        self.slider = named(
            QSlider(Qt.Orientation.Horizontal),
            f"{name}.slider",
            title=tr("{setting}, slider", setting=knob.title),
            tip=knob.help,
        )
        self.slider.setRange(_tick(knob.minimum), _tick(knob.maximum))
        self.slider.setSingleStep(TICKS_PER_DECADE // 10)
        self.slider.setPageStep(TICKS_PER_DECADE)
        super().__init__(knob, name)
        self.slider.valueChanged.connect(self._take_slider)

    def _arrange(self) -> None:
        super()._arrange()
        self.line.insertWidget(0, self.slider, 1)
        sized(self.editor.setFixedWidth, FIELD_WIDTH)

    def _check(self) -> None:
        super()._check()
        if (value := self.value()) is not None:
            with QSignalBlocker(self.slider):
                self.slider.setValue(_tick(float(value)))

    def _take_slider(self, tick: int) -> None:
        # Two significant digits, because nobody wants 0.1059.
        rate = float(f"{10 ** (tick / TICKS_PER_DECADE):.2g}")
        self.editor.setText(self._real(min(max(rate, self.knob.minimum), self.knob.maximum)))
        super()._check()
        self.edited.emit()


def _tick(value: float) -> int:
    return round(math.log10(value) * TICKS_PER_DECADE)


type Values = Mapping[str, Value]


class FormHistory(QObject):
    """Records edits of a form, with `names` only of these.

    `put_edit` sets one setting, by default as an edit of a person's; `put_many` several at once.
    """

    def __init__(
        self,
        form: KnobForm[Any],
        history: History,
        *,
        put_edit: Callable[[Values], object] | None = None,
        put_many: Callable[[Values], object] | None = None,
        names: Collection[str] | None = None,
    ) -> None:
        super().__init__(form)
        self._form, self._history = form, history
        self._put_edit, self._put_many, self._names = put_edit or self._edit, put_many, names
        self._is_putting = False
        self._last: dict[str, Value] = {}  # the last valid value of each setting
        self._take_in()
        form.edited.connect(self._take_edit)
        form.valuesSet.connect(self._take_set)

    def _take_edit(self, name: str) -> None:
        value = self._form.fields[name].value()
        if value is None or value == self._last[name]:
            return
        before, self._last[name] = self._last[name], value
        if not self._is_putting and (self._names is None or name in self._names):
            title = self._form.fields[name].knob.title
            put = partial(self._put, self._put_edit)
            self._history.note(in_sentence(title), put, {name: before}, {name: value}, key=name)

    def _take_set(self) -> None:
        before = dict(self._last)
        self._take_in()
        names = [name for name, value in self._last.items() if value != before[name]]
        if names and self._put_many and not self._is_putting:
            old, new = ({name: values[name] for name in names} for values in (before, self._last))
            self._history.note(tr("change of settings"), partial(self._put, self._put_many), old, new)

    def _take_in(self) -> None:
        values = {name: field.value() for name, field in self._form.fields.items()}
        self._last |= {name: value for name, value in values.items() if value is not None}

    def _edit(self, values: Values) -> None:
        self._form.set_values(values)
        for name in values:
            self._form.edited.emit(name)

    def _put(self, put: Callable[[Values], object], values: Values) -> None:
        self._is_putting = True
        put(values)
        self._is_putting = False
