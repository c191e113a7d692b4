"""Whether the data set is one that a network reads: images of its shape, no more classes than it has outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.errors import NotYetError, UserError
from engine.core.text import isolated

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.model.network.compiled_network import Architecture


DATA_AND_NETWORK = "data and network"
"""Topic of the notice that they do not fit: void as soon as there are other data or other runs."""


def fits(data: Dataset | None, architecture: Architecture) -> bool:
    """Whether there is a data set, and the network reads it."""
    return data is not None and data.shape == architecture.shape and len(data.classes) <= architecture.classes


def fitting_data(data: Dataset, architecture: Architecture, *, beside: str = "") -> Dataset:
    """Return the data set; raise `UserError` when the network cannot read it.

    `beside`: it is that of this run, compared with the one that is looked at. Then the sentence names it, and the data
    may have classes of examples that it was not taught.
    """
    if beside and data.base is not None and data.shape == architecture.shape:
        return data
    if data.base is not None and len(data.classes) > architecture.classes:
        raise NotYetError(f"{data.name} give way to those that the network has learned from.")  # `follow_run`
    if not fits(data, architecture):
        rows, columns = architecture.shape
        whose = f"run {beside}" if beside else "this network"
        raise UserError(
            f"{isolated(data.name)} is not what {whose} reads: {rows} × {columns} pixels, "
            f"{architecture.classes} classes.",
            hint="Open the data that the run was trained on.",
            topic=DATA_AND_NETWORK,
        )
    return data
