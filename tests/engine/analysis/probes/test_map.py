"""Maps through the lens: what is told of them, that they are kept, turned to fit, and ended; the drawing's place."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from told import last, told
from trained import picture, read_by_hand, with_run

from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import Progress, tsne
from engine.analysis.mapping.tsne_process import TsneProcess
from engine.analysis.probes import map as maps
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.core.mailbox import Mailbox
from engine.core.messages import JobEnded
from engine.core.runner import Runner
from engine.model.training.run import Moment

PCA = MapSpec()
TSNE = MapSpec(method="tsne", perplexity=8, iterations=50)


class TsneHere:
    """What `TsneProcess` does, without a process: another module tries that."""

    def __init__(self, *request):
        self._maps = tsne(*request)

    def newest(self, seconds):
        return next(self._maps)

    def close(self):
        self._maps.close()


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr("engine.analysis.probes.map.TsneProcess", TsneHere)
    maps.forget()
    yield
    maps.forget()


def test_pca_is_that_of_the_activations_and_tells_what_it_is_of(dense):
    made = last(maps.make_map(dense, Lens("A", 12), 0, PCA))
    hidden, logits = read_by_hand(dense, 12)
    centred = hidden - hidden.mean(axis=0)
    _, singular, rows = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(made.points), np.abs(centred @ rows[:2].T), atol=1e-3)
    np.testing.assert_allclose(made.explained, singular[:2] ** 2 / (singular**2).sum(), rtol=1e-4)
    np.testing.assert_array_equal(made.numbers, np.arange(90))
    np.testing.assert_array_equal(made.labels, dense.data().test_labels)
    np.testing.assert_array_equal(made.answers, logits.argmax(axis=1))
    assert (made.run, made.step, made.layer, made.is_finished) == ("A", 12, 0, True)
    assert made.settings == "PCA: 90 images" and made.layers == ("Layer 1, 12 neurons", "Output")


def test_every_layer_has_one_the_output_too_and_silenced_neurons_count(session):
    with_run(with_run(session, "9, 7"), "")
    assert [last(maps.make_map(session, Lens("A"), layer, PCA)).layer for layer in (0, 1, 2, None)] == [0, 1, 2, 1]
    silent = frozenset(Neuron(1, number) for number in range(7))
    assert not last(maps.make_map(session, Lens("A", None, silent), 1, PCA)).points.any()
    assert last(maps.make_map(session, Lens("B"), None, PCA)).layers == ("Output",)
    with_run(session, "conv 4, residual(conv 6, conv 6 | conv 6 1x1)")
    assert last(maps.make_map(session, Lens("C"), None, PCA)).layer == 2, "the body's, not the shortcut's"
    with pytest.raises(UserError, match="no layer 4"):
        list(maps.make_map(session, Lens("A"), 3, PCA))
    fewer = last(maps.make_map(session, Lens("A"), 0, PCA.but(images=30)))
    np.testing.assert_array_equal(fewer.numbers, np.arange(0, 90, 3))
    assert len(np.unique(maps.evenly(10_000, 2_500))) == 2_500


def test_a_map_is_made_once_for_a_moment_and_its_data_and_all_have_one_copy_of_what_they_have_in_common(dense):
    assert told(maps.kept_map(dense, Lens("A"), 0, PCA)) == []
    made = last(maps.make_map(dense, Lens("A"), 0, PCA))
    for spec in (PCA, PCA.but(perplexity=99, seed=5)):
        assert list(maps.make_map(dense, Lens("A"), None, spec)) == [made]
        assert list(maps.kept_map(dense, Lens("A", 24), 0, spec)) == [made]
    assert told(maps.kept_map(dense, Lens("A", 12), 0, PCA)) == []
    other = last(maps.make_map(dense, Lens("A", 12), 0, PCA))
    assert other.numbers is made.numbers and other.labels is made.labels
    own = other.points.nbytes + other.answers.nbytes
    assert own == 90 * 9, "two coordinates of four bytes, and an answer of one"

    moments = dense.runs["A"].moments
    given_up = moments.pop(12)
    last(maps.make_map(dense, Lens("A", 0), 0, PCA))
    moments[12] = given_up
    kept = [bool(told(maps.kept_map(dense, Lens("A", step), 0, PCA))) for step in (0, 12, 24)]
    assert kept == [True, False, True], "maps go with their moments, of which a long training gives up most"

    dense.replace_data(replace(dense.data(), name="the same images"))
    assert told(maps.kept_map(dense, Lens("A"), 0, PCA)) == [made]
    dense.replace_data(replace(dense.data(), test_images=dense.data().test_images[::-1].copy()))
    assert told(maps.kept_map(dense, Lens("A"), 0, PCA)) == []


def test_the_map_of_a_neighbouring_moment_is_turned_to_fit_and_a_drawing_follows_it(dense):
    first = last(maps.make_map(dense, Lens("A", 12), 0, PCA))
    run = dense.runs["A"]
    kernel, bias, *others = run.moments[12].weights
    order = np.arange(12)[::-1]  # the same neurons in another order, and with a little noise
    noise = np.random.default_rng(1).normal(0, 0.003, kernel.shape).astype(np.float32)
    run.moments[24] = Moment(step=24, weights=((kernel + noise)[:, order], bias[order], *others), optimizer=())
    turned = first.points @ np.array([[0.6, 0.8], [0.8, -0.6]], np.float32)
    fitted = last(maps.make_map(dense, Lens("A", 24), 0, PCA, start_from=replace(first, points=turned)))
    assert np.abs(fitted.points - turned).max() < 0.3 * turned.std()
    assert fitted.settings == "PCA: 90 images, aligned with the map of step 12"
    placed = last(maps.place_on_map(dense, Lens("A", 24), 0, PCA, picture(dense, 5)))
    np.testing.assert_allclose(placed.point, fitted.points[5], atol=1e-3)

    maps.forget()
    fitted = last(maps.make_map(dense, Lens("A", 12), 0, PCA, start_from=replace(first, run="B", points=turned)))
    assert np.allclose(fitted.points, turned, atol=1e-3)
    assert fitted.settings == "PCA: 90 images, aligned with the map of run B, step 12"


def test_tsne_can_be_followed_goes_on_where_it_was_stopped_and_starts_from_its_neighbour(dense):
    messages = told(maps.make_map(dense, Lens("A", 24), 0, TSNE))
    assert all(isinstance(message, maps.Map) for message in messages)
    assert [message.is_finished for message in messages] == [False] * (len(messages) - 1) + [True]
    made = messages[-1]
    assert made.settings == "t-SNE: 90 images, perplexity 8, 50 iterations, PCA start, seed 1"
    assert made.points.shape == (90, 2) and made.explained is None

    maps.forget()
    job = maps.make_map(dense, Lens("A", 24), 0, TSNE)
    stopped = next(message for message in job if message is not None and 0 < message.done < message.total)
    job.close()
    again = told(maps.make_map(dense, Lens("A"), 0, TSNE))  # the same network, by another name
    assert again[0].done >= stopped.done and min(each.done for each in again) == again[0].done
    np.testing.assert_array_equal(again[0].points if again[0].done == stopped.done else stopped.points, stopped.points)
    np.testing.assert_array_equal(again[-1].points, made.points)
    assert [each.is_finished for each in told(maps.kept_map(dense, Lens("A"), 0, TSNE))] == [True]

    moved = last(maps.make_map(dense, Lens("A", 12), 0, TSNE, start_from=made))
    assert moved.settings.endswith("10 iterations, from the map of step 24, seed 1")
    other = last(maps.make_map(dense, Lens("A", 0), 0, TSNE.but(images=50, iterations=30), start_from=made))
    assert "PCA start" in other.settings


def test_all_moments_get_their_map_the_last_one_first(dense):
    messages = told(maps.make_all_maps(dense, Lens("A"), 0, PCA))
    counts = [(message.done, message.total) for message in messages if isinstance(message, maps.MapsMade)]
    assert counts == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [message.step for message in messages if isinstance(message, maps.Map)] == [24, 12, 0]
    assert [last(maps.kept_map(dense, Lens("A", step), 0, PCA)).step for step in (0, 12, 24)] == [0, 12, 24]


def test_a_drawing_lies_where_the_test_image_lies_that_it_is_and_weights_that_are_no_numbers_are_refused(dense):
    for spec in (PCA, TSNE):
        assert told(maps.place_on_map(dense, Lens("A"), 0, spec, picture(dense, 7))) == []
        made = last(maps.make_map(dense, Lens("A"), 0, spec))
        placed = last(maps.place_on_map(dense, Lens("A"), 0, spec, picture(dense, 7)))
        assert isinstance(placed, maps.Placed) and placed.nearest == 7 and placed.step == made.step
        np.testing.assert_allclose(placed.point, made.points[7], atol=2e-3 * np.abs(made.points).max())
    assert told(maps.place_on_map(dense, Lens("A"), 0, PCA, np.zeros((3, 3), np.float32))) == []

    moments = dense.runs["A"].moments
    broken = tuple(np.full_like(array, np.nan) for array in moments[12].weights)
    moments[12] = Moment(step=12, weights=broken, optimizer=())
    for spec in (PCA, TSNE):
        with pytest.raises(UserError, match="no numbers any more"):
            list(maps.make_map(dense, Lens("A", 12), 1, spec))


def test_a_map_in_the_making_is_ended_before_its_time_and_leaves_nothing(session, monkeypatch):
    monkeypatch.setattr("engine.analysis.probes.map.TsneProcess", TsneProcess)
    with_run(session, "12")
    threads = set(threading.enumerate())
    mailbox = Mailbox()
    runner = Runner(session, mailbox)
    long = MapSpec(method="tsne", perplexity=8, iterations=5000)
    number = runner.submit(maps.make_map, Lens("A"), 0, long)
    messages = []

    def wait_for(found):
        deadline = time.monotonic() + 60
        while not any(map(found, messages)):
            assert time.monotonic() < deadline
            messages.extend(letter.message for letter in mailbox.drain())

    wait_for(lambda message: isinstance(message, maps.Map) and message.done > 3)
    runner.stop(number)
    wait_for(lambda message: isinstance(message, JobEnded))
    assert runner.close()
    assert set(threading.enumerate()) == threads
    (kept,) = told(maps.kept_map(session, Lens("A"), 0, long))
    assert kept.done > 3 and not kept.is_finished, "what was made stands, and can go on"


def test_it_waits_for_news_only_while_no_other_job_has_turns(dense, monkeypatch):
    waited = []

    def newest(self, seconds):
        waited.append(seconds)
        return Progress(1.0, 5, 5, np.zeros((90, 2), np.float32)) if len(waited) > 6 else None

    monkeypatch.setattr(TsneHere, "newest", newest)
    for _ in maps.make_map(dense, Lens("A"), 0, TSNE):
        if 1 <= len(waited) <= 3:
            end = time.perf_counter() + 0.003  # a turn of somebody else's
            while time.perf_counter() < end:
                pass
    monkeypatch.setattr("engine.analysis.probes.map.ALONE_SECONDS", 1.0)
    assert waited[1:4] == [0.0] * 3
    waited.clear()
    maps.forget()
    assert last(maps.make_map(dense, Lens("A"), 0, TSNE)).is_finished
    assert waited == [maps.WAIT_SECONDS] * 7
