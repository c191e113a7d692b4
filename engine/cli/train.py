"""The command `train`: the same job as in the window, printed in lines."""

from typing import Annotated

from engine.cli.parts.command import Given, Knobs, UsageError, command
from engine.cli.parts.training import trained
from engine.cli.parts.which import MOMENT_HELP, Dataset, Device
from engine.core.language import mark, tr
from engine.core.specs import PRESETS, TrainSpec


@command(10, mark("train a network"))
def train_command(
    *,
    preset: Annotated[str | None, tuple(PRESETS)] = None,
    session: str | None = None,
    resume: Annotated[
        str | None,
        "RUN[@SNAPSHOT]: continue training from a run of the session (default: the last session) as a new run, "
        f"with its settings and data where none are given; {MOMENT_HELP} (default: last). --epochs counts from that "
        "run's start",
    ] = None,
    split: str | None = None,
    device: Device = "auto",
    large: bool = False,
    dataset: Dataset = None,
    json: Annotated[bool, "print one JSON object per epoch; with --split it names its run"] = False,
    settings: Annotated[Given, Knobs(TrainSpec, None)],
) -> int:
    """Train a network.

    preset: the settings to start from (default: blog)
    session FILE: the session that gets the run, made if need be (default: a new one in the state folder)
    split SETTING=VALUE: train two runs in turns that differ in this setting alone, such as learning-rate=0.3: one as
        the other flags say, and its twin; with --resume RUN@0 twins of a run from its start
    large: train even where that takes more than half of the memory that is free; above 80 % it is refused
    """
    if resume is not None and preset is not None:
        raise UsageError(
            tr("--preset and --resume: a run that goes on has its own settings; change single ones by their flags")
        )
    from engine.cli.parts.train_session import TrainingRequest, planned

    request = TrainingRequest(preset, session, resume, split, device, large, dataset, settings)
    return trained(lambda: planned(request), as_json=json, of_twins=split is not None)
