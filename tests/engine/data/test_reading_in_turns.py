"""Opening data in turns: each is short, the job can be given up at any of them, and the numbers are NumPy's own."""

import itertools
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from made_sessions import made_run

from engine.core.messages import Notice, run_through
from engine.data.formats import sample
from engine.data.formats.checks import BLOCK, CHECK, CONVERT
from engine.data.formats.npz import reading_npz
from engine.data.formats.reading import INFLATE, PIECE, READ, TURN_SECONDS, DatasetReading
from engine.data.location import Location
from engine.session.jobs.data import DatasetOpened, open_data
from engine.session.jobs.files import SessionOpened, new_session, open_session
from engine.session.session import Session
from engine.session.store.opening import create_store
from tests.engine.data.data_files import read_npz

MIB = 1024**2
LABELS = np.arange(750) % 7


@pytest.fixture
def every_piece(monkeypatch):
    """Each piece of work is a turn of its own, as on a very slow machine."""
    monkeypatch.setattr("engine.data.formats.reading.TURN_SECONDS", 0)
    monkeypatch.setattr(sample, "opening_sample", sample.opening_sample.__wrapped__)  # see tests/conftest.py


def images_of(kind, largest=255, order="C"):
    """750 images of 28 x 28, more than a piece and a block."""
    numbers = np.random.default_rng(1).random((750, 28, 28)) * largest
    return np.asarray(np.rint(numbers) if largest > 1 or kind == "?" else numbers, kind, order)


def save(path, images, packed=False):
    write = np.savez_compressed if packed else np.savez
    write(path, x_train=images, y_train=LABELS, x_test=images[:300].copy("K"), y_test=LABELS[:300])
    return path


@pytest.mark.usefixtures("every_piece")
@pytest.mark.parametrize(
    ("kind", "largest", "order", "packed"),
    [("u1", 255, "C", True), ("u1", 255, "F", False), ("f4", 1, "C", False), ("f2", 1, "F", True)],
)
def test_what_is_read_in_pieces_is_what_numpy_loads(path, kind, largest, order, packed):
    data = read_npz(save(path, images_of(kind, largest, order), packed))
    with np.load(path) as stored:
        for name, read in (("x_train", data.train_images), ("x_test", data.test_images)):
            scaled = stored[name].astype("f8") * (255 if largest == 1 else 1)
            if kind in ("f4", "f2"):  # rounded, in their own precision
                assert np.abs(read - scaled).max() <= (0.6 if kind == "f2" else 0.5001)
            else:
                assert np.array_equal(read, scaled)
        assert np.array_equal(data.train_labels, stored["y_train"])
        assert np.array_equal(data.test_labels, stored["y_test"])


@pytest.mark.usefixtures("every_piece")
@pytest.mark.parametrize(("kind", "order", "packed"), [("u1", "C", True), ("f8", "F", False)])
def test_all_work_is_told_piece_by_piece(path, kind, order, packed):
    """No piece is larger than one read or one block, so none can make a turn long."""
    reading = reading_npz(Location(save(path, images_of(kind, order=order), packed)))
    messages = list(reading)
    assert all(isinstance(each, DatasetReading) and each.file == "letters.npz" for each in messages)
    shares = [0.0, *(each.share for each in messages)]
    assert shares[-1] == pytest.approx(1)
    images, labels = 1050 * 28 * 28 * np.dtype(kind).itemsize, 1050 * LABELS.itemsize
    work = (images + labels) * (INFLATE if packed else READ) + images * CHECK + labels * CONVERT
    work += images * CONVERT * (kind == "f8" or order == "F")
    steps = [later - former for former, later in itertools.pairwise(shares)]
    assert min(steps) > 0
    assert max(steps) * work <= max(PIECE * INFLATE, BLOCK * 8 * CONVERT) * 1.001


def test_a_turn_with_the_full_mnist_is_short_and_no_more_than_all_is_told_where_it_is_recognised(full_mnist):
    shares, turns, start, begin = [], [], time.monotonic(), time.thread_time()
    for told in reading_npz(Location(full_mnist)):
        shares.append(told.share)
        turns.append(time.thread_time() - begin)
        begin = time.thread_time()
    assert len(turns) * TURN_SECONDS <= time.monotonic() - start, "a turn ends no sooner than it has to"
    assert len(turns) >= 3, "it takes 0.3 s in all, and more on a slower machine"
    assert max(turns) < 0.1  # 0.02 s; of this thread alone, so a busy machine is no failure
    assert shares == sorted(shares) and shares[-1] == 1


def held_files(path):
    """Descriptors of this process that lead to the file."""
    links = list(Path("/proc/self/fd").iterdir())
    return [link for link in links if link.is_symlink() and link.readlink() == path]


@pytest.mark.skipif(sys.platform != "linux", reason="this system does not tell which files are open")
@pytest.mark.usefixtures("every_piece")
def test_given_up_after_any_turn_the_session_is_as_it_was_the_file_closed_and_the_memory_free(path):
    save(path, images_of("f8"))
    session = Session()
    run_through(open_data(session, "sample"))
    before = session.dataset
    turns = len([each for each in open_data(Session(), str(path)) if isinstance(each, DatasetReading)])
    assert turns >= 6
    tracemalloc.start()
    try:
        for number in range(1, turns + 1):
            free, _ = tracemalloc.get_traced_memory()
            job = open_data(session, str(path))
            assert all(isinstance(next(job), DatasetReading) for _ in range(number))
            if number > turns // 2:
                assert tracemalloc.get_traced_memory()[0] - free > MIB // 4, "it holds what it has read"
            job.close()
            assert session.dataset is before
            assert held_files(path) == []
            assert tracemalloc.get_traced_memory()[0] - free < MIB // 8
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("every_piece")
@pytest.mark.parametrize("first_ends_first", [True, False])
def test_of_two_data_sets_that_are_read_at_once_the_one_that_was_wanted_later_stays(path, first_ends_first):
    session = Session()
    first, second = open_data(session, str(save(path, images_of("u1")))), open_data(session, "sample")
    next(first), next(second)
    *_, told = first if first_ends_first else second
    assert told.name == ("letters" if first_ends_first else "MNIST sample")
    *_, told = second if first_ends_first else first
    assert told.name == session.dataset.name == "MNIST sample"


@pytest.mark.usefixtures("every_piece")
def test_what_was_passed_over_is_told_only_of_data_that_are_opened(path, tmp_path, monkeypatch):
    copy = tmp_path / "keras" / "datasets" / "mnist.npz"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"no data")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    session = Session()
    first, second = open_data(session), open_data(session, str(save(path, images_of("u1"))))
    next(first), next(second)
    assert not any(isinstance(told, Notice) for told in second)
    assert not any(isinstance(told, Notice) for told in first)
    assert session.dataset.name == "letters"
    assert any(isinstance(told, Notice) for told in open_data(session))


@pytest.fixture
def reading_its_data(every_piece, path, tmp_path):
    """A session that is open, and the job that opens it: it reads the data of the session's run."""
    run, left, file = made_run("A"), Session(), tmp_path / "a.layerlight"
    run.source, run.fingerprint = str(path), read_npz(save(path, images_of("u1"))).fingerprint()
    left.begin(create_store(file))
    left.runs = {"A": run}
    assert left.close()
    session = Session()
    job = open_session(session, str(file))
    messages = list(itertools.takewhile(lambda message: not isinstance(message, DatasetReading), job))
    assert [type(message) for message in messages if message is not None] == [SessionOpened]
    yield session, job
    job.close()
    assert session.close()


def test_the_data_of_a_session_are_read_in_turns_after_all_else(reading_its_data):
    session, job = reading_its_data
    assert session.dataset is None and list(session.runs) == ["A"]
    assert {type(message) for message in job} == {DatasetReading, DatasetOpened}
    assert session.dataset.name == "letters"


def test_the_data_of_a_session_that_was_left_meanwhile_are_not_opened(reading_its_data):
    session, job = reading_its_data
    run_through(new_session(session))
    assert {type(message) for message in job} == {DatasetReading}
    assert session.dataset is None
