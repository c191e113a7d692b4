"""Sheets: dialogs that stay open beside the window, of text, of code, and for jobs."""

import keyword
import re
from collections.abc import Callable, Iterable
from typing import Any

from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLayout, QPlainTextEdit, QProgressBar, QPushButton, QWidget

from engine.core.language import mark, tr
from engine.core.machine.about import INSIDE, facts
from engine.core.machine.folders import logs
from gui.look.fonts import code_font, keep, scaled, set_font
from gui.look.icons import set_icon
from gui.look.layout import SPRING, Part, hbox, vbox
from gui.look.theme import theme
from gui.look.words import Elided, named, plain_tip, reserve, set_title, words
from gui.state.notices import NoticeLine, Notices
from gui.widgets.panel import Panel

Role = QDialogButtonBox.ButtonRole
type Button = tuple[str, Role, str, Callable[[], object]]  # its marked text, role, tooltip, and what it calls

CLOSE = mark("Close this sheet. (Esc)")
REPORT_HELP = mark("Nothing is sent. Copy this text into your report, and add what you did and what happened.")
SIZE = (940, 660)
COPIED = mark("Copied")
ABOUT = mark("Plain TensorFlow and NumPy. It runs by itself, and reproduces what the tab shows.")
PLAIN, IN_TEXT = 0, 1  # states at the end of a line: in code, or within three quotation marks
QUOTES = '"""'

TOKENS = re.compile(
    r'(?P<comment>#.*)|(?P<long>""")|(?P<text>[fr]?"(?:\\.|[^"\\])*"|[fr]?\'(?:\\.|[^\'\\])*\')'
    r"|(?P<decorator>^\s*@[\w.]+)|(?P<defined>(?<=\bdef )\w+)|(?P<word>\b[A-Za-z_]\w*\b)"
)

# The theme's token for each kind; words are keywords only.
COLORS = {"comment": "faint", "text": "curve_3_text", "decorator": "accent", "word": "accent"}


class Sheet(QDialog):
    """A non-modal dialog with its own title bar, in which Enter presses the focused button."""

    def __init__(self, parent: QWidget, name: str, title: str) -> None:
        super().__init__(parent, Qt.WindowType.Window | Qt.WindowType.WindowCloseButtonHint)
        self.setObjectName(name)
        self.setWindowTitle(title)

    def turn_to(self, subject: Any) -> None:
        """Show or choose what a person wants to see in it; sheets that have something to choose override this."""

    def button(self, name: str, text: str, tip: str, call: object) -> QPushButton:
        """Return a button, which Enter presses only while it has the focus."""
        button = named(QPushButton(text), f"{self.objectName()}.{name}", title=text.removesuffix("…"), tip=tip)
        button.setAutoDefault(False)
        button.clicked.connect(call)
        return button

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Press the focused button on Enter: Qt would press the default button, or none without a default."""
        focused = self.focusWidget()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(focused, QtWidgets.QAbstractButton) and focused.isEnabled():
            focused.click()
        else:
            super().keyPressEvent(event)


class JobSheet(Sheet):
    """Asks for a job and shows its progress: a bar, a line, the button that starts and stops it, and *Close*."""

    def __init__(
        self, parent: QWidget, name: str, title: str, size: tuple[int, int], go: str, bar: str, close: str = ""
    ) -> None:
        """`size` is the minimum size, `go` the button's first text, `bar` what the bar shows, `close` a tooltip."""
        super().__init__(parent, name, title)
        self._least = size
        self.progress = named(QProgressBar(), f"{name}.progress", title=bar)
        self.progress.setTextVisible(False)
        self.said = Elided(f"{name}.said", "label")
        set_font(self.said, "label", numbers=True)
        self.go = named(QPushButton(go), f"{name}.go", look="primary")
        self.go.clicked.connect(self._press)
        self.close_button = self.button("close", tr("Close"), close or tr(CLOSE), self.reject)

    def _press(self) -> None:
        raise NotImplementedError

    def _show_go(self, text: str, tip: str, *, enabled: bool) -> None:
        set_title(self.go, text, text.removesuffix("…"), plain_tip(tip))
        self.go.setEnabled(enabled)

    def _lay_out(self, *parts: Part) -> None:
        vbox(*parts, gap="medium", edges=(24, "large"), on=self)
        theme().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        for layout in self.findChildren(QLayout):
            layout.invalidate()  # its size hint in other letters
        size = QSize(*map(scaled, self._least))
        if (whole := self.layout()) is not None:
            whole.activate()
            wide = max(size.width(), self.sizeHint().width())
            size = size.expandedTo(QSize(wide, whole.totalHeightForWidth(wide)))
        self.resize(size)


def button_box(name: str, *buttons: Button) -> QDialogButtonBox:
    """Return the buttons of the sheet of that name."""
    box = QDialogButtonBox()
    for text, role, tip, call in buttons:
        title, key = tr(text), text.removesuffix("…").lower()
        button = named(QPushButton(title), f"{name}.{key}", title=title.removesuffix("…"), tip=tip)
        button.clicked.connect(lambda _=False, call=call: call())
        box.addButton(button, role)
    return box


def _text_area(name: str, text: str = "", look: str | None = None) -> QPlainTextEdit:
    area = named(QPlainTextEdit(text), name, tip=tr("This text can be selected and copied."), look=look)
    area.setReadOnly(True)
    area.setTabChangesFocus(True)
    return area


class TextSheet(Sheet):
    """A title, selectable text, and the buttons Copy and Close, with further ones between them."""

    def __init__(self, parent: QWidget, name: str, title: str, text: str, *further: Button) -> None:
        super().__init__(parent, name, title)
        heading = words(title, "title")
        self._text = _text_area(f"{name}.text", text)
        self._text.setAccessibleName(title)
        buttons = button_box(
            name,
            (mark("Copy"), Role.ActionRole, tr("Copy the whole text."), self._copy),
            *further,
            (mark("Close"), Role.RejectRole, tr(CLOSE), self.reject),
        )
        vbox(heading, self._text, buttons, gap=14, edges=(24, 16), on=self)
        self.resize(scaled(720), scaled(420))

    def _copy(self) -> None:
        QtGui.QGuiApplication.clipboard().setText(self._text.toPlainText())


def about_sheet(parent: QWidget, device: str, data: str, show_licences: Callable[[], object]) -> TextSheet:
    """Return the sheet with versions, commit, device, folders and licences."""
    text = f"{tr('See what a neural network learned, while it learns.')}\n\n{_facts(device, data)}"
    button = mark("Licences"), Role.ActionRole, tr("Show the licences of all that is inside."), show_licences
    return TextSheet(parent, "about", tr("About Layerlight"), text, *[button] * INSIDE.exists())


def licences_sheet(parent: QWidget) -> TextSheet:
    """Return the sheet with the licences of all that is inside a built program."""
    return TextSheet(parent, "licences", tr("Licences"), INSIDE.read_text("utf-8"))


def report_sheet(parent: QWidget, device: str, data: str, notices: Notices) -> TextSheet:
    """Return the sheet with what a report of a problem needs: facts, the session's notices, and the log files."""
    said = f"{tr('Notices, the newest first:')}\n{as_text(notices.history)}"
    text = "\n\n".join((tr(REPORT_HELP), _facts(device, data), said))

    def show_logs() -> None:
        """Open the folder of the log files; where no program can, say where it is."""
        if not QtGui.QDesktopServices.openUrl(QUrl.fromLocalFile(str(logs()))):
            notices.tell(tr("The log files are in {folder}.", folder=logs()))

    logs_button = mark("Log folder"), Role.ActionRole, tr("Show the folder of the log files."), show_logs
    return TextSheet(parent, "report", tr("Report a problem"), text, logs_button)


def _facts(device: str, data: str) -> str:
    return facts(device, tr("Data: {data}", data=data) if data else tr("Data: none yet"))


def as_text(lines: Iterable[NoticeLine]) -> str:
    """Return notices as text, newest first; a sentence if there are none."""
    texts = [
        "\n".join(filter(None, (f"{line.time:%H:%M:%S}  {line.text}", line.details))) for line in reversed(list(lines))
    ]
    return "\n".join(texts) or tr("There are no notices yet.")


class CodeSheet(Sheet):
    """Shows one script at a time. It can stay open beside the window."""

    saveWanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "code", tr("Code"))
        self._heading, self._about = words("", "title"), words(tr(ABOUT), "label")
        self.text = _text_area("code.text", look="code")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        keep(self.text, lambda text: text.setFont(code_font()))
        self._colors = PythonColors(self.text.document())
        self._note = named(words("", "label", wrapped=True), "code.note")
        self.copy = self.button("copy", tr("Copy"), tr("Copy the whole script."), self._copy)
        self.save = self.button(
            "save", tr("Save…"), tr("Save the script, and beside it what it reads."), self.saveWanted
        )
        self.close_button = self.button("close", tr("Close"), tr(CLOSE), self.reject)
        for button, sign in ((self.copy, "copy"), (self.save, "save")):
            set_icon(button, sign)
        panel = Panel(tr("TensorFlow 1, as the blog post has it"), "code.note_panel")
        panel.body.addWidget(self._note)
        reserve(self.copy, tr(COPIED))
        head = hbox(self._heading, (self._about, 1), gap="medium")
        foot = hbox(self.copy, self.save, SPRING, self.close_button, gap="small")
        vbox(head, (self.text, 1), panel, foot, gap="medium", edges="large", on=self)
        self.copy.setDefault(True)
        self.copy.setFocus()
        self.resize(*map(scaled, SIZE))

    def show_code(self, title: str, script: str, note: str) -> None:
        heading = tr("The code of {title}", title=title)
        self.setWindowTitle(heading)
        self._heading.setText(heading)
        self.text.setAccessibleName(heading)
        self.text.setPlainText(script)
        self._note.setText(note)
        self.copy.setText(tr("Copy"))

    def _copy(self) -> None:
        QtGui.QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText(tr(COPIED))


class PythonColors(QtGui.QSyntaxHighlighter):
    """Colours a document, and again when the theme changes."""

    def __init__(self, document: QtGui.QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QtGui.QTextCharFormat] = {}
        self._take_theme()
        theme().changed.connect(self._take_theme)

    def highlightBlock(self, text: str) -> None:
        self.setCurrentBlockState(PLAIN)
        place = 0
        if self.previousBlockState() == IN_TEXT:
            place = self._end_text(text, 0)
        while match := TOKENS.search(text, place):
            place = match.end()
            kind = match.lastgroup or ""
            if kind == "long":
                place = self._end_text(text, match.start(), len(QUOTES))
            elif kind != "word" or keyword.iskeyword(match[0]):
                self.setFormat(match.start(), place - match.start(), self._formats[kind])

    def _end_text(self, text: str, start: int, opened: int = 0) -> int:
        """Colour a string in three quotation marks from `start` on; return where it ends in this line."""
        end = text.find(QUOTES, start + opened)
        if end < 0:
            self.setCurrentBlockState(IN_TEXT)
        stop = len(text) if end < 0 else end + len(QUOTES)
        self.setFormat(start, stop - start, self._formats["text"])
        return stop

    def _take_theme(self) -> None:
        for kind, token in COLORS.items():
            self._formats[kind] = colored = QtGui.QTextCharFormat()
            colored.setForeground(theme().current.color(token))
        self._formats["defined"] = bold = QtGui.QTextCharFormat()
        bold.setFontWeight(QtGui.QFont.Weight.DemiBold)
        self.rehighlight()
