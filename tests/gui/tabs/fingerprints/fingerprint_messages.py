"""Fingerprints, accuracies and cards as the engine would tell them, made up of few neurons and images."""

import numpy as np

from engine.analysis.probes.class_accuracy import ClassAccuracy
from engine.analysis.probes.fingerprints import Fingerprints, View
from engine.analysis.probes.neuron_card import Excited, NeuronCard
from engine.core.lens import Neuron

NEURONS, PER_CLASS, CLASSES = 20, 8, 10
SILENT = (3, 11, 16, 19)
LABELS = np.repeat(np.arange(CLASSES), PER_CLASS)


def hidden_layer(seed=1):
    """Outputs (images, neurons): some neurons never fire."""
    hidden = np.random.default_rng(seed).random((len(LABELS), NEURONS)).astype(np.float32)
    hidden[:, SILENT] = 0
    return hidden


def maps_for(view=None, run="A", step=0, hidden=None, order=None, most=0.9, silent=SILENT):
    """What the engine would answer to `view`; `order`: its own order of the rows."""
    view = view or View()
    hidden = hidden_layer() if hidden is None else hidden
    own = [*(set(range(NEURONS)) - set(silent)), *silent] if view.rows != "index" else range(NEURONS)
    order = np.array(view.held if view.held else own if order is None else order)
    rows = int(view.top * NEURONS), min(NEURONS, int(np.ceil(view.bottom * NEURONS - 1e-9)))
    columns = int(view.left * PER_CLASS), min(PER_CLASS, int(np.ceil(view.right * PER_CLASS - 1e-9)))
    images = tuple(np.flatnonzero(label == LABELS)[::-1] for label in range(CLASSES))
    seen = [hidden[each[slice(*columns)]][:, order[slice(*rows)]].T for each in images]
    return Fingerprints(
        run=run,
        step=step,
        view=view,
        order=order,
        images=images,
        rows=rows,
        columns=(columns,) * CLASSES,
        maps=tuple(seen),
        means=np.stack([hidden[label == LABELS].mean(axis=0) for label in range(CLASSES)]),
        most=most,
        silent=np.array(silent, int),
        hidden=hidden,
        labels=LABELS,
        kind="neurons",
        favourites=np.array([hidden[label == LABELS].mean(axis=0) for label in range(CLASSES)]).argmax(axis=0),
    )


def accuracy(now=0.931, before=0.981, run="A"):
    shares = np.full(CLASSES, before)
    changed = shares.copy()
    changed[4] = now
    return ClassAccuracy(
        run=run,
        step=0,
        accuracy=now,
        class_accuracy=changed,
        counts=np.full(CLASSES, 1000),
        before_accuracy=before,
        before_class_accuracy=shares,
    )


def card(number=5, layer=0, weights=True, outgoing=True, run="A"):
    def excited(first):
        numbers = np.arange(first, first + 9)
        pictures = np.full((9, 28, 28), first, np.uint8)
        return Excited(numbers, np.full(9, first % 10), pictures, np.linspace(2, 1, 9))

    return NeuronCard(
        run=run,
        step=0,
        neuron=Neuron(layer, number),
        kind="neuron",
        weights=np.linspace(-1, 2, 784).reshape(28, 28) if weights else None,
        bias=0.1,
        means=np.arange(10.0),
        counts=np.array([4, 9, 1]),
        edges=np.array([0.0, 1.0, 2.0, 3.0]),
        share_firing=0.25,
        most_images=excited(44),
        least_images=excited(7),
        outgoing=np.linspace(-1, 1, 10) if outgoing else None,
    )
