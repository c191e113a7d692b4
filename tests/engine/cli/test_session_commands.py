"""Sessions on the command line: real processes where it matters, the commands' own functions otherwise."""

import contextlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_sessions import KERAS_WARNS, ROOT, arrays_of, files_in, home_in, info, is_sealed, made_run, planned_by
from scripts_here import run_script

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.training import Table
from engine.cli.parts.which import which
from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.machine.folders import machine
from engine.data.formats.sample import open_sample
from engine.model.network.model import build_model, forward
from engine.model.training.messages import EpochDone
from engine.session.jobs.files import open_session
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import create_store, forget_old_command_line_sessions, peek
from engine.session.store.store import Store
from engine.session.store.watch import Lock
from tests.engine.session.store.told_and_found import epochs_in, moments_in
from tests.figures_by_hand import Answered, logits_by_hand

QUICK = ("--preset", "quick", "--dataset", "sample", "--epochs", "2", "--seed", "3")

pytestmark = pytest.mark.usefixtures("own_home")


def start(home: Path, *words) -> subprocess.Popen:
    command = [sys.executable, str(ROOT / "main.py"), *map(str, words)]
    environment = home_in(home)
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)  # its chatter belongs into the log
    return subprocess.Popen(
        command, env=environment, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A session with one run of two epochs of the sample; its table."""
    folder = tmp_path_factory.mktemp("trained")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name, value in home_in(folder).items():
            patch.setenv(name, value)
        assert run_wanted(parse(["train", "--session", str(folder / "digits.layerlight"), *QUICK])) == 0
    return folder / "digits.layerlight", printed.getvalue()


@pytest.fixture
def digits(trained, tmp_path):
    """A copy of that session."""
    copy = tmp_path / "digits.layerlight"
    copy.write_bytes(trained[0].read_bytes())
    return copy


@pytest.fixture
def weights_of(terminal, digits, tmp_path):
    """Return what `export --weights` writes of what the flags name."""

    def exported(flags=""):
        terminal(f"export {flags} --session", digits, "--weights", tmp_path / "w.npz")
        return arrays_of(tmp_path / "w.npz")

    return exported


def test_the_table_ends_with_the_session_which_is_closed_in_an_orderly_way(trained):
    path, table = trained
    assert table.splitlines()[-1] == f"Run A is saved in {path}"
    assert is_sealed(path)
    assert files_in(path.parent) & {"digits.layerlight-wal", "digits.layerlight-shm"} == set()


def test_a_second_training_in_the_same_file_goes_on_bit_for_bit_as_if_unbroken(terminal, digits, weights_of):
    row = terminal.json("train --resume A@e1 --epochs 2 --session", digits)
    first, second = terminal.json("info", digits)["runs"]
    assert (first["name"], second["name"], second["parent"]) == ("A", "B", {"run": "A", "step": 80})
    assert row["epoch"] == 2
    for figure in ("train_loss", "test_loss", "test_accuracy"):
        assert first[figure] == second[figure] == row[figure]
    for moment in ("e1", "last"):
        ours, unbroken = (weights_of(f"--run {run} --moment {moment}") for run in "BA")
        wanted = {name: array.tobytes() for name, array in unbroken.items()}
        assert {name: array.tobytes() for name, array in ours.items()} == wanted
    assert is_sealed(digits)


def test_exported_weights_are_single_precision_and_give_the_reported_figures(terminal, digits, weights_of):
    weights, data = weights_of(), open_sample()
    shapes = [(784, 64), (64,), (64, 10), (10,)]
    assert [(array.shape, array.dtype) for array in weights.values()] == [(shape, "f4") for shape in shapes]
    tested = Answered(data.test_labels, *logits_by_hand(list(weights.values()), data.test_images))
    run = terminal.json("info", digits)["runs"][-1]
    assert tested.accuracy == pytest.approx(run["test_accuracy"], abs=1e-9)
    assert tested.loss("cross_entropy") == pytest.approx(run["test_loss"], abs=1e-5)


@KERAS_WARNS
def test_the_exported_model_opens_in_plain_keras_and_gives_the_same_logits(terminal, digits, tmp_path):
    model, answer = tmp_path / "digits.keras", tmp_path / "logits.npy"
    terminal("export --session", digits, "--keras", model)
    images = (open_sample().test_images[:200] / 255).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    script = tmp_path / "plain.py"
    script.write_text(
        "import numpy, keras\n"
        "model = keras.models.load_model('digits.keras')\n"
        "numpy.save('logits.npy', model.predict(numpy.load('images.npy'), verbose=0))\n"
    )
    status, _, complaints = run_script(script, home_in(tmp_path))
    assert status == 0, complaints
    with which(parse(["export", "--session", str(digits), "--csv", "unused"])) as (_, run, step):
        ours = build_model(run.spec, run.shape, 10)
        ours.set_weights(list(run.moments[step].weights))
    logits = forward(ours, tf.constant(images))[1].numpy()
    assert np.abs(np.load(answer) - logits).max() <= 1e-6
    assert np.abs(logits).max() > 1


def test_the_exported_history_has_a_line_per_epoch(terminal, digits, tmp_path):
    terminal("export --session", digits, "--csv", tmp_path / "a.csv")
    rows = (tmp_path / "a.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,step,train_loss")
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "2"]
    assert float(rows[2].split(",")[4]) == terminal.json("info", digits)["runs"][0]["test_accuracy"]


def test_while_one_process_trains_another_is_refused_and_info_reads_and_ctrl_c_leaves_a_sealed_file(tmp_path, capsys):
    path = tmp_path / "busy.layerlight"
    command = ("train", "--session", path, *QUICK[:-4], "--epochs", "10000", "--json")
    with start(tmp_path / "home", *command) as process:
        try:
            json.loads(process.stdout.readline())
            with pytest.raises(UserError, match=r"busy.layerlight is open in another window"):
                planned_by(parse(["train", "--session", str(path), *QUICK]))
            assert info(capsys, path)["runs"][0]["epochs"] >= 1, "what was printed is in the file"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    epochs = 1 + len(out.splitlines())
    assert is_sealed(path)
    assert files_in(tmp_path) == {"home", "busy.layerlight"}
    (run,) = info(capsys, path)["runs"]
    assert run["epochs"] == epochs
    reads = f"layerlight: Run A reads {100 * run['test_accuracy']:.1f} % of 1,000 test images."
    lines = [f"layerlight: Interrupted after {epochs} finished epochs.", reads]
    assert (process.returncode, err.splitlines()) == (130, lines)


def small(data, *more):
    words = f"train --dataset {data} --layers 8 --batch 40 --epochs 2 --loss cross_entropy"
    return parse([*words.split(), *map(str, more)])


def test_without_a_file_the_run_lies_in_the_state_folder_and_is_the_last_session(stripes_file, capsys):
    assert run_wanted(small(stripes_file)) == 0
    path = places.last_session()
    assert path.parent == places.autosaves()
    assert path.name.startswith("train-")
    assert is_sealed(path)
    assert capsys.readouterr().out.splitlines()[-1] == f"Run A is saved in {path}"
    assert run_wanted(parse(["train", "--resume", "A"])) == 0, "the last session, its settings and its data"
    after = info(capsys, path)["runs"]
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
    def full(*_, **__):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(Store, "write", full)
    monkeypatch.setattr("engine.session.session.RETRY_SECONDS", 0.0)
    assert run_wanted(small(stripes_file, "--session", tmp_path / "full.layerlight", "--json")) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err.splitlines() == [
        "layerlight: The disk is full, so the session is not being saved. Training goes on, and it is tried again.",
        "layerlight: The session could not be saved, so what was trained last is lost.",
    ]


def test_a_file_that_is_moved_while_it_trains_stays_whole_and_one_sentence_says_where_the_rest_is(
    stripes_file, tmp_path, capsys, monkeypatch
):
    path, moved, tell, told = tmp_path / "s.layerlight", tmp_path / "moved.layerlight", Table.print, {}

    def move_after_the_first_epoch(table, message):
        tell(table, message)
        if isinstance(message, EpochDone):
            told[message.run, message.epoch] = message.test_loss
            if message.epoch == 1:
                path.rename(moved)

    monkeypatch.setattr(Table, "print", move_after_the_first_epoch)
    assert run_wanted(small(stripes_file, "--session", path)) == 1
    out, err = capsys.readouterr()
    (autosave,) = places.autosaves().iterdir()
    assert out.splitlines()[-1] == f"Run A is saved in {autosave}"
    assert err == (
        "layerlight: s.layerlight was moved, renamed or deleted while it was open, so the session goes on as an "
        f"untitled one in {autosave}. All of it is there; File > Save as makes it a file of yours.\n"
    )
    assert len(told) == 2 and epochs_in(autosave) == told
    assert epochs_in(moved) == {("A", 1): told["A", 1]}
    assert moments_in(moved) < moments_in(autosave)
    assert not path.exists() and is_sealed(autosave)


def test_what_reads_the_lines_may_leave_and_the_file_is_closed_all_the_same(stripes_file, tmp_path, monkeypatch):
    def gone(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("engine.cli.parts.training.print", gone, raising=False)
    with pytest.raises(BrokenPipeError):
        run_wanted(small(stripes_file, "--session", tmp_path / "pipe.layerlight", "--json"))
    assert is_sealed(tmp_path / "pipe.layerlight")


@pytest.mark.parametrize("flags", [(), ("--session", "early.layerlight")])
def test_a_run_that_is_interrupted_before_it_begins_is_none(stripes_file, tmp_path, capsys, monkeypatch, flags):
    monkeypatch.chdir(tmp_path)

    def told(*_):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("engine.cli.parts.training.Table.print", told)
    assert run_wanted(small(stripes_file, *flags)) == 130
    out, err = capsys.readouterr()
    assert (out, err) == ("", "layerlight: Interrupted after 0 finished epochs.\n")
    assert not list(places.autosaves().iterdir())
    if flags:
        assert info(capsys, tmp_path / flags[1])["runs"] == []
        assert is_sealed(tmp_path / flags[1])


NAMES = ("a b", "ü ½.layerlight", "50%41#?&mode=ro", "-x", "two\nlines", "'; DROP TABLE runs;", b"\xff\xfe")


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_kinds(name, stripes_file, tmp_path, capfd):
    folder, name = tmp_path / "files", os.fsdecode(name)
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


def test_what_is_refused_leaves_nothing_behind(stripes_file, tmp_path):
    new = tmp_path / "new.layerlight"
    for sentence, session, *more in (
        ("“x” is not a class of these data", new, "--classes", "x"),
        ("There is no file", new, "--resume", "A"),
        ("There is no folder", tmp_path / "none" / "new.layerlight"),
        ("is a folder", tmp_path),
        ("no Layerlight session", stripes_file),
        ("cannot be read: file name too long", tmp_path / ("n" * 300)),
        ("cannot be written", tmp_path / ("n" * 253)),
    ):
        with pytest.raises(UserError, match=sentence):
            planned_by(small(stripes_file, "--session", session, *more))
    assert files_in(tmp_path) == {"home", "stripes.npz"}


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
