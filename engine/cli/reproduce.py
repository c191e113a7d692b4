"""The command `reproduce`: what papers found, tried on this computer."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import time
from typing import TYPE_CHECKING, Any, Protocol

from engine.base.errors import UserError
from engine.base.messages import Notice
from engine.base.numbers import number, plural
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_json
from engine.cli.parts.terminal import say
from engine.system.folders import as_path
from engine.system.signals import interruptible, status_of

if TYPE_CHECKING:
    from pathlib import Path

    from engine.experiments.parts.experiment import Experiment, Row
    from engine.experiments.parts.messages import ExperimentResult
    from engine.session.session import Session

ALL = "all"

WAIT_SECONDS = 0.2
"""How long a turn waits for news of the processes; a signal is heard of at its end."""

COLUMNS = (
    "experiment",
    "paper",
    "asked for here",
    "here",
    "interval",
    "standing",
    "seeds",
    "seconds",
    "what",
)
_LINE = "{:<12} {:>20} {:>17} {:>9} {:>18}  {:<14}  {:>5}  {:>7}  {}"

INTERVAL = (
    "another seed falls into it 19 times of 20 (prediction interval, Student's t; "
    "docs/experiments.md says more)."
)


def reproduce_command(wanted: argparse.Namespace) -> int:
    """Carry the experiments out, print their tables, and return 0: also where a figure is not the paper's."""
    from engine.experiments.parts.experiment import all_experiments, experiment_called

    if wanted.table:
        print_markdown(as_path(wanted.table))
        return 0
    are_all = wanted.name == ALL or wanted.list
    chosen = all_experiments() if are_all else {wanted.name: experiment_called(wanted.name)}
    seeds = read_seeds(wanted.seeds, wanted.seed)
    if wanted.list:
        _print_list(chosen, as_json=wanted.json)
        return 0
    with interruptible() as interrupted:
        session = _session(wanted.session)
        teller = _Json() if wanted.json else _Table()
        try:
            status = _run(session, list(chosen), seeds, teller, interrupted)
        finally:
            is_saved = session.close()
    if wanted.session and not is_saved:
        say("The session could not be saved.")
        return status or 1
    return status


def read_seeds(count: int | None, named: str | None) -> list[int]:
    """Return the seeds that `--seeds 5` or `--seed 6..10,12` name; none where neither is given.

    Raises `UserError` where they are no seeds.
    """
    from engine.experiments.parts.interval import MOST_SEEDS
    from engine.sweep.plan import read_over

    if named is not None:
        seeds = [int(value) for value in read_over(f"seed={named}")[1]]
    else:
        seeds = list(range(1, (count or 0) + 1))
    if (count is not None and count < 1) or len(seeds) > MOST_SEEDS:
        raise UserError(f"An experiment has between 1 and {MOST_SEEDS} seeds.", hint="Name others.")
    return seeds


def _session(file: str | None) -> Session:
    from engine.cli.parts.train_session import session_at
    from engine.session.session import Session

    return Session() if file is None else session_at(as_path(file).absolute())


def _run(
    session: Session, names: list[str], seeds: list[int], teller: _Teller, interrupted: list[int]
) -> int:
    from engine.experiments.parts.job import reproduce
    from engine.experiments.parts.messages import ExperimentProgress, ExperimentResult

    results: dict[str, ExperimentResult] = {}
    begun = time.monotonic()
    job = reproduce(
        session, names, seeds=seeds, keep_runs=session.store is not None, wait_seconds=WAIT_SECONDS
    )
    with contextlib.closing(job) as turns:
        for message in turns:
            if isinstance(message, Notice):
                say(f"{message.sentence} {message.hint}".strip())
            elif isinstance(message, ExperimentProgress):
                teller.tell_progress(message.experiment, message.words)
            elif isinstance(message, ExperimentResult):
                results[message.experiment] = message
                if message.is_whole:
                    teller.tell(message)
            if interrupted:
                break
    for result in results.values():
        if not result.is_whole:
            teller.tell(result)
    if interrupted:
        say(f"Interrupted: {plural(sum(len(each.seeds) for each in results.values()), 'seed')} finished.")
        return status_of(interrupted[0])
    teller.tell_end([results[name] for name in names if name in results], time.monotonic() - begun)
    return 0


def _print_list(chosen: dict[str, Experiment], *, as_json: bool) -> None:
    for name, experiment in chosen.items():
        if as_json:
            row = {"experiment": name, "title": experiment.title, "question": experiment.question}
            takes = {"seconds": experiment.seconds, "seeds": experiment.seeds}
            print(json.dumps({**row, "paper": experiment.cited, **takes}))
        else:
            takes_time = f"{experiment.seeds} × {experiment.seconds:.0f} s"
            print(f"{name:<12} {takes_time:>9}  {experiment.question} ({experiment.cited})")


class _Teller(Protocol):
    def tell_progress(self, name: str, words: str) -> None:
        """Say what is being done."""

    def tell(self, result: ExperimentResult) -> None:
        """Print what an experiment came to."""

    def tell_end(self, results: list[ExperimentResult], seconds: float) -> None:
        """Print what is to be said of all."""


class _Table:
    """A line per figure, as soon as all seeds of an experiment are finished."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()
        self._is_headed = False

    def tell_progress(self, name: str, words: str) -> None:
        """Say it on stderr, once."""
        if (name, words) not in self._said:
            self._said.add((name, words))
            say(f"{name}: {words}")

    def tell(self, result: ExperimentResult) -> None:
        from engine.experiments.parts.experiment import WORDS, experiment_called

        if not self._is_headed:
            print(_LINE.format(*COLUMNS))
            self._is_headed = True
        if result.remark:
            say(result.remark)
        name, seeds, seconds = result.experiment, f"{len(result.seeds)}", f"{result.seconds:.0f}"
        for row in result.rows:
            figure = row.figure
            cells = (figure.says, figure.say_asked(), figure.say(row.here), row.say_interval())
            print(_LINE.format(name, *cells, WORDS[row.standing], seeds, seconds, figure.what), flush=True)
            name = seeds = seconds = ""
        experiment = experiment_called(result.experiment)
        why = experiment.differs if result.standing in ("differs", "open") else ""
        print(
            f"{'':<12} {experiment.cited}. Seed {result.seeds[0]}: {result.verdict} {why}".rstrip(),
            flush=True,
        )

    def tell_end(self, results: list[ExperimentResult], seconds: float) -> None:
        rows = [row for result in results for row in result.rows]
        print(f"{summed_up(rows)} {seconds:,.0f} s.")
        print(f"Interval: {INTERVAL}")


def summed_up(rows: list[Row]) -> str:
    """Return how figures stand to the papers, in a sentence."""
    from engine.experiments.parts.experiment import say_standings

    said = say_standings(rows)
    return f"{said[:1].upper()}{said[1:]}."


def print_markdown(file: Path) -> None:
    """Print the table of docs/experiments.md from what `--json` has printed into a file.

    Raises `UserError` where that is something else.
    """
    from engine.experiments.parts.experiment import WORDS, Row, all_experiments

    experiments = all_experiments()
    try:
        results = {each["experiment"]: each for each in map(json.loads, file.read_text("utf-8").splitlines())}
        rows = {
            name: [
                Row(
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
        took = {name: float(results[name]["processor"]) for name in rows}
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise UserError(
            f"{file.name} does not hold what reproduce --json prints.", hint="Give it a file of that output."
        ) from error
    head = (
        "experiment",
        "figure",
        "paper",
        "asked for here",
        "here",
        "interval",
        "standing",
        "seeds",
        "processor",
    )
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for name, of_name in rows.items():
        first = f"{name}, {experiments[name].cited}"
        last = f"{len(of_name[0].seeds)}", f"{took[name]:,.0f} s"
        for row in of_name:
            figure, word = row.figure, WORDS[row.standing]
            shown = word if row.standing in ("agrees", "fits") else f"**{word}**"
            cells = (
                figure.what,
                figure.says,
                figure.say_asked(),
                figure.say(row.here),
                row.say_interval(),
                shown,
            )
            print(f"| {' | '.join((first, *cells, *last))} |")
            first, last = "", ("", "")
    said = summed_up([row for of_name in rows.values() for row in of_name])
    print(f"\n{said} They took {sum(took.values()):,.0f} s of processor time.")


class _Json:
    """One JSON object per experiment on stdout."""

    def tell_progress(self, name: str, words: str) -> None:
        """Print nothing."""

    def tell(self, result: ExperimentResult) -> None:
        print(json.dumps(_as_json(result), allow_nan=False), flush=True)

    def tell_end(self, results: list[ExperimentResult], seconds: float) -> None:
        """Print nothing: each line is an experiment."""


def _as_json(result: ExperimentResult) -> dict[str, Any]:
    from engine.experiments.parts.experiment import experiment_called

    return {
        "experiment": result.experiment,
        "seeds": list(result.seeds),
        "rows": [
            {
                "what": row.figure.what,
                "paper": row.figure.says,
                "where": row.figure.where,
                "read": row.figure.read,
                "asked": {
                    "compare": row.figure.compare,
                    "value": row.figure.asked,
                    "tolerance": row.figure.tolerance,
                },
                "here": number(row.here),
                "interval": row.interval and [number(end) for end in row.interval],
                "resolution": row.resolution,
                "by_seed": [number(value) for value in row.seeds],
                "standing": row.standing,
            }
            for row in result.rows
        ],
        "standing": result.standing,
        "seconds": round(result.seconds, 1),
        "processor": round(result.processor, 1),
        "verdict": f"Seed {result.seeds[0]}: {result.verdict}",
        "differs": experiment_called(result.experiment).differs
        if result.standing in ("differs", "open")
        else "",
        "remark": result.remark,
        "runs": list(result.runs),
        "curves_of_seed": result.seeds[0],
        "curves": {
            each.label: {"x": [number(x) for x in each.x.tolist()], "y": [number(y) for y in each.y.tolist()]}
            for each in result.picture.curves
        },
    }


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default=ALL, metavar="NAME", help="an experiment (default: all)")
    parser.add_argument("--list", action="store_true", help="name all experiments and their questions")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--seeds",
        type=int,
        metavar="COUNT",
        help="the number of seeds, from 1 on (default: 5, of grokking 3)",
    )
    which.add_argument("--seed", metavar="SEEDS", help="the seeds themselves: 6..10, or 3,8")
    parser.add_argument(
        "--session", metavar="FILE", help="the session that keeps the runs, made if need be (default: none)"
    )
    form = parser.add_mutually_exclusive_group()
    add_json(form, "print one JSON object per experiment")
    form.add_argument(
        "--table",
        metavar="FILE",
        help="print a table in Markdown of what --json printed into FILE, and carry out none",
    )


COMMAND = Command(
    13,
    "try what papers found",
    "Carry out experiments that reproduce papers, each with several seeds, on MNIST where it is on this computer, and "
    "print their figures beside the papers'.",
    _flags,
    reproduce_command,
)
