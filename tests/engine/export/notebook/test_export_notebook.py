"""A session's notebook is written whole or not at all, beside it what it reads; what cannot be told is named."""

import ast
import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from made_sessions import arrays_of, files_in
from notebook_format import check_notebook
from scripts_here import skeleton
from told import epoch_done, last
from trained import with_run

from engine.core.act import Act
from engine.core.errors import UserError
from engine.core.knobs import knobs
from engine.core.lens import Lens, Neuron, Share
from engine.data.formats.sample import SAMPLE, open_sample
from engine.export.notebook.book import LONG_SECONDS, settings_in_words, words
from engine.export.notebook.export import export_notebook
from engine.export.scripts.parts.show_code import show_code
from engine.export.scripts.parts.tabs import script_module, tabs
from engine.session.session import Session
from tests.hostile_names import NAMES, OF_HTML, OF_PYTHON

CHANGED = Lens("A", 24, frozenset({Neuron(0, 3), Neuron(0, 7)}))
PICTURE = np.linspace(0, 1, 784, dtype=np.float32).reshape(28, 28)


@pytest.fixture
def session(own_home):
    made = with_run(Session(open_sample()), "12")
    made.runs["A"].started = 1.0
    return made


def act(session, tab, settings=None, lens=CHANGED, when=0.0, data=None):
    number = 1 + max(session.acts, default=0)
    of_data = session.data().fingerprint() if data is None else data
    session.acts[number] = Act.of(tab, settings or {}, lens, of_data, when or 10.0 + number)
    return session


class Book(NamedTuple):
    """A notebook that was written: what was said of it, its words and its code."""

    sentence: str
    text: str
    code: str

    @property
    def headings(self):
        return [line.removeprefix("## ") for line in self.text.split("\n") if line.startswith("## ")]


def written(session, folder):
    """Write a session's notebook into a folder and read it."""
    path = folder / "s.ipynb"
    sentence = last(export_notebook(session, path)).sentence
    cells = check_notebook(path.read_bytes())["cells"]
    text, code = (
        "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == kind)
        for kind in ("markdown", "code")
    )
    return Book(sentence, text, code)


def test_runs_and_acts_stand_in_the_order_of_their_time_and_nothing_leads_out_of_the_folder(session, tmp_path):
    act(session, "mistakes", {"page": "calibration"}, Lens("A", 24), when=0.5)
    act(session, "draw", {"picture": PICTURE}, Lens("A", 12), when=2.0)
    book = written(session, tmp_path)
    assert book.headings == [
        "1. The data",
        "2. Calibration: run A after 24 steps",
        "3. Training: run A",
        "4. A picture is read: run A after 12 steps",
    ]
    assert book.sentence == f"Saved {tmp_path / 's.ipynb'} and the folder s-files."
    names = files_in(tmp_path / "s-files")
    assert names == {SAMPLE.name, "run-A-step-12.npz", "run-A-step-24.npz", "picture.npz"}
    np.testing.assert_array_equal(arrays_of(tmp_path / "s-files" / "picture.npz")["picture"], PICTURE)
    assert files_in(tmp_path) == {"home", "s.ipynb", "s-files"}

    assert 'FOLDER = Path("s-files")' in book.code
    last(export_notebook(session, tmp_path / "s.py"))
    for name in ("s.ipynb", "s.py"):
        text = (tmp_path / name).read_text("utf-8")
        assert str(tmp_path) not in text and str(SAMPLE.parent) not in text
    assert 'FOLDER = Path(__file__).with_name("s-files-2")' in text


def test_neurons_that_are_silenced_have_a_section_once(session, tmp_path):
    act(session, "fingerprints")
    act(session, "mistakes")
    act(session, "mistakes", lens=Lens("A", 24))
    act(session, "fingerprints", lens=Lens("A", 12, frozenset({Neuron(0, 1)})))
    book = written(session, tmp_path)
    assert [heading.split(". ")[1] for heading in book.headings[2:]] == [
        "Neurons silenced: run A after 24 steps", "Fingerprints: run A after 24 steps",
        "Mistakes: run A after 24 steps", "Mistakes: run A after 24 steps",
        "Neurons silenced: run A after 12 steps", "Fingerprints: run A after 12 steps",
    ]  # fmt: skip
    assert "In layer 1 each of the neurons 3 and 7 passes nothing on." in book.text
    assert "In layer 1 neuron 1 passes nothing on." in book.text


def test_a_comparison_reads_both_networks_and_a_mixture_is_told_as_one(session, tmp_path):
    act(session, "compare", {"page": "answers", "other": "A", "other_step": 12}, Lens("A", 24))
    act(session, "weights", {}, Lens("A", 24, mixed=(Share("A", 12, 0.25),)))
    book = written(session, tmp_path)
    assert book.headings[2:] == [
        "3. Two networks compared: run A after 24 steps",
        "4. Weights: run A after 24 steps, mixed with 25% of run A after 12 steps",
    ]
    files = tmp_path / "s-files"
    now, before = (session.runs["A"].moments[step].weights[0] for step in (24, 12))
    for name, wanted in (
        ("run-A-step-24", now),
        ("other", before),
        ("mixture", np.float32(0.75) * now + np.float32(0.25) * before),
    ):
        np.testing.assert_allclose(arrays_of(files / f"{name}.npz")["layer1/kernel"], wanted, atol=1e-6)
    order = ('"other.npz"', "other_logits = answered()", '"run-A-step-24.npz"', "\nhidden, logits = answered()")
    places = [book.code.index(part) for part in order]
    assert places == sorted(places)


def test_a_run_is_trained_as_far_as_it_came_with_what_was_changed_on_its_way(session, tmp_path):
    run = session.runs["A"]
    book = written(session, tmp_path)
    assert "EPOCHS, BATCH, SEED = 1, 20, 1" in book.code
    assert "it was not trained to the end of an epoch" in book.text
    for number in (1, 2):
        run.epochs.append(epoch_done(number, steps=12, test_accuracy=0.75))
    run.changes += [(7, "learning_rate", 0.25), (9, "dropout", 0.3)]
    book = written(session, tmp_path)
    assert "EPOCHS, BATCH, SEED = 2, 20, 1" in book.code
    read = f"reads 75.0 % of {run.test_images:,} test images; best"
    assert f"for 2 of 40 epochs in 2 seconds, and {read}" in book.text
    assert "; best, epoch 1, chosen on the test images: 75.0 %." in book.text
    changes = "learning rate 0.1 → 0.25 (step 7), dropout 0 % → 30 % (step 9)"
    assert f"On its way were changed: {changes}." in book.text
    script = last(show_code(session, Lens("A"), "train", {})).script.replace("\n# ", " ")
    (remark,) = re.findall(r"Left out here: [^.]*\.", script)
    assert "dropout 0 % → 30 % (step 9)" in remark
    assert "learning rate" not in remark, "the rate is set there, too"
    run.spec = run.spec.but(stop_at=0.7)
    assert "EPOCHS, BATCH, SEED = 40, 20, 1" in written(session, tmp_path).code


def test_a_run_that_took_long_is_told_and_not_trained_again(session, tmp_path):
    run = session.runs["A"]
    run.title = "```\n<script>alert(1)</script>"
    for number in range(1, 41):
        run.epochs.append(epoch_done(number, steps=12, test_accuracy=0.75, seconds=LONG_SECONDS))
    book = written(act(session, "weights"), tmp_path)
    assert "train_epoch" not in book.code and "pictures_of" in book.code
    (shown,) = re.findall(r"^```python\n(.*?)\n```$", book.text, re.MULTILINE | re.DOTALL)
    ast.parse(shown)
    assert "def train_epoch(order):" in shown and "in 200 minutes" in book.text


@pytest.mark.parametrize(
    ("tab", "settings", "lens", "reason"),
    [
        ("fingerprints", {}, Lens("Z", 3), "of a run that was deleted"),
        ("fingerprints", {"layer": 7}, CHANGED, "Run A has no hidden layer 7"),
        ("fingerprints", {"layer": 10**6}, CHANGED, "Layer must be between"),
        ("fingerprints", {"layer": [1]}, CHANGED, "that says nothing"),
        ("fingerprints", {"rows": "__import__('os')"}, CHANGED, "Rows must be one of"),
        ("fingerprints", {}, None, "There is no network yet"),
        ("fingerprints", {}, Lens("A", 24, frozenset({Neuron(0, 12)})), "that says nothing"),
        ("ideal", {"objective": "neuron", "neurons": [12]}, CHANGED, "no hidden neuron 12"),
        ("draw", {"picture": PICTURE[:5]}, CHANGED, "that says nothing"),
        ("warmup", {"size": 3, "matrix": np.eye(4)}, None, "that says nothing"),
        ("../train", {}, CHANGED, "has no code to show"),
    ],
)
def test_what_cannot_be_told_is_left_out_and_named(session, tmp_path, tab, settings, lens, reason):
    book = written(act(session, tab, settings, lens), tmp_path)
    assert book.headings == ["1. The data", "2. Training: run A"]
    assert "1 section could not be told; the end of it says why." in book.sentence
    assert reason in book.text.partition("Left out here")[2].replace("\\", "")


def test_what_is_of_other_data_is_left_out_unless_it_needs_none_and_an_act_of_the_train_tab_is_none(session, tmp_path):
    act(session, "fingerprints", data="0123")
    act(session, "weights", data="0123")
    act(session, "warmup", lens=None, data="0123")
    act(session, "train", lens=None)
    book = written(session, tmp_path)
    assert [heading.split(". ")[1][:7] for heading in book.headings] == ["The dat", "Trainin", "Weights", "The war"]
    assert "1 section could not" in book.sentence and "of other data than those that are open" in book.text

    session.acts.clear()
    session.runs["A"].fingerprint = "0123"
    with pytest.raises(UserError, match="what it has is of other data than those that are open"):
        written(session, tmp_path)
    book = written(act(session, "weights", lens=Lens("A", 24)), tmp_path)
    assert "1 section could not be told" in book.sentence
    assert book.headings == ["1. The data", "2. Weights: run A after 24 steps"]


def test_without_data_and_network_a_warm_up_is_told_and_nothing_is_written_where_there_is_none(own_home, tmp_path):
    session = Session()
    with pytest.raises(UserError, match="nothing to tell of this session yet"):
        written(session, tmp_path)
    assert files_in(tmp_path) == {"home"}

    session.acts[1] = Act.of("warmup", {"size": 3}, None, "", 1.0)
    last(export_notebook(session, tmp_path / "s.py"))
    text = (tmp_path / "s.py").read_text()
    assert "SIZE, SEED, STEPS, RATE = 3, 0, 100000, 0.01" in text
    compile(text, "s.py", "exec")


def test_one_that_is_replaced_uses_its_folder_again_and_another_one_s_is_left_alone(session, tmp_path):
    (tmp_path / "s-files").mkdir()
    (tmp_path / "s-files" / "mine.txt").write_text("mine")
    for _ in range(2):
        written(session, tmp_path)
        assert files_in(tmp_path) == {"home", "s.ipynb", "s-files", "s-files-2"}
    assert files_in(tmp_path / "s-files") >= {"mine.txt"}


def test_where_it_fails_or_is_stopped_all_is_as_it_was(session, tmp_path, monkeypatch):
    act(session, "weights")
    before = files_in(tmp_path)
    for turns in range(1, 40):
        job = export_notebook(session, tmp_path / "s.ipynb")
        for _ in range(turns):
            if next(job, "over") is not None:
                break
        else:
            job.close()
            assert files_in(tmp_path) == before
            continue
        break
    assert "s.ipynb" in files_in(tmp_path), "it came to its end in the last trial"
    (tmp_path / "s.ipynb").unlink()

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.export.notebook.export.replace_file", fails)
    with pytest.raises(UserError, match=r"s\.ipynb cannot be saved: No space left on device"):
        written(session, tmp_path)
    assert "s.ipynb" not in files_in(tmp_path)


def test_what_cannot_be_written_is_said_in_a_sentence(session, tmp_path):
    (tmp_path / "folder.py").mkdir()
    for name, sentence in (("none/s.ipynb", "cannot be saved"), ("folder.py", "cannot be saved: it is a folder")):
        with pytest.raises(UserError, match=re.escape(sentence)):
            last(export_notebook(session, tmp_path / name))
    assert files_in(tmp_path) == {"home", "folder.py"}


def test_the_data_that_are_open_are_never_replaced(session, stripes_file, tmp_path):
    folder = tmp_path / "s-files"
    folder.mkdir()
    data = folder / "open.npz"
    data.write_bytes(SAMPLE.read_bytes())
    session.replace_data(replace(session.dataset, source=data, name="Others"))
    (tmp_path / "s.ipynb").write_text("{}")
    with pytest.raises(UserError, match="is the data set that is open"):
        written(session, tmp_path)
    assert data.read_bytes() == SAMPLE.read_bytes() and (tmp_path / "s.ipynb").read_text() == "{}"


def test_whatever_a_run_and_its_data_are_called_the_code_stays_the_same(session, tmp_path):
    act(session, "weights")
    one, other = with_run(session, "9").runs.values()
    wanted = {}
    for names in [["plain"] * 4, *itertools.batched([*NAMES, "plain", "plain"], 4)]:
        one.title, one.dataset, other.title, other.dataset = (*names, "plain", "plain")[:4]
        book = written(session, tmp_path)
        last(export_notebook(session, tmp_path / "s.py"))
        for kind, code in (("ipynb", book.code), ("py", (tmp_path / "s.py").read_text())):
            assert skeleton(code) == wanted.setdefault(kind, skeleton(code)), names
            assert all(letter.isprintable() or letter == "\n" for letter in code), names
        assert not re.search(r"<[a-z/!?]|\]\(|://|\$", book.text, re.IGNORECASE), names


def test_whatever_the_file_is_called_its_folder_is_found_and_no_more(session, tmp_path):
    act(session, "warmup", {"size": 3, "steps": 5}, None)
    del session.runs["A"]
    for name in [name for name in [*OF_PYTHON, *OF_HTML] if "/" not in name and "\0" not in name]:
        path = Path(tmp_path / f"{name}.py")
        try:
            path.touch()
            path.unlink()
        except (OSError, UnicodeError):
            continue  # no file can be called so here
        last(export_notebook(session, path))
        (named,) = [
            node.args[0]
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "with_name"
        ]
        assert ast.literal_eval(named) == f"{name}-files" and (tmp_path / f"{name}-files").is_dir()
    assert len(files_in(tmp_path)) > 20 and "harmed" not in files_in(tmp_path)


def test_what_is_not_as_usual_is_said_of_the_settings():
    for tab, settings, sentence in (
        ("fingerprints", {}, ""),
        ("fingerprints", {"rows": "class", "columns": "probability"}, "With rows Class, columns Probability."),
        ("ideal", {"penalty": "l2", "weight": 0.5}, "With penalty L2, penalty weight 0.5."),
        ("warmup", {"size": 4}, "With size 4."),
        ("mistakes", {"temperature": 1.5}, ""),
        ("graph", {"of": "links", "image": 3}, ""),
    ):
        assert settings_in_words(script_module(tab).Settings.from_dict(settings)) == sentence


def test_every_tab_has_its_words():
    paged = {page for tab in ("compare", "mistakes") for page in knobs(script_module(tab).Settings)["page"].choices}
    pages = {*tabs()} - {"mistakes", "compare"} | paged | {"links"}
    assert {*words()} == pages | {"session_data", "silenced"}
    for said in words().values():
        assert said.look.endswith(".") and len(said.look) < 250 and not said.heading.endswith(".")
