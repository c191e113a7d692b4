"""The guide by itself: menu and keys, pages that open and put back, progress that is kept, and where the card lies."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QPushButton, QTextBrowser, QWidget

from engine.core.language import LANGUAGES, tr
from engine.core.messages import read_only
from engine.session.jobs.kept import keep_lesson
from gui.look.focus_ring import Ring
from gui.look.layout import SPRING, vbox
from gui.look.theme import theme
from gui.shell.lesson.guide import STRIP, WIDTH, Guide
from gui.shell.lesson.pages import Page, Question
from gui.state.settings import load_settings
from gui.widgets import heard
from gui.widgets.forms.controls import Segments
from gui.widgets.tab import Tab
from tests.gui.conftest import get_ready
from tests.gui.fake_engine import fake_prepare
from tests.gui.room import cut_off
from tests.gui.session_messages import opened, summary
from tests.gui.shell.lesson.conftest import answer
from tests.gui.training_messages import epoch, started
from tests.gui.worlds import WindowWorld
from tests.pseudo import spoken

FIRST = """
title = "First"

[[page]]
text = "Look at the list of runs."
opens = [
    { act = "tab", title = "Train" }, { act = "choose", widget = "train.pages", key = "runs" },
    { act = "label", number = 3 },
]
marks = ["train.pages"]

[[page]]
text = "Train."
opens = [{ act = "tab", title = "Train" }]
marks = ["run.start"]
goal = { wait = "epochs", count = 2 }

[page.asks]
question = "How good?"
answers = ["Bad", "Good & right"]
right = 2
reply = "It reads {figure}."
"""

SECOND = """
title = "Second"

[[page]]
text = "Choose Runs."
opens = [{ act = "tab", title = "Train" }]
goal = { wait = "chosen", widget = "train.pages", key = "runs" }
"""


DRAWS = """
title = "Drawing"

[[page]]
text = "Draw a 9."
opens = [{ act = "tab", title = "Draw" }]
goal = { wait = "read_as", label = 9 }

[page.asks]
question = "How probable?"
answers = ["High", "Low"]
reply = "It is {figure}."
"""

# The answer to each drawing with its probability, and what the card says then.
DRAWINGS = [(9, 0.9, "It is 90.00 %."), (9, 0.8, "It is 80.00 %."), (4, 0.7, "Before: It is 80.00 %.")]


class TabWithPages(Tab):
    TITLE, PLACE, ORDER, SHORTCUT, HELP = "Train", "Train", 20, "Ctrl+2", "Has pages."

    def __init__(self, *models):
        super().__init__(*models)
        pages = Segments("train.pages", {"settings": ("Settings", ""), "runs": ("Runs", "")})
        vbox(pages, SPRING, edges="large", on=self)


pytestmark = pytest.mark.tabs.with_args(TabWithPages)  # a class alone would be marked itself


@pytest.fixture
def world(tell):
    return tell(FIRST, SECOND).wait_until_open()


def key(world, key, modifier=Qt.KeyboardModifier.AltModifier):
    QTest.keyClick(world.window, key, modifier)


def test_a_page_opens_what_it_speaks_of_and_puts_it_back_unless_a_person_changed_it(world):
    pages = world.find(Segments, "train.pages")
    assert (world.tab, pages.key, world.selection.label) == ("Train", "runs", 3)
    assert world.text("text") == "Look at the list of runs."
    world.click("fold")
    assert (world.tab, pages.key, world.selection.label) == ("Draw", "settings", None)
    assert not world.lesson.is_open and not world.rings()

    key(world, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    assert world.lesson.is_open
    world.selection.change(label=7)
    pages.choose("settings")
    world.window.show_tab("Draw")
    world.click("next")
    assert world.selection.label == 7
    world.click("fold")
    assert world.tab == "Draw"


def test_the_card_names_its_place_and_leads_back_to_what_it_speaks_of(world):
    where, pages = world.guide.where, world.find(Segments, "train.pages")
    assert where.text() == "Train" and not where.isEnabled()
    pages.choose("settings")
    world.window.show_tab("Draw")
    assert where.text() == "Go to Train" and where.isEnabled()
    world.click("where")
    assert (world.tab, pages.key) == ("Train", "runs") and where.text() == "Train"
    world.click("fold")
    assert (world.tab, pages.key) == ("Draw", "settings")


def test_what_two_pages_open_stays_open_between_them(tell):
    world = tell(FIRST.replace('text = "Train."\nopens = [', 'text = "T."\nopens = [{ act = "label", number = 3 }, '))
    labels = []
    world.wait_until_open().selection.changed.connect(lambda _: labels.append(world.selection.label))
    world.click("next")
    assert world.place == (0, 1) and set(labels) <= {3}
    world.click("fold")
    assert world.selection.label is None


def test_pages_turn_by_buttons_and_keys_from_the_first_to_the_last(world):
    assert not world.guide.back.isEnabled()
    key(world, Qt.Key.Key_PageDown)
    assert world.place == (0, 1) and world.text("place") == "Chapter 1 of 2 · page 2 of 2"
    world.click("next")
    assert world.place == (1, 0) and world.guide.chapter.currentText() == "2  Second"
    assert world.text("place") == "Chapter 2 of 2 · page 1 of 1"
    key(world, Qt.Key.Key_PageUp)
    assert world.place == (0, 1)
    world.guide.chapter.setFocus()
    QTest.keyClick(world.guide.chapter, Qt.Key.Key_Down)
    assert world.place == (1, 0) and world.guide.next.text() == "Finish"
    world.click("next")
    assert not world.lesson.is_open
    for is_open in (True, False):
        key(world, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
        assert world.lesson.is_open is is_open and world.place == (1, 0)


def test_a_lesson_of_one_chapter_has_pages_only(tell):
    world = tell(FIRST).wait_until_open()
    assert world.text("place") == "Page 1 of 2"


def test_a_goal_is_waited_for_and_its_figure_stands_beside_the_guess(world):
    world.click("next")
    assert world.guide.next.text() == "Skip" and world.text("reply") == ""
    assert world.text("goal") == "Goal: a run of your own has trained for 2 epochs."
    world.click("answer.2")
    world.say(started(run="B", steps_per_epoch=10), epoch(1, run="B", step=10, test_accuracy=0.4))
    assert world.text("goal").endswith("(now 40.00 %).") and world.text("reply") == ""
    world.say(epoch(2, run="B", step=20, test_accuracy=0.9))
    assert world.text("reply") == "You guessed: Good & right. Right. It reads 90.00 %."
    assert world.text("goal").startswith("Goal reached: ") and world.guide.next.text() == "Next"
    world.click("answer.1")
    assert world.text("reply").startswith("You guessed: Good & right."), "it is too late to guess"
    assert not world.guide.answers[0].isChecked() and world.guide.answers[1].isChecked()
    world.say(epoch(3, run="B", step=30, test_accuracy=0.1))
    world.click("next")
    world.click("back")
    assert world.text("reply") == "You guessed: Good & right. Right. Before: It reads 90.00 %.", "once met, met"

    world.lesson.go(1)
    assert not world.lesson.measured.met
    QTest.mouseClick(world.find(QAbstractButton, "train.pages.runs"), Qt.MouseButton.LeftButton)
    assert world.text("goal").startswith("Goal reached") and world.lesson.measured.met


def test_a_figure_is_that_of_the_moment_and_an_answer_keeps_the_focus(tell):
    """What the card says of a drawing is what the tab says of it, also once the drawing is another one."""
    world = tell(DRAWS).wait_until_open()
    world.say(started())
    world.click("answer.2")
    assert world.guide.answers[1].hasFocus()
    for number, (label, probability, reply) in enumerate(DRAWINGS, 1):
        picture = read_only(np.full((28, 28), number / 9, np.float32))
        world.selection.show_drawing(picture)
        world.say(answer(picture, label, probability))
        assert world.text("reply") == f"You guessed: Low. {reply}"
        assert world.guide.answers[1].hasFocus(), "also where the goal is met meanwhile"
    assert world.application.sessions.lesson["done"] == {"Drawing 1": "90.00 %"}, "not written at each stroke"


def test_how_far_the_lesson_is_lies_in_the_session_and_comes_back_with_it(world, qtbot, monkeypatch, tmp_path):
    stored, submit, sessions = [], world.application.bridge.submit, world.application.sessions

    def listen(make, *args, **kwargs):
        if make is keep_lesson:
            stored.append(args[0])
        return submit(make, *args, **kwargs)

    monkeypatch.setattr(world.application.bridge, "submit", listen)
    world.click("next")
    world.say(opened(runs=[summary()]))  # which has no lesson
    assert world.place == (0, 1) and sessions.view()["lesson"]["place"] == "First 2"
    world.click("answer.2")
    world.click("answer.1")
    qtbot.waitUntil(lambda: bool(stored) and stored[-1]["guesses"] == {"First 2": 0})
    view = sessions.view()
    assert stored[-1]["place"] == view["lesson"]["place"] == "First 2" and view["lesson"]["guesses"] == {"First 2": 0}
    before = {"lesson": {**view["lesson"], "place": [0, 1], "guesses": {"0.1": 0}, "done": {"0.1": "8 %"}}}  # earlier
    for known, done in ((before, {"First 2": "8 %"}), (view, {})):
        world.lesson.go(1)
        world.say(opened(runs=[summary()], view=known))
        assert world.place == (0, 1) and world.find(QPushButton, "lesson.answer.1").isChecked()
        assert world.tab == "Train" and sessions.view()["lesson"]["done"] == done

    world.say(started(run="B", steps_per_epoch=10), epoch(2, run="B", step=20, test_accuracy=0.9))
    qtbot.waitUntil(lambda: stored[-1]["done"] == {"First 2": "90.00 %"})
    count = len(stored)
    world.say(epoch(3, run="B", step=30, test_accuracy=0.95))
    world.click("fold")
    qtbot.waitUntil(lambda: len(stored) == count + 1)
    assert stored[-1] == {**stored[-2], "open": False}, "nothing else has changed"
    sessions.is_bundled = True  # which nobody writes
    key(world, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    world.click("back")
    assert load_settings(tmp_path / "settings.json").lesson["place"] == "First 1"


STRANGE = [  # what a session's file may say of the lesson, and must not lead anywhere
    5,
    {},
    {"place": [0, 1]},
    {"place": [True, 0]},
    {"place": [9, 0]},
    {"place": [0, -1]},
    {"place": "01"},
    {"place": "First 3"},
    {"place": [[], {}]},
    {"place": [1, 0], "guesses": {"0.1": 9, "x": 0, "0.0": 0, 3: 1}, "done": {"0.0": "x", "0.1": "x" * 999}},
    {"place": [1, 0], "guesses": 3, "done": [4]},
]


def test_what_a_strangers_session_says_of_the_lesson_leads_nowhere_else(world):
    for known in STRANGE:
        if isinstance(known, dict) and known and known != {"place": [0, 1]}:
            known["lesson"] = "0.toml 1.toml"
        world.say(opened(runs=[summary()], view={"lesson": known}))
        assert world.place in ((0, 0), (1, 0)) and world.lesson.is_open, known
        noted = world.application.sessions.view()["lesson"]
        assert noted["guesses"] == {} and noted["done"] == {}, known


def test_the_file_menu_opens_lessons_and_a_wrong_one_is_refused_in_a_sentence(tell, qtbot, tmp_path, monkeypatch):
    world = tell(FIRST.replace('marks = ["run.start"]', 'marks = ["run.nothing"]'))
    lesson, history = world.lesson, world.application.notices.history
    qtbot.waitUntil(lambda: bool(history))
    assert history[-1].sentence == "0.toml: chapter First, page 2 names a widget “run.nothing”, which there is not."
    assert not lesson.is_open
    mine = tmp_path / "mine.toml"
    mine.write_text(SECOND)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(mine)], "Lessons (*.toml)"))
    world.application.actions["teach.open"].trigger()
    qtbot.waitUntil(lambda: lesson.is_open)
    assert lesson.chapters[0].title == "Second"
    mine.write_text('title = "T"\n[[page]]\ntext = x\n')
    world.application.actions["teach.open"].trigger()
    qtbot.waitUntil(lambda: history[-1].sentence.startswith("mine.toml is not TOML: "))
    assert lesson.is_open and lesson.chapters[0].title == "Second", "which is still open"


@pytest.mark.usefixtures("few_tabs")
def test_the_lesson_is_offered_once_and_open_again_where_it_was_open_at_the_end(
    make_application, monkeypatch, qtbot, tmp_path
):
    def begin():
        return get_ready(make_application(size=(1280, 720), bundled=tmp_path / "bundled.layerlight"))

    (tmp_path / "ours.toml").write_text(SECOND)
    monkeypatch.setattr("gui.shell.lesson.pages.FOLDER", tmp_path)
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    first = begin()
    qtbot.waitUntil(lambda: first.notices.current is not None and first.notices.current.offer is not None)
    QTest.mouseClick(first.window.findChild(QPushButton, "status.notice.offer"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: first.lesson.is_open)
    assert first.settings.lesson_offered and first.notices.current is None
    first.window.close()
    second = begin()
    qtbot.waitUntil(lambda: second.lesson is not None)
    assert second.settings.lesson_offered and second.notices.current is None

    lesson, sessions = second.lesson, second.sessions
    known = {"lesson": "", "place": "Second 1", "open": True}
    WindowWorld(second).say(opened(runs=[summary()], view={"lesson": known}))
    qtbot.waitUntil(lambda: lesson.is_open)
    lesson.fold()
    assert sessions.lesson["open"] is False
    lesson.toggle()
    second.window.close()
    assert sessions.lesson["open"] is True and not lesson.is_open, "the next start opens it again"


def test_a_term_on_a_page_leads_to_the_glossary_of_the_help(tell, qtbot):
    world = tell(FIRST.replace('text = "Train."', 'text = "Watch the loss & the <i>loss</i>."')).wait_until_open()
    world.click("next")
    assert world.text("text") == 'Watch the <a href="loss">loss</a> &amp; the &lt;i&gt;loss&lt;/i&gt;.'
    world.find(QLabel, "lesson.text").linkActivated.emit("loss")
    text = world.find(QTextBrowser, "help.text")
    qtbot.waitUntil(lambda: "loss" in text.cursorForPosition(QPoint(20, 20)).block().text())


def press(world, widget, place=None):
    """As the mouse does it: through the window's system window."""
    point = widget.mapTo(world.window, place or widget.rect().center())
    QTest.mouseClick(world.window.windowHandle(), Qt.MouseButton.LeftButton, pos=point)


def test_the_card_lies_beside_the_tabs_or_upon_them_never_on_what_it_marks_and_grows_with_its_letters(world, qtbot):
    tabs, guide, rail = world.window.tabs, world.guide, world.window.rail
    for size in ((1280, 720), (1024, 600), (1006, 520)):
        world.window.resize(*size)
        world.click("next")
        world.click("back")
        is_beside = size[0] - WIDTH >= 1006
        qtbot.waitUntil(lambda is_beside=is_beside: (tabs.x() == rail.width() + WIDTH) is is_beside)
        qtbot.waitUntil(lambda: len(world.rings()) == 1)
        (ring,) = world.rings()
        qtbot.waitUntil(lambda ring=ring: not ring.geometry().intersects(guide.geometry()))
        assert world.window.rect().contains(guide.geometry()) and guide.width() <= 300
        assert guide.x() >= rail.width(), "the places stay free"
        if is_beside:
            press(world, world.find(QWidget, "train.pages.runs"))
            assert not guide.is_aside and not world.find(QWidget, "lesson.aside").isVisible()
    world.click("aside")
    world.window.resize(1280, 720)
    qtbot.waitUntil(lambda: tabs.x() == rail.width() + WIDTH)
    assert not guide.is_aside and world.text("text") == "Look at the list of runs."
    wide = guide.width()
    theme().choose_text_size(200)
    for _ in range(2):
        key(world, Qt.Key.Key_PageDown)
        qtbot.waitUntil(lambda: not [each for each in cut_off(world.window) if each.startswith("lesson.")])
        assert guide.width() > wide
    theme().choose_text_size(100)
    world.click("fold")
    qtbot.waitUntil(lambda: tabs.x() == rail.width())


def test_in_a_small_window_the_card_is_put_aside_by_whoever_goes_on_in_the_tab(world, qtbot):
    world.window.resize(1024, 600)
    world.click("next")
    tabs, guide, strip = world.window.tabs, world.guide, STRIP
    qtbot.waitUntil(lambda: tabs.x() == world.window.rail.width() + strip)
    assert not guide.is_aside and guide.width() > 200
    where = tabs.geometry()
    press(world, tabs, QPoint(tabs.width() - 30, tabs.height() - 30))
    assert guide.is_aside
    press(world, world.find(QWidget, "train.pages.runs"))
    assert guide.is_aside and world.find(Segments, "train.pages").key == "runs"
    assert guide.geometry().right() < tabs.mapTo(world.window, tabs.rect().topLeft()).x()
    assert tabs.geometry() == where
    assert world.text("strip.place") == "2/2" and world.find(QLabel, "lesson.strip.sign").isVisible()
    press(world, world.find(QWidget, "lesson.unfold"))
    assert not guide.is_aside and world.text("text") == "Train."
    press(world, world.find(QLabel, "lesson.text"))
    assert not guide.is_aside
    press(world, world.find(QWidget, "lesson.aside"))
    assert guide.is_aside and tabs.geometry() == where

    world.say(started(run="B", steps_per_epoch=10), epoch(1, run="B", step=10, test_accuracy=0.4))
    assert guide.is_aside
    world.say(epoch(2, run="B", step=20, test_accuracy=0.9))
    assert not guide.is_aside and world.text("reply") == "It reads 90.00 %.", "a goal that is met brings it back"
    guide.next.setFocus()
    world.find(QWidget, "train.pages.runs").setFocus()
    assert guide.is_aside, "the tab key reached the tab"
    assert world.guide.unfold.property("look") == "accent", "there is more to read"
    key(world, Qt.Key.Key_PageUp)
    assert not guide.is_aside and world.place == (0, 0)


@pytest.mark.tabs("train")
def test_what_is_marked_is_scrolled_into_sight(tell):
    chapter = FIRST.replace('"train.pages"]', '"train.noise"]').replace('key = "runs"', 'key = "settings"')
    world = tell(chapter).wait_until_open()
    world.window.resize(960, 520)
    world.click("next")
    world.click("back")
    noise = world.find(QWidget, "train.noise")
    world.qtbot.waitUntil(lambda: noise.visibleRegion().boundingRect() == noise.rect())


def colors_of(ring):
    """The colours of a ring's line along its upper edge, each once."""
    image = ring.grab().toImage()
    middle = round(ring.width_of_line() / 2 * image.devicePixelRatio())
    along = range(12, image.width() - 12)
    return {image.pixelColor(x, middle).name() for x in along if image.pixelColor(x, middle).alpha() == 255}


def test_rings_follow_what_they_mark_below_the_card_and_the_one_of_the_focus_above_it_is_another(world, qtbot):
    window = world.window
    world.guide.next.setFocus(Qt.FocusReason.TabFocusReason)
    for way in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
        key(world, way)
        stacked = [each for each in window.children() if isinstance(each, QWidget)]
        card = stacked.index(world.guide)
        assert stacked.index(world.find(Ring, "focus.ring")) > card > max(map(stacked.index, world.rings()))

    start = world.find(QPushButton, "run.start")
    for size in ((1280, 720), (1100, 640)):
        window.resize(*size)
        qtbot.waitUntil(
            lambda: [ring.geometry().center() for ring in world.rings()] == [start.mapTo(window, start.rect().center())]
        )

    world.guide.answers[0].setFocus(Qt.FocusReason.TabFocusReason)
    mark, focus = world.rings()[0], world.find(Ring, "focus.ring")
    assert (mark.pen().style(), focus.pen().style()) == (Qt.PenStyle.CustomDashLine, Qt.PenStyle.SolidLine)
    for choice in ("light", "dark"):
        theme().choose(choice)
        accent, own = theme().current.accent.lower(), theme().current.mark.lower()
        assert accent in colors_of(focus) and own not in colors_of(focus), choice
        assert own in colors_of(mark) and accent not in colors_of(mark), choice


def test_a_screen_reader_says_each_page_that_is_turned_to(tell, monkeypatch):
    said = []
    monkeypatch.setattr(
        heard.QAccessible, "updateAccessibility", lambda event: said.append(getattr(event, "message", str)())
    )
    QAccessible.setActive(True)
    world = tell(FIRST, SECOND).wait_until_open()
    world.lesson.turn(1)
    world.lesson.turn(1)
    world.lesson.fold()
    QAccessible.setActive(False)
    pages = [words for words in said if "page" in words]
    assert pages == [
        "First, page 1 of 2. Look at the list of runs.",
        "First, page 2 of 2. Train.",
        "Second, page 1 of 1. Choose Runs.",
    ]


LONG = "An answer that needs more than one line of a card"
ASKS = Page(text="One.", asks=Question(question="Which?", answers=("Short", LONG)))


@pytest.mark.parametrize("code", LANGUAGES)
def test_long_answers_take_lines_and_the_buttons_below_have_room_for_their_words(world, qtbot, code):
    with spoken(code):
        guide = Guide(world.window)
        guide.show_chapters(["One"])
        guide.show_page([ASKS], 0, 0)
        guide.resize(WIDTH, 600)
        guide.show()
        short, long, *_ = guide.answers
        assert short.text() == "Short" and "\n" in long.text() and long.text().split() == LONG.split()
        qtbot.waitUntil(lambda: short.height() < long.height())
        assert cut_off(guide) == []
        for title in ("Next", "Skip", "Finish"):
            guide.next.setText(tr(title))
            assert guide.next.width() >= guide.next.sizeHint().width(), title
