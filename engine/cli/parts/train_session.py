"""The plan of the commands `train` and `teach`: the session of the run, its start, its settings and data."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.cli.parts.terminal import say
from engine.cli.parts.which import say_meant, session_path
from engine.core.errors import UserError
from engine.core.knobs import Value
from engine.core.language import tr
from engine.core.machine.bundled import STAYS, is_bundled
from engine.core.machine.device import Choice
from engine.core.machine.folders import as_path
from engine.core.messages import Job, run_through
from engine.core.specs import PRESETS, TrainSpec
from engine.data.dataset import say_summary
from engine.data.formats.reading import unreadable
from engine.data.sources import SAMPLE, open_dataset
from engine.model.training.changed import read_changed
from engine.model.training.learned import learned_data
from engine.model.training.messages import MemoryAsked, Parent
from engine.model.training.room import question
from engine.model.training.run import Run
from engine.session.jobs.examples import examples_in
from engine.session.jobs.files import say_damage
from engine.session.jobs.teach import teach
from engine.session.jobs.train import resumed_spec, train
from engine.session.jobs.twins import ask_first, split
from engine.session.named import moment_called
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import create_store, open_store
from engine.session.store.store import Store
from engine.session.store.trouble import cannot_read, plain_reason


class TrainingRequest(NamedTuple):
    """The flags of `train`."""

    preset: str | None
    session: str | None
    resume: str | None
    split: str | None
    device: Choice
    large: bool
    dataset: str | None
    settings: Mapping[str, Value]  # the given ones, by name


class Planned(NamedTuple):
    """A session, to be closed at the end, and the job that adds a run to it."""

    session: Session
    job: Job


def planned(wanted: TrainingRequest) -> Planned:
    """Open the session and the data of the flags. Raises `UserError`; then nothing is left open or created."""
    session = _session(wanted)
    try:
        if wanted.resume is None:
            _open_data(session, wanted.dataset)
            job = _job(session, PRESETS[wanted.preset or "blog"].spec.but(**wanted.settings), None, wanted)
        else:
            job = _from_moment(session, wanted)
        if wanted.session is not None and session.store is None:  # last: a refusal leaves no empty file
            session.begin(_created(as_path(wanted.session)))
        if session.store is not None and not session.store.read_only:
            places.remember(session.store.path)
        return Planned(session, job)
    except BaseException:
        session.close()
        raise


def planned_teaching(
    examples: Sequence[str], file: str | None, named: str | None, dataset: str | None, device: Choice
) -> Planned:
    """Open the session and read the examples of the command `teach`; otherwise as `planned`."""
    session = _existing(session_path(file))
    try:
        run, step = moment_called(session, named)
        say_meant(file, session, (run, step))
        _open_rehearsal(session, run, dataset)
        new = [example for path in examples for example in run_through(examples_in(as_path(path), run.shape))]
        session.examples = {**session.examples, **dict(enumerate(new, start=1 + max(session.examples, default=0)))}
        if session.store is not None and not session.store.read_only:
            places.remember(session.store.path)
        return Planned(session, teach(session, Parent(run.name, step), new, device))
    except BaseException:
        session.close()
        raise


def _open_rehearsal(session: Session, run: Run, wanted: str | None) -> None:
    """Open the named data, or those that the run learned from, or else the default ones."""
    try:
        _open_data(session, wanted or run.source or SAMPLE)
    except UserError:
        if wanted:
            raise
        _open_data(session, None)


def _open_data(session: Session, wanted: str | None) -> None:
    opened, notice = open_dataset(wanted)
    session.replace_data(opened)
    say(notice)


def _from_moment(session: Session, wanted: TrainingRequest) -> Job:
    run, step = moment_called(session, wanted.resume)
    say_meant(wanted.session, session, (run, step))
    spec = resumed_spec(run, step, wanted.settings)
    try:
        _open_data(session, wanted.dataset or run.source or SAMPLE)
    except UserError as error:
        if wanted.dataset:
            raise
        sentence = tr(
            "The data of run {run} cannot be found: {dataset}.", run=run.name, dataset=say_summary(run.dataset)
        )
        raise UserError(sentence, hint=tr("Name them with --dataset.")) from error
    return _job(session, spec, Parent(run.name, step), wanted)


def _job(session: Session, spec: TrainSpec, parent: Parent | None, wanted: TrainingRequest) -> Job:
    if wanted.split is not None:
        twins = spec, read_changed(wanted.split), parent, wanted.device
        both = split(session, *twins, large=True)
        if not wanted.large:
            for message in ask_first(session, *twins):
                assert isinstance(message, MemoryAsked)
                raise UserError(message.sentence, hint=tr("Add --large to train them all the same."))
        return both
    job = train(session, spec, parent, wanted.device, large=True)
    if not wanted.large and (sentence := question(spec, learned_data(session.data(), spec), wanted.device)):
        raise UserError(sentence, hint=tr("Add --large to train it all the same."))
    return job


def _session(wanted: TrainingRequest) -> Session:
    """Return an existing session, or one without a file yet, whose autosave no later `train` removes."""
    if wanted.session is None and wanted.resume is None:
        return _without_place()
    return _opened(session_path(wanted.session), is_there=wanted.resume is not None)


def session_at(path: Path) -> Session:
    """Open a session for writing, or create one. Raises `UserError`."""
    if is_bundled(path):
        raise UserError(tr(STAYS), hint=tr("Choose another place."))
    session = _opened(path)
    if session.store is None:
        session.begin(_created(path))
    return session


def _opened(path: Path, *, is_there: bool = False) -> Session:
    """Open a session for writing, or return one without a file yet, unless the file must be there."""
    try:
        if is_there or path.exists():
            return _existing(path)
    except OSError as error:
        raise unreadable(path, error) from error
    return Session(new_place=places.new_autosave)


def _without_place() -> Session:
    return Session(None, lambda: places.new_autosave(places.COMMAND_LINE))


def _existing(path: Path) -> Session:
    """Open a session for writing; the bundled one stays unchanged, and additions go into a new file."""
    stays = is_bundled(path)
    opened = run_through(open_store(path))
    if opened.read_only and not stays:
        opened.store.close()
        raise UserError(opened.read_only, hint=tr("Name another file with --session."))
    session = _without_place() if stays else Session(new_place=places.new_autosave)
    try:
        contents = opened.store.load()
    except (sqlite3.Error, UserError) as error:
        opened.store.close(whole=opened.is_whole)
        if isinstance(error, UserError):
            raise
        raise cannot_read(path, error) from error
    session.begin(opened.store, contents)
    say(opened.mended)
    say(say_damage(path, contents.damage))
    return session


def _created(path: Path) -> Store:
    if not path.parent.is_dir():
        raise UserError(
            tr("There is no folder {path}.", path=path.parent), hint=tr("Make it first, or name another file.")
        )
    try:
        return create_store(path)
    except FileExistsError:
        raise UserError(
            tr("{file} is being written by another process.", file=path.name), hint=tr("Name another file.")
        ) from None
    except (OSError, sqlite3.Error) as error:
        raise UserError(
            tr("{path} cannot be written: {reason}.", path=path, reason=plain_reason(error, path)),
            hint=tr("Name another file."),
        ) from error
