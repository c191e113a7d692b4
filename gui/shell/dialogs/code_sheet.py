"""The sheet with a tab's code: a short script in colours, what is different in TensorFlow 1, copy and save."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.look.fonts import code_font, metrics
from gui.look.icons import icon
from gui.look.named import named
from gui.look.python_colors import PythonColors
from gui.look.words import words
from gui.shell.dialogs.sheet import Sheet
from gui.widgets.panel import Panel

SIZE = (940, 660)
COPIED = "Copied"
ABOUT = "Plain TensorFlow and NumPy. It runs by itself, and comes to what the tab shows."


class CodeSheet(Sheet):
    """Shows one script at a time. It can stay open beside the window."""

    saveWanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "code", "Code")
        self._heading, self._about = words("", "title"), words(ABOUT, "label")
        self.text = named(QPlainTextEdit(), "code.text")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(code_font())
        self.text.setToolTip("This text can be selected and copied.")
        self.text.setProperty("look", "code")
        self._colors = PythonColors(self.text.document())
        self._note = named(words("", "label", wrapped=True), "code.note")
        self.copy = self._button("copy", "Copy", "copy", "Copy the whole script.")
        self.save = self._button("save", "Save…", "save", "Save the script, and beside it what it reads.")
        self.close_button = self._button("close", "Close", "", "Close this sheet. (Esc)")
        self._lay_out()
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self.saveWanted)
        self.close_button.clicked.connect(self.reject)
        self.copy.setDefault(True)
        self.copy.setFocus()
        self.resize(*SIZE)

    def show_code(self, title: str, script: str, note: str) -> None:
        """Show the script of the tab called `title`."""
        self.setWindowTitle(f"The code of {title}")
        self._heading.setText(f"The code of {title}")
        self.text.setAccessibleName(f"The code of {title}")
        self.text.setPlainText(script)
        self._note.setText(note)
        self.copy.setText("Copy")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText(COPIED)

    def _button(self, name: str, text: str, sign: str, tip: str) -> QPushButton:
        button = named(QPushButton(text), f"code.{name}")
        button.setAccessibleName(text.removesuffix("…"))
        button.setToolTip(tip)
        if sign:
            button.setIcon(icon(sign))
        return button

    def _lay_out(self) -> None:
        space = metrics()["space"]
        panel = Panel("TensorFlow 1, as the blog post has it", "code.note_panel")
        panel.body.addWidget(self._note)
        head = QHBoxLayout()
        head.setSpacing(space["medium"])
        head.addWidget(self._heading)
        head.addWidget(self._about, 1)
        row = QHBoxLayout()
        row.setSpacing(space["small"])
        self.copy.ensurePolished()
        self.copy.setMinimumWidth(self.copy.fontMetrics().horizontalAdvance(COPIED) + 60)  # it stays as wide
        for button in (self.copy, self.save):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[space["large"]] * 4)
        column.setSpacing(space["medium"])
        column.addLayout(head)
        column.addWidget(self.text, 1)
        column.addWidget(panel)
        column.addLayout(row)
