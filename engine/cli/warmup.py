"""The command `warmup`: the inverse of a matrix, learned by gradient descent, told in lines."""

from __future__ import annotations

import argparse
import contextlib
import json
from typing import Any

from engine.base.errors import UserError
from engine.base.knobs import knobs
from engine.base.numbers import number, plain
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_json, add_knobs
from engine.cli.parts.terminal import say
from engine.system.signals import interruptible, status_of, until_interrupted
from engine.warmup.spec import WarmupSpec

LINES = 10
"""Maximum number of lines told on the way, the last one included."""


def warmup_command(wanted: argparse.Namespace) -> int:
    """Learn the inverse as asked and return the exit status; Ctrl-C and its like end it between two chunks of steps."""
    from engine.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps, learn_inverse

    spec = WarmupSpec(
        **{name: value for name in knobs(WarmupSpec) if (value := getattr(wanted, name)) is not None}
    )
    condition, last, told = float("nan"), None, 0
    with (
        interruptible() as interrupted,
        contextlib.closing(until_interrupted(learn_inverse(None, spec), interrupted)) as turns,
    ):
        for message in turns:
            if isinstance(message, WarmupStarted):
                condition = message.condition_number
                if message.sentence:
                    say(message.sentence)
            elif isinstance(message, WarmupSteps):
                last = message
                if message.step * LINES // spec.steps > told and message.step < spec.steps:
                    told = message.step * LINES // spec.steps
                    _tell(message, condition, wanted.json)
            elif isinstance(message, WarmupFinished) and not message.finite:
                raise UserError(
                    f"After {message.step:,} steps x is no matrix of numbers any more.",
                    hint="Choose a smaller learning rate.",
                )
    if last is not None:
        _tell(last, condition, wanted.json)
    return status_of(interrupted[0]) if interrupted else 0


def _tell(message: Any, condition: float, as_json: bool) -> None:
    facts = {
        "step": message.step,
        "loss": message.loss,
        "loss_name": message.spec.loss,
        "distance_to_inverse": number(message.distance),
        "condition_number": number(condition),
        "steps_per_second": round(message.steps_per_second),
    }
    print(json.dumps(facts, allow_nan=False) if as_json else _line(facts), flush=True)


def _line(facts: dict[str, Any]) -> str:
    distance = "none" if facts["distance_to_inverse"] is None else f"{facts['distance_to_inverse']:.6f}"
    return (
        f"step {facts['step']:>11,}  loss {plain(facts['loss'], '12.6f')}  largest error of x {distance:>12}  "
        f"{facts['steps_per_second']:,} steps/s"
    )


def _flags(parser: argparse.ArgumentParser) -> None:
    add_knobs(parser, WarmupSpec)
    add_json(parser, "one JSON object per line")


COMMAND = Command(
    100,
    "learn the inverse of a matrix by gradient descent",
    "Learn x with x A = I for a random matrix A of whole numbers from 0 to 9, by gradient descent. "
    "The defaults are the blog post's; the last line tells where it ended.",
    _flags,
    warmup_command,
)
