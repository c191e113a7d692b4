"""A computation graph in plain values: nodes, edges, blocks; and the messages that tell how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from engine.core.array import Array
from engine.core.messages import Answer

type Block = tuple[str, ...]
"""Where a node belongs: `("forward", "layer1")`; empty for one that stands by itself."""

type Kind = Literal[
    "placeholder", "constant", "variable", "operation", "loss", "gradient", "optimiser", "output"
]

KINDS: Mapping[Kind, str] = {
    "placeholder": "Placeholder: what is fed in",
    "variable": "Variable: what is learned",
    "constant": "Constant",
    "operation": "Operation",
    "loss": "Loss",
    "gradient": "Gradient",
    "optimiser": "Optimiser",
    "output": "Output",
}
"""Every kind, and what it is in words; in the order of the legend."""


class Node(NamedTuple):
    """One operation of TensorFlow's."""

    name: str
    """As TensorFlow calls it."""
    op: str
    """Its type: `MatMul`."""
    kind: Kind
    block: Block
    label: str
    """Short, for the picture."""
    outputs: tuple[str, ...]
    """Shape and type of each output in words: `None × 300 float32`."""


class Edge(NamedTuple):
    """One input of an operation, or that it waits for another."""

    source: str
    target: str
    output: int
    """Which output of the source; -1 where the target only waits for it."""
    words: str
    """Shape and type; empty where it only waits."""

    @property
    def is_control(self) -> bool:
        """Whether nothing flows: the target only waits."""
        return self.output < 0

    @property
    def tensor(self) -> str:
        """What flows, by name."""
        return f"^{self.source}" if self.is_control else f"{self.source}:{self.output}"


@dataclass(frozen=True, slots=True)
class Graph:
    """All operations of a traced function, all their inputs, and what the blocks are called."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    titles: Mapping[Block, str] = field(default_factory=dict)


def block_key(block: Block) -> str:
    """Return the key under which a block is drawn; no operation is called so."""
    return "▸" + "/".join(block)


class Item(NamedTuple):
    """A node, a closed block or the frame of an open one, as it is drawn. Lengths are pixels at zoom 1."""

    key: str
    """The operation's name, or `block_key`."""
    label: str
    caption: str
    """What it is in words, for tooltips."""
    kind: Kind
    block: Block
    """The block that it is, or that it belongs to."""
    is_block: bool
    is_open: bool
    x: float
    y: float
    width: float
    height: float


class Wire(NamedTuple):
    """A piece of an edge between two items of one block, or to its frame; edges of closed blocks are merged."""

    source: str
    """Key of the item where it begins; empty where that is the frame around it."""
    target: str
    tensors: tuple[str, ...]
    words: str
    is_control: bool
    points: tuple[tuple[float, float], ...]
    """Straight from each point of even number to the next, curved from each of odd number."""
    label: tuple[float, float] | None = None
    """Where its shape and type stand: from here to the right, above and below. Wires of one tensor share it."""
    arrow: int = 0
    """Arrow head at its end: 1 to the right, -1 to the left, 0 for none, where it continues in a frame."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where everything is. Frames of open blocks come before what is in them."""

    items: tuple[Item, ...]
    wires: tuple[Wire, ...]
    links: tuple[tuple[str, str], ...]
    """From which item to which something flows: keys, each pair once; never of an open block."""
    order: tuple[str, ...]
    """The items in the order in which data flow: forwards, then the gradients backwards; without constants."""
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphDrawn(Answer):
    """The graph, with these blocks open."""

    of: str
    graph: Graph
    drawing: Drawing
    opened: frozenset[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeValue(Answer):
    """What flowed out of one item for one picture."""

    key: str
    name: str
    """The tensor's or the variable's name."""
    about: str
    """What it was computed for, in words."""
    shape: str
    value: Array | None
    """The numbers; `None` where there are none."""
    least: float
    most: float
    mean: float
