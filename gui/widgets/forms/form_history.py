"""Makes the settings of a form undoable: an entry for each changed setting, one for a drag of a slider."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from PySide6.QtCore import QObject

from engine.core.knobs import Value, in_sentence
from gui.state.history import History
from gui.widgets.forms.knob_form import KnobForm

type Values = Mapping[str, Value]


class FormHistory(QObject):
    """Records the changes of a form. `put_edit` sets one setting like an edit, `put_many` sets several at once.

    With `names`, only edits of these settings are recorded.
    """

    def __init__(
        self,
        form: KnobForm[Any],
        history: History,
        put_edit: Callable[[Values], object],
        put_many: Callable[[Values], object] | None = None,
        names: Collection[str] | None = None,
    ) -> None:
        super().__init__(form)
        self._form, self._history = form, history
        self._put_edit, self._put_many, self._names = put_edit, put_many, names
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
            self._history.note(in_sentence(title), self._edit, {name: before}, {name: value}, key=name)

    def _take_set(self) -> None:
        before = dict(self._last)
        self._take_in()
        names = [name for name, value in self._last.items() if value != before[name]]
        if names and self._put_many and not self._is_putting:
            old, new = ({name: values[name] for name in names} for values in (before, self._last))
            self._history.note("change of settings", self._set, old, new)

    def _take_in(self) -> None:
        values = {name: field.value() for name, field in self._form.fields.items()}
        self._last |= {name: value for name, value in values.items() if value is not None}

    def _edit(self, values: Values) -> None:
        self._put(self._put_edit, values)

    def _set(self, values: Values) -> None:
        if self._put_many:
            self._put(self._put_many, values)

    def _put(self, put: Callable[[Values], object], values: Values) -> None:
        self._is_putting = True
        put(values)
        self._is_putting = False
