"""What a screen reader gets of the ideal images: the caption of each, the largest figure, and what is misread."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.tabs.ideal.board import IdealBoard
from gui.tabs.ideal.one_ideal_image import Row, WordBars
from gui.tabs.ideal.words import Caption

CAPTIONS = [
    Caption("0", 0.97, "p 0.97", "loss 0.030 · L2 1.20", "loss 0.030"),
    Caption("1", 0.99, "p 0.99", "loss 0.010 · L2 1.10", "loss 0.010"),
    Caption("2", 0.2, "p 0.20", "predicted 7 · L2 0.90", "predicted 7", True),
]


@pytest.fixture
def board(qtbot):
    board = qtbot.show(IdealBoard("board"), 500, 300)
    board.show_images(np.zeros((3, 28, 28), np.float32), CAPTIONS, signed=True, tip=lambda place: f"fact {place}")
    return board


def test_each_image_says_its_caption_and_is_chosen_by_a_press(board):
    parts, chosen = board.heard_parts(), []
    assert [part.text for part in parts] == [
        "0: p 0.97, loss 0.030, L2 1.20",
        "1: p 0.99, loss 0.010, L2 1.10",
        "2: p 0.20, predicted 7, L2 0.90",
    ]
    board.chosen.connect(chosen.append)
    QTest.mouseClick(board, Qt.MouseButton.LeftButton, pos=parts[2].place.center().toPoint())
    assert chosen == [2] and [part.is_chosen for part in board.heard_parts()] == [False, False, True]


def test_the_board_says_the_largest_figure_and_what_is_read_as_something_else(board):
    assert board.finding() == ("3 ideal images; that of 1 has the largest figure, p 0.99. Read as something else: 2.")
    board.show_images(np.zeros((2, 28, 28), np.float32), CAPTIONS[:2], signed=True)
    assert board.finding() == "2 ideal images; that of 1 has the largest figure, p 0.99."
    board.show_images(np.zeros((0, 28, 28), np.float32), (), signed=True)
    assert board.finding() == "" and board.heard_parts() == []


def test_bars_with_words_are_read_row_by_row(qtbot):
    bars = qtbot.show(WordBars("bars", "Likeness"), 200, 60)
    bars.show_rows([Row("this image", 0.9, "90 %", "so alike"), Row("a real 4", 0.8, "80 %", "those", False)])
    assert [part.text for part in bars.heard_parts()] == ["this image: 90 %", "a real 4: 80 %"]
    assert bars.finding() == "this image: 90 %; a real 4: 80 %"
