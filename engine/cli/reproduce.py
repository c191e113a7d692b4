"""The command `reproduce`: experiments that reproduce findings of papers."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from engine.cli.parts.command import AnswerWithStatus, Row, attributes, command
from engine.cli.parts.terminal import InterruptedJobError, messages, say, say_notice
from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_plural, with_marks
from engine.core.machine.signals import interruptible
from engine.core.messages import Notice
from engine.core.text import fitted, in_columns

if TYPE_CHECKING:
    from engine.session.session import Session
    from engine.studies.experiments.parts.experiment import Experiment
    from engine.studies.experiments.parts.experiment import Row as FigureRow
    from engine.studies.experiments.parts.messages import ExperimentResult

ALL = "all"
WAIT_SECONDS = 0.2  # how long a turn waits for news of the processes; signals are handled at its end

# Heads of the columns that the printed lines and the table in Markdown share.
FIGURES = mark("paper"), mark("asked for here"), mark("here"), mark("interval"), mark("standing"), mark("seeds")

FORMS = ("<12", ">19", ">16", ">8", ">17", "<14", ">5", ">7", "<0")  # of the columns

INTERVAL = mark(
    "Interval: another seed falls into it 19 times of 20 (prediction interval, Student's t; docs/experiments.md says "
    "more)."
)


@command(13, mark("try what papers found"), exclusive=[("seeds", "seed"), ("json", "table")])
def reproduce_command(
    name: str = ALL,
    *,
    list: bool = False,
    seeds: int | None = None,
    seed: str | None = None,
    session: Path | None = None,
    json: Annotated[bool, "print one JSON object per experiment"] = False,
    table: Path | None = None,
) -> AnswerWithStatus:
    """Carry out experiments that reproduce papers, each with several seeds, on MNIST where it is on this computer, and
    print their figures beside the papers'.

    name NAME: an experiment
    list: name all experiments and their questions
    seeds COUNT: the number of seeds, from 1 on (default: 5, of grokking 3)
    seed SEEDS: the seeds themselves: 6..10, or 3,8
    session FILE: the session that keeps the runs, made if need be (default: none)
    table FILE: print a table in Markdown of what --json printed into FILE, and carry out none
    """
    from engine.cli.parts.train_session import session_at
    from engine.session.session import Session
    from engine.studies.experiments.parts.experiment import all_experiments, experiment_called

    if table:
        yield Row(None, markdown(table))
        return 0
    chosen = all_experiments() if list or name == ALL else {name: experiment_called(name)}
    wanted_seeds = read_seeds(seeds, seed)
    if list:
        yield from (_listed(name, experiment) for name, experiment in chosen.items())
        return 0
    # Signals are handled until the session is closed, as a terminal that is closed sends several of them.
    with interruptible() as interrupted:
        opened = Session() if session is None else session_at(session.absolute())
        try:
            status = yield from _carry_out(opened, [*chosen], wanted_seeds, interrupted, as_json=json)
        finally:
            is_saved = opened.close()
    if session and not is_saved:
        say(tr("The session could not be saved."))
        return status or 1
    return status


def read_seeds(count: int | None, named: str | None) -> list[int]:
    """Return the seeds of `--seeds 5` or `--seed 6..10,12`, none without either; `UserError` if they are no seeds."""
    from engine.studies.experiments.parts.experiment import MOST_SEEDS
    from engine.studies.sweep.plan import read_over

    if named is not None:
        seeds = [int(value) for value in read_over(f"seed={named}")[1]]
    else:
        seeds = list(range(1, (count or 0) + 1))
    if (count is not None and count < 1) or len(seeds) > MOST_SEEDS:
        raise UserError(tr("An experiment has between 1 and {most} seeds.", most=MOST_SEEDS), hint=tr("Name others."))
    return seeds


def _carry_out(
    session: Session, names: Sequence[str], seeds: Sequence[int], interrupted: list[int], *, as_json: bool
) -> AnswerWithStatus:
    from engine.studies.experiments.parts.experiment import experiment_called
    from engine.studies.experiments.parts.job import reproduce
    from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult

    results: dict[str, ExperimentResult] = {}
    printed: set[tuple[str, str]] = set()
    start = time.monotonic()
    job = reproduce(session, names, seeds=seeds, keep_runs=session.store is not None, wait_seconds=WAIT_SECONDS)
    signal: InterruptedJobError | None = None
    is_headed = False
    heads = [*map(tr, (mark("experiment"), *FIGURES, mark("seconds"), mark("what")))]
    forms = fitted(FORMS, [heads])

    def rows(result: ExperimentResult) -> Iterator[Row]:
        nonlocal is_headed
        if not is_headed:
            is_headed = True
            yield Row(None, in_columns(forms, heads))
        if result.remark and not as_json:
            say(experiment_called(result.experiment).say(result.remark))
        yield Row(_facts(result), _lines(result, forms))

    try:
        for message in messages(job, interrupted, with_tensorflow=False):
            if isinstance(message, Notice):
                say_notice(message)
            elif isinstance(message, ExperimentProgress):
                progress = message.experiment, message.words
                if not as_json and progress not in printed:
                    say(": ".join(progress))
                printed.add(progress)
            elif isinstance(message, ExperimentResult):
                results[message.experiment] = message
                if message.is_whole:
                    yield from rows(message)
    except InterruptedJobError as error:
        signal = error
    for result in results.values():
        if not result.is_whole:
            yield from rows(result)
    if signal:
        finished = sum(len(result.seeds) for result in results.values())
        say(tr_plural("Interrupted: {count:,} seed finished.", "Interrupted: {count:,} seeds finished.", finished))
        return signal.status
    seconds = time.monotonic() - start
    figures = [row for name in names if name in results for row in results[name].rows]
    yield Row(None, [f"{summary(figures)} {with_marks(f'{seconds:,.0f}')} s.", tr(INTERVAL)])
    return 0


def _listed(name: str, experiment: Experiment) -> Row:
    facts = {
        "experiment": name,
        **attributes(experiment, "title", "question"),
        "paper": experiment.cited,
        **attributes(experiment, "seconds", "seeds"),
    }
    time_taken = f"{experiment.seeds} × {experiment.seconds:.0f} s"
    return Row(facts, f"{name:<12} {time_taken:>9}  {tr(experiment.question)} ({experiment.cited})")


def _lines(result: ExperimentResult, forms: Sequence[str]) -> Iterator[str]:
    from engine.studies.experiments.parts.experiment import WORDS, experiment_called

    name, seeds, seconds = result.experiment, f"{len(result.seeds)}", f"{result.seconds:.0f}"
    for row in result.rows:
        figure = row.figure
        cells = (tr(figure.says), figure.say_asked(), figure.say(row.here), row.say_interval())
        yield in_columns(forms, (name, *cells, tr(WORDS[row.standing]), seeds, seconds, tr(figure.what)))
        name = seeds = seconds = ""
    experiment = experiment_called(result.experiment)
    why = tr(experiment.differs) if result.standing in ("differs", "open") else ""
    of_seed = tr("Seed {seed}: {verdict}", seed=result.seeds[0], verdict=experiment.say(result.verdict))
    yield f"{'':<12} {experiment.cited}. {of_seed} {why}".rstrip()


def summary(rows: list[FigureRow]) -> str:
    """Return how figures compare with the papers, in a sentence."""
    from engine.studies.experiments.parts.experiment import say_standings

    return f"{say_standings(rows)}."


def markdown(file: Path) -> Iterator[str]:
    """Yield the table in docs/experiments.md from a file with the output of `--json`; `UserError` for another."""
    from engine.studies.experiments.parts.experiment import WORDS, all_experiments
    from engine.studies.experiments.parts.experiment import Row as FigureRow

    experiments = all_experiments()
    try:
        lines = map(json.loads, file.read_text("utf-8").splitlines())
        results = {line["experiment"]: line for line in lines}
        rows = {
            name: [
                FigureRow(
                    figure=figure,
                    seeds=tuple(math.nan if value is None else float(value) for value in row["by_seed"]),
                    resolution=float(row["resolution"]),
                    of_paper=not results[name]["remark"],
                )
                for figure, row in zip(experiment.figures, results[name]["rows"], strict=True)
            ]
            for name, experiment in experiments.items()
            if name in results
        }
        processor = {name: float(results[name]["processor"]) for name in rows}
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        sentence = tr("{file} does not hold what reproduce --json prints.", file=file.name)
        raise UserError(sentence, hint=tr("Give it a file of that output.")) from error
    head = ("experiment", "figure", *FIGURES, "processor")
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for name, of_name in rows.items():
        first = f"{name}, {experiments[name].cited}"
        last = f"{len(of_name[0].seeds)}", f"{processor[name]:,.0f} s"
        for row in of_name:
            figure, word = row.figure, WORDS[row.standing]
            shown = word if row.standing in ("agrees", "fits") else f"**{word}**"
            cells = (figure.what, figure.says, figure.say_asked(), figure.say(row.here), row.say_interval(), shown)
            yield f"| {' | '.join((first, *cells, *last))} |"
            first, last = "", ("", "")
    sentence = summary([row for of_name in rows.values() for row in of_name])
    yield ""
    yield f"{sentence} {tr('They took {seconds:,.0f} s of processor time.', seconds=sum(processor.values()))}"


def _facts(result: ExperimentResult) -> dict[str, Any]:
    from engine.studies.experiments.parts.experiment import experiment_called

    return {
        **attributes(result, "experiment", "seeds"),
        "rows": [
            {
                "what": row.figure.what,
                "paper": row.figure.says,
                **attributes(row.figure, "where", "read"),
                "asked": {"compare": row.figure.compare, "value": row.figure.asked, "tolerance": row.figure.tolerance},
                **attributes(row, "here", "interval", "resolution"),
                "by_seed": row.seeds,
                "standing": row.standing,
            }
            for row in result.rows
        ],
        "standing": result.standing,
        "seconds": round(result.seconds, 1),
        "processor": round(result.processor, 1),
        "verdict": f"Seed {result.seeds[0]}: {result.verdict}",  # no text
        "differs": experiment_called(result.experiment).differs if result.standing in ("differs", "open") else "",
        **attributes(result, "remark", "runs"),
        "curves_of_seed": result.seeds[0],
        "curves": {curve.label: {"x": curve.x, "y": curve.y} for curve in result.picture.curves},
    }
