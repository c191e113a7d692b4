"""The sheet *Show as table…*: the numbers of a panel, read cell by cell, sorted, copied and saved."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget

from engine.session.jobs.export import save_file
from gui.look.layout import closest
from gui.widgets.figures.figure import Tabled, small_print
from gui.widgets.figures.figure_menu import menu_of
from gui.widgets.figures.table import Table, matrix_table, said
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from tests.gui.mouse import right_click
from tests.gui.training_messages import whole_run
from tests.gui.worlds import WindowWorld, show_tab
from tests.pseudo import spoken

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NAME = QAccessible.Text.Name
PARTS = (QAccessible.Role.ColumnHeader, QAccessible.Role.RowHeader, QAccessible.Role.Cell)

# Numbers as NumPy has them, with text among them, and values that are not known.
HEADS = ["digit", "share", "mean", "note"]
ROWS = [
    ["7", 10, np.float32(0.1), "b"],
    ["=2", 9, float("nan"), ""],
    ["nine", 100, -1.5, "A"],
    ["0", None, np.float32(0.25), "c"],
]
WRITTEN = [["7", "10", "0.1", "b"], ["=2", "9", "", ""], ["nine", "100", "-1.5", "A"], ["0", "", "0.25", "c"]]


class Numbers(Painted):
    """A chart with these numbers behind it."""

    def __init__(self):
        super().__init__("map.numbers", "Numbers", takes_keys=True)
        self.content = Table(HEADS, ROWS)

    def table(self):
        return self.content


class TableWorld(WindowWorld):
    """The window with a panel of numbers in a tab, and the sheet that shows them."""

    def __init__(self, application, qtbot):
        super().__init__(application)
        self.qtbot = qtbot
        self.tab = show_tab(application, "Map")
        self.panel, self.chart = Panel("All numbers", "map.all"), Numbers()
        self.panel.body.addWidget(self.chart)
        self.panel.setParent(self.tab)
        self.panel.setGeometry(0, 0, 400, 300)
        self.panel.show()
        self.panel.raise_()

    def open(self):
        menu = menu_of(self.panel)
        menu.aboutToShow.emit()
        assert menu.table.isEnabled()
        menu.table.trigger()
        self.qtbot.waitUntil(lambda: QApplication.activeWindow() is self.sheet)
        return self.sheet

    @property
    def sheet(self):
        (sheet,) = (each for each in self.window.findChildren(QWidget, "table") if each.isVisible())
        return sheet

    @property
    def cells(self):
        return self.sheet.cells

    @property
    def seen(self):
        """The words of all cells, by rows."""
        model = self.cells.model()
        places = range(model.columnCount())
        return [[model.index(row, place).data() for place in places] for row in range(model.rowCount())]

    def order(self):
        return [row[0] for row in self.seen]

    def click_head(self, column):
        head = self.cells.horizontalHeader()
        place = QPoint(head.sectionViewportPosition(column) + 12, head.height() // 2)
        QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def copied(self):
        """What Ctrl+C puts on the clipboard, as a spreadsheet reads it."""
        QTest.keyClick(self.cells, Qt.Key.Key_C, CONTROL)
        return read(QGuiApplication.clipboard().text())

    def button(self, name):
        return self.sheet.findChild(QPushButton, f"table.{name}")


def read(text):
    return list(csv.reader(io.StringIO(text), delimiter="\t"))


@pytest.fixture
def world(ready, qtbot):
    return TableWorld(ready, qtbot)


def test_the_entry_of_a_panels_menu_shows_its_numbers_as_the_table_writes_them_with_the_lens_below(world):
    world.say(*whole_run("A", 3))
    sheet = world.open()
    assert sheet.windowTitle() == "All numbers as a table" and world.seen == WRITTEN
    assert [world.cells.model().headerData(place, Qt.Orientation.Horizontal) for place in range(4)] == HEADS
    assert sheet.focusWidget() is world.cells and world.cells.currentIndex() == world.cells.model().index(0, 0)
    said = sheet.findChild(QWidget, "table.said").text().splitlines()
    assert said[0] == small_print(world.panel) != "" and said[1].startswith("4 rows, 4 columns, as they were at ")
    sides = [world.cells.model().index(0, place).data(Qt.ItemDataRole.TextAlignmentRole) for place in range(4)]
    right, left = (
        int(side | Qt.AlignmentFlag.AlignVCenter) for side in (Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft)
    )
    assert sides == [left, right, right, left], "numbers stand at the right"

    world.chart.content = Table(["one"], [[1]])
    assert world.seen == WRITTEN, "the numbers stay those of the moment"
    assert world.open() is sheet and world.seen == [["1"]], "until they are asked for again"
    world.chart.content = None
    menu_of(world.panel).aboutToShow.emit()
    assert not menu_of(world.panel).table.isEnabled()


@pytest.mark.parametrize("way", ["click", "key"])
def test_a_head_sorts_numbers_as_numbers_and_text_as_text_then_in_reverse_then_as_in_the_chart(world, way):
    world.open()

    def sort(column):
        if way == "click":
            world.click_head(column)
        else:
            world.cells.setCurrentIndex(world.cells.model().index(world.cells.currentIndex().row(), column))
            QTest.keyClick(world.cells, Qt.Key.Key_Return)
        return world.order()

    assert sort(1) == ["=2", "7", "nine", "0"], "9, 10, 100; what is not known is last"
    assert sort(1) == ["nine", "7", "=2", "0"]
    assert sort(1) == ["7", "=2", "nine", "0"]
    assert sort(2) == ["nine", "7", "0", "=2"]
    assert sort(3) == ["nine", "7", "0", "=2"], "A, b, c"
    head = world.cells.model().headerData(3, Qt.Orientation.Horizontal)
    assert head == "note ↑"
    world.open()
    assert world.order() == ["7", "=2", "nine", "0"], "a table that is opened again is in the order of the chart"


def test_chosen_cells_are_copied_alone_and_the_whole_table_with_its_heads(world):
    world.open()
    harmless = [["'=2" if text == "=2" else text for text in row] for row in WRITTEN]
    assert world.copied() == [["7"]], "the cell in which the keys are"
    world.cells.clearSelection()
    assert world.copied() == [HEADS, *harmless]
    world.cells.selectAll()
    assert world.copied() == [HEADS, *harmless]
    world.click_head(1)
    world.button("copy").click()
    assert read(QGuiApplication.clipboard().text()) == [HEADS, *(harmless[place] for place in (1, 0, 2, 3))]
    model, choose = world.cells.model(), world.cells.selectionModel().SelectionFlag.Select
    world.cells.clearSelection()
    for row, column in ((0, 1), (0, 2), (2, 2)):
        world.cells.selectionModel().select(model.index(row, column), choose)
    assert world.copied() == [["9", ""], ["", "-1.5"]], "what lies between them is empty"


def test_the_table_is_saved_as_it_is_sorted(world, monkeypatch, tmp_path):
    world.say(*whole_run("A", 3))
    world.open()
    world.click_head(1)
    asked = []
    monkeypatch.setattr(world.application.bridge, "submit", lambda *job: asked.append(job))

    def choose(*question):
        assert question[2].endswith("All numbers, run A.csv")
        return str(tmp_path / "mine.csv"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    world.button("save").click()
    ((job, path, content),) = asked
    assert job is save_file and path == tmp_path / "mine.csv"
    head, *rows = csv.reader(io.StringIO(content.decode()))
    assert head == HEADS and [row[1] for row in rows] == ["9", "10", "100", ""]


def test_a_screen_reader_gets_each_cell_with_the_heads_of_its_column_and_its_row(world, request):
    world.open()
    face = QAccessible.queryAccessibleInterface(world.cells)
    assert (face.role(), face.text(NAME)) == (QAccessible.Role.Table, "All numbers")

    def heard():
        """What is read of all that lies in the table, in lines; the corner first."""
        parts = [face.child(number) for number in range(face.childCount())]
        texts = [part.text(NAME) if part.role() in PARTS else "" for part in parts]
        return [texts[start : start + 5] for start in range(0, len(texts), 5)]

    QAccessible.setActive(True)  # as while a reader is there: Qt forgets the old order only then
    request.addfinalizer(lambda: QAccessible.setActive(False))
    names = [row[0] for row in WRITTEN]
    assert heard() == [["", *HEADS], *([name, *row] for name, row in zip(names, WRITTEN, strict=True))]
    world.click_head(1)
    heads, first, *_ = heard()
    assert heads == ["", "digit", "share, ascending", "mean", "note"]
    assert first == ["=2", "=2", "9", "", ""], "the first cell of a row is its name"


def test_of_many_rows_only_those_in_sight_are_read_when_it_opens(world):
    read_rows = set()

    class Row(list):
        def __getitem__(self, place):
            read_rows.add(self.number)
            return super().__getitem__(place)

    rows = []
    for number in range(10_000):
        row = Row(range(number, number + 301))
        row.number = number
        rows.append(row)
    world.chart.content = Table(list(map(str, range(301))), iter(rows))
    sheet = world.open()
    sheet.grab()
    assert world.cells.model().rowCount() == 10_000 and len(read_rows) < 100
    QTest.keyClick(world.cells, Qt.Key.Key_End, CONTROL)
    assert world.cells.currentIndex().data() == "10299"
    world.chart.content = matrix_table(np.zeros((2, 3), np.float32), "ab", "xyz")
    world.open()
    assert world.seen == [["a", "0.0", "0.0", "0.0"], ["b", "0.0", "0.0", "0.0"]], "rows come from what is read once"


def test_shift_and_f10_open_the_menu_of_the_chart_that_has_the_focus(world):
    world.window.activateWindow()
    world.chart.setFocus()
    QTest.keyClick(world.window, Qt.Key.Key_F10, SHIFT)
    menu = QApplication.activePopupWidget()
    assert menu is menu_of(world.panel)
    entry = next(each for each in menu.actions() if each.objectName() == "figure.table")
    menu.setActiveAction(entry)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert world.seen == WRITTEN


@pytest.mark.usefixtures("all_tabs")
def test_each_chart_of_each_tab_that_keys_reach_has_the_entry_in_its_menu(ready):
    without, reached = set(), set()
    for tab in ready.window.all_tabs():
        for chart in tab.findChildren(QWidget):
            takes_keys = chart.focusPolicy() & Qt.FocusPolicy.TabFocus
            if not (takes_keys and isinstance(chart, Tabled) and closest(chart, Panel)):
                continue
            menu = right_click(chart, reason=QContextMenuEvent.Reason.Keyboard)
            reached.add(type(chart).__name__)
            if menu is None or not any(entry.objectName() == "figure.table" for entry in menu.actions()):
                without.add((tab.TITLE, chart.objectName()))
    assert without == {("Train", "train.runs.list")}, "a list of runs, not a chart: its menu is that of a run"
    assert {"CurvePlot", "NeuronMap", "ConfusionMatrix", "ImageGrid"} <= reached


def test_people_read_and_copy_heads_in_the_language_and_files_have_them_in_english():
    table = Table(["class", "image 12", "Anna"], [["3", True, 0.5]])
    with spoken("de"):
        assert table.heads() == ["Klasse", "Bild 12", "Anna"]
        assert table.copied() == "Klasse\tBild 12\tAnna\n3\tyes\t0.5\n"
        assert table.csv() == "class,image 12,Anna\n3,yes,0.5\n"
        assert said(True) == "ja" and said(0.5) == "0,5"


def test_its_numbers_have_the_marks_of_the_language_and_those_for_a_spreadsheet_points(world):
    with spoken("de"):
        world.open()
        assert [row[2] for row in world.seen] == ["0,1", "", "-1,5", "0,25"]
        assert [row[2] for row in read(world.cells.table().copied())] == ["Mittel", "0.1", "", "-1.5", "0.25"]
