"""The session that comes with Layerlight: it is what it claims to be, and it stays as it is."""

import numpy as np
import pytest
from told import of, told

from bench.make_bundled import SHARP_SPEC
from engine.core.errors import UserError
from engine.core.machine.bundled import BLOG, BUNDLED, NAME, SHARP, STAYS, about
from engine.core.messages import Notice, run_through
from engine.core.specs import PRESETS
from engine.data.download.catalogue import UNSEEN
from engine.data.formats.reading import DatasetReading
from engine.data.formats.sample import without_sample
from engine.data.sources import open_dataset
from engine.model.network.plain import plain_forward
from engine.model.training.messages import Parent, RunStarted, StepsDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened, open_session, save_session_as
from engine.session.jobs.runs import tell_run
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import open_store
from tests.figures_by_hand import answers_of

pytestmark = pytest.mark.usefixtures("own_home")

BLOG_STEPS = [0, 1, 3, 8, 21, 55, 144, 377, *(540 * epoch for epoch in (1, 3, 6, 12, 25, 40))]
ON_MNIST = {BLOG: 0.978, SHARP: 0.993}
ON_SAMPLE = 0.97


@pytest.fixture
def bundled():
    session = Session(None, places.new_autosave)
    list(open_session(session, str(BUNDLED)))
    yield session
    session.replace_data(None)
    session.close()


@pytest.fixture
def sample():
    return open_dataset("sample")[0]


def test_what_its_runs_are_good_for_is_told_and_of_no_other_run(bundled):
    words = {run.name: about(run.name, run.title, run.dataset) for run in bundled.runs.values()}
    assert words == {BLOG: "the blog post's network", SHARP: "reads real handwriting"}
    sharp = bundled.runs[SHARP]
    assert about(SHARP, "Sharp", "mine 30 + 10") == about(SHARP, "Mine", sharp.dataset) == ""


def test_it_is_small_and_whole_and_holds_two_runs_with_their_whole_history(bundled):
    assert BUNDLED.stat().st_size <= 10_000_000
    found = run_through(open_store(BUNDLED, look_only=True))
    assert found.is_whole and found.store.load().damage == []
    found.store.close()
    blog, sharp = bundled.runs[BLOG], bundled.runs[SHARP]
    assert list(bundled.runs) == [BLOG, SHARP]
    assert (blog.title, sharp.title) == ("Blog post", "Sharp")
    assert not (blog.pinned or sharp.pinned), "only what a person showed is in the plots"
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
        for step in run.moments:
            moment = run.moments[step]
            assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in moment.weights)
            assert not any(array.flags.writeable for array in moment.weights)
    assert sum(array.nbytes for array in sharp.moment(None).weights) <= 2_000_000


def test_the_blogs_network_learns_from_moment_to_moment_to_read_the_sample_and_sharp_reads_it(bundled, sample):
    images, labels = sample.test_images, sample.test_labels
    run, sharp = bundled.runs[BLOG], bundled.runs[SHARP]
    right = [float(np.mean(answers_of(run.moments[step].weights, images) == labels)) for step in run.moments]
    assert right[0] < 0.3 and right[-1] >= ON_SAMPLE
    assert right[-6:] == pytest.approx(sorted(right[-6:]), abs=0.01), "epoch for epoch it gets better"
    weights = sharp.moment(None).weights
    some = images[::5] / np.float32(255)
    answers = [plain_forward(sharp.plan_of(weights), weights, image)[1].argmax() for image in some]
    assert np.mean(answers == labels[::5]) >= ON_SAMPLE


def test_they_read_mnists_own_test_images_and_have_not_seen_the_sample(bundled, sample, full_mnist):
    """How many the other one reads is in the tour: see `test_documented_figures.py`."""
    data = without_sample(open_dataset(str(full_mnist))[0])
    read = answers_of(bundled.runs[BLOG].moment(None).weights, data.test_images)
    assert np.mean(read == data.test_labels) >= ON_MNIST[BLOG]
    assert all(run.fingerprint == data.fingerprint() for run in bundled.runs.values())
    assert len(data.train_images) == 54_000
    seen = {image.tobytes() for image in data.train_images}
    assert not [image for image in (*sample.train_images, *sample.test_images) if image.tobytes() in seen]


def test_it_opens_without_a_word_whatever_data_are_open(sample, dataset):
    for data in (None, sample):
        session = Session(data)
        (opened,) = told(open_session(session, str(BUNDLED)))
        session.close()
        assert isinstance(opened, SessionOpened)
        assert (opened.name, opened.path, opened.is_saved) == (NAME, BUNDLED, False)
        assert opened.read_only == STAYS
        assert opened.view["lens"] == {"run": BLOG, "moment": None, "silenced": []}
    session = Session(dataset)  # of images that are smaller than those that the networks read
    messages = [type(message) for message in told(open_session(session, str(BUNDLED)))]
    assert [kind for kind in messages if kind is not DatasetReading] == [SessionOpened, DatasetOpened]
    assert session.data().shape == (28, 28)
    session.close()


def test_two_windows_look_at_all_of_it_and_put_nothing_beside_it_and_save_nothing_over_it():
    before = BUNDLED.read_bytes(), sorted(BUNDLED.parent.iterdir())
    assert not [path.name for path in before[1] if path.name.startswith(f"{BUNDLED.name}-")]
    sessions = Session(), Session()
    for session in sessions:
        (opened, *_) = told(open_session(session, str(BUNDLED)))
        assert opened.read_only == STAYS
        assert all(run.moment(None).weights for run in session.runs.values())
        assert sorted(BUNDLED.parent.iterdir()) == before[1]
        with pytest.raises(UserError, match="stays as it is"):
            list(save_session_as(session, str(BUNDLED)))
    assert all(session.close() for session in sessions)
    assert (BUNDLED.read_bytes(), sorted(BUNDLED.parent.iterdir())) == before


def begun(session, run, step=None):
    """Train on for one epoch at most; return what is said until some steps are done, and their losses."""
    kept = session.runs[run]
    step = kept.moments.newest if step is None else step
    job = train(session, kept.spec_at(step).but(epochs=step // kept.steps_per_epoch + 1), Parent(run, step))
    messages, losses = [], []
    for message in job:
        messages.append(message)
        losses.extend(message.losses if isinstance(message, StepsDone) else ())
        if len(losses) >= 20:
            break
    job.close()
    return messages, np.array(losses)


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


@pytest.mark.parametrize(
    ("run", "is_open"), [(BLOG, False), *(pytest.param(SHARP, each, marks=pytest.mark.slow) for each in (True, False))]
)
def test_with_the_full_mnist_training_on_goes_on_as_well_as_it_was(
    bundled, sample, full_mnist, monkeypatch, run, is_open
):
    if is_open:
        bundled.replace_data(open_dataset(str(full_mnist))[0])
    else:
        bundled.replace_data(sample)
        monkeypatch.setenv("LAYERLIGHT_DATA", str(full_mnist))
    before = BUNDLED.read_bytes()
    messages, losses = begun(bundled, run)
    (started, *_) = told(messages)
    assert isinstance(started, RunStarted) and started.resumed.parent.run == run
    assert [opened.summary for opened in of(DatasetOpened, messages)] == ["MNIST 54,000 + 10,000"]
    assert not of(Notice, messages)
    assert losses.mean() < 3 * bundled.runs[run].epochs[-1].train_loss
    assert bundled.runs["C"].source == UNSEEN
    list(tell_run(bundled, run))  # writes what a stopped job left to be written
    assert places.is_autosave(bundled.store.path) and BUNDLED.read_bytes() == before


@pytest.mark.slow
def test_from_its_start_sharp_learns_again(bundled, full_mnist):
    bundled.replace_data(open_dataset(str(full_mnist))[0])
    _, losses = begun(bundled, SHARP, step=0)
    was = bundled.runs[SHARP].losses.so_far[: len(losses)]
    assert losses == pytest.approx(was, rel=0.2)
