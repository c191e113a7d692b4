"""The session that comes with Layerlight: it is what it claims to be, and it stays as it is."""

import gc
import hashlib
import time

import numpy as np
import pytest

from bench.make_bundled import SHARP_SPEC
from engine.core.drawing import Drawing, Point, Stroke
from engine.core.errors import UserError
from engine.core.machine.bundled import BLOG, BUNDLED, NAME, SHARP, STAYS, about
from engine.core.messages import Notice, run_through
from engine.core.specs import PRESETS
from engine.data.download.catalogue import UNSEEN
from engine.data.formats.reading import DatasetReading
from engine.data.formats.sample import without_sample
from engine.data.sources import open_dataset
from engine.model.network.model import build_model
from engine.model.training.messages import Parent, RunStarted, StepsDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened, open_session, save_session_as
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import open_store

pytestmark = pytest.mark.usefixtures("own_home")

BLOG_STEPS = [0, 1, 3, 8, 21, 55, 144, 377, *(540 * epoch for epoch in (1, 3, 6, 12, 25, 40))]
ON_MNIST = {BLOG: 0.978, SHARP: 0.993}
ON_SAMPLE = 0.97


@pytest.fixture
def bundled():
    """The session, open, with a place for what is added to it."""
    session = Session(None, places.new_autosave)
    list(open_session(session, str(BUNDLED)))
    yield session
    session.replace_data(None)
    session.close()


@pytest.fixture
def sample():
    return open_dataset("sample")[0]


def test_what_its_runs_are_good_for_is_told_and_of_no_other_run(bundled):
    told = {run.name: about(run.name, run.title, run.dataset) for run in bundled.runs.values()}
    assert told == {BLOG: "the blog post's network", SHARP: "reads real handwriting"}
    sharp = bundled.runs[SHARP]
    assert about(SHARP, "Sharp", "mine 30 + 10") == about(SHARP, "Mine", sharp.dataset) == ""


def pixels(images):
    return images.astype(np.float32) / 255


def all_of(sample):
    images = np.concatenate([sample.train_images, sample.test_images])
    return pixels(images), np.concatenate([sample.train_labels, sample.test_labels])


def by_hand(weights, images):
    """What the blog's network answers, without TensorFlow."""
    kernel, bias, kernel2, bias2 = weights
    hidden = np.maximum(images.reshape(len(images), -1) @ kernel + bias, 0)
    return (hidden @ kernel2 + bias2).argmax(axis=1)


def by_keras(run, images):
    model = build_model(run.spec, run.shape, 10)
    model.set_weights(run.moment(None).weights)
    return np.concatenate([np.argmax(model(part), axis=1) for part in np.array_split(images, 10)])


# What it claims -------------------------------------------------------------------------------------------------


def test_it_is_small_whole_and_open_in_a_moment():
    assert BUNDLED.stat().st_size <= 10_000_000
    took = []
    for _ in range(3):
        gc.collect()
        begin = time.perf_counter()
        found = run_through(open_store(BUNDLED))
        contents = found.store.load()
        took.append(time.perf_counter() - begin)
        assert found.is_whole and contents.damage == []
        found.store.close()
    assert min(took) <= 0.2


def test_it_holds_two_runs_with_their_whole_history(bundled):
    blog, sharp = bundled.runs[BLOG], bundled.runs[SHARP]
    assert list(bundled.runs) == [BLOG, SHARP]
    assert (blog.title, sharp.title) == ("Blog post", "Sharp")
    assert not (blog.pinned or sharp.pinned), "only what a person showed lies in the plots"
    assert (blog.spec, sharp.spec) == (PRESETS["blog"].spec, SHARP_SPEC), "as `make bundled` makes them"
    assert list(blog.moments) == BLOG_STEPS
    assert list(sharp.moments) == [0, 540, sharp.epochs[-1].step]
    for run in (blog, sharp):
        assert [done.epoch for done in run.epochs] == list(range(1, run.spec.epochs + 1))
        losses = run.losses.so_far
        assert len(losses) == run.spec.epochs * 540 and np.isfinite(losses).all()
        assert run.epochs[-1].train_loss < 0.1 * run.epochs[0].train_loss
        assert (run.dataset, run.source) == ("MNIST 54,000 + 10,000", UNSEEN)
        assert run.epochs[-1].test_accuracy >= ON_MNIST[run.name], "as it was measured when it was made"


def test_every_moment_reads_and_sharp_is_small(bundled):
    for run in bundled.runs.values():
        for step in run.moments:
            moment = run.moments[step]
            assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in moment.weights)
            assert not any(array.flags.writeable for array in moment.weights)
    assert sum(array.nbytes for array in bundled.runs[SHARP].moment(None).weights) <= 2_000_000


def test_the_blogs_network_learns_from_moment_to_moment_to_read_the_sample(bundled, sample):
    images, labels = all_of(sample)
    run = bundled.runs[BLOG]
    right = [float(np.mean(by_hand(run.moments[step].weights, images) == labels)) for step in run.moments]
    assert len(labels) == 5_000
    assert right[0] < 0.3 and right[-1] >= ON_SAMPLE
    assert right[-6:] == pytest.approx(sorted(right[-6:]), abs=0.01), "epoch for epoch it gets better"


def test_sharp_reads_the_sample(bundled, sample):
    images, labels = all_of(sample)
    assert np.mean(by_keras(bundled.runs[SHARP], images) == labels) >= ON_SAMPLE


def test_the_blogs_network_reads_mnists_own_test_images(bundled, full_mnist):
    """As many as the other one reads stand in the tour: see `test_documented_figures.py`."""
    data, _ = open_dataset(str(full_mnist))
    read = by_hand(bundled.runs[BLOG].moment(None).weights, pixels(data.test_images))
    assert np.mean(read == data.test_labels) >= ON_MNIST[BLOG]


def test_neither_has_seen_the_sample(bundled, sample, full_mnist):
    data = without_sample(open_dataset(str(full_mnist))[0])
    assert all(run.fingerprint == data.fingerprint() for run in bundled.runs.values())
    seen = {hashlib.sha256(image.tobytes()).digest() for image in data.train_images}
    images, _ = all_of(sample)
    assert len(data.train_images) == 54_000
    assert not [image for image in (images * 255).astype(np.uint8) if hashlib.sha256(image).digest() in seen]


# It stays as it is ----------------------------------------------------------------------------------------------


def test_it_opens_without_a_word_whatever_data_are_open(sample, dataset):
    for data in (None, sample):
        session = Session(data)
        (opened,) = [message for message in open_session(session, str(BUNDLED)) if message is not None]
        session.close()
        assert isinstance(opened, SessionOpened)
        assert (opened.name, opened.path, opened.is_saved) == (NAME, BUNDLED, False)
        assert opened.read_only == STAYS
        assert opened.view["lens"] == {"run": BLOG, "moment": None, "silenced": []}
    session = Session(dataset)  # of images that are smaller than those that the networks read
    told = [type(message) for message in open_session(session, str(BUNDLED))]
    told = [each for each in told if each not in (type(None), DatasetReading)]
    assert told == [SessionOpened, DatasetOpened]
    assert session.data().shape == (28, 28)
    session.close()


def test_it_lies_alone_and_looking_at_all_of_it_puts_nothing_beside_it():
    assert not [path.name for path in BUNDLED.parent.iterdir() if path.name.startswith(f"{BUNDLED.name}-")]
    before = sorted(BUNDLED.parent.iterdir())
    session = Session()
    list(open_session(session, str(BUNDLED)))
    for run in session.runs.values():
        assert run.moment(None).weights
    assert sorted(BUNDLED.parent.iterdir()) == before
    assert session.close()
    assert sorted(BUNDLED.parent.iterdir()) == before


def test_two_windows_read_it_at_once_and_neither_is_told_of_the_other():
    one, other = Session(), Session()
    list(open_session(one, str(BUNDLED)))
    (opened, *_) = [message for message in open_session(other, str(BUNDLED)) if message is not None]
    assert opened.read_only == STAYS
    assert one.runs[BLOG].moment(None).step == other.runs[BLOG].moment(None).step
    assert one.close() and other.close()


def test_what_is_drawn_on_it_goes_into_a_copy_with_all_its_runs(bundled):
    before = BUNDLED.read_bytes(), sorted(BUNDLED.parent.iterdir())
    kept = {step: bundled.runs[SHARP].moments[step] for step in bundled.runs[SHARP].moments}
    bundled.drawings["mine"] = Drawing(strokes=(Stroke(points=(Point(1, 2), Point(3, 4)), width=2),))
    while not bundled.is_saved():
        bundled.save()
    path = bundled.store.path
    assert places.is_autosave(path) and bundled.close()
    copy = Session()
    told = [message for message in open_session(copy, str(path)) if message is not None]
    assert [type(message) for message in told] == [SessionOpened]
    assert not told[0].read_only and list(copy.drawings) == ["mine"]
    assert list(copy.runs[BLOG].moments) == BLOG_STEPS
    for step, moment in kept.items():
        for one, other in zip(moment.weights, copy.runs[SHARP].moments[step].weights, strict=True):
            assert np.array_equal(one, other)
    copy.close()
    assert (BUNDLED.read_bytes(), sorted(BUNDLED.parent.iterdir())) == before


def test_nothing_is_saved_over_it(bundled):
    with pytest.raises(UserError, match="stays as it is"):
        list(save_session_as(bundled, str(BUNDLED)))


# Training on ----------------------------------------------------------------------------------------------------


def begun(session, run, step=None):
    """Train on for one epoch at most; return what was told until some steps were done."""
    kept = session.runs[run]
    step = kept.moments.newest if step is None else step
    job = train(session, kept.spec_at(step).but(epochs=step // kept.steps_per_epoch + 1), Parent(run, step))
    told = []
    for message in job:
        told.append(message)
        if sum(len(message.losses) for message in told if isinstance(message, StepsDone)) >= 20:
            break
    job.close()
    return told


def test_without_the_full_mnist_training_on_is_refused_in_a_sentence(bundled, sample, monkeypatch, tmp_path):
    bundled.replace_data(sample)
    sentence = r"Run A · Blog post learned from other data: MNIST 54,000 \+ 10,000\."
    with pytest.raises(UserError, match=sentence) as refused:
        begun(bundled, BLOG)
    wanted = "Open the full MNIST, mnist.npz, first; now MNIST sample 4,000 + 1,000 is open."
    assert refused.value.hint == wanted
    monkeypatch.setenv("LAYERLIGHT_DATA", str(tmp_path / "gone.npz"))
    with pytest.raises(UserError, match="learned from other data"):
        begun(bundled, SHARP)
    assert list(bundled.runs) == [BLOG, SHARP] and bundled.dataset is sample


@pytest.mark.parametrize("run", [BLOG, pytest.param(SHARP, marks=pytest.mark.slow)])
@pytest.mark.parametrize("is_open", [True, False])
def test_with_the_full_mnist_training_on_goes_on_as_well_as_it_was(
    bundled, sample, full_mnist, monkeypatch, run, is_open
):
    if is_open:
        bundled.replace_data(open_dataset(str(full_mnist))[0])
    else:
        bundled.replace_data(sample)
        monkeypatch.setenv("LAYERLIGHT_DATA", str(full_mnist))
    before = BUNDLED.read_bytes()
    told = [message for message in begun(bundled, run) if message is not None]
    assert isinstance(told[0], RunStarted) and told[0].resumed.parent.run == run
    wanted = ["MNIST 54,000 + 10,000"]
    assert [message.summary for message in told if isinstance(message, DatasetOpened)] == wanted
    assert not [message for message in told if isinstance(message, Notice)]
    losses = np.concatenate([message.losses for message in told if isinstance(message, StepsDone)])
    assert losses.mean() < 3 * bundled.runs[run].epochs[-1].train_loss
    assert bundled.runs["C"].source == UNSEEN
    assert places.is_autosave(bundled.store.path) and BUNDLED.read_bytes() == before


@pytest.mark.slow
def test_from_its_start_sharp_learns_anew(bundled, full_mnist):
    bundled.replace_data(open_dataset(str(full_mnist))[0])
    told = begun(bundled, SHARP, step=0)
    losses = np.concatenate([message.losses for message in told if isinstance(message, StepsDone)])
    was = bundled.runs[SHARP].losses.so_far[: len(losses)]
    assert losses == pytest.approx(was, rel=0.2)
