"""What a screen reader gets of a widget, asked of Qt as a reader asks."""

from PySide6.QtGui import QAccessible

from gui.widgets.heard import be_heard


class Heard:
    """The accessible object of a widget, and its parts by their words."""

    def __init__(self, widget):
        be_heard()
        widget.grab()  # once it is painted, its parts are those that it shows now
        self.face = QAccessible.queryAccessibleInterface(widget)

    @property
    def finding(self):
        return self.face.text(QAccessible.Text.Description)

    @property
    def parts(self):
        children = (self.face.child(number) for number in range(self.face.childCount()))
        return [child for child in children if child.object() is None]

    @property
    def words(self):
        return [part.text(QAccessible.Text.Name) for part in self.parts]

    @property
    def chosen(self):
        return [part.text(QAccessible.Text.Name) for part in self.parts if part.state().selected]

    def press(self, words):
        """Press the part whose words begin like this."""
        part = next(part for part in self.parts if part.text(QAccessible.Text.Name).startswith(words))
        action = part.actionInterface()
        action.doAction(action.pressAction())
