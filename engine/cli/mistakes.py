"""The command `mistakes`: how often each class is predicted as each, and the most probable mistakes."""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.numbers import fine_percent
from engine.base.text import printable
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json, count
from engine.cli.parts.silence import add_silence, lens_of
from engine.cli.parts.which import add_which, open_data, which

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.base.lens import Lens
    from engine.base.messages import Job, Message
    from engine.probes.calibration import Calibration
    from engine.probes.mistakes import Mistakes
    from engine.session.session import Session

MOST_LETTERS = 8
"""Of a class' name above its column."""


def mistakes_command(wanted: argparse.Namespace) -> int:
    """Print what the network misreads, as a table or as one JSON object; returns the exit status."""
    from engine.data.learned import remark_on

    with which(wanted) as meant:
        session = meant.session
        lens = lens_of(meant, wanted.silence)
        open_data(session, wanted.dataset, meant.run.name)
        found, calibrated = _found(session, lens)
        name, remark = session.data().summary, remark_on(session.data(), meant.run)
    facts = _facts(found, calibrated, remark, wanted.worst)
    print(
        json.dumps(facts) if wanted.json else "\n".join(map(printable, _lines(found, facts, name))),
        flush=True,
    )
    return 0


def _found(session: Session, lens: Lens) -> tuple[Mistakes, Calibration]:
    from engine.probes.calibration import Calibration, calibration
    from engine.probes.mistakes import Mistakes, mistakes

    found, calibrated = _last(mistakes(session, lens)), _last(calibration(session, lens))
    assert isinstance(found, Mistakes) and isinstance(calibrated, Calibration)
    if not found.is_finite:
        raise UserError("The network's weights are no numbers, so it answers nothing.")
    return found, calibrated


def _last(job: Job) -> Message:
    return [message for message in job if message is not None][-1]


def _facts(found: Mistakes, calibrated: Calibration, remark: str, worst: int) -> dict[str, Any]:
    return {
        "run": found.run,
        "step": found.step,
        "images": len(found.labels),
        "accuracy": _number(found.accuracy),
        "ece": _number(calibrated.error),
        "classes": list(found.names),
        "answers": list(found.answer_names),
        "remark": remark,
        "class_accuracy": [_number(share) for share in found.class_accuracy.tolist()],
        "confusion": found.confusion.tolist(),
        "worst": [
            {
                "image": number,
                "true": int(found.labels[number]),
                "answered": int(found.answers[number]),
                "probability": float(found.probabilities[number]),
            }
            for number in found.images()[:worst].tolist()
        ],
    }


def _names(called: Sequence[str], count: int) -> list[str]:
    return [called[label] if label < len(called) else f"{label}" for label in range(count)]


def _number(value: float) -> float | None:
    """Return a number as JSON knows it: there is no NaN."""
    return value if math.isfinite(value) else None


def _lines(found: Mistakes, facts: dict[str, Any], data: str) -> list[str]:
    names, answers = (_names(each, len(found.confusion)) for each in (found.names, found.answer_names))
    left = max(6, max(map(len, names)))
    letters = min(MOST_LETTERS, max(map(len, answers)))
    width = max(5, len(f"{found.confusion.max(initial=0):,}") + 1, letters + 1)
    head = "".join(f"{name[: width - 1]:>{width}}" for name in answers)
    return [
        f"Run {found.run} at step {found.step:,} on {data}",
        f"{len(found.labels) - found.wrong:,} of {len(found.labels):,} test images are classified correctly: "
        f"{fine_percent(found.accuracy, len(found.labels))}; expected calibration error {_share(facts['ece'])}",
        *filter(None, [facts["remark"]]),
        "",
        f"{'actual':>{left}}{head}{'correct':>9}",
        *(
            f"{names[label]:>{left}}{''.join(f'{count:>{width},}' for count in row)}{_share(share):>9}"
            for label, (row, share) in enumerate(
                zip(facts["confusion"], facts["class_accuracy"], strict=True)
            )
        ),
        *_worst_lines(facts["worst"], names, answers),
    ]


def _worst_lines(worst: list[dict[str, Any]], names: list[str], answers: list[str]) -> list[str]:
    if not worst:
        return []
    wide = max(8, 1 + max(map(len, [*names, *answers])))
    return [
        "",
        f"{'image':>7}{'actual':>{wide}}{'predicted':>{wide + 3}}{'probability':>13}",
        *(
            f"{each['image']:>7}{names[each['true']]:>{wide}}{answers[each['answered']]:>{wide + 3}}"
            f"{each['probability']:>13.4%}"
            for each in worst
        ),
    ]


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _flags(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    add_dataset(parser, of_run=True)
    parser.add_argument(
        "--worst",
        type=count,
        default=20,
        metavar="N",
        help="how many misread images are listed, the most probable first (default: 20)",
    )
    add_json(parser)


COMMAND = Command(
    60,
    "which test images a network misreads",
    "Test a network: how often each class is predicted as each, how well its probabilities hold, "
    "and the images that it misreads with the highest probability.",
    _flags,
    mistakes_command,
)
