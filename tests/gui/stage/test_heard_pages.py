"""Whatever paints on a page can be heard: in each scene of each tab, as a screen reader asks for it."""

from collections import defaultdict

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from engine.core.machine.bundled import BUNDLED
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of

# Classes that paint no content: grounds, frames, arrows, marks beside words that are read.
SILENT = {"Ground", "Ring", "Transport", "StatusLine", "PenDot", "Blank"}

NAMELESS = (QAccessible.Role.NoRole, QAccessible.Role.Client)
CONTROLS = (QAccessible.Role.Button, QAccessible.Role.CheckBox, QAccessible.Role.RadioButton)


def paints(widget):
    """Whether a class of the window, not one of Qt, paints it."""
    return any("paintEvent" in vars(kind) and kind.__module__.startswith("gui.") for kind in type(widget).__mro__)


def faults_of(widget):
    """Yield what a screen reader misses of a widget in any state of it."""
    face = QAccessible.queryAccessibleInterface(widget)
    if face.role() in NAMELESS:
        yield "role"
    if not face.text(QAccessible.Text.Name):
        yield "name"
    if not face.text(QAccessible.Text.Description):
        yield "description"
    parts = [face.child(number) for number in range(min(face.childCount(), 300))]
    if not all(part.text(QAccessible.Text.Name) for part in parts if part.object() is None):
        yield "words of a part"


def has_content(widget):
    """Whether a screen reader gets parts or a value of it, or what it does as a button."""
    face = QAccessible.queryAccessibleInterface(widget)
    return bool(face.childCount() or face.valueInterface() or face.role() in CONTROLS)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whatever_paints_has_a_role_a_name_and_a_description_and_where_it_shows_something_parts_or_a_value(tmp_path):
    faults, filled = defaultdict(set), defaultdict(set)

    def look(widgets, where):
        for widget in widgets:
            kind = type(widget).__name__
            if widget.isVisible() and paints(widget) and kind not in SILENT:
                for fault in faults_of(widget):
                    faults[f"{kind} has no {fault}"].add(f"{widget.objectName()} in {where}")
                filled[kind].add(has_content(widget))

    with Stage(bundled=BUNDLED, settings_file=tmp_path / "settings.json") as stage:
        stage.open(None)
        stage.open_bundled()
        stage.window.show_everything(True)
        for tab in stage.window.all_tabs():
            for name, scene in scenes_of(tab).items():
                stage_scene(stage, tab, scene)
                look(tab.findChildren(QWidget), f"{tab.TITLE}/{name}")
        look(stage.window.findChildren(QWidget), "the window")
    for kind, states in filled.items():
        if not any(states):
            faults[f"{kind} has neither parts nor a value"].add("all scenes")
    assert not faults, "\n".join(["", *(f"{fault}: {', '.join(sorted(where)[:3])}" for fault, where in faults.items())])
