"""A file may have a name that is not UTF-8, and a person may paste half a letter: all is saved and opens again."""

import ast
import json
import logging

import numpy as np
import pytest
from made_sessions import made_run, planned_by
from PIL import Image
from told import of

import main
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.drawing import Drawing
from engine.core.errors import UserError
from engine.core.lens import Neuron, NeuronSet
from engine.core.machine.logs import start_logging
from engine.core.text import storable
from engine.data.sources import open_dataset
from engine.session.jobs.files import SessionOpened, open_session, save_session_as
from engine.session.jobs.kept import keep_drawings, keep_sets
from engine.session.jobs.runs import bookmark, rename_run
from engine.session.session import Session
from engine.session.store import places
from gui.state.settings import Settings, load_settings

pytestmark = pytest.mark.usefixtures("own_home")

BYTES = "caf\udce9 \udcff\udc80"  # how Python writes a name of the bytes `caf\xe9 \xff\x80`


@pytest.fixture
def data(tmp_path, stripes_file):
    """A data set in a folder, both of such a name."""
    try:
        (tmp_path / BYTES).mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this system's names are letters, not bytes")
    return stripes_file.rename(tmp_path / BYTES / f"{BYTES}.npz")


@pytest.fixture
def kept(data):
    """A session beside it, with a run that was trained on these data."""
    session = Session(open_dataset(str(data))[0])
    run, opened = made_run("A", steps=2), session.data()  # of 100 images each
    run.source, run.dataset, run.fingerprint = opened.wanted, opened.summary, opened.fingerprint()
    session.runs = {"A": run}
    path = data.with_suffix(".layerlight")
    list(save_session_as(session, str(path)))
    assert session.close()
    return path


def test_a_session_opens_again_is_the_last_one_and_trains_on_with_the_data_of_its_runs(kept, data, tmp_path):
    session = Session()
    (opened,) = of(SessionOpened, open_session(session, str(kept)))
    assert session.data().source == data and open_dataset(session.runs["A"].source)[0].source == data
    assert session.runs["A"].source.isascii(), "no text of a session file has half a letter"
    assert opened.path == kept and opened.name.isprintable() and opened.runs[0].dataset.isprintable()
    session.close()
    places.remember(kept)
    assert places.last_session() == kept
    session, _ = planned_by(parse(["train", "--session", str(kept), "--resume", "A", "--epochs", "20"]))
    assert session.data().source == data
    session.close()

    settings = Settings(session=str(kept), recent=[str(kept)], folder=str(kept.parent))
    settings.save(tmp_path / "settings.json")
    assert (tmp_path / "settings.json").read_text("utf-8")
    assert load_settings(tmp_path / "settings.json") == settings


def test_commands_show_each_name_in_one_line_and_json_and_scripts_have_the_true_one(kept, data, capsys):
    picture, script = data.with_suffix(".png"), data.with_suffix(".py")
    Image.fromarray(open_dataset("sample")[0].test_images[0]).save(picture)
    for words in (
        ("info", kept),
        ("export", "--session", kept, "--csv", data.with_suffix(".csv")),
        ("classify", picture, "--network", "blog"),
    ):
        assert run_wanted(parse([*map(str, words)])) == 0
    shown = capsys.readouterr().out
    assert shown.encode() and "caf? ??.csv" in shown and "caf? ??.png" in shown
    assert run_wanted(parse(["info", str(kept), "--json"])) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["file"] == str(kept) and facts["damage"] == []

    words = ["code", "mistakes", "--session", str(kept), "--dataset", str(data), "--out", str(script)]
    assert run_wanted(parse(words)) == 0
    constants = [node.value for node in ast.walk(ast.parse(script.read_bytes())) if isinstance(node, ast.Constant)]
    (images,), (weights,) = data.parent.glob("*-data.npz"), data.parent.glob("*-weights.npz")
    assert images.read_bytes() == data.read_bytes()
    assert images.name in constants and weights.name in constants
    with pytest.raises(UserError, match="There is no file"):
        open_dataset(str(data.with_name("none\udcff.npz")))


def test_the_log_takes_every_name_and_leaves_out_that_something_is_compiled_again(tmp_path, capfd):
    root = logging.getLogger()
    before = list(root.handlers)
    start_logging(tmp_path / "log", native=False)
    logging.captureWarnings(capture=False)
    for said in ("5 out of the last 5 calls triggered tf.function retracing.", "Another warning."):
        logging.getLogger("tensorflow").warning(said)
    (handler,) = set(root.handlers) - set(before)
    root.removeHandler(handler)
    handler.handle(logging.makeLogRecord({"msg": "There is no file %s.", "args": (BYTES,)}))
    handler.close()
    log = (tmp_path / "log").read_text("utf-8")
    assert "caf\\udce9 \\udcff\\udc80" in log and "Another warning." in log and "retracing" not in log


HALF = "half a smile \ud83d"


def test_half_a_letter_in_a_name_costs_nothing(made):
    session = Session()
    list(open_session(session, str(made)))
    drawing = Drawing(strokes=()).over(np.eye(28, dtype=np.float32), "")
    list(rename_run(session, "A", HALF))
    list(bookmark(session, "A", 55, HALF))
    list(keep_drawings(session, {HALF: drawing, f"{HALF} too": drawing}))
    list(keep_sets(session, {HALF: NeuronSet(frozenset({Neuron(0, 1)}))}))
    assert not session.trouble and session.is_saved() and session.close()
    list(open_session(session, str(made)))
    assert session.runs["A"].title == session.runs["A"].bookmarks[55] == storable(HALF)
    assert [*session.drawings] == [storable(HALF), f"{storable(HALF)} too"] and [*session.sets] == [storable(HALF)]
    session.close()


def test_a_program_in_such_a_folder_says_that_its_libraries_cannot_be_loaded(monkeypatch, capsys):
    monkeypatch.setattr(main, "__file__", f"/tmp/{BYTES}/main.py")
    assert main.main(["info"]) == 1
    assert "lies in a folder whose name is not UTF-8" in capsys.readouterr().err
    assert main.main(["--version"]) == 0
