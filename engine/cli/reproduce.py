"""The command `reproduce`: what papers found, tried on this computer."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine.base.messages import Notice
from engine.base.numbers import number
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_json
from engine.cli.parts.terminal import say
from engine.system.signals import interruptible, status_of, until_interrupted

if TYPE_CHECKING:
    from engine.experiments.parts.experiment import Experiment
    from engine.experiments.parts.messages import ExperimentResult
    from engine.session.session import Session

ALL = "all"


def reproduce_command(wanted: argparse.Namespace) -> int:
    """Carry the experiments out, print their tables, and return 0: also where a figure is not the paper's."""
    from engine.experiments.parts.experiment import all_experiments, experiment_called

    are_all = wanted.name == ALL or wanted.list
    chosen = all_experiments() if are_all else {wanted.name: experiment_called(wanted.name)}
    if wanted.list:
        _print_list(chosen, as_json=wanted.json)
        return 0
    with interruptible() as interrupted:
        session = _session(wanted.session)
        teller = _Json() if wanted.json else _Table()
        try:
            status = _run(session, chosen, teller, interrupted)
        finally:
            is_saved = session.close()
    if wanted.session and not is_saved:
        say("The session could not be saved.")
        return status or 1
    return status


def _session(file: str | None) -> Session:
    from engine.cli.parts.train_session import session_at
    from engine.session.session import Session
    from engine.system.folders import as_path

    return Session() if file is None else session_at(as_path(file).absolute())


def _run(session: Session, chosen: Iterable[str], teller: _Json | _Table, interrupted: list[int]) -> int:
    from engine.experiments.parts.job import reproduce
    from engine.experiments.parts.messages import ExperimentProgress, ExperimentResult

    results: list[ExperimentResult] = []
    for name in chosen:
        with contextlib.closing(until_interrupted(reproduce(session, name), interrupted)) as turns:
            for message in turns:
                if isinstance(message, Notice):
                    say(f"{message.sentence} {message.hint}".strip())
                elif isinstance(message, ExperimentProgress):
                    teller.tell_progress(message.words)
                elif isinstance(message, ExperimentResult):
                    results.append(message)
                    teller.tell(message)
        if interrupted:
            say(f"Interrupted after {len(results)} experiments.")
            return status_of(interrupted[0])
        if session.store is None:
            session.runs.clear()  # nobody will look at them
    teller.tell_end(results)
    return 0


def _print_list(chosen: dict[str, Experiment], *, as_json: bool) -> None:
    for name, experiment in chosen.items():
        if as_json:
            row = {"experiment": name, "title": experiment.title, "question": experiment.question}
            print(json.dumps({**row, "paper": experiment.cited, "seconds": experiment.seconds}))
        else:
            print(f"{name:<12} {experiment.seconds:>4.0f} s  {experiment.question} ({experiment.cited})")


class _Table:
    """A line per figure, as soon as it is known."""

    def __init__(self) -> None:
        self._is_begun, self._told = False, ""

    def tell_progress(self, words: str) -> None:
        """Say on stderr what is being done, once."""
        if words != self._told:
            self._told = words
            say(words)

    def tell(self, result: ExperimentResult) -> None:
        from engine.experiments.parts.experiment import experiment_called

        if not self._is_begun:
            print(f"{'experiment':<12} {'paper':>20} {'here':>9}  within  seconds  what")
            self._is_begun = True
        if result.remark:
            say(result.remark)
        name, seconds = result.experiment, f"{result.seconds:.0f}"
        for row in result.rows:
            here, paper = row.figure.say(row.here), row.figure.say_paper()
            within = "yes" if row.within else "no"
            print(
                f"{name:<12} {paper:>20} {here:>9}  {within:<6}  {seconds:>7}  {row.figure.what}", flush=True
            )
            name = seconds = ""
        experiment = experiment_called(result.experiment)
        why = "" if result.within else experiment.differs
        print(f"{'':<12} {experiment.cited}: {result.verdict} {why}".rstrip(), flush=True)

    def tell_end(self, results: list[ExperimentResult]) -> None:
        """Print how many agree with their papers."""
        seconds = sum(each.seconds for each in results)
        agree = sum(each.within for each in results)
        print(f"{agree} of {len(results)} experiments are within the tolerances, {seconds:,.0f} s.")


class _Json:
    """One JSON object per experiment on stdout."""

    def tell_progress(self, words: str) -> None:
        """Print nothing."""

    def tell(self, result: ExperimentResult) -> None:
        print(json.dumps(_as_json(result), allow_nan=False), flush=True)

    def tell_end(self, results: list[ExperimentResult]) -> None:
        """Print nothing: each line is an experiment."""


def _as_json(result: ExperimentResult) -> dict[str, Any]:
    from engine.experiments.parts.experiment import experiment_called

    return {
        "experiment": result.experiment,
        "rows": [
            {
                "what": row.figure.what,
                "paper": row.figure.paper,
                "where": row.figure.where,
                "compare": row.figure.compare,
                "tolerance": row.figure.tolerance,
                "asked": row.figure.asked,
                "here": number(row.here),
                "within": row.within,
            }
            for row in result.rows
        ],
        "within": result.within,
        "seconds": round(result.seconds, 1),
        "verdict": result.verdict,
        "differs": "" if result.within else experiment_called(result.experiment).differs,
        "remark": result.remark,
        "runs": list(result.runs),
        "curves": {
            each.label: {"x": [number(x) for x in each.x.tolist()], "y": [number(y) for y in each.y.tolist()]}
            for each in result.picture.curves
        },
    }


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default=ALL, metavar="NAME", help="an experiment (default: all)")
    parser.add_argument("--list", action="store_true", help="name all experiments and their questions")
    parser.add_argument(
        "--session", metavar="FILE", help="the session that keeps the runs, made if need be (default: none)"
    )
    add_json(parser, "print one JSON object per experiment")


COMMAND = Command(
    13,
    "try what papers found",
    "Carry out experiments that reproduce papers, on MNIST where it is on this computer, and print their figures "
    "beside the papers'.",
    _flags,
    reproduce_command,
)
