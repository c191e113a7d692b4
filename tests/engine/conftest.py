"""Small data sets that a network can learn in a moment, the full MNIST where it is, jobs that need no TensorFlow."""

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from keras_files import Reader
from made_sessions import dataset_of, home_in, make_session, save_dataset
from trained import with_run

from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at, which
from engine.core.machine.bundled import BUNDLED
from engine.data.dataset import Dataset
from engine.data.formats.sample import open_sample
from engine.model.opening import hdf5_process
from engine.model.training.learner import idle
from engine.session.session import Session

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared" / "datasets" / "mnist.npz"


def stripes(images: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 8x8 pixels with one bright row; the row's number is the class (0 to 3)."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 4, images).astype(np.uint8)
    pictures = generator.integers(0, 80, (images, 8, 8)).astype(np.uint8)
    pictures[np.arange(images), 2 * labels] += 150
    return pictures, labels


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return dataset_of("Stripes", *stripes(240, seed=1), *stripes(90, seed=2), "abcd")


@pytest.fixture(scope="session", autouse=True)
def compiled_learners_are_kept():
    """Trainings of the same kind share what is compiled: that takes most of their time, and memory for good."""
    idle.count = 64


@pytest.fixture
def session(dataset: Dataset) -> Session:
    return Session(dataset)


@pytest.fixture
def dense(session: Session) -> Session:
    """That session with a run of one hidden layer of 12 neurons, whose weights are drawn at steps 0, 12 and 24."""
    return with_run(session, "12")


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """This process has an empty home folder, in which nothing of this machine can be found."""
    for name, value in home_in(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()


@pytest.fixture
def read_here(monkeypatch):
    """Foreign networks are read in this process, without its limits: two of their own take half a second."""
    monkeypatch.setattr(hdf5_process, "start_beside", Reader)


@pytest.fixture
def stripes_file(dataset, tmp_path):
    return save_dataset(dataset, tmp_path / "stripes.npz")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    return make_session(tmp_path_factory.mktemp("made") / "made.layerlight")


@pytest.fixture
def made(own_home, tmp_path, made_once):
    """The file of a session of three runs that nothing was trained for."""
    return Path(shutil.copy(made_once, tmp_path))


@pytest.fixture
def opened(made):
    with which(parse(["export", "--session", str(made), "--csv", "unused"])) as (session, _, _):
        yield session


@pytest.fixture(scope="module")
def bundled():
    """The session that comes along, with the sample open."""
    with look_at(BUNDLED) as session:
        session.replace_data(open_sample())
        yield session


@pytest.fixture(scope="session")
def full_mnist():
    """The path of the full MNIST; the tests that need it are skipped on a computer without it."""
    for path in (os.environ.get("LAYERLIGHT_DATA"), BESIDE_THE_CHECKOUT):
        if path and Path(path).is_file():
            with np.load(path, allow_pickle=False) as stored:
                if hashlib.sha256(stored["y_train"]).hexdigest().startswith("1feba77c54802fa5"):
                    return Path(path)
    pytest.skip("the full mnist.npz is not here: set LAYERLIGHT_DATA to its path")
