"""What holds for every tab there is: it is found, it says what it is, and it asks, follows, refuses as all do."""

import contextlib
import functools
import importlib.util
import itertools
import pkgutil
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollBar,
    QWidget,
)

import gui.tabs
from engine.analysis.ideal.job import paint_ideal
from engine.analysis.probes.pruning import known_pruning, prune
from engine.analysis.warmup.job import learn_inverse
from engine.core.errors import NotYetError, UserError
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded, JobFailed
from engine.core.preload import import_tensorflow
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.export.scripts.parts.show_code import CodeShown, show_code
from engine.export.scripts.parts.tabs import has_script, script_module
from engine.model.training.messages import MomentKept
from engine.model.training.run import ENDED_EARLY, Moment
from engine.session.jobs.data import EngineReady
from engine.session.session import Session
from engine.studies.sweep.messages import RunGathered
from gui.look.arrows import ARROWS
from gui.look.theme import theme
from gui.shell.help.explain import explanation_of, title_of
from gui.shell.help.help_texts import all_keys, explanations, sequences
from gui.shell.menus.actions import table
from gui.shell.process.tab_building import tab_in
from gui.stage.stage import scenes_of
from gui.state.notices import Notices
from gui.widgets.empty_state import NetworkOffer
from gui.widgets.figures.figure import content
from gui.widgets.forms.fold import Fold
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.veil import LATE_MS
from tests.gui.fake_engine import dataset_opened
from tests.gui.key_code import ROOT, classes_in, keys_of_class
from tests.gui.mouse import right_click
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch
from tests.gui.worlds import Keeper, TabWorld

NAMES = sorted(package.name for package in pkgutil.iter_modules(gui.tabs.__path__))
TABS = {name: tab_in(f"gui.tabs.{name}") for name in NAMES}
STEPS = (0, 12, 24)
REFUSAL = "The engine does not do that."

# their picture is of the run itself; what they ask for stands beside it, and is refused in the line below
ASIDE = {"train"}

NEED_NO_NETWORK = {"data", "experiments", "warmup"}  # there is something to see all the same

# how the painting goes, and what is drawn: no picture of a network
AT_WORK = {"ideal.taken", "ideal.sentence", "ideal.speed", "draw.receives.picture", "draw.receives.caption"}

OTHERS = ("other", *"BCDEFGHIJ")  # names of other classes

ON_THE_WAY = {prune, known_pruning}  # their answers depend on what was measured before

# to the end, and the same on every machine: in 300 turns of a few steps each they would not come far
PACE = {learn_inverse: {"steps_per_turn": 5_000.0}, paint_ideal: {"steps_per_turn": 100.0}}

# another moment, a silenced neuron, another run
LENSES = [Lens("A", 12), Lens("A", None, frozenset({Neuron(0, 3)})), Lens("B")]


def add_run(session, noise, started, **settings):
    """Add a run of drawn weights, made without TensorFlow."""
    run = session.new_run(TrainSpec(**settings), steps_per_epoch=12)
    run.started = started  # what the engine keeps of one test's networks serves the next test
    widths = [784, *(layer.width for layer in run.spec.hidden), 10]
    for step in STEPS:
        shapes = [shape for pair in itertools.pairwise(widths) for shape in (pair, pair[1:])]
        drawn = tuple(noise.normal(0, 0.1, shape).astype(np.float32) for shape in shapes)
        run.moments[step] = Moment(step=step, weights=drawn, optimizer=())


@functools.cache
def few_digits():
    """A quarter of the embedded sample."""
    data, parts = open_sample(), ("train_images", "train_labels", "test_images", "test_labels")
    return replace(data, **{part: getattr(data, part)[::4].copy() for part in parts})


def made_session(data):
    """A session with two runs."""
    session, noise = Session(data), np.random.default_rng(1)
    for layers in ("20, 12", "16"):
        add_run(session, noise, started=1.0, layers=layers)
    return session


def turns(job, pace):
    """What a job yields, 300 times at most, at that pace if any."""
    yield from itertools.islice(job, 1)
    with contextlib.suppress(StopIteration):
        yield job.send(pace)
    yield from itertools.islice(job, 298)


def question(make, args, kwargs):
    """A key that is the same for the same question; `None` where there is none."""
    values = (*args, *itertools.chain(*sorted(kwargs.items())))
    key = (make, *(each.tobytes() if isinstance(each, np.ndarray) else each for each in values))
    with contextlib.suppress(TypeError):
        hash(key)
        return None if make in ON_THE_WAY else key
    return None


_descents = {}  # the answers of the warm-up, which knows no session, and takes a second


class AnsweringWorld(TabWorld):
    """A tab, and an engine that does in the test's own thread what is asked of it, when it is let."""

    heard = None  # what the engine has answered in other such worlds, by the question

    def __init__(self, qtbot, kind):
        super().__init__(qtbot, kind)
        self.answered = 0
        self.too_early = set()  # what was asked before there was an answer, by the function that makes the job

    def settle(self, do=None):
        """Let the engine do or refuse what is asked until nothing is any more, also after answers are painted."""
        do = do or self.answer_it
        idle = 0
        for _ in range(60):
            self.clock.advance(500)
            QCoreApplication.processEvents()
            idle = idle + 1 if self.answered == len(self.runner.submitted) else 0
            if idle == 2:
                break
            while self.answered < len(self.runner.submitted):
                self.answered += 1
                do(self.answered)

    def refuse(self, number):
        """Refuse what was asked."""
        self.say(JobFailed(sentence=REFUSAL), JobEnded(outcome="failed"), job=number)

    def answer_it(self, number):
        """Do what was asked."""
        make, args, kwargs = self.runner.submitted[number - 1]
        end = JobEnded(outcome="done")
        try:
            for message in self._told(make, args, kwargs):
                if message is not None:
                    self.say(message, job=number)
        except NotYetError:  # ends quietly, as on the engine's thread
            self.too_early.add(make)
        except UserError as error:
            self.say(JobFailed(sentence=error.sentence, hint=error.hint), job=number)
            end = JobEnded(outcome="failed")
        self.say(end, job=number)

    def _told(self, make, args, kwargs):
        answers = _descents if make is learn_inverse else self.heard
        key = None if answers is None else question(make, args, kwargs)
        if key is not None and key in answers:
            yield from answers[key]
            return
        told = []
        for message in turns(make(self.session, *args, **kwargs), PACE.get(make)):
            told.append(message)
            yield message
        if key is not None:
            answers[key] = told


class World(AnsweringWorld):
    def __init__(self, qtbot, kind, *, with_data=True, others=(), heard=None):
        import_tensorflow()  # or jobs would spend their turns waiting for it
        self.heard = self.heard if heard is None else heard
        self.session = self.new_session()
        data = self.session.dataset
        if others:
            self.session.runs["B"].classes = others
        if not with_data:
            self.session.replace_data(None)
        super().__init__(qtbot, kind)
        runs = [
            summary(name, spec=run.spec, moments=STEPS, steps_per_epoch=12, classes=run.classes)
            for name, run in self.session.runs.items()
        ]
        self.notices = Notices()
        self.notices.listen_to(self.bridge)
        if with_data:
            self.say(EngineReady(device="CPU"), self.data_opened())
        self.say(opened(runs=runs))
        picture = data.test_images[3]
        self.selection.send(picture, "a digit")
        self.go_back()
        for _ in scenes_of(self.tab).get("", lambda: iter(()))():
            self.settle()

    def new_session(self):
        return made_session(few_digits())

    def data_opened(self):
        """The messages about the data set."""
        return dataset_opened()

    def go_back(self):
        """Look at what was looked at in the beginning."""
        self.selection.change(lens=Lens("A"), neuron=Neuron(0, 2), image=5)
        self.settle()

    def lenses(self, first=0):
        """All lenses through which something was asked, from request number `first` on."""
        given = [(*args, *kwargs.values()) for _, args, kwargs in self.runner.submitted[first:]]
        return {each for values in given for each in values if isinstance(each, Lens)}

    def says(self, sentence):
        """Whether the sentence is to be seen, on a label or painted by a widget."""
        for each in self.tab.findChildren(QWidget):
            words = each.text() if isinstance(each, QLabel) else getattr(each, "sentence", "")
            if each.isVisible() and isinstance(words, str) and sentence in words:
                return True
        return False


class KnownWorld(World):
    """A world whose session no test changes: what was answered in one is not computed again for the next."""

    heard: ClassVar = {}


def key_uses(declared):
    """The object name, the keys and the sentence of each line."""
    return [(each.widget, keys, sentence) for each in declared for keys, sentence in each.does.items()]


def key_name(sequence):
    """What Qt calls a key, without its modifiers: `Key_Left`."""
    return sequence[0].key().name


def takes(tab, widget, sequence):
    if any(each.key() == sequence for each in tab.findChildren(QShortcut)):
        return True
    press = sequence[0]
    if press.key() == Qt.Key.Key_Menu:  # no key event, but what the desktop makes of it
        return "contextMenuEvent" in vars(type(widget))
    if isinstance(widget, QAbstractItemView) and press.key() in ARROWS:
        return True  # Qt's own, which a list does not take at its end
    QCoreApplication.sendEvent(widget, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    down = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(widget, down)  # some keys need something that is pointed at
    letter = sequence.toString().lower()[-1]
    event = QKeyEvent(QEvent.Type.KeyPress, press.key(), press.keyboardModifiers(), letter)
    QCoreApplication.sendEvent(widget, event)
    return event.isAccepted()


def seen_in(tab):
    """What is seen where a widget paints or says something, by the widget."""
    QCoreApplication.processEvents()
    image = tab.grab().toImage()
    parts = [each for each in tab.findChildren(QWidget) if isinstance(each, Painted | QLabel)]
    return {
        each: image.copy(QRect(each.mapTo(tab, QPoint()), each.size()))
        for each in parts
        if each.isVisible() and not each.visibleRegion().isEmpty()
    }


def is_blank(image):
    """Whether there is nothing in it."""
    blank = image.copy()
    blank.fill(image.pixelColor(0, 0))
    return blank == image


def open_others(world):
    """Open data of other classes whose images have another order."""
    world.heard = {}
    data = world.session.dataset
    others = replace(data, classes=OTHERS, test_images=data.test_images[::-1].copy())
    world.session.replace_data(others)
    world.say(replace(dataset_opened(), names=others.classes, fingerprint=others.fingerprint()))


CHANGES = {
    "silenced": lambda world: world.selection.change(lens=LENSES[1]),
    "snapshot": lambda world: world.selection.change(lens=Lens("A", 12)),
    "run": lambda world: world.selection.change(lens=Lens("B")),
    "data": open_others,
}


@pytest.fixture(scope="module")
def shared(qapp, name):
    """A tab for the tests that leave it as they find it."""
    keeper = Keeper()
    yield KnownWorld(keeper, TABS[name])
    keeper.close()


@pytest.mark.parametrize("name", NAMES, scope="module")
class TestTabContract:
    """Each test asks the same of every tab."""

    @pytest.fixture
    def world(self, shared):
        drawing = shared.selection.drawing
        yield shared
        shared.tab.resize(1280, 576)
        shared.tab.show()
        shared.selection.show_drawing(drawing)
        shared.go_back()

    def test_it_says_what_it_is_has_a_place_a_key_and_scenes_of_its_own_and_code_that_compiles(self, name, shared):
        """The scripts are run in tests/engine/export/scripts."""
        tab = TABS[name]
        assert tab.TITLE and tab.HELP.endswith(".") and shared.tab.objectName() == name
        for other in set(TABS.values()) - {tab}:
            assert tab.TITLE != other.TITLE and tab.ORDER != other.ORDER and tab.SHORTCUT != other.SHORTCUT
        taken = {key for row in table().rows.values() for key in row.shortcuts}
        assert QKeySequence(tab.SHORTCUT).count() == 1 and QKeySequence(tab.SHORTCUT) not in taken
        assert importlib.util.find_spec(f"gui.tabs.{name}.scene")
        shared.tab.take_focus(Qt.FocusReason.ShortcutFocusReason)
        assert shared.tab.window().focusWidget().objectName() in tab.FOCUS

        if not has_script(name):
            return
        script, settings = script_module(name), dict(shared.tab.code_settings())
        others = {"picture", "matrix", "neurons", "spec"}  # what is no setting, but said as well
        assert set(settings) <= {*script.Settings().as_dict(), *others}
        assert script.ORDER == tab.ORDER
        (code,) = filter(None, show_code(shared.session, shared.selection.lens, name, settings))
        assert isinstance(code, CodeShown) and code.tab == name
        compile(code.script, name, "exec")

    def test_shown_it_asks_about_each_new_lens_and_hidden_or_at_an_earlier_snapshot_it_follows_nothing(self, world):
        """Or it never asks through a lens."""
        followed = []
        for lens in LENSES:
            before = len(world.runner.submitted)
            world.selection.change(lens=lens)
            world.settle()
            followed.append(world.lenses(before))
        assert followed == ([{lens} for lens in LENSES] if world.lenses() else [set()] * len(LENSES))

        world.tab.hide()
        before = len(world.runner.submitted)
        for lens in (Lens("A", 12), Lens("A")):
            world.selection.change(lens=lens)
        world.clock.advance(10_000)
        assert len(world.runner.submitted) == before
        world.tab.show()
        world.settle()
        assert world.lenses(before) == ({Lens("A")} if world.lenses() else set()), "what it missed"

        world.tab.hide()
        before = len(world.runner.submitted)
        world.selection.change(neuron=Neuron(0, 4), image=7)
        world.selection.show_drawing(np.ones((28, 28), np.float32))
        world.say(epoch(1), MomentKept(run="A", step=24))
        world.clock.advance(10_000)
        assert len(world.runner.submitted) == before

        world.tab.show()
        world.selection.change(lens=Lens("A", 12))
        world.settle()
        before = len(world.runner.submitted)
        world.say(epoch(1), MomentKept(run="A", step=36))
        world.clock.advance(10_000)
        assert len(world.runner.submitted) == before

    def test_before_data_and_snapshots_it_asks_in_vain_and_says_why_without_a_warning(self, name, qtbot):
        """A session is opened before its data; a kill in the first epoch leaves a run without weights."""
        world = World(qtbot, TABS[name], with_data=False)
        too_early, before = set(world.too_early), len(world.runner.submitted)
        world.session.replace_data(few_digits())
        world.heard = dict(KnownWorld.heard)
        world.say(dataset_opened(), EngineReady(device="CPU"))
        world.settle()
        assert [line.text for line in world.notices.history] == []
        assert too_early <= {make for make, *_ in world.runner.submitted[before:]}

        run = world.session.new_run(TrainSpec(layers="16"), steps_per_epoch=12)
        run.is_beginning = False
        world.say(RunGathered(summary=summary("C", spec=run.spec, moments=(), steps_per_epoch=12)))
        before, why = len(world.runner.submitted), ENDED_EARLY.format(run="C")
        world.selection.change(lens=Lens("C"))
        world.settle()
        assert (Lens("C") in world.lenses(before)) == bool(world.lenses())
        assert world.says(why) == (name not in ASIDE and bool(world.lenses()))
        world.go_back()
        assert not world.says(why)

    def test_a_refusal_is_said_and_a_network_offered_where_the_picture_was_until_there_is_one(
        self, name, world, monkeypatch
    ):
        before = len(world.runner.submitted)
        world.selection.change(lens=Lens("B"))
        world.settle(world.refuse)
        asks = name not in ASIDE and Lens("B") in world.lenses(before)
        assert world.says(REFUSAL) or not asks

        wanted = []
        monkeypatch.setattr(world.controls, "start", lambda: wanted.append("a training"))
        world.tab.bundledWanted.connect(lambda: wanted.append("the bundled session"))

        def offers():
            return [each for each in world.tab.findChildren(NetworkOffer) if each.isVisible()]

        before = len(world.runner.submitted)
        world.selection.change(lens=None)
        world.settle()
        assert len(offers()) == (name not in NEED_NO_NETWORK) and not world.lenses(before)
        for offer in offers():
            assert offer.start.isEnabled() and offer.start.toolTip() and offer.bundled.toolTip()
            assert offer.width() >= offer.sizeHint().width()
            offer.start.click()
            offer.bundled.click()
            assert wanted == ["a training", "the bundled session"]
        world.selection.change(lens=Lens("A", 12))
        world.settle()
        assert not offers() and not (asks and world.says(REFUSAL))

    def test_what_a_person_operates_is_named_and_reached_by_keys_and_each_panel_is_explained(self, name, shared):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)
        operated = [
            each
            for each in shared.tab.findChildren(QWidget)
            if isinstance(each, kinds) or each.focusPolicy() & Qt.FocusPolicy.TabFocus
            if each.window() is shared.tab.window()  # the list of a drop-down field is a window of its own
            if not isinstance(each, QScrollBar) and type(each) is not QWidget  # which only holds others
            if not each.objectName().startswith("qt_")
        ]
        seen = [each.objectName() for each in operated]
        assert len(set(seen)) == len(seen)
        for each in operated:
            assert each.objectName().startswith(f"{name}."), each
            assert each.accessibleName(), each.objectName()
            assert each.toolTip() or not isinstance(each, kinds), each.objectName()
            assert each.focusPolicy() != Qt.FocusPolicy.NoFocus, each.objectName()

        for panel in shared.tab.findChildren(Panel):
            parts = [panel, *panel.findChildren(QWidget)]
            explained = [each for each in parts if explanation_of(each)]
            assert explained, panel.objectName()
            assert all(map(title_of, explained)), panel.objectName()
            for shown in panel.findChildren(Painted) + panel.findChildren(CurvePlot):
                assert any(each is shown or each.isAncestorOf(shown) for each in explained), shown.objectName()
        here = {each.name for each in map(explanation_of, shared.tab.findChildren(QWidget)) if each}
        assert here == {each for each in explanations() if each.partition(".")[0] == name}

    def test_another_theme_paints_it_as_made_in_it_its_keys_are_taken_and_each_panel_opens_its_menu(self, name, qtbot):
        own = KnownWorld(qtbot, TABS[name])

        def painted(world):
            seen = seen_in(world.tab).items()
            return {each.objectName(): image for each, image in seen if isinstance(each, Painted)}

        light = painted(own)
        theme().choose("dark")
        dark, other = painted(own), KnownWorld(qtbot, TABS[name])
        assert dark == painted(other)
        assert not [part for part in dark if dark[part] == light[part] and not is_blank(dark[part])]

        declared = all_keys()[name]
        places = [each.place for each in declared]
        assert len(set(places)) == len(places)
        for where, keys, sentence in key_uses(declared):
            widget = own.tab if where == name else own.tab.findChild(QWidget, where)
            assert widget is not None, where
            assert sentence.endswith(".") and all(each.count() == 1 for each in sequences(keys)), keys
            in_code = keys_of_class(type(widget))
            for each in sequences(keys):
                taken = takes(own.tab, widget, each)
                assert taken or key_name(each) in in_code, (where, each.toString())

        named = {key_name(each) for _, keys, _ in key_uses(declared) for each in sequences(keys)}
        for file in sorted((ROOT / "gui" / "tabs" / name).glob("*.py")):
            for kind, keys in classes_in(file).items():
                assert keys - named == set(), kind

        own.tab.resize(960, 420)  # so that what can scroll does
        for fold in own.tab.findChildren(Fold):
            fold.unfold()
        QCoreApplication.processEvents()
        scrolled = [bar for bar in own.tab.findChildren(QScrollBar) if bar.maximum() > bar.minimum()]
        for bar in [None, *scrolled]:
            if bar is not None:
                bar.setValue(bar.maximum())
            for panel in [each for each in own.tab.findChildren(Panel) if each.isVisible()]:
                assert isinstance(right_click(panel), QMenu), panel.objectName()
                if bar is not None and panel.isAncestorOf(bar):
                    numbers = panel.table()
                    assert numbers is None or numbers.columns, panel.objectName()
                    assert content(panel, ".svg")

    def test_what_will_change_is_marked_until_the_answer_has_come(self, name, qtbot):
        """At first is a quarter of a second: what follows sooner would only flicker."""
        world, stale = World(qtbot, TABS[name], others=OTHERS, heard=dict(KnownWorld.heard)), {}
        after = seen_in(world.tab)
        assert after
        for change, make in CHANGES.items():
            if change == "data":  # which would change the words of a map that was turned to fit the one of run B
                world.selection.change(lens=None)
                world.go_back()
                after = seen_in(world.tab)
            before = after
            make(world)
            world.clock.advance(LATE_MS - 1)
            assert world.tab.veils.marked == []
            world.clock.advance(1)
            late = seen_in(world.tab)
            world.settle()
            assert world.tab.veils.marked == []
            after = seen_in(world.tab)
            stale[change] = [
                each.objectName()
                for each in before.keys() & late.keys() & after.keys()
                if before[each] == late[each] != after[each] and not is_blank(late[each])
                if each.objectName() not in AT_WORK
            ]
        assert not any(stale.values()), stale
