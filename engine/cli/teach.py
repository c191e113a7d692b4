"""The command `teach`: trains a network on with a person's own examples, new classes among them."""

from collections.abc import Sequence
from typing import Annotated

from engine.cli.parts.command import command
from engine.cli.parts.training import trained
from engine.cli.parts.which import MOMENT_HELP, Dataset, Device
from engine.core.language import mark


@command(12, mark("teach a network examples of your own"))
def teach_command(
    *,
    examples: Sequence[str],
    session: str | None = None,
    run: Annotated[
        str | None,
        "RUN[@SNAPSHOT]: the run whose network is taught (default: the newest; of the session that comes along, the "
        f"blog's); {MOMENT_HELP} (default: last)",
    ] = None,
    device: Device = "auto",
    dataset: Dataset = None,
    json: Annotated[bool, "print one JSON object per epoch"] = False,
) -> int:
    """Train a network of a session on with examples of your own, and rehearse the data that it knows. For classes that
    it does not have it grows outputs.

    examples PATH: a folder with one of pictures for each class, or a file of data with named classes; may be repeated
    session FILE: the session that gets the examples and the run (default: the last one; what is added to the one that
        comes along goes into a new one in the state folder)
    """
    from engine.cli.parts.train_session import planned_teaching

    return trained(lambda: planned_teaching(examples, session, run, dataset, device), as_json=json)
