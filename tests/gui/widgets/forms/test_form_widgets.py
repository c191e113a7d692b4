"""Forms made of knobs: what is typed is checked as one types, with the sentences of the command line."""

import gettext
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from engine.analysis.warmup.spec import WarmupSpec
from engine.core import language
from engine.core.errors import UserError
from engine.core.knobs import knobs
from engine.core.specs import PRESETS, TrainSpec
from engine.data.expected import MEASURED
from gui.look.fonts import scaled
from gui.look.percents import probability_text
from gui.look.theme import theme
from gui.tabs.train.settings_panel import ADJUSTABLE, SettingsPanel
from gui.widgets.forms.controls import Choice
from gui.widgets.forms.knob_field import TextField
from gui.widgets.pictures.cell_words import short, trimmed
from gui.widgets.plots.axis import QuietAxis, say_power
from tests.gui.fake_engine import dataset_opened
from tests.gui.room import painted_words

KNOBS = knobs(TrainSpec)
PLAIN = [name for name, knob in KNOBS.items() if knob.kind != "choice" and not knob.percent]


@pytest.fixture
def panel(qtbot):
    theme().apply()  # first: the panel measures words when it is made, and the letters come with the theme
    made = SettingsPanel()
    qtbot.addWidget(made)
    return made


def data_of(shape, classes, images=240):
    """Data with as many images of each class as there can be."""
    counts = [images // classes + (label < images % classes) for label in range(classes)]
    return dataset_opened("Data", classes, train=images, test=10, shape=shape, train_counts=tuple(counts))


def write(panel, name, text):
    type_into(panel.form.fields[name].editor, text)


def type_into(editor, text):
    editor.setText(text)
    editor.textEdited.emit(text)


def line_of(panel, name):
    """The line right below the field's own, for what is wrong."""
    return next(label for names, label in panel.form.errors.items() if name in names)


def said_beside(panel, name):
    label = line_of(panel, name)
    return "" if label.isHidden() else label.text()


def opened(name, train_images, test_images):
    return replace(data_of((28, 28), 10, train_images), name=name, test_images=test_images)


def test_beside_a_preset_stand_the_data_and_what_was_measured_and_mnist_is_one_click_away_from_its_sample(panel):
    assert panel.spec() == TrainSpec() and panel.chip.text() == "Blog post"
    assert panel.note.text() == PRESETS["blog"].sentence and "98" not in panel.note.text()

    panel.set_data(opened("MNIST sample", 4000, 1000))
    accuracies = MEASURED["MNIST sample", 4000, 1000, "blog"]
    said = f"Expect {100 * min(accuracies):.1f} to {100 * max(accuracies):.1f} % of 1,000 test images."
    assert panel.note.text() == f"{PRESETS['blog'].sentence} MNIST sample: 4,000 images. {said}"
    panel.set_preset("quick")
    assert f"{100 * min(MEASURED['MNIST sample', 4000, 1000, 'quick']):.1f}" in panel.note.text()
    panel.set_values({"seed": 5})
    assert "Expect" not in panel.note.text(), "settings of one's own"

    panel.set_preset("blog")
    wanted = []
    panel.dataWanted.connect(wanted.append)
    for name, train in (("MNIST sample", 3999), ("cats", 4000)):
        panel.set_data(opened(name, train, 1000))
        assert panel.note.text().endswith(f"{name}: {train:,} images.")
    assert panel.mnist.isHidden()
    panel.set_data(opened("MNIST sample", 4000, 1000))
    assert not panel.mnist.isHidden() and "12 MB" in panel.mnist.text()
    panel.mnist.click()
    assert wanted == ["mnist"]


def test_there_is_a_field_for_every_setting_a_preset_fills_them_and_settings_of_ones_own_are_called_so(panel):
    assert set(panel.form.fields) == set(KNOBS)
    for name, field in panel.form.fields.items():
        assert panel.findChild(QWidget, f"train.{name}") is field.editor
        assert field.editor.accessibleName() == KNOBS[name].title
        assert field.editor.toolTip() == KNOBS[name].help

    for key, preset in PRESETS.items():
        panel.set_preset(key)
        assert panel.spec() == preset.spec
        assert panel.chip.text() == preset.title
    panel.set_preset("blog")
    write(panel, "batch", "99")
    assert panel.spec() == TrainSpec(batch=99)
    assert "own" in panel.chip.text().lower()


WRONG = (
    *(("batch", text) for text in ("0", "many", "")),
    *(("layers", text) for text in ("300, x", "64, conv 16", "99999")),
    *(("learning_rate", text) for text in ("1e9", "nan")),
    *(("epochs", "1.5"), ("seed", "-1"), ("l2", "1"), ("rotate", "90")),
)


def test_what_is_wrong_is_said_as_on_the_command_line(panel):
    for name, text in WRONG:
        panel.set_spec(TrainSpec())
        assert panel.spec() == TrainSpec()
        write(panel, name, text)
        with pytest.raises(UserError) as refusal:
            KNOBS[name].parse(text)
        assert panel.spec() is None
        assert said_beside(panel, name).startswith(refusal.value.sentence)
        assert panel.form.fields[name].editor.toolTip().startswith(refusal.value.sentence)
        assert panel.form.fields[name].editor.property("wrong") == "true"


def test_what_is_wrong_is_said_right_below_its_field_and_goes_when_it_or_the_data_are_mended(panel, qtbot):
    panel.ensurePolished()
    panel.resize(panel.width(), 548)
    with qtbot.waitExposed(panel):
        panel.show()
    area = panel.findChild(QScrollArea, "train.settings.page")
    assert panel.height() == 548 and area.verticalScrollBar().maximum() == 0, "all fit beside a projector's plots"
    write(panel, "epochs", "0")
    assert said_beside(panel, "epochs") == "Epochs must be between 1 and 10,000, not 0."
    assert said_beside(panel, "layers") == ""
    label, field = line_of(panel, "epochs"), panel.form.fields["epochs"]
    qtbot.waitUntil(lambda: 0 <= top(label) - top(field) - field.height() <= 8)
    assert area.verticalScrollBar().maximum() == 0, "the note below gave its room"
    write(panel, "epochs", "40")
    write(panel, "batch", "0")
    label, field = line_of(panel, "batch"), panel.form.fields["batch"]
    qtbot.waitUntil(lambda: 0 <= top(label) - top(field) - field.height() <= 8)
    write(panel, "seed", "-1")
    assert said_beside(panel, "seed").count("must be between") == 2, "both fields of the row are wrong"

    write(panel, "seed", "1")
    write(panel, "batch", "10")
    assert panel.spec() == TrainSpec(batch=10)
    assert said_beside(panel, "batch") == "" and panel.note.isVisible()
    assert field.editor.property("wrong") == "false" and field.editor.toolTip() == KNOBS["batch"].help

    panel.set_data(data_of((28, 28), 4))
    write(panel, "classes", "2-5")
    assert panel.spec() is None and "is not a class of these data" in said_beside(panel, "classes")
    panel.set_data(data_of((28, 28), 6))
    assert panel.spec().classes == "2-5" and said_beside(panel, "classes") == ""


def test_in_a_low_window_the_settings_scroll_none_is_squeezed_and_a_wrong_field_is_brought_into_view(panel, qtbot):
    with qtbot.waitExposed(panel):
        panel.resize(panel.width(), 300)
        panel.show()
    for fold in panel.folds.values():
        qtbot.mouseClick(fold.heading, Qt.MouseButton.LeftButton)
    QCoreApplication.processEvents()
    for name, field in panel.form.fields.items():
        assert field.editor.height() >= field.editor.minimumSizeHint().height(), name
        assert field.height() >= field.sizeHint().height(), name
    area = panel.findChild(QScrollArea, "train.settings.page")
    assert area.verticalScrollBar().maximum() > 0
    assert area.widget().width() == area.viewport().width()

    for fold in panel.folds.values():
        qtbot.mouseClick(fold.heading, Qt.MouseButton.LeftButton)
    write(panel, "noise", "7")
    panel.pages.choose("runs")
    panel.go_to_error()
    editor = panel.form.fields["noise"].editor
    qtbot.waitUntil(lambda: not editor.visibleRegion().isEmpty())
    assert not line_of(panel, "noise").visibleRegion().isEmpty()
    assert panel.focusWidget() is editor


def top(widget):
    return widget.mapToGlobal(widget.rect().topLeft()).y()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(PLAIN), text=st.text(max_size=40) | st.text("-+0123456789.eE ", max_size=400))
def test_no_text_breaks_the_form(panel, name, text):
    write(panel, name, text)
    assert (panel.form.fields[name].value() is None) == bool(panel.form.fields[name].error)
    panel.spec()


def test_a_share_is_written_in_percent_nothing_is_never_and_a_decimal_comma_becomes_a_dot(panel):
    write(panel, "stop_at", "98.5")
    assert panel.spec().stop_at == 0.985
    write(panel, "stop_at", "98 %")
    assert panel.spec().stop_at == 0.98
    write(panel, "stop_at", "150")
    assert said_beside(panel, "stop_at") == "Stop at accuracy must be between 0 and 100, not 150."
    panel.set_values({"dropout": 0.3})
    assert panel.form.fields["dropout"].editor.text() == "30"
    panel.set_preset("blog")

    editor = panel.form.fields["stop_at"].editor
    assert (editor.text(), editor.placeholderText(), panel.spec().stop_at) == ("", "never", 0)
    write(panel, "stop_at", "98")
    write(panel, "stop_at", " ")
    assert panel.spec() == TrainSpec()
    write(panel, "stop_at", "0")
    assert panel.spec().stop_at == 0
    panel.set_values({"stop_at": 0.5})
    panel.set_values({"stop_at": 0.0})
    assert editor.text() == ""
    write(panel, "dropout", "")
    assert said_beside(panel, "dropout") == "Dropout must be a number, not “”."
    panel.set_preset("blog")

    editor = panel.form.fields["learning_rate"].editor
    enter(editor, QEvent.Type.FocusIn)
    write(panel, "learning_rate", "0,05")
    assert panel.spec().learning_rate == 0.05
    assert editor.text() == "0,05", "nothing changes under the hand"
    enter(editor, QEvent.Type.FocusOut)
    assert editor.text() == "0.05"
    write(panel, "dropout", "12,5")
    assert panel.spec().dropout == 0.125
    write(panel, "rotate", "1,000")
    assert said_beside(panel, "rotate") == "Rotate: “1,000” may mean 1 or 1000. Write one of them."


def test_up_and_down_count_whole_numbers_slider_and_number_follow_each_other_and_live_changes_are_sent_together(
    panel, qtbot
):
    editor = panel.form.fields["epochs"].editor
    qtbot.keyClick(editor, Qt.Key.Key_Up)
    qtbot.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    assert panel.spec().epochs == 50
    write(panel, "shift", "8")
    qtbot.keyClick(panel.form.fields["shift"].editor, Qt.Key.Key_Up)
    assert panel.spec().shift == 8

    field, knob = panel.form.fields["learning_rate"], KNOBS["learning_rate"]
    before = field.slider.value()
    write(panel, "learning_rate", "1")
    assert field.slider.value() > before
    for value, rate in ((before, 0.1), (field.slider.maximum(), knob.maximum), (field.slider.minimum(), knob.minimum)):
        field.slider.setValue(value)
        assert panel.spec().learning_rate == rate
    assert field.editor.text() == "0.000001", "the smallest is shown without a power of ten"
    panel.set_values({"learning_rate": 2.5e-5})
    assert field.editor.text() == "0.000025"

    panel.set_preset("blog")
    sent = []
    panel.liveChanged.connect(sent.append)
    write(panel, "batch", "50")
    write(panel, "learning_rate", "1e9")
    panel.set_preset("quick")
    with qtbot.waitSignal(panel.liveChanged):
        for by in range(1, 6):
            field.slider.setValue(field.slider.value() - by)
        write(panel, "dropout", "25")
    assert sent == [{"learning_rate": panel.spec().learning_rate, "dropout": 0.25}]


def test_during_a_run_the_form_is_for_the_next_one_but_for_live_settings_and_says_so(panel):
    panel.set_running("A", TrainSpec())
    assert "next run" in panel.note.text()
    write(panel, "batch", "50")
    write(panel, "seed", "2")
    assert panel.note.text() == "For the next run: batch, seed. Run A keeps its own."
    panel.set_running("A", TrainSpec(), ("A", "B"))
    assert panel.note.text() == "For the next run: batch, seed. Runs A and B keep their own."
    panel.set_running("A", panel.spec(), ("A", "B"))
    assert panel.note.text().startswith("Runs A and B are training. Changes are for the next run")
    panel.set_running("A", TrainSpec(), ("A",))
    assert panel.note.text().endswith("Run A keeps its own."), "the other one is done"
    assert panel.form.fields["batch"].label.property("tone")
    assert not panel.form.fields["epochs"].label.property("tone")
    panel.set_running("A", None)
    assert not panel.form.fields["batch"].label.property("tone")
    panel.set_running("A", TrainSpec())
    write(panel, "learning_rate", "0.5")
    assert not panel.form.fields["learning_rate"].label.property("tone")

    panel.set_preset("blog")
    panel.set_running("A", TrainSpec())
    said = [label.text() for label in panel.findChildren(QLabel)]
    assert not any("live" in text.lower() for text in said), "the latest is what the time slider stands at"
    assert said.count(ADJUSTABLE) == 2, "above the learning rate, and above those that are folded away"
    heading = panel.note.text().rpartition(" those under ")[2].rstrip(".")
    assert heading in said, "the note names a heading that is there"


def test_a_network_of_convolutions_or_several_activations_is_said_as_what_it_is_below_its_whole_field(panel, qtbot):
    panel.show()
    panel.set_data(data_of((8, 8), 26))
    assert (panel.inputs.text(), panel.outputs.text()) == ("64 →", "→ 26") and panel.network.isHidden()
    panel.set_data(data_of((28, 28), 10))
    panel.set_preset("conv")
    assert panel.network.words == "28×28×1 → conv 16 3×3 → conv 32 3×3 → 64 → 10"
    assert panel.network.isVisible()
    assert not panel.inputs.isVisible() and not panel.outputs.isVisible(), "784 numbers go into no convolution"
    field = panel.form.fields["layers"].editor
    qtbot.waitUntil(lambda: field.fontMetrics().horizontalAdvance(field.text()) < field.width() - 18)
    panel.set_data(data_of((8, 8), 4))
    assert panel.network.words.startswith("8×8×1 → conv 16 3×3") and panel.network.words.endswith("→ 64 → 4")
    write(panel, "layers", "conv 16, x")
    assert panel.network.isHidden(), "what is wrong is said instead"
    write(panel, "layers", "64")
    assert panel.network.isHidden() and panel.inputs.isVisible()

    panel.set_preset("blog")
    panel.set_data(data_of((28, 28), 10))
    write(panel, "layers", "300 relu, 100 tanh")
    assert panel.network.words == "784 → 300 ReLU → 100 tanh → 10" and panel.network.isVisible()
    write(panel, "layers", "300, 100 relu")
    assert panel.network.isHidden(), "all layers have the same"
    panel.set_values({"activation": "tanh"})
    assert panel.network.words == "784 → 300 tanh → 100 ReLU → 10"


SEEN = {"layers", "activation", "optimizer", "epochs", "learning_rate"}


def seen(panel):
    return {name for name, field in panel.form.fields.items() if field.isVisible()}


def painted(panel, title):
    """What stands beside the title of a section that can be folded."""
    return panel.folds[title].heading.words


def test_what_is_rare_is_folded_but_settings_of_ones_own_or_what_is_wrong_never_unseen(panel, qtbot):
    panel.show()
    assert seen(panel) == SEEN
    qtbot.mouseClick(panel.folds["More"].heading, Qt.MouseButton.LeftButton)
    assert seen(panel) == SEEN | {"initial", "loss", "batch", "stop_at", "seed", "dropout", "l2"} | {
        *("images", "wrong_labels", "validation", "classes"),
        *("momentum", "schedule", "warmup", "decay", "smoothing"),
    }
    captions = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert captions.count("Adjustable while training") == 2, "once above the rate, once above all others"
    qtbot.mouseClick(panel.folds["Augmentation"].heading, Qt.MouseButton.LeftButton)
    assert seen(panel) == set(KNOBS)
    for title in ("More", "Augmentation"):
        qtbot.mouseClick(panel.folds[title].heading, Qt.MouseButton.LeftButton)

    panel.set_values({"shift": 2, "noise": 0.1})
    assert seen(panel) == SEEN | {"shift", "rotate", "scale", "noise"}
    qtbot.mouseClick(panel.folds["Augmentation"].heading, Qt.MouseButton.LeftButton)
    assert painted(panel, "Augmentation") == "shift 2, noise 0.1"
    panel.edit_values({"dropout": 0.3, "l2": 0.0001})
    assert "dropout" in seen(panel) and "noise" not in seen(panel)
    qtbot.mouseClick(panel.folds["More"].heading, Qt.MouseButton.LeftButton)
    assert painted(panel, "More") == "dropout 30 %, L2 0.0001"
    panel.set_preset("blog")
    assert seen(panel) == SEEN and "30 %" not in painted(panel, "More")

    panel.set_preset("quick")
    assert seen(panel) == SEEN
    assert painted(panel, "More") == "loss Cross-entropy, initial weights He, batch 50"
    panel.edit_values({"epochs": 20})
    assert seen(panel) == SEEN, "what changed is in sight"
    panel.edit_values({"seed": 7})
    assert "seed" in seen(panel)

    write(panel, "seed", "-1")
    qtbot.mouseClick(panel.folds["More"].heading, Qt.MouseButton.LeftButton)
    assert "seed" not in seen(panel) and "wrong" in painted(panel, "More")
    panel.go_to_error()
    assert "seed" in seen(panel) and panel.focusWidget() is panel.form.fields["seed"].editor


def test_how_large_the_network_is_and_how_many_steps_an_epoch_has_is_said(panel):
    assert panel.extent.words == f"{784 * 300 + 300 + 300 * 10 + 10:,} parameters"
    panel.set_data(data_of((28, 28), 10, 4_999))
    assert panel.extent.words.endswith(" · 49 steps an epoch"), "a last batch that is not full is left out"
    write(panel, "batch", "4999")
    assert panel.extent.words.endswith(" · 1 step an epoch")
    write(panel, "batch", "100")
    write(panel, "classes", "0-4")
    assert panel.extent.words.endswith(" · 25 steps an epoch"), "it learns from 2,500 images"
    write(panel, "images", "700")
    assert panel.extent.words.endswith(" · 7 steps an epoch")
    panel.set_preset("conv")
    convolutions = 9 * 1 * 16 + 16 + 9 * 16 * 32 + 32
    assert panel.extent.words.startswith(f"{convolutions + 7 * 7 * 32 * 64 + 64 + 64 * 10 + 10:,} parameters ·")
    write(panel, "layers", "x")
    assert panel.extent.words == ""


@pytest.fixture
def steps(qtbot):
    field = TextField(knobs(WarmupSpec)["steps"], "test.steps")
    qtbot.addWidget(field)
    return field


def enter(editor, kind, reason=Qt.FocusReason.TabFocusReason):
    QCoreApplication.sendEvent(editor, QFocusEvent(kind, reason))


def test_a_count_is_shown_with_separators_until_somebody_types_who_may_type_them_and_a_seed_has_none(steps, qtbot):
    assert steps.editor.text() == "100,000"
    enter(steps.editor, QEvent.Type.FocusIn)
    assert steps.editor.text() == "100000"
    type_into(steps.editor, "25000")
    assert steps.value() == 25_000
    enter(steps.editor, QEvent.Type.FocusOut)
    assert (steps.editor.text(), steps.value()) == ("25,000", 25_000)
    enter(steps.editor, QEvent.Type.FocusIn)
    type_into(steps.editor, "many")
    enter(steps.editor, QEvent.Type.FocusOut)
    assert steps.editor.text() == "many" and steps.error

    counts = {"1,000": 1000, " 2,500,000 ": 2_500_000, "1,00": None, ",100": None, "1,0000": None}
    for text, value in counts.items():
        type_into(steps.editor, text)
        assert steps.value() == value, text
    seed = TextField(knobs(WarmupSpec)["seed"], "test.seed")
    qtbot.addWidget(seed)
    seed.set_value(1234567)
    assert seed.editor.text() == "1234567"


@pytest.fixture
def german():
    language.use("de", gettext.NullTranslations())
    yield
    language.use(language.SOURCE)


def test_numbers_stand_with_the_marks_of_the_language_and_are_taken_with_either_decimal_mark(qtbot, german):
    rate, batch = (TextField(KNOBS[name], name) for name in ("learning_rate", "batch"))
    for field in (rate, batch):
        qtbot.addWidget(field)
    rate.set_value(0.05)
    assert rate.editor.text() == "0,05"
    for text in ("0,1", "0,100", "0.1"):
        type_into(rate.editor, text)
        assert rate.value() == 0.1, text
    rate.editor.left()
    assert rate.editor.text() == "0,1"
    batch.set_value(1000)
    assert batch.editor.text() == "1.000"
    for text in ("1.000", "1000"):
        type_into(batch.editor, text)
        assert batch.value() == 1000, text


def test_short_numbers_and_ticks_have_the_marks_of_the_language(german):
    assert [short(0.98), short(12.34), trimmed(short(1.5))] == [",98", "12,3", "1,5"]
    assert say_power(1.5e6) == "1,5·10⁶"
    assert QuietAxis("left").tickStrings([0.5, 1500.0], 1, 1) == ["0,5", "1.500"]
    assert probability_text(0.5) == "50,00 %" and probability_text(1.0) == "> 99,99 %"


def test_a_choice_that_has_no_room_is_elided_and_whole_again_where_it_has(qtbot):
    theme().apply()
    choice = Choice(6)
    qtbot.addWidget(choice)
    choice.offer({1: "Layer 1, 300 neurons"})
    (narrow, place), *_ = painted_words(choice)
    assert narrow.startswith("Layer") and narrow.endswith("…")
    assert place.right() <= choice.width() - scaled(12), "the arrow has its room"
    choice.resize(400, choice.height())
    assert [words for words, _ in painted_words(choice)] == ["Layer 1, 300 neurons"]
