"""What the Graph tab is pictured with: the training step, closed and open; forward pass, warm-up, network."""

from collections.abc import Iterator
from functools import partial

from engine.analysis.graph.messages import Block, block_key
from gui.tabs.graph.tab import GraphTab

LAYER: Block = ("forward", "layer1")
STEPS = 6  # number of nodes that the data are followed through


def _show(tab: GraphTab, of: str, key: str = "", *, is_open: bool = False) -> Iterator[None]:
    """Show a graph with its first layer open or closed, and what flows through one of its nodes or blocks."""
    tab.tools.view.choose("operations")
    tab.tools.graph.choose(of)
    yield
    layer = tab.view.item(block_key(LAYER))
    if layer is not None and layer.is_open != is_open:
        tab.view.toggled.emit(LAYER)
        yield
    tab.view.fit()
    if key:
        tab.view.go_to(key)
    yield


def _open(tab: GraphTab) -> Iterator[None]:
    yield from _show(tab, "training", is_open=True)
    if product := next((node for node in tab.flow.order if node.endswith("layer1_1/MatMul")), ""):
        tab.view.go_to(product)
    yield


def _step_through(tab: GraphTab) -> Iterator[None]:
    yield from _show(tab, "network", is_open=True)
    for _ in range(STEPS):
        tab.flow.step(1)
        yield


def _show_network(tab: GraphTab) -> Iterator[None]:
    tab.tools.view.choose("links")
    yield


SCENES = {
    "": partial(_show, of="training", key=block_key(("gradients", "layer1"))),
    "open": _open,
    "forward": _step_through,
    "warmup": partial(_show, of="warmup", key="forward/product"),
    "network": _show_network,
}
