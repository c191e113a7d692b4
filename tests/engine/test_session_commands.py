"""Sessions on the command line: real processes where it matters, the commands' own functions otherwise."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from engine.cli.export import export_command
from engine.cli.parser import parse
from engine.cli.session_info import session_info_command
from engine.cli.train import train_command
from engine.cli.train_session import planned, resumed_spec
from engine.cli.which import moment_called, step_called, which
from engine.data.sample import open_sample
from engine.errors import UserError
from engine.export import export_keras, image_shape, named_arrays
from engine.lazy import keras, tf
from engine.network.model import build_model, forward
from engine.session import Session
from engine.specs import TrainSpec
from engine.store import places, reading
from engine.store.lock import Lock
from engine.store.opening import create_store, open_store, peek
from engine.store.seal import examine, run_through, unseal
from engine.store.store import Store
from engine.training.messages import EpochDone, Parent
from engine.training.run import Moment, Run

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--preset", "quick", "--dataset", "sample", "--epochs", "2", "--seed", "3")


KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def home_in(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of this machine is found."""
    hidden = ("LAYERLIGHT_DATA", "KERAS_HOME", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name, value in home_in(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LAYERLIGHT_DATA", raising=False)
    (tmp_path / "home").mkdir()


def start(home: Path, *words) -> subprocess.Popen:
    command = [sys.executable, str(ROOT / "main.py"), *map(str, words)]
    return subprocess.Popen(
        command, env=home_in(home), cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def is_sealed(path: Path) -> bool:
    return run_through(examine(path)).state == "whole"


def info(capsys, path: Path) -> dict:
    capsys.readouterr()
    assert session_info_command(parse(["info", str(path), "--json"])) == 0
    return json.loads(capsys.readouterr().out)


# Trained by a real process ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A session with one run of two epochs of the sample; its table."""
    folder = tmp_path_factory.mktemp("trained")
    process = start(folder, "train", "--session", folder / "digits.layerlight", *QUICK)
    out, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, "")
    return folder / "digits.layerlight", out


@pytest.fixture
def digits(trained, tmp_path):
    """A copy of that session."""
    copy = tmp_path / "digits.layerlight"
    copy.write_bytes(trained[0].read_bytes())
    return copy


def weights_of(path: Path, folder: Path, *flags: str) -> dict[str, np.ndarray]:
    out = folder / "weights.npz"
    assert export_command(parse(["export", "--session", str(path), "--weights", str(out), *flags])) == 0
    with np.load(out, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays}


def test_the_table_ends_with_the_session_which_is_closed_in_an_orderly_way(trained):
    path, table = trained
    assert table.splitlines()[-1] == f"Run A is saved in {path}"
    assert is_sealed(path)
    assert files_in(path.parent) & {"digits.layerlight-wal", "digits.layerlight-shm"} == set()


def test_a_second_training_in_the_same_file_goes_on_bit_for_bit_as_if_unbroken(digits, tmp_path, capsys):
    assert (
        train_command(
            parse(["train", "--session", str(digits), "--resume", "A@e1", "--epochs", "2", "--json"])
        )
        == 0
    )
    line = json.loads(capsys.readouterr().out)
    first, second = info(capsys, digits)["runs"]
    assert (first["name"], second["name"], second["parent"]) == ("A", "B", {"run": "A", "step": 80})
    assert line["epoch"] == 2
    for figure in ("train_loss", "test_loss", "test_accuracy"):
        assert first[figure] == second[figure] == line[figure]
    for moment in ("e1", "last"):
        ours, unbroken = (weights_of(digits, tmp_path, "--run", run, "--moment", moment) for run in "BA")
        hashes = [
            {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()}
            for arrays in (ours, unbroken)
        ]
        assert hashes[0] == hashes[1]
    assert is_sealed(digits)


def test_exported_weights_give_the_reported_accuracy_and_loss_in_numpy(digits, tmp_path, capsys):
    weights = weights_of(digits, tmp_path)
    assert {name: array.shape for name, array in weights.items()} == {
        "layer1/kernel": (784, 64),
        "layer1/bias": (64,),
        "layer2/kernel": (64, 10),
        "layer2/bias": (10,),
    }
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    data = open_sample()
    images = data.test_images.reshape(-1, 784) / 255
    hidden = np.maximum(images @ weights["layer1/kernel"] + weights["layer1/bias"], 0)
    logits = hidden @ weights["layer2/kernel"] + weights["layer2/bias"]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax = odds / odds.sum(axis=1, keepdims=True)
    run = info(capsys, digits)["runs"][-1]
    assert (softmax.argmax(axis=1) == data.test_labels).mean() == pytest.approx(
        run["test_accuracy"], abs=1e-9
    )
    chosen = softmax[np.arange(len(softmax)), data.test_labels]
    assert -np.log(chosen).mean() == pytest.approx(run["test_loss"], abs=1e-5)


@KERAS_WARNS
def test_the_exported_model_opens_in_plain_keras_and_gives_the_same_logits(digits, tmp_path):
    model, answer = tmp_path / "digits.keras", tmp_path / "logits.npy"
    assert export_command(parse(["export", "--session", str(digits), "--keras", str(model)])) == 0
    images = (open_sample().test_images[:200] / 255).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    code = (
        "import sys, numpy, keras\n"
        "model = keras.models.load_model(sys.argv[1])\n"
        "numpy.save(sys.argv[3], model.predict(numpy.load(sys.argv[2]), verbose=0))\n"
        "assert not any(name.split('.')[0] in ('engine', 'gui') for name in sys.modules)"
    )
    command = [sys.executable, "-I", "-c", code, str(model), str(tmp_path / "images.npy"), str(answer)]
    subprocess.run(command, env=home_in(tmp_path), cwd=tmp_path, check=True, timeout=100, capture_output=True)
    with which(parse(["export", "--session", str(digits), "--csv", "unused"])) as (session, run, step):
        ours = build_model(run.spec, image_shape(session, run), 10)
        ours.set_weights(list(run.moments[step].weights))
    logits = forward(ours, tf.constant(images))[1].numpy()
    assert np.abs(np.load(answer) - logits).max() <= 1e-6
    assert np.abs(logits).max() > 1


def test_the_exported_history_has_a_line_per_epoch(digits, tmp_path, capsys):
    assert export_command(parse(["export", "--session", str(digits), "--csv", str(tmp_path / "a.csv")])) == 0
    rows = (tmp_path / "a.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,step,train_loss")
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "2"]
    assert float(rows[2].split(",")[4]) == info(capsys, digits)["runs"][0]["test_accuracy"]


def test_while_one_process_trains_another_is_refused_and_info_reads_and_ctrl_c_leaves_a_sealed_file(
    tmp_path, capsys
):
    path = tmp_path / "busy.layerlight"
    command = ("train", "--session", path, *QUICK[:-4], "--epochs", "10000", "--json")
    with start(tmp_path / "home", *command) as process:
        try:
            json.loads(process.stdout.readline())
            with pytest.raises(UserError, match=r"busy.layerlight is open in another window"):
                planned(parse(["train", "--session", str(path), *QUICK]))
            assert info(capsys, path)["runs"][0]["epochs"] >= 1, "what was printed is in the file"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    epochs = 1 + len(out.splitlines())
    assert (process.returncode, err) == (130, f"layerlight: Interrupted after {epochs} finished epochs.\n")
    assert is_sealed(path)
    assert files_in(tmp_path) == {"home", "busy.layerlight"}
    assert info(capsys, path)["runs"][0]["epochs"] == epochs


# Trained in this process, on data that take no time -----------------------------------------------------------


@pytest.fixture
def data(dataset, tmp_path):
    """A file with the small data set."""
    path = tmp_path / "stripes.npz"
    parts = {"x_train": dataset.train_images, "y_train": dataset.train_labels}
    np.savez(path, **parts, x_test=dataset.test_images, y_test=dataset.test_labels)
    return path


def small(data, *more):
    words = (
        "--dataset",
        str(data),
        "--layers",
        "8",
        "--batch",
        "40",
        "--epochs",
        "2",
        "--loss",
        "cross_entropy",
    )
    return parse(["train", *words, *map(str, more)])


def test_without_a_file_the_run_lies_in_the_state_folder_and_is_the_last_session(data, capsys):
    assert train_command(small(data)) == 0
    path = places.last_session()
    assert path.parent == places.autosaves()
    assert path.name.startswith("train-")
    assert is_sealed(path)
    assert capsys.readouterr().out.splitlines()[-1] == f"Run A is saved in {path}"
    assert train_command(parse(["train", "--resume", "A"])) == 0, (
        "the last session, its settings and its data"
    )
    after = info(capsys, path)["runs"]
    assert [run["epochs"] for run in after] == [2, 4]
    assert after[1]["settings"] == {**after[0]["settings"], "epochs": 4}


def test_of_sessions_without_a_file_the_newest_five_stay_and_whatever_is_open():
    made = [places.autosaves() / f"train-2020010{number}-000000-abcd.layerlight" for number in range(8)]
    for path in (*made, places.autosaves() / "session-2019.layerlight"):
        path.touch()
    lock = Lock(made[1])
    assert lock.take()
    places.forget_old_command_line_sessions()
    lock.release()
    assert files_in(places.autosaves()) == {path.name for path in (made[1], *made[3:])} | {
        "session-2019.layerlight"
    }


def test_a_session_that_cannot_be_written_is_told_of_once_and_training_goes_on(
    data, tmp_path, capsys, monkeypatch
):
    def full(*_, **__):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(Store, "write", full)
    monkeypatch.setattr("engine.session.RETRY_SECONDS", 0.0)
    assert train_command(small(data, "--session", tmp_path / "full.layerlight", "--json")) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err.splitlines() == [
        "layerlight: The disk is full, so the session is not being saved. Training goes on, and it is tried again.",
        "layerlight: The session could not be saved, so what was trained last is lost.",
    ]


def test_what_reads_the_lines_may_leave_and_the_file_is_closed_all_the_same(data, tmp_path, monkeypatch):
    def gone(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("engine.cli.train.print", gone, raising=False)
    with pytest.raises(BrokenPipeError):
        train_command(small(data, "--session", tmp_path / "pipe.layerlight", "--json"))
    assert is_sealed(tmp_path / "pipe.layerlight")


NAMES = ("a b", "ü ½.layerlight", "50%41#?&mode=ro", "-x", "two\nlines", "'; DROP TABLE runs;", b"\xff\xfe")


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_kinds(name, data, tmp_path, capfd):
    folder, name = tmp_path / "files", os.fsdecode(name)
    folder.mkdir()
    for run in "AB":
        session = planned(small(data, f"--session={folder / name}")).session
        session.runs[run] = made_run(run)
        assert session.close()
    assert places.last_session() == folder / name
    with_names = [
        f"--session={folder / name}",
        f"--weights={folder / name}.npz",
        f"--csv={folder / name}.csv",
    ]
    assert export_command(parse(["export", *with_names])) == 0
    assert session_info_command(parse(["info", "--json", "--", str(folder / name)])) == 0
    facts = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (facts["file"], [run["name"] for run in facts["runs"]]) == (str(folder / name), ["A", "B"])
    assert session_info_command(parse(["info", "--", str(folder / name)])) == 0
    assert files_in(folder) == {name, f"{name}.npz", f"{name}.csv"}


def test_what_is_refused_leaves_nothing_behind(data, tmp_path):
    new = tmp_path / "new.layerlight"
    with pytest.raises(UserError, match="A batch of 10,000 is more than"):
        planned(small(data, "--session", new, "--batch", "10000"))
    with pytest.raises(UserError, match="There is no file"):
        planned(parse(["train", "--session", str(new), "--resume", "A"]))
    with pytest.raises(UserError, match="There is no folder"):
        planned(small(data, "--session", tmp_path / "none" / "new.layerlight"))
    with pytest.raises(UserError, match="is a folder"):
        planned(small(data, "--session", tmp_path))
    with pytest.raises(UserError, match="no Layerlight session"):
        planned(small(data, "--session", data))
    with pytest.raises(UserError, match="cannot be read: file name too long"):
        planned(small(data, "--session", tmp_path / ("n" * 300)))
    with pytest.raises(UserError, match="cannot be written"):
        planned(small(data, "--session", tmp_path / ("n" * 253)))
    assert files_in(tmp_path) == {"home", "stripes.npz"}


# Without training ----------------------------------------------------------------------------------------------


def done(run: str, epoch: int, steps: int, accuracy: float = 0.5) -> EpochDone:
    return EpochDone(
        run=run,
        epoch=epoch,
        step=epoch * steps,
        train_loss=0.2,
        test_loss=float("nan"),
        test_accuracy=accuracy,
        images_per_second=1.0,
        seconds=1.0,
        gradient_norms=(1.0, 1.0),
        dead=(0,),
        widths=(3,),
        finite=True,
    )


def made_run(name: str, title: str = "", steps: int = 55, pixels: int = 64, **more) -> Run:
    """A run of ten epochs with a moment at each one's end."""
    run = Run(name=name, title=title, spec=TrainSpec(layers="3", epochs=10), steps_per_epoch=steps, **more)
    run.dataset, run.source = "Stripes 240 + 90", "/nowhere/stripes.npz"
    generator = np.random.default_rng(len(name + title))
    for epoch in range(11):
        shapes = ((pixels, 3), (3,), (3, 4), (4,))
        weights = tuple(generator.normal(size=shape).astype(np.float32) for shape in shapes)
        run.moments[epoch * steps] = Moment(step=epoch * steps, weights=weights, optimizer=())
        if epoch:
            run.epochs.append(done(name, epoch, steps, accuracy=0.9 if epoch == 5 else epoch / 20))
    run.bookmarks = {110: "before the fall", 165: "7"}
    return run


@pytest.fixture
def made(tmp_path):
    """A session of three runs that nothing was trained for."""
    session = Session()
    session.begin(create_store(tmp_path / "made.layerlight"))
    runs = (
        made_run("A", "no dropout"),
        made_run("B", "me@home", parent=Parent("A", 110)),
        made_run("C", "No dropout"),
    )
    session.runs = {run.name: run for run in runs}
    session.view = {"tab": "train"}
    assert session.close()
    return tmp_path / "made.layerlight"


@pytest.fixture
def opened(made):
    with which(parse(["export", "--session", str(made), "--csv", "unused"])) as (session, _, _):
        yield session


@pytest.mark.parametrize(
    ("wanted", "step"),
    [
        ("550", 550), ("0", 0), ("e10", 550), ("epoch10", 550), ("Epoch 3", 165), ("e0", 0), ("first", 0),
        ("last", 550), (" LAST ", 550), (None, 550), ("before the fall", 110), ("7", 165),
    ],
)  # fmt: skip
def test_a_moment_is_a_step_an_epoch_a_bookmark_or_an_end(opened, wanted, step):
    assert step_called(opened.runs["A"], wanted) == step


@pytest.mark.parametrize(
    ("wanted", "run", "step"),
    [
        ("A", "A", 550), ("a", "A", 550), ("A@e2", "A", 110), ("me@home", "B", 550), ("me@home@first", "B", 0),
        ("no dropout@before the fall", "A", 110), ("No dropout", "C", 550), ("ME@HOME@165", "B", 165),
    ],
)  # fmt: skip
def test_a_run_is_its_letter_or_its_title(opened, wanted, run, step):
    found, at = moment_called(opened, wanted)
    assert (found.name, at) == (run, step)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("A@10", "Run A has no moment 10; its moments are 0, 55, 110, 165, 220, 275, 330, 385, 440, 495, 550, and by "
                 "name before the fall, 7; write e10 for the end of epoch 10."),
        ("A@e11", "Run A has no moment e11; its moments are 0, 55,"),
        ("A@", "Run A has no moment ; its moments"),
        ("A@-5", "Run A has no moment -5;"),
        ("D@e1", "There is no run D; there are A · no dropout, B · me@home, C · No dropout."),
        ("", "There is no run ; there are A"),
        ("NO DROPOUT", "More than one run is called NO DROPOUT: A and C. Name one by its letter."),
        ("A@" + "9" * 5000, "Run A has no moment 999"),
    ],
)  # fmt: skip
def test_what_does_not_exist_gets_a_sentence_that_names_what_there_is(opened, wanted, sentence):
    with pytest.raises(UserError) as refused:
        moment_called(opened, wanted)
    assert str(refused.value).startswith(sentence)


def test_of_many_moments_some_at_both_ends_are_named():
    run = Run(name="A", spec=TrainSpec(), steps_per_epoch=10)
    for step in range(0, 1000, 10):
        run.moments[step] = Moment(step=step, weights=(), optimizer=())
    with pytest.raises(UserError, match=r"its moments are 0, 10, 20, .*, 90, … 990\.$"):
        step_called(run, "e500")


def test_who_goes_on_has_the_settings_of_that_moment_and_as_many_epochs_again_at_the_end():
    run = Run(name="A", spec=TrainSpec(epochs=10, learning_rate=0.1), steps_per_epoch=50)
    run.changes = [(100, "learning_rate", 0.05), (400, "learning_rate", 0.01)]
    assert resumed_spec(run, 250, {}) == run.spec.but(learning_rate=0.05)
    assert resumed_spec(run, 500, {}) == run.spec.but(learning_rate=0.01, epochs=20)
    assert resumed_spec(run, 500, {"epochs": 12, "dropout": 0.5}).as_dict() == (
        run.spec.but(learning_rate=0.01, epochs=12, dropout=0.5).as_dict()
    )
    child = Run(name="B", spec=run.spec.but(epochs=13), steps_per_epoch=50, parent=Parent("A", 500))
    assert resumed_spec(child, 650, {}).epochs == 16, "its own three again"


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--preset", "blog", "--resume", "A"),
        ("export", "--session", "a.layerlight"),
        ("info", "a.layerlight", "--dataset", "sample"),
    ],
)
def test_flags_that_contradict_each_other_are_wrong_usage(words, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert "main.py: error: " in capsys.readouterr().err


def test_info_tells_of_every_run_as_json_and_in_a_table(made, capsys):
    facts = info(capsys, made)
    assert set(facts) == {"file", "schema", "written_by", "runs", "damage"}
    assert (facts["schema"], facts["damage"], [run["name"] for run in facts["runs"]]) == (
        1,
        [],
        ["A", "B", "C"],
    )
    run = facts["runs"][1]
    assert (run["title"], run["epochs"], run["moments"]) == ("me@home", 10, list(range(0, 551, 55)))
    assert run["bookmarks"] == {"110": "before the fall", "165": "7"}
    assert (run["test_accuracy"], run["best_test_accuracy"], run["test_loss"]) == (0.5, 0.9, None)
    assert run["parent"] == {"run": "A", "step": 110}
    assert run["settings"] == TrainSpec(layers="3", epochs=10).as_dict()
    assert run["started"][10] == "T"
    assert session_info_command(parse(["info", str(made)])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:1] for line in lines[-3:]] == ["A", "B", "C"]
    assert lines[-2].endswith("from A at step 110")


def test_info_of_a_session_only_reads_needs_no_tensorflow_and_answers_at_once(made, tmp_path):
    before = made.read_bytes()
    probe = (
        "import sys, atexit; sys.path.insert(0, sys.argv.pop(1))\n"
        "atexit.register(lambda: print({n for n in sys.modules} & {'tensorflow', 'keras', 'PySide6'}))\n"
        "import main; sys.exit(main.main())"
    )
    command = [sys.executable, "-c", probe, str(ROOT), "info", str(made), "--json"]
    done = subprocess.run(
        command, env=home_in(tmp_path), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "set()"
    assert made.read_bytes() == before
    assert {name for name in files_in(tmp_path) if "made" in name} == {made.name}


def test_what_another_process_adds_while_it_is_read_is_not_seen_by_halves(made, monkeypatch):
    writer = run_through(open_store(made)).store
    runs = writer.load().runs
    reader = run_through(open_store(made, look_only=True)).store
    read = reading.rows

    def rows(database, table, spoilt):
        if table.name == "epochs" and "D" not in runs:
            runs["D"] = made_run("D")
            while not writer.write(runs, {}):
                pass
        return read(database, table, spoilt)

    monkeypatch.setattr(reading, "rows", rows)
    contents, again = reader.load(), reader.load()
    assert (list(contents.runs), contents.damage) == (["A", "B", "C"], [])
    assert (list(again.runs), again.damage) == (["A", "B", "C", "D"], [])
    reader.close()
    writer.close()
    assert is_sealed(made)


def test_who_only_reads_keeps_nobody_from_writing(made):
    """Whoever tidies up behind reading has the lock meanwhile; a writer waits that long."""
    reader = run_through(open_store(made, look_only=True)).store
    release = threading.Timer(0.03, reader.lock.release)
    assert reader.lock.take()
    release.start()
    opened = run_through(open_store(made))
    assert opened.read_only == ""
    release.join()
    opened.store.close()
    reader.close()
    assert files_in(made.parent) == {"home", made.name}


def test_info_reads_where_nothing_can_be_put_beside_the_file(made, capsys):
    made.with_name(f"{made.name}-shm").mkdir()  # SQLite cannot make its file, as on a read-only disk
    assert len(info(capsys, made)["runs"]) == 3


@pytest.mark.parametrize("sealed", [True, False])
def test_info_of_a_damaged_file_tells_what_can_be_read_a_sentence_and_status_1(made, sealed, capsys):
    content = bytearray(made.read_bytes())
    with which(parse(["export", "--session", str(made), "--csv", "unused"])) as (session, _, _):
        kernel = session.runs["A"].moments[110].weights[0].tobytes()
    content[content.index(kernel) + 100] ^= 1
    made.write_bytes(content)
    if not sealed:
        unseal(made)
    status = session_info_command(parse(["info", str(made), "--json"]))
    out, err = capsys.readouterr()
    assert (status, len(json.loads(out)["runs"])) == (1, 3)
    assert "the weights of run A at step 110" in json.loads(out)["damage"]
    assert err.startswith(f"layerlight: {made.name} is damaged: ")
    assert err.count("\n") == 1


def test_without_any_flag_the_newest_moment_of_the_last_session_is_meant(made, tmp_path, capsys):
    with pytest.raises(UserError, match="There is no session yet"):
        export_command(parse(["export", "--weights", str(tmp_path / "w.npz")]))
    places.remember(made)
    assert export_command(parse(["export", "--weights", str(tmp_path / "w.npz")])) == 0
    with which(parse(["export", "--run", "C", "--moment", "last", "--csv", "unused"])) as (_, run, step):
        assert (run.name, step) == ("C", 550)
        expected = run.moments[step].weights
    with np.load(tmp_path / "w.npz") as arrays:
        assert all(
            np.array_equal(array, other) for array, other in zip(arrays.values(), expected, strict=True)
        )


def test_the_session_that_comes_along_is_looked_at_and_never_written(
    made, data, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("engine.cli.which.BUNDLED", made)
    monkeypatch.setattr("engine.cli.train_session.BUNDLED", made)
    before = made.read_bytes()
    with which(parse(["export", "--csv", "unused"])) as (session, run, _):
        assert (len(session.runs), run.name) == (3, "C")
    with pytest.raises(UserError, match=r"The data of run A cannot be found: Stripes 240 \+ 90\. Name them"):
        planned(parse(["train", "--resume", "A@e1"]))
    assert made.read_bytes() == before
    assert not list(places.autosaves().iterdir())


def test_an_export_never_replaces_the_session_and_refuses_in_one_sentence(made, tmp_path):
    before = made.read_bytes()
    for flag, out, sentence in (
        ("--csv", made, "is the session itself"),
        ("--weights", made, "is the session itself"),
        ("--weights", tmp_path, "cannot be saved"),
        ("--csv", tmp_path / "none" / "h.csv", "cannot be saved: No such file"),
        ("--weights", tmp_path / ("n" * 300), "cannot be saved: File name too long"),
        ("--keras", tmp_path / "model.h5", "does not end in .keras"),
    ):
        with pytest.raises(UserError, match=sentence):
            export_command(parse(["export", "--session", str(made), flag, str(out)]))
    assert made.read_bytes() == before
    assert files_in(tmp_path) == {"home", made.name}


def test_images_of_lost_data_are_taken_for_squares_where_that_works_out():
    assert image_shape(Session(), made_run("A", pixels=64)) == (8, 8)
    for run in (made_run("A", pixels=60), made_run("A")):
        run.spec = run.spec.but(layers="conv 3") if run.moments[0].weights[0].shape[0] == 64 else run.spec
        with pytest.raises(UserError, match="images is not known"):
            image_shape(Session(), run)


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
    assert list(named_arrays(first.get_weights())) == [
        f"layer{number}/{part}" for number in (1, 2, 3, 4) for part in ("kernel", "bias")
    ]
    assert files_in(tmp_path) == {"home", "conv.keras"}


def test_a_session_without_runs_is_told_of_and_has_nothing_to_export(tmp_path, capsys):
    create_store(tmp_path / "empty.layerlight").close()
    assert session_info_command(parse(["info", str(tmp_path / "empty.layerlight")])) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "no runs"
    with pytest.raises(UserError, match="has no runs"):
        export_command(parse(["export", "--session", str(tmp_path / "empty.layerlight"), "--csv", "x.csv"]))


def test_the_windows_state_survives_a_training(made, data):
    session = planned(small(data, "--session", made)).session
    assert session.view == {"tab": "train"}
    assert session.close()
    assert peek(made)[0].view == {"tab": "train"}
