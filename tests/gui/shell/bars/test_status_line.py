"""The bottom line: all work that goes on for long has words there and a button that ends it."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from gui.shell.bars.status_line import StatusLine
from gui.state.notices import Notices
from gui.state.sessions import Sessions
from gui.state.settings import Settings
from gui.state.time.timeline import Timeline
from gui.state.training.run_progress import RunProgress
from tests.gui.worlds import World


class Work(QObject):
    """Work that goes on for long, as the bottom line knows it."""

    changed = Signal()

    def __init__(self):
        super().__init__()
        self.words, self.ended = "", 0

    def give_up(self):
        self.ended += 1

    def say(self, words):
        self.words = words
        self.changed.emit()


def test_the_bottom_line_says_how_far_all_work_is_that_goes_on_and_ends_each_by_a_button(qtbot):
    world = World()
    parts = ("opening", "handout", "sweep", "experiment")
    works = {part: Work() for part in parts}
    line = StatusLine(
        world.controls,
        RunProgress(world.bridge, world.controls),
        Notices(),
        Sessions(world.bridge, world.controls, world.selection, Notices(), Settings()),
        Timeline(world.bridge, world.selection, world.controls),
        world.runs,
        *works.values(),
    )
    qtbot.addWidget(line, before_close_func=lambda _: world.close())
    line.show()
    for part, work in works.items():
        word, button = (line.findChild(QWidget, f"status.{part}{end}") for end in ("", ".cancel"))
        assert not word.isVisible() and not button.isVisible()
        work.say(f"So far is {part}")
        assert word.isVisible() and word.words == f"So far is {part}"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert [each.ended for each in works.values()] == [
            int(parts.index(each) <= parts.index(part)) for each in parts
        ]
        work.say("")
        assert not word.isVisible()
