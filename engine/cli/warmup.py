"""The command `warmup`: the inverse of a matrix, learned by gradient descent, printed in lines."""

import math
from typing import TYPE_CHECKING, Annotated

from engine.analysis.warmup.spec import WarmupSpec
from engine.cli.parts.command import AnswerWithStatus, Given, Knobs, Row, command
from engine.cli.parts.terminal import InterruptedJobError, messages, say
from engine.core.errors import UserError
from engine.core.language import mark, tr, with_marks
from engine.core.text import plain

if TYPE_CHECKING:
    from engine.analysis.warmup.job import WarmupSteps

LINES = 10  # maximum number of lines, the last one included


@command(100, mark("learn the inverse of a matrix by gradient descent"))
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
                sentence = tr("After {step:,} steps x is no matrix of numbers any more.", step=message.step)
                raise UserError(sentence, hint=tr("Choose a smaller learning rate."))
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
    distance = with_marks(f"{message.distance:.6f}") if math.isfinite(message.distance) else tr("none")
    text = tr(
        "step {step:>11,}  loss {loss}  largest error of x {error:>12}  {speed:,} steps/s",
        step=message.step,
        loss=with_marks(plain(message.loss, "12.6f")),
        error=distance,
        speed=facts["steps_per_second"],
    )
    return Row(facts, text)
