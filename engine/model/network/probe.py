"""A probe is a pure function that answers a question about networks and data. A decorator makes a job of it.

Its first arguments are the subject, which the decorator takes from the session: the network that the lens shows, and
the open data. Then come the parameters of the question.

    @network_probe      def answer(network, picture)
    @images_probe       def class_means(network, data, layer)
    @runs_probe         def mistakes(network, data, runs)
    @data_probe         def some_images(data, numbers)

The job's first arguments are the session and, unless its subject is only data, the lens. It raises `NotYetError` where
the run was deleted or has no weights yet, or there are no data, and `UserError` where the data do not fit the network.
The probe itself is the job's `__wrapped__`.
"""

import functools
from collections.abc import Callable, Generator, Mapping
from typing import Any, Concatenate, Protocol

from engine.core.lens import Lens
from engine.core.messages import Job, Message
from engine.data.dataset import Dataset
from engine.model.network.lens_network import LensNetwork, fitting_data, lens_network
from engine.model.training.run import Run, Runs

# The result of a probe: an answer, `None` for none, or a generator of turns, which may yield earlier answers.
type Answering = Message | Generator[Message | None, Any, Message | None] | None


type KnownRuns = Mapping[str, Run]  # by name, including deleted ones that can be restored


class Source(Runs, Protocol):
    """The source of a probe's subject: a session."""

    @property
    def known_runs(self) -> KnownRuns:
        """All runs."""

    def data(self) -> Dataset:
        """Return the open data; raise `NotYetError` when there are none."""


def network_probe[**P](
    probe: Callable[Concatenate[LensNetwork, P], Answering],
) -> Callable[Concatenate[Source, Lens, P], Job]:
    """Make a job of a probe of the network that the lens shows."""

    @functools.wraps(probe)
    def job(session: Source, lens: Lens, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        yield from _answers(probe(lens_network(session, lens), *args, **kwargs))

    return job


def images_probe[**P](
    probe: Callable[Concatenate[LensNetwork, Dataset, P], Answering],
) -> Callable[Concatenate[Source, Lens, P], Job]:
    """Make a job of a probe of the network and of data that fit it."""

    @functools.wraps(probe)
    def job(session: Source, lens: Lens, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        network = lens_network(session, lens)
        yield from _answers(probe(network, fitting_data(session.data(), network.architecture), *args, **kwargs))

    return job


def runs_probe[**P](
    probe: Callable[Concatenate[LensNetwork, Dataset, KnownRuns, P], Answering],
) -> Callable[Concatenate[Source, Lens, P], Job]:
    """Make a job of a probe of the network, of data that fit it, and of all runs by name."""

    @functools.wraps(probe)
    def job(session: Source, lens: Lens, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        network = lens_network(session, lens)
        data = fitting_data(session.data(), network.architecture)
        yield from _answers(probe(network, data, session.known_runs, *args, **kwargs))

    return job


def data_probe[**P](probe: Callable[Concatenate[Dataset, P], Answering]) -> Callable[Concatenate[Source, P], Job]:
    """Make a job of a probe of the data alone."""

    @functools.wraps(probe)
    def job(session: Source, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        yield from _answers(probe(session.data(), *args, **kwargs))

    return job


def _answers(answering: Answering) -> Job:
    if answering is None or isinstance(answering, Message):
        answer = answering
    else:
        answer = yield from answering
    if answer is not None:
        yield answer
