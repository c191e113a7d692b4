"""A run's network for other programs: what they read in it gives the answers of the session; and when there is none."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_sessions import KERAS_WARNS, arrays_of, files_in
from told import last
from trained import ARCHITECTURES, GENERAL, bits, with_run

from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.core.layers.language import as_text
from engine.core.lazy import tf
from engine.core.lens import Lens
from engine.core.machine.bundled import BUNDLED
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.data.sources import open_dataset
from engine.export.handout.job import export_handout
from engine.export.handout.network import quantised, widened
from engine.export.network import onnx_file
from engine.export.network.job import KINDS, NPZ, ONNX, SAFETENSORS, export_network
from engine.model.network.activations import activations
from engine.model.network.lens_network import Varied, lens_network
from engine.session.jobs.train import train
from engine.session.session import Session
from tests.faults import files_of_at_most

ELSEWHERE = Path(__file__).with_name("opened_elsewhere.py")
HAS_ONNX = importlib.util.find_spec("onnx") is not None
NO_ONNX = "the extra `onnx` is not installed: pip install onnx"

pytestmark = KERAS_WARNS


def of(kind, *, slow):
    marks = [pytest.mark.slow] if slow else []
    if kind == ONNX:
        marks.append(pytest.mark.skipif(not HAS_ONNX, reason=NO_ONNX))
    return pytest.param(kind, marks=marks, id=kind)


OF_NUMPY = NPZ, SAFETENSORS
ALL = [of(kind, slow=kind not in OF_NUMPY) for kind in KINDS]
SLOWLY = [of(kind, slow=True) for kind in KINDS]


@pytest.fixture(scope="module")
def many(dataset):
    """A session with a run of each kind of layer and activation, of the stripes."""
    session = Session(dataset)
    for layers, activation in ARCHITECTURES:
        with_run(session, layers, activation)
    return session


def logits_elsewhere(session, suffix, folder):
    """The logits of what lies in a folder for the session's test images, by a process without Layerlight."""
    np.save(folder / "images.npy", (session.data().test_images / np.float32(255)).astype(np.float32))
    layers = {name: as_text(run.spec.network) for name, run in session.runs.items()}
    (folder / "layers.json").write_text(json.dumps(layers), "utf-8")
    subprocess.run([sys.executable, "-I", ELSEWHERE, suffix, folder], check=True, cwd=folder)
    return {name: np.load(folder / f"{name}.npy") for name in session.runs}


def exported(session, kind, folder, step=None):
    for name in session.runs:
        notice = last(export_network(session, name, step, folder / f"{name}{kind}"))
        assert notice.sentence == f"Saved {folder / f'{name}{kind}'}."
    return logits_elsewhere(session, kind, folder)


def logits_here(session, name, step=None):
    return run_through(activations(session, Lens(name, step))).logits


@pytest.mark.parametrize("kind", ALL)
def test_networks_of_every_kind_of_layer_give_the_same_logits_elsewhere(many, kind, tmp_path):
    for name, theirs in exported(many, kind, tmp_path, step=12).items():
        ours = logits_here(many, name, 12)
        assert theirs.shape == ours.shape and np.abs(theirs - ours).max() < 2e-5, many.run(name).spec.layers


@pytest.fixture(scope="module")
def general(dataset):
    """A session with a run of each network of the other kinds of layers, and one with slopes."""
    session = Session(dataset)
    for layers in (
        *GENERAL,
        "conv 3 leaky_relu 0.3, residual(conv 3, leaky_relu 0.1) leaky_relu 0.05, 5 leaky_relu 0.9",
    ):
        with_run(session, layers)
    return session


@pytest.mark.parametrize("kind", ALL)
def test_strides_norms_blocks_and_the_other_layers_give_the_same_logits_elsewhere(general, kind, tmp_path):
    for name, theirs in exported(general, kind, tmp_path, step=12).items():
        ours = logits_here(general, name, 12)
        size = np.abs(ours).max()
        assert theirs.shape == ours.shape and np.abs(theirs - ours).max() < 2e-5 * max(1, size), name
        assert (theirs.argmax(axis=1) != ours.argmax(axis=1)).sum() == 0, name


@pytest.mark.parametrize("kind", ALL)
def test_the_networks_that_come_along_answer_the_same_elsewhere(bundled, kind, tmp_path):
    for name, theirs in exported(bundled, kind, tmp_path).items():
        assert (theirs.argmax(axis=1) != logits_here(bundled, name).argmax(axis=1)).sum() == 0


@pytest.fixture(scope="module")
def on_mnist(full_mnist):
    with look_at(BUNDLED) as session:
        session.replace_data(open_dataset(str(full_mnist))[0])
        yield session


@pytest.mark.timeout(600)  # ONNX without onnxruntime, by the package's own reference: three minutes
@pytest.mark.parametrize("kind", SLOWLY)
def test_not_one_of_the_10000_test_images_is_answered_otherwise_elsewhere(on_mnist, kind, tmp_path):
    for name, theirs in exported(on_mnist, kind, tmp_path).items():
        ours = logits_here(on_mnist, name)
        differing = int((theirs.argmax(axis=1) != ours.argmax(axis=1)).sum())
        print(f"{kind}, run {name}: {differing} different answers of {len(ours):,}; {np.abs(theirs - ours).max():.1e}")
        assert len(ours) == 10_000 and differing == 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", SLOWLY)
def test_not_one_of_the_10000_is_answered_otherwise_by_networks_of_all_kinds_of_layers(full_mnist, kind, tmp_path):
    session = Session(open_dataset(str(full_mnist))[0])
    for layers in GENERAL:
        with_run(session, layers, steps=[0])
    for name, theirs in exported(session, kind, tmp_path).items():
        ours = logits_here(session, name)
        differing = int((theirs.argmax(axis=1) != ours.argmax(axis=1)).sum())
        print(f"{kind}, {session.run(name).spec.layers}: {differing} different answers of {len(ours):,}")
        assert len(ours) == 10_000 and differing == 0


def handed_out(session, folder):
    """What elsewhere is made of each run's hand-out, and the engine of the same 8 bits, and how many it says agree."""
    for name in session.runs:
        notice = last(export_handout(session, Lens(name), folder / f"{name}.html"))
        of_run = lens_network(session, Lens(name))
        varied = Varied(weights=widened(quantised(of_run.plan, of_run.weights)))
        _, ours = run_through(of_run.outputs_in_turns(session.data().test_images, varied=varied))
        yield name, ours, notice.hint


def check_handouts(session, folder):
    rows = list(handed_out(session, folder))
    theirs = logits_elsewhere(session, ".html", folder)
    for name, ours, hint in rows:
        answers = theirs[name].argmax(axis=1)
        assert (answers != ours.argmax(axis=1)).sum() == 0
        same = int((answers == logits_here(session, name).argmax(axis=1)).sum())
        print(f"hand-out, run {name}: {len(answers) - same} of {len(answers):,} other than the run, which has all bits")
        assert f"the same answer as the run on {same:,} of {len(answers):,} test images" in hint


def test_the_arrays_of_a_hand_out_answer_elsewhere_as_it_says(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.export.handout.job.paint_ideal", lambda *_: ())  # which takes most of the time
    session = Session(dataset)
    for layers in ("12 tanh", "conv 3, conv 4 gelu, 6", *GENERAL):
        with_run(session, layers)
    check_handouts(session, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_arrays_of_a_hand_out_answer_10000_images_elsewhere_as_it_says(on_mnist, full_mnist, tmp_path):
    check_handouts(on_mnist, tmp_path)
    session = Session(open_dataset(str(full_mnist))[0])
    for layers in GENERAL:
        with_run(session, layers)
    check_handouts(session, tmp_path)


def test_safetensors_are_aligned_float32_without_holes_and_name_the_layers(many, tmp_path):
    for name in many.runs:
        file = tmp_path / f"{name}.safetensors"
        last(export_network(many, name, 0, file))
        content = file.read_bytes()
        size = int.from_bytes(content[:8], "little")
        text = content[8 : 8 + size]
        assert size % 8 == 0 and text[:1] == b"{" and text.rstrip(b" ")[-1:] == b"}"
        header = json.loads(text)
        run = many.run(name)
        about = header.pop("__metadata__")
        assert about == {"layers": as_text(run.spec.network), "input": "8x8 pixels, 0 to 1", "output": "logits"}
        offsets = [entry["data_offsets"] for entry in header.values()]
        assert [start for start, _ in offsets] == [0, *(end for _, end in offsets[:-1])]
        assert offsets[-1][1] == len(content) - 8 - size
        weights = run.moment(0).weights
        assert [tuple(entry["shape"]) for entry in header.values()] == [array.shape for array in weights]
        assert {entry["dtype"] for entry in header.values()} == {"F32"}
        assert content[8 + size :] == b"".join(array.astype("<f4").tobytes() for array in weights)
        last(export_network(many, name, 0, tmp_path / "same.npz"))
        assert list(arrays_of(tmp_path / "same.npz")) == list(header)


def test_a_saved_model_is_a_new_folder_whose_logits_are_those_of_the_moment(dense, tmp_path):
    folder = tmp_path / "gr\udcf6ße.savedmodel"  # a name that is not UTF-8, which TensorFlow does not write
    last(export_network(dense, "A", 12, folder))
    assert files_in(tmp_path) == {folder.name} and {"saved_model.pb", "variables"} <= files_in(folder)
    moved = folder.rename(tmp_path / "moved")
    images = (dense.data().test_images / 255).astype(np.float32)
    theirs = tf.saved_model.load(str(moved))
    assert np.abs(theirs.serve(images) - logits_here(dense, "A", 12)).max() < 1e-5


@pytest.mark.parametrize("there", ["a folder", "an empty folder", "a file", "a link to nothing"])
def test_what_is_there_already_is_never_replaced_by_a_folder(dense, tmp_path, there):
    place = tmp_path / "out.savedmodel"
    if "folder" in there:
        place.mkdir()
        (tmp_path / "empty").touch()
    if there == "a folder":
        (place / "mine").write_text("mine")
    if there == "a file":
        place.write_text("mine")
    if there == "a link to nothing":
        place.symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=r"out.savedmodel is there already\. Choose another name\."):
        last(export_network(dense, "A", None, place))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", [of(kind, slow=False) for kind in KINDS])
def test_on_a_full_disk_nothing_is_left_of_it_and_a_sentence_says_why(dense, kind, tmp_path):
    with files_of_at_most(1_000), pytest.raises(UserError, match=f"out{kind} cannot be saved: ") as refused:
        last(export_network(dense, "A", None, tmp_path / f"out{kind}"))
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 80
    assert files_in(tmp_path) == set()


def test_the_name_says_which_kind_it_is_and_no_other_kind_is_written_by_it(dense, tmp_path):
    sentence = r"a.h5 does not end in .keras, .savedmodel, .onnx, .npz or .safetensors\."
    with pytest.raises(UserError, match=sentence):
        last(export_network(dense, "A", None, tmp_path / "a.h5"))
    with pytest.raises(UserError, match=r"a.npz ends in .npz, which is another kind of file than .safetensors\."):
        last(export_network(dense, "A", None, tmp_path / "a.npz", SAFETENSORS))
    last(export_network(dense, "A", None, tmp_path / "A.NPZ"))
    last(export_network(dense, "A", None, tmp_path / "a.txt", NPZ))
    assert (tmp_path / "A.NPZ").read_bytes()[:2] == (tmp_path / "a.txt").read_bytes()[:2] == b"PK"
    with pytest.raises(UserError, match="there is no folder"):
        last(export_network(dense, "A", None, tmp_path / "none" / "a.savedmodel"))
    with pytest.raises(UserError, match="Run A has no snapshot at step 7"):
        last(export_network(dense, "A", 7, tmp_path / "a.keras"))
    assert files_in(tmp_path) == {"A.NPZ", "a.txt"}


def test_without_the_package_onnx_a_sentence_says_what_to_install(dense, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match="ONNX needs the package onnx, which is not installed") as refused:
        last(export_network(dense, "A", None, tmp_path / "a.onnx"))
    assert refused.value.hint == "Install the extra `onnx`: pip install onnx."


@pytest.mark.skipif(not HAS_ONNX, reason=NO_ONNX)
def test_a_network_that_an_onnx_file_cannot_hold_is_refused(dense, monkeypatch, tmp_path):
    monkeypatch.setattr(onnx_file, "MOST", 100)
    with pytest.raises(UserError, match="more than an ONNX file can hold"):
        last(export_network(dense, "A", None, tmp_path / "a.onnx"))


def test_a_training_goes_on_to_the_bit_while_tensorflow_writes_what_it_learned(dataset, tmp_path):
    def trained(meanwhile):
        session = Session(dataset)
        for number, message in enumerate(train(session, TrainSpec(layers="12", batch=20, epochs=2))):
            if message is not None and number > 5 and meanwhile:
                meanwhile(session)
                meanwhile = None
        return session.run("A")

    def export(session):
        last(export_network(session, "A", None, tmp_path / "a.savedmodel"))

    assert bits(trained(None)) == bits(trained(export)) and files_in(tmp_path) == {"a.savedmodel"}
