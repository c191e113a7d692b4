"""The command `compare`: two networks on the same test images, and the road between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from engine.cli.parts import which
from engine.cli.parts.command import Answer, Row, attributes, command
from engine.cli.parts.terminal import joined
from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_context, with_marks
from engine.core.messages import answer
from engine.core.specs import loss_words
from engine.core.text import accuracy_words, class_name, fine_percent, fitted, in_columns
from engine.data.dataset import say_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.analysis.probes.comparison import Comparison
    from engine.analysis.probes.road import Road
    from engine.model.training.run import Run
    from engine.session.session import Session


@command(65, mark("what two networks answer differently, and the road between them"))
def compare_command(
    one: str,
    other: str,
    *,
    session: Annotated[str | None, which.SESSION] = None,
    match: bool = False,
    road: bool = False,
    dataset: which.RunsDataset = None,
    worst: which.Count = 20,
    json: which.Json = False,
) -> Answer:
    """Set two networks side by side: what they answer differently, how alike their layers are, which settings differ,
    and what lies on the road between their weights.

    one RUN: a run by its letter or title, or RUN@SNAPSHOT; SNAPSHOT is a step (550), the end of an epoch (e10), the
        name of a bookmark, first or last
    other OTHER: the network it is compared with, named in the same way
    match: put the other's neurons in the order in which they are most like
    road: test 25 mixtures of the two; with --match also of the matched neurons
    worst N: how many images that are answered differently are listed (default: 20; --json: all)
    """
    from engine.analysis.probes.comparison import Comparison, compare
    from engine.analysis.probes.road import Road
    from engine.analysis.probes.road import road as road_between
    from engine.core.lens import Lens, Share
    from engine.model.network.mixture import are_alike
    from engine.model.training.courses import course_of, differing, plain_course
    from engine.session.named import moment_called

    with which.look_at(which.session_path(session)) as opened:
        (run, step), (other_run, other_step) = (moment_called(opened, name) for name in (one, other))
        which.say_meant(session, opened, (run, step), (other_run, other_step))
        if (match or road) and not are_alike(run, other_run):
            raise UserError(
                tr(
                    "Runs {one} and {other} have different layers or numbers of classes, so they can be neither "
                    "matched nor mixed.",
                    one=run.label,
                    other=other_run.label,
                ),
                hint=tr("Leave --match and --road out."),
            )
        which.open_data(opened, dataset, run.name)
        lens, share = Lens(run.name, step), Share(other_run.name, other_step, 1.0, match)
        comparison = answer(compare(opened, lens, share), Comparison)
        ways = [False, *([True] if match else [])] if road else []
        roads = [answer(road_between(opened, lens, share._replace(matched=matched)), Road) for matched in ways]
        runs = (run, other_run)
        # Of each run the value, or [step, value] pairs if it changed.
        settings = {name: [plain_course(course_of(run, name)) for run in runs] for name in differing(runs)}
        yield Row(_facts(comparison, roads, settings), _lines(opened, comparison, roads, runs, worst))


def _facts(comparison: Comparison, roads: list[Road], settings: dict[str, list[Any]]) -> dict[str, Any]:
    both, one, other, none = comparison.right
    images = len(comparison.labels)
    return {
        **attributes(comparison, "run", "step"),
        "other": comparison.other.run,
        "other_step": comparison.other.moment,
        "matched": comparison.other.matched,
        "images": images,
        "remarks": comparison.remarks,
        "accuracy": [(both + one) / images, (both + other) / images],
        "both_right": both,
        "only_one_right": one,
        "only_other_right": other,
        "neither_right": none,
        "differing": [
            {
                "image": number,
                "true": int(comparison.labels[number]),
                "answers": comparison.answers[:, number],
                "probabilities": comparison.probabilities[:, number],
            }
            for number in comparison.differing.tolist()
        ],
        "cka": comparison.alike,
        "settings": settings,
        "roads": [
            {
                "matched": road.other.matched,
                **attributes(road, "places", "accuracies", "loss", "losses", "barrier", "loss_barrier"),
                **({"remark": road.remark} if road.remark else {}),
            }
            for road in roads
        ],
    }


def _lines(session: Session, comparison: Comparison, roads: list[Road], runs: tuple[Run, Run], worst: int) -> list[str]:
    from engine.model.training.learned import answer_names

    both, one, other, none = comparison.right
    images = len(comparison.labels)
    data = session.data()
    differing = comparison.differing.tolist()
    names = [data.classes, *(answer_names(data, run) for run in runs)]
    return [
        tr(
            "Run {one} at step {step:,} and run {other} at step {other_step:,} on {data}",
            one=runs[0].label,
            step=comparison.step,
            other=runs[1].label,
            other_step=comparison.other.moment,
            data=say_summary(data.summary),
        ),
        tr(
            "{share} and {accuracy} are read correctly",
            share=fine_percent((both + one) / images, images),
            accuracy=accuracy_words((both + other) / images, images),
        ),
        tr(
            "both {both:,}, only the one {one:,}, only the other {other:,}, neither {none:,}; {differing:,} are "
            "answered differently",
            both=both,
            one=one,
            other=other,
            none=none,
            differing=len(differing),
        ),
        *comparison.remarks,
        "",
        *_settings(runs),
        tr("how alike the layers are (CKA), a row for each of the one, the outputs last:"),
        *(with_marks("".join(f"{value:8.3f}" for value in row)) for row in comparison.alike.tolist()),
        *(line for road in roads for line in _road_lines(road)),
        *_images(comparison, differing[:worst], names),
    ]


def _settings(runs: tuple[Run, Run]) -> list[str]:
    from engine.core.knobs import knobs
    from engine.core.specs import TrainSpec
    from engine.model.training.courses import differing, say_setting_of

    titles = knobs(TrainSpec)
    lines = [f"{titles[name].title}: {joined(say_setting_of(run, name) for run in runs)}" for name in differing(runs)]
    return [*lines, ""] if lines else []


def _road_lines(road: Road) -> list[str]:
    rows = zip(road.places.tolist(), road.accuracies.tolist(), road.losses.tolist(), strict=True)
    heads = tr("way"), tr("accuracy"), tr("loss")
    forms = fitted((">7", ">9", ">8"), [heads])
    return [
        "",
        tr(
            "the road, {matched_or_not}: barrier {barrier:.2f} points of accuracy, {loss_barrier:.4f} of {loss}, "
            "the loss below",
            matched_or_not=tr("neurons matched") if road.other.matched else tr("neurons as trained"),
            barrier=100 * road.barrier,
            loss_barrier=road.loss_barrier,
            loss=loss_words(road.loss),
        ),
        *([road.remark] if road.remark else []),
        in_columns(forms, heads),
        *(
            with_marks(in_columns(forms, (f"{place:.0%}", f"{accuracy:.2%}", f"{loss:.4f}")))
            for place, accuracy, loss in rows
        ),
    ]


def _images(comparison: Comparison, numbers: list[int], names: Sequence[Sequence[str]]) -> list[str]:
    """Return a row for each image; `names` are those of the classes, and of both networks' answers."""
    if not numbers:
        return []
    columns = (labels[numbers].tolist() for labels in (comparison.labels, *comparison.answers))
    rows = [
        (tr("image"), tr("actual"), tr_context("network", "one"), tr("other")),
        *((f"{number}", *map(class_name, names, labels)) for number, *labels in zip(numbers, *columns, strict=True)),
    ]
    wide = max(len(name) for _, *names_of_row in rows for name in names_of_row)
    forms = fitted((">7", *(f">{max(7, wide)}",) * 3), rows)
    return ["", *(in_columns(forms, row, " ") for row in rows)]
