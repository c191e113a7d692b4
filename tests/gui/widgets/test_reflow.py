"""A page that is too narrow: its lines continue below, and come back with the room."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget

from gui.look.layout import SPRING, hbox, vbox
from gui.widgets.panel import Panel
from gui.widgets.reflow import Reflow

NARROW, WIDE = 200, 600


def test_a_line_that_is_wider_than_its_room_continues_in_the_next_one_and_comes_back_with_the_room(qtbot):
    page, reflow = QWidget(), Reflow()
    panel, head = Panel("What flows", "panel"), [QPushButton(text) for text in ("Back", "Play", "Step")]
    for button in head:
        panel.head.addWidget(button)
    tools = [QPushButton(text) for text in ("Search the graph", "Open all blocks")]
    panel.body.addLayout(line := hbox(SPRING, *tools))
    vbox(panel, on=page)
    qtbot.show(page, WIDE, 300)

    def places():
        QApplication.processEvents()
        return [button.geometry().getRect() for button in (*head, *tools)]

    before, parts, height = places(), line.count(), panel.head_line.height()
    for _ in range(2):
        reflow.break_lines(page.layout(), NARROW)
        page.resize(NARROW, 300)
        assert page.width() == NARROW >= page.minimumSizeHint().width()
        assert len({top for _, top, *_ in places()[3:]}) == 2 and panel.head_line.height() > height
        assert all(panel.rect().contains(button.geometry()) for button in tools)
        assert all(button.height() >= button.minimumSizeHint().height() for button in head)
        reflow.turn(QSize(WIDE, 300), narrow=False)
        page.resize(WIDE, 300)
        assert places() == before and line.count() == parts and isinstance(line, QHBoxLayout)
