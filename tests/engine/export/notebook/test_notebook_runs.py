"""The notebook of a session runs in a process without Layerlight, and prints what its acts' scripts print."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_sessions import files_in, home_in
from notebook_format import check_notebook
from told import last, told

from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.export.notebook.export import export_notebook
from engine.export.scripts.parts.show_code import show_code
from engine.model.network.activations import activations
from engine.model.training.messages import Parent
from engine.session.jobs import kept
from engine.session.jobs.kept import note_act
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store import places

CLEAN = Path(__file__).with_name("clean_process.py")
SPEC = TrainSpec(layers="64", epochs=2, initial="he", loss="cross_entropy", optimizer="adam", learning_rate=0.002)
FEW = frozenset(Neuron(0, number) for number in (3, 7, *range(20, 25)))
MANY = frozenset(Neuron(0, number) for number in range(0, 64, 3))
BOOSTED = frozenset({Adjusted(0, 50, 3.0), Adjusted(0, 51, 0.0, 0.8)})
MATRIX = np.random.default_rng(0).integers(0, 10, (4, 4)).astype(float)
MATRIX[1, 2] = 0.5
IDEAL = IdealSpec(steps=60, learning_rate=0.02, penalty="l2", optimizer="adam", seed=3)
WARMUP = WarmupSpec(size=4, steps=2000)


def run(file, folder, report, scripts):
    """Run a notebook, and each of these scripts, in a process; return what each section and each script printed."""
    report.with_suffix(".scripts").write_text(json.dumps(scripts), "utf-8")
    home = home_in(report.parent) | {"MPLBACKEND": "agg", "PATH": os.defpath, "TF_CPP_MIN_LOG_LEVEL": "3"}
    how = {"cwd": folder, "env": home, "capture_output": True, "text": True, "timeout": 500}
    done = subprocess.run([sys.executable, "-I", str(CLEAN), str(file), str(report)], **how)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(report.with_suffix(".json").read_text("utf-8"))


def figures(text):
    """The numbers in a text, without those by which Keras tells layers of one kind apart: `dense_2`."""
    return [float(each) for each in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", re.sub(r"_\d+", "", text))]


@pytest.fixture(scope="module")
def acted(tmp_path_factory):
    """A session in which a network was trained, and trained on, and ten things were done with it."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        for name, value in home_in(home).items():
            patch.setenv(name, value)
        patch.setattr(kept, "ON_THE_WAY_SECONDS", 0.0)
        session = Session(open_sample(), new_place=places.new_autosave)
        run_through(train(session, SPEC))
        run_through(train(session, SPEC.but(epochs=3), parent=Parent("A", session.runs["A"].moments.newest)))
        picture = session.data().test_images[11] / np.float32(255) * np.float32(0.9)
        changed = Lens("B", None, FEW, BOOSTED)
        acts = [
            ("fingerprints", {"layer": 1, "rows": "class", "columns": "probability"}, Lens("B")),
            ("fingerprints", {"layer": 1, "rows": "mean", "columns": "index"}, changed),
            ("ideal", {**IDEAL.as_dict(), "neurons": []}, Lens("B")),
            ("mistakes", {"page": "confusion", "label": 4, "answer": -1}, Lens("B")),
            ("mistakes", {"page": "calibration", "temperature": 1.5, "threshold": 0.9}, Lens("B")),
            ("map", {**MapSpec(images=500).as_dict(), "layer": 0}, Lens("B")),
            ("draw", {"method": "integrated", "against": 4, "image": 0, "picture": picture}, Lens("B")),
            ("weights", {"layer": 1, "view": "pixels", "against": 0}, Lens("B")),
            ("mistakes", {"page": "confusion"}, Lens("B", None, MANY)),
            ("warmup", {**WARMUP.as_dict(), "matrix": MATRIX}, None),
            ("graph", {"of": "links", "image": 5}, Lens("B")),
            ("graph", {"of": "training"}, Lens("B")),
            ("activations", {"image": 7}, Lens("A")),
        ]
        for tab, settings, lens in acts:
            told(note_act(session, tab, settings, lens))
        yield session, changed, acts
        session.close()


@pytest.fixture(scope="module")
def book(acted, tmp_path_factory):
    """The folder of the notebook, moved since, its cells, and what its sections print and the scripts of all acts."""
    session, _, acts = acted
    folder = tmp_path_factory.mktemp("out") / "first"
    folder.mkdir()
    for name in ("class 7b.ipynb", "class 7b.py"):
        notice = last(export_notebook(session, folder / name))
        assert "Left out" not in notice.sentence and "could not be told" not in notice.sentence
    moved, work = folder.rename(folder.with_name("moved")), tmp_path_factory.mktemp("work")
    wanted = [("train", {}, Lens("A")), ("train", {}, Lens("B")), *acts]
    scripts = [last(show_code(session, lens, tab, settings)).script for tab, settings, lens in wanted]
    cells = check_notebook((moved / "class 7b.ipynb").read_bytes())["cells"]
    return moved, cells, *run(moved / "class 7b.ipynb", moved, work / "notebook", scripts)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def code_of(cells):
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_the_folder_has_all_that_is_read_and_nothing_else_is_left(book):
    moved = book[0]
    assert files_in(moved) == {"class 7b.ipynb", "class 7b.py", "class 7b-files", "class 7b-files-2"}
    assert files_in(moved / "class 7b-files") == files_in(moved / "class 7b-files-2")


def test_the_script_has_the_notebook_s_cells(book):
    first, *cells = code_of(book[1])
    script = (book[0] / "class 7b.py").read_text("utf-8")
    theirs, *others = re.findall(r"^# %%\n(.*?)\n(?=\n# %%|\Z)", script, re.MULTILINE | re.DOTALL)
    assert others == cells
    assert theirs == first.replace('Path("class 7b-files")', 'Path(__file__).with_name("class 7b-files-2")')


def test_each_section_prints_what_its_script_prints_by_itself(book):
    """The scripts are compared with the window where they are tested; here nothing that a section needs is left out."""
    check_sections(*book[2:], 15)


def check_sections(printed, alone, count):
    """Whether the sections of runs and acts printed the same figures as their scripts alone."""
    sections = {}
    for heading, text in printed:
        sections[heading] = sections.get(heading, "") + text
    told = [text for heading, text in sections.items() if re.match(r"\d+\. (?!The data|Neurons)", heading)]
    assert len(told) == len(alone) == count
    for mine, other in zip(told, alone, strict=True):
        assert len(mine.splitlines()) == len(other.splitlines()) > 0
        for one, two in zip(mine.splitlines(), other.splitlines(), strict=True):
            np.testing.assert_allclose(figures(one), figures(two), rtol=0.02, atol=0.02)


def test_what_silencing_costs_is_what_the_window_says(acted, book):
    session, changed, _ = acted
    told = [text for heading, text in book[2] if re.search("Neurons (changed|silenced)", heading) and text]
    for text, lens in zip(told, (changed, Lens("B", None, MANY)), strict=True):
        shares = []
        for each in (Lens("B"), lens):
            found = run_through(activations(session, each))
            shares.append(np.mean(found.logits.argmax(axis=1) == found.labels))
        before, after = shares
        assert f"all classes: {before:.2%} classified correctly before, {after:.2%} after" in text


def test_a_reader_meets_each_definition_once(book):
    """All but what has to be said again: another network, another loss, other data."""
    whole = "\n".join(code_of(book[1]))
    assert whole.count("import numpy") == 1 and whole.count('np.load(FOLDER / "data.npz")') <= 1
    reads = re.findall(r'^(\w+) = data\["x_', whole, re.MULTILINE)
    assert sorted(reads) == ["test_images", "train_images"]
    assert whole.count("def loss_of(labels, logits)") == 2, "the warm-up has one of its own in between"
    assert whole.count("def network(images)") <= 7
    assert whole.count("def patches") == 0 and "savez" not in whole and "savefig" not in whole
    assert max(len(line) for line in whole.split("\n")) <= 120


def test_a_notebook_of_blocks_and_normalisation_prints_what_its_scripts_print(own_home, monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "ON_THE_WAY_SECONDS", 0.0)
    session = Session(open_sample(), new_place=places.new_autosave)
    layers = "conv 6 5x5 stride 2, batchnorm, relu, residual(conv 6, conv 6 | identity), global average, 12, layernorm"
    run_through(train(session, SPEC.but(layers=layers, epochs=1)))
    lens, changed = Lens("A"), Lens("A", None, frozenset({Neuron(0, 1)}))
    acts = [
        ("fingerprints", {"layer": 2}, changed),
        ("activations", {"image": 7}, lens),
        ("mistakes", {"page": "confusion"}, lens),
        ("map", {**MapSpec(images=200).as_dict(), "layer": 0}, lens),
        ("draw", {"image": 3}, lens),
        ("weights", {"layer": 2}, lens),
        ("graph", {"of": "training"}, lens),
    ]
    for tab, settings, of in acts:
        told(note_act(session, tab, settings, of))
    (tmp_path / "out").mkdir()
    notice = last(export_notebook(session, tmp_path / "out" / "book.ipynb"))
    assert "Left out" not in notice.sentence
    scripts = [last(show_code(session, of, tab, settings)).script for tab, settings, of in [("train", {}, lens), *acts]]
    check_sections(*run(tmp_path / "out" / "book.ipynb", tmp_path / "out", tmp_path / "report", scripts), 8)
    session.close()
