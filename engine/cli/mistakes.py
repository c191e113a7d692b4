"""The command `mistakes`: how often each class is predicted as each, and the most probable mistakes."""

from typing import TYPE_CHECKING, Any

from engine.cli.parts.command import Answer, Row, attributes, command, jsonable
from engine.cli.parts.which import Count, Json, OfLens, RunsDataset, seen
from engine.core.errors import UserError
from engine.core.language import mark, tr, with_marks
from engine.core.messages import answer
from engine.core.text import class_name, fine_percent, fitted, in_columns
from engine.data.dataset import say_summary

if TYPE_CHECKING:
    from engine.analysis.probes.mistakes import Mistakes

MOST_LETTERS = 8  # of a class' name above its column


@command(60, mark("which test images a network misreads"))
def mistakes_command(*, of: OfLens, dataset: RunsDataset = None, worst: Count = 20, json: Json = False) -> Answer:
    """Test a network: how often each class is predicted as each, how well its probabilities hold, and the images that
    it misreads with the highest probability.

    worst N: how many misread images are listed, the most probable first
    """
    from engine.analysis.probes.calibration import Calibration, calibration
    from engine.analysis.probes.mistakes import Mistakes, mistakes
    from engine.model.training.learned import remark_on

    with seen(of, dataset) as (session, run, lens):
        result = answer(mistakes(session, lens), Mistakes)
        calibrated = answer(calibration(session, lens), Calibration)
        name, remark = say_summary(session.data().summary), remark_on(session.data(), run)
    if not result.is_finite:
        raise UserError(tr("The network's weights are no numbers, so it answers nothing."))
    facts = {
        **attributes(result, "run", "step"),
        "images": len(result.labels),
        "accuracy": result.accuracy,
        "ece": jsonable(calibrated.error),
        "classes": result.names,
        "answers": result.answer_names,
        "remark": remark,
        "class_accuracy": jsonable(result.class_accuracy),
        "confusion": result.confusion,
        "worst": [
            {
                "image": number,
                "true": int(result.labels[number]),
                "answered": int(result.answers[number]),
                "probability": float(result.probabilities[number]),
            }
            for number in result.images()[:worst].tolist()
        ],
    }
    yield Row(facts, _lines(result, facts, name))


def _lines(result: "Mistakes", facts: dict[str, Any], data: str) -> list[str]:
    names, answers = (
        [class_name(called, label) for label in range(len(result.confusion))]
        for called in (result.names, result.answer_names)
    )
    of_class, correct = tr("actual"), tr("correct")
    left, right = max(len(of_class), *map(len, names)), max(9, 2 + len(correct))
    letters = min(MOST_LETTERS, max(map(len, answers)))
    width = max(5, len(f"{result.confusion.max(initial=0):,}") + 1, letters + 1)
    head = "".join(f"{name[: width - 1]:>{width}}" for name in answers)
    return [
        tr("Run {run} at step {step:,} on {data}", run=result.run, step=result.step, data=data),
        tr(
            "{right:,} of {images:,} test images are classified correctly: {accuracy}; expected calibration error "
            "{error}",
            right=len(result.labels) - result.wrong,
            images=len(result.labels),
            accuracy=fine_percent(result.accuracy, len(result.labels)),
            error=_share(facts["ece"]),
        ),
        *filter(None, [facts["remark"]]),
        "",
        f"{of_class:>{left}}{head}{correct:>{right}}",
        *(
            f"{name:>{left}}{with_marks(''.join(f'{count:>{width},}' for count in row))}{_share(share):>{right}}"
            for name, row, share in zip(names, result.confusion, facts["class_accuracy"], strict=True)
        ),
        *_worst_lines(facts["worst"], names, answers),
    ]


def _worst_lines(worst: list[dict[str, Any]], names: list[str], answers: list[str]) -> list[str]:
    if not worst:
        return []
    wide = max(7, *map(len, names), *map(len, answers))
    rows = [
        (tr("image"), tr("actual"), tr("predicted"), tr("probability")),
        *(
            (
                f"{mistake['image']}",
                names[mistake["true"]],
                answers[mistake["answered"]],
                with_marks(f"{mistake['probability']:.4%}"),
            )
            for mistake in worst
        ),
    ]
    forms = fitted((">7", f">{wide}", f">{wide + 3}", ">12"), rows)
    return ["", *(in_columns(forms, row, " ") for row in rows)]


def _share(share: float | None) -> str:
    return "–" if share is None else with_marks(f"{share:.2%}")
