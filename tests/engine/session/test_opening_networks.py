"""A network that Keras saved becomes a run: by the job, and by the commands `open` and `classify`."""

import json

import numpy as np
import pytest
from keras_files import archive, layer, legacy, network, weights
from made_sessions import KERAS_WARNS
from PIL import Image
from trained import with_run

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.messages import answer
from engine.data.formats.sample import open_sample
from engine.export.network.job import export_network
from engine.model.network.lens_network import lens_network
from engine.model.training.messages import DataLookedFor, Parent
from engine.session.jobs.networks import open_network
from engine.session.jobs.runs import RunsTogether
from engine.session.jobs.train import look_for_data, train
from engine.session.session import Session

pytestmark = pytest.mark.usefixtures("own_home")

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
    assert run.spec.hidden == session.run("A").spec.hidden
    for array, expected in zip(session.run("B").moment(0).weights, session.run("A").moment(0).weights, strict=True):
        np.testing.assert_array_equal(array, expected)
