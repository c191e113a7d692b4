"""Which data set is opened: the person's choice, the variable, Keras' copy, the sample, in this order."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from data_files import write_idx
from download_server import leave_alone
from made_sessions import ROOT

from engine.core.errors import UserError
from engine.core.messages import JobFailed, Notice
from engine.data.download.catalogue import title_of
from engine.data.formats.reading import DatasetReading
from engine.data.sources import local_datasets, mnist_there, open_dataset
from engine.session.jobs.data import DatasetOpened, open_data, prepare
from engine.session.session import Session


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Without data anywhere."""
    leave_alone(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def save(arrays):
    def save(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **arrays)
        return path

    return save


@pytest.fixture
def keras_copy(home):
    return home / ".keras" / "datasets" / "mnist.npz"


def opened(wanted=None):
    """Open, expect that nothing was passed over, and return the name."""
    data, notice = open_dataset(wanted)
    assert notice == ""
    return data.name


def test_the_variable_comes_before_keras_copy_and_what_a_person_names_before_everything(
    home, save, keras_copy, monkeypatch
):
    monkeypatch.setenv("LAYERLIGHT_DATA", "")
    assert opened() == opened("sample") == "MNIST sample", "an empty variable is none"
    save(keras_copy)
    assert opened() == opened("mnist") == "mnist"
    monkeypatch.setenv("KERAS_HOME", str(home / "models"))
    assert opened() == "MNIST sample"
    copy = save(home / "models" / "datasets" / "mnist.npz")
    assert open_dataset(None)[0].source == copy

    monkeypatch.setenv("LAYERLIGHT_DATA", str(save(home / "mine.npz")))
    assert opened() == opened("mnist") == "mine"
    theirs = save(home / "theirs.npz").rename(home / "theirs.NPZ")
    assert opened(str(theirs)) == "theirs"
    assert opened("sample") == "MNIST sample"


@pytest.mark.parametrize("wanted", [None, "mnist"])
def test_a_broken_file_in_the_variable_is_refused_and_the_variable_named(home, monkeypatch, wanted):
    monkeypatch.setenv("LAYERLIGHT_DATA", str(home / "gone.npz"))
    with pytest.raises(UserError, match=r"There is no file .*gone\.npz") as caught:
        open_dataset(wanted)
    assert "LAYERLIGHT_DATA" in caught.value.hint


def test_the_window_says_that_the_file_in_the_variable_is_missing_and_opens_the_sample(home, monkeypatch):
    monkeypatch.setenv("LAYERLIGHT_DATA", str(home / "gone.npz"))
    session = Session()
    job = prepare(session)
    answer, opened = itertools.islice((each for each in job if not isinstance(each, DatasetReading)), 2)
    job.close()
    assert isinstance(answer, JobFailed) and answer.sentence == f"There is no file {home / 'gone.npz'}."
    assert "LAYERLIGHT_DATA" in answer.hint and "embedded sample is used instead" in answer.hint
    assert isinstance(opened, DatasetOpened) and opened.name == session.dataset.name == "MNIST sample"


@pytest.mark.parametrize("damage", ["cut short", "a folder", "a link to nowhere"])
def test_a_broken_copy_of_keras_is_passed_over_with_a_notice(home, save, keras_copy, damage):
    copy = save(keras_copy)
    if damage == "cut short":
        copy.write_bytes(copy.read_bytes()[:400])
    else:
        copy.unlink()
    if damage == "a folder":
        copy.mkdir()
    if damage == "a link to nowhere":
        copy.symlink_to(home / "nowhere.npz")
    data, notice = open_dataset(None)
    assert data.name == "MNIST sample"
    assert ".keras/datasets/mnist.npz" in notice and "sample" in notice
    with pytest.raises(UserError):
        open_dataset("mnist")  # here it was asked for
    told, answer = (each for each in open_data(Session()) if not isinstance(each, DatasetReading))
    assert isinstance(told, Notice) and isinstance(answer, DatasetOpened)
    assert (answer.train_images, answer.test_images, answer.classes) == (4_000, 1_000, 10)


def test_mnist_and_the_bundled_runs_data_are_refused_with_a_way_out_where_they_are_not(home, save, monkeypatch):
    with pytest.raises(UserError) as caught:
        open_dataset("mnist")
    assert "LAYERLIGHT_DATA" in caught.value.hint and "sample" in caught.value.hint
    with pytest.raises(UserError, match="full MNIST is not on this computer"):
        open_dataset("mnist-54000")
    monkeypatch.setenv("LAYERLIGHT_DATA", str(save(home / "MNIST.npz")))
    with pytest.raises(UserError, match=r"MNIST 12 \+ 6 is not the full MNIST"):
        open_dataset("mnist-54000")


def test_whether_there_is_a_copy_of_mnist_is_known_without_opening_it(home, save, keras_copy, monkeypatch):
    assert mnist_there() is None
    copy = save(keras_copy)
    assert mnist_there() == copy
    monkeypatch.setenv("LAYERLIGHT_DATA", str(home / "gone.npz"))
    assert mnist_there() is None, "what the variable names comes first, and is not there"
    other = save(home / "a b" / "other.npz")
    for named in (str(other), other.as_uri(), "~/a b/other.npz"):
        monkeypatch.setenv("LAYERLIGHT_DATA", named)
        assert mnist_there() == other


def test_data_are_found_by_any_path_and_again_by_what_they_are_wanted_as(home, save, monkeypatch):
    file = save(home / "data" / "letters.npz")
    for wanted in ("sample", str(file)):
        data, _ = open_dataset(wanted)
        again, _ = open_dataset(data.wanted or "sample")
        assert again.fingerprint() == data.fingerprint()
    assert opened("~/data/letters.npz") == "letters"
    monkeypatch.chdir(home)
    assert open_dataset("data/letters.npz")[0].source == file, "a relative path becomes a whole one"


def test_a_path_with_nothing_to_open_is_refused_and_for_another_kind_of_file_the_right_kinds_are_named(home):
    for wanted in ("nowhere.npz", "nmist", "", "~nobody-of-this-name/a.npz", "a\0b.npz"):
        with pytest.raises(UserError) as caught:
            open_dataset(wanted)
        assert caught.value.hint, wanted
    (home / "digits.doc").write_text("1,2,3")
    with pytest.raises(UserError, match=r"digits\.doc is a type of file that") as caught:
        open_dataset(str(home / "digits.doc"))
    assert all(kind in caught.value.hint for kind in (".npz", "IDX", "CSV", "pictures"))


@pytest.mark.parametrize("place", [".keras/datasets/fashion-mnist", "data/FashionMNIST/raw", "datasets/KMNIST"])
def test_idx_files_in_well_known_places_are_found(home, arrays, monkeypatch, place):
    monkeypatch.chdir(home)
    write_idx(home / place, arrays, packed="raw" in place)
    assert local_datasets() == [home / place]
    assert title_of(home / place) == ("KMNIST" if "KMNIST" in place else "Fashion-MNIST")
    assert mnist_there() is None
    assert len(opened(str(home / place))) > 3


def test_debians_copy_and_torchvisions_are_mnist_where_keras_has_none(home, arrays, save, keras_copy, monkeypatch):
    monkeypatch.setattr("engine.data.sources.SHARED", home / "share")
    write_idx(home / "share" / "mnist", arrays, packed=True)
    assert mnist_there() == home / "share" / "mnist"
    assert open_dataset(None)[0].source == home / "share" / "mnist"
    copy = save(keras_copy)
    assert mnist_there() == copy


def test_fashion_has_its_names(home):
    images, labels = np.full((20, 4, 4), 9, np.uint8), np.arange(20, dtype=np.uint8) % 10
    arrays = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    write_idx(home / "fashion-mnist", arrays)
    classes = open_dataset(str(home / "fashion-mnist"))[0].classes
    assert classes[0] == "T-shirt" and classes[9] == "Ankle boot" and len(classes) == 10


def test_opening_data_imports_neither_tensorflow_nor_keras_and_asking_for_nothing_not_even_numpy():
    program = """
import sys
from engine.data.download.catalogue import title_of
from engine.data.sources import local_datasets, mnist_there, open_dataset
assert "numpy" not in sys.modules
open_dataset("sample")
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
