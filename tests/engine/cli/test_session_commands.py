"""Sessions on the command line: what is trained into them, exported, refused and left in the state folder."""

import errno
import json
import os
import signal
import sqlite3

import numpy as np
import pytest
from made_sessions import KERAS_WARNS, files_in, is_sealed, made_run, planned_by
from trained import kept_in

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import which
from engine.core.errors import UserError
from engine.core.lazy import keras, tf
from engine.core.machine import atomic
from engine.core.machine.folders import machine
from engine.core.specs import TrainSpec
from engine.model.network.model import Model
from engine.model.training.messages import EpochDone
from engine.model.training.run import Moment
from engine.model.training.table import Table
from engine.session.jobs.export import named_arrays
from engine.session.jobs.files import open_session
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import create_store, forget_old_command_line_sessions, peek
from engine.session.store.store import Store
from engine.session.store.watch import Lock
from tests.engine.session.store.told_and_found import epochs_in
from tests.faults import refusing

pytestmark = pytest.mark.usefixtures("own_home")


def small(data, *more):
    words = f"train --dataset {data} --layers 8 --batch 40 --epochs 2 --loss cross_entropy --seed 3"
    return parse([*words.split(), *map(str, more)])


def test_a_training_leaves_a_sealed_session_in_which_a_second_one_goes_on_as_if_unbroken(
    terminal, stripes_file, tmp_path, capsys
):
    path = tmp_path / "digits.layerlight"
    assert run_wanted(small(stripes_file, "--session", path)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"Run A is saved in {path}"
    assert is_sealed(path) and files_in(tmp_path) == {"home", path.name, stripes_file.name}

    row = terminal.json("train --resume A@e1 --epochs 2 --session", path)
    first, second = terminal.json("info", path)["runs"]
    assert (first["name"], second["name"], second["parent"]) == ("A", "B", {"run": "A", "step": 6})
    assert row["epoch"] == 2
    for figure in ("train_loss", "test_loss", "test_accuracy"):
        assert first[figure] == second[figure] == row[figure]
    assert is_sealed(path)


def test_without_a_file_the_run_is_in_the_state_folder_and_in_the_last_session(terminal, stripes_file, capsys):
    assert run_wanted(small(stripes_file)) == 0
    path = places.last_session()
    assert path.parent == places.autosaves() and path.name.startswith("train-")
    assert is_sealed(path)
    assert capsys.readouterr().out.splitlines()[-1] == f"Run A is saved in {path}"
    _, said = terminal.both("train --resume A")  # the last session, its settings and its data
    assert said.startswith("layerlight: --session is not given: run A at step ")
    after = terminal.json("info", path)["runs"]
    assert [run["epochs"] for run in after] == [2, 4]
    assert after[1]["settings"] == {**after[0]["settings"], "epochs": 4}


def test_of_sessions_that_only_the_command_line_wrote_the_newest_five_stay(tmp_path):
    """By when they were written last, whatever their names say; one that a window has written is none of them."""
    made = [places.autosaves() / f"train-2020010{9 - number}-000000-{machine()}-abcd.layerlight" for number in range(9)]
    for age, path in enumerate(made):
        session = Session()
        session.begin(create_store(path))
        session.runs["A"] = made_run("A")
        session.close()
        os.utime(path, (1000 - age, 1000 - age))
    dear = made[8]
    window = Session(new_place=places.new_autosave)
    list(open_session(window, str(dear)))
    window.runs["B"] = made_run("B")
    while not window.is_saved():
        window.save()
    window.close()
    os.utime(dear, (1, 1))
    before = dear.read_bytes()
    broken = places.autosaves() / f"train-20190101-000000-{machine()}-abcd.layerlight"
    broken.write_bytes(b"no session")
    os.utime(broken, (2, 2))
    others = places.autosaves() / "train-20180101-000000-76543210-abcd.layerlight"  # the home is on a network
    others.write_bytes(dear.read_bytes())
    os.utime(others, (1, 1))
    lock = Lock(made[7])
    assert lock.take()
    forget_old_command_line_sessions()
    lock.release()
    assert files_in(places.autosaves()) == {path.name for path in (*made[:5], made[7], dear, broken, others)}
    assert dear.read_bytes() == before and ("B", 10) in epochs_in(dear)


def test_a_session_that_cannot_be_written_is_told_of_once_and_training_goes_on(
    stripes_file, tmp_path, capsys, monkeypatch
):
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    monkeypatch.setattr(Store, "write", refusing(error))
    monkeypatch.setattr("engine.session.session.RETRY_SECONDS", 0.0)
    assert run_wanted(small(stripes_file, "--session", tmp_path / "full.layerlight", "--json")) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err.splitlines() == [
        "layerlight: The disk is full, so the session is not being saved. Training goes on, and it is tried again.",
        "layerlight: The session could not be saved, so what was trained last is lost.",
    ]


def test_a_file_that_is_moved_while_it_trains_is_status_1_and_says_where_the_run_is(
    stripes_file, tmp_path, capsys, monkeypatch
):
    path, tell = tmp_path / "s.layerlight", Table.print

    def move_after_the_first_epoch(table, message):
        tell(table, message)
        if isinstance(message, EpochDone) and message.epoch == 1:
            path.rename(tmp_path / "moved.layerlight")

    monkeypatch.setattr(Table, "print", move_after_the_first_epoch)
    assert run_wanted(small(stripes_file, "--session", path)) == 1
    out, err = capsys.readouterr()
    (autosave,) = places.autosaves().iterdir()
    assert out.splitlines()[-1] == f"Run A is saved in {autosave}"
    assert len(epochs_in(autosave)) == 2
    assert err.startswith("layerlight: s.layerlight was moved, renamed or deleted; ")
    assert err.splitlines()[1:] == [f"layerlight: What was trained is in {autosave}."]


def test_what_reads_the_lines_may_leave_and_the_file_is_closed_all_the_same(stripes_file, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.cli.parts.training.print", refusing(BrokenPipeError()), raising=False)
    with pytest.raises(BrokenPipeError):
        run_wanted(small(stripes_file, "--session", tmp_path / "pipe.layerlight", "--json"))
    assert is_sealed(tmp_path / "pipe.layerlight")


def test_a_run_that_is_interrupted_before_it_begins_is_none(terminal, stripes_file, tmp_path, capsys, monkeypatch):
    path = tmp_path / "early.layerlight"
    with monkeypatch.context() as patch:
        patch.setattr(Table, "print", lambda *_: signal.raise_signal(signal.SIGINT))
        for flags in ((), ("--session", path)):
            assert run_wanted(small(stripes_file, *flags)) == 130
            assert tuple(capsys.readouterr()) == ("", "layerlight: Interrupted after 0 finished epochs.\n")
            assert not list(places.autosaves().iterdir())
    assert terminal.json("info", path)["runs"] == [] and is_sealed(path)


@pytest.mark.parametrize("name", ["ü ½.layerlight", "50%41#?&mode=ro", "-x", "two\nlines"])
def test_names_of_all_kinds(name, stripes_file, tmp_path, capfd):
    folder = tmp_path / "files"
    folder.mkdir()
    for run in "AB":
        session = planned_by(small(stripes_file, f"--session={folder / name}")).session
        session.runs[run] = made_run(run)
        assert session.close()
    assert places.last_session() == folder / name
    flags = (f"--session={folder / name}", f"--weights={folder / name}.npz", f"--csv={folder / name}.csv")
    assert run_wanted(parse(["export", *flags])) == 0
    assert run_wanted(parse(["info", "--json", "--", str(folder / name)])) == 0
    facts = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (facts["file"], [run["name"] for run in facts["runs"]]) == (str(folder / name), ["A", "B"])
    assert run_wanted(parse(["info", "--", str(folder / name)])) == 0
    assert files_in(folder) == {name, f"{name}.npz", f"{name}.csv"}


def test_the_session_that_comes_along_is_looked_at_and_never_written(made, stripes_file, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("engine.core.machine.bundled.BUNDLED", made)
    before = made.read_bytes()
    with which(parse(["export", "--csv", "unused"])) as (session, run, _):
        assert (len(session.runs), run.name) == (3, "A")
    with pytest.raises(UserError, match=r"The data of run A cannot be found: Stripes 240 \+ 90\. Name them"):
        planned_by(parse(["train", "--resume", "A@e1"]))
    assert made.read_bytes() == before
    assert not list(places.autosaves().iterdir())


def test_the_windows_state_survives_a_training(made, stripes_file):
    session = planned_by(small(stripes_file, "--session", made)).session
    assert session.view == {"tab": "train"}
    assert session.close()
    assert peek(made)[0].view == {"tab": "train"}


@pytest.mark.parametrize("flag", ["--weights", "--csv"])
def test_an_export_that_fails_is_refused_in_a_sentence_and_leaves_the_old_file(made, tmp_path, monkeypatch, flag):
    out = tmp_path / "out"
    out.write_bytes(b"old")

    monkeypatch.setattr(atomic.os, "replace", refusing(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(UserError, match="cannot be saved: No space left"):
        run_wanted(parse(["export", "--session", str(made), flag, str(out)]))
    assert out.read_bytes() == b"old" and not list(tmp_path.glob(".out*"))


@KERAS_WARNS
def test_a_convolutional_network_is_exported_with_the_activation_of_each_layer(terminal, dataset, tmp_path):
    session = Session(dataset)
    run = session.new_run(TrainSpec(layers="conv 3 gelu, conv 4, 5 tanh", activation="leaky_relu", initial="he"), 6)
    first = Model(run.spec.plan(dataset.shape, 4))
    run.moments[0] = Moment(step=0, weights=tuple(map(np.asarray, first.variables)), optimizer=())
    path = kept_in(tmp_path / "conv.layerlight", session)
    terminal("export --session", path, "--keras", tmp_path / "conv.keras")
    images = (dataset.test_images / 255).astype(np.float32)
    theirs = keras.models.load_model(tmp_path / "conv.keras")(images)
    assert np.abs(theirs - first(tf.constant(images))[1]).max() <= 1e-6
    wanted = [f"layer{number}/{part}" for number in (1, 2, 3, 4) for part in ("kernel", "bias")]
    assert list(named_arrays(run, run.moments[0].weights)) == wanted
    assert files_in(tmp_path) == {"home", "conv.keras", path.name}


def test_a_session_without_runs_is_told_of_and_has_nothing_to_export(tmp_path, capsys):
    create_store(tmp_path / "empty.layerlight").close()
    assert run_wanted(parse(["info", str(tmp_path / "empty.layerlight")])) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "no runs"
    with pytest.raises(UserError, match="has no runs"):
        run_wanted(parse(["export", "--session", str(tmp_path / "empty.layerlight"), "--csv", "x.csv"]))
