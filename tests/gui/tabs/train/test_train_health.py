"""Settings, health and remedies in the Train tab: what is started, what is sent to the run that goes on."""

from functools import partial

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget
from training_messages import STEPS_PER_EPOCH, epoch, started

from engine.analysis.probes.weight_histograms import LayerHistogram, WeightHistograms, weight_histograms
from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.model.training.messages import DeviceFull, Diagnosis, Parent, RunFinished
from engine.session.jobs.runs import RunsTogether
from gui.look.theme import theme
from gui.tabs.train.health_panel import FIRST_EPOCH
from gui.tabs.train.tab import WEIGHTS_MS
from tests.gui.room import crowded, cut_off
from tests.gui.session_messages import summary
from tests.gui.tabs.train.train_world import HE_WEIGHTS, LOWER_RATE, train

ailing = partial(Diagnosis, run="A")


def test_a_remedy_changes_the_run_that_trains_or_starts_a_new_one_by_one_click(trained, qtbot):
    def click():
        qtbot.mouseClick(trained.tab.health.remedy, Qt.MouseButton.LeftButton)
        trained.let_begin()

    trained.say(ailing(ailment="diverging", sentence="It diverges.", remedy="Lower the rate", changes=LOWER_RATE))
    assert trained.tab.health.sentence.text() == "It diverges."
    assert trained.tab.health.remedy.text() == "Lower the rate"
    click()
    assert trained.runner.changes[-1] == (trained.controls.job(), LOWER_RATE)
    assert trained.tab.spec().learning_rate == 0.01
    assert len(trained.started_specs()) == 1

    trained.say(HE_WEIGHTS)
    click()
    wanted = TrainSpec(initial="he", learning_rate=0.01)
    assert trained.started_specs()[-1] == trained.tab.spec() == wanted, "it needs a new run"

    trained.run("A")
    trained.say(RunFinished(run="A", reason="epochs", epoch=3))
    trained.end()
    trained.say(ailing(ailment="plateau", sentence="It rests.", remedy="Raise it", changes={"dropout": 0.3}))
    click()
    assert trained.started_specs()[-1] == TrainSpec(dropout=0.3), "the run has ended"

    trained.say(HE_WEIGHTS, ailing(ailment="healthy", sentence="Learning as it should."))
    assert not trained.tab.health.remedy.isVisible()


def test_an_undone_live_setting_reaches_the_run_and_an_undone_preset_does_not(trained, qtbot):
    def is_sent(*rates):
        changed = [changes["learning_rate"] for _, changes in trained.runner.changes if "learning_rate" in changes]
        return changed == list(rates)

    trained.write("learning_rate", "0.02")
    qtbot.waitUntil(lambda: is_sent(0.02))
    trained.tab.history.undo()
    qtbot.waitUntil(lambda: is_sent(0.02, 0.1))
    trained.tab.settings.set_preset("quick")
    trained.tab.history.undo()
    trained.write("learning_rate", "0.03")
    qtbot.waitUntil(lambda: is_sent(0.02, 0.1, 0.03))


def test_a_remedy_with_too_many_letters_is_elided_and_each_verdict_has_one_sign_over_all_epochs(trained):
    remedy = "Continue from epoch 2 with learning rate 0.1"
    trained.say(ailing(ailment="plateau", sentence="It rests.", remedy=remedy, changes=LOWER_RATE))
    health = trained.tab.health
    for percent, is_whole in ((100, True), (200, False), (100, True)):
        theme().choose_text_size(percent)
        QCoreApplication.processEvents()
        assert (health.remedy.text() == remedy) == is_whole and (remedy in health.remedy.toolTip()) != is_whole
        assert health.remedy.width() >= health.remedy.sizeHint().width() or not is_whole
        assert health.remedy.geometry().right() < health.contentsRect().right()

    healthy, signs = ailing(ailment="healthy", sentence="Learning as it should."), set()
    for number in range(4, 64):
        trained.say(epoch(number), healthy if number % 3 else HE_WEIGHTS)
        signs |= {label.pixmap().cacheKey() for label in trained.tab.health.findChildren(QLabel)} - {0}
    assert len(signs) == 2, "Qt's cache keeps each new picture, until it holds ten megabytes"
    trained.run("B")
    assert not any(label.pixmap().cacheKey() for label in trained.tab.health.findChildren(QLabel))


def test_a_remedy_continues_from_an_earlier_moment_by_one_click_also_of_a_run_that_was_trained_before(world):
    world.run(spec=TrainSpec(epochs=9))
    world.tab.settings.liveChanged.emit({"learning_rate": 50.0})
    spec, step = TrainSpec(epochs=9, learning_rate=0.1), 2 * STEPS_PER_EPOCH
    remedy, changes = "Continue from epoch 2 with learning rate 0.1", {"learning_rate": 0.1}
    for number in (1, 2):
        world.say(ailing(ailment="collapsed", sentence="Gone.", remedy=remedy, changes=changes, resume=step))
        world.press("health.remedy")
        world.let_begin()
        assert world.asked(train)[number:] == [(spec, Parent("A", step))]
        assert world.tab.spec() == spec
        world.end()  # also of a run that has ended

    collapsed = [epoch(number, "B", test_accuracy=share) for number, share in ((1, 0.9), (2, 0.92), (3, 0.1))]
    kept = summary(
        "B",
        spec=TrainSpec(),
        epochs=tuple(collapsed),
        changes=((2 * STEPS_PER_EPOCH, "learning_rate", 9.0),),
        moments=(0, STEPS_PER_EPOCH, 3 * STEPS_PER_EPOCH),
    )
    world.say(RunsTogether(restored=(kept,)))
    world.look("B")
    assert world.tab.health.remedy.text() == "Continue from epoch 1 with learning rate 0.1"


def device_full(**changes):
    given = {"spec": TrainSpec(batch=400), "parent": Parent("A", 550), "on_gpu": True, "smaller_batch": 100}
    return DeviceFull(sentence="GPU, Toy has too little memory.", hint="Go on.", **given | changes)


def button(world, name):
    found = world.tab.findChild(QAbstractButton, f"train.health.{name}")
    return found if found.isVisible() else None


def test_a_run_that_does_not_fit_goes_on_on_the_cpu_or_starts_again_with_a_smaller_batch(world, qtbot):
    def click(name):
        qtbot.mouseClick(button(world, name), Qt.MouseButton.LeftButton)
        world.let_begin()

    world.run(spec=TrainSpec(batch=400))
    world.say(device_full(), job=world.controls.job())
    assert world.figure("train.health.sentence") == "GPU, Toy has too little memory."
    assert button(world, "remedy") is None
    click("cpu")
    assert world.runner.submitted[-1] == (train, (TrainSpec(batch=400), Parent("A", 550)), {"on": "cpu"})
    world.say(started("B"))
    assert button(world, "cpu") is button(world, "batch") is None

    world.say(device_full(), job=world.controls.job())
    world.look("A")
    assert button(world, "cpu") is None
    world.look("B")
    assert button(world, "cpu").text() == "Go on on the CPU", "it is offered for the run that broke off"
    click("batch")
    assert world.runner.submitted[-1] == (train, (TrainSpec(batch=100),), {"on": "auto"})
    assert world.tab.spec().batch == 100

    world.say(device_full(on_gpu=False, smaller_batch=0), job=world.controls.job())
    assert button(world, "cpu") is button(world, "batch") is None


def test_before_an_epoch_is_done_health_says_nothing_of_weights_that_are_not_numbers(world):
    assert world.figure("train.health.finite") == "–"
    world.tab.health.begin(2, 1000)
    assert world.figure("train.health.finite") == "–"


def test_health_says_what_each_layer_of_the_run_that_is_looked_at_does(trained):
    wanted = {"dead.1": "53 of 300", "gradient.1": "0.021", "gradient.2": "0.034", "finite": "none"}
    assert {name: trained.figure(f"train.health.{name}") for name in wanted} == wanted
    trained.run("B")
    before = trained.tab.health.sentence.text()
    trained.say(HE_WEIGHTS)
    assert trained.tab.health.sentence.text() == before, "the diagnosis of run A"

    for run, layers in zip("CDEF", ("64", "9, 9, 9, 9, 9, 9, 9, 9", "", "300, 200"), strict=True):
        spec = TrainSpec(layers=layers)
        hidden = len(spec.hidden)
        trained.controls.start(spec)
        trained.say(started(run, spec))
        norms = (0.1,) * (hidden + 1)
        trained.say(epoch(1, run, gradient_norms=norms, dead=(3,) * hidden, widths=(9,) * hidden))
        assert trained.figure(f"train.health.gradient.{hidden + 1}") == "0.10"
        assert len(trained.tab.progress.gradients.plot.curves) == hidden + 1
        assert len(trained.tab.progress.dead.plot.curves) == hidden


def test_a_screen_reader_gets_the_verdict_first_and_of_each_figure_its_layer(trained):
    health = trained.tab.health
    trained.say(ailing(ailment="plateau", sentence="It rests."))
    assert (health.accessibleName(), health.accessibleDescription()) == ("Health", "plateau: It rests.")
    test = epoch(3)
    said = {label.accessibleName() for label in health.findChildren(QLabel)}
    assert {
        "warning",
        f"Layer 1: {test.dead[0]} of {test.widths[0]} neurons are dead",
        *(f"Layer {layer}: gradient norm {norm:#.2g}" for layer, norm in enumerate(test.gradient_norms, 1)),
    } <= said
    health.begin(2)
    assert health.accessibleDescription() == health.sentence.text() == FIRST_EPOCH
    assert not any("Layer" in label.accessibleName() for label in health.findChildren(QLabel))


def test_many_layers_in_a_narrow_panel_have_room_for_their_figures(world, qtbot):
    spec = TrainSpec(layers="16, 32, 64, 128")
    world.controls.start(spec)
    world.say(started("A", spec))
    world.say(epoch(1, "A", gradient_norms=(0.2,) * 5, dead=(0, 0, 0, 28), widths=(16, 32, 64, 128)))
    layers = world.tab.health.layers
    for width, said in ((1500, "28 of 128"), (950, "28"), (1500, "28 of 128")):
        world.tab.resize(width, 600)
        qtbot.waitUntil(lambda said=said: world.figure("train.health.dead.4") == said)
        layers.layout().activate()
        assert cut_off(layers) == [] and layers.layout().minimumSize().width() <= layers.width(), width
    assert crowded(world.tab) == []


def test_rows_of_sixty_five_layers_are_scrolled_to_the_last(world, qtbot):
    spec = TrainSpec(layers=", ".join(["9"] * 64))
    world.controls.start(spec)
    world.say(started("A", spec))
    world.say(epoch(1, "A", gradient_norms=(0.2,) * 65, dead=(0,) * 63 + (7,), widths=(9,) * 64))
    world.tab.resize(1100, 600)
    last = world.tab.findChild(QWidget, "train.health.dead.64")
    rows = world.tab.findChild(QScrollArea, "train.health.rows")
    bar = rows.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    assert not last.visibleRegion().isEmpty() and last.text() in ("7", "7 of 9")
    assert cut_off(world.tab.health.layers) == []


def test_weights_are_asked_for_and_drawn_but_not_at_every_epoch(world):
    world.run(epochs=0)
    assert world.questions() == [Lens("A")]
    layer = LayerHistogram("Layer 1", np.linspace(-1, 1, 61), *[np.full(60, 1 / 60)] * 2)
    world.say(WeightHistograms(run="A", step=550, layers=(layer, layer)), job=world.job(weight_histograms))
    world.answer_question()
    tip = world.tab.findChild(QWidget, "train.health.weights.1").toolTip()
    assert tip.startswith("How the layer's weights")
    world.clock.advance(100)
    world.say(*(epoch(number) for number in range(1, 30)))
    assert len(world.questions()) == 1
    world.clock.advance(WEIGHTS_MS)
    assert len(world.questions()) == 2


def test_dead_neurons_are_counted_on_images_that_are_named(world):
    for run, dataset, images in (("A", "MNIST 55,000 + 10,000", "10,000"), ("B", "Mine 12 + 1,000", "1,000")):
        world.say(started(run, dataset=dataset), epoch(1, run))
        captions = {label.text(): label for label in world.tab.health.layers.findChildren(QLabel)}
        count = world.tab.findChild(QLabel, "train.health.dead.1")
        for label in (captions[f"dead neurons\non {images}"], count):
            assert label.toolTip() == f"Dead neurons: never active on the run's {images} test images"
    world.tab.resize(1264, 530)
    world.draw()
    cut = [each.text() for each in captions.values() if each.isVisible() and each.width() < each.sizeHint().width()]
    assert cut == []
