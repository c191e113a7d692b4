"""No tab says a word for which the field, or the application itself, has a better one."""

import re

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QWidget

from engine.scripts.parts.show_code import show_code
from engine.scripts.parts.tabs import has_script
from tests.gui.tabs.test_contract import NAMES, TABS, World

OLD = (
    r"receipts?|spoil(s|ed|ing|t)?|reckons?|likeness|neurons suffice|freez(e|es|ing)|frozen|flip it|rightly|prepared"
    r"|kept \d+|i don.t know|sureness|refused?|by chance|strength aside|bring (all|back)|turned to fit|shall|read as"
    r"|comes to what|learn on|real averages"
)
OLD_WORDS = re.compile(rf"\b({OLD})\b", re.IGNORECASE)

OLD_LABELS = {
    "draw": {"Epochs", "Integrated", "Change", "Keep", "Kept", "Test image"},
    "fingerprints": {"How few?", "Measure", "Move", "Up to"},
    "graph": {"Least", "Most"},
    "ideal": {"Class", "Shift", "Smooth", "Weight"},
    "map": {"Make", "Move"},
    "mistakes": {"1", "Counts", "Number", "Shares", "Similarity", "Threshold", "calibration error"},
    "warmup": {"Again", "Learn", "condition", "distance"},
    "weights": {"Largest", "Smallest"},
}
"""By tab: as all that is written on a button or label they say too little, or something else than is meant."""


def told(widget):
    """What a widget says: what is written on it, its tips, the rows of its list."""
    yield from (widget.toolTip(), widget.statusTip(), widget.accessibleName(), widget.accessibleDescription())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(row) for row in range(widget.count()))
    for action in widget.actions():
        yield from (action.text(), action.toolTip(), action.statusTip())


@pytest.mark.parametrize("name", NAMES)
def test_no_widget_tip_or_script_says_an_old_word(qtbot, name):
    world = World(qtbot, TABS[name])
    tab = world.tab
    said = {tab.TITLE, tab.HELP, *(text for each in (tab, *tab.findChildren(QWidget)) for text in told(each))}
    if has_script(name):
        (code,) = filter(None, show_code(world.session, world.selection.lens, name, tab.code_settings()))
        said |= {code.script, code.note}
    assert [text for text in said if OLD_WORDS.search(text) or text in OLD_LABELS.get(name, ())] == []
    world.bridge.close()
