"""What every probe does where there is nothing to look at: no run, no data that fit, no such layer, neuron or class."""

import numpy as np
import pytest
from told import last
from trained import told_of_no_run, with_run

from engine.analysis.graph.jobs import draw_graph, picture_network, tell_value
from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.probes.activations import image_activations, unit_arithmetic
from engine.analysis.probes.answer import answer
from engine.analysis.probes.answers_over_training import answers_over_training
from engine.analysis.probes.breakdown import breakdown
from engine.analysis.probes.calibration import calibration
from engine.analysis.probes.class_accuracy import class_accuracy
from engine.analysis.probes.class_means import class_means
from engine.analysis.probes.corruption import corrupted_images
from engine.analysis.probes.data_images import Listing, list_images
from engine.analysis.probes.familiarity import familiarity
from engine.analysis.probes.fingerprints import View, fingerprints
from engine.analysis.probes.flip import smallest_flip
from engine.analysis.probes.judge import judge_image
from engine.analysis.probes.map import make_all_maps, make_map, place_on_map
from engine.analysis.probes.mistakes import mistakes
from engine.analysis.probes.nearest import nearest_images
from engine.analysis.probes.neuron_card import neuron_card
from engine.analysis.probes.noticing import noticing
from engine.analysis.probes.pruning import prune_greedily, prune_weights
from engine.analysis.probes.reading import near_drawing, read_drawing
from engine.analysis.probes.repaint import repaint
from engine.analysis.probes.saliency import saliency
from engine.analysis.probes.weight_histograms import weight_histograms
from engine.analysis.probes.weight_pictures import weight_picture, weight_pictures
from engine.analysis.probes.weight_reading import sort_neurons
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.core.specs import DataSpec
from engine.model.training.run import Moment

DRAWING, LARGE = np.zeros((8, 8), np.float32), np.zeros((28, 28), np.float32)
FIRST = Neuron(0, 0)
NETWORKS = (mistakes, calibration, class_accuracy, class_means, noticing, prune_weights, weight_histograms,
            weight_pictures, picture_network)  # fmt: skip
DRAWINGS = (
    answer, answers_over_training, familiarity, nearest_images, near_drawing, read_drawing, smallest_flip,
)  # fmt: skip
ASKED = [
    *((ask, ()) for ask in NETWORKS),
    *((ask, (DRAWING,)) for ask in DRAWINGS),
    *((ask, (DRAWING, 1)) for ask in (breakdown, repaint, saliency)),
    *((ask, (FIRST,)) for ask in (neuron_card, weight_picture)),
    *((ask, (0, MapSpec())) for ask in (make_map, make_all_maps)),
    (place_on_map, (0, MapSpec(), DRAWING)),
    (corrupted_images, ([1], "noise", 0.5)),
    (fingerprints, (View(),)),
    (image_activations, (0, None)),
    (unit_arithmetic, (0, None, FIRST)),
    (judge_image, (DRAWING,)),
    (paint_ideal, (IdealSpec(),)),
    (prune_greedily, (0,)),
    (sort_neurons, (0, "class")),
]


@pytest.mark.parametrize(("ask", "how"), ASKED, ids=[ask.__name__ for ask, _ in ASKED])
def test_a_run_that_is_deleted_has_no_answers(session, ask, how):
    assert told_of_no_run(ask(session, Lens("Z"), *how)) == []


def test_of_a_run_that_is_deleted_no_image_is_listed_and_no_graph_drawn(session):
    assert told_of_no_run(list_images(session, Listing(which="misread"), DataSpec(), Lens("Z"))) == []
    assert told_of_no_run(draw_graph(session, "network", Lens("Z"))) == []
    assert told_of_no_run(tell_value(session, "training", Lens("Z"), "images")) == []


REFUSED = [
    *(("Run A has no hidden layer 2", ask, (how,)) for ask, how in (
        (prune_greedily, 1), (class_means, 1), (fingerprints, View(layer=1)))),
    *(("has no neuron", ask, (*how, neuron))
      for ask, how in ((unit_arithmetic, (0, None)), (neuron_card, ()), (weight_picture, ()))
      for neuron in (Neuron(0, 12), Neuron(0, -1), Neuron(1, 0))),
    ("has no neuron", weight_picture, (Neuron(-1, 0),)),
    *(("knows no class", saliency, (DRAWING, *classes)) for classes in ((4, None), (-1, None), (1, 7))),
    ("knows no class 4", breakdown, (DRAWING, 4)),
    ("knows no class 9", repaint, (DRAWING, 9)),
    ("reads 8 × 8 pixels, and the picture has 28 × 28", answer, (LARGE,)),
    ("reads 8 × 8 pixels", answers_over_training, (LARGE,)),
    ("reads 8 × 8 pixels", image_activations, (0, LARGE)),
    ("reads 8 × 8 pixels", unit_arithmetic, (0, LARGE, FIRST)),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "ask", "how"), REFUSED, ids=[ask.__name__ for _, ask, _ in REFUSED])
def test_what_the_network_has_not_is_refused_in_a_sentence(dense, sentence, ask, how):
    with pytest.raises(UserError, match=sentence):
        list(ask(dense, Lens("A"), *how))


def test_a_class_that_a_drawing_is_already_is_none_to_flip_it_to(dense):
    before = int(last(answer(dense, Lens("A"), DRAWING)).logits.argmax())
    for target in (before, 4, -1):
        with pytest.raises(UserError, match=f"no class {target} other than its answer, {before}"):
            list(smallest_flip(dense, Lens("A"), DRAWING, target))


@pytest.mark.parametrize("ask", [class_means, familiarity, image_activations, nearest_images, noticing])
def test_without_data_a_sentence_says_so(dense, ask):
    dense.replace_data(None)
    with pytest.raises(UserError, match="No data set is loaded"):
        list(ask(dense, Lens("A"), *dict(ASKED)[ask]))


@pytest.mark.parametrize(
    ("ask", "how", "says"),
    [
        (mistakes, (), lambda told: not told.is_finite and told.confusion.sum() == 90 and not told.probabilities.any()),
        (calibration, (), lambda told: not told.is_finite),
        (familiarity, (DRAWING,), lambda told: not told.is_unlike),
        (saliency, (DRAWING, 1), lambda told: np.isnan(told.total)),
        (weight_histograms, (), lambda told: all(layer.now.sum() == 0 for layer in told.layers)),
    ],
)
def test_of_weights_that_are_no_numbers_there_is_an_answer_all_the_same(session, ask, how, says):
    run = with_run(session, "12").runs["A"]
    weights = tuple(np.full_like(array, np.nan) for array in run.moments[24].weights)
    run.moments[24] = Moment(step=24, weights=weights, optimizer=())
    with np.errstate(invalid="ignore"):
        assert says(last(ask(session, Lens("A"), *how)))
