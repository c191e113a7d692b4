"""What is kept of data sets goes with them, wherever it is kept: their memory is free for the next."""

import gc
import re
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trained import picture, with_run

import engine
from engine.base.lens import Lens, Neuron, Share
from engine.base.specs import DataSpec, TrainSpec
from engine.data.kept import DataCache, let_go_of, remembered
from engine.data.learned import learned_data
from engine.data.means import mean_images
from engine.mapping.settings import MapSpec
from engine.probes.calibration import calibration
from engine.probes.class_accuracy import class_accuracy
from engine.probes.class_means import class_means
from engine.probes.comparison import compare
from engine.probes.data_images import Listing, list_images
from engine.probes.data_overview import data_overview
from engine.probes.fingerprints import View, fingerprints
from engine.probes.judge import judge_image
from engine.probes.map import make_map
from engine.probes.neuron_card import neuron_card
from engine.probes.reading import near_drawing
from engine.session.session import Session

ENGINE = Path(engine.__file__).parent


def copied(dataset):
    """Return a data set of the same images that nobody else holds."""
    return replace(dataset, train_images=dataset.train_images.copy(), test_images=dataset.test_images.copy())


@pytest.fixture
def replaced(dataset):
    return copied(dataset)


def test_what_is_kept_of_a_data_set_goes_with_it_and_all_else_stays(dataset, replaced):
    kept = DataCache()
    kept.put(("A", replaced, 1), "maps")
    kept.put(replaced, "overview")
    kept.put(("A", dataset, 1), "others")
    kept.put("A", "nothing of data")
    let_go_of([replaced])
    assert [*kept] == [("A", dataset, 1), "A"]


def test_what_was_made_of_a_data_set_goes_as_well_with_all_that_is_kept_of_it(replaced):
    made, kept = DataCache(), DataCache()
    part = made.put((replaced, 100), replace(replaced, name="a part"))
    kept.put(("A", part), "vectors")
    let_go_of([replaced])
    assert not len(made) and not len(kept)


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


def test_after_every_probe_has_looked_at_it_a_data_set_that_is_replaced_leaves_memory(dataset):
    session = with_run(with_run(Session(copied(dataset)), "12"), "12", seed=5)
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
        for _ in job:
            pass
    mean_images(session.data())
    learned_data(session.data(), TrainSpec(images=50))
    arrays = [weakref.ref(session.data().train_images), weakref.ref(session.data().test_images)]
    session.opening()(dataset)
    del job
    gc.collect()
    assert all(array() is None for array in arrays)


def test_whatever_is_kept_of_data_sets_is_kept_where_they_are_let_go_of():
    for path in sorted(ENGINE.rglob("*.py")):
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
