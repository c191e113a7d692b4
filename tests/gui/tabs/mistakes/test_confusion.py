"""The confusion matrix and its page: numbers, sentences, mouse and keys."""

import gettext
import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from engine.analysis.probes.images import SomeImages
from engine.analysis.probes.mistakes import ALL, Mistakes, confused, similar_order
from engine.core import language
from gui.look.class_names import use_names
from gui.look.fonts import font
from gui.look.theme import contrast, theme
from gui.tabs.mistakes import confusion_page
from gui.widgets.painted import Words
from tests.gui.mouse import point_at, turn_wheel
from tests.gui.room import painted_words
from tests.hundred_classes import NAMES as HUNDRED

DIGITS = tuple("0123456789")


def found(pairs, names=DIGITS, run="A", sure=None, classes=10):
    """`pairs`: for each image its class, its answer."""
    labels, answers = (np.array(each) for each in zip(*pairs, strict=True))
    confusion = confused(labels, answers, classes)
    return Mistakes(
        run=run,
        step=0,
        names=names,
        answer_names=names,
        labels=labels,
        answers=answers,
        probabilities=np.linspace(0.5, 0.99, len(labels)) if sure is None else np.array(sure),
        confusion=confusion,
        order=similar_order(confusion),
    )


def many():
    """Three fours and a nine are mixed up, and a five is predicted as a three."""
    return found([(n, n) for n in range(10) for _ in range(20)] + [(4, 9)] * 3 + [(9, 4)] + [(5, 3)])


@pytest.fixture
def matrix(qtbot):
    made = qtbot.show(confusion_page.ConfusionMatrix("matrix"), 560, 440)
    made.show_confusion(many(), np.arange(10), shares=False)
    return made


def color(widget, cell):
    """The colour near a cell's corner, where no number stands."""
    place = widget.place_of(cell).topLeft().toPoint() + QPoint(4, 4)
    return widget.grab().toImage().pixelColor(place)


def test_cells_hold_counts_or_shares_the_totals_counts_and_another_order_moves_rows_and_columns_alike(matrix):
    assert matrix.text_of((4, 9)) == "3" and matrix.text_of((4, 4)) == "20" and matrix.text_of((0, 1)) == ""
    assert matrix.text_of((4, None)) == "23" and matrix.text_of((None, 4)) == "21"
    assert matrix.text_of(ALL) == "205"
    matrix.show_confusion(many(), np.arange(10), shares=True)
    assert matrix.text_of((4, 9)) == "13.0" and matrix.text_of((4, 4)) == "87.0"
    assert matrix.text_of((4, None)) == "23"
    assert color(matrix, (4, 9)) == QColor(theme().current.magnitude[-1])

    matrix.show_confusion(many(), np.arange(10), shares=False)
    before = matrix.place_of((4, 9))
    matrix.show_confusion(many(), many().order, shares=False)
    order = many().order.tolist()
    assert abs(order.index(4) - order.index(9)) == 1 and abs(order.index(5) - order.index(3)) == 1
    assert matrix.place_of((4, 9)) != before
    assert matrix.place_of((4, 4)).top() == matrix.place_of((4, 9)).top()
    assert color(matrix, (4, 9)) == QColor(theme().current.magnitude[-1])


def test_nothing_has_the_colour_of_the_panel_and_the_diagonal_no_share_in_the_scale(matrix):
    for look in ("light", "dark"):
        theme().choose(look)
        colors = theme().current
        assert color(matrix, (0, 1)) == QColor(colors.surface)
        assert color(matrix, (0, 0)) == QColor(colors.raised)
        image, place = matrix.grab().toImage(), matrix.place_of((0, 1)).toRect()
        edges = place.bottomRight(), place.topRight(), place.bottomLeft()
        assert {image.pixelColor(edge).name() for edge in edges} == {QColor(colors.line).name()}
        most, less = color(matrix, (4, 9)), color(matrix, (9, 4))
        assert most == QColor(colors.magnitude[-1])
        assert less not in (most, QColor(colors.surface))
        assert max(contrast(less.name(), ink) for ink in (colors.text, colors.surface)) > 3


def test_the_mouse_and_the_arrows_point_and_choose(matrix):
    pointed, chosen = [], []
    matrix.pointed.connect(pointed.append)
    matrix.chosen.connect(chosen.append)
    for cell in ((4, 9), (4, None), (None, 9), ALL, (0, 0)):
        point_at(matrix, matrix.place_of(cell).center().toPoint())
        QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.place_of(cell).center().toPoint())
    QTest.mouseClick(matrix, Qt.MouseButton.RightButton, pos=matrix.place_of((1, 1)).center().toPoint())
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert pointed[:5] == chosen == [(4, 9), (4, None), (None, 9), ALL, (0, 0)]

    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return, *[Qt.Key.Key_Right] * 12, Qt.Key.Key_Enter):
        QTest.keyClick(matrix, key)
    assert chosen[-2:] == [(1, 0), (1, None)]


MANY = 50


@pytest.fixture
def crowded(qtbot):
    """The matrix of many classes whose names differ at their ends."""
    made = qtbot.show(confusion_page.ConfusionMatrix("crowded"), 500, 420)
    made.zoom_by(-1)
    assert made.part == (0, 0, 0), "before there is an answer"
    names = HUNDRED[:MANY]
    use_names(names)
    made.show_confusion(
        found([(n, (7 * n) % MANY) for n in range(MANY)], names, classes=MANY), np.arange(MANY), shares=False
    )
    return made


def written(matrix):
    """What is written, where no word lies on another."""
    told = painted_words(matrix)
    both = [one[1] & other[1] for one, other in itertools.combinations(told, 2)]
    assert not [each for each in both if each.width() > 2 and each.height() > 2]
    return told


def test_of_many_classes_every_n_th_has_its_name_and_both_where_one_points(crowded):
    told = written(crowded)
    rows = [words for words, place in told if place.right() < crowded.place_of((0, 0)).left()]
    steps = np.diff([HUNDRED.index(words) for words in rows if words in HUNDRED])
    assert len(set(steps)) == 1 and 2 <= steps[0] <= 6
    columns = [int(words) for words, _ in told if words.isdecimal() and len(words) == 2]
    assert len(set(np.diff(columns))) == 1 and len(columns) >= 12
    assert crowded.rect().contains(crowded.place_of(ALL).toRect())
    for cell in ((0, MANY - 1), (MANY - 2, 1)):
        point_at(crowded, crowded.place_of(cell).center().toPoint())
        assert {HUNDRED[label] for label in cell} <= {words for words, _ in written(crowded)}


def test_of_many_classes_empty_cells_are_no_marks_and_the_others_have_their_colours(crowded):
    assert len(list(crowded.marks(crowded.places()))) < 10 * MANY < MANY**2
    image, colors = crowded.grab().toImage(), theme().current
    for row, column in itertools.product(range(0, MANY, 7), range(MANY)):
        place = crowded.place_of((row, column)).center().toPoint()
        expected = "raised" if row == column else None if column == 7 * row % MANY else "surface"
        wanted = QColor(colors.magnitude[-1]) if expected is None else colors.color(expected)
        assert image.pixelColor(place).name() == wanted.name(), (row, column)


def test_all_counts_are_equally_large_and_larger_in_large_cells(matrix):
    sizes = set()
    for height in range(480, 800, 7):
        matrix.resize(1000, height)
        roles = [mark.role for mark in matrix.marks(matrix.places()) if isinstance(mark, Words) and mark.text == "20"]
        assert len(roles) > 5 and len(set(roles)) == 1, height
        sizes.add(font(roles[0]).pixelSize())
    assert len(sizes) == 3
    matrix.resize(560, matrix.minimumSizeHint().height())
    assert "20" in [words for words, _ in painted_words(matrix)], "a count has room in the smallest one"


def test_wheel_and_keys_zoom_until_numbers_can_be_read_and_the_part_that_is_seen_follows_the_arrows(crowded, matrix):
    cell = 30, 30
    before = crowded.place_of(cell)
    for _ in range(20):
        turn_wheel(crowded, crowded.place_of(cell).center(), 120)
    after, said = crowded.place_of(cell), [words for words, _ in painted_words(crowded)]
    assert after.width() > 4 * before.width() and crowded.rect().contains(after.toRect())
    assert crowded.part[2] == 10 and HUNDRED[30] in said and "1" in said
    QTest.keyClick(crowded, Qt.Key.Key_0)
    assert crowded.place_of(cell) == before

    taken = turn_wheel(matrix, matrix.place_of((4, 4)).center(), 120)
    assert not taken and matrix.part == (0, 0, 10), "of few classes it is left to what lies around"

    crowded.setFocus()
    chosen = []
    crowded.chosen.connect(chosen.append)
    QApplication.sendEvent(crowded, QEvent(QEvent.Type.Leave))
    QTest.keyClick(crowded, Qt.Key.Key_Right)
    for _ in range(15):
        QTest.keyClick(crowded, Qt.Key.Key_Plus)
    assert crowded.part == (0, 0, 10)
    for _ in range(30):
        QTest.keyClick(crowded, Qt.Key.Key_Down)
    assert crowded.part == (21, 0, 10)
    QTest.keyClick(crowded, Qt.Key.Key_Return)
    assert chosen == [(30, 0)]
    for _ in range(40):
        QTest.keyClick(crowded, Qt.Key.Key_Minus)
    assert crowded.part == (0, 0, MANY)


def test_every_cell_has_its_sentence_with_the_names_of_its_classes_and_no_probability_is_rounded_to_certainty(matrix):
    for cell, said in {
        (4, 9): "3 fours were predicted as nines: 13.0 % of all fours.",
        (9, 4): "1 nine was predicted as a four: 4.8 % of all nines.",
        (1, 8): "No one was predicted as an eight.",
        (4, 4): "20 of 23 fours were classified correctly: 87.0 %.",
        (5, None): "1 of 21 fives was predicted as something else: 4.8 %.",
        (None, 9): "3 of 23 images that were predicted as nines are something else.",
        ALL: "5 of 205 test images are misread: 2.4 %.",
    }.items():
        assert confusion_page.sentence(many(), cell) == said

    told = found([(0, 1), (0, 1), (0, 0), (1, 1)], ("Bag", "Shirt", "Boot"), classes=3)
    assert confusion_page.sentence(told, (0, 1)) == "2 “Bag” were predicted as “Shirt”: 66.7 % of all “Bag”."
    assert confusion_page.sentence(told, (2, 0)) == "There are no “Boot” among the test images."
    assert confusion_page.sentence(told, (None, 2)) == "Nothing was predicted as a “Boot”."
    assert confusion_page.title(told, (0, 1)) == "“Bag”, predicted as “Shirt”"
    assert confusion_page.title(many(), (4, 9)) == "Fours, predicted as nines"
    assert confusion_page.title(many(), (4, None)) == "Fours, misread"

    assert [confusion_page.short_percent(p) for p in (0.5, 0.9994, 0.9998, 0.99999, 1.0)] == [
        "50.0 %", "99.9 %", "99.98 %", "> 99.99 %", "> 99.99 %",
    ]  # fmt: skip

    told = replace(
        found([(0, 1), (0, 1), (1, 1)], DIGITS), answer_names=("Dress", "Coat", *DIGITS[2:]), remark="Other."
    )
    assert confusion_page.sentence(told, (0, 1)) == "2 zeros were predicted as “Coat”: 100.0 % of all zeros."
    assert confusion_page.sentence(told, (None, 1)) == "2 of 3 images that were predicted as “Coat” are something else."
    assert (
        confusion_page.title(told, (0, 1)) == "Zeros, predicted as “Coat”"
        and confusion_page.title(told, (0, None)) == "Zeros, misread"
    )
    matrix.show_confusion(told, np.arange(10), shares=False)
    table = matrix.table()
    assert list(table.columns[:3]) == ["actual", "Dress", "Coat"]
    assert [row[0] for row in table.rows][:2] == ["0", "1"]


class Page:
    """The page on the screen, and an engine that has the images at once."""

    def __init__(self, qtbot, told):
        self.page = confusion_page.ConfusionPage()
        qtbot.addWidget(self.page)
        self.page.resize(1248, 520)
        self.wanted, self.sent, self.images, self.labels = [], [], [], []
        self.told = told
        self.page.imagesWanted.connect(self.answer)
        self.page.sendWanted.connect(lambda picture, words: self.sent.append((picture, words)))
        self.page.imageChosen.connect(self.images.append)
        self.page.imageChosen.connect(self.page.pick)
        self.page.labelChosen.connect(self.labels.append)
        self.page.show()
        self.page.show_mistakes(told)

    def answer(self, numbers):
        self.wanted.append(numbers.tolist())
        pictures = np.zeros((len(numbers), 28, 28), np.uint8)
        pictures[:, 0, 0] = numbers % 256
        self.page.show_images(SomeImages(numbers=numbers, labels=self.told.labels[numbers], pictures=pictures))

    def click(self, cell):
        matrix = self.page.matrix
        QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.place_of(cell).center().toPoint())

    def choose(self, name):
        self.page.findChild(QAbstractButton, f"mistakes.{name}").click()

    def figure(self):
        return self.page.findChild(QLabel, "mistakes.cell.figure").text()


def test_in_another_language_a_share_keeps_its_decimal_mark_where_counts_lose_theirs(matrix):
    language.use("de", gettext.NullTranslations())
    try:
        for width in range(200, 560, 40):
            matrix.resize(width, 440)
            matrix.show_confusion(many(), np.arange(10), shares=True)
            texts = {mark.text for mark in matrix.marks(matrix.places()) if isinstance(mark, Words)}
            assert not texts & {"870", "952", "1000"}, "of 87,0 %, 95,2 % and 100,0 %"
    finally:
        language.use(language.SOURCE)


@pytest.fixture
def page(qtbot):
    return Page(qtbot, many())


def test_at_first_all_mistakes_are_shown_and_a_click_on_a_cell_shows_its_images(page):
    assert page.wanted == [[204, 203, 202, 201, 200]], "by the probability of the answer"
    assert page.page.images.captions[0] == "5→3 · 99.0 %"
    assert page.page.sentence.words == "5 of 205 test images are misread: 2.4 %."
    page.click((4, 9))
    assert page.wanted[-1] == [202, 201, 200] and page.labels == [4]
    assert page.page.images.captions == ("9 · 98.5 %", "9 · 98.3 %", "9 · 98.0 %")
    page.choose("first.lowest")
    assert page.wanted[-1] == [200, 201, 202]
    page.page.all.click()
    assert page.wanted[-1] == [200, 201, 202, 203, 204]
    page.click((0, 0))
    assert page.wanted[-1] == list(range(20)), "those that are classified correctly can be looked at too"


def test_a_click_on_an_image_picks_it_out_and_a_cell_without_images_offers_none(page):
    detail = page.page.detail
    assert page.page.layout().totalMinimumSize().height() > page.page.matrix.minimumSizeHint().height() > 180
    assert detail.words == confusion_page.NOTHING_CHOSEN
    page.click((1, 8))
    none = page.page.findChild(QLabel, "mistakes.images.none")
    assert page.wanted[-1] == [] and none.isVisible() and none.text() == confusion_page.NO_IMAGE and not detail.words
    page.click((4, 9))
    assert not none.isVisible() and detail.words == confusion_page.NOTHING_CHOSEN
    late = SomeImages(numbers=np.array([1]), labels=np.array([0]), pictures=np.zeros((1, 28, 28), np.uint8))
    page.page.show_images(late)
    assert len(page.page.images.captions) == 3

    point_at(page.page.matrix, page.page.matrix.place_of((5, 3)).center().toPoint())
    assert page.page.sentence.words.startswith("1 five was predicted as a three")
    QApplication.sendEvent(page.page.matrix, QEvent(QEvent.Type.Leave))
    assert page.page.sentence.words.startswith("3 fours were predicted as nines")

    grid = page.page.images
    assert not page.page.send.isEnabled()
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place_of(1).center().toPoint())
    assert page.images == [201] and grid.marked == 1
    assert page.page.detail.words == "Test image 201, a 4, predicted as a nine, probability 98.28 %."
    page.page.send.click()
    ((picture, words),) = page.sent
    assert words == "Test image 201, a 4" and picture[0, 0] == 201
    page.page.all.click()
    assert grid.marked == page.wanted[-1].index(201)
    page.click((5, 3))
    assert grid.marked is None and not page.page.send.isEnabled()


def test_the_cell_stays_while_the_network_changes_and_no_image_is_asked_for_twice(page):
    page.click((4, 9))
    asked = len(page.wanted)
    page.page.show_mistakes(found([*zip(many().labels, many().answers, strict=True)], sure=many().probabilities / 2))
    assert len(page.wanted) == asked
    assert page.page.images.captions == ("9 · 49.3 %", "9 · 49.1 %", "9 · 49.0 %")
    better = [(label, label if number == 201 else answer)
              for number, (label, answer) in enumerate(zip(many().labels, many().answers, strict=True))]  # fmt: skip
    page.page.show_mistakes(found(better))
    assert page.page.cell == (4, 9) and page.wanted[-1] == [202, 200]


def test_the_order_by_similarity_holds_until_it_is_chosen_again(page):
    page.choose("order.similar")
    order = page.page.matrix.order
    assert order == many().order.tolist()
    other = found([(n, n) for n in range(10)] + [(0, 8), (8, 0)])
    page.told = other
    page.page.show_mistakes(other)
    assert page.page.matrix.order == order
    page.choose("order.number")
    assert page.page.matrix.order == list(range(10))
    page.choose("order.similar")
    assert page.page.matrix.order == other.order.tolist() != order


def test_a_cell_of_thousands_shows_as_many_as_can_be_looked_through_and_without_mistakes_there_are_none(qtbot):
    crowd = Page(qtbot, found([(0, 1)] * 1500))
    assert len(crowd.wanted[0]) == 1000 and crowd.wanted[0][0] == 1499
    assert crowd.figure() == "1,000 of 1,500"
    none = Page(qtbot, found([(0, 0), (1, 1)]))
    assert none.page.images.captions == () and none.figure() == "0"
    none.page.grab()
    none.page.forget()
    none.page.grab()
    assert none.page.sentence.words == ""
