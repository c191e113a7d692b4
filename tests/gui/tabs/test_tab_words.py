"""No button, label or choice of a tab consists of a word that is too short for what it means.

Words that are wrong wherever they stand are in `tests/gui/stage/test_words.py`.
"""

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel

from tests.gui.tabs.test_contract import TABS, World

OLD_LABELS = {
    "draw": {"Epochs", "Integrated", "Change", "Flip it", "Keep", "Kept", "Prepared"},
    "fingerprints": {"How few?", "Measure", "Move", "Up to"},
    "graph": {"Least", "Most"},
    "ideal": {"Class", "Shift", "Smooth", "Weight"},
    "map": {"Make", "Move"},
    "mistakes": {"1", "Counts", "Number", "Shares", "Similarity", "Threshold", "calibration error", "refused"},
    "warmup": {"Again", "Learn", "condition", "distance"},
    "weights": {"Largest", "Smallest"},
}
"""By tab: elsewhere, or within more words, each may be right."""


def labels(tab):
    """What is written on buttons and labels, and in the lists of choices."""
    for each in (*tab.findChildren(QLabel), *tab.findChildren(QAbstractButton)):
        yield each.text()
    for each in tab.findChildren(QComboBox):
        yield from (each.itemText(row) for row in range(each.count()))


@pytest.mark.parametrize("name", sorted(OLD_LABELS))
def test_no_label_is_one_that_says_too_little(qtbot, name):
    world = World(qtbot, TABS[name])
    said = set(labels(world.tab))
    assert len(said) > 5 and said & OLD_LABELS[name] == set()
    world.bridge.close()
