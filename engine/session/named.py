"""Runs, moments and neurons by the names that a person gives them in a command or a call."""

import re

from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_plural
from engine.core.lens import Neuron
from engine.core.machine import bundled
from engine.core.text import all_of
from engine.model.training.run import Run
from engine.session.session import Session

FIRST, LAST = "first", "last"
MOST_NAMED = 12  # maximum number of moments that are listed; of more only some at both ends


def run_called(session: Session, wanted: str | None) -> Run:
    """Return the run with this letter or title, `None` for the newest or the blog's; `UserError` lists the runs."""
    if not session.runs:
        raise UserError(tr("The session has no runs."), hint=tr("Train one first."))
    if wanted is None and session.store and bundled.is_bundled(session.store.path):
        return session.runs[bundled.BLOG]
    if wanted is None:
        return next(reversed(session.runs.values()))
    runs = _runs_called(session, wanted)
    if len(runs) > 1:
        letters = all_of(run.name for run in runs)
        raise UserError(
            tr("More than one run is called {name}: {letters}.", name=wanted.strip(), letters=letters),
            hint=tr("Name one by its letter."),
        )
    if not runs:
        there = ", ".join(f"{run.name} · {run.title}" if run.title else run.name for run in session.runs.values())
        sentence = tr_plural(
            "There is no run {name}; there is {runs}.",
            "There is no run {name}; there are {runs}.",
            len(session.runs),
            name=wanted.strip(),
            runs=there,
        )
        raise UserError(sentence)
    return runs[0]


def moment_called(session: Session, wanted: str | None) -> tuple[Run, int]:
    """Return the run and step of `RUN` (its newest) or `RUN@MOMENT`; `UserError` lists the runs or moments."""
    places = [place for place, letter in enumerate(wanted or "") if letter == "@"]
    if wanted is None or not places or _runs_called(session, wanted):
        run = run_called(session, wanted)
        return run, step_called(run, None)
    place = next((place for place in reversed(places) if _runs_called(session, wanted[:place])), places[0])
    run = run_called(session, wanted[:place])
    return run, step_called(run, wanted[place + 1 :])


def step_called(run: Run, wanted: str | None) -> int:
    """Return the step of the moment, the last for `None`; bookmarks come last. `UserError` lists the moments."""
    steps = tuple(run.moments)
    if not steps:
        raise UserError(tr("Run {run} has no snapshots.", run=run.name), hint=tr("Choose another run."))
    text = (wanted if wanted is not None else LAST).strip()
    if text.lower() in (FIRST, LAST):
        return steps[0] if text.lower() == FIRST else steps[-1]
    number = re.fullmatch(r"(e|epoch)? *([0-9]{1,15})", text, re.IGNORECASE)
    if number:
        step = int(number[2]) * (run.steps_per_epoch if number[1] else 1)
        if step in run.moments:
            return step
    if named := [step for step, name in run.bookmarks.items() if name == text and step in run.moments]:
        return named[-1]
    is_epoch, is_step = bool(number and number[1]), bool(number and not number[1])
    raise UserError(_no_such_moment(run, text, is_epoch=is_epoch, is_step=is_step))


def neuron_called(run: Run, layer: int, number: int) -> Neuron:
    """Return a neuron by its number from 0 in a hidden layer from 1; raise `UserError` if the run has none such."""
    widths = [layer.width for layer in run.spec.hidden]
    if not 1 <= layer <= len(widths):
        raise UserError(
            tr("Run {run} has no hidden layer {layer}, only {layers}.", run=run.name, layer=layer, layers=len(widths))
        )
    if not 0 <= number < widths[layer - 1]:
        last = widths[layer - 1] - 1
        raise UserError(
            tr(
                "Run {run} has no neuron {neuron} in hidden layer {layer}; the last is {last}.",
                run=run.name,
                neuron=number,
                layer=layer,
                last=last,
            )
        )
    return Neuron(layer - 1, number)


def _runs_called(session: Session, text: str) -> list[Run]:
    """Return the run with that letter, else those with that title, if necessary regardless of case."""
    text = text.strip()
    runs = session.runs.values()
    return (
        [run for run in runs if run.name == text.upper()]
        or [run for run in runs if run.title and run.title == text]
        or [run for run in runs if run.title and run.title.casefold() == text.casefold()]
    )


def _no_such_moment(run: Run, text: str, *, is_epoch: bool, is_step: bool) -> str:
    if is_epoch:
        ends = [step // run.steps_per_epoch for step in run.moments if step % run.steps_per_epoch == 0]
        there = _listed([f"e{epoch}" for epoch in ends])
    else:
        there = _listed([str(step) for step in run.moments])
    names = ", ".join(name for step, name in run.bookmarks.items() if step in run.moments)
    sentences = {
        (False, False): mark("Run {run} has no snapshot {snapshot}; its snapshots are {there}."),
        (False, True): mark(
            "Run {run} has no snapshot {snapshot}; its snapshots are {there}; "
            "write e{snapshot} for the end of epoch {snapshot}."
        ),
        (True, False): mark("Run {run} has no snapshot {snapshot}; its snapshots are {there}, and by name {names}."),
        (True, True): mark(
            "Run {run} has no snapshot {snapshot}; its snapshots are {there}, and by name {names}; "
            "write e{snapshot} for the end of epoch {snapshot}."
        ),
    }
    return tr(sentences[bool(names), is_step], run=run.name, snapshot=text, there=there, names=names)


def _listed(words: list[str]) -> str:
    if len(words) > MOST_NAMED:
        words[MOST_NAMED - 2 : -1] = ["…"]
    return ", ".join(words).replace("…,", "…")
