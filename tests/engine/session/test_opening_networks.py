"""A network that Keras saved becomes a run: by the job, and by the commands `open` and `classify`."""

import dataclasses
import json
import zipfile

import numpy as np
import plain_network
import pytest
from keras_files import archive, graph, hdf5, layer, legacy, network, weights
from made_sessions import KERAS_WARNS
from PIL import Image
from trained import with_run

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.core.layers.language import parse_layers
from engine.core.lens import Lens, Neuron
from engine.core.messages import Notice, answer
from engine.data.formats.sample import open_sample
from engine.data.location import Range
from engine.export.network.job import export_network
from engine.model.network.lens_network import lens_network
from engine.model.opening.description import described
from engine.model.training.messages import DataLookedFor, Parent
from engine.session.jobs.files import open_session
from engine.session.jobs.networks import FitAsked, open_network
from engine.session.jobs.runs import RunsTogether
from engine.session.jobs.train import look_for_data, train
from engine.session.session import Session

pytestmark = pytest.mark.usefixtures("own_home", "read_here")

READER = network(
    layer("InputLayer", "image", batch_shape=[None, 784]),
    layer("Dense", "dense", units=6, activation="tanh"),
    layer("Dense", "dense_1", units=7, activation="tanh"),
    layer("Dense", "dense_2", units=10, activation="softmax"),
)
SHAPES = (((784, 6), (6,)), ((6, 7), (7,)), ((7, 10), (10,)))


@pytest.fixture
def file(tmp_path):
    """A network that reads digits, drawn."""
    path = tmp_path / "from keras.h5"
    path.write_bytes(legacy(READER, weights(SHAPES), ("dense", "dense_1", "dense_2")))
    return path


def test_it_is_a_run_with_one_snapshot_and_the_classes_of_the_data_that_fit(file):
    session = Session(open_sample())
    (run,) = answer(open_network(session, file), RunsTogether).restored
    assert (run.name, run.title, run.moments, run.epochs) == ("A", "from keras", (0,), ())
    assert (run.spec.layers, run.spec.activation, run.classes) == ("6, 7", "tanh", session.data().classes)
    kept = session.run("A").moment(None)
    for array, expected in zip(kept.weights, (array for pair in weights(SHAPES) for array in pair), strict=True):
        np.testing.assert_array_equal(array, expected)
    assert Session().dataset is None and not answer(open_network(Session(), file), RunsTogether).restored[0].classes


def test_its_answers_are_those_of_its_weights_and_a_lens_silences_it(file):
    session = Session(open_sample())
    list(open_network(session, file))
    image = session.data().test_images[0] / np.float32(255)
    x = image.reshape(-1)
    for kernel, bias in weights(SHAPES)[:-1]:
        x = np.tanh(x @ kernel + bias)
    kernel, bias = weights(SHAPES)[-1]
    np.testing.assert_allclose(lens_network(session, Lens("A")).answer(image)[1], x @ kernel + bias, atol=1e-5)


def test_layers_with_an_activation_of_their_own_are_written_so(tmp_path):
    description = json.loads(json.dumps(READER))
    description["config"]["layers"][2]["config"]["activation"] = "relu"
    (tmp_path / "two.h5").write_bytes(legacy(description, weights(SHAPES), ("dense", "dense_1", "dense_2")))
    session = Session()
    list(open_network(session, tmp_path / "two.h5"))
    assert session.run("A").spec.layers == "6, 7 relu"


@pytest.fixture
def small(tmp_path):
    """A network that reads images of 14 by 14 in a block, drawn."""
    convolution = {"kernel_size": [3, 3], "padding": "same", "use_bias": False}
    description = graph(
        (layer("InputLayer", "image", batch_shape=[None, 14, 14, 1]),),
        (layer("Conv2D", "conv", filters=3, activation="relu", **convolution), "image"),
        (layer("Conv2D", "within", filters=3, **convolution), "conv"),
        (layer("BatchNormalization", "norm", scale=False), "within"),
        (layer("Add", "sum"), "conv", "norm"),
        (layer("ReLU", "relu"), "sum"),
        (layer("GlobalMaxPooling2D", "pool"), "relu"),
        (layer("Dense", "dense", units=10), "pool"),
    )
    generator = np.random.default_rng(6)
    shapes = ((3, 3, 1, 3),), ((3, 3, 3, 3),), ((3,), (3,), (3,)), ((3, 10), (10,))
    arrays = [[generator.random(shape).astype(np.float32) - 0.3 * (len(shape) > 1) for shape in of] for of in shapes]
    path = tmp_path / "small.keras"
    groups = "conv2d", "conv2d_1", "batch_normalization", "dense"
    path.write_bytes(archive(description, hdf5(arrays, groups)))
    return path


def test_a_network_with_a_block_answers_as_numpy_does_and_a_lens_silences_a_map_within(small):
    session = Session()
    (run,) = answer(open_network(session, small), RunsTogether).restored
    assert run.spec.layers == "conv 3 3x3, residual(conv 3 3x3, batchnorm), global max"
    image = open_sample().test_images[0][::2, ::2] / np.float32(255)
    layers, weights = run.spec.network, session.run("A").moment(0).weights
    for silenced in (None, (1, 2), (0, 1)):
        lens = Lens("A", silenced=frozenset({Neuron(*silenced)} if silenced else ()))
        expected = plain_network.logits_of(layers, weights, image[None], silenced)[0]
        np.testing.assert_allclose(lens_network(session, lens).answer(image)[1], expected, atol=1e-4)


def test_where_other_images_are_open_they_are_resized_if_a_person_says_so(small):
    session = Session(open_sample())
    (asked,) = filter(None, open_network(session, small, fit=None))
    assert asked == FitAsked(
        file=small,
        sentence="small.keras reads images of 14 × 14 pixels, and those of the open data have 28 × 28: with resize "
        "14x14 in front of it they fit.",
        layers="resize 14x14",
        pixels=Range(0, 1),
    )
    assert not session.runs
    (run,) = answer(open_network(session, small, fit=True), RunsTogether).restored
    assert run.spec.layers.startswith("resize 14x14, conv 3 3x3, ")
    assert (session.run("A").shape, run.classes) == ((28, 28), session.data().classes)
    image = session.data().test_images[1] / np.float32(255)
    means = image.reshape(14, 2, 14, 2).mean(axis=(1, 3))  # what is half-way between two pixels
    weights = session.run("A").moment(0).weights
    expected = plain_network.logits_of(run.spec.network[1:], weights, means[None])[0]
    np.testing.assert_allclose(lens_network(session, Lens("A")).answer(image)[1], expected, atol=1e-4)
    (run,) = answer(open_network(session, small, fit=False), RunsTogether).restored
    assert (session.run("B").shape, run.classes) == ((14, 14), ())


def test_a_network_that_fits_is_neither_asked_about_nor_changed(file):
    session = Session(open_sample())
    for fit in (None, True, False):
        (run,) = answer(open_network(session, file, fit=fit), RunsTogether).restored
        assert run.spec.layers == "6, 7"


def test_other_values_of_black_and_white_are_put_in_front(file):
    session = Session(open_sample())
    image = session.data().test_images[0] / np.float32(255)
    for number, (black, white, text) in enumerate(((0, 255, "rescale 255, 6, 7"), (1, 0, "rescale -1 1, 6, 7"))):
        (run,) = answer(open_network(session, file, pixels=Range(black, white)), RunsTogether).restored
        assert run.spec.layers == text
        weights = session.run("AB"[number]).moment(0).weights
        x = np.where(image == 0, black, np.where(image == 1, white, black + (white - black) * image)).reshape(-1)
        for kernel, bias in zip(weights[:4:2], weights[1:4:2], strict=True):
            x = np.tanh(x @ kernel + bias)
        logits = lens_network(session, Lens(run.name)).answer(image)[1]
        np.testing.assert_allclose(logits, x @ weights[4] + weights[5], atol=1e-4)


def nearest_mean(folder, pixels, shape=(28, 28)):
    """Save a network that answers with the class whose mean is nearest, for pixels of this range; return its file."""
    data, (low, high) = open_sample(), pixels
    images = shrunk(data.train_images / 255, shape).reshape(len(data.train_images), -1)
    means = np.stack([images[data.train_labels == label].mean(axis=0) for label in range(10)], axis=1)
    kernel = 2 * means / (high - low)
    bias = -(means**2).sum(axis=0) - low * kernel.sum(axis=0)
    return saved(folder / "means.h5", kernel, bias, shape)


def saved(path, kernel, bias, shape=(28, 28)):
    """Save a network without hidden layers; return its file."""
    description = network(
        layer("InputLayer", "image", batch_shape=[None, *shape]), layer("Flatten", "flat"),
        layer("Dense", "dense", units=10, activation="softmax"),
    )  # fmt: skip
    path.write_bytes(legacy(description, [(kernel.astype("f"), bias.astype("f"))], ("dense",)))
    return path


def shrunk(images, shape):
    """Return images (n, 28, 28) as the mean of each square that becomes one pixel."""
    rows, columns = shape
    return images.reshape(len(images), rows, 28 // rows, columns, 28 // columns).mean(axis=(2, 4))


PICKED = np.linspace(0, 999, 500).astype(int)  # of the test images


def answers_of(path, pixels, shape=(28, 28)):
    """Return what a network without hidden layers answers to the picked test images with such pixels."""
    data, (low, high) = open_sample(), pixels
    session = Session()
    list(open_network(session, path))
    kernel, bias = session.run("A").moment(0).weights
    images = low + (high - low) * shrunk(data.test_images[PICKED] / 255, shape).reshape(500, -1)
    return (images @ kernel + bias).argmax(axis=1)


def right_of(*what):
    """Return how many of these answers are right."""
    return int((answers_of(*what) == open_sample().test_labels[PICKED]).sum())


@pytest.mark.parametrize(
    ("pixels", "layers"),
    [
        (Range(0, 255), "rescale 255"),
        (Range(-1, 1), "rescale 2 -1"),
        (Range(1, 0), "rescale -1 1"),
        (Range(255, 0), "rescale -255 255"),
    ],
)
def test_where_it_reads_clearly_more_images_right_with_other_pixels_that_is_asked_with_figures(
    tmp_path, pixels, layers
):
    session, path = Session(open_sample()), nearest_mean(tmp_path, pixels)
    (asked,) = filter(None, open_network(session, path, fit=None))
    few, many = right_of(path, (0, 1)), right_of(path, pixels)
    assert few < 200 < 350 < many
    assert asked.sentence == (
        f"Of 500 test images means.h5 reads {few} right with pixels from 0 to 1, and {many} with "
        f"{pixels.low:g} for black and {pixels.high:g} for white: {layers} in front of it makes them so."
    ).replace("with -1 for", "with \N{MINUS SIGN}1 for")
    assert (asked.layers, asked.pixels) == (layers, pixels) and not session.runs
    (run,) = answer(open_network(session, path, fit=True, pixels=asked.pixels), RunsTogether).restored
    (by_itself,) = answer(open_network(session, path, fit=True), RunsTogether).restored
    assert run.spec.layers == by_itself.spec.layers == layers
    (as_it_is,) = answer(open_network(session, path, fit=False), RunsTogether).restored
    assert as_it_is.spec.layers == ""


def test_pixels_with_mean_0_and_deviation_1_are_tried_too(tmp_path):
    session = Session(open_sample())
    mean, deviation = 0.1307, 0.3081  # of MNIST, as people write them
    pixels = Range(-mean / deviation, (1 - mean) / deviation)
    path = nearest_mean(tmp_path, pixels)
    (asked,) = filter(None, open_network(session, path, fit=None))
    np.testing.assert_allclose(asked.pixels, pixels, rtol=0.02)


def test_size_and_pixels_are_one_question(tmp_path):
    session, shape = Session(open_sample()), (14, 14)
    path = nearest_mean(tmp_path, Range(0, 255), shape)
    (asked,) = filter(None, open_network(session, path, fit=None))
    few, many = right_of(path, (0, 1), shape), right_of(path, (0, 255), shape)
    assert asked.sentence == (
        "means.h5 reads images of 14 × 14 pixels, and those of the open data have 28 × 28: with resize 14x14 in front "
        f"of it they fit. Of 500 test images means.h5 reads {few} right with pixels from 0 to 1, and {many} with 0 "
        "for black and 255 for white: rescale 255 in front of it makes them so."
    )
    assert asked.layers == "resize 14x14, rescale 255"
    (run,) = answer(open_network(session, path, fit=True, pixels=asked.pixels), RunsTogether).restored
    assert run.spec.layers == asked.layers


def test_nothing_is_asked_where_pixels_from_0_to_1_are_as_good_or_the_classes_are_others(tmp_path):
    data = open_sample()
    mostly_wrong = np.where(np.arange(1000) % 5 < 2, data.test_labels, (data.test_labels + 1) % 10).astype(np.uint8)
    for pixels, opened in (
        (Range(0, 1), data),
        (Range(0, 255), dataclasses.replace(data, classes=(*data.classes, "none"))),  # with other classes
        (Range(0, 255), dataclasses.replace(data, test_labels=mostly_wrong)),  # it reads too few right anyhow
    ):
        session, path = Session(opened), nearest_mean(tmp_path, pixels)
        (run,) = answer(open_network(session, path, fit=None), RunsTogether).restored
        assert run.spec.layers == ""


def test_some_more_that_are_right_by_chance_are_no_reason_to_ask(tmp_path):
    data, path = open_sample(), nearest_mean(tmp_path, Range(0, 1))
    here, there = answers_of(path, (0, 1)), answers_of(path, (-1, 1))
    differ = np.flatnonzero(here != there)
    enough = next(
        n for n in range(len(differ)) if 2 * n > len(differ) and (2 * n - len(differ)) ** 2 > 10.8 * len(differ)
    )
    for gained, is_asked in ((enough - 1, False), (enough, True)):
        labels = data.test_labels.copy()
        labels[PICKED] = here
        labels[PICKED[differ[:gained]]] = there[differ[:gained]]
        session = Session(dataclasses.replace(data, test_labels=labels))
        (message,) = filter(None, open_network(session, path, fit=None))
        assert isinstance(message, FitAsked) == is_asked


def test_of_ranges_that_are_as_good_the_usual_one_is_offered(tmp_path):
    data = open_sample()
    images = data.train_images.reshape(len(data.train_images), -1) / 255
    kernel = -np.stack([images[data.train_labels == label].mean(axis=0) for label in range(10)], axis=1)
    kernel = (kernel - kernel.mean(axis=0)) / np.linalg.norm(kernel - kernel.mean(axis=0), axis=0)
    path = saved(tmp_path / "dark.h5", kernel, np.linspace(0, 0.2, 10))  # so small that 255 instead of 1 hardly matters
    ones, bytes_ = answers_of(path, (1, 0)), answers_of(path, (255, 0))
    differ = np.flatnonzero(ones != bytes_)
    assert 9 < len(differ) < 200
    for of_bytes, layers in ((len(differ) // 2 + 1, "rescale -1 1"), (len(differ), "rescale -255 255")):
        labels = data.test_labels.copy()
        labels[PICKED] = ones
        labels[PICKED[differ[:of_bytes]]] = bytes_[differ[:of_bytes]]
        session = Session(dataclasses.replace(data, test_labels=labels))
        (asked,) = filter(None, open_network(session, path, fit=None))
        assert asked.layers == layers


def test_what_stands_for_the_end_of_a_network_is_said(tmp_path):
    description = network(*READER["config"]["layers"][:3])
    path = tmp_path / "tanh.h5"
    description["config"]["layers"].append(layer("Softmax", "softmax"))
    path.write_bytes(legacy(description, weights(SHAPES)[:2], ("dense", "dense_1")))
    *_, notice = [message for message in open_network(Session(), path) if isinstance(message, Notice)]
    assert notice.sentence.startswith("tanh.h5: It ends without a dense layer")


def test_the_command_open_says_what_would_fit_and_does_it_if_asked(small, tmp_path, capsys):
    place = ["--session", str(tmp_path / "new.layerlight")]
    assert run_wanted(parse(["open", str(small), *place, "--dataset", "sample"])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Run A · small: 14×14×1 → conv 3 3×3")
    assert lines[1:] == [
        "small.keras reads images of 14 × 14 pixels, and those of the open data have 28 × 28: with resize 14x14 in "
        "front of it they fit. open --fit puts it there."
    ]
    assert run_wanted(parse(["open", str(small), *place, "--dataset", "sample", "--fit", "--range", "1..0"])) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Run B · small: ")
    with look_at(tmp_path / "new.layerlight") as kept:
        assert kept.run("B").spec.layers.startswith("resize 14x14, rescale -1 1, conv 3 3x3")
        assert kept.run("B").shape == (28, 28)


@pytest.mark.parametrize("wrong", [["--fit"], ["--range", "0"], ["--range", "3..3"], ["--range", "0..1e9"]])
def test_the_command_open_refuses_what_cannot_be_meant(small, tmp_path, capsys, wrong):
    with pytest.raises(SystemExit) as ended:
        run_wanted(parse(["open", str(small), "--session", str(tmp_path / "new.layerlight"), *wrong]))
    assert ended.value.code == 2 and not (tmp_path / "new.layerlight").exists()
    assert "--dataset" in (error := capsys.readouterr().err) or "0..255, black first" in error


def test_the_command_info_prints_the_layers_of_a_network(small, capsys):
    assert run_wanted(parse(["info", str(small)])) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == [str(small)] and lines[1] == ["layer", "of", "Keras", "shape", "parameters"]
    assert lines[2:5] == [
        ["1", "image", "InputLayer", "14", "×", "14", "×", "1"],
        ["2", "conv", "Conv2D", "14", "×", "14", "×", "3", "27"],
        ["3", "within", "Conv2D", "14", "×", "14", "×", "3", "81"],
    ]
    assert lines[9] == ["8", "dense", "Dense", "10", "40"]
    assert lines[10] == ["in", "all", "157"]
    assert run_wanted(parse(["info", str(small), "--json"])) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["shape"], facts["classes"], facts["parameters"]) == ([14, 14], 10, 157)
    assert facts["layers"][3] == {"name": "norm", "kind": "BatchNormalization", "shape": [14, 14, 3], "parameters": 9}
    assert parse_layers(facts["text"]) == described(small_text(small), "small.keras").layers


def small_text(path):
    with zipfile.ZipFile(path) as parts:
        return parts.read("config.json").decode()


def test_a_refused_file_leaves_the_session_as_it_was(tmp_path):
    session = Session(open_sample())
    (tmp_path / "bad.keras").write_bytes(archive(content=b"none"))
    with pytest.raises(UserError, match=r"bad\.keras is damaged"):
        list(open_network(session, tmp_path / "bad.keras"))
    assert not session.runs and session.is_empty


def test_what_it_learned_from_is_not_known_so_it_is_not_trained_on(file):
    session = Session(open_sample())
    list(open_network(session, file))
    sought = answer(look_for_data(session, "A"), DataLookedFor)
    assert (sought.is_there, sought.source) == (False, "")
    with pytest.raises(UserError, match="It is not known what run A · from keras learned from") as refused:
        list(train(session, session.run("A").spec.but(epochs=2), Parent("A", 0)))
    assert refused.value.hint == "Teach it examples of your own, or start a new run."


def test_no_data_are_missed_where_a_session_with_it_is_opened(file, tmp_path):
    session, kept = Session(open_sample()), tmp_path / "kept.layerlight"
    list(open_network(session, file))
    list(session.move_to(kept))
    assert session.close()
    again = Session(open_sample())
    assert not [message for message in open_session(again, str(kept)) if isinstance(message, Notice)]
    assert list(again.runs) == ["A"] and again.data().name == open_sample().name
    assert again.close()


def test_the_commands_open_keeps_it_and_its_answers_are_those_of_classify(file, tmp_path, capsys):
    session, picture = tmp_path / "new.layerlight", tmp_path / "digit.png"
    assert run_wanted(parse(["open", str(file), "--session", str(session), "--dataset", "sample"])) == 0
    assert capsys.readouterr().out.startswith("Run A · from keras: 784 → 6 → 7 → 10, in ")
    with look_at(session) as kept:
        assert kept.run("A").classes == tuple("0123456789") and list(kept.run("A").moments) == [0]
        np.testing.assert_array_equal(kept.run("A").moment(0).weights[0], weights(SHAPES)[0][0])
    Image.fromarray(255 - open_sample().test_images[0]).save(picture)
    answers = []
    for of in (["--model", str(file)], ["--session", str(session)]):
        run_wanted(parse(["classify", str(picture), "--json", *of]))
        answers.append(json.loads(capsys.readouterr().out)["probabilities"])
    assert answers[0] == answers[1] and len(answers[0]) == 10
    assert run_wanted(parse(["open", str(file), "--session", str(session), "--json"])) == 0
    assert json.loads(capsys.readouterr().out)["run"] == "B", "a second one is added"


def test_a_refused_file_leaves_no_session_behind(tmp_path):
    (tmp_path / "bad.h5").write_bytes(b"none")
    with pytest.raises(UserError, match=r"bad\.h5 is damaged"):
        run_wanted(parse(["open", str(tmp_path / "bad.h5"), "--session", str(tmp_path / "new.layerlight")]))
    assert not (tmp_path / "new.layerlight").exists()


def test_a_file_and_a_run_are_not_both_named(file):
    with pytest.raises(SystemExit):
        run_wanted(parse(["classify", "a.png", "--model", str(file), "--run", "A"]))


@KERAS_WARNS
@pytest.mark.parametrize("layers", ["12", "9 tanh, 7", "conv 3, conv 4 gelu, 6"])
def test_what_layerlight_exports_it_opens_again_to_the_bit(tmp_path, layers):
    session = with_run(Session(open_sample()), layers, steps=(0,))
    list(export_network(session, "A", 0, tmp_path / "model.keras"))
    (run,) = answer(open_network(session, tmp_path / "model.keras"), RunsTogether).restored
    assert run.spec.network == session.run("A").spec.network
    for array, expected in zip(session.run("B").moment(0).weights, session.run("A").moment(0).weights, strict=True):
        np.testing.assert_array_equal(array, expected)
