"""How many controls a tab shows: what a person sees at once and can operate."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from gui.widgets.figures.figure_menu import Corner
from gui.widgets.forms.knob_field import KnobField
from gui.widgets.plots.legend import CurveSwitch, Legend

KINDS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def controls(tab):
    """Return the names of the controls of a tab that are visible in it, each once, in the order of their names.

    A control is a field, a slider, a button, a switch, a check box, a combo box or a list; of a row of segments each
    button is one, and so is the heading of what is folded. These are one: a slider and the field of the same setting;
    all switches of a legend. These are none: scroll bars, what a combo box or a spin box consists of, pictures and
    plots, although they take the mouse, and the button of the one panel that the mouse is on. What lies outside the
    page's part that is scrolled to counts as well; what is outside the tab (menus, the bar of the run, the row of
    tabs) does not.
    """
    found = set()
    for each in tab.findChildren(QWidget):
        if isinstance(each, KINDS) and not isinstance(each, (QScrollBar, Corner)) and each.isVisibleTo(tab):
            whole = _whole(each)
            if whole is not None:
                found.add(whole.objectName() or f"{type(whole).__name__} without a name")
    return sorted(found)


def _whole(control):
    """What is counted for a control; `None` for a part of one."""
    around = control.parentWidget()
    if isinstance(control, CurveSwitch):
        while around is not None and not isinstance(around, Legend):
            around = around.parentWidget()
        return around or control
    while around is not None:
        if isinstance(around, KnobField):
            return around.editor
        if isinstance(around, (QComboBox, QAbstractSpinBox, QAbstractItemView)):
            return None
        around = around.parentWidget()
    return control
