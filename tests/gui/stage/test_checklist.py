"""What people expect of a desktop program, walked through on the live window."""

import itertools
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6 import QtWidgets
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest

import gui
from engine.core.machine import about, logs
from gui.look import motion
from gui.look.color_maps import magnitude_image, signed_image
from gui.look.theme import contrast, run_token, theme, tokens
from gui.shell.menus.actions import plain
from gui.shell.menus.figures import panels_in
from gui.tabs.fingerprints import pruning
from gui.tabs.train.curves import BACKDROP
from gui.tabs.train.loss_panel import STEPS, TEST, TRAIN
from gui.tabs.train.progress_panel import LayerCurves
from gui.tabs.warmup import descent_panel
from gui.widgets.figures.figure import image_of, title_of
from gui.widgets.plots.series import Series
from tests.gui.mouse import right_click
from tests.gui.worlds import show_tab


@pytest.mark.tabs("draw", "map", "train")
def test_entries_of_the_menus_act_on_the_tab_that_is_shown(ready, qtbot):
    actions, clipboard = ready.actions, QGuiApplication.clipboard()
    train = show_tab(ready, "Train")
    QtWidgets.QApplication.processEvents()  # all is laid out
    views = [each for each in train.findChildren(QtWidgets.QWidget) if hasattr(each, "zoom_by") and each.isVisible()]
    plot = max(views, key=lambda each: each.width() * each.height())
    train.setFocus()
    actions["view.zoom_in"].trigger()
    assert not plot.fitted
    actions["view.zoom_reset"].trigger()
    assert plot.fitted
    clipboard.clear()
    actions["edit.copy_figure"].trigger()
    assert not clipboard.image().isNull()
    assert ready.notices.current.sentence.startswith("Copied: ")

    show_tab(ready, "Draw")
    canvas = ready.window.findChild(QtWidgets.QWidget, "draw.canvas")
    canvas.setFocus()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    assert not canvas.is_empty
    actions["edit.undo"].trigger()
    assert canvas.is_empty

    show_tab(ready, "Train")
    before = train.spec()
    actions["run.reset"].trigger()
    qtbot.waitUntil(lambda: ready.controls.state == "paused")
    assert train.spec() == before.but(seed=before.seed + 1) and actions["file.revert"].isEnabled()


def test_the_colours_of_numbers_are_chosen_in_preferences_at_once(ready):
    own = theme().current.magnitude
    sheet = ready.dialogs.show("preferences")

    def press(choice):
        sheet.findChild(QtWidgets.QToolButton, f"preferences.{choice}").click()

    for name, first in (("viridis", "#440154"), ("cividis", "#00204D"), ("cet_cbl1", "#111111")):
        press(f"maps.{name}")
        assert magnitude_image(np.zeros((1, 1))).pixelColor(0, 0).name().upper() == first
    assert signed_image(np.zeros((1, 1)), 1.0).pixelColor(0, 0).name().upper() == "#EDEDEC"
    press("theme.dark")
    assert theme().current.magnitude[0] == "#111111"
    press("maps.theme")
    press("theme.system")
    assert theme().current.magnitude == own
    assert magnitude_image(np.array([[np.nan]])).pixelColor(0, 0) == theme().current.color("surface"), "no number"


def text_of(ready, action):
    """What a sheet says that an action opens; it is closed again."""
    ready.actions[action].trigger()
    dialog = next(each for each in ready.window.findChildren(QtWidgets.QDialog) if each.isVisible())
    text = dialog.findChild(QtWidgets.QPlainTextEdit).toPlainText()
    dialog.reject()
    return text


def test_a_report_of_a_problem_is_all_there_to_be_copied_and_nothing_is_sent(ready, tmp_path):
    said = text_of(ready, "help.about")
    for part in ("Commit: ", "Python 3", "Qt 6", "tensorflow 2", "keras 3", "LGPL", "Computes on: CPU, 2", "MNIST"):
        assert part in said
    ready.notices.fail("The map could not be made.", details="Traceback: here")
    report = text_of(ready, "help.report")
    for part in ("Nothing is sent", "Commit: ", "The map could not be made.", "Traceback: here", "Log files: "):
        assert part in report
    assert len(about.commit()) >= 10 or not (about.ROOT / ".git").exists()
    assert about.commit(tmp_path) == "", "not that of a repository above"
    assert (logs.SIZE, logs.BACKUPS) == (1_000_000, 5)


def test_about_opens_the_licences_of_all_that_is_inside_a_built_program_and_has_no_button_elsewhere(
    ready, tmp_path, monkeypatch
):
    def buttons():
        (about,) = ready.window.findChildren(QtWidgets.QDialog, "about")
        return about.findChildren(QtWidgets.QPushButton, "about.licences")

    ready.actions["help.about"].trigger()
    assert buttons() == []
    ready.dialogs.show("about").reject()
    (tmp_path / "inside.txt").write_text("■ numpy 2 (BSD)")
    monkeypatch.setattr("gui.shell.dialogs.sheets.INSIDE", tmp_path / "inside.txt")
    shown = ready.dialogs.show("about")
    (button,) = shown.findChildren(QtWidgets.QPushButton, "about.licences")
    button.click()
    (sheet,) = ready.window.findChildren(QtWidgets.QDialog, "licences")
    assert sheet.isVisible() and sheet.findChild(QtWidgets.QPlainTextEdit).toPlainText() == "■ numpy 2 (BSD)"
    sheet.reject()


def test_colours_differ_for_those_who_see_no_green_and_no_two_curves_of_a_plot_by_their_colour_alone(qtbot):
    for colors in map(tokens, ("light", "dark")):
        runs = [colors.code(run_token(number)) for number in range(10)]
        faint = [mixed(code, colors.surface, BACKDROP.opacity) for code in runs]
        assert min(contrast(each, colors.surface) for each in faint) >= 3, "they stand out from their ground as well"
        for codes in ((colors.curve_1, colors.curve_2, colors.curve_3), runs, faint, colors.classes):
            seen = [lab(deuteranopia(code)) for code in codes]
            assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 11

    layers = LayerCurves("layers", "Gradient norm", "Gradient norm of layer {number}", log=True)
    qtbot.addWidget(layers)
    layers.begin([Series() for _ in range(5)])
    told = {
        "loss": [(kind.stroke.dashes, kind.stroke.width) for kind in (STEPS, TRAIN, TEST)],
        "backdrop": [kind.backdrop.dashes for kind in (TRAIN, TEST)],
        "layers": [curve.stroke.dashes for curve in layers.plot.curves.values()],
        "fewer": [stroke.dashes for stroke in pruning.STROKES.values()],
        "descent": [stroke.dashes for stroke in descent_panel.STROKES.values()],
    }
    assert not {where: looks for where, looks in told.items() if len(set(looks)) < len(looks)}


# What full colour blindness leaves of linear light, after Machado, Oliveira and Fernandes (2009), severity 1.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}

# Delta E of 1976 from which colours count as different here. Side by side some 2.3 are just noticed; marks a third of
# a degree wide and apart from each other need some 10 (Stone, Szafir and Setlur 2014).
APART = 10

# Colours that are nearer than that in a theme, and the second sign of each.
SECOND_SIGN = {
    "states": "a word or an icon stands beside it",
    "runs": "the run's letter stands at the end of its curve and beside its row",
}


@pytest.mark.parametrize("name", ["light", "dark", "light_high", "dark_high"])
@pytest.mark.parametrize("kind", BLINDNESS)
def test_what_colours_say_is_seen_with_each_kind_of_colour_blindness_or_has_a_second_sign(name, kind):
    colors = tokens(name)
    groups = {
        "classes": colors.classes,
        "runs": colors.runs,
        "curves": (colors.curve_1, colors.curve_2, colors.curve_3),
        "states": (colors.good, colors.warn, colors.bad),
        "signs": (colors.signed[1], colors.signed[5]),
        "strongest": (colors.signed[0], colors.signed[-1]),
        "chosen and changed": (colors.accent, colors.curve_2),
    }
    near = {group for group, codes in groups.items() if least_distance(codes, BLINDNESS[kind]) < APART}
    assert near <= SECOND_SIGN.keys()


def least_distance(codes, matrix):
    """The delta E of the two nearest colours, seen through a matrix of linear light."""
    seen = [lab(np.clip(np.array(matrix) @ linear_light(code), 0, 1)) for code in codes]
    return min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2))


def mixed(code, ground, share):
    """What is seen of a colour over a ground, as a code."""
    parts = zip(QColor(code).getRgb()[:3], QColor(ground).getRgb()[:3], strict=True)
    return QColor(*(round(share * one + (1 - share) * other) for one, other in parts)).name()


def test_whatever_animates_asks_for_the_desktops_wish_for_less_motion(qapp, monkeypatch):
    assert motion.is_reduced() is False, "the desktop says nothing"
    for preference in Qt.MotionPreference:
        hints = SimpleNamespace(
            accessibility=lambda preference=preference: SimpleNamespace(motionPreference=lambda: preference)
        )
        monkeypatch.setattr(motion, "QGuiApplication", SimpleNamespace(styleHints=lambda hints=hints: hints))
        assert motion.is_reduced() == (preference == Qt.MotionPreference.ReducedMotion)
    animated = re.compile(r"\b(QVariantAnimation|QPropertyAnimation|QTimeLine|QAnimationGroup|QMovie)\b")
    texts = {file: file.read_text("utf-8") for file in Path(gui.__file__).parent.rglob("*.py")}
    (file,) = (file for file, text in texts.items() if animated.search(text))
    assert file.name == "view.py" and "motion.is_reduced()" in texts[file]


def deuteranopia(code):
    return np.clip(np.array(BLINDNESS["deuteranopia"]) @ linear_light(code), 0, 1)


def linear_light(code):
    parts = np.array(QColor(code).getRgbF()[:3])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light):
    """CIE L*a*b* for the white D65; the distance of two is delta E of 1976."""
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    shares = to_xyz @ light / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(shares > (6 / 29) ** 3, np.cbrt(shares), shares / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


DRAWN = {  # entries that have no word elsewhere, and what can be clicked instead
    "Show in plots": "the pin at the right end of the run's row",
    "Colour": "the coloured square at the left end of the run's row",
    "Compare with": "the tab Compare and its choice of the other run",
    "Road to": "the page Road of the tab Compare",
    "Average with": "the middle of its slider",
}


def menus_of_right_clicks(tab):
    """Yield each widget of the tab, shown or not, that opens a menu at a right click, and the menu's entries."""
    own = (
        QtWidgets.QLineEdit,
        QtWidgets.QAbstractSpinBox,
        QtWidgets.QTextEdit,
        QtWidgets.QPlainTextEdit,
        QtWidgets.QScrollBar,
    )  # these menus are Qt's
    for each in tab.findChildren(QtWidgets.QWidget):
        if isinstance(each, own) or isinstance(each.parent(), own):
            continue
        if menu := right_click(each, reason=QContextMenuEvent.Reason.Keyboard):
            yield each, entries_of(menu)


def entries_of(menu):
    return [action for action in menu.actions() if action.isVisible() and not action.isSeparator()]


def opens_by_its_arrow(button, entries):
    """Whether a button's arrow, at its right end, opens the very menu that a right click on it does."""
    if not isinstance(button, QtWidgets.QAbstractButton):
        return False
    at_end = QPoint(button.width() - 6, button.height() // 2)
    QTest.mousePress(button, Qt.MouseButton.LeftButton, pos=at_end)
    menu = QtWidgets.QApplication.activePopupWidget()
    if menu is not None:
        menu.close()
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton, pos=at_end)
    return menu is not None and entries == entries_of(menu)


@pytest.fixture
def network(monkeypatch):
    """What anybody asked of the network, which refuses all."""
    asked = []

    def refuse(*where):
        asked.append(where)
        raise ConnectionRefusedError(where)

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse, raising=False)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(QDesktopServices, "openUrl", refuse)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("example.org", 80))  # so that an attempt would be seen
    asked.clear()
    return asked


def copy_by_export(sheet, tab):
    """Find each panel that the tab shows in the sheet Export, and copy the first one."""
    panels = panels_in(tab)
    assert [sheet.panel.itemText(row) for row in range(sheet.panel.count())] == list(map(title_of, panels))
    for panel in panels[:1]:
        QGuiApplication.clipboard().clear()
        sheet.choices["figure"].click()
        sheet.copy.click()
        assert QGuiApplication.clipboard().image() == image_of(panel), panel.objectName()


@pytest.mark.usefixtures("all_tabs")
def test_nothing_is_only_in_the_menu_of_a_right_click_and_nothing_asks_the_network(network, ready, qtbot):
    in_bar = [each for menu in ready.window.menus.findChildren(QtWidgets.QMenu) for each in menu.actions()]
    of_runs = [ready.actions[name] for name in ("run.repeat", "run.split")]  # in the menu of runs at the top right
    texts = {plain(each.text()) for each in (*in_bar, *of_runs)}
    export = ready.dialogs.show("export")
    opened, only_there = set(), {}
    for tab in sorted(ready.window.all_tabs(), key=lambda tab: tab.TITLE == "Train"):
        ready.window.tabs.setCurrentWidget(tab)
        QtWidgets.QApplication.processEvents()
        copy_by_export(export, tab)
        if tab.TITLE == "Train":  # last: where there is a run, the other tabs would ask TensorFlow about it
            ready.controls.step_epoch()
            qtbot.waitUntil(lambda: ready.controls.state == "paused")
            tab.settings.pages.choose("runs")
        buttons = tab.findChildren(QtWidgets.QAbstractButton)
        words = {word for each in buttons for word in (each.text(), each.accessibleName())}
        used = {each.defaultAction() for each in buttons if isinstance(each, QtWidgets.QToolButton)}
        opening = [each.menu() for each in buttons if isinstance(each, QtWidgets.QToolButton)]
        used |= {entry for menu in opening if menu for entry in menu.actions()}
        for each, entries in menus_of_right_clicks(tab):
            opened.add(type(each).__name__)
            of_panel = any(entry.objectName() == "figure.copy" for entry in entries)  # its three dots open it too
            if of_panel or opens_by_its_arrow(each, entries):
                continue
            for entry in entries:
                text = plain(entry.text())
                is_there = text in texts | words or text.removesuffix("…") in words or entry in used
                if not (is_there or text in DRAWN):
                    only_there[each.objectName()] = text
    assert not only_there
    assert {"Canvas", "CurvePlot", "RunView", "NeuronMap", "IdealBoard", "ConfusionMatrix"} <= opened
    for sheet in ("help.shortcuts", "help.about", "help.report", "edit.preferences", "file.unsaved", "view.code"):
        ready.actions[sheet].trigger()
    assert not network


def test_only_the_process_that_downloads_knows_how_to_reach_the_network():
    reaches = re.compile(r"\b(urllib\.request|urlopen|http\.client|import requests|import socket|QtNetwork|get_file)\b")
    root = Path(gui.__file__).parents[1]
    files = [file for folder in ("engine", "gui") for file in (root / folder).rglob("*.py")]
    found = {file.name for file in files if reaches.search(file.read_text("utf-8"))}
    # The display's own socket; a pair of this process; what a person has asked to be downloaded.
    assert found == {"display_check.py", "signals.py", "download_child.py"}
