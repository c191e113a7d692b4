"""Mixtures of networks: roads between two of them, averages, and the order of neurons in which they are most alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.base.array import Array
from engine.base.cache import Cache
from engine.base.errors import UserError
from engine.base.lazy import np
from engine.base.lens import Share
from engine.base.specs import ConvLayer, as_text

if TYPE_CHECKING:
    from engine.base.lens import Lens, Weights
    from engine.base.specs import HiddenLayer
    from engine.session.session import Session
    from engine.training.run import Run

    type Orders = tuple[Array, ...]
    """For each hidden layer the numbers of its neurons, (neurons,), in their new order."""

MOST_ROUNDS = 100
"""Matching of several layers goes round until none changes; it cannot get worse, so it ends, by far before that."""

MOST_KEPT = 32


def shares_of(session: Session, lens: Lens) -> tuple[tuple[str, float, Share], ...]:
    """Return for each network that is mixed in its run, when that was started, and its share at the moment it means.

    Raises `NotYetError` for a run that is not there or has no weights yet, `UserError` for one that never got any or
    has other layers.
    """
    run, found = session.run(lens.run), []
    for share in lens.mixed:
        other = session.run(share.run)
        step = other.step_at(share.moment)
        if not are_alike(run, other):
            raise UserError(
                f"Runs {run.label} and {other.label} have different layers or numbers of classes, "
                "so their weights cannot be mixed.",
                hint="Choose a run with the same layers, data and number of classes.",
            )
        found.append((other.name, other.started, share._replace(moment=step)))
    return tuple(found)


def are_alike(run: Run, other: Run) -> bool:
    """Whether the weights of both runs have the same shapes and meaning; both have moments."""
    layers = {as_text(each.spec.hidden) for each in (run, other)}
    outputs = {len(each.moments[each.moments.newest].weights[-1]) for each in (run, other)}
    return len(layers) == len(outputs) == 1 and run.shape == other.shape


def mixed_weights(session: Session, lens: Lens) -> Weights:
    """Return the weights at the lens' moment, mixed with those of the other networks that it names.

    Each array is the sum of the networks' arrays times their shares; that of the lens' own run is what is left of 1.
    Raises as `shares_of` does, and `UserError` when a moment cannot be read.
    """
    run = session.run(lens.run)
    own = run.moment(lens.moment).weights
    if not lens.mixed:
        return own
    total = [array * np.float32(1 - sum(share.weight for share in lens.mixed)) for array in own]
    for name, _, share in shares_of(session, lens):
        other = session.run(name)
        weights = other.moment(share.moment).weights
        if share.matched:
            weights = in_order(run.spec.hidden, weights, orders_of(session, lens, share))
        for array, part in zip(total, weights, strict=True):
            array += np.float32(share.weight) * part
    for array in total:
        array.flags.writeable = False
    return tuple(total)


_kept: Cache[tuple[Any, ...], Orders] = Cache(count=MOST_KEPT)


def orders_of(session: Session, lens: Lens, share: Share) -> Orders:
    """Return the order in which the neurons of a share are most like those of the lens' own network."""
    run, other = session.run(lens.run), session.run(share.run)
    step, there = run.step_at(lens.moment), other.step_at(share.moment)
    asked = (run.name, run.started, step, other.name, other.started, there)
    found = _kept.get(asked)
    if found is None:
        found = matching(run.spec.hidden, run.moments[step].weights, other.moments[there].weights)
        _kept.put(asked, found)
    return found


def matching(layers: Sequence[HiddenLayer], weights: Weights, others: Weights) -> Orders:
    """Return the order of the neurons of the network `others` in which it is most like the one with `weights`.

    Weight matching after Ainsworth, Hayase and Srinivasa, Git Re-Basin (2023), Algorithm 1: it looks for the largest
    sum of products of all weights and biases of hidden layers, layer by layer until none changes. With one hidden
    layer that is the largest there is: an assignment problem.
    """
    from scipy.optimize import linear_sum_assignment  # a third of a second, which only this needs

    orders = [np.arange(layer.width) for layer in layers]
    for _ in range(MOST_ROUNDS if len(layers) > 1 else 1):
        is_same = True
        for number, layer in enumerate(layers):
            there = in_order(layers, others, tuple(orders))
            alike = _coming_in(weights, number) @ _coming_in(there, number).T
            alike += _going_out(weights, number, layer.width) @ _going_out(there, number, layer.width).T
            _, chosen = linear_sum_assignment(alike, maximize=True)
            rows = np.arange(layer.width)
            # Equally good assignments would be exchanged for ever.
            if alike[rows, chosen].sum() > alike[rows, rows].sum() + 1e-6 * np.abs(alike).max():
                orders[number], is_same = orders[number][chosen], False
        if is_same:
            break
    return tuple(orders)


def in_order(layers: Sequence[HiddenLayer], weights: Weights, orders: Orders) -> Weights:
    """Return the same network with the neurons of its hidden layers in other orders."""
    arrays = list(weights)
    for number, (layer, order) in enumerate(zip(layers, orders, strict=True)):
        arrays[2 * number] = arrays[2 * number][..., order]
        arrays[2 * number + 1] = arrays[2 * number + 1][order]
        following = arrays[2 * number + 2]
        inputs = following.shape[-2]
        if isinstance(layer, ConvLayer) and inputs != layer.width:  # a dense layer reads all places of a map
            places = following.reshape(inputs // layer.width, layer.width, -1)
            arrays[2 * number + 2] = places[:, order].reshape(following.shape)
        else:
            arrays[2 * number + 2] = following[..., order, :]
    return tuple(arrays)


def _coming_in(weights: Weights, layer: int) -> Array:
    """Return what each neuron of a hidden layer has of weights and bias, (neurons, numbers) float64."""
    kernel, bias = (array.astype(np.float64) for array in weights[2 * layer : 2 * layer + 2])
    return np.concatenate([kernel.reshape(-1, len(bias)), bias[None]]).T


def _going_out(weights: Weights, layer: int, width: int) -> Array:
    """Return the weights with which the next layer reads each neuron of a hidden layer, (neurons, numbers) float64."""
    kernel = weights[2 * layer + 2].astype(np.float64)
    places = kernel.reshape(-1, width, kernel.shape[-1])
    return places.swapaxes(0, 1).reshape(width, -1)
