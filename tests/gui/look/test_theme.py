"""Both themes can be read, the fonts and icons are there, and a theme may change while the window stands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAccessibilityHints, QColor, QFontInfo, QFontMetrics, QGuiApplication, QIcon, QRawFont
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

import gui
from engine.core.machine.folders import RESOURCES
from gui.look.color_maps import cell_colors, takes_light_words
from gui.look.fonts import font, metrics
from gui.look.icons import app_icon, icon, names, picture
from gui.look.theme import Tokens, class_token, contrast, run_token, style_sheet, theme, tokens
from gui.look.words import reserve
from gui.shell.main_window import MainWindow
from tests.gui.pixels import pixels_of

GROUNDS = {  # every text role with all that it is written on
    "text": ("window", "surface", "raised", "accent_soft"),
    **dict.fromkeys(("muted", "faint", "good", "warn", "mark", "bad", "focus"), ("window", "surface", "raised")),
    "accent": ("window", "surface", "raised", "accent_soft"),
    "on_accent": ("accent",),
    **dict.fromkeys(("curve_1_text", "curve_2_text", "curve_3_text"), ("surface",)),
}


WIDTHS = """
import json
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from gui.look.fonts import font, load_fonts, metrics
application = QApplication([])
load_fonts()
words = "Loss · run A 0.1234 Fingerprints Wavy"
roles = [role for role in metrics()["fonts"] if role != "code"]
print(json.dumps({role: QFontMetrics(font(role)).horizontalAdvance(words) for role in roles}))
"""


@pytest.mark.slow
def test_words_are_as_wide_on_a_machine_without_any_font_and_without_its_settings(tmp_path, qapp):
    (tmp_path / "fonts.conf").write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    there = os.environ | {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    done = subprocess.run([sys.executable, "-c", WIDTHS], env=there, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    words = "Loss · run A 0.1234 Fingerprints Wavy"
    roles = [role for role in metrics()["fonts"] if role != "code"]
    assert json.loads(done.stdout) == {role: QFontMetrics(font(role)).horizontalAdvance(words) for role in roles}


@pytest.fixture
def look(qapp):
    return theme()


THEMES = ["light", "dark", "light_high", "dark_high"]


@pytest.mark.parametrize("name", THEMES)
def test_text_and_curves_stand_out_from_their_ground_as_wcag_says_and_zero_is_the_surface_in_both_maps(name):
    colors = tokens(name)
    for role, grounds in GROUNDS.items():
        for ground in grounds:
            least = 7 if colors.high else 4.5
            assert contrast(getattr(colors, role), getattr(colors, ground)) >= least, (role, ground)
    for curve in (colors.curve_1, colors.curve_2, colors.curve_3):
        assert contrast(curve, colors.surface) >= 3
    assert colors.magnitude[0] == colors.signed[3] == colors.surface
    assert len(colors.classes) == 10
    assert "$" not in style_sheet(colors), "all values are there"

    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


@pytest.mark.parametrize("name", ["light_high", "dark_high"])
def test_in_high_contrast_each_sign_has_seven_to_one_and_each_edge_of_a_control_four_and_a_half(name):
    colors = tokens(name)
    grounds = (colors.window, colors.surface, colors.raised)
    signs = (*colors.classes, *colors.runs, colors.curve_1, colors.curve_2, colors.curve_3)
    assert min(contrast(sign, ground) for sign in signs for ground in grounds) >= 7
    assert min(contrast(colors.line, ground) for ground in grounds) >= 4.5
    assert min(contrast(colors.on_class, code) for code in colors.classes) >= 7
    assert contrast(colors.accent, colors.line) >= 3, "a bar is seen in its groove"
    assert colors.focus != colors.accent and colors.ring > tokens("light").ring
    for end in (colors.magnitude[-1], colors.signed[0], colors.signed[-1]):
        assert contrast(end, colors.surface) >= 7
    assert colors.sign("class_3", 0.3).alphaF() == 1 and colors.sign("accent", 0.3).alphaF() > 0.5
    assert tokens("light").sign("accent", 0.3).alphaF() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("maps", ["theme", "viridis", "cividis", "cet_cbl1"])
def test_words_over_every_colour_of_a_map_have_seven_to_one_in_high_contrast(look, maps):
    look.choose_maps(maps)
    look.choose_contrast("high")
    numbers = np.linspace(-1, 1, 511)[None]
    for choice in ("light", "dark"):
        look.choose(choice)
        inks = {True: look.current.surface, False: look.current.text}
        for signed in (False, True):
            grounds = cell_colors(numbers, 1.0, signed=signed)[0].tolist()
            far = takes_light_words(numbers, 1.0, signed=signed)[0].tolist()
            worst = min(
                contrast(QColor(*ground).name(), inks[is_far]) for ground, is_far in zip(grounds, far, strict=True)
            )
            assert worst >= 7, (choice, signed)


def test_words_over_a_well_known_map_are_readable_after_a_change_of_theme(look):
    look.choose_contrast("usual")
    look.choose_maps("viridis")
    for choice in ("light", "dark"):
        look.choose(choice)
        far = takes_light_words(np.array([[0.0, 1.0]]), 1.0, signed=False).tolist()
        assert far == [[not look.current.dark, look.current.dark]], "violet takes light words, yellow dark ones"


def test_contrast_is_high_where_the_system_asks_for_it_unless_a_person_chose(look, monkeypatch):
    hints = QGuiApplication.styleHints()
    system = hints.accessibility()
    for preferred in Qt.ContrastPreference:
        monkeypatch.setattr(QAccessibilityHints, "contrastPreference", lambda _, preferred=preferred: preferred)
        is_wanted = preferred == Qt.ContrastPreference.HighContrast
        for choice in ("light", "dark"):
            look.choose(choice)
            for contrast_chosen, is_high in (("high", True), ("usual", False), ("system", is_wanted)):
                look.choose_contrast(contrast_chosen)
                system.contrastPreferenceChanged.emit(preferred)
                assert look.current is tokens(f"{choice}_high" if is_high else choice)


def has_colours_of(button, name):
    return button.palette().windowText().color() == QColor(tokens(name).text)


def test_a_theme_can_be_changed_while_the_window_stands_and_the_same_one_changes_nothing(look, qtbot):
    button = QPushButton("Start")
    qtbot.addWidget(button)
    look.choose("light")
    with qtbot.waitSignal(look.changed):
        look.choose("dark")
    assert look.current is tokens("dark") and has_colours_of(button, "dark")
    with qtbot.assertNotEmitted(look.changed):
        look.choose("dark")
    assert theme() is look, "there is one for the application"


class StyleChanges(QObject):
    """Counts how often widgets are told that their style has changed."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.StyleChange
        return False


@pytest.fixture
def window(look):
    look.choose("light")
    window = MainWindow()
    window.assemble(QWidget(), QWidget(), QWidget())
    yield window
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_each_widget_of_a_window_takes_a_new_theme_but_once_or_twice(look, window):
    inner = window
    for _ in range(30):
        inner = QWidget(inner)
    button = QPushButton("Start", inner)
    window.show()
    changes = StyleChanges()
    QCoreApplication.instance().installEventFilter(changes)
    look.choose("dark")
    QCoreApplication.instance().removeEventFilter(changes)
    assert has_colours_of(button, "dark")
    assert changes.count < 3 * len(window.findChildren(QWidget))


def test_while_a_window_stands_it_alone_carries_the_style_sheet_and_what_comes_after_has_the_last_theme(look, qtbot):
    look.choose("light")
    window = MainWindow()
    window.assemble(QWidget(), QWidget(), QWidget())
    for name in ("light", "dark"):
        look.choose(name)
        assert look.current.accent in window.styleSheet() and not QApplication.instance().styleSheet()
    window.deleteLater()
    del window
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    button = QPushButton("Start")
    qtbot.addWidget(button)
    qtbot.waitUntil(lambda: look.current.accent in QApplication.instance().styleSheet())
    assert has_colours_of(button, "dark")


def test_what_measures_how_it_looks_does_so_again_in_the_window(qtbot):
    window, button = QWidget(), QPushButton("Keep")
    theme().dress(window)
    qtbot.addWidget(window)
    reserve(button, "Keep this drawing", fixed=True)
    bare = button.width()
    QVBoxLayout(window).addWidget(button)
    assert button.text() == "Keep" and button.width() > bare
    button.setText("Keep this drawing")
    assert button.width() == button.sizeHint().width()


def test_text_is_set_in_the_shipped_family_and_numbers_in_figures_of_one_width(look):
    assert QFontInfo(font()).family() == metrics()["family"] == "Inter"
    tabular, plain = QFontMetrics(font("value", numbers=True)), QFontMetrics(font("value"))
    assert tabular.horizontalAdvance("111") == tabular.horizontalAdvance("000")
    assert plain.horizontalAdvance("111") < plain.horizontalAdvance("000")


def test_every_letter_that_the_window_writes_is_in_the_shipped_typeface(look):
    shipped = QRawFont(str(RESOURCES / "fonts" / "Inter-Regular.otf"), 13)
    texts = (RESOURCES / kind for kind in ("help", "lesson"))
    files = [*Path(gui.__file__).parent.rglob("*.py"), *(file for folder in texts for file in folder.glob("*.toml"))]
    letters = {letter for file in files for letter in file.read_text("utf-8") if letter != "\n"}
    assert {"ᵗ", "√"} <= letters
    assert [letter for letter in sorted(letters) if not shipped.supportsCharacter(ord(letter))] == []


def is_painted(pixels):
    return (pixels_of(pixels.toImage()) >> 24).any()


def test_no_icon_is_empty_and_each_takes_the_colour_of_the_theme_and_is_drawn_for_the_pixels_of_its_screen(look):
    for name in names():
        shown = icon(name)
        assert not shown.isNull(), name
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
            assert is_painted(shown.pixmap(QSize(20, 20), mode)), name
    assert not app_icon().isNull() and is_painted(app_icon().pixmap(64, 64))
    with pytest.raises(KeyError, match="no icon nonsense"):
        icon("nonsense")

    shown = icon("stop")
    for name in ("light", "dark"):
        look.choose(name)
        assert shown.pixmap(QSize(20, 20)).toImage().pixelColor(10, 10) == QColor(tokens(name).text)
    assert picture("start", "#000000", 20, ratio=2).size() == QSize(40, 40)
    assert icon("start").pixmap(QSize(20, 20), 1.5).size() == QSize(30, 30)


@pytest.mark.parametrize("name", THEMES)
def test_a_colour_has_one_name_for_paint_and_for_markup(name):
    colors = tokens(name)
    plain = [each for each in Tokens.__slots__ if str(getattr(colors, each)).startswith("#")]
    every = [*plain, *(token(number) for token in (class_token, run_token) for number in range(10))]
    assert len(every) > 35
    for each in every:
        assert colors.code(each).startswith("#")
        assert colors.color(each) == QColor(colors.code(each))
    assert colors.code("class_1") == colors.classes[1] and colors.code("run_1") == colors.runs[1]
    with pytest.raises(AttributeError):
        colors.code("no_colour")


def test_only_the_theme_looks_a_colour_up_by_its_name():
    looked_up = re.compile(r"getattr\((theme\(\)\.current|colors|tokens)\b")
    folder = Path(gui.__file__).parent
    files = [file for file in folder.rglob("*.py") if looked_up.search(file.read_text("utf-8"))]
    assert files == [folder / "look" / "theme.py"]
