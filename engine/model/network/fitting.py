"""Whether a data set fits a network: images of its shape, and no more classes than it has outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.errors import NotYetError, UserError
from engine.core.text import isolated

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.model.network.compiled_network import Architecture


# Topic of the notice that they do not fit, which is withdrawn as soon as there are other data or other runs.
DATA_AND_NETWORK = "data and network"


def fits(data: Dataset | None, architecture: Architecture) -> bool:
    """Whether there is a data set that fits the network."""
    return data is not None and data.shape == architecture.shape and len(data.classes) <= architecture.classes


def fitting_data(data: Dataset, architecture: Architecture, *, beside: str = "") -> Dataset:
    """Return the data set; raise `UserError` when it does not fit the network.

    `beside` is the network's run, if it is compared with the selected one: it may lack classes that were taught.
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
