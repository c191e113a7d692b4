"""A panel's menu and the button in its corner; the names of files; what strangers' names do in figures."""

import csv
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QGuiApplication, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QLabel, QPushButton

from engine.core.lens import Neuron
from engine.session.jobs.export import save_file
from gui.look.theme import theme, tokens
from gui.look.words import words
from gui.widgets.figures.figure import content, image_of, seen, small_print, svg
from gui.widgets.figures.figure_menu import LONGEST, MOST_BYTES, Corner, menu_of, safe_name
from gui.widgets.figures.table import Table, cell
from gui.widgets.panel import Panel
from gui.widgets.pictures.pixels import Pixels
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import PlotTools
from gui.widgets.plots.series import Series
from gui.widgets.tab import Tab
from tests.gui.session_messages import opened, summary
from tests.gui.worlds import TabWorld
from tests.hostile_names import NAMES

NUMBERS = np.array([[0.1, 0.25], [1.0, 0.0], [0.5, 0.75]], np.float32)


class TwoPanels(Tab):
    """A new tab, which does nothing for figures itself: a picture with a button, and a plot."""

    TITLE, PLACE, ORDER, HELP = "Two panels", "Inside", 1, "Two panels."

    def __init__(self, bridge, controls, selection):
        super().__init__(bridge, controls, selection)
        self.setObjectName("two")
        self.first, self.second = Panel("A picture", "two.first"), Panel("A plot", "two.second")
        for panel in (self.first, self.second):
            panel.setParent(self)
        self.pixels = Pixels("two.pixels", "Pixels")
        self.pixels.set_numbers(NUMBERS)
        self.button = QPushButton("Press")
        self.button.setObjectName("two.button")
        self.first.head.addStretch(1)
        self.first.head.addWidget(words("a figure", "caption"))
        self.first.body.addWidget(self.pixels, 1)
        self.first.body.addWidget(self.button)
        self.plot = CurvePlot("two.plot", "Plot")
        self.second.head.addStretch(1)
        self.second.head.addWidget(PlotTools(self.plot))
        self.second.body.addWidget(self.plot)
        self.first.setGeometry(10, 10, 400, 300)
        self.second.setGeometry(420, 10, 400, 300)


@pytest.fixture
def world(qtbot):
    made = TabWorld(qtbot, TwoPanels)
    made.say(opened(runs=[summary("A", moments=(0, 12), steps_per_epoch=12)]))
    made.look("A", moment=12)
    return made


def point_at(panel, on=True):
    """Let the mouse come to a panel, or leave it."""
    place = QPointF(5, 5)
    event = QEnterEvent(place, place, place) if on else QEvent(QEvent.Type.Leave)
    QApplication.sendEvent(panel, event)


def corner_of(panel):
    return next((each for each in panel.findChildren(Corner) if each.isVisible()), None)


def test_the_button_is_seen_while_the_mouse_is_on_the_panel_covers_nothing_and_is_reached_by_keys_last(world):
    panel = world.tab.first
    point_at(panel, False)  # wherever the mouse was left
    before = panel.grab().toImage()
    assert corner_of(panel) is None
    point_at(panel)
    corner = corner_of(panel)
    title = next(each for each in panel.findChildren(QLabel) if each.text() == "A picture")
    others = [world.tab.button, *panel.findChildren(QLabel)]
    assert not any(corner.geometry().intersects(place_of(panel, each)) for each in others if each is not title)
    assert corner.geometry().left() < place_of(panel, title).left() + 100, "beside the title"
    point_at(panel, False)
    assert corner_of(panel) is None and panel.grab().toImage() == before, "nothing has moved"

    point_at(world.tab.second)
    assert corner_of(world.tab.second) is None, "it has a button of its own"
    assert menu_of(world.tab.second) is world.tab.second.findChild(PlotTools).menu

    world.tab.activateWindow()
    world.tab.plot.setFocus()
    world.tab.button.setFocus(Qt.FocusReason.TabFocusReason)
    assert corner_of(world.tab.first) is not None
    QTest.keyClick(world.tab.button, Qt.Key.Key_Tab)
    corner = corner_of(world.tab.first)
    assert corner.hasFocus() and corner.accessibleName() == "A picture: Copy, save" and corner.toolTip()
    QTest.keyClick(corner, Qt.Key.Key_Space)
    menu = QApplication.activePopupWidget()
    assert menu.of is world.tab.first
    menu.close()
    panel.setFixedSize(2, 2)
    corner.show_if(True)
    assert corner_of(panel) is None, "a panel without room has none"


def test_a_panel_that_is_laid_out_while_it_is_pictured_gives_its_button_one_new_place(world, qtbot, monkeypatch):
    panel = world.tab.first
    point_at(panel)
    corner, picture, pictures = corner_of(panel), panel.grab, []

    def lay_out():
        QApplication.sendEvent(panel, QEvent(QEvent.Type.LayoutRequest))

    def grab(strip):
        pictures.append("starts")
        if len(pictures) == 1:
            lay_out()  # as Qt does with a page that was resized while it was not seen
        pictures.append("done")
        return picture(strip)

    monkeypatch.setattr(panel, "grab", grab, raising=False)
    panel.setFixedWidth(300)
    for _ in range(5):
        lay_out()
    qtbot.waitUntil(lambda: bool(pictures) and panel.rect().contains(corner.geometry()))
    assert pictures == ["starts", "done"] * (len(pictures) // 2), "one after the other"
    monkeypatch.setattr(panel, "grab", lambda strip: QPixmap())
    corner.show_if(True)
    assert corner_of(panel) is None, "a panel that has lost its room when it is pictured has no button"


def test_where_the_title_has_no_room_beside_it_the_button_covers_no_words(world, qtbot):
    panel = world.tab.first
    hint, send = words("Click it", "label"), QPushButton("Send")
    panel.body.removeWidget(world.tab.button)
    foot = QHBoxLayout()
    for each, share in ((hint, 1), (send, 0)):
        foot.addWidget(each, share)
    panel.body.addLayout(foot)
    title = next(each for each in panel.findChildren(QLabel) if each.text() == "A picture")
    title.setText("A picture whose title needs the whole line of its panel, up to the figure")
    world.tab.button.hide()
    qtbot.waitUntil(lambda: hint.isVisible() and panel.minimumSizeHint().width() > 400)
    panel.resize(panel.minimumSizeHint().width(), 300)
    qtbot.waitUntil(lambda: send.geometry().right() > 400)
    point_at(panel)
    assert corner_of(panel).geometry().center().y() == pytest.approx(place_of(panel, send).center().y(), abs=2)


def test_a_picture_of_a_page_does_not_show_where_the_mouse_is(world):
    before = world.tab.grab().toImage()
    world.tab.plot.show_crosshair(3.0)
    point_at(world.tab.first)
    assert corner_of(world.tab.first) is not None and world.tab.grab().toImage() != before
    assert seen(world.tab).toImage() == before


def place_of(panel, widget):
    return widget.rect().translated(widget.mapTo(panel, QPoint()))


def test_picture_and_numbers_are_copied(world):
    menu = menu_of(world.tab.first)
    menu.copy.trigger()
    assert QGuiApplication.clipboard().image() == image_of(world.tab.first)
    menu.numbers.trigger()
    tenth = float(np.float32(0.1))
    assert QGuiApplication.clipboard().text() == f"row\t0\t1\n0\t{tenth}\t0.25\n1\t1.0\t0.0\n2\t0.5\t0.75\n"

    world.tab.pixels.set_numbers(None)
    menu.aboutToShow.emit()
    assert not menu.numbers.isEnabled() and "no numbers" in menu.numbers.toolTip()

    assert world.tab.plot.table() is None
    series = Series()
    series.extend(np.array([1.0, 2.0]), np.array([0.5, 0.25]))
    world.tab.plot.add_curve("a", "=train", series, Stroke())
    assert content(world.tab.second, ".csv") == b"curve,epoch,value\n'=train,1.0,0.5\n'=train,2.0,0.25\n"


def test_a_figure_is_saved_as_it_was_when_it_was_asked_for(world, monkeypatch, tmp_path):
    for suffix in (".png", ".svg", ".csv"):
        wanted = content(world.tab.first, suffix)

        def choose(*asked, suffix=suffix):
            assert asked[2].endswith("A picture, run A.png")
            world.tab.pixels.set_numbers(1 - NUMBERS)  # what comes while somebody looks for a folder
            return str(tmp_path / f"mine{suffix}"), ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
        menu_of(world.tab.first).save.trigger()
        assert world.asked(save_file)[-1] == (tmp_path / f"mine{suffix}", wanted)
        world.tab.pixels.set_numbers(NUMBERS)


def test_the_small_print_says_run_snapshot_and_what_is_silenced_unless_the_panel_shows_no_lens(world):
    panel = world.tab.first
    world.look("A", moment=12, silenced=frozenset({Neuron(0, 4), Neuron(0, 9), Neuron(1, 2)}))
    said = small_print(panel)
    assert said.startswith("Run A · epoch 1.0 · step 12")
    assert said.endswith("3 silenced (layer 1: 4, 9; layer 2: 2)")
    assert ElementTree.fromstring(svg(panel)).find("{*}desc").text == said
    world.look("A", silenced=frozenset(Neuron(0, number) for number in range(20)))
    assert small_print(panel).endswith("20 silenced")

    before = image_of(panel).height()
    panel.shows_lens = False
    assert small_print(panel) == "" and image_of(panel).height() < before
    world.selection.change(lens=None)
    assert small_print(world.tab.second) == ""


def test_a_figure_for_paper_is_light_while_the_window_stays_dark(world):
    light = image_of(world.tab.first)
    theme().choose("dark")
    dark, changes = world.tab.grab().toImage(), []
    theme().changed.connect(lambda: changes.append(theme().current.name))
    made = image_of(world.tab.first, look="light")
    assert made == light
    assert made.pixelColor(2, 2).name() == tokens("light").surface.lower()
    assert changes == ["light", "dark"] and theme().current.name == "dark"
    assert world.tab.grab().toImage() == dark
    menu = menu_of(world.tab.first)
    menu.aboutToShow.emit()
    assert menu.paper.isVisible()
    menu.paper.setChecked(True)
    menu.copy.trigger()
    assert QGuiApplication.clipboard().image() == light
    menu.paper.setChecked(False)


def test_a_strangers_name_does_nothing_in_a_figure_moves_no_cell_and_becomes_a_name_of_a_file_everywhere(world):
    for name in NAMES:
        shown = name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        world.tab.first.set_title(shown)
        world.say(opened(runs=[summary("A", title=shown[:60], moments=(0, 12), steps_per_epoch=12)]))
        world.look("A", moment=12)
        for each in ElementTree.fromstring(content(world.tab.first, ".svg")).iter():
            assert each.tag.rpartition("}")[2] not in {"script", "a", "foreignObject", "animate", "set"}
            assert not any(key.startswith("on") for key in each.attrib)

        table = Table(["name", shown], [[shown, 1.5], [shown, -2]])
        head, *rows = csv.reader(io.StringIO(table.csv()))
        assert len(head) == 2 and [len(row) for row in rows] == [2, 2] and [row[1] for row in rows] == ["1.5", "-2"]
        assert len(list(csv.reader(io.StringIO(table.copied()), delimiter="\t"))) == 3

        made = safe_name(name)
        assert made and len(made) <= LONGEST and len(made.encode()) <= MOST_BYTES and made == made.strip(" .-")
        assert not set(made) & set('/\\:*?"<>|\n\r\t\0%$\u202e\u200f') and made.isprintable()
    world.tab.first.set_title("a" * 5_000)
    assert content(world.tab.first, ".jpeg").startswith(b"\x89PNG")


def test_no_file_has_a_name_that_a_system_keeps_for_itself():
    for name in ("con", "NUL", "com1", "", "...", "-"):
        assert safe_name(name).startswith("figure"), name


def test_a_cell_of_a_table_is_a_number_or_harmless_text():
    for formula in ("=1+2", "+4", "-cmd", "@sum", " =1"):
        assert cell(formula) == f"'{formula}"
    values = ["a\nb\tc", -1.5, np.float32(0.1), np.int64(-7), float("nan"), None, True]
    assert [cell(value) for value in values] == ["a?b?c", "-1.5", "0.1", "-7", "", "", "yes"]
