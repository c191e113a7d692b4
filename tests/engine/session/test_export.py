"""Exports of sessions that nothing was trained for; those of trained ones are in `test_session_commands`."""

import itertools
import os

import numpy as np
import pytest
from made_sessions import KERAS_WARNS, files_in

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import which
from engine.core.errors import UserError
from engine.core.lazy import keras, tf
from engine.core.machine import atomic
from engine.core.specs import TrainSpec
from engine.model.network.model import build_model, forward
from engine.model.training.run import Moment
from engine.session.jobs.export import export_keras, named_arrays
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import create_store
from tests.faults import Fault

pytestmark = pytest.mark.usefixtures("own_home")


def test_without_any_flag_the_newest_moment_of_the_last_session_is_meant(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("engine.core.machine.bundled.BUNDLED", tmp_path / "none.layerlight")
    with pytest.raises(UserError, match="There is no session yet"):
        run_wanted(parse(["export", "--weights", str(tmp_path / "w.npz")]))
    places.remember(made)
    assert run_wanted(parse(["export", "--weights", str(tmp_path / "w.npz")])) == 0
    with which(parse(["export", "--run", "C", "--moment", "last", "--csv", "unused"])) as (_, run, step):
        assert (run.name, step) == ("C", 550)
        expected = run.moments[step].weights
    with np.load(tmp_path / "w.npz") as arrays:
        assert all(np.array_equal(array, other) for array, other in zip(arrays.values(), expected, strict=True))


@pytest.mark.parametrize("flag", ["--weights", "--csv"])
def test_a_fault_on_any_call_of_an_export_leaves_the_old_file_or_the_new_one(made, tmp_path, monkeypatch, flag):
    out = tmp_path / "out"
    run_wanted(parse(["export", "--session", str(made), flag, str(out)]))
    new, outcomes = out.read_bytes(), []
    for n in itertools.count(1):
        out.write_bytes(b"old")
        fault = Fault(n)
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "open", fault.wrap(open), raising=False)
            for name in ("fsync", "chmod", "replace"):
                patch.setattr(atomic.os, name, fault.wrap(getattr(os, name)))
            try:
                run_wanted(parse(["export", "--session", str(made), flag, str(out)]))
                outcomes.append("saved")
            except UserError as error:
                assert "cannot be saved: No space left" in str(error)
                outcomes.append("refused")
        assert out.read_bytes() in ((new,) if outcomes[-1] == "saved" else (b"old", new))
        assert not list(tmp_path.glob(".out*"))
        if fault.left > 0:
            break
    assert outcomes.count("refused") >= 4 and outcomes[-1] == "saved"


@KERAS_WARNS
def test_a_convolutional_network_is_exported_with_its_activation(dataset, tmp_path):
    session = Session(dataset)
    run = session.new_run(TrainSpec(layers="conv 3, conv 4, 5", activation="leaky_relu", initial="he"), 6)
    first = build_model(run.spec, dataset.shape, 4)
    run.moments[0] = Moment(step=0, weights=tuple(first.get_weights()), optimizer=())
    list(export_keras(session, "A", None, tmp_path / "conv.keras"))
    images = (dataset.test_images / 255).astype(np.float32)
    theirs = keras.models.load_model(tmp_path / "conv.keras")(images)
    assert np.abs(theirs - forward(first, tf.constant(images))[1]).max() <= 1e-6
    wanted = [f"layer{number}/{part}" for number in (1, 2, 3, 4) for part in ("kernel", "bias")]
    assert list(named_arrays(first.get_weights())) == wanted
    assert files_in(tmp_path) == {"home", "conv.keras"}


def test_a_session_without_runs_is_told_of_and_has_nothing_to_export(tmp_path, capsys):
    create_store(tmp_path / "empty.layerlight").close()
    assert run_wanted(parse(["info", str(tmp_path / "empty.layerlight")])) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "no runs"
    with pytest.raises(UserError, match="has no runs"):
        run_wanted(parse(["export", "--session", str(tmp_path / "empty.layerlight"), "--csv", "x.csv"]))
