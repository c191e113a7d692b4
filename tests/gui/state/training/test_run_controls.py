"""The controls drive a run through the real engine thread, and what the engine answers sets their state."""

from functools import partial

import pytest

from engine.core.errors import UserError
from engine.core.messages import JobEnded, JobFailed, JobPaused, JobStarted
from engine.core.specs import TrainSpec
from engine.model.training.changed import Changed
from engine.model.training.messages import EpochDone, MemoryAsked, MomentKept, RunFinished, RunStarted, StepsDone
from engine.session.jobs.data import EngineReady
from gui.state.training.run_controls import RunControls
from tests.gui.fake_engine import STEPS_PER_EPOCH, dataset_opened, fake_ask, fake_train
from tests.gui.session_messages import opened
from tests.gui.training_messages import started
from tests.gui.worlds import World

LONG = TrainSpec(epochs=10_000)


@pytest.fixture
def make_controls(bridge, mailbox):
    def make(train=fake_train, ask=fake_ask):
        made = RunControls(bridge, train=train, ask=ask)
        made.set_spec_source(lambda: LONG)
        mailbox.post(0, EngineReady(device="CPU"))
        bridge.deliver()
        return made

    return make


@pytest.fixture
def controls(make_controls):
    return make_controls()


@pytest.fixture
def stepped(controls, heard, qtbot):
    """A run rests after its first step."""
    controls.step()
    qtbot.waitUntil(lambda: controls.state == "paused")
    return controls


@pytest.fixture
def heard(bridge, controls):
    messages = []
    for message_class in (RunStarted, StepsDone, EpochDone):
        bridge.listen(message_class, messages.append, controls.job)
    return messages


def steps_in(heard):
    return [len(message.losses) for message in heard if isinstance(message, StepsDone)]


def test_nothing_starts_before_the_engine_is_ready_and_the_reason_that_holds_is_said(bridge, mailbox):
    def hear(message):
        mailbox.post(0, message)
        bridge.deliver()

    controls, told = RunControls(bridge, train=fake_train), []
    assert controls.state == "starting"
    controls.toggle()
    controls.step()
    assert controls.job() is None
    controls.stateChanged.connect(lambda _: told.append(controls.why_not))
    assert controls.why_not == "The data are still being loaded."
    hear(dataset_opened())
    controls.fail()
    hear(EngineReady(device="CPU"))
    assert told == [
        "TensorFlow is still being loaded.",
        "TensorFlow could not be loaded, so nothing can be trained. Help > Earlier notices says why.",
        "",
    ]


def test_the_engine_has_its_orders_together_and_before_the_window_hears_of_stepping(
    controls, bridge, qtbot, monkeypatch
):
    orders, together = [], []

    def tell(name, order, *args, **how):
        orders.append(name)
        together.append(bridge.runner.together.locked())
        return order(*args, **how)

    for name in ("submit", "pace", "change", "step"):
        monkeypatch.setattr(bridge.runner, name, partial(tell, name, getattr(bridge.runner, name)))
    controls.steppingChanged.connect(orders.append)
    controls.step()
    assert orders == ["submit", "pace", "change", "step", True]
    assert together == [True] * 4, "or the run would go on at full speed until it is to step"
    qtbot.waitUntil(lambda: controls.state == "paused")
    orders.clear()
    controls.resume()
    assert orders == ["change", "pace", False]


def test_a_resting_run_steps_one_step_at_a_time_or_to_the_end_of_the_epoch_and_resumes_in_whole_turns(
    stepped, qtbot, heard, bridge
):
    pauses = []
    bridge.listen(JobPaused, pauses.append, stepped.job)
    for taken in (1, 2, 3):
        stepped.step()
        qtbot.waitUntil(lambda taken=taken: len(pauses) == taken)
    assert steps_in(heard) == [1, 1, 1, 1]
    assert stepped.state == "paused"
    stepped.step_epoch()
    assert stepped.state == "running"
    qtbot.waitUntil(lambda: stepped.state == "paused")
    assert isinstance(heard[-1], EpochDone)
    assert sum(steps_in(heard)) == STEPS_PER_EPOCH
    stepped.resume()
    qtbot.waitUntil(lambda: 5 in steps_in(heard)[-3:])


def test_slow_motion_takes_single_steps_at_its_pace(controls, qtbot, heard):
    controls.set_pace(50.0)  # so slow that the run is not over before the pace is taken back
    controls.start()
    qtbot.waitUntil(lambda: len(steps_in(heard)) >= 3)
    assert set(steps_in(heard)[1:]) == {1}
    controls.set_pace(None)
    qtbot.waitUntil(lambda: 5 in steps_in(heard))


def test_a_second_start_takes_the_place_of_the_first_and_none_comes_after_a_stop(controls, qtbot, heard, bridge):
    controls.start()
    qtbot.waitUntil(lambda: controls.state == "running")
    first = controls.job()
    controls.start(TrainSpec(epochs=1))
    qtbot.waitUntil(lambda: controls.job() != first and controls.state == "idle")
    assert isinstance(heard[-1], EpochDone)

    begun, ended = [], []
    bridge.listen(RunStarted, begun.append)
    bridge.listen(JobEnded, ended.append)
    controls.start()
    qtbot.waitUntil(lambda: controls.state == "running")
    controls.start()
    controls.stop()
    qtbot.waitUntil(lambda: controls.state == "idle" and len(ended) == 2)
    assert len(begun) == 1 and controls.job() is None


def asking(session, spec, parent=None, on="auto"):
    yield MemoryAsked(sentence="It takes much memory.", spec=spec, parent=parent, on=on)


def refusing(session, spec, parent=None, on="auto"):
    raise UserError("It takes too much.")
    yield


@pytest.mark.parametrize(("ask", "answer"), [(asking, MemoryAsked), (refusing, JobFailed)])
def test_a_run_goes_on_where_the_next_one_is_refused(make_controls, bridge, qtbot, ask, answer):
    controls, told, states, heard = make_controls(ask=ask), [], [], []
    bridge.listen(answer, told.append)
    bridge.listen(StepsDone, heard.append, controls.job)
    controls.start()
    qtbot.waitUntil(lambda: controls.state == "running")
    first = controls.job()
    controls.stateChanged.connect(states.append)
    for act in (controls.start, controls.reset):
        act()
        qtbot.waitUntil(lambda: bool(told))
        told.clear()
        so_far = len(steps_in(heard))
        qtbot.waitUntil(lambda so_far=so_far: len(steps_in(heard)) > so_far + 5)
        assert controls.job() == first and states == []


def test_reset_begins_with_the_next_seed_and_rests_at_step_0(controls, qtbot, bridge):
    begun, kept, seeds = [], [], []
    bridge.listen(RunStarted, begun.append)
    bridge.listen(MomentKept, kept.append)
    controls.seedChosen.connect(seeds.append)
    controls.set_spec_source(lambda: None)
    controls.toggle()
    controls.reset()
    assert controls.job() is None, "settings that are not valid start nothing"
    last = LONG.but(seed=2**31 - 1)
    for spec, seed in ((LONG, LONG.seed + 1), (last, 0)):
        controls.set_spec_source(lambda spec=spec: spec)
        controls.reset()
        qtbot.waitUntil(lambda seed=seed: controls.state == "paused" and seeds[-1] == begun[-1].spec.seed == seed)
    assert [message.spec for message in begun] == [LONG.but(seed=LONG.seed + 1), LONG.but(seed=0)]
    assert {message.step for message in kept} == {0}


def test_a_run_that_fails_leaves_the_controls_ready_for_the_next(bridge, make_controls, qtbot):
    def broken(session, spec, on):
        yield None
        raise RuntimeError("a bug")

    jobs, failures = iter((broken, fake_train)), []
    controls = make_controls(lambda *args, **more: next(jobs)(*args, **more))
    bridge.listen(JobFailed, failures.append)
    controls.toggle()
    qtbot.waitUntil(lambda: bool(failures) and controls.state == "idle")
    controls.toggle()
    qtbot.waitUntil(lambda: controls.state == "running")


def test_a_run_that_began_in_a_session_that_is_left_is_stopped(qapp):
    """It was started after another session was wanted, while that one was still being read."""
    world = World(train=fake_train)
    world.say(EngineReady(device="CPU"), opened())
    world.controls.start(LONG)
    job = world.controls.job()
    world.say(opened("/sessions/other.layerlight", number=1))
    assert world.runner.stopped == [], "it has not begun: it begins in that session"
    world.say(JobStarted(), started(), job=job)
    world.say(opened("/sessions/other.layerlight", number=1))
    assert world.runner.stopped == [], "the same session is only described again"
    world.say(opened(number=2))
    assert world.runner.stopped == [job]
    world.close()


def test_of_twins_the_finished_one_is_trained_no_more_and_other_runs_change_nothing(qapp):
    world = World(train=fake_train)
    world.say(EngineReady(device="CPU"), opened())
    world.controls.split(LONG, Changed("learning_rate", 0.3))
    job, twins = world.controls.job(), []
    world.say(JobStarted(), started("A"), started("B"), job=job)
    for run in ("Z", "A", "B"):
        twins.append(world.controls.twins)
        world.say(RunFinished(run=run, reason="epochs", epoch=1), job=job)
    assert [*twins, world.controls.twins] == [("A", "B"), ("A", "B"), ("B",), ()]
    world.close()
