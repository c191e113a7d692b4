"""The last layer of a network, from the last hidden layer to the classes: which neuron is the least useful."""

from functools import cached_property

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import Turns, slices
from engine.model.network.plain import accuracy

AT_ONCE = 60_000  # trials at a time: they fit into a core's cache
TURN = 4_000_000  # comparisons in a turn: some 10 ms
REFRESH = 10  # silenced neurons after which the reach of the others is computed again


class Readout:
    """Logits of images as a sum over the last hidden layer's neurons, some of which are silenced."""

    def __init__(self, hidden: Array, logits: Array, labels: Array, kernel: Array) -> None:
        """`hidden` is (images, neurons), `kernel` (neurons, classes), `logits` (images, classes) with all neurons."""
        self._hidden, self._labels = hidden, labels  # shared, not copied: they may be large
        self._logits = logits.astype(np.float64)
        self._kernel = kernel.astype(np.float64)
        self._age, self._reach = 0, np.zeros(0)

    def accuracy(self) -> float:
        """Return the accuracy without the silenced neurons."""
        return accuracy(self._logits, self._labels).whole

    def silence(self, neuron: int) -> None:
        """Silence a neuron permanently."""
        self._logits -= self._hidden[:, neuron, None] * self._kernel[neuron]
        self._age += 1

    def least_useful(self, neurons: Array) -> Turns[int]:
        """Return the neuron whose silencing leaves most images correct; of several the one with the least loss."""
        right = yield from self._right_without(neurons)
        best = neurons[right == right.max()]
        if best.size == 1:
            return int(best[0])
        return int(best[(yield from self._added_losses(best)).argmin()])

    def simple_orders(self, neurons: Array, incoming: Array) -> Turns[list[Array]]:
        """Return orders of these neurons by simple measures, in turns; `incoming` are norms of incoming weights."""
        right = yield from self._right_without(neurons)
        added = yield from self._added_losses(neurons)
        hidden = self._hidden[:, neurons]
        yield None
        means, spreads = hidden.mean(axis=0), hidden.std(axis=0)
        yield None
        outgoing = np.linalg.norm(self._kernel[neurons], axis=1)
        alone = [added, means, spreads, outgoing, incoming]
        together = [means * outgoing, spreads * outgoing, incoming * outgoing]
        orders = [np.lexsort((added, -right)), *(np.argsort(values) for values in (*alone, *together))]
        return [neurons[order] for order in orders]

    def accuracies_of(self, order: Array, most: int) -> Turns[Array]:
        """Return the accuracies with only the last 0, 1, ..., `most` neurons of an order (most + 1,), in turns."""
        rest = self.some(len(self._labels))
        yield from rest.silence_many(order)
        accuracies, last = [rest.accuracy()], order[::-1][:most]
        for part in slices(len(last), max(1, TURN // 4 // rest._logits.size)):
            for neuron in last[part]:
                rest._logits += self._hidden[:, neuron, None] * self._kernel[neuron]
                accuracies.append(rest.accuracy())
            yield None
        return np.array(accuracies)

    def some(self, count: int) -> "Readout":
        """Return a readout of `count` evenly spread images, or of all if there are no more."""
        chosen = np.linspace(0, len(self._labels) - 1, min(count, len(self._labels))).astype(int)
        hidden = self._hidden[chosen].astype(np.float32)
        return Readout(hidden, self._logits[chosen], self._labels[chosen], self._kernel)

    def silence_many(self, neurons: Array) -> Turns[None]:
        """Silence neurons permanently, in turns."""
        for chosen in slices(len(self._labels), max(1, TURN // 8 // len(neurons))):
            self._logits[chosen] -= self._hidden[chosen][:, neurons] @ self._kernel[neurons]
            yield None
        self._age += REFRESH  # without many neurons, the reach of the others must be computed again

    def least_useful_of_many(self, neurons: Array, count: int) -> Turns[Array]:
        """Return `count` of these neurons, each of which alone leaves most images correct or contributes least."""
        right = yield from self._right_without(neurons)
        yield None
        says = np.abs(self._hidden[:, neurons]).mean(axis=0) * np.abs(self._kernel[neurons]).sum(axis=1)
        return neurons[np.lexsort((says, -right))[:count]]

    def _right_without(self, neurons: Array) -> Turns[Array]:
        """Return the number of correct images without each of the neurons (neurons,) int."""
        own = self._logits[np.arange(len(self._labels)), self._labels]
        leads = own[:, None] - self._logits  # over each class (images, classes)
        leads[np.arange(len(self._labels)), self._labels] = np.inf
        least = leads.min(axis=1)
        if self._age % REFRESH == 0:
            self._reach = yield from self._farthest(neurons)
        # No neuron alone changes an image whose lead is larger than any neuron's contribution.
        near = ~(np.abs(least) > self._reach)
        counts = np.full(len(neurons), int((least[~near] > 0).sum()))
        done = 0
        for label in np.unique(self._labels[near]):
            images = np.flatnonzero(near & (self._labels == label))
            for part in slices(len(images), max(1, AT_ONCE // len(neurons))):
                chosen = images[part]
                counts += self._still_right(chosen, neurons, int(label), leads[chosen].astype(np.float32))
                done += len(chosen) * len(neurons) * leads.shape[1]
                if done > TURN:
                    done = 0
                    yield None
        return counts

    def _still_right(self, images: Array, neurons: Array, label: int, leads: Array) -> Array:
        """Return the number of correct ones of these images of one class without each of the neurons (neurons,)."""
        outputs = self._hidden[images[:, None], neurons].astype(np.float32, copy=False)
        speaks = (self._kernel[neurons, label][:, None] - self._kernel[neurons]).astype(np.float32)
        right = np.ones(outputs.shape, bool)
        lost = np.empty_like(outputs)
        for other in range(leads.shape[1]):
            if other != label:
                np.multiply(outputs, speaks[:, other], out=lost)
                right &= lost < leads[:, other, None]
        return right.sum(axis=0)

    def _farthest(self, neurons: Array) -> Turns[Array]:
        """Return the largest change of each image's lead by one of the neurons (images,)."""
        farthest = np.empty(len(self._labels))
        speaks = np.abs(self._kernel[neurons][:, None] - self._kernel[neurons][:, :, None]).max(axis=1)
        for chosen in slices(len(farthest), max(1, TURN // 4 // len(neurons))):
            outputs = np.abs(self._hidden[chosen][:, neurons].astype(np.float32, copy=False))
            moved = outputs * speaks.T[self._labels[chosen]].astype(np.float32)
            farthest[chosen] = moved.max(axis=1) * 1.0001  # single precision may be slightly too small
            yield None
        return farthest

    def _added_losses(self, neurons: Array) -> Turns[Array]:
        """Return the increase of the sum of all losses without each of the neurons alone (neurons,), in turns."""
        # An array for each class, as NumPy reduces ten numbers side by side ten times slower.
        logits, labels = np.ascontiguousarray(self._logits.T), self._labels
        before, added = _losses(logits, labels), list[float]()
        for part in slices(len(neurons), max(1, TURN // 2 // logits.size)):
            for neuron in neurons[part]:
                outputs = self._columns[neuron]
                images = np.flatnonzero(outputs)
                after = logits.take(images, axis=1) - outputs[images] * self._kernel[neuron][:, None]
                added.append((_losses(after, labels[images]) - before[images]).sum())
            yield None
        return np.array(added)

    @cached_property
    def _columns(self) -> Array:
        return np.ascontiguousarray(self._hidden.T)


def loss(logits: Array, labels: Array) -> float:
    """Return the mean cross-entropy of logits (images, classes)."""
    return float(_losses(np.array(logits.T, np.float64, order="C"), labels).mean())


def _losses(logits: Array, labels: Array) -> Array:
    """Return the cross-entropy of each image, of logits (classes, images)."""
    most = logits.max(axis=0)
    return most + np.log(np.exp(logits - most).sum(axis=0)) - logits[labels, np.arange(len(labels))]
