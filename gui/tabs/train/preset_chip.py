"""A chip that says which preset the settings are, and offers all of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy

from engine.base.specs import PRESETS, TrainSpec
from gui.look.icons import icon

LEAST = 60
"""How narrow it may become, in pixels."""

OWN, OWN_SENTENCE = "Your own", "Settings of your own. The chip above offers the presets."


class PresetChip(QPushButton):
    """The name of a preset on a button whose menu holds all of them."""

    picked = Signal(str)
    """Carries the key of the preset."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "accent chip")
        self.setIcon(icon("chevron-down", "accent"))
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the word
        # Where a line is full it gives up some of its margin, before anything beside it is cut.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(LEAST)
        menu = QMenu(self)
        menu.setObjectName(f"{name}.menu")
        menu.setToolTipsVisible(True)
        for key, preset in PRESETS.items():
            action = menu.addAction(preset.title)
            action.setObjectName(f"{name}.{key}")
            action.setToolTip(preset.sentence)
            action.triggered.connect(lambda _=False, key=key: self.picked.emit(key))
        self.setMenu(menu)

    def show_spec(self, spec: TrainSpec | None) -> str:
        """Say which preset `spec` is, if any, and return the sentence about it."""
        found = next((preset for preset in PRESETS.values() if preset.spec == spec), None)
        title, sentence = (found.title, found.sentence) if found else (OWN, OWN_SENTENCE)
        if title != self.text():
            self.setText(title)
            self.setAccessibleName(f"Preset: {title}")
            self.setToolTip(sentence)
        return sentence
