"""The model of the runs: what it knows, what it says has changed, and that it hears each message before all others."""

import dataclasses
import weakref

import numpy as np
import pytest
from training_messages import STEPS_PER_EPOCH, epoch, started, steps

from engine.analysis.probes.weight_reading import read_weights
from engine.core.lens import Adjusted, Lens, Neuron, Share
from engine.core.messages import JobEnded, Message
from engine.core.specs import TrainSpec
from engine.model.training.messages import Diagnosis, EpochDone, MomentKept, Parent, RunChanged, RunStarted, StepsDone
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import RunsTogether
from gui.state.notices import Notices
from gui.state.selection import Selection
from gui.state.sessions import Sessions
from gui.state.settings import Settings
from gui.state.time.timeline import Timeline
from gui.state.training.runs import MOST_CHANGES, RunLook, RunsChanged
from gui.tabs.weights.tab import WeightsTab
from tests.gui.session_messages import opened, summary
from tests.gui.worlds import World, by_a_clock

A = Lens("A")


def changed(run="A", moments=(0, 5), bookmarks=None, title="", color=0, pinned=False):
    return RunChanged(run=run, title=title, color=color, pinned=pinned, moments=moments, bookmarks=bookmarks or {})


def only(**names):
    """The change of these runs alone; `only(looks="A")`."""
    return RunsChanged(**{field: frozenset(runs) for field, runs in names.items()})


@pytest.fixture
def world(qapp):
    made = World()
    made.told = []
    made.runs.changed.connect(made.told.append)
    yield made
    made.close()


@pytest.fixture
def runs(world):
    return world.runs


def test_a_run_that_has_begun_is_unborn_until_its_first_moment(world, runs):
    assert not runs.is_known(A) and not runs.is_known(None) and not runs.is_unborn(A)
    assert runs.hidden(None) == () and runs.width(A, 0) == 0 and runs.get("A") is None
    assert runs.seen(A) is None and runs.seen(None) is None and not runs.is_map(A, None)
    assert runs.newest() is None and runs.by_age() == runs.pinned() == list(runs) == []
    world.say(started())
    assert runs.is_known(A) and runs.is_unborn(A) and len(runs.hidden(A)) == 1
    world.say(MomentKept(run="A", step=0))
    assert not runs.is_unborn(A)
    world.say(MomentKept(run="A", step=5))
    first = only(moments="A", first_moments="A")
    assert world.told == [only(added="A"), first]
    assert world.told[0].appeared == first.appeared == {"A"}
    assert runs.get("A").titles()[0] == "the start" and set(runs.get("A").titles()) == {0, 5}
    world.say(changed(bookmarks={5: "knee"}))
    assert runs.get("A").titles()[5] == "knee"
    assert world.told[2:] == [only(moments="A")] and not world.told[2].appeared


def test_a_neuron_is_there_when_its_layer_is_wide_enough_and_of_a_convolution_a_feature_map(world, runs):
    world.say(opened(runs=[summary("A")]))
    width = runs.width(A, 0)
    assert width and runs.has(A, Neuron(0, width - 1)) and not runs.has(A, Neuron(0, width))
    assert not runs.has(A, Neuron(9, 0)) and world.told == [only(added="A")]
    world.say(started("B", spec=TrainSpec(layers="conv 16, 10")))
    are_maps = [runs.is_map(Lens("B"), neuron) for neuron in (Neuron(0, 3), Neuron(1, 3), Neuron(2, 0))]
    assert are_maps == [True, False, False]


def test_of_a_removed_run_layers_and_name_are_known_until_another_session_is_opened(world, runs):
    world.say(opened(runs=[summary("A", title="first"), summary("B")]))
    titles = runs.get("A").titles()
    world.say(RunsTogether(removed=("A",)))
    assert runs.get("A") is None and runs.is_known(A) and not runs.is_unborn(A)
    assert runs.label("A") == "A · first" and "A" not in runs and set(runs.looks()) == {"B"}
    world.say(RunsTogether(restored=(summary("A"),)))
    assert runs.get("A").titles() == titles
    assert world.told == [only(added="AB"), only(removed="A"), only(added="A")]
    world.say(RunsTogether(removed=("A",)), opened())
    assert runs.label("A") == "A" and not runs.is_known(A)
    assert world.told[-1] == only(removed="B")

    world.say(started(), steps(1, STEPS_PER_EPOCH))
    losses = weakref.ref(runs["A"].losses)
    assert losses() is not None
    world.say(RunsTogether(removed=("A",)))
    assert losses() is None and runs.is_known(A), "its losses are not kept"


def test_a_run_is_called_by_its_letter_until_it_has_a_title_and_older_by_that_letter(world, runs):
    assert runs.look("A") == RunLook("A") and runs.label("A") == "A"
    world.say(started(), changed(title="no dropout", color=4, pinned=True))
    assert runs.look("A") == RunLook("A", "no dropout", 4, True)
    assert (runs.label("A"), runs.look("A").tag) == ("A · no dropout", "no dropout")
    world.say(changed(title="a much longer story"))
    assert runs.look("A").tag == "A"
    assert runs.looks() == {"A": RunLook("A", "a much longer story")}

    for name in ("AA", "B"):
        world.say(started(name), changed(name, pinned=True))
    assert [run.name for run in runs] == ["A", "AA", "B"] and len(runs) == 3
    assert [run.name for run in runs.by_age()] == ["A", "B", "AA"] and runs.newest().name == "AA"
    assert [run.name for run in runs.pinned()] == ["B", "AA"]


def test_steps_and_epochs_are_known_and_not_signalled_as_they_come_often(world, runs):
    world.say(started())
    world.say(steps(1, STEPS_PER_EPOCH), epoch(1), MomentKept(run="A", step=0), MomentKept(run="A", step=550))
    run = runs.get("A")
    assert (run.newest, run.position, len(run.losses)) == (550, 1.0, 550)
    assert run.epochs == [epoch(1)] and run.test_at(549) is None and run.test_at(551) == epoch(1).tested
    assert run.steps == [0, 550]
    assert world.told == [only(added="A"), only(moments="A", first_moments="A")]


def test_the_best_epoch_is_the_first_that_reached_the_best_accuracy_and_a_loss_that_is_no_number_breaks_a_run(world):
    world.say(started())
    run = world.runs.get("A")
    assert run.best is None
    for number, accuracy in ((1, 0.9), (2, 0.95), (3, 0.95), (4, 0.8)):
        world.say(epoch(number, test_accuracy=accuracy))
    assert (run.best.test_accuracy, run.best.epoch) == (0.95, 2)
    assert not run.broke
    world.say(steps(6, 1, loss=float("nan")))
    assert run.broke and run.say_end().startswith("broke")


def test_a_run_that_is_told_as_a_whole_is_known_as_if_one_had_watched_it(world, runs):
    world.say(started(), steps(1, STEPS_PER_EPOCH), epoch(1), steps(STEPS_PER_EPOCH + 1, 7))
    watched = runs.get("A")
    world.say(opened(runs=[summary("A", losses=watched.losses, changes=((7, "dropout", 0.5),))]))
    told = runs.get("A")
    assert told is not watched
    for field in ("newest", "best", "spec", "dataset", "broke", "end", "steps_per_epoch"):
        assert getattr(told, field) == getattr(watched, field), field
    assert told.epochs == watched.epochs and np.array_equal(told.losses, watched.losses)
    assert told.diagnosis.ailment == "healthy" and told.live == {"dropout": 0.5}


def test_a_run_that_goes_on_has_its_own_settings_and_what_it_took_over(world, runs):
    taken = summary("B", parent=Parent("A", 550), moments=(0, 550))
    world.say(dataclasses.replace(started("B", TrainSpec(epochs=50)), resumed=taken))
    run = runs.get("B")
    assert (run.spec.epochs, run.parent, run.steps, run.newest) == (50, Parent("A", 550), [0, 550], 550)
    assert run.end == 50 * STEPS_PER_EPOCH


def test_what_ails_a_run_and_its_live_changes_are_known_with_what_they_were_before(world, runs):
    world.say(started(spec=TrainSpec(learning_rate=0.1)))
    assert runs.get("A").diagnosis is None
    said = Diagnosis(run="A", ailment="plateau", sentence="Rests.")
    world.say(said)
    runs.note_live("A", {"dropout": 0.3})
    runs.note_live("Q", {"dropout": 0.3})
    assert runs.get("A").diagnosis == said and runs.get("A").live == {"dropout": 0.3}

    first = (200, "learning_rate", 0.03)
    world.say(dataclasses.replace(steps(1, 300), changes=(first,)))
    world.say(dataclasses.replace(steps(301, 100), changes=((300, "l2", 0.01), (310, "learning_rate", 0.1))))
    wanted = [(200, "learning_rate", 0.1, 0.03), (300, "l2", 0.0, 0.01), (310, "learning_rate", 0.03, 0.1)]
    assert runs.live_changes(runs["A"]) == wanted


def test_a_run_that_goes_on_has_the_changes_up_to_there_and_runs_that_go_on_from_each_other_have_an_end(world, runs):
    before = ((100, "learning_rate", 0.05), (600, "learning_rate", 0.01))
    parent = summary("A", spec=TrainSpec(learning_rate=0.1), changes=before)
    child = summary("B", spec=TrainSpec(learning_rate=0.02), parent=Parent("A", 550), changes=((700, "dropout", 0.1),))
    world.say(opened(runs=[parent, child]))
    assert runs.live_changes(runs["B"]) == [
        (100, "learning_rate", 0.1, 0.05),
        (550, "learning_rate", 0.05, 0.02),
        (700, "dropout", 0.0, 0.1),
    ]
    assert [change.step for change in runs.live_changes(runs["A"])] == [100, 600]

    changes = tuple((step % 700, "l2", 0.001 * (step % 7)) for step in range(30_000))  # in a session of a stranger
    a, b = summary("A", parent=Parent("B", 5), changes=changes), summary("B", parent=Parent("A", 5))
    world.say(opened(runs=[a, b]))
    found = runs.live_changes(runs["A"])
    assert [change.step for change in found] == sorted(change.step for change in found)
    assert 0 < len(found) <= MOST_CHANGES


def test_only_what_is_different_is_said_to_have_changed(world):
    world.say(started(), changed(moments=()))
    del world.told[:]
    world.say(changed(moments=()))
    world.say(changed(moments=(), pinned=True))
    world.say(changed(moments=(0,), pinned=True))
    world.say(changed(moments=(0, 9), bookmarks={9: "knee"}, color=2))
    wanted = [only(looks="A"), only(moments="A", first_moments="A"), only(looks="A", moments="A")]
    assert world.told == wanted


def test_messages_of_unknown_runs_do_no_harm_and_another_session_removes_all_runs_and_adds_its_own(world, runs):
    world.say(
        steps(1, 5, "Q"),
        MomentKept(run="Q", step=3),
        epoch(1, "Q"),
        changed("Q"),
        RunsTogether(removed=("Q",)),
        Diagnosis(run="Q", ailment="plateau", sentence="Rests."),
    )
    assert list(runs) == [] and world.told == [] and not runs.is_known(Lens("Q"))

    world.say(started("A"), started("Z"))
    world.say(opened(runs=[summary("A"), summary("B")]))
    assert world.told[-1] == only(added="AB", removed="AZ") and [run.name for run in runs] == ["A", "B"]
    assert world.told[-1].listed == {"A", "B", "Z"}


MESSAGES = {
    RunStarted: (started("B"), lambda runs: "B" in runs),
    StepsDone: (steps(1, 7), lambda runs: runs.get("A").newest == 7),
    EpochDone: (epoch(2), lambda runs: len(runs.get("A").epochs) == 1),
    MomentKept: (MomentKept(run="A", step=3), lambda runs: runs.get("A").holds(3)),
    RunChanged: (changed(title="new"), lambda runs: runs.label("A") == "A · new"),
    Diagnosis: (
        Diagnosis(run="A", ailment="plateau", sentence="Rests."),
        lambda runs: runs.get("A").diagnosis.sentence == "Rests.",
    ),
    RunsTogether: (
        RunsTogether(removed=("A",), restored=(summary("C"),)),
        lambda runs: "A" not in runs and "C" in runs,
    ),
    SessionOpened: (opened(runs=[summary("S")]), lambda runs: [run.name for run in runs] == ["S"]),
}


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_each_listener_to_a_message_finds_its_effect_in_the_model(world, runs, kind):
    message, is_in = MESSAGES[kind]
    world.say(started("A"))
    heard = []
    for listened in kind.__mro__[: kind.__mro__.index(Message) + 1]:
        world.bridge.listen(listened, lambda _: heard.append(is_in(runs)))
    runs.changed.connect(lambda _: heard.append(is_in(runs)))
    world.bridge.listen(Message, lambda _: heard.append("end"))
    world.say(message)
    assert heard[-1] == "end" and len(heard) > 2 and all(heard), heard


class Together(World):
    """The models and a tab that shows the weights, made in the order that is wanted."""

    def __init__(self, qtbot, order):
        super().__init__()
        self.selection, notices = Selection(), Notices()  # it follows when it is its turn
        by_the_clock = by_a_clock(WeightsTab)
        by_the_clock.clock = self.clock
        made = {
            "timeline": lambda: Timeline(self.bridge, self.selection, self.controls),
            "sessions": lambda: Sessions(self.bridge, self.controls, self.selection, notices, Settings()),
            "selection": lambda: self.selection.follow(self.bridge),
            "tab": lambda: by_the_clock(self.bridge, self.controls, self.selection),
        }
        parts = {part: made[part]() for part in order}
        self.timeline, self.sessions, self.tab = parts["timeline"], parts["sessions"], parts["tab"]
        qtbot.addWidget(self.tab)
        self.tab.show()

    def asked_about(self, *messages):
        """Return the lenses that the tab asks about for these messages, and answer."""
        before = len(self.runner.submitted)
        self.say(*messages)
        self.clock.advance(1000)
        asked = self.runner.submitted[before:]
        for number in range(before + 1, len(self.runner.submitted) + 1):
            self.mailbox.post(number, JobEnded(outcome="done"))
        self.bridge.deliver()
        return [args[0] for make, args, _ in asked if make is read_weights]


PARTS = ("timeline", "sessions", "selection", "tab")


@pytest.mark.parametrize("order", [PARTS, PARTS[::-1]], ids="-".join)
def test_whichever_listener_was_first_all_look_at_the_same_and_ask_once_about_that(qtbot, order):
    world = Together(qtbot, order)
    wide, narrow = TrainSpec(layers="300"), TrainSpec(layers="20")
    left = {"lens": {"run": "A", "moment": 550, "silenced": [], "adjusted": []}}
    session = opened(runs=[summary("A", spec=wide), summary("B", spec=wide, started=2.0)])
    assert world.asked_about(session) == [Lens("B")]
    world.selection.change(neuron=Neuron(0, 250))
    assert world.asked_about(started("C", narrow)) == [Lens("C")] and world.selection.neuron is None
    assert world.asked_about(RunsTogether(removed=("C",))) == [Lens("B")]
    assert world.selection.neuron == Neuron(0, 250) and world.sessions.runs == {"A", "B"}
    restored = RunsTogether(restored=(summary("C", spec=narrow),))
    assert world.asked_about(restored, RunsTogether(removed=("B",))) == [Lens("C")]
    another = opened(runs=[summary("A", spec=narrow), summary("C", spec=wide)], view=left)
    assert world.asked_about(another) == [Lens("A", 550)] and world.selection.neuron is None
    assert world.asked_about(opened(runs=[summary("A", spec=wide)], view=left)) == [Lens("A", 550)]
    assert world.timeline.run is world.runs["A"] and world.timeline.position == 550
    assert world.asked_about(opened()) == [] and world.selection.lens is None


SILENT = frozenset({Neuron(0, 3)})


def test_lenses_that_show_the_same_network_have_the_same_content_and_no_others(world):
    runs = world.runs
    world.say(opened(runs=[summary(name, moments=(0, 1, 550)) for name in "AB"]))
    for lens, same in (
        (Lens("A"), Lens("A", 550)),
        (Lens("A", 3), Lens("A", 1)),
        (Lens("A", silenced=SILENT, adjusted=frozenset({Adjusted(0, 3, 2.0)})), Lens("A", 550, SILENT)),
        (Lens("A", mixed=(Share("B", None, 0.0),)), Lens("A", 550)),
        (Lens("A", mixed=(Share("B", None, 0.5),)), Lens("A", 550, mixed=(Share("B", 550, 0.5),))),
    ):
        assert runs.content(lens) == same == runs.content(same)

    others = [A, Lens("B"), Lens("A", 1), Lens("A", silenced=SILENT), Lens("A", mixed=(Share("B", 1, 0.5),))]
    assert len({runs.content(lens) for lens in others}) == len(others)
    world.say(MomentKept(run="A", step=1100))
    assert runs.content(A) == Lens("A", 1100), "the latest is another one after more training"
    world.say(started("C"))
    assert runs.content(Lens("C")) is runs.content(Lens("gone")) is runs.content(None) is None
