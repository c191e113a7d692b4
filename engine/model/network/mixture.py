"""Mixtures of networks: paths between two of them, averages, and the matching of their neurons."""

from collections.abc import Sequence

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers.kinds import ConvLayer, HiddenLayer, is_plain
from engine.core.lazy import Array, frozen, np
from engine.core.lens import Lens, Share, Weights
from engine.model.training.run import Run, Runs

type Orders = tuple[Array, ...]  # for each hidden layer a permutation of its neurons, (neurons,)

NO_ORDERS = mark(
    "Neurons are matched in networks of dense layers, or convolutions with pooling and dense layers, alone: elsewhere "
    "several layers share one order."
)

MOST_ROUNDS = 100  # a bound: the matching of several layers never gets worse, so it converges long before


def shares_of(session: Runs, lens: Lens) -> tuple[tuple[str, float, Share], ...]:
    """Return the run, the time of its start, and the share with a resolved moment, of each network that is mixed in.

    Raises `NotYetError` for a run that is not there or has no weights yet, `UserError` for one with other layers.
    """
    run, shares = session.run(lens.run), []
    for share in lens.mixed:
        other = session.run(share.run)
        step = other.step_at(share.moment)
        if not are_alike(run, other):
            raise UserError(
                tr(
                    "Runs {run} and {other} have different layers or numbers of classes, so their weights cannot be "
                    "mixed.",
                    run=run.label,
                    other=other.label,
                ),
                hint=tr("Choose a run with the same layers, data and number of classes."),
            )
        if share.matched:
            check_orders(run)
        shares.append((other.name, other.started, share._replace(moment=step)))
    return tuple(shares)


def check_orders(run: Run) -> None:
    """Raise `UserError` for a run whose neurons cannot be matched with those of another one."""
    if not is_plain(run.spec.network):
        raise UserError(tr(NO_ORDERS), hint=tr("Look at the path between the networks as they are."))


def are_alike(run: Run, other: Run) -> bool:
    """Whether the weights of both runs have the same shapes and meaning; both have moments."""
    layers = {one.spec.network for one in (run, other)}
    outputs = {len(one.moments[one.moments.newest].weights[-1]) for one in (run, other)}
    return len(layers) == len(outputs) == 1 and run.shape == other.shape


def mixed_weights(layers: Sequence[HiddenLayer], parts: Sequence[tuple[float, Weights, Orders | None]]) -> Weights:
    """Return the sum of the parts' weights, each multiplied by the part's share and with its neurons permuted.

    The means and variances of batch normalisation are mixed as all other arrays; measuring them again on images, as
    REPAIR does (Jordan et al., 2023), would give another network.
    """
    (share, weights, _), *others = parts
    total = [array * np.float32(share) for array in weights]
    for share, weights, orders in others:
        for array, part in zip(total, in_order(layers, weights, orders) if orders else weights, strict=True):
            array += np.float32(share) * part
    return tuple(map(frozen, total))


def matching(layers: Sequence[HiddenLayer], weights: Weights, others: Weights) -> Orders:
    """Return the order of the neurons of the network `others` in which it is most similar to the one with `weights`.

    The weight matching of Ainsworth, Hayase and Srinivasa, Git Re-Basin (2023), Algorithm 1: it maximises the sum of
    products of all weights and biases, layer by layer, until none changes. With one hidden layer it is exact.
    """
    from scipy.optimize import linear_sum_assignment  # the import takes a third of a second

    orders = [np.arange(layer.width) for layer in layers]
    for _ in range(MOST_ROUNDS if len(layers) > 1 else 1):
        is_same = True
        for number, layer in enumerate(layers):
            there = in_order(layers, others, tuple(orders))
            alike = _coming_in(weights, number) @ _coming_in(there, number).T
            alike += _going_out(weights, number, layer.width) @ _going_out(there, number, layer.width).T
            _, chosen = linear_sum_assignment(alike, maximize=True)
            rows = np.arange(layer.width)
            # Without the tolerance, equally good assignments would alternate for ever.
            if alike[rows, chosen].sum() > alike[rows, rows].sum() + 1e-6 * np.abs(alike).max():
                orders[number], is_same = orders[number][chosen], False
        if is_same:
            break
    return tuple(orders)


def in_order(layers: Sequence[HiddenLayer], weights: Weights, orders: Orders) -> Weights:
    """Return the same network with the neurons of its hidden layers permuted."""
    arrays = list(weights)
    for number, (layer, order) in enumerate(zip(layers, orders, strict=True)):
        arrays[2 * number] = arrays[2 * number][..., order]
        arrays[2 * number + 1] = arrays[2 * number + 1][order]
        following = arrays[2 * number + 2]
        inputs = following.shape[-2]
        if isinstance(layer, ConvLayer) and inputs != layer.width:  # a dense layer reads all positions of a map
            places = following.reshape(inputs // layer.width, layer.width, -1)
            arrays[2 * number + 2] = places[:, order].reshape(following.shape)
        else:
            arrays[2 * number + 2] = following[..., order, :]
    return tuple(arrays)


def _coming_in(weights: Weights, layer: int) -> Array:
    """Return the incoming weights and the bias of each neuron of a hidden layer, (neurons, numbers) float64."""
    kernel, bias = (array.astype(np.float64) for array in weights[2 * layer : 2 * layer + 2])
    return np.concatenate([kernel.reshape(-1, len(bias)), bias[None]]).T


def _going_out(weights: Weights, layer: int, width: int) -> Array:
    """Return the outgoing weights of each neuron of a hidden layer, (neurons, numbers) float64."""
    kernel = weights[2 * layer + 2].astype(np.float64)
    return kernel.reshape(-1, width, kernel.shape[-1]).swapaxes(0, 1).reshape(width, -1)
