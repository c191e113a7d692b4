"""The graph of a network's layers as a sequence with blocks in it: sums and branches that begin and end at one value.

Such graphs are series-parallel, and are recognised by reducing them (Valdes, Tarjan and Lawler, 1982): a layer that one
other reads joins it, and ways that lead from one value to one sum or row become one way, a block.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from engine.core.language import tr
from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, DenseLayer, HiddenLayer, Layer, Layers, Norm
from engine.model.opening.keras_layers import SUM, UNFLATTEN, Part, misplaced
from engine.model.opening.unfit import UnfitError

SOFTMAX = Activation("softmax")

type Chain = tuple[Part, ...]


class Node(NamedTuple):
    """A layer in the graph: the numbers of those that it reads, which come before it, and what it is here."""

    reads: tuple[int, ...]  # none for the input
    parts: Chain
    joins: str  # how what it reads is joined, if that is several
    words: str


def in_sequence(nodes: Sequence[Node]) -> Chain:
    """Return the graph that leads from the first of the nodes to the last as a sequence.

    Raises `UnfitError` for a layer that nobody reads, or where ways come together that began at several values.
    """
    unread = set(range(len(nodes) - 1)) - {source for node in nodes for source in node.reads}
    if unread:
        raise UnfitError(tr("no other layer reads it"), nodes[min(unread)].words)
    # The ways that lead to each node: the node where they begin, and the layers on them.
    ways = {number: [(source, node.parts) for source in node.reads] for number, node in enumerate(nodes)}
    last = len(nodes) - 1
    while len(ways) > 2 or len(ways.get(last, ())) > 1:
        if not (_shorten(ways, last) or _join(ways, nodes) or _join_some(ways, nodes)):
            stuck = next(number for number in ways if len(ways[number]) > 1)
            reason = tr("its inputs are not ways that all begin at one layer, as those of a block here do")
            raise UnfitError(reason, nodes[stuck].words)
    return _tidied(ways[last][0][1]) if last else ()


def _shorten(ways: dict[int, list[tuple[int, Chain]]], last: int) -> bool:
    """Append each layer that one other reads to the way there; return whether there was one."""
    readers = Counter(source for of in ways.values() for source, _ in of)
    is_shorter = False
    for number in [number for number in ways if readers[number] == 1 and len(ways[number]) == 1 and number != last]:
        ((source, before),) = ways.pop(number)
        for of in ways.values():
            of[:] = [(source, before + parts) if begin == number else (begin, parts) for begin, parts in of]
        is_shorter = True
    return is_shorter


def _join(ways: dict[int, list[tuple[int, Chain]]], nodes: Sequence[Node]) -> bool:
    """Make one way of all that lead from one node to another; return whether there were some."""
    is_joined = False
    for number, of in ways.items():
        if len(of) > 1 and len({source for source, _ in of}) == 1:
            ways[number] = [(of[0][0], (_block(nodes[number], [parts for _, parts in of]),))]
            is_joined = True
    return is_joined


def _join_some(ways: dict[int, list[tuple[int, Chain]]], nodes: Sequence[Node]) -> bool:
    """Make one way of two that lead from one node to another, where more do from elsewhere."""
    for number, of in ways.items():
        for one, two in itertools.combinations(range(len(of)), 2):
            if of[one][0] == of[two][0] and (nodes[number].joins == SUM or two == one + 1):
                of[one] = of[one][0], (_block(nodes[number], [of[one][1], of[two][1]]),)
                del of[two]
                return True
    return False


def _block(node: Node, chains: Sequence[Chain]) -> Part:
    """Return several ways as a block; a sum's body is the one with the most layers with weights."""
    tidied = [_tidied(chain) for chain in chains]
    for chain in tidied:
        check_softmax(chain)
    if node.joins != SUM:
        layers = tuple(layers_of(chain) for chain in tidied)
        return Part(
            kinds.Branches(layers), tuple(source for chain in tidied for part in chain for source in part.sources)
        )
    if not any(tidied):
        return Part(kinds.Rescale(float(len(chains))), (), node.words)
    body, *rest = sorted(tidied, key=lambda chain: (-sum(len(part.sources) for part in chain), not chain))
    block = body[0]
    for shortcut in rest:
        residual = kinds.Residual(layers_of(body), layers_of(shortcut), "linear")
        block = Part(residual, tuple(source for part in (*body, *shortcut) for source in part.sources))
        body = (block,)
    assert isinstance(block.layer, kinds.Residual)
    return block._replace(layer=block.layer.but(activation=""), words=node.words)


def check_softmax(chain: Sequence[Part]) -> None:
    """Raise `UnfitError` where softmax is among the layers, and not at the end of the network."""
    for part in chain:
        if part.layer == SOFTMAX:
            raise misplaced(part.words)


def layers_of(chain: Sequence[Part]) -> Layers:
    """Return the layers of a sequence, in which one without an activation is linear."""
    return tuple(
        part.layer.but(activation="linear")
        if isinstance(part.layer, HiddenLayer | kinds.Residual) and not part.layer.activation
        else part.layer
        for part in chain
    )


def _tidied(chain: Chain) -> Chain:
    """Return a sequence as its text would be read: norms and activations are of the hidden layers that they follow."""
    results: list[Part] = []
    for part in chain:
        layer = part.layer
        if layer == UNFLATTEN:
            _take_back(results, part.words)
        elif isinstance(layer, kinds.Flatten):
            results.append(part)
        else:
            if isinstance(layer, DenseLayer) and (place := _flattened(results, (kinds.Dropout, kinds.Rescale))):
                del results[place - 1]  # a dense layer flattens what it reads
            results.append(part)
            _merge(results)
    return tuple(results)


def _take_back(results: list[Part], words: str) -> None:
    """Take the last `Flatten` away, where the numbers behind it are those of an image one by one."""
    place = _flattened(results, (Activation, kinds.Dropout, kinds.Rescale))
    if not place:
        raise misplaced(words)
    del results[place - 1]


def _flattened(results: Sequence[Part], others: tuple[type, ...]) -> int:
    """Return how many parts there are up to a `Flatten` that only layers of these kinds follow, or 0."""
    place = len(results)
    while place and isinstance(results[place - 1].layer, others):
        place -= 1
    return place if place and isinstance(results[place - 1].layer, kinds.Flatten) else 0


def _merge(results: list[Part]) -> None:
    """Make one of the last two parts, if they are a hidden layer or a sum and what belongs to it."""
    if len(results) < 2:
        return
    (before, sources, words), (layer, more, _) = results[-2:]
    if isinstance(before, HiddenLayer | kinds.Residual) and not before.activation:
        merged: Layer | None = None
        if isinstance(layer, Norm) and isinstance(before, HiddenLayer) and not before.norm:
            merged = before.but(norm=layer)
        elif isinstance(layer, Activation) and layer != SOFTMAX:
            merged = before.but(activation=layer.name)
        if merged:
            results[-2:] = [Part(merged, (*sources, *more), words)]
