"""A computation graph in plain values: nodes, edges, blocks; and the messages with its drawing and values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from engine.core.language import mark
from engine.core.layers.plan import HIDDEN
from engine.core.lazy import Array
from engine.core.messages import Answer

type Block = tuple[str, ...]  # The nested blocks of a node: `("forward", "layer1")`; empty for a node outside of all.

type Kind = Literal["placeholder", "constant", "variable", "operation", "loss", "gradient", "optimiser", "output"]

# Every kind in words, in the order of the legend.
KINDS: Mapping[Kind, str] = {
    "placeholder": mark("Placeholder: what is fed in"),
    "variable": mark("Variable: what is learned"),
    "constant": mark("Constant"),
    "operation": mark("Operation"),
    "loss": mark("Loss"),
    "gradient": mark("Gradient"),
    "optimiser": mark("Optimiser"),
    "output": mark("Output"),
}


class Node(NamedTuple):
    """One operation of TensorFlow's."""

    name: str  # TensorFlow's name of it
    op: str  # Its type: `MatMul`.
    kind: Kind
    block: Block
    label: str  # a short name for the drawing
    outputs: tuple[str, ...]  # Shape and type of each output in words: `None × 300 float32`.


class Edge(NamedTuple):
    """An input of an operation, or a control dependency."""

    source: str
    target: str
    output: int  # the number of the source's output; -1 for a control dependency
    words: str  # shape and type; empty for a control dependency

    @property
    def is_control(self) -> bool:
        """Whether it is a control dependency: the target waits, and no tensor flows."""
        return self.output < 0

    @property
    def tensor(self) -> str:
        """The name of the tensor that flows."""
        return f"^{self.source}" if self.is_control else f"{self.source}:{self.output}"


@dataclass(frozen=True, slots=True)
class Graph:
    """All operations of a traced function, their inputs, and the titles of the blocks."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    titles: Mapping[Block, str] = field(default_factory=dict)


def block_key(block: Block) -> str:
    """Return the key of a block in the drawing, which no operation can have."""
    return "▸" + "/".join(block)


def layer_of(block: Block) -> int | None:
    """Return the hidden layer, from 0, that a block or the one around it computes or changes; `None` for no one's."""
    steps = (re.match(rf"{HIDDEN}(\d+)(?=[ _]|$)", part) for part in block)
    return next((int(step[1]) - 1 for step in steps if step), None)


class Item(NamedTuple):
    """A node, a closed block or the frame of an open one in the drawing. Lengths are pixels at zoom 1."""

    key: str  # the operation's name, or `block_key`
    label: str
    caption: str  # its meaning in words, for tooltips
    kind: Kind
    block: Block  # the block that it is, or that it is in
    is_block: bool
    is_open: bool
    x: float
    y: float
    width: float
    height: float


class Wire(NamedTuple):
    """A piece of an edge between two items of a block, or to its frame; edges of closed blocks are merged."""

    source: str  # key of the item where it begins; empty for the frame around it
    target: str
    tensors: tuple[str, ...]
    words: str
    is_control: bool
    # Straight from each point of even number to the next, curved from each of odd number.
    points: tuple[tuple[float, float], ...]
    # The place of shape and type: to the right of it, above and below. Wires of one tensor share it.
    label: tuple[float, float] | None = None
    arrow: int = 0  # arrow head at its end: 1 to the right, -1 to the left, 0 for none, where it continues in a frame


class Drawing(NamedTuple):
    """The places of all items and wires. Frames of open blocks precede their contents."""

    items: tuple[Item, ...]
    wires: tuple[Wire, ...]
    # The keys of the items between which something flows, each pair once; open blocks are not among them.
    links: tuple[tuple[str, str], ...]
    # The items in the order of the data flow: forwards, then the gradients backwards; without constants.
    order: tuple[str, ...]
    width: float
    height: float


class GraphDrawn(Answer):
    """The graph, with these blocks open."""

    of: str
    graph: Graph
    drawing: Drawing
    opened: frozenset[Block]


class NodeValue(Answer):
    """The output of one item for one picture."""

    key: str
    name: str  # the tensor's or the variable's name
    about: str  # what it was computed for, in words
    shape: str
    value: Array | None  # the numbers, or `None` if it has none
    least: float
    most: float
    mean: float
