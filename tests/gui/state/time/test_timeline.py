"""The timeline moves the lens through the moments of a run, and keeps it on moments that are there."""

import dataclasses
import math
from functools import partial

import pytest
from PySide6.QtCore import QTimer
from training_messages import STEPS_PER_EPOCH, epoch, started, steps, whole_run

from engine.core.lens import Lens, Neuron, Share
from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept, Parent, RunChanged
from engine.session.jobs.runs import RunsTogether, bookmark, tell_run
from engine.studies.sweep.messages import RunGathered
from gui.state.lens_words import say_lens, say_mixture
from gui.state.time.timeline import Timeline
from gui.state.training.run_controls import moment_test
from tests.gui import session_messages, worlds
from tests.gui.session_messages import opened

EARLY = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377)


def train(session, spec, parent=None, on="auto"):
    yield


def summary(name="A", epochs=3, moments=None, **changes):
    told = {
        "epochs": tuple(epoch(number, name) for number in range(1, epochs + 1)),
        "losses": steps(1, epochs * STEPS_PER_EPOCH).losses,
        "moments": (*EARLY, *ends(epochs)) if moments is None else moments,
    }
    return session_messages.summary(name, **(told | changes))


def ends(epochs):
    return tuple(number * STEPS_PER_EPOCH for number in range(1, epochs + 1))


def changed(moments, run="A", bookmarks=None):
    return RunChanged(run=run, title="", color=0, pinned=True, moments=tuple(moments), bookmarks=bookmarks or {})


class World(worlds.World):
    def __init__(self):
        super().__init__(train=train)
        self.controls.state = "idle"
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        self.told = []
        self.timeline.changed.connect(lambda: self.told.append(self.timeline.position))

    def run(self, run="A", epochs=3, spec=None):
        """A run tells of so many epochs; the lens looks at it, live."""
        self.say(*whole_run(run, epochs, spec, EARLY))
        self.selection.change(lens=Lens(run))

    @property
    def moment(self):
        return self.selection.lens.moment


@pytest.fixture
def two(world):
    """A run of two epochs is looked at, live."""
    world.run(epochs=2)
    return world


@pytest.fixture
def three(world):
    world.run()
    return world


def test_without_a_run_there_is_nowhere_to_go(world):
    timeline = world.timeline
    for count in (-1, 1):
        timeline.move(count)
    timeline.live()
    timeline.go(5)
    timeline.play(True)
    timeline.set_bookmark("x")
    timeline.train_on()
    timeline.go_to_bookmark(forwards=True)
    assert world.selection.lens is None
    assert timeline.run is None and timeline.position == 0 and timeline.moment is None
    assert not timeline.film.playing and not world.runner.jobs


def test_live_is_where_the_run_has_come_to_and_a_moment_that_is_looked_at_stays_until_it_is_given_up(three):
    end = 3 * STEPS_PER_EPOCH
    assert three.timeline.is_live
    assert three.timeline.position == end
    three.say(steps(end + 1, 70))
    assert three.timeline.position == end + 70
    assert three.timeline.moment == end
    three.timeline.go(STEPS_PER_EPOCH)
    three.say(steps(end + 71, 70), MomentKept(run="A", step=4 * STEPS_PER_EPOCH))
    assert three.timeline.position == STEPS_PER_EPOCH
    assert not three.timeline.is_live

    three.selection.change(lens=Lens("A", 1000))
    assert three.moment == 1100, "between two it is the nearest one"
    three.say(changed((0, 550, 1650)))
    assert three.moment in (550, 1650)
    three.timeline.live()
    three.say(changed((0, 1650)))
    assert three.timeline.is_live


def test_a_way_ends_at_the_nearest_moment_and_changes_neither_run_nor_silenced_neurons(three):
    silenced = frozenset({Neuron(0, 7)})
    three.selection.change(lens=Lens("A", None, silenced))
    ways = (0, 0), (4, 3), (30, 34), (330, 377), (460, 377), (470, 550), (9e9, 1650), (-7, 0)
    for step, moment in ways:
        three.timeline.go(step)
        assert three.selection.lens == Lens("A", moment, silenced), step
    three.timeline.live()
    assert three.selection.lens == Lens("A", None, silenced)


def test_what_streams_in_is_told_ten_times_a_second_and_what_a_person_does_at_once(two, qtbot):
    two.told.clear()
    for first in range(1101, 1401, 3):
        two.say(steps(first, 3))
    assert two.told == []
    qtbot.waitUntil(lambda: bool(two.told))
    assert two.told == [1400]
    two.timeline.go(0)
    assert two.told == [1400, 0]


def test_one_after_the_other_and_from_one_name_to_the_next_each_in_words(three):
    def moments(ways):
        for way in ways:
            way()
            yield three.moment

    ways = [partial(three.timeline.move, count) for count in (-1, -1, -1, -1, -100, -1, 1, 10, -100)]
    assert list(moments(ways)) == [1100, 550, 377, 233, 0, 0, 1, 144, 0]
    three.timeline.go(math.inf)
    assert three.moment == 1650
    three.timeline.move(1)
    assert three.timeline.is_live

    three.say(changed((*EARLY, *ends(3)), bookmarks={1: "early", 1100: "late"}))
    back, forth = (partial(three.timeline.go_to_bookmark, forwards=forwards) for forwards in (False, True))
    assert list(moments([back, back, back, forth, forth])) == [1100, 1, 1, 1100, 1100]

    share = f"{100 * epoch(2).test_accuracy:.2f} % of the test images"
    for step, words in (
        (0, "epoch 0.0 · step 0"),
        (1, "early · epoch 0.002 · step 1"),
        (377, "epoch 0.7 · step 377"),
        (1100, f"late · epoch 2.0 · step 1,100 · {share}"),
        (1200, f"epoch 2.2 · step 1,200 · {share}"),
    ):
        assert three.timeline.run.say(step) == words


def test_the_film_begins_where_one_is_shows_every_moment_once_at_its_speed_and_ends_live(two):
    film, seen = two.timeline.film, []
    two.timeline.play(True)
    while film.playing:
        seen.append(two.moment)
        film.advance()
    assert seen == [*EARLY, 550]
    assert two.timeline.is_live
    two.timeline.go(377)
    two.timeline.play(True)
    assert two.moment == 377
    two.say(MomentKept(run="A", step=1650))
    for _ in range(2):
        film.advance()
    assert two.moment == 1100 and film.playing, "it catches up with a run that goes on"
    film.advance()
    assert two.timeline.is_live and not film.playing

    two.timeline.go(377)
    two.timeline.play(True)
    for speed in (20, 2):
        film.set_speed(speed)
        assert film.findChild(QTimer).interval() == 1000 / speed
    two.selection.change(lens=Lens("A", 377, frozenset({Neuron(0, 1)})))
    film.advance()
    assert film.playing and two.selection.lens == Lens("A", 550, frozenset({Neuron(0, 1)})), "neurons can be silenced"
    two.timeline.play(False)
    assert not film.playing


def test_what_a_person_does_ends_the_film(two):
    two.run("B", epochs=2)
    for act in (
        lambda: two.timeline.go(55),
        two.timeline.live,
        lambda: two.timeline.move(-1),
        lambda: two.selection.change(lens=Lens("A", 1)),
        lambda: two.say(opened(runs=[summary("B")])),
    ):
        two.timeline.play(True)
        two.timeline.film.advance()
        act()
        assert not two.timeline.film.playing

    two.timeline.play(True)
    lens = {"run": "B", "moment": two.moment, "silenced": [], "adjusted": []}
    two.say(opened(runs=[summary("B")], view={"lens": lens}))
    assert two.moment == lens["moment"] == 0 and not two.timeline.film.playing, "also where one stays at that moment"


def test_a_name_is_asked_of_the_engine_and_shown_when_it_answers(two):
    two.say(steps(1101, 200))
    two.timeline.set_bookmark("now")
    assert two.runner.jobs == [(bookmark, ("A", 1100, "now"))], "while live the newest kept moment gets it"
    two.timeline.go(550)
    two.timeline.set_bookmark("first epoch")
    assert two.runner.jobs[-1] == (bookmark, ("A", 550, "first epoch"))
    assert two.timeline.run.bookmarks == {}
    two.say(changed((*EARLY, *ends(2)), bookmarks={550: "first epoch"}))
    assert two.timeline.run.bookmarks == {550: "first epoch"}
    two.timeline.set_bookmark(None)
    assert two.runner.jobs[-1] == (bookmark, ("A", 550, None))


def test_a_run_goes_on_from_the_moment_that_is_looked_at(three):
    three.controls.set_spec_source(lambda: None)
    three.timeline.train_on()
    assert three.runner.jobs == [], "settings that are not valid train nothing"
    for moment, wanted, epochs in ((550, 40, 40), (1650, 3, 6), (1650, 4, 4), (377, 1, 1)):
        three.timeline.go(moment)
        three.controls.set_spec_source(lambda wanted=wanted: TrainSpec(epochs=wanted, dropout=0.2))
        three.timeline.train_on()
        assert three.asked(train)[-1] == (TrainSpec(epochs=epochs, dropout=0.2), Parent("A", moment))
        three.say(JobEnded(outcome="done"), job=three.controls.job())


def test_a_deleted_run_leaves_the_lens_to_the_newest_and_can_come_back(world):
    for run in "ABCD":
        world.run(run)
    world.timeline.go(0)
    for removed, lens in (("A", Lens("D", 0)), ("BD", Lens("C")), ("C", None)):
        world.say(RunsTogether(removed=tuple(removed)))
        assert world.selection.lens == lens
    world.say(RunsTogether(restored=(summary("C", epochs=1), summary("D", epochs=1))))
    assert world.selection.lens == Lens("D") and world.timeline.position == STEPS_PER_EPOCH


def test_where_a_run_was_stopped_is_asked_for_once_it_has_ended(world):
    world.run("A")
    before = len(world.runner.jobs)
    world.controls.stateChanged.emit("paused")
    assert len(world.runner.jobs) == before
    for _ in range(2):
        world.controls.stateChanged.emit("idle")
    assert world.runner.jobs[before:] == [(tell_run, ("A",)), (moment_test, ("A",))]
    world.say(changed((0, 550, 777)))
    assert world.bridge.runs.get("A").holds(777)


HALF = Share("B", 550, 0.5)


@pytest.fixture
def mixed(world):
    """Half of run B is mixed into run A as it was at epoch 1."""
    world.run("B")
    world.run("A")
    world.selection.change(lens=Lens("A", 550, frozenset({Neuron(0, 3)}), mixed=(HALF,)))
    return world


def test_one_goes_along_the_road_between_two_networks_and_a_mixture_is_said_in_words(mixed):
    small_print = say_lens(mixed.runs, mixed.selection.lens)
    wanted = "Run A · epoch 1.0 · step 550 · 50 % of the way to run B, epoch 1.0 · 1 silenced (layer 1: 3)"
    assert small_print == wanted and mixed.timeline.mixture == (HALF,)
    for wanted, place in ((0.25, 0.25), (-1, 0.0), (7, 1.0)):
        mixed.timeline.go_along(wanted)
        assert mixed.selection.lens == Lens("A", 550, frozenset({Neuron(0, 3)}), mixed=(HALF._replace(weight=place),))
    for shares in ((), (HALF, HALF)):
        lens = Lens("A", 550, mixed=shares)
        mixed.selection.change(lens=lens)
        mixed.timeline.go_along(0.25)
        assert mixed.selection.lens == lens, "of one or several there is no road"

    for shares, words in (
        ((), ""),
        ((HALF,), "50 % of the way to run B, epoch 1.0"),
        ((Share("B", None, 0.4, matched=True),), "40 % of the way to run B, neurons matched"),
        ((HALF, Share("A", 0, 0.25)), "mixed with 50 % run B, epoch 1.0 and 25 % run A, epoch 0.0"),
    ):
        assert say_mixture(mixed.runs, Lens("A", 550, mixed=shares)) == words


def test_back_is_the_run_as_it_was_left_and_every_way_through_time_ends_a_mixture(mixed):
    lens, timeline = mixed.selection.lens, mixed.timeline
    timeline.unmix()
    assert mixed.selection.lens == Lens("A", 550, frozenset({Neuron(0, 3)}))
    for way in (partial(timeline.move, -1), partial(timeline.move, 1), partial(timeline.go, 0), timeline.live):
        mixed.selection.change(lens=lens)
        way()
        assert mixed.selection.lens.mixed == () and mixed.selection.lens.silenced

    mixed.selection.change(lens=Lens("A", mixed=(HALF,)))
    assert not timeline.is_live, "it is not the latest even of a run that is looked at live"
    timeline.live()
    assert timeline.is_live and mixed.selection.lens == Lens("A")

    mixed.selection.change(lens=lens)
    timeline.play(True)
    assert timeline.film.playing and not timeline.mixture
    mixed.selection.change(lens=lens)
    assert not timeline.film.playing, "a mixture ends the film"

    mixed.say(RunsTogether(removed=("B",)))
    assert mixed.selection.lens == Lens("A", 550, frozenset({Neuron(0, 3)})), "it ends with the run that is mixed in"


def test_an_average_of_the_last_snapshots_is_a_mixture_of_equal_shares_that_ends_as_any_other(mixed):
    mixed.selection.change(lens=Lens("A", 1100, frozenset({Neuron(0, 3)})))
    mixed.timeline.average(4)
    shares = tuple(Share("A", step, 0.25) for step in (550, 377, 233))
    assert mixed.selection.lens == Lens("A", 1100, frozenset({Neuron(0, 3)}), mixed=shares)
    assert say_mixture(mixed.runs, mixed.selection.lens) == "average of 4 snapshots, epoch 0.4 to epoch 2.0"
    mixed.timeline.average(2)
    assert mixed.selection.lens.mixed == (Share("A", 550, 0.5),)
    mixed.timeline.unmix()
    assert mixed.selection.lens == Lens("A", 1100, frozenset({Neuron(0, 3)}))
    mixed.timeline.live()
    mixed.timeline.average(2)
    assert mixed.selection.lens.moment == mixed.runs["A"].steps[-1], "what trains on does not move it"
    mixed.timeline.unmix()
    assert mixed.timeline.is_live, "as it was left: no snapshot stays pinned in place of the latest"

    mixed.timeline.go(1)
    assert mixed.timeline.latest(8) == [0, 1], "of what lies behind alone"
    mixed.timeline.go(0)
    before = mixed.selection.lens
    mixed.timeline.average(2)
    assert mixed.timeline.latest(8) == [0] and mixed.selection.lens == before


def test_the_runs_of_an_experiment_leave_one_where_one_looks_if_anywhere(world):
    def begin(run):
        return dataclasses.replace(started(run), group="Roads")

    world.say(begin("A"), begin("B"))
    assert world.selection.lens == Lens("A")
    world.say(started("C"))
    assert world.selection.lens == Lens("C"), "a run that a person has started is looked at"
    world.say(opened())
    world.say(RunGathered(summary=summary("A")), RunGathered(summary=summary("B")))
    assert world.selection.lens == Lens("A")
