"""A session's notebook is written whole or not at all, beside it what it reads; what cannot be told is named."""

import ast
import itertools
import re
from dataclasses import replace
from pathlib import Path

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
from engine.export.scripts.compare import CompareSettings
from engine.export.scripts.mistakes import MistakeSettings
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
    """Put an act into a session, whatever it is."""
    number = 1 + max(session.acts, default=0)
    of_data = session.data().fingerprint() if data is None else data
    session.acts[number] = Act.of(tab, settings or {}, lens, of_data, when or 10.0 + number)
    return session


def text_of(path, kind="markdown"):
    book = check_notebook(path.read_bytes())
    return "\n".join("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == kind)


def code_of(path):
    return text_of(path, "code")


def headings(path):
    return [line.removeprefix("## ") for line in text_of(path).split("\n") if line.startswith("## ")]


def saved(session, path):
    """Write it; return the sentence that tells so."""
    return last(export_notebook(session, path)).sentence


def test_runs_and_acts_stand_in_the_order_of_their_time(session, tmp_path):
    act(session, "mistakes", {"page": "calibration"}, Lens("A", 24), when=0.5)
    act(session, "draw", {"picture": PICTURE}, Lens("A", 12), when=2.0)
    sentence = saved(session, tmp_path / "s.ipynb")
    assert headings(tmp_path / "s.ipynb") == [
        "1. The data",
        "2. Calibration: run A after 24 steps",
        "3. Training: run A",
        "4. A picture is read: run A after 12 steps",
    ]
    assert sentence == f"Saved {tmp_path / 's.ipynb'} and the folder s-files."
    names = files_in(tmp_path / "s-files")
    assert names == {SAMPLE.name, "run-A-step-12.npz", "run-A-step-24.npz", "picture.npz"}
    np.testing.assert_array_equal(arrays_of(tmp_path / "s-files" / "picture.npz")["picture"], PICTURE)
    assert files_in(tmp_path) == {"home", "s.ipynb", "s-files"}


def test_nothing_in_it_leads_out_of_its_folder(session, tmp_path):
    act(session, "activations", {"picture": PICTURE})
    for name in ("s.ipynb", "s.py"):
        saved(session, tmp_path / name)
        text = (tmp_path / name).read_text("utf-8")
        assert str(tmp_path) not in text and str(SAMPLE.parent) not in text
    assert 'FOLDER = Path("s-files")' in code_of(tmp_path / "s.ipynb")
    assert 'FOLDER = Path(__file__).with_name("s-files-2")' in (tmp_path / "s.py").read_text()


def test_neurons_that_are_silenced_have_a_section_once(session, tmp_path):
    act(session, "fingerprints")
    act(session, "mistakes")
    act(session, "mistakes", lens=Lens("A", 24))
    act(session, "fingerprints", lens=Lens("A", 12, frozenset({Neuron(0, 1)})))
    saved(session, tmp_path / "s.ipynb")
    assert [heading.split(". ")[1] for heading in headings(tmp_path / "s.ipynb")[2:]] == [
        "Neurons silenced: run A after 24 steps", "Fingerprints: run A after 24 steps",
        "Mistakes: run A after 24 steps", "Mistakes: run A after 24 steps",
        "Neurons silenced: run A after 12 steps", "Fingerprints: run A after 12 steps",
    ]  # fmt: skip
    assert "In layer 1 each of the neurons 3 and 7 passes nothing on." in text_of(tmp_path / "s.ipynb")
    assert "In layer 1 neuron 1 passes nothing on." in text_of(tmp_path / "s.ipynb")


def test_a_comparison_reads_both_networks_and_a_mixture_is_told_as_one(session, tmp_path):
    act(session, "compare", {"page": "answers", "other": "A", "other_step": 12}, Lens("A", 24))
    act(session, "weights", {}, Lens("A", 24, mixed=(Share("A", 12, 0.25),)))
    saved(session, tmp_path / "s.ipynb")
    assert headings(tmp_path / "s.ipynb")[2:] == [
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
    code = code_of(tmp_path / "s.ipynb")
    order = ('"other.npz"', "other_logits = answered()", '"run-A-step-24.npz"', "\nhidden, logits = answered()")
    places = [code.index(part) for part in order]
    assert places == sorted(places)


def test_a_run_is_trained_as_far_as_it_came(session, tmp_path):
    run = session.runs["A"]
    saved(session, tmp_path / "s.ipynb")
    assert "EPOCHS, BATCH, SEED = 1, 20, 1" in code_of(tmp_path / "s.ipynb")
    assert "it was not trained to the end of an epoch" in text_of(tmp_path / "s.ipynb")
    for number in (1, 2):
        run.epochs.append(epoch_done(number, steps=12, test_accuracy=0.75))
    saved(session, tmp_path / "s.ipynb")
    assert "EPOCHS, BATCH, SEED = 2, 20, 1" in code_of(tmp_path / "s.ipynb")
    said, read = text_of(tmp_path / "s.ipynb"), f"reads 75.0 % of {run.test_images:,} test images; best"
    assert f"for 2 of 40 epochs in 2 seconds, and {read}" in said
    assert "; best, epoch 1, chosen on the test images: 75.0 %." in said
    run.spec = run.spec.but(stop_at=0.7)
    saved(session, tmp_path / "s.ipynb")
    assert "EPOCHS, BATCH, SEED = 40, 20, 1" in code_of(tmp_path / "s.ipynb")


def test_a_run_that_took_long_is_told_and_not_trained_again(session, tmp_path):
    run = session.runs["A"]
    run.title = "```\n<script>alert(1)</script>"
    for number in range(1, 41):
        run.epochs.append(epoch_done(number, steps=12, test_accuracy=0.75, seconds=LONG_SECONDS))
    act(session, "weights")
    saved(session, tmp_path / "s.ipynb")
    code = code_of(tmp_path / "s.ipynb")
    assert "train_epoch" not in code and "pictures_of" in code
    (shown,) = re.findall(r"^```python\n(.*?)\n```$", text_of(tmp_path / "s.ipynb"), re.MULTILINE | re.DOTALL)
    ast.parse(shown)
    assert "def train_epoch(order):" in shown and "in 200 minutes" in text_of(tmp_path / "s.ipynb")


@pytest.mark.parametrize(
    ("tab", "settings", "lens", "reason"),
    [
        ("fingerprints", {}, Lens("Z", 3), "of a run that was deleted"),
        ("fingerprints", {"layer": 7}, CHANGED, "Run A has no hidden layer 7"),
        ("fingerprints", {"layer": 10**6}, CHANGED, "Layer must be between"),
        ("fingerprints", {"layer": [1]}, CHANGED, "that says nothing"),
        ("fingerprints", {"rows": "__import__('os')"}, CHANGED, "Rows must be one of"),
        ("fingerprints", {"rows": [1]}, CHANGED, "that says nothing"),
        ("fingerprints", {}, None, "There is no network yet"),
        ("fingerprints", {}, Lens("A", 24, frozenset({Neuron(0, 12)})), "that says nothing"),
        ("fingerprints", {}, Lens("A", 24, frozenset({Neuron(1, 0)})), "that says nothing"),
        ("ideal", {"objective": "neuron", "neurons": [12]}, CHANGED, "no hidden neuron 12"),
        ("draw", {"picture": PICTURE[:5]}, CHANGED, "that says nothing"),
        ("warmup", {"size": 3, "matrix": np.eye(4)}, None, "that says nothing"),
        ("nothing", {}, CHANGED, "has no code to show"),
        ("../train", {}, CHANGED, "has no code to show"),
    ],
)
def test_what_cannot_be_told_is_left_out_and_named(session, tmp_path, tab, settings, lens, reason):
    act(session, tab, settings, lens)
    sentence = saved(session, tmp_path / "s.ipynb")
    assert headings(tmp_path / "s.ipynb") == ["1. The data", "2. Training: run A"]
    assert "1 section could not be told; the end of it says why." in sentence
    end = check_notebook((tmp_path / "s.ipynb").read_bytes())["cells"][-1]
    assert "Left out here" in "".join(end["source"]) and reason in "".join(end["source"]).replace("\\", "")


def test_a_run_of_other_data_is_not_trained_on_these(session, tmp_path):
    session.runs["A"].fingerprint = "0123"
    with pytest.raises(UserError, match="what it has is of other data than those that are open"):
        saved(session, tmp_path / "s.ipynb")
    act(session, "weights", lens=Lens("A", 24))
    assert "1 section could not be told" in saved(session, tmp_path / "s.ipynb")
    assert headings(tmp_path / "s.ipynb") == ["1. The data", "2. Weights: run A after 24 steps"]


def test_what_was_done_with_other_data_is_left_out_unless_it_needs_none(session, tmp_path):
    act(session, "fingerprints", data="0123")
    act(session, "weights", data="0123")
    act(session, "warmup", lens=None, data="0123")
    saved(session, tmp_path / "s.ipynb")
    wanted = ["The dat", "Trainin", "Weights", "The war"]
    assert [heading.split(". ")[1][:7] for heading in headings(tmp_path / "s.ipynb")] == wanted
    assert "of other data than those that are open" in text_of(tmp_path / "s.ipynb")


def test_an_act_of_the_train_tab_is_none_whoever_says_so(session, tmp_path):
    act(session, "train", lens=None)
    assert "could not" not in saved(session, tmp_path / "s.ipynb")
    assert headings(tmp_path / "s.ipynb") == ["1. The data", "2. Training: run A"]


def test_where_there_is_nothing_to_tell_it_is_said_and_nothing_is_written(own_home, tmp_path):
    with pytest.raises(UserError, match="nothing to tell of this session yet"):
        saved(Session(), tmp_path / "s.ipynb")
    assert files_in(tmp_path) == {"home"}


def test_a_warm_up_without_data_and_network_is_told(own_home, tmp_path):
    session = Session()
    session.acts[1] = Act.of("warmup", {"size": 3}, None, "", 1.0)
    saved(session, tmp_path / "s.py")
    text = (tmp_path / "s.py").read_text()
    assert "SIZE, SEED, STEPS, RATE = 3, 0, 100000, 0.01" in text
    compile(text, "s.py", "exec")


# Writing ----------------------------------------------------------------------------------------------------------


def test_one_that_is_replaced_uses_its_folder_again_and_another_one_s_is_left_alone(session, tmp_path):
    (tmp_path / "s-files").mkdir()
    (tmp_path / "s-files" / "mine.txt").write_text("mine")
    saved(session, tmp_path / "s.ipynb")
    assert files_in(tmp_path) == {"home", "s.ipynb", "s-files", "s-files-2"}
    saved(session, tmp_path / "s.ipynb")
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
        saved(session, tmp_path / "s.ipynb")
    assert "s.ipynb" not in files_in(tmp_path)


def test_what_cannot_be_written_is_said_in_a_sentence(session, tmp_path):
    for name, sentence in (
        ("s.html", "ends in neither .ipynb nor .py"),
        ("none/s.ipynb", "cannot be saved"),
        ("folder.py", "cannot be saved: it is a folder"),
    ):
        (tmp_path / "folder.py").mkdir(exist_ok=True)
        with pytest.raises(UserError, match=re.escape(sentence)):
            saved(session, tmp_path / name)
    assert files_in(tmp_path) == {"home", "folder.py"}


def test_the_data_that_are_open_are_never_replaced(session, stripes_file, tmp_path):
    folder = tmp_path / "s-files"
    folder.mkdir()
    data = folder / "open.npz"
    data.write_bytes(SAMPLE.read_bytes())
    session.replace_data(replace(session.dataset, source=data, name="Others"))
    (tmp_path / "s.ipynb").write_text("{}")
    with pytest.raises(UserError, match="is the data set that is open"):
        saved(session, tmp_path / "s.ipynb")
    assert data.read_bytes() == SAMPLE.read_bytes() and (tmp_path / "s.ipynb").read_text() == "{}"


# Names ------------------------------------------------------------------------------------------------------------


def test_whatever_a_run_and_its_data_are_called_the_code_stays_the_same(session, tmp_path):
    act(session, "weights")
    run, wanted = session.runs["A"], {}
    pairs = itertools.zip_longest(NAMES[::2], NAMES[1::2], fillvalue="plain")
    for names in [("plain", "plain"), *pairs]:
        run.title, run.dataset = names
        for file in ("s.ipynb", "s.py"):
            saved(session, tmp_path / file)
            code = (tmp_path / file).read_text() if file == "s.py" else code_of(tmp_path / file)
            assert skeleton(code) == wanted.setdefault(file, skeleton(code)), names
            assert all(letter.isprintable() or letter == "\n" for letter in code), names
        text = text_of(tmp_path / "s.ipynb")
        assert not re.search(r"<[a-z/!?]|\]\(|://|\$", text, re.IGNORECASE), names


@pytest.mark.parametrize("name", [name for name in [*OF_PYTHON, *OF_HTML] if "/" not in name and "\0" not in name])
def test_whatever_the_file_is_called_its_folder_is_found_and_no_more(session, tmp_path, name):
    try:
        path = Path(tmp_path / f"{name}.py")
        path.touch()
        path.unlink()
    except (OSError, UnicodeError):
        pytest.skip("no file can be called so here")
    act(session, "warmup", {"size": 3, "steps": 5}, None)
    del session.runs["A"]
    saved(session, path)
    tree = ast.parse(path.read_bytes())
    (named,) = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "with_name"
    ]
    assert ast.literal_eval(named) == f"{name}-files" and (tmp_path / f"{name}-files").is_dir()
    assert "harmed" not in {each.name for each in tmp_path.iterdir()}


def test_what_is_not_as_usual_is_said_of_the_settings():
    for tab, settings, sentence in (
        ("fingerprints", {}, ""),
        ("fingerprints", {"rows": "class", "columns": "probability"}, "With rows Class, columns Probability."),
        ("ideal", {"penalty": "l2", "weight": 0.5}, "With penalty L2, penalty weight 0.5."),
        ("warmup", {"size": 4}, "With size 4."),
        ("mistakes", {"temperature": 1.5}, ""),
        ("graph", {"of": "links", "image": 3}, ""),
    ):
        assert settings_in_words(script_module(tab).SETTINGS.from_dict(settings)) == sentence


def test_every_tab_has_its_words():
    paged = {page for settings in (CompareSettings, MistakeSettings) for page in knobs(settings)["page"].choices}
    pages = {*tabs()} - {"mistakes", "compare"} | paged | {"links"}
    assert {*words()} == pages | {"session_data", "silenced"}
    for said in words().values():
        assert said.look.endswith(".") and len(said.look) < 250 and not said.heading.endswith(".")


def test_it_says_of_a_run_what_was_changed_on_its_way(session, tmp_path):
    session.runs["A"].changes += [(7, "learning_rate", 0.25), (9, "dropout", 0.3)]
    session.runs["A"].epochs.append(epoch_done(1, steps=12))
    last(export_notebook(session, tmp_path / "book.ipynb"))
    changes = "learning rate 0.1 → 0.25 (step 7), dropout 0 % → 30 % (step 9)"
    assert f"On its way were changed: {changes}." in text_of(tmp_path / "book.ipynb")
    script = last(show_code(session, Lens("A"), "train", {})).script.replace("\n# ", " ")
    (remark,) = re.findall(r"Left out here: [^.]*\.", script)
    assert "dropout 0 % → 30 % (step 9)" in remark
    assert "learning rate" not in remark, "the rate is set there, too"
