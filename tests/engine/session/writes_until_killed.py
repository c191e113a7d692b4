"""A process that writes runs into a session as the training job does, without TensorFlow, until it is killed.

Arguments: the session, a seed, and what it does most of the time (a key of `ACTS`). Each epoch is printed once it is
saved, and where the session lies once that is told. What it writes follows from the run's name, so that whoever looks
at the file afterwards knows what must be in it.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.model.training.messages import EpochDone
from engine.model.training.run import Moment, Run, is_kept
from engine.session.jobs.files import save_session_as
from engine.session.jobs.runs import delete_runs
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import create_store, open_store
from engine.session.store.schema import SUFFIX
from tests.engine.session.store.runs import save_until_saved
from tests.engine.told import epoch_done

SPEC = TrainSpec(layers="40", batch=10, epochs=10_000)
STEPS_PER_EPOCH = 12
KEPT = 3  # runs; older ones are deleted, and each is announced before

SHAPES = ((196, 40), (40,), (40, 10), (10,))


def moment_of(run: str, step: int) -> Moment:
    """Return the moment that a run of this name has after `step` steps; the first one is the same for all runs."""
    generator = np.random.default_rng([*run.encode(), step] if step else 0)
    weights = tuple(generator.normal(size=shape).astype(np.float32) for shape in SHAPES)
    optimizer = (np.array(step), *(weight * 2 for weight in weights))
    return Moment(step=step, weights=weights, optimizer=optimizer)


def losses_of(run: str, epoch: int) -> np.ndarray:
    generator = np.random.default_rng([*run.encode(), 1_000_000 + epoch])
    return generator.normal(size=STEPS_PER_EPOCH).astype(np.float32)


def epoch_of(run: str, epoch: int) -> EpochDone:
    loss, accuracy = np.random.default_rng([*run.encode(), 2_000_000 + epoch]).uniform(size=2)
    figures = {"test_loss": float(loss), "test_accuracy": float(accuracy), "widths": (40,)}
    mean = float(losses_of(run, epoch).mean())
    return epoch_done(epoch, steps=STEPS_PER_EPOCH, run=run, train_loss=mean, **figures)


def write_run(session: Session, epochs: int) -> None:
    """Add a run, saving and printing in the order in which `engine.session.jobs.train` does."""
    name = f"R{1 + max((int(name[1:]) for name in session.runs), default=0):05}"
    run = session.runs[name] = Run(name=name, spec=SPEC, steps_per_epoch=STEPS_PER_EPOCH, shape=(14, 14))
    run.moments[0] = moment_of(name, 0)
    run.moment_bytes = run.moments[0].bytes
    session.save()
    for epoch in range(1, epochs + 1):
        losses = losses_of(name, epoch)
        for number in range(STEPS_PER_EPOCH):
            step = (epoch - 1) * STEPS_PER_EPOCH + number + 1
            run.losses.extend(losses[number : number + 1])
            run.norms.extend(np.ones((int(step % 10 == 0), 2), np.float32))
            if is_kept(step, STEPS_PER_EPOCH):
                run.moments[step] = moment_of(name, step)
                if step % STEPS_PER_EPOCH:
                    session.save()
        done = epoch_of(name, epoch)
        run.epochs.append(done)
        session.save()
        tell(run=name, epoch=epoch, test_loss=done.test_loss)


def open_at(path: Path, budget: int = 6_000_000) -> Session:
    """Return the session in a file, which is made where there is none."""
    session = Session(new_place=places.new_autosave)
    store = run_through(open_store(path)).store if path.exists() else create_store(path)
    session.begin(store, store.load())
    session.budget = budget  # so that moments are given up as well
    return session


def tell(**line: object) -> None:
    print(json.dumps(line), flush=True)


def tell_place(session: Session) -> None:
    session.save()  # that the file was renamed is seen then
    save_until_saved(session)
    tell(at=str(session.store.path))


def delete_old(session: Session, kept: int = KEPT) -> None:
    for name in list(session.runs)[:-kept]:
        tell(deleted=name)
        list(delete_runs(session, [name]))


def write_once(path: Path, epochs: int, **how: int) -> None:
    session = open_at(path, **how)
    write_run(session, epochs)
    delete_old(session)
    session.close()


def delete(path: Path, generator: np.random.Generator) -> None:
    """Runs that are hardly begun when they are deleted."""
    session = open_at(path)
    for _ in range(10):
        write_run(session, 1)
        delete_old(session, kept=2)
    session.close()


def save_as(path: Path, generator: np.random.Generator) -> None:
    """The session is saved in one place after the other, over what lay there before."""
    session = open_at(path)
    for number in range(10):
        write_run(session, 1)
        delete_old(session)
        list(save_session_as(session, str(path.with_name("ab"[number % 2] + SUFFIX))))
        tell_place(session)
    session.close()


def rename(path: Path, generator: np.random.Generator) -> None:
    """Somebody renames the file while it is open; the session goes on in an autosave until it is saved again."""
    session = open_at(path)
    while True:
        write_run(session, 2)
        delete_old(session)
        tell(moves=str(session.store.path))
        session.store.path.rename(path.with_name("moved" + SUFFIX))
        tell_place(session)
        write_run(session, 2)
        tell(to=str(path))
        list(save_session_as(session, str(path)))
        tell_place(session)


ACTS = {
    # long runs one after the other, and a new beginning after each
    "train": lambda path, generator: write_once(path, int(generator.integers(1, 25))),
    "delete": delete,
    # moments are given up at each save
    "thin": lambda path, _: write_once(path, 40, budget=1_000_000),
    # as soon as an epoch is over the file is closed and sealed, and opened again
    "close": lambda path, _: write_once(path, 1),
    "save as": save_as,
    "rename": rename,
}


def main() -> None:
    path, generator, act = Path(sys.argv[1]), np.random.default_rng(int(sys.argv[2])), ACTS[sys.argv[3]]
    tell()  # imported: from here on it may be killed
    while True:
        act(path, generator)


if __name__ == "__main__":
    main()
