"""The command `warmup`: the inverse of a matrix, learned by gradient descent, printed in lines."""

import math
from typing import TYPE_CHECKING, Annotated

from engine.analysis.warmup.spec import WarmupSpec
from engine.cli.parts.command import AnswerWithStatus, Given, Knobs, Row, command
from engine.cli.parts.terminal import InterruptedJobError, messages, say
from engine.core.errors import UserError
from engine.core.text import plain

if TYPE_CHECKING:
    from engine.analysis.warmup.job import WarmupSteps

LINES = 10  # maximum number of lines, the last one included


@command(100, "learn the inverse of a matrix by gradient descent")
def warmup_command(
    *, settings: Annotated[Given, Knobs(WarmupSpec)], json: Annotated[bool, "one JSON object per line"] = False
) -> AnswerWithStatus:
    """Learn x with x A = I for a random matrix A of whole numbers from 0 to 9, by gradient descent. The defaults are
    the blog post's; the last line tells where it ended.
    """
    from engine.analysis.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps, learn_inverse

    spec = WarmupSpec(**settings)
    condition, last, lines, status = math.nan, None, 0, 0
    try:
        for message in messages(learn_inverse(None, spec)):
            if isinstance(message, WarmupStarted):
                condition = message.condition_number
                say(message.sentence)
            elif isinstance(message, WarmupSteps):
                last = message
                if message.step * LINES // spec.steps > lines and message.step < spec.steps:
                    lines = message.step * LINES // spec.steps
                    yield _row(message, condition)
            elif isinstance(message, WarmupFinished) and not message.finite:
                sentence = f"After {message.step:,} steps x is no matrix of numbers any more."
                raise UserError(sentence, hint="Choose a smaller learning rate.")
    except InterruptedJobError as interrupted:
        status = interrupted.status
    if last is not None:
        yield _row(last, condition)
    return status


def _row(message: "WarmupSteps", condition: float) -> Row:
    facts = {
        "step": message.step,
        "loss": message.loss,
        "loss_name": message.spec.loss,
        "distance_to_inverse": message.distance,
        "condition_number": condition,
        "steps_per_second": round(message.steps_per_second),
    }
    distance = f"{message.distance:.6f}" if math.isfinite(message.distance) else "none"
    return Row(
        facts,
        f"step {message.step:>11,}  loss {plain(message.loss, '12.6f')}  largest error of x {distance:>12}  "
        f"{facts['steps_per_second']:,} steps/s",
    )
