"""Weights with a table beside them become a run: by the job, by the commands; and what Layerlight exported, without."""

import json

import numpy as np
import pytest
from PIL import Image
from torch_files import conv2d, linear, npz, safetensors, write
from trained import with_run

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.core.messages import answer, run_through
from engine.data.formats.sample import open_sample
from engine.export.network.job import export_network
from engine.model.opening.opening import is_network, opened_network
from engine.model.training.run import Moment
from engine.session.jobs.networks import open_network
from engine.session.jobs.runs import RunsTogether
from engine.session.session import Session

pytestmark = pytest.mark.usefixtures("own_home")

TABLE = 'input = [28, 28]\nlayers = "conv 4 5x5 stride 4, relu, maxpool 2x2 valid, 12 tanh"\norder = "torch"'


@pytest.fixture
def state():
    """A network that reads digits, drawn."""
    generator = np.random.default_rng(6)
    return (
        conv2d("conv", 1, 4, (5, 5), generator)
        | linear("fc1", 4 * 3 * 3, 12, generator)
        | linear("fc2", 12, 10, generator)
    )


def test_the_commands_open_and_classify_take_weights_with_a_table_beside_them(tmp_path, state, capsys):
    session, picture = tmp_path / "new.layerlight", tmp_path / "digit.png"
    file = write(tmp_path, safetensors(state), TABLE, "of torch.safetensors")
    assert run_wanted(parse(["open", str(file), "--session", str(session), "--dataset", "sample"])) == 0
    assert capsys.readouterr().out.startswith("Run A · of torch: ")
    with look_at(session) as kept:
        assert kept.run("A").classes == tuple("0123456789") and list(kept.run("A").moments) == [0]
        np.testing.assert_array_equal(kept.run("A").moment(0).weights[-2], state["fc2.weight"].T)
    Image.fromarray(255 - open_sample().test_images[0]).save(picture)
    answers = []
    for of in (["--model", str(file)], ["--session", str(session)], ["--model", str(npz_beside(file, state))]):
        run_wanted(parse(["classify", str(picture), "--json", *of]))
        answers.append(json.loads(capsys.readouterr().out)["probabilities"])
    assert answers[0] == answers[1] == answers[2] and len(answers[0]) == 10


def npz_beside(file, state):
    """The same weights in the other kind of file, with the same table."""
    return write(file.parent, npz(state), TABLE, "of torch.npz")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize(
    "layers",
    [
        "12",
        "9 tanh, 7",
        "conv 3, conv 4 gelu, 6",
        "conv 3 5x5 stride 2, batchnorm, relu, residual(conv 3 3x3, layernorm), global average",
    ],
)
def test_what_layerlight_exports_as_arrays_it_opens_again_to_the_bit(tmp_path, layers, suffix):
    session = with_run(Session(open_sample()), layers, steps=(0,))
    moments = session.run("A").moments
    drawn = tuple(np.abs(array) for array in moments[0].weights)  # as variances are
    moments[0] = Moment(step=0, weights=drawn, optimizer=())
    list(export_network(session, "A", 0, tmp_path / f"model{suffix}"))
    assert is_network(tmp_path / f"model{suffix}")
    (run,) = answer(open_network(session, tmp_path / f"model{suffix}"), RunsTogether).restored
    assert run.spec.network == session.run("A").spec.network
    for array, expected in zip(session.run("B").moment(0).weights, session.run("A").moment(0).weights, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_files_that_hold_a_program_are_refused_with_what_to_save_instead(tmp_path):
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "saved" / "keras_metadata.pb").write_bytes(b"metadata")
    (tmp_path / "model.pt").write_bytes(b"pickle")
    for name, words, way in (("saved", "a SavedModel", "model.save"), ("model.pt", "a pickle", "numpy.savez")):
        assert is_network(tmp_path / name)
        with pytest.raises(UserError) as refused:
            run_through(opened_network(tmp_path / name))
        assert refused.value.sentence == f"{name} is {words}, which holds a program, and none is run here."
        assert way in refused.value.hint
    assert not is_network(tmp_path)


def test_the_command_info_prints_the_layers_of_weights_with_a_table_beside_them(tmp_path, state, capsys):
    for file in (
        write(tmp_path, npz(state), TABLE, "of torch.npz"),
        write(tmp_path, safetensors(state), TABLE, "b.safetensors"),
    ):
        assert run_wanted(parse(["info", str(file)])) == 0
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert lines[0] == str(file).split() and lines[1] == ["layer", "shape", "parameters"]
        assert lines[2:] == [
            ["1", "conv", "4", "5x5", "stride", "4", "relu", "7", "×", "7", "×", "4", "104"],
            ["2", "maxpool", "valid", "3", "×", "3", "×", "4"],
            ["3", "12", "tanh", "12", "444"],
            ["4", "outputs", "10", "130"],
            ["in", "all", "678"],
            lines[7],
        ]
        assert run_wanted(parse(["info", str(file), "--json"])) == 0
        facts = json.loads(capsys.readouterr().out)
        assert (facts["shape"], facts["classes"], facts["parameters"]) == ([28, 28], 10, 678)
        assert facts["layers"][2] == {"name": "12 tanh", "shape": [12], "parameters": 444}
        assert facts["text"] == "conv 4 5x5 stride 4 relu, maxpool valid, 12 tanh"


def test_the_layers_of_a_block_stand_behind_it_with_their_own_parameters(tmp_path, capsys):
    session = with_run(Session(open_sample()), "conv 4, residual(conv 6, conv 6 | conv 6 1x1), global average")
    file = tmp_path / "block.npz"
    run_through(export_network(session, "A", None, file))
    assert run_wanted(parse(["info", str(file), "--json"])) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [(layer["name"], layer["parameters"]) for layer in facts["layers"]] == [
        ("conv 4 3x3 relu", 40), ("maxpool", 0), ("residual relu", 0), ("conv 6 3x3 relu", 222),
        ("conv 6 3x3 linear", 330), ("conv 6 1x1 linear", 30), ("global average", 0), ("outputs", 70),
    ]  # fmt: skip
    assert facts["parameters"] == sum(array.size for array in session.runs["A"].moments[24].weights)


def test_the_command_info_says_why_weights_cannot_be_opened_and_that_a_data_set_is_no_session(tmp_path, state, capsys):
    alone = tmp_path / "alone.npz"
    alone.write_bytes(npz(state))
    data = tmp_path / "data.npz"
    np.savez(data, x_train=np.zeros((3, 4, 4)), y_train=np.zeros(3))
    for file, sentence in ((alone, "has weights alone, and not the layers of a network."), (data, "data.npz")):
        with pytest.raises(UserError) as refused:
            run_wanted(parse(["info", str(file)]))
        assert sentence in refused.value.sentence
