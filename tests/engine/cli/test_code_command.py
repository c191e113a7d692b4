"""The command `code`: the script on stdout, what it reads beside it, and a sentence for what cannot be."""

import tempfile

import numpy as np
import pytest
from made_sessions import arrays_of, files_in

from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.export.scripts.parts.common import data_cells
from engine.export.scripts.parts.files import MOST_KEPT, cached, code_folder, temporary_folder
from engine.export.scripts.parts.show_code import data_file
from tests.engine.data.data_files import read_npz


def test_the_script_goes_to_stdout_and_where_its_files_lie_to_stderr(terminal):
    out, err = terminal.both("code weights --set layer=2 --silence 3,7")
    assert out.startswith('"""') and "pictures_of" in out
    (file,) = code_folder().glob("weights-*.npz")
    assert str(file) in out and str(file) in err
    assert sorted(arrays_of(file)) == ["layer1/bias", "layer1/kernel", "layer2/bias", "layer2/kernel"]
    assert "passed1[np.r_[3, 7]] = 0" in out


def test_settings_runs_moments_and_data_are_those_that_are_named(terminal):
    for word, name in (("Warm-up", "warmup"), ("Ideal images", "ideal"), ("Draw", "draw"), ("map", "map")):
        assert parse(["code", word]).tab == name, "a tab may be called as it is in the window"
    out = terminal("code draw --dataset sample --run Sharp --moment first --set image=5")
    assert "run B · Sharp after 0 steps" in out and "test_images[5]" in out and "conv2d" in out
    out, err = terminal.both("code warmup --set size=3 --set optimizer=sgd")
    assert "SIZE, SEED, STEPS, RATE = 3, 0, 100000, 0.01" in out and err == ""
    out = terminal("code ideal --set objective=neuron --set neurons=4,5")
    assert "wanted = np.array([4, 5])  # neurons of layer 1" in out


def test_out_saves_the_script_and_beside_it_what_it_reads(terminal, tmp_path):
    script = tmp_path / "scripts" / "w.py"
    script.parent.mkdir()
    assert terminal("code weights --out", script) == f"Saved {script}\n"
    assert files_in(script.parent) == {"w.py", "w-weights.npz"} and '"w-weights.npz"' in script.read_text()

    script.unlink()
    terminal("code weights --out", script)
    assert files_in(script.parent) == {"w.py", "w-weights.npz", "w-weights-2.npz"}
    assert "w-weights-2.npz" in script.read_text(), "another script's file is not replaced unasked"


def test_old_files_in_the_cache_go(own_home):
    for number in range(MOST_KEPT + 5):
        run_through(cached("weights", {"a": np.full(3, number)}))
    assert len(list(code_folder().iterdir())) == MOST_KEPT


def read_by(data):
    """What a script's lines read."""
    found = {"np": np}
    for cell in data_cells(run_through(data_file(data)), "train", "test"):
        exec(cell.text, found)
    found["data"].close()
    return found


@pytest.mark.parametrize("columns", [False, True])
def test_the_lines_read_a_file_of_any_form_as_the_application_does(dataset, tmp_path, columns):
    path = tmp_path / "data.npz"
    labels = [each[:, None] if columns else each for each in (dataset.train_labels, dataset.test_labels)]
    for form in (
        lambda images: images,
        lambda images: images.reshape(len(images), -1),
        lambda images: images[..., None] / 255,
        lambda images: (images > 200).astype(np.uint8),
        lambda images: images.astype(np.float64),
    ):
        images = form(dataset.train_images), form(dataset.test_images)
        np.savez(path, x_train=images[0], y_train=labels[0], x_test=images[1], y_test=labels[1])
        data = read_npz(path)
        found = read_by(data)
        for part in ("train", "test"):
            pictures, classes = getattr(data, f"{part}_images"), getattr(data, f"{part}_labels")
            np.testing.assert_allclose(found[f"{part}_images"], pictures / 255, atol=1e-6)
            np.testing.assert_array_equal(found[f"{part}_labels"], classes)
            assert found[f"{part}_images"].dtype == np.float32


def test_what_the_application_sets_aside_the_lines_leave_out(tmp_path):
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 3, 60_000, np.uint8)
    images = generator.integers(0, 256, (60_000, 2, 2), np.uint8)
    np.savez(tmp_path / "data.npz", x_train=images, y_train=labels, x_test=images[:9], y_test=labels[:9])
    found = read_by(read_npz(tmp_path / "data.npz"))
    np.testing.assert_array_equal(found["train_labels"], labels[5000:])


def test_without_a_cache_what_a_script_reads_lies_among_the_temporary_files(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    temporary_folder.cache_clear()
    first, second = (run_through(cached("weights", {"a": np.arange(5)})) for _ in range(2))
    assert first == second and first.is_relative_to(tmp_path) and len(list(tmp_path.iterdir())) == 1
    assert arrays_of(first)["a"].tolist() == [0, 1, 2, 3, 4]
    temporary_folder.cache_clear()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(UserError, match="can be kept nowhere"):
        code_folder()
    temporary_folder.cache_clear()
