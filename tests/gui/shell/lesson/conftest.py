"""A window in which a lesson is open."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from engine.analysis.probes.answer import PictureAnswer
from tests.gui.blank import blank
from tests.gui.fake_engine import dataset_opened
from tests.gui.worlds import WindowWorld


class LessonWorld(WindowWorld):
    def __init__(self, application, qtbot, folder, *chapters):
        super().__init__(application)
        self.qtbot, self.lesson = qtbot, application.lesson
        self.guide = self.lesson.guide
        files = []
        for number, text in enumerate(chapters):
            files.append(folder / f"{number}.toml")
            files[-1].write_text(text)
        self.say(dataset_opened())
        self.lesson.open_files(files)

    def wait_until_open(self):
        self.qtbot.waitUntil(lambda: self.lesson.is_open)
        return self

    def click(self, name):
        QTest.mouseClick(self.find(QAbstractButton, f"lesson.{name}"), Qt.MouseButton.LeftButton)

    @property
    def place(self):
        return self.lesson.chapter, self.lesson.number

    def text(self, name):
        label = self.find(QLabel, f"lesson.{name}")
        return label.text().replace("\N{NO-BREAK SPACE}", " ") if label.isVisible() else ""

    @property
    def tab(self):
        tabs = self.window.tabs
        return tabs.tabText(tabs.currentIndex())

    def rings(self):
        return [each for each in self.window.findChildren(QWidget, "lesson.mark") if each.isVisible()]


def answer(picture, label, probability):
    """The answer to a drawing: ten classes, one of them with this probability."""
    rest = (1 - probability) / 9
    probabilities = np.full(10, rest)
    probabilities[label] = probability
    return blank(PictureAnswer, picture=picture, logits=np.log(probabilities), probabilities=probabilities)


@pytest.fixture
def tell(window, qtbot, tmp_path):
    return lambda *chapters: LessonWorld(window, qtbot, tmp_path, *chapters)
