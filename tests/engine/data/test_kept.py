"""What is kept of data sets goes with them, wherever it is kept: their memory is free for the next."""

import gc
import re
import weakref
from dataclasses import replace

import numpy as np
import pytest
from made_sessions import ROOT
from trained import picture, with_run

from engine.analysis.mapping.settings import MapSpec
from engine.analysis.probes.calibration import calibration
from engine.analysis.probes.class_accuracy import class_accuracy
from engine.analysis.probes.class_means import class_means
from engine.analysis.probes.comparison import compare
from engine.analysis.probes.corruption import corruption_curves
from engine.analysis.probes.data_images import Listing, list_images
from engine.analysis.probes.data_overview import data_overview
from engine.analysis.probes.duplicates import find_duplicates
from engine.analysis.probes.fingerprints import View, fingerprints
from engine.analysis.probes.judge import judge_image
from engine.analysis.probes.map import make_map
from engine.analysis.probes.neuron_card import neuron_card
from engine.analysis.probes.pruning import prune
from engine.analysis.probes.reading import near_drawing
from engine.analysis.probes.road import road
from engine.core.lens import Lens, Neuron, Share
from engine.core.messages import Message
from engine.core.specs import DataSpec, TrainSpec
from engine.data.dataset import MOST_PARTS, DataCache, Results, let_go_of, mean_images, remembered
from engine.model.training.learned import learned_data
from engine.session.session import Session


@pytest.fixture
def replaced(dataset):
    """A data set of the same images that nobody else holds."""
    return replace(dataset, train_images=dataset.train_images.copy(), test_images=dataset.test_images.copy())


def test_what_is_kept_of_a_data_set_goes_with_it_and_with_what_was_made_of_it_and_all_else_stays(dataset, replaced):
    kept, made = DataCache(), DataCache()
    part = made.put((replaced, 100), replace(replaced, name="a part"))
    for key in (("A", replaced, 1), replaced, ("A", part), ("A", dataset, 1), "A"):
        kept.put(key, "something")
    let_go_of([replaced])
    assert [*kept] == [("A", dataset, 1), "A"] and not len(made)


def test_a_function_is_called_once_for_what_it_remembers(dataset, replaced):
    called = []

    @remembered(2)
    def counted(data, number):
        """Return how many images there are."""
        called.append(number)
        return len(data.train_images) + number

    assert [counted(dataset, 1), counted(dataset, 1), counted(replaced, 2)] == [241, 241, 242]
    assert called == [1, 2] and counted.__doc__
    let_go_of([replaced])
    assert (counted(dataset, 1), counted(replaced, 2)) == (241, 242) and called == [1, 2, 2]


class Counted(Message):
    number: int


def counting(counted, end=5):
    """A job that tells 1, 2, 3 ..., and notes what it tells."""
    for number in range(1, end + 1):
        counted.append(number)
        yield None
        yield Counted(number=number)


def numbers(job):
    return [message.number for message in job if message is not None]


def test_a_job_that_is_stopped_goes_on_and_one_that_has_ended_is_told_again(dataset):
    results, counted = Results(4), []
    job = results.job(dataset, "A", lambda: counting(counted))
    assert [next(job) and None, next(job).number] == [None, 1] and next(job) is None
    job.close()
    assert numbers(results.known(dataset, "A")) == [1] and numbers(results.known(dataset, "B")) == []
    assert numbers(results.job(dataset, "A", lambda: counting(counted))) == [1, 2, 3, 4, 5]
    assert counted == [1, 2, 3, 4, 5]
    assert numbers(results.job(dataset, "A", lambda: counting(counted))) == [5] and len(counted) == 5
    assert numbers(results.job(dataset, "B", lambda: counting(counted, 2))) == [1, 2]


def test_a_result_stands_when_the_same_images_are_opened_again_and_a_stopped_job_does_not(dataset, replaced):
    results, counted = Results(4), []
    numbers(results.job(dataset, "A", lambda: counting(counted)))
    assert numbers(results.known(replaced, "A")) == [5]
    job = results.job(replaced, "B", lambda: counting(counted))
    next(job), next(job)
    let_go_of([replaced])  # while it goes on
    job.close()
    assert numbers(results.known(replaced, "B")) == []


def test_what_two_ask_at_a_time_both_are_told_whole(dataset):
    results = Results(4)
    one, other = (results.job(dataset, "A", lambda: counting([])) for _ in range(2))
    messages = [message for pair in zip(one, other, strict=True) for message in pair]
    assert numbers(messages) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_job_that_fails_is_begun_again(dataset):
    def failing():
        yield Counted(number=1)
        raise ValueError

    results = Results(4)
    for _ in range(2):
        job = results.job(dataset, "A", failing)
        assert next(job).number == 1
        with pytest.raises(ValueError):
            next(job)
    assert numbers(results.known(dataset, "A")) == []


def test_only_some_results_and_few_stopped_jobs_are_kept(dataset):
    results = Results(3)
    for name in range(9):
        numbers(results.job(dataset, name, lambda: counting([])))
    assert [name for name in range(9) if results.known(dataset, name)] == [6, 7, 8]
    for name in "abcdef":
        job = results.job(dataset, name, lambda: counting([]))
        next(job), next(job)
        job.close()
    assert [name for name in "abcdef" if results.known(dataset, name)] == [*"abcdef"][-MOST_PARTS:]


def test_after_every_probe_has_looked_at_it_a_data_set_that_is_replaced_leaves_memory(dataset):
    arrays = {name: getattr(dataset, name).copy() for name in ("train_images", "test_images")}
    session = with_run(with_run(Session(replace(dataset, **arrays)), "12"), "12", seed=5)
    del arrays
    lens, other = Lens("A"), Share("B", 24, 1.0)
    for job in (
        fingerprints(session, lens, View()),
        class_accuracy(session, Lens("A", silenced=frozenset({Neuron(0, 3)}))),
        neuron_card(session, lens, Neuron(0, 3)),
        class_means(session, lens),
        calibration(session, lens),
        make_map(session, lens, 0, MapSpec(method="pca", images=40)),
        compare(session, Lens("A", mixed=(other._replace(weight=0.5),)), other),
        compare(session, Lens("A", mixed=(other._replace(weight=0.6),)), other),
        near_drawing(session, lens, picture(session)),
        judge_image(session, lens, picture(session), 1),
        list_images(session, Listing(part="test", which="misread"), DataSpec(), lens),
        data_overview(session),
    ):
        list(job)
    stopped = [
        find_duplicates(session),
        prune(session, lens, 0),
        corruption_curves(session, [lens], "noise"),
        road(session, lens, other),
        make_map(session, lens, 0, MapSpec(method="tsne", images=40, iterations=5_000)),
    ]
    for job in stopped:
        next(message for message in job if message is not None)
    mean_images(session.data())
    learned_data(session.data(), TrainSpec(images=50))
    arrays = [weakref.ref(session.data().train_images), weakref.ref(session.data().test_images)]
    session.opening()(dataset)
    for job in stopped:
        job.close()  # as the window does when it hears of other data
    del job, stopped
    gc.collect()
    assert all(array() is None for array in arrays)


def test_whatever_is_kept_of_data_sets_is_kept_where_they_are_let_go_of():
    for path in sorted((ROOT / "engine").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<!Data)Cache\[[^\]]*\bDataset\b", text.replace("Cache[K", "")), path
        for function in re.findall(r"lru_cache[^\n]*\ndef \w+\(([^)]*)\)", text):
            assert "Dataset" not in function, path


def test_data_that_are_added_to_stay_with_what_is_kept_of_them(dataset, replaced):
    session = Session(replaced)
    mean = mean_images(replaced)
    session.replace_data(replace(dataset, base=replaced))
    assert mean_images(replaced) is mean
    session.replace_data(dataset)
    assert mean_images(replaced) is not mean
    np.testing.assert_array_equal(mean_images(replaced), mean)
