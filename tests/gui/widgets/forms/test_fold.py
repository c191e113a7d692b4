"""A heading that folds: by hand, and by itself where something within is not as usual; it says what that is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from gui.look.fonts import SIZES
from gui.look.theme import theme
from gui.state.settings import settings
from gui.widgets.forms.fold import MEND, Fold, reveal
from tests.gui.room import cut_off, painted_words

TITLE, TIP, CAPTION = "Augmentation", "Distortions of the images.", "random"


class Page(QWidget):
    """A field, and a fold with another field below it."""

    def __init__(self):
        super().__init__()
        self.first, self.field = QLineEdit(), QLineEdit()
        self.fold = Fold("test.fold", TITLE, tip=TIP, caption=CAPTION)
        self.fold.body.addWidget(self.field)
        column = QVBoxLayout(self)
        column.addWidget(self.first)
        column.addWidget(self.fold)
        column.addStretch(1)


@pytest.fixture
def page(qtbot):
    made = qtbot.show(Page(), 280, 200)
    made.activateWindow()
    return made


def said(fold):
    """What stands in the heading."""
    return [text for text, _ in painted_words(fold.heading)]


def click(fold):
    QTest.mouseClick(fold.heading, Qt.MouseButton.LeftButton)


def test_it_is_folded_at_first_and_a_click_on_any_place_of_its_heading_unfolds_it(page):
    assert not page.field.isVisible() and not page.fold.is_open
    assert said(page.fold) == [TITLE, CAPTION]
    heading = page.fold.heading
    assert heading.accessibleName() == TITLE and heading.toolTip() == f"{TIP}\nClick to unfold it."
    assert heading.accessibleDescription() == f"{TIP} Click to unfold it."

    toggled = []
    page.fold.toggled.connect(toggled.append)
    QTest.mouseClick(heading, Qt.MouseButton.LeftButton, pos=heading.rect().center() + heading.rect().center() / 2)
    assert page.field.isVisible() and page.fold.is_open
    click(page.fold)
    assert not page.field.isVisible()
    assert toggled == [True, False]


def test_the_keyboard_reaches_it_and_what_is_folded_away_is_left_out(page):
    page.first.setFocus()
    QTest.keyClick(page.first, Qt.Key.Key_Tab)
    assert page.focusWidget() is page.fold.heading
    QTest.keyClick(page.fold.heading, Qt.Key.Key_Tab)
    assert page.focusWidget() is page.first
    page.fold.heading.setFocus()
    QTest.keyClick(page.fold.heading, Qt.Key.Key_Space)
    QTest.keyClick(page.fold.heading, Qt.Key.Key_Tab)
    assert page.focusWidget() is page.field


def test_it_unfolds_by_itself_when_something_is_not_as_usual_which_it_says_once_it_is_folded(page):
    page.fold.show_changes("shift 2")
    assert page.fold.is_open
    page.fold.show_changes("")
    assert not page.fold.is_open
    assert settings().unfolded == [], "no person unfolded it"

    page.fold.show_changes("shift 2")
    assert said(page.fold) == [TITLE, CAPTION], "the fields say it"
    click(page.fold)
    assert not page.fold.is_open and said(page.fold) == [TITLE, "shift 2"]
    page.fold.show_changes("shift 2")
    assert not page.fold.is_open, "who folded it knows"
    assert page.fold.heading.accessibleName() == "Augmentation: shift 2"
    assert "Now: shift 2" in page.fold.heading.toolTip()
    page.fold.show_changes("shift 2, noise 0.1")
    assert page.fold.is_open, "nobody who folded it changed that"

    page.fold.show_changes("")
    page.fold.show_changes("shift 2", quiet=True)
    assert not page.fold.is_open and said(page.fold) == [TITLE, "shift 2"], "something else in sight says it"
    page.fold.show_changes("shift 3", quiet=True, wrong=True)
    assert page.fold.is_open


def test_what_is_wrong_unfolds_it_and_is_said_where_it_is_folded_all_the_same(page):
    page.fold.show_changes("shift 2")
    click(page.fold)
    page.fold.show_changes("shift 2", wrong=True)
    assert page.fold.is_open
    click(page.fold)
    assert said(page.fold) == [TITLE, MEND]
    assert page.fold.heading.accessibleName() == f"Augmentation: {MEND}"
    page.fold.show_changes("")
    assert said(page.fold) == [TITLE, CAPTION]


def test_it_does_not_fold_under_the_hand(page):
    page.fold.show_changes("shift 2")
    page.field.setFocus()
    page.fold.show_changes("")
    assert page.fold.is_open
    page.fold.show_changes("shift 3")
    page.first.setFocus()
    page.fold.show_changes("")
    assert not page.fold.is_open


def test_what_a_person_unfolded_is_unfolded_when_it_is_made_again(page, qtbot):
    settings().unfolded = ["other"]
    click(page.fold)
    assert settings().unfolded == ["other", "test.fold"]
    page.fold.show_changes("shift 2")
    page.fold.show_changes("")
    assert page.fold.is_open
    for is_open in (True, False):
        again = Page()
        qtbot.addWidget(again)
        assert again.fold.is_open == is_open
        click(page.fold)


def test_its_title_has_room_at_any_size_of_letters_and_its_words_end_before_the_arrow(page):
    page.fold.show_changes("shift 2, rotate 10, scale 5 %, noise 0.1, and so on")
    click(page.fold)
    for size in SIZES:
        theme().choose_text_size(size)
        page.setFixedWidth(page.minimumSizeHint().width() + 120)
        page.layout().activate()
        page.fold.layout().activate()
        assert cut_off(page) == []
        title, words = painted_words(page.fold.heading)
        arrow = page.fold.heading.width() - page.fold.heading.sizeHint().height() / 2
        assert title[1].right() < words[1].left() and words[1].right() < arrow + 1
        assert words[0].endswith("…")


@pytest.fixture
def area(qtbot):
    """A page that scrolls."""
    page, area = Page(), QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    return qtbot.show(area, 280, 150)


def test_what_lies_in_a_fold_of_a_page_that_scrolls_is_brought_into_sight(area):
    page = area.widget()
    page.layout().insertSpacing(1, 400)
    page.fold.body.insertSpacing(0, 60)
    QApplication.processEvents()
    assert page.field.visibleRegion().isEmpty()
    reveal(page.field)
    assert page.fold.is_open and not page.field.visibleRegion().isEmpty()
    assert settings().unfolded == []
    click(page.fold)
    area.verticalScrollBar().setValue(0)
    click(page.fold)
    assert page.field.visibleRegion().boundingRect() == page.field.rect(), "what a person unfolds is seen"


def test_what_lies_far_below_in_a_fold_stays_in_sight_when_its_page_has_grown(area):
    page = area.widget()
    page.fold.body.insertSpacing(0, 600)
    reveal(page.field)
    QApplication.processEvents()
    assert page.height() > 600 and not page.field.visibleRegion().isEmpty()
